"""The rules of a push."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from xihe_hooks.git.outgoing import Blob, Push
from xihe_hooks.language import Text, paths, show, to_run, without_credentials
from xihe_hooks.rules.rule import Finding, Rule


def judge(push: Push, kind: str) -> list[Finding]:
    """The findings of the rules that are about this kind of repository, by path."""
    found = [finding for rule in RULES if kind in rule.kinds for finding in rule.check(push)]
    return sorted(found, key=lambda finding: (finding.path, finding.rule))


# Without the hooks: git-lfs fails where another tool's stand.
LFS_FILTERS = ("git", "lfs", "install", "--local", "--skip-repo")
COMMIT = ("git", "commit")
BY_HAND = Text(
    "请给这个文件改名（名字中有终端无法显示的字符），再用 git-lfs 重新添加并提交。",
    "Rename the file, whose name has characters that a terminal does not show; then add it again through git-lfs, and "
    "commit.",
)


class XP101(Rule):
    title = Text("推送的文件不超过平台限制", "Pushed files are within the platform's limit")
    why = Text(
        "项目仓库拒绝超过 200 KB 的文件。服务器检查推送带来的每一个对象，所以先添加、后来又删除的大文件同样会被拒绝。",
        "The project repository refuses files above 200 KB. The server looks at every object that a push brings, so a "
        "large file that was added and removed again is refused as well.",
    )
    remedy = Text(
        "把大文件移出提交历史：git reset --soft 到远程的提交，取消暂存该文件，再重新提交。权重应放进模型仓库。",
        "Take the file out of the history: git reset --soft to the remote's commit, unstage it, commit again. Weights "
        "belong in the model repository.",
    )

    def check(self, push: Push) -> Iterator[Finding]:
        """Yield the blobs above the limit, wherever in the history they are."""
        for blob in push.blobs:
            if blob.size > push.limit:
                yield self.found(
                    blob.path,
                    f"{_name(blob)} 有 {blob.size} 字节，平台最多接受 {push.limit} 字节。{_carried(blob).zh}",
                    f"{_name(blob)} has {blob.size} bytes; the platform takes at most {push.limit}. "
                    f"{_carried(blob).en}",
                    remedy=_squash(push, blob),
                )


class XP102(Rule):
    title = Text("推送到项目仓库的内容里没有 git-lfs 指针", "No git-lfs pointers are pushed to a project")
    why = Text(
        "项目仓库不能包含 git-lfs 文件：平台启动时只会得到指针文本，训练任务会直接停止。",
        "A project repository must not hold git-lfs files: at the start the platform gets the text of the pointer, and "
        "training stops.",
    )
    remedy = Text(
        "权重放进模型仓库，并写入 inference/config.json；项目仓库里把它从提交历史中去掉。",
        "Put weights into the model repository and name them in inference/config.json; take them out of the project's "
        "history.",
    )

    def check(self, push: Push) -> Iterator[Finding]:
        """Yield the pointers, wherever in the history they are."""
        for blob in push.blobs:
            if blob.pointer:
                yield self.found(
                    blob.path,
                    f"{_name(blob)} 是 git-lfs 指针（代表 {blob.pointer.size} 字节），项目仓库不接受。{_carried(blob).zh}",
                    f"{_name(blob)} is a git-lfs pointer (for {blob.pointer.size} bytes), which a project must not hold. "
                    f"{_carried(blob).en}",
                    remedy=_squash(push, blob),
                )


class XP103(Rule):
    title = Text("只推送平台运行的分支", "Only the branch that the platform runs is pushed")
    why = Text(
        "平台只读取 main 分支；平台公开的服务器钩子拒绝其他分支和标签。",
        "The platform reads the branch main only; its published server hook refuses other branches and tags.",
    )
    remedy = Text("运行 git push origin HEAD:main。", "Run git push origin HEAD:main.")
    severity = "warning"

    def check(self, push: Push) -> Iterator[Finding]:
        """Yield the refs that are not the branch."""
        for update in push.updates:
            if update.remote_ref != f"refs/heads/{push.branch}":
                command = shlex.join(["git", "push", without_credentials(push.remote), f"HEAD:{push.branch}"])
                yield self.found(
                    "",
                    f"{show(update.remote_ref)} 不是平台运行的分支 {push.branch}，可能被拒绝，也不会被启动。",
                    f"{show(update.remote_ref)} is not {push.branch}, the branch that the platform runs: it may be "
                    "refused, and nothing is started from it.",
                    remedy=Text(
                        f"要让平台运行它，请推送到 {push.branch}：{command}", f"To run it, push it there: {command}"
                    ),
                )


class XP104(Rule):
    title = Text("一次推送正好一个提交", "A push brings exactly one commit")
    why = Text(
        "平台公开的服务器钩子比较推送前后的提交：正好相差一个才接受，合并、多个提交、强制推送都会被拒绝。",
        "The platform's published server hook compares the commits before and after: it accepts a difference of exactly "
        "one, and refuses merges, several commits and forced pushes.",
    )
    remedy = Text(
        "把新提交合并成一个：git reset --soft 到远程的提交，再提交一次。",
        "Make them one: git reset --soft to the remote's commit, commit again.",
    )
    severity = "warning"

    def check(self, push: Push) -> Iterator[Finding]:
        """Yield the branch when more than one commit lies between it and the remote's."""
        for update in push.updates:
            count, base = push.commits[update], push.bases[update]
            if update.remote_ref == f"refs/heads/{push.branch}" and count is not None and count > 1 and base:
                commands = f"git reset --soft {base[:12]} && git commit"
                yield self.found(
                    "",
                    f"与远程的 {push.branch} 相差 {count} 个提交，平台公开的钩子一次只接受一个。",
                    f"{count} commits lie between this and the remote's {push.branch}; the platform's published hook "
                    "accepts one at a time.",
                    remedy=Text(
                        f"如被拒绝，请合并成一个提交：{commands}", f"If it is refused, make them one: {commands}"
                    ),
                )


