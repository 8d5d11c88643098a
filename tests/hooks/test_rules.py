"""Each rule on data, beside the examples of its page: what else it finds, and what it leaves alone."""

import json
import os
import subprocess

import pytest
from helpers import git, need
from xihe_hooks.rules.facts import Model

from .fakes import (
    APP,
    CONFIG,
    MODEL,
    OID,
    POINTER,
    PROJECT,
    REQUIREMENTS,
    SUB,
    assert_both_languages,
    changed,
    check,
    link,
)

APP_PATH, CONFIG_PATH, PINS = "inference/app.py", "inference/config.json", "inference/requirements.txt"
MORE, EXAMPLE = "inference/more.py", "inference/example.json"
UNWRITTEN = b'class Open(SystemExit, NotImplementedError):\n    """Open."""\ndef answer():\n    """Open."""\n    raise Open("Open.")\n'
IGNORES = ".xihe-hooks.yml"
LAUNCH = b"import gradio as gr\ngr.Interface(str, 'text', 'text').launch(%s)\n"


def beside(*paths, **more):
    """The model repository beside the project, with these files."""
    return {"models": {"digits-model": Model("digits-model", frozenset(paths), **more)}}


def config(*paths):
    """The project whose config.json names these weights."""
    content = json.dumps({"pretrain": paths[0], "model_path": list(paths)}).encode()
    return {**PROJECT, CONFIG_PATH: content}


BEST = "zhangsan/digits-model/best.ckpt"


def moved(**names):
    """The project with files renamed: old=new, by their last part."""
    return {path.replace(*pair): content for pair in names.items() for path, content in PROJECT.items()}


def app(source):
    """The project with another app.py."""
    return {**PROJECT, APP_PATH: source if isinstance(source, bytes) else source.encode()}


def serving(code):
    """The project whose app also does this."""
    return app(code.encode() + b"\n" + APP)


def ignoring(text):
    """The project with this in its file of what it asks not to be told."""
    return {**PROJECT, IGNORES: text.encode()}


def pins(lines):
    """The project with more lines in requirements.txt."""
    return {**PROJECT, PINS: REQUIREMENTS + lines.encode()}


OLDER = REQUIREMENTS.replace(b"3.21.0", b"2.7.5.2")


def gradio(version, code):
    """The project whose app also does this, with this version pinned."""
    app = APP.replace(b"import gradio as gr\n", b"import gradio as gr\n" + code.encode() + b"\n")
    return {**PROJECT, APP_PATH: app.partition(b"\n\n")[2], PINS: f"gradio=={version}\n".encode()}


def model(**changes):
    """The model repository with some files changed."""
    return changed(MODEL, {name.replace("__", "."): content for name, content in changes.items()})


# More than a commit searches whole.
MANY = {**PROJECT, **{f"data/{n}.txt": b"t = 'hf_" + b"aBcDeFgHiJkLmNoPqRsTuVwXyZ012345'" for n in range(2100)}}

