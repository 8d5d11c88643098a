"""What to say and do about a content that is in the history: a further commit takes nothing out of a push."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from xihe_hooks.git.outgoing import Blob, Push
from xihe_hooks.language import Text, paths, show, to_run, without_credentials

COMMIT = ("git", "commit")


def carried(blob: Blob) -> Text:
    """Tell what brings a content into a push; nothing at a commit."""
    if not blob.update:
        return Text("", "")
    if not blob.commit:
        return Text(f"。它由 {show(blob.update.remote_ref)} 带入", f". It comes with {show(blob.update.remote_ref)}")
    commit = blob.commit[:12]
    if blob.at_tip:
        return Text(f"。它由提交 {commit} 带入", f". Commit {commit} brought it")
    return Text(
        f"。它由提交 {commit} 带入，后来虽已删除，推送中仍有它",
        f". Commit {commit} brought it, and although a later commit removed it, the push would still contain it",
    )


def squash(push: Push | None, blob: Blob, current: str | None, steps: Sequence[Sequence[str]] = ()) -> Text | None:
    """Tell how to make one commit of what is new, without the blob or with the steps that make it another.

    current is the branch that is checked out. None where nothing brings the blob: it is not in the history yet.
    """
    update = blob.update
    if not push or not update:
        return None
    base = push.bases[update]
    if update.remote_ref.startswith("refs/tags/"):
        tag = update.remote_ref.removeprefix("refs/tags/")
        return Text(
            f"请不要推送这个标签：{shlex.join(['git', 'tag', '-d', *paths(tag)])}",
            f"Do not push this tag: {shlex.join(['git', 'tag', '-d', *paths(tag)])}",
        )
    if not base and not update.creates:
        fetch = shlex.join(["git", "fetch", without_credentials(push.remote)])
        return Text(
            f"请先取得远程的新提交：{fetch}，再推送一次，届时会给出具体命令。",
            f"Fetch the remote's newer commits first: {fetch}. Then push again to see the exact commands.",
        )
    local = update.local_ref.removeprefix("refs/heads/")
    commands: list[Sequence[str]] = []
    if local not in ("HEAD", update.local_ref, current):
        commands.append(("git", "switch", local))
    commands.append(("git", "reset", "--soft", base[:12]) if base else ("git", "update-ref", "-d", "HEAD"))
    if blob.at_tip and blob.path:
        commands += steps or [("git", "rm", "-f", "--cached", "--", blob.path)]
    otherwise = Text(
        "请用 git reset --soft 回到远程的提交，取消暂存这个文件，再重新提交",
        "Run git reset --soft to the remote's commit, unstage this file, and commit again",
    )
    one = to_run(*commands, COMMIT, otherwise=otherwise)
    return Text(
        f"再提交一次修改或删除没有用；请把新提交合并成一个不含它的提交：{one.zh.removeprefix('请运行 ')}",
        "Another commit that changes or deletes it does not help; combine the new commits into one without it: "
        f"{one.en.removeprefix('Run ')}",
    )
