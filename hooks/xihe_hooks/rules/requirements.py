"""requirements.txt: what pip can read, and what then runs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from xihe_hooks.data import Data
from xihe_hooks.git.repository import Tree
from xihe_hooks.language import Text, show
from xihe_hooks.readers.python_source import Import, Source
from xihe_hooks.readers.requirements_txt import MOST_ROWS, Row, canonical, compare, release, split, within
from xihe_hooks.rules.facts import needs_newer, resolve
from xihe_hooks.rules.rule import Finding, Place, Rule, rule

SHORTER = Text(
    "请只写应用需要的软件包，不要重复引用文件。",
    "List only the packages that the app needs, and include each file only once.",
)
PINNED = """
    inference/requirements.txt
        gradio==3.21.0
        mindspore==2.0.0
        pillow<10
        pydantic<2
"""
MOST_JUDGED = 100  # pairs of rows of which it is worked out whether they contradict each other


def at(row: Row) -> Place:
    """Return where a row is."""
    return (row.line, None)


def by_name(rows: Sequence[Row]) -> Mapping[str, Row]:
    """Return the first row for each package."""
    return {row.name: row for row in reversed(rows)}


def image_packages(platform: Data) -> Mapping[str, str]:
    """Return the image's packages by canonical name, and their versions, "" where they are not known."""
    return {canonical(name): version for name, version in platform["image"]["packages"].items()}


def providers(name: str, packages: Data) -> list[str]:
    """Return the canonical names of the packages of which any one provides a module."""
    known = packages["distributions"]
    top = name.partition(".")[0]
    return [canonical(each) for each in known.get(name) or known.get(top) or [top]]


def imported(sources: Sequence[Source], own: frozenset[str]) -> Iterator[tuple[Source, Import]]:
    """Yield what the app imports from outside of Python and of its own folder, each module once."""
    seen: set[str] = set()
    for source in sources:
        for each in source.imports:
            top = each.name.partition(".")[0]
            if not each.level and top not in own and top not in sys.stdlib_module_names and each.name not in seen:
                seen.add(each.name)
                yield source, each


@rule
class XR101(Rule):
    slug = "requirements-unreadable-line"
    title = Text("pip 能读取 requirements.txt 的每一行", "pip can read each line of requirements.txt")
    why = Text(
        "平台启动时对整个文件运行一次 pip install；任何一行出错，启动都会失败。",
        "A start runs pip install once for the whole file; if one line is wrong, the start fails.",
    )
    remedy = Text("请每行写一个软件包，用 == 写明版本。", "Write one package per line, with == and its version.")
    bad = """
        inference/requirements.txt
            gradio 3.21.0
            mindspore==2.0.0
            pillow<10
            pydantic<2
    """
    good = PINNED
    since = "0.1.0"
    sources = ("files",)

    def check(self, rows: Sequence[Row], tree: Tree) -> Iterator[Finding]:
        for row in rows:
            if row.form == "encoding":
                yield self.found(
                    row.path,
                    Text("文件不是 UTF-8 编码", "The file is not UTF-8"),
                    remedy=Text("请保存为 UTF-8。", "Save it as UTF-8."),
                )
            elif row.form == "fault":
                meant = re.fullmatch(r"([A-Za-z][\w.-]*)[\s=:@]+(\d[\w.]*)", row.text[:100])
                pin = meant and f"{meant[1]}=={meant[2]}"
                yield self.found(
                    row.path,
                    Text(f"pip 无法解析 {show(row.text)}", f"pip cannot read {show(row.text)}"),
                    at=at(row),
                    remedy=Text(f"请写 {pin}。", f"Write {pin}.") if pin else None,
                )
            elif row.form == "unknown":
                yield self.found(
                    row.path,
                    Text(
                        f"pip 不接受这个文件中的选项 {show(row.text)}",
                        f"pip does not accept the option {show(row.text)} in this file",
                    ),
                    at=at(row),
                )
            elif row.form == "rest":
                yield self.found(
                    row.path,
                    Text(
                        f"文件太长：只检查前 {MOST_ROWS} 行",
                        f"The file is too long: only the first {MOST_ROWS} lines are checked",
                    ),
                    at=at(row),
                    severity="warning",
                    remedy=SHORTER,
                )
            elif row.passed_over:
                what = Text(
                    f"写在软件包后面的 {row.passed_over} 不起作用",
                    f"{row.passed_over} has no effect after a package",
                )
                remedy = Text(f"请把 {row.passed_over} 单独写一行。", f"Put {row.passed_over} on a line of its own.")
                yield self.found(row.path, what, at=at(row), remedy=remedy, severity="warning")
            elif row.form == "include" and "://" not in row.text and self._absent(row, tree):
                yield self.found(
                    row.path,
                    Text(
                        f"引用的文件 {show(row.text)} 不在仓库中", f"The file {show(row.text)} is not in the repository"
                    ),
                    at=at(row),
                )

    def _absent(self, row: Row, tree: Tree) -> bool:
        return row.included is None or resolve(tree, row.included) is None


