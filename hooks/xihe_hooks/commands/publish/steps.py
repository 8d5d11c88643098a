"""What publishing does, step by step; each works on all targets and says in its stage's line what came of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from xihe_hooks.commands.publish.access import UNAUTHORISED, Access, Answer, answer_of, failed
from xihe_hooks.commands.publish.target import Change, Target, pointers, run_git
from xihe_hooks.data import platform
from xihe_hooks.git.errors import GitError
from xihe_hooks.git.hooks import hook_state
from xihe_hooks.git.repository import Repository, Tree
from xihe_hooks.language import Text, say, show
from xihe_hooks.rules.rule import Finding
from xihe_hooks.stages import Stage, StageError, Stages

# Below, the checks and the installation are imported where they are used: with nothing to publish, neither is.

NOTHING = "0" * 40
BRANCH = f"refs/heads/{platform()['git']['branch']}"


def set_up(stage: Stage, target: Target) -> Text:
    """Make the folder a repository with its remote, git-lfs and our hooks, as far as it is not; say what it is now."""
    _need_lfs(target)
    fresh = target.repository is None
    if fresh:
        target.git("init", "--quiet", f"--initial-branch={platform()['git']['branch']}")
        target.look_again()
    if not target.connected:
        target.git("remote", "add", target.remote, target.address)
        target.look_again()
    need_sound(target)
    assert target.repository
    without_filters = _asks_for_lfs(target) and not target.repository.config("filter.lfs.clean")
    if without_filters or hook_state(target.repository).check != "runs":
        _install(stage, target.repository, fresh)
        target.look_again()
    return Text(f"{target.name}（新建）", f"{target.name} (new)") if fresh else Text(target.name, target.name)


def _install(stage: Stage, repository: Repository, fresh: bool) -> None:
    from xihe_hooks.commands.install import install

    try:
        steps = install(repository)
    except GitError as error:  # publishing checks and uploads by itself
        stage.stages.warn(*error.text)
        return
    for step in steps:
        if fresh and not step.done:  # what is missing is said once
            stage.stages.warn(*step.text)


def need_sound(target: Target) -> None:
    """Refuse a repository that is in the middle of something, and an address that gives its token away."""
    repository = target.repository
    if repository is None:
        return
    url = repository.config(f"remote.{target.remote}.url") or ""
    if urlsplit(url).password is not None:
        clean = target.address
        raise StageError(
            Text(
                f"{target.name} 的远程地址里有密码或令牌，会出现在进程列表和日志中",
                f"The remote address of {target.name} contains a password or token, which process lists and logs "
                "would show",
            ),
            Text(
                f"请运行 git remote set-url {target.remote} {clean}，再次发布：令牌会另外询问。",
                f"Run git remote set-url {target.remote} {clean}, and publish again: you are then asked for the token.",
            ),
        )
    private = Path(repository.private_folder)
    for name, command in (("MERGE_HEAD", "merge"), ("rebase-merge", "rebase"), ("rebase-apply", "rebase")):
        if (private / name).exists():
            raise StageError(
                Text(f"{target.name} 的 git {command} 还没有完成", f"A git {command} is in progress in {target.name}"),
                Text(
                    f"请先完成它，或用 git {command} --abort 取消，再次发布。",
                    f"Finish it, or cancel it with git {command} --abort; then publish again.",
                ),
            )
    if repository.branch is None:
        raise StageError(
            Text(f"{target.name} 没有检出任何分支", f"No branch is checked out in {target.name}"),
            Text(
                f"请运行 git switch {platform()['git']['branch']}，再次发布。",
                f"Run git switch {platform()['git']['branch']}, and publish again.",
            ),
        )


def _asks_for_lfs(target: Target) -> bool:
    attributes = target.folder / ".gitattributes"
    return attributes.is_file() and b"filter=lfs" in attributes.read_bytes()


def _need_lfs(target: Target) -> None:
    if _asks_for_lfs(target) and shutil.which("git-lfs") is None:
        raise StageError(
            Text("找不到 git-lfs，无法上传权重", "git-lfs was not found, so the weights cannot be uploaded"),
            Text(
                "请安装 git-lfs（https://git-lfs.com），再次发布。",
                "Install git-lfs (https://git-lfs.com), and publish again.",
            ),
        )


def uncommitted(target: Target) -> list[Change]:
    """The files that differ from the last commit, with their size as they are here."""
    with tempfile.TemporaryDirectory() as folder:
        where: tuple[str, ...] = ()
        if target.repository is None:  # ask as if there were one
            run_git(target.folder, "init", "--quiet", "--template=", f"{folder}/git")
            where = (f"--git-dir={folder}/git/.git", f"--work-tree={target.folder}")
        status = target.git(*where, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames")
        if not status:
            return []
        names = [record[3:] for record in status.split("\0") if record]
        asked = (*where, "check-attr", "-z", "--stdin", "filter")
        tracked = target.git(*asked, stdin="".join(f"{name}\0" for name in names)).split("\0")
    by_lfs = {tracked[index] for index in range(0, len(tracked) - 2, 3) if tracked[index + 2] == "lfs"}
    files = ((name, target.folder / name) for name in names)
    return [Change(name, file.lstat().st_size if file.is_file() else None, name in by_lfs) for name, file in files]


def commit(stage: Stage, target: Target, message: str | None) -> None:
    """Commit what is not committed, checked first, so that nothing wrong gets into the history.

    message  of the commit; "" for the usual one, None to ask
    """
    count = len(uncommitted(target))
    if not count:
        return
    first = target.head is None
    if message is None:
        message = _ask_message(stage, target, count, first)
    message = message or default_message(stage.stages.language, first)
    target.git("add", "--all")
    if run_git(target.folder, "diff", "--cached", "--quiet")[0] == 0:  # git-lfs had given a file another form
        return
    assert target.repository
    tree = target.repository.index()
    refuse(stage.stages, target, _judge_files(target.repository, target.kind, tree))
    code, output, errors = run_git(target.folder, "commit", "--quiet", f"--message={message}")
    if code:
        raise _not_committed(target, output + errors)
    stage.note(f"{target.name}：{count} 个文件", f"{target.name}: {count} file{'s' * (count != 1)}")


def _ask_message(stage: Stage, target: Target, count: int, first: bool) -> str:
    default = default_message(stage.stages.language, first)
    question = Text(
        f"{target.name} 有 {count} 个文件要提交。说明 [{default}]：",
        f"{target.name} has {count} file{'s' * (count != 1)} to commit. Message [{default}]: ",
    )
    with stage.paused():
        return input(stage.stages.said(question)).strip() or default


def default_message(language: str, first: bool) -> str:
    """What a commit is called where nobody says otherwise."""
    return say(Text("第一版", "First version") if first else Text("更新", "Update"), language)


def _not_committed(target: Target, errors: str) -> StageError:
    if "tell me who you are" in errors or ("ident" in errors and "user.email" in errors):
        return StageError(
            Text("git 没有设置您的名字和邮箱，无法提交", "Git does not know your name and email, so it cannot commit"),
            Text(
                '请运行 git config --global user.name "名字" 和 git config --global user.email "邮箱"，再次发布。',
                'Run git config --global user.name "NAME" and git config --global user.email "EMAIL"; then publish again.',
            ),
        )
    said = "\n".join(f"  {line}" for line in errors.strip().splitlines()[-30:])
    return StageError(
        Text(f"{target.name} 的提交被拒绝：\n{said}", f"The commit in {target.name} was refused:\n{said}"),
        Text("请按上面的说明改正，再次发布。", "Correct what it says, and publish again."),
    )


def fetch(stage: Stage, targets: Sequence[Target], access: Access, offline: bool) -> None:
    """Get the remotes' newest commits; `offline` tells whether one that does not answer may be passed over."""
    answers = list(map(answer_of, [access.start(target, *_fetching(target)) for target in targets]))
    for target, first in zip(targets, answers, strict=True):
        answer = access.insist(stage, target, *_fetching(target), first=first)
        empty = "couldn't find remote ref" in answer.errors
        if answer.code and not empty:
            error = failed(answer, target, access)
            if not offline or answer.tells(UNAUTHORISED):
                raise error
            stage.stages.warn(
                f"无法与平台比较：{error.what.zh}。下面的列表只依据本机的内容。",
                f"Cannot compare with the platform: {error.what.en}. The list below is based on this machine alone.",
            )
            target.tip = target.base = _tracked(target)
            continue
        target.reached = True
        if not empty:
            _note_tip(target, answer.output)
        if empty and _tracked(target):  # of a repository that was made anew
            target.git("update-ref", "-d", _tracking(target))


