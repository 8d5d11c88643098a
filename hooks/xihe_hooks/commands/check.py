"""`xihe-hooks check`: checks what the next commit of a repository holds."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from xihe_hooks.arguments import Parser
from xihe_hooks.commands import report
from xihe_hooks.data import KINDS, platform
from xihe_hooks.git.repository import Repository
from xihe_hooks.language import Text, choose_language, fail, say
from xihe_hooks.readers import answers
from xihe_hooks.rules.facts import Facts, read_ahead
from xihe_hooks.rules.kind import recognise
from xihe_hooks.rules.registry import run
from xihe_hooks.rules.rule import Finding

UNKNOWN = Text(
    "无法判断这是项目仓库还是模型仓库：请先 git add 文件，或加上 --kind project 或 --kind model。",
    "Cannot tell whether this is a project or a model repository: git add its files first, or pass --kind project or "
    "--kind model.",
)


def main(argv: Sequence[str]) -> int:
    """Check a repository. Returns 0 if there are no errors in it, 1 if there are, 2 for misuse."""
    options = _parse(argv)
    repository = Repository.find(options.path)
    tree = repository.index()
    read_ahead(tree, platform())
    language = choose_language(options.lang, answers.tracked(tree), os.environ)
    kind = options.kind or recognise(tree, platform())
    if kind is None:
        return fail(UNKNOWN, language)
    if options.fix:
        from xihe_hooks.commands.fix import fix

        _print((say(each, language) for each in fix(repository, kind)), sys.stderr)
        tree = repository.index()
    facts = Facts(repository=repository, kind=kind, tree=tree, platform=platform())
    findings = run(facts, options.era)
    _print(_formatted(findings, options.format, language, report.links(language)), sys.stdout)
    return int(any(each.severity == "error" for each in findings))


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("xihe-hooks check", Text("检查一个仓库。", "Check a repository."), argv)
    parser.add_path()
    parser.add("--kind", about=Text("仓库类型（默认自动识别）", "repository kind (default: detect)"), choices=KINDS)
    parser.add_language()
    parser.add_format("text", "json", "github")
    parser.add("--fix", about=Text("自动修复可安全修复的问题", "fix what can be fixed safely"), action="store_true")
    parser.add_era(Text("只看平台的一个版本", "one version of the platform"))
    return parser.parse_args(argv)


def _formatted(findings: Sequence[Finding], form: str, language: str, links: Mapping[str, str]) -> Iterable[str]:
    if form == "json":
        return [report.as_json(findings, links)]
    if form == "github":
        return report.as_github(findings, language)
    return report.as_text(findings, language, platform(), links)


def _print(lines: Iterable[str], stream: TextIO) -> None:
    if text := "\n".join(lines):
        print(text, file=stream, flush=True)