@rule
class XR102(Rule):
    slug = "requirements-local-path"
    title = Text("requirements.txt 不安装本地路径", "requirements.txt installs nothing from a local path")
    why = Text(
        "平台只有仓库中的文件，而且以普通用户安装；您电脑上的路径在那里不存在。",
        "The platform has only the repository's files and installs as an ordinary user; paths on your machine do not "
        "exist there.",
    )
    remedy = Text(
        "请写 PyPI 上的软件包及版本；自己的模块直接放在 app.py 旁边。",
        "Name a package on PyPI and its version; put your own modules beside app.py.",
    )
    bad = """
        inference/requirements.txt
            gradio==3.21.0
            mindspore==2.0.0
            pillow<10
            pydantic<2
            -e ../lenet
    """
    good = """
        inference/lenet.py
        inference/requirements.txt
            gradio==3.21.0
            mindspore==2.0.0
            pillow<10
            pydantic<2
    """
    since = "0.1.0"
    sources = ("files",)

    def check(self, rows: Sequence[Row]) -> Iterator[Finding]:
        for row in rows:
            if row.form in ("local", "editable"):
                what = (
                    Text("可编辑安装", "Editable install") if row.form == "editable" else Text("本地路径", "Local path")
                )
                text = show(row.text)
                yield self.found(row.path, Text(f"{what.zh} {text}", f"{what.en} {text}"), at=at(row))


@rule
class XR103(Rule):
    slug = "requirements-from-url"
    title = Text("requirements.txt 不从网址安装", "requirements.txt installs nothing from a URL")
    why = Text(
        "平台只确定能访问清华镜像站；从别处下载可能很慢或不通，启动总共只有约 5 分钟。",
        "The platform is known to reach only the Tsinghua mirror; other addresses may be slow or blocked, and a "
        "start may take about five minutes in all.",
    )
    remedy = Text("请写 PyPI 上的软件包及版本。", "Name a package on PyPI and its version.")
    bad = """
        inference/requirements.txt
            gradio==3.21.0
            mindspore==2.0.0
            pillow<10
            pydantic<2
            jieba @ https://example.com/jieba-0.42.1.tar.gz
    """
    good = """
        inference/requirements.txt
            gradio==3.21.0
            mindspore==2.0.0
            pillow<10
            pydantic<2
            jieba==0.42.1
    """
    since = "0.1.0"
    sources = ("limits.start_seconds",)
    severity = "warning"

    def check(self, rows: Sequence[Row]) -> Iterator[Finding]:
        for row in rows:
            if row.form == "url":
                yield self.found(
                    row.path, Text(f"从网址安装 {show(row.text)}", f"Installs {show(row.text)}"), at=at(row)
                )


BROUGHT = Text("它的版本由平台的镜像和别的软件包决定", "its version depends on the image and on other packages")
NOT_KNOWN = Text("不知道别的软件包会不会装上它", "it is not known whether another package installs it")


