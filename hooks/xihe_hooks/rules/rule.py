"""A rule: its page (what, why, what to do, an example), and a check that reads facts.

A check names the facts it reads by its parameters, and the runner supplies them: a rule's test supplies plain data.
repo-review's checks answer with one sentence each; these answer with places, two languages and eras, so they run here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from xihe_hooks.language import Text
from xihe_hooks.rules.facts import LONGEST_NAME, parameters

Severity = Literal["error", "warning"]
Safety = Literal["safe", "unsafe"]
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
    ignored   the reason that the repository gives for not being told; None where it is told
    fix       "safe" or "unsafe" where `check --fix` mends it, or does so with `--unsafe-fixes`; else None
    """

    rule: str
    path: str
    what: Text
    remedy: Text
    severity: Severity = "error"
    line: int | None = None
    column: int | None = None
    eras: tuple[str, ...] = ()
    ignored: str | None = None
    fix: Safety | None = None


class Rule:
    """One rule, and all that its page says. The name of the class is its id.

    slug                readable name, which may stand wherever the id does
    title, why, remedy  what is demanded, the reason, and what to do, in both languages
    bad, good           an example with exactly this fault, and the same put right, as `readers.example` reads them
    sources             entries of platform.yml that the rule rests on, such as "limits.file_bytes"; "packages" for packages.yml
    since               version of these checks that had it first
    severity            "error" where the platform fails, "warning" where it may
    kinds               the repositories that it is about: "project", "model"
    fix, unsafe_fix     what `check --fix` does, and what it does with `--unsafe-fixes` only; None for nothing
    refused             whether the server refuses a push for it
    was                 ids that it had, or that it took over
    follows             ids of the rules whose findings explain those of this one, anywhere in the repository
    """

    slug: str
    title: Text
    why: Text
    remedy: Text
    bad: str
    good: str
    since: str
    sources: tuple[str, ...] = ()
    severity: Severity = "error"
    kinds: tuple[str, ...] = ("project",)
    fix: Text | None = None
    unsafe_fix: Text | None = None
    refused = False
    was: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Id of the rule, such as XC101."""
        return type(self).__name__

    @property
    def names(self) -> tuple[str, ...]:
        """All that it may be called: its id, its slug, and the ids that it had."""
        return (self.id, self.slug, *self.was)

    @property
    def at_push(self) -> bool:
        """Whether it also judges what a push would bring; other rules are about what a commit holds."""
        return not {"blobs", "push"}.isdisjoint(parameters(self.check))

    @property
    def about_ignores(self) -> bool:
        """Whether it judges what the repository ignores; it runs when that is known of all other rules."""
        return not {"entries", "ignores", "rules", "used"}.isdisjoint(parameters(self.check))

    @property
    def can_be_ignored(self) -> bool:
        """Whether a repository may ask not to be told: not of what the server refuses all the same."""
        return not self.refused and not self.about_ignores

    def check(self, *facts: Any, **more: Any) -> Iterator[Finding]:
        """Yield what is wrong. A rule names the facts that it reads as parameters."""
        raise NotImplementedError

    def found(
        self,
        path: str,
        what: Text,
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
            what,
            _after_git_lfs(remedy or self.remedy),
            severity or self.severity,
            at[0],
            at[1],
            tuple(eras),
        )


def _after_git_lfs(remedy: Text) -> Text:
    """Return the remedy, and before it how to install git-lfs where it takes that and there is none."""
    if "git lfs" not in remedy.en or shutil.which("git-lfs"):
        return remedy
    return Text(
        f"请先安装 git-lfs（https://git-lfs.com）。{remedy.zh}",
        f"Install git-lfs first (https://git-lfs.com). {remedy.en}",
    )


RULES: list[Rule] = []


def rule(added: type[Rule]) -> type[Rule]:
    """Add a rule to those that run."""
    RULES.append(added())
    return added


def named(name: str, rules: Iterable[Rule]) -> Rule | None:
    """Return the rule of an id, also of an earlier version's, or of a slug, in any case; None where there is none."""
    return next((each for each in rules if name.lower() in map(str.lower, each.names)), None)


def likely_name(name: str, rules: Iterable[Rule]) -> str | None:
    """Return the name of a rule that is most like one that no rule has; None where none is like it."""
    names = {known.lower(): known for each in rules for known in each.names}
    import difflib  # for a misspelled name only

    return next((names[each] for each in difflib.get_close_matches(name[:LONGEST_NAME].lower(), names, n=1)), None)
