"""Times `xihe-hooks check`: within a commit, against an empty hook, and on 10,000 files, against git's own listing.

A demo has some dozens of files, so what counts is the commit: `pre-commit run` over 200 files with our hook takes at
most 1.7 times the same run with a hook that does nothing. pre-commit installs both, as it does for everyone, since a
hook in a Python environment costs it some 30 ms by itself. The 10,000 files show that nothing grows out of hand:
packed as a clone has them, at most 10 times their listing and Python's start. Loose objects are what a first commit
leaves. Run it on an idle machine, with pre-commit on PATH: `python benchmarks/measure_check.py`.
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

import yaml

MANY, FEW = 10_000, 200
TIMES = 21
HERE = Path(__file__).resolve().parent.parent
PACKAGE = HERE / "hooks"
HOOKS = HERE / ".pre-commit-hooks.yaml"
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


def build(folder: Path, count: int) -> None:
    """Make a project repository of loose objects: an app, its requirements, and data files of some kilobytes."""
    files = {
        "inference/app.py": "import gradio\n\ngradio.Interface(lambda x: x, 'text', 'text').launch()\n",
        "inference/requirements.txt": "gradio==3.21.0\npydantic==1.10.26\n",
        ".gitattributes": "* text=auto\n",
    }
    files |= {f"data/{n % 100}/{n}.txt": f"{n}\n" * (n % 1000 + 1) for n in range(count - len(files))}
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


def commit(**changes: object) -> Callable[[Path], None]:
    """What a commit waits for: pre-commit, over every file, with the hook for projects so changed."""
    (hook,) = (each for each in yaml.safe_load(HOOKS.read_text("utf-8")) if each["id"] == "xihe-project")
    local = {**hook, "additional_dependencies": [str(HERE)], **changes}
    configuration = yaml.safe_dump({"repos": [{"repo": "local", "hooks": [local]}]})

    def task(folder: Path) -> None:
        (folder / ".pre-commit-config.yaml").write_text(configuration, encoding="utf-8")
        run(folder, "git", "add", ".pre-commit-config.yaml")
        run(folder, "pre-commit", "run", "--all-files", codes=(0, 1))

    return task


def measure(task: Callable[[Path], None], folder: Path) -> float:
    """Milliseconds of one run."""
    start = time.perf_counter()
    task(folder)
    return 1000 * (time.perf_counter() - start)


def compare(folder: Path, what: str, least: Callable[[Path], None], ours: Callable[[Path], None]) -> None:
    """Print both medians and their ratio."""
    for task in (least, ours):
        task(folder)
    pairs = [(measure(least, folder), measure(ours, folder)) for _ in range(TIMES)]
    low, high = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{what}: {low:.0f} ms without, {high:.0f} ms with xihe-hooks check, ratio {high / low:.2f}")


def main() -> None:
    """Measure commits to few files, then many files: loose, and packed."""
    with tempfile.TemporaryDirectory() as name:
        ENVIRONMENT["PYTHONPYCACHEPREFIX"] = os.path.join(name, "compiled")
        ENVIRONMENT["PRE_COMMIT_HOME"] = os.path.join(name, "pre-commit")
        few, many = Path(name) / "few", Path(name) / "many"
        build(few, FEW)
        compare(few, f"pre-commit run, {FEW} files", commit(entry="true"), commit())
        build(many, MANY)
        compare(many, f"{MANY} loose files against git and Python alone", floor, check)
        run(many, "git", "repack", "-a", "-d", "--quiet")
        compare(many, f"{MANY} packed files against git and Python alone", floor, check)


if __name__ == "__main__":
    main()