def _fetching(target: Target) -> tuple[str, ...]:
    if not target.connected:
        return ("ls-remote", "--", target.address, BRANCH)
    return ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", target.remote, f"+{BRANCH}:{_tracking(target)}")


def _note_tip(target: Target, output: str) -> None:
    if target.connected:
        target.tip = target.base = _tracked(target)
    else:
        target.tip = output.split("\t", maxsplit=1)[0] or None
        target.base = target.repository.resolve(target.tip) if target.repository and target.tip else None


def _tracking(target: Target) -> str:
    return f"refs/remotes/{target.remote}/{platform()['git']['branch']}"


def _tracked(target: Target) -> str | None:
    return target.repository.resolve(_tracking(target)) if target.repository else None


def reconcile(stage: Stage, target: Target, access: Access, only_look: bool) -> None:
    """Put what is here on top of what the platform has; nothing is changed where both changed the same file."""
    head, tip = target.head, target.tip
    if tip and target.base is None:
        stage.stages.warn(
            f"平台上的 {target.name} 已有文件，发布时会先合并进来。",
            f"On the platform, {target.name} already has files; publishing merges them first.",
        )
        return
    if tip is None or head is None or head == tip or _holds(target, head, tip):
        return
    if target.git("rev-parse", f"{tip}^{{tree}}") == target.git("rev-parse", f"{head}^{{tree}}"):
        if not only_look:  # one commit was made of several, and this was ended before it could say so
            target.git("update-ref", "-m", "xihe-hooks publish", "HEAD", tip, head)
        return
    _tell_theirs(stage, target, head, tip)
    if only_look:
        return
    if _holds(target, tip, head):
        answer = access.git(target, "merge", "--quiet", "--ff-only", tip)
        if answer.code:
            raise _not_taken_in(answer)
        return
    _rebase(stage, target, access, tip, common(target, head))


