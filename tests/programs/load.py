"""Send drawings to the served app from 1, 8 and 32 clients at once: every answer must equal the serial one.

Run with the stack's Python.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import served
import strokes
from PIL import Image

CLIENTS = (1, 8, 32)
GROWTH = 64  # MiB of resident memory that a thousand drawings may add: allocators keep some


def ask(address, drawings, clients):
    """Send the drawings from so many clients at once; return the answers in order and the seconds it took."""
    visitor = served.visit(address)
    start = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(visitor.predict, drawings))
    return answers, time.monotonic() - start


def resident(app):
    """Return the app's resident memory in MiB."""
    return psutil.Process(app.process.pid).memory_info().rss / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path, help="folder of the rendered project")
    parser.add_argument("--count", type=int, default=1000, help="number of drawings for each number of clients")
    options = parser.parse_args()
    drawings = [served.encode_ink(Image.fromarray(ink)) for ink, _digit in strokes.drawings(options.count, seed=3)]
    with served.serve(options.project) as app:
        ask(app.address, drawings[:100], max(CLIENTS))  # the server starts its threads
        before = resident(app)
        serial = None
        for clients in CLIENTS:
            answers, seconds = ask(app.address, drawings, clients)
            serial = serial or answers
            wrong = sum(one != other for one, other in zip(serial, answers))
            rate = len(drawings) / seconds
            print(f"{clients:3} clients: {len(drawings)} drawings, {rate:4.0f} a second, {wrong} differ", flush=True)
            if wrong or app.process.poll() is not None:
                sys.exit(
                    f"With {clients} clients {wrong} answers differ from the serial ones; exit code {app.process.poll()}."
                )
        grown = resident(app) - before
        print(f"memory: {before:.0f} MiB at first, {grown:+.0f} MiB after {len(CLIENTS) * len(drawings)} drawings")
        if grown > GROWTH:
            sys.exit(f"The app grew by {grown:.0f} MiB: something is kept for each drawing.")


if __name__ == "__main__":
    main()
