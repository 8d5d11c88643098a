"""Fill in the project of a model of one's own with a network that is no LeNet: it tells light pictures from dark ones.

Run with the stack's Python, which saves the weights; afterwards the page works.
"""

import sys
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import nn
from PIL import Image

FILLED = {
    "LABELS = ()": 'LABELS = ("dark", "light")',
    "import numpy as np\n": "import numpy as np\nfrom mindspore import nn\n",
    "build_network": "    return nn.Dense(3, 2)\n",
    "prepare_picture": "    return np.asarray(picture, np.float32).mean(axis=(0, 1))[None] / 255\n",
}


def main():
    project, model = map(Path, sys.argv[1:])
    file = project / "inference" / "model.py"
    source = file.read_text("utf-8")
    for place, text in FILLED.items():
        if place in ("build_network", "prepare_picture"):
            start = source.index("    raise ", source.index(f"def {place}("))
            source = source[:start] + text + source[source.index("\n", start) + 1 :]
        else:
            assert place in source, place
            source = source.replace(place, text)
    file.write_text(source, "utf-8")
    network = nn.Dense(3, 2)
    network.weight.set_data(ms.Tensor(np.array([[-1] * 3, [1] * 3], np.float32)))
    network.bias.set_data(ms.Tensor(np.array([1.5, -1.5], np.float32)))
    ms.save_checkpoint(network, str(model / "best.ckpt"))
    (model / "best.ckpt").chmod(0o644)  # MindSpore makes it read-only
    for name, shade in (("dark", 20), ("light", 230)):
        Image.new("RGB", (90, 60), (shade, shade, shade)).save(project / "inference" / f"{name}.png")
    (project / "inference" / "example.json").write_text('{"input": "light.png", "answer": "light"}\n', "utf-8")


if __name__ == "__main__":
    main()