def _holds(target: Target, commit: str, ancestor: str) -> bool:
    return run_git(target.folder, "merge-base", "--is-ancestor", ancestor, commit)[0] == 0


def common(target: Target, commit: str) -> str | None:
    """The newest commit that a commit shares with the remote, None where it shares none."""
    return run_git(target.folder, "merge-base", commit, target.base)[1].strip() or None if target.base else None


def _tell_theirs(stage: Stage, target: Target, head: str, tip: str) -> None:
    theirs = [change.path for change in changes(target, common(target, head), tip)]
    listed = "、".join(map(show, theirs[:5])), ", ".join(map(show, theirs[:5]))
    more = ("……", ", ...") if len(theirs) > 5 else ("", "")
    stage.stages.warn(
        f"平台上的 {target.name} 有新的改动：{listed[0]}{more[0]}",
        f"On the platform, {target.name} has changes that this machine does not have: {listed[1]}{more[1]}",
    )


def _rebase(stage: Stage, target: Target, access: Access, tip: str, base: str | None) -> None:
    # What the platform itself puts into a new repository, a README, is what the first commit here is to replace.
    fresh = base is None and target.git("rev-list", "--count", tip).strip() == "1"
    settings = ("-c", "rebase.autoStash=false", "-c", "core.editor=true")
    ours = ("-X", "theirs") if fresh else ()  # in a rebase, "theirs" is what is put on top
    try:
        answer = access.git(target, *settings, "rebase", "--quiet", *ours, tip)
    except BaseException:
        run_git(target.folder, "rebase", "--abort")
        raise
    if not answer.code:
        if fresh:
            stage.stages.warn(
                "两边都有的文件以本机的为准；平台的版本保留在历史里。",
                "If both have a file, this machine's version is used; the platform's stays in the history.",
            )
        return
    both = target.git("diff", "--name-only", "--diff-filter=U", "-z").split("\0")[:-1]
    run_git(target.folder, "rebase", "--abort")
    names = "、".join(map(show, both)), ", ".join(map(show, both))
    if not both:
        raise _not_taken_in(answer)
    raise StageError(
        Text(
            f"{target.name} 的 {names[0]} 在平台上和这里都改过，没有改动任何内容",
            f"In {target.name}, {names[1]} was changed both on the platform and here; nothing was changed",
        ),
        Text(
            f"请运行 git pull --rebase {target.remote} {platform()['git']['branch']}，解决冲突后再次发布。",
            f"Run git pull --rebase {target.remote} {platform()['git']['branch']}, resolve the conflict, and publish "
            "again.",
        ),
    )


