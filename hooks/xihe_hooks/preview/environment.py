"""Makes the environment of the image's packages and requirements.txt, and keeps it for the next start of the project."""

from __future__ import annotations

import hashlib
import itertools
import os
import platform as machine
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil
from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from xihe_hooks.data import platform
from xihe_hooks.language import Text
from xihe_hooks.preview.stages import PreviewError, Stage
from xihe_hooks.preview.variables import for_pip, for_uv
from xihe_hooks.readers.log import explain
from xihe_hooks.readers.requirements_txt import read_requirements

# -I: the current folder may be a stranger's, with a platform.py or a venv.py of its own
VERSION = ("-I", "-c", "import platform; print(platform.python_version())")
EXECUTABLE = ("-I", "-c", "import sys; print(sys.executable)")
COMPLETE = "xihe-hooks-complete"  # written last, an environment without it was cut off: seconds, then sizes and files
UNUSED_DAYS = 30
LINES_SHOWN = 12


class Environment(NamedTuple):
    """An environment.

    interpreter  its Python
    over_image   whether the packages of the platform's image are in it
    seconds      what installing requirements.txt took when it was made
    """

    interpreter: Path
    over_image: bool
    seconds: float


def prepare(
    stage: Stage, requirements: Path, wanted: Sequence[str], image: Path | None = None, installer: str | None = None
) -> Environment:
    """Return an environment with the requirements, made now or kept from before.

    requirements  a requirements.txt; where it is missing or empty nothing is installed, as on the platform
    wanted        Pythons that will do, such as ("3.10", "3.11"); the running one is taken where it is among them
    image         a lock of what the platform's image has, which is there before the requirements; None for nothing
    installer     "uv" or "pip"; by default uv where there is one
    """
    installer = installer or ("uv" if shutil.which("uv") else "pip")
    content = _content(requirements)
    python = _choose_python(wanted, installer)
    folder = _private_folder()
    _remove_unused(folder)
    key = hashlib.sha256(f"{python} {installer} {sys.platform} {machine.machine()}".encode() + content)
    key.update(image.read_bytes() if image else b"no image")
    name = key.hexdigest()[:20]
    with _locked(stage, folder / f"{name}.lock"):
        environment = _choose(folder, name)
        interpreter = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python3")
        version = _answer(str(interpreter), *VERSION) if _is_whole(environment) else None
        if version:
            stage.note("沿用上次的环境", "reusing the earlier environment")
        else:
            _remove(environment)
            tool = _Installer(installer, stage, environment, interpreter)
            tool.make(python)
            if image:
                tool.install_image(image)
            seconds = tool.install(requirements) if content else 0.0
            version = _answer(str(interpreter), *VERSION)
            listed = "".join(f"{line}\n" for line in _list(environment))
            (environment / COMPLETE).write_text(f"{seconds}\n{listed}", "utf-8")
            stage.note(f"由 {installer} 安装", f"installed by {installer}")
            size = sum(int(line.partition(" ")[0]) for line in listed.splitlines()) / 1e9
            stage.note(f"{size:.1f} GB，位于 {folder}", f"{size:.1f} GB in {folder}")
        (environment / COMPLETE).touch()
    stage.note(f"Python {version}", f"Python {version}")
    return Environment(
        interpreter, image is not None, float((environment / COMPLETE).read_text("utf-8").partition("\n")[0])
    )


def clear() -> tuple[Path, float]:
    """Remove all environments that nothing runs from. Returns their folder, and the bytes that were in those removed."""
    folder, freed = _private_folder(), 0
    for environment in (each for each in folder.iterdir() if each.is_dir()):
        with suppress(Timeout), FileLock(folder / f"{environment.name[:20]}.lock", timeout=0):
            if not _is_used(environment):
                freed += sum(each.lstat().st_size for each in environment.rglob("*") if not each.is_symlink())
                shutil.rmtree(environment, ignore_errors=True)
    return folder, freed


def _content(requirements: Path) -> bytes:
    """The bytes of a requirements.txt, and of each file that it includes."""
    if requirements.is_dir():
        raise PreviewError(
            Text(f"{requirements.name} 是文件夹", f"{requirements.name} is a folder"),
            Text("请改为文件，或删除它。", "Replace it with a file, or remove it."),
            "environment",
        )
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
    if not complete.is_file() or (os.name == "posix" and environment.stat().st_uid != os.getuid()):
        return False
    for line in complete.read_text("utf-8").splitlines()[1:]:
        size, _, name = line.partition(" ")
        file = environment / name
        if not file.is_file() or str(file.stat().st_size) != size:
            return False
    return True


def _is_used(environment: Path) -> bool:
    """Whether a process runs from an environment."""
    start = str(environment) + os.sep
    return any((each.info["cmdline"] or [""])[0].startswith(start) for each in psutil.process_iter(["cmdline"]))


def _choose(folder: Path, key: str) -> Path:
    """Return where the environment of a key lies, or is to be made: a damaged one that is in use stays as it is."""
    folders = (folder / (f"{key}-{number}" if number else key) for number in itertools.count())
    return next(each for each in folders if _is_whole(each) or not _is_used(each))


def _remove(environment: Path) -> None:
    """Remove a damaged environment that nothing runs from."""
    shutil.rmtree(environment, ignore_errors=True)
    if environment.exists():
        raise PreviewError(
            Text(f"无法删除损坏的环境 {environment}", f"Cannot remove the damaged environment {environment}"),
            Text(
                "请检查该文件夹的权限，然后手工删除它。", "Check the permissions of that folder, and remove it by hand."
            ),
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
            f"应用需要 Python {' 或 '.join(wanted)}，本机没有找到",
            f"The app needs Python {' or '.join(wanted)}, which was not found",
        ),
        Text("请安装它；或者安装 uv，由 uv 下载。", "Install it, or install uv, which then downloads it."),
    )


