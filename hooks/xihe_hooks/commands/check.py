"""`xihe-hooks check`: checks what the next commit of a repository holds."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import TextIO

from xihe_hooks.arguments import Parser
from xihe_hooks.commands import report
from xihe_hooks.data import KINDS, platform
from xihe_hooks.git.errors import GitError
from xihe_hooks.git.repository import Repository, Tree
from xihe_hooks.language import Text, choose_language, fail, say, show
from xihe_hooks.readers import answers
from xihe_hooks.rules.facts import Facts, read_ahead
from xihe_hooks.rules.kind import recognise
from xihe_hooks.rules.registry import every, run
from xihe_hooks.rules.rule import Finding, Safety
from xihe_hooks.terminal import Screen

UNKNOWN = Text(
    "无法判断这是项目仓库还是模型仓库：请先 git add 文件，或加上 --kind project 或 --kind model。",
    "Cannot tell whether this is a project or a model repository: git add its files first, or pass --kind project or "
    "--kind model.",
)
MOST_NAMED = 3  # of the files that were not checked


def main(argv: Sequence[str]) -> int:
    """Check a repository. Returns 0 if there are no errors in it, 1 if there are, 2 for misuse."""
    options = _parse(argv)
    found = Repository.find(options.path)
    with found.staged() if options.worktree else nullcontext(found) as repository:
        return _check(repository, options)


def _check(repository: Repository, options: argparse.Namespace) -> int:
    tree = repository.index()
    read_ahead(tree, platform())
    language = choose_language(options.lang, answers.language(answers.tracked(tree)), os.environ)
    kind = options.kind or recognise(tree, platform())
    if kind is None:
        return fail(UNKNOWN, language)
    facts = Facts(repository=repository, kind=kind, tree=tree, platform=platform())
    if options.diff:
        from xihe_hooks.commands.fix import diff

        lines = list(diff(facts, options.unsafe_fixes))
        _print(lines, sys.stdout)
        return int(bool(lines))
    if options.fix:
        from xihe_hooks.commands.fix import fix

        _print((say(each, language) for each in fix(facts, options.unsafe_fixes)), sys.stderr)
        facts = Facts(repository=repository, kind=kind, platform=platform())
    findings = mendable(run(facts, options.era), facts)
    if findings or not options.quiet:
        _print(_formatted(findings, options, language, facts["tree"]), sys.stdout)
    at_commit = "PRE_COMMIT" in os.environ  # pre-commit has put away what is not staged, and says so itself
    if options.format == "text" and not options.quiet and not at_commit:
        _print((say(each, language) for each in _unstaged(repository)), sys.stdout)
    return int(any(each.severity == "error" and each.ignored is None for each in findings))


def _unstaged(repository: Repository) -> Iterator[Text]:
    """Yield what the check has not seen: the files whose content is not what `git add` would stage."""
    try:
        paths = [path for letters, path in repository.status() if letters[1] != " "]
    except GitError:  # such as without the git-lfs that the configuration names, which the check does without
        return
    named = [show(path) for path in paths[:MOST_NAMED]]
    more = ["..."] * (len(paths) > MOST_NAMED)
    if paths:
        yield Text(
            f"{len(paths)} 个文件有未暂存的改动，这些改动没有检查：{'、'.join(named + more)}。"
            "请先 git add，或加上 --worktree 检查工作区。",
            f"{len(paths)} file{'s have' if len(paths) > 1 else ' has'} changes that are not staged and were not "
            f"checked: {', '.join(named + more)}. Stage them with git add, or pass --worktree to check the files in "
            "the working tree.",
        )


def mendable(findings: Sequence[Finding], facts: Facts) -> Sequence[Finding]:
    """Return the findings, and of each whether --fix would mend it."""
    fixable = {rule.id for rule in every() if rule.fix or rule.unsafe_fix}
    if not any(each.rule in fixable for each in findings):
        return findings
    from xihe_hooks.commands.fix import plan

    mended: dict[tuple[str, str], Safety] = {
        (each.rule, each.path): "safe" if each.safe else "unsafe" for each in plan(facts, unsafe=True)
    }
    mended |= {(each.rule, each.path): "safe" for each in plan(facts)}
    return [each._replace(fix=mended.get((each.rule, each.path))) for each in findings]


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("xihe-hooks check", Text("检查一个仓库。", "Check a repository."), argv)
    parser.add_path()
    parser.add("--kind", about=Text("仓库类型（默认自动识别）", "repository kind (default: detect)"), choices=KINDS)
    parser.add_language()
    parser.add_format("text", "json", "github", "sarif")
    parser.add("--fix", about=Text("自动修复可安全修复的问题", "fix what can be fixed safely"), action="store_true")
    parser.add(
        "--unsafe-fixes", about=Text("也做可能不正确的修复", "also make fixes that may be wrong"), action="store_true"
    )
    parser.add(
        "--diff",
        about=Text("只显示 --fix 会做的改动", "show what --fix would change without changing it"),
        action="store_true",
    )
    parser.add(
        "--worktree",
        about=Text("检查工作区里的文件，而不是暂存区", "check the files in the working tree, not the staged ones"),
        action="store_true",
    )
    parser.add(
        "--show-ignored", about=Text("也列出已忽略的问题", "also list the ignored problems"), action="store_true"
    )
    parser.add("--quiet", about=Text("没有问题时不输出", "print nothing if no problems are found"), action="store_true")
    parser.add_era(Text("只按平台的这一个版本检查", "check for this version of the platform only"))
    options = parser.parse_args(argv)
    if options.worktree and (options.fix or options.diff):
        both = "--worktree, " + ("--fix" if options.fix else "--diff")
        parser.error(say(Text(f"{both} 不能一起用", f"{both} cannot be used together"), parser.language))
    return options


def _formatted(findings: Sequence[Finding], options: argparse.Namespace, language: str, tree: Tree) -> Iterable[str]:
    shown = [each for each in findings if options.show_ignored or each.ignored is None]
    if options.format == "json":
        return [report.as_json(shown)]
    if options.format == "sarif":
        return [report.as_sarif(shown, language)]
    if options.format == "github":
        return report.as_github(shown, language)
    screen = Screen.of(sys.stdout, os.environ)
    return report.as_text(findings, language, platform(), screen=screen, tree=tree, show_ignored=options.show_ignored)


def _print(lines: Iterable[str], stream: TextIO) -> None:
    if text := "\n".join(lines):
        print(text, file=stream, flush=True)
