"""Every text that users see says one thing with one term, as docs/terms.md lists them."""

import ast
import functools
import json
import re
from collections.abc import Iterator

import pytest
import yaml
from helpers import HERE

CHINESE = "[\u4e00-\u9fff]"
HALF_WIDTH = re.compile(rf"{CHINESE}[,:;()?!]|[,:;()?!]{CHINESE}")
CODE = re.compile(r"^( *)```.*?^\1```|`[^`\n]+`|<!--.*?-->|\]\([^)\n]*\)|<[^>\n]+>", re.MULTILINE | re.DOTALL)
MARKDOWN = ("README*.md", "docs/en/**/*.md", "docs/zh/**/*.md")
TEMPLATES = ("template/**/*.jinja", "demos/**/*.jinja", "stacks/*/requirements.in")
DATA = ("docs/texts.yml", "hooks/xihe_hooks/packages.yml", "demos/*/demo.json", "stacks/*/stack.json", "copier.yml")


class Loader(yaml.SafeLoader):
    """Reads copier's !include as nothing: what it includes is searched itself."""


Loader.add_constructor("!include", lambda loader, node: None)


def terms():
    """Yield what terms.md bans: the pattern, and the term to use instead."""
    for row in re.findall(r"^\| (.*) \|$", (HERE / "docs/terms.md").read_text("utf-8"), re.MULTILINE)[1:]:
        _, english, chinese, *banned, _ = re.split(r" *(?<!\\)\| *", row)
        for term, cell in zip((english, chinese), banned, strict=True):
            for pattern in re.findall("`([^`]+)`", cell):
                pattern = pattern.replace("\\|", "|")
                yield re.compile(rf"(?i:\b(?:{pattern})\b)" if pattern.isascii() else pattern), term


def faults(name: str, line: int, text: str) -> Iterator[str]:
    """Yield what is wrong in a text that begins in this line of a file: the place, the word, and what to use."""
    for pattern, term in TERMS:
        for found in pattern.finditer(text):
            yield f"{name}:{line + text[: found.start()].count(chr(10))}: {found[0]!r}, use {term!r}"
    for found in HALF_WIDTH.finditer(text):
        yield f"{name}:{line + text[: found.start()].count(chr(10))}: {found[0]!r}, use the full-width form"


def without_code(text: str) -> str:
    """Return Markdown with its code, links and comments blanked, line by line."""
    return CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def strings(value: object) -> Iterator[str]:
    """Yield every text of a file of data, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of what Python says in two languages: calls and tuples that begin in Chinese."""
    for node in ast.walk(ast.parse(source)):
        parts = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
        said = [(part.lineno, literal(part)) for part in parts]
        if any(re.search(CHINESE, text) for _, text in said):
            yield from said


def literal(node: ast.expr) -> str:
    """Return the text of a string, with "{}" where a value is put in; "" of anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(part) or "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@functools.lru_cache
def texts() -> list[tuple[str, int, str]]:
    """Return each text that users see, with its file and line."""
    return [*pages(), *data(), *messages()]


def pages() -> Iterator[tuple[str, int, str]]:
    for pattern in (*MARKDOWN, *TEMPLATES):
        for path in sorted(HERE.glob(pattern)):
            yield path.relative_to(HERE).as_posix(), 1, without_code(path.read_text("utf-8"))


def data() -> Iterator[tuple[str, int, str]]:
    for path in sorted(path for pattern in DATA for path in HERE.glob(pattern)):
        content = path.read_text("utf-8")
        loaded = json.loads(content) if path.suffix == ".json" else yaml.load(content, Loader)
        for text in strings(loaded):
            line = content[: max(content.find(text[:20]), 0)].count("\n") + 1
            yield path.relative_to(HERE).as_posix(), line, text


def messages() -> Iterator[tuple[str, int, str]]:
    for path in sorted((HERE / "hooks").rglob("*.py")):
        for line, text in sentences(path.read_text("utf-8")):
            yield path.relative_to(HERE).as_posix(), line, text


TERMS = list(terms())


def test_everything_uses_the_terms():
    assert [fault for name, line, text in texts() for fault in faults(name, line, text)] == []


def test_everything_is_searched():
    searched = {name for name, _, _ in texts()}
    assert {"README.zh-CN.md", "docs/zh/rules.md", "docs/en/commands.md", "docs/texts.yml", "copier.yml"} <= searched
    assert {"hooks/xihe_hooks/rules/config.py", "demos/digits/app.py.jinja", "stacks/image/stack.json"} <= searched


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Name it.\nThe boot file is app.py.", "page.md:2: 'boot file', use 'entry point'"),
        ("先算出全部版本。", "page.md:1: '算出', use '解析'"),
        ("`/` 答 200。", "page.md:1: '答 200', use '返回'"),
        ("请运行它(一次)。", "page.md:1: '它(', use the full-width form"),
        ("The page answers 200.", "page.md:1: 'answers 200', use 'returns'"),
    ],
)
def test_a_banned_word_is_found(text, told):
    assert told in list(faults("page.md", 1, without_code(text)))


def test_what_is_meant_otherwise_is_left_alone():
    text = "先升级 pip，再解析版本。`boot file`\n\n```text\n算出\n```\n[版本](page.md)（一次）。"
    assert list(faults("page.md", 1, without_code(text))) == []


def test_the_sentences_of_a_program_are_read():
    source = 'fail(Text(f"没有{name}(一次)", f"There is no {name}"))\nzh, en = "仅安装", "Only"\nlog("no text")\n'
    assert sorted(sentences(source)) == [
        (1, "There is no {}"),
        (1, "没有{}(一次)"),
        (2, "Only"),
        (2, "仅安装"),
    ]
