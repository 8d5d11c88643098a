"""Photographs of handwritten digits, made from digits as cameras take them, and how many of them the app recognises.

Run it with the rendered photo project's inference folder, with weights, on PYTHONPATH.
"""

import argparse
import io
from pathlib import Path

import numpy as np
from digits import load_digits
from model import predict
from photograph import centre_digit, read_ink
from PIL import Image
from results import conclude
from scipy import ndimage

SIZE = 600  # pixels of a photograph, a side
ORIENTATION = 0x0112  # EXIF's tag
TURNS = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
WRITING = {  # colours of what is written on and of what writes
    "paper and black pen": ((235, 232, 225), (35, 35, 40)),
    "paper and blue pen": ((240, 236, 220), (40, 60, 150)),
    "paper and red pen": ((228, 230, 235), (190, 40, 45)),
    "board and chalk": ((45, 60, 52), (225, 228, 220)),
}


def photograph(image, rng, writing=None, orientation=None):
    """Return the bytes of a JPEG that shows a (28, 28) uint8 digit, 0 is paper, as a phone would take it."""
    writing = writing or list(WRITING)[rng.integers(len(WRITING))]
    orientation = orientation or int(rng.choice(list(TURNS)))
    side = rng.integers(300, 480)
    pen = np.clip(ndimage.zoom(image / 255, side / 28, order=3) * 3 - 1, 0, 1)
    ink = np.zeros((SIZE, SIZE))
    top, left = rng.integers(10, SIZE - side - 10, 2)
    ink[top : top + pen.shape[0], left : left + pen.shape[1]] = pen
    paper, colour = (np.array(each, float) for each in WRITING[writing])
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    tilt = rng.uniform(-0.15, 0.15, 2)
    light = 0.85 + tilt[0] * x + tilt[1] * y - rng.uniform(0, 0.15) * (x * x + y * y)
    scene = light[..., None] * (paper + ink[..., None] * (colour - paper)) + rng.normal(0, 6, (SIZE, SIZE, 3))
    picture = Image.fromarray(np.uint8(np.clip(scene, 0, 255)))
    if turn := TURNS[orientation]:
        picture = picture.transpose(turn)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80, exif=exif)
    return file.getvalue()


def recognise(content):
    """Return the digit that the app sees in the bytes of a photograph, None where it sees none."""
    digit = centre_digit(read_ink(Image.open(io.BytesIO(content))))
    return None if digit is None else int(predict(digit).argmax())


def main():
    """Write the example photographs, and how many of those of the held-out digits are recognised."""
    parser = argparse.ArgumentParser(description="Make photographs of held-out digits and let the app recognise them.")
    parser.add_argument("--output", type=Path, required=True, help="folder for pen.jpg, chalk.jpg, results.yml")
    parser.add_argument("--seed", type=int, default=1, help="seed of the photographs")
    parser.add_argument("--each", type=int, default=100, help="held-out digits of each class, up to 100")
    parser.add_argument("--at-least", type=float, default=0.95, help="accuracy below which this fails")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    _, _, images, labels = load_digits()
    options.output.mkdir(parents=True, exist_ok=True)
    for name, label, writing, orientation in (
        ("pen", 3, "paper and blue pen", 6),
        ("chalk", 7, "board and chalk", 1),
    ):
        content = photograph(images[labels == label][0], rng, writing, orientation)
        (options.output / f"{name}.jpg").write_bytes(content)
    chosen = np.concatenate([np.flatnonzero(labels == label)[: options.each] for label in range(10)])
    images, labels = images[chosen], labels[chosen]
    answers = [recognise(photograph(image, rng)) for image in images]
    accuracy = float(np.mean([answer == label for answer, label in zip(answers, labels)]))
    print(f"{accuracy:.4f} of {len(labels)} photographs of held-out digits recognised")
    results = {"demo": "photo", "accuracy": accuracy, "held_out": len(labels), "seed": options.seed}
    conclude(results, options.output, options.at_least)


if __name__ == "__main__":
    main()