@rule
class XR104(Rule):
    slug = "requirements-missing-package"
    title = Text("应用导入的软件包都在 requirements.txt 或镜像中", "Every imported package is installed")
    why = Text(
        "平台只有镜像自带的软件包和 requirements.txt 中的；镜像自带的版本会变，其中 gradio 和 mindspore 曾不固定版本。",
        "The platform has only the packages of its image and those in requirements.txt; the versions in the image "
        "change, and gradio and mindspore were not always pinned there.",
    )
    remedy = Text("请在 requirements.txt 中写上它和版本。", "Add it and its version to requirements.txt.")
    bad = """
        inference/app.py
            import gradio as gr
            import jieba

            gr.Interface(jieba.lcut, "text", "text").launch()
        inference/requirements.txt
            gradio==3.21.0
            pydantic<2
    """
    good = """
        inference/app.py
            import gradio as gr
            import jieba

            gr.Interface(jieba.lcut, "text", "text").launch()
        inference/requirements.txt
            gradio==3.21.0
            jieba==0.42.1
            pydantic<2
    """
    since = "0.1.0"
    sources = ("image", "packages")
    follows = ("XL103", "XL104", "XL106", "XR101")

    def check(
        self,
        sources: Sequence[Source],
        own: frozenset[str],
        rows: Sequence[Row],
        roots: frozenset[str],
        platform: Data,
        packages: Data,
    ) -> Iterator[Finding]:
        asked = {row.name for row in rows if row.name}
        image = image_packages(platform)
        brought = {canonical(each) for name in (*asked, *image) for each in packages["brings"].get(name, ())}
        if any(
            (row.form in ("local", "editable", "url", "rest") and not row.name) or self._elsewhere(row) for row in rows
        ):
            return  # what these install is not known
        known = all(name in packages["brings"] or name in packages["alone"] for name in asked)
        told: set[str] = set()
        for source, each in imported(sources, own):
            wanted = providers(each.name, packages)
            if each.guarded or wanted[0] in told or asked.intersection(wanted):
                continue
            if each.name.partition(".")[0] in roots:  # another rule's matter
                continue
            told.add(wanted[0])
            if {*image, *brought}.intersection(wanted):
                yield self._unlisted(source, each, wanted[0], image.get(wanted[0]), BROUGHT)
            elif known:
                yield self._absent(source, each, wanted[0])
            else:
                yield self._unlisted(source, each, wanted[0], None, NOT_KNOWN)

    def _elsewhere(self, row: Row) -> bool:
        return row.form == "include" and not row.constrains and "://" in row.text

    def _absent(self, source: Source, each: Import, package: str) -> Finding:
        name = show(package)
        return self.found(
            source.path,
            Text(
                f"导入了 {show(each.name)}，但 requirements.txt 和平台的镜像都没有 {name}",
                f"{show(each.name)} is imported, but {name} is neither in requirements.txt nor in the image",
            ),
            at=(each.line, each.column),
            remedy=Text(
                f"请在 requirements.txt 中写上 {name} 和版本；如果是自己的模块，请放到 app.py 旁边。",
                f"Add {name} and its version to requirements.txt; if it is your own module, put it beside app.py.",
            ),
        )

    def _unlisted(self, source: Source, each: Import, package: str, version: str | None, why: Text) -> Finding:
        name = show(package)
        pin = (
            Text(f"{package}=={version}", f"{package}=={version}")
            if version
            else Text(f"{name} 和版本", f"{name} and its version")
        )
        return self.found(
            source.path,
            Text(
                f"导入了 {show(each.name)}，但 requirements.txt 没有 {name}：{why.zh}",
                f"{show(each.name)} is imported, but requirements.txt does not list {name}: {why.en}",
            ),
            at=(each.line, each.column),
            remedy=Text(f"请在 requirements.txt 中写上 {pin.zh}。", f"Add {pin.en} to requirements.txt."),
            severity="warning",
        )


@rule
class XR105(Rule):
    slug = "requirements-not-pinned"
    title = Text("应用导入的软件包写明了版本", "The packages that the app imports are pinned")
    why = Text(
        "不写版本时，每次启动都可能安装更新的版本，应用会突然失效。",
        "Without a version, any start may install a newer one, and the app may suddenly break.",
    )
    remedy = Text("请写明您测试过的版本。", "Pin the version that you have tested.")
    bad = """
        inference/requirements.txt
            gradio
            mindspore==2.0.0
            pillow<10
    """
    good = PINNED
    since = "0.1.0"
    sources = ("image",)
    severity = "warning"

    def check(
        self,
        sources: Sequence[Source],
        own: frozenset[str],
        requirements: Sequence[Row],
        packages: Data,
        platform: Data,
    ) -> Iterator[Finding]:
        image = image_packages(platform)
        wanted = {name for _, each in imported(sources, own) for name in providers(each.name, packages)}
        for row in requirements:
            if row.name in wanted and not row.pin and not self._bounded(row):
                name, version = show(row.name), image.get(row.name)
                zh, en = f"请写 {name}== 和您测试过的版本", f"Write {name}== and the version that you have tested"
                remedy = Text(
                    f"{zh}；平台的镜像中是 {version}。" if version else f"{zh}。",
                    f"{en}; the image has {version}." if version else f"{en}.",
                )
                what = Text(f"{name} 没有写明版本", f"{name} is not pinned")
                yield self.found(row.path, what, at=at(row), remedy=remedy)

    def _bounded(self, row: Row) -> bool:
        return any(each.operator in ("==", "===", "~=", "<", "<=") for each in row.specifier)


