"""`xihe-hooks rules`: lists and explains the rules."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence

from xihe_hooks.arguments import Parser
from xihe_hooks.commands.report import SEVERITIES
from xihe_hooks.language import Text, choose_language, fail, pad, say, show
from xihe_hooks.rules.registry import every, find
from xihe_hooks.rules.rule import Rule

KINDS = {"project": Text("项目仓库", "project"), "model": Text("模型仓库", "model")}
NO_RULE = Text("没有规则 {}：xihe-hooks rules 列出全部。", "There is no rule {}: xihe-hooks rules lists them.")


def main(argv: Sequence[str]) -> int:
    """List the rules, or explain those asked for. Returns 0, or 2 for misuse."""
    options = _parse(argv)
    language = choose_language(options.lang, None, os.environ)
    asked = {each: find(each) for each in options.id}
    if unknown := [each for each, rule in asked.items() if not rule]:
        return fail(Text(*(each.format(", ".join(map(show, unknown))) for each in NO_RULE)), language)
    rules = list(filter(None, asked.values())) or every()
    if options.format == "json":
        print(rules_as_json(rules))
    elif options.format == "markdown":
        print(*rules_as_markdown(rules, language), sep="\n")
    else:
        print(*rules_as_text(rules, language, explain=bool(asked)), sep="\n")
    return 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("xihe-hooks rules", Text("列出或解释规则。", "List or explain the rules."), argv)
    parser.add("id", about=Text("只解释这些规则，如 XC103", "explain only these, such as XC103"), nargs="*")
    parser.add_format("text", "json", "markdown")
    parser.add_language()
    return parser.parse_args(argv)


def rules_as_text(rules: Sequence[Rule], language: str, explain: bool = False) -> Iterator[str]:
    """Yield a line for each rule, and where it is explained its reason and remedy."""
    for rule in rules:
        severity, kinds = (
            say(SEVERITIES[rule.severity], language),
            "/".join(say(KINDS[each], language) for each in rule.kinds),
        )
        yield f"{rule.id}  {pad(severity, 7)}  {pad(kinds, 13 if language == 'en' else 17)}  {say(rule.title, language)}"
        if rule.was and explain:
            was = ", ".join(rule.was)
            yield "    " + say(Text(f"以前叫 {was}。", f"Earlier versions called it {was}."), language)
        if explain:
            yield f"    {say(rule.why, language)}"
            yield f"    {say(rule.remedy, language)}"


def rules_as_json(rules: Sequence[Rule]) -> str:
    """Return a JSON list with an object for each rule, in both languages, in ASCII."""
    rows = [
        {
            "rule": rule.id,
            "severity": rule.severity,
            "kinds": list(rule.kinds),
            "was": list(rule.was),
            "url": {language: f"docs/{language}/{rule.url}" for language in Text._fields},
            **{name: getattr(rule, name)._asdict() for name in ("title", "why", "remedy")},
        }
        for rule in rules
    ]
    return json.dumps(rows, indent=2)


def rules_as_markdown(rules: Sequence[Rule], language: str) -> Iterator[str]:
    """Yield the rule reference of the documentation, a section for each rule."""
    title = Text("规则", "Rules")
    about = Text(
        "`xihe-hooks check` 按这些规则检查仓库。本页由 `nox -s docs` 从规则生成。",
        "What `xihe-hooks check` looks for. This page is generated from the rules by `nox -s docs`.",
    )
    yield f"# {say(title, language)}\n\n{say(about, language)}\n"
    for rule in rules:
        where = say(Text("、", ", "), language).join(say(KINDS[kind], language) for kind in rule.kinds)
        yield f"## {rule.id}"
        yield f"\n**{say(rule.title, language)}** ({where}; {say(SEVERITIES[rule.severity], language)})"
        if rule.was:
            was = ", ".join(rule.was)
            yield "\n" + say(Text(f"以前叫 {was}。", f"Earlier versions called it {was}."), language)
        yield f"\n{say(rule.why, language)}"
        yield f"\n{say(rule.remedy, language)}\n"
