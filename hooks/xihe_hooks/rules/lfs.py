"""git-lfs: contents that a model repository keeps through it and really uploads, and that a project must not have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from xihe_hooks.data import Data
from xihe_hooks.git.hooks import HookState
from xihe_hooks.git.lfs import Pointer
from xihe_hooks.git.outgoing import Blob, Push
from xihe_hooks.git.repository import Tree
from xihe_hooks.language import Text, paths, show, to_run
from xihe_hooks.rules.facts import is_typo_of, read
from xihe_hooks.rules.git import LFS_FILTERS, track
from xihe_hooks.rules.history import COMMIT, carried, squash
from xihe_hooks.rules.rule import Finding, Rule, rule

ATTRIBUTES = ".gitattributes"
BY_HAND = Text(
    "请给这个文件改名（名字中有终端无法显示的字符），再用 git-lfs 重新添加并提交。",
    "Rename the file, whose name contains characters that a terminal does not show; then add it again with git-lfs, "
    "and commit.",
)


@rule
class XG102(Rule):
    slug = "git-pointer-in-project"
    title = Text("项目仓库中没有 git-lfs 指针", "The project contains no git-lfs pointers")
    why = Text(
        "平台的镜像没有 git-lfs，应用只会得到指针的文本；训练任务遇到指针就会停止。推送中的每一个指针都算在内，包括后来又删除的。",
        "The platform's image has no git-lfs, so the app gets only the text of the pointer, and a training job stops "
        "at it. Every pointer in a push counts, even one that a later commit removed.",
    )
    remedy = Text(
        "请把文件放进模型仓库，并写入 config.json；小文件请直接提交，不用 git-lfs。",
        "Put the file into the model repository and name it in config.json; commit a small file without git-lfs.",
    )
    bad = """
        inference/logo.png
            version https://git-lfs.github.com/spec/v1
            oid sha256:7777777777777777777777777777777777777777777777777777777777777777
            size 30000
    """
    good = """
        inference/app.py
        inference/config.json
        inference/logo.png
        inference/requirements.txt
    """
    since = "0.1.0"
    sources = ("lfs",)
    refused = True
    was = ("XP102",)

    def check(self, blobs: Sequence[Blob], push: Push | None, branch: str | None) -> Iterator[Finding]:
        for blob in blobs:
            if blob.pointer:
                size, more = blob.pointer.size, carried(blob)
                yield self.found(
                    blob.path,
                    Text(
                        f"是 git-lfs 指针，代表 {size} 字节{more.zh}",
                        f"This is a git-lfs pointer to {size} bytes{more.en}",
                    ),
                    remedy=squash(push, blob, branch),
                )


@rule
class XG103(Rule):
    slug = "git-lfs-in-project"
    title = Text("项目仓库不使用 git-lfs", "The project does not use git-lfs")
    why = Text(
        "有 filter=lfs 时，下一个匹配的文件会变成指针，平台读不到它的内容。",
        "With filter=lfs, the next file that matches is committed as a pointer, and the platform cannot read its "
        "content.",
    )
    remedy = Text(
        "请从 .gitattributes 删除这一行，再运行 git add --renormalize .。",
        "Delete that line from .gitattributes, then run git add --renormalize .",
    )
    bad = """
        .gitattributes
            *.png filter=lfs diff=lfs merge=lfs -text
        inference/logo.png (90 KB)
    """
    good = """
        inference/app.py
        inference/config.json
        inference/logo.png (90 KB)
        inference/requirements.txt
    """
    since = "0.1.0"
    sources = ("lfs",)

    def check(self, tree: Tree, filters: Mapping[str, str]) -> Iterator[Finding]:
        matched = sorted(path for path, value in filters.items() if value == "lfs")
        named = False
        for path in tree.entries.ending(".gitattributes"):
            lines = enumerate((read(tree, path) or b"").splitlines(), 1)
            number = next((n for n, each in lines if b"filter=lfs" in each.split() and not each.startswith(b"#")), None)
            if number:
                named = True
                yield self._line(path, number, matched)
        if matched and not named:
            yield self.found(
                matched[0],
                Text(
                    f"{show(matched[0])} 由 git-lfs 保存，设置在仓库之外",
                    f"{show(matched[0])} is stored in git-lfs because of a setting outside the repository",
                ),
            )

    def _line(self, path: str, number: int, matched: list[str]) -> Finding:
        if matched:
            return self.found(
                path,
                Text(f"使 {show(matched[0])} 由 git-lfs 保存", f"This stores {show(matched[0])} in git-lfs"),
                at=(number, None),
            )
        return self.found(
            path,
            Text("会使新文件由 git-lfs 保存", "This would store new files in git-lfs"),
            at=(number, None),
            severity="warning",
        )


@rule
class XM101(Rule):
    slug = "model-misspelt-gitattributes"
    title = Text(".gitattributes 拼写正确", ".gitattributes is spelt correctly")
    why = Text(
        "教程中曾误写为 .gitattribute；git 只读 .gitattributes，拼错时大文件会直接提交，推送被拒绝。",
        "The tutorial once wrote .gitattribute; git reads only .gitattributes, so large files are committed as "
        "they are, and the push is refused.",
    )
    remedy = Text(
        "请用 git mv 把它改名为 .gitattributes，再运行 git add --renormalize .",
        "Rename it to .gitattributes with git mv, then run git add --renormalize .",
    )
    bad = """
        .gitattribute
        best.ckpt (90 KB)
    """
    good = """
        .gitattributes
        best.ckpt
    """
    since = "0.1.0"
    sources = ("lfs",)
    fix = Text("把文件改名为 .gitattributes。", "renames the file to .gitattributes.")
    kinds = ("project", "model")

    def check(self, tree: Tree, kind: str) -> Iterator[Finding]:
        for path in tree.entries.containing(".git"):
            name = path.rpartition("/")[2]
            if (
                name.startswith(".git")
                and is_typo_of(name, ATTRIBUTES)
                and path.replace(name, ATTRIBUTES) not in tree.entries
            ):
                right = path.removesuffix(name) + ATTRIBUTES
                yield self.found(
                    path,
                    Text(
                        f"应命名为 {ATTRIBUTES}，git 不会读取它",
                        f"This must be named {ATTRIBUTES}; git does not read it",
                    ),
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


@rule
class XM102(Rule):
    slug = "model-weight-without-lfs"
    title = Text("由 git-lfs 跟踪的文件是指针", "Files that git-lfs tracks are pointers")
    why = Text(
        ".gitattributes 写着 filter=lfs，但提交的是文件本身：git-lfs 没有安装，或文件在写规则之前就已提交。小文件仍能使用，但变大之后推送会被拒绝。",
        ".gitattributes says filter=lfs, but the file itself was committed: git-lfs was not installed, or the file "
        "was committed before the line was added. A small file still works, but once it grows, the push is refused.",
    )
    remedy = Text(
        "请运行 git lfs install --local，再运行 git add --renormalize .。",
        "Run git lfs install --local, then git add --renormalize .",
    )
    bad = """
        .gitattributes
        best.ckpt (90 KB)
    """
    good = """
        .gitattributes
        best.ckpt
    """
    since = "0.1.0"
    sources = ("lfs",)
    severity = "warning"
    kinds = ("model",)
    was = ("XP202",)

    def check(self, blobs: Sequence[Blob], platform: Data) -> Iterator[Finding]:
        most = platform["limits"]["file_bytes"]["value"]
        for blob in blobs:
            if blob.lfs and blob.at_tip and not blob.pointer and 0 < blob.size <= most:
                again = ["git", "add", "--renormalize", "--", blob.path]
                yield self.found(
                    blob.path,
                    Text(
                        f"是文件本身（{blob.size} 字节），不是 git-lfs 指针",
                        f"This is the file itself ({blob.size} bytes), not a git-lfs pointer",
                    ),
                    remedy=to_run(LFS_FILTERS, again, COMMIT, otherwise=BY_HAND),
                )


@rule
class XM103(Rule):
    slug = "model-pointer-crlf"
    title = Text("git-lfs 指针格式规范", "Each git-lfs pointer has the standard format")
    why = Text(
        "平台逐行寻找以 LF 结尾的 oid；换行是 CRLF 的指针不被识别，指针的文本会当作权重。平台能识别带 BOM 等改动的指针，但 git-lfs 自己可能不识别。",
        "The platform looks for the oid in a line that ends in LF; it does not recognise a pointer with CRLF, and "
        "uses the pointer's text as the weights. It does recognise a pointer with, for example, a BOM, but git-lfs "
        "itself may not.",
    )
    remedy = Text(
        "请把权重文件本身放在这里，再运行 git add；只是换行不对时可用 xihe-hooks check --fix。",
        "Replace it with the weights themselves and git add them; if only the line ends are wrong, run xihe-hooks "
        "check --fix.",
    )
    bad = r"""
        $ sed -i 's/$/\r/' best.ckpt
        $ git add best.ckpt
    """
    good = r"""
        $ sed -i 's/\r$//' best.ckpt
        $ git add best.ckpt
    """
    since = "0.1.0"
    sources = ("lfs",)
    fix = Text("把换行改为 LF，并去掉 BOM。", "changes the line ends to LF and removes a BOM.")
    kinds = ("model",)
    was = ("XP204",)

    def check(self, blobs: Sequence[Blob], push: Push | None) -> Iterator[Finding]:
        for blob in blobs:
            if blob.pointer and not blob.pointer.canonical and blob.at_tip:
                lost = Text("平台把这个指针的文本当作权重", "The platform uses the text of this pointer as the weights")
                odd = Text(
                    "git-lfs 不会这样写指针，可能不上传它的内容",
                    "git-lfs does not write pointers like this, and may not upload its content",
                )
                remedy = _restore(blob) if push else None
                told = blob.pointer.told
                yield self.found(
                    blob.path, odd if told else lost, remedy=remedy, severity="warning" if told else "error"
                )


@rule
class XM104(Rule):
    slug = "model-content-missing"
    title = Text("git-lfs 指针的内容在本地", "The content of each git-lfs pointer is available locally")
    why = Text(
        "推送只上传本地有的内容；指针推送了而内容没有，平台的启动会失败且没有提示。",
        "A push uploads only what is available locally; if a pointer is pushed without its content, the start "
        "fails with no message.",
    )
    remedy = Text(
        "请运行 git lfs pull；如果别处也没有，请把权重文件放回这里，再运行 git add。",
        "Run git lfs pull; if the content cannot be found anywhere, put the weights file back and git add it.",
    )
    bad = """
        ../backup/best.ckpt (90 KB)
        $ rm -rf .git/lfs
    """
    good = """
        ../backup/best.ckpt (90 KB)
        $ git lfs install --local
        $ cp ../backup/best.ckpt best.ckpt
        $ git add best.ckpt
    """
    since = "0.1.0"
    sources = ("lfs",)
    kinds = ("model",)
    was = ("XP203",)

    def check(
        self, blobs: Sequence[Blob], push: Push | None, branch: str | None, lfs_objects: Callable[[str], bool]
    ) -> Iterator[Finding]:
        for blob in blobs:
            if blob.pointer and blob.pointer.oid and not lfs_objects(blob.pointer.oid):
                oid, size, more = blob.pointer.oid[:12], blob.pointer.size, carried(blob)
                yield self.found(
                    blob.path,
                    Text(
                        f"缺少内容 {oid}…（{size} 字节）{more.zh}",
                        f"Its content {oid}... ({size} bytes) is not available locally{more.en}",
                    ),
                    remedy=_restore(blob) if blob.at_tip else squash(push, blob, branch),
                    # A clone without contents is a fair thing to have; a new pointer without content is not.
                    severity="warning" if blob.upstream else "error",
                )


@rule
class XM105(Rule):
    slug = "model-pointer-untracked"
    title = Text("每个指针都由 .gitattributes 跟踪", "Each pointer is tracked by .gitattributes")
    why = Text(
        "没有 filter=lfs 的指针，克隆后仍是指针的文本，下次修改也会直接提交。",
        "Without filter=lfs, a pointer stays a text file in clones, and its next version is committed as it is.",
    )
    remedy = Text(
        "请用 git lfs track 跟踪这种后缀的文件，再运行 git add .gitattributes。",
        "Track files of this suffix with git lfs track, then git add .gitattributes.",
    )
    bad = """
        best.ckpt
    """
    good = """
        .gitattributes
        best.ckpt
    """
    since = "0.1.0"
    sources = ("lfs",)
    severity = "warning"
    kinds = ("model",)

    def check(self, pointers: Mapping[str, Pointer], filters: Mapping[str, str]) -> Iterator[Finding]:
        for path in pointers:
            if filters.get(path) != "lfs":
                yield self.found(
                    path,
                    Text(
                        "是 git-lfs 指针，但没有 filter=lfs", "This is a git-lfs pointer, but no filter=lfs matches it"
                    ),
                    remedy=to_run(track(path), ("git", "add", ".gitattributes"), otherwise=BY_HAND),
                )


@rule
class XM109(Rule):
    slug = "model-pointer-checked-out-crlf"
    title = Text("检出时指针保持原样", "Pointers are checked out as they are")
    why = Text(
        "平台没有 git-lfs，克隆时按 .gitattributes 转换换行：eol=crlf 使指针的换行变成 CRLF，脚本不识别它，指针的文本会当作权重。",
        "The platform has no git-lfs, and its clone converts line ends as .gitattributes says: with eol=crlf a "
        "pointer gets CRLF, the script does not recognise it, and uses the pointer's text as the weights.",
    )
    remedy = Text(
        "请在 .gitattributes 中给这些文件加上 -text，并放在最后一行。",
        "Add -text for these files to .gitattributes, on the last line.",
    )
    bad = """
        .gitattributes
            *.ckpt filter=lfs diff=lfs merge=lfs eol=crlf
        best.ckpt
    """
    good = """
        .gitattributes
            *.ckpt filter=lfs diff=lfs merge=lfs -text
        best.ckpt
    """
    since = "0.3.0"
    sources = ("lfs",)
    kinds = ("model",)

    def check(
        self, pointers: Mapping[str, Pointer], attributes: Callable[[str, Iterable[str]], Mapping[str, str]]
    ) -> Iterator[Finding]:
        ends, text = attributes("eol", pointers), attributes("text", pointers)
        for path in pointers:
            if ends.get(path) == "crlf" and text.get(path) != "unset":
                yield self.found(
                    path, Text("克隆后换行会变成 CRLF", "A clone would have this pointer with CRLF line ends")
                )


@rule
class XM106(Rule):
    slug = "model-push-without-upload"
    title = Text("推送时会上传权重", "A push uploads the weights")
    why = Text(
        "上传由 pre-push 钩子完成；如果 pre-commit 占了它的位置，或 core.hooksPath 指向别处，推送会成功，但权重没有上传。",
        "The pre-push hook uploads them; if pre-commit has replaced it, or core.hooksPath points elsewhere, the push "
        "succeeds but the weights are not uploaded.",
    )
    remedy = Text(
        "请运行 xihe-hooks install，它可以与 pre-commit 和 git-lfs 并存。",
        "Run xihe-hooks install, which works alongside pre-commit and git-lfs.",
    )
    bad = """
        $ git config core.hooksPath .husky
    """
    good = """
        $ xihe-hooks install
    """
    since = "0.1.0"
    sources = ("lfs",)
    kinds = ("model",)
    was = ("XP205",)

    def check(self, blobs: Sequence[Blob], hooks: HookState | None) -> Iterator[Finding]:
        if hooks and not hooks.lfs and any(blob.pointer for blob in blobs):
            yield self.found("", Text("没有运行 git-lfs 的 pre-push 钩子", "No pre-push hook runs git-lfs"))


def _restore(blob: Blob) -> Text:
    again = to_run(("git", "add", "--renormalize", "--", blob.path), COMMIT, otherwise=BY_HAND)
    return Text(
        f"请运行 git lfs fetch --all；若仍缺少，请把原文件放回 {show(blob.path)}，{again.zh}",
        f"Run git lfs fetch --all; if it is still missing, put the file itself back at {show(blob.path)}. {again.en}",
    )
