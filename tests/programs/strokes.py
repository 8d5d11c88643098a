"""Draw digits as a hand with a mouse does, to test a recogniser that was trained on other digits.

Each shape is pen strokes separated by ";". A stroke is points "x,y" on a sheet 100 high, y downwards,
joined by a smooth curve; "!" after a point makes it a sharp corner.
"""

import argparse
import sys
from collections import defaultdict

import numpy as np
from PIL import Image, ImageDraw

PAGE = 280  # pixels a side
HEIGHTS = (60, 260)  # of a digit's strokes, pixels
PENS = (12, 24)  # pen widths, pixels
MARGIN = PENS[1] / 2  # keeps the ink of the widest pen on the page

SHAPES = {
    0: (
        "36,1 14,14 4,48 14,86 34,99 54,84 64,48 54,14 34,1",
        "44,6 26,2 8,24 4,60 18,94 42,96 58,70 56,28 38,3 26,7",
        "30,0 56,16 62,52 48,92 28,99 8,80 4,40 16,8 34,2",
        "50,10 30,0 9,20 5,62 24,98 50,88 60,48 54,18",
    ),
    1: (
        "30,0 30,50 30,100",
        "36,0 32,50 27,100",
        "12,24 34,0! 34,100",
        "18,18 28,11 36,0! 35,50 34,100",
        "14,22 34,0! 34,98; 12,100 57,99",
    ),
    2: (
        "7,22 18,4 42,1 57,18 50,44 28,72 5,98! 63,97",
        "6,24 20,3 46,3 57,24 44,54 22,82 8,94 4,84 16,80 36,92 64,96",
        "8,16 30,0 54,10 54,32 32,66 4,97! 24,92 46,98 66,93",
        "10,30 14,8 36,0 56,12 54,38 30,70 6,99! 60,100",
    ),
    3: (
        "7,13 28,0 51,11 48,34 24,46! 52,54 59,76 40,98 4,90",
        "8,11 30,0 53,13 45,37 25,47 21,42 32,43 57,60 54,88 28,100 3,88",
        "8,2 56,2! 27,41! 54,52 59,78 36,99 4,90",
        "6,8 36,1 52,18 40,40 20,48! 46,50 60,68 48,94 20,100 2,92",
    ),
    4: (
        "14,3 6,56! 62,55; 46,22 43,100",
        "12,4 6,34 12,54 34,56 56,50; 56,2 54,50 50,100",
        "62,67 3,66! 46,0! 45,100",
        "42,0 22,34 2,66! 64,64; 43,2 44,100",
        "10,4 8,50! 54,48; 54,0 52,100",
    ),
    5: (
        "16,3 13,43! 34,36 57,52 56,84 32,100 3,90; 16,3 60,1",
        "58,2 16,3! 11,46! 36,38 59,56 54,88 28,100 4,89",
        "56,3 32,2 16,5 13,26 15,41 36,40 56,58 52,88 28,100 4,92",
        "14,2 14,40! 44,40 58,66 46,94 6,98; 14,2 56,2",
    ),
    6: (
        "50,2 24,24 8,60 14,90 36,99 55,82 48,58 28,53 10,70",
        "42,0 20,34 6,70 14,95 38,99 54,78 42,59 20,62 8,78",
        "54,8 34,2 12,28 6,66 20,98 46,94 56,72 42,54 18,60 8,76",
        "30,0 14,36 8,74 22,98 46,96 56,76 42,58 22,62 10,80",
    ),
    7: (
        "5,4 61,3! 24,100",
        "4,6 34,8 60,3! 40,44 30,100",
        "6,18 7,4! 61,4! 42,46 28,100",
        "5,4 61,3! 26,100; 18,51 59,48",
        "4,8 30,4 60,5! 44,40 34,100; 22,50 58,50",
    ),
    8: (
        "53,12 32,0 12,14 22,38 46,56 55,80 32,100 7,84 14,60 42,40 53,14",
        "32,46 13,34 14,10 33,0 52,12 50,34 32,46 10,60 8,88 32,100 55,86 53,60 32,46",
        "34,0 14,10 14,34 33,45 51,34 51,10 34,0; 33,46 9,60 8,88 32,100 56,88 55,60 33,46",
        "36,2 54,14 42,40 16,58 8,84 30,100 55,84 46,60 20,38 12,14 34,1",
    ),
    9: (
        "53,14 32,0 9,16 12,40 34,46 53,22! 51,100",
        "54,20 34,1 10,14 10,38 32,48 52,30! 56,58 46,88 26,100 8,92",
        "54,8 28,2 8,24 20,46 44,40 54,10! 50,50 40,100",
        "54,22 40,1 14,8 8,32 26,46 50,34 55,18 53,60 48,100",
        "50,10 26,0 8,22 22,46 48,34 53,14 55,56 42,92 12,98",
    ),
}


def read_shape(shape):
    """Return the pen strokes of a shape as (points, corners): (n, 2) positions and (n,) booleans."""
    strokes = [stroke.split() for stroke in shape.split(";")]
    return [
        (
            np.array([point.rstrip("!").split(",") for point in stroke], float),
            np.array([point.endswith("!") for point in stroke]),
        )
        for stroke in strokes
    ]


def smooth(points):
    """Return a dense Catmull-Rom curve (m, 2) through the points (n, 2)."""
    before, after = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
    knots = np.vstack([before, points, after])
    t = np.linspace(0, 1, 24, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:]):
        cubic = -a + 3 * b - 3 * c + d, 2 * a - 5 * b + 4 * c - d, c - a, 2 * b
        pieces.append(np.polyval([term[None] for term in cubic], t) / 2)
    return np.vstack([*pieces, points[-1:]])


