"""The preview: a project starts, fails or runs with the wrong file here as it would on the platform."""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import psutil
import pytest
from helpers import commit, git, need, need_that
from xihe_hooks import data
from xihe_hooks.data import platform
from xihe_hooks.preview import environment, fetch, server, variables
from xihe_hooks.preview.stages import PreviewError, Stages
from xihe_hooks.preview.weights import Weights, choose_weights

from .fakes import CONFIG, PROJECT, changed, link
from .test_config import LUCK, TABLE
from .test_config import ODD as ODD_NAMES
from .test_explain import make_wheel

WEIGHTS = b"\x0a\x1e weights \x00" * 100
OTHER = b"older weights"
# The least that serves a page; it needs no packages, so its environment is made in no time.
APP = b"""
import http.server, os, sys

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(open("best.ckpt", "rb").read())

    def log_message(self, *_):
        pass

address = (os.environ["GRADIO_SERVER_NAME"], int(os.environ["GRADIO_SERVER_PORT"]))
http.server.ThreadingHTTPServer(address, Page).serve_forever()
"""
WEIGHTS_OF_PYTORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
RUNNING = "{}.{}".format(*sys.version_info)


def write(folder, files):
    """Write files, and links where the content says so."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            target.symlink_to(os.fsdecode(content[1]))
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory, git_config):
    """Return the folder of a bare model repository whose weights went through git-lfs, some of them not."""
    need("git-lfs")
    place = tmp_path_factory.mktemp("models")
    work = write(
        place / "work",
        {
            ".gitattributes": b"*.ckpt filter=lfs diff=lfs merge=lfs -text\n",
            "best.ckpt": WEIGHTS,
            "old/best.ckpt": OTHER,
            "a/b/c/best.ckpt": OTHER,
            "folder/best.ckpt": OTHER,
            "small.txt": b"small\n",
            "my best.ckpt": OTHER,
            "app.py": b"print('not yours')\n",
            "requirements.txt": b"\n",
            **dict.fromkeys(ODD_NAMES, OTHER),
        },
    )
    commit(work)
    git(place, "init", "--quiet", "--bare", "digits-model.git")
    git(work, "push", "--quiet", f"file://{place}/digits-model.git", "main")
    return place


def outcome(folder, models, era, capfd):
    """Return "starts", "may" when something is flagged, or "fails", for a project's weights, as the preview fetches."""
    stages = Stages("en", era)
    project = fetch.Remote.of(str(folder))
    shelf = Weights(stages, project, [fetch.Remote.of(str(models / "digits-model.git"))], folder.parent / "m", False)
    try:
        inference = fetch.find_inference(folder)
        for weight in choose_weights(folder, inference, era):
            shelf.put(weight, inference)
    except PreviewError:
        return "fails"
    return "may" if capfd.readouterr().err else "starts"


@pytest.mark.parametrize("era", tuple(platform()["eras"]))
@pytest.mark.parametrize("row", TABLE)
def test_config_json_is_read_as_the_platform_reads_it(tmp_path, models, capfd, row, era):
    content, expected = TABLE[row]
    files = changed(PROJECT, {"inference/config.json": content, "config.json": CONFIG})
    files["inference/requirements.txt"] = b""
    write(tmp_path / "digits", files)
    here = STARTS_HERE.get(row, expected)
    assert outcome(tmp_path / "digits", models, era, capfd) == here[era]


# What starts, but not with what its owner meant: flagged here, refused by the checks.
ONLY_P1 = {"P1": "starts", "M1": "may", "M2": "may", "M3": "fails", "M4": "may"}
STARTS_HERE = {
    **{row: {**ONLY_P1, "M1": "starts", "M2": "starts", "M4": "starts"} for row in LUCK},
    "duplicate key": {**ONLY_P1, "M1": "starts", "M2": "starts", "M4": "starts"},
    "one basename twice": ONLY_P1,
    "weight app.py": {**ONLY_P1, "P1": "may"},
    "weight requirements.txt": {**ONLY_P1, "P1": "may"},
}


@pytest.mark.parametrize("era", tuple(platform()["eras"]))
def test_inference_may_be_a_link_in_some_eras(tmp_path, models, capfd, era):
    files = {path.replace("inference/", "demo/"): content for path, content in PROJECT.items()}
    write(tmp_path / "digits", {**files, "inference": link("demo")})
    assert outcome(tmp_path / "digits", models, era, capfd) == {"M3": "fails", "M4": "fails"}.get(era, "starts")


def listing(*names):
    """Return a config.json that lists files of the model repository."""
    return json.dumps({"model_path": [f"zhangsan/digits-model/{name}" for name in names]}).encode()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["small.txt"], "starts"),
        (["small.txt", "small.txt"], "fails"),  # moved the first time
        (["best.ckpt", "best.ckpt"], "may"),
        (["nope.ckpt"], "fails"),
        (["Best.ckpt"], "fails"),
        (["old"], "fails"),
    ],
)
def test_files_of_the_model_repository(tmp_path, models, capfd, names, expected):
    write(tmp_path / "digits", {**PROJECT, "inference/config.json": listing(*names)})
    assert outcome(tmp_path / "digits", models, "M4", capfd) == expected


def test_a_pointer_with_crlf_is_taken_for_the_weights(tmp_path, capfd):
    pointer = b"version https://git-lfs.github.com/spec/v1\r\noid sha256:%s\r\nsize 9\r\n" % (b"a" * 64)
    commit(write(tmp_path / "digits-model.git", {"best.ckpt": pointer}))
    write(tmp_path / "digits", PROJECT)
    assert outcome(tmp_path / "digits", tmp_path, "M4", capfd) == "may"
    assert (tmp_path / "digits/inference/best.ckpt").read_bytes() == pointer


@pytest.mark.parametrize("content", [b"<!DOCTYPE html><title>404</title>", WEIGHTS_OF_PYTORCH, b""])
def test_what_is_no_weights_is_told_before_the_start(tmp_path, capfd, content):
    commit(write(tmp_path / "digits-model.git", {"best.ckpt": content}))
    write(tmp_path / "digits", PROJECT)
    assert outcome(tmp_path / "digits", tmp_path, "M4", capfd) == "may"


