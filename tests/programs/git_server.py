"""A server for git on this machine that takes and refuses what the platform does, for whoever has the right token.

git's own `http-backend` answers for git, and what git-lfs asks is answered here: the batch API and the objects, which lie
where git-lfs keeps them in a repository, so that a preview finds them there. Everyone may read.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# Refuses blobs above the limit, pointers in a project, other branches and, where strict, all but one commit at a time.
HOOK = """\
#!{python}
import os, subprocess, sys
def git(*command, **more):
    return subprocess.run(["git", *command], check=True, stdout=subprocess.PIPE, **more).stdout
def refuse(why):
    sys.exit("GL-HOOK-ERR: " + why)
project = not os.getcwd().endswith("-model.git")
for line in sys.stdin:
    old, new, ref = line.split()
    if ref != "refs/heads/main":
        refuse("Only allow to push to main branch.")
    ends = [new, "--not", "--all"]
    commits = git("rev-list", *ends).split()
    if os.path.exists("strict") and len(commits) != 1 and old.strip("0"):
        refuse(f"There are {{len(commits)}} commits. Only allow to push 1 commit once. Please squash the commits.")
    names = [row.split()[0] for row in git("rev-list", "--objects", *ends).splitlines()]
    rows = git("cat-file", "--batch-check", input=b"".join(name + b"\\n" for name in names))
    for name, kind, size in map(bytes.split, rows.splitlines()):
        if kind == b"blob" and int(size) > 204800:
            refuse(f"blob {{name.decode()}} is {{size.decode()}} bytes, limit 204800")
        pointer = kind == b"blob" and 42 <= int(size) <= 1024 and git("cat-file", "blob", name.decode()).startswith(
            b"version https://git-lfs.github.com/spec/v1")
        if project and pointer:
            refuse(f"blob {{name.decode()}} is a git-lfs pointer")
"""


class GitServer(ThreadingHTTPServer):
    """Serves the bare repositories `FOLDER/OWNER/NAME.git`; use it as a context manager.

    tokens   the token of each account
    delay    seconds that each answer takes
    forgets  whether it takes git-lfs objects and does not keep them
    breaks   part of an address at which it closes the connection without an answer; None for never
    holds    part of an address at which it sets `held` and waits for `release` before it closes the connection
    seen     each request: method, address, and its Authorization header or None
    """

    daemon_threads = True

    def __init__(self, folder: Path, tokens: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.tokens = folder, tokens
        self.delay, self.forgets, self.breaks = 0.0, False, None
        self.holds: str | None = None
        self.held, self._released = threading.Event(), threading.Event()
        self.seen: list[tuple[str, str, str | None]] = []
        self.address = f"http://127.0.0.1:{self.server_port}/"
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.shutdown()
        self.server_close()

    def create(self, owner: str, name: str, strict: bool = False) -> Path:
        """Make an empty repository and return its folder."""
        place = self.folder / owner / f"{name}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(place)], check=True)
        hook = place / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(HOOK.format(python=sys.executable))
        hook.chmod(0o755)
        if strict:
            (place / "strict").touch()
        return place

    def release(self):
        """Let go of what it holds, and hold no more."""
        self.holds = None
        self._released.set()

    def hold(self):
        """Keep a client waiting."""
        self.held.set()
        self._released.wait(60)

    def handle_error(self, request, client_address):
        """Say nothing: a client may go away at any time."""


class Handler(BaseHTTPRequestHandler):
    """Answers one request after another."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        """Hand over a ref, a pack, or an object of git-lfs."""
        self.respond()

    do_POST = do_PUT = do_GET

    def log_message(self, *message):
        """Say nothing."""

    def respond(self) -> None:
        server: GitServer = self.server
        server.seen.append((self.command, self.path, self.headers.get("Authorization")))
        time.sleep(server.delay)
        body = self.body()
        held = bool(server.holds and server.holds in self.path)
        if held:
            server.hold()
        if held or (server.breaks and server.breaks in self.path):
            self.close_connection = True
            return
        url = urllib.parse.urlsplit(self.path)
        owner, name, *rest = url.path.strip("/").split("/")
        place = server.folder / owner / name
        action = "/".join(rest)
        user = self.user()
        writes = "git-receive-pack" in self.path or action == "info/lfs/locks/verify"
        if action == "info/lfs/objects/batch":
            request = json.loads(body)
            writes = request["operation"] == "upload"
        if user is False or (writes and user is None):
            self.send(401, b"HTTP Basic: Access denied\n", **{"WWW-Authenticate": 'Basic realm="git"'})
        elif not place.is_dir():
            self.send(404, b"The project you were looking for could not be found.\n")
        elif writes and user != owner:
            self.send(403, b"You are not allowed to push code to this project.\n")
        elif action == "info/lfs/objects/batch":
            self.send_json(
                {"transfer": "basic", "objects": [self.tell(place, request, each) for each in request["objects"]]}
            )
        elif action == "info/lfs/locks/verify":
            self.send_json({"ours": [], "theirs": []})
        elif action.startswith("store/"):
            self.store(object_of(place, rest[-1]), body)
        else:
            self.backend(url, body, user or "")

    def user(self):
        """Return who asks: None for nobody, False for somebody with a wrong token."""
        scheme, _, value = (self.headers.get("Authorization") or "").partition(" ")
        if scheme.lower() != "basic":
            return None
        name, _, token = base64.b64decode(value).decode().partition(":")
        return name if self.server.tokens.get(name) == token else False

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def tell(self, place: Path, request, each):
        """Return what the batch API says of an object."""
        there = object_of(place, each["oid"]).is_file()
        action = {"href": f"{self.server.address}{place.relative_to(self.server.folder)}/store/{each['oid']}"}
        if request["operation"] == "download" and not there:
            return {**each, "error": {"code": 404, "message": "Object does not exist"}}
        return (
            {**each}
            if there and request["operation"] == "upload"
            else {**each, "actions": {request["operation"]: action}}
        )

    def store(self, file: Path, body: bytes) -> None:
        if self.command == "GET":
            self.send(200, file.read_bytes())
            return
        if not self.server.forgets:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        self.send(200, b"")

    def backend(self, url, body: bytes, user: str) -> None:
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": user,
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            check=False,
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        self.send(int(headers.pop("Status", "200").split()[0]), content, **headers)

    def send_json(self, value) -> None:
        self.send(200, json.dumps(value).encode(), **{"Content-Type": "application/vnd.git-lfs+json"})

    def send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def object_of(place: Path, oid: str) -> Path:
    """Return where a repository keeps an object of git-lfs."""
    return place / "lfs" / "objects" / oid[:2] / oid[2:4] / oid


def lose_objects(place: Path) -> None:
    """Forget all that git-lfs has uploaded."""
    shutil.rmtree(place / "lfs", ignore_errors=True)
