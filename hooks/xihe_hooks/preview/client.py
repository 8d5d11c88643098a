"""Sends one example to a running app through its API, as its own page does, whatever generation of Gradio serves it."""

from __future__ import annotations

import base64
import json
import mimetypes
import tempfile
import urllib.error
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import Request

from gradio_client import Client, handle_file
from PIL import Image, ImageDraw, ImageOps

from xihe_hooks.language import Text, show
from xihe_hooks.preview.server import DIRECT
from xihe_hooks.preview.stages import PreviewError

DRAWN_ON = ("sketchpad", "imageeditor", "imagemask", "paint")
PICTURES = ("image", *DRAWN_ON)
NUMBERS = ("number", "slider")
TYPES = {
    "picture": Text("图片", "a picture"),
    "number": Text("数", "a number"),
    "text": Text("文字", "a text"),
}
SECONDS = 60  # for one answer
LARGEST = 16 << 20  # bytes of an answer
Name = TypeVar("Name")
Value = Path | str | float  # a picture, a text, a number
Sent = Sequence[Value] | Path  # an example, or a picture where nobody says what the app takes


def draw_one(folder: Path) -> Path:
    """Leave a one in the folder as somebody draws it, black on white, and return the picture."""
    picture = Image.new("L", (280, 280), 255)
    ImageDraw.Draw(picture).line([(143, 50), (141, 140), (137, 230)], fill=0, width=20, joint="curve")
    picture.save(folder / "one.png")
    return folder / "one.png"


def connect(address: str) -> Callable[[Sequence[Value] | None], Any]:
    """Return a function that sends values to the function of the app that takes them, and returns the answer.

    For None it guesses: a drawn 1 to the first function that takes a picture, or to the first function "1" for a text and
    1 for a number. Both raise PreviewError when the app has no such function, does not answer, or answers with an error.
    """
    with _explained():
        config = _load(f"{address}config")
        ask = _connect_old(address, config) if str(config.get("version", 2))[0] in "23" else _connect_new(address)

    def send(values: Sequence[Value] | None) -> Any:
        with _explained(), tempfile.TemporaryDirectory() as folder:
            return ask(draw_one(Path(folder)) if values is None else values)

    return send


def _connect_old(address: str, config: Any) -> Callable[[Sent], Any]:
    """Gradio 2 and 3: pictures travel as data in JSON; a function is called by its number."""
    if "input_components" in config:
        functions = {-1: [each["name"] for each in config["input_components"]]}
    else:
        types = {each["id"]: each["type"] for each in config["components"]}
        functions = {
            number: [types[each] for each in called["inputs"]]
            for number, called in enumerate(config["dependencies"])
            if called["inputs"] and called.get("backend_fn", True)
        }

    def ask(values: Sent) -> Any:
        number, given = choose(functions, values)
        which = {} if number < 0 else {"fn_index": number, "session_hash": "preview"}
        data = [_as_data(each) if isinstance(each, Path) else each for each in given]
        body = json.dumps({"data": data, **which}).encode()
        request = Request(f"{address}api/predict/", body, {"Content-Type": "application/json"})
        answers = _load(request)["data"]
        return answers[0] if len(answers) == 1 else answers

    return ask


def _as_data(picture: Path) -> str:
    mime = mimetypes.guess_type(picture.name)[0] or "image/png"
    return f"data:{mime};base64,{base64.b64encode(picture.read_bytes()).decode()}"


def _connect_new(address: str) -> Callable[[Sent], Any]:
    """Gradio 4 and later: pictures are uploaded first, and a sketchpad's value has layers."""
    client = Client(address, verbose=False, analytics_enabled=False)
    described = client.view_api(all_endpoints=True, print_info=False, return_format="dict")
    unnamed = described["unnamed_endpoints"]  # by number
    parameters = {name: each["parameters"] for name, each in {**described["named_endpoints"], **unnamed}.items()}
    functions = {name: [each["component"].lower() for each in given] for name, given in parameters.items()}
    if "/predict" in functions:  # the name that an Interface gives its function comes first
        functions = {"/predict": functions["/predict"], **functions}

    def ask(values: Sent) -> Any:
        name, given = choose(functions, values)
        where = {"fn_index": int(name)} if name in unnamed else {"api_name": name}
        with tempfile.TemporaryDirectory() as folder:
            sent = {
                facts["parameter_name"]: _as_upload(value, component, Path(folder))
                if isinstance(value, Path)
                else value
                for facts, component, value in zip(parameters[name], functions[name], given, strict=True)
                if value is not None or not facts["parameter_has_default"]
            }
            return client.predict(**sent, **where)

    return ask


