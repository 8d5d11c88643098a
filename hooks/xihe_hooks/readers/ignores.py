"""Reads what a repository asks not to be told: the entries of `.xihe-hooks.yml`, and comments in Python files.

They come with the repository, so they may be anything: what cannot be read is a fault with its place, never an exception.
"""

from __future__ import annotations

import fnmatch
import functools
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

NAME = ".xihe-hooks.yml"
LIMIT = 20_000  # bytes
MOST = 100  # entries
LONGEST = 100  # characters of a pattern
KEYS = ("rule", "path", "reason")
_Node = Any  # a node of PyYAML, which is loaded where there is a file to read
COMMENT = re.compile(r"#\s*xihe:\s*ignore(?:\s*\[([^\]]*)\])?(?:\s*[:-])?\s*(.*)")


class Entry(NamedTuple):
    """Findings that are not to be told.

    rule    id of a rule, as it is written; "" where none is
    path    pattern of files in .gitignore's syntax, None for all; of a comment the file itself
    reason  "" where none is given
    file    where the entry is written
    line    line in that file, from 1
    lines   lines of the file that a comment is about; () for an entry of NAME
    """

    rule: str
    path: str | None
    reason: str
    file: str
    line: int
    lines: tuple[int, ...] = ()


class Fault(NamedTuple):
    """Why a file of entries or one of them cannot be read: why, what was seen, and its line, where there is one."""

    why: str
    seen: str
    line: int | None = None


class Ignores(NamedTuple):
    """What NAME holds."""

    entries: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_ignores(content: bytes) -> Ignores:
    """Read the content of NAME: `ignore`, a list of mappings with `rule`, `reason` and, for some files only, `path`."""
    if len(content) > LIMIT:
        return Ignores(faults=(Fault("large", str(len(content))),))
    import yaml  # takes as long to load as the rest of a check of a small repository

    try:
        root = yaml.compose(content, yaml.SafeLoader)  # no values are made, so aliases cost nothing
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Ignores(faults=(Fault("yaml", error.problem or "", mark.line + 1 if mark else None),))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return Ignores(faults=(Fault("yaml", str(error).partition("\n")[0]),))
    found = list(_read(root)) if root else []
    entries = tuple(each for each in found if isinstance(each, Entry))
    return Ignores(entries, tuple(each for each in found if isinstance(each, Fault)))


def _read(root: _Node) -> Iterator[Entry | Fault]:
    pairs = _pairs(root)
    if pairs is None:
        yield Fault("shape", "", _line(root))
        return
    for key, value in pairs:
        if key.value != "ignore":
            yield Fault("key", str(key.value), _line(key))
        elif value.id != "sequence":
            yield Fault("shape", "", _line(value))
        else:
            for node in value.value[:MOST]:
                yield from _entry(node)
            if len(value.value) > MOST:
                yield Fault("many", str(len(value.value)), _line(value.value[MOST]))


def _entry(node: _Node) -> Iterator[Entry | Fault]:
    pairs = _pairs(node)
    if pairs is None:
        yield Fault("entry", "", _line(node))
        return
    values: dict[str, str] = {}
    for key, value in pairs:
        if key.value not in KEYS:
            yield Fault("key", str(key.value), _line(key))
            return
        elif value.id != "scalar":
            yield Fault("value", key.value, _line(value))
            return
        else:
            values[key.value] = "" if value.tag.endswith(":null") else value.value.strip()
    path = values.get("path")
    if path is not None and (not path or path.startswith("!") or len(path) > LONGEST):
        yield Fault("path", path, _line(node))
    else:
        yield Entry(values.get("rule", ""), path, values.get("reason", ""), NAME, _line(node))


def _pairs(node: _Node) -> list[tuple[_Node, _Node]] | None:
    """The keys and values of a mapping; None of anything else."""
    return node.value if node.id == "mapping" else None


def _line(node: _Node) -> int:
    line: int = node.start_mark.line
    return line + 1


def read_comments(path: str, source: bytes) -> Iterator[Entry]:
    """Yield the entries of a Python file's comments, `# xihe: ignore[XA103, XA104] reason`.

    One behind code is about its line, one on a line of its own about the next.
    """
    if b"xihe:" not in source:
        return
    try:
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            found = COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
            if found:
                line, column = token.start
                alone = not token.line[:column].strip()
                for rule in (found[1] or "").split(",")[:MOST]:
                    yield Entry(rule.strip(), path, found[2].strip(), path, line, (line + 1,) if alone else (line,))
    except (SyntaxError, tokenize.TokenError, ValueError):  # of a file that does not compile the comments so far count
        return


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern in .gitignore's syntax, no negative one, matches a path or a folder around it.

    The time that git and regular expressions take for made patterns grows without bound; this one's does not. A `?`
    stands for one character, where git's stands for one byte.
    """
    inside, whole = _compiled(pattern)
    parts = path.split("/")
    return _match(inside, parts) or (whole is not None and _match(whole, parts))


_Part = re.Pattern[str] | None  # what one part of a path must be; None for any number of parts
_ANY = re.compile("(?s).*")


@functools.lru_cache(maxsize=2 * MOST)
def _compiled(pattern: str) -> tuple[list[_Part], list[_Part] | None]:
    """The parts that match what is in a folder, and those that match the path itself, unless only folders are meant."""
    body = pattern.strip("/")
    anchored = "/" in pattern.rstrip("/")
    parts: list[_Part] = [] if anchored else [None]
    parts += [None if part == "**" else re.compile(fnmatch.translate(_plain(part))) for part in body.split("/")]
    if parts[-1] is None:  # what is in a folder, but not the folder
        parts[-1:] = [_ANY, None]
    return [*parts, _ANY, None], None if pattern.endswith("/") else parts


def _plain(part: str) -> str:
    r"""Write in the syntax of fnmatch what is written otherwise there: \* for [*], and [^a] for [!a]."""
    return re.sub(r"\\(.)", r"[\1]", part).replace("[^", "[!")


def _match(pattern: Sequence[_Part], parts: Sequence[str]) -> bool:
    deep, index, here, there = -1, 0, 0, 0  # where the last None is, the next of the pattern, the next part, its retry
    while here < len(parts):
        if index < len(pattern) and pattern[index] is None:
            deep, index, there = index, index + 1, here
        elif index < len(pattern) and (each := pattern[index]) and each.match(parts[here]):
            index, here = index + 1, here + 1
        elif deep >= 0:
            there += 1
            index, here = deep + 1, there
        else:
            return False
    return all(each is None for each in pattern[index:])
