"""The pages show the results that are kept."""

import json

import pytest
from conftest import HERE

from benchmarks.write_page import TEXTS, page


@pytest.mark.parametrize("language", TEXTS)
def test_the_page_is_not_stale(language):
    results = json.loads((HERE / "benchmarks/results.json").read_text("utf-8"))
    written = (HERE / "docs" / language / "benchmarks.md").read_text("utf-8")
    assert written == page(results, TEXTS[language]) + "\n", "run python benchmarks/write_page.py"
