"""`xihe-hooks publish`: puts a project and its models on the platform, after showing what would go where."""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from xihe_hooks.arguments import Parser, has_terminal
from xihe_hooks.language import Text, choose_language, fail
from xihe_hooks.readers import answers

INCOMPLETE = Text(
    '发布还需要软件包 rich：请运行 pip install "copier-xihe[publish]"，或在模板生成的项目里运行 nox -s publish。',
    'Publishing needs one more package, rich: run pip install "copier-xihe[publish]", or run nox -s publish in a '
    "project made from the template.",
)


def main(argv: Sequence[str]) -> int:
    """Publish. Returns 0 when all is on the platform, 1 when something failed, 2 for misuse or where nobody can agree."""
    options = _parse(argv)
    language = choose_language(
        options.lang, answers.language(answers.read(Path(options.project, answers.NAME))), os.environ
    )
    if importlib.util.find_spec("rich") is None:
        return fail(INCOMPLETE, language)
    from xihe_hooks.commands.publish.run import publish

    os.environ["XIHE_HOOKS_LANG"] = language  # for the hooks that git runs
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return publish(options, language, has_terminal())


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    about = Text(
        "把项目和它的模型发布到平台：先列出要发送什么，确认后再发送；从不改写远程的历史。令牌在终端中询问，或来自 git 的凭据助手，或来自环境变量 XIHE_TOKEN。",
        "Publish a project and its models on the platform: show what would be sent, ask you, and send it. The "
        "remote's history is never rewritten. You are asked for the token at the terminal, unless git's credential "
        "helper or the environment variable XIHE_TOKEN gives it.",
    )
    parser = Parser("xihe-hooks publish", about, argv)
    add = parser.add
    folder = Text("项目（或模型）的文件夹", "the folder of the project, or of a model")
    add("project", about=folder, nargs="?", default=".", metavar="PROJECT")
    look = Text("只列出要发送什么，不改动任何内容", "show what would be sent, and change nothing")
    add("--dry-run", about=look, action="store_true")
    parser.add_yes()
    add(
        "--squash",
        about=Text("把新提交合并成一个再推送", "combine the new commits into one and push it"),
        action="store_true",
    )
    add("--message", about=Text("提交说明", "commit message"), metavar="TEXT")
    parser.add_language()
    return parser.parse_args(argv)
