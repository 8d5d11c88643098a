"""Fetches what the platform fetches: the committed project, and beside app.py the weights that config.json names.

Nothing is written to the user's repositories. Cloning heeds no configuration of the user's but what access needs, and
git-lfs is off, as on the platform: large files arrive as pointers, and their content is looked up by its id.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from xihe_hooks.config_file import read_config, trim
from xihe_hooks.display import show
from xihe_hooks.facts import Facts, platform
from xihe_hooks.findings import Finding, Text
from xihe_hooks.git import Repository
from xihe_hooks.preview.stages import PreviewError, Stages
from xihe_hooks.rule import run
from xihe_hooks.rules import RULES

# The start script takes for a pointer whatever has such a line; one that ends in CRLF it takes for the weights.
OID_LINE = re.compile(rb"(?m)^oid sha256:(.{64})$")
LARGEST_POINTER = 1 << 20  # a text file above it is not searched for such a line
ACCESS = r"^(credential|http|protocol|safe|url)\.|^core\.(askpass|sshcommand)$"


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
        return cls(address, path.resolve() if path.is_dir() else None)

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
        head, slash, last = self.address.rstrip("/").rpartition("/")
        if not slash:
            return None
        host, slash, _ = head.rpartition("/")
        return Remote(f"{host}{slash}{owner}/{name}{'.git' if last.endswith('.git') else ''}", None)


def find_project(address: str) -> Remote:
    """Return the project that was asked for, from any folder of its working tree."""
    remote = Remote.of(address)
    if remote.folder is None and not re.search(r"://|^[^/]+@?[^/]+:", address):
        raise PreviewError(
            Text(f"没有文件夹 {address}", f"There is no folder {address}"),
            Text("请给出项目的文件夹或 git 地址。", "Give the folder of the project, or an address for git."),
        )
    if remote.folder is None or (remote.folder / platform()["files"]["folder"]).is_dir():
        return remote
    top = _tell(remote.folder, "--show-toplevel")
    return Remote.of(top) if top else remote


class Weight(NamedTuple):
    """A weight to fetch: its path in config.json, and the parts of that."""

    raw: str
    owner: str
    repository: str
    path: str


def clone(remote: Remote, folder: Path) -> str:
    """Clone the newest commit of a remote into the folder, and return its short name and its branch."""
    if remote.folder and not (_is_bare(remote.folder) or (remote.folder / ".git").exists()):
        raise PreviewError(
            Text(f"{remote.folder} 不是 git 仓库", f"{remote.folder} is no git repository"),
            Text(
                "请先 git init 并提交；要预览未提交的文件，请加 --worktree。",
                "git init and commit first, or preview the files as they are with --worktree.",
            ),
            "project",
        )
    _git("clone", "--quiet", "--depth=1", "--template=", "--", remote.url, str(folder), about=remote)
    try:
        commit = _git("-C", str(folder), "rev-parse", "--short", "HEAD", about=remote).strip()
    except PreviewError:
        raise PreviewError(
            Text(f"{remote.address} 里还没有提交", f"{remote.address} has no commit yet"),
            Text(
                "请先 git add 并 git commit；要预览未提交的文件，请加 --worktree。",
                "git add and git commit first, or preview the files as they are with --worktree.",
            ),
            "project",
        ) from None
    return f"{commit} ({_git('-C', str(folder), 'branch', '--show-current', about=remote).strip() or 'HEAD'})"


def copy_worktree(remote: Remote, folder: Path) -> None:
    """Copy the files of a working tree, less what it ignores, into a repository of their own."""
    if remote.folder is None or _is_bare(remote.folder):
        raise PreviewError(
            Text(f"{remote.address} 没有工作区", f"{remote.address} has no working tree"),
            Text("--worktree 只能用于本机的项目文件夹。", "--worktree is for a folder of this machine."),
        )
    _git("init", "--quiet", "--template=", str(folder), about=remote)
    outside = (f"--git-dir={folder / '.git'}", f"--work-tree={remote.folder}", "-c", "core.safecrlf=false")
    _git(*outside, "add", "--all", str(remote.folder), about=remote)
    _git("-C", str(folder), "checkout-index", "--all", about=remote)


def uncommitted(remote: Remote) -> int:
    """Return how many files a working tree holds that differ from the last commit."""
    if remote.folder is None or _is_bare(remote.folder):
        return 0
    status = ("--no-optional-locks", "-C", str(remote.folder), "status", "--porcelain", "-z", "--untracked-files=all")
    return sum(1 for record in _git(*status, about=remote).split("\0") if record[2:3] == " ")


def findings(folder: Path, era: str) -> list[Finding]:
    """Return the errors that the checks find in a clone."""
    repository = Repository.find(folder)
    facts = Facts(repository=repository, kind="project", tree=repository.index())
    return [each for each in run(RULES, facts, era) if each.severity == "error"]


def find_inference(project: Path) -> Path:
    """Return the folder of app.py. Names are compared exactly, also where the file system does not."""
    files = platform()["files"]
    folder, app = files["folder"], files["app"]
    inside: Path = project / folder
    if folder not in os.listdir(project) or not inside.is_dir() or app not in os.listdir(inside):
        raise PreviewError(
            Text(f"项目里没有 {folder}/{app}（区分大小写）", f"The project has no {folder}/{app} (case matters)"),
            Text(f"请把应用放在 {folder}/{app} 并提交。", f"Put the app at {folder}/{app} and commit it."),
            "project",
        )
    return inside


def choose_weights(project: Path, inference: Path, era: str) -> list[Weight]:
    """Return the weights that config.json names, as the era's start script reads it."""
    files, facts = platform()["files"], platform()["eras"][era]
    where = f"{files['folder']}/{files['config']}"
    config = inference / files["config"]
    if not config.is_file() or not config.stat().st_size:
        return []
    if not facts["judged"]:
        raise _refused(where, f"{era} 版的平台拒绝一切 {where}", f"Version {era} of the platform refuses any {where}")
    if not facts["outside"] and config.resolve() != project.resolve() / files["folder"] / files["config"]:
        raise _refused(where, f"{where} 经过符号链接", f"{where} lies behind a symbolic link")
    read = read_config(where, config.read_bytes())
    value = read.value(facts["key"])
    raws = [value] if facts["key"] == "pretrain" else value
    if read.fault or not isinstance(raws, list) or not all(isinstance(raw, str) for raw in raws):
        raise _refused(where, f"{where} 里读不到 {facts['key']}", f"{where} gives no usable {facts['key']}")
    if raws == [""] and facts["key"] == "pretrain":
        return []
    return [_split(where, raw) for raw in raws]