def curve(points, corners):
    """Return the points of one pen stroke (m, 2): smooth between its ends and corners, sharp at them."""
    inner = np.flatnonzero(corners)
    pieces = zip([0, *inner], [*inner, len(points) - 1])
    return np.vstack([smooth(points[start : end + 1]) for start, end in pieces])


def sample(points, step):
    """Return points (m, 2) evenly spaced by about step along the polyline (n, 2)."""
    lengths = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
    places = np.linspace(0, lengths[-1], max(2, round(lengths[-1] / step) + 1))
    return np.stack([np.interp(places, lengths, axis) for axis in points.T], axis=1)


def tremble(points, rng):
    """Shake a stroke (n, 2) in pixels: a hand wanders slowly and trembles a little all the time."""
    shake = rng.normal(0, 1, (len(points) + 8, 2))
    wander = np.stack([np.convolve(axis, np.ones(9) / 3, "valid") for axis in shake.T], axis=1)
    return points + rng.uniform(0.2, 1.2) * wander + rng.normal(0, 0.3, points.shape)


def distort(rng):
    """Return a (2, 2) matrix for (x, y): aspect, then slant, then rotation."""
    angle, slant = np.radians(rng.uniform(-12, 12)), rng.uniform(-0.25, 0.25)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.array([[1, -slant], [0, 1]]) @ np.diag([rng.uniform(0.6, 1.2), 1])


def place(strokes, rng):
    """Scale strokes to a random height and put them anywhere on the page, whole."""
    low, high = (edge(np.vstack(strokes), axis=0) for edge in (np.min, np.max))
    room = PAGE - 2 * MARGIN
    scale = min(rng.uniform(*HEIGHTS) / (high - low)[1], *(room / (high - low)))
    corner = MARGIN + rng.uniform(0, 1, 2) * (room - scale * (high - low))
    return [(stroke - low) * scale + corner for stroke in strokes]


def paths(digit, rng):
    """Return one way to draw the digit: a list of pen-down strokes, each a list of (x, y) pixels."""
    shapes = SHAPES[digit]
    matrix = distort(rng)
    strokes = []
    for points, corners in read_shape(shapes[rng.integers(len(shapes))]):
        points = points + rng.normal(0, 2.2, points.shape)
        strokes.append(curve(points, corners) @ matrix.T)
    strokes = [tremble(sample(stroke, 5), rng) for stroke in place(strokes, rng)]
    return [[tuple(point) for point in np.clip(stroke, 0, PAGE - 1).tolist()] for stroke in strokes]


def ink_of(strokes, pen):
    """Draw strokes with a round pen, pen pixels wide: (280, 280) uint8, 0 is paper, 255 is ink."""
    page = Image.new("L", (2 * PAGE, 2 * PAGE))
    brush = ImageDraw.Draw(page)
    for stroke in strokes:
        points = [(2 * x, 2 * y) for x, y in stroke]
        brush.line(points, fill=255, width=round(2 * pen))
        for x, y in points:  # Pillow leaves the ends square and the joins open
            brush.ellipse((x - pen, y - pen, x + pen, y + pen), fill=255)
    return np.asarray(page.reduce(2))


def draw(digit, rng):
    """Return one drawing of the digit: (280, 280) uint8, 0 is paper, 255 is ink."""
    strokes = paths(digit, rng)
    rows = [y for stroke in strokes for _, y in stroke]
    widest = (max(rows) - min(rows)) / 4  # a wider pen fills the loops of a small digit, and nobody can read it
    return ink_of(strokes, rng.uniform(PENS[0], min(PENS[1], widest)))


def drawings(count, seed):
    """Yield count drawings (ink, digit); the digits go round from 0 to 9."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        yield draw(number % 10, rng), number % 10


def size_class(ink):
    """Name the size of a drawing by the height of its ink in pixels."""
    rows = np.flatnonzero(ink.any(axis=1))
    height = rows[-1] - rows[0] + 1
    return "small (under 120 px)" if height < 120 else "medium (120 to 199 px)" if height < 200 else "big (200 px up)"


def judge(count, seed):
    """Let the app read count drawings; return the right and wrong answers under each heading."""
    # Here, so that the browser test can use the paths without the app.
    from model import predict
    from sketchpad import centre_digit

    answers = defaultdict(list)
    for ink, digit in drawings(count, seed):
        right = predict(centre_digit(ink)).argmax() == digit
        for heading in ("all", f"digit {digit}", size_class(ink)):
            answers[heading].append(right)
    return answers


def main():
    """Print the share of drawings read rightly and exit with 1 if it is below the limit."""
    parser = argparse.ArgumentParser(description="Measure how many mouse-like drawings the app reads rightly.")
    parser.add_argument("--count", type=int, default=1000, help="number of drawings")
    parser.add_argument("--seed", type=int, default=1, help="seed of the drawings")
    parser.add_argument("--at-least", type=float, default=0.99, help="fraction that must be right")
    options = parser.parse_args()
    answers = judge(options.count, options.seed)
    for heading in sorted(answers):
        right, number = sum(answers[heading]), len(answers[heading])
        print(f"{heading:24}{right:6} of {number:5}  {right / number:.4f}")
    accuracy = np.mean(answers["all"])
    if accuracy < options.at_least:
        sys.exit(f"The app reads {accuracy:.2%} of the drawings rightly, fewer than {options.at_least:.2%}.")


if __name__ == "__main__":
    main()
