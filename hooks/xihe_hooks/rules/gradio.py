"""gradio: names and arguments that the pinned version does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xihe_hooks.data import Data
from xihe_hooks.language import Text, show
from xihe_hooks.readers.python_source import Source, name_of, place
from xihe_hooks.readers.requirements_txt import within
from xihe_hooks.rules.rule import Finding, Rule, rule

METHODS = ("launch", "queue")


def spelt(source: Source) -> Mapping[str, str]:
    """Return what the module calls gradio and what it takes from it: {"gr": "", "Box": "Box"}."""
    names: dict[str, str] = {}
    for node in source.nodes:
        if isinstance(node, ast.Import):
            names |= {each.asname or "gradio": "" for each in node.names if each.name.partition(".")[0] == "gradio"}
        elif isinstance(node, ast.ImportFrom) and node.module in ("gradio", "gradio.components") and not node.level:
            names |= {each.asname or each.name: each.name for each in node.names}
    return names


def full_name(node: ast.AST, names: Mapping[str, str]) -> str:
    """Return the name below gradio that a node stands for, "" for what is not gradio's."""
    top, _, rest = name_of(node).partition(".")
    return ".".join(filter(None, (names[top], rest))).removeprefix("components.") if top in names else ""


def adapts(source: Source) -> bool:
    """Whether the module looks what the installed gradio has, and so may do well with any."""
    asks = any(name_of(call.func) in ("hasattr", "getattr", "inspect.signature") for call in source.calls)
    return asks or any(isinstance(node, ast.Attribute) and node.attr == "__version__" for node in source.nodes)


@rule
class XA109(Rule):
    slug = "app-other-gradio"
    title = Text(
        "写明的 gradio 版本具有应用使用的名称和参数",
        "The pinned gradio has the names and arguments that the app uses",
    )
    why = Text(
        "gradio 的每个大版本都改了一些名称和参数；为其他版本编写的应用会在启动时报 AttributeError 或 TypeError，或者参数不起作用。",
        "Each major version of gradio changed some names and arguments; an app written for another version ends with "
        "AttributeError or TypeError when it starts, or an argument has no effect.",
    )
    remedy = Text(
        "请改用该版本支持的写法，或换一个版本。", "Use what the pinned version offers, or pin another version."
    )
    bad = """
        inference/app.py
            import gradio as gr

            gr.Interface(str, gr.ImageEditor(), "text").launch()
        inference/requirements.txt
            gradio==3.21.0
            pydantic<2
    """
    good = """
        inference/app.py
            import gradio as gr

            gr.Interface(str, gr.Sketchpad(), "text").launch()
        inference/requirements.txt
            gradio==3.21.0
            pydantic<2
    """
    since = "0.2.0"
    sources = ("packages",)

    def check(self, sources: Sequence[Source], gradio: str | None, packages: Data) -> Iterator[Finding]:
        if gradio is None:
            return
        known = packages["gradio"]
        tried = any(within(gradio, f"=={each}") for each in known["shown"])
        names = [each for each in known["names"] if within(gradio, each["lack"])]
        arguments = [each for each in known["arguments"] if within(gradio, each["lack"])]
        for source in sources:
            spellings = spelt(source)
            if spellings and not adapts(source):
                yield from self._names(source, spellings, names, gradio, tried)
                yield from self._arguments(source, spellings, arguments, gradio, tried)

    def _names(
        self, source: Source, spellings: Mapping[str, str], known: Sequence[Data], version: str, tried: bool
    ) -> Iterator[Finding]:
        for node, name in self._used(source, spellings):
            for each in known:
                if name in each["names"]:
                    yield self._told(
                        source,
                        node,
                        Text(f"gradio {version} 没有 {name}", f"gradio {version} has no {name}"),
                        each,
                        tried,
                    )

    def _used(self, source: Source, spellings: Mapping[str, str]) -> Iterator[tuple[ast.AST, str]]:
        for node in source.nodes:
            if isinstance(node, ast.Attribute):
                yield node, full_name(node, spellings)
                if self._is_component(source, node.value, spellings):
                    yield node, f".{node.attr}"
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                top, _, rest = node.module.partition(".")
                yield from ((node, rest or each.name) for each in node.names if top == "gradio")
            elif isinstance(node, ast.Import):
                yield from ((node, each.name.removeprefix("gradio.")) for each in node.names)

    def _is_component(self, source: Source, node: ast.AST, spellings: Mapping[str, str]) -> bool:
        """Whether a node is a class of gradio, or one that was made of it: gr.Image, gr.Image(), image = gr.Image()."""
        resolved = source.resolve(node) or node
        name = full_name(resolved.func if isinstance(resolved, ast.Call) else resolved, spellings)
        return name[:1].isupper() and "." not in name

    def _arguments(
        self, source: Source, spellings: Mapping[str, str], known: Sequence[Data], version: str, tried: bool
    ) -> Iterator[Finding]:
        for call in source.calls:
            method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            name = method if method in METHODS else full_name(call.func, spellings)
            for each in known:
                given = [word for word in call.keywords if word.arg in each["arguments"] and name in each["call"]]
                for word in given:
                    zh, en = (
                        f"gradio {version} 的 {name} 没有参数 {show(word.arg)}",
                        f"has no argument {show(word.arg)}",
                    )
                    if each.get("ignored"):
                        zh, en = f"gradio {version} 的 {name} 忽略参数 {show(word.arg)}", f"ignores {show(word.arg)}"
                    yield self._told(source, word.value, Text(zh, f"{name} of gradio {version} {en}"), each, tried)

    def _told(self, source: Source, node: ast.AST, what: Text, known: Mapping[str, Any], tried: bool) -> Finding:
        sure = tried and not known.get("ignored")
        remedy = Text(**known["instead"])
        return self.found(source.path, what, at=place(node), remedy=remedy, severity="error" if sure else "warning")
