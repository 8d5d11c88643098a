"""What adopting adds to a repository and what it leaves alone, file by file; and the writing, which never overwrites."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from xihe_hooks.commands.adopt.reading import README, Reading
from xihe_hooks.commands.adopt.template import AdoptError
from xihe_hooks.data import Data
from xihe_hooks.git.errors import GitError
from xihe_hooks.git.process import native, to_bytes
from xihe_hooks.language import Text, printable, show
from xihe_hooks.readers.answers import NAME as ANSWERS

LISTS = (".gitattributes", ".gitignore")  # each line stands for itself


class File(NamedTuple):
    """A file of the template.

    path     where the template has it
    content  what the template has there
    stands   path of the repository's own file that takes its place, "" where there is none
    diff     what the template would change in that file
    why      why it is left out although nothing takes its place; None where it is not
    """

    path: str
    content: bytes
    stands: str = ""
    diff: tuple[str, ...] = ()
    why: Text | None = None

    @property
    def comes(self) -> bool:
        """Whether it is added."""
        return not self.stands and self.why is None


def compare(reading: Reading, rendered: Mapping[str, bytes | None], demo: Data) -> list[File]:
    """Compare the template's files, by their paths, with what is there; None stands for one that the repository needs not."""
    folder = reading.now["platform"]["files"]["folder"]
    parts = {f"{folder}/{name}" for name in demo["files"]} if reading.kind == "project" and reading.has_app else set()
    files = []
    for path in sorted(rendered, key=lambda path: (path.count("/"), path)):
        content = rendered[path]
        if content is None or path in parts:  # the app is the user's, and so is what goes with it
            continue
        stands = _standing(reading, path)
        if stands:
            files.append(File(path, content, stands, tuple(_diff(reading.repository.top, stands, path, content))))
        else:
            files.append(File(path, content, why=_hindrance(reading.repository.top, path)))
    ignored = _ignored(reading, [file.path for file in files if file.comes])
    why = Text("您的 .gitignore 忽略它", "your .gitignore ignores it")
    return [file._replace(why=why) if file.path in ignored else file for file in files]


def _standing(reading: Reading, path: str) -> str:
    """Return the repository's file that takes the place of one of the template's."""
    top = reading.repository.top
    if os.path.lexists(top / path):
        return path
    if path in reading.names:  # under another name as yet
        return reading.names[path]
    if path == "README.md":
        return reading.readme or ""
    if path == "ruff.toml":  # of several files ruff heeds one alone
        if os.path.lexists(top / ".ruff.toml"):
            return ".ruff.toml"
        pyproject = top / "pyproject.toml"
        if pyproject.is_file() and b"[tool.ruff" in pyproject.read_bytes():
            return "pyproject.toml"
    return ""


def _hindrance(top: Path, path: str) -> Text | None:
    for parent in [top / each for each in PurePosixPath(path).parents][-2::-1]:
        if parent.is_symlink():
            return Text("它的文件夹在这里是符号链接", "its folder is a symbolic link here")
        if parent.exists() and not parent.is_dir():
            return Text("它的文件夹在这里是文件", "its folder is a file here")
    return None


def _ignored(reading: Reading, paths: Iterable[str]) -> set[str]:
    """Return the paths that git would not add."""
    try:
        given = b"".join(to_bytes(path) + b"\0" for path in paths)
        plain = {"GIT_LITERAL_PATHSPECS": "0"}  # which check-ignore refuses, though it takes paths alone
        answer = reading.repository.git("check-ignore", "-z", "--stdin", stdin=given, environment=plain)
        return set(answer.decode().split("\0"))
    except GitError:  # which is how git says that it ignores none
        return set()


def _diff(top: Path, stands: str, path: str, content: bytes) -> Iterator[str]:
    """Yield what the template would change in a file: in a list its missing lines, in a README its missing sections."""
    target = top / native(stands)
    before = target.read_bytes() if target.is_file() and not target.is_symlink() else b""
    if b"\0" in before or b"\0" in content:
        return
    ours, theirs = (each.decode("utf-8", "replace").splitlines() for each in (before, content))
    if path in LISTS:
        theirs = [*ours, *(line for line in theirs if line not in ours)]
    elif README.match(path):
        theirs = [*ours, *_missing_sections(ours, "\n".join(theirs))]
    elif path.endswith("requirements.txt"):  # of a lock the versions count, and not what asks for each
        ours, theirs = (
            [line for line in lines if line.strip() and not line.lstrip().startswith("#")] for lines in (ours, theirs)
        )
    elif stands == "pyproject.toml":
        return
    lines = difflib.unified_diff(ours, theirs, f"a/{stands}", f"b/{path}", lineterm="")
    yield from map(printable, lines)


def _missing_sections(ours: Iterable[str], theirs: str) -> Iterator[str]:
    """Yield the template's sections that the README has not, but for the one about files of its own demo."""
    headings = {line for line in ours if line.startswith("#")}
    for section in re.split(r"(?m)^(?=## )", theirs)[1:]:
        if section.partition("\n")[0] not in headings and "`inference/app.py`" not in section:
            yield from ("", *section.rstrip("\n").splitlines())


def config(weights: Sequence[str]) -> bytes:
    """Return a config.json that names these weights, under both keys that the platform has read."""
    return (
        json.dumps({"pretrain": weights[0], "model_path": list(weights)}, indent=2, ensure_ascii=False) + "\n"
    ).encode()


def write(top: Path, files: Iterable[File]) -> None:
    """Add the files. Where one cannot be written, those before it are taken away again, and AdoptError says why."""
    added: list[Path] = []
    try:
        for file in files:
            target = top / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as stream:  # never over a file that has come in the meantime
                added.append(target)
                stream.write(file.content)
    except BaseException as error:
        for target in reversed(added):
            target.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # the folder is not empty
                os.removedirs(target.parent)
        if not isinstance(error, OSError):
            raise
        raise AdoptError(
            f"无法写入 {show(file.path)}（{error.strerror}）：没有作任何改动；请检查该文件夹，再运行一次。",
            f"{show(file.path)} cannot be written ({error.strerror}): nothing was changed. Check that folder, then "
            "run this again.",
        ) from None


def need_answers(files: Iterable[File]) -> None:
    """AdoptError where the answers file cannot be added, without which nothing could be updated."""
    for file in files:
        if file.path == ANSWERS and not file.comes:
            why = file.why or Text("已有这个文件", "the file exists")
            raise AdoptError(
                f"无法添加 {ANSWERS}（{why.zh}），没有它就不能更新；没有作任何改动。",
                f"{ANSWERS} cannot be added ({why.en}), but updates need it; nothing was changed.",
            )
