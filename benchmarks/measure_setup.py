"""Measure rendering against a copier template of one file, and installing by uv against pip; print a JSON object."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import median


def measure_render(template, folder):
    """Return milliseconds of (this template, a template of one file), as copier's command takes them."""
    small = folder / "small"
    small.mkdir()
    (small / "copier.yml").write_text("name: world\n")
    (small / "hello.txt.jinja").write_text("Hello {{ name }}\n")
    identity = ["-c", "user.name=B", "-c", "user.email=b@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message", "One file"]):
        subprocess.run(["git", *command], cwd=small, check=True)

    def copy(source):
        target = folder / "rendered"
        shutil.rmtree(target, ignore_errors=True)
        command = ["copier", "copy", "--quiet", "--defaults", "--vcs-ref=HEAD", "--data=user=demo-user"]
        subprocess.run([sys.executable, "-m", *command, str(source), str(target)], check=True, capture_output=True)

    return [1000 * median(lambda source=source: copy(source), 7) for source in (template, small)]


def measure_install(lock, folder):
    """Return seconds of (uv, pip) to make an environment of the lock, both with what they downloaded before."""
    environment = folder / "environment"

    def by_uv():
        subprocess.run(["uv", "venv", "--quiet", "--clear", str(environment)], check=True)
        interpreter = str(environment / "bin" / "python")
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", interpreter, "-r", str(lock)], check=True)

    def by_pip():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(lock)]
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)

    return [median(call, 3) for call in (by_uv, by_pip)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("template", type=Path)
    parser.add_argument("lock", type=Path)
    options = parser.parse_args()
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""  # an installed package is compiled
    with tempfile.TemporaryDirectory() as name:
        render = measure_render(options.template, Path(name))
        install = measure_install(options.lock, Path(name))
    print(json.dumps({"render": render, "install": install}))


if __name__ == "__main__":
    main()
