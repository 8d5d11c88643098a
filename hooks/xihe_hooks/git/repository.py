"""Reads a repository through git's plumbing, byte for byte as git stores it, and never writes to it.

Names of a tree come as UTF-8 decoded with `surrogateescape`, so that any bytes that git accepts as a name survive the
round trip; `native` turns one into what the system's calls take, whose encoding the locale decides.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from xihe_hooks.git.entries import FILE, SUBMODULE, SYMLINK, Entries
from xihe_hooks.git.errors import GitError, TooLarge, failure, missing
from xihe_hooks.git.objects import Contents, Info, parts
from xihe_hooks.git.process import (
    ALWAYS,
    Running,
    clean_environment,
    native,
    result_of,
    run,
    split_records,
    to_bytes,
    to_text,
)
from xihe_hooks.language import show

# What is loaded where it is used takes as long to load as git takes to list the files.
if TYPE_CHECKING:
    from pathlib import Path

_PLAIN = f"{FILE:o}"
READ_LIMIT = 1 << 20
AT_ONCE = 16 << 20

_EMPTY = (
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)
_EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

# What checks ask.
_TOP = "--show-toplevel"
_EACH_PATH = (("--git-common-dir",), ("--git-path", "index"), ("--git-path", "hooks"), ("--git-path", "HEAD"))
_PATHS = [word for question in _EACH_PATH for word in question]


class Tree:
    """One state of the files: the index, or a commit."""

    def __init__(self, repository: Repository, entries: Entries, commit: str | None) -> None:
        self.entries = entries
        self._repository = repository
        self._commit = commit
        self._batches: list[Contents] = []
        self._fetched: dict[str, Contents] = {}  # by the object's name

    def read(self, path: str) -> bytes:
        """Content of a file, or the target of a symlink, as stored: no filter, no line end conversion.

        KeyError when the tree has no such path, ValueError for a submodule, TooLarge above 1 MiB.
        """
        entry = self.entries[path]
        if entry.mode == SUBMODULE:
            raise ValueError(f"{path} is a submodule")
        if entry.size > READ_LIMIT:
            raise TooLarge(
                f"{show(path)} 有 {entry.size} 字节，超过 1 MiB 的上限；请先移走它。",
                f"{show(path)} has {entry.size} bytes, more than the limit of 1 MiB; move it away first.",
            )
        if entry.mode == SYMLINK and entry.oid not in self._fetched:  # who reads one link goes on to the next
            self.read_ahead(self.entries.of_mode(SYMLINK))
        self._fetch([entry.oid])
        return self._fetched[entry.oid][entry.oid]

    def renamed(self, old: str, new: str) -> Tree:
        """The tree as it would be with a file or folder called otherwise."""
        names = {path: path for path in self.entries} | {
            path: new + path[len(old) :] for path in self.entries.under(old)
        }
        names |= {old: new} if old in self.entries else {}
        modes = {names[path]: self.entries[path].mode for path in names}
        modes = {path: mode for path, mode in modes.items() if mode != FILE}
        entries = Entries(list(names.values()), self.entries.oids(names), modes, lambda: self.entries.sizes)
        return Tree(self._repository, entries, self._commit)

    def read_ahead(self, paths: Iterable[str]) -> None:
        """Let git fetch many files at once while Python goes on; what `read` would refuse is passed over."""
        self._fetch(self._readable(paths))

    def any_holds(self, mark: bytes) -> bool:
        """Whether the mark is in a file that has been fetched: a quick look at many."""
        return any(batch.contains(mark) for batch in self._batches)

    def each(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield files with their contents, and keep none of them."""
        named: dict[str, list[str]] = {}
        sizes: dict[str, int] = {}
        for entry in (self.entries[path] for path in paths):
            if entry.oid in self._fetched:
                yield entry.path, self._fetched[entry.oid][entry.oid]
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
            return self._set(paths)
        import tempfile  # takes as long to load as git takes to list the files

        # `check-attr --source` came with git 2.40: a private index of the commit asks the same of any version.
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": os.path.join(folder, "index")}
            self._repository.git("read-tree", self._commit, environment=index)
            return self._set(paths, index)

    def _set(self, paths: Iterable[str], environment: Mapping[str, str] | None = None) -> Mapping[str, str]:
        found = self._repository.attributes("filter", paths, environment)
        return {path: value for path, value in found.items() if value != "unset"}

    def _names_a_filter(self) -> bool:
        # Asking about 10,000 paths takes longer than listing them, and most repositories name no filter at all.
        tracked = self.entries.ending(".gitattributes")
        if len(self._readable(tracked)) < len(tracked) or any(b"filter" in self.read(path) for path in tracked):
            return True
        return any(b"filter" in text for text in self._repository.private_attributes())

    def _readable(self, paths: Iterable[str]) -> list[str]:
        entries, submodules = self.entries, frozenset(self.entries.of_mode(SUBMODULE))
        files = (path for path in paths if path in entries and path not in submodules)
        return entries.oids(path for path in files if entries.size(path) <= READ_LIMIT)

    def _fetch(self, oids: Iterable[str]) -> None:
        if new := [oid for oid in dict.fromkeys(oids) if oid not in self._fetched]:
            batch = self._repository.contents(new)
            self._batches.append(batch)
            self._fetched |= dict.fromkeys(new, batch)


