"""The pages are fresh, show the real files, exist in both languages, and link to what exists."""

import re

import pytest
import yaml
from helpers import HERE, render
from xihe_hooks.cli import COMMANDS

from docs.generate import (
    COMPILED,
    LANGUAGES,
    PACKAGE,
    SCHEMA,
    addressed,
    broken_links,
    compiled,
    config_schema,
    filled,
    generated,
    published_address,
    twins_apart,
    written,
)

DOCS = HERE / "docs"
SHAPE = re.compile(r"^ *(#+ |```\w*|\||!!!|<!-- from .*|- |\d+\. )|(\]\([^)]*\))", re.MULTILINE)


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture(scope="module")
def rendered(template, tmp_path_factory, language):
    return render(template, tmp_path_factory.mktemp("rendered") / language, language=language)


def test_generated_pages_are_fresh(rendered, language):
    for name, text in generated(language, rendered).items():
        assert (DOCS / language / name).read_text("utf-8") == text, f"{name}: run nox -s docs"


def test_the_schema_is_fresh():
    assert SCHEMA.read_text("utf-8") == config_schema(), "run nox -s docs"


@pytest.mark.parametrize("name", COMPILED)
def test_the_hooks_read_what_the_yaml_says(name):
    assert (PACKAGE / f"{name}.json").read_text("utf-8") == compiled(name), "run nox -s docs"


def test_blocks_show_the_real_files(rendered, language):
    pages = [page for page in (DOCS / language).rglob("*.md") if "<!-- from" in page.read_text("utf-8")]
    assert pages
    for page in pages:
        text = page.read_text("utf-8")
        assert filled(text, rendered) == text, f"{page.name}: run nox -s docs"


def test_a_block_is_filled_and_refilled(tmp_path):
    (tmp_path / "app.py").write_text("import os\n\n\n@wrap\ndef first():\n    pass\n\n\nsecond = 2\n")
    once = filled("a\n\n  <!-- from app.py second first -->\n\nb\n", tmp_path)
    assert '  ```python title="app.py"\n  second = 2\n\n\n  @wrap\n  def first():\n      pass\n  ```\n\nb\n' in once
    (tmp_path / "app.py").write_text("def first():\n    return 1\n\n\nsecond = 3\n")
    assert "second = 3" in filled(once, tmp_path) and "wrap" not in filled(once, tmp_path)


def test_commands_name_the_template(language):
    for page in written(language):
        text = page.read_text("utf-8")
        assert addressed(text, language, published_address()) == text, f"{page.name}: run nox -s docs"


def test_publishing_the_template_changes_every_command(language):
    address = "https://example.com/somebody/copier-xihe"
    before = "".join(addressed(page.read_text("utf-8"), language, None) for page in written(language))
    after = addressed(before, language, address)
    assert "~/copier-xihe" in before and "~/copier-xihe" not in after
    assert f"copier copy git+{address} my-demo" in after and f" - repo: {address}\n" in after
    assert addressed(after, language, None) == before


def test_every_page_has_its_twin():
    assert twins_apart() == []


def test_twins_have_the_same_shape():
    """The same headings, blocks, tables, lists and links in the same order, but for pictures of either language."""
    for page in (DOCS / "zh").rglob("*.md"):
        twin = DOCS / "en" / page.relative_to(DOCS / "zh")
        shapes = [
            [found[0] for found in SHAPE.finditer(re.sub(r"images/[^)]+|zh-cn|en-us", "", each.read_text("utf-8")))]
            for each in (page, twin)
        ]
        assert shapes[0] == shapes[1], page.name


def test_what_a_page_tells_to_type_exists(template, tmp_path):
    render(template, tmp_path)
    noxfiles = [HERE / "noxfile.py", *(tmp_path / name / "noxfile.py" for name in ("digits", "digits-model"))]
    sessions = {name for each in noxfiles for name in re.findall(r"(?m)^def (\w+)\(session", each.read_text("utf-8"))}
    pages = [*DOCS.rglob("*.md"), *HERE.glob("*.md"), *(HERE / "template").rglob("*.jinja")]
    typed = {(page.name, name) for page in pages for name in re.findall(r"nox -s (\w+)", page.read_text("utf-8"))}
    assert {(page, name) for page, name in typed if name not in sessions} == set()
    typed = {
        (page.name, name) for page in pages for name in re.findall(r"`xihe-hooks ([\w-]+)", page.read_text("utf-8"))
    }
    assert {(page, name) for page, name in typed if name not in COMMANDS} == set()


def test_links_lead_somewhere():
    assert broken_links() == []


def test_the_site_shows_every_page_in_the_same_order():
    navigations = [yaml.safe_load((DOCS / "site" / f"{each}.yml").read_text("utf-8"))["nav"] for each in LANGUAGES]
    pages = [re.findall(r"[\w/-]+\.md", str(each)) for each in navigations]
    assert pages[0] == pages[1]
    assert sorted(pages[0]) == sorted(str(page.relative_to(DOCS / "zh")) for page in (DOCS / "zh").rglob("*.md"))
