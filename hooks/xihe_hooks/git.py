"""Reads a repository through git's plumbing, byte for byte as git stores it, and never writes to it.

Names come as text decoded with `surrogateescape`, so that any bytes that git accepts as a name survive the round trip.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import IO, TYPE_CHECKING, NamedTuple

from xihe_hooks.display import show
from xihe_hooks.findings import Text

# What is loaded where it is used takes as long to load as git takes to list the files.
if TYPE_CHECKING:
    from pathlib import Path

FILE, EXECUTABLE, SYMLINK, SUBMODULE = 0o100644, 0o100755, 0o120000, 0o160000
READ_LIMIT = 1 << 20
AT_ONCE = 16 << 20

# Compiled when first used: most runs meet no pointer.
_POINTER = rb"(?:\xef\xbb\xbf)?version https?://(?:git-lfs\.github\.com/spec|hawser\.github\.com/spec|git-media\.io)/"
_POINTER_OID = rb"(?m)^oid sha256:([0-9A-Fa-f]{64})\r?$"
_POINTER_SIZE = rb"(?m)^size ([0-9]{1,18})\r?$"
_CANONICAL = rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:[0-9a-f]{64}\nsize [0-9]+\n"

_EMPTY = (
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)
_EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

# `git rev-parse --local-env-vars` without what `git -c` sets. A hook inherits them from the git that runs it, and they
# would turn every look at a second repository into a look at the first.
_LOCAL = (
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
_ALWAYS = {"LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "1"}

# What every check asks.
_LIST = ("ls-files", "-s", "-z")
_TOP = "--show-toplevel"
_EACH_PLACE = (("--git-common-dir",), ("--git-path", "index"), ("--git-path", "hooks"), ("--git-path", "HEAD"))
_PLACES = [word for question in _EACH_PLACE for word in question]
_CONFIGURATION = ("config", "--list", "-z")


class GitError(Exception):
    """The repository cannot be read. `str(error)` is one English sentence: what, where, what to do; `text` has both."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


class TooLarge(GitError):
    """A file is above the 1 MiB that `Tree.read` hands out; `Entry.size` tells its size without reading it."""


class Entry(NamedTuple):
    """One name in a tree or in the index.

    path  relative to the top of the repository, "/" between the parts
    mode  FILE, EXECUTABLE, SYMLINK or SUBMODULE
    oid   name of the blob, or of the commit for a submodule
    size  bytes of the blob; of a symlink, the bytes of its target's name; 0 for a submodule
    """

    path: str
    mode: int
    oid: str
    size: int


class Info(NamedTuple):
    """Type ("blob", "tree", "commit", "tag", or "missing") and size in bytes of an object."""

    kind: str
    size: int


class Pointer(NamedTuple):
    """What git-lfs keeps in git instead of a file's content.

    oid        SHA-256 of the content, "" when the pointer names none
    size       bytes of the content, 0 when the pointer names none
    canonical  whether it is byte for byte what git-lfs writes; the platform takes others for the content itself
    """

    oid: str
    size: int
    canonical: bool

    @classmethod
    def parse(cls, content: bytes) -> Pointer | None:
        """The pointer that a blob of a pointer's size is, or None. Takes whatever a server may take for one: line ends, BOM, version."""
        if not re.match(_POINTER, content):
            return None
        oid, size = re.search(_POINTER_OID, content), re.search(_POINTER_SIZE, content)
        return cls(
            oid[1].decode().lower() if oid else "",
            int(size[1]) if size else 0,
            bool(re.fullmatch(_CANONICAL, content)),
        )