def _answer(*command: str) -> str | None:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout.decode("utf-8", "surrogateescape").strip() if done.returncode == 0 else None


class _Installer:
    """uv or pip, at work on one environment. Each step raises PreviewError where it fails."""

    def __init__(self, name: str, stage: Stage, environment: Path, interpreter: Path) -> None:
        self._uv, self._stage = name == "uv", stage
        self._environment, self._python = environment, str(interpreter)
        self._variables = for_uv() if self._uv else for_pip("")

    def make(self, python: str) -> None:
        """Make the environment, with nothing in it but, for pip, the newest pip."""
        if self._uv:
            command = ["uv", "venv", "--no-project", "--python", python, str(self._environment)]
        else:
            command = [python, "-I", "-m", "venv", str(self._environment)]
        if printed := self._run(command):
            raise self._no_python(python, printed)
        if not self._uv:
            self._variables = for_pip(_answer(self._python, "-I", "-m", "pip", "config", "list") or "")
            if printed := self._run([self._python, "-I", "-m", "pip", "install", "--upgrade", "pip"]):
                known = explain(printed)
                what = Text("无法升级 pip，原因见上面的输出", "Cannot upgrade pip; see the output above")
                raise PreviewError(known.what, known.remedy) if known else PreviewError(what)

    def install_image(self, lock: Path) -> None:
        """Install what the platform's image has."""
        if not (printed := self._run([*self._pip, "-r", str(lock)])):
            for name, version in platform()["image"]["gone"].items():
                self._stage.note(
                    f"镜像当年的 {name} 已从 PyPI 下架，以 {version} 代替",
                    f"{name} {version} instead of the image's version, which was removed from PyPI",
                )
            return
        known = explain(printed)
        raise PreviewError(
            known.what
            if known
            else Text(
                "平台镜像的软件包无法在本机安装，原因见上面的输出",
                "The packages of the platform's image cannot be installed on this machine; see the output above",
            ),
            Text(
                "要不带镜像的软件包预览，请加 --no-image。",
                "To preview without the packages of the platform's image, pass --no-image.",
            ),
        )

    def install(self, requirements: Path) -> float:
        """Install a requirements.txt over what is there, and return the seconds that this took."""
        begun = time.monotonic()
        printed = self._run([*self._pip, "-r", requirements.name], requirements.parent)
        if not printed:
            return time.monotonic() - begun
        known = explain(printed)
        if known:
            step = "environment" if self._is_as_there() and not known.local else ""
            raise PreviewError(known.what, known.remedy, step)
        raise PreviewError(
            Text(
                "安装 requirements.txt 失败，原因见上面的输出",
                "Installing requirements.txt failed; see the output above",
            ),
            Text(
                "请修改 requirements.txt（或 requirements.in，再 nox -s lock）后重试。",
                "Change requirements.txt (or requirements.in, then nox -s lock) and try again.",
            ),
            "environment",
        )

    @property
    def _pip(self) -> list[str]:
        if self._uv:
            return ["uv", "pip", "install", "--python", self._python]
        return [self._python, "-I", "-m", "pip", "install", "--progress-bar", "off"]

    def _is_as_there(self) -> bool:
        """Whether packages have to be for the same Python and machine here as on the platform."""
        here = (_answer(self._python, *VERSION) or "").split(".")[:2]
        there: list[str] = platform()["image"]["python"].split(".")[:2]
        return here == there and (sys.platform, machine.machine()) == ("linux", "x86_64")

    @staticmethod
    def _no_python(python: str, printed: str) -> PreviewError:
        if re.search("[Dd]isk", printed) and (known := explain(printed)):
            return PreviewError(known.what, known.remedy)
        return PreviewError(
            Text(
                f"无法用 Python {python} 建立环境：本机没有这个 Python，uv 也没能下载它，或者它缺少 venv 模块；原因见上面的输出",
                f"Cannot create an environment with Python {python}: it is not installed and uv could not download "
                "it, or it lacks the module venv; see the output above",
            ),
            Text(
                "请安装这个 Python；如果由 uv 下载，请检查网络（UV_PYTHON_INSTALL_MIRROR 可指定镜像站）和 UV_PYTHON_DOWNLOADS。",
                "Install that Python. If uv should download it, check the network, UV_PYTHON_DOWNLOADS, and "
                "UV_PYTHON_INSTALL_MIRROR, which sets a mirror.",
            ),
        )

    def _run(self, command: Sequence[str], cwd: Path | None = None) -> str:
        """Return "" when the command succeeded, else what it printed; the end of that is shown."""
        lines: deque[str] = deque(maxlen=400)
        downloads: dict[str, str] = {}
        with subprocess.Popen(
            command,
            cwd=cwd,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            assert process.stdout
            for line in process.stdout:
                lines.append(line.decode("utf-8", "replace").rstrip())
                shown = current(downloads, lines[-1])
                self._stage.progress(shown, shown)
        if process.returncode == 0:
            return ""
        self._stage.stages.console.print("\n".join(list(lines)[-LINES_SHOWN:]), markup=False, style="dim")
        return "\n".join(lines) or str(process.returncode)


def current(downloads: dict[str, str], line: str) -> str:
    """Return what an installer is doing after it printed a line: uv tells which of its downloads have begun and ended."""
    if found := re.match(r"(Downloading| Downloaded) (\S+)", line):  # pip's begin with two blanks, and come one by one
        downloads.pop(found[2], None)
        if found[1] == "Downloading":
            downloads[found[2]] = line
    return next(iter(downloads.values()), line)


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
