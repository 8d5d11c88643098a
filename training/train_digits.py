"""Train LeNet-5 on 4,000 MNIST digits, drawn anew each epoch as a hand with a mouse might draw them.

Run it with the rendered project's inference folder on PYTHONPATH: the network and centre_digit come from there.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import matplotlib
import mindspore as ms
import numpy as np
from digits import load_digits
from matplotlib import pyplot as plt
from matplotlib.colors import PowerNorm
from mindspore import nn
from model import build_network
from results import conclude, save_weights
from scipy import ndimage
from sketchpad import centre_digit

BATCH = 128
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-4
LABEL_SMOOTHING = 0.05
AVERAGE_DECAY = 0.998  # of the moving average of the weights, per step

FINE = 2  # pixels of a field for one of MNIST's
BORDER = 4  # MNIST pixels round the 28x28 digit, room for a wide pen
SIDE = 56  # pixels of the page on which a digit is drawn anew
SPAN = 36  # MNIST pixels across that page
KNOTS = 6  # of the elastic grid, a side
PEN_SHARE = 0.5  # of the digits that are drawn with a pen; the others keep MNIST's greys
SERIF_SHARE = 0.5  # of the ones
PENS = (0.9, 5.5)  # pen widths, MNIST pixels: 12 to 24 pixels on digits 80 to 260 high


def thin(ink):
    """Thin strokes (N, H, W) bool to lines one pixel wide (Zhang and Suen, 1984)."""
    clockwise = [(1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1)]  # from north
    while True:
        before = ink
        for first in (True, False):
            near = [np.roll(ink, shift, (1, 2)) for shift in clockwise]
            count = np.sum(near, axis=0, dtype=np.uint8)
            starts = np.sum([~a & b for a, b in pairwise([*near, near[0]])], axis=0, dtype=np.uint8)
            north, east, south, west = near[::2]
            inner = east & south & (north | west) if first else north & west & (east | south)
            ink = ink & ~((count >= 2) & (count <= 6) & (starts == 1) & ~inner)
        if np.array_equal(before, ink):
            return ink


def make_fields(images):
    """Return what to warp for each digit: its greys, and the distance to its strokes' middle lines.

    Images are (N, 28, 28) uint8. Both fields are (N, 72, 72) float32; greys are from 0 to 1 and
    distances in MNIST pixels.
    """
    padded = np.pad(images, [(0, 0), (BORDER, BORDER), (BORDER, BORDER)]) / np.float32(255)
    greys = np.stack([ndimage.zoom(image, FINE, order=3, mode="grid-constant", grid_mode=True) for image in padded])
    lines = thin(greys > 0.5)
    distances = np.stack([ndimage.distance_transform_edt(~line) for line in lines]).astype(np.float32) / FINE
    return np.clip(greys, 0, 1), distances


def random_matrices(count, rng):
    """Return (count, 2, 2) matrices for (row, column): aspect, slant and rotation, area kept."""
    angle = np.radians(rng.uniform(-15, 15, count))
    slant, aspect = rng.uniform(-0.25, 0.25, count), np.exp(rng.uniform(-0.2, 0.2, count))
    zero, one = np.zeros(count), np.ones(count)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shear, stretch = np.array([[one, zero], [slant, one]]), np.array([[aspect, zero], [zero, 1 / aspect]])
    return np.einsum("ijn,jkn,kln->nil", turn, shear, stretch)


def bend(count, rng):
    """Return (count, 2, SIDE, SIDE) smooth random shifts in MNIST pixels, for the elastic distortion."""
    basis = ndimage.zoom(np.eye(KNOTS, dtype=np.float32), (SIDE / KNOTS, 1), order=3)
    strength = rng.uniform(0, 1.4, (count, 1, 1, 1)).astype(np.float32)
    return basis @ (strength * rng.standard_normal((count, 2, KNOTS, KNOTS), np.float32)) @ basis.T


def places(count, rng):
    """Return where on the fields each page pixel comes from: (rows, columns), each (count, SIDE, SIDE)."""
    steps = (np.arange(SIDE, dtype=np.float32) + 0.5) * SPAN / SIDE - SPAN / 2
    matrices = random_matrices(count, rng).astype(np.float32)
    grid = np.stack(np.meshgrid(steps, steps, indexing="ij")).reshape(2, -1)
    shifts = (matrices @ grid).reshape(count, 2, SIDE, SIDE) + bend(count, rng)
    return np.moveaxis((shifts + 14 + BORDER) * FINE - 0.5, 1, 0)


def ink_levels(drawn, rng):
    """Return (gain, offset) from field to ink for each digit: a pen's width, or thicker or thinner greys."""
    count = len(drawn)
    width, sharpness = np.exp(rng.uniform(*np.log(PENS), count)), rng.uniform(0.8, 2, count)
    paper, full = rng.uniform(0, 0.4, count), rng.uniform(0.5, 1, count)
    gain = np.where(drawn, -sharpness, 1 / (full - paper))
    offset = np.where(drawn, sharpness * width / 2 + 0.5, -paper / (full - paper))
    return gain, offset