@rule
class XR106(Rule):
    slug = "requirements-broken-together"
    title = Text("没有已知不兼容的版本", "No versions that are known to be incompatible")
    why = Text(
        "有些旧版本没有限制它们的依赖，pip 会装上与它们不兼容的新版本；错误要到导入、打开网页甚至预测时才出现。",
        "Some old releases do not limit their dependencies, so pip installs newer versions that they cannot work "
        "with; the error appears at import, when the page opens, or only at a prediction.",
    )
    remedy = Text("请在 requirements.txt 中加上所需的限制。", "Add the version constraint to requirements.txt.")
    bad = """
        inference/requirements.txt
            gradio==3.21.0
            mindspore==2.0.0
            pillow<10
            pydantic==2.5.0
    """
    good = PINNED
    since = "0.1.0"
    sources = ("packages",)

    def check(self, requirements: Sequence[Row], packages: Data) -> Iterator[Finding]:
        rows = by_name(requirements)
        for known in packages["combinations"]:
            name, versions = split(known["when"])
            row = rows.get(name)
            if row and row.pin and within(row.pin, versions):
                shown = any(within(row.pin, f"=={each}") for each in known["shown"])
                yield from self._judge(row, rows.get(split(known["needs"])[0]), known, shown)

    def _judge(self, row: Row, other: Row | None, known: Data, shown: bool) -> Iterator[Finding]:
        needs = known["needs"]
        remedy = Text(f"请在 requirements.txt 中写上 {needs}。", f"Add {needs} to requirements.txt.")
        because = Text(**known["because"])
        if other is None:
            if not known.get("in_image"):
                yield self.found(
                    row.path,
                    Text(
                        f"{row.name} {row.pin} 需要 {needs}，但没有写明：{because.zh}",
                        f"{row.name} {row.pin} needs {needs}, which is not listed: {because.en}",
                    ),
                    at=at(row),
                    remedy=remedy,
                    severity="warning",
                )
        elif outside := self._outside(other, split(needs)[1]):
            yield self.found(
                other.path,
                Text(
                    f"{row.name} {row.pin} 需要 {needs}，这里是 {show(other.text)}：{because.zh}",
                    f"{row.name} {row.pin} needs {needs}, but this is {show(other.text)}: {because.en}",
                ),
                at=at(other),
                remedy=remedy,
                severity="error" if shown and outside == "all" else "warning",
            )

    def _outside(self, row: Row, needed: str) -> str:
        """Return which of the versions that a row allows are not those needed: "" for none, "some", or "all"."""
        if row.pin:
            return "" if within(row.pin, needed) else "all"
        from packaging.specifiers import SpecifierSet

        bounds = SpecifierSet(needed)
        return {"outside": "all", "across": "some"}.get(compare(row.specifier, bounds), "")


@rule
class XR107(Rule):
    slug = "requirements-no-such-release"
    title = Text("写明的版本可以安装", "The pinned versions can be installed")
    why = Text(
        "有些版本已不在 PyPI 上，有些从未发布；pip 找不到它们，启动失败。",
        "Some releases were removed from PyPI, and some never existed; pip does not find them, and the start fails.",
    )
    remedy = Text("请改用 PyPI 上有的版本。", "Pin a release that is on PyPI.")
    bad = """
        inference/requirements.txt
            gradio==3.21.0
            mindspore==2.2.14
            pillow<10
            pydantic<2
    """
    good = PINNED
    since = "0.1.0"
    sources = ("packages",)

    def check(self, requirements: Sequence[Row], packages: Data) -> Iterator[Finding]:
        for row in requirements:
            for known in packages["gone"].get(row.name, ()):
                if row.pin and within(row.pin, known["versions"]):
                    yield self.found(
                        row.path,
                        Text(f"PyPI 上没有 {row.name} {row.pin}", f"PyPI does not have {row.name} {row.pin}"),
                        at=at(row),
                        remedy=Text(f"请改为 {known['instead']}。", f"Change it to {known['instead']}."),
                    )


