"""Sets up the checks at commit and at push beside git-lfs, pre-commit, prek and hooks of one's own.

Each of these tools keeps one file `pre-push`. git-lfs leaves a foreign one alone and then uploads nothing; pre-commit
and prek move one to `pre-push.legacy` and run it first, over whatever lay there. So ours takes the place, keeps what it
found in a folder that none of them touches, runs that too, and runs git-lfs itself where nothing else does.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from xihe_hooks.arguments import Parser
from xihe_hooks.git.errors import GitError
from xihe_hooks.git.hooks import FOLDER, MARK, SHIMS, hooks_in, is_ours, is_shim, text_of
from xihe_hooks.git.repository import Repository
from xihe_hooks.language import Text, choose_language, fail, say
from xihe_hooks.python import SAFE_PATH, module_command
from xihe_hooks.readers import answers

SCRIPT = """\
#!/bin/sh
{mark}: the check first, then git-lfs, then the hook that was here before, each with all refs of the push.
# Written by `xihe-hooks install`; `xihe-hooks install --uninstall` takes it out and puts back what was here.
python={python}
before=$(dirname -- "$0")/{folder}
refs=$(cat)

push() {{
    if [ -n "$refs" ]; then printf '%s\\n' "$refs"; fi | "$@"
}}

check() {{
    if command -v xihe-hooks >/dev/null 2>&1; then
        push xihe-hooks pre-push "$@"
        code=$?
        # 126 and 127: a command whose environment has moved away.
        if [ $code -ne 126 ] && [ $code -ne 127 ]; then return $code; fi
    fi
    if [ -x "$python" ] && "$python" -c '{safe_path}; import xihe_hooks' 2>/dev/null; then
        push "$python" -c '{safe_path}; from xihe_hooks.commands.push import main; sys.exit(main(sys.argv[1:]))' "$@"
        return
    fi
    echo 'xihe-hooks: 找不到 xihe-hooks，推送未经检查，已停止；请安装它并重新运行 xihe-hooks install。' >&2
    echo 'xihe-hooks: the command is gone and the push unchecked, so it stops; install it and run xihe-hooks install.' >&2
    return 1
}}

check "$@" || exit 1

previous=$before/pre-push
if [ -d "$(git rev-parse --git-common-dir)/lfs" ] || git config lfs.storage >/dev/null; then
    if ! grep -qs 'git[ -]lfs' "$previous" "$previous.legacy"; then
        if ! command -v git-lfs >/dev/null 2>&1; then
            echo 'xihe-hooks: 此仓库使用 git-lfs，但找不到该命令，内容无法上传；请安装 git-lfs。' >&2
            echo 'xihe-hooks: this repository uses git-lfs, and there is no such command to upload with; install it.' >&2
            exit 1
        fi
        push git lfs pre-push "$@" || exit $?
    fi
fi

# pre-commit and prek refuse to be run by a hook that they run, and one of them is enough; what it ran is still due.
if [ -n "$PRE_COMMIT_RUNNING_LEGACY$PREK_RUNNING_LEGACY" ] && grep -qs -e '{shims[0]}' -e '{shims[1]}' "$previous"; then
    previous=$previous.legacy
