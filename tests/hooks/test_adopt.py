"""`xihe-hooks adopt`: projects as people publish them, rebuilt small, and what becomes of each."""

import re
import shutil

import pytest
from helpers import commit, git, snapshot
from xihe_hooks.cli import main

from .test_corpus import PINS, load, project

LISTED = """\
mindspore==1.8.1
mindvision==0.1.0
gradio==2.7.5.2
numpy==1.21.6
jinja2==3.1.2
Pillow==9.3.0
setuptools==65.5.0
"""
PAGE_2 = """\
import gradio as gr
import mindspore as ms
import numpy as np

ms.load_checkpoint("lenet.ckpt")
gr.Interface(str, gr.inputs.Textbox(), gr.outputs.Label()).launch()
"""
WEIGHT = b"\x00" * 100_000
MODEL = "someone/digits-model"
PROJECTS = {
    "app at the top": {
        "README.md": "# 手写数字识别\n\n在网页上写一个数字。\n".encode(),
        "app.py": project(more=load("best.ckpt"))["inference/app.py"],
        "requirements.txt": PINS.encode(),
        "best.ckpt": WEIGHT,
    },
    "pins of 2022": {
        "README.md": b"# Digits\n",
        "inference/app.py": PAGE_2.encode(),
        "inference/config.json": b'{"pretrain": "someone/digits-model/lenet.ckpt"}\n',
        "inference/requirements.txt": LISTED.encode(),
    },
    "misspelt list": project(
        more=load("resnet.ckpt"), weights=("someone/resnet50/resnet.ckpt",), pins=None, files={"requirments.txt": PINS}
    ),
    "modules elsewhere": {
        **project(more=f"from src.network import Network\n{load('net.ckpt')}", weights=("someone/some-net/net.ckpt",)),
        "src/network.py": b"class Network: ...\n",
    },
    "two weights and a vocabulary": project(
        more=f'words = open("vocab.txt", encoding="utf-8").read()\n{load("a.ckpt")}\n{load("b.ckpt")}',
        weights=("someone/words-model/a.ckpt", "someone/words-model/b.ckpt", "someone/words-model/vocab.txt"),
    ),
    "30 MB": {"README.md": b"# Weights\n", "net.ckpt": bytes(30 << 20)},
}
USER = ("--data", "user=someone")


def make(files, folder):
    """Make a repository of these files, committed."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    commit(folder, "Begin")
    return folder


@pytest.mark.parametrize("name", PROJECTS)
def test_try(template, tmp_path, name, capfd):
    folder = make(PROJECTS[name], tmp_path / "digits")
    code = main(["adopt", str(folder), "--template", str(template), "--yes", *USER])
    print(capfd.readouterr().out)
    print(capfd.readouterr().err)
    print(git(folder, "status", "--short"))
    assert not code
    assert 0
