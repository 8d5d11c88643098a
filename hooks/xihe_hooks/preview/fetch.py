"""Fetches what the platform fetches: the newest commit of a repository, and what git-lfs keeps for it.

Nothing is written to the user's repositories. Cloning heeds no configuration of the user's but what access needs, and
git-lfs is off, as on the platform: large files arrive as pointers, and their content is looked up by its id.
"""

from __future__ import annotations

import atexit
import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from xihe_hooks.data import platform
from xihe_hooks.git.errors import GitError, failure
from xihe_hooks.git.process import clean_environment
from xihe_hooks.git.repository import Repository
from xihe_hooks.language import Text, show
from xihe_hooks.preview.stages import PreviewError, Stages
from xihe_hooks.rules.facts import Facts
from xihe_hooks.rules.registry import run
from xihe_hooks.rules.rule import Finding

# What the user's git needs to reach a repository and to be allowed to read it.
ACCESS = r"^(credential|http|protocol|safe|ssh|url)\.|^core\.(askpass|gitproxy|sshcommand)$"
ACCESS_VARIABLES = re.compile(r"GIT_(ALLOW_PROTOCOL|ASKPASS|HTTP_|PROTOCOL_FROM_USER|PROXY_|SSH|SSL_)")


class Remote(NamedTuple):
    """A repository to clone from.

    address  as it was given
    folder   where it lies, None where it is no folder here
    """

    address: str
    folder: Path | None

    @classmethod
    def of(cls, address: str) -> Remote:
        """Tell a folder, or a file:// address of one, from an address elsewhere."""
        path = Path(address.removeprefix("file://"))
        return cls(address, path.resolve() if os.path.isdir(path) else None)  # the method fails for an overlong name

    @property
    def name(self) -> str:
        """Name of the repository."""
        last = self.folder.name if self.folder else self.address.rstrip("/").rpartition("/")[2].rpartition(":")[2]
        return last.removesuffix(".git")

    @property
    def url(self) -> str:
        """What git clones from: with an address rather than a path, it copies the one commit and links nothing."""
        return self.folder.as_uri() if self.folder else self.address

    def beside(self, owner: str, name: str) -> Remote | None:
        """Return the repository of that name beside this one, None where this one's address does not tell."""
        if self.folder:
            folders = [self.folder.parent / name, self.folder.parent / f"{name}.git"]
            return next((Remote(str(each), each) for each in folders if each.is_dir()), None)
        parts = re.fullmatch(r"(?s)(.*[/:])[^/:]+/([^/:]+)", self.address.rstrip("/"))  # host:owner/name as well
        return parts and Remote(f"{parts[1]}{owner}/{name}{'.git' if parts[2].endswith('.git') else ''}", None)


def find_project(address: str) -> Remote:
    """Return the project that was asked for, from any folder of its working tree."""
    remote = Remote.of(address)
    if remote.folder is None or (remote.folder / platform()["files"]["folder"]).is_dir():
        return remote
    top = _tell(remote.folder, "--show-toplevel")
    return Remote.of(top) if top else remote


def clone(remote: Remote, folder: Path) -> str:
    """Clone the newest commit of a remote into the folder, and return its short name and its branch."""
    _git("clone", "--quiet", "--depth=1", "--template=", "--", remote.url, str(folder), about=remote)
    try:
        commit = _git("-C", str(folder), "rev-parse", "--short", "HEAD", about=remote).strip()
    except PreviewError:
        raise PreviewError(
            Text(f"{remote.address} 里还没有提交", f"{remote.address} has no commit yet"),
            Text("请先提交并推送（nox -s publish）。", "Commit and push first (nox -s publish)."),
            "project",
        ) from None
    return f"{commit} ({_git('-C', str(folder), 'branch', '--show-current', about=remote).strip() or 'HEAD'})"


def copy_worktree(remote: Remote, folder: Path) -> None:
    """Copy the files of a working tree, less what it ignores, into a repository of their own."""
    if remote.folder is None or is_bare(remote.folder):
        raise PreviewError(
            Text(f"{remote.address} 没有工作区", f"{remote.address} has no working tree"),
            Text(
                "--worktree 只能用于本机的项目文件夹。", "--worktree works only with a project folder on this machine."
            ),
        )
    _git("init", "--quiet", "--template=", str(folder), about=remote)
    outside = (f"--git-dir={folder / '.git'}", f"--work-tree={remote.folder}", "-c", "core.safecrlf=false")
    _git(*outside, "add", "--all", str(remote.folder), about=remote)
    _git("-C", str(folder), "checkout-index", "--all", about=remote)