# rule, severity, files, place (path, line), and what only a repository knows
FAULTS = [
    (
        "XL101",
        "error",
        {path.replace("inference", "inferrence"): c for path, c in PROJECT.items()},
        ("inferrence", None),
    ),
    ("XL101", "error", {path.removeprefix("inference/"): c for path, c in PROJECT.items()}, ("app.py", None)),
    ("XL101", "error", {"README.md": b""}, ("", None)),
    ("XL102", "error", moved(**{"app.py": "App.py"}), ("inference/App.py", None)),
    ("XL102", "error", changed(PROJECT, {APP_PATH: None}), ("inference", None)),
    ("XL102", "error", changed(PROJECT, {APP_PATH: None, "app.py": APP}), ("app.py", None)),
    ("XL103", "error", moved(**{"config.json": "Config.json"}), ("inference/Config.json", None)),
    ("XL103", "warning", {**PROJECT, "inference/requirments.txt": b""}, ("inference/requirments.txt", None)),
    ("XL105", "error", {**PROJECT, APP_PATH: link("/home/me/app.py")}, (APP_PATH, None)),
    ("XL105", "warning", {**PROJECT, "inference/data": link("../../data")}, ("inference/data", None)),
    (
        "XL105",
        "error",
        {"inference": link("demo"), "demo/app.py": APP, "demo/config.json": CONFIG},
        ("inference", None),
    ),
    ("XL105", "error", {"inference": link("gone"), "README.md": b""}, ("inference", None)),
    ("XL106", "error", changed(PROJECT, {CONFIG_PATH: None, f"{CONFIG_PATH}/a": b""}), (CONFIG_PATH, None)),
    ("XL106", "error", {**PROJECT, CONFIG_PATH: link("data"), "inference/data/a": b""}, (CONFIG_PATH, None)),
    ("XL109", "warning", {**PROJECT, EXAMPLE: b'{"input": "1.png", "answer": "1"}'}, (EXAMPLE, None)),
    ("XL109", "warning", {**PROJECT, EXAMPLE: b'{"input": ["?", "1.JPG"]}'}, (EXAMPLE, None)),
    ("XC101", "error", {**PROJECT, CONFIG_PATH: b"{"}, (CONFIG_PATH, 1)),
    ("XC101", "error", {**PROJECT, CONFIG_PATH: b'{"a": ' + b"[" * 992 + b"]" * 992 + b"}"}, (CONFIG_PATH, None)),
    ("XC102", "error", {**PROJECT, CONFIG_PATH: b'{"pretrained": "a/b/c"}'}, (CONFIG_PATH, 1)),
    ("XC108", "error", {**PROJECT, CONFIG_PATH: b'{"model_path": ["a/b/app.py"]}'}, (CONFIG_PATH, 1)),
    ("XC110", "warning", {**PROJECT, CONFIG_PATH: CONFIG.replace(b"{", b'{"pretrained": "a/b/c",')}, (CONFIG_PATH, 1)),
    ("XC111", "error", {**PROJECT, CONFIG_PATH: CONFIG.replace(b"best", b"last")}, (APP_PATH, 6)),
    ("XC111", "error", app(APP.replace(b"best.ckpt", b"lenet/best.ckpt")), (APP_PATH, 6)),
    *(
        ("XC111", "error", serving(f"HERE = Path(__file__).resolve().parent\nload_checkpoint({path})"), (APP_PATH, 2))
        for path in (
            "os.path.join('./lenet', 'best.ckpt')",
            "os.path.join(os.path.dirname(__file__), 'lenet', 'best.ckpt')",
            "str(HERE / 'lenet' / 'best.ckpt')",
            "HERE.joinpath('lenet', 'best.ckpt')",
            "Path('lenet') / 'best.ckpt'",
        )
    ),
    ("XC107", "error", config(BEST, BEST), (CONFIG_PATH, 1), beside("best.ckpt", kinds={"best.ckpt": "file"})),
    ("XC107", "warning", config(BEST, BEST), (CONFIG_PATH, 1), beside("best.ckpt", kinds={"best.ckpt": "pointer"})),
    ("XC112", "error", PROJECT, (CONFIG_PATH, 1), beside("best.ckpt", kinds={"best.ckpt": "link"})),
    ("XC112", "error", PROJECT, (CONFIG_PATH, 1), beside("best.ckpt", kinds={"best.ckpt": "dangling"})),
    ("XC112", "warning", PROJECT, (CONFIG_PATH, 1), beside("README.md", staged=frozenset({"best.ckpt"}))),
    ("XC112", "warning", PROJECT, (CONFIG_PATH, 1), beside("best.ckpt", owner="nobody")),
    ("XC113", "error", config("zhang san/digits-model/best.ckpt".replace(" ", "\u00e9")), (CONFIG_PATH, 1)),
    ("XC113", "error", config("-zhangsan/digits-model/best.ckpt"), (CONFIG_PATH, 1)),
    ("XI101", "error", ignoring("ignore: [\n"), (IGNORES, 2)),
    ("XI101", "error", ignoring("- XA103\n"), (IGNORES, 1)),
    ("XI101", "error", ignoring("ignore:\n  - rules: XA103\n"), (IGNORES, 2)),
    ("XI101", "error", ignoring("ignore:\n  - rule: [XA103]\n"), (IGNORES, 2)),
    ("XI101", "error", ignoring("ignore:\n  - {rule: XA103, reason: a, path: '!b'}\n"), (IGNORES, 2)),
    ("XI101", "error", {**PROJECT, IGNORES: link("other.yml")}, (IGNORES, None)),
    ("XI101", "error", {**PROJECT, f"{IGNORES}/a": b""}, (IGNORES, None)),
    ("XI101", "error", ignoring("#" * 60_000), (IGNORES, None)),
    ("XI102", "error", serving("pass  # xihe: ignore a reason"), (APP_PATH, 1)),
    ("XI103", "error", ignoring("ignore:\n  - rule: XA103\n    reason: ' '\n"), (IGNORES, 2)),
    ("XI103", "error", app(LAUNCH % b"server_port=80" + b"# xihe: ignore[XA103]\n"), (APP_PATH, 3)),
    ("XI104", "error", ignoring("ignore:\n  - {rule: XG101, path: data, reason: a}\n"), (IGNORES, 2)),
    ("XI104", "error", ignoring("ignore:\n  - {rule: XP101, path: data, reason: a}\n"), (IGNORES, 2)),
    ("XI104", "error", ignoring("ignore:\n  - {rule: XI105, reason: a}\n"), (IGNORES, 2)),
    ("XI105", "warning", serving("pass  # xihe: ignore[XA103] a reason"), (APP_PATH, 1)),
    ("XR101", "error", pins("--upgrade\n"), (PINS, 6)),
    ("XR101", "error", {**PROJECT, PINS: "gradio==3.21.0  # 版本".encode("gbk")}, (PINS, None)),
    ("XR101", "error", pins("-r more.txt\n"), (PINS, 6)),
    ("XR101", "error", pins("-r requirements/base.txt\n"), (PINS, 6)),
    ("XR101", "error", pins("-c ../constraints.txt\n"), (PINS, 6)),
    ("XR101", "error", pins("-r ../../elsewhere.txt\n"), (PINS, 6)),
    ("XR101", "error", {**pins("-r ../more.txt\n"), "more.txt": b"six==1.16.0\ngradio 3\n"}, ("more.txt", 2)),
    ("XR101", "error", pins("six==1.16.0 --upgrade\n"), (PINS, 6)),
    ("XR101", "warning", pins("six==1.16.0 --extra-index-url https://example.com/simple\n"), (PINS, 6)),
    ("XR101", "warning", pins("six==1.16.0 -i https://example.com/simple\n"), (PINS, 6)),
    ("XR102", "error", pins("./wheels/digits-1.0-py3-none-any.whl\n"), (PINS, 6)),
    ("XR102", "error", pins("digits @ file:///home/me/digits\n"), (PINS, 6)),
    ("XR103", "warning", pins("git+https://example.com/digits.git\n"), (PINS, 6)),
    ("XR104", "error", serving("import torch"), (APP_PATH, 1)),
    ("XR104", "warning", serving("import cv2"), (APP_PATH, 1)),
    ("XR104", "warning", serving("import numpy as np"), (APP_PATH, 1)),
    ("XR106", "warning", {**PROJECT, PINS: REQUIREMENTS.replace(b"pillow<10", b"pillow")}, (PINS, 3)),
    ("XR106", "warning", {**PROJECT, PINS: REQUIREMENTS.replace(b"pydantic<2", b"")}, (PINS, 1)),
    ("XR107", "error", {**PROJECT, PINS: REQUIREMENTS.replace(b"mindspore==2.0.0", b"mindspore==1.8.1")}, (PINS, 2)),
    *(
        ("XR107", "error", {**PROJECT, PINS: REQUIREMENTS.replace(b"2.0.0", each)}, (PINS, 2))
        for each in (b"2.2.14", b"2.6.0")
    ),
    ("XR107", "error", pins("numpy==1.23.99\n"), (PINS, 6)),
    ("XR108", "error", pins("numpy==2.2.0\n"), (PINS, 6)),
    *(
        ("XR112", "error", pins(f"{name}\n"), (PINS, 6))
        for name in ("json", "tkinter", "PIL", "cv2", "pkg-resources==0.0.0", "python==3.9")
    ),
    ("XR106", "warning", {**PROJECT, PINS: b"gradio==4.19.2\n"}, (PINS, 1)),
    ("XR106", "warning", {**PROJECT, PINS: b"gradio==5.4.0\n"}, (PINS, 1)),
    ("XR108", "warning", {**PROJECT, PINS: b"gradio==6.31.0\nmindspore==2.10.0\nnumpy<2\n"}, (PINS, 1)),
    ("XR110", "warning", pins("gradio>=3\n"), (PINS, 6)),
    ("XR111", "error", pins("numpy==1.23.0 --hash=sha256:" + "0" * 64), (PINS, 1)),
    ("XA101", "error", serving("def f(:"), (APP_PATH, 1)),
    ("XA101", "error", app(b"\0"), (APP_PATH, None)),
    ("XA101", "error", {**serving("import digits"), "inference/digits.py": b"1 +\n"}, ("inference/digits.py", 1)),
    ("XA102", "error", app("import gradio\n"), (APP_PATH, None)),
    ("XA103", "error", app(LAUNCH % b"server_port=7860"), (APP_PATH, 2)),
    ("XA103", "warning", app(LAUNCH % b"server_port=8080"), (APP_PATH, 2)),
    ("XA103", "error", app(b"PORT = 7860\n" + LAUNCH % b"server_port=PORT"), (APP_PATH, 1)),
    ("XA103", "warning", app(LAUNCH % b"server_port=choose()"), (APP_PATH, 2)),
    ("XA103", "error", serving("import os\nos.environ['GRADIO_SERVER_PORT'] = '7860'"), (APP_PATH, 2)),
    ("XA103", "error", serving("import uvicorn\nuvicorn.run(page)"), (APP_PATH, 2)),
    ("XA103", "error", app(b"given = {'server_port': 7860}\n" + LAUNCH % b"**given"), (APP_PATH, 1)),
    ("XA103", "error", app(LAUNCH % b"**dict(server_name='127.0.0.1')"), (APP_PATH, 2)),
    ("XA104", "error", serving("open('/home/me/labels.txt')"), (APP_PATH, 1)),
    ("XA104", "error", serving(r"open('C:\\labels.txt')"), (APP_PATH, 1)),
    ("XA104", "error", serving("open('inference/labels.txt')"), (APP_PATH, 1)),
    ("XA104", "warning", serving("open('/labels/all.txt')"), (APP_PATH, 1)),
    ("XA105", "error", {**serving("import digits"), "digits.py": b""}, (APP_PATH, 1)),
    ("XA105", "error", {**serving("from inference import digits"), "inference/digits.py": b""}, (APP_PATH, 1)),
    ("XA105", "error", {**serving("from . import digits"), "inference/digits.py": b""}, (APP_PATH, 1)),
    ("XA106", "error", {**PROJECT, "inference/gradio.py": b""}, ("inference/gradio.py", None)),
    ("XA106", "error", {**PROJECT, "inference/json/__init__.py": b""}, ("inference/json/__init__.py", None)),
    ("XA106", "warning", {**PROJECT, "inference/this.py": b""}, ("inference/this.py", None)),
    ("XA106", "error", config("zhangsan/digits-model/gradio.py"), ("inference/gradio.py", None)),
    ("XA107", "warning", serving("net = lenet(pretrained=True)"), (APP_PATH, 1)),
    (
        "XA107",
        "warning",
        app(LAUNCH.replace(b"'text')", b"'text', thumbnail='https://a.b/c.png')") % b""),
        (APP_PATH, 2),
    ),
    ("XA107", "warning", serving("net = AutoModel.from_pretrained('bert-base-chinese')"), (APP_PATH, 1)),
    (
        "XA107",
        "warning",
        serving("from transformers import pipeline\nsay = pipeline('sentiment-analysis')"),
        (APP_PATH, 2),
    ),
    ("XA107", "warning", serving("other = gr.Interface.load('huggingface/gpt2')"), (APP_PATH, 1)),
    ("XA107", "warning", serving("other = gr.load('spaces/someone/demo')"), (APP_PATH, 1)),
    ("XA109", "error", gradio("6.31.0", "gr.Interface(str, gr.inputs.Textbox(), 'text')"), (APP_PATH, 2)),
    ("XA109", "error", gradio("4.44.1", "gr.Image(source='canvas')"), (APP_PATH, 2)),
    ("XA109", "error", gradio("4.44.1", "gr.Interface(str, 'text', 'text', capture_session=True)"), (APP_PATH, 2)),
    ("XA109", "error", gradio("5.50.0", "page.launch(enable_queue=True)"), (APP_PATH, 2)),
    ("XA109", "error", gradio("3.50.2", "page.queue(default_concurrency_limit=1)"), (APP_PATH, 2)),
    ("XA109", "error", gradio("2.7.5.2", "from gradio import Sketchpad"), (APP_PATH, 2)),
    ("XA109", "error", gradio("6.31.0", "import gradio.outputs"), (APP_PATH, 2)),
    ("XA109", "warning", gradio("4.30.0", "gr.Image(tool='editor')"), (APP_PATH, 2)),
    ("XA109", "warning", gradio("3.21.0", "gr.Sketchpad(brush=3)"), (APP_PATH, 2)),
    ("XA109", "error", gradio("4.44.1", "board = gr.components.Image(shape=(28, 28))"), (APP_PATH, 2)),
    (
        "XA109",
        "error",
        gradio("4.44.1", "from gradio.components import Image\nboard = Image(shape=(28, 28))"),
        (APP_PATH, 3),
    ),
    ("XA109", "error", gradio("4.44.1", "board = gr.Image(type='numpy').style(height=280)"), (APP_PATH, 2)),
    ("XA109", "error", gradio("4.44.1", "box = gr.Image()\nbox.style(height=280)"), (APP_PATH, 3)),
    ("XA109", "error", gradio("4.44.1", "change = lambda: gr.Dropdown.update(choices=['a'])"), (APP_PATH, 2)),
    ("XA110", "error", serving("gr.Interface(str, 'image', 'text', examples=['./x.jpg'])"), (APP_PATH, 1)),
    ("XA110", "error", serving("with gr.Blocks():\n    gr.Examples([['x.jpg']], box)"), (APP_PATH, 2)),
    ("XA110", "warning", {**serving("gr.Interface(examples=['x.jpg'])"), PINS: OLDER}, (APP_PATH, 1)),
    ("XA110", "error", serving("gr.Interface(str, 'image', 'text', examples='./few')"), (APP_PATH, 1)),
    ("XA110", "error", serving("open('labels.txt')"), (APP_PATH, 1)),
    ("XA110", "error", serving("text = (Path(__file__).parent / 'labels.txt').read_text()"), (APP_PATH, 1)),
    ("XA110", "error", serving("NAME = 'mean.csv'\nmean = pd.read_csv(NAME)"), (APP_PATH, 1)),
    (
        "XA110",
        "error",
        serving("HERE = os.path.dirname(os.path.abspath(__file__))\nopen(os.path.join(HERE, 'a.txt'))"),
        (APP_PATH, 2),
    ),
    ("XA110", "error", serving("HERE = Path(__file__).resolve().parent\nopen(HERE / 'a.txt')"), (APP_PATH, 2)),
    ("XA110", "error", serving("def read():\n    name = 'mean.csv'\n    return open(name)"), (APP_PATH, 2)),
    (
        "XA110",
        "error",
        serving("x = [{'files': [str(Path(__file__).parent / 'x.jpg')]}] + [1]\ngr.Interface(examples=x)"),
        (APP_PATH, 1),
    ),
    ("XA110", "warning", serving("produce('a.wav')\nopen('a.wav')"), (APP_PATH, 2)),
    ("XA110", "error", {**serving("import more"), "inference/more.py": b"a = Image.open('a.png')"}, (MORE, 1)),
    ("XA110", "warning", serving("try:\n    open('labels.txt')\nexcept OSError:\n    pass"), (APP_PATH, 2)),
    ("XA112", "error", serving("def build():\n    raise NotImplementedError\nbuild()"), (APP_PATH, 2)),
    ("XA112", "error", serving("import more; more.answer()") | {MORE: UNWRITTEN}, (MORE, 5)),
    ("XG101", "error", {**PROJECT, "data.csv": b"0" * 204_801}, ("data.csv", None)),
    ("XG101", "warning", {**PROJECT, "data.csv": b"0" * 204_799}, ("data.csv", None)),
    ("XG102", "error", {**PROJECT, "inference/best.ckpt": POINTER}, ("inference/best.ckpt", None)),
    ("XG103", "warning", {**PROJECT, ".gitattributes": MODEL[".gitattributes"]}, (".gitattributes", 1)),
    ("XG103", "error", {**PROJECT, **MODEL}, (".gitattributes", 1)),
    ("XG104", "warning", {**PROJECT, "net": SUB}, ("net", None)),
    ("XS101", "error", {**PROJECT, "keys/id_rsa": b""}, ("keys/id_rsa", None)),
    ("XS102", "error", {**PROJECT, "a.txt": b"\n-----BEGIN RSA " + b"PRIVATE KEY-----\n"}, ("a.txt", 2)),
    ("XS102", "error", serving("SECRET_KEY = 'Zk3uP9aQ7rT1vX5yB8nM2cL6'"), (APP_PATH, 1)),
    ("XS102", "error", {**PROJECT, "a.sh": b"git clone https://me:Zk3uP9aQ7rT1@example.com/a.git"}, ("a.sh", 1)),
    ("XS102", "error", {**PROJECT, "a.py": b"t = 'hf_" + b"aBcDeFgHiJkLmNoPqRsTuVwXyZ012345'"}, ("a.py", 1)),
    ("XS102", "error", {**PROJECT, "a.py": b'access_key_secret = "q8Zr2Lk5Vt9Xw3Bn' + b'6Mc1Pd4Fg7Hj0S"'}, ("a.py", 1)),
    ("XS102", "error", {**PROJECT, "a.py": b'auth("LTAI5tQk7Zb3' + b'Wm9XcVn2Hs8D")'}, ("a.py", 1)),
    ("XS102", "error", {**PROJECT, "a.py": b'ID = "AKIDz8krbsJ5yKBZ' + b'Qpn74WFkmLPx3gnPhESA"'}, ("a.py", 1)),
    (
        "XS102",
        "error",
        {**PROJECT, "a.sh": b"export CLOUD_ACCESS_KEY_SECRET=q8Zr2Lk5" + b"Vt9Xw3Bn6Mc1Pd4Fg7Hj0S\n"},
        ("a.sh", 1),
    ),
    ("XS102", "error", MANY, ("data/7.txt", 1), {"changes": lambda: ["data/7.txt", "data/9.bin"]}),
    ("XS102", "error", MANY, ("data/7.txt", 1), {"changes": lambda: None}),
    ("XS103", "warning", MANY, ("", None)),
    *(
        ("XM103", "warning", model(best__ckpt=odd), ("best.ckpt", None))
        for odd in (b"\xef\xbb\xbf" + POINTER, POINTER[:-1])
    ),
    ("XM108", "error", model(best__ckpt=POINTER.replace(b"300000", b"21474836481")), ("best.ckpt", None)),
    *(
        ("XM111", "warning", model() | {"README.md": card.encode()}, ("README.md", line))
        for card, line in (
            (f"# Digits\n\n| `best.ckpt` | SHA-256 {'ab' * 32} |\n| accuracy | 99.1 % |\n", 3),
            (f"| 文件 | `best.ckpt` |\n| sha256 | `{'AB' * 32}` |\n", 2),
        )
    ),
    ("XG101", "error", model(big__bin=b"0" * 204_801), ("big.bin", None)),
    ("XG101", "error", model(best__ckpt=b"0" * 204_801), ("best.ckpt", None)),
]
HARMLESS = [
    ("XL105", {"inference": link("demo"), "demo/app.py": APP}),
    ("XR101", pins("# -*- coding: gbk -*-\n") | {PINS: "# coding: gbk\ngradio==3.21.0  # 版本\n".encode("gbk")}),
    ("XR101", {**pins("-r ../more.txt\n"), "more.txt": b"six==1.16.0\n"}),
    (
        "XR104",
        {**serving("import cv2"), PINS: REQUIREMENTS + b"-r ../more.txt\n", "more.txt": b"opencv-python==4.7.0.72\n"},
    ),
    ("XR104", {**serving("import six"), PINS: REQUIREMENTS + b"six==1.16.0 -i https://example.com/simple\n"}),
    ("XR106", {**PROJECT, PINS: b"gradio==3.44.0\npydantic==2.5\nsetuptools<81\n"}),
    ("XR112", pins("dataclasses==0.6\n")),
    ("XC111", serving("load_checkpoint(hf_hub_download('a/b', 'w.ckpt'))")),
    ("XC111", serving("load(folder, ignore=['*.onnx'])")),
    *(
        ("XC111", serving(f"load_checkpoint({path})"))
        for path in (
            "os.path.join('.', 'best.ckpt')",
            "os.path.join(os.getcwd(), 'best.ckpt')",
            "Path.cwd() / 'best.ckpt'",
            "os.path.join(folder, 'best.ckpt')",
            "Path(folder) / 'best.ckpt'",
        )
    ),
    ("XC111", serving("urlretrieve('https://a.b/c', 'w.ckpt')\nload_checkpoint('w.ckpt')")),
    (
        "XC111",
        serving("def fetch():\n    to = 'w.ckpt'\n    download(url, to)\n    to = ''\nload_checkpoint('w.ckpt')"),
    ),
    ("XC111", serving("download(url, './', kind='zip')\nload_checkpoint('lenet/w.ckpt')")),
    ("XC111", serving("os.system('wget -q https://a.b/w.ckpt')\nload_checkpoint('w.ckpt')")),
    ("XC111", serving("with open('w.ckpt', 'wb') as file:\n    file.write(content)\nload_checkpoint('./w.ckpt')")),
    ("XC111", serving("unpack_archive('nets.zip', 'nets')\nload_checkpoint('nets/a/w.ckpt')")),
    ("XA105", {**serving("import sys\nsys.path.append('..')\nimport nets"), "nets.py": b""}),
    ("XA105", {**serving("import sys\nsys.path[:0] = ['..']\nimport nets"), "nets.py": b""}),
    ("XA107", {**serving("net = AutoModel.from_pretrained('bert')"), "inference/bert/config.json": b""}),
    (
        "XA110",
        {
            **serving("gr.Interface(str, 'image', 'text', examples=['x.jpg', 'http://a.b/y.jpg'])"),
            "inference/x.jpg": b"",
        },
    ),
    ("XA110", serving("from gradio.media import get_image\ngr.Interface(examples=[[get_image('lion.jpg')]])")),
    ("XA110", serving("PICTURE = get_image('lion.jpg')\ngr.Interface(examples=[PICTURE, [make('x.jpg'), 1]])")),
    ("XA110", {**serving("gr.Interface(examples=[os.path.join('few', 'x.jpg')])"), "inference/few/x.jpg": b""}),
    ("XA110", {**serving("gr.Interface(examples='few')\ntrain(examples='no')"), "inference/few/x.jpg": b""}),
    ("XA110", serving("gr.Interface.load('huggingface/EleutherAI/gpt-neo-2.7B')")),
    ("XA110", serving("gdown.download(url, 'x.wav')\ngr.Interface(str, examples=[['x.wav']])")),
    ("XA110", serving("Image.fromarray(a).save('x.png')\ngr.Interface(examples=['x.png'])")),
    ("XA107", serving("address = os.path.join('https://a.b', 'c.json')")),
    ("XA107", serving("from gradio.media import get_file\nget_file('a.csv')\ngr.get_file('b.csv')")),
    (
        "XA103",
        serving(
            "def start():\n    port = int(os.environ.get('GRADIO_SERVER_PORT', 7860))\n"
            "    uvicorn.run(server, host='0.0.0.0', port=port)"
        ),
    ),
    ("XA111", serving("@server.get('/')\ndef front(): ...\nmount_gradio_app(server, page, path='/gradio')")),
    ("XA111", serving("mount_gradio_app(server, page, path='/')")),
    ("XA112", serving("def build():\n    raise NotImplementedError")),  # nobody calls it
    ("XA112", serving("class Net:\n    def build(self):\n        raise NotImplementedError\nNet().build()")),
    ("XA112", serving("def fail():\n    raise ValueError('so not')\nfail()")),
    ("XL109", {**PROJECT, EXAMPLE: b'{"input": "1.png"}', "inference/1.png": b""}),
    ("XL109", {**PROJECT, EXAMPLE: b'{"input": "is 1.png a picture?"}'}),
    ("XL109", {**PROJECT, EXAMPLE: b'{"picture": "1.png"}'}),
    ("XL109", {**PROJECT, EXAMPLE: b"["}),
    ("XG103", {**PROJECT, ".gitattributes": b"# *.png filter=lfs diff=lfs merge=lfs -text\n"}),
    ("XC101", {**PROJECT, CONFIG_PATH: CONFIG.replace(b"{", b'{"a": ' + b"[" * 991 + b"]" * 991 + b", ")}),
    ("XL103", {**PROJECT, "inference/requirements.in": b"", "inference/requirements-dev.txt": b""}),
    ("XL104", {**PROJECT, "requirements.txt": b"", "config.json": b"{}"}),
    ("XL105", {**PROJECT, "inference/b.py": link("app.py")}),
    ("XC111", app(APP.replace(b'"best.ckpt"', b'"./best.ckpt"'))),
    ("XC111", {**app(APP.replace(b"best", b"own")), "inference/own.ckpt": b"small"}),
    ("XC112", PROJECT),
    (
        "XR101",
        pins("--index-url https://example.com/simple\n-r more.txt\n\n# note\nnumpy \\\n  ==1.23.0\n")
        | {"inference/more.txt": b""},
    ),
    ("XR104", serving("try:\n    import torch\nexcept ImportError:\n    torch = None")),
    (
        "XR104",
        {**serving("import digits, json, google.protobuf"), "inference/digits.py": b""}
        | {PINS: REQUIREMENTS + b"protobuf"},
    ),
    ("XI101", ignoring("")),
    ("XI101", ignoring("ignore:\n  - &a {rule: XA103, reason: a}\n  - *a\n")),
    ("XI102", serving("text = '# xihe: ignore[XA13] in a string'")),
    ("XI102", ignoring("ignore:\n  - {rule: xp105, reason: its old id}\n")),
    ("XI105", {**ignoring("ignore:\n  - {rule: XS102, path: data/0.txt, reason: made up}\n"), **MANY}),
    ("XI105", ignoring("ignore:\n  - {rule: XC114, reason: only one version of the platform minds}\n")),
    ("XR106", {**PROJECT, PINS: b"gradio==6.31.0\nsetuptools==82\n"}),
    ("XR110", pins("numpy==1.23.0 ; python_version < '3.10'\nnumpy==1.26.4 ; python_version >= '3.10'\n")),
    (
        "XR111",
        {**PROJECT, PINS: b"".join(b"%s==1 --hash=sha256:%s\n" % (n, b"0" * 64) for n in (b"gradio", b"mindspore"))},
    ),
    ("XA101", {**serving("match 1:\n    case 1: pass"), PINS: b"gradio==6.31.0\n"}),
    ("XA101", {**PROJECT, "inference/unused.py": b"def f(:"}),
    ("XA102", app(LAUNCH % b"prevent_thread_lock=True" + b"while True:\n    pass\n")),
    ("XA103", app(b"import os\n" + LAUNCH % b"server_port=int(os.environ['GRADIO_SERVER_PORT']), share=True")),
    ("XA103", app(LAUNCH % b"server_name='0.0.0.0'")),
    ("XA104", serving("open('/tmp/x'); open('labels.txt'); print('/home/me')")),
    ("XA109", gradio("3.21.0", "gr.Interface(str, gr.inputs.Textbox(), 'text', capture_session=True)")),
    ("XA109", gradio("6.31.0", "gr.Sketchpad(brush=gr.Brush()); other.Image(source=1); inputs = outputs = 1")),
    ("XA109", gradio("6.31.0", "box = gr.Box() if hasattr(gr, 'Box') else gr.Group()")),
    ("XA109", serving("gr.inputs.Textbox()") | {PINS: b"gradio>=4\n"}),
    ("XA110", {**serving("open('labels.txt', 'r'); open('./labels.txt')"), "inference/labels.txt": b""}),
    ("XA110", {**serving("open('../labels.txt')"), "labels.txt": b""}),
    (
        "XA110",
        serving("open('log.txt', 'w'); open('log.txt'); Path('a.txt').write_text(''); Path('a.txt').read_text()"),
    ),
    (
        "XA110",
        serving("open(name); np.load('https://a.b/c.npy'); open(f'{a}.txt'); box.open('a.txt'); open('best.ckpt')"),
    ),
    ("XA110", serving("if Path('own.json').exists():\n    settings = json.loads(Path('own.json').read_text())")),
    ("XG107", PROJECT),
    ("XM108", model(**{f"{n}__ckpt": POINTER.replace(b"300000", b"6000000000") for n in range(3)})),
    *(
        ("XM111", model() | {"README.md": card.encode()})
        for card in (
            f"| `best.ckpt` | sha256 `{OID}` |\n",
            f"The digits have the sha256 {'ab' * 32}.\n`best.ckpt` was trained on them.\n",
            "| file | `best.ckpt` |\n| sha256 |  |\n",
        )
    ),
    ("XA105", {**serving("from utils.args import get_args"), "inference/utils/args.py": b"", "utils/args.py": b""}),
    ("XR104", {**serving("from utils.args import get_args"), "inference/utils/args.py": b""}),
    ("XA106", {**PROJECT, "inference/lenet.py": b"", "json.py": b""}),
    ("XA107", serving("net = lenet(pretrained=False)")),
    ("XG101", {**PROJECT, "data.csv": b"0" * 204_798}),
    (
        "XG102",
        {**PROJECT, "about-lfs.md": b"A pointer says version https://git-lfs.github.com/spec/v1 and more of that."},
    ),
    ("XG102", {**PROJECT, "inference/notes.txt": POINTER + b"x" * 1024}),
    ("XS101", {**PROJECT, ".env.example": b""}),
    ("XS102", MANY),
    ("XS103", {**PROJECT, **{f"data/{n}.txt": b"x" for n in range(1900)}}),
    (
        "XS102",
        {
            **PROJECT,
            "a.sh": b"git clone https://user:<token>@example.com/a.git; SECRET_KEY = 'your-secret-key-goes-here'",
        },
    ),
]


