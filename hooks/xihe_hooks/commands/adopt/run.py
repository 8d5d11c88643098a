"""The way of adopting: read, propose, show, ask, write, and list what is left."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xihe_hooks.arguments import UNASKED, agrees, has_terminal
from xihe_hooks.commands.adopt import files, todo
from xihe_hooks.commands.adopt import requirements as pins
from xihe_hooks.commands.adopt.reading import Answer, Reading, propose
from xihe_hooks.commands.adopt.template import AdoptError, Source, questions, render, source_of_package
from xihe_hooks.data import platform
from xihe_hooks.git.repository import Repository
from xihe_hooks.language import MISUSE, Text, choose_language, fail, say, show, without_credentials
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


def adopt(repository: Repository, options: argparse.Namespace, language: str) -> int:
    """Adopt a repository that is ready for it. Returns the exit code of the command; AdoptError where it cannot be."""
    kind = options.kind or recognise(repository.index(), platform())
    if kind is None:
        raise AdoptError(
            "无法判断这是项目仓库还是模型仓库：请加上 --kind project 或 --kind model。",
            "Cannot tell whether this is a project or a model repository: pass --kind project or --kind model.",
            MISUSE,
        )
    source, reading = _source(options), Reading(repository, kind)
    proposed = _answers(reading, source, options.data)
    language = choose_language(options.lang, proposed["language"].value, os.environ)
    with tempfile.TemporaryDirectory(prefix="xihe-hooks-") as folder:
        given = {key: each.value for key, each in proposed.items()}
        try:
            told = render(source, Path(folder), {**given, "repo": kind})
        except AdoptError as error:  # the template refuses an answer in the language that was answered
            return fail(error.text, given["language"], error.code)
        rendered: dict[str, bytes | None] = {
            file.relative_to(folder).as_posix(): file.read_bytes() for file in Path(folder).rglob("*") if file.is_file()
        }
    resolved = _fit(reading, rendered, told) if kind == "project" else None
    compared = files.compare(reading, rendered, told["about"])
    files.need_answers(compared)
    _print([*_proposal(reading, source, proposed), *_plan(compared)], language)
    if not options.dry_run:
        if code := _refused(options, language):
            return code
        files.write(repository.top, [file for file in compared if file.comes])
    tasks, steps = _tasks(reading, resolved, compared, told)
    _print(_work_list(reading, tasks, steps, options.dry_run), language)
    return 0


def _answers(reading: Reading, source: Source, asked: Sequence[tuple[str, str]]) -> dict[str, Answer]:
    if unknown := next((key for key, _ in asked if key not in ANSWERS), None):
        raise AdoptError(
            f"模板没有问题 {show(unknown)}；可以用 --data 回答的有 {'、'.join(ANSWERS)}。",
            f"The template has no question {show(unknown)}; --data can answer {', '.join(ANSWERS)}.",
            MISUSE,
        )
    proposed = propose(reading, questions(source)["stacks"], os.environ)
    proposed |= {key: Answer(value, ASKED) for key, value in asked}
    if "user" not in proposed:
        raise AdoptError(
            "看不出这个仓库属于平台上的哪个账号：请加上 --data user=账号。",
            "It is not known to which account this belongs on the platform: pass --data user=ACCOUNT.",
            MISUSE,
        )
    return proposed


def _source(options: argparse.Namespace) -> Source:
    found = Source(options.template, None) if options.template else source_of_package()
    if found is None:
        raise AdoptError(
            "不知道模板的地址，因为 xihe-hooks 不是从模板的仓库安装的：请加上 --template 地址。",
            "The template's address is not known, because xihe-hooks was not installed from its repository: pass "
            "--template ADDRESS.",
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


def _proposal(reading: Reading, source: Source, proposed: Mapping[str, Answer]) -> list[Text]:
    top = reading.repository.top
    word = Text("项目", "project") if reading.kind == "project" else Text("模型", "model")
    where = without_credentials(source.address) + f" ({source.ref})" * bool(source.ref)
    lines = [Text(f"{top}（{word.zh}），模板 {where}", f"{top} ({word.en}), template {where}")]
    for key, answer in proposed.items():
        value = show(answer.value)
        lines.append(Text(f"  {key:13} {value}（{answer.why.zh}）", f"  {key:13} {value} ({answer.why.en})"))
    return [*lines, Text("  要改用别的答案：--data KEY=VALUE", "  For another answer: --data KEY=VALUE"), Text("", "")]


def _plan(compared: Sequence[files.File]) -> list[Text]:
    """Say what would be added, what is left alone, and what the template would have there."""
    lines = [Text("要添加：", "Files to add:")]
    for file in compared:
        if file.comes:
            size = f"{len(file.content):,}"
            lines.append(Text(f"  {file.path}  {size} 字节", f"  {file.path}  {size} bytes"))
    kept = [file for file in compared if not file.comes]
    if kept:
        lines += [Text("", ""), Text("保持不变：", "Kept as they are:")]
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
    return Text("模板会写下面的内容", "the template would write the following")


def _refused(options: argparse.Namespace, language: str) -> int:
    """Ask whether to go on. Returns 0 for yes, else the exit code."""
    if options.yes:
        return 0
    if not has_terminal():
        _print([UNASKED], language)
        return MISUSE
    if agrees(Text("写入吗？[y/N] ", "Write them? [y/N] "), language):
        return 0
    _print([Text("没有改动任何内容。", "Nothing was changed.")], language)
    return 1


def _tasks(
    reading: Reading, resolved: pins.Locked | None, compared: Sequence[files.File], told: Mapping[str, Any]
) -> tuple[list[todo.Task], Sequence[Sequence[str]]]:
    """Return what is left to do besides what the check finds, and the commands that come first."""
    large = todo.history(reading.repository, platform()["limits"]["file_bytes"]["value"])
    if resolved is None:
        moved = todo.to_lfs(large, reading.repository.branch)
        return ([moved[0]], moved[1]) if moved else ([], [])
    tasks = [*todo.out_of_project(large), *todo.of_models(reading, told), *todo.of_lock(resolved, reading, compared)]
    return tasks, []


def _work_list(
    reading: Reading, tasks: Sequence[todo.Task], steps: Sequence[Sequence[str]], dry_run: bool
) -> list[Text]:
    found = todo.findings(reading.repository, reading.kind)
    lines = [Text("没有其他要做的了。", "Nothing is left to do.")]
    if found or tasks:
        lines = [Text("还要做的：", "Left to do:"), *todo.as_lines(found, tasks)]
    end = todo.next_command(reading.kind, found, steps)
    if dry_run:
        end = Text("只是演练：没有改动任何内容。", "This was a dry run: nothing was changed.")
    return [*lines, Text("", ""), end]


def _print(lines: Sequence[Text], language: str) -> None:
    print("\n".join(say(line, language) for line in lines), flush=True)
