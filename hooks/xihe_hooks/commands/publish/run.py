"""The stages of publishing, one after another."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from xihe_hooks.arguments import UNASKED, agrees
from xihe_hooks.commands.publish import steps
from xihe_hooks.commands.publish.access import TOKEN, Access, opened
from xihe_hooks.commands.publish.target import Change, Target, find
from xihe_hooks.data import platform
from xihe_hooks.git.errors import GitError
from xihe_hooks.language import INTERRUPTED, MISUSE, Text, show
from xihe_hooks.stages import StageError, Stages

NAMES = {
    "repositories": Text("仓库", "repositories"),
    "commit": Text("提交", "commit"),
    "compare": Text("比较", "compare"),
    "check": Text("检查", "check"),
    "plan": Text("计划", "plan"),
    "access": Text("账号", "account"),
    "model": Text("推送模型", "push model"),
    "verify": Text("核对权重", "verify"),
    "project": Text("推送项目", "push project"),
    "next": Text("接下来", "next"),
}
SHOWN = 20  # files of one repository


def publish(options: argparse.Namespace, language: str, asks: bool) -> int:
    """Go through the stages; `asks` tells whether somebody is at a terminal. Returns the exit code of the command."""
    token = os.environ.pop(TOKEN, None) or None  # no other process gets to see it
    stages = Stages(language, NAMES)
    sent: list[Target] = []
    targets: list[Target] = []
    # Without an agreement nothing is changed, here or there.
    only_look = options.dry_run or not (asks or options.yes)
    try:
        with stages.stage("repositories") as stage:
            targets = find(options.project, stages)
            for target in targets:
                if only_look:
                    steps.need_sound(target)
                    stage.note(target.name, target.name)
                else:
                    stage.note(*steps.set_up(stage, target))
        with opened(targets[-1].owner, token, asks) as access:
            prepare(stages, targets, access, options, only_look, asks)
            tell_plan(stages, targets)
            if only_look:
                return end_of_look(stages, options.dry_run)
            if any(target.pending for target in targets):
                if not (options.yes or agrees(Text("发布吗？[y/N] ", "Publish? [y/N] "), language)):
                    stages.show(Text("没有发送任何内容。", "Nothing was sent."))
                    return 1
                send(stages, targets, access, sent)
        tell_next(stages, targets[-1])
    except StageError:
        tell_halves(stages, targets, sent)
        return 1
    except GitError as error:
        stages.explain(StageError(error.text))
        tell_halves(stages, targets, sent)
        return 1
    except (KeyboardInterrupt, EOFError):
        stages.show(
            Text(
                f"在“{stages.current.zh}”停止；再次发布会从这里继续。",
                f'Stopped at "{stages.current.en}"; publish again to continue from here.',
            ),
            "bold",
        )
        tell_halves(stages, targets, sent)
        return INTERRUPTED
    return 0


def prepare(
    stages: Stages, targets: Sequence[Target], access: Access, options: argparse.Namespace, only_look: bool, asks: bool
) -> None:
    """Commit, compare and check: after this it is known what would be sent."""
    with stages.stage("commit") as stage:
        for target in targets:
            if only_look:
                target.uncommitted = steps.uncommitted(target)
            else:
                steps.commit(stage, target, options.message or (None if asks and not options.yes else ""))
    with stages.stage("compare") as stage:
        steps.fetch(stage, targets, access, offline=only_look)
        for target in targets:
            steps.reconcile(stage, target, access, only_look)
            steps.choose_commit(target, options.squash)
            if target.reached and target.tip is None:  # it has nothing at all
                target.absent = set(target.contents)
            elif target.reached:
                steps.ask_server(stage, target, access)
    with stages.stage("check"):
        for target in targets:
            steps.check(stages, target)


def tell_plan(stages: Stages, targets: Sequence[Target]) -> None:
    """Say what would go where."""
    with stages.stage("plan") as stage:
        if not any(target.pending or target.uncommitted for target in targets):
            stage.note("平台上已是最新，没有要发送的内容", "the platform is up to date, nothing to send")
            return
        sending = sum(bool(target.pending or target.uncommitted) for target in targets)
        stage.note(f"{sending} 个仓库", f"{sending} repositor{'ies' if sending != 1 else 'y'}")
    for target in targets:
        _tell_target(stages, target)


def _tell_target(stages: Stages, target: Target) -> None:
    if not (target.pending or target.uncommitted):
        stages.show(Text(f"{target.name}：没有要发送的内容", f"{target.name}: nothing to send"))
        return
    branch = platform()["git"]["branch"]
    stages.show(Text(*(f"{target.name} → {target.address} ({branch}){each}" for each in _commits(target))), "bold")
    files = {each.path: each for each in [*_committed(target), *target.uncommitted]}
    listed = list(files.values())
    width = max((len(show(each.path)) for each in listed[:SHOWN]), default=0)
    for each in listed[:SHOWN]:
        stages.show(Text(*(f"  {show(each.path):{width}}  {size}" for size in _size(each))))
    if (more := len(listed) - SHOWN) > 0:
        stages.show(Text(f"  ……还有 {more} 个文件", f"  ... and {more} more"))
    for path, size in (target.contents[oid] for oid in target.absent if target.contents[oid][0] not in files):
        stages.show(
            Text(
                f"  {show(path)}  {size:,} 字节，git-lfs：平台上缺少，将补传",
                f"  {show(path)}  {size:,} bytes, git-lfs: missing on the platform, will be uploaded",
            )
        )


def _committed(target: Target) -> list[Change]:
    if target.commit is None or target.commit == target.tip:
        return []
    return steps.changes(target, steps.common(target, target.commit), target.commit)


def _commits(target: Target) -> tuple[str, str]:
    if target.uncommitted:
        count = len(target.uncommitted)
        return f"，{count} 个文件尚未提交", f", {count} file{'s' * (count != 1)} not committed yet"
    if target.commit != target.head:
        return (
            f"，{target.commits} 个提交合并成 1 个",
            f", {target.commits} commits combined into 1 (on this machine too; git reflog keeps the old ones)",
        )
    return f"，{target.commits} 个提交", f", {target.commits} commit{'s' * (target.commits != 1)}"


def _size(change: Change) -> tuple[str, str]:
    if change.size is None:
        return "删除", "removed"
    lfs = ("，git-lfs", ", git-lfs") if change.lfs else ("", "")
    return f"{change.size:,} 字节{lfs[0]}", f"{change.size:,} bytes{lfs[1]}"


def end_of_look(stages: Stages, asked: bool) -> int:
    """Say that nothing was changed; where somebody would have had to agree that is not what was asked for."""
    if asked:
        stages.show(Text("只是演练：没有改动任何内容。", "This was a dry run: nothing was changed."))
        return 0
    stages.show(UNASKED)
    return MISUSE


def send(stages: Stages, targets: Sequence[Target], access: Access, sent: list[Target]) -> None:
    """Push the models, see that their weights are there, and then push the project, which needs them at its start."""
    with stages.stage("access") as stage:
        for target in targets:
            if target.pending:
                steps.may_push(stage, target, access)
        stage.note(access.account, access.account)
    models = [target for target in targets if target.kind == "model"]
    if any(target.pending for target in models):
        with stages.stage("model") as stage:
            for target in models:
                if target.pending:
                    steps.upload(stage, target, access)
                    steps.push(stage, target, access)
                    stage.note(target.name, target.name)
        with stages.stage("verify") as stage:
            for target in models:
                steps.verify(stage, target, access)
                sent.append(target)
            count = sum(len(target.contents) for target in models)
            stage.note(f"平台上有全部 {count} 个 git-lfs 文件", f"the platform has all {count} git-lfs file(s)")
    for target in targets:
        if target.kind == "project" and target.pending:
            with stages.stage("project") as stage:
                steps.push(stage, target, access)
                stage.note(target.name, target.name)
                sent.append(target)


def tell_halves(stages: Stages, targets: Sequence[Target], sent: Sequence[Target]) -> None:
    """Say what is on the platform and what is not, where publishing ended between the two."""
    if sent:
        done, left = (
            [each.name for each in targets if (each in sent or not each.pending) is there] for there in (True, False)
        )
        stages.show(
            Text(
                f"平台上已有 {'、'.join(done)}，还没有 {'、'.join(left)}。",
                f"Already on the platform: {', '.join(done)}. Not yet: {', '.join(left)}.",
            )
        )


def tell_next(stages: Stages, target: Target) -> None:
    """Say what to do on the platform."""
    with stages.stage("next") as stage:
        if target.kind == "model":
            stage.note("项目下次启动时使用新的权重", "the project uses the new weights from its next start on")
            return
        page = platform()["git"]["project_page"].format(account=target.owner, repository=target.name)
        stage.note(page, page)
    stages.show(
        Text(
            "打开上面的网页，在“推理”页签点“启动”；包括安装软件包，需要 1 到 5 分钟。",
            "Open that page, choose the inference tab and press start. It takes 1 to 5 minutes, since the packages "
            "are installed first.",
        )
    )
    stages.show(
        Text(
            "如果没有启动，请运行 nox -s preview，看哪一步失败。失败结果与提交绑定，改好后要有一个改动 inference/ 的新提交。",
            "If it does not start, run nox -s preview to see which step fails. The platform ties a failure to its "
            "commit, so the next try needs a new commit that changes something in inference/.",
        )
    )
