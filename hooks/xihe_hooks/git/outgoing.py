"""Reads what a push would bring to the remote: every new object of every ref, also what a later commit removed again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from xihe_hooks.data import BINARY, platform
from xihe_hooks.git.entries import SYMLINK
from xihe_hooks.git.errors import GitError
from xihe_hooks.git.lfs import Pointer
from xihe_hooks.git.repository import Repository, Tree
from xihe_hooks.language import show
from xihe_hooks.readers.secrets import Leak, leaks

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Update(NamedTuple):
    """One line of a pre-push hook's standard input (githooks(5)): a ref, and what it would be on the remote.

    local_ref   what was pushed, as it was written: "refs/heads/main", "HEAD", "(delete)"
    local       object that the ref would name; only zeros when it would be deleted
    remote_ref  full name on the remote
    remote      object that it names there now; only zeros when it is new
    """

    local_ref: str
    local: str
    remote_ref: str
    remote: str

    @property
    def deletes(self) -> bool:
        """Whether the push takes the ref away."""
        return not self.local.strip("0")

    @property
    def creates(self) -> bool:
        """Whether the remote does not have the ref yet."""
        return not self.remote.strip("0")


class Blob(NamedTuple):
    """A content, as the rules read it: one that the index holds, or one that a push would bring.

    path       one name that it has; "" when a tag names the blob itself
    size       in bytes
    pointer    the git-lfs pointer that it is, or None
    lfs        whether git-lfs tracks the path, by the attributes of the index or of the commit pushed
    at_tip     whether the index or a ref would hold it; otherwise a later commit has removed it
    upstream   whether the remote has it already; at a push nothing that it has is listed
    update     the first update that brings it, at a push
    commit     commit that brought it, where one did
    leaks      what in it looks like a secret
    """

    oid: str
    path: str
    size: int
    pointer: Pointer | None
    lfs: bool
    at_tip: bool = True
    upstream: bool = False
    update: Update | None = None
    commit: str | None = None
    leaks: tuple[Leak, ...] = ()


class Push(NamedTuple):
    """One push, as the rules read it.

    updates  what git announces, less what it would delete
    blobs    those above the limit, the pointers, what git-lfs tracks, and those with secrets
    commits  for each ref, how many commits lie between it and the remote's; None where that is not known here
    bases    for each ref, the newest commit of the remote that is known here, to start again from
    remote   name of the remote, or its address
    """

    updates: tuple[Update, ...]
    blobs: tuple[Blob, ...]
    commits: Mapping[Update, int | None]
    bases: Mapping[Update, str | None]
    remote: str


def parse(lines: bytes) -> tuple[Update, ...]:
    """The updates that git announces on a pre-push hook's standard input. GitError when it is not that."""
    updates = []
    for line in lines.decode("utf-8", "surrogateescape").split("\n"):
        if not line:
            continue
        fields = line.rsplit(" ", 3)  # what was pushed may be written with blanks: main@{1 day ago}
        if len(fields) != 4 or not _OID.fullmatch(fields[1]) or not _OID.fullmatch(fields[3]):
            raise GitError(
                f"无法理解 git 传给 pre-push 的这一行：{show(line)}；请让 git push 来运行此命令。",
                f"Cannot read this line, which git does not pass to pre-push: {show(line)}; let git push run this "
                "command.",
            )
        updates.append(Update(*fields))
    return tuple(updates)


def read_push(repository: Repository, updates: Sequence[Update], *, limit: int, remote: str) -> Push:
    """Read what the push would bring, blobs above the limit (in bytes) among it. GitError when git cannot tell.

    Only what the remote is known to have, by its own word, counts as being there: remote-tracking branches may be
    older than a remote that was made anew. Of a new ref git tells nothing, so the remote is asked where that decides.
    """
    live = [update for update in updates if not update.deletes]
    known = _known(repository, [update.remote for update in updates if not update.creates])
    blobs = _blobs(repository, live, known, limit)
    if blobs and any(update.creates for update in live) and (more := _known(repository, repository.refs_of(remote))):
        known = [*known, *more]
        blobs = _blobs(repository, live, known, limit)
    return Push(
        updates=tuple(live),
        blobs=_dated(repository, live, known, blobs),
        commits={update: _distance(repository, update, known) for update in live},
        bases={update: _base(repository, update, known, remote) for update in live},
        remote=remote,
    )


def _known(repository: Repository, oids: Sequence[str]) -> list[str]:
    return [oid for oid, info in zip(oids, repository.information(oids), strict=True) if info.type != "missing"]


