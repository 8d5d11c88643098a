"""`xihe-hooks preview`: starts a project here as the platform would, and says what the platform does not.

The command only reads its arguments and waits; the work is done in a second process (see `lifeline`).
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from xihe_hooks.data import judged_eras, platform
from xihe_hooks.language import MISUSE, Parser, Text, choose_language, say, show
from xihe_hooks.readers import answers

NEEDED = ("filelock", "gradio_client", "PIL", "platformdirs", "psutil", "rich")
INCOMPLETE = Text(
    '预览还需要一些软件包，这里没有 {}：请运行 pip install "copier-xihe[preview]"，或在模板生成的项目里运行 nox -s preview。',
    'The preview needs more packages, and {} is not installed: pip install "copier-xihe[preview]", or run nox -s preview '
    "in a project from the template.",
)


def main(argv: Sequence[str]) -> int:
    """Preview a project. Returns 0 when it was stopped or tried, 1 when it failed, 2 for misuse."""
    options = parse(argv)
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print("xihe-hooks: " + say(INCOMPLETE, language_of(options)).format(", ".join(missing)), file=sys.stderr)
        return MISUSE
    from xihe_hooks.preview.supervise import keep

    return keep(argv)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the arguments; exits with 2 and one sentence where they are wrong."""
    language = choose_language(None, None, os.environ)

    def text(zh: str, en: str) -> str:
        return say(Text(zh, en), language)

    eras = platform()["eras"]
    parser = Parser(
        "xihe-hooks preview",
        description=text(
            "在本机模拟平台启动项目。这会运行项目的代码：安装 requirements.txt 时构建软件包，然后运行 app.py；"
            "请只预览您信任的项目。",
            "Start a project here as the platform would. This runs the project's code: it builds the packages of "
            "requirements.txt, then runs app.py. Preview only projects that you trust.",
        ),
    )
    add = parser.add_argument
    add(
        "project",
        nargs="?",
        default=".",
        metavar="PROJECT",
        help=text("项目仓库：文件夹或 git 地址", "the project repository: a folder or an address for git"),
    )
    add(
        "--model",
        action="append",
        default=[],
        metavar="DIR-or-URL",
        help=text("模型仓库；默认是项目旁边的同名仓库", "a model repository; by default the one beside the project"),
    )
    add(
        "--worktree",
        action="store_true",
        help=text("预览尚未提交的文件", "preview the files as they are, committed or not"),
    )
    add(
        "--era",
        choices=list(eras),
        default=judged_eras(platform())[-1],
        help=text("平台的哪个版本，默认 %(default)s", "version of the platform, %(default)s by default"),
    )
    add(
        "--python",
        action="append",
        type=_version,
        default=[],
        metavar="VERSION",
        help=text("应用用的 Python，如 3.9；可给出多个", "Python for the app, such as 3.9; more than one may be given"),
    )
    add("--port", type=_port, default=7860, help=text("端口，默认 %(default)s", "port, %(default)s by default"))
    add(
        "--timeout",
        type=_seconds,
        default=platform()["limits"]["start_seconds"]["value"],
        metavar="SECONDS",
        help=text(
            "最多等多久就绪，默认同平台：%(default)s", "how long to wait, by default as the platform: %(default)s"
        ),
    )
    add("--smoke", action="store_true", help=text("送去一幅画，然后停止", "send one drawing, then stop"))
    add("--expect", metavar="TEXT", help=text("回答里应有的文字", "what the answer must hold"))
    add("--lang", choices=("zh", "en"), help=text("输出语言", "output language"))
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 65535:
        raise argparse.ArgumentTypeError(_refused(text, Text("应为 1 到 65535 的整数", "a port is from 1 to 65535")))
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(_refused(text, Text("应为大于 0 的秒数", "give a number of seconds above 0")))
    return seconds


def _version(text: str) -> str:
    if not re.fullmatch(r"3\.[0-9]{1,3}(\.[0-9]{1,3})?", text):
        raise argparse.ArgumentTypeError(_refused(text, Text("应为 3.9 这样的版本号", "give a version such as 3.9")))
    return text


def _refused(text: str, why: Text) -> str:
    language = choose_language(None, None, os.environ)
    return f"{show(text)}{say(Text('：', ': '), language)}{say(why, language)}"


def language_of(options: argparse.Namespace) -> str:
    """Return "zh" or "en": as asked, or what the project was answered with."""
    return choose_language(options.lang, answers.read(Path(options.project, answers.NAME)), os.environ)
