"""Reads inference/example.json: what `nox -s smoke` sends to the page, and what has to be in the answer."""

from __future__ import annotations

import json
from typing import NamedTuple

NAME = "example.json"
PICTURES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
Value = str | float


class Example(NamedTuple):
    """An example input and its answer.

    values  what the page is given, in the order of its inputs: a number, a text, or the name of a picture in inference/
    answer  the text that the answer has to hold; None where none is expected
    """

    values: tuple[Value, ...]
    answer: str | None

    @property
    def pictures(self) -> tuple[str, ...]:
        """The names of the pictures among the values."""
        return tuple(each for each in self.values if isinstance(each, str) and kind_of(each) == "picture")


def kind_of(value: Value) -> str:
    """Return "picture", "text" or "number"; a text that ends like the name of a picture is one."""
    if not isinstance(value, str):
        return "number"
    return "picture" if value.lower().endswith(PICTURES) else "text"


def read_example(source: bytes) -> Example | None:
    """Return what the file says; None where it is no object with "input", as an example.json for something else."""
    try:
        said = json.loads(source)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or "input" not in said:
        return None
    given = said["input"] if isinstance(said["input"], list) else [said["input"]]
    if not given or not all(isinstance(each, (str, int, float)) and not isinstance(each, bool) for each in given):
        return None
    answer = said.get("answer")
    return Example(tuple(given), None if answer is None else str(answer))