class XP105(Rule):
    title = Text("推送的内容里没有密钥和令牌", "No keys and tokens are pushed")
    why = Text(
        "推送之后，能读仓库的人都能读到它；后来的提交即使删除了它，历史中仍有。",
        "After the push whoever reads the repository reads it; the history keeps it even when a later commit takes it out.",
    )
    remedy = Text(
        "请从提交历史中去掉它；如果它曾经推送到别处，请立即作废并换新的。",
        "Take it out of the history; if it has been pushed anywhere, revoke it now and make a new one.",
    )
    kinds = ("project", "model")

    def check(self, push: Push) -> Iterator[Finding]:
        """Yield what looks like a secret, wherever in the history it is."""
        for blob in push.blobs:
            for leak in blob.leaks:
                yield self.found(
                    blob.path,
                    f"{_name(blob)} 中{leak.what.zh}。{_carried(blob).zh}",
                    f"A string in {_name(blob)} {leak.what.en}. {_carried(blob).en}",
                    at=leak.place,
                    remedy=_squash(push, blob),
                )


class XP201(Rule):
    title = Text("模型仓库的大文件由 git-lfs 保存", "Large files of a model go through git-lfs")
    why = Text(
        "超过限制的文件必须是 git-lfs 指针；只写 .gitattributes 不会转换已经提交的文件。",
        "A file above the limit must be a git-lfs pointer; writing .gitattributes does not convert what is committed.",
    )
    remedy = Text(
        "用 git lfs track 跟踪该文件，git reset --soft 到远程的提交，取消暂存后重新添加，再提交。",
        "Track the file by git lfs track, git reset --soft to the remote's commit, unstage it, add it again, and commit.",
    )
    kinds = ("model",)

    def check(self, push: Push) -> Iterator[Finding]:
        """Yield the blobs above the limit: the content itself, in the history for good."""
        for blob in push.blobs:
            if blob.size > push.limit:
                yield self.found(
                    blob.path,
                    f"{_name(blob)} 以原始内容提交（{blob.size} 字节），平台最多接受 {push.limit} 字节。{_carried(blob).zh}",
                    f"{_name(blob)} was committed with its content ({blob.size} bytes); the platform takes at most "
                    f"{push.limit}. {_carried(blob).en}",
                    remedy=_squash(push, blob, _to_lfs(blob)),
                )


