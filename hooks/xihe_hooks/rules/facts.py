"""What rules know of a repository: one function a fact, named like it, worked out once and when it is first asked for.

A fact depends on others by the names of its parameters, as rules do. Facts come from git, never from the working tree,
so that what is checked is what would be committed.
"""

from __future__ import annotations

import functools
import itertools
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from xihe_hooks.data import BINARY, Data, packages, platform
from xihe_hooks.git.entries import EXECUTABLE, FILE, SUBMODULE, SYMLINK, Entry
from xihe_hooks.git.errors import GitError, TooLarge
from xihe_hooks.git.lfs import Pointer, oid_line
from xihe_hooks.git.outgoing import Blob, Push
from xihe_hooks.git.repository import Repository, Tree
from xihe_hooks.readers.answers import NAME as ANSWERS
from xihe_hooks.readers.config_json import Config, Fault, read_config, weights
from xihe_hooks.readers.ignores import LIMIT as MOST_IGNORES
from xihe_hooks.readers.ignores import NAME as IGNORES
from xihe_hooks.readers.ignores import Fault as IgnoresFault
from xihe_hooks.readers.ignores import Ignores, read_ignores
from xihe_hooks.readers.secrets import Leak, leaks

if TYPE_CHECKING:  # what loading these takes is felt at each commit
    from pathlib import Path

    from xihe_hooks.git.hooks import HookState
    from xihe_hooks.readers.python_source import Source
    from xihe_hooks.readers.requirements_txt import Row

MOST_MODULES = 200
MOST_NODES = 50_000  # of syntax, of some 500 KB of usual code
DEEPEST = 20  # folders around a module
SEARCHED = 8 << 20  # bytes, some 25 ms
EACH = 4096  # what a file costs beside its bytes, in bytes
MOST_LINKS = 10
LONGEST_NAME = 64  # of which a misspelling is looked for; the time for that grows with the square of it
MOST_NAMES = 500  # among which one is looked for


class Facts:
    """Facts by name. Those that are given stand; the others are worked out from them."""

    def __init__(self, **given: Any) -> None:
        self._known = dict(given)

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            function = FACTS[name]
            self._known[name] = function(**{each: self[each] for each in parameters(function)})
        return self._known[name]

    def add(self, **given: Any) -> None:
        """Give more facts, which stand as well."""
        self._known |= given


FACTS: dict[str, Callable[..., Any]] = {}


def fact(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let rules and other facts ask for what this function works out, by its name."""
    FACTS[function.__name__] = function
    return function


def parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the facts that a fact or a rule reads."""
    code = getattr(function, "__func__", function).__code__
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount]
    return names[1:] if names[:1] == ("self",) else names


fact(packages)
fact(platform)


@fact
def push() -> Push | None:
    """What a push would bring; None at a commit. The check at push gives it."""
    return None


@fact
def tree(repository: Repository) -> Tree:
    """The index: what the next commit holds."""
    return repository.index()


@fact
def upstream(repository: Repository, platform: Data) -> Callable[[], Tree | None]:
    """Answers what the platform has of the branch that it runs, as known here; None before the first push or fetch."""
    return lambda: repository.commit(f"refs/remotes/origin/{platform['git']['branch']}")


@fact
def filters(tree: Tree) -> Mapping[str, str]:
    """Value of the filter attribute, by path."""
    return tree.filter_attributes()


@fact
def attributes(repository: Repository, tree: Tree) -> Callable[[str, Iterable[str]], Mapping[str, str]]:
    """Answers which value of an attribute files have, where a tracked .gitattributes has the attribute at all."""
    texts = [read(tree, path) or b"" for path in tree.entries.ending(".gitattributes")]

    def ask(name: str, paths: Iterable[str]) -> Mapping[str, str]:
        return repository.attributes(name, paths) if any(name.encode() in text for text in texts) else {}

    return ask


@fact
def branch(repository: Repository) -> str | None:
    """The branch that is checked out, None on none."""
    return repository.branch


