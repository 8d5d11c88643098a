"""Why git cannot answer, in one sentence."""

from __future__ import annotations

import os
import re
import shlex

from xihe_hooks.language import Text


class GitError(Exception):
    """The repository cannot be read. `str(error)` is one English sentence: what, where, what to do; `text` has both."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


class TooLarge(GitError):
    """A file is above the 1 MiB that `Tree.read` hands out; `Entry.size` tells its size without reading it."""


def missing(where: str, oid: str) -> GitError:
    return GitError(
        f"{where} 缺少对象 {oid}；请运行 git fsck，并从远程仓库重新获取（git fetch）。",
        f"{where} lacks the object {oid}; run git fsck, and get it again from the remote with git fetch.",
    )


def failure(where: str, said: str) -> GitError:
    reason = next((line.removeprefix("fatal: ").removeprefix("error: ") for line in said.splitlines() if line), "?")
    for sign, zh, en in _REASONS:
        if sign in said:
            values = {"where": where, "reason": reason, "owned": _owned(where, said)}
            return GitError(zh.format(**values), en.format(**values))
    return GitError(
        f"git 无法读取 {where}（{reason}）；请先在该处运行 git status 查明原因。",
        f"Git cannot read {where} ({reason}); run git status there to see why.",
    )


def _owned(where: str, said: str) -> str:
    """What safe.directory must name, quoted for a shell: git says it; "." and other relative paths it does not take."""
    named = re.search(r"(?m)--add safe\.directory (.+)$", said)
    return named[1] if named else shlex.quote(os.path.abspath(where))


_REASONS = (
    (
        "not a git repository",
        "{where} 不在 git 仓库中；请在克隆下来的项目或模型文件夹中运行，或先运行 git init。",
        "{where} is not in a git repository; run this in the folder of the cloned project or model, or git init first.",
    ),
    (
        "must be run in a work tree",
        "{where} 是裸仓库或位于 .git 文件夹内，没有可检查的文件；请在它的克隆中运行。",
        "{where} is a bare repository or is in a .git folder, so it has no files to check; run this in a clone of it.",
    ),
    (
        "dubious ownership",
        "{where} 属于另一个用户，git 拒绝读取；请运行 git config --global --add safe.directory {owned}。",
        "{where} belongs to another user, so git cannot read it; run git config --global --add safe.directory {owned}.",
    ),
    (
        "cannot change to",
        "没有 {where} 这个文件夹或文件；请检查路径。",
        "There is no folder or file {where}; check the path.",
    ),
    (
        "index file",
        "{where} 的索引已损坏（{reason}）；请删除 .git/index 后运行 git reset。",
        "The index of {where} is broken ({reason}); delete .git/index and run git reset.",
    ),
    (
        "index uses",
        "{where} 的索引无法读取（{reason}）；请升级 git。",
        "The index of {where} cannot be read ({reason}); upgrade git.",
    ),
    (
        "unknown index",
        "{where} 的索引已损坏（{reason}）；请删除 .git/index 后运行 git reset。",
        "The index of {where} is broken ({reason}); delete .git/index and run git reset.",
    ),
    (
        "bad signature",
        "{where} 的索引已损坏（{reason}）；请删除 .git/index 后运行 git reset。",
        "The index of {where} is broken ({reason}); delete .git/index and run git reset.",
    ),
)