@pytest.fixture(autouse=True)
def at_a_desk(monkeypatch):
    """No build server, which searches more than a commit."""
    monkeypatch.delenv("CI", raising=False)


def found(rule, files, kind, facts=None):
    """What one rule finds among all."""
    return [each for each in check(files, kind, **(facts or {})) if each.rule == rule]


def kind_of(rule, files):
    """Which repository the files of a case are meant as."""
    return "model" if rule.startswith("XM") or ("best.ckpt" in files and "inference/app.py" not in files) else "project"


# Rules that speak of the same files: what is missing is missed, and old pins want more of them.
ALSO = {
    **{
        key: {"XR104", "XC111", "XR108"}
        for key in ("XL103", "XL104", "XL105", "XL106", "XC102", "XR101", "XR106", "XA106")
    },
    **{key: {"XC104", "XC111"} for key in ("XC105", "XC106", "XC107", "XC108")},
    **{key: {"XR104", "XR106", "XR108"} for key in ("XA103", "XA107", "XA109")},
    "XI103": {"XA103"},
    "XR110": {"XR105"},
    "XG102": {"XC108"},
    "XG103": {"XG102"},
    "XS102": {"XS103"},
    "XM101": {"XM105"},
}
SEVERAL = {"XR111", "XS102"}  # one fault in several lines or files


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case[0])
def test_a_fault_is_found(case):
    """It is told once, and nothing else is."""
    rule, severity, files, (path, line), *facts = case
    everything = check(files, kind_of(rule, files), **(facts[0] if facts else {}))
    findings = [each for each in everything if each.rule == rule]
    places = {(each.path, each.line, each.severity) for each in findings}
    assert (path, line, severity) in places and (len(places) == 1 or rule in SEVERAL)
    assert {each.rule for each in everything} - {rule} <= ALSO.get(rule, set())
    for each in findings:
        assert_both_languages(each.what)
        assert_both_languages(each.remedy)


