"""Send pictures of digits to the served app; exit code 1 when too few are recognised."""

import argparse
import sys
from pathlib import Path

import serving
from PIL import Image
from xihe_hooks.preview.drawing import connect


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    serving.add_arguments(parser)
    parser.add_argument("--digits", type=Path, required=True, help="PNG files, white on black, named by their digit")
    parser.add_argument("--at-least", type=float, required=True, metavar="SHARE")
    options = parser.parse_args()
    pictures = sorted(options.digits.glob("*.png"))
    with serving.serve(options) as (_app, address):
        predict = connect(address)
        right = sum(predict(Image.open(each).convert("L"))["label"] == each.name[0] for each in pictures)
    print(f"{right} of {len(pictures)} digits right")
    sys.exit(right < options.at_least * len(pictures))


if __name__ == "__main__":
    main()
