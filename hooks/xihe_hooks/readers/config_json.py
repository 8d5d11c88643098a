"""Reads config.json as the platform's start script does, and says where and why that would fail."""

from __future__ import annotations

import bisect
import codecs
import posixpath
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal, NamedTuple

BLANKS = " \t\n\r"
_NO_NAMES = ("", ".", "..", ".git")
DEEPEST = 992  # objects and lists in each other, as the start script under the image's Python 3.9 takes them
STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'


class Fault(NamedTuple):
    """Why the bytes are not JSON: "bom", "utf-16", "encoding", "blank", "comma", "comment", "quotes", "deep", "syntax".

    "large" is what was not read, as the platform does not take a file of that size.
    """

    why: str
    line: int | None = None
    column: int | None = None


class Reading(NamedTuple):
    """What a start script goes through when it asks config.json for one key.

    paths  the paths, as they are written; none means an app without weights
    fault  why the script ends before that: "json", "key" (which is not there), "type" (of its value), "item" (of the list)
    item   number of that item, from 1
    odd    the value or the item whose type is not the one that is due
    """

    paths: tuple[str, ...] = ()
    fault: Literal["json", "key", "type", "item"] | None = None
    item: int | None = None
    odd: object = None


class Config:
    """A config.json that is not empty.

    data        what json.loads made of it; None where there is a fault
    duplicates  keys of the outermost object that are given more than once
    """

    def __init__(
        self,
        path: str,
        text: str,
        data: object = None,
        *,
        fault: Fault | None = None,
        duplicates: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.text = text
        self.data = data
        self.fault = fault
        self.duplicates = duplicates

    def has(self, key: str) -> bool:
        """Whether the outermost object has the key."""
        return isinstance(self.data, dict) and key in self.data

    def value(self, key: str) -> object:
        """Value of a key of the outermost object, or None."""
        return self.data.get(key) if isinstance(self.data, dict) else None

    def read(self, key: str, shape: str) -> Reading:
        """What the start script makes of a key whose value is a "string", or a "list of strings".

        A list is gone through item by item, so the script takes an object for its keys and a string for its characters.
        """
        if self.fault:
            return Reading(fault="json")
        if not self.has(key):
            return Reading(fault="key")
        value = self.value(key)
        if shape == "string":
            if not isinstance(value, str):
                return Reading(fault="type", odd=value)
            return Reading((value,) if value else ())
        if not isinstance(value, (list, dict, str)):
            return Reading(fault="type", odd=value)
        for number, item in enumerate(value, 1):
            if not isinstance(item, str):
                return Reading(fault="item", item=number, odd=item)
        return Reading(tuple(value))

    def paths(self, key: str) -> tuple[str, ...]:
        """The strings that a key's owner means by it, whether it is one or a list; what is no string is left out."""
        value = self.value(key)
        items = value if isinstance(value, (list, dict)) else [value]
        return tuple(item for item in items if isinstance(item, str))

    @cached_property
    def givers(self) -> Mapping[str, tuple[str, ...]]:
        """The keys that give each path, in their order."""
        givers: dict[str, tuple[str, ...]] = {}
        for key in self.data if isinstance(self.data, dict) else ():
            for path in dict.fromkeys(self.paths(key)):
                givers[path] = (*givers.get(path, ()), key)
        return givers

    def place(self, value: str, after: str = "") -> tuple[int | None, int | None]:
        """Line and column of a string, the first after a key where one is named; nothing where it is not there."""
        offsets = self._offsets
        start = offsets.get(after, [0])[0] if after else 0
        found = offsets.get(value, [])
        first = bisect.bisect_left(found, start)
        return self._position(found[first]) if first < len(found) else (None, None)

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect.bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @cached_property
    def _offsets(self) -> Mapping[str, list[int]]:
        """Where each string begins, by what it means, however it is written."""
        import json

        offsets: dict[str, list[int]] = {}
        for match in re.finditer(STRING, self.text):
            offsets.setdefault(json.loads(match[0], strict=False), []).append(match.start())
        return offsets


class Weight(NamedTuple):
    """One file that config.json names, as the start script takes its path apart.

    raw   the path, as it is written
    path  of the file in the repository, of one part or more
    """

    raw: str
    owner: str
    repository: str
    path: str

    @classmethod
    def of(cls, raw: str) -> Weight | None:
        """Take a path apart; None where that gives no owner, repository and file.

        The script prints the owner, the repository, and the repository with the file; a shell reads the line, drops
        backslashes, and splits it at every blank.
        """
        parts = trim(raw).replace("\\", "").split("/")
        if len(parts) < 3 or not raw:
            return None
        fields = re.split("[ \t\n]+", " ".join([*parts[:2], "/".join(parts[1:])]).strip(" \t\n"))
        owner, repository, file = (*fields, "", "")[:3]
        path = file.removeprefix(f"{repository}/").lstrip("/")
        if not path or path == file or not {owner, repository}.isdisjoint(_NO_NAMES):
            return None
        return cls(raw, owner, repository, posixpath.normpath(path))

    @property
    def name(self) -> str:
        """What the file is called beside app.py: every folder is dropped."""
        return self.path.rpartition("/")[2]


def read_config(path: str, source: bytes) -> Config:
    """Read the bytes of a config.json that is not empty; whatever they are, the result says so."""
    for mark, why in ((codecs.BOM_UTF8, "bom"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if source.startswith(mark):
            return Config(path, "", fault=Fault(why, 1, 1))
    try:
        text = source.decode()
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        return Config(path, "", fault=Fault("encoding", line, None))
    if not text.strip(BLANKS):
        return Config(path, text, fault=Fault("blank"))
    return _parse(path, text)


def _parse(path: str, text: str) -> Config:
    import json

    duplicates: list[str] = []

    def build(pairs: list[tuple[str, object]]) -> dict[str, object]:
        # Objects are built from the inside out, so what stays is about the outermost.
        duplicates[:] = sorted(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        return dict(pairs)

    if _depth(text) > DEEPEST:
        return Config(path, text, fault=Fault("deep"))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + DEEPEST)  # what the platform's Python reads from its top, this one reads from here
    try:
        data = json.loads(text, object_pairs_hook=build)
    except json.JSONDecodeError as error:
        why, offset = _reason(text, error.pos)
        return Config(path, text, fault=Fault(why, *position(text, offset)))
    except RecursionError:
        return Config(path, text, fault=Fault("deep"))
    except ValueError:  # a number of thousands of digits
        return Config(path, text, fault=Fault("syntax"))
    finally:
        sys.setrecursionlimit(limit)
    return Config(path, text, data, duplicates=tuple(duplicates) if isinstance(data, dict) else ())


def _depth(text: str) -> int:
    depth = deepest = 0
    # A string that does not end takes the rest, so that no part is read twice.
    for match in re.finditer(r'(?s)"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{\]}]', text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        deepest = max(deepest, depth)
    return deepest


def _reason(text: str, offset: int) -> tuple[str, int]:
    # Versions of Python point at the comma that is too many, or at what follows it.
    before, after = text[:offset].rstrip(BLANKS), text[offset:].lstrip(BLANKS)
    rest = after.lstrip("," + BLANKS)
    if (before.endswith(",") or after.startswith(",")) and (not rest or rest[0] in "]}"):
        return "comma", text.index(",", offset) if after.startswith(",") else len(before) - 1
    if after.startswith(("//", "/*", "#")):
        return "comment", offset
    if after.startswith(("'", "‘", "’", "“", "”", "，", "：")):
        return "quotes", offset
    return "syntax", offset


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of an offset in a text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def trim(raw: str) -> str:
    """Strip a path as the platform does: first the blanks around it, then the slashes."""
    return raw.strip().strip("/")


def weights(raws: Iterable[str]) -> Iterator[Weight]:
    """Yield the paths that name a file of a repository, each once, in their order."""
    return (weight for weight in map(Weight.of, dict.fromkeys(raws)) if weight)
