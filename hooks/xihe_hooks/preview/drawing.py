"""Sends one drawing to a running app through its API, as its own page does, whatever generation of Gradio serves it."""

from __future__ import annotations

import base64
import io
import json
import tempfile
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request

from gradio_client import Client, handle_file
from PIL import Image, ImageDraw, ImageOps

from xihe_hooks.language import Text, show
from xihe_hooks.preview.server import DIRECT
from xihe_hooks.preview.stages import PreviewError

IMAGES = ("image", "sketchpad", "imageeditor", "imagemask", "paint")
WRITTEN = {"textbox": "1", "number": 1}
SECONDS = 60  # for one answer
LARGEST = 16 << 20  # bytes of an answer


def draw_one() -> Image.Image:
    """Return a one, drawn by mouse: (280, 280), white on black."""
    ink = Image.new("L", (280, 280))
    ImageDraw.Draw(ink).line([(143, 50), (141, 140), (137, 230)], fill=255, width=20, joint="curve")
    return ink


def connect(address: str) -> Callable[[Image.Image], Any]:
    """Return a function that sends a drawing, white on black, to the app, and returns the answer.

    Of other inputs, texts get "1" and the rest their defaults. Both raise PreviewError when the app does not answer, or
    answers with an error.
    """
    with _explained():
        config = _load(f"{address}config")
        ask = _connect_old(address, config) if str(config.get("version", 2))[0] in "23" else _connect_new(address)

    def send(ink: Image.Image) -> Any:
        with _explained():
            return ask(ink)

    return send


def _connect_old(address: str, config: Any) -> Callable[[Image.Image], Any]:
    """Gradio 2 and 3: pictures travel as data in JSON, black on white."""
    if "input_components" in config:
        kinds = [each["name"] for each in config["input_components"]]
    else:
        called = next(each for each in config["dependencies"] if each["inputs"] and each.get("backend_fn", True))
        types = {each["id"]: each["type"] for each in config["components"]}
        kinds = [types[each] for each in called["inputs"]]

    def ask(ink: Image.Image) -> Any:
        picture = io.BytesIO()
        ImageOps.invert(ink).save(picture, "PNG")
        png = "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()
        data = [png if kind in IMAGES else WRITTEN.get(kind) for kind in kinds]
        body = json.dumps({"data": data}).encode()
        request = Request(f"{address}api/predict/", body, {"Content-Type": "application/json"})
        answers = _load(request)["data"]
        return answers[0] if len(answers) == 1 else answers

    return ask


def _connect_new(address: str) -> Callable[[Image.Image], Any]:
    """Gradio 4 and later: pictures are uploaded first, and a sketchpad's value has layers."""
    client = Client(address, verbose=False, analytics_enabled=False)
    endpoints = client.view_api(print_info=False, return_format="dict")["named_endpoints"]
    name = "/predict" if "/predict" in endpoints else next(iter(endpoints))
    parameters = {each["parameter_name"]: each for each in endpoints[name]["parameters"]}

    def ask(ink: Image.Image) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            black, layer = Path(folder, "black.png"), Path(folder, "layer.png")
            ImageOps.invert(ink).save(black)
            strokes = Image.new("RGBA", ink.size)
            strokes.putalpha(ink)
            strokes.save(layer)
            given: dict[str, Any] = {}
            for parameter, facts in parameters.items():
                kind = facts["component"].lower()
                if kind == "image":
                    given[parameter] = handle_file(black)
                elif kind in IMAGES:
                    given[parameter] = {"background": None, "layers": [handle_file(layer)], "composite": None}
                elif not facts["parameter_has_default"]:
                    given[parameter] = WRITTEN.get(kind)
            return client.predict(**given, api_name=name)

    return ask


def _load(request: str | Request) -> Any:
    with DIRECT.open(request, timeout=SECONDS) as response:
        return json.loads(response.read(LARGEST))


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        raise _failed(f"HTTP {error.code} {error.read(200).decode('utf-8', 'replace')}") from None
    except Exception as error:  # noqa: BLE001, an app that is none of Gradio's makes its client fail in any way
        raise _failed(str(error) or type(error).__name__) from None


def label_of(answer: Any) -> str:
    """Return an answer on one line; of a label, the label."""
    return show(str(answer["label"]) if isinstance(answer, dict) and "label" in answer else str(answer))


def _failed(reason: str) -> PreviewError:
    reason = show(" ".join(reason.split()))
    return PreviewError(
        Text(f"应用对一幅画没有正常回答：{reason}", f"The app did not answer a drawing: {reason}"),
        Text("它的输出里有原因：见上。", "Its output above says why."),
    )
