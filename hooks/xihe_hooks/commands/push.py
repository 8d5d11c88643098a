"""`xihe-hooks pre-push`, which git runs before a push as a raw hook.

pre-commit and prek hand their hooks the first ref only, and none at all when they believe the remote to be up to date;
a server that looks at every new object refuses what such a check has passed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from xihe_hooks.commands.report import as_text, links
from xihe_hooks.data import platform
from xihe_hooks.git.errors import GitError
from xihe_hooks.git.outgoing import Update, look, parse
from xihe_hooks.git.repository import Repository, Tree
from xihe_hooks.language import Text, choose_language, say
from xihe_hooks.readers import answers
from xihe_hooks.rules.kind import recognise
from xihe_hooks.rules.push import RULES, judge
from xihe_hooks.rules.rule import Finding

UNCHECKED = Text(
    "这既不像项目仓库，也不像模型仓库，推送未经检查。",
    "This looks like neither a project nor a model repository; the push goes unchecked.",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Judge the push that git announces on standard input: `REMOTE URL`, as git gives them to a pre-push hook.

    Returns 0 when nothing stands against it, and 1 when something does or when it cannot be judged: in a hook, what is
    not checked must not pass.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    language = choose_language(None, None, os.environ)
    try:
        updates = parse(sys.stdin.buffer.read())
        if all(update.deletes for update in updates):
            return 0
        repository = Repository.find(Path.cwd())
        tree = _tree(repository, updates)
        language = choose_language(None, answers.tracked(tree), os.environ)
        kind = recognise(tree, platform())
        if kind is None:
            print(f"xihe-hooks: {say(UNCHECKED, language)}", file=sys.stderr)
            return 0
        findings = _findings(repository, kind, updates, arguments[0] if arguments else "origin")
    except GitError as error:
        print(f"xihe-hooks: {say(error.text, language)}", file=sys.stderr)
        return 1
    if findings:
        print(*as_text(findings, language, platform(), links(RULES, language)), sep="\n", file=sys.stderr)
    return int(any(finding.severity == "error" for finding in findings))


def _tree(repository: Repository, updates: Sequence[Update]) -> Tree:
    """The files that the platform would run after the push, or those that come nearest."""
    wanted = f"refs/heads/{platform()['git']['branch']}"
    pushed = sorted(updates, key=lambda update: update.remote_ref != wanted)
    trees = (repository.commit(update.local) for update in pushed if not update.deletes)
    return next((tree for tree in trees if tree), None) or repository.index()


def _findings(repository: Repository, kind: str, updates: Sequence[Update], remote: str) -> list[Finding]:
    limit, branch = platform()["limits"]["file_bytes"]["value"], platform()["git"]["branch"]
    return judge(look(repository, updates, limit=limit, branch=branch, remote=remote), kind)


if __name__ == "__main__":
    sys.exit(main())