def _blobs(repository: Repository, live: Sequence[Update], known: Sequence[str], limit: int) -> list[Blob]:
    brought: dict[str, tuple[str, Update]] = {}
    trees: dict[str, Tree | None] = {}
    ends = "".join(f"{end}\n" for end in (*(update.local for update in live), *(f"^{oid}" for oid in known)))
    repository.fetch_absent("--stdin", stdin=ends.encode())
    for update in live:
        if update.local not in trees:
            trees[update.local] = repository.commit(update.local)
            for oid, path in _objects(repository, update, known):
                brought.setdefault(oid, (path, update))
    sizes = _sizes(repository, brought)
    pointers = _pointers(repository, sizes)
    paths = {brought[oid][0] for oid in sizes} - {""}
    tracked = {path for tree in trees.values() if tree for path in _tracked(tree, paths)}
    leaking = _leaking(repository, {oid: s for oid, s in sizes.items() if 0 < s <= limit}, brought)
    tips = {oid for tree in trees.values() if tree for oid in tree.entries.oids(tree.entries)}
    found = []
    for oid, size in sizes.items():
        path, update = brought[oid]
        if size > limit or oid in pointers or oid in leaking or path in tracked:
            found.append(
                Blob(
                    *(oid, path, size, pointers.get(oid), path in tracked),
                    at_tip=oid in tips or trees[update.local] is None,
                    update=update,
                    leaks=leaking.get(oid, ()),
                )
            )
    return found


def _objects(repository: Repository, update: Update, known: Sequence[str]) -> Iterator[tuple[str, str]]:
    ends = "".join(f"{end}\n" for end in (update.local, *(f"^{oid}" for oid in known)))
    for line in repository.git("rev-list", "--objects", "--stdin", stdin=ends.encode()).split(b"\n"):
        oid, _, path = line.partition(b" ")
        if oid:
            yield oid.decode(), path.decode("utf-8", "surrogateescape")


def _sizes(repository: Repository, oids: Mapping[str, Any]) -> dict[str, int]:
    information = repository.information(list(oids))
    return {oid: info.size for oid, info in zip(oids, information, strict=True) if info.type == "blob"}


def _pointers(repository: Repository, sizes: Mapping[str, int]) -> dict[str, Pointer]:
    least, most = platform()["lfs"]["pointer_bytes"]
    small = [oid for oid, size in sizes.items() if least <= size <= most]
    parsed = {oid: Pointer.parse(content) for oid, content in repository.contents(small).items()}
    return {oid: pointer for oid, pointer in parsed.items() if pointer}


def _leaking(
    repository: Repository, sizes: Mapping[str, int], brought: Mapping[str, tuple[str, Update]]
) -> dict[str, tuple[Leak, ...]]:
    texts = {oid: size for oid, size in sizes.items() if not brought[oid][0].endswith(BINARY)}
    found = ((oid, tuple(leaks(content))) for oid, content in repository.each(texts))
    return {oid: secrets for oid, secrets in found if secrets}


def _tracked(tree: Tree, paths: set[str]) -> Iterator[str]:
    links = set(tree.entries.of_mode(SYMLINK))
    return (path for path, value in tree.filter_attributes(paths).items() if value == "lfs" and path not in links)


def _dated(
    repository: Repository, live: Sequence[Update], known: Sequence[str], blobs: Sequence[Blob]
) -> tuple[Blob, ...]:
    wanted = {blob.oid for blob in blobs}
    origins = _origins(repository, live, known, wanted) if wanted else {}
    return tuple(_from(blob, *origins.get(blob.oid, (None, blob.path))) for blob in blobs)


def _from(blob: Blob, commit: str | None, path: str) -> Blob:
    # `rev-list --objects` ends a name at its first line end.
    whole = path if path.startswith(f"{blob.path}\n") else blob.path
    return blob._replace(commit=commit, path=whole)


def _origins(
    repository: Repository, live: Sequence[Update], known: Sequence[str], wanted: set[str]
) -> Mapping[str, tuple[str, str]]:
    """The oldest commit that brought each blob, and its name there; merges count for what none of their parents had."""
    ends = "".join(f"{end}\n" for end in (*(update.local for update in live), *(f"^{oid}" for oid in known)))
    commits = repository.git("rev-list", "--reverse", "--topo-order", "--stdin", stdin=ends.encode())
    changes = repository.git("diff-tree", "--stdin", "-z", "-r", "-c", "--root", "--no-renames", stdin=commits)
    origins: dict[str, tuple[str, str]] = {}
    commit, records = "", iter(changes.split(b"\0"))
    for record in records:
        if not record.startswith(b":"):
            commit = record.decode()
            continue
        path = next(records).decode("utf-8", "surrogateescape")
        oid = record.split(b" ")[-2].decode()
        if oid in wanted:
            origins.setdefault(oid, (commit, path))
    return origins


def _distance(repository: Repository, update: Update, known: Sequence[str]) -> int | None:
    if update.remote not in known or not repository.resolve(update.local) or not repository.resolve(update.remote):
        return None
    return int(repository.git("rev-list", "--count", f"{update.remote}...{update.local}"))


def _base(repository: Repository, update: Update, known: Sequence[str], remote: str) -> str | None:
    if update.remote in known:
        return repository.resolve(update.remote)
    if not update.creates or not remote:
        return None
    return repository.resolve(f"refs/remotes/{remote}/main")