@pytest.mark.parametrize(("rule", "files"), HARMLESS, ids=[rule for rule, _ in HARMLESS])
def test_what_is_harmless_is_left_alone(rule, files):
    assert found(rule, files, kind_of(rule, files)) == []


@pytest.mark.parametrize(("files", "kind"), [(PROJECT, "project"), (MODEL, "model")], ids=["project", "model"])
def test_a_good_repository_has_no_findings(files, kind):
    assert check(files, kind) == []


def test_syntax_of_a_newer_python_is_an_error_until_the_pins_need_that_python():
    files = serving("match 1:\n    case 1: pass")
    (finding,) = found("XA101", files, "project")
    assert finding.severity == "error" and "3.9" in finding.what.en
    assert found("XA101", {**files, PINS: b"gradio==6.31.0\n"}, "project") == []


def test_a_build_server_searches_every_file_for_secrets(monkeypatch):
    monkeypatch.setenv("CI", "true")
    assert len(found("XS102", MANY, "project")) == 2100
    assert found("XS103", MANY, "project") == []


def test_a_large_project_is_searched_for_pointers_where_it_is_searched_for_secrets(monkeypatch):
    many = {**MANY, "data/old": POINTER, "data/new": POINTER, "data/old.ckpt": POINTER, "inference/a": POINTER}

    def paths():
        return {each.path for each in check(many, changes=lambda: ["data/new"]) if each.rule == "XG102"}

    assert paths() == {"data/new", "data/old.ckpt", "inference/a"}
    monkeypatch.setenv("CI", "true")
    assert paths() == {"data/new", "data/old.ckpt", "inference/a", "data/old"}