def test_a_missing_object_fails(tmp_path, capfd):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 9\n" % (b"a" * 64)
    commit(write(tmp_path / "digits-model.git", {"best.ckpt": pointer}))
    write(tmp_path / "digits", PROJECT)
    assert outcome(tmp_path / "digits", tmp_path, "M4", capfd) == "fails"


def test_a_damaged_object_fails(tmp_path, models, capfd):
    git(tmp_path, "clone", "--quiet", "--bare", f"file://{models}/digits-model.git", "digits-model.git")
    store = tmp_path / "digits-model.git/lfs/objects"
    shutil.copytree(models / "digits-model.git/lfs/objects", store)
    for each in store.rglob("*"):
        if each.is_file():
            each.write_bytes(b"something else")
    write(tmp_path / "digits", PROJECT)
    assert outcome(tmp_path / "digits", tmp_path, "M4", capfd) == "fails"


class Run:
    """A preview that runs in a process of its own; what it says is kept."""

    def __init__(self, place, *arguments, environment=None, python=RUNNING, before=()):
        self.log = place.parent / f"log-{uuid.uuid4().hex}.txt"
        settings = {"XDG_CACHE_HOME": str(place.parent / "cache"), "TMPDIR": str(place.parent / "tmp"), "LANG": "C"}
        Path(settings["TMPDIR"]).mkdir(exist_ok=True)
        ports = f"--port={random.randrange(20000, 60000)}"  # tests run side by side, each with a cache of its own
        preview = [sys.executable, "-m", "xihe_hooks", "preview", f"--python={python}", ports]
        command = [*before, *preview, *map(str, arguments)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=place, env={**os.environ, **settings, **(environment or {})}, stdout=log, stderr=log
            )
        self.temporary = Path(settings["TMPDIR"])

    @property
    def said(self):
        """What it has said so far."""
        return self.log.read_text("utf-8", "replace")

    def address(self, seconds=60):
        """Wait until it is ready, and return the address."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := re.search(r"http://127\.0\.0\.1:\d+/", self.said):
                return found[0]
            assert self.process.poll() is None, self.said
            time.sleep(0.05)
        raise AssertionError(self.said)

    def end(self, number=signal.SIGTERM):
        """Stop it by a signal, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, models):
    """Return a folder with a committed project that needs no packages, and its model repository beside it."""
    place = tmp_path_factory.mktemp("prepared")
    commit(write(place / "digits", {**PROJECT, "inference/app.py": APP, "inference/requirements.txt": b""}))
    git(place, "clone", "--quiet", f"file://{models}/digits-model.git", "digits-model")
    git(place / "digits-model", "lfs", "install", "--local")
    git(place / "digits-model", "lfs", "pull")
    return place


@pytest.fixture
def workspace(tmp_path, prepared):
    """Return a copy of that folder."""
    return shutil.copytree(prepared, tmp_path, symlinks=True, dirs_exist_ok=True)


@pytest.fixture
def preview(workspace):
    """Return a function that starts a preview in the project; what still runs at the end is stopped."""
    runs = []

    def start(*arguments, **options):
        runs.append(Run(workspace / "digits", *arguments, **options))
        return runs[-1]

    yield start
    for each in runs:
        if each.process.poll() is None:
            each.end()


def fails(run, *signs):
    """Assert that a preview ends with 1, says these things in this order, and shows no traceback of ours."""
    assert run.process.wait(60) == 1, run.said
    assert "xihe_hooks" not in re.sub(r"(?m)^! .*", "", run.said)
    at = -1
    for sign in signs:
        at = run.said.find(sign, at + 1)
        assert at >= 0, (sign, run.said)


def left(run):
    """Return what a preview has left behind: temporary folders and processes."""
    running = [
        each for each in psutil.process_iter(["cmdline"]) if str(run.temporary) in " ".join(each.info["cmdline"] or [])
    ]
    return [*run.temporary.iterdir(), *running]


def test_a_project_starts_with_its_weights(preview):
    run = preview("--lang", "zh")
    with urllib.request.urlopen(run.address()) as page:
        assert page.read() == WEIGHTS
    for stage in ("克隆", "配置", "权重", "环境", "启动", "就绪"):
        assert stage in run.said
    assert run.end() == 0
    assert not left(run)


def test_the_second_start_keeps_the_environment(preview):
    preview().address()
    again = preview()
    again.address()
    assert "reusing the earlier environment" in again.said


def test_an_environment_that_was_cut_off_is_made_again(preview, workspace):
    preview().address()
    (complete,) = (workspace / "cache").rglob("xihe-hooks-complete")
    complete.unlink()
    shutil.rmtree(complete.parent / "lib")
    again = preview()
    assert again.address() and "installed by" in again.said


