"""Measure what somebody waits for who presses start: pip over the packages of the platform's image, then the app's page.

Against pip with nothing installed before. Nothing is cached, as on the platform; what installing the image's own packages
takes is not counted, since they are there. Prints a JSON object of seconds, medians of several.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import xihe_hooks
from app_alone import place, started
from xihe_hooks.preview import environment
from xihe_hooks.preview.stages import Stages

COUNT = 3
IMAGE = Path(xihe_hooks.__file__).with_name("image.txt")
STAGES = Stages("en", "M4")


def install(inference, python, image):
    """Install requirements.txt by pip; return the interpreter, and the seconds that this took."""
    with STAGES.stage("environment", quiet=True) as stage:
        made = environment.prepare(stage, inference / "requirements.txt", [python], image, "pip")
    return made.interpreter, made.seconds


def start(inference, interpreter):
    """Start the app, wait for its page, and stop it; return the seconds to the page."""
    begun = time.monotonic()
    with started(interpreter, inference):
        return time.monotonic() - begun


def measure(project, python):
    """Return the seconds of pip over the image, of the start after it, and of pip over nothing."""
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["XDG_CACHE_HOME"] = temporary
        inference = place(project, temporary)
        interpreter, over_image = install(inference, python, IMAGE)
        page = start(inference, interpreter)
        environment.clear()
        shutil.rmtree(Path(temporary, "pip"), ignore_errors=True)
        return over_image, page, install(inference, python, None)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path, help="folder of the rendered project, its model beside it")
    parser.add_argument("--python", required=True, help="the image's Python, such as 3.9")
    options = parser.parse_args()
    rounds = [measure(options.project, options.python) for _ in range(COUNT)]
    pip, page, alone = map(statistics.median, zip(*rounds, strict=True))
    print(json.dumps({"pip": pip, "page": page, "pip_alone": alone}))


if __name__ == "__main__":
    main()
