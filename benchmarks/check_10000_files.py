"""Times `xihe-hooks check` on 10,000 files against git's own listing of them and Python's start.

Loose objects are what a first commit leaves, packed ones what a clone has. Run it on an idle machine:
`python benchmarks/check_10000_files.py`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

FILES = 10_000
TIMES = 21
PACKAGE = Path(__file__).resolve().parent.parent / "hooks"
ENVIRONMENT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "PYTHONDONTWRITEBYTECODE": "",  # an installed package is compiled
    "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGE), os.environ.get("PYTHONPATH")])),
}

ENVIRONMENT.pop("CI", None)  # a build server searches more than a commit


def run(folder: Path, *command: str, stdin: bytes = b"", codes: tuple[int, ...] = (0,)) -> bytes:
    """Run a command in the folder and return its output."""
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, input=stdin, capture_output=True, check=False)
    if done.returncode not in codes:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode()}")
    return done.stdout


def build(folder: Path) -> None:
    """Make a project repository of loose objects: an app, its configuration, and data files of some kilobytes."""
    files = {
        "inference/app.py": "import gradio\n\ngradio.Interface(lambda x: x, 'text', 'text').launch()\n",
        "inference/requirements.txt": "gradio==3.21.0\n",
        ".gitattributes": "* text=auto\n",
    }
    files |= {f"data/{n % 100}/{n}.txt": f"{n}\n" * (n % 1000 + 1) for n in range(FILES - len(files))}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    run(folder, "git", "init", "--quiet", "--initial-branch=main")
    run(folder, "git", "config", "gc.auto", "0")
    run(folder, "git", "add", "--all")
    run(folder, "git", "-c", "user.name=B", "-c", "user.email=b@example.com", "commit", "--quiet", "--message", "Files")


def floor(folder: Path) -> None:
    """What any check needs: the names, the sizes, and a Python."""
    listed = run(folder, "git", "ls-files", "-s", "-z").split(b"\0")[:-1]
    oids = b"".join(record.split(b" ", 2)[1] + b"\n" for record in listed)
    run(folder, "git", "cat-file", "--batch-check", "--buffer", stdin=oids)
    run(folder, sys.executable, "-c", "pass")


def check(folder: Path) -> None:
    """The command, as a hook runs it; findings are welcome."""
    run(folder, sys.executable, "-m", "xihe_hooks", "check", codes=(0, 1))


def measure(task: Callable[[Path], None], folder: Path) -> float:
    """Milliseconds of one run."""
    start = time.perf_counter()
    task(folder)
    return 1000 * (time.perf_counter() - start)


def compare(folder: Path, state: str) -> None:
    """Print both medians and their ratio."""
    for task in (floor, check):
        task(folder)
    pairs = [(measure(floor, folder), measure(check, folder)) for _ in range(TIMES)]
    low, high = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{state}: git and Python alone {low:.0f} ms, xihe-hooks check {high:.0f} ms, ratio {high / low:.2f}")


def main() -> None:
    """Measure loose objects, then the same packed."""
    with tempfile.TemporaryDirectory() as name:
        ENVIRONMENT["PYTHONPYCACHEPREFIX"] = os.path.join(name, "compiled")
        folder = Path(name) / "repository"
        folder.mkdir()
        build(folder)
        compare(folder, "loose")
        run(folder, "git", "repack", "-a", "-d", "--quiet")
        compare(folder, "packed")


if __name__ == "__main__":
    main()
