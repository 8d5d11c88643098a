"""Objects by their names: one git answers about many, and Python goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from xihe_hooks.git.errors import missing
from xihe_hooks.git.process import Running, result_of


class Info(NamedTuple):
    """Type ("blob", "tree", "commit", "tag", or "missing") and size in bytes of an object."""

    type: str
    size: int


class Contents(Mapping[str, bytes]):
    """The contents of objects, by their names, each asked for once. GitError where one that is missing comes up."""

    def __init__(self, oids: Sequence[str], answers: Sequence[Running], where: str) -> None:
        self._oids = oids
        self._answers = answers
        self._where = where
        self._read: dict[str, bytes] = {}
        self._offset = 0

    def __getitem__(self, oid: str) -> bytes:
        while oid not in self._read:
            if len(self._read) == len(self._oids):
                raise KeyError(oid)
            self._read_next()
        return self._read[oid]

    def __iter__(self) -> Iterator[str]:
        return iter(self._oids)

    def __len__(self) -> int:
        return len(self._oids)

    def contains(self, mark: bytes) -> bool:
        """Whether the mark is in one of them, or one is missing."""
        return mark in self._data or b" missing\n" in self._data

    @cached_property
    def _data(self) -> bytes:
        return b"".join([result_of(answer, self._where) for answer in self._answers])

    def _read_next(self) -> None:
        oid = self._oids[len(self._read)]
        end = self._data.index(b"\n", self._offset)
        fields = self._data[self._offset : end].split()
        if fields[-1] == b"missing":
            raise missing(self._where, oid)
        start, size = end + 1, int(fields[-1])
        self._read[oid] = self._data[start : start + size]
        self._offset = start + size + 1


def parts(oids: Sequence[str]) -> list[bytes]:
    """What to ask several gits about many objects: one reads them one after another, beside a Python that goes on."""
    count = max(1, min((os.cpu_count() or 1) - 1, 4, len(oids) // 1000 + 1))
    step = len(oids) // count + 1
    return ["\n".join([*oids[start : start + step], ""]).encode() for start in range(0, len(oids), step)]
