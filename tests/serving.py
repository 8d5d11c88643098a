"""The generated app, started with the Python of a stack, for those who ask it from outside."""

import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

from xihe_hooks.facts import platform
from xihe_hooks.preview import server
from xihe_hooks.preview.stages import PreviewError, Stages


def add_arguments(parser):
    """Add what `serve` needs to a parser."""
    parser.add_argument("project", type=Path, help="folder of the rendered project, its model repository beside it")
    parser.add_argument("--python", type=Path, required=True, help="interpreter with the project's requirements")


@contextlib.contextmanager
def serve(options, change=lambda folder: None):
    """Start the app in a copy of inference/ with its weights, which may be changed first; give process and address."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "inference")
        shutil.copytree(options.project / "inference", folder)
        shutil.copy(next(options.project.parent.glob("*/best.ckpt")), folder)
        change(folder)
        with server.reserve_port(20000) as port:
            app = server.start(options.python, folder, port)
            seconds = platform()["limits"]["start_seconds"]["value"]
            try:
                yield app, server.wait_until_ready(app, port, seconds, Stages("en", "M4"))
            except PreviewError as error:
                sys.exit(error.what.en)
            finally:
                app.terminate()
                app.wait()
