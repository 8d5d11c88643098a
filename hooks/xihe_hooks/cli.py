"""The command `xihe-hooks`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

from xihe_hooks import report
from xihe_hooks.findings import KINDS, MISUSE, Finding, Text
from xihe_hooks.git import CHANGES, CONFIGURATION, LIST, GitError, Repository, Tree

if TYPE_CHECKING:
    from xihe_hooks.arguments import Parser

UNKNOWN = Text(
    "看不出这是项目仓库还是模型仓库：请先 git add 文件，或加上 --kind project 或 --kind model。",
    "This may be a project or a model repository: git add its files first, or say --kind project or --kind model.",
)

NO_RULE = Text("没有规则 {}：xihe-hooks rules 列出全部。", "There is no rule {}: xihe-hooks rules lists them.")


class Check(NamedTuple):
    """What `xihe-hooks check` is told."""

    path: str = "."
    kind: str | None = None
    lang: str | None = None
    format: str = "text"
    fix: bool = False
    era: str | None = None


class Rules(NamedTuple):
    """What `xihe-hooks rules` is told."""

    id: Sequence[str] = ()
    format: str = "text"
    lang: str | None = None


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Returns 0 when nothing stands against the repository, 1 for an error in it, 2 for misuse."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    language = report.choose_language(None, None, os.environ)
    if arguments[:1] == ["pre-push"]:  # git's own arguments, and its standard input
        from xihe_hooks import push

        return push.main(arguments[1:])
    if arguments[:1] == ["install"]:
        from xihe_hooks import install

        return install.main(arguments[1:])
    if arguments[:1] == ["update"]:  # copier's own options follow
        from xihe_hooks import update

        return update.main(arguments[1:])
    if arguments[:1] == ["preview"]:
        from xihe_hooks import preview

        return preview.main(arguments[1:])
    options = _as_hooks_ask(arguments) or _options(arguments, language)
    try:
        return _check(options) if isinstance(options, Check) else _rules(options, language)
    except GitError as error:
        print("xihe-hooks: " + report.say(error.text, options.lang or language), file=sys.stderr)
        return MISUSE
    except OSError as error:  # most often of the output: nobody reads on, or the disk is full
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return 1
        print(f"xihe-hooks: {error}", file=sys.stderr)
        return MISUSE


def _as_hooks_ask(arguments: Sequence[str]) -> Check | None:
    # argparse takes longer to load than git takes to list the files.
    if arguments == ["check"]:
        return Check()
    plain = len(arguments) == 3 and arguments[:2] == ["check", "--kind"] and arguments[2] in KINDS
    return Check(kind=arguments[2]) if plain else None


def _options(arguments: Sequence[str], language: str) -> Check | Rules:
    told = vars(_parser(language).parse_args(arguments))
    return Check(**told) if told.pop("command") == "check" else Rules(**told)


def _parser(language: str) -> Parser:
    from xihe_hooks.arguments import Parser
    from xihe_hooks.facts import platform

    def say(zh: str, en: str) -> str:
        return report.say(Text(zh, en), language)

    parser = Parser(
        "xihe-hooks", description=say("检查仓库能否在平台上启动", "Check that a repository starts on the platform")
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help=say("检查一个仓库", "check a repository"))
    check.add_argument(
        "path", nargs="?", default=".", help=say("仓库或其中的文件夹", "the repository, or a folder in it")
    )
    check.add_argument(
        "--kind", choices=KINDS, help=say("项目仓库或模型仓库，默认自动识别", "which of the two; it sees for itself")
    )
    check.add_argument("--lang", choices=("zh", "en"), help=say("输出的语言", "language of what is said"))
    check.add_argument(
        "--format", choices=("text", "json", "github"), default="text", help=say("输出格式", "form of the output")
    )
    check.add_argument("--fix", action="store_true", help=say("修正可以安全修正的", "repair what is safe to repair"))
    check.add_argument(
        "--era", choices=list(platform()["eras"]), help=say("只看平台的一个版本", "one version of the platform")
    )
    rules = commands.add_parser("rules", help=say("列出或解释规则", "list or explain the rules"))
    rules.add_argument("id", nargs="*", help=say("只解释这些规则，如 XC103", "explain only these, such as XC103"))
    rules.add_argument(
        "--format", choices=("text", "json", "markdown"), default="text", help=say("输出格式", "form of the output")
    )
    rules.add_argument("--lang", choices=("zh", "en"), help=say("输出的语言", "language of what is said"))
    commands.add_parser("install", help=say("安装推送检查", "set up the check at push"))
    commands.add_parser("update", help=say("升级到模板的新版本", "move to the template's next version"))
    commands.add_parser("preview", help=say("像平台那样在本机启动项目", "start a project here as the platform would"))
    commands.add_parser("pre-push", help=say("由 git 在推送时运行", "what git runs at a push"))
    return parser


def _check(options: Check) -> int:
    repository = Repository.find(options.path)
    repository.start(LIST, CONFIGURATION)  # git works while these load, which takes as long
    from xihe_hooks.facts import Facts, large, platform, read_ahead
    from xihe_hooks.kinds import recognise
    from xihe_hooks.rule import run
    from xihe_hooks.rules import RULES

    tree = repository.index()
    read_ahead(tree, platform())
    language = report.choose_language(options.lang, _answers(tree), os.environ)
    kind = options.kind or recognise(tree, platform())
    if kind is None:
        print("xihe-hooks: " + report.say(UNKNOWN, language), file=sys.stderr)
        return MISUSE
    if options.fix:
        from xihe_hooks.fix import fix

        _print((report.say(each, language) for each in fix(repository, kind)), sys.stderr)
        tree = repository.index()
    if large(len(tree.entries)):
        repository.start(CHANGES)
    facts = Facts(repository=repository, kind=kind, tree=tree, platform=platform())
    findings = run(RULES, facts, options.era)
    _print(_formatted(findings, options.format, language, report.links(RULES, language)), sys.stdout)
    return int(any(each.severity == "error" for each in findings))


def _formatted(findings: Sequence[Finding], form: str, language: str, links: Mapping[str, str]) -> Iterable[str]:
    if form == "json":
        return [report.as_json(findings, links)]
    if form == "github":
        return report.as_github(findings, language)
    from xihe_hooks.facts import platform

    return report.as_text(findings, language, platform(), links)


def _rules(options: Rules, language: str) -> int:
    from xihe_hooks.rules import every

    language = options.lang or language
    everything = every()
    known = {rule.id: rule for rule in everything}
    asked = [each.upper() for each in options.id]
    if unknown := [each for each in asked if each not in known]:
        print("xihe-hooks: " + report.say(NO_RULE, language).format(", ".join(unknown)), file=sys.stderr)
        return MISUSE
    rules = [known[each] for each in asked] or everything
    if options.format == "json":
        _print([report.rules_as_json(rules)], sys.stdout)
    elif options.format == "markdown":
        _print(report.rules_as_markdown(rules, language), sys.stdout)
    else:
        _print(report.rules_as_text(rules, language, explain=bool(asked)), sys.stdout)
    return 0


def _answers(tree: Tree) -> bytes | None:
    entry = tree.entries.get(".copier-answers.yml")
    return tree.read(entry.path) if entry and entry.size < 10_000 and entry.mode & 0o170000 != 0o160000 else None


def _print(lines: Iterable[str], stream: TextIO) -> None:
    if text := "\n".join(lines):
        print(text, file=stream, flush=True)
