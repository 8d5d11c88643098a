"""The app of a rendered project, by itself."""

import contextlib
import shutil
from pathlib import Path

from xihe_hooks.data import platform
from xihe_hooks.preview import server
from xihe_hooks.preview.stages import Stages


def place(project, folder):
    """Copy the project's inference/ and its model's weights to a folder in this one, and return it."""
    inference = Path(folder, "inference")
    shutil.copytree(project / "inference", inference)
    shutil.copy(project.with_name(f"{project.name}-model") / "best.ckpt", inference)
    return inference


@contextlib.contextmanager
def started(interpreter, inference):
    """Start the app; once its page answers, go on, and stop it afterwards."""
    with server.reserve_port(20000) as port:
        app = server.start(interpreter, inference, port)
        server.wait_until_ready(app, port, platform()["limits"]["start_seconds"]["value"], Stages("en", "M4"))
        yield
        app.process.terminate()
        app.process.wait()
