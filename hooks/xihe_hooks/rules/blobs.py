"""What git keeps: sizes, git-lfs, submodules, suffixes and the branch, whatever the files are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from xihe_hooks.data import WEIGHT_SUFFIXES, Data
from xihe_hooks.git.entries import SUBMODULE
from xihe_hooks.git.hooks import HookState
from xihe_hooks.git.lfs import Pointer
from xihe_hooks.git.repository import Tree
from xihe_hooks.language import Text, paths, show, to_run
from xihe_hooks.rules.facts import read
from xihe_hooks.rules.rule import Finding, Rule


class XG101(Rule):
    title = Text("文件不超过平台的大小限制", "No file is above the platform's limit")
    why = Text(
        "平台拒绝更大的文件，网页上传和 git push 都是。大小按 git 中的字节计算，旧文件也算在内。",
        "The platform refuses larger files, on its page and at git push. Bytes are counted as git keeps them, and old "
        "files count as well.",
    )
    remedy = Text(
        "请把权重放进模型仓库；其他大文件请缩小，或从提交中去掉。",
        "Put weights into the model repository; shrink other large files, or take them out of the commit.",
    )
    kinds = ("project", "model")

    def check(self, tree: Tree, filters: Mapping[str, str], kind: str, platform: Data) -> Iterator[Finding]:
        most, web = platform["limits"]["file_bytes"]["value"], platform["limits"]["web_bytes"]["value"]
        for path in tree.entries.of_size(web + 1):
            size = tree.entries[path].size
            if filters.get(path) == "lfs":
                continue
            if size > most:
                zh, en = f"有 {size} 字节，上限是 {most}", f"{size} bytes; the limit is {most}"
                yield self.found(path, zh, en, remedy=self._remedy(path, kind))
            else:
                zh = f"有 {size} 字节，网页只能保存 {web} 字节以内的文件"
                en = f"{size} bytes; the web page saves files of up to {web}"
                yield self.found(path, zh, en, severity="warning")

    def _remedy(self, path: str, kind: str) -> Text | None:
        if kind == "model":
            otherwise = Text(
                "请用 git lfs track 跟踪它，再运行 git add --renormalize .",
                "Track it with git lfs track, then run git add --renormalize .",
            )
            return to_run(_track(path), ["git", "add", "--renormalize", "."], otherwise=otherwise)
        if path.endswith(WEIGHT_SUFFIXES):
            untrack = to_run(
                ["git", "rm", "--cached", *paths(path)],
                otherwise=Text("请用 git rm --cached 把它移出 git", "Take it out of git with git rm --cached"),
            )
            return Text(
                f"{untrack.zh}，再把它放进模型仓库，并写入 config.json。",
                f"{untrack.en}, then put it into the model repository and name it in config.json.",
            )
        return None


def _track(path: str) -> list[str]:
    """The command that has git-lfs keep such files, which takes a pattern: of a plain suffix, else of the one name."""
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    plain = dot and re.fullmatch("[A-Za-z0-9_]+", suffix)
    return ["git", "lfs", "track", *([f"*.{suffix}"] if plain else ["--filename", *paths(path)])]


class XG102(Rule):
    title = Text("项目仓库中没有 git-lfs 指针", "The project holds no git-lfs pointers")
    why = Text(
        "平台的镜像没有 git-lfs，应用只会得到指针的文本；训练任务遇到指针就停止。",
        "The platform's image has no git-lfs, so the app gets the text of the pointer; training stops at one.",
    )
    remedy = Text(
        "请把文件放进模型仓库，并写入 config.json；小文件请直接提交，不用 git-lfs。",
        "Put the file into the model repository and name it in config.json; commit a small one without git-lfs.",
    )

    def check(self, pointers: Mapping[str, Pointer]) -> Iterator[Finding]:
        for path, pointer in pointers.items():
            zh = f"是 git-lfs 指针，代表 {pointer.size} 字节"
            yield self.found(path, zh, f"This is a git-lfs pointer, for {pointer.size} bytes")


class XG103(Rule):
    title = Text("项目仓库不使用 git-lfs", "The project does not use git-lfs")
    why = Text(
        "有 filter=lfs 时，下一个匹配的文件会变成指针，平台读不到它的内容。",
        "With filter=lfs the next file that matches becomes a pointer, whose content the platform does not read.",
    )
    remedy = Text(
        "请从 .gitattributes 删除这一行，再运行 git add --renormalize .。",
        "Delete that line of .gitattributes, then run git add --renormalize .",
    )

    def check(self, tree: Tree, filters: Mapping[str, str]) -> Iterator[Finding]:
        matched = sorted(path for path, value in filters.items() if value == "lfs")
        named = False
        for path in tree.entries.ending(".gitattributes"):
            for number, line in enumerate((read(tree, path) or b"").splitlines(), 1):
                if b"filter=lfs" in line.split():
                    named = True
                    yield self._line(path, number, matched)
        if matched and not named:
            zh = f"{show(matched[0])} 由 git-lfs 保存，规则在仓库之外"
            en = f"{show(matched[0])} goes through git-lfs, by a rule outside of the repository"
            yield self.found(matched[0], zh, en)

    def _line(self, path: str, number: int, matched: list[str]) -> Finding:
        if matched:
            zh, en = f"使 {show(matched[0])} 由 git-lfs 保存", f"This sends {show(matched[0])} through git-lfs"
            return self.found(path, zh, en, at=(number, None))
        zh, en = "会使新文件由 git-lfs 保存", "This would send new files through git-lfs"
        return self.found(path, zh, en, at=(number, None), severity="warning")


class XG104(Rule):
    title = Text("没有子模块", "There are no submodules")
    why = Text(
        "平台克隆仓库时不取子模块，那里只有一个空文件夹。",
        "The platform clones without submodules, which leaves an empty folder in their place.",
    )
    remedy = Text("请把文件直接放进仓库。", "Put the files themselves into the repository.")

    def check(self, tree: Tree, folder: str) -> Iterator[Finding]:
        for path in tree.entries.of_mode(SUBMODULE):
            needed = path == folder or path.startswith(folder + "/")
            yield self.found(path, "是子模块", "This is a submodule", severity="error" if needed else "warning")


class XG105(Rule):
    title = Text("没有网页拒绝的后缀", "No suffix that the web page refuses")
    why = Text(
        "平台的网页不能新建和修改带这些后缀的文件；git push 不受影响。",
        "The platform's page neither makes nor changes files with these suffixes; git push does not mind.",
    )
    remedy = Text("如果不需要，请用 git rm 删除。", "If it is not needed, git rm it.")
    severity = "warning"

    def check(self, tree: Tree, platform: Data) -> Iterator[Finding]:
        refused = tuple(platform["forbidden_suffixes"]["value"])
        for path in tree.entries.ending(*refused):
            suffix = "." + path.rpartition(".")[2]
            yield self.found(path, f"平台的网页拒绝 {suffix} 文件", f"The platform's page refuses {suffix} files")


class XG106(Rule):
    title = Text("在平台运行的分支上", "On the branch that the platform runs")
    why = Text(
        "平台只运行默认分支，别的分支上的提交不起作用。",
        "The platform runs the default branch; commits on others have no effect.",
    )
    remedy = Text("请合并到 main，或运行 git branch -m main。", "Merge into main, or run git branch -m main.")
    severity = "warning"
    kinds = ("project", "model")

    def check(self, branch: str | None, platform: Data) -> Iterator[Finding]:
        wanted = platform["git"]["branch"]
        if branch not in (None, wanted):
            zh, en = (
                f"当前分支是 {show(branch)}，平台只运行 {wanted}",
                f"The branch is {show(branch)}; the platform runs {wanted}",
            )
            yield self.found("", zh, en)


class XG107(Rule):
    title = Text("推送检查还在", "The check at push is still there")
    why = Text(
        "xihe-hooks install 装好的 pre-push 钩子被别的工具换掉了（例如先后运行了 pre-commit install -t pre-push 和 prek install -t pre-push），推送不再经过检查。",
        "Another tool has replaced the hook pre-push that xihe-hooks install set up, as pre-commit install -t pre-push and "
        "prek install -t pre-push do between them; pushes go unchecked.",
    )
    remedy = Text("请运行 xihe-hooks install，它会保留别的钩子。", "Run xihe-hooks install; it keeps the other hooks.")
    kinds = ("project", "model")

    def check(self, hooks: HookState | None) -> Iterator[Finding]:
        if hooks and hooks.check == "replaced":
            yield self.found("", "推送检查的钩子被换掉了", "The hook that checks pushes has been replaced")
