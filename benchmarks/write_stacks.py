"""Show what `nox -s smoke exact` measured; with --keep write it to stacks.json and docs/{zh,en}/stacks.md."""

import argparse
import json
import re
from pathlib import Path

from benchmarks.write_page import table

HERE = Path(__file__).parent
KEPT = HERE / "stacks.json"
PAGES = {language: HERE.parent / "docs" / language / "stacks.md" for language in ("zh", "en")}
HEADS = {
    "zh": ["组合", "Python", "安装工具", "安装（秒）", "启动（秒）", "识别正确"],
    "en": ["stack", "Python", "installer", "install (s)", "start (s)", "recognised correctly"],
}
OF = {"zh": "{right} / {digits}", "en": "{right} of {digits}"}
PLACE = re.compile(r"(?<=<!-- nox -s smoke -->\n\n).*?(?=\n\n<!-- end -->)", re.DOTALL)


def order(row):
    """Sort key: the stacks as the question offers them, then the exact pins."""
    description = HERE.parent / "stacks" / row["stack"] / "stack.json"
    place = json.loads(description.read_text(encoding="utf-8"))["order"] if description.exists() else 99
    return place, int(row["python"].split(".")[1]), row["installer"] == "pip"


def merge(kept, measured):
    """Return the rows, new ones in place of those of the same stack, Python and installer."""
    rows = {(row["stack"], row["python"], row["installer"]): row for row in [*kept, *measured]}
    return sorted(rows.values(), key=order)


def cells(rows, language):
    """Return the cells of the table."""
    return [
        [
            row["stack"],
            row["python"],
            row["installer"],
            f"{row['install']:.0f}",
            f"{row['start']:.1f}",
            OF[language].format(**row),
        ]
        for row in rows
    ]


def page(text, rows, language):
    """Return the text of the page with its table made anew."""
    shown = [[f"`{stack}`", *others] for stack, *others in cells(rows, language)]
    return PLACE.sub(table(HEADS[language], shown), text)


def main():
    from rich.console import Console  # here, so that the test of the pages can do without it
    from rich.table import Table

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measured", type=Path, help="JSON list of what was measured")
    parser.add_argument("--keep", action="store_true", help="write the results and the pages")
    options = parser.parse_args()
    measured = json.loads(options.measured.read_text(encoding="utf-8"))
    shown = Table(*HEADS["en"])
    for row in cells(merge([], measured), "en"):
        shown.add_row(*row)
    Console().print(shown)
    if options.keep:
        rows = merge(json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else [], measured)
        KEPT.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
        for language, path in PAGES.items():
            path.write_text(page(path.read_text(encoding="utf-8"), rows, language), encoding="utf-8")


if __name__ == "__main__":
    main()
