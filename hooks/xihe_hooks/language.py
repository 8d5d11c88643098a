"""The two languages: what is said, in which of them, and how what comes from outside is shown in a sentence."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from xihe_hooks.terminal import columns

MISUSE = 2  # exit code; 1 is for what was found
INTERRUPTED = 130  # exit code, as a shell tells it
LONGEST = 120


class Text(NamedTuple):
    """One sentence or paragraph in Chinese and in English. Both say the same; neither is empty."""

    zh: str
    en: str


def choose_language(asked: str | None, answered: str | None, environment: Mapping[str, str]) -> str:
    """Return "zh" or "en": as asked, else XIHE_HOOKS_LANG, else what the template was answered, else the locale's."""
    for candidate in (asked, environment.get("XIHE_HOOKS_LANG"), answered):
        if candidate in ("zh", "en"):
            return candidate
    locale = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return "zh" if locale.startswith("zh") else "en"


def say(text: Text, language: str) -> str:
    """Return the text in one language, each of its lines as a terminal may be given it."""
    return "\n".join(printable(line) for line in (text.zh if language == "zh" else text.en).split("\n"))


def fail(text: Text, language: str, code: int = MISUSE) -> int:
    """Print the sentence that ends a command on standard error, and return its exit code."""
    sentence = without_credentials(text.zh if language == "zh" else text.en)
    print(f"xihe-hooks: {printable(sentence)}", file=sys.stderr)
    return code


def printable(line: str) -> str:
    """Return one line with all escaped that a terminal obeys rather than shows, line ends among it.

    Whatever is printed and may hold a name or a value from outside goes through here; JSON alone is exact.
    """
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def without_credentials(text: str) -> str:
    """Return the text with the user and the password taken out of each address in it."""
    return re.sub(r"([A-Za-z][A-Za-z0-9+.-]{0,20}:/{1,3})[^\s/?#]{0,2000}@", r"\1", text)


def pad(text: str, width: int) -> str:
    """Return the text with blanks after it up to so many columns of a terminal."""
    return text + " " * (width - columns(text))


def show(value: object) -> str:
    """Return the value on one line for a sentence: escaped, without credentials in addresses, the middle cut out."""
    text = without_credentials(value if isinstance(value, str) else _written(value))
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}…{text[-LONGEST // 2 :]}"
    return printable(text)


def _written(value: object) -> str:
    try:
        return repr(value)
    except ValueError:  # more digits than Python writes
        return hex(value) if isinstance(value, int) else type(value).__name__


def to_run(*commands: Sequence[str], otherwise: Text) -> Text:
    """Return the request to run these commands one after another, their words quoted for a shell.

    What a terminal does not show as it is cannot be pasted either: where a word is such a name, it is `otherwise`, which
    says in words what to do.
    """
    line = " && ".join(shlex.join(words) for words in commands)
    return Text(f"请运行 {line}", f"Run {line}") if line.isprintable() else otherwise


def paths(*names: str) -> tuple[str, ...]:
    """Return names as arguments of a command: behind "--" where one would be taken for an option."""
    return ("--", *names) if any(name.startswith("-") for name in names) else names
