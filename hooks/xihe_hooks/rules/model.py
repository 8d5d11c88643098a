"""The model repository: the weights in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from xihe_hooks.data import WEIGHT_SUFFIXES, Data
from xihe_hooks.git.lfs import Pointer
from xihe_hooks.git.outgoing import Blob
from xihe_hooks.git.repository import Tree
from xihe_hooks.language import Text, show
from xihe_hooks.rules.facts import gib, read
from xihe_hooks.rules.rule import Finding, Rule, Severity, rule

CARD = "README.md"
LONGEST_CARD = 1 << 20  # bytes


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
            yield self.found("", Text("没有找到权重文件", "No weights file was found"))


@rule
class XM108(Rule):
    slug = "model-too-large"
    title = Text("权重的总和放得进平台的磁盘", "All weights together fit on the platform's disk")
    why = Text(
        "启动时，项目、整个模型仓库和下载的权重都放在同一块磁盘上；放不下时启动失败，网页上没有原因。",
        "At a start, the project, the whole model repository and the weights are on one disk; if they do not fit, "
        "the start fails, and the page gives no reason.",
    )
    remedy = Text(
        "请去掉不用的权重，或把它们分到几个模型仓库，config.json 只列出要用的。",
        "Remove weights that are not used, or spread them over several model repositories and name only the ones "
        "that you use in config.json.",
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
                        f"This file has {gib(pointer.size)}, but the platform's disk has {gib(most)}",
                    ),
                    severity="error",
                )
        total = sum(pointer.size for pointer in pointers.values()) + sum(tree.entries.sizes)
        if total > most and all(pointer.size <= most for pointer in pointers.values()):
            yield self.found(
                "",
                Text(
                    f"仓库和权重共有 {gib(total)}，平台的磁盘只有 {gib(most)}",
                    f"The repository and its weights need {gib(total)}, but the platform's disk has {gib(most)}",
                ),
            )


@rule
class XM110(Rule):
    slug = "model-not-weights"
    title = Text("权重文件的内容与后缀一致", "The content of each weights file matches its suffix")
    why = Text(
        "下载出错时，网页会保存成权重；复制中断时，文件不完整；其他框架的文件改了后缀也不能用。推送会成功，但应用在加载时失败。",
        "A failed download may save a web page instead of the weights, an interrupted copy is incomplete, and a file "
        "of another framework does not change with its suffix. The push succeeds, but the app fails when it loads "
        "the weights.",
    )
    remedy = Text("请换成完整的权重，再运行 git add。", "Replace the file with the complete weights, and git add it.")
    bad = """
        ../downloads/best.ckpt
            <!DOCTYPE html><title>404 Not Found</title>
        $ git lfs install --local
        $ cp ../downloads/best.ckpt best.ckpt
        $ git add best.ckpt
    """
    good = """
        ../downloads/best.ckpt (90 KB)
        $ git lfs install --local
        $ cp ../downloads/best.ckpt best.ckpt
        $ git add best.ckpt
    """
    since = "0.3.0"
    sources = ("weights",)
    kinds = ("model",)

    def check(self, blobs: Sequence[Blob], lfs_content: Callable[[str], str | None]) -> Iterator[Finding]:
        for blob in blobs:
            if not blob.pointer or not blob.at_tip or not blob.path.lower().endswith(WEIGHT_SUFFIXES):
                continue
            if content := lfs_content(blob.pointer.oid):  # another rule tells where it is not here
                from xihe_hooks.readers.weights import read_weights

                if fault := read_weights(blob.path, content):
                    severity: Severity = "warning" if fault.usable else "error"
                    yield self.found(blob.path, fault.what, remedy=fault.remedy, severity=severity)


@rule
class XM111(Rule):
    slug = "model-card-of-other-weights"
    title = Text("模型卡描述的是现在的权重", "The model card describes the current weights")
    why = Text(
        "换了权重而没有改 README.md 时，其中仍是原来的网络和准确率，会误导读者。模型卡写明了每个权重文件的 SHA-256；如果它与 git-lfs 指针中的不同，模型卡描述的就是别的权重。",
        "If you replace the weights but not README.md, it still describes the old network and its accuracy, and "
        "readers believe it. The card gives the SHA-256 of each weights file; if the git-lfs pointer has a different "
        "one, the card describes other weights.",
    )
    remedy = Text("请按现在的权重改写模型卡。", "Describe the current weights in the model card.")
    bad = """
        README.md
            | file | `best.ckpt` |
            | sha256 | `3b1c83a6c5c4f0d1b6e4a2f7d9085e6c7a1f2b3c4d5e6f708192a3b4c5d6e7f8` |
            | accuracy | 99.1 % |
        best.ckpt
    """
    good = """
        README.md
            | file | `best.ckpt` |
            | sha256 | `7777777777777777777777777777777777777777777777777777777777777777` |
            | accuracy | 97.4 % |
        best.ckpt
    """
    since = "0.3.0"
    sources = ("lfs",)
    severity = "warning"
    kinds = ("model",)

    def check(self, tree: Tree, pointers: Mapping[str, Pointer]) -> Iterator[Finding]:
        weights = {path: each.oid for path, each in pointers.items() if each.oid}
        entry = tree.entries.get(CARD)
        if not weights or entry is None or entry.size > LONGEST_CARD:
            return
        lines = (read(tree, CARD) or b"").decode("utf-8", "replace").splitlines()
        path = ""
        for number, line in enumerate(lines, 1):
            path = next((each for each in weights if f"`{each}`" in line), path)
            named = re.search(r"(?i)sha-?256.{0,40}?\b([0-9a-f]{64})\b", line)
            if named and path and named[1].lower() not in weights.values():
                first, last = _section(lines, number)
                yield self.found(
                    CARD,
                    Text(
                        f"第 {first} 到 {last} 行描述的是别的权重，不是现在的 {show(path)}",
                        f"Lines {first} to {last} describe other weights, not the current {show(path)}",
                    ),
                    at=(number, named.start(1) + 1),
                    remedy=Text(
                        f"请按现在的权重改写这些行，再把这一行的 SHA-256 换成 {weights[path]}。",
                        "Describe the current weights in these lines, then replace the SHA-256 on this line with "
                        f"{weights[path]}.",
                    ),
                )


def _section(lines: Sequence[str], number: int) -> tuple[int, int]:
    """Return the first and the last line with a text between the headings round a line, all counted from 1."""
    first = last = number
    while first > 1 and not lines[first - 2].startswith("#"):
        first -= 1
    while last < len(lines) and not lines[last].startswith("#"):
        last += 1
    while not lines[first - 1].strip():
        first += 1
    while not lines[last - 1].strip():
        last -= 1
    return first, last