def _not_taken_in(answer: Answer) -> StageError:
    said = show(answer.errors.strip())
    return StageError(Text(f"无法合并平台上的改动：{said}", f"Cannot merge the platform's changes: {said}"))


def choose_commit(target: Target, squash: bool) -> None:
    """Set what is to be pushed: the newest commit, or where asked one that brings what all new ones bring."""
    target.commit = head = target.head
    if head is None:
        return
    since = [f"^{target.base}"] if target.base else []
    new = target.git("rev-list", head, *since).split() if head != target.base else []
    target.commits = len(new)
    if squash and len(new) > 1:
        messages = (target.git("log", "-1", "--format=%B", each).strip() for each in reversed(new))
        parent = ("-p", target.tip) if target.tip else ()
        target.commit = target.git("commit-tree", f"{head}^{{tree}}", *parent, "-m", "\n\n".join(messages)).strip()
        new = [target.commit]
    if target.kind == "model" and target.repository:
        trees = filter(None, map(target.repository.commit, new or [head]))
        kept = ((path, pointer) for tree in trees for path, pointer in pointers(tree).items())
        target.contents = {pointer.oid: (path, pointer.size) for path, pointer in kept}


def check(stages: Stages, target: Target) -> None:
    """Check what would be pushed as a hook would, whatever hooks are there. StageError where there are errors."""
    repository, commit = target.repository, target.commit
    if repository is None or commit is None or commit == target.tip:
        return
    from xihe_hooks.commands.push import judge_push, read_trees
    from xihe_hooks.git.outgoing import Update

    update = Update(BRANCH, commit, BRANCH, target.tip or NOTHING)
    trees = read_trees(repository, [update], target.remote)
    pushed = judge_push(repository, trees, [update], target.remote, target.address)[1]
    told = {(each.rule, each.path) for each in pushed}
    files = _judge_files(repository, target.kind, trees[0])
    refuse(stages, target, [*pushed, *(each for each in files if (each.rule, each.path) not in told)])


def _judge_files(repository: Repository, kind: str, tree: Tree) -> list[Finding]:
    from xihe_hooks.rules.facts import Facts
    from xihe_hooks.rules.registry import run

    return run(Facts(repository=repository, kind=kind, tree=tree))


def refuse(stages: Stages, target: Target, findings: Sequence[Finding]) -> None:
    """Say what the checks found. StageError where errors are among it."""
    stages.warn_of([each for each in findings if each.severity != "error"])
    errors = [each for each in findings if each.severity == "error"]
    if errors:
        stages.warn_of(errors)
        count = len(errors)
        raise StageError(
            Text(
                f"{target.name} 有 {count} 个错误，没有发布",
                f"{target.name} has {count} error{'s' * (count != 1)} and was not published",
            ),
            Text("请按上面所列改正，再次发布。", "Correct what is listed above, and publish again."),
        )


