"""The command `xihe-hooks`: a table of its commands, each a module with a parser and a `main` of its own."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from xihe_hooks.arguments import Parser
from xihe_hooks.git.errors import GitError
from xihe_hooks.language import Text, fail, say

ABOUT = Text("检查仓库能否在昇思大模型平台上启动。", "Check that a repository starts on the Xihe platform.")
# name, module, what its line of the help says; a hidden command has none
COMMANDS = {
    "check": ("xihe_hooks.commands.check", Text("检查一个仓库", "check a repository")),
    "rules": ("xihe_hooks.commands.rules", Text("列出或解释规则", "list or explain the rules")),
    "install": (
        "xihe_hooks.commands.install",
        Text(
            "在每次推送前运行检查；有 pre-commit 时每次提交前也运行",
            "run the checks at every push, and at every commit if pre-commit is installed",
        ),
    ),
    "adopt": (
        "xihe_hooks.commands.adopt",
        Text("把已有的仓库纳入模板", "add the template's files to an existing repository"),
    ),
    "update": (
        "xihe_hooks.commands.update",
        Text("更新到模板的新版本", "update to the template's latest version"),
    ),
    "preview": (
        "xihe_hooks.preview",
        Text("在本机模拟平台启动项目", "start a project on this machine as the platform would"),
    ),
    "explain": (
        "xihe_hooks.commands.explain",
        Text("说明日志中错误的原因和处理办法", "explain what a log means and what to do"),
    ),
    "publish": (
        "xihe_hooks.commands.publish",
        Text("把项目和模型发布到平台", "publish a project and its models on the platform"),
    ),
    "pre-push": ("xihe_hooks.commands.push", Text("由 git 在推送前运行", "run by git before a push")),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command. Returns 0 if it found no errors, 1 if it found some or failed, 2 for misuse."""
    _fill_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    argv = sys.argv[1:] if argv is None else argv
    parser = Parser("xihe-hooks", ABOUT, argv)
    language = parser.language
    name = argv[0] if argv and argv[0] in COMMANDS else _named(parser, argv)
    try:
        module = importlib.import_module(COMMANDS[name][0])
        code: int = module.main(list(argv[1:]))
    except GitError as error:
        return fail(error.text, language)
    except OSError as error:  # most often of the output: nobody reads on, or the disk is full
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1 if isinstance(error, BrokenPipeError) else fail(Text(str(error), str(error)), language)
    return code


def _fill_closed_streams() -> None:
    """Put the null device where a standard stream is closed: what is opened later would take its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            if name != "stdin":  # None tells a command that it was given nothing to read
                setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def _named(parser: Parser, argv: Sequence[str]) -> str:
    """Return the command that is meant; where none is, show the help, the version, or what is wrong, and exit."""
    parser.add("--version", about=Text("显示版本", "show the version and exit"), action=_Version, nargs=0)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, summary) in COMMANDS.items():
        commands.add_parser(name, help=say(summary, parser.language), about=summary, argv=argv)
    command: str = parser.parse_args(argv[:1]).command
    return command


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # which takes as long to load as the rest

        print(f"{parser.prog} {version('copier-xihe')}")
        parser.exit()
