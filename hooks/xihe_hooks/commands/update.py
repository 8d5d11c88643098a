"""Brings a repository that was made from the template to the template's newest version, through copier.

copier merges texts line by line and leaves both versions where the user and the template changed the same ones. Three
things it leaves to others: it writes over files that git does not hold, it deletes a file that is no longer in the
template with the user's edits in it, and it knows nothing of binary files, so the template keeps it away from weights.
All are settled here, by comparing with what both versions render.
"""

from __future__ import annotations

import argparse
import contextlib
import filecmp
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from xihe_hooks.git.errors import GitError
from xihe_hooks.git.repository import Repository
from xihe_hooks.language import Text, choose_language, fail, say, show, without_credentials
from xihe_hooks.python import module_command
from xihe_hooks.readers import answers
from xihe_hooks.readers.answers import NAME as ANSWERS

Answers = Mapping[str, str]
MISUSE = 2
NAMED = 10  # files in one sentence
USAGE = Text(
    """\
用法：xihe-hooks update [文件夹] [copier update 的选项，如 --vcs-ref v1.2.0]

把由模板生成的仓库更新到模板的新版本：保留您的改动，列出要由您决定的文件。

会运行什么，连接哪里：git 从 .copier-answers.yml 中记录的地址获取模板，copier 在本机渲染它，因此请只更新来源可信的仓库。
模板自带的任务（tasks、migrations）不会运行，除非加上 --trust。除此之外不联网。""",
    """\
usage: xihe-hooks update [FOLDER] [options of copier update, such as --vcs-ref v1.2.0]

Update a repository that was made from the template to its next version, keep your changes, and list what you must
decide.

What runs, and which servers are contacted: git fetches the template from the address in .copier-answers.yml, and copier
renders it on this machine, so update only repositories whose template you trust. Tasks and migrations of a template do
not run unless you pass --trust. No other server is contacted.""",
)


STOPPED = Text(
    "已中断；请用 git reset --hard 回到更新之前，用 git clean -fd 删去新增的文件。",
    "Stopped; git reset --hard restores the state before the update, and git clean -fd removes the files that were "
    "added.",
)


class UpdateError(Exception):
    """There is no update, for the reason in `text`, which says what to do; `code` is the exit code."""

    def __init__(self, zh: str, en: str, code: int = 1) -> None:
        super().__init__(en)
        self.text = Text(zh, en)
        self.code = code


def main(argv: Sequence[str]) -> int:
    """`update [FOLDER] [copier's options]`. Returns 0 when done, 1 for conflicts or failure, 2 for misuse."""
    language = choose_language(None, None, os.environ)
    if {"-h", "--help"} & set(argv):
        print(say(USAGE, language))
        return 0
    named = bool(argv) and not argv[0].startswith("-")
    try:
        repository = Repository.find(Path(argv[0] if named else "."))
        language = choose_language(None, answers.language(answers.read(repository.top / ANSWERS)), os.environ)
        return _update(repository, list(argv[named:]), language)
    except GitError as error:
        return fail(error.text, language)
    except UpdateError as error:
        return fail(error.text, language, error.code)
    except KeyboardInterrupt:
        return fail(STOPPED, language, 1)


