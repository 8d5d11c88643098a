"""Findings as people read them, as JSON, and as GitHub's annotations; and the language to say them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xihe_hooks.display import show
from xihe_hooks.findings import Finding, Text

if TYPE_CHECKING:  # rules read facts, some of which come from modules that report
    from xihe_hooks.rule import Rule


def choose_language(asked: str | None, answers: bytes | None, environment: Mapping[str, str]) -> str:
    """Return "zh" or "en": as asked, else XIHE_HOOKS_LANG, else what the template was answered, else the locale's."""
    for candidate in (asked, environment.get("XIHE_HOOKS_LANG"), _answered(answers)):
        if candidate in ("zh", "en"):
            return candidate
    locale = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return "zh" if locale.startswith("zh") else "en"


def _answered(answers: bytes | None) -> str | None:
    # A line of its own, whatever else the file holds: nothing here needs the rest of it.
    for line in (answers or b"").splitlines():
        if line.startswith(b"language:"):
            return line.partition(b":")[2].strip().strip(b"\"'").decode("ascii", "replace")
    return None


def say(text: Text, language: str) -> str:
    """Return the text in one language."""
    return text.zh if language == "zh" else text.en


def order(finding: Finding) -> tuple[str, int, int, str]:
    """Sort key: as one reads the files."""
    return (finding.path, finding.line or 0, finding.column or 0, finding.rule)


def as_text(
    findings: Sequence[Finding], language: str, platform: Mapping[str, Any], links: Mapping[str, str]
) -> Iterator[str]:
    """Yield lines: for each finding where, what, what to do and the link; then how many there are."""
    for each in sorted(findings, key=order):
        label = {"error": Text("错误", "error"), "warning": Text("警告", "warning")}[each.severity]
        yield f"{_where(each)}{each.rule} {say(label, language)} {say(each.what, language)}"
        if each.eras:
            days = ", ".join(f"{era} ({platform['eras'][era]['date']})" for era in each.eras)
            yield "    " + say(Text(f"平台版本（起始日期）：{days}", f"Platform version (from): {days}"), language)
        yield "    " + say(each.remedy, language)
        if each.rule in links:
            yield "    " + links[each.rule]
    yield say(_summary(findings), language)


def _where(finding: Finding) -> str:
    places = [show(finding.path)] if finding.path else []
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
    """Return a JSON list with an object for each finding, in both languages."""
    import json

    rows = [
        {
            "rule": each.rule,
            "severity": each.severity,
            "path": show(each.path),
            "line": each.line,
            "column": each.column,
            "eras": list(each.eras),
            "what": each.what._asdict(),
            "remedy": each.remedy._asdict(),
            "url": links.get(each.rule),
        }
        for each in sorted(findings, key=order)
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def as_github(findings: Sequence[Finding], language: str) -> Iterator[str]:
    """Yield GitHub's workflow commands, which it shows beside the lines."""
    for each in sorted(findings, key=order):
        fields = {"file": show(each.path), "line": each.line, "col": each.column, "title": each.rule}
        properties = ",".join(f"{key}={_property(str(value))}" for key, value in fields.items() if value)
        yield f"::{each.severity} {properties}::{_data(say(each.what, language) + ' ' + say(each.remedy, language))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def links(rules: Sequence[Rule], language: str) -> Mapping[str, str]:
    """Return where each rule is explained, as a path in the repository of these checks."""
    return {rule.id: f"docs/{language}/{rule.url}" for rule in rules}


def rules_as_text(rules: Sequence[Rule], language: str, explain: bool = False) -> Iterator[str]:
    """Yield a line for each rule, and where it is explained its reason and remedy."""
    for rule in rules:
        yield f"{rule.id}  {rule.severity:7}  {'/'.join(rule.kinds):13}  {say(rule.title, language)}"
        if explain:
            yield f"    {say(rule.why, language)}"
            yield f"    {say(rule.remedy, language)}"


def rules_as_json(rules: Sequence[Rule]) -> str:
    """Return a JSON list with an object for each rule, in both languages."""
    import json

    rows = [
        {
            "rule": rule.id,
            "severity": rule.severity,
            "kinds": list(rule.kinds),
            "url": {language: f"docs/{language}/{rule.url}" for language in Text._fields},
            **{name: getattr(rule, name)._asdict() for name in ("title", "why", "remedy")},
        }
        for rule in rules
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def rules_as_markdown(rules: Sequence[Rule], language: str) -> Iterator[str]:
    """Yield the rule reference of the documentation, a section for each rule."""
    title = Text("规则", "Rules")
    about = Text(
        "`xihe-hooks check` 按这些规则检查仓库。本页由 `nox -s docs` 从规则生成。",
        "What `xihe-hooks check` looks for. This page is generated from the rules by `nox -s docs`.",
    )
    yield f"# {say(title, language)}\n\n{say(about, language)}\n"
    kinds = {"project": Text("项目仓库", "project"), "model": Text("模型仓库", "model")}
    severities = {"error": Text("错误", "error"), "warning": Text("警告", "warning")}
    for rule in rules:
        where = say(Text("、", ", "), language).join(say(kinds[kind], language) for kind in rule.kinds)
        yield f"## {rule.id}"
        yield f"\n**{say(rule.title, language)}** ({where}; {say(severities[rule.severity], language)})"
        yield f"\n{say(rule.why, language)}"
        yield f"\n{say(rule.remedy, language)}\n"
