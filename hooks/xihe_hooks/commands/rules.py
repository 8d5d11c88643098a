"""`xihe-hooks rules`: lists and explains the rules."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from xihe_hooks.arguments import Parser
from xihe_hooks.commands.page import FAMILIES, KINDS, index_as_markdown, page_as_markdown, page_as_text
from xihe_hooks.commands.report import SEVERITIES
from xihe_hooks.language import Text, choose_language, fail, pad, say, show
from xihe_hooks.readers.example import clean
from xihe_hooks.rules.registry import every, find
from xihe_hooks.rules.rule import Rule, likely_name
from xihe_hooks.terminal import Screen


def main(argv: Sequence[str]) -> int:
    """List the rules, or explain those asked for. Returns 0, or 2 for misuse."""
    options = _parse(argv)
    language = choose_language(options.lang, None, os.environ)
    asked = {each: find(each) for each in options.id}
    if unknown := [each for each, rule in asked.items() if not rule]:
        return fail(_no_rule(unknown), language)
    rules = list(filter(None, asked.values())) or every()
    if options.format == "json":
        print(rules_as_json(rules))
    elif options.format == "markdown":
        print(*rules_as_markdown(rules, language), sep="\n")
    elif asked:
        print(*pages_as_text(rules, language, Screen.of(sys.stdout, os.environ)), sep="\n")
    else:
        print(*rules_as_text(rules, language), sep="\n")
    return 0


def _no_rule(unknown: Sequence[str]) -> Text:
    """Say which names no rule has, and what was likely meant by the first that is like one."""
    names = ", ".join(map(show, unknown))
    likely = next(filter(None, (likely_name(each, every()) for each in unknown)), None)
    if likely:
        return Text(f"没有规则 {names}；是不是 {likely}？", f"There is no rule {names}; did you mean {likely}?")
    return Text(
        f"没有规则 {names}；xihe-hooks rules 会列出全部规则。",
        f"There is no rule {names}; xihe-hooks rules lists them all.",
    )


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("xihe-hooks rules", Text("列出或解释规则。", "List or explain the rules."), argv)
    about = Text("只解释这些规则，写编号或名称，如 XC103", "explain only these, by id or name, such as XC103")
    parser.add("id", about=about, nargs="*")
    parser.add_format("text", "json", "markdown")
    parser.add_language()
    return parser.parse_args(argv)


def rules_as_text(rules: Sequence[Rule], language: str) -> Iterator[str]:
    """Yield a line for each rule."""
    for rule in rules:
        severity = say(SEVERITIES[rule.severity], language)
        kinds = "/".join(say(KINDS[each], language) for each in rule.kinds)
        yield f"{rule.id}  {pad(severity, 7)}  {pad(kinds, 13 if language == 'en' else 17)}  {say(rule.title, language)}"


def pages_as_text(rules: Sequence[Rule], language: str, screen: Screen) -> Iterator[str]:
    """Yield the pages of the rules, one after another."""
    for number, rule in enumerate(rules):
        yield from ["", ""] if number else []
        yield from page_as_text(rule, language, screen)


def rules_as_json(rules: Sequence[Rule]) -> str:
    """Return a JSON list with an object for each rule, in both languages, in ASCII."""
    rows = [
        {
            "rule": rule.id,
            "slug": rule.slug,
            "severity": rule.severity,
            "kinds": list(rule.kinds),
            "since": rule.since,
            "was": list(rule.was),
            **{name: getattr(rule, name)._asdict() for name in ("title", "why", "remedy")},
            **{name: does and does._asdict() for name, does in (("fix", rule.fix), ("unsafe_fix", rule.unsafe_fix))},
            "sources": list(rule.sources),
            "bad": clean(rule.bad),
            "good": clean(rule.good),
        }
        for rule in rules
    ]
    return json.dumps(rows, indent=2)


def rules_as_markdown(rules: Sequence[Rule], language: str) -> Iterator[str]:
    """Yield the rule reference of the documentation: an index by family, and a section for each rule.

    The headings are HTML, since Markdown has no anchor that GitHub and the site both understand.
    """
    title = Text("规则", "Rules")
    about = Text(
        "`xihe-hooks check` 按这些规则检查仓库。`xihe-hooks rules XC103` 在终端显示一条规则；凡写规则编号的地方，也可以写它的名称，如 "
        "`config-missing-model-path`。本页由 `nox -s docs` 从规则生成。",
        "`xihe-hooks check` checks repositories against these rules. `xihe-hooks rules XC103` shows one rule in the "
        "terminal. Wherever you can write the id of a rule, you can also write its name, such as "
        "`config-missing-model-path`. This page is generated from the rules by `nox -s docs`.",
    )
    families = [(key, list(some)) for key, some in groupby(rules, key=lambda rule: rule.id[:2])]
    yield f"# {say(title, language)}\n\n{say(about, language)}"
    for key, some in families:
        yield f"\n**{say(FAMILIES[key], language)}**\n"
        yield from index_as_markdown(some, language)
    for key, some in families:
        yield f'\n<h2 id="{key.lower()}" markdown>{say(FAMILIES[key], language)}</h2>'
        for rule in some:
            colon = say(Text("：", ": "), language)
            yield f'\n<h3 id="{rule.id.lower()}" markdown>{rule.id}{colon}{say(rule.title, language)}</h3>\n'
            yield from page_as_markdown(rule, language)
