"""Lay out the site of one language for zensical: the pages of docs/LANGUAGE, with the same anchors in both languages."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

SITE = Path(__file__).resolve().parent
DOCS = SITE.parent
# Blocks of code are found too, since a comment in one looks like a heading.
HEADING = re.compile(r"^ *```.*?^ *```$|^(?P<heading>##+ (?P<title>[^\n]+))$", re.MULTILINE | re.DOTALL)


def anchors(text: str) -> Iterator[str]:
    """Give the anchor of each heading of a page, as GitHub makes it: `## Use --fix` is use---fix."""
    seen: dict[str, int] = {}
    for found in HEADING.finditer(text):
        if found["heading"]:
            name = re.sub(r"[^\w -]", "", found["title"].lower()).replace(" ", "-")
            seen[name] = seen.get(name, -1) + 1
            yield f"{name}-{seen[name]}" if seen[name] else name


def anchored(text: str, twin: str) -> str:
    """Give each heading of a page the anchor of its English twin, so that switching the language keeps the place."""
    names = anchors(twin)
    return HEADING.sub(lambda found: f"{found[0]} {{ #{next(names)} }}" if found["heading"] else found[0], text)


def stage(language: str, folder: Path) -> None:
    """Copy what zensical builds the site of a language from: its settings, and the pages below pages/."""
    shutil.copytree(SITE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    pages = shutil.copytree(DOCS / language, folder / "pages")
    shutil.copytree(DOCS / "images", pages / "images")
    for name in ("extra.css", "extra.js"):
        shutil.move(folder / name, pages / name)
    for page in pages.glob("**/*.md"):
        twin = DOCS / "en" / page.relative_to(pages)
        text = anchored(page.read_text("utf-8"), twin.read_text("utf-8"))
        # Pictures lie beside the languages in the repository, below each in the site.
        page.write_text(text.replace("../images/", "images/"), "utf-8")


if __name__ == "__main__":
    stage(sys.argv[1], Path(sys.argv[2]))
