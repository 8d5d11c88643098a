"""Reads the answers that a repository was made with, which copier keeps beside its files.

They come with the repository, so they may be anything: what is no answers file holds no answers.
"""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xihe_hooks.git.repository import Tree

NAME = ".copier-answers.yml"
LIMIT = 10_000  # bytes; a repository from the template needs about 400
_IMPOSSIBLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def read(path: Path) -> bytes | None:
    """Return the content of an answers file on disk; None unless it is a regular file of at most 10,000 bytes."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except (OSError, ValueError):
        return None
    return content if len(content) <= LIMIT else None


def tracked(tree: Tree) -> bytes | None:
    """Return the content of the answers file in a tree; None unless it is a regular file of at most 10,000 bytes."""
    entry = tree.entries.get(NAME)
    return tree.read(NAME) if entry and stat.S_ISREG(entry.mode) and entry.size <= LIMIT else None


def language(content: bytes | None) -> str | None:
    """Return the language that was answered; None where there is no such answer."""
    return parse(content or b"").get("language")


@functools.lru_cache(maxsize=8)
def parse(content: bytes) -> Mapping[str, str]:
    """Return the answers that are text, numbers or truth values, as text; none where the file is not sound YAML."""
    if not content:
        return {}
    import yaml  # takes as long to load as the rest of a check of a small repository

    class Loader(yaml.SafeLoader):
        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            """Leave merge keys, which nothing in this loader constructs: nested ones grow exponentially."""

    try:
        answers = yaml.load(content, Loader)  # a safe loader
        scalars = {key: value for key, value in answers.items() if isinstance(value, (str, int, float))}
        return {key: str(value) for key, value in scalars.items() if isinstance(key, str) and key}
    except (yaml.YAMLError, *_IMPOSSIBLE):
        return {}
