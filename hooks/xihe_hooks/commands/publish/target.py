"""What is to be published: the project, and the models of the same account that lie beside it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from xihe_hooks.data import KINDS, platform
from xihe_hooks.git.lfs import Pointer
from xihe_hooks.git.process import clean_environment, native
from xihe_hooks.git.repository import Repository, Tree
from xihe_hooks.language import Text, show, without_credentials
from xihe_hooks.readers import answers
from xihe_hooks.readers.config_json import read_config, weights
from xihe_hooks.rules.facts import every_path
from xihe_hooks.stages import StageError, Stages


class Change(NamedTuple):
    """A file that publishing would change there.

    size  bytes of its content; None where it is removed
    lfs   whether the content travels by git-lfs
    """

    path: str
    size: int | None
    lfs: bool = False


def run_git(folder: Path, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """Exit code, output and errors of one git command in a folder."""
    done = subprocess.run(
        ["git", *map(native, arguments)],
        cwd=folder,
        input=stdin.encode("utf-8", "surrogateescape"),
        capture_output=True,
        env=clean_environment(),
        check=False,
    )
    output, errors = (each.decode("utf-8", "surrogateescape") for each in (done.stdout, done.stderr))
    return done.returncode, output, errors


class Target:
    """A folder that becomes, or is, a repository of the platform.

    kind         "project" or "model"
    owner, name  of the repository on the platform
    remote       what git calls it here
    tip          the remote's commit; None where it has none
    base         the same, None where it has not been fetched
    reached      whether the remote was asked and answered
    absent       SHA-256 of the contents that the remote lacks
    uncommitted  files that differ from the last commit
    commit       what is to be pushed, None where nothing is committed
    commits      how many commits the remote gets with it
    contents     path and bytes, by SHA-256, of what git-lfs carries for it
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder, self.kind = folder, kind
        self.repository = Repository.find(folder) if (folder / ".git").exists() else None
        self.remote = self._choose_remote()
        answered = answers.parse(answers.read(folder / answers.NAME) or b"")
        parts = re.search(r"([^/:]+)/([^/:]+?)(?:\.git)?/*$", self._url or "")
        self.owner: str = parts[1] if parts else answered.get("user", "")
        self.name: str = parts[2] if parts else answered.get(f"{kind}_name", folder.name)
        self.tip: str | None = None
        self.base: str | None = None
        self.reached = False
        self.absent: set[str] = set()
        self.uncommitted: list[Change] = []
        self.commit: str | None = None
        self.commits = 0
        self.contents: dict[str, tuple[str, int]] = {}

    def git(self, *arguments: str, stdin: str = "") -> str:
        """Output of one git command in the folder. StageError with git's own line where it fails."""
        code, output, errors = run_git(self.folder, *arguments, stdin=stdin)
        if code:
            lines = [line for line in errors.splitlines() if line.strip()]
            reason = next(
                (line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "?"
            )
            raise StageError(
                Text(
                    f"{self.name}：git {arguments[0]} 失败：{show(reason)}",
                    f"{self.name}: git {arguments[0]} failed: {show(reason)}",
                )
            )
        return output

    @property
    def address(self) -> str:
        """Its address as it is configured, or the platform's for it, without credentials."""
        if self._url:
            return without_credentials(self._url)
        pattern: str = platform()["git"]["clone_address"]
        return pattern.replace("{account}", self.owner).replace("{repository}", self.name)

    @cached_property
    def push_address(self) -> str:
        """The address that git really talks to."""
        if self.connected:
            return self.git("remote", "get-url", "--push", self.remote).strip()
        return self.git("ls-remote", "--get-url", self.address).strip()

    @property
    def connected(self) -> bool:
        """Whether git knows the remote."""
        return bool(self._url)

    @property
    def pending(self) -> bool:
        """Whether anything is to be sent."""
        return self.commit != self.tip or bool(self.absent)

    @property
    def head(self) -> str | None:
        """The commit to be published."""
        return self.repository.resolve("HEAD") if self.repository else None

    @property
    def _url(self) -> str | None:
        return self.repository.config(f"remote.{self.remote}.url") if self.repository else None

    def _choose_remote(self) -> str:
        """Name of the remote that is the platform's, "origin" where none is."""
        if self.repository is None:
            return "origin"
        host = platform()["git"]["clone_address"].split("/")[2]
        listed = self.repository.remotes
        named = (name for name in listed if host in (self.repository.config(f"remote.{name}.url") or ""))
        return next(named, "origin")

    def look_again(self) -> None:
        """Forget what was read of the repository and its configuration."""
        self.repository = Repository.find(self.folder)
        self.__dict__.pop("push_address", None)


def find(path: str, stages: Stages) -> list[Target]:
    """Return the models, then the project, that a folder stands for. StageError where it stands for neither."""
    folder = Path(path).resolve()
    kind = _kind(folder)
    if kind is None and folder.is_dir():
        top = Path(run_git(folder, "rev-parse", "--show-toplevel")[1].removesuffix("\n"))
        folder, kind = (top, _kind(top)) if top.is_absolute() else (folder, None)
    if kind is None:
        app = f"{platform()['files']['folder']}/{platform()['files']['app']}"
        raise StageError(
            Text(f"{folder} 里没有 {app}，也不是模型仓库", f"{folder} has no {app}, and is not a model repository"),
            Text("请在项目的文件夹中运行，或给出该文件夹。", "Run this in the project's folder, or pass that folder."),
        )
    main = Target(folder, kind)
    if not main.owner:
        raise StageError(
            Text(
                f"不知道 {folder} 在平台上属于哪个账号",
                f"It is not known to which account {folder} belongs on the platform",
            ),
            Text(
                "请告诉 git 它的地址：git remote add origin 地址。",
                "Add its address: git remote add origin ADDRESS.",
            ),
        )
    return [*(_models(main, stages) if kind == "project" else []), main]


def _kind(folder: Path) -> str | None:
    answered = answers.parse(answers.read(folder / answers.NAME) or b"").get("repo")
    if answered in KINDS:
        return answered
    files = platform()["files"]
    return "project" if (folder / files["folder"] / files["app"]).is_file() else None


def _models(project: Target, stages: Stages) -> list[Target]:
    found = []
    for owner, name in _named(project.folder):
        folder = project.folder.parent / name
        if owner != project.owner:
            stages.warn(
                f"{show(f'{owner}/{name}')} 属于另一个账号，不会发布；它必须是公开的，平台才能取到权重。",
                f"{show(f'{owner}/{name}')} belongs to another account and is not published; it must be public so "
                "that the platform can fetch the weights.",
            )
        elif not folder.is_dir():
            stages.warn(
                f"项目旁边没有 {show(name)}，只发布项目；平台上必须已有它的权重。",
                f"{show(name)} is not beside the project, so only the project is published; its weights must already "
                "be on the platform.",
            )
        else:
            model = Target(folder, "model")
            model.owner = model.owner or owner
            found.append(model)
    return found


def _named(folder: Path) -> Sequence[tuple[str, str]]:
    """Owner and name of each model repository that config.json names, in its order."""
    files = platform()["files"]
    config = folder / files["folder"] / files["config"]
    if not config.is_file() or not config.stat().st_size:
        return []
    read = read_config(f"{files['folder']}/{files['config']}", config.read_bytes())
    named = weights(every_path(read, platform()))
    return list(dict.fromkeys((each.owner, each.repository) for each in named if each.repository not in (".", "..")))


def pointers(tree: Tree) -> dict[str, Pointer]:
    """The git-lfs pointers of a tree, by path."""
    found = tree.each(tree.entries.of_size(*platform()["lfs"]["pointer_bytes"]))
    parsed = ((path, Pointer.parse(content)) for path, content in found)
    return {path: pointer for path, pointer in parsed if pointer and pointer.oid}
