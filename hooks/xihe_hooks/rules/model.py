"""The model repository: weights that git-lfs really keeps, and that a push really uploads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from xihe_hooks.data import WEIGHT_SUFFIXES, Data
from xihe_hooks.git.entries import SUBMODULE, SYMLINK
from xihe_hooks.git.hooks import HookState
from xihe_hooks.git.lfs import Pointer
from xihe_hooks.git.repository import Tree
from xihe_hooks.language import Text, paths, to_run
from xihe_hooks.rules.facts import near
from xihe_hooks.rules.rule import Finding, Rule

ATTRIBUTES = ".gitattributes"


class XM101(Rule):
    title = Text(".gitattributes 拼写正确", ".gitattributes is spelt right")
    why = Text(
        "教程中曾误写为 .gitattribute；git 只读 .gitattributes，拼错时大文件会直接提交，推送被拒绝。",
        "The tutorial once wrote .gitattribute; git reads .gitattributes only, and large files are then committed as they "
        "are and refused at the push.",
    )
    remedy = Text(
        "请运行 git mv .gitattribute .gitattributes && git add --renormalize .。",
        "Run git mv .gitattribute .gitattributes && git add --renormalize .",
    )
    kinds = ("project", "model")

    def check(self, tree: Tree, kind: str) -> Iterator[Finding]:
        for path in tree.entries.holding(".git"):
            name = path.rpartition("/")[2]
            if (
                name.startswith(".git")
                and near(name, ATTRIBUTES)
                and path.replace(name, ATTRIBUTES) not in tree.entries
            ):
                right = path.removesuffix(name) + ATTRIBUTES
                yield self.found(
                    path,
                    f"应命名为 {ATTRIBUTES}，git 不会读取它",
                    f"This must be called {ATTRIBUTES}; git does not read it",
                    remedy=to_run(
                        ["git", "mv", *paths(path, right)],
                        ["git", "add", "--renormalize", "."],
                        otherwise=Text(
                            f"请用 git mv 把它改名为 {ATTRIBUTES}，再运行 git add --renormalize .",
                            f"Rename it to {ATTRIBUTES} with git mv, then run git add --renormalize .",
                        ),
                    ),
                    severity="error" if kind == "model" else "warning",
                )


class XM102(Rule):
    title = Text("由 git-lfs 跟踪的文件是指针", "What git-lfs tracks is a pointer")
    why = Text(
        ".gitattributes 写着 filter=lfs，但提交的是文件本身：git-lfs 没有安装，或文件在写规则之前就已提交。",
        ".gitattributes says filter=lfs, but the file itself was committed: git-lfs was not installed, or the file is older "
        "than the rule.",
    )
    remedy = Text(
        "请运行 git lfs install --local，再运行 git add --renormalize .。",
        "Run git lfs install --local, then git add --renormalize .",
    )
    kinds = ("model",)

    def check(self, tree: Tree, filters: Mapping[str, str], pointers: Mapping[str, Pointer]) -> Iterator[Finding]:
        for path, value in filters.items():
            entry = tree.entries.get(path)
            if (
                value == "lfs"
                and entry
                and entry.size
                and entry.mode not in (SYMLINK, SUBMODULE)
                and path not in pointers
            ):
                zh = f"是文件本身（{entry.size} 字节），不是 git-lfs 指针"
                yield self.found(path, zh, f"This is the file itself ({entry.size} bytes), not a git-lfs pointer")


class XM103(Rule):
    title = Text("git-lfs 指针格式规范", "Each git-lfs pointer is canonical")
    why = Text(
        "平台逐行寻找以 LF 结尾的 oid；换行是 CRLF 或有其他改动的指针不被识别，指针的文本会当作权重。",
        "The platform looks for the oid as a line that ends in LF; of a pointer with CRLF or other changes the text itself "
        "becomes the weights.",
    )
    remedy = Text(
        "请把权重文件本身放在这里，再运行 git add；只是换行不对时可用 xihe-hooks check --fix。",
        "Put the weights themselves here and git add them; where only line ends are wrong, xihe-hooks check --fix helps.",
    )
    kinds = ("model",)

    def check(self, pointers: Mapping[str, Pointer]) -> Iterator[Finding]:
        for path, pointer in pointers.items():
            if not pointer.canonical:
                yield self.found(path, "这个 git-lfs 指针不规范", "This git-lfs pointer is not canonical")


class XM104(Rule):
    title = Text("git-lfs 指针的内容在本地", "The content of each git-lfs pointer is here")
    why = Text(
        "推送只上传本地有的内容；指针推送了而内容没有，平台的启动会无声地失败。",
        "A push uploads what is here; where the pointer is pushed without its content, a start fails without a word.",
    )
    remedy = Text(
        "请运行 git lfs pull；如果别处也没有，请把权重文件放回这里，再运行 git add。",
        "Run git lfs pull; if it is nowhere, put the weights here again and git add them.",
    )
    kinds = ("model",)

    def check(
        self, tree: Tree, head: Tree | None, pointers: Mapping[str, Pointer], lfs_objects: Callable[[str], bool]
    ) -> Iterator[Finding]:
        for path, pointer in pointers.items():
            if pointer.oid and not lfs_objects(pointer.oid):
                before = head.entries.get(path) if head else None
                cloned = before is not None and before.oid == tree.entries[path].oid
                zh = f"缺少内容 {pointer.oid[:12]}…（{pointer.size} 字节）"
                en = f"Its content {pointer.oid[:12]}... ({pointer.size} bytes) is not here"
                # A clone without contents is a fair thing to have; a new pointer without content is not.
                yield self.found(path, zh, en, severity="warning" if cloned else "error")


class XM105(Rule):
    title = Text("每个指针都由 .gitattributes 跟踪", "Each pointer is tracked by .gitattributes")
    why = Text(
        "没有 filter=lfs 的指针，克隆后仍是指针的文本，下次修改也会直接提交。",
        "A pointer without filter=lfs stays the text of a pointer in clones, and its next version is committed as it is.",
    )
    remedy = Text(
        '请运行 git lfs track "*.ckpt"（换成该文件的后缀）。',
        'Run git lfs track "*.ckpt", with the suffix of the file.',
    )
    severity = "warning"
    kinds = ("model",)

    def check(self, pointers: Mapping[str, Pointer], filters: Mapping[str, str]) -> Iterator[Finding]:
        for path in pointers:
            if filters.get(path) != "lfs":
                zh = "是 git-lfs 指针，但没有 filter=lfs"
                yield self.found(path, zh, "This is a git-lfs pointer, but no filter=lfs matches it")


class XM106(Rule):
    title = Text("推送时会上传权重", "A push uploads the weights")
    why = Text(
        "上传由钩子 pre-push 完成；pre-commit 先占了它的位置，或 core.hooksPath 指向别处时，推送成功而权重没有上传。",
        "The hook pre-push does the upload; where pre-commit took its place first, or core.hooksPath leads elsewhere, a push "
        "succeeds and the weights stay behind.",
    )
    remedy = Text(
        "请运行 xihe-hooks install，它与 pre-commit 和 git-lfs 并存。",
        "Run xihe-hooks install, which goes with pre-commit and git-lfs.",
    )
    kinds = ("model",)

    def check(self, pointers: Mapping[str, Pointer], hooks: HookState | None) -> Iterator[Finding]:
        if pointers and hooks and not hooks.lfs:
            yield self.found("", "没有运行 git-lfs 的 pre-push 钩子", "No pre-push hook runs git-lfs")


class XM107(Rule):
    title = Text("模型仓库中有权重", "The model repository holds weights")
    why = Text(
        "config.json 从模型仓库取文件；仓库中没有权重时，项目无法启动。",
        "config.json fetches files from the model repository; without weights in it the project cannot start.",
    )
    remedy = Text("请把权重文件复制到这里，再运行 git add。", "Copy the weights here and git add them.")
    severity = "warning"
    kinds = ("model",)

    def check(self, tree: Tree, pointers: Mapping[str, Pointer], platform: Data) -> Iterator[Finding]:
        if not pointers and not tree.entries.ending(*WEIGHT_SUFFIXES):
            yield self.found("", "没有找到权重文件", "There are no weights")


class XM108(Rule):
    title = Text("权重的总和放得进平台的磁盘", "All weights together fit the platform's disk")
    why = Text(
        "启动时，项目、整个模型仓库和下载的权重都放在同一块磁盘上；放不下时启动失败，网页上没有原因。",
        "At a start the project, the whole model repository and the weights share one disk; where they do not fit, the start "
        "fails and the page gives no reason.",
    )
    remedy = Text(
        "请去掉不用的权重，或把它们分到几个模型仓库，config.json 只列出要用的。",
        "Take out weights that are not used, or spread them over several repositories and name in config.json what is used.",
    )
    severity = "warning"
    kinds = ("model",)

    def check(self, tree: Tree, pointers: Mapping[str, Pointer], platform: Data) -> Iterator[Finding]:
        most = platform["limits"]["disk_bytes"]["value"]
        for path, pointer in pointers.items():
            if pointer.size > most:
                zh = f"有 {_gib(pointer.size)}，平台的磁盘只有 {_gib(most)}"
                en = f"This has {_gib(pointer.size)}; the platform's disk has {_gib(most)}"
                yield self.found(path, zh, en, severity="error")
        total = sum(pointer.size for pointer in pointers.values()) + sum(tree.entries.sizes)
        if total > most and all(pointer.size <= most for pointer in pointers.values()):
            zh = f"仓库和权重共有 {_gib(total)}，平台的磁盘只有 {_gib(most)}"
            en = f"The repository and its weights have {_gib(total)}; the platform's disk has {_gib(most)}"
            yield self.found("", zh, en)


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.2f} GiB"
