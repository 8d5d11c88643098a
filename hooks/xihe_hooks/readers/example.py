"""Reads the examples of rules: what a repository holds, and what was done in it, as a text that a terminal shows as it is.

    inference/app.py
        print("what the file holds, indented")
    inference/requirements.txt
    inference/data -> ../data
    $ git switch main

A path with nothing below it is a file whose content does not matter; " -> " makes it a symbolic link, " @ " a submodule,
and "(300 KB)" tells its size. A path that begins with ../ is of a repository beside this one, and "$ " begins a command.
"""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple


class Part(NamedTuple):
    """A line of an example, and what is indented below it: "" for nothing."""

    line: str
    content: str = ""


def clean(example: str) -> str:
    """Return the text of an example as it is shown."""
    return textwrap.dedent(example).strip("\n").rstrip()


def read_example(example: str) -> list[Part]:
    """Return the parts of an example, in their order."""
    parts = re.split(r"(?m)^(?=\S)", clean(example))
    pairs = (part.partition("\n") for part in parts if part)
    return [Part(line, textwrap.dedent(rest).rstrip() + "\n" if rest.strip() else "") for line, _, rest in pairs]