def _update(repository: Repository, options: list[str], language: str) -> int:
    before = _answers(repository)
    _need_clean(repository)
    _need_copier()
    told = json.loads(_copier(repository, before, "check-update", "--output-format", "json").stdout)
    have, newest = told["current_version"], told["latest_version"]
    if not told["update_available"] and not options:
        print(say(Text(f"模板已是最新版本 {have}。", f"This is the template's newest version, {have}."), language))
        return 0
    out = Text(f"模板版本：当前 {have}，最新 {newest}。", f"Template: version {have} here, {newest} is out.")
    print(say(out, language), flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        old, new = Path(temporary, "old"), Path(temporary, "new")
        _render(repository, before, old, "--vcs-ref", before["_commit"], *_without(options, NEW_ONLY))
        _render(repository, before, new, *_without(options, UPDATE_ONLY))
        _need_room(repository, old, new)
        done = _copier(repository, before, "update", "--defaults", *options)
        said = without_credentials(done.stdout + done.stderr)
        print(say(Text(said, said), language), file=sys.stderr)
        kept = _settle(repository, old, new)
    after = _answers(repository)
    open_ends = [*_conflicts(repository), *kept, *_replaced_answers(before, after, options)]
    if not open_ends:
        version = show(after["_commit"])
        out = Text(f"已更新到 {version}，没有冲突。", f"Updated to {version} with no conflicts.")
        print(say(out, language))
        return 0
    print(say(Text("要由您决定的：", "For you to decide:"), language), file=sys.stderr)
    for each in open_ends:
        print(f"    {say(each, language)}", file=sys.stderr)
    return 1


def _answers(repository: Repository) -> Answers:
    """The answers file, which must name the template and its version."""
    file = repository.top / ANSWERS
    if not os.path.lexists(file):
        raise UpdateError(
            f"{file} 不存在：这个仓库不是由模板生成的；要从模板生成，请用 copier copy。",
            f"There is no {file}: this repository was not made from a template; to make one, use copier copy.",
            MISUSE,
        )
    found = answers.parse(answers.read(file) or b"")
    if not found:
        raise UpdateError(
            f"{file} 不是 copier 写入的文件（应为不超过 {answers.LIMIT} 字节的普通文件，内容是有效的 YAML）："
            f"请用 git checkout -- {ANSWERS} 恢复，或从历史中取回。",
            f"{file} is not as copier wrote it (a regular file of at most {answers.LIMIT} bytes that holds valid "
            f"YAML): restore it with git checkout -- {ANSWERS}, or from an earlier commit.",
        )
    if not found.get("_src_path") or not found.get("_commit"):
        raise UpdateError(
            f"{file} 没有记录模板的地址和版本，无法更新，多半因为当时的模板不是 git 仓库；"
            "请在这里运行 copier copy --overwrite 模板的git地址 .，再用 git diff 取舍。",
            f"{file} does not record the template's address and version, probably because the template was not a git "
            "repository, so it cannot be updated. Run copier copy --overwrite GIT_ADDRESS_OF_THE_TEMPLATE . here, "
            "then choose what to keep with git diff.",
        )
    source = found["_src_path"]
    if ":" not in source and source[0] not in "/~" and not (repository.top / source).exists():
        raise UpdateError(
            f"{file} 以相对路径 {show(source)} 记录模板，在这里找不到它：请把 _src_path 改成模板的完整路径或 git 地址，"
            "再提交。",
            f"{file} records the template as the relative path {show(source)}, but nothing is there: set _src_path to "
            "the template's full path or git address, and commit.",
        )
    return found


def _need_clean(repository: Repository) -> None:
    changed = (
        repository.git("status", "--porcelain", "--untracked-files=normal", "-z").decode("utf-8", "replace").split("\0")
    )
    names = ", ".join(show(line[3:]) for line in changed[:3] if line)
    if names:
        raise UpdateError(
            f"有尚未提交的改动（{names}）：请先 git add 并 git commit，更新才不会弄丢它们。",
            f"There are uncommitted changes ({names}): git add and git commit them first, so that the update cannot "
            "lose them.",
        )


def _need_copier() -> None:
    if importlib.util.find_spec("copier") is None:
        raise UpdateError(
            "没有安装 copier：请运行 nox -s update，或 pip install copier。",
            "copier is not installed: run nox -s update, or pip install copier.",
        )


def _copier(repository: Repository, told: Answers, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run copier at the top of the repository; what fails there, fails here with one sentence."""
    line = module_command("copier", command, *arguments)
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        line, cwd=repository.top, env=environment, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode == 0:
        return done
    source, reason = show(without_credentials(told["_src_path"])), _reason(without_credentials(done.stderr))
    if "Unknown revision" in reason:
        raise UpdateError(
            f"{source} 里没有要用的模板版本（{reason}）：请检查选项；如果 {ANSWERS} 里的版本已不存在，请运行 copier recopy 重新生成，再用 git diff 取舍。",
            f"{source} does not have the version of the template that is needed ({reason}): check the options. If the "
            f"version in {ANSWERS} no longer exists, run copier recopy, then choose what to keep with git diff.",
        )
    changed = bool(repository.git("status", "--porcelain"))
    raise UpdateError(
        f"copier {command} 失败：{reason}。模板来自 {source}，请检查它能否访问、选项是否正确。"
        + "请用 git reset --hard 回到更新之前。" * changed,
        f"copier {command} failed: {reason}. The template comes from {source}: check that it can be reached and that the "
        "options are correct." + " git reset --hard restores the state before the update." * changed,
    )


def _reason(said: str) -> str:
    lines = [re.sub(r"^\s*(Stderr:\s*)?\|?\s*", "", line) for line in said.splitlines()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:", "ssh:"))]
    last = (fatal or [line for line in lines if line] or ["?"])[0 if fatal else -1]
    return show(last.removeprefix("fatal: ")).rstrip(".")


# Options of copier update that neither rendering takes, and those that the old version's must not be given.
UPDATE_ONLY = (("-o", "--conflict"), ("-c", "--context-lines"), ("--ask",))
NEW_ONLY = (*UPDATE_ONLY, ("-r", "--vcs-ref"), ("-d", "--data"), ("--data-file",))


def _without(options: Sequence[str], left_out: Sequence[Sequence[str]]) -> list[str]:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for names in left_out:
        parser.add_argument(*names, nargs="?")
    return parser.parse_known_args(options)[1]


def _render(repository: Repository, told: Answers, folder: Path, *options: str) -> None:
    """Render what a version of the template makes of the answers here."""
    folder.mkdir()
    shutil.copyfile(repository.top / ANSWERS, folder / ANSWERS)
    _copier(repository, told, "recopy", "--defaults", "--overwrite", *options, str(folder))


def _need_room(repository: Repository, old: Path, new: Path) -> None:
    """Refuse what copier would write to or delete without git being able to give it back."""
    held = {name[2:] for name in _names(repository, "-v") if name.startswith("H ")}
    status = repository.git("status", "--porcelain", "--ignored", "-z").decode("utf-8", "surrogateescape").split("\0")
    stale = [
        (line[3:], Text("以前的更新留下的", "left by an earlier update")) for line in status if line.endswith(".rej")
    ]
    found = [(path, _in_the_way(repository.top, path, new, held)) for path in sorted({*_files(old), *_files(new)})]
    in_the_way = [(path, why) for path, why in [*stale, *found] if why]
    if in_the_way:
        more = len(in_the_way) - NAMED
        zh = "、".join(f"{show(path)}（{why.zh}）" for path, why in in_the_way[:NAMED])
        en = ", ".join(f"{show(path)} ({why.en})" for path, why in in_the_way[:NAMED])
        raise UpdateError(
            f"更新会改动 git 无法恢复或 copier 无法写入的文件：{zh}{f' 等 {more + NAMED} 个' * (more > 0)}；没有作任何改动。"
            "请先提交、改名或恢复它们，或用 --exclude 文件名 让更新跳过。",
            "Nothing was changed, because the update would overwrite files that git cannot restore, or that copier "
            f"cannot write: {en}{f' and {more} more' * (more > 0)}. Commit, rename or restore them first, or have "
            "the update skip one with --exclude NAME.",
        )


def _in_the_way(top: Path, path: str, new: Path, held: set[str]) -> Text | None:
    place, rendered = top / path, new / path
    for parent in [top / each for each in PurePosixPath(path).parents][-2::-1]:
        if parent.is_symlink():
            return Text("它的文件夹在这里是符号链接", "its folder is a symbolic link here")
        if parent.exists() and not parent.is_dir():
            return Text("它的文件夹在这里是文件", "its folder is a file here")
    comes = os.path.lexists(rendered)
    if place.is_symlink() and comes and not rendered.is_symlink() and not _is_binary(rendered):
        return Text("在这里是符号链接", "a symbolic link here")
    if place.is_dir() and not place.is_symlink():
        return Text("在这里是文件夹", "a folder here") if comes else None
    if not os.path.lexists(place) or (comes and _same(place, rendered)):
        return None
    if path not in held:
        return Text("git 没有保存它现在的内容", "git has not saved its current content")
    if not place.is_symlink() and not (os.access(place, os.W_OK) and os.access(place.parent, os.W_OK)):
        return Text("只读", "read-only")
    return None


def _same(one: Path, other: Path) -> bool:
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and os.readlink(one) == os.readlink(other)
    return one.is_file() and filecmp.cmp(one, other, shallow=False)


def _files(folder: Path) -> Iterator[str]:
    """Files and links below a folder, and folders that are links."""
    for place, folders, files in os.walk(folder):
        for name in [*files, *(name for name in folders if os.path.islink(os.path.join(place, name)))]:
            yield Path(place, name).relative_to(folder).as_posix()


def _settle(repository: Repository, old: Path, new: Path) -> list[Text]:
    """Bring back edited files that the template no longer has, and renew binary files that are still the template's."""
    top, open_ends = repository.top, []
    removed = _names(repository, "--deleted")
    for path in filter(lambda path: (old / path).is_file(), removed):
        repository.git("checkout-index", "--", path)
        if _same(top / path, old / path):
            (top / path).unlink()
            with contextlib.suppress(OSError):  # the folder is not empty
                os.removedirs((top / path).parent)
        else:
            open_ends.append(_given_up(path))
    for path in _names(repository):
        if path in removed or not _is_binary(new / path) or not _is_binary(old / path):
            continue
        if _same(old / path, new / path):
            continue
        if (top / path).is_symlink():
            open_ends.append(_link(path))
        elif _same(top / path, old / path):
            shutil.copyfile(new / path, top / path)
    return open_ends


def _names(repository: Repository, *which: str) -> list[str]:
    names = repository.git("ls-files", "-z", *which).decode("utf-8", "surrogateescape").split("\0")
    return sorted(set(names) - {""})


def _is_binary(file: Path) -> bool:
    """Whether git takes the file for binary, by its first bytes: weights may be large."""
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return b"\0" in stream.read(8000)


def _given_up(path: str) -> Text:
    name = show(path)
    return Text(
        f"{name}：模板不再有这个文件；因为您改过它，所以保留（如不需要，请用 git rm 删除）。",
        f"{name}: no longer in the template; kept because you edited it (git rm it if you do not need it).",
    )


def _link(path: str) -> Text:
    name = show(path)
    return Text(
        f"{name}：模板的新版本更新了这个文件，但它在这里是符号链接，所以没有写入；请自行决定链接到哪里。",
        f"{name}: the template has a new version, but the file is a symbolic link here, so nothing was written; "
        "decide what the link should point to.",
    )


def _conflicts(repository: Repository) -> list[Text]:
    """The files that hold both versions, and those whose part was put into a .rej file."""
    unmerged = {line.partition("\t")[2] for line in _names(repository, "--unmerged")}
    rejected = {path for path in _names(repository) if (repository.top / f"{path}.rej").exists()}
    marked = [
        Text(
            f"{show(path)}：您和模板改了同一处，两种写法都在 <<<<<<< 和 >>>>>>> 之间，请留下一种，再 git add。",
            f"{show(path)}: you and the template changed the same lines; both versions are between <<<<<<< and "
            ">>>>>>>. Keep one, then git add the file.",
        )
        for path in sorted(unmerged)
    ]
    return marked + [
        Text(
            f"{show(path)}：您的部分改动放不进新版本，已存入 {show(path)}.rej，请手工合并，再删除该文件。",
            f"{show(path)}: some of your changes do not fit the new version and are now in {show(path)}.rej: apply "
            "them by hand, then delete that file.",
        )
        for path in sorted(rejected)
    ]


def _replaced_answers(before: Answers, after: Answers, options: Sequence[str]) -> list[Text]:
    """The answers that the new version does not take and copier replaced by their defaults, without a word."""
    if any(option.startswith(("-d", "--data", "--ask")) for option in options):
        return []
    keys = [key for key in before if key[0] != "_" and key in after and before[key] != after[key]]
    return [
        Text(
            f"{ANSWERS}：新版本不接受答案 {key}: {show(before[key])}，换成了 {show(after[key])}；"
            f"要改用别的，请运行 xihe-hooks update --data {key}=...",
            f"{ANSWERS}: the new version does not accept the answer {key}: {show(before[key])}, so it is now "
            f"{show(after[key])}; to choose another, run xihe-hooks update --data {key}=...",
        )
        for key in keys
    ]
