"""Puts the weights that config.json names beside app.py, by the rules of one version of the platform's start script."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from xihe_hooks.data import platform
from xihe_hooks.git.lfs import oid_line
from xihe_hooks.language import Text, show
from xihe_hooks.preview.fetch import (
    Remote,
    clone,
    contains,
    find_object,
    is_bare,
    is_uncommitted,
    read_origin,
    warn_uncommitted,
)
from xihe_hooks.preview.stages import PreviewError, Stages
from xihe_hooks.readers.config_json import Weight, read_config
from xihe_hooks.readers.weights import read_weights
from xihe_hooks.rules.facts import Origin

LARGEST_POINTER = 1 << 20  # bytes of a file that is searched for such a line


def choose_weights(project: Path, inference: Path, era: str) -> list[Weight]:
    """Return the weights that config.json names, as the era's start script reads it."""
    files, facts = platform()["files"], platform()["eras"][era]
    where = f"{files['folder']}/{files['config']}"
    config = inference / files["config"]
    if not config.is_file() or not config.stat().st_size:
        return []
    if not facts["judged"]:
        raise _refused(f"{era} 版的平台拒绝一切 {where}", f"Version {era} of the platform rejects any {where}")
    if not facts["outside"] and config.resolve() != project.resolve() / files["folder"] / files["config"]:
        raise _refused(f"{where} 经过符号链接", f"{where} is reached through a symbolic link")
    key = facts["key"]
    reading = read_config(where, config.read_bytes()).read(key, platform()["config_keys"][key]["type"])
    if reading.fault:
        raise _refused(f"{where} 里没有可用的 {key}", f"{where} has no usable {key}")
    weights = []
    for raw in reading.paths:
        weight = Weight.of(raw)
        if weight is None:
            zh = f"{where} 里的 {show(raw)} 不是“账号/仓库/文件”"
            raise _refused(zh, f"{show(raw)} in {where} is not owner/repository/file")
        weights.append(weight)
    return weights