def _as_upload(picture: Path, component: str, folder: Path) -> Any:
    if component not in DRAWN_ON:
        return handle_file(picture)
    layer = folder / "layer.png"
    ink = ImageOps.invert(Image.open(picture).convert("L"))
    strokes = Image.new("RGBA", ink.size)
    strokes.putalpha(ink)
    strokes.save(layer)
    return {"background": None, "layers": [handle_file(layer)], "composite": None}


def choose(functions: Mapping[Name, Sequence[str]], values: Sent) -> tuple[Name, list[Value | None]]:
    """Return the function that takes the values, by the types of its inputs, and what each of these inputs is given.

    A function with these inputs and no others goes first, then one that has them among others, in their order; the others
    are given None. PreviewError where there is neither.
    """
    if isinstance(values, Path):
        return _guess(functions, values)
    assigned = {name: _assign(components, values) for name, components in functions.items()}
    fitting = {name: given for name, given in assigned.items() if given is not None}
    if not fitting:
        raise _no_function(functions, values)
    name = min(fitting, key=lambda each: len(fitting[each]))
    return name, fitting[name]


def _assign(components: Sequence[str], values: Sequence[Value]) -> list[Value | None] | None:
    """Return what each input is given, or None where not every value finds one."""
    rest = list(values)
    given = [rest.pop(0) if rest and _type_of(rest[0]) == type_taken(component) else None for component in components]
    return None if rest else given


def _guess(functions: Mapping[Name, Sequence[str]], picture: Path) -> tuple[Name, list[Value | None]]:
    pictured = [name for name, components in functions.items() if set(components) & set(PICTURES)]
    name = [*pictured, *(name for name, components in functions.items() if components)][0]
    guesses: dict[str, Value] = {**dict.fromkeys(PICTURES, picture), "textbox": "1", "number": 1}
    return name, [guesses.get(component) for component in functions[name]]


def type_taken(component: str) -> str:
    """Return the type of value that a component of Gradio takes: "picture", "number", or else "text"."""
    return "picture" if component in PICTURES else "number" if component in NUMBERS else "text"


def _type_of(value: Value) -> str:
    return "picture" if isinstance(value, Path) else "text" if isinstance(value, str) else "number"


def _no_function(functions: Mapping[Name, Sequence[str]], values: Sequence[Value]) -> PreviewError:
    def named(types: Sequence[str]) -> Text:
        texts = [TYPES[each] for each in types]
        return Text("、".join(each.zh for each in texts), ", ".join(each.en for each in texts))

    sent = named([_type_of(each) for each in values])
    taken = [named([type_taken(each) for each in types]) for types in functions.values() if types]
    zh, en = ("；".join(dict.fromkeys(each.zh for each in taken)), "; ".join(dict.fromkeys(each.en for each in taken)))
    return PreviewError(
        Text(
            f"示例是{sent.zh}，但应用没有接受这种输入的函数；它的函数接受：{zh or '无'}",
            f"The example is {sent.en}, but no function of the app accepts that; its functions accept: "
            f"{en or 'nothing'}",
        ),
        Text("请改正 example.json，或网页的输入组件。", "Correct example.json, or the inputs of the page."),
    )


def _load(request: str | Request) -> Any:
    with DIRECT.open(request, timeout=SECONDS) as response:
        return json.loads(response.read(LARGEST))


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except PreviewError:
        raise
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
        Text(f"应用处理示例时出错：{reason}", f"The app failed on the example: {reason}"),
        Text("原因见上面的输出。", "The reason is in its output above."),
    )