def warn_uncommitted(stages: Stages, remote: Remote) -> None:
    """Say how many files of a working tree differ from the last commit, which alone the platform can ever see."""
    if remote.folder is None or is_bare(remote.folder):
        return
    if changed := len(Repository.find(remote.folder).status()):
        stages.warn(
            f"{remote.name} 有 {changed} 个文件的改动没有提交，预览和平台都不包含它们；要预览它们，请加上 --worktree。",
            f"{remote.name} has {changed} changed file(s) that are not committed: neither this preview nor the "
            "platform has them. To preview them, pass --worktree.",
        )


def read_facts(folder: Path) -> Facts:
    """Return what the rules know of a clone."""
    repository = Repository.find(folder)
    return Facts(repository=repository, kind="project", tree=repository.index())


def findings(facts: Facts, era: str) -> list[Finding]:
    """Return the errors that the checks find in it."""
    return [each for each in run(facts, era) if each.severity == "error"]


def find_inference(project: Path) -> Path:
    """Return the folder of app.py. Names are compared exactly, also where the file system does not."""
    files = platform()["files"]
    folder, app = files["folder"], files["app"]
    inside: Path = project / folder
    if folder not in os.listdir(project) or not inside.is_dir() or app not in os.listdir(inside):
        raise PreviewError(
            Text(f"项目里没有 {folder}/{app}（区分大小写）", f"The project has no {folder}/{app} (case-sensitive)"),
            Text(f"请把应用放在 {folder}/{app} 并提交。", f"Put the app at {folder}/{app} and commit it."),
            "project",
        )
    for path in (folder, *(f"{folder}/{files[each]}" for each in ("app", "config", "requirements"))):
        if not contains(project, project / path):
            raise PreviewError(
                Text(f"{path} 经过符号链接指向项目之外", f"{path} leads out of the project through a symbolic link"),
                Text("请用文件本身代替这个链接。", "Replace the link with the file itself."),
                "project",
            )
    if not os.path.isfile(inside / app):
        raise PreviewError(
            Text(
                f"{folder}/{app} 不是文件，而是文件夹或失效的链接",
                f"{folder}/{app} is not a file: it is a folder, or a broken link",
            ),
            Text("请改为文件本身。", "Put a file there."),
            "project",
        )
    return inside


def contains(repository: Path, path: Path) -> bool:
    """Whether a path, once its links are followed, is one of a repository's files; what git keeps there is not."""
    real, top = (Path(os.path.realpath(each)) for each in (path, repository))  # resolve() raises for a link to itself
    return real.is_relative_to(top) and ".git" not in (part.lower() for part in real.relative_to(top).parts)


def is_uncommitted(remote: Remote) -> bool:
    """Whether it is a folder with files of which nothing is committed: there are only the files as they are."""
    folder = remote.folder
    if folder is None or is_bare(folder):
        return False
    if not (folder / ".git").exists():
        return True
    readable = _tell(folder, "--git-dir") is not None  # git refuses a repository of another owner
    return readable and _tell(folder, "--verify", "--quiet", "HEAD") is None


def is_bare(folder: Path) -> bool:
    return _tell(folder, "--is-bare-repository") == "true"


def _tell(folder: Path, *question: str) -> str | None:
    """Answer of `git rev-parse` there, None where there is no repository."""
    try:
        return _git("-C", str(folder), "rev-parse", *question).removesuffix("\n")
    except PreviewError:
        return None


