"""What a terminal shows: how many columns a text takes, where its lines are broken, and in which colours."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, groupby
from typing import NamedTuple, TextIO

STYLES = {"bold": "1", "dim": "2", "red": "1;31", "yellow": "1;33", "cyan": "36"}
NARROWEST = 20  # columns; in fewer nothing is broken
WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
)
OPENING, CLOSING = "（《「『【“‘", "，。；：、）》」』】”’！？…"
# A command stays on one line to the end of its sentence, so that it can be copied.
COMMAND = (
    r"(?:git (?:add|clone|commit|config|fetch|gc|init|lfs|mv|push|reset|rm|status|switch|tag|update-ref) "
    r"|xihe-hooks [a-z]|nox -s |mkdir |pip install ).*"
)
PIECES = f"(?s){COMMAND}|[{OPENING}]*(?:[{WIDE}]|[^\\s{WIDE}]+)[{CLOSING}]*|\\s+"

Span = tuple[str, str]  # a text and its style, "" for none


class Screen(NamedTuple):
    """Where something is printed: its width in columns, None where no line is broken, and whether in colour."""

    width: int | None = None
    colour: bool = False

    @classmethod
    def of(cls, stream: TextIO, environment: Mapping[str, str]) -> Screen:
        """Return what a stream is: lines are broken on a terminal alone; NO_COLOR and FORCE_COLOR settle the colour."""
        terminal = stream.isatty()
        colour = terminal and environment.get("TERM") != "dumb"
        if environment.get("FORCE_COLOR"):
            colour = True
        if environment.get("NO_COLOR"):
            colour = False
        return cls(shutil.get_terminal_size().columns if terminal else None, colour)

    def paint(self, text: str, style: str) -> str:
        """Return the text in a style, a key of STYLES."""
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.colour and style and text.strip() else text

    def lines(self, spans: Iterable[Span], indent: str = "", hanging: str | None = None) -> Iterator[str]:
        """Yield the lines that the spans fill, the first after one indent, the others after another."""
        hanging = indent if hanging is None else hanging
        line: list[Span] = [(indent, "")]
        used = columns(indent)
        for text, style in spans:
            for piece in re.findall(PIECES, text):
                size = columns(piece)
                if self._is_full(used + size, len(line)) and not piece.isspace():
                    yield self._painted(line)
                    line, used = [(hanging, "")], columns(hanging)
                line.append((piece, style))
                used += size
        yield self._painted(line)

    def _is_full(self, used: int, pieces: int) -> bool:
        return self.width is not None and self.width >= NARROWEST and used > self.width and pieces > 1

    def _painted(self, line: list[Span]) -> str:
        while len(line) > 1 and line[-1][0].isspace():
            line.pop()
        parts = groupby(line, key=lambda span: span[1])
        return "".join(self.paint("".join(text for text, _ in part), style) for style, part in parts)


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for a Chinese character, none for a combining mark."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def excerpt(line: str, column: int, room: int) -> tuple[str, str]:
    """Return what to show of a source line in so many columns, and what to put below it: a caret at the column, from 1.

    Of a long line the part around the column is shown.
    """
    before = min(column - 1, len(line))
    if columns(line) <= room:
        return line, " " * columns(line[:before]) + "^"
    start = max(0, before - room // 3) if columns(line[:before]) > room * 2 // 3 else 0
    head = "…" if start else ""
    part = line[start : start + room]
    caret = " " * columns(head + line[start:before]) + "^"
    if columns(head + part) <= room and start + room >= len(line):
        return head + part, caret
    ends = accumulate(map(_width, part), initial=len(head))
    return head + part[: sum(end < room for end in ends) - 1] + "…", caret
