"""Findings as people read them, and as programs do: JSON, GitHub's annotations, SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from xihe_hooks.git.repository import Tree
from xihe_hooks.language import Text, printable, say, without_credentials
from xihe_hooks.readers.secrets import leaks
from xihe_hooks.rules.facts import read
from xihe_hooks.rules.registry import every
from xihe_hooks.rules.rule import Finding
from xihe_hooks.terminal import Screen, Span, excerpt

SEVERITIES = {"error": Text("错误", "error"), "warning": Text("警告", "warning")}
STYLES = {"error": "red", "warning": "yellow"}
PLAIN = Screen()
INDENT = "    "
LONGEST_EXCERPT = 100  # columns, where the output is no terminal
SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings file by file: errors first, and what explains other findings before the rest."""
    findings = list(findings)
    causes = {cause for rule in every() for cause in rule.follows}

    def weight(each: Finding) -> tuple[bool, bool]:
        return (each.severity != "error", each.rule not in causes)

    first: dict[str, tuple[bool, bool]] = {}
    for each in findings:
        first[each.path] = min(weight(each), first.get(each.path, (True, True)))

    def key(each: Finding) -> tuple[object, ...]:
        return (first[each.path], each.path, weight(each), each.line or 0, each.column or 0, each.rule)

    return sorted(findings, key=key)


def as_text(
    findings: Sequence[Finding],
    language: str,
    platform: Mapping[str, Any],
    *,
    screen: Screen = PLAIN,
    tree: Tree | None = None,
    show_ignored: bool = False,
) -> Iterator[str]:
    """Yield lines: for each finding where, what, the source line, and what to do; then how many there are.

    The source is read from the tree, where one is given.
    """
    sources: dict[str, dict[int, str]] = {}
    before = None
    for each in ordered(each for each in findings if show_ignored or each.ignored is None):
        if before not in (None, each.path):
            yield ""
        before = each.path
        yield from screen.lines(_head(each, language), hanging=INDENT)
        if tree and each.line and each.path not in sources:
            sources[each.path] = _lines(read(tree, each.path) or b"")
        yield from _excerpt(each, sources.get(each.path, {}), screen)
        yield from (
            line for text in _more(each, platform) for line in screen.lines([(say(text, language), "")], INDENT)
        )
    told = [each for each in findings if each.ignored is None]
    if before is not None:
        yield ""
    for text in _closing(told):
        yield from screen.lines([(say(text, language), "")])
    yield from screen.lines([(say(_summary(told, len(findings) - len(told)), language), "bold")])


def _head(each: Finding, language: str) -> Iterator[Span]:
    if where := _where(each):
        yield where, "bold"
    yield f"{each.rule} ", "cyan"
    yield say(SEVERITIES[each.severity], language), STYLES[each.severity] if each.ignored is None else "dim"
    yield " " + say(each.what, language), ""


def _where(finding: Finding) -> str:
    parts = [printable(finding.path)] if finding.path else []
    parts += [str(number) for number in (finding.line, finding.column) if number and parts]
    return ":".join(parts) + ": " if parts else ""


def _lines(content: bytes) -> dict[int, str]:
    """Return the lines that may be shown, by number: none with a secret in it, or an address with a password."""
    secret = {leak.place[0] for leak in leaks(content)}
    lines = enumerate(content.decode("utf-8", "replace").removeprefix("\ufeff").split("\n"), 1)
    return {number: line for number, line in lines if number not in secret and without_credentials(line) == line}


def _excerpt(each: Finding, lines: Mapping[int, str], screen: Screen) -> Iterator[str]:
    line = lines.get(each.line or 0, "").rstrip()
    if not line or not each.line:
        return
    number = f"{each.line:>6} "
    room = max(20, (screen.width or LONGEST_EXCERPT + 9) - len(number) - 2)
    start = (each.column or 1) - 1
    before, after = line[max(0, start - 2 * room) : start], line[start : start + 2 * room]  # a line may have a megabyte
    before, after = (printable(part.expandtabs(4)) for part in (before, after))
    shown, caret = excerpt(before + after, len(before) + 1, room)
    yield screen.paint(f"{number}| ", "dim") + shown
    if each.column:
        yield screen.paint(" " * len(number) + "| ", "dim") + screen.paint(caret, STYLES[each.severity])


def _more(each: Finding, platform: Mapping[str, Any]) -> Iterator[Text]:
    yield each.remedy
    if each.eras:
        days = ", ".join(f"{era} ({platform['eras'][era]['date']})" for era in each.eras)
        yield Text(f"平台版本（起始日期）：{days}", f"Platform version (from): {days}")
    if each.ignored is not None:
        reason = without_credentials(each.ignored)
        yield Text(f"已忽略：{reason}", f"Ignored: {reason}")