@pytest.fixture
def without_uv(tmp_path):
    """Return an environment with the least that a preview needs on PATH."""
    (tmp_path / "bin").mkdir()
    for tool in ("git", "git-lfs", "sh"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    return {"PATH": str(tmp_path / "bin")}


@pytest.mark.slow
def test_without_uv_pip_installs(preview, workspace, without_uv):
    (workspace / "digits/inference/requirements.txt").write_text("iniconfig==2.0.0\n")
    (workspace / "digits/inference/app.py").write_bytes(b"import iniconfig\n" + APP)
    commit(workspace / "digits")
    run = preview(environment=without_uv)
    assert run.address() and "installed by pip" in run.said


def test_a_python_that_is_nowhere(preview, without_uv):
    fails(preview(python="3.5", environment=without_uv), "✗ environment", "needs Python 3.5", "install uv")


def test_from_the_remotes_alone(preview, workspace, models):
    """Neither repository is on this machine: both are fetched from addresses, the weights by git-lfs."""
    git(workspace, "clone", "--quiet", "--bare", "digits", f"{models}/digits.git")
    run = preview(f"file://{models}/digits.git")
    with urllib.request.urlopen(run.address()) as page:
        assert page.read() == WEIGHTS


def test_a_clone_with_pointers_only_fetches_from_its_origin(preview, workspace):
    for each in (workspace / "digits-model/.git/lfs/objects").rglob("*"):
        if each.is_file():
            each.unlink()
    with urllib.request.urlopen(preview().address()) as page:
        assert page.read() == WEIGHTS


def test_uncommitted_work_is_seen_with_worktree_only(preview, workspace):
    app = workspace / "digits/inference/app.py"
    app.write_bytes(APP.replace(b"200", b"401"))
    before = preview()
    assert urllib.request.urlopen(before.address()).status == 200
    assert "not committed" in before.said
    after = preview("--worktree")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(after.address())
    assert "the platform gets only" in after.said


@pytest.mark.parametrize("made", [False, True])
def test_what_was_never_committed_is_shown_as_it_is(preview, workspace, made):
    """Before there is a repository, and in one that has no commit yet, there are only the files."""
    for name in ("digits", "digits-model"):
        (workspace / name / ".git").rename(workspace / f"{name}.away")
        if made:
            git(workspace / name, "init", "--quiet")
    before = sorted(workspace.glob("digits*/**/*"))
    run = preview()
    with urllib.request.urlopen(run.address()) as page:
        assert page.read() == WEIGHTS
    assert "the platform gets only" in run.said
    assert sorted(workspace.glob("digits*/**/*")) == before


def test_a_model_that_was_never_committed_beside_a_project_that_is(preview, workspace):
    (workspace / "digits-model/.git").rename(workspace / "away")
    with urllib.request.urlopen(preview().address()) as page:
        assert page.read() == WEIGHTS


def test_a_port_that_is_taken(preview):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = preview("--port", port)
        assert f":{port}/" not in run.address()
        assert f"Port {port} is in use" in run.said


@pytest.mark.parametrize("instead", ["raise", "server = Server((address[0], 0), Page)"], ids=["ends", "goes elsewhere"])
def test_a_port_that_another_program_takes_before_the_app_does(preview, workspace, instead):
    late = f"""
import time
time.sleep(2)
Server = http.server.ThreadingHTTPServer
try:
    server = Server(address, Page)
except OSError:
    {instead}
server.serve_forever()
"""
    (workspace / "digits/inference/app.py").write_bytes(APP.rpartition(b"http.server")[0] + late.encode())
    commit(workspace / "digits")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    run = preview("--port", port)
    while "✓ start" not in run.said:
        assert run.process.poll() is None, run.said
        time.sleep(0.05)
    with socket.create_server(("127.0.0.1", port)):
        assert f":{port}/" not in run.address()
    assert run.said.count("Another program has just taken the port") == 1


FAULTS = {
    "no app.py": (
        {"inference/App.py": APP, "inference/app.py": None},
        "✗ clone",
        "no inference/app.py",
        "no message at all",
    ),
    "bad config": ({"inference/config.json": b"{}"}, "XC102", "✗ config", "no message at all"),
    "no such weight": (
        {"inference/config.json": listing("nope.ckpt")},
        "✗ weights",
        "has no file nope.ckpt",
        "no message",
    ),
    "no such model": ({"inference/config.json": CONFIG.replace(b"digits-model", b"other")}, "✗ weights", "--model"),
    "it ends": ({"inference/app.py": b"print('hello')\n"}, "hello", "✗ ready", "ended by itself", "the start fails"),
    "it raises": ({"inference/app.py": b"import nope\n"}, "No module named 'nope'", "✗ ready", "exit code 1"),
    "binary output": (
        {"inference/app.py": b"import os, sys\nos.write(1, bytes(range(256)))\nsys.exit(3)\n"},
        "exit code 3",
    ),
    "it forks": (
        {"inference/app.py": b"import os, time\nif os.fork():\n    os._exit(0)\nos.setsid()\ntime.sleep(600)\n"},
        "ended by itself",
    ),
    "another port": (
        {"inference/app.py": APP.replace(b'int(os.environ["GRADIO_SERVER_PORT"])', b"0")},
        "✗ ready",
        "listens on port",
        "no message at all",
    ),
    "never ready": (
        {"inference/app.py": b"import time\nprint('loading')\n\ntime.sleep(600)\n"},
        "loading",
        "line 4 in <module>",
        "✗ ready",
        "not ready: it listens on no port",
        "no message at all",
    ),
    "an error page": ({"inference/app.py": APP.replace(b"200", b"500")}, "✗ ready", "GET / returns HTTP 500"),
    "a library of the system": (
        {"inference/app.py": b"raise ImportError('libGL.so.1: cannot open shared object file: No such file')\n"},
        "exit code 1: this machine lacks the system library libGL.so.1",
    ),
    "a folder app.py": (
        {"inference/app.py": None, "inference/app.py/x": b""},
        "✗ clone",
        "it is a folder, or a broken link",
    ),
    "a dangling app.py": ({"inference/app.py": link("nothing.py")}, "✗ clone", "it is a folder, or a broken link"),
    "an overlong weight": ({"inference/config.json": listing("w" * 300)}, "✗ weights", "has no file www"),
    "a folder requirements.txt": (
        {"inference/requirements.txt": None, "inference/requirements.txt/x": b""},
        "✗ environment",
        "requirements.txt is a folder",
    ),
    "requirements": ({"inference/requirements.txt": b"./nothing-here\n"}, "✗ environment", "the start fails"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_stage_says_why_and_what_the_platform_shows(preview, workspace, fault):
    changes, *signs = FAULTS[fault]
    for path, content in changes.items():
        if os.path.isfile(workspace / "digits" / path):
            (workspace / "digits" / path).unlink()
        if content is not None:
            write(workspace / "digits", {path: content})
    commit(workspace / "digits")
    run = preview("--timeout", 3)
    fails(run, *signs)
    assert not left(run)


def test_a_cause_of_this_machine_is_not_said_to_be_the_platforms(preview, workspace):
    (workspace / "digits/inference/requirements.txt").write_text("iniconfig==2.0.0\n")
    commit(workspace / "digits")
    offline = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0", "UV_NO_CACHE": "1"}
    run = preview(environment=offline)
    fails(run, "✗ environment", "Check the network")
    assert "On the platform" not in run.said


def test_a_missing_python_is_not_blamed_on_packages(preview):
    """uv may fetch it, and cannot."""
    nowhere = {
        "UV_PYTHON_INSTALL_MIRROR": "http://127.0.0.1:9",
        "UV_HTTP_RETRIES": "0",
        "UV_PYTHON_PREFERENCE": "managed",
    }
    run = preview(python="3.8", environment=nowhere)
    fails(run, "✗ environment", "with Python 3.8", "Install that Python")
    assert "On the platform" not in run.said and "packages could not" not in run.said


@pytest.mark.parametrize("arguments", [["--era", "P9"], ["--port", "x"], ["--nope"]])
def test_misuse(preview, arguments):
    run = preview(*arguments)
    assert run.process.wait(60) == 2
    assert run.said.startswith("xihe-hooks: ") and len(run.said.splitlines()) == 1


def test_a_repository_without_commits(preview, workspace):
    git(workspace, "init", "--quiet", "--bare", "empty.git")
    fails(preview(f"file://{workspace}/empty.git"), "✗ clone", "no commit yet", "nox -s publish")


def test_a_remote_that_is_not_there(preview):
    fails(
        preview("http://127.0.0.1:9/me/digits.git"), "✗ clone", "git clone with the same address", "no message at all"
    )


def test_a_cache_that_cannot_be_written(preview, workspace):
    """One sentence says so, without a traceback."""
    (workspace / "no-folder").write_text("")
    run = preview(environment={"XDG_CACHE_HOME": str(workspace / "no-folder")})
    fails(run, "Cannot write or read", "no-folder")


def test_no_git(preview, tmp_path):
    fails(preview(environment={"PATH": str(tmp_path)}), "✗ clone", "Install git")


def test_the_repositories_are_never_written_to(preview, workspace):
    def states():
        files = (path for path in sorted(workspace.glob("digits*/**/*")) if path.is_file())
        return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    before = states()
    run = preview()
    run.address()
    run.end()
    assert states() == before


def test_two_at_once_share_an_environment(preview):
    first, second = preview(), preview()
    assert first.address() != second.address()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_when_it_is_stopped(preview, number):
    run = preview()
    run.address()
    assert run.end(number) == (-number if number == signal.SIGKILL else 0)
    deadline = time.monotonic() + 10
    while left(run) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left(run)


def test_nothing_is_left_when_its_worker_is_killed(preview):
    run = preview()
    run.address()
    (worker,) = psutil.Process(run.process.pid).children()
    worker.kill()
    assert run.process.wait(60) == 1
    assert not left(run)


@pytest.mark.rounds(50)
def test_previews_killed_at_random_moments(preview, workspace, rounds):
    """Whichever stage they are in; the next one starts all the same, in the same cache."""
    rng = random.Random(1)
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
    for count in range(rounds):
        (workspace / "digits/inference/requirements.txt").write_text(f"iniconfig==2.0.0 # {count // 5}\n")
        commit(workspace / "digits")
        run = preview()
        time.sleep(rng.uniform(0, 3))
        run.end(rng.choice(numbers))
    deadline = time.monotonic() + 20
    while left(run) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left(run)
    assert preview().address()


@pytest.mark.parametrize("worktree", [False, True])
@pytest.mark.parametrize(
    "path", ["a/b/../../../thesis.doc", "link.ckpt", "folder-link/thesis.doc", ".git/config", "a/../.git/config"]
)
def test_a_path_out_of_the_model_repository_is_refused_and_moves_nothing(tmp_path, capfd, path, worktree):
    """What a stranger's config.json names outside the clone stays where it is, and the app does not get it."""
    (tmp_path / "thesis.doc").write_bytes(b"mine")
    model = write(tmp_path / "digits-model", {"a/b/c": b"x", "link.ckpt": link(str(tmp_path / "thesis.doc"))})
    (model / "folder-link").symlink_to(tmp_path)
    commit(model)
    (tmp_path / "m").mkdir()
    (tmp_path / "m/thesis.doc").write_bytes(b"mine")  # ".." from the clone
    write(tmp_path / "digits", {**PROJECT, "inference/config.json": listing(path)})
    stages = Stages("en", "M4")
    shelf = Weights(stages, fetch.Remote.of(str(tmp_path / "digits")), [], tmp_path / "m", worktree)
    (weight,) = choose_weights(tmp_path / "digits", tmp_path / "digits/inference", "M4")
    with pytest.raises(PreviewError, match=r"is outside the model repository|has no file"):
        shelf.put(weight, tmp_path / "digits/inference")
    assert (tmp_path / "thesis.doc").read_bytes() == (tmp_path / "m/thesis.doc").read_bytes() == b"mine"
    assert {each.name for each in (tmp_path / "digits/inference").iterdir()} == {
        "app.py",
        "config.json",
        "requirements.txt",
    }


@pytest.mark.parametrize("where", ["lfs.storage", "alternate", "worktree"])
def test_the_content_is_found_wherever_git_lfs_keeps_it(tmp_path, models, capfd, where):
    model, kept = tmp_path / "digits-model", tmp_path / "kept.git"
    shutil.copytree(models / "digits-model.git", kept)
    if where == "worktree":
        git(kept, "worktree", "add", "--quiet", "--detach", str(model), "main")
    elif where == "alternate":
        git(tmp_path, "clone", "--quiet", "--shared", str(kept), str(model))
    else:
        git(tmp_path, "clone", "--quiet", str(kept), str(model))
        git(model, "config", "lfs.storage", str(kept / "lfs"))
    if where != "worktree":
        git(model, "remote", "set-url", "origin", str(tmp_path / "gone"))  # nothing can be fetched
    write(tmp_path / "digits", {**PROJECT, "inference/config.json": listing("best.ckpt")})
    shelf = Weights(Stages("en", "M4"), fetch.Remote.of(str(tmp_path / "digits")), [], tmp_path / "m", False)
    inference = fetch.find_inference(tmp_path / "digits")
    (weight,) = choose_weights(tmp_path / "digits", inference, "M4")
    shelf.put(weight, inference)
    assert (inference / "best.ckpt").read_bytes() == WEIGHTS


@pytest.mark.parametrize("worktree", [False, True])
@pytest.mark.parametrize("pointer", [False, True])
def test_a_link_in_the_weights_place_is_replaced_and_not_followed(tmp_path, models, capfd, worktree, pointer):
    (tmp_path / ".bashrc").write_bytes(b"mine")
    name = "best.ckpt" if pointer else "small.txt"
    files = {**PROJECT, "inference/config.json": listing(name), f"inference/{name}": link(str(tmp_path / ".bashrc"))}
    write(tmp_path / "digits", files)
    git(tmp_path, "clone", "--quiet", f"file://{models}/digits-model.git", "digits-model")
    stages = Stages("en", "M4")
    shelf = Weights(stages, fetch.Remote.of(str(tmp_path / "digits")), [], tmp_path / "m", worktree)
    inference = fetch.find_inference(tmp_path / "digits")
    (weight,) = choose_weights(tmp_path / "digits", inference, "M4")
    shelf.put(weight, inference)
    assert (tmp_path / ".bashrc").read_bytes() == b"mine"
    assert not (inference / name).is_symlink()
    assert (inference / name).read_bytes() == (WEIGHTS if pointer else b"small\n")


@pytest.mark.parametrize("place", ["inference", "inference/app.py"])
def test_an_inference_folder_that_leads_out_of_the_project_is_refused(tmp_path, place):
    home = write(tmp_path / "home", {"app.py": b"", "best.ckpt": b"mine"})
    (tmp_path / "digits/inference").mkdir(parents=True)
    if place == "inference":
        (tmp_path / "digits/inference").rmdir()
    (tmp_path / "digits" / place).symlink_to(home if place == "inference" else home / "app.py")
    with pytest.raises(PreviewError, match="leads out of the project"):
        fetch.find_inference(tmp_path / "digits")


@pytest.mark.parametrize(("owner", "told"), [("zhangsan", False), ("lisi", True), (None, False)])
def test_a_model_beside_the_project_of_another_owner_is_told(tmp_path, capfd, owner, told):
    """What lies beside the project need not be what the platform clones."""
    commit(write(tmp_path / "digits-model", {"best.ckpt": b"weights"}))
    if owner:
        address = platform()["git"]["clone_address"].replace("{account}", owner).replace("{repository}", "digits-model")
        git(tmp_path / "digits-model", "remote", "add", "origin", address)
    project = write(tmp_path / "digits", PROJECT)
    stages = Stages("en", "M4")
    shelf = Weights(stages, fetch.Remote.of(str(project)), [], tmp_path / "m", False)
    inference = fetch.find_inference(project)
    shelf.put(*choose_weights(project, inference, "M4"), inference)
    assert ("is a repository of lisi, but config.json names zhangsan" in capfd.readouterr().err) == told


def test_a_weight_that_is_a_link_to_a_plain_file_is_told(tmp_path, capfd):
    """The platform moves the link alone, which then leads nowhere."""
    commit(write(tmp_path / "digits-model.git", {"small.txt": b"small\n", "best.ckpt": link("small.txt")}))
    write(tmp_path / "digits", PROJECT)
    assert outcome(tmp_path / "digits", tmp_path, "M4", capfd) == "fails"


def test_a_weight_over_a_folder_is_told(tmp_path, models, capfd):
    write(tmp_path / "digits", {**PROJECT, "inference/best.ckpt/file": b""})
    assert outcome(tmp_path / "digits", models, "M4", capfd) == "fails"


def test_the_app_and_its_packages_get_no_secret_of_the_users(preview, workspace):
    """What is in the environment of whoever tries a demo is not for the demo."""
    report = b"import os\nprint(sorted(os.environ), flush=True)\n"
    (workspace / "digits/inference/app.py").write_bytes(report + APP)
    package = workspace / "digits/inference/package"
    write(package, {"setup.py": report + b"raise SystemExit('built')\n", "pyproject.toml": b""})
    commit(workspace / "digits")
    secret = {"AWS_SECRET": "x", "GITHUB_TOKEN": "x", "SSH_AUTH_SOCK": "/x", "OMP_NUM_THREADS": "1"}
    run = preview(environment=secret)
    run.address()
    assert "'OMP_NUM_THREADS'" in run.said and "'PATH'" in run.said
    (workspace / "digits/inference/requirements.txt").write_bytes(b"./package\n")
    commit(workspace / "digits")
    built = preview(environment=secret)
    built.process.wait(120)
    assert "'PATH'" in built.said or "built" in built.said
    for each in (run, built):
        assert not any(name in each.said for name in ("AWS_SECRET", "GITHUB_TOKEN", "SSH_AUTH_SOCK"))


def test_a_proxy_does_not_stand_between_the_app_and_itself(preview, workspace):
    ask = b"import os\nassert '127.0.0.1' in os.environ['no_proxy'], os.environ\n"
    (workspace / "digits/inference/app.py").write_bytes(ask + APP)
    commit(workspace / "digits")
    assert preview(environment={"http_proxy": "http://127.0.0.1:9", "all_proxy": "socks5://127.0.0.1:9"}).address()


@pytest.fixture(params=["uv", pytest.param("pip", marks=pytest.mark.slow)])
def made(request, tmp_path, monkeypatch):
    """Return a function that makes an environment of requirements, and one that tells what is in it."""
    need(request.param)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    stages = Stages("en", "M4")

    def make(requirements, image=None):
        write(tmp_path, {"inference/requirements.txt": requirements, "image.txt": image or b""})
        with stages.stage("environment") as stage:
            place = tmp_path / "inference/requirements.txt"
            return environment.prepare(stage, place, [RUNNING], image and tmp_path / "image.txt", request.param)

    def version(made, name):
        ask = f"import importlib.metadata as m; print(m.version({name!r}))"
        return subprocess.run([made.interpreter, "-c", ask], check=True, capture_output=True).stdout.decode().strip()

    return make, version


@pytest.mark.parametrize(
    ("requirement", "expected"), [(b"iniconfig", "1.1.1"), (b"iniconfig>=2,<2.1", "2.0.0"), (b"", "1.1.1")]
)
def test_requirements_are_installed_over_the_images_packages(made, requirement, expected):
    """What the image has stays where it will do, as with pip on the platform."""
    make, version = made
    there = make(requirement, b"iniconfig==1.1.1\nsix==1.16.0\n")
    assert (version(there, "iniconfig"), version(there, "six")) == (expected, "1.16.0")
    assert there.over_image and bool(there.seconds) == bool(requirement)


def test_settings_that_redirect_an_installer_are_not_heeded(made, tmp_path, monkeypatch):
    """Neither variables nor files of the user's, nor a file of the project's, change what is installed, or where to."""
    make, version = made
    write(
        tmp_path,
        {"bound.txt": b"iniconfig<2\n", "inference/uv.toml": b"[pip]\nconstraint-dependencies = ['iniconfig<2']\n"},
    )
    write(tmp_path, {"pip.conf": f"[global]\nconstraint = {tmp_path}/bound.txt\n[install]\nno-deps = yes\n".encode()})
    for name, value in {
        "PIP_CONFIG_FILE": tmp_path / "pip.conf",
        "PIP_CONSTRAINT": tmp_path / "bound.txt",
        "PIP_TARGET": tmp_path / "elsewhere",
        "PIP_REQUIRE_VIRTUALENV": "x",
        "UV_CONSTRAINT": tmp_path / "bound.txt",
        "UV_EXCLUDE_NEWER": "2020-01-01",
        "UV_SYSTEM_PYTHON": "1",
    }.items():
        monkeypatch.setenv(name, str(value))
    assert version(make(b"iniconfig==2.0.0\n"), "iniconfig") == "2.0.0"
    assert not (tmp_path / "elsewhere").exists()


def test_pips_own_settings_say_where_packages_come_from():
    listed = "global.index-url='https://a/simple'\ninstall.find-links='\\n/b\\n/c'\n:env:.timeout='9'\nglobal.constraint='x'\n"
    passed = variables.for_pip(listed)
    assert passed["PIP_INDEX_URL"] == "https://a/simple" and passed["PIP_FIND_LINKS"].split() == ["/b", "/c"]
    assert passed["PIP_TIMEOUT"] == "9" and "PIP_CONSTRAINT" not in passed


def test_all_indexes_count_alike(made, tmp_path):
    """As with pip, whichever has the version that is asked for."""
    make, version = made
    make_wheel(
        write(tmp_path, {"simple/iniconfig/index.html": b"<a href='demo-1.0-py3-none-any.whl'></a>"}), "py3-none-any"
    )
    place = tmp_path / "simple/iniconfig"
    wheel = (tmp_path / "demo-1.0-py3-none-any.whl").rename(place / "iniconfig-1.0-py3-none-any.whl")
    (place / "index.html").write_text(f"<a href='{wheel.name}'>{wheel.name}</a>")
    assert (
        version(make(f"--extra-index-url file://{tmp_path}/simple\niniconfig==2.0.0\n".encode()), "iniconfig")
        == "2.0.0"
    )


def test_the_lock_of_the_image_has_its_pins():
    image = platform()["image"]
    lock = Path(data.__file__).with_name("image.txt").read_text("utf-8")
    pins = dict(re.findall(r"(?m)^([\w-]+)(?:\[.*\])?==(\S+)", lock))
    for name, version in {**image["packages"], **image["gone"]}.items():
        assert name == "pip" or pins[name] == version or not version
    assert set(image["eras"]) <= set(platform()["eras"])


@pytest.mark.parametrize(("options", "python"), [(["--era", "P1"], "3.9"), ([], "3.11")])
def test_where_there_is_no_image_to_preview_over(preview, options, python):
    run = preview("--image", *options, python=python)
    fails(run, "✗ environment", "--image cannot be used here")
    assert "On the platform" not in run.said


@pytest.mark.slow
def test_what_the_image_has_need_not_be_listed(preview, workspace):
    """Most of the platform's own samples list no gradio, and start."""
    need("uv")
    (workspace / "digits/inference/app.py").write_bytes(b"import gradio, cv2, pkg_resources\n" + APP)
    commit(workspace / "digits")
    run = preview(python="3.9")
    assert run.address(500) and "over" not in run.said and "the image of" in run.said


@pytest.mark.slow
def test_installing_counts_towards_the_time_for_a_start(preview, workspace):
    """Told for an environment that is kept too: the platform installs at every start."""
    first = preview()
    first.address()
    first.end()
    (complete,) = (workspace / "cache").rglob("xihe-hooks-complete")
    rest = complete.read_text().partition("\n")[2]
    for seconds, sign in (("400.0", "Installing alone took 400 s"), ("309.999", "Installing and starting took 310 s")):
        complete.write_text(f"{seconds}\n{rest}")
        again = preview()
        again.address()
        again.end()
        assert sign in again.said


def test_the_cache_is_cleared_of_what_is_not_in_use(preview, workspace):
    run = preview()
    run.address()
    environments = workspace / "cache/xihe-hooks/environments"
    assert f"GB in {environments}" in run.said
    for kept in (True, False):
        clearing = preview("--clear-cache")
        assert clearing.process.wait(60) == 0 and str(environments) in clearing.said
        assert any(each.is_dir() for each in environments.iterdir()) == kept
        if kept:
            run.end()


def test_it_ends_with_the_nox_that_runs_it(preview):
    """SIGTERM to nox alone leaves what it runs behind."""
    stand_in = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    run = preview(before=(sys.executable, "-c", stand_in), environment={"NOX_CURRENT_SESSION": "preview"})
    run.address()
    run.process.kill()
    deadline = time.monotonic() + 15
    while left(run) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left(run)


def test_what_git_clone_can_do_the_preview_can(preview, workspace):
    """A project of another owner that the user's git trusts."""
    need_that(os.geteuid() == 0, "only root can give a folder away")
    for each in (workspace / "digits", *(workspace / "digits").rglob("*")):
        os.chown(each, 12345, 12345)
    run = preview()
    fails(run, "✗ clone", "belongs to another user", "git config --global --add safe.directory")
    assert "On the platform" not in run.said
    trusting = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    assert preview(environment=trusting).address()


def test_a_repository_cannot_call_itself_safe(preview, workspace):
    need_that(os.geteuid() == 0, "only root can give a folder away")
    git(workspace / "digits", "config", "safe.directory", "*")
    for each in (workspace / "digits", *(workspace / "digits").rglob("*")):
        os.chown(each, 12345, 12345)
    fails(preview(), "✗ clone", "belongs to another user")


def test_what_git_lfs_manages_is_not_called_changed(preview, workspace):
    """In a fresh clone by somebody whose git-lfs is set up for all repositories."""
    settings = workspace / "settings"
    settings.write_text("[user]\nname = T\nemail = t@example.com\n")
    everywhere = {"GIT_CONFIG_GLOBAL": str(settings)}
    subprocess.run(["git", "lfs", "install", "--skip-repo"], env={**os.environ, **everywhere}, check=True)
    origin = git(workspace / "digits-model", "remote", "get-url", "origin").strip()
    shutil.rmtree(workspace / "digits-model")
    clone = ["git", "clone", "--quiet", origin, "digits-model"]
    subprocess.run(clone, cwd=workspace, env={**os.environ, **everywhere}, check=True)
    for each in (workspace / "digits-model").glob("*.ckpt"):
        os.utime(each)
    run = preview(environment=everywhere)
    run.address()
    assert "not committed" not in run.said


ECHO = b"""    def do_POST(self):
        import json
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()
        said = f"function {asked['fn_index']} got {asked['data'][0]}"
        self.wfile.write(json.dumps({"data": [said]}).encode())

    def log_message"""
# Gradio 3's page with a function for a text and one for a picture, which have no names.
BLOCKS = {
    "version": "3.21.0",
    "components": [{"id": 1, "type": "textbox"}, {"id": 2, "type": "image"}],
    "dependencies": [{"inputs": [1], "backend_fn": True}, {"inputs": [2], "backend_fn": True}],
}


@pytest.fixture
def blocks(workspace):
    """Return the project's folder, with such a page; what each function answers is what it was sent."""
    app = APP.replace(
        b'open("best.ckpt", "rb").read()', b'(%r if self.path == "/config" else b"page")' % json.dumps(BLOCKS).encode()
    )
    (workspace / "digits/inference/app.py").write_bytes(app.replace(b"    def log_message", ECHO))
    commit(workspace / "digits")
    return workspace / "digits"


def test_a_blocks_page_whose_function_has_no_name(preview, blocks):
    """The second function takes the picture that is drawn where nobody says what to send, and is called by its number."""
    run = preview("--smoke", "--expect", "function 1", environment={"all_proxy": "socks5://127.0.0.1:9"})
    assert run.process.wait(60) == 0, run.said


EXAMPLES = {
    "a text": (b'{"input": "so good", "answer": "function 0 got so good"}', None),
    "a picture": (b'{"input": "one.png", "answer": "function 1 got data:image/png;base64,cGljdHVyZQ=="}', None),
    "another answer": (
        b'{"input": "so good", "answer": "bad"}',
        "For so good, the app returned function 0 got so good, not bad",
    ),
    "no function for it": (
        b'{"input": [1, 2]}',
        "The example is a number, a number, but no function of the app accepts that",
    ),
    "no such picture": (
        b'{"input": "two.png"}',
        "inference/example.json names the picture two.png, which is not in inference/",
    ),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_smoke_sends_the_projects_example(preview, blocks, example):
    content, fault = EXAMPLES[example]
    commit(write(blocks / "inference", {"example.json": content, "one.png": b"picture"}).parent)
    if fault:
        fails(preview("--smoke"), "✗ smoke", fault)
    else:
        run = preview("--smoke")
        assert run.process.wait(60) == 0, run.said


def test_the_spinner_names_what_is_really_downloading():
    printed = [
        "Downloading large (903MiB)",
        "Downloading small (1MiB)",
        " Downloaded small",
        "Prepared 1",
        " Downloaded large",
    ]
    downloads = {}
    shown = [environment.current(downloads, line) for line in printed]
    assert shown == [*[printed[0]] * 4, printed[4]]


def test_environments_are_this_users_alone(preview, workspace):
    """Under a umask that forbids nothing, too: what lies there is run."""
    before = os.umask(0)
    try:
        run = preview()
        run.address()
    finally:
        os.umask(before)
    for folder in ("xihe-hooks", "xihe-hooks/environments"):
        assert (workspace / "cache" / folder).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("whose", ["folder", "environment"])
def test_what_belongs_to_another_user_is_not_run(preview, workspace, whose):
    need_that(os.geteuid() == 0, "only root can give a folder away")
    preview().address()
    (complete,) = (workspace / "cache").rglob("xihe-hooks-complete")
    os.chown(complete.parent if whose == "environment" else complete.parent.parent, 12345, 12345)
    again = preview()
    if whose == "folder":
        fails(again, "✗ environment", "belongs to another user")
    else:
        assert again.address() and "installed by" in again.said


@pytest.mark.parametrize("change", ["included", "gone"])
def test_an_environment_that_no_longer_fits_is_made_anew(preview, workspace, change):
    files = {"requirements.txt": b"-r more.txt\n", "more.txt": b"iniconfig==2.0.0\n"}
    write(workspace / "digits/inference", {**files, "app.py": b"import iniconfig\n" + APP})
    commit(workspace / "digits")
    first = preview()
    first.address()
    first.end()
    if change == "included":
        write(workspace / "digits/inference", {"more.txt": b"iniconfig==1.1.1\n"})
        commit(workspace / "digits")
    else:
        (module,) = (workspace / "cache/xihe-hooks").rglob("iniconfig/__init__.py")
        module.unlink()
    again = preview()
    assert again.address() and "installed by" in again.said


def test_a_cut_off_environment_is_removed_and_one_in_use_is_not(preview, workspace):
    preview().address()
    environments = workspace / "cache/xihe-hooks/environments"
    (complete,) = environments.rglob("xihe-hooks-complete")
    os.utime(complete, (0, 0))  # unused for long, but the first preview still runs from it
    write(environments / ("0" * 20), {"lib/cut-off.py": b""})
    commit(write(workspace / "digits", {"inference/requirements.txt": b"# another environment\n"}))
    preview().address()
    assert complete.is_file()
    assert not (environments / ("0" * 20)).exists()


def test_a_user_and_password_in_an_address_are_not_shown(preview):
    run = preview("https://anna:s3cret@127.0.0.1:9/anna/digits.git")
    fails(run, "✗ clone", "127.0.0.1")
    assert "s3cret" not in run.said


@pytest.mark.parametrize(
    ("address", "model"),
    [
        ("git@host:own/proj.git", "git@host:other/model.git"),
        ("https://host/own/proj", "https://host/other/model"),
        ("ssh://git@host:22/own/proj.git", "ssh://git@host:22/other/model.git"),
        ("host:proj.git", None),
    ],
)
def test_the_model_is_looked_for_at_the_projects_host(address, model):
    beside = fetch.Remote(address, None).beside("other", "model")
    assert (beside and beside.address) == model


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--port", value] for value in ("-1", "0", "70000", "٣", "1" * 5000)),
        *(["--timeout", value] for value in ("nan", "inf", "-1", "0", "soon")),
        *(["--python", value] for value in ("x y", "3", "python3.9", "\x1b[2J")),
    ],
)
def test_an_option_that_cannot_be_is_refused_at_once(preview, arguments):
    run = preview("=".join(arguments), python="3.11")
    assert run.process.wait(60) == 2
    assert run.said.startswith("xihe-hooks: ") and len(run.said.splitlines()) == 1
    assert "\x1b" not in run.said


ODD = {
    "no HTTP": b"SSH-2.0-dropbear\r\n",
    "a long header": b"HTTP/1.0 200 OK\r\nX: " + b"x" * (1 << 20) + b"\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize(
    "answer", [pytest.param(each, marks=[] if each == "no HTTP" else pytest.mark.slow) for each in ODD]
)
def test_an_app_that_answers_oddly_is_not_ready(preview, workspace, answer):
    code = f"""
import os, socket
server = socket.create_server(("127.0.0.1", int(os.environ["GRADIO_SERVER_PORT"])))
while True:
    client = server.accept()[0]
    client.recv(1 << 16)
    try:
        client.sendall({ODD[answer]!r})
    except OSError:
        pass
    client.close()
"""
    (workspace / "digits/inference/app.py").write_text(code)
    commit(workspace / "digits")
    fails(preview("--timeout", 3), "✗ ready", "not ready")


@pytest.mark.parametrize(
    "config",
    [
        *(b"[" * 5000, b'{"version": "4.44.1"}'),
        *(pytest.param(each, marks=pytest.mark.slow) for each in (b"[]", b"null", b"{", b"1")),
    ],
)
def test_a_configuration_that_is_none_of_gradios_is_told(preview, workspace, config):
    app = APP.replace(b'open("best.ckpt", "rb").read()', b'(%r if self.path == "/config" else b"page")' % config)
    (workspace / "digits/inference/app.py").write_bytes(app)
    commit(workspace / "digits")
    fails(preview("--smoke"), "✗ smoke", "failed on the example")


def test_an_interrupt_at_any_moment_leaves_no_traceback(preview):
    for hundredths in range(0, 60, 12):
        run = preview()
        time.sleep(hundredths / 100)
        run.end(signal.SIGINT)
        assert not re.search('File ".*xihe_hooks', run.said), run.said  # Python's own start may show its own lines


def test_an_interrupt_while_the_spinner_starts_is_no_more_than_that(monkeypatch):
    stages = Stages("en", "M4")
    monkeypatch.setattr(stages.console, "push_render_hook", lambda _: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt), stages.stage("start"):
        pass


def test_nohup_keeps_a_preview(preview):
    run = preview(before=("nohup",))
    address = run.address()
    run.process.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert urllib.request.urlopen(address).status == 200


@pytest.mark.slow
def test_when_both_its_processes_are_killed_the_app_ends_and_the_next_preview_cleans_up(preview):
    run = preview()
    run.address()
    (worker,) = psutil.Process(run.process.pid).children()
    app = worker.children()
    run.process.kill()
    worker.kill()
    _, alive = psutil.wait_procs(app, 10)
    assert not alive
    again = preview()
    again.address()
    again.end()
    assert not left(run)


def test_a_port_whose_last_connections_are_closing_is_free(preview):
    first = preview()
    address = first.address()
    with urllib.request.urlopen(address) as page:
        page.read()
    first.end()
    port = address.rstrip("/").rpartition(":")[2]
    assert preview("--port", port).address() == address


def test_a_gradio_that_would_pass_such_a_port_by_gets_another(monkeypatch, tmp_path):
    """Gradio before version 4 takes the next port then, and the preview would wait at this one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listening.accept()[0].close()
    with server.reserve_port(port) as given:
        assert given == port
    with server.reserve_port(port, strict=True) as given, socket.socket() as of_gradio:
        of_gradio.bind(("127.0.0.1", given))


@pytest.mark.parametrize(
    "raw", ["zhangsan/../thesis.doc", "../digits/README.md", "zhangsan/./thesis.doc", "a/.git/config"]
)
def test_an_owner_or_a_repository_that_is_a_way_elsewhere_is_refused(tmp_path, raw):
    write(tmp_path / "digits", {**PROJECT, "inference/config.json": json.dumps({"model_path": [raw]}).encode()})
    (tmp_path / "thesis.doc").write_bytes(b"mine")
    with pytest.raises(PreviewError, match="is not owner/repository/file"):
        choose_weights(tmp_path / "digits", tmp_path / "digits/inference", "M4")


def test_a_worktree_without_the_content_is_not_written_to(tmp_path, models, capfd):
    """The content is fetched elsewhere: the user's clone keeps its remote and its files."""
    git(tmp_path, "clone", "--quiet", f"file://{models}/digits-model.git", "digits-model")
    write(tmp_path / "digits", PROJECT)

    def state():
        files = (each for each in sorted((tmp_path / "digits-model").rglob("*")) if each.is_file())
        return {each: each.read_bytes() for each in files}

    before = state()
    shelf = Weights(Stages("en", "M4"), fetch.Remote.of(str(tmp_path / "digits")), [], tmp_path / "m", True)
    (weight,) = choose_weights(tmp_path / "digits", tmp_path / "digits/inference", "M4")
    shelf.put(weight, tmp_path / "digits/inference")
    assert (tmp_path / "digits/inference/best.ckpt").read_bytes() == WEIGHTS
    assert state() == before