class Entries(Mapping[str, Entry]):
    """The names in a tree, in git's order, and an entry for each that is asked for.

    A check of 10,000 files asks for some dozens: what is asked about all of them goes through whole columns at once.
    """

    def __init__(self, rows: Mapping[str, str], sizes: Callable[[], Sequence[int]]) -> None:
        self._rows = rows  # by path: mode, a blank, whatever, a blank, object
        self._ask_sizes = sizes

    def __getitem__(self, path: str) -> Entry:
        row = self._rows[path]
        return Entry(path, int(row[:6], 8), row[row.rindex(" ") + 1 :], self.sizes[path])

    def __contains__(self, path: object) -> bool:
        return path in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def ending(self, *suffixes: str) -> list[str]:
        """The paths that end with one of these."""
        return self._found(suffix + "\0" for suffix in suffixes)

    def under(self, folder: str) -> list[str]:
        """The paths that lie in a folder."""
        return self._found(["\0" + folder + "/"])

    def holding(self, *parts: str) -> list[str]:
        """The paths in which one of these occurs."""
        return self._found(parts)

    def of_mode(self, mode: int) -> list[str]:
        """The paths of one mode."""
        start = f"{mode:o}"
        return [path for path, row in self._rows.items() if row[:6] == start] if start in self._modes else []

    def of_size(self, least: int, most: int = 1 << 62) -> list[str]:
        """The paths of files of so many bytes, both included."""
        return [path for path, size in self.sizes.items() if least <= size <= most]

    def oids(self, paths: Iterable[str]) -> list[str]:
        """The names of the objects."""
        return [row[row.rindex(" ") + 1 :] for row in map(self._rows.__getitem__, paths)]

    @cached_property
    def tops(self) -> frozenset[str]:
        """What lies at the top: files and folders."""
        return frozenset(re.findall("\0([^/\0]+)", self._text))

    @cached_property
    def _modes(self) -> frozenset[str]:
        return frozenset([row[:6] for row in self._rows.values()])

    @cached_property
    def _text(self) -> str:
        return "\0".join(["", *self._rows, ""])

    def _found(self, parts: Iterable[str]) -> list[str]:
        """The paths in which these parts occur, or with which they begin or end where a part says so by a zero."""
        starts: set[int] = set()
        for part in parts:
            at = self._text.find(part)
            while at >= 0:
                starts.add(self._text.rfind("\0", 0, at + 1) + 1)
                at = self._text.find(part, self._text.find("\0", at + 1))
        return [self._text[start : self._text.index("\0", start)] for start in sorted(starts)]

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each file, by path."""
        return dict(zip(self._rows, self._ask_sizes(), strict=True))


class Tree:
    """One state of the files: the index, or a commit."""

    def __init__(self, repository: Repository, entries: Entries, commit: str | None) -> None:
        self.entries = entries
        self._repository = repository
        self._commit = commit
        self._contents: dict[str, bytes] = {}

    def read(self, path: str) -> bytes:
        """Content of a file, or the target of a symlink, as stored: no filter, no line end conversion.

        KeyError when the tree has no such path, ValueError for a submodule, TooLarge above 1 MiB.
        """
        entry = self.entries[path]
        if entry.mode == SUBMODULE:
            raise ValueError(f"{path} is a submodule")
        if entry.size > READ_LIMIT:
            raise TooLarge(
                f"{show(path)} 有 {entry.size} 字节，超过 1 MiB，不读取其内容；请先移走它。",
                f"{show(path)} has {entry.size} bytes, more than the 1 MiB that is read; move it away first.",
            )
        if entry.oid not in self._contents:
            self._contents.update(self._repository.contents([entry.oid]))
        return self._contents[entry.oid]

    def read_ahead(self, paths: Iterable[str], mark: bytes = b"") -> bool:
        """Fetches many files with one git process; what `read` would refuse is passed over.

        Answers whether the mark is in any of them; where it is not, they have not been kept.
        """
        sizes, submodules = self.entries.sizes, frozenset(self.entries.of_mode(SUBMODULE))
        files = (path for path in paths if path in sizes and sizes[path] <= READ_LIMIT and path not in submodules)
        wanted = set(self.entries.oids(files))
        known = wanted & self._contents.keys()
        self._contents.update(found := self._repository.contents(sorted(wanted - known), mark))
        return bool(found) or any(mark in self._contents[oid] for oid in known)

    def each(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield files with their contents, and keep none of them."""
        named: dict[str, list[str]] = {}
        sizes: dict[str, int] = {}
        for entry in (self.entries[path] for path in paths):
            if entry.oid in self._contents:
                yield entry.path, self._contents[entry.oid]
            else:
                named.setdefault(entry.oid, []).append(entry.path)
                sizes[entry.oid] = entry.size
        for oid, content in self._repository.each(sizes):
            yield from ((path, content) for path in named[oid])

    def filter_attributes(self, paths: Iterable[str] | None = None) -> Mapping[str, str]:
        """Value of the `filter` attribute, by path, for the paths that have one ("lfs" where git-lfs tracks).

        Asks about the tree's own paths, or about those given, which need not be in it. Follows the tracked
        `.gitattributes`, `.git/info/attributes` and the user's attributes file.
        """
        return self._filters if paths is None else self._ask(paths)

    @cached_property
    def _filters(self) -> Mapping[str, str]:
        return self._ask(self.entries)

    def _ask(self, paths: Iterable[str]) -> Mapping[str, str]:
        if not self._names_a_filter():
            return {}
        if self._commit is None:
            return self._repository.attributes("filter", paths)
        import tempfile  # takes as long to load as git takes to list the files

        # `check-attr --source` came with git 2.40: a private index of the commit asks the same of any version.
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": os.path.join(folder, "index")}
            self._repository.git("read-tree", self._commit, environment=index)
            return self._repository.attributes("filter", paths, environment=index)

    def _names_a_filter(self) -> bool:
        # Asking about 10,000 paths takes longer than listing them, and most repositories name no filter at all.
        tracked = self.entries.ending(".gitattributes")
        self.read_ahead(tracked)
        texts = [self._contents.get(self.entries[path].oid, b"filter") for path in tracked]
        return any(b"filter" in text for text in (*texts, *self._repository.private_attributes()))