@rule
class XR108(Rule):
    slug = "requirements-newer-python"
    title = Text("写明的版本支持镜像的 Python", "The pinned versions support the image's Python")
    why = Text(
        "平台最后公开的镜像是 Python 3.9，要求更新 Python 的版本在那里无法安装。平台之后的镜像没有公开。",
        "The last image that the platform published has Python 3.9, on which releases that need a newer Python "
        "cannot be installed. Later images are not public.",
    )
    remedy = Text(
        "如果平台的镜像仍是旧的，请改用支持它的版本；在平台网页上创建项目时可以看到有哪些镜像。",
        "If the platform's image is still the old one, pin releases that support it; the page for new projects "
        "lists the images.",
    )
    bad = """
        inference/requirements.txt
            gradio==6.31.0
            mindspore==2.10.0
            numpy<2
    """
    good = PINNED
    since = "0.1.0"
    sources = ("image", "packages")
    severity = "warning"

    def check(self, requirements: Sequence[Row], platform: Data, packages: Data) -> Iterator[Finding]:
        image = platform["image"]
        asking = [(row, known) for known in packages["python"] for row in requirements if needs_newer(row, known)]
        newer = [pair for pair in asking if "python" in pair[1] and within(pair[1]["python"], f">{image['python']}")]
        if not newer:
            return
        row, known = max(newer, key=lambda pair: release(pair[1]["python"]))
        older = next((pair for pair in asking if "newest" in pair[1] and not _goes_with(known, pair[1])), None)
        names = ", ".join(sorted(f"{each.name} {each.pin}" for each, _ in newer))
        if older:
            other, limit = older
            what = Text(
                f"{row.name} {row.pin} 需要 Python {known['python']}，而 {other.name} {other.pin} 最高支持 {limit['newest']}",
                f"{row.name} {row.pin} needs Python {known['python']}, and {other.name} {other.pin} supports Python "
                f"up to {limit['newest']}",
            )
            remedy = Text("请改用支持同一个 Python 的版本。", "Pin releases that support the same Python.")
            yield self.found(row.path, what, at=at(row), remedy=remedy, severity="error")
            return
        what = Text(
            f"{names} 需要 Python {known['python']}；平台最后公开的镜像（{image['date']}）是 {image['python']}",
            f"{names} need Python {known['python']}; the last published image ({image['date']}) has {image['python']}",
        )
        yield self.found(newer[0][0].path, what, at=at(newer[0][0]))


def _goes_with(needing: Data, limited: Data) -> bool:
    return release(needing["python"]) <= release(limited["newest"])


@rule
class XR109(Rule):
    slug = "requirements-gpu-or-ascend"
    title = Text("不安装 GPU 或昇腾版", "No packages for GPU or Ascend")
    why = Text(
        "公开的镜像只支持 CPU，没有这些软件包要加载的库，导入会失败。",
        "The published images are for CPUs only and lack the libraries that these packages load, so importing them "
        "fails.",
    )
    remedy = Text("请改用 CPU 版。", "Use the CPU version.")
    bad = """
        inference/requirements.txt
            gradio==3.21.0
            mindspore-gpu==1.8.1
            pydantic<2
    """
    good = PINNED
    since = "0.1.0"
    sources = ("image", "packages")

    def check(self, requirements: Sequence[Row], packages: Data) -> Iterator[Finding]:
        for row in requirements:
            instead = packages["accelerators"].get(row.name)
            local = (row.pin or "").partition("+")[2]
            if instead or local.startswith(("cu", "rocm")):
                remedy = Text(f"请改用 {instead}。", f"Use {instead} instead.") if instead else None
                yield self.found(
                    row.path,
                    Text(f"{show(row.text)} 是 GPU 或昇腾版", f"{show(row.text)} is the GPU or Ascend version"),
                    at=at(row),
                    remedy=remedy,
                    severity="error" if instead else "warning",
                )