def read(tree: Tree, path: str) -> bytes | None:
    """Content of a file, through symbolic links; None where there is none that can be read."""
    target = resolve(tree, path)
    if target is None:
        return None
    try:
        return tree.read(target)
    except (KeyError, ValueError, TooLarge):
        return None


def resolve(tree: Tree, path: str) -> str | None:
    """Path of the file that a path leads to through symbolic links; None where that is no file of the repository."""
    for _ in range(MOST_LINKS):
        entry = tree.entries.get(path)
        if entry is None or entry.mode == SUBMODULE:
            return None
        if entry.mode != SYMLINK:
            return path
        path = link_target(tree, path)
    return None


def link_target(tree: Tree, path: str) -> str:
    """Path that a symbolic link names, relative to the top; it begins with ".." or "/" where it leads outside."""
    target = os.fsdecode(tree.read(path))
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def read_ahead(tree: Tree, platform: Data) -> None:
    """Let git begin to fetch what nearly every check reads: of a small repository all, by one process."""
    if not large(len(tree.entries), sum(tree.entries.sizes)):
        tree.read_ahead(tree.entries)
        return
    files = platform["files"]
    served = (f"{files['folder']}/{files[each]}" for each in ("app", "config", "requirements"))
    tree.read_ahead([ANSWERS, *served, *tree.entries.ending(".gitattributes")])


@fact
def folder(tree: Tree, platform: Data) -> str:
    """The folder that the platform starts in, where it is a symbolic link the one that it leads to."""
    name: str = platform["files"]["folder"]
    entry = tree.entries.get(name)
    return link_target(tree, name) if entry and entry.mode == SYMLINK else name


@fact
def inference(tree: Tree, folder: str) -> Mapping[str, Entry]:
    """What lies in that folder, by its path in there."""
    return {path[len(folder) + 1 :]: tree.entries[path] for path in tree.entries.under(folder)}


@fact
def config(tree: Tree, folder: str, platform: Data) -> Config | None:
    """config.json; None where there is none or it is empty, which the platform takes for an app without weights."""
    path = f"{folder}/{platform['files']['config']}"
    source = read(tree, path)
    if source and len(source) > platform["limits"]["file_bytes"]["value"]:
        return Config(path, "", fault=Fault("large"))
    return read_config(path, source) if source else None


@fact
def rows(tree: Tree, folder: str, platform: Data) -> tuple[Row, ...]:
    """The lines of requirements.txt and of the files that it includes."""
    path = f"{folder}/{platform['files']['requirements']}"
    if not read(tree, path):
        return ()
    from xihe_hooks.readers.requirements_txt import read_requirements

    return tuple(read_requirements(path, functools.partial(read, tree)))


@fact
def python(rows: tuple[Row, ...], packages: Data, platform: Data) -> str:
    """The Python that the requirements are for: the image's, or a newer one where a pin is known to need it."""
    least: str = platform["image"]["python"]
    for each in packages["python"]:
        needed = each.get("python", least)
        if any(needs_newer(row, each) for row in rows) and _minor(needed) > _minor(least):
            least = needed
    return least


def needs_newer(row: Row, known: Data) -> bool:
    """Whether a row pins a version that packages.yml knows to need a newer Python."""
    from xihe_hooks.readers.requirements_txt import within

    return row.name == known["package"] and row.pin is not None and within(row.pin, known["versions"])


