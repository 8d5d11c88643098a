"""What the generated app does with weights and drawings that are not as they should be.

Run with the stack's Python and the rendered inference folder, with weights, on PYTHONPATH.
"""

import inspect
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import model
import numpy as np
import sketchpad
import strokes
from app import predict_digit
from mindspore import Parameter, Tensor, save_checkpoint

sys.path.append(str(Path(__file__).parents[2] / "hooks"))
from xihe_hooks.readers.weights import read_weights

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 247084\n"


def other_network(path):
    """Write the checkpoint of a network with other parameters to path."""
    save_checkpoint([{"name": "fc.weight", "data": Parameter(Tensor(np.zeros((2, 2), np.float32)))}], str(path))
    path.chmod(0o600)
    return path.read_bytes()


def refuse(fault, content, folder):
    """Start a copy of the app with these weights; return its last sentence: exit code 1, no traceback."""
    shutil.copytree(Path(model.__file__).parent, folder, ignore=shutil.ignore_patterns("*.ckpt"))
    if content is not None:
        (folder / model.WEIGHTS.name).write_bytes(content)
    run = subprocess.run([sys.executable, "app.py"], cwd=folder, check=False, capture_output=True, encoding="utf-8")
    assert run.returncode == 1, (fault, run.returncode)
    assert "Traceback" not in run.stderr, (fault, run.stderr)
    return run.stderr.strip().splitlines()[-1]


def check_weights(good):
    """Start the app with each unusable weight file: one sentence with the remedy."""
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        temporary = Path(temporary)
        faults = {
            "missing": (None, "config.json"),
            "a git-lfs pointer": (POINTER, "git lfs pull"),
            "empty": (b"", "best.ckpt"),
            "truncated": (good[:100_000], "best.ckpt"),
            "text": (b"not a checkpoint\n", "best.ckpt"),
            "a web page": (b"<!DOCTYPE html>", "download"),
            "PyTorch's": (b"PK\x03\x04" + bytes(100), "save_checkpoint"),
            "another network's": (other_network(temporary / "other.ckpt"), "extra: fc.weight"),
        }
        said = pool.map(
            lambda number, fault: refuse(fault, faults[fault][0], temporary / str(number)), range(len(faults)), faults
        )
        for (fault, (_content, told)), sentence in zip(faults.items(), said):
            assert told in sentence, (fault, sentence)
            print(f"{fault}: {sentence}", flush=True)


def check_formats(good):
    """The preview tells the same files by their content, and takes what this MindSpore wrote for what it is."""
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary, "other.ckpt")
        for whole in (good, other_network(file)):
            file.write_bytes(whole)
            assert read_weights("best.ckpt", file) is None
            assert read_weights("best.safetensors", file).usable
            for length in (0, 30, len(whole) // 2, len(whole) - 1):
                file.write_bytes(whole[:length])
                assert read_weights("best.ckpt", file).what.en.startswith(("is empty", "is a MindSpore checkpoint cut"))
    print("formats: whole and cut off checkpoints are told apart", flush=True)


def sketch(pixels):
    """Return the value that the sketchpad gives the function for a layer of RGBA pixels."""
    return {"background": None, "layers": [pixels], "composite": None}


def check_drawings():
    """Send the ink that nobody means to draw: a sentence for none, an answer for any, an error that tells for others."""
    assert sketchpad.centre_digit(np.zeros((280, 280), np.uint8)) is None
    assert sketchpad.centre_digit(np.zeros((0, 0), np.uint8)) is None
    blanks = [None]
    if "layers" in inspect.getsource(sketchpad.read_ink):  # Gradio 4 and later
        transparent = np.zeros((280, 280, 4), np.uint8)
        transparent[..., :3] = 255
        blanks += [{"background": None, "layers": [], "composite": None}, sketch(transparent)]
    for drawing in blanks:
        blank = predict_digit(drawing)
        assert isinstance(blank, str) and "0" in blank and "9" in blank, blank
    for size, place in (((1, 1), (0, 0)), ((1, 5000), (0, 9)), ((280, 280), (279, 0)), ((4000, 3000), (2000, 1500))):
        ink = np.zeros(size, np.uint8)
        ink[place] = 255
        assert sketchpad.centre_digit(ink).shape == (1, 1, 32, 32), size
    assert np.isclose(model.predict(sketchpad.centre_digit(np.full((280, 280), 255, np.uint8))).sum(), 1)
    print("drawings: none, transparent, one pixel, all ink and huge ones have an answer", flush=True)
    colour, transparent = np.zeros((280, 280, 3), np.uint8), np.zeros((280, 280, 4), np.uint8)
    for wrong in (colour, transparent, np.zeros(280, np.uint8), np.full((280, 280), np.nan), np.zeros((280, 280), int)):
        try:
            sketchpad.centre_digit(wrong)
        except ValueError as error:
            assert str(wrong.shape) in str(error) and str(wrong.dtype) in str(error), error
            print(error, flush=True)
        else:
            raise AssertionError(f"{wrong.dtype} {wrong.shape} was taken for ink")


def check_threads(count=400):
    """Ask from 8 threads at once: the answers are those of one thread."""
    digits = [sketchpad.centre_digit(ink) for ink, _digit in strokes.drawings(count, seed=2)]
    alone = [model.predict(digit) for digit in digits]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(model.predict, digits))
    assert np.allclose(alone, together, atol=1e-6)
    print(f"threads: {count} answers from 8 threads equal those from one", flush=True)


def main():
    assert model.load_network.cache_info().currsize == 0, "importing the app loaded the network"
    check_weights(model.WEIGHTS.read_bytes())
    check_formats(model.WEIGHTS.read_bytes())
    check_drawings()
    check_threads()


if __name__ == "__main__":
    main()