@pytest.mark.parametrize("secret", ["Zk3uP9aQ7rT1vX5yB8nM2cL6", "hf_aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"])
def test_of_a_secret_nothing_is_told_but_its_kind_and_length(secret):
    findings = found("XS102", {**PROJECT, "a.py": f"secret_key = '{secret}'".encode()}, "project")
    told = " ".join(text for each in findings for text in (*each.what, *each.remedy))
    assert f"({len(secret)} characters)" in told and secret[:3] not in told and secret[-3:] not in told


@pytest.mark.parametrize(
    "line",
    [
        "-i https://me:hunter2@mirror.example/simple /",
        "--index-urls https://me:hunter2@mirror.example/simple",
        "mine @ git+https://me:hunter2@host.example/me/mine.git",
        "git+https://me:hunter2@host.example/me/mine.git",
        "-e git+https://me:hunter2@host.example/me/mine.git",
        "mine @ https://me:hunter2@host.example/mine.whl ; nonsense",
    ],
)
def test_no_password_in_an_address_is_printed(line):
    told = [" ".join((*each.what, *each.remedy)) for each in check(pins(line + "\n"))]
    assert any("example" in each for each in told) or line.startswith("-i ")
    assert not any("hunter2" in each or "me:" in each for each in told)


HOSTILE_NAMES = ["a;touch pwned;b", "$(touch pwned)", "`touch pwned`", "a b'c\"d", "-f", "&& touch pwned #", "*[a-z]?"]