@rule
class XR110(Rule):
    slug = "requirements-repeated-package"
    title = Text("每个软件包只写一次", "Each package is listed once")
    why = Text(
        "两行的版本互相矛盾时 pip 拒绝安装；不矛盾时，以后也容易只改其中一行。",
        "pip refuses two lines that contradict each other; if they agree, someone will change one and forget the "
        "other.",
    )
    remedy = Text("请只留一行。", "Keep one of the lines.")
    bad = """
        inference/requirements.txt
            gradio==3.21.0
            mindspore==2.0.0
            pillow<10
            pydantic<2
            gradio==2.7.5.2
    """
    good = PINNED
    since = "0.1.0"

    def check(self, requirements: Sequence[Row]) -> Iterator[Finding]:
        first: dict[str, Row] = {}
        repeated = 0
        for row in requirements:
            before = first.setdefault(row.name, row)
            if before is not row and (before.path, before.text) != (row.path, row.text):
                repeated += 1
                contradict = repeated <= MOST_JUDGED and compare(before.specifier, row.specifier) == "outside"
                yield self.found(
                    row.path,
                    Text(
                        f"{show(row.name)} 在第 {before.line} 行已写过{'，两者矛盾' if contradict else ''}",
                        f"{show(row.name)} is already on line "
                        f"{before.line}{', and they contradict' if contradict else ''}",
                    ),
                    at=at(row),
                    severity="error" if contradict else "warning",
                )


@rule
class XR111(Rule):
    slug = "requirements-some-hashes"
    title = Text("哈希要么都写，要么都不写", "Hashes are given for all packages or for none")
    why = Text(
        "只要一行有 --hash，pip 就要求每一行都有，并且都写明版本。",
        "If one line has --hash, pip requires a hash and a version on every line.",
    )
    remedy = Text("请给每一行加上哈希，或全部去掉。", "Add hashes to every line, or remove them all.")
    bad = r"""
        inference/requirements.txt
            gradio==2.7.5.2 \
                --hash=sha256:f3e3d5f2cf0a2a5f2a5a1f5b3a6ae6bd7a1f6f3b0f8b0d8c8e1f2a3b4c5d6e7f
            mindspore==2.7.2
    """
    good = r"""
        inference/requirements.txt
            gradio==2.7.5.2 \
                --hash=sha256:f3e3d5f2cf0a2a5f2a5a1f5b3a6ae6bd7a1f6f3b0f8b0d8c8e1f2a3b4c5d6e7f
            mindspore==2.7.2 \
                --hash=sha256:0c5ba1d94d2cd7a3bc4cbb3c1e0c9c1b8fd0c7c29ef1f6d9c5b8a7e6d4f3b2a1
    """
    since = "0.1.0"

    def check(self, requirements: Sequence[Row], rows: Sequence[Row]) -> Iterator[Finding]:
        strict = any(row.hashed for row in requirements) or any("--require-hashes" in row.text for row in rows)
        for row in requirements:
            if strict and not (row.hashed and row.pin):
                lack = Text("没有哈希", "has no hash") if not row.hashed else Text("没有写明版本", "is not pinned")
                yield self.found(
                    row.path, Text(f"{show(row.text)} {lack.zh}", f"{show(row.text)} {lack.en}"), at=at(row)
                )


@rule
class XR112(Rule):
    slug = "requirements-not-on-pypi"
    title = Text("requirements.txt 写的是 PyPI 上的名称", "requirements.txt uses the names on PyPI")
    why = Text(
        "Python 自带的模块不用安装，而有些软件包导入时的名称与 PyPI 上的不同；pip 找不到名称，启动失败。",
        "Modules that come with Python need not be installed, and some packages are imported under a name that "
        "differs from PyPI's; if pip does not find a name, the start fails.",
    )
    remedy = Text("请删除这一行。", "Delete this line.")
    bad = """
        inference/requirements.txt
            gradio==3.21.0
            mindspore==2.0.0
            pillow<10
            pydantic<2
            sklearn
    """
    good = """
        inference/requirements.txt
            gradio==3.21.0
            mindspore==2.0.0
            pillow<10
            pydantic<2
            scikit-learn==1.3.2
    """
    since = "0.3.0"
    sources = ("packages",)

    def check(self, requirements: Sequence[Row], packages: Data) -> Iterator[Finding]:
        absent = packages["absent"]
        standard = {canonical(name) for name in sys.stdlib_module_names} - set(packages["standard_on_pypi"])
        for row in requirements:
            instead = absent.get(row.name)
            if row.name in absent or row.name in standard:
                name = show(row.name)
                what = Text(f"PyPI 上没有可以安装的 {name}", f"PyPI has no installable package {name}")
                remedy = Text(f"请改为 {instead}。", f"Write {instead} instead.") if instead else None
                yield self.found(row.path, what, at=at(row), remedy=remedy)
