"""The page of a rule, as a terminal shows it and as the documentation and code scanning do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from xihe_hooks.commands.report import SEVERITIES
from xihe_hooks.data import packages, platform
from xihe_hooks.language import Text, say
from xihe_hooks.readers.example import clean, read_example
from xihe_hooks.rules.rule import Rule
from xihe_hooks.terminal import Screen

PLAIN = Screen()
KINDS = {"project": Text("项目仓库", "project"), "model": Text("模型仓库", "model")}
FAMILIES = {
    "XA": Text("应用", "The app"),
    "XC": Text("config.json", "config.json"),
    "XG": Text("git", "git"),
    "XI": Text("忽略", "Ignoring"),
    "XL": Text("文件和文件夹", "Files and folders"),
    "XM": Text("模型仓库", "The model repository"),
    "XP": Text("推送", "A push"),
    "XR": Text("requirements.txt", "requirements.txt"),
    "XS": Text("密钥", "Secrets"),
}
FIX = Text("安全修复（`check --fix`）：", "Safe fix (`check --fix`): ")
UNSAFE_FIX = Text(
    "可能不正确的修复（`check --fix --unsafe-fixes`，请先用 `--diff` 查看）：",
    "Unsafe fix (`check --fix --unsafe-fixes`; review it with `--diff` first): ",
)
EXAMPLES = {"bad": Text("错误示例", "Wrong"), "good": Text("正确示例", "Right")}
SOURCES = Text("依据", "Sources")
REPOSITORIES = {  # by the words that platform.yml has for them
    "server": "opensourceways/xihe-server",
    "inference": "xihe-inference-evaluate",
    "website": "mindspore-ai/Xihe-website",
    "docs": "mindspore-ai/Xihe-docs",
}
LANGUAGES = {"py": "python", "json": "json", "yml": "yaml"}


def page_as_text(rule: Rule, language: str, screen: Screen = PLAIN) -> Iterator[str]:
    """Yield the lines of a rule's page for a terminal."""
    yield from screen.lines([(rule.id, "cyan"), (" ", ""), (rule.slug, "dim")])
    yield from screen.lines([(say(rule.title, language), "bold")])
    for text in _paragraphs(rule, language):
        yield ""
        words = re.findall(r"\S+\s*", text.replace("`", ""))  # a command may be broken here, since it is an example
        yield from screen.lines([(word, "") for word in words])
    for name, example in (("bad", rule.bad), ("good", rule.good)):
        yield ""
        yield screen.paint(say(EXAMPLES[name], language), "bold")
        yield from (f"    {line}".rstrip() for line in clean(example).split("\n"))
    if sources := _sources(rule):
        yield ""
        yield screen.paint(say(SOURCES, language), "bold")
        for each in sources:
            yield from screen.lines([(each, "")], "    ", "      ")


def page_as_markdown(rule: Rule, language: str) -> Iterator[str]:
    """Yield the lines of a rule's page in Markdown, below whatever heading it has."""
    yield f"`{rule.slug}`"
    for text in _paragraphs(rule, language):
        yield "\n" + re.sub(r"(?<!`)[*<\[]|__", _escaped, text)
    for name, example in (("bad", rule.bad), ("good", rule.good)):
        yield f"\n**{say(EXAMPLES[name], language)}**\n"
        yield "\n\n".join(_blocks(example))
    if sources := _sources(rule):
        yield f"\n{say(SOURCES, language)}{say(Text('：', ':'), language)}\n"
        yield from (f"- {each}" for each in sources)


def index_as_markdown(rules: Sequence[Rule], language: str) -> Iterator[str]:
    """Yield a table of the rules: id, title, severity, and which option mends it."""
    head = [Text("规则", "Rule"), Text("要求", "Title"), Text("级别", "Severity"), Text("修复", "Fix")]
    rows = [[say(each, language) for each in head], ["---"] * len(head)]
    for rule in rules:
        fix = "`--fix`" if rule.fix else "`--unsafe-fixes`" if rule.unsafe_fix else ""
        link = f"[{rule.id}](#{rule.id.lower()})"
        rows.append([link, say(rule.title, language), say(SEVERITIES[rule.severity], language), fix])
    yield from ("| " + " | ".join(row) + " |" for row in rows)


def _paragraphs(rule: Rule, language: str) -> Iterator[str]:
    kinds, severity = [say(KINDS[each], language) for each in rule.kinds], say(SEVERITIES[rule.severity], language)
    about = Text(
        f"{'、'.join(kinds)}；{severity}；自 {rule.since} 版起。",
        f"{' and '.join(kinds).capitalize()}; {severity}; since version {rule.since}.",
    )
    if rule.was:
        was = ", ".join(rule.was)
        about = Text(f"{about.zh}以前叫 {was}。", f"{about.en} Earlier versions called it {was}.")
    yield say(about, language)
    yield say(rule.why, language)
    yield say(rule.remedy, language)
    if rule.fix:
        yield say(FIX, language) + say(rule.fix, language)
    if rule.unsafe_fix:
        yield say(UNSAFE_FIX, language) + say(rule.unsafe_fix, language)


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"\\{each}" for each in found[0])


def _sources(rule: Rule) -> list[str]:
    return [_source(*name.partition(".")[::2]) for name in rule.sources]


def _source(section: str, entry: str) -> str:
    facts = packages() if section == "packages" else platform()[section]
    facts = facts[entry] if entry else facts
    whole = re.sub(
        rf"(?:(?<=^)|(?<=; ))({'|'.join(REPOSITORIES)})\b", lambda found: REPOSITORIES[found[1]], facts["source"]
    )
    version = f"{entry}, " if section == "eras" else ""
    return f"{version}{facts['date']}: {whole}"


def _blocks(example: str) -> Iterator[str]:
    """Yield a fenced block for each file with a content, and one for the paths and commands between them."""
    for has_content, parts in groupby(read_example(example), key=lambda part: bool(part.content)):
        if has_content:
            for line, content in parts:
                highlighted = LANGUAGES.get(line.rpartition(".")[2], "text")
                yield f'```{highlighted} title="{line}"\n{content}```'
        else:
            yield "\n".join(["```text", *(part.line for part in parts), "```"])