def _minor(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


@fact
def requirements(rows: tuple[Row, ...], python: str) -> tuple[Row, ...]:
    """The rows that ask for a package by its name and apply on the platform."""
    return tuple(row for row in rows if row.form == "requirement" and row.applies(python))


@fact
def gradio(requirements: tuple[Row, ...]) -> str | None:
    """The version of gradio that is pinned; None where none is."""
    return next((row.pin for row in requirements if row.name == "gradio" and row.pin), None)


@fact
def app(tree: Tree, folder: str, platform: Data, python: str) -> Source | None:
    """app.py; None where there is none."""
    from xihe_hooks.readers.python_source import read_source

    path = f"{folder}/{platform['files']['app']}"
    source = _module(tree, path, platform)
    return None if source is None else read_source(path, source, _minor(python))


def _module(tree: Tree, path: str, platform: Data) -> bytes | None:
    """Content of a module; None where it is too large for the platform, which another rule tells."""
    target = resolve(tree, path)
    most: int = platform["limits"]["file_bytes"]["value"]
    return None if target is None or tree.entries.size(target) > most else read(tree, target)


@fact
def sources(
    app: Source | None, tree: Tree, inference: Mapping[str, Entry], folder: str, python: str, platform: Data
) -> list[Source]:
    """app.py and the modules beside it that it imports, also through each other: so many at most."""
    from xihe_hooks.readers.python_source import read_source

    found: list[Source] = [app] if app else []
    seen = {app.path} if app else set()
    for source in found:
        if enough(found):
            break
        new = [path for path in own_modules(source, inference, folder) if path not in seen]
        new = new[: MOST_MODULES - len(found)]
        seen.update(new)
        tree.read_ahead(new)
        for path in new:
            content = None if enough(found) else _module(tree, path, platform)
            if content is not None:
                found.append(read_source(path, content, _minor(python)))
    return found


def enough(sources: Sequence[Source]) -> bool:
    """Whether so many modules have been read, or such large ones, that no more are."""
    return len(sources) >= MOST_MODULES or sum(len(source.nodes) for source in sources) > MOST_NODES


def own_modules(source: Source, inference: Mapping[str, Entry], folder: str) -> AbstractSet[str]:
    """The files beside app.py that a module's imports run, in their order."""
    files = (path for each in source.imports for path in modules(each.name, inference))
    return dict.fromkeys(f"{folder}/{path}" for path in files).keys()


def modules(name: str, files: Iterable[str]) -> Iterator[str]:
    """Yield the files among these that importing a dotted name runs."""
    parts = name.split(".", DEEPEST)[:DEEPEST]
    for end in range(1, len(parts) + 1):
        path = "/".join(parts[:end])
        yield from (each for each in (f"{path}.py", f"{path}/__init__.py") if each in files)


@fact
def own(inference: Mapping[str, Entry]) -> frozenset[str]:
    """What can be imported from beside app.py: modules, packages, and folders of modules."""
    parts = (path.partition("/") for path in inference)
    return frozenset(
        top if slash else top.removesuffix(".py") for top, slash, _ in parts if slash or top.endswith(".py")
    )


@fact
def pointers(
    tree: Tree, platform: Data, kind: str, binary: frozenset[str], searchable: Sequence[str], searched: Sequence[str]
) -> Mapping[str, Pointer]:
    """The files that are git-lfs pointers, canonical or not.

    In a large project they are looked for where secrets are, and under the names of binary files.
    """
    least, most = platform["lfs"]["pointer_bytes"]
    if kind == "project" and len(searched) < len(searchable):
        files = [path for path in binary.union(searched) if least <= tree.entries.size(path) <= most]
    else:
        files = tree.entries.of_size(least, most)
    return _parse_pointers(tree, files)


def _parse_pointers(tree: Tree, paths: Iterable[str]) -> Mapping[str, Pointer]:
    links = frozenset(tree.entries.of_mode(SYMLINK))
    files = [path for path in paths if path not in links]
    tree.read_ahead(files)
    if not tree.any_holds(b"version http"):
        return {}
    parsed = ((path, Pointer.parse(tree.read(path))) for path in files)
    return {path: pointer for path, pointer in parsed if pointer}


@fact
def leaking(tree: Tree, searched: Sequence[str]) -> Mapping[str, tuple[Leak, ...]]:
    """What looks like a secret in the files that are searched, by path."""
    found = ((path, tuple(leaks(content))) for path, content in tree.each(searched))
    return {path: each for path, each in found if each}


@fact
def blobs(
    tree: Tree,
    upstream: Callable[[], Tree | None],
    filters: Mapping[str, str],
    pointers: Mapping[str, Pointer],
    leaking: Mapping[str, tuple[Leak, ...]],
    platform: Data,
) -> Sequence[Blob]:
    """The contents that are large, pointers, git-lfs's or secret: of the index, unless a push gives what it brings."""
    large = tree.entries.of_size(platform["limits"]["web_bytes"]["value"] + 1)
    tracked = {path for path, value in filters.items() if value == "lfs" and path in tree.entries}
    odd = {*tree.entries.of_mode(SYMLINK), *tree.entries.of_mode(SUBMODULE)}
    known = upstream() if pointers else None
    before = known.entries if known else {}
    return [
        Blob(
            *(entry.oid, path, entry.size, pointers.get(path), path in tracked),
            upstream=path in before and before[path].oid == entry.oid,
            leaks=leaking.get(path, ()),
        )
        for path in sorted({*large, *pointers, *tracked, *leaking} - odd)
        for entry in [tree.entries[path]]
    ]


def _kind(tree: Tree, path: str) -> str:
    """What a path of a model repository is to the start script: see Model.kinds."""
    end = resolve(tree, path)
    if end is None:
        return "dangling"
    if oid_line(read(tree, end) or b""):
        return "pointer"
    return "file" if end == path else "link"


@fact
def binary(tree: Tree) -> frozenset[str]:
    """The files whose names say that they hold no text."""
    return frozenset(tree.entries.ending(*BINARY))


@fact
def searchable(tree: Tree, binary: frozenset[str], platform: Data) -> list[str]:
    """The files that may hold text with a secret in it."""
    files = tree.entries.of_size(1, platform["limits"]["file_bytes"]["value"])
    return [path for path in files if path not in binary] if binary else files


def large(files: int, size: int = 0) -> bool:
    """Whether so many files, of so many bytes, take long to search."""
    return EACH * files + size > SEARCHED


@fact
def searched(tree: Tree, searchable: list[str], folder: str, changes: Callable[[], list[str] | None]) -> Sequence[str]:
    """Those in which secrets are looked for: all, but at a commit to a large repository what is served or changed."""
    count = len(searchable)
    if os.environ.get("CI") or (not large(count) and not large(count, sum(map(tree.entries.size, searchable)))):
        return searchable
    changed = changes()
    if changed is None:
        return searchable
    wanted = frozenset([*tree.entries.under(folder), *changed])
    return [path for path in searchable if path in wanted]


@fact
def changes(repository: Repository) -> Callable[[], list[str] | None]:
    """Answers what the next commit adds or changes; None where it is the first one."""
    return repository.changes


@fact
def ignores(tree: Tree) -> Ignores:
    """What the repository's own file asks not to be told."""
    entry = tree.entries.get(IGNORES)
    if entry and entry.mode in (FILE, EXECUTABLE):
        large = entry.size > MOST_IGNORES
        return Ignores(faults=(IgnoresFault("large", str(entry.size)),)) if large else read_ignores(tree.read(IGNORES))
    absent = entry is None and not tree.entries.has_folder(IGNORES)
    return Ignores() if absent else Ignores(faults=(IgnoresFault("kind", ""),))


@fact
def roots(tree: Tree) -> frozenset[str]:
    """What could be imported if the top of the repository were on Python's path."""
    scripts = [path.split("/", 1)[0] for path in tree.entries.ending(".py")]
    return frozenset(name.removesuffix(".py") for name in scripts)


class Origin(NamedTuple):
    """Where a repository lies on the platform."""

    owner: str
    name: str

    @classmethod
    def of(cls, address: str | None) -> Origin | None:
        """Read a clone address of the platform; None for any other."""
        host = re.escape(platform()["git"]["clone_address"].split("/")[2])
        match = re.search(rf"\A\w+://(?:[^/]*@)?{host}/([^/]+)/([^/]+?)(?:\.git)?/*\Z", address or "")
        return cls(match[1], match[2]) if match else None


class Model(NamedTuple):
    """The model repository beside the project.

    name    of its folder
    paths   of the files in its last commit, and before the first one in its index
    kinds   of those that config.json names: "pointer", "file", "link" to a file, "dangling" link
    staged  what its index holds besides
    owner   whose it is by its address, None where that is not known
    size    bytes of all its files and of what its pointers stand for
    """

    name: str
    paths: frozenset[str]
    kinds: Mapping[str, str] = MappingProxyType({})
    staged: frozenset[str] = frozenset()
    owner: str | None = None
    size: int = 0


@fact
def models(repository: Repository, config: Config | None, platform: Data) -> Mapping[str, Model]:
    """The model repositories that config.json names and that lie beside the project, by name."""
    named: dict[str, list[str]] = {}
    for weight in weights(every_path(config, platform)):
        named.setdefault(weight.repository, []).append(weight.path)
    found = ((name, _beside(repository.top, name, paths)) for name, paths in named.items())
    return {name: model for name, model in found if model}


def _beside(top: Path, name: str, named: Iterable[str]) -> Model | None:
    beside = top.parent / name
    try:
        if "\0" in name or not beside.is_dir() or beside.resolve() == top.resolve():
            return None
        other = Repository.find(beside)
        if other.top.resolve() != beside.resolve():
            return None
        index = other.index()
        tree = other.head() or index
        pointers = _parse_pointers(tree, tree.entries.of_size(*platform()["lfs"]["pointer_bytes"]))
        origin = Origin.of(other.config("remote.origin.url"))
        return Model(
            name,
            frozenset(tree.entries),
            {path: _kind(tree, path) for path in named if path in tree.entries},
            frozenset(index.entries) - frozenset(tree.entries),
            origin.owner if origin else None,
            sum(tree.entries.sizes) + sum(pointer.size for pointer in pointers.values()),
        )
    except (GitError, OSError, ValueError):  # what cannot be read cannot disagree
        return None


def every_path(config: Config | None, platform: Data) -> tuple[str, ...]:
    """The paths that config.json gives under any key, each once."""
    keys = platform["config_keys"]
    return tuple(dict.fromkeys(path for key in keys for path in config.paths(key))) if config else ()


@fact
def origin(repository: Repository) -> Origin | None:
    """Owner and name of the repository on the platform, by the address of its remote `origin`."""
    return Origin.of(repository.config("remote.origin.url"))


@fact
def hooks(repository: Repository, push: Push | None) -> HookState | None:
    """What runs at a push; None at a commit on a build server, which pushes nothing."""
    if os.environ.get("CI") and not push:
        return None
    from xihe_hooks.git.hooks import hook_state

    return hook_state(repository)


@fact
def lfs_objects(repository: Repository) -> Callable[[str], bool]:
    """Answers whether git-lfs holds an object here."""
    return repository.has_lfs_object


@fact
def lfs_content(repository: Repository) -> Callable[[str], str | None]:
    """Answers where git-lfs holds an object here; None where it does not."""
    return repository.lfs_object


def is_typo_of(name: str, wanted: str) -> bool:
    """Whether a name is the wanted one misspelt: another case, or a slip of the fingers, in its stem or its suffix."""
    if name == wanted or abs(len(name) - len(wanted)) > 2:
        return False
    name, wanted = name.lower(), wanted.lower()
    pairs = zip(posixpath.splitext(name), posixpath.splitext(wanted), strict=True)
    return name == wanted or (len(name) <= LONGEST_NAME and all(_alike(*pair) for pair in pairs))


def _alike(one: str, other: str) -> bool:
    import difflib

    matcher = difflib.SequenceMatcher(None, one, other)
    bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)  # each is below the one before, and slower
    return one == other or all(bound() >= 0.8 for bound in bounds)


def nearest(names: Iterable[str], wanted: str) -> str | None:
    """The first of these paths whose last part is likely the wanted one misspelt, or that has it in another folder."""
    ends = [(path, path.rpartition("/")[2]) for path in names]
    close = itertools.islice((pair for pair in ends if abs(len(pair[1]) - len(wanted)) <= 2), MOST_NAMES)
    likely = next((path for path, end in close if is_typo_of(end, wanted)), None)
    return likely or next((path for path, end in ends if end == wanted), None)


def gib(size: int) -> str:
    """A number of bytes, as people write large ones."""
    return f"{size / (1 << 30):.2f} GiB"
