"""`xihe-hooks adopt`: brings a repository that never saw the template under it, without touching a file that is there."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xihe_hooks.arguments import Parser
from xihe_hooks.commands.adopt import files, todo
from xihe_hooks.commands.adopt import requirements as pins
from xihe_hooks.commands.adopt.reading import Answer, Reading, propose
from xihe_hooks.commands.adopt.template import AdoptError, Source, questions, render, source_of_package
from xihe_hooks.data import KINDS, platform
from xihe_hooks.git.errors import GitError
from xihe_hooks.git.repository import Repository
from xihe_hooks.language import INTERRUPTED, MISUSE, Text, choose_language, fail, say, show, without_credentials
from xihe_hooks.readers import answers
from xihe_hooks.rules.facts import read
from xihe_hooks.rules.kind import recognise

ASKED = Text("您用 --data 给出的", "as you gave it with --data")
ANSWERS = (
    "language",
    "user",
    "project_name",
    "model_name",
    "stack",
    "title",
)  # of copier.yml; the demo is the user's own app
MOST_LINES = 200  # of the difference to one file


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
        return _adopt(repository, options, language)
    except GitError as error:
        return fail(error.text, language)
    except AdoptError as error:
        return fail(error.text, language, error.code)
    except (KeyboardInterrupt, EOFError):
        return fail(Text("已中断，没有作任何改动。", "Stopped; nothing was changed."), language, INTERRUPTED)


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    about = Text(
        "把没有用过模板的项目或模型仓库纳入模板：读取已有的内容，列出要添加的文件，确认后写入，再列出还要做的事。"
        "已有的文件从不改动；模板在那里会写什么，以差异显示。git 获取模板，uv 从 PyPI 解析软件包的版本。",
        "Bring a project or a model repository that never saw the template under it: reads what is there, shows which files "
        "it would add, writes them when you agree, and lists what is left to do. A file that is there is never changed; what "
        "the template would have in it is shown as a difference. git fetches the template, and uv resolves the packages "
        "from PyPI.",
    )
    parser = Parser("xihe-hooks adopt", about, argv)
    add = parser.add
    add("project", about=Text("仓库的文件夹", "folder of the repository"), nargs="?", default=".", metavar="PROJECT")
    where = Text("模板的地址；默认是这个命令的来源", "the template's address; by default where this command came from")
    add("--template", about=where, metavar="ADDRESS")
    add("--vcs-ref", about=Text("模板的版本", "version of the template"), metavar="REF")
    answer = Text("代替提议的答案，可给出多个", "an answer in place of the proposed one; more than one may be given")
    add("--data", about=answer, action="append", default=[], metavar="KEY=VALUE", type=_pair(parser))
    add("--kind", about=Text("仓库类型（默认自动识别）", "repository kind (default: detect)"), choices=KINDS)
    add("--dry-run", about=Text("只列出，不改动任何内容", "only show; change nothing"), action="store_true")
    add("--yes", about=Text("不询问，用于脚本", "do not ask, for scripts"), action="store_true")
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
            f"{repository.top} 已经由这个模板管理，没有要做的；更新用 nox -s update。",
            f"{repository.top} already is under this template, so there is nothing to do; nox -s update updates it.",
        )
    raise AdoptError(
        f"{file} 属于另一个模板，两者不能共用这个文件名：请先用 copier 的 --answers-file 给那个文件改名，再提交。",
        f"{file} belongs to another template, and two cannot share that name: give that one another with copier's "
        "--answers-file, and commit.",
    )


def _need_ready(repository: Repository) -> None:
    """AdoptError where git could not give back what is there."""
    if repository.resolve("HEAD") is None:
        raise AdoptError(
            f"{repository.top} 还没有提交：请先 git add 并 git commit 已有的文件。",
            f"{repository.top} has no commit yet: git add and git commit the files that are there first.",
            MISUSE,
        )
    if changed := repository.status():
        names = ", ".join(show(path) for _, path in changed[:3])
        raise AdoptError(
            f"有尚未提交的改动（{names}）：请先 git add 并 git commit，这样才看得出添加了什么。",
            f"There are changes without a commit ({names}): git add and git commit them first, so that you see what is added.",
        )
    if importlib.util.find_spec("copier") is None:
        raise AdoptError(
            '这里没有安装 copier：请运行 pip install "copier-xihe[adopt]"。',
            'There is no copier here: pip install "copier-xihe[adopt]".',
        )


def _adopt(repository: Repository, options: argparse.Namespace, language: str) -> int:
    kind = options.kind or recognise(repository.index(), platform())
    if kind is None:
        raise AdoptError(
            "无法判断这是项目仓库还是模型仓库：请加上 --kind project 或 --kind model。",
            "Cannot tell whether this is a project or a model repository: pass --kind project or --kind model.",
            MISUSE,
        )
    source = _source(options)
    reading = Reading(repository, kind)
    known = questions(source)
    proposed = propose(reading, known["stacks"], os.environ)
    if unknown := next((key for key, _ in options.data if key not in ANSWERS), None):
        raise AdoptError(
            f"模板没有问题 {show(unknown)}；可以用 --data 回答的有 {'、'.join(ANSWERS)}。",
            f"The template does not ask for {show(unknown)}; --data answers {', '.join(ANSWERS)}.",
            MISUSE,
        )
    proposed |= {key: Answer(value, ASKED) for key, value in options.data}
    if "user" not in proposed:
        raise AdoptError(
            "看不出这个仓库属于平台上的哪个账号：请加上 --data user=账号。",
            "Nothing tells whose this is on the platform: pass --data user=ACCOUNT.",
            MISUSE,
        )
    language = choose_language(options.lang, proposed["language"].value, os.environ)
    with tempfile.TemporaryDirectory(prefix="xihe-hooks-") as folder:
        told = render(source, Path(folder), {**{key: each.value for key, each in proposed.items()}, "repo": kind})
        rendered: dict[str, bytes | None] = {
            file.relative_to(folder).as_posix(): file.read_bytes() for file in Path(folder).rglob("*") if file.is_file()
        }
    resolved = _fit(reading, rendered, told) if kind == "project" else None
    compared = files.compare(reading, rendered, told["about"])
    files.need_answers(compared)
    for line in [*_proposal(repository, kind, source, proposed), *_plan(compared)]:
        print(say(line, language))
    sys.stdout.flush()
    if not _agreed(options, language):
        return 0 if options.dry_run else MISUSE if not _asks() else 1
    if not options.dry_run:
        files.write(repository.top, [file for file in compared if file.comes])
    _tell_rest(reading, resolved, compared, told, language)
    return 0


def _source(options: argparse.Namespace) -> Source:
    found = Source(options.template, None) if options.template else source_of_package()
    if found is None:
        raise AdoptError(
            "不知道模板在哪里，因为 xihe-hooks 不是从模板的仓库安装的：请加上 --template 地址。",
            "Nothing tells where the template is, because xihe-hooks was not installed from its repository: pass --template "
            "ADDRESS.",
            MISUSE,
        )
    if ":" not in found.address and Path(found.address).is_dir():
        found = found._replace(address=str(Path(found.address).resolve()))
    return found._replace(ref=options.vcs_ref) if options.vcs_ref else found


def _fit(reading: Reading, rendered: dict[str, bytes | None], told: Mapping[str, Any]) -> pins.Locked:
    """Put what the repository itself tells into the rendered config.json, requirements.in and requirements.txt."""
    names = platform()["files"]
    folder = names["folder"]
    config = f"{folder}/{names['config']}"
    weights = [f"{told['user']}/{told['model_name']}/{name}" for name in reading.wanted]
    rendered[config] = files.config(weights) if weights and not reading.facts["config"] else None
    asked, locked = f"{folder}/requirements.in", f"{folder}/{names['requirements']}"
    own = read(reading.facts["tree"], asked)
    lines = pins.listed(own) if own is not None else pins.derive(reading.facts, pins.listed(rendered[asked] or b""))
    result = pins.lock(lines, told["chosen"]["compile"], rendered[locked] or b"")
    rendered[asked] = pins.written(result.lines, told["language"]) if own is None else None
    rendered[locked] = result.lock
    return result


def _proposal(repository: Repository, kind: str, source: Source, proposed: Mapping[str, Answer]) -> list[Text]:
    word = Text("项目", "project") if kind == "project" else Text("模型", "model")
    where = without_credentials(source.address) + f" ({source.ref})" * bool(source.ref)
    lines = [Text(f"{repository.top}（{word.zh}），模板 {where}", f"{repository.top} ({word.en}), template {where}")]
    for key, answer in proposed.items():
        value = show(answer.value)
        lines.append(Text(f"  {key:13} {value}（{answer.why.zh}）", f"  {key:13} {value} ({answer.why.en})"))
    return [*lines, Text("  要改用别的答案：--data KEY=VALUE", "  For another answer: --data KEY=VALUE"), Text("", "")]


def _plan(compared: Sequence[files.File]) -> list[Text]:
    """Say what would be added, what is left alone, and what the template would have there."""
    lines = [Text("要添加：", "To be added:")]
    for file in compared:
        if file.comes:
            size = f"{len(file.content):,}"
            lines.append(Text(f"  {file.path}  {size} 字节", f"  {file.path}  {size} bytes"))
    kept = [file for file in compared if not file.comes]
    if kept:
        lines += [Text("", ""), Text("保持不变：", "Left alone:")]
    for file in kept:
        zh, en = file.why or _relation(file)
        lines.append(Text(f"  {show(file.stands or file.path)}：{zh}", f"  {show(file.stands or file.path)}: {en}"))
        lines += [Text(f"    {line}", f"    {line}") for line in file.diff[:MOST_LINES]]
        if (more := len(file.diff) - MOST_LINES) > 0:
            lines.append(Text(f"    ……还有 {more} 行", f"    ... and {more} more lines"))
    return [*lines, Text("", "")]


def _relation(file: files.File) -> Text:
    if not file.diff:
        return Text("模板没有要添加的", "the template has nothing to add")
    return Text("模板会写下面的内容", "the template would have what follows")


def _agreed(options: argparse.Namespace, language: str) -> bool:
    """Return whether to go on; a dry run goes on to the work list and writes nothing."""
    if options.dry_run:
        print(say(Text("只是演练：没有改动任何内容。", "This was a dry run: nothing was changed."), language))
        return True
    if options.yes:
        return True
    if not _asks():
        unasked = Text(
            "没有改动任何内容：这里没有终端可以询问。在脚本中请加 --yes。",
            "Nothing was changed: there is no terminal to ask at. In a script, pass --yes.",
        )
        print(say(unasked, language))
        return False
    if input(say(Text("写入吗？[y/N] ", "Write them? [y/N] "), language)).strip().lower() in ("y", "yes", "是"):
        return True
    print(say(Text("没有改动任何内容。", "Nothing was changed."), language))
    return False


def _asks() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _tell_rest(
    reading: Reading,
    resolved: pins.Locked | None,
    compared: Sequence[files.File],
    told: Mapping[str, Any],
    language: str,
) -> None:
    """Print the work list."""
    repository, kind = reading.repository, reading.kind
    tasks, steps = [], []
    large = todo.history(repository, platform()["limits"]["file_bytes"]["value"])
    if kind == "model" and (moved := todo.to_lfs(large, repository.branch)):
        tasks.append(moved[0])
        steps = moved[1]
    if resolved:
        tasks += [
            *todo.out_of_project(large),
            *todo.of_models(reading, told),
            *todo.of_lock(resolved, reading, compared),
        ]
    found = todo.findings(repository, kind)
    lines = [Text("没有要做的了。", "Nothing is left to do.")]
    if found or tasks:
        lines = [Text("还要做的：", "Left to do:"), *todo.as_lines(found, tasks)]
    lines += [Text("", ""), todo.next_command(kind, found, steps)]
    for line in lines:
        print(say(line, language))
