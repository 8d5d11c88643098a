"""`xihe-hooks adopt`: brings a repository that never saw the template under it, without touching a file that is there."""

from __future__ import annotations

import argparse
import importlib.util
import os
from collections.abc import Sequence
from typing import Any

from xihe_hooks.arguments import Parser
from xihe_hooks.commands.adopt.run import adopt
from xihe_hooks.commands.adopt.template import AdoptError
from xihe_hooks.data import KINDS
from xihe_hooks.git.errors import GitError
from xihe_hooks.git.repository import Repository
from xihe_hooks.language import INTERRUPTED, MISUSE, Text, choose_language, fail, say, show
from xihe_hooks.readers import answers

STOPPED = Text(
    "已中断；如果已经添加了文件，git status 会列出它们，xihe-hooks check 会说明还要做什么。",
    "Stopped; git status lists the files if any were added, and xihe-hooks check says what is left to do.",
)


def main(argv: Sequence[str]) -> int:
    """Adopt a repository. Returns 0 when it is adopted or already was, 1 when it cannot be, 2 for misuse or without consent."""
    options = _parse(argv)
    language = choose_language(options.lang, None, os.environ)
    try:
        repository = Repository.find(options.project)
        if told := _adopted(repository):
            print(say(told, language))
            return 0
        _need_ready(repository)
        return adopt(repository, options, language)
    except GitError as error:
        return fail(error.text, language)
    except AdoptError as error:
        return fail(error.text, language, error.code)
    except (KeyboardInterrupt, EOFError):
        return fail(STOPPED, language, INTERRUPTED)


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    about = Text(
        "把没有用过模板的项目或模型仓库纳入模板：读取已有的内容，列出要添加的文件，确认后写入，再列出还要做的事。"
        "已有的文件从不改动；模板在那里会写什么，以差异显示。git 获取模板，uv 从 PyPI 解析软件包的版本。",
        "Add the template's files to a project or a model repository that was made without it: read the repository, "
        "show which files would be added, write them when you agree, and list what is left to do. Existing files are "
        "never changed; a diff shows what the template would put into them. git fetches the template, and uv "
        "resolves the versions of the packages from PyPI.",
    )
    parser = Parser("xihe-hooks adopt", about, argv)
    add = parser.add
    add(
        "project", about=Text("仓库的文件夹", "the folder of the repository"), nargs="?", default=".", metavar="PROJECT"
    )
    where = Text("模板的地址；默认是这个命令的来源", "the template's address; by default the source of this command")
    add("--template", about=where, metavar="ADDRESS")
    add("--vcs-ref", about=Text("模板的版本", "the template's version"), metavar="REF")
    answer = Text("代替建议的答案，可给出多个", "an answer in place of the proposed one; can be repeated")
    add("--data", about=answer, action="append", default=[], metavar="KEY=VALUE", type=_pair(parser))
    add("--kind", about=Text("仓库类型（默认自动识别）", "repository kind (default: detect)"), choices=KINDS)
    add(
        "--dry-run",
        about=Text("只列出，不改动任何内容", "show what would be done, and change nothing"),
        action="store_true",
    )
    parser.add_yes()
    parser.add_language()
    return parser.parse_args(argv)


def _pair(parser: Parser) -> Any:
    def read(argument: str) -> tuple[str, str]:
        key, equals, value = argument.partition("=")
        if not equals or not key:
            raise parser.refused(argument, Text("应写成 KEY=VALUE", "must be KEY=VALUE"))
        return key, value

    return read


def _adopted(repository: Repository) -> Text | None:
    """Return what to say of a repository that the template made or adopted; None of another. AdoptError of another template's."""
    file = repository.top / answers.NAME
    if not os.path.lexists(file):
        return None
    if answers.parse(answers.read(file) or b"").get("repo") in KINDS:
        return Text(
            f"{repository.top} 已经由这个模板管理，无需再做；要更新，请运行 nox -s update。",
            f"{repository.top} is managed by this template already, so there is nothing to do; run nox -s update to "
            "update it.",
        )
    raise AdoptError(
        f"{file} 属于另一个模板，两者不能共用这个文件名：请先用 copier 的 --answers-file 给那个文件改名，再提交。",
        f"{file} belongs to another template, and two templates cannot share this file name: rename that file with "
        "copier's --answers-file, then commit.",
    )


def _need_ready(repository: Repository) -> None:
    """AdoptError where git could not give back what is there."""
    if repository.resolve("HEAD") is None:
        raise AdoptError(
            f"{repository.top} 还没有提交：请先 git add 并 git commit 已有的文件。",
            f"{repository.top} has no commit yet: git add and git commit the existing files first.",
            MISUSE,
        )
    if changed := repository.status():
        names = ", ".join(show(path) for _, path in changed[:3])
        raise AdoptError(
            f"有尚未提交的改动（{names}）：请先 git add 并 git commit，这样才看得出添加了什么。",
            f"There are uncommitted changes ({names}): git add and git commit them first, so that you can see what is "
            "added.",
        )
    if importlib.util.find_spec("copier") is None:
        raise AdoptError(
            '没有安装 copier：请运行 pip install "copier-xihe[adopt]"。',
            'copier is not installed: run pip install "copier-xihe[adopt]".',
        )
