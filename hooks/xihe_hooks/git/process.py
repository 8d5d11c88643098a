"""Git that runs while Python goes on."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO

from xihe_hooks.git.errors import GitError, failure

# `git rev-parse --local-env-vars` without what `git -c` sets. A hook inherits them from the git that runs it, and they
# would turn every look at a second repository into a look at the first.
LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
# Messages are matched in English; a replaced object is not what a push sends; status must not refresh the index.
ALWAYS = {"LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "1"}


class Running:
    """A git that runs while Python goes on. It writes to files, so that nobody need read along.

    FileNotFoundError when there is no git.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], stdin: bytes = b"") -> None:
        self._output, self._errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115, closed below
        with tempfile.TemporaryFile() as given:
            given.write(stdin)
            given.seek(0)
            self._process = subprocess.Popen(
                ["git", *arguments], stdin=given, stdout=self._output, stderr=self._errors, env=environment
            )
        self._ended: tuple[int, bytes, bytes] | None = None

    def result(self) -> tuple[int, bytes, bytes]:
        """Its exit code, standard output and standard error."""
        if self._ended is None:
            code = self._process.wait()
            self._ended = code, _content(self._output), _content(self._errors)
        return self._ended


def clean_environment() -> dict[str, str]:
    """The environment of a git that is to find the repository by itself."""
    return {key: value for key, value in os.environ.items() if key not in LOCAL} | ALWAYS


def run(arguments: Sequence[str], environment: Mapping[str, str], where: str, stdin: bytes = b"") -> Running:
    """Start a git; `where` is what it is asked about. GitError when there is no git."""
    try:
        return Running(arguments, environment, stdin)
    except FileNotFoundError:
        raise GitError(
            f"找不到 git 命令，无法读取 {where}；请安装 git 并把它加入 PATH。",
            f"The git command was not found, so {where} cannot be read; install git and add it to PATH.",
        ) from None


def result_of(answer: Running, where: str) -> bytes:
    """Return its standard output. GitError with git's own first line when it failed."""
    code, output, errors = answer.result()
    if code:
        raise failure(where, to_text(errors))
    return output


def split_records(output: bytes) -> list[str]:
    """Return what git ends with zero bytes (-z)."""
    return to_text(output).split("\0")[:-1]


def native(path: str) -> str:
    """A name of a tree or a configured path, as the system's calls and the arguments of commands take it."""
    return os.fsdecode(to_bytes(path))


def to_text(name: bytes) -> str:
    """A name of a tree, whatever its bytes."""
    return name.decode("utf-8", "surrogateescape")


def to_bytes(path: str) -> bytes:
    """The bytes of such a name."""
    return path.encode("utf-8", "surrogateescape")


def _content(file: IO[bytes]) -> bytes:
    with file:
        file.seek(0)
        return file.read()
