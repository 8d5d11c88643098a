"""Findings as people read them, as JSON, and as GitHub's annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xihe_hooks.language import Text, printable, say
from xihe_hooks.rules.registry import every
from xihe_hooks.rules.rule import Finding

SEVERITIES = {"error": Text("错误", "error"), "warning": Text("警告", "warning")}


def order(finding: Finding) -> tuple[str, int, int, str]:
    """Sort key: as one reads the files."""
    return (finding.path, finding.line or 0, finding.column or 0, finding.rule)


def as_text(
    findings: Sequence[Finding], language: str, platform: Mapping[str, Any], links: Mapping[str, str]
) -> Iterator[str]:
    """Yield lines: for each finding where, what, what to do and the link; then how many there are."""
    for each in sorted(findings, key=order):
        yield f"{_where(each)}{each.rule} {say(SEVERITIES[each.severity], language)} {say(each.what, language)}"
        if each.eras:
            days = ", ".join(f"{era} ({platform['eras'][era]['date']})" for era in each.eras)
            yield "    " + say(Text(f"平台版本（起始日期）：{days}", f"Platform version (from): {days}"), language)
        yield "    " + say(each.remedy, language)
        if each.rule in links:
            yield "    " + links[each.rule]
    yield say(_summary(findings), language)


def _where(finding: Finding) -> str:
    places = [printable(finding.path)] if finding.path else []
    places += [str(number) for number in (finding.line, finding.column) if number and places]
    return ":".join(places) + ": " if places else ""


def _summary(findings: Sequence[Finding]) -> Text:
    errors = sum(each.severity == "error" for each in findings)
    warnings = len(findings) - errors
    if not findings:
        return Text("没有发现问题。", "Nothing found.")
    return Text(
        f"{errors} 个错误，{warnings} 个警告。",
        f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}.",
    )


def as_json(findings: Sequence[Finding], links: Mapping[str, str]) -> str:
    """Return a JSON list with an object for each finding, in both languages.

    A path is the file's exact name: a byte that is not UTF-8 is written as the surrogate U+DC80 to U+DCFF that Python's
    `os.fsencode` turns back into it. All else than ASCII is escaped, so that it is JSON in every encoding.
    """
    import json

    rows = [
        {
            "rule": each.rule,
            "severity": each.severity,
            "path": each.path,
            "line": each.line,
            "column": each.column,
            "eras": list(each.eras),
            "what": each.what._asdict(),
            "remedy": each.remedy._asdict(),
            "url": links.get(each.rule),
        }
        for each in sorted(findings, key=order)
    ]
    return json.dumps(rows, indent=2)


def as_github(findings: Sequence[Finding], language: str) -> Iterator[str]:
    """Yield GitHub's workflow commands, which it shows beside the lines."""
    for each in sorted(findings, key=order):
        fields = {"file": printable(each.path), "line": each.line, "col": each.column, "title": each.rule}
        properties = ",".join(f"{key}={_property(str(value))}" for key, value in fields.items() if value)
        yield f"::{each.severity} {properties}::{_data(printable(say(each.what, language) + ' ' + say(each.remedy, language)))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def links(language: str) -> Mapping[str, str]:
    """Return where each rule is explained, as a path in the repository of these checks."""
    return {rule.id: f"docs/{language}/{rule.url}" for rule in every()}
