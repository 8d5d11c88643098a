"""Start the app as the platform does, send it digits, then what nobody should send; print what was measured as JSON.

Run with the stack's Python.
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import api_faults
import served
from PIL import Image

CLIENTS = 4  # Gradio 6 takes a tenth of a second for an answer, nearly all of it waiting


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path, help="folder of the rendered project")
    parser.add_argument("digits", type=Path, help="folder of PNG files, white on black, named LABEL-NUMBER.png")
    parser.add_argument("--at-least", type=float, default=0.975, help="fraction that must be right")
    parser.add_argument("--faults", action="store_true", help="send unusable images too")
    options = parser.parse_args()
    files = sorted(options.digits.glob("*.png"))
    labels = [file.stem.split("-")[0] for file in files]
    digits = [served.encode_ink(Image.open(file)) for file in files]
    with served.serve(options.project, stderr=subprocess.DEVNULL if options.faults else None) as app:
        visitor = served.visit(app.address)
        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = [answer["label"] for answer in pool.map(visitor.predict, digits)]
        if options.faults:
            known = next(index for index, label in enumerate(labels) if answers[index] == label)
            api_faults.check(app, visitor, digits[known], labels[known])
    if options.faults and served.GENERATION >= 4:
        api_faults.check_removal(options.project)
    right = sum(answer == label for answer, label in zip(answers, labels))
    print(json.dumps({"start": app.start_seconds, "right": right, "digits": len(digits)}))
    if right < options.at_least * len(digits):
        sys.exit(f"The app recognises {right} of {len(digits)} digits correctly, too few.")


if __name__ == "__main__":
    main()