class XP202(Rule):
    title = Text("由 git-lfs 跟踪的文件确实是指针", "What git-lfs tracks is a pointer")
    why = Text(
        "文件在 .gitattributes 生效之前提交，或提交时没有安装 git-lfs，就会留下原始内容。",
        "A file that was committed before .gitattributes, or without git-lfs installed, stays as it was.",
    )
    remedy = Text("运行 git add --renormalize，再提交。", "Run git add --renormalize, and commit.")
    severity = "warning"
    kinds = ("model",)

    def check(self, push: Push) -> Iterator[Finding]:
        """Yield the small blobs that should have been pointers, where they will be checked out."""
        for blob in push.blobs:
            if blob.lfs and blob.at_tip and not blob.pointer and 0 < blob.size <= push.limit:
                renormalize = ["git", "add", "--renormalize", "--", blob.path]
                yield self.found(
                    blob.path,
                    f"{_name(blob)} 由 git-lfs 跟踪，提交的却是原始内容（{blob.size} 字节）。",
                    f"{_name(blob)} is tracked by git-lfs, yet its content was committed ({blob.size} bytes).",
                    remedy=to_run(LFS_FILTERS, renormalize, COMMIT, otherwise=BY_HAND),
                )


class XP203(Rule):
    title = Text("git-lfs 指针的内容在本地", "The content of each git-lfs pointer is here")
    why = Text(
        "推送只上传本地已有的内容。远程只有指针时，平台启动失败，而且没有任何提示。",
        "A push uploads what is here. With the pointer alone on the remote the platform fails to start, and says nothing.",
    )
    remedy = Text("运行 git lfs fetch --all，或重新添加原文件。", "Run git lfs fetch --all, or add the file again.")
    kinds = ("model",)

    def check(self, push: Push) -> Iterator[Finding]:
        """Yield the pointers whose content git-lfs does not hold."""
        for blob in push.blobs:
            if blob.pointer and blob.pointer.oid in push.lost:
                yield self.found(
                    blob.path,
                    f"{_name(blob)} 的内容（{blob.pointer.oid[:12]},{blob.pointer.size} 字节）不在本地，推送无法上传。"
                    f"{_carried(blob).zh}",
                    f"The content of {_name(blob)} ({blob.pointer.oid[:12]}, {blob.pointer.size} bytes) is not here, so "
                    f"the push cannot upload it. {_carried(blob).en}",
                    remedy=_restore(blob) if blob.at_tip else _squash(push, blob),
                )


class XP204(Rule):
    title = Text("git-lfs 指针格式规范", "Each git-lfs pointer is canonical")
    why = Text(
        "平台按行比较指针：行尾是 CRLF 或内容不规范时，指针文本本身被当作权重，没有任何提示。",
        "The platform compares the lines of a pointer: with CRLF or another form, the text of the pointer becomes the "
        "weights, without a word.",
    )
    remedy = Text("用 git-lfs 重新添加该文件。", "Add the file again through git-lfs.")
    kinds = ("model",)

    def check(self, push: Push) -> Iterator[Finding]:
        """Yield the pointers that git-lfs would have written otherwise, where they will be checked out."""
        for blob in push.blobs:
            if blob.pointer and not blob.pointer.canonical and blob.at_tip:
                yield self.found(
                    blob.path,
                    f"{_name(blob)} 是 git-lfs 指针，但格式不规范（例如行尾为 CRLF），平台不会把它当作指针。",
                    f"{_name(blob)} is a git-lfs pointer in a form (CRLF line ends, say) that the platform does not take "
                    "for one.",
                    remedy=_restore(blob),
                )


