"""Measure the generated app against named alternatives, in one run; print a JSON object of milliseconds, seconds, MiB.

Run with the stack's Python, and tests/programs/ and the rendered inference folder, with weights, on PYTHONPATH.
"""

import json
import os
import statistics
import subprocess
import sys
import time

import mindspore as ms
import model
import numpy as np
import psutil
import served
from PIL import Image
from sketchpad import centre_digit
from strokes import drawings
from timing import median

IMPORTS = "import gradio, mindspore, numpy"
CONSTANT = "def predict_digit(drawing):\n    return {str(number): 0.1 for number in range(10)}\n\n\npage ="


def median_ms(call, count):
    """Return the median milliseconds of count calls, after one that is not counted."""
    return 1000 * median(call, count)


def tutorial_way(digit):
    """Predict as the tutorial does: build the network and load the weights at each call, take Softmax apart."""
    ms.set_context(mode=TUTORIAL_MODE)
    network = model.build_network()
    ms.load_param_into_net(network, ms.load_checkpoint(str(model.WEIGHTS)))
    scores = ms.train.Model(network).predict(ms.Tensor(digit)).reshape(-1)
    odds = ms.nn.Softmax()(scores)
    return {str(number): odds[number].asnumpy().item() for number in range(10)}


# What MindSpore runs in where nobody says: graph mode until 1.x, eagerly from 2.0 on.
TUTORIAL_MODE = ms.GRAPH_MODE if ms.__version__.startswith("1.") else ms.PYNATIVE_MODE


def numpy_lenet():
    """Return LeNet's forward pass in plain NumPy with the same weights: the floor."""
    weights = {name: each.asnumpy() for name, each in ms.load_checkpoint(str(model.WEIGHTS)).items()}

    def convolve(x, weight):
        windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[1:])[0]
        maps = np.maximum(np.tensordot(windows, weight, ([2, 3, 4], [1, 2, 3])), 0)
        side = maps.shape[0] // 2
        return maps.reshape(side, 2, side, 2, -1).max(axis=(1, 3)).transpose(2, 0, 1)

    def predict(digit):
        x = convolve(digit[0], weights["backbone.conv1.weight"])
        x = convolve(x, weights["backbone.conv2.weight"]).reshape(-1)
        for layer in ("fc1", "fc2", "fc3"):
            x = weights[f"backbone.{layer}.weight"] @ x + weights[f"backbone.{layer}.bias"]
            x = x if layer == "fc3" else np.maximum(x, 0)
        odds = np.exp(x - x.max())
        return odds / odds.sum()

    return predict


def measure_process():
    """Return the medians in this process."""
    digit = centre_digit(next(iter(drawings(1, seed=5)))[0])
    floor = numpy_lenet()
    assert np.allclose(floor(digit), model.predict(digit), atol=1e-4)
    ours = median_ms(lambda: model.predict(digit), 300)
    bare = median_ms(lambda: model.load_network()(ms.Tensor(digit)).asnumpy(), 300)
    return {
        "numpy": median_ms(lambda: floor(digit), 300),
        "bare": bare,
        "ours": ours,
        "tutorial": median_ms(lambda: tutorial_way(digit), 10),
    }


def measure_server(change=lambda folder: None, count=200):
    """Return (median of predictions over HTTP, seconds from start to the first answer, MiB after them)."""
    ink = Image.fromarray(next(iter(drawings(1, seed=5)))[0])
    start = time.perf_counter()
    with served.serve(model.WEIGHTS.parent.parent, change) as server:
        visitor = served.visit(server.address)
        visitor.predict(served.encode_ink(ink))
        first = time.perf_counter() - start
        http = median_ms(lambda: visitor.predict(served.encode_ink(ink)), count)
        return http, first, psutil.Process(server.process.pid).memory_info().rss / 2**20


def answer_constantly(folder):
    """Let the page call a function that always answers the same."""
    source = (folder / "app.py").read_text(encoding="utf-8")
    (folder / "app.py").write_text(source.replace("page =", CONSTANT, 1), encoding="utf-8")


def measure_imports():
    """Return (seconds, MiB) of a process that imports what the app imports, the median of three."""
    show = f"{IMPORTS}, psutil; print(psutil.Process().memory_info().rss)"
    seconds, memory = [], []
    for _ in range(3):
        start = time.perf_counter()
        memory.append(int(subprocess.run([sys.executable, "-c", show], check=True, stdout=subprocess.PIPE).stdout))
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), statistics.median(memory) / 2**20


def main():
    imports, imports_memory = measure_imports()
    http, start, memory = measure_server()
    constant, _start, _memory = measure_server(answer_constantly)
    result = {
        **measure_process(),
        "http": http,
        "constant": constant,
        "start": start,
        "imports": imports,
        "memory": memory,
        "imports_memory": imports_memory,
        "mindspore": ms.__version__,
        "cores": os.cpu_count(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
