"""Makes the environment that requirements.txt describes, and keeps it for the next start of the same project."""

from __future__ import annotations

import hashlib
import itertools
import os
import platform as machine
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from xihe_hooks.language import Text
from xihe_hooks.preview.stages import PreviewError, Stage
from xihe_hooks.preview.variables import for_installer
from xihe_hooks.readers.log import explain
from xihe_hooks.readers.requirements_txt import read_requirements

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
    content = _content(requirements)
    python = _choose_python(wanted, installer)
    folder = _private_folder()
    _remove_unused(folder)
    key = hashlib.sha256(f"{python} {installer} {sys.platform} {machine.machine()}".encode() + content)
    name = key.hexdigest()[:20]
    with _locked(stage, folder / f"{name}.lock"):
        environment = _place(folder, name)
        interpreter = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python3")
        version = _answer(str(interpreter), *VERSION) if _is_whole(environment) else None
        if version:
            stage.note("沿用上次的环境", "kept from before")
        else:
            _remove(environment)
            _make(stage, environment, interpreter, python, installer)
            if content:
                _install(stage, interpreter, requirements, installer)
            version = _answer(str(interpreter), *VERSION)
            stage.note(f"由 {installer} 安装", f"installed by {installer}")
            (environment / COMPLETE).write_text("".join(f"{line}\n" for line in _list(environment)), "utf-8")
        (environment / COMPLETE).touch()
    stage.note(f"Python {version}", f"Python {version}")
    return interpreter


def _content(requirements: Path) -> bytes:
    """The bytes of a requirements.txt, and of each file that it includes."""
    contents: dict[str, bytes] = {}

    def read(path: str) -> bytes | None:
        file = requirements.parent.parent / path
        if path not in contents and file.is_file():
            contents[path] = file.read_bytes()
        return contents.get(path)

    for _ in read_requirements(f"{requirements.parent.name}/{requirements.name}", read):
        pass
    return b"\0".join(contents.values())


def _private_folder() -> Path:
    """Return the folder of the environments, which nobody else may write to: what lies in it is run."""
    folder = user_cache_path("xihe-hooks") / "environments"
    for each in (folder.parent, folder):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix":
            if each.stat().st_uid != os.getuid():
                raise PreviewError(
                    Text(f"{each} 属于另一个用户", f"{each} belongs to another user"),
                    Text(
                        "请删除它，或把 XDG_CACHE_HOME 设为您自己的文件夹。",
                        "Remove it, or set XDG_CACHE_HOME to a folder of your own.",
                    ),
                )
            each.chmod(0o700)
    return folder


def _list(environment: Path) -> Iterator[str]:
    """Yield the files that were installed, each with its size; what Python compiles comes and goes."""
    for file in sorted(environment.rglob("*")):
        if file.suffix != ".pyc" and file.is_file() and file.name != COMPLETE:
            yield f"{file.stat().st_size} {file.relative_to(environment).as_posix()}"


def _is_whole(environment: Path) -> bool:
    """Whether an environment was finished, is this user's, and still has each of its files."""
    complete = environment / COMPLETE
    if not complete.is_file() or os.name == "posix" and environment.stat().st_uid != os.getuid():
        return False
    for line in complete.read_text("utf-8").splitlines():
        size, _, name = line.partition(" ")
        file = environment / name
        if not file.is_file() or str(file.stat().st_size) != size:
            return False
    return True


def _is_used(environment: Path) -> bool:
    """Whether a process runs from an environment."""
    start = str(environment) + os.sep
    return any((each.info["cmdline"] or [""])[0].startswith(start) for each in psutil.process_iter(["cmdline"]))


def _place(folder: Path, key: str) -> Path:
    """Return where the environment of a key lies, or is to be made: a damaged one that is in use stays as it is."""
    places = (folder / (f"{key}-{number}" if number else key) for number in itertools.count())
    return next(each for each in places if _is_whole(each) or not _is_used(each))


def _remove(environment: Path) -> None:
    """Remove a damaged environment that nothing runs from."""
    shutil.rmtree(environment, ignore_errors=True)
    if environment.exists():
        raise PreviewError(
            Text(f"无法删除损坏的环境 {environment}", f"Cannot remove the damaged environment {environment}"),
            Text("请检查谁可以写入该文件夹，然后手工删除它。", "Check who may write there, and remove it by hand."),
        )


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
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=for_installer(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
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
        raise PreviewError(known.what, known.remedy, "environment")
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
    """Remove what was not used for long, and what was cut off; never what is in use or being made."""
    oldest = time.time() - UNUSED_DAYS * 86400
    for environment in (each for each in folder.iterdir() if each.is_dir()):
        complete = environment / COMPLETE
        if complete.is_file() and complete.stat().st_mtime >= oldest:
            continue
        with suppress(Timeout), FileLock(folder / f"{environment.name[:20]}.lock", timeout=0):
            if not _is_used(environment):
                shutil.rmtree(environment, ignore_errors=True)
