"""The pages show the results that are kept."""

import json

import pytest
from helpers import HERE, STACKS

from benchmarks import write_stacks
from benchmarks.write_page import TEXTS, page


@pytest.mark.parametrize("language", TEXTS)
def test_the_page_is_not_stale(language):
    results = json.loads((HERE / "benchmarks/results.json").read_text("utf-8"))
    written = (HERE / "docs" / language / "benchmarks.md").read_text("utf-8")
    assert written == page(results, TEXTS[language]) + "\n", "run python benchmarks/write_page.py"


@pytest.mark.parametrize("language", write_stacks.PAGES)
def test_the_table_of_the_stacks_is_not_stale(language):
    rows = json.loads(write_stacks.KEPT.read_text("utf-8"))
    written = write_stacks.PAGES[language].read_text("utf-8")
    assert written == write_stacks.page(written, rows, language), "run nox -s smoke exact -- --keep"
    for row in rows:
        assert f"| `{row['stack']}` | {row['python']} | {row['installer']} |" in written


def test_every_stack_was_tried_on_every_python_and_by_both_installers():
    rows = {(row["stack"], row["python"], row["installer"]) for row in json.loads(write_stacks.KEPT.read_text("utf-8"))}
    tried = {
        (stack, python, by) for stack, facts in STACKS.items() for python in facts["python"] for by in ("uv", "pip")
    }
    assert rows == tried | {("exact", "3.9", "uv")}
