"""A rule: what it is called, why it is there, what to do, and a check that reads facts.

A check names the facts it reads by its parameters, and the runner supplies them: a rule's test supplies plain data.
repo-review's checks answer with one sentence each; these answer with places, two languages and eras, so they run here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from xihe_hooks.data import judged_eras
from xihe_hooks.language import Text
from xihe_hooks.rules.facts import Facts, parameters

Severity = Literal["error", "warning"]
Place = tuple[int | None, int | None]
MOST = 20  # findings of one rule in one file; how many more there are is told in one


class Finding(NamedTuple):
    """One fault in one place.

    rule      id of the rule that found it, as `xihe-hooks rules` lists it
    path      file it is about, "/" between the parts, relative to the top of the repository; "" for the repository itself
    what      what is wrong, with the numbers and names that were seen
    remedy    what to do now, as a command where there is one
    severity  "error" where the platform fails, "warning" where it may; only errors stop a commit or a push
    line      line in the file, from 1, where there is one
    column    column in the line, from 1, where there is one
    eras      ids of the platform's eras that punish this, oldest first; empty when all of them do
    """

    rule: str
    path: str
    what: Text
    remedy: Text
    severity: Literal["error", "warning"] = "error"
    line: int | None = None
    column: int | None = None
    eras: tuple[str, ...] = ()


class Rule:
    """One rule. The name of the class is its id.

    title, why, remedy  what is demanded, the reason, and what to do, in both languages
    severity            "error" where the platform fails, "warning" where it may
    kinds               the repositories that it is about: "project", "model"
    """

    title: Text
    why: Text
    remedy: Text
    severity: Severity = "error"
    kinds: tuple[str, ...] = ("project",)

    @property
    def id(self) -> str:
        """Id of the rule, such as XC101."""
        return type(self).__name__

    @property
    def url(self) -> str:
        """Where the rule is explained, relative to the documentation in either language."""
        return f"rules.md#{self.id.lower()}"

    def check(self, *facts: Any, **more: Any) -> Iterator[Finding]:
        """Yield what is wrong. A rule names the facts that it reads as parameters."""
        raise NotImplementedError

    def found(
        self,
        path: str,
        zh: str,
        en: str,
        *,
        at: Place = (None, None),
        remedy: Text | None = None,
        eras: Iterable[str] = (),
        severity: Severity | None = None,
    ) -> Finding:
        """Return a finding of this rule; its remedy and severity are the rule's unless given."""
        return Finding(
            self.id,
            path,
            Text(zh, en),
            remedy or self.remedy,
            severity or self.severity,
            at[0],
            at[1],
            tuple(eras),
        )


def run(rules: Iterable[Rule], facts: Facts, era: str | None = None) -> list[Finding]:
    """Run the rules that are about this kind of repository, and return what counts in the era, or in those judged."""
    kind = facts["kind"]
    findings: list[Finding] = []
    for rule in rules:
        if kind in rule.kinds:
            found = rule.check(**{name: facts[name] for name in parameters(rule.check)})
            weighed = (weigh(finding, facts["platform"], era) for finding in found)
            findings += _few(rule, (finding for finding in weighed if finding))
    return findings


def _few(rule: Rule, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the first findings in each file, and one that stands for the rest, where the first of those is."""
    told: Counter[str] = Counter()
    rest: dict[str, Finding] = {}
    for finding in findings:
        told[finding.path] += 1
        if told[finding.path] <= MOST or not finding.path:
            yield finding
        elif finding.path not in rest or finding.severity == "error" != rest[finding.path].severity:
            rest[finding.path] = rest.get(finding.path, finding)._replace(severity=finding.severity)
    for path, finding in rest.items():
        more = told[path] - MOST
        yield finding._replace(what=Text(f"还有 {more} 处同样的问题", f"{more} more of the same"), remedy=rule.remedy)


def weigh(finding: Finding, platform: Mapping[str, Any], era: str | None) -> Finding | None:
    """Return the finding with the severity that it has in one era, or in all that are judged; None where in none.

    What only earlier eras punish may still happen, but the newest one is what a project meets first.
    """
    counted = (era,) if era else judged_eras(platform)
    if not finding.eras:
        return finding
    if not set(finding.eras) & set(counted):
        return None
    return finding if counted[-1] in finding.eras else finding._replace(severity="warning")
