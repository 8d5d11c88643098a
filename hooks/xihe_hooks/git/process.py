"""Git that runs while Python goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import IO

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
    """A git that runs while Python goes on. It writes to memory or to a file, so that nobody need read along.

    FileNotFoundError when there is no git.
    """

    _files: tuple[IO[bytes], ...] = ()

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], stdin: bytes = b"") -> None:
        self._files = _scratch(), _scratch()
        with _scratch(stdin) as given:
            self._wait = _spawn(["git", *arguments], environment, (given, *self._files))
        self._ended: tuple[int, bytes, bytes] | None = None

    def __del__(self) -> None:
        """Close what nobody asked for."""
        for file in self._files:
            file.close()

    def result(self) -> tuple[int, bytes, bytes]:
        """Its exit code, standard output and standard error."""
        if self._ended is None:
            code = self._wait()
            output, errors = (_content(file) for file in self._files)
            self._ended = code, output, errors
        return self._ended


def alone() -> dict[str, str]:
    """The environment of a git that is to find the repository by itself."""
    return {key: value for key, value in os.environ.items() if key not in LOCAL} | ALWAYS


def _spawn(command: list[str], environment: Mapping[str, str], streams: Sequence[IO[bytes]]) -> Callable[[], int]:
    """Start a command with these three standard streams. Returns what waits for its exit code."""
    files = [stream.fileno() for stream in streams]
    if min(files) < 3 or not hasattr(os, "posix_spawnp"):  # a standard stream of our own is closed, or this is Windows
        import subprocess  # takes as long to load as git takes to list 10,000 files

        return subprocess.Popen(command, stdin=files[0], stdout=files[1], stderr=files[2], env=environment).wait
    duplicate = [(os.POSIX_SPAWN_DUP2, file, stream) for stream, file in enumerate(files)]
    process = os.posix_spawnp(command[0], command, environment, file_actions=duplicate)
    return lambda: os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _scratch(content: bytes = b"") -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        file: IO[bytes] = os.fdopen(os.memfd_create("git"), "w+b")
    else:
        import tempfile

        file = tempfile.TemporaryFile()  # noqa: SIM115, who asks closes it
    if content:
        file.write(content)
        file.seek(0)
    return file


def _content(file: IO[bytes]) -> bytes:
    with file:
        file.seek(0)
        return file.read()
