"""What the generated app does with weights and drawings that are not as they should be.

Run with the stack's Python and the rendered inference folder, without weights, on PYTHONPATH.
"""

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import app
import numpy as np
import strokes
from mindspore import Parameter, Tensor, save_checkpoint

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 247084\n"


def other_network(path):
    """Write the checkpoint of a network with other parameters to path."""
    save_checkpoint([{"name": "fc.weight", "data": Parameter(Tensor(np.zeros((2, 2), np.float32)))}], str(path))
    path.chmod(0o600)
    return path.read_bytes()


def check_weights(best, weights):
    """Start the app with each unusable weight file: one sentence with the remedy, exit code 1, no traceback."""
    good = best.read_bytes()
    faults = {
        "missing": (None, "config.json"),
        "a git-lfs pointer": (POINTER, "git lfs pull"),
        "empty": (b"", "best.ckpt"),
        "truncated": (good[:100_000], "best.ckpt"),
        "text": (b"not a checkpoint\n", "best.ckpt"),
        "another network's": (other_network(weights), "backbone.conv1.weight"),
    }
    for fault, (content, told) in faults.items():
        weights.unlink(missing_ok=True)
        if content is not None:
            weights.write_bytes(content)
        run = subprocess.run(
            [sys.executable, "app.py"], cwd=weights.parent, check=False, capture_output=True, encoding="utf-8"
        )
        sentence = run.stderr.strip().splitlines()[-1]
        assert run.returncode == 1, (fault, run.returncode)
        assert told in sentence, (fault, sentence)
        assert "Traceback" not in run.stderr, (fault, run.stderr)
        print(f"{fault}: {sentence}", flush=True)
    weights.write_bytes(good)


def check_drawings():
    """Send the ink that nobody means to draw: a sentence for none, an answer for any."""
    blank = app.predict_digit(None)
    assert isinstance(blank, str) and "0" in blank and "9" in blank, blank
    assert app.centre_digit(np.zeros((280, 280), np.uint8)) is None
    for size, place in (((1, 1), (0, 0)), ((280, 280), (279, 0)), ((4000, 3000), (2000, 1500))):
        ink = np.zeros(size, np.uint8)
        ink[place] = 255
        assert app.centre_digit(ink).shape == (1, 1, 32, 32), size
    assert np.isclose(app.probabilities(app.centre_digit(np.full((280, 280), 255, np.uint8))).sum(), 1)
    print("drawings: none, one pixel, all ink and huge ones have an answer", flush=True)


def check_threads(count=400):
    """Ask from 8 threads at once: the answers are those of one thread."""
    digits = [app.centre_digit(ink) for ink, _digit in strokes.drawings(count, seed=2)]
    alone = [app.probabilities(digit) for digit in digits]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(app.probabilities, digits))
    assert np.allclose(alone, together, atol=1e-6)
    print(f"threads: {count} answers from 8 threads equal those from one", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("best", type=Path, help="the good weights")
    options = parser.parse_args()
    assert app.load_network.cache_info().currsize == 0, "importing the app loaded the network"
    check_weights(options.best, Path(app.WEIGHTS))
    check_drawings()
    check_threads()


if __name__ == "__main__":
    main()
