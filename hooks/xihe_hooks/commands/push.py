"""`xihe-hooks pre-push`, which git runs before a push as a raw hook.

pre-commit and prek hand their hooks the first ref only, and none at all when they believe the remote to be up to date;
a server that looks at every new object refuses what such a check has passed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from xihe_hooks.commands.report import as_text
from xihe_hooks.data import platform
from xihe_hooks.git.errors import GitError
from xihe_hooks.git.hooks import hook_state
from xihe_hooks.git.outgoing import Update, parse, read_push
from xihe_hooks.git.repository import Repository, Tree
from xihe_hooks.language import Text, choose_language, fail
from xihe_hooks.readers import answers
from xihe_hooks.rules.facts import Facts
from xihe_hooks.rules.kind import recognise
from xihe_hooks.rules.registry import every, run
from xihe_hooks.rules.rule import Finding
from xihe_hooks.terminal import Screen

NEITHER = Text(
    "这既不像项目仓库，也不像模型仓库，因此只检查了文件大小和 git-lfs 指针。",
    "This looks like neither a project nor a model repository, so only file sizes and git-lfs pointers were checked.",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Judge the push that git announces on standard input: `REMOTE URL`, as git gives them to a pre-push hook.

    Returns 0 when nothing stands against it, and 1 when something does or when it cannot be judged: in a hook, what is
    not checked must not pass.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    remote, address = (*arguments[:2], *("origin", "")[len(arguments) :])
    language = choose_language(None, None, os.environ)
    try:
        if sys.stdin is None:  # which is closed
            raise GitError(
                "标准输入已关闭，无法得知要推送什么；请让 git push 来运行此命令。",
                "Standard input is closed, so it is unknown what is pushed; let git push run this command.",
            )
        updates = parse(sys.stdin.buffer.read())
        if all(update.deletes for update in updates):
            return 0
        repository = Repository.find(Path.cwd())
        trees = read_trees(repository, updates, remote)
        language = choose_language(
            None, answers.language(next(filter(None, map(answers.tracked, trees)), None)), os.environ
        )
        kind, findings = judge_push(repository, trees, updates, remote, address)
    except GitError as error:
        return fail(error.text, language, code=1)
    if kind is None:
        fail(NEITHER, language)
    if any(finding.ignored is None for finding in findings):
        lines = as_text(findings, language, platform(), screen=Screen.of(sys.stderr, os.environ))
        print(*lines, sep="\n", file=sys.stderr)
    return int(any(finding.severity == "error" and finding.ignored is None for finding in findings))


def judge_push(
    repository: Repository, trees: Sequence[Tree], updates: Sequence[Update], remote: str, address: str
) -> tuple[str | None, list[Finding]]:
    """Return the kind of the repository, None where nothing tells it, and what stands against the push.

    A repository of neither kind may have nothing to do with the platform, since the hook may stand in a folder that all
    of a user's repositories share: then what a server of the platform would refuse is a warning.
    """
    kind = next(filter(None, (recognise(tree, platform()) for tree in trees)), None)
    push = read_push(repository, updates, limit=platform()["limits"]["file_bytes"]["value"], remote=remote)
    findings = run(Facts(repository=repository, kind=kind or "project", tree=trees[0], push=push, blobs=push.blobs))
    if kind is None:
        refused = {rule.id for rule in every() if rule.refused}
        findings = [each for each in findings if each.rule in refused]
        if not (_is_platform(address) or _is_installed_in(repository)):
            findings = [each._replace(severity="warning") for each in findings]
    return kind, findings


def _is_platform(address: str) -> bool:
    host: str = platform()["git"]["clone_address"].split("/")[2]
    return host in address


def _is_installed_in(repository: Repository) -> bool:
    """Whether the hook was set up for this repository alone."""
    own = Path(repository.hooks_folder).resolve().is_relative_to(Path(repository.common_folder).resolve())
    return own and hook_state(repository).check == "runs"


def read_trees(repository: Repository, updates: Sequence[Update], remote: str) -> list[Tree]:
    """The files that tell the kind: of what is pushed, of the platform's branch here and there, of HEAD, of the index."""
    branch = platform()["git"]["branch"]
    pushed = sorted(updates, key=lambda update: update.remote_ref != f"refs/heads/{branch}")
    commits = [update.local for update in pushed if not update.deletes]
    commits += [f"refs/heads/{branch}", f"refs/remotes/{remote}/{branch}", "HEAD"]
    return [*filter(None, map(repository.commit, commits)), repository.index()]


if __name__ == "__main__":
    sys.exit(main())