def changes(target: Target, old: str | None, new: str) -> list[Change]:
    """The files in which two commits differ, with their sizes and whether git-lfs carries them."""
    assert target.repository
    tree = target.repository.commit(new)
    assert tree
    if old is None:
        names = list(tree.entries)
    else:
        names = target.git("diff-tree", "-r", "-z", "--no-renames", "--name-only", old, new).split("\0")[:-1]
    kept = pointers(tree)
    sizes = {
        name: kept[name].size if name in kept else tree.entries.size(name) for name in names if name in tree.entries
    }
    return [Change(name, sizes.get(name), name in kept) for name in names]


def ask_server(stage: Stage, target: Target, access: Access) -> None:
    """Note which contents the server lacks."""
    sizes = {oid: size for oid, (_, size) in target.contents.items()}
    if target.repository is None or not sizes:
        return
    from xihe_hooks.git.batch import absent

    try:
        try:
            target.absent = absent(target.repository, target.push_address, sizes, None)
        except PermissionError:
            if access.token is None and access.authorization(target) is None and access.asks:
                access.ask(stage, target)
            target.absent = absent(target.repository, target.push_address, sizes, access.authorization(target))
    except OSError as error:
        raise StageError(
            Text(
                f"无法查询 {target.address} 是否有权重：{show(str(error))}",
                f"Cannot find out whether {target.address} has the weights: {show(str(error))}",
            ),
            Text(
                "请检查网络，再次发布；会从这里继续。", "Check the network and publish again: it continues from here."
            ),
        ) from None


def may_push(stage: Stage, target: Target, access: Access) -> None:
    """See that the platform would take a push of this account, before anything is sent; git-lfs never tires of asking."""
    answer = access.insist(stage, target, "push", "--dry-run", "--no-verify", target.remote, f"HEAD:{BRANCH}")
    if answer.code:
        raise failed(answer, target, access)


def upload(stage: Stage, target: Target, access: Access) -> None:
    """Let git-lfs upload the contents that the server lacks."""
    oids = [oid for oid in target.contents if oid in target.absent]
    assert target.repository
    gone = [target.contents[oid][0] for oid in oids if not target.repository.has_lfs_object(oid)]
    if gone:
        raise StageError(
            Text(
                f"平台没有 {target.name} 的 {'、'.join(map(show, gone))}，本机也只有指针",
                f"The platform lacks {', '.join(map(show, gone))} of {target.name}, and this machine has only the "
                "pointer",
            ),
            Text(
                "请把原文件放回原处，git add --renormalize 并提交，再次发布。",
                "Put the file itself back, run git add --renormalize, commit, and publish again.",
            ),
        )
    command = ("lfs", "push", "--object-id", target.remote)
    for start in range(0, len(oids), 100):
        with access.progress(stage):
            answer = access.insist(stage, target, *command, *oids[start : start + 100])
        if answer.code:
            raise failed(answer, target, access)


def push(stage: Stage, target: Target, access: Access) -> None:
    """Push to the platform's branch; never by force."""
    assert target.repository and target.commit
    if target.commit == target.tip:
        return
    branch = target.repository.branch
    if target.commit != target.head:
        move = ("update-ref", "-m", "xihe-hooks publish --squash", f"refs/heads/{branch}")
        target.git(*move, target.commit, str(target.head))
    refs = f"refs/heads/{branch}:{BRANCH}"
    answer = access.insist(stage, target, "push", "--set-upstream", "--no-follow-tags", target.remote, refs)
    if answer.code:
        raise failed(answer, target, access)


def verify(stage: Stage, target: Target, access: Access) -> None:
    """Make sure that the server has what git-lfs uploaded, by its own word."""
    ask_server(stage, target, access)
    if lost := [target.contents[oid][0] for oid in target.absent]:
        raise StageError(
            Text(
                f"平台上的 {target.name} 缺少 {'、'.join(map(show, lost))} 的内容：项目会启动失败，且没有提示",
                f"On the platform {target.name} lacks the content of {', '.join(map(show, lost))}: the project would "
                "fail to start with no message",
            ),
            Text(
                "请再次发布；仍缺少时，检查 git config lfs.url 和 .lfsconfig 是否指向别处。",
                "Publish again; if it is still missing, check whether git config lfs.url or .lfsconfig points "
                "elsewhere.",
            ),
        )