def _split(where: str, raw: str) -> Weight:
    owner, _, rest = trim(raw).partition("/")
    repository, _, path = rest.partition("/")
    if not (owner and repository and path):
        zh = f"{where} 里的 {show(raw)} 不是“账号/仓库/文件”"
        raise _refused(where, zh, f"{show(raw)} in {where} is not owner/repository/file")
    return Weight(raw, owner, repository, path)


def _refused(where: str, zh: str, en: str) -> PreviewError:
    remedy = Text("xihe-hooks check 会指出错在哪里。", "xihe-hooks check tells where the fault is.")
    return PreviewError(Text(zh, en), remedy, "config")


class Weights:
    """Puts weights beside app.py, as the platform does: large ones by the id in their pointer, small ones moved."""

    def __init__(self, stages: Stages, project: Remote, models: Sequence[Remote], folder: Path, worktree: bool) -> None:
        self._stages, self._project, self._models = stages, project, {each.name: each for each in models}
        self._folder, self._worktree = folder, worktree
        self._clones: dict[tuple[str, str], tuple[Remote, Path]] = {}

    def put(self, weight: Weight, inference: Path) -> str:
        """Fetch one weight into the folder, and return its name there; says where it is not what its owner meant."""
        remote, model = self._clone(weight)
        source = model / weight.path
        if any(character in weight.path for character in " \t\n*?[") or not source.is_file():
            raise _no_file(remote, weight)
        target = inference / source.name
        if target.exists():
            self._stages.warn(
                f"{show(weight.raw)} 覆盖了同名的 {source.name}，应用用的是后到的这一个。",
                f"{show(weight.raw)} replaces the {source.name} that was there; the app gets the later one.",
            )
        small = source.stat().st_size <= LARGEST_POINTER
        if pointer := OID_LINE.search(source.read_bytes()) if small else None:
            self._copy(remote, model, weight, pointer[1].decode("latin-1"), target)
        elif self._worktree:
            shutil.copyfile(source, target)
        else:
            if b"oid sha256:" in source.read_bytes()[:1024]:
                self._stages.warn(
                    f"{show(weight.raw)} 的 git-lfs 指针用了 CRLF 换行，平台把这段文字当作权重。",
                    f"{show(weight.raw)} is a git-lfs pointer with CRLF line ends: the platform takes it for the weights.",
                )
            shutil.move(source, target)
        return source.name

    def _clone(self, weight: Weight) -> tuple[Remote, Path]:
        key = (weight.owner, weight.repository)
        if key not in self._clones:
            remote = self._models.get(weight.repository) or self._project.beside(*key)
            if remote is None:
                raise PreviewError(
                    Text(
                        f"项目旁边没有模型仓库 {weight.repository}，而 config.json 要用它",
                        f"There is no model repository {weight.repository} beside the project, and config.json names it",
                    ),
                    Text(
                        f"请把它克隆到项目旁边，或用 --model 指出它在哪里：--model {self._address(weight)}",
                        f"Clone it beside the project, or say where it is: --model {self._address(weight)}",
                    ),
                    "weights",
                )
            if self._worktree and remote.folder and not _is_bare(remote.folder):
                self._clones[key] = (remote, remote.folder)
            else:
                model = self._folder / str(len(self._clones))
                clone(remote, model)
                self._clones[key] = (remote, model)
        return self._clones[key]

    @staticmethod
    def _address(weight: Weight) -> str:
        address: str = platform()["git"]["clone_address"]
        return address.replace("{account}", weight.owner).replace("{repository}", weight.repository)

    def _copy(self, remote: Remote, model: Path, weight: Weight, oid: str, target: Path) -> None:
        source = _find_object(remote.folder, oid) or _fetch_object(remote, model, weight.path, oid)
        if source is None:
            where = Text(remote.address, remote.address)
            raise PreviewError(
                Text(
                    f"{where.zh} 里 {show(weight.path)} 只是 git-lfs 指针，内容不在那里",
                    f"In {where.en}, {show(weight.path)} is a git-lfs pointer without its content",
                ),
                Text(
                    "请在有该文件的模型仓库里运行 git lfs push --all origin main；没有时先运行 git lfs pull。",
                    "In the model repository that has the file, run git lfs push --all origin main; where it is only a "
                    "pointer, git lfs pull first.",
                ),
                "object",
            )
        shutil.copyfile(source, target)  # never linked: an app may write to it
        with target.open("rb") as file:
            found = hashlib.sha256()
            while block := file.read(1 << 20):
                found.update(block)
        if found.hexdigest() != oid.lower():
            raise PreviewError(
                Text(
                    f"git-lfs 存的 {show(weight.path)} 已损坏", f"What git-lfs keeps of {show(weight.path)} is damaged"
                ),
                Text("请在模型仓库运行 git lfs fsck。", "Run git lfs fsck in the model repository."),
                "object",
            )


