"""The two languages: what is said, in which of them, and how what comes from outside is shown in a sentence."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import NamedTuple, NoReturn

MISUSE = 2  # exit code; 1 is for what was found
LONGEST = 120


class Text(NamedTuple):
    """One sentence or paragraph in Chinese and in English. Both say the same; neither is empty."""

    zh: str
    en: str


def choose_language(asked: str | None, answers: bytes | None, environment: Mapping[str, str]) -> str:
    """Return "zh" or "en": as asked, else XIHE_HOOKS_LANG, else what the template was answered, else the locale's."""
    for candidate in (asked, environment.get("XIHE_HOOKS_LANG"), _answered(answers)):
        if candidate in ("zh", "en"):
            return candidate
    locale = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return "zh" if locale.startswith("zh") else "en"


def _answered(answers: bytes | None) -> str | None:
    from xihe_hooks.readers.answers import parse

    return parse(answers or b"").get("language")


def say(text: Text, language: str) -> str:
    """Return the text in one language."""
    return text.zh if language == "zh" else text.en


def fail(text: Text, language: str, code: int = MISUSE) -> int:
    """Print the sentence that ends a command on standard error, and return its exit code."""
    print(f"xihe-hooks: {say(text, language)}", file=sys.stderr)
    return code


def show(value: object) -> str:
    """Return the value on one line: control characters and bytes that are not UTF-8 escaped, the middle cut out."""
    text = value if isinstance(value, str) else repr(value)
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}…{text[-LONGEST // 2 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence and exit with 2."""
        self.exit(MISUSE, f"{self.prog}: {message}. --help\n")
