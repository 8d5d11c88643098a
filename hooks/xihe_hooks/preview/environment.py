"""Makes the environment that requirements.txt describes, and keeps it for the next start of the same project."""

from __future__ import annotations

import hashlib
import os
import platform as machine
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from xihe_hooks.language import Text
from xihe_hooks.preview.installer_errors import explain
from xihe_hooks.preview.stages import PreviewError, Stage

# -I: the current folder may be a stranger's, with a platform.py or a venv.py of its own
VERSION = ("-I", "-c", "import platform; print(platform.python_version())")
EXECUTABLE = ("-I", "-c", "import sys; print(sys.executable)")
COMPLETE = "xihe-hooks-complete"  # written last: an environment without it was cut off
UNUSED_DAYS = 30
LINES_SHOWN = 12


def prepare(stage: Stage, requirements: Path, wanted: Sequence[str], installer: str | None = None) -> Path:
    """Return the interpreter of an environment with the requirements and nothing else, made now or kept from before.

    requirements  a requirements.txt; where it is missing or empty nothing is installed, as on the platform
    wanted        Pythons that will do, such as ("3.10", "3.11"); the running one is taken where it is among them
    installer     "uv" or "pip"; by default uv where there is one
    """
    installer = installer or ("uv" if shutil.which("uv") else "pip")
    content = requirements.read_bytes() if requirements.is_file() else b""
    python = _choose_python(wanted, installer)
    folder = user_cache_path("xihe-hooks") / "environments"
    folder.mkdir(parents=True, exist_ok=True)
    _remove_unused(folder)
    key = hashlib.sha256(f"{python} {installer} {sys.platform} {machine.machine()}".encode() + content)
    environment = folder / key.hexdigest()[:20]
    interpreter = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python3")
    with _locked(stage, environment.with_suffix(".lock")):
        version = _answer(str(interpreter), *VERSION) if (environment / COMPLETE).is_file() else None
        if version:
            stage.note("沿用上次的环境", "kept from before")
        else:
            shutil.rmtree(environment, ignore_errors=True)
            _make(stage, environment, interpreter, python, installer)
            if content:
                _install(stage, interpreter, requirements, installer)
            version = _answer(str(interpreter), *VERSION)
            stage.note(f"由 {installer} 安装", f"installed by {installer}")
        (environment / COMPLETE).touch()
    stage.note(f"Python {version}", f"Python {version}")
    return interpreter


def _choose_python(wanted: Sequence[str], installer: str) -> str:
    if "{}.{}".format(*sys.version_info) in wanted:
        return sys.executable
    for version in reversed(wanted):
        ways = [[f"python{version}", *EXECUTABLE], ["py", f"-{version}", *EXECUTABLE]]
        if installer == "uv":
            ways = [["uv", "python", "find", "--no-project", version]]
        for way in ways:
            if found := _answer(*way):
                return found
    if installer == "uv":
        return wanted[-1]  # uv fetches it
    raise PreviewError(
        Text(
            f"应用需要 Python {' 或 '.join(wanted)}，这里没有",
            f"The app needs Python {' or '.join(wanted)}; none is here",
        ),
        Text("请安装它，或 pip install uv，由 uv 下载。", "Install it, or pip install uv, which fetches it."),
    )


def _answer(*command: str) -> str | None:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout.decode("utf-8", "surrogateescape").strip() if done.returncode == 0 else None


def _make(stage: Stage, environment: Path, interpreter: Path, python: str, installer: str) -> None:
    if installer == "uv":
        _run(stage, ["uv", "venv", "--no-project", "--python", python, str(environment)])
    else:
        _run(stage, [python, "-I", "-m", "venv", str(environment)])
        _run(stage, [str(interpreter), "-I", "-m", "pip", "install", "--upgrade", "pip"])


def _install(stage: Stage, interpreter: Path, requirements: Path, installer: str) -> None:
    pip = ["uv", "pip", "install", "--python", str(interpreter)]
    if installer == "pip":
        pip = [str(interpreter), "-I", "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    _run(stage, [*pip, "-r", requirements.name], requirements.parent)


def _run(stage: Stage, command: Sequence[str], cwd: Path | None = None) -> None:
    lines: deque[str] = deque(maxlen=400)
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    with subprocess.Popen(
        command, cwd=cwd, env=clean, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout
        for line in process.stdout:
            lines.append(line.decode("utf-8", "replace").rstrip())
            stage.progress(lines[-1], lines[-1])
    if process.returncode == 0:
        return
    last = "\n".join(list(lines)[-LINES_SHOWN:])
    stage.stages.console.print(last, markup=False, style="dim")
    if known := explain("\n".join(lines)):
        raise PreviewError(known, step="environment")
    raise PreviewError(
        Text("安装 requirements.txt 失败，原因见上", "Installing requirements.txt failed; the reason is above"),
        Text(
            "请修改 requirements.txt（或 requirements.in，再 nox -s lock）后重试。",
            "Change requirements.txt (or requirements.in, then nox -s lock) and try again.",
        ),
        "environment",
    )


@contextmanager
def _locked(stage: Stage, path: Path) -> Iterator[None]:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        stage.progress("另一个预览正在安装同样的环境…", "another preview is installing the same environment ...")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _remove_unused(folder: Path) -> None:
    oldest = time.time() - UNUSED_DAYS * 86400
    for complete in folder.glob(f"*/{COMPLETE}"):
        if complete.stat().st_mtime < oldest:
            shutil.rmtree(complete.parent, ignore_errors=True)