def at_each_remedy(name):
    """Repositories in which a file or folder of this name is told to be moved, removed or tracked."""
    large = b"x" * 300_000
    return {
        "XG101": ({**MODEL, f"{name}.{name}": large}, "model"),
        "XG101 project": ({**PROJECT, f"{name}.ckpt": large}, "project"),
        "XL102": (changed(PROJECT, {APP_PATH: None, f"inference/{name}.py": APP}), "project"),
        "XL105": ({"inference": link(name), f"{name}/app.py": APP, f"{name}/config.json": CONFIG}, "project"),
        "XM101": ({**PROJECT, f"{name}/.gitattribute": b""}, "project"),
    }


@pytest.mark.parametrize("case", at_each_remedy(""))
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_command_that_is_pasted_runs_nothing_but_itself(case, name, tmp_path):
    """Each remedy is run by a shell in which git and git-lfs only write down the words that they are given."""
    files, kind = at_each_remedy(name)[case]
    remedies = [each.remedy for each in found(case.split()[0], files, kind) if "git" in each.remedy.en]
    assert remedies
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text("#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done >> words\n")
    (tmp_path / "bin/git").chmod(0o755)
    for remedy in remedies:
        line = remedy.en.removeprefix("Run ").partition(", then put")[0]
        subprocess.run(
            ["sh", "-c", line], cwd=tmp_path, env={"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}, check=True
        )
        assert any(name in word.removeprefix("./") for word in (tmp_path / "words").read_text().split("\n"))
    assert {path.name for path in tmp_path.iterdir()} == {"bin", "words"}


@pytest.mark.parametrize("case", at_each_remedy(""))
@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31mb", "a\u202eb", "caf\udce9"])
def test_a_name_that_cannot_be_pasted_is_in_no_command(case, name):
    files, kind = at_each_remedy(name)[case]
    for each in found(case.split()[0], files, kind):
        assert (
            name not in each.remedy.en and repr(name)[2:-1] not in each.remedy.en and "&& git mv" not in each.remedy.en
        )


def test_git_lfs_tracks_a_file_of_any_name(tmp_path):
    need("git-lfs")
    name = "-a [b]*.$(x) y"
    git(tmp_path, "init", "--quiet")
    (tmp_path / name).write_bytes(b"x" * 300_000)
    (finding,) = list(found("XG101", {name: b"x" * 300_000}, "model"))
    subprocess.run(["sh", "-c", finding.remedy.en.removeprefix("Run ")], cwd=tmp_path, check=True, capture_output=True)
    assert git(tmp_path, "check-attr", "filter", "--", name).endswith(": lfs\n")
    assert git(tmp_path, "check-attr", "filter", "--", "-a b.$(x) y").endswith(": unspecified\n")


REMEDIES = [
    ("XA104", serving("open('/home/me/labels.txt')"), '"labels.txt"'),
    ("XC111", app(APP.replace(b"best.ckpt", b"last.ckpt")), '"best.ckpt"'),
    ("XM105", {".gitattributes": b"", "net.onnx": POINTER}, "git lfs track '*.onnx' && git add .gitattributes"),
    ("XR101", pins("torch 1.13\n"), "torch==1.13"),
    ("XR105", {**PROJECT, PINS: REQUIREMENTS.replace(b"gradio==3.21.0", b"gradio")}, "gradio=="),
]


@pytest.mark.parametrize(("rule", "files", "named"), REMEDIES, ids=[rule for rule, *_ in REMEDIES])
def test_a_remedy_names_what_is_there(rule, files, named):
    """And no example of another file or package."""
    (finding,) = found(rule, files, "model" if rule.startswith("XM") else "project")
    assert all(named in text for text in finding.remedy)