def distance_to(start, end, side):
    """Return the distance of each pixel of a (side, side) field to a straight stroke, in pixels."""
    pixels = np.stack(np.indices((side, side), np.float32), axis=-1) - start
    along = end - start
    part = np.clip(pixels @ along / (along @ along), 0, 1)
    return np.linalg.norm(pixels - part[..., None] * along, axis=-1)


def add_serifs(grey, distance, rng):
    """Give a bare one, as most of MNIST's are, the flag and often the foot that many people write.

    Takes and returns the two fields of one digit, (72, 72) each.
    """
    line = np.argwhere(distance == 0).astype(np.float32)
    top, bottom = line[0], line[-1]
    stem = bottom - top
    angle, length = np.radians(rng.uniform(25, 58)), rng.uniform(0.15, 0.4)
    flag = length * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) @ stem
    serifs = distance_to(top, (top + flag).astype(np.float32), len(grey)) / FINE
    if rng.random() < 0.5:
        foot = np.linalg.norm(stem) * np.array([rng.uniform(-0.05, 0.05), rng.uniform(0.15, 0.35)], np.float32)
        serifs = np.minimum(serifs, distance_to(bottom - foot, bottom + foot, len(grey)) / FINE)
    width = grey.sum() / FINE / np.linalg.norm(stem)
    return np.maximum(grey, np.clip(width / 2 - serifs + 0.5, 0, 1)), np.minimum(distance, serifs)


def redraw(fields, labels, rng):
    """Draw every digit anew and centre it as the app does: (N, 1, 32, 32) float32."""
    count = len(labels)
    drawn, serifs = rng.random(count) < PEN_SHARE, rng.random(count) < SERIF_SHARE
    gain, offset = ink_levels(drawn, rng)
    rows, columns = places(count, rng)
    page = np.empty((SIDE, SIDE), np.float32)
    digits = np.empty((count, 1, 32, 32), np.float32)
    for i, (grey, distance) in enumerate(zip(*fields)):
        if labels[i] == 1 and serifs[i]:
            grey, distance = add_serifs(grey, distance, rng)
        field = distance if drawn[i] else grey
        ndimage.map_coordinates(field, (rows[i], columns[i]), output=page, order=1, mode="nearest")
        ink = np.clip(gain[i] * page + offset[i], 0, 1) * 255
        digits[i] = centre_digit(ink.astype(np.uint8))[0]
    return digits


class AverageWeights:
    """The moving average of a network's weights, which generalises better than the last step's."""

    def __init__(self, network):
        self.parameters = network.trainable_params()
        self.means = [parameter.asnumpy().copy() for parameter in self.parameters]
        self.steps = 0

    def update(self):
        """Take in the weights after one more step."""
        self.steps += 1
        decay = min(AVERAGE_DECAY, self.steps / (self.steps + 10))  # the first weights are soon forgotten
        for mean, parameter in zip(self.means, self.parameters):
            mean += (1 - decay) * (parameter.asnumpy() - mean)

    def put(self):
        """Give the network the averaged weights."""
        for mean, parameter in zip(self.means, self.parameters):
            parameter.set_data(ms.Tensor(mean))


def make_step(network, steps):
    """Return the function that trains network on one batch and returns the loss, to be called steps times."""
    schedule = nn.CosineDecayLR(0.0, LEARNING_RATE, steps)
    optimizer = nn.AdamWeightDecay(network.trainable_params(), schedule, weight_decay=WEIGHT_DECAY)
    loss = nn.CrossEntropyLoss(label_smoothing=LABEL_SMOOTHING)
    return nn.TrainOneStepCell(nn.WithLossCell(network, loss), optimizer).set_train()


