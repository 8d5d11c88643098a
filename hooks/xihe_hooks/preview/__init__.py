"""`xihe-hooks preview`: starts a project here as the platform would, and says what the platform does not.

The command only reads its arguments and waits; the work is done in a second process (see `lifeline`).
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from xihe_hooks.arguments import Parser
from xihe_hooks.data import judged_eras, platform
from xihe_hooks.language import Text, choose_language, fail, say
from xihe_hooks.readers import answers

T = TypeVar("T")
NEEDED = ("filelock", "gradio_client", "PIL", "platformdirs", "psutil", "rich")
INCOMPLETE = Text(
    '预览还需要一些软件包，这里没有安装 {}：请运行 pip install "copier-xihe[preview]"，或在模板生成的项目里运行 nox -s preview。',
    'The preview needs the package {}, which is not installed: run pip install "copier-xihe[preview]", or run '
    "nox -s preview in a project made from the template.",
)


def main(argv: Sequence[str]) -> int:
    """Preview a project. Returns 0 when it was stopped or tried, 1 when it failed, 2 for misuse."""
    options = parse(argv)
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return fail(Text(*(each.format(", ".join(missing)) for each in INCOMPLETE)), language_of(options))
    if options.clear_cache:
        return _clear_cache(language_of(options))
    from xihe_hooks.preview.supervise import supervise

    return supervise(argv)


def _clear_cache(language: str) -> int:
    from xihe_hooks.preview import environment, stages

    try:
        folder, freed = environment.clear()
    except (stages.PreviewError, OSError) as error:
        return fail(getattr(error, "what", Text(str(error), str(error))), language, 1)
    gigabytes = f"{freed / 1e9:.1f} GB"
    print(
        say(
            Text(
                f"已清空 {folder}，删除 {gigabytes}；uv 和 pip 的下载缓存要另外清理：uv cache clean、pip cache purge。",
                f"Removed {gigabytes} from {folder}. uv and pip keep their downloads elsewhere; clear them with uv "
                "cache clean and pip cache purge.",
            ),
            language,
        )
    )
    return 0


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the arguments; exits with 2 and one sentence where they are wrong."""
    parser = Parser(
        "xihe-hooks preview",
        Text(
            "在本机模拟平台启动项目。这会运行项目的代码：安装 requirements.txt 时构建软件包，然后运行 app.py；"
            "请只预览您信任的项目。",
            "Start a project on this machine as the platform would. This runs the project's code: it builds the "
            "packages of requirements.txt, then runs app.py. Preview only projects that you trust.",
        ),
        argv,
    )

    def typed(of: Callable[[str], T | None], why: Text) -> Callable[[str], T]:
        def read(text: str) -> T:
            if (value := of(text)) is None:
                raise parser.refused(text, why)
            return value

        return read

    eras = ", ".join(platform()["image"]["eras"])
    source = typed(_source, Text("既不是文件夹，也不是 git 地址", "is neither a folder nor a git address"))
    add = parser.add
    add(
        "project",
        about=Text("项目仓库：文件夹或 git 地址", "the project repository: a folder or a git address"),
        nargs="?",
        type=source,
        default=".",
        metavar="PROJECT",
    )
    add(
        "--model",
        about=Text("模型仓库；默认是项目旁边的同名仓库", "a model repository; by default the one beside the project"),
        action="append",
        type=source,
        default=[],
        metavar="DIR-or-URL",
    )
    add(
        "--worktree",
        about=Text("预览尚未提交的文件", "preview the files in the working tree, committed or not"),
        action="store_true",
    )
    parser.add_era(
        Text("模拟平台的哪个版本，默认 %(default)s", "version of the platform, %(default)s by default"),
        judged_eras(platform())[-1],
    )
    add(
        "--python",
        about=Text(
            "运行应用的 Python 版本，如 3.9；可给出多个", "Python version for the app, such as 3.9; can be repeated"
        ),
        action="append",
        type=typed(_version, Text("不是 3.9 这样的版本号", "is not a version such as 3.9")),
        default=[],
        metavar="VERSION",
    )
    add(
        "--image",
        about=Text(
            f"先安装平台镜像里的软件包，再安装 requirements.txt；镜像已知的平台版本（{eras}）默认如此",
            "install the packages of the platform's image before requirements.txt; default where the image is known "
            f"({eras})",
        ),
        action=argparse.BooleanOptionalAction,
    )
    add(
        "--port",
        about=Text("端口，默认 %(default)s", "port, %(default)s by default"),
        type=typed(_port, Text("不是 1 到 65535 的整数", "is not a number from 1 to 65535")),
        default=7860,
    )
    add(
        "--timeout",
        about=Text(
            "最多等待多少秒，默认与平台相同：%(default)s",
            "how long to wait for the page; %(default)s by default, as on the platform",
        ),
        type=typed(_seconds, Text("不是大于 0 的秒数", "is not a number of seconds above 0")),
        default=platform()["limits"]["start_seconds"]["value"],
        metavar="SECONDS",
    )
    add(
        "--smoke",
        about=Text(
            "发送 inference/example.json 里的示例（没有时发送手写的 1），核对结果，然后停止",
            "send the example in inference/example.json (a hand-drawn 1 if there is none), check the result, then stop",
        ),
        action="store_true",
    )
    add(
        "--expect",
        about=Text(
            "结果中应有的文字，代替 example.json 里的",
            "text that the result must contain, in place of the one in example.json",
        ),
        metavar="TEXT",
    )
    add(
        "--clear-cache",
        about=Text(
            "删除缓存文件夹中以前的预览留下的环境（xihe-hooks/environments），然后退出",
            "remove the environments of earlier previews from your cache folder (xihe-hooks/environments), and exit",
        ),
        action="store_true",
    )
    parser.add_language()
    return parser.parse_args(argv)


def _source(text: str) -> str | None:
    is_address = re.search(r"://|^[^/]+@?[^/]+:", text) and not text.startswith("file://")
    return text if is_address or Path(text.removeprefix("file://")).is_dir() else None


def _port(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535 else None


def _seconds(text: str) -> float | None:
    try:
        return seconds if 0 < (seconds := float(text)) < math.inf else None
    except ValueError:
        return None


def _version(text: str) -> str | None:
    return text if re.fullmatch(r"3\.[0-9]{1,3}(\.[0-9]{1,3})?", text) else None


def language_of(options: argparse.Namespace) -> str:
    """Return "zh" or "en": as asked, or what the project was answered with."""
    return choose_language(
        options.lang, answers.language(answers.read(Path(options.project, answers.NAME))), os.environ
    )