def _no_file(remote: Remote, weight: Weight) -> PreviewError:
    return PreviewError(
        Text(
            f"模型仓库 {remote.address} 里没有文件 {show(weight.path)}",
            f"The model repository {remote.address} has no file {show(weight.path)}",
        ),
        Text(
            "请检查 config.json 里的路径（区分大小写，不能有空格），以及文件是否已提交；同一个小文件只能列一次。",
            "Check the path in config.json (case matters, no blanks) and that the file is committed; a small file can be "
            "listed only once.",
        ),
        "weights",
    )


def _find_object(folder: Path | None, oid: str) -> Path | None:
    common = _tell(folder, "--git-common-dir") if folder else None
    if not folder or not common or not re.fullmatch("[0-9a-fA-F]{64}", oid):
        return None
    found = folder / common / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    return found if found.is_file() else None


def _fetch_object(remote: Remote, model: Path, path: str, oid: str) -> Path | None:
    """Fetch an object with git-lfs, of a repository here from where that was cloned; None where that fails."""
    address = remote.address
    if remote.folder:
        try:
            address = _git("-C", str(remote.folder), "remote", "get-url", "origin").strip()
        except PreviewError:
            return None
    if shutil.which("git-lfs") is None:
        raise PreviewError(
            Text("找不到 git-lfs，无法取得权重的内容", "There is no git-lfs to fetch the weights with"),
            Text("请安装 git-lfs（https://git-lfs.com）。", "Install git-lfs (https://git-lfs.com)."),
        )
    _git("-C", str(model), "remote", "set-url", "origin", address)
    fetch = ["git", "-C", str(model), "lfs", "fetch", "origin", f"--include={path}", "--exclude="]
    subprocess.run(fetch, stdin=subprocess.DEVNULL, capture_output=True, env=_environment(), check=False)
    return _find_object(model, oid)


def _is_bare(folder: Path) -> bool:
    return _tell(folder, "--is-bare-repository") == "true"


def _tell(folder: Path, question: str) -> str | None:
    """Answer of `git rev-parse` there, None where there is no repository."""
    try:
        return _git("-C", str(folder), "rev-parse", question).removesuffix("\n")
    except PreviewError:
        return None


@functools.cache
def _environment() -> dict[str, str]:
    kept = ("GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in kept}
    listed = subprocess.run(["git", "config", "-z", "--get-regexp", ACCESS], capture_output=True, check=False).stdout
    pairs = [record.partition("\n") for record in listed.decode("utf-8", "surrogateescape").split("\0") if record]
    for number, (key, _, value) in enumerate(pairs):
        clean |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    bare = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": str(len(pairs))}
    return clean | bare | {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C"}


def _git(*arguments: str, about: Remote | None = None) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], stdin=subprocess.DEVNULL, capture_output=True, env=_environment(), check=False
        )
    except FileNotFoundError:
        raise PreviewError(
            Text("找不到 git 命令", "There is no git command"),
            Text("请安装 git 并把它加入 PATH。", "Install git and put it on PATH."),
        ) from None
    output = done.stdout.decode("utf-8", "surrogateescape")
    if done.returncode == 0:
        return output
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    reason = next((line for line in said if line.startswith(("fatal:", "error:"))), said[-1] if said else "")
    where = about.address if about else " ".join(arguments)
    raise PreviewError(
        Text(f"git 无法读取 {where}：{show(reason)}", f"Git cannot read {where}: {show(reason)}"),
        Text(
            "请检查地址、网络和访问权限：用同样的地址运行 git clone 应当成功。",
            "Check the address, the network and your rights: git clone with the same address must succeed.",
        ),
        "project",
    )