def _closing(told: Sequence[Finding]) -> Iterator[Text]:
    safe, unsafe = (sum(each.fix == safety for each in told) for safety in ("safe", "unsafe"))
    if safe:
        yield Text(
            f"其中 {safe} 个可由 xihe-hooks check --fix 修复。", f"{safe} can be fixed with xihe-hooks check --fix."
        )
    if unsafe:
        yield Text(
            f"其中 {unsafe} 个可由 xihe-hooks check --fix --unsafe-fixes 修复，请先加上 --diff 查看。",
            f"{unsafe} can be fixed with xihe-hooks check --fix --unsafe-fixes; review the changes with --diff first.",
        )
    if told:
        command = " ".join(["xihe-hooks rules", *sorted({each.rule for each in told})])
        yield Text(f"规则详情：{command}", f"To read about the rules: {command}")


def _summary(told: Sequence[Finding], ignored: int) -> Text:
    errors = sum(each.severity == "error" for each in told)
    warnings = len(told) - errors
    if not told:
        return Text(
            f"没有发现问题，忽略了 {ignored} 个。" if ignored else "没有发现问题。",
            f"No problems found, {ignored} ignored." if ignored else "No problems found.",
        )
    return Text(
        f"{errors} 个错误，{warnings} 个警告" + (f"，忽略了 {ignored} 个。" if ignored else "。"),
        f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"
        + (f", {ignored} ignored." if ignored else "."),
    )


def as_json(findings: Iterable[Finding]) -> str:
    """Return a JSON list with an object for each finding, in both languages, as findings.schema.json describes it.

    A path is the file's exact name: a byte that is not UTF-8 is written as the surrogate U+DC80 to U+DCFF that Python's
    `os.fsencode` turns back into it. All else than ASCII is escaped, so that it is JSON in every encoding.
    """
    slugs = {rule.id: rule.slug for rule in every()}
    rows = [
        {
            "rule": each.rule,
            "slug": slugs[each.rule],
            "severity": each.severity,
            "path": each.path,
            "line": each.line,
            "column": each.column,
            "eras": list(each.eras),
            "what": each.what._asdict(),
            "remedy": each.remedy._asdict(),
            "fix": each.fix,
            "ignored": each.ignored,
            "help": f"xihe-hooks rules {each.rule}",
        }
        for each in ordered(findings)
    ]
    return json.dumps(rows, indent=2)


def as_github(findings: Iterable[Finding], language: str) -> Iterator[str]:
    """Yield GitHub's workflow commands, which it shows beside the lines; one that is ignored is a notice."""
    for each in ordered(findings):
        fields = {"file": printable(each.path), "line": each.line, "col": each.column, "title": each.rule}
        properties = ",".join(f"{key}={_property(str(value))}" for key, value in fields.items() if value)
        level = each.severity if each.ignored is None else "notice"
        yield f"::{level} {properties}::{_data(printable(say(each.what, language) + ' ' + say(each.remedy, language)))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(findings: Iterable[Finding], language: str) -> str:
    """Return a log of SARIF 2.1.0 (OASIS), which code scanning reads; what is ignored is in it as suppressed."""
    from importlib.metadata import version  # takes as long to load as the rest

    from xihe_hooks.commands.page import page_as_markdown, page_as_text

    pages = {"text": page_as_text, "markdown": page_as_markdown}
    rules = every()
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    described = [
        {
            "id": rule.id,
            "name": rule.slug,
            "shortDescription": {"text": say(rule.title, language)},
            "fullDescription": {"text": say(rule.why, language)},
            "help": {name: "\n".join(page(rule, language)) for name, page in pages.items()},
            "defaultConfiguration": {"level": rule.severity},
        }
        for rule in rules
    ]
    driver = {"name": "xihe-hooks", "version": version("copier-xihe"), "language": language, "rules": described}
    results = [_result(each, numbers[each.rule], language) for each in ordered(findings)]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(each: Finding, number: int, language: str) -> dict[str, Any]:
    message = f"{say(each.what, language)} {say(each.remedy, language)}"
    result: dict[str, Any] = {
        "ruleId": each.rule,
        "ruleIndex": number,
        "level": each.severity,
        "message": {"text": message},
    }
    if each.path:
        uri = quote(each.path.encode("utf-8", "surrogateescape"))
        location: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
        if each.line:
            region = {"startLine": each.line, "startColumn": each.column}
            location["region"] = {key: value for key, value in region.items() if value}
        result["locations"] = [{"physicalLocation": location}]
    if each.ignored is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": each.ignored}]
    return result