fi
if [ -x "$previous" ]; then push "$previous" "$@" || exit $?; fi
"""


OWN_PLACE = re.compile(r"\$0|\$\{0|BASH_SOURCE|__file__|argv\[0\]|ZSH_ARGZERO")
BY_HAND = Text(
    '请在您自己的 pre-push 钩子中调用 xihe-hooks pre-push "$@"（传入它的标准输入）',
    'call xihe-hooks pre-push "$@" in your own pre-push hook, passing on its standard input',
)


class Step(NamedTuple):
    """One thing that was to be set up: what came of it, and whether it is."""

    text: Text
    done: bool = True


COMMITS = Step(
    Text(
        "此后每次提交都会运行 .pre-commit-config.yaml 所列的钩子；请只在您信任的仓库中提交。",
        "From now on, every commit runs the hooks that .pre-commit-config.yaml lists; commit only in repositories "
        "that you trust.",
    )
)


def install(repository: Repository) -> list[Step]:
    """Set up git-lfs's filters, pre-commit's hooks and our pre-push, as far as the repository asks for them.

    Safe to repeat: what is there stays. GitError, and nothing is changed, when the folder of the hooks is not this
    repository's alone, when a hook in place cannot be moved, when two foreign hooks would have to be kept, when the folder
    cannot be written to, or when the index is broken.
    """
    hooks = Path(repository.hooks_folder)
    _need_own_folder(repository, hooks)
    _need_movable(hooks)
    steps = [*_filters(repository), *_commit_hooks(repository, hooks)]
    try:
        hooks.mkdir(parents=True, exist_ok=True)
        _take_place(hooks)
    except OSError as error:
        raise _unwritable(hooks, error) from None
    hook = hooks / "pre-push"
    return [*steps, Step(Text(f"推送检查已安装：{hook}", f"The check at push is installed: {hook}"))]


def uninstall(repository: Repository) -> list[Step]:
    """Take our pre-push out and put back what was there; git-lfs's filters and pre-commit's own hooks stay."""
    hooks = Path(repository.hooks_folder)
    ours = next(filter(is_ours, _hooks_in(hooks)), None)
    if ours is None:
        kept = " · ".join(hooks_in(hooks / FOLDER))
        left = Text(f"之前保留的钩子在：{kept}", f" Hooks that were kept: {kept}") if kept else Text("", "")
        return [Step(Text(f"推送检查没有安装。{left.zh}", f"The check at push is not installed.{left.en}"))]
    try:
        _give_back(hooks, ours)
    except OSError as error:
        raise _unwritable(hooks, error) from None
    return [
        Step(
            Text(
                f"推送检查已移除，原有的钩子已恢复：{hooks}",
                f"The check at push is removed, and the hooks in {hooks} are as before.",
            )
        )
    ]


def _need_own_folder(repository: Repository, hooks: Path) -> None:
    """Refuse a folder that also serves other repositories, or other people through this repository's files."""
    scope = repository.config_scope("core.hooksPath")
    top, own = repository.top.resolve(), Path(repository.common_folder).resolve()
    tracked = hooks.resolve().is_relative_to(top) and not hooks.resolve().is_relative_to(own)
    if scope in ("global", "system"):
        whose = Text("供您的所有仓库使用", "which all your repositories share")
        undo = Text(
            "或在本仓库中运行 git config core.hooksPath .git/hooks", "or run git config core.hooksPath .git/hooks here"
        )
    elif tracked:
        whose = Text("属于项目的文件", "which is among the project's files")
        undo = Text("或运行 git config --unset core.hooksPath", "or run git config --unset core.hooksPath")
    else:
        return
    raise GitError(
        f"core.hooksPath 指向 {hooks}，{whose.zh}，因此没有改动任何文件；{BY_HAND.zh}，{undo.zh}，再运行 xihe-hooks install。",
        f"core.hooksPath is {hooks}, {whose.en}, so nothing was changed; {BY_HAND.en}, {undo.en} and run xihe-hooks "
        "install again.",
    )


def _need_movable(hooks: Path) -> None:
    """Refuse where a hook could not run from the folder that ours keeps it in, or could not be given back as it was."""
    for hook in (hooks / "pre-push", hooks / "pre-push.legacy"):
        if hook.is_symlink():
            why = Text("是符号链接", "is a symbolic link")
        elif (
            hook.is_file()
            and not (is_ours(hook) or is_shim(hook) or _plain_lfs(hook))
            and OWN_PLACE.search(text_of(hook))
        ):
            why = Text("依赖自己所在的位置（$0）", "depends on its own location ($0)")
        else:
            continue
        raise GitError(
            f"{hook} {why.zh}，不能移动，因此没有改动任何文件；{BY_HAND.zh}。",
            f"{hook} {why.en} and cannot be moved, so nothing was changed; {BY_HAND.en}.",
        )


