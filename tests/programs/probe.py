"""Ask the served app for what a stranger should not get; exit code 1 when something is served.

Run with the stack's Python: the project's files and hidden ones, the system's, the environment, what other visitors
uploaded, and what only the server can reach.
"""

import argparse
import contextlib
import http.server
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import served

SECRET = "a-secret-of-this-test"
KNOWN = tuple(
    map(
        str.encode,
        (SECRET, "root:", "import gradio as", "import mindspore as", '"model_path"', "gradio==", "backbone.conv1"),
    )
)


class SameHost(urllib.request.HTTPRedirectHandler):
    """Follows the server's redirects to itself; where it sends a visitor elsewhere, it serves nothing."""

    def redirect_request(self, request, body, code, message, headers, url):
        if urllib.request.urlparse(url).netloc == request.host:
            return super().redirect_request(request, body, code, message, headers, url)
        return None


OPENER = urllib.request.build_opener(SameHost)


def fetch(address, path):
    """Return the body that GET answers with, or b"" for any refusal; the path is sent as it is."""
    try:
        with OPENER.open(address + path, timeout=20) as response:
            return response.read()
    except (urllib.error.URLError, ValueError):
        return b""


def routes(path):
    """Yield the ways in which some generation of Gradio serves a file."""
    for prefix in ("", "gradio_api/"):
        for route in ("file=", "file/", "static/", "assets/", "svelte/", "theme/", "upload/", "proxy="):
            yield f"{prefix}{route}{path}"


def uploads(app):
    """Upload a file as another visitor does; return the places where a stranger would look for it."""
    content = f'--x\r\nContent-Disposition: form-data; name="files"; filename="diary.txt"\r\n\r\n{SECRET}\r\n--x--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    for route in ("upload", "gradio_api/upload"):
        request = urllib.request.Request(app.address + route, content.encode(), kind)
        with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=20) as response:
            path = Path(response.read().decode().strip('[]"'))
            assert path.read_text().strip() == SECRET, f"nothing was uploaded: {path}"
            assert len(path.parent.name) >= 32, f"whoever guesses {path} reads it"
            folders = list(path.parents)
            return [str(each) for each in [*folders, *(folder / path.name for folder in folders[1:])]]
    return []


ASKED = []


class InnerHandler(http.server.BaseHTTPRequestHandler):
    """Notes what is asked of a server that strangers cannot reach, as the metadata service of a cloud."""

    def do_GET(self):
        ASKED.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def inner_server():
    """Serve on this machine alone; give the address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), InnerHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def targets(app):
    """Return {what it is: the paths to ask for}."""
    outside = app.folder.with_name("outside.txt")
    outside.write_text(SECRET)
    beside = ["app.py", "model.py", "sketchpad.py", "config.json", "requirements.txt", "best.ckpt"]
    up = ["..", "%2e%2e", "..%2f..", "%252e%252e", "....//.."]
    return {
        "files beside app.py": [*beside, "./app.py", *(str(app.folder / name) for name in beside)],
        "hidden files beside app.py": [".env", str(app.folder / ".env")],
        "files outside": [str(outside), *(f"{each}/outside.txt" for each in up), "..%2foutside.txt"],
        "system files": ["/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd"]
        + ["/".join([each] * 8) + "/etc/passwd" for each in up]
        + ["..%2f" * 8 + "etc%2fpasswd", "file:///etc/passwd"],
        "the environment": [
            "/proc/self/environ",
            "proc/self/environ",
            *("/".join([each] * 8) + "/proc/self/environ" for each in up),
            f"/proc/{app.process.pid}/environ",
            "/proc/self/cwd/app.py",
            "/dev/fd/../environ",
        ],
        "uploads of other visitors": uploads(app),
        "the app's own pages": ["config", "info", "gradio_api/info", "gradio_api/openapi.json", "docs", "monitoring"],
    }


def served_to_strangers(app, inner):
    """Return what a stranger can fetch, as {what it is: how}."""
    found = {
        name: f"GET /{route}"
        for name, paths in targets(app).items()
        for path in paths
        for route in [path, *routes(path)]
        if any(mark in fetch(app.address, route) for mark in KNOWN)
    }
    for route in routes(inner):
        fetch(app.address, route)
        if ASKED:
            found["what only the server reaches"] = f"GET /{route}"
            ASKED.clear()
    send_place(app, inner)
    if ASKED:
        found["what only the server reaches"] = "by its address in place of a picture"
    return found


def send_place(app, address):
    """Send the address in place of an uploaded picture, as a sketchpad's layer and alone."""
    place = {"path": address, "url": address, "meta": {"_type": "gradio.FileData"}}
    for value in ({"layers": [place], "background": None, "composite": None}, place, address):
        with contextlib.suppress(served.Refused):
            served.visit(app.address).ask({"data": [value]})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path, help="folder of the rendered project")
    options = parser.parse_args()
    os.environ["TOKEN"] = SECRET

    def hide(folder):
        (folder / ".env").write_text(f"TOKEN={SECRET}\n")

    with inner_server() as inner, served.serve(options.project, hide, stderr=subprocess.DEVNULL) as app:
        found = served_to_strangers(app, inner)
    for name, route in found.items():
        print(f"a stranger can fetch {name}: {route}")
    sys.exit("The app gives these away." if found else print("a stranger can fetch: nothing"))


if __name__ == "__main__":
    main()
