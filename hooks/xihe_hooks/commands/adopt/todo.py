"""What is left to do in a repository that was adopted: the findings, causes first, and the one command to run next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from xihe_hooks.commands.adopt.files import File
from xihe_hooks.commands.adopt.reading import Reading
from xihe_hooks.commands.adopt.requirements import Locked, locate
from xihe_hooks.commands.check import mendable
from xihe_hooks.data import WEIGHT_SUFFIXES
from xihe_hooks.git.repository import Repository
from xihe_hooks.language import Text, show
from xihe_hooks.readers.answers import NAME as ANSWERS
from xihe_hooks.rules.facts import Facts
from xihe_hooks.rules.git import LFS_FILTERS
from xihe_hooks.rules.registry import every, run
from xihe_hooks.rules.rule import Finding

MESSAGE = "Adopt the template"
COMMIT = (("git", "add", "--all"), ("git", "commit", "-m", MESSAGE))


class Task(NamedTuple):
    """Something left to do: what is the matter, and what to do about it."""

    what: Text
    todo: Text


class History(NamedTuple):
    """Contents above the platform's limit that the commits hold.

    paths   of those that no remote has, so that a push would bring them
    pushed  of those that a remote has already
    """

    paths: tuple[str, ...]
    pushed: tuple[str, ...]


def findings(repository: Repository, kind: str) -> list[Finding]:
    """Return what the check finds in the repository as `git add --all` would leave it: errors first, causes before the rest."""
    with repository.staged() as staged:
        facts = Facts(repository=staged, kind=kind)
        found = [each for each in mendable(run(facts), facts) if each.ignored is None]
    causes = {cause for rule in every() for cause in rule.follows}
    return sorted(
        found, key=lambda each: (each.severity != "error", each.rule not in causes, each.path, each.line or 0)
    )


def history(repository: Repository, most: int) -> History:
    """Look through the commits of this branch for contents of more bytes than the platform takes."""
    everything = _large(repository, most, "HEAD")
    ours = _large(repository, most, "HEAD", "--not", "--remotes")
    return History(ours, tuple(path for path in everything if path not in ours))


def _large(repository: Repository, most: int, *revisions: str) -> tuple[str, ...]:
    records = repository.git("rev-list", "--objects", *revisions).decode("utf-8", "surrogateescape").splitlines()
    named = dict(record.split(" ", 1) for record in records if " " in record)
    sizes = zip(named.values(), repository.information(list(named)), strict=True)
    return tuple(sorted({path for path, each in sizes if path and each.type == "blob" and each.size > most}))


def to_lfs(large: History, branch: str | None) -> tuple[Task, list[Sequence[str]]] | None:
    """Return how weights that were committed plainly come into git-lfs, and the commands for it; None where none were.

    Commits that no remote has are rewritten, since a push would carry the weights in them. Those that were pushed stay,
    since the platform refuses a rewritten history: one more commit takes the weights over.
    """
    paths = large.paths or large.pushed
    if not paths:
        return None
    patterns = list(dict.fromkeys(map(_pattern, paths)))
    if large.paths:
        steps = [*COMMIT, LFS_FILTERS, ["git", "lfs", "migrate", "import", f"--include={','.join(patterns)}"]]
        steps.append(["git", "lfs", "checkout"])
        where = branch or "HEAD"
        todo = Text(
            f"下面的 git lfs migrate 会改写 {where} 上尚未推送的提交：它们的编号会变，别处的克隆要重新获取；已推送的提交不变。",
            f"The command below, git lfs migrate, rewrites the commits of {where} that have not been pushed. Their "
            "ids change, so other clones have to fetch them again. Commits that were pushed stay as they are.",
        )
    else:
        renormalize = ["git", "add", "--renormalize", "--", *paths]
        steps = [LFS_FILTERS, ["git", "lfs", "track", *patterns], COMMIT[0], renormalize, COMMIT[1]]
        todo = Text(
            "下面的命令在一个新提交里把它们交给 git-lfs；已推送的历史不变，因为平台拒绝改写过的历史。",
            "The commands below move them to git-lfs in a new commit. The pushed history stays as it is, since the "
            "platform refuses a rewritten one.",
        )
    count = len(paths)
    named = [show(path) for path in paths[:3]] + ["..."] * (count > 3)
    what = Text(
        f"{count} 个超过大小限制的文件没有经过 git-lfs 就提交了：{'、'.join(named)}",
        f"{count} file{'s' * (count != 1)} above the size limit were committed without git-lfs: {', '.join(named)}",
    )
    return Task(what, todo), steps


def out_of_project(large: History) -> Iterator[Task]:
    """Yield what there is to do about large contents in the commits of a project, which has no git-lfs."""
    if large.paths:
        named = [show(path) for path in large.paths[:3]] + ["..."] * (len(large.paths) > 3)
        yield Task(
            Text(
                f"尚未推送的提交里有超过大小限制的文件：{'、'.join(named)}",
                f"Commits that have not been pushed contain files above the size limit: {', '.join(named)}",
            ),
            Text(
                "请先从项目中去掉它们，发布时加上 --squash，它们就不会被推送：nox -s publish -- --squash",
                "Remove them from the project, then publish with --squash so that they are not pushed: nox -s "
                "publish -- --squash",
            ),
        )


def _pattern(path: str) -> str:
    suffix = next((each for each in WEIGHT_SUFFIXES if path.endswith(each)), None)
    return f"*{suffix}" if suffix else path


def next_command(kind: str, found: Sequence[Finding], steps: Sequence[Sequence[str]]) -> Text:
    """Return the one command to run next."""
    zh, en = "接下来请运行", "Run next"
    if steps:
        commands = steps
    elif any(each.fix == "safe" for each in found):
        commands = [COMMIT[0], ("xihe-hooks", "check", "--fix")]
    elif any(each.fix == "unsafe" for each in found):
        commands = [COMMIT[0], ("xihe-hooks", "check", "--fix", "--unsafe-fixes")]
    elif any(each.severity == "error" for each in found):
        zh, en = "做完之后请运行", "Once that is done, run"
        commands = [COMMIT[0], ("xihe-hooks", "check")]
    else:
        last = ("nox", "-s", "preview") if kind == "project" else ("nox", "-s", "publish", "--", "--dry-run")
        commands = [*COMMIT, last]
    line = " && ".join(map(shlex.join, commands))
    return Text(f"{zh}：{line}", f"{en}: {line}")


def as_lines(found: Sequence[Finding], tasks: Sequence[Task]) -> Iterator[Text]:
    """Yield the work list: what must come first, then each finding with what to do, and which of them --fix mends."""
    for number, task in enumerate([*tasks, *map(_as_task, found)], 1):
        yield Text(f"{number:>3}. {task.what.zh}", f"{number:>3}. {task.what.en}")
        yield Text(f"     {task.todo.zh}", f"     {task.todo.en}")


def _as_task(each: Finding) -> Task:
    where = show(each.path) + f":{each.line}" * bool(each.line) + ": " if each.path else ""
    severity = Text("错误", "error") if each.severity == "error" else Text("警告", "warning")
    what = (f"{where}{each.rule} {word} {said}" for word, said in zip(severity, each.what, strict=True))
    mark = {"safe": "[xihe-hooks check --fix] ", "unsafe": "[xihe-hooks check --fix --unsafe-fixes] "}.get(
        each.fix or "", ""
    )
    return Task(Text(*what), Text(f"{mark}{each.remedy.zh}", f"{mark}{each.remedy.en}"))


def of_models(reading: Reading, told: Mapping[str, Any]) -> Iterator[Task]:
    """Yield what there is to do about the model repositories of this account, without which there is no preview."""
    named = [(each.owner, each.repository, each.name) for each in reading.named]
    named = named or [(told["user"], told["model_name"], name) for name in reading.wanted]
    for model in dict.fromkeys(name for owner, name, _ in named if owner == told["user"]):
        beside = reading.repository.top.parent / model
        weights = ", ".join(show(weight) for _, name, weight in named if name == model)
        adopt = shlex.join(["xihe-hooks", "adopt", f"../{model}"])
        if not (beside / ".git").exists():
            yield Task(
                Text(
                    f"模型仓库 {show(model)} 不在项目旁边，预览要从中取 {weights}",
                    f"The model repository {show(model)} is not beside the project, but the preview needs {weights} "
                    "from it",
                ),
                Text(
                    f"请把权重放进旁边的 git 仓库 ../{show(model)} 并提交，再运行 {adopt}",
                    f"Put the weights into a git repository ../{show(model)} and commit them, then run {adopt}",
                ),
            )
        elif not (beside / ANSWERS).exists():
            yield Task(
                Text(
                    f"旁边的模型仓库 {show(model)} 还没有纳入模板",
                    f"The model repository {show(model)} beside the project is not adopted yet",
                ),
                Text(f"请运行 {adopt}", f"Run {adopt}"),
            )


def of_lock(resolved: Locked, reading: Reading, compared: Sequence[File]) -> Iterator[Task]:
    """Yield what there is to do about requirements.txt."""
    names = reading.now["platform"]["files"]
    name, asked = f"{names['folder']}/{names['requirements']}", f"{names['folder']}/requirements.in"
    if resolved.conflict:
        lines = list(locate(resolved.conflict, reading.facts, asked))
        lines = [
            line.replace(path, reading.names.get(path, path), 1) for line in lines for path in [line.partition(":")[0]]
        ]
        told = Text(
            f"没有版本能同时满足这几行：{'；'.join(lines)}",
            f"No versions satisfy all of these lines: {'; '.join(lines)}",
        )
        if len(lines) == 1:
            told = Text(f"没有能安装的版本：{lines[0]}", f"No version of this can be installed: {lines[0]}")
        todo = Text(
            f"请修改 {asked} 中的一行，再运行 nox -s lock，它会写出 {name}。",
            f"Change one of them in {asked}, then run nox -s lock, which writes {name}.",
        )
        yield Task(told, todo)
    elif resolved.lock is None:
        yield Task(
            Text(
                f"没有解析出软件包的版本（{resolved.reason}）",
                f"The versions of the packages were not resolved ({resolved.reason})",
            ),
            Text(f"请运行 nox -s lock，它会写出 {name}。", f"Run nox -s lock, which writes {name}."),
        )
    elif kept := next((file for file in compared if file.path == name and file.stands and file.diff), None):
        yield Task(
            Text(
                f"{show(kept.stands)} 与由 {asked} 解析出的不同，差异见上",
                f"{show(kept.stands)} differs from what {asked} resolves to; see above",
            ),
            Text(
                "请运行 nox -s lock，让它列出全部版本；否则以后的启动可能装上别的版本，应用会突然失效。",
                "Run nox -s lock to have it list every version; otherwise a later start may install others, and the "
                "app may suddenly break.",
            ),
        )
