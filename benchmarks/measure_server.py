"""Measure the served app, and the same page with a constant answer; print a JSON object of milliseconds, seconds, MiB."""

import argparse
import json
import sys
import time
from pathlib import Path

import psutil
from PIL import Image
from timing import median
from xihe_hooks.preview.drawing import connect

sys.path.append(str(Path(__file__).parent.parent / "tests"))
import serving
from strokes import drawings

COUNT = 200
CONSTANT = "def predict_digit(drawing):\n    return {str(number): 0.1 for number in range(10)}\n\n\npage ="


def measure(options, change=lambda folder: None):
    """Return (median milliseconds of an answer, seconds from start to the first, MiB after them)."""
    ink = Image.fromarray(next(iter(drawings(1, seed=5)))[0])
    start = time.perf_counter()
    with serving.serve(options, change) as (process, address):
        predict = connect(address)
        predict(ink)
        first = time.perf_counter() - start
        http = 1000 * median(lambda: predict(ink), COUNT)
        return http, first, psutil.Process(process.pid).memory_info().rss / 2**20


def answer_constantly(folder):
    """Let the app answer the same to any drawing."""
    source = (folder / "app.py").read_text(encoding="utf-8")
    (folder / "app.py").write_text(source.replace("page =", CONSTANT, 1), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    serving.add_arguments(parser)
    options = parser.parse_args()
    http, start, memory = measure(options)
    constant, _start, _memory = measure(options, answer_constantly)
    print(json.dumps({"http": http, "constant": constant, "start": start, "memory": memory}))


if __name__ == "__main__":
    main()