def _take_place(hooks: Path) -> None:
    ours = next(filter(is_ours, _hooks_in(hooks)), None)
    left = []
    if ours is None:
        ours = hooks / "pre-push"
        left = _keep(hooks)
    (hooks / FOLDER).mkdir(exist_ok=True)
    script = SCRIPT.format(
        mark=MARK,
        folder=FOLDER,
        shims=SHIMS,
        safe_path=SAFE_PATH,
        python=shlex.quote(Path(os.path.abspath(sys.executable)).as_posix()),
    )
    new = ours.with_name(f"{ours.name}.new-{os.getpid()}")
    for stale in (*hooks.glob("pre-push*.new-*"), *(hooks / FOLDER).glob("pre-push*.new-*")):  # of one that was killed
        stale.unlink(missing_ok=True)
    try:
        with new.open("wb") as file:
            file.write(script.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        new.chmod(0o755)
        new.replace(ours)
    finally:
        new.unlink(missing_ok=True)
    for hook in left:
        if hook != ours:
            hook.unlink()


def _keep(hooks: Path) -> list[Path]:
    """Keep the hooks in place in our folder too: one tool's shim with the hook that it runs, or one hook.

    They stay where they are until ours takes the place. Returns those that have then no use there.
    """
    folder = hooks / FOLDER
    found = [hook for hook in (*_hooks_in(hooks), *_hooks_in(folder)) if not is_ours(hook)]
    shims = [hook for hook in found if is_shim(hook)][:1]
    others = list({text_of(hook): hook for hook in reversed(found) if not is_shim(hook)}.values())
    if len(others) > 1:  # ours runs git-lfs by itself
        others = [hook for hook in others if not _plain_lfs(hook)] or others[:1]
    if len(others) > 1:
        listed = " · ".join(str(hook) for hook in others)
        raise GitError(
            f"这些钩子不能都保留：{listed}；请合并成一个，再运行 xihe-hooks install。",
            f"These hooks cannot all be kept: {listed}; merge them into one, and run xihe-hooks install again.",
        )
    folder.mkdir(exist_ok=True)
    paths = [folder / name for name in ("pre-push", "pre-push.legacy")]
    pairs = [(path.with_name(f"{path.name}.new-{os.getpid()}"), path) for path in paths]
    kept = list(zip([*shims, *others], pairs, strict=False))
    for hook, (new, _) in kept:
        _link(hook, new)
    for _, (new, path) in kept:
        new.replace(path)
    return [hook for hook in found if hook not in [path for _, (_, path) in kept]]


def _link(hook: Path, new: Path) -> None:
    """Give a file a second name; a copy where the file system has no such thing, whole or not at all."""
    try:
        os.link(hook, new)
    except (OSError, NotImplementedError):
        try:
            shutil.copy2(hook, new)
            with new.open("rb+") as file:
                os.fsync(file.fileno())
        except OSError:
            new.unlink(missing_ok=True)
            raise


def _give_back(hooks: Path, ours: Path) -> None:
    folder = hooks / FOLDER
    kept = _hooks_in(folder)
    if ours.name == "pre-push.legacy":  # below a tool's shim, which takes one hook
        kept = [hook for hook in kept if not is_shim(hook)]
    for hook in kept[1:]:
        hook.replace(hooks / "pre-push.legacy")
    if kept:
        kept[0].replace(ours)
    else:
        ours.unlink()
    with contextlib.suppress(OSError):  # something of the user's lies there
        folder.rmdir()


def _hooks_in(folder: Path) -> list[Path]:
    return [Path(hook) for hook in hooks_in(folder)]


def _plain_lfs(hook: Path) -> bool:
    # Of the two or three lines that git-lfs has written over the years, all but the first name it.
    lines = [line for line in text_of(hook).splitlines() if line.strip() and not line.startswith("#")]
    return bool(lines) and all("git-lfs" in line or "git lfs" in line for line in lines)


def _filters(repository: Repository) -> list[Step]:
    """Set up what turns a file into its pointer: without it git stores the content, and says nothing."""
    if not _asks_for_lfs(repository) or repository.config("filter.lfs.clean"):
        return []
    if shutil.which("git-lfs") is None:
        what = Text(
            "此仓库使用 git-lfs，但找不到该命令；请安装 git-lfs，再运行 xihe-hooks install。",
            "This repository uses git-lfs, but the command was not found; install git-lfs, and run xihe-hooks "
            "install again.",
        )
        return [Step(what, done=False)]
    # Without the hooks: git-lfs fails where another tool's stand, and ours runs it.
    name = Text("git-lfs 过滤器", "The git-lfs filters")
    return [_run(repository, ["git", "lfs", "install", "--local", "--skip-repo"], name)]


def _asks_for_lfs(repository: Repository) -> bool:
    repository.index()  # which may be broken
    # Files that nobody has added yet count too: once they are added, it is too late.
    names = repository.git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return b"\0filter\0lfs\0" in repository.git("check-attr", "-z", "--stdin", "filter", stdin=names)


def _commit_hooks(repository: Repository, hooks: Path) -> list[Step]:
    present = hooks / "pre-commit"
    if not (repository.top / ".pre-commit-config.yaml").is_file() or (present.is_file() and is_shim(present)):
        return []
    command = _commit_tool()
    if command is None:
        what = Text(
            "找不到 pre-commit 或 prek，提交检查未安装；请安装它（例如 pipx install pre-commit），再运行 xihe-hooks install。",
            "The check at commit is not installed, because neither pre-commit nor prek was found. Install one, for "
            "example with pipx install pre-commit, and run xihe-hooks install again.",
        )
        return [Step(what, done=False)]
    step = _run(repository, [*command, "install"], Text("提交检查", "The check at commit"), "pre-commit install")
    return [step, COMMITS] if step.done else [step]


def _run(repository: Repository, command: list[str], name: Text, shown: str = "") -> Step:
    done = subprocess.run(command, cwd=repository.top, capture_output=True, check=False)
    line = shown or shlex.join(command)
    if done.returncode == 0:
        return Step(Text(f"{name.zh}已安装（{line}）。", f"{name.en}: set up by {line}."))
    lines = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
    reason = lines[0] if lines else str(done.returncode)
    return Step(
        Text(f"{name.zh}未安装：{line} 失败（{reason}）。", f"{name.en} is not installed: {line} failed ({reason})."),
        done=False,
    )


def _commit_tool() -> list[str] | None:
    if importlib.util.find_spec("pre_commit"):
        return module_command("pre_commit")
    found = shutil.which("pre-commit") or shutil.which("prek")
    return [found] if found else None


def _unwritable(hooks: Path, error: OSError) -> GitError:
    return GitError(
        f"无法写入 {hooks}（{error.strerror}）；请检查该文件夹的权限。",
        f"Cannot write to {hooks} ({error.strerror}); check the permissions of that folder.",
    )


def main(argv: Sequence[str]) -> int:
    """`install [--uninstall] [PATH]`. Returns 0 when done, 1 when something could not be, 2 for misuse."""
    about = Text(
        "在每次推送前运行检查；有 pre-commit 时每次提交前也运行。这会运行 pre-commit install，此后每次提交都会运行"
        "仓库的 .pre-commit-config.yaml 所列的钩子：请只在您信任的仓库中使用。",
        "Run the checks at every push, and at every commit if pre-commit is installed. This runs pre-commit install: "
        "from then on every commit runs the hooks that the repository's .pre-commit-config.yaml lists. Use it only "
        "in a repository that you trust.",
    )
    undo = Text("移除检查，恢复原有的钩子", "remove the checks, and restore the hooks that were there before")
    parser = Parser("xihe-hooks install", about, argv)
    parser.add_path()
    parser.add("--uninstall", about=undo, action="store_true")
    parser.add_language()
    options = parser.parse_args(argv)
    language = parser.language
    try:
        repository = Repository.find(options.path)
        on_disk = answers.read(repository.top / answers.NAME)  # nothing need be committed yet
        language = choose_language(options.lang, answers.language(on_disk), os.environ)
        steps = uninstall(repository) if options.uninstall else install(repository)
    except GitError as error:
        return fail(error.text, language, 1)
    for step in steps:
        print(say(step.text, language), file=sys.stdout if step.done else sys.stderr)
    return int(not all(step.done for step in steps))
