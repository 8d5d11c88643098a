"""The example that smoke sends: what example.json says, and which of an app's functions takes it."""

from pathlib import Path

import pytest
from xihe_hooks.preview.client import choose
from xihe_hooks.preview.stages import PreviewError
from xihe_hooks.readers.example_json import Example, read_example

PICTURE, OTHER = Path("one.png"), Path("two.png")


@pytest.mark.parametrize(
    ("source", "example"),
    [
        (b'{"input": "cat.jpg", "answer": "cat"}', Example(("cat.jpg",), "cat")),
        (b'{"input": [5.1, 3.5, 1, 0], "answer": "setosa"}', Example((5.1, 3.5, 1, 0), "setosa")),
        ('{"input": "很好", "answer": "好评"}'.encode(), Example(("很好",), "好评")),
        (b'{"input": 3, "answer": 9}', Example((3,), "9")),
        (b'{"input": 0}', Example((0,), None)),
        *((each, None) for each in (b"", b"[]", b"{", b"\xff", b"[" * 5000, b'{"a": 1}')),
        *((each, None) for each in (b'{"input": []}', b'{"input": null}', b'{"input": [true]}', b'{"input": [[1]]}')),
    ],
)
def test_what_it_says(source, example):
    assert read_example(source) == example


def test_what_counts_as_a_picture():
    values = ("cat.JPG", "a text", "what is cat.jpg?", 1)
    assert Example(values, None).pictures == ("cat.JPG",)


@pytest.mark.parametrize(
    ("functions", "values", "expected"),
    [
        ({"a": ["textbox"], "b": ["image"]}, [PICTURE], ("b", [PICTURE])),
        ({"a": ["textbox"], "b": ["sketchpad"]}, [PICTURE], ("b", [PICTURE])),
        ({"a": ["image", "slider"], "b": ["image"]}, [PICTURE], ("b", [PICTURE])),
        ({"a": ["image", "slider"]}, [PICTURE], ("a", [PICTURE, None])),
        ({"a": ["image"], "b": ["image", "image"]}, [PICTURE, OTHER], ("b", [PICTURE, OTHER])),
        ({"a": ["textbox"], "b": ["number"] * 4}, [5.1, 3.5, 1, 0], ("b", [5.1, 3.5, 1, 0])),
        ({"a": ["image"], "b": ["textbox", "number"]}, ["a text", 2], ("b", ["a text", 2])),
        ({"a": ["dropdown"], "b": ["number"]}, ["a text"], ("a", ["a text"])),
        ({"a": ["textbox"], "b": ["textbox"]}, ["a text"], ("a", ["a text"])),
        ({"a": [], "b": ["number"]}, PICTURE, ("b", [1])),
        ({"a": ["textbox"], "b": ["image", "checkbox"]}, PICTURE, ("b", [PICTURE, None])),
    ],
)
def test_the_function_that_takes_it(functions, values, expected):
    assert choose(functions, values) == expected


@pytest.mark.parametrize("values", [[PICTURE], ["a text"], [1, 2, 3]])
def test_no_function_takes_it(values):
    with pytest.raises(PreviewError, match=r"its functions accept: a number, a number$"):
        choose({"a": ["number", "number"], "b": []}, values)