def train(network, images, labels, epochs, seed):
    """Train network on (N, 28, 28) uint8 images; it ends with the averaged weights."""
    rng = np.random.default_rng(seed)
    fields = make_fields(images)
    batches = len(images) // BATCH
    step, average = make_step(network, epochs * batches), AverageWeights(network)
    start = time.monotonic()
    with ThreadPoolExecutor(1) as painter:  # the next epoch's digits are drawn while this one's are learned
        drawing = painter.submit(redraw, fields, labels, np.random.default_rng(rng.integers(2**32)))
        for epoch in range(1, epochs + 1):
            digits = drawing.result()
            if epoch < epochs:
                drawing = painter.submit(redraw, fields, labels, np.random.default_rng(rng.integers(2**32)))
            losses = []
            for chosen in rng.permutation(len(images))[: batches * BATCH].reshape(-1, BATCH):
                losses.append(float(step(ms.Tensor(digits[chosen]), ms.Tensor(labels[chosen])).asnumpy()))
                average.update()
            print(
                f"epoch {epoch:3} of {epochs}  loss {np.mean(losses):.4f}  {time.monotonic() - start:4.0f} s",
                flush=True,
            )
    average.put()


def classify(network, digits):
    """Return the class of each digit (N, 1, 32, 32)."""
    return network.set_train(False)(ms.Tensor(digits)).asnumpy().argmax(axis=1)


def pad(images):
    """Return (N, 28, 28) uint8 images in the middle of (N, 1, 32, 32) float32 ones."""
    return np.pad(images, [(0, 0), (2, 2), (2, 2)])[:, None] / np.float32(255)


def draw_confusion(labels, answers, path):
    """Draw the confusion matrix of (N,) labels and answers as a PNG at path."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, answers), 1)
    figure, axes = plt.subplots(figsize=(9, 8), dpi=100, layout="constrained")
    axes.imshow(counts, cmap="Blues", norm=PowerNorm(0.4))
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axes.text(
                column, row, count, ha="center", va="center", fontsize=12, color="white" if count > 30 else "black"
            )
    axes.set_title(f"Held-out MNIST digits: {counts.trace()} of {counts.sum()} right", fontsize=15, pad=12)
    axes.set_xlabel("Digit recognised", fontsize=13)
    axes.set_ylabel("Digit written", fontsize=13)
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    axes.tick_params(length=0, labelsize=12)
    axes.spines[:].set_visible(False)
    figure.savefig(path)


def read_options():
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Train LeNet-5 on MNIST digits for the digit sketchpad.")
    parser.add_argument("--output", type=Path, required=True, help="folder for best.ckpt, results.yml, confusion.png")
    parser.add_argument("--epochs", type=int, default=160, help="passes over the training digits")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first weights and of the drawing")
    parser.add_argument("--at-least", type=float, default=0.975, help="held-out accuracy below which this fails")
    return parser.parse_args()


def main():
    """Train, test on the held-out digits and write the weights and the results."""
    options = read_options()
    start = time.monotonic()
    matplotlib.use("Agg")
    ms.set_device("CPU")
    ms.set_context(mode=ms.GRAPH_MODE)
    ms.set_seed(options.seed)
    images, labels, held_out, held_out_labels = load_digits()
    network = build_network()
    train(network, images, labels, options.epochs, options.seed)

    answers = classify(network, np.concatenate([centre_digit(image) for image in held_out]))
    accuracy = np.mean(answers == held_out_labels)
    padded = np.mean(classify(network, pad(held_out)) == held_out_labels)
    print(f"held-out accuracy {accuracy:.4f} as the app centres digits, {padded:.4f} only padded")

    options.output.mkdir(parents=True, exist_ok=True)
    save_weights(network, options.output / "best.ckpt")
    draw_confusion(held_out_labels, answers, options.output / "confusion.png")
    results = {
        "demo": "digits",
        "accuracy": accuracy,
        "held_out": len(held_out),
        "trained_on": len(images),
        "epochs": options.epochs,
        "seed": options.seed,
        "minutes": round((time.monotonic() - start) / 60, 1),
    }
    conclude(results, options.output, options.at_least)


if __name__ == "__main__":
    main()