class Repository:
    """A repository with files: the top of its working tree, and the git that answers for it."""

    def __init__(self, folder: str, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment

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
        if not os.path.exists(path):
            raise failure(os.fspath(path), "cannot change to it")
        folder = _absolute(path if os.path.isdir(path) else os.path.dirname(path) or os.curdir)
        own = clean_environment()
        inherited = dict(os.environ) | ALWAYS
        if any(key in inherited for key in ("GIT_DIR", "GIT_INDEX_FILE")):
            ours, theirs = _locate(folder, own), _locate(os.curdir, inherited)
            if theirs and (ours == theirs or (ours is None and _lies_in(folder, theirs[0]))):
                return cls(theirs[0], _settle(inherited, *theirs))
        where = os.fspath(path)
        answer = run(("-C", folder, "rev-parse", _TOP, *_PATHS), own, where)
        top, *paths = os.fsdecode(result_of(answer, where)).split("\n")[:-1]
        if len(paths) != len(_EACH_PATH):  # a name with a line end in it
            line = result_of(run(("-C", folder, "rev-parse", _TOP), own, where), where)
            top, paths = os.fsdecode(line.removesuffix(b"\n")), []
        repository = cls(top, own)
        if paths and os.path.samefile(folder, top):  # elsewhere they may be told relative to the folder
            repository._paths = [os.path.join(top, path) for path in paths]
        return repository

    def git(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """Standard output of one git command at the top. GitError with git's own first line when it fails."""
        return result_of(self._run(*arguments, stdin=stdin, environment=environment), self._folder)

    def index(self) -> Tree:
        """What the next commit would hold: intent-to-add entries are left out, of an unmerged path our side counts.

        Heeds GIT_INDEX_FILE, which `git commit FILE` points at the index of that one commit. GitError when the index
        is broken.
        """
        listed_by_git = self._run("ls-files", "-s", "-z")
        self.fetch_absent("--indexed-objects")
        listing = to_text(result_of(listed_by_git, self._folder))
        records = listed = listing.split("\0")[:-1]
        tab = records[0].index("\t") if records else 0  # mode, blank, object, blank, stage: of one width in all
        end = tab - 2
        oids = [record[7:end] for record in records]
        ask = self._ask_sizes(oids)
        self._verify_index()
        modes: dict[str, int] = {}
        if not {record[:6] + record[tab - 1] for record in records} <= {_PLAIN + "0"}:
            # Of the sides of an unmerged path, ours comes last and stays.
            sides = sorted(records, key=lambda record: "0132".index(record[tab - 1]))
            records = list({record[tab:]: record for record in sides}.values())
            modes = {record[tab + 1 :]: int(record[:6], 8) for record in records if record[:6] != _PLAIN}
        if any(oid in listing for oid in _EMPTY):
            intended = frozenset(self._intended([r[tab + 1 :] for r in records if r[:end].endswith(_EMPTY)]))
            records = [record for record in records if record[tab + 1 :] not in intended]
        if records != listed:
            oids = [record[7:end] for record in records]
            ask = self._ask_sizes(oids)
        return Tree(self, self._entries([record[tab + 1 :] for record in records], oids, modes, ask), None)

    def head(self) -> Tree | None:
        """What the checked-out commit holds; None in a repository without commits."""
        return self.commit("HEAD")

    def commit(self, revision: str) -> Tree | None:
        """What a commit holds; None when there is no such commit."""
        commit = self.resolve(revision)
        if commit is None:
            return None
        records = split_records(self.git("ls-tree", "-r", "-z", "--full-tree", commit))
        pairs = [record.split("\t", 1) for record in records]
        oids = [head.rpartition(" ")[2] for head, _ in pairs]
        modes = {path: int(head[:6], 8) for head, path in pairs if head[:6] != _PLAIN}
        paths = [path for _, path in pairs]
        return Tree(self, self._entries(paths, oids, modes, lambda: self._ask_sizes(oids)()), commit)

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
        ref = to_text(_read(self._paths[3]).removesuffix(b"\n")).removeprefix("ref: ")
        if not ref.startswith("refs/heads/") or ref == "refs/heads/.invalid":  # which is how other ref stores fill it
            try:
                ref = to_text(self.git("symbolic-ref", "--quiet", "HEAD").removesuffix(b"\n"))
            except GitError:
                return None
        return ref.removeprefix("refs/heads/")

    @property
    def hooks_folder(self) -> str:
        """Where git looks for hooks: `core.hooksPath` when set, else the folder that all worktrees share."""
        return self._paths[2]

    @property
    def common_folder(self) -> str:
        """The `.git` folder that all worktrees share."""
        return self._paths[0]

    @property
    def private_folder(self) -> str:
        """The `.git` folder of this working tree alone."""
        return os.path.dirname(self._paths[3])

    @property
    def remotes(self) -> list[str]:
        """Names of the remotes that have an address, in the order of the configuration."""
        keys = (key for key in self._configuration if key.startswith("remote.") and key.endswith(".url"))
        return [key[len("remote.") : -len(".url")] for key in keys]

    def lfs_object(self, oid: str) -> str | None:
        """Path of the content of this SHA-256 in git-lfs's storage here, or in that of an alternate; None without."""
        paths = (os.path.join(store, "objects", oid[:2], oid[2:4], oid) for store in self._lfs_stores)
        return next(filter(os.path.isfile, paths), None)

    def has_lfs_object(self, oid: str) -> bool:
        """Whether git-lfs needs nothing more to upload this content: it is here, or it is the empty one."""
        return oid == _EMPTY_SHA256 or self.lfs_object(oid) is not None

    def config(self, key: str) -> str | None:
        """Last value of a configuration key, "" for a key without a value, None when it is not set."""
        section, _, name = key.rpartition(".")
        section, dot, subsection = section.partition(".")
        return self._configuration.get(f"{section.lower()}{dot}{subsection}.{name.lower()}")

    def config_scope(self, key: str) -> str | None:
        """Where a configuration key is set: "system", "global", "local", "worktree" or "command"; None when it is not."""
        try:
            return self.git("config", "--show-scope", "--get", key).split()[0].decode()
        except (GitError, IndexError):
            return None

    def information(self, oids: Sequence[str]) -> list[Info]:
        """Type and size of each object, in the order asked, by one git process."""
        if not oids:
            return []
        check = "--batch-check=%(objecttype) %(objectsize)"
        lines = self.git("cat-file", check, "--buffer", stdin="".join(f"{oid}\n" for oid in oids).encode()).decode()
        fields = (line.split() for line in lines.splitlines())
        return [Info(a, int(b)) if b != "missing" else Info("missing", 0) for a, b in fields]

    def contents(self, oids: Sequence[str]) -> Contents:
        """The contents of objects, which git fetches while Python goes on."""
        answers = [self._run("cat-file", "--batch", "--buffer", stdin=part) for part in parts(oids)]
        return Contents(oids, answers, self._folder)

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

    def fetch_absent(self, *revisions: str, stdin: bytes = b"") -> None:
        """In a partial clone, fetch what these revisions reach and the clone left out: at once, not object by object."""
        promising = [
            key[len("remote.") : -len(".promisor")] for key in self._configuration if key.endswith(".promisor")
        ]
        if not promising:
            return
        listed = self.git("rev-list", "--objects", "--missing=print", *revisions, stdin=stdin).splitlines()
        absent = b"".join(line[1:] + b"\n" for line in listed if line.startswith(b"?"))
        if absent:
            quietly = ("--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none")
            self.git("fetch", *quietly, "--stdin", promising[0], stdin=absent)

    def refs_of(self, remote: str) -> list[str]:
        """The objects that a remote's refs name now, by its own word; none where it does not answer."""
        try:
            output = self.git("ls-remote", "--", remote, environment={"GIT_TERMINAL_PROMPT": "0"})
        except GitError:
            return []
        return [line.split(b"\t")[0].decode() for line in output.splitlines()]

    def changes(self) -> list[str] | None:
        """The files that the next commit adds or changes; None where it is the first one."""
        try:
            output = self.git("diff-index", "--cached", "--name-only", "--no-renames", "--diff-filter=d", "-z", "HEAD")
        except GitError:
            return None
        return split_records(output)

    def status(self) -> list[tuple[str, str]]:
        """The files that differ, by git's short format: a letter for the index, one for the working tree; and the path."""
        # By the user's own configuration: without git-lfs's filter every file that it manages looks changed.
        quietly = ("-c", "core.fsmonitor=false", "status", "--porcelain", "--no-renames", "--untracked-files=all", "-z")
        return [(record[:2], record[3:]) for record in split_records(self.git(*quietly))]

    @contextmanager
    def staged(self) -> Iterator[Repository]:
        """Yield the repository as `git add --all` would leave it. The index and the objects for that are put aside."""
        import tempfile  # takes as long to load as git takes to list the files

        common, index, *_ = self._paths
        objects = [os.path.join(common, "objects"), self._environment.get("GIT_OBJECT_DIRECTORY")]
        alternates = [self._environment.get("GIT_ALTERNATE_OBJECT_DIRECTORIES"), *map(_quoted, filter(None, objects))]
        with tempfile.TemporaryDirectory(prefix="xihe-hooks-") as folder:
            if os.path.exists(index):
                shutil.copy(index, os.path.join(folder, "index"))
            aside = {
                "GIT_INDEX_FILE": os.path.join(folder, "index"),
                "GIT_OBJECT_DIRECTORY": folder,
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(filter(None, alternates)),
            }
            other = Repository(self._folder, {**self._environment, **aside})
            other.git("-c", "core.safecrlf=false", "add", "--all")
            yield other

    def attributes(
        self, name: str, paths: Iterable[str], environment: Mapping[str, str] | None = None
    ) -> Mapping[str, str]:
        """Value of one attribute, as the index has it, by path: "set", "unset", or its value; unspecified are left out."""
        stdin = b"".join(to_bytes(path) + b"\0" for path in paths)
        output = self.git("check-attr", "--cached", "-z", "--stdin", name, stdin=stdin, environment=environment)
        fields = output.split(b"\0")
        pairs = zip(fields[0::3], fields[2::3], strict=False)
        return {to_text(path): to_text(value) for path, value in pairs if value != b"unspecified"}

    def private_attributes(self) -> list[bytes]:
        """Content of the attributes files that are not tracked: the repository's own and the user's.

        The system's is left out: git below 2.41 does not tell where it lies.
        """
        home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
        user = self.config("core.attributesfile") or os.path.join(home, "git", "attributes")
        own = os.path.join(self._paths[0], "info", "attributes")
        return [
            content
            for file in (own, os.path.join(self._folder, os.path.expanduser(native(user))))
            if (content := _read(file))
        ]

    def _verify_index(self) -> None:
        # Git silently reads a damaged index, and lists names and objects that never existed.
        import hashlib

        content = _read(self._paths[1])
        sums = {content[-20:]: hashlib.sha1, content[-32:]: hashlib.sha256}
        unset = content.endswith(b"\0" * 20)  # index.skipHash
        if content and not unset and all(make(content[: -len(s)]).digest() != s for s, make in sums.items()):
            raise failure(self._folder, "index file checksum does not match")

    @cached_property
    def _paths(self) -> list[str]:
        lines = os.fsdecode(self.git("rev-parse", *_PATHS)).split("\n")[:-1]
        if len(lines) != len(_EACH_PATH):  # a name with a line end in it
            asked = (self.git("rev-parse", *question) for question in _EACH_PATH)
            lines = [os.fsdecode(answer.removesuffix(b"\n")) for answer in asked]
        return [os.path.join(self._folder, line) for line in lines]

    @cached_property
    def _configuration(self) -> Mapping[str, str]:
        pairs = (record.partition("\n") for record in split_records(self.git("config", "--list", "-z")))
        return {key: value for key, _, value in pairs}

    @cached_property
    def _lfs_stores(self) -> list[str]:
        common = self._paths[0]
        objects = os.path.join(common, "objects")
        lines = _read(os.path.join(objects, "info", "alternates")).splitlines()
        others = (os.path.dirname(os.path.join(objects, os.fsdecode(line))) for line in lines if line)
        own = os.path.join(common, os.path.expanduser(native(self.config("lfs.storage") or "lfs")))
        return [own, *(os.path.join(other, "lfs") for other in others)]

    def _ask_sizes(self, oids: Sequence[str]) -> Callable[[], Sequence[str]]:
        check = ("cat-file", "--batch-check=%(objectsize)", "--buffer")
        answers = [self._run(*check, stdin=part) for part in parts(oids)]
        return lambda: b"".join([result_of(answer, self._folder) for answer in answers]).decode().splitlines()

    def _entries(
        self, paths: Sequence[str], oids: Sequence[str], modes: Mapping[str, int], ask: Callable[[], Sequence[str]]
    ) -> Entries:
        def sizes() -> Sequence[int]:
            known = ask()
            if SUBMODULE in modes.values():
                pairs = zip(paths, known, strict=True)
                known = ["0" if modes.get(path) == SUBMODULE else size for path, size in pairs]
            try:
                return list(map(int, known))
            except ValueError:
                lost = next(oid for oid, size in zip(oids, known, strict=True) if not size.isdigit())
                raise missing(self._folder, lost) from None

        return Entries(paths, oids, modes, sizes)

    def _run(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Running:
        settings = {**self._environment, **(environment or {})}
        return run(("-C", self._folder, *arguments), settings, self._folder, stdin)

    def _intended(self, empty: Sequence[str]) -> Iterator[str]:
        # `git add -N` stages the empty blob; only these are compared with the disk, since that stats every path.
        for start in range(0, len(empty), 500):
            some = map(native, empty[start : start + 500])
            output = self.git("diff-files", "-z", "--name-only", "--diff-filter=A", "--", *some)
            yield from split_records(output)


def _quoted(path: str) -> str:
    """A path as one entry of GIT_ALTERNATE_OBJECT_DIRECTORIES, which may have the separator in it."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _read(name: str) -> bytes:
    if not os.path.isfile(name):
        return b""
    with open(name, "rb") as file:
        return file.read()


def _absolute(path: str | os.PathLike[str]) -> str:
    try:
        return os.path.abspath(path)
    except FileNotFoundError:  # in a folder that has been deleted
        return os.fspath(path)


def _lies_in(path: str, folder: str) -> bool:
    return os.path.join(os.path.realpath(path), "").startswith(os.path.join(os.path.realpath(folder), ""))


def _locate(folder: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    def ask(*questions: str) -> str:
        return os.fsdecode(result_of(run(("-C", folder, "rev-parse", *questions), environment, folder), folder))

    questions = (_TOP, "--absolute-git-dir")
    try:
        lines = ask(*questions).split("\n")[:-1]
        if len(lines) != len(questions):  # of a place with a line end in its name
            lines = [ask(question).removesuffix("\n") for question in questions]
    except GitError:
        return None
    return lines[0], lines[1]


def _settle(environment: dict[str, str], top: str, git: str) -> dict[str, str]:
    # What git hands to a hook may be relative to the folder that the hook runs in.
    settled = environment | {"GIT_DIR": git, "GIT_WORK_TREE": top}
    if "GIT_INDEX_FILE" in settled:
        settled["GIT_INDEX_FILE"] = os.path.join(top, settled["GIT_INDEX_FILE"])
    return settled
