"""The model repository: the weights in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xihe_hooks.data import WEIGHT_SUFFIXES, Data
from xihe_hooks.git.lfs import Pointer
from xihe_hooks.git.repository import Tree
from xihe_hooks.language import Text
from xihe_hooks.rules.facts import gib
from xihe_hooks.rules.rule import Finding, Rule, rule


@rule
class XM107(Rule):
    slug = "model-without-weights"
    title = Text("模型仓库中有权重", "The model repository contains weights")
    why = Text(
        "config.json 从模型仓库下载文件；仓库中没有权重时，项目无法启动。",
        "config.json fetches files from the model repository; if it contains no weights, the project cannot start.",
    )
    remedy = Text("请把权重文件复制到这里，再运行 git add。", "Copy the weights here and git add them.")
    bad = """
        .gitattributes
        README.md
    """
    good = """
        .gitattributes
        README.md
        best.ckpt
    """
    since = "0.1.0"
    sources = ("weights",)
    severity = "warning"
    kinds = ("model",)

    def check(self, tree: Tree, pointers: Mapping[str, Pointer]) -> Iterator[Finding]:
        if not pointers and not tree.entries.ending(*WEIGHT_SUFFIXES):
            yield self.found("", Text("没有找到权重文件", "There are no weights"))


@rule
class XM108(Rule):
    slug = "model-too-large"
    title = Text("权重的总和放得进平台的磁盘", "All weights together fit on the platform's disk")
    why = Text(
        "启动时，项目、整个模型仓库和下载的权重都放在同一块磁盘上；放不下时启动失败，网页上没有原因。",
        "At a start, the project, the whole model repository and the weights share one disk; if they do not fit, "
        "the start fails, and the page gives no reason.",
    )
    remedy = Text(
        "请去掉不用的权重，或把它们分到几个模型仓库，config.json 只列出要用的。",
        "Remove weights that are not used, or spread them over several model repositories and name in config.json "
        "only those that are used.",
    )
    bad = """
        .gitattributes
        digits.ckpt (11 GiB)
        letters.ckpt (11 GiB)
    """
    good = """
        .gitattributes
        digits.ckpt (11 GiB)
    """
    since = "0.2.0"
    sources = ("limits.disk_bytes",)
    severity = "warning"
    kinds = ("model",)

    def check(self, tree: Tree, pointers: Mapping[str, Pointer], platform: Data) -> Iterator[Finding]:
        most = platform["limits"]["disk_bytes"]["value"]
        for path, pointer in pointers.items():
            if pointer.size > most:
                yield self.found(
                    path,
                    Text(
                        f"有 {gib(pointer.size)}，平台的磁盘只有 {gib(most)}",
                        f"This has {gib(pointer.size)}; the platform's disk has {gib(most)}",
                    ),
                    severity="error",
                )
        total = sum(pointer.size for pointer in pointers.values()) + sum(tree.entries.sizes)
        if total > most and all(pointer.size <= most for pointer in pointers.values()):
            yield self.found(
                "",
                Text(
                    f"仓库和权重共有 {gib(total)}，平台的磁盘只有 {gib(most)}",
                    f"The repository and its weights have {gib(total)}; the platform's disk has {gib(most)}",
                ),
            )
