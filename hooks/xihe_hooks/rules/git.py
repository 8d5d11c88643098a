"""What git keeps and sends: sizes, submodules, suffixes, branches and commits, whatever the files are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from xihe_hooks.data import WEIGHT_SUFFIXES, Data
from xihe_hooks.git.entries import SUBMODULE, Entry
from xihe_hooks.git.hooks import HookState
from xihe_hooks.git.outgoing import Blob, Push
from xihe_hooks.git.repository import Tree
from xihe_hooks.language import Text, paths, show, to_run, without_credentials
from xihe_hooks.rules.history import carried, squash
from xihe_hooks.rules.rule import Finding, Rule, rule

LFS_FILTERS = ("git", "lfs", "install", "--local", "--skip-repo")  # with its hooks it fails where another tool's stand


@rule
class XG101(Rule):
    slug = "git-file-too-large"
    title = Text("文件不超过平台的大小限制", "No file exceeds the platform's size limit")
    why = Text(
        "平台的网页拒绝更大的文件；教程说 git push 的上限也是 200 KB，服务器实际的上限没有公开。大小按 git 中的字节计算；推送中的每一个文件都算在内，包括先添加、后来又删除的。",
        "The platform's page refuses larger files. The tutorial gives 200 KB for git push as well; the server's real "
        "limit is not public. Sizes are in bytes as git stores them, and every file in a push counts, even one that "
        "was added and later removed.",
    )
    remedy = Text(
        "请把权重放进模型仓库；其他大文件请缩小，或从提交中去掉。",
        "Put weights into the model repository; make other large files smaller, or remove them from the commit.",
    )
    bad = """
        data/train.csv (300 KB)
        inference/app.py
        inference/config.json
        inference/requirements.txt
    """
    good = """
        inference/app.py
        inference/config.json
        inference/requirements.txt
    """
    since = "0.1.0"
    sources = ("limits.file_bytes", "limits.web_bytes")
    kinds = ("project", "model")
    refused = True
    was = ("XP101", "XP201")

    def check(
        self, blobs: Sequence[Blob], push: Push | None, kind: str, branch: str | None, platform: Data
    ) -> Iterator[Finding]:
        most, web = platform["limits"]["file_bytes"]["value"], platform["limits"]["web_bytes"]["value"]
        for blob in blobs:
            more = carried(blob)
            if blob.size > most:
                steps = [LFS_FILTERS, *_to_lfs(blob)] if kind == "model" else ()
                yield self.found(
                    blob.path,
                    Text(
                        f"有 {blob.size} 字节，上限是 {most}{more.zh}",
                        f"This file has {blob.size} bytes; the limit is {most}{more.en}",
                    ),
                    remedy=squash(push, blob, branch, steps) or self._remedy(blob, kind),
                )
            elif blob.size > web and not push:
                yield self.found(
                    blob.path,
                    Text(
                        f"有 {blob.size} 字节，网页只能保存 {web} 字节以内的文件",
                        f"This file has {blob.size} bytes; the web page saves only files of up to {web} bytes",
                    ),
                    severity="warning",
                )

    def _remedy(self, blob: Blob, kind: str) -> Text | None:
        if kind == "model":
            otherwise = Text(
                "请用 git lfs track 跟踪它，再运行 git add --renormalize .",
                "Track it with git lfs track, then run git add --renormalize .",
            )
            first = LFS_FILTERS if blob.lfs else track(blob.path)
            return to_run(first, ["git", "add", "--renormalize", "."], otherwise=otherwise)
        if blob.path.endswith(WEIGHT_SUFFIXES):
            untrack = to_run(
                ["git", "rm", "--cached", *paths(blob.path)],
                otherwise=Text("请用 git rm --cached 把它移出 git", "Remove it from git with git rm --cached"),
            )
            return Text(
                f"{untrack.zh}，再把它放进模型仓库，并写入 config.json。",
                f"{untrack.en}, then put it into the model repository and name it in config.json.",
            )
        return None


def track(path: str) -> list[str]:
    """The command that has git-lfs keep such files, which takes a pattern: of a plain suffix, else of the one name."""
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    plain = dot and re.fullmatch("[A-Za-z0-9_]+", suffix)
    return ["git", "lfs", "track", *([f"*.{suffix}"] if plain else ["--filename", *paths(path)])]


def _to_lfs(blob: Blob) -> list[Sequence[str]]:
    track = [] if blob.lfs else [("git", "lfs", "track", "--filename", *paths(blob.path))]
    remove, add = ("git", "rm", "-f", "--cached", "--", blob.path), ("git", "add", "--", ".gitattributes", blob.path)
    return [*track, remove, add]


@rule
class XG104(Rule):
    slug = "git-submodule"
    title = Text("没有子模块", "There are no submodules")
    why = Text(
        "平台克隆仓库时不包含子模块，那里只会有一个空文件夹。",
        "The platform clones without submodules, so there is only an empty folder in their place.",
    )
    remedy = Text("请把文件直接放进仓库。", "Put the files themselves into the repository.")
    bad = """
        inference/app.py
        inference/config.json
        inference/lenet @ 4f2a91c
        inference/requirements.txt
    """
    good = """
        inference/app.py
        inference/config.json
        inference/lenet/__init__.py
        inference/requirements.txt
    """
    since = "0.1.0"
    sources = ("files",)

    def check(self, tree: Tree, folder: str) -> Iterator[Finding]:
        for path in tree.entries.of_mode(SUBMODULE):
            needed = path == folder or path.startswith(folder + "/")
            yield self.found(path, Text("是子模块", "This is a submodule"), severity="error" if needed else "warning")


@rule
class XG105(Rule):
    slug = "git-suffix-refused-by-page"
    title = Text("没有平台网页拒绝的后缀", "No file has a suffix that the platform's page refuses")
    why = Text(
        "平台的网页不能新建和修改带这些后缀的文件；git push 不受影响。",
        "The platform's page cannot create or change files with these suffixes; git push is not affected.",
    )
    remedy = Text("如果不需要，请用 git rm 删除。", "If you do not need it, remove it with git rm.")
    bad = """
        inference/app.py
        inference/config.json
        inference/requirements.txt
        start.bat
    """
    good = """
        inference/app.py
        inference/config.json
        inference/requirements.txt
    """
    since = "0.1.0"
    sources = ("forbidden_suffixes",)
    severity = "warning"

    def check(self, tree: Tree, platform: Data) -> Iterator[Finding]:
        refused = tuple(platform["forbidden_suffixes"]["value"])
        for path in tree.entries.ending(*refused):
            suffix = "." + path.rpartition(".")[2]
            yield self.found(path, Text(f"平台的网页拒绝 {suffix} 文件", f"The platform's page refuses {suffix} files"))


@rule
class XG106(Rule):
    slug = "git-other-branch"
    title = Text("当前分支是平台运行的分支", "The current branch is the one that the platform runs")
    why = Text(
        "平台只运行默认分支，别的分支上的提交不起作用；平台公开的服务器钩子拒绝其他分支和标签。",
        "The platform runs only the default branch; commits on others have no effect, and its published server "
        "hook refuses other branches and tags.",
    )
    remedy = Text("请合并到 main，或运行 git branch -m main。", "Merge into main, or run git branch -m main.")
    bad = """
        $ git switch -c try
    """
    good = """
        $ git switch -c try
        $ git switch -c main
    """
    since = "0.1.0"
    sources = ("git",)
    severity = "warning"
    kinds = ("project", "model")
    was = ("XP103",)

    def check(self, branch: str | None, push: Push | None, platform: Data) -> Iterator[Finding]:
        wanted = platform["git"]["branch"]
        if push:
            yield from self._pushed(push, wanted)
        elif branch not in (None, wanted):
            what = Text(
                f"当前分支是 {show(branch)}，平台只运行 {wanted}",
                f"The current branch is {show(branch)}, but the platform runs only {wanted}",
            )
            yield self.found("", what)

    def _pushed(self, push: Push, wanted: str) -> Iterator[Finding]:
        command = shlex.join(["git", "push", without_credentials(push.remote), f"HEAD:{wanted}"])
        for update in push.updates:
            if update.remote_ref != f"refs/heads/{wanted}":
                what = Text(
                    f"推送到 {show(update.remote_ref)}，平台只运行 {wanted}，也可能拒绝别的分支",
                    f"This pushes to {show(update.remote_ref)}; the platform runs only {wanted}, and may refuse other "
                    "branches",
                )
                remedy = Text(
                    f"要让平台运行它，请推送到 {wanted}：{command}",
                    f"To have the platform run it, push it to {wanted}: {command}",
                )
                yield self.found("", what, remedy=remedy)


@rule
class XG107(Rule):
    slug = "git-push-check-replaced"
    title = Text("检查推送的钩子没有被替换", "The hook that checks pushes has not been replaced")
    why = Text(
        "xihe-hooks install 装好的 pre-push 钩子被别的工具替换了（例如先后运行了 pre-commit install -t pre-push 和 prek install -t "
        "pre-push），推送不再经过检查。",
        "Another tool has replaced the pre-push hook that xihe-hooks install set up, for example because both "
        "pre-commit install -t pre-push and prek install -t pre-push were run, so pushes are no longer checked.",
    )
    remedy = Text("请运行 xihe-hooks install，它会保留别的钩子。", "Run xihe-hooks install; it keeps the other hooks.")
    bad = """
        $ xihe-hooks install
        $ git lfs install --local --force
    """
    good = """
        $ git lfs install --local --force
        $ xihe-hooks install
    """
    since = "0.2.0"
    kinds = ("project", "model")

    def check(self, hooks: HookState | None) -> Iterator[Finding]:
        if hooks and hooks.check == "replaced":
            yield self.found("", Text("检查推送的钩子被替换了", "The hook that checks pushes has been replaced"))


@rule
class XG108(Rule):
    slug = "git-other-encoding"
    title = Text("平台读取的文件检出时是 UTF-8", "The files that the platform reads are checked out as UTF-8")
    why = Text(
        "working-tree-encoding 使克隆得到另一种编码的文件；Python、pip 和启动脚本读的是 UTF-8。",
        "With working-tree-encoding, a clone has the file in another encoding, but Python, pip and the start script "
        "read UTF-8.",
    )
    remedy = Text(
        "请从 .gitattributes 删除 working-tree-encoding，再运行 git add --renormalize .。",
        "Delete working-tree-encoding from .gitattributes, then run git add --renormalize .",
    )
    bad = """
        .gitattributes
            inference/*.json working-tree-encoding=GBK
        inference/config.json
    """
    good = """
        .gitattributes
            inference/*.json text eol=lf
        inference/config.json
    """
    since = "0.3.0"
    sources = ("start",)

    def check(
        self,
        inference: Mapping[str, Entry],
        attributes: Callable[[str, Iterable[str]], Mapping[str, str]],
        folder: str,
        platform: Data,
    ) -> Iterator[Finding]:
        files = platform["files"]
        read = [name for name in inference if name.endswith(".py") or name in (files["config"], files["requirements"])]
        found = attributes("working-tree-encoding", [f"{folder}/{name}" for name in read])
        for path, encoding in found.items():
            if encoding.lower() not in ("utf-8", "utf8", "set", "unset"):
                yield self.found(
                    path, Text(f"检出时是 {show(encoding)}", f"A clone would have this file in {show(encoding)}")
                )


@rule
class XP104(Rule):
    slug = "push-several-commits"
    title = Text("一次推送正好一个提交", "A push brings exactly one commit")
    why = Text(
        "平台公开的服务器钩子比较推送前后的提交：正好相差一个才接受，合并、多个提交、强制推送都会被拒绝。",
        "The platform's published server hook compares the commits before and after a push: it accepts a "
        "difference of exactly one, and refuses merges, several commits and forced pushes.",
    )
    remedy = Text(
        "请把新提交合并成一个：git reset --soft 到远程的提交，再提交一次。",
        "Combine the new commits into one: git reset --soft to the remote's commit, then commit again.",
    )
    bad = """
        $ git commit --allow-empty -m "Draw larger digits"
        $ git commit --allow-empty -m "Correct a typo"
        $ git push origin main
    """
    good = """
        $ git commit --allow-empty -m "Draw larger digits"
        $ git commit --allow-empty --amend -m "Draw larger digits"
        $ git push origin main
    """
    since = "0.1.0"
    sources = ("git",)
    severity = "warning"

    def check(self, push: Push | None, platform: Data) -> Iterator[Finding]:
        wanted = platform["git"]["branch"]
        if not push:
            return
        for update in push.updates:
            count, base = push.commits[update], push.bases[update]
            if update.remote_ref == f"refs/heads/{wanted}" and count is not None and count > 1 and base:
                commands = f"git reset --soft {base[:12]} && git commit"
                yield self.found(
                    "",
                    Text(
                        f"与远程的 {wanted} 相差 {count} 个提交，平台公开的钩子一次只接受一个",
                        f"There are {count} commits between this and the remote's {wanted}; the platform's published "
                        "hook accepts one at a time",
                    ),
                    remedy=Text(
                        f"如被拒绝，请合并成一个提交：{commands}",
                        f"If the push is refused, combine them into one: {commands}",
                    ),
                )
