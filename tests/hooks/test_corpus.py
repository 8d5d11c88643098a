"""Projects as people publish them, rebuilt small: what is found in each, so that a new rule's false alarms are seen."""

import json

import pytest

from .fakes import MODEL, POINTER, check

PINS = "gradio==3.21.0\nmindspore==2.0.0\npillow<10\npydantic<2\nsetuptools<81\n"
PAGE = """\
import gradio as gr
import mindspore as ms
from PIL import Image

{more}


def predict(picture):
    return picture


gr.Interface(predict, "image", "image"{examples}).launch()
"""


def project(more="", examples="", pins=PINS, weights=(), files=()):
    """A project whose app also does this, with these weights in config.json, and with these files in inference/."""
    made = {"README.md": "# Demo\n", "inference/app.py": PAGE.format(more=more, examples=examples)}
    if pins is not None:
        made["inference/requirements.txt"] = pins
    if weights:
        made["inference/config.json"] = json.dumps({"pretrain": weights[0], "model_path": list(weights)})
    made |= {f"inference/{name}": content for name, content in dict(files).items()}
    return {path: content.encode() if isinstance(content, str) else content for path, content in made.items()}


def load(name):
    """How a program loads weights that lie beside it."""
    return f'ms.load_checkpoint("{name}")'


CORPUS = {
    "two generators and a pair of pictures": (
        project(
            more=f"from src.networks import Generator\n{load('ga.ckpt')}\n{load('gb.ckpt')}",
            examples=', examples=["horse.jpg", "zebra.jpg"]',
            weights=("someone/cycle-gan/ga.ckpt", "someone/cycle-gan/out/gb.ckpt"),
            files={"horse.jpg": b"\xff\xd8", "zebra.jpg": b"\xff\xd8", "src/networks.py": "class Generator: ...\n"},
        ),
        [],
    ),
    "a list of packages whose name is misspelt, beside the right one": (
        project(more=load("resnet.ckpt"), weights=("someone/resnet50/resnet.ckpt",), files={"requirments.txt": PINS}),
        [("XL103", "warning", "inference/requirments.txt")],
    ),
    "only the misspelt list": (
        project(
            more=load("resnet.ckpt"),
            weights=("someone/resnet50/resnet.ckpt",),
            pins=None,
            files={"requirments.txt": PINS},
        ),
        [("XL103", "error", "inference/requirments.txt")],
    ),
    "a vocabulary among the weights": (
        project(
            more=f'import pickle\nwords = pickle.load(open("vocab.pkl", "rb"))\n{load("lstm.ckpt")}',
            weights=("someone/lstm-model/lstm.ckpt", "someone/lstm-model/vocab.pkl"),
        ),
        [],
    ),
    "no config.json, and weights that nobody fetches": (
        project(more=load("pspnet.ckpt")),
        [("XC111", "error", "inference/app.py")],
    ),
    "labels in a JSON file": (
        project(
            more=f'import json\nnames = json.load(open("labels.json", encoding="utf-8"))\n{load("code.ckpt")}',
            weights=("someone/mind-code/code.ckpt",),
            files={"labels.json": "{}"},
        ),
        [],
    ),
    "the app at the top, with weights through git-lfs": (
        {
            "app.py": PAGE.format(more=load("best.ckpt"), examples="").encode(),
            "requirements.txt": PINS.encode(),
            **MODEL,
        },
        [("XG102", "error", "best.ckpt"), ("XG103", "error", ".gitattributes"), ("XL101", "error", "app.py")],
    ),
    "each project in a numbered folder": (
        {f"01-digits/{path}": content for path, content in project(more="").items()},
        [("XL101", "error", "")],
    ),
    "a pointer beside the app": (
        project(more=load("best.ckpt"), files={"best.ckpt": POINTER}),
        [("XG102", "error", "inference/best.ckpt")],
    ),
}


@pytest.mark.parametrize("name", CORPUS)
def test_what_is_found_in_a_published_project(name, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    files, expected = CORPUS[name]
    assert sorted((each.rule, each.severity, each.path) for each in check(files, "project")) == expected
