"""What a tree holds: names, modes, objects and sizes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

FILE, EXECUTABLE, SYMLINK, SUBMODULE = 0o100644, 0o100755, 0o120000, 0o160000


class Entry(NamedTuple):
    """One name in a tree or in the index.

    path  relative to the top of the repository, "/" between the parts
    mode  FILE, EXECUTABLE, SYMLINK or SUBMODULE
    oid   name of the blob, or of the commit for a submodule
    size  bytes of the blob; of a symlink, the bytes of its target's name; 0 for a submodule
    """

    path: str
    mode: int
    oid: str
    size: int


class Entries(Mapping[str, Entry]):
    """The names in a tree, in git's order, and an entry for each that is asked for.

    A check of 10,000 files asks for some dozens: what is asked about all of them goes through whole columns at once.
    """

    def __init__(
        self, paths: Sequence[str], oids: Sequence[str], modes: Mapping[str, int], sizes: Callable[[], Sequence[int]]
    ) -> None:
        self._paths, self._oids = paths, oids
        self._modes = modes  # of the paths that are no plain file
        self._ask_sizes = sizes

    def __getitem__(self, path: str) -> Entry:
        number = self._numbers[path]
        return Entry(path, self._modes.get(path, FILE), self._oids[number], self.sizes[number])

    def __contains__(self, path: object) -> bool:
        return path in self._numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def ending(self, *suffixes: str) -> list[str]:
        """The paths that end with one of these."""
        few = len(suffixes) < 3  # are looked for faster than the ends are gathered
        return self._found(suffix + "\0" for suffix in suffixes if few or len(suffix) < 3 or suffix[-3:] in self._ends)

    def under(self, folder: str) -> list[str]:
        """The paths that lie in a folder."""
        return self._found(["\0" + folder + "/"])

    def has_folder(self, folder: str) -> bool:
        """Whether a path lies in a folder."""
        return f"\0{folder}/" in self._text

    def containing(self, *parts: str) -> list[str]:
        """The paths in which one of these occurs."""
        return self._found(parts)

    def of_mode(self, mode: int) -> list[str]:
        """The paths of one mode, another one than FILE."""
        return [path for path, each in self._modes.items() if each == mode]

    def of_size(self, least: int, most: int = 1 << 62) -> list[str]:
        """The paths of files of so many bytes, both included."""
        if max(self.sizes, default=0) < least:
            return []
        return [path for path, size in zip(self._paths, self.sizes, strict=True) if least <= size <= most]

    def size(self, path: str) -> int:
        """Bytes of a file."""
        return self.sizes[self._numbers[path]]

    def oids(self, paths: Iterable[str]) -> list[str]:
        """The names of the objects."""
        return [self._oids[self._numbers[path]] for path in paths]

    @cached_property
    def tops(self) -> frozenset[str]:
        """What lies at the top: files and folders."""
        return frozenset(re.findall("\0([^/\0]+)", self._text))

    @cached_property
    def sizes(self) -> Sequence[int]:
        """Bytes of each file, in the order of the paths."""
        return self._ask_sizes()

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return dict(zip(self._paths, range(len(self._paths)), strict=True))

    @cached_property
    def _ends(self) -> frozenset[str]:
        return frozenset([path[-3:] for path in self._paths])

    @cached_property
    def _text(self) -> str:
        return "\0".join(["", *self._paths, ""])

    def _found(self, parts: Iterable[str]) -> list[str]:
        """The paths in which these parts occur, or with which they begin or end where a part says so by a zero."""
        starts: set[int] = set()
        for part in parts:
            offset = self._text.find(part)
            while offset >= 0:
                starts.add(self._text.rfind("\0", 0, offset + 1) + 1)
                offset = self._text.find(part, self._text.find("\0", offset + 1))
        return [self._text[start : self._text.index("\0", start)] for start in sorted(starts)]
