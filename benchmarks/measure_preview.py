"""Measure the second preview of an unchanged project against its app alone, to the first page; print a JSON object."""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app_alone import place, started

COUNT = 5


@contextlib.contextmanager
def alone(options):
    """Start the app, its weights beside it, and stop it once its page answers."""
    with (
        tempfile.TemporaryDirectory() as temporary,
        started(options.python, place(options.project, temporary)),
    ):
        yield


@contextlib.contextmanager
def preview(options):
    """Preview the project, and stop it once it says that the page answers."""
    command = ["xihe-hooks", "preview", str(options.project), "--lang", "en", f"--python={options.version}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stderr
        if not any("Ctrl-C" in line for line in process.stderr):
            sys.exit("The preview did not start.")
        yield
        process.terminate()
        process.stderr.read()


def to_ready(start, options):
    """Return the median seconds until a start is ready, after one that is not counted."""
    times = []
    for _ in range(1 + COUNT):
        begun = time.perf_counter()
        with start(options):
            times.append(time.perf_counter() - begun)
    return statistics.median(times[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path, help="folder of the rendered project, committed, its model beside it")
    parser.add_argument("--python", type=Path, required=True, help="interpreter with the project's requirements")
    parser.add_argument("--version", required=True, help="the Python to preview with")
    options = parser.parse_args()
    print(json.dumps({"preview": [to_ready(preview, options), to_ready(alone, options)]}))


if __name__ == "__main__":
    main()
