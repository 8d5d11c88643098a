"""Sends one drawing to a running app through its API, as its own page does, whatever generation of Gradio serves it."""

from __future__ import annotations

import base64
import io
import json
import tempfile
import urllib.error
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
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
Name = TypeVar("Name")


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
    """Gradio 2 and 3: pictures travel as data in JSON, black on white; a function is called by its number."""
    which: dict[str, Any] = {}
    if "input_components" in config:
        kinds = [each["name"] for each in config["input_components"]]
    else:
        types = {each["id"]: each["type"] for each in config["components"]}
        inputs = {
            index: [types[each] for each in called["inputs"]]
            for index, called in enumerate(config["dependencies"])
            if called["inputs"] and called.get("backend_fn", True)
        }
        number = _takes_a_picture(inputs)
        kinds, which = inputs[number], {"fn_index": number, "session_hash": "preview"}

    def ask(ink: Image.Image) -> Any:
        picture = io.BytesIO()
        ImageOps.invert(ink).save(picture, "PNG")
        png = "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()
        data = [png if kind in IMAGES else WRITTEN.get(kind) for kind in kinds]
        body = json.dumps({"data": data, **which}).encode()
        request = Request(f"{address}api/predict/", body, {"Content-Type": "application/json"})
        answers = _load(request)["data"]
        return answers[0] if len(answers) == 1 else answers

    return ask


def _connect_new(address: str) -> Callable[[Image.Image], Any]:
    """Gradio 4 and later: pictures are uploaded first, and a sketchpad's value has layers."""
    client = Client(address, verbose=False, analytics_enabled=False)
    described = client.view_api(all_endpoints=True, print_info=False, return_format="dict")
    endpoints = {**described["named_endpoints"], **described["unnamed_endpoints"]}  # the latter by number
    kinds = {name: [each["component"].lower() for each in facts["parameters"]] for name, facts in endpoints.items()}
    name = "/predict" if "/predict" in endpoints else _takes_a_picture(kinds)
    parameters = endpoints[name]["parameters"]
    where = {"fn_index": int(name)} if name in described["unnamed_endpoints"] else {"api_name": name}

    def ask(ink: Image.Image) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            black, layer = Path(folder, "black.png"), Path(folder, "layer.png")
            ImageOps.invert(ink).save(black)
            strokes = Image.new("RGBA", ink.size)
            strokes.putalpha(ink)
            strokes.save(layer)
            given: dict[str, Any] = {}
            for facts in parameters:
                parameter, kind = facts["parameter_name"], facts["component"].lower()
                if kind == "image":
                    given[parameter] = handle_file(black)
                elif kind in IMAGES:
                    given[parameter] = {"background": None, "layers": [handle_file(layer)], "composite": None}
                elif not facts["parameter_has_default"]:
                    given[parameter] = WRITTEN.get(kind)
            return client.predict(**given, **where)

    return ask


def _takes_a_picture(functions: Mapping[Name, list[str]]) -> Name:
    """Return the name of the first function with a picture among the kinds of its inputs, else of the first with inputs."""
    pictures = [name for name, kinds in functions.items() if set(kinds) & set(IMAGES)]
    return [*pictures, *(name for name, kinds in functions.items() if kinds)][0]


def _load(request: str | Request) -> Any:
    with DIRECT.open(request, timeout=SECONDS) as response:
        return json.loads(response.read(LARGEST))


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        raise _failed(f"HTTP {error.code} {error.read(200).decode('utf-8', 'replace')}") from None
    except Exception as error:  # an app that is none of Gradio's makes its client fail in any way
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