def _refused(zh: str, en: str) -> PreviewError:
    remedy = Text("请运行 xihe-hooks check，它会指出哪里有错。", "Run xihe-hooks check to see where the error is.")
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
        if not os.path.isfile(source):
            raise _no_file(remote, weight)
        if not contains(model, source):
            raise _outside(remote, weight)
        target = self._make_room(inference, source.name, weight)
        small = source.stat().st_size <= LARGEST_POINTER
        if oid := oid_line(source.read_bytes()) if small else None:
            self._copy(remote, model, weight, oid, target)
        elif source.is_symlink():
            raise _moved_link(remote, weight)
        elif model == remote.folder:  # the user's own
            shutil.copyfile(source, target)
        else:
            if small and b"oid sha256:" in source.read_bytes():
                self._stages.warn(
                    f"{show(weight.raw)} 的 git-lfs 指针用了 CRLF 换行，平台把这段文字当作权重。",
                    f"{show(weight.raw)} is a git-lfs pointer with CRLF line ends: the platform uses its text as the "
                    "weights.",
                )
            shutil.move(source, target)
        if fault := read_weights(source.name, target):
            raw = show(weight.raw)
            self._stages.warn(f"{raw} {fault.what.zh}。{fault.remedy.zh}", f"{raw} {fault.what.en}. {fault.remedy.en}")
        return source.name

    def _make_room(self, inference: Path, name: str, weight: Weight) -> Path:
        """Return where the weight goes, with nothing there that a copy would be written through."""
        target = inference / name
        if target.is_dir() and not target.is_symlink():
            raise PreviewError(
                Text(
                    f"{show(weight.raw)} 应放的位置已有文件夹 {show(name)}",
                    f"{show(weight.raw)} cannot be placed beside app.py, because there is a folder {show(name)}",
                ),
                Text("请给其中之一改名。", "Rename one of the two."),
                "weights",
            )
        if os.path.lexists(target):
            self._stages.warn(
                f"{show(weight.raw)} 覆盖了同名的 {show(name)}，应用用的是后到的这一个。",
                f"{show(weight.raw)} replaces another {show(name)}; the app gets the later one.",
            )
            target.unlink()
        return target

    def _clone(self, weight: Weight) -> tuple[Remote, Path]:
        key = (weight.owner, weight.repository)
        if key not in self._clones:
            remote = self._models.get(weight.repository) or self._project.beside(*key)
            if remote is None:
                raise PreviewError(
                    Text(
                        f"项目旁边没有模型仓库 {weight.repository}，而 config.json 要用它",
                        f"config.json names the model repository {weight.repository}, which is not beside the project",
                    ),
                    Text(
                        f"请把它克隆到项目旁边，或用 --model 指出它在哪里：--model {self._address(weight)}",
                        f"Clone it beside the project, or pass its location: --model {self._address(weight)}",
                    ),
                    "weights",
                )
            self._compare_owner(remote, weight)
            if remote.folder and ((self._worktree and not is_bare(remote.folder)) or is_uncommitted(remote)):
                self._clones[key] = (remote, remote.folder)
            else:
                model = self._folder / str(len(self._clones))
                clone(remote, model)
                warn_uncommitted(self._stages, remote)
                self._clones[key] = (remote, model)
        return self._clones[key]

    def _compare_owner(self, remote: Remote, weight: Weight) -> None:
        """Say where a repository of the right name is another owner's: the platform looks at the one of config.json."""
        origin = Origin.of(read_origin(remote.folder) if remote.folder else remote.address)
        if origin and origin.owner != weight.owner:
            self._stages.warn(
                f"{remote.address} 是 {show(origin.owner)} 的仓库，而 config.json 写的是 {show(weight.owner)}："
                "平台会到后者那里找。",
                f"{remote.address} is a repository of {show(origin.owner)}, but config.json names "
                f"{show(weight.owner)}: the platform looks there.",
            )

    @staticmethod
    def _address(weight: Weight) -> str:
        address: str = platform()["git"]["clone_address"]
        return address.replace("{account}", weight.owner).replace("{repository}", weight.repository)

    def _copy(self, remote: Remote, model: Path, weight: Weight, oid: str, target: Path) -> None:
        source = find_object(remote, model / weight.path, oid, self._folder)
        if source is None:
            raise PreviewError(
                Text(
                    f"{remote.address} 里 {show(weight.path)} 只是 git-lfs 指针，内容不在那里",
                    f"In {remote.address}, {show(weight.path)} is a git-lfs pointer without its content",
                ),
                Text(
                    "请在有该文件的模型仓库里运行 git lfs push --all origin main；没有时先运行 git lfs pull。",
                    "Run git lfs push --all origin main in the model repository that has the file; if it only has a "
                    "pointer there too, run git lfs pull first.",
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
                    f"git-lfs 保存的 {show(weight.path)} 已损坏",
                    f"The git-lfs content of {show(weight.path)} is damaged",
                ),
                Text("请在模型仓库运行 git lfs fsck。", "Run git lfs fsck in the model repository."),
                "object",
            )


def _outside(remote: Remote, weight: Weight) -> PreviewError:
    return PreviewError(
        Text(
            f"{show(weight.raw)} 指向模型仓库 {remote.address} 之外",
            f"{show(weight.raw)} is outside the model repository {remote.address}",
        ),
        Text(
            "请在 config.json 中写仓库里的文件，不要使用 .. 或指向别处的符号链接。",
            "In config.json, name a file in the repository, without .. and without a symbolic link that leads "
            "elsewhere.",
        ),
        "weights",
    )


def _moved_link(remote: Remote, weight: Weight) -> PreviewError:
    return PreviewError(
        Text(
            f"模型仓库 {remote.address} 里的 {show(weight.path)} 是符号链接；平台只移动链接本身，应用打不开它",
            f"In {remote.address}, {show(weight.path)} is a symbolic link; the platform moves only the link itself, "
            "so the app cannot open it",
        ),
        Text("请在 config.json 中写链接所指的文件。", "In config.json, name the file that the link points to."),
        "start",
    )


def _no_file(remote: Remote, weight: Weight) -> PreviewError:
    return PreviewError(
        Text(
            f"模型仓库 {remote.address} 里没有文件 {show(weight.path)}",
            f"The model repository {remote.address} has no file {show(weight.path)}",
        ),
        Text(
            "请检查 config.json 里的路径（区分大小写，不能有空格），以及文件是否已提交；同一个小文件只能列一次。",
            "Check the path in config.json (case-sensitive, no spaces) and that the file is committed; a small file "
            "can be listed only once.",
        ),
        "weights",
    )
