"""`xihe-hooks rules`: lists and explains the rules."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence

from xihe_hooks.language import Parser, Text, choose_language, fail, say, show
from xihe_hooks.rules.registry import every, find
from xihe_hooks.rules.rule import Rule

NO_RULE = Text("没有规则 {}：xihe-hooks rules 列出全部。", "There is no rule {}: xihe-hooks rules lists them.")


def main(argv: Sequence[str]) -> int:
    """List the rules, or explain those asked for. Returns 0, or 2 for misuse."""
    options = _parse(argv)
    asked = {each: find(each) for each in options.id}
    if unknown := [each for each, rule in asked.items() if not rule]:
        return fail(Text(*(each.format(", ".join(map(show, unknown))) for each in NO_RULE)), options.lang)
    rules = list(filter(None, asked.values())) or every()
    if options.format == "json":
        print(rules_as_json(rules))
    elif options.format == "markdown":
        print(*rules_as_markdown(rules, options.lang), sep="\n")
    else:
        print(*rules_as_text(rules, options.lang, explain=bool(asked)), sep="\n")
    return 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    language = choose_language(None, None, os.environ)

    def text(zh: str, en: str) -> str:
        return say(Text(zh, en), language)

    parser = Parser("xihe-hooks rules", description=text("列出或解释规则。", "List or explain the rules."))
    add = parser.add_argument
    add("id", nargs="*", help=text("只解释这些规则，如 XC103", "explain only these, such as XC103"))
    add("--format", choices=("text", "json", "markdown"), default="text", help=text("输出格式", "output format"))
    add("--lang", choices=Text._fields, default=language, help=text("输出语言", "output language"))
    return parser.parse_args(argv)


def rules_as_text(rules: Sequence[Rule], language: str, explain: bool = False) -> Iterator[str]:
    """Yield a line for each rule, and where it is explained its reason and remedy."""
    for rule in rules:
        yield f"{rule.id}  {rule.severity:7}  {'/'.join(rule.kinds):13}  {say(rule.title, language)}"
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
    kinds = {"project": Text("项目仓库", "project"), "model": Text("模型仓库", "model")}
    severities = {"error": Text("错误", "error"), "warning": Text("警告", "warning")}
    for rule in rules:
        where = say(Text("、", ", "), language).join(say(kinds[kind], language) for kind in rule.kinds)
        yield f"## {rule.id}"
        yield f"\n**{say(rule.title, language)}** ({where}; {say(severities[rule.severity], language)})"
        if rule.was:
            was = ", ".join(rule.was)
            yield "\n" + say(Text(f"以前叫 {was}。", f"Earlier versions called it {was}."), language)
        yield f"\n{say(rule.why, language)}"
        yield f"\n{say(rule.remedy, language)}\n"
