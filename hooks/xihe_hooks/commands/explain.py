"""`xihe-hooks explain`: says what a log means, offline and by a table alone."""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from xihe_hooks.arguments import Parser
from xihe_hooks.data import platform
from xihe_hooks.language import Text, choose_language, fail, say, show
from xihe_hooks.readers import answers
from xihe_hooks.readers.log import MOST, Cause, explain
from xihe_hooks.readers.secrets import leaks
from xihe_hooks.rules.registry import every

ABOUT = Text(
    "说明日志中错误的原因和处理办法：可以是平台的日志、从 F12 复制的 WebSocket 消息，或 pip、uv、git、Python、MindSpore、Gradio 的输出。不联网，什么也不发送。",
    "Explain what a log means and what to do: a log of the platform, a WebSocket message copied from F12, or the "
    "output of pip, uv, git, Python, MindSpore or Gradio. Works offline, and sends nothing.",
)
PASTE = Text("请粘贴日志，然后按 {}。", "Paste the log, then press {}.")
NOTHING = Text("日志是空的：请给出文件，或把日志送到标准输入。", "The log is empty: give a file, or pipe the log in.")
UNKNOWN = Text("无法识别这份日志里的错误。", "The errors in this log are not known to xihe-hooks.")
SEND = Text(
    """\
求助时请附上：
    完整的日志（文字，不要截图），以及它的来源：项目页面、F12，或本机的哪条命令
    项目的地址，以及启动的时间
    xihe-hooks check 和 nox -s preview 的输出
    inference/requirements.txt 和 xihe-hooks --version 的输出
发送之前请删去其中的令牌和密码。""",
    """\
When you ask for help, include:
    the whole log as text, and where it comes from: the project's page, F12, or a command on your machine (which one)
    the project's address, and when you started it
    the output of xihe-hooks check and of nox -s preview
    inference/requirements.txt, and the output of xihe-hooks --version
Remove all tokens and passwords before you send it.""",
)
PROBLEM = r"(?im)^.*?(?:\b\w*(?:Error|Exception)\b:|\b(?:fatal|error):|\[ERROR\]).*$"


def main(argv: Sequence[str]) -> int:
    """Explain a log. Returns 0 if its cause is known, 1 if it is not, 2 for misuse."""
    parser = Parser("xihe-hooks explain", ABOUT, argv)
    parser.add(
        "file", about=Text("日志文件；不写则读标准输入", "the log; standard input by default"), nargs="?", default="-"
    )
    parser.add_language()
    options = parser.parse_args(argv)
    language = choose_language(options.lang, answers.language(answers.read(Path(answers.NAME))), os.environ)
    try:
        content = _read(options.file, language)
    except OSError as error:
        return fail(
            Text(
                f"无法读取 {show(options.file)}：{error.strerror}",
                f"Cannot read {show(options.file)}: {error.strerror}",
            ),
            language,
        )
    log = _decode(content)
    if not log.strip():
        return fail(NOTHING, language)
    known = explain(log)
    print(*(say(each, language) for each in (_known(known) if known else _unknown(log))), sep="\n")
    return 0 if known else 1


def _read(name: str, language: str) -> bytes:
    if name != "-":
        with open(name, "rb") as file:
            return _ends(file)
    if sys.stdin is None:  # which is closed
        return b""
    if sys.stdin.isatty():
        key = "Ctrl-Z, Enter" if os.name == "nt" else "Ctrl-D"
        print(say(PASTE, language).format(key), file=sys.stderr)
    return _ends(sys.stdin.buffer)


def _ends(stream: BinaryIO) -> bytes:
    """Return the beginning and the end of what may be long; a character has at most four bytes."""
    head, tail = stream.read(4 * MOST), b""
    while block := stream.read(1 << 20):
        tail = (tail + block)[-4 * MOST :]
    return head + tail


def _decode(content: bytes) -> str:
    """Return the text; PowerShell writes UTF-16."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if wide else "utf-8-sig", "replace")


def _known(cause: Cause) -> Iterator[Text]:
    yield Text(f"日志中：{show(cause.seen)}", f"In the log: {show(cause.seen)}")
    yield Text(f"原因：{cause.what.zh}", f"Cause: {cause.what.en}")
    yield Text(f"处理：{cause.remedy.zh}", f"Remedy: {cause.remedy.en}")
    titles = {rule.id: rule.title for rule in every()}
    for rule in cause.rules:
        yield Text(f"规则：{rule} {titles[rule].zh}", f"Rule: {rule} {titles[rule].en}")
    if cause.rules:
        command = f"xihe-hooks rules {' '.join(cause.rules)}"
        yield Text(f"规则详情：{command}", f"To read about the rules: {command}")
    if cause.message:
        facts = platform()["messages"][cause.message]
        yield Text(f"出处：{facts['source']}（{facts['date']}）", f"Source: {facts['source']} ({facts['date']})")


def _unknown(log: str) -> Iterator[Text]:
    yield UNKNOWN
    if problems := re.findall(PROBLEM, log[-MOST:]):
        last = show(problems[-1].strip())
        yield Text(f"其中最后一个错误：{last}", f"The last error in it: {last}")
    else:
        yield Text(
            "其中没有错误；若仍启动失败，可能是 app.py 自己结束了：见 xihe-hooks rules XA102。",
            "The log contains no error. If the start still fails, app.py may have ended by itself: see xihe-hooks "
            "rules XA102.",
        )
    if len(log) > 2 * MOST:
        yield Text(
            f"日志太长，只读了开头和结尾各 {MOST:,} 个字符：请只用出错的部分再运行一次。",
            f"The log is long, so only its first and last {MOST:,} characters were read. Run the command again with "
            "only the part that contains the error.",
        )
    yield SEND
    for leak in leaks(log.encode("utf-8", "replace")):
        line = leak.place[0]
        yield Text(
            f"第 {line} 行{leak.what.zh}，请在发送前删去。",
            f"Line {line} {leak.what.en}: remove it before you send the log.",
        )
