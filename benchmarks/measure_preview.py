"""Measure the second preview of an unchanged project against its app alone, to the first page; print a JSON object."""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))
import serving

COUNT = 5


def alone(options):
    """Start the app and give it once its page answers."""
    return serving.serve(options)


@contextlib.contextmanager
def preview(options):
    """Preview the project, and give the process once it says that the page answers."""
    command = ["xihe-hooks", "preview", str(options.project), "--lang", "en", f"--python={options.version}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8") as process:
        if not any("Ctrl-C" in line for line in process.stderr):
            sys.exit("The preview did not start.")
        yield process
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
    serving.add_arguments(parser)
    parser.add_argument("--version", required=True, help="the Python to preview with")
    options = parser.parse_args()

    print(json.dumps({"preview": [to_ready(preview, options), to_ready(alone, options)]}))


if __name__ == "__main__":
    main()