@functools.cache
def _environment() -> dict[str, str]:
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith("GIT_") or ACCESS_VARIABLES.match(key)
    }
    bare = {"GIT_CONFIG_GLOBAL": _settings(), "GIT_CONFIG_NOSYSTEM": "1"}
    return clean | bare | {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C"}


def _settings() -> str:
    """Write the user's settings of ACCESS to a file, and return its name.

    The git at the other end, which reads a folder of this machine, heeds a file and forgets variables such as
    GIT_CONFIG_COUNT. A repository cannot call itself safe.
    """
    ask = ["git", "config", "-z", "--show-scope", "--get-regexp", ACCESS]
    listed = subprocess.run(ask, capture_output=True, check=False).stdout.decode("utf-8", "surrogateescape").split("\0")
    number, name = tempfile.mkstemp(prefix="gitconfig-")
    os.close(number)
    atexit.register(Path(name).unlink, missing_ok=True)
    for scope, record in zip(listed[::2], listed[1::2], strict=False):
        key, given, value = record.partition("\n")
        if scope in ("local", "worktree") and key.startswith("safe."):
            continue
        add = ["git", "config", "--file", name, "--add", key, value if given else "true"]
        subprocess.run(add, capture_output=True, check=False)
    return name


def _git(*arguments: str, about: Remote | None = None, environment: dict[str, str] | None = None) -> str:
    try:
        variables = environment or _environment()
        done = subprocess.run(
            ["git", *arguments], stdin=subprocess.DEVNULL, capture_output=True, env=variables, check=False
        )
    except FileNotFoundError:
        raise PreviewError(
            Text("找不到 git 命令", "The git command was not found"),
            Text("请安装 git 并把它加入 PATH。", "Install git and add it to PATH."),
        ) from None
    output = done.stdout.decode("utf-8", "surrogateescape")
    if done.returncode == 0:
        return output
    errors = done.stderr.decode("utf-8", "replace")
    if "dubious ownership" in errors:
        raise PreviewError(failure(about.address if about else ".", errors).text)
    said = errors.strip().splitlines()
    reason = next((line for line in said if line.startswith(("fatal:", "error:"))), said[-1] if said else "")
    where = about.address if about else " ".join(arguments)
    raise PreviewError(
        Text(f"git 无法读取 {where}：{show(reason)}", f"Git cannot read {where}: {show(reason)}"),
        Text(
            "请检查地址、网络和访问权限，并用同样的地址运行 git clone 试试。",
            "Check the address, the network and your access rights; git clone with the same address has to succeed.",
        ),
        "project",
    )


def find_object(remote: Remote, pointer: Path, oid: str, parent: Path) -> Path | None:
    """Return where the content of a pointer lies, fetched with git-lfs where it is not here; None where nothing has it.

    remote   where the repository is
    pointer  the file in a clone of it
    oid      the SHA-256 that the pointer names
    parent   where a repository may be made to fetch it into
    """
    if remote.folder is None:
        return _fetched(remote.address, pointer, oid, parent)
    if found := _stored(remote.folder, oid):
        return found
    origin = read_origin(remote.folder)
    return _fetched(origin, pointer, oid, parent) if origin else None


def read_origin(folder: Path) -> str | None:
    """Return the address of a repository's remote origin; None where it has none."""
    try:
        return _git("-C", str(folder), "remote", "get-url", "origin").strip()
    except PreviewError:
        return None


def _stored(folder: Path, oid: str) -> Path | None:
    if not re.fullmatch("[0-9a-fA-F]{64}", oid):
        return None
    try:
        found = Repository(str(folder), clean_environment()).lfs_object(oid.lower())
    except GitError:  # no repository, or one that this user may not read
        return None
    return Path(found) if found else None


def _fetched(address: str, pointer: Path, oid: str, parent: Path) -> Path | None:
    if shutil.which("git-lfs") is None:
        raise PreviewError(
            Text("找不到 git-lfs，无法取得权重的内容", "git-lfs was not found, so the weights cannot be fetched"),
            Text("请安装 git-lfs（https://git-lfs.com）。", "Install git-lfs (https://git-lfs.com)."),
        )
    # A repository with nothing but the pointer: the user's is not written to, and no .lfsconfig says where to look.
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent))
    _git("init", "--quiet", "--template=", str(folder))
    shutil.copyfile(pointer, folder / "weight")
    here = ("-C", str(folder), "-c", "user.name=preview", "-c", "user.email=preview@localhost")
    _git(*here, "add", "weight")
    _git(*here, "commit", "--quiet", "--no-gpg-sign", "--message=weight")
    _git(*here, "remote", "add", "origin", address)
    fetch = ["git", "-C", str(folder), "lfs", "fetch", "origin"]
    subprocess.run(fetch, stdin=subprocess.DEVNULL, capture_output=True, env=_environment(), check=False)
    return _stored(folder, oid)
