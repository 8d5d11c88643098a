"""Brings a repository that was made from the template to the template's newest version, through copier.

copier merges texts line by line and leaves both versions where the user and the template changed the same ones. Two
things it does not merge: it deletes a file that the template gave up, with the user's edits in it, and it knows nothing
of binary files, so the template keeps it away from weights. Both are settled here, by comparing with what the old
version renders.
"""

from __future__ import annotations

import filecmp
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from xihe_hooks.git.errors import GitError
from xihe_hooks.git.repository import Repository
from xihe_hooks.language import Text, choose_language, say, show
from xihe_hooks.python import module_command

ANSWERS = ".copier-answers.yml"
MISUSE = 2
USAGE = Text(
    """\
用法：xihe-hooks update [文件夹] [copier update 的选项，如 --vcs-ref v1.2.0]

把由模板生成的仓库升级到模板的新版本：保留您的改动，列出要由您决定的文件。""",
    """\
usage: xihe-hooks update [FOLDER] [options of copier update, such as --vcs-ref v1.2.0]

Move a repository that was made from the template to its next version, keep your changes, and list what you must decide.""",
)


STOPPED = Text(
    "已中断；git reset --hard 回到升级之前，git clean -fd 删去新增的文件。",
    "Stopped; git reset --hard goes back to before the update, git clean -fd removes what it added.",
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
        file = repository.top / ANSWERS
        language = choose_language(None, file.read_bytes() if file.is_file() else None, os.environ)
        return _update(repository, list(argv[named:]), language)
    except GitError as error:
        print(f"xihe-hooks: {say(error.text, language)}", file=sys.stderr)
        return MISUSE
    except UpdateError as error:
        print(f"xihe-hooks: {say(error.text, language)}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print(f"xihe-hooks: {say(STOPPED, language)}", file=sys.stderr)
        return 1


def _update(repository: Repository, options: list[str], language: str) -> int:
    before = _answers(repository)
    _need_clean(repository)
    _need_copier()
    told = json.loads(_copier(repository, before, "check-update", "--output-format", "json").stdout)
    have, newest = told["current_version"], told["latest_version"]
    if not told["update_available"] and not options:
        print(say(Text(f"模板已是最新版本 {have}。", f"This is the template's newest version, {have}."), language))
        return 0
    out = Text(f"模板版本：这里 {have}，最新 {newest}。", f"Template: version {have} here, {newest} is out.")
    print(say(out, language), flush=True)
    done = _copier(repository, before, "update", "--defaults", *options)
    print(done.stdout + done.stderr, file=sys.stderr)
    after = _answers(repository)
    kept = _settle(repository, before, after)
    open_ends = [*_conflicts(repository), *kept, *_replaced_answers(before, after, options)]
    if not open_ends:
        print(say(Text(f"已升级到 {after['_commit']}，没有冲突。", f"At {after['_commit']}, no conflicts."), language))
        return 0
    print(say(Text("要由您决定的：", "For you to decide:"), language), file=sys.stderr)
    for each in open_ends:
        print(f"    {say(each, language)}", file=sys.stderr)
    return 1


def _answers(repository: Repository) -> Mapping[str, Any]:
    """The answers file, which must name the template and its version."""
    file = repository.top / ANSWERS
    try:
        answers = yaml.safe_load(file.read_bytes())
    except FileNotFoundError:
        raise UpdateError(
            f"{file} 不存在：这个仓库不是由模板生成的；要从模板生成，请用 copier copy。",
            f"There is no {file}: this repository was not made from a template; copier copy makes one.",
            MISUSE,
        ) from None
    except yaml.YAMLError as error:
        reason = show(str(error).splitlines()[0])
        raise UpdateError(
            f"{file} 不是有效的 YAML（{reason}）：请用 git checkout -- {ANSWERS} 恢复。",
            f"{file} is no valid YAML ({reason}): git checkout -- {ANSWERS} brings it back.",
        ) from None
    if not isinstance(answers, dict) or not all(isinstance(answers.get(key), str) for key in ("_src_path", "_commit")):
        raise UpdateError(
            f"{file} 没有记录模板的地址和版本，无法升级，多半因为当时的模板不是 git 仓库；"
            "请在这里运行 copier copy --overwrite 模板的git地址 .，再用 git diff 取舍。",
            f"{file} does not hold the template's address and version, as when the template was no git repository; run "
            "copier copy --overwrite GIT_ADDRESS_OF_THE_TEMPLATE . here, and choose with git diff.",
        )
    return answers


def _need_clean(repository: Repository) -> None:
    changed = repository.git("status", "--porcelain", "-z").decode("utf-8", "replace").split("\0")
    names = ", ".join(show(line[3:]) for line in changed[:3] if line)
    if names:
        raise UpdateError(
            f"有尚未提交的改动（{names}）：请先 git add 并 git commit，升级才不会弄丢它们。",
            f"There are changes without a commit ({names}): git add and git commit them first, so that none is lost.",
        )


def _need_copier() -> None:
    if importlib.util.find_spec("copier") is None:
        raise UpdateError(
            "这里没有安装 copier：请运行 nox -s update，或 pip install copier。",
            "There is no copier here: run nox -s update, or pip install copier.",
        )


def _copier(
    repository: Repository, answers: Mapping[str, Any], command: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run copier at the top of the repository; what fails there, fails here with one sentence."""
    line = module_command("copier", command, *arguments)
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        line, cwd=repository.top, env=environment, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode == 0:
        return done
    source, reason = _without_password(answers["_src_path"]), _without_password(_reason(done.stderr))
    if "Unknown revision" in reason:
        raise UpdateError(
            f"{source} 里没有要用的模板版本（{reason}）：请检查选项；若是 {ANSWERS} 里的版本没有了，"
            "请运行 copier recopy 重新生成，再用 git diff 取舍。",
            f"{source} lacks the version of the template ({reason}): check the options; where it is the one in {ANSWERS}, "
            "run copier recopy and choose with git diff.",
        )
    changed = bool(repository.git("status", "--porcelain"))
    raise UpdateError(
        f"copier {command} 失败：{reason}。模板来自 {source}，请检查它能否访问、选项是否正确。"
        + "用 git reset --hard 回到升级之前。" * changed,
        f"copier {command} failed: {reason}. The template comes from {source}: check that it can be reached, and the "
        "options." + " git reset --hard goes back to before the update." * changed,
    )


def _reason(said: str) -> str:
    lines = [re.sub(r"^\s*(Stderr:\s*)?\|?\s*", "", line) for line in said.splitlines()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:", "ssh:"))]
    last = (fatal or [line for line in lines if line] or ["?"])[0 if fatal else -1]
    return show(last.removeprefix("fatal: ")).rstrip(".")


def _without_password(text: str) -> str:
    return re.sub(r"(?<=://)[^/@\s]+@", "", text)


def _settle(repository: Repository, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Text]:
    """Bring back edited files that the template gave up, and renew binary files that are still the template's."""
    removed = _names(repository, "--deleted")
    binary = [path for path in _names(repository) if path not in removed and _is_binary(repository.top / path)]
    if not removed and not binary:
        return []
    kept = []
    with tempfile.TemporaryDirectory() as temporary:
        old, new = Path(temporary, "old"), Path(temporary, "new")
        _render(repository, before, old)
        for path in filter(lambda path: (old / path).is_file(), removed):
            repository.git("checkout-index", "--", path)
            if filecmp.cmp(repository.top / path, old / path, shallow=False):
                (repository.top / path).unlink()
            else:
                kept.append(_given_up(path))
        untouched, _, _ = filecmp.cmpfiles(repository.top, old, binary, shallow=False)
        if untouched:
            _render(repository, after, new)
        for path in filter(lambda path: (new / path).is_file(), untouched):
            shutil.copyfile(new / path, repository.top / path)
    return kept


def _render(repository: Repository, answers: Mapping[str, Any], folder: Path) -> None:
    """Render what a version of the template makes of the answers."""
    data = folder.with_name(f"{folder.name}.yml")
    data.write_text(yaml.safe_dump({key: value for key, value in answers.items() if key[0] != "_"}), "utf-8")
    version = ("--vcs-ref", answers["_commit"], "--data-file", str(data))
    _copier(repository, answers, "copy", "--quiet", "--defaults", *version, answers["_src_path"], str(folder))


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
        f"{name}：模板不再有这个文件，您改过它，所以保留；不需要就 git rm 它。",
        f"{name}: the template gave it up, and you had changed it, so it stays; git rm it if you have no use for it.",
    )


def _conflicts(repository: Repository) -> list[Text]:
    """The files that hold both versions, and those whose part was put into a .rej file."""
    unmerged = {line.partition("\t")[2] for line in _names(repository, "--unmerged")}
    rejected = {path for path in _names(repository) if (repository.top / f"{path}.rej").exists()}
    marked = [
        Text(
            f"{show(path)}：您和模板改了同一处，两种写法都在 <<<<<<< 和 >>>>>>> 之间，请留下一种，再 git add。",
            f"{show(path)}: you and the template changed the same lines; between <<<<<<< and >>>>>>> are both: keep one, "
            "then git add.",
        )
        for path in sorted(unmerged)
    ]
    return marked + [
        Text(
            f"{show(path)}：您的部分改动放不进新版本，留在 {show(path)}.rej，请手工放回，再删除它。",
            f"{show(path)}: some of your changes do not fit the new version and are in {show(path)}.rej: put them back "
            "by hand, then delete it.",
        )
        for path in sorted(rejected)
    ]


def _replaced_answers(before: Mapping[str, Any], after: Mapping[str, Any], options: Sequence[str]) -> list[Text]:
    """The answers that the new version does not take and copier replaced by their defaults, without a word."""
    if any(option.startswith(("-d", "--data", "--ask")) for option in options):
        return []
    keys = [key for key in before if key[0] != "_" and key in after and before[key] != after[key]]
    return [
        Text(
            f"{ANSWERS}：新版本不接受答案 {key}: {show(before[key])}，换成了 {show(after[key])}；"
            f"要改用别的，请运行 xihe-hooks update --data {key}=...",
            f"{ANSWERS}: the new version does not take the answer {key}: {show(before[key])} and put {show(after[key])}; "
            f"for another, run xihe-hooks update --data {key}=...",
        )
        for key in keys
    ]
