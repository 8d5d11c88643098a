"""Names and values from files, made fit to stand in a sentence on a terminal."""

from __future__ import annotations

LONGEST = 120


def show(value: object) -> str:
    """Return the value on one line: control characters and bytes that are not UTF-8 escaped, the middle cut out."""
    text = value if isinstance(value, str) else repr(value)
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}…{text[-LONGEST // 2 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
