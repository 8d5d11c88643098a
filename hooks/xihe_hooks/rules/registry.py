"""All rules, and how they run."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from xihe_hooks.data import judged_eras
from xihe_hooks.language import Text
from xihe_hooks.rules.facts import Facts, parameters
from xihe_hooks.rules.ignores import matched, written
from xihe_hooks.rules.rule import MOST, RULES, Finding, Rule, named

for _path in sorted(Path(__file__).parent.glob("[!_]*.py")):  # each adds its own rules
    importlib.import_module(f"{__package__}.{_path.stem}")


def every() -> list[Rule]:
    """All rules, by their ids."""
    return sorted(RULES, key=lambda rule: rule.id)


def find(name: str) -> Rule | None:
    """The rule of an id or a slug; None where there is none."""
    return named(name, every())


def run(facts: Facts, era: str | None = None) -> list[Finding]:
    """Run the rules that are about this kind of repository, and return what counts in the era, or in those judged.

    What the repository asks not to be told is among it, with its reason; what follows from another finding is not.
    """
    rules = every()
    running = [each for each in rules if facts["kind"] in each.kinds and (each.at_push or not facts["push"])]
    found = [finding for each in running if not each.about_ignores for finding in _check(each, facts)]
    entries = written(facts, found)
    of_each = matched(found, entries, rules)
    pairs = zip(found, of_each, strict=True)
    found = [finding._replace(ignored=some[0].reason) if some else finding for finding, some in pairs]
    facts.add(entries=entries, rules=rules, used=frozenset(entry for some in of_each for entry in some))
    found += [finding for each in running if each.about_ignores for finding in _check(each, facts)]
    counted = [counts for finding in found if (counts := apply_era(finding, facts["platform"], era))]
    told = _causes(counted)
    return [finding for each in rules for finding in _few(each, [some for some in told if some.rule == each.id])]


def _check(rule: Rule, facts: Facts) -> Iterator[Finding]:
    return rule.check(**{name: facts[name] for name in parameters(rule.check)})


def _causes(findings: Sequence[Finding]) -> list[Finding]:
    """Leave out what a finding of another rule explains that is as severe, and that is told."""
    told = {(each.rule, each.severity) for each in findings if each.ignored is None}
    follows = {each.id: each.follows for each in RULES}

    def is_explained(finding: Finding) -> bool:
        severities = {"error", finding.severity}
        return any((cause, severity) in told for cause in follows[finding.rule] for severity in severities)

    return [each for each in findings if each.ignored is not None or not is_explained(each)]


def _few(rule: Rule, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the first findings in each file, and one that stands for the rest, where the first of those is."""
    told: Counter[str] = Counter()
    rest: dict[str, Finding] = {}
    for finding in findings:
        told[finding.path] += finding.ignored is None
        if told[finding.path] <= MOST or not finding.path or finding.ignored is not None:
            yield finding
        elif finding.path not in rest or finding.severity == "error" != rest[finding.path].severity:
            rest[finding.path] = rest.get(finding.path, finding)._replace(severity=finding.severity)
    for path, finding in rest.items():
        more = told[path] - MOST
        yield finding._replace(what=Text(f"还有 {more} 处同样的问题", f"{more} more of the same"), remedy=rule.remedy)


def apply_era(finding: Finding, platform: Mapping[str, Any], era: str | None) -> Finding | None:
    """Return the finding with the severity that it has in one era, or in all that are judged; None where in none.

    What only earlier eras punish may still happen, but the newest one is what a project meets first.
    """
    counted = (era,) if era else judged_eras(platform)
    if not finding.eras:
        return finding
    if not set(finding.eras) & set(counted):
        return None
    return finding if counted[-1] in finding.eras else finding._replace(severity="warning")
