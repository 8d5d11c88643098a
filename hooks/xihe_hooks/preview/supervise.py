"""Ends all that a preview started, and removes what it wrote, whatever way the preview itself ends.

The command that is run only waits for a second process, in a session of its own, that does the work. Between them is a
pipe: when the first ends, even by SIGKILL, the pipe closes, and the second ends its children and removes the temporary
folder. Where the second is killed, the first does that. On Linux both adopt the processes whose parents have ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import psutil

from xihe_hooks.language import INTERRUPTED
from xihe_hooks.python import module_command

PATIENCE = 5.0  # seconds between asking a process to end and killing it
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
PREFIX = "xihe-preview-"
OWNER = "owner"  # who works in a temporary folder: the process's id, and when it began


def supervise(argv: Sequence[str]) -> int:
    """Run `python -m xihe_hooks.preview FOLDER ARGUMENTS...` to its end, and return its exit code.

    FOLDER does not exist yet; it is gone afterwards.
    """
    folder = Path(tempfile.gettempdir(), f"{PREFIX}{uuid.uuid4().hex}")
    _adopt_orphans()
    _take_signals()
    if "NOX_CURRENT_SESSION" in os.environ:  # nox that is ended by SIGTERM does not end what it runs
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    command = module_command("xihe_hooks.preview", str(folder), *argv)
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    try:
        code = worker.wait()
    except KeyboardInterrupt:
        assert worker.stdin
        worker.stdin.close()
        code = worker.wait()
    _ignore_signals()
    _clean(folder)
    return code if code >= 0 else 1


def work(folder: Path, task: Callable[[], int]) -> int:
    """Run the task with the folder made, and with everything that it starts put into it; then end and remove all."""
    _adopt_orphans()
    try:
        _take_signals()
        threading.Thread(target=_watch, daemon=True).start()
        folder.mkdir(mode=0o700)
        (folder / OWNER).write_text(f"{os.getpid()} {psutil.Process().create_time()}", "ascii")
        _clean_after_the_killed(folder.parent)
        os.environ["TMPDIR"] = str(folder)  # what the app and the installers leave behind goes with it
        return task()
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        _ignore_signals()
        _clean(folder)


def ending_with_parent(command: list[str]) -> list[str]:
    """Return the command of a process that is killed with the one that starts it, where the system offers that."""
    if sys.platform != "linux":
        return command
    ask = f"import ctypes, os, sys; ctypes.CDLL(None).prctl({PR_SET_PDEATHSIG}, {int(signal.SIGKILL)}, 0, 0, 0)"
    return [sys.executable, "-I", "-S", "-c", f"{ask}; os.execv(sys.argv[1], sys.argv[1:])", *command]


def _clean_after_the_killed(parent: Path) -> None:
    """End and remove what is left of previews that were killed together with the process that watched over them."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            number, began = (folder / OWNER).read_text("ascii").split()
            if (hasattr(os, "getuid") and folder.lstat().st_uid != os.getuid()) or _runs(int(number), float(began)):
                continue
            for process in psutil.process_iter():
                with contextlib.suppress(psutil.Error):
                    if process.environ().get("TMPDIR") == str(folder):
                        process.kill()
            shutil.rmtree(folder, ignore_errors=True)


def _runs(number: int, began: float) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(number).create_time() == began
    return False


def _end_with(parent: int) -> None:
    while os.getppid() == parent and psutil.pid_exists(parent):  # Windows does not tell of a new parent
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGINT)


def _watch() -> None:
    while os.read(0, 1):  # nothing is written: this waits for the end
        pass
    os.kill(os.getpid(), signal.SIGINT)


def _take_signals() -> None:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        _ignore_signals()  # one is enough: what follows is the cleaning up
        raise KeyboardInterrupt

    for each in SIGNALS:
        if each == getattr(signal, "SIGHUP", None) and signal.getsignal(each) is signal.SIG_IGN:
            continue  # nohup asked for that
        signal.signal(each, interrupt)


def _ignore_signals() -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _clean(folder: Path) -> None:
    myself = psutil.Process()
    while children := myself.children(recursive=True):
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.terminate()
        _, alive = psutil.wait_procs(children, PATIENCE)
        for child in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(alive, PATIENCE)
    shutil.rmtree(folder, ignore_errors=True)