class Repository:
    """A repository with files: the top of its working tree, and the git that answers for it."""

    def __init__(self, folder: str, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._started: dict[tuple[str, ...], Running] = {}

    @property
    def top(self) -> Path:
        """The folder at the top of the working tree."""
        from pathlib import Path

        return Path(self._folder)

    @classmethod
    def find(cls, path: str | os.PathLike[str]) -> Repository:
        """The repository that holds `path`, a folder or a file in it.

        GitError: not a repository, bare, of another owner ("dubious ownership"), or no git on PATH. A broken index is
        told by `index`, the first to read it.
        """
        folder = os.fspath(path) if os.path.isdir(path) else os.path.dirname(path) or os.curdir
        alone = {key: value for key, value in os.environ.items() if key not in _LOCAL} | _ALWAYS
        inherited = dict(os.environ) | _ALWAYS
        if any(key in inherited for key in ("GIT_DIR", "GIT_INDEX_FILE")):
            ours, theirs = _locate(folder, alone), _locate(os.curdir, inherited)
            if theirs and (ours == theirs or ours is None and _lies_in(folder, theirs[0])):
                return cls(theirs[0], _settle(inherited, *theirs))
        told = _text(_output(["-C", folder, "rev-parse", _TOP, *_PLACES], alone, os.fspath(path)))
        top, *places = told.split("\n")[:-1]
        if len(places) != len(_EACH_PLACE):  # a name with a line end in it
            top, places = _text(_output(["-C", folder, "rev-parse", _TOP], alone, folder)).removesuffix("\n"), []
        repository = cls(top, alone)
        if places and os.path.samefile(folder, top):  # elsewhere they may be told relative to the folder
            repository._places = [os.path.join(top, place) for place in places]
        return repository

    def git(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """Standard output of one git command at the top. GitError with git's own first line when it fails."""
        started = self._started.pop(arguments, None)
        return (started or self._run(*arguments, stdin=stdin, environment=environment)).result()

    def start(self) -> None:
        """Let git begin with what every check asks of it, while Python goes on."""
        for question in (_LIST, _CONFIGURATION):
            self._started[question] = self._run(*question)

    def index(self) -> Tree:
        """What the next commit would hold: intent-to-add entries are left out, of an unmerged path our side counts.

        Heeds GIT_INDEX_FILE, which `git commit FILE` points at the index of that one commit. GitError when the index
        is broken.
        """
        self._verify_index()
        listing = _text(self.git(*_LIST))
        records = listing.split("\0")[:-1]
        tab = records[0].index("\t") if records else 0  # mode, blank, object, blank, stage: of one width in all
        end = tab - 2
        rows = {record[tab + 1 :]: record[:end] for record in records if record[tab - 1] == "0"}
        if len(rows) < len(records):
            # Of the sides, ours comes last and stays.
            unmerged = sorted((r for r in records if r[tab - 1] != "0"), key=lambda r: "132".index(r[tab - 1]))
            rows |= {record[tab + 1 :]: record[:end] for record in unmerged}
        if any(oid in listing for oid in _EMPTY):
            for path in self._intended([path for path, row in rows.items() if row.endswith(_EMPTY)]):
                rows.pop(path, None)
        return Tree(self, self._entries(rows), None)

    def head(self) -> Tree | None:
        """What the checked-out commit holds; None in a repository without commits."""
        return self.commit("HEAD")

    def commit(self, revision: str) -> Tree | None:
        """What a commit holds; None when there is no such commit."""
        commit = self.resolve(revision)
        if commit is None:
            return None
        records = _records(self.git("ls-tree", "-r", "-z", "--full-tree", commit))
        pairs = (record.partition("\t") for record in records)
        return Tree(self, self._entries({path: meta for meta, _, path in pairs}), commit)

    def resolve(self, revision: str) -> str | None:
        """Full name of the commit that a revision means, or None."""
        try:
            commit = self.git("rev-parse", "--verify", "--quiet", revision + "^{commit}")
        except GitError:
            return None
        return commit.decode().strip()

    @cached_property
    def branch(self) -> str | None:
        """Name of the checked-out branch, also before its first commit; None when HEAD is detached."""
        ref = _text(_read(self._places[3]).removesuffix(b"\n")).removeprefix("ref: ")
        if not ref.startswith("refs/heads/") or ref == "refs/heads/.invalid":  # which is how other ref stores fill it
            try:
                ref = _text(self.git("symbolic-ref", "--quiet", "HEAD").removesuffix(b"\n"))
            except GitError:
                return None
        return ref.removeprefix("refs/heads/")

    @property
    def hooks_folder(self) -> str:
        """Where git looks for hooks: `core.hooksPath` when set, else the folder that all worktrees share."""
        return self._places[2]

    @property
    def common_folder(self) -> str:
        """The `.git` folder that all worktrees share."""
        return self._places[0]

    def has_lfs_object(self, oid: str) -> bool:
        """Whether git-lfs holds the content of this SHA-256 here, in its storage or in that of an alternate."""
        parts = ("objects", oid[:2], oid[2:4], oid)
        return oid == _EMPTY_SHA256 or any(os.path.isfile(os.path.join(store, *parts)) for store in self._lfs_stores)

    def config(self, key: str) -> str | None:
        """Last value of a configuration key, "" for a key without a value, None when it is not set."""
        section, _, name = key.rpartition(".")
        section, dot, subsection = section.partition(".")
        return self._configuration.get(f"{section.lower()}{dot}{subsection}.{name.lower()}")

    def information(self, oids: Sequence[str]) -> list[Info]:
        """Type and size of each object, in the order asked, by one git process."""
        if not oids:
            return []
        check = "--batch-check=%(objecttype) %(objectsize)"
        lines = self.git("cat-file", check, "--buffer", stdin="".join(f"{oid}\n" for oid in oids).encode()).decode()
        fields = (line.split() for line in lines.splitlines())
        return [Info(a, int(b)) if b != "missing" else Info("missing", 0) for a, b in fields]

    def contents(self, oids: Sequence[str], mark: bytes = b"") -> dict[str, bytes]:
        """Content of each object by its name, by one git process; nothing where the mark is in none of them.

        GitError when one is missing.
        """
        if not oids:
            return {}
        running = [self._run("cat-file", "--batch", "--buffer", stdin=part) for part in _parts(oids)]
        data = b"".join([answer.result() for answer in running])
        if mark not in data and b" missing\n" not in data:
            return {}
        found: dict[str, bytes] = {}
        at = 0
        for oid in oids:
            end = data.index(b"\n", at)
            fields = data[at:end].split()
            if fields[-1] == b"missing":
                raise self._missing(oid)
            start, size = end + 1, int(fields[-1])
            found[oid] = data[start : start + size]
            at = start + size + 1
        return found

    def each(self, sizes: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
        """Yield objects with their contents, fetched some megabytes at a time."""
        some, size = [], 0
        for oid in sizes:
            some.append(oid)
            size += sizes[oid]
            if size > AT_ONCE:
                yield from self.contents(some).items()
                some, size = [], 0
        yield from self.contents(some).items()

    def changes(self) -> list[str] | None:
        """The files that the next commit adds or changes; None where it is the first one."""
        try:
            output = self.git("diff-index", "--cached", "--name-only", "--no-renames", "--diff-filter=d", "-z", "HEAD")
        except GitError:
            return None
        return _records(output)

    def attributes(
        self, name: str, paths: Iterable[str], environment: Mapping[str, str] | None = None
    ) -> Mapping[str, str]:
        """Value of one attribute, as the index has it, by path; unset and unspecified ones are left out."""
        stdin = b"".join(_bytes(path) + b"\0" for path in paths)
        output = self.git("check-attr", "--cached", "-z", "--stdin", name, stdin=stdin, environment=environment)
        fields = output.split(b"\0")
        pairs = zip(fields[0::3], fields[2::3], strict=False)
        return {_text(path): _text(value) for path, value in pairs if value not in (b"unspecified", b"unset")}

    def private_attributes(self) -> list[bytes]:
        """Content of the attributes files that are not tracked: the repository's own and the user's.

        The system's is left out: git below 2.41 does not tell where it lies.
        """
        home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
        user = self.config("core.attributesfile") or os.path.join(home, "git", "attributes")
        own = os.path.join(self._places[0], "info", "attributes")
        return [
            content for file in (own, os.path.join(self._folder, os.path.expanduser(user))) if (content := _read(file))
        ]

    def _verify_index(self) -> None:
        # Git reads an index that was cut off without a word, and lists names and objects that never were.
        import hashlib

        content = _read(self._places[1])
        sums = {content[-20:]: hashlib.sha1, content[-32:]: hashlib.sha256}
        unset = content.endswith(b"\0" * 20)  # index.skipHash
        if content and not unset and all(make(content[: -len(s)]).digest() != s for s, make in sums.items()):
            raise _failure(self._folder, "index file checksum does not match")

    @cached_property
    def _places(self) -> list[str]:
        lines = _text(self.git("rev-parse", *_PLACES)).split("\n")[:-1]
        if len(lines) != len(_EACH_PLACE):  # a name with a line end in it
            asked = (self.git("rev-parse", *question) for question in _EACH_PLACE)
            lines = [_text(answer.removesuffix(b"\n")) for answer in asked]
        return [os.path.join(self._folder, line) for line in lines]

    @cached_property
    def _configuration(self) -> Mapping[str, str]:
        pairs = (record.partition("\n") for record in _records(self.git(*_CONFIGURATION)))
        return {key: value for key, _, value in pairs}

    @cached_property
    def _lfs_stores(self) -> list[str]:
        common = self._places[0]
        objects = os.path.join(common, "objects")
        lines = _read(os.path.join(objects, "info", "alternates")).splitlines()
        others = (os.path.dirname(os.path.join(objects, _text(line))) for line in lines if line)
        own = os.path.join(common, os.path.expanduser(self.config("lfs.storage") or "lfs"))
        return [own, *(os.path.join(other, "lfs") for other in others)]

    def _entries(self, rows: Mapping[str, str]) -> Entries:
        def sizes() -> Sequence[int]:
            known = self._sizes(running)
            rest = iter(known)
            return [0 if path in submodules else next(rest) for path in rows] if submodules else known

        entries = Entries(rows, sizes)
        submodules = frozenset(entries.of_mode(SUBMODULE))
        files = [row for path, row in rows.items() if path not in submodules] if submodules else list(rows.values())
        start = files[0].rindex(" ") + 1 if files else 0  # of one width in all
        check = ("cat-file", "--batch-check=%(objectsize)", "--buffer")
        running = [self._run(*check, stdin=part) for part in _parts([row[start:] for row in files])]
        return entries

    def _run(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Running:
        settings = {**self._environment, **(environment or {})}
        return Running(["-C", self._folder, *arguments], settings, self._folder, stdin)

    def _sizes(self, answers: Sequence[Running]) -> list[int]:
        lines = b"".join([answer.result() for answer in answers]).decode().splitlines()
        try:
            return list(map(int, lines))
        except ValueError:
            lost = next(line for line in lines if not line.isdigit())
            raise self._missing(lost.split(" ")[0]) from None

    def _intended(self, empty: Sequence[str]) -> Iterator[str]:
        # `git add -N` stages the empty blob; only these are compared with the disk, since that stats every path.
        for start in range(0, len(empty), 500):
            some = empty[start : start + 500]
            output = self.git("diff-files", "-z", "--name-only", "--diff-filter=A", "--", *some)
            yield from _records(output)

    def _missing(self, oid: str) -> GitError:
        return GitError(
            f"{self._folder} 缺少对象 {oid}；请运行 git fsck，并从远程仓库重新获取（git fetch）。",
            f"{self._folder} lacks the object {oid}; run git fsck, and fetch it again from the remote (git fetch).",
        )


class Running:
    """A git that runs while Python goes on. It writes to memory or to a file, so that nobody need read along."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], where: str, stdin: bytes = b""
    ) -> None:
        self._where, self._output, self._errors = where, _scratch(), _scratch()
        with _scratch(stdin) as given:
            try:
                self._wait = _spawn(["git", *arguments], environment, (given, self._output, self._errors))
            except FileNotFoundError:
                raise GitError(
                    f"找不到 git 命令，无法读取 {where}；请安装 git 并把它加入 PATH。",
                    f"There is no git command to read {where} with; install git and put it on PATH.",
                ) from None

    def result(self) -> bytes:
        """Its standard output. GitError with git's own first line when it fails."""
        code, output, errors = self._ended
        if code:
            raise _failure(self._where, _text(errors))
        return output

    @cached_property
    def _ended(self) -> tuple[int, bytes, bytes]:
        code = self._wait()
        with self._output, self._errors:
            self._output.seek(0)
            self._errors.seek(0)
            return code, self._output.read(), self._errors.read()


def _spawn(command: list[str], environment: Mapping[str, str], streams: Sequence[IO[bytes]]) -> Callable[[], int]:
    """Start a command with these three standard streams. Returns what waits for its exit code."""
    files = [stream.fileno() for stream in streams]
    if min(files) < 3 or not hasattr(os, "posix_spawnp"):  # a standard stream of our own is closed, or this is Windows
        import subprocess

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


def _parts(oids: Sequence[str]) -> list[bytes]:
    """What to ask several gits about many objects: one reads them one after another."""
    count = min(os.cpu_count() or 1, 4, len(oids) // 1000 + 1)
    step = len(oids) // count + 1
    return ["\n".join([*oids[start : start + step], ""]).encode() for start in range(0, len(oids), step)]


def _read(name: str) -> bytes:
    if not os.path.isfile(name):
        return b""
    with open(name, "rb") as file:
        return file.read()


def _lies_in(path: str, folder: str) -> bool:
    return os.path.join(os.path.realpath(path), "").startswith(os.path.join(os.path.realpath(folder), ""))


def _locate(folder: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    at = ["-C", folder, "rev-parse"]
    try:
        lines = _text(_output([*at, "--show-toplevel", "--absolute-git-dir"], environment, "")).split("\n")[:-1]
        if len(lines) != 2:  # of a place with a line end in its name
            asked = (
                _output([*at, question], environment, "") for question in ("--show-toplevel", "--absolute-git-dir")
            )
            lines = [_text(answer.removesuffix(b"\n")) for answer in asked]
    except GitError:
        return None
    return lines[0], lines[1]


def _settle(environment: dict[str, str], top: str, git: str) -> dict[str, str]:
    # What git hands to a hook may be relative to the folder that the hook runs in.
    settled = environment | {"GIT_DIR": git, "GIT_WORK_TREE": top}
    if "GIT_INDEX_FILE" in settled:
        settled["GIT_INDEX_FILE"] = os.path.join(top, settled["GIT_INDEX_FILE"])
    return settled


def _output(arguments: Sequence[str], environment: Mapping[str, str], where: str) -> bytes:
    return Running(arguments, environment, where).result()


def _failure(where: str, said: str) -> GitError:
    reason = next((line.removeprefix("fatal: ").removeprefix("error: ") for line in said.splitlines() if line), "?")
    for sign, zh, en in _REASONS:
        if sign in said:
            return GitError(zh.format(where=where, reason=reason), en.format(where=where, reason=reason))
    return GitError(
        f"git 无法读取 {where}({reason}）；请先在该处运行 git status 查明原因。",
        f"Git cannot read {where} ({reason}); run git status there to see why.",
    )


_REASONS = (
    (
        "not a git repository",
        "{where} 不在 git 仓库中；请在克隆下来的项目或模型文件夹中运行，或先运行 git init。",
        "{where} lies in no git repository; run this in the folder of the cloned project or model, or git init first.",
    ),
    (
        "must be run in a work tree",
        "{where} 是裸仓库或位于 .git 文件夹内，没有可检查的文件；请在它的克隆中运行。",
        "{where} is a bare repository or lies in a .git folder, without files to check; run this in a clone of it.",
    ),
    (
        "dubious ownership",
        '{where} 属于另一个用户，git 拒绝读取；请运行 git config --global --add safe.directory "{where}"。',
        '{where} belongs to another user and git will not read it; run git config --global --add safe.directory "{where}".',
    ),
    (
        "cannot change to",
        "没有名为 {where} 的文件夹；请检查路径。",
        "There is no folder {where}; check the path.",
    ),
    (
        "index file",
        "{where} 的索引已损坏（{reason}）；请删除 .git/index 后运行 git reset。",
        "The index of {where} is broken ({reason}); delete .git/index and run git reset.",
    ),
    (
        "index uses",
        "{where} 的索引无法读取（{reason}）；请升级 git。",
        "The index of {where} cannot be read ({reason}); upgrade git.",
    ),
    (
        "bad signature",
        "{where} 的索引已损坏（{reason}）；请删除 .git/index 后运行 git reset。",
        "The index of {where} is broken ({reason}); delete .git/index and run git reset.",
    ),
)


def _records(output: bytes) -> list[str]:
    return _text(output).split("\0")[:-1]


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