class XP205(Rule):
    title = Text("推送时会上传 git-lfs 的内容", "A push uploads the contents of git-lfs")
    why = Text(
        "git-lfs 由 pre-push 钩子上传内容；别的工具先占用了该钩子时，推送照样成功，内容却没有上传。",
        "git-lfs uploads from the hook pre-push; where another tool took that place, a push succeeds without the content.",
    )
    remedy = Text("运行 xihe-hooks install。", "Run xihe-hooks install.")
    kinds = ("model",)

    def check(self, push: Push) -> Iterator[Finding]:
        """Yield one finding when pointers are pushed and nothing uploads what they stand for."""
        pointers = [blob for blob in push.blobs if blob.pointer]
        if pointers and not push.hooks.lfs:
            yield self.found(
                "",
                f"推送包含 {len(pointers)} 个 git-lfs 指针，但没有钩子上传它们的内容。",
                f"The push holds {len(pointers)} git-lfs pointers, and no hook uploads what they stand for.",
            )


RULES: tuple[Rule, ...] = (XP101(), XP102(), XP103(), XP104(), XP105(), XP201(), XP202(), XP203(), XP204(), XP205())


def _name(blob: Blob) -> str:
    return show(blob.path or blob.update.remote_ref)


def _carried(blob: Blob) -> Text:
    if not blob.commit:
        return Text(f"它由 {show(blob.update.remote_ref)} 带入。", f"It comes with {show(blob.update.remote_ref)}.")
    commit = blob.commit[:12]
    if blob.at_tip:
        return Text(f"它由提交 {commit} 带入。", f"Commit {commit} brought it.")
    return Text(
        f"它由提交 {commit} 带入，后来虽已删除，推送仍会带上它。",
        f"Commit {commit} brought it, and though a later one removed it, the push would still carry it.",
    )


def _squash(push: Push, blob: Blob, steps: Sequence[Sequence[str]] = ()) -> Text:
    """Return how to make one commit of what is new, without the blob or with the steps that make it another."""
    update, base = blob.update, push.bases[blob.update]
    if update.remote_ref.startswith("refs/tags/"):
        tag = update.remote_ref.removeprefix("refs/tags/")
        return Text(
            f"请不要推送这个标签：{shlex.join(['git', 'tag', '-d', *paths(tag)])}",
            f"Leave this tag out of the push: {shlex.join(['git', 'tag', '-d', *paths(tag)])}",
        )
    if not base and not update.creates:
        fetch = shlex.join(["git", "fetch", without_credentials(push.remote)])
        return Text(
            f"请先取得远程的新提交：{fetch}，再推送一次，届时会给出具体命令。",
            f"Get the remote's newer commits first: {fetch}. Push again, and the commands to run are named.",
        )
    local = update.local_ref.removeprefix("refs/heads/")
    commands: list[Sequence[str]] = []
    if local not in ("HEAD", update.local_ref, push.current):
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
        f"再提交一次修改或删除没有用，要把新提交合并成一个不含它的提交：{one.zh.removeprefix('请运行 ')}",
        f"A further commit that changes or deletes it does not help; make the new commits one, without it: "
        f"{one.en.removeprefix('Run ')}",
    )


def _to_lfs(blob: Blob) -> list[Sequence[str]]:
    track = [] if blob.lfs else [("git", "lfs", "track", "--filename", *paths(blob.path))]
    remove, add = ("git", "rm", "-f", "--cached", "--", blob.path), ("git", "add", "--", ".gitattributes", blob.path)
    return [LFS_FILTERS, *track, remove, add]


def _restore(blob: Blob) -> Text:
    again = to_run(("git", "add", "--renormalize", "--", blob.path), COMMIT, otherwise=BY_HAND)
    return Text(
        f"请运行 git lfs fetch --all；若仍缺少，请把原文件放回 {show(blob.path)}，{again.zh}",
        f"Run git lfs fetch --all; if it is still missing, put the file itself back at {show(blob.path)}. {again.en}",
    )
