"""How a command reads its arguments: the options that several commands share, and what is said where one is wrong or missing."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, NoReturn

from xihe_hooks.data import platform
from xihe_hooks.language import MISUSE, Text, choose_language, fail, say, show

# What argparse says, and how it is said here; the groups go into the braces.
ERRORS = {
    r"unrecognized arguments: (-.*)": Text("没有选项 {}", "Unknown option {}"),
    r"unrecognized arguments: (.*)": Text("多余的参数 {}", "Unexpected argument {}"),
    r"argument COMMAND: invalid choice: '(.*?)' \(choose from .*": Text("没有命令 {}", "Unknown command {}"),
    r"the following arguments are required: COMMAND": Text("没有给出命令", "No command was given"),
    r"the following arguments are required: (.*)": Text("缺少参数 {}", "The argument {} is missing"),
    r"argument (.*?): invalid choice: (.*?) \(choose from (.*)\)": Text(
        "{} 的值不能是 {}，可以是 {}", "{} cannot be {}; choose one of {}"
    ),
    r"argument (.*?): expected .*": Text("{} 后面缺少值", "{} needs a value"),
    r"argument (.*?): ignored explicit argument (.*)": Text(
        "{} 不接受值，但给出了 {}", "{} takes no value, but got {}"
    ),
    r"ambiguous option: (.*?) could match (.*)": Text("{} 不明确，可能是 {}", "{} is ambiguous: it could be any of {}"),
    r"argument (.*?): (.*)": Text("{}：{}", "{}: {}"),
    r"(.*)": Text("{}", "{}"),
}

UNASKED = Text(
    "没有改动任何内容：这里没有终端可以询问。在脚本中请加 --yes。",
    "Nothing was changed: there is no terminal to ask you in. In a script, pass --yes.",
)


class Parser(argparse.ArgumentParser):
    """Speaks one language throughout: that of --lang among the arguments, else the user's."""

    def __init__(self, prog: str, about: Text, argv: Sequence[str]) -> None:
        self.language = choose_language(_asked_language(argv), None, os.environ)
        form = _ChineseFormatter if self.language == "zh" else argparse.HelpFormatter
        super().__init__(prog, description=say(about, self.language), formatter_class=form, add_help=False)
        self._positionals.title = say(Text("参数", "positional arguments"), self.language)
        self._optionals.title = say(Text("选项", "options"), self.language)
        self.add("-h", "--help", about=Text("显示这段帮助", "show this help message and exit"), action="help")

    def add(self, *names: str, about: Text, **more: Any) -> None:
        """Add an argument; `more` is what `argparse.ArgumentParser.add_argument` takes."""
        self.add_argument(*names, help=say(about, self.language), **more)

    def add_path(self) -> None:
        """Add the repository that a command is about."""
        self.add("path", about=Text("仓库或其中的文件夹", "the repository, or a folder in it"), nargs="?", default=".")

    def add_language(self) -> None:
        """Add --lang."""
        self.add("--lang", about=Text("输出语言", "output language"), choices=Text._fields)

    def add_yes(self) -> None:
        """Add --yes, without which the command asks before it changes anything; see `agrees`."""
        self.add("--yes", about=Text("不询问，用于脚本", "do not ask, for scripts"), action="store_true")

    def add_format(self, *forms: str) -> None:
        """Add --format, whose first form is the default."""
        self.add("--format", about=Text("输出格式", "output format"), choices=forms, default=forms[0])

    def add_era(self, about: Text, default: str | None = None) -> None:
        """Add --era, a version of the platform."""
        self.add("--era", about=about, choices=list(platform()["eras"]), default=default)

    def refused(self, argument: str, why: Text) -> argparse.ArgumentTypeError:
        """Return what an argument's type raises where the argument is not of it: the argument, and what it is not."""
        said = Text(f"{show(argument)} {why.zh}", f"{show(argument)} {why.en}")
        return argparse.ArgumentTypeError(say(said, self.language))

    def error(self, message: str) -> NoReturn:
        """Say in one sentence what is wrong with the arguments and what was likely meant, and exit with 2."""
        matches = ((text, re.fullmatch(pattern, message, re.DOTALL)) for pattern, text in ERRORS.items())
        said, groups = next((text, found.groups()) for text, found in matches if found)
        end = Text(f"；用法见 {self.prog} --help。", f"; see {self.prog} --help.")
        if meant := self._meant(message):
            end = Text(f"；是不是 {meant}？", f"; did you mean {meant}?")
        shown = [show(each.replace("'", "")) for each in groups]
        zh, en = (text.format(*shown) + tail for text, tail in zip(said, end, strict=True))
        self.exit(fail(Text(zh, en), self.language, MISUSE))

    def _meant(self, message: str) -> str | None:
        """Return the option or choice that is most like the word that argparse refuses."""
        option = re.match(r"unrecognized arguments: (-[^\s=]+)", message)
        choice = re.match(r"argument .*?: invalid choice: '(.*?)' \(choose from (.*)\)$", message, re.DOTALL)
        word, known = "", list(self._option_string_actions)
        if option:
            word = option[1]
        elif choice:
            word, known = choice[1], re.findall(r"[\w.-]+", choice[2])
        import difflib  # for a mistyped word only

        return next(iter(difflib.get_close_matches(word[:40], known, n=1)), None)


def has_terminal() -> bool:
    """Whether there is somebody to ask; where not, UNASKED says so."""
    return sys.stdin is not None and sys.stdin.isatty()


def agrees(question: Text, language: str) -> bool:
    """Ask at the terminal whether to go on."""
    return input(say(question, language)).strip().lower() in ("y", "yes", "是")


class _ChineseFormatter(argparse.HelpFormatter):
    def format_help(self) -> str:
        return re.sub(r"(?m)^(\S+):$", r"\1：", super().format_help())

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


def _asked_language(argv: Sequence[str]) -> str | None:
    """Return the value of --lang before the arguments are read, since it says how to speak of them."""
    for each, following in zip_longest(argv, argv[1:]):
        option, equals, value = each.partition("=")
        if option == "--lang":
            return value if equals else following
    return None
