"""`check --fix`: repairs of files that git can give back. It stages nothing but renames, and says what it did.

A safe one cannot change what anything means; an unsafe one is a guess, and is done only when asked for.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from xihe_hooks.git.errors import GitError
from xihe_hooks.git.lfs import Pointer
from xihe_hooks.git.process import native
from xihe_hooks.git.repository import Repository, Tree
from xihe_hooks.language import Text, printable, show
from xihe_hooks.readers.config_json import BLANKS, Config
from xihe_hooks.rules.facts import Facts, is_typo_of, resolve
from xihe_hooks.rules.layout import misspelt, tops
from xihe_hooks.rules.lfs import ATTRIBUTES

BOM = b"\xef\xbb\xbf"
CONTEXT = 3  # lines around a change


class Rename(NamedTuple):
    """A file or folder to be called otherwise, for the finding of a rule that is about it."""

    rule: str
    path: str
    new: str
    safe: bool = True


class Edit(NamedTuple):
    """A file to be changed: by which function of its content, and in a few words how."""

    rule: str
    path: str
    change: Callable[[bytes], bytes]
    how: str
    safe: bool = True


def plan(facts: Facts, unsafe: bool = False) -> list[Rename | Edit]:
    """Return what can be mended, in the order in which it must be done: edits are of files under their new names."""
    found: list[Rename | Edit] = []
    for step in ("folder", "app", "config", "requirements") if facts["kind"] == "project" else (ATTRIBUTES,):
        for rename in _renames(facts, step):
            found.append(rename)
            if rename.safe or unsafe:
                tree = facts["tree"].renamed(rename.path, rename.new)
                facts = Facts(repository=facts["repository"], kind=facts["kind"], tree=tree)
    found += _config(facts) if facts["kind"] == "project" else _pointers(facts)
    return [each for each in found if each.safe or unsafe]


def fix(facts: Facts, unsafe: bool) -> Iterator[Text]:
    """Mend what can be, and yield a sentence for each thing done or left alone. GitError when git fails."""
    repository: Repository = facts["repository"]
    for each in plan(facts, unsafe):
        yield _rename(repository, each) if isinstance(each, Rename) else _write(repository, each)


def diff(facts: Facts, unsafe: bool) -> Iterator[str]:
    """Yield what `fix` would do, as git shows changes; nothing is changed. GitError when git fails."""
    repository: Repository = facts["repository"]
    names: dict[str, str] = {}  # new ones and what they were
    for each in plan(facts, unsafe):
        if isinstance(each, Rename):
            if not _in_the_way(repository, each):
                names[each.new] = _earlier(each.path, names)
                yield from (f"rename from {printable(each.path)}", f"rename to {printable(each.new)}")
        elif (held := _held(repository, _earlier(each.path, names))) and not isinstance(held, Text):
            yield f"--- a/{printable(_earlier(each.path, names))}"
            yield f"+++ b/{printable(each.path)}"
            yield from map(printable, _difference(held[1], each.change(held[1])))


def _earlier(path: str, names: Mapping[str, str]) -> str:
    """Return what a path is called before the renames."""
    for new, old in reversed(list(names.items())):
        if path == new or path.startswith(new + "/"):
            return old + path.removeprefix(new)
    return path


def _difference(old: bytes, new: bytes) -> Iterator[str]:
    """Yield the hunks; what both end in is left out first, since comparing takes the square of the lines."""
    a, b = (each.decode("utf-8", "replace").splitlines() for each in (old, new))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(a), reversed(b), strict=False)))
    cut = max(0, same - CONTEXT)
    return iter(list(difflib.unified_diff(a[: len(a) - cut], b[: len(b) - cut], n=CONTEXT, lineterm=""))[2:])


def _rename(repository: Repository, each: Rename) -> Text:
    if _in_the_way(repository, each):
        return Text(
            f"没有改名：{show(each.new)} 已存在，但不在 git 中。",
            f"Not renamed: {show(each.new)} already exists, but is not in git.",
        )
    target = repository.top / native(each.new)
    target.parent.mkdir(parents=True, exist_ok=True)
    repository.git("mv", "--", native(each.path), native(each.new))
    return Text(f"已改名：{show(each.path)} → {show(each.new)}", f"Renamed: {show(each.path)} -> {show(each.new)}")


def _in_the_way(repository: Repository, each: Rename) -> bool:
    old, new = repository.top / native(each.path), repository.top / native(each.new)
    return new.exists() and not _same(old, new)


def _same(one: Path, other: Path) -> bool:
    # On file systems that do not know case, the wrong name and the right one are one file.
    return one.exists() and one.samefile(other)


def _renames(facts: Facts, step: str) -> Iterator[Rename]:
    files, entries = facts["platform"]["files"], facts["tree"].entries
    if step == ATTRIBUTES:
        names = [name for name in tops(entries) if name.startswith(".git") and is_typo_of(name, ATTRIBUTES)]
        if len(names) == 1 and ATTRIBUTES not in entries:
            yield Rename("XM101", names[0], ATTRIBUTES)
        return
    folder, wanted = "" if step == "folder" else facts["folder"] + "/", files[step]
    likely = misspelt(tops(entries if step == "folder" else facts["inference"]), wanted)
    rule = {"folder": "XL101", "app": "XL102"}.get(step, "XL103")
    if len(likely) == 1 and (step != "config" or _mentions(facts, folder + likely[0])):
        yield Rename(rule, folder + likely[0], folder + wanted)
    elif likely or not facts["inference"] or wanted in facts["inference"]:
        return
    elif step == "app" and len(scripts := _scripts(facts["inference"])) == 1:
        yield Rename(rule, folder + scripts[0], folder + wanted, safe=False)
    elif step != "folder" and wanted in entries:
        yield Rename("XL102" if step == "app" else "XL104", wanted, folder + wanted, safe=False)


def _scripts(names: Mapping[str, object]) -> list[str]:
    return [name for name in names if name.endswith(".py") and "/" not in name]


def _mentions(facts: Facts, path: str) -> bool:
    content: bytes = facts["tree"].read(path) if path in facts["tree"].entries else b""
    return any(key.encode() in content for key in facts["platform"]["config_keys"])


def _config(facts: Facts) -> Iterator[Edit]:
    config: Config | None = facts["config"]
    if config is None:
        return
    if config.fault and config.fault.why == "bom":
        yield Edit("XC101", config.path, lambda content: content.removeprefix(BOM), "BOM")
    elif keys := _missing_key(config):
        rule = "XC103" if "model_path" in keys else "XC104"
        yield Edit(rule, config.path, lambda content: _add(content.decode(), keys).encode(), ", ".join(keys))


def _add(text: str, keys: dict[str, object]) -> str:
    """Return the text of an object with keys put first; the rest stays as it is written, whatever its numbers mean."""
    start = text.index("{") + 1
    rest = text[start:].lstrip(BLANKS)
    space = text[start : len(text) - len(rest)]
    pairs = (f"{json.dumps(key)}: {_json(value)}," for key, value in keys.items())
    return text[:start] + space + (space or " ").join(pairs) + (space or " ") + rest


def _json(value: object) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if any("\ud800" <= character <= "\udfff" for character in written) else written


def _missing_key(config: Config) -> dict[str, object]:
    one, many = config.value("pretrain"), config.value("model_path")
    if config.fault or config.duplicates:
        return {}
    if isinstance(one, str) and one and not config.has("model_path"):
        return {"model_path": [one]}
    if isinstance(many, list) and len(many) == 1 and isinstance(many[0], str) and not config.has("pretrain"):
        return {"pretrain": many[0]}
    return {}


def _pointers(facts: Facts) -> Iterator[Edit]:
    for path, pointer in facts["pointers"].items():
        repaired = Pointer.parse(_unix(facts["tree"].read(path)))
        if not pointer.canonical and repaired and repaired.canonical:
            yield Edit("XM103", path, _unix, "BOM, CRLF")


def _unix(content: bytes) -> bytes:
    return content.removeprefix(BOM).replace(b"\r\n", b"\n")


def _held(repository: Repository, path: str) -> tuple[Path, bytes] | Text:
    """Return a file and its content if that is as git holds it, so that git can give it back; else say why not."""
    tree = repository.index()
    target = resolve(tree, path)
    if target is None or (repository.top / native(target)).resolve() != repository.top.resolve() / native(target):
        return Text(
            f"没有改动 {show(path)}：它经过符号链接指向仓库之外，请手工修改。",
            f"{show(path)} was not changed: a symbolic link takes it out of the repository. Change it by hand.",
        )
    file = repository.top / native(target)
    try:
        content = file.read_bytes() if file.is_file() else b""
    except OSError as error:
        raise _unwritable(target, error) from None
    if not _is_held(repository, tree, target, content):
        return Text(
            f"没有改动 {show(target)}：它与暂存的内容不同，请先运行 git add 或撤销。",
            f"{show(target)} was not changed: it differs from what is staged. Run git add or undo your change first.",
        )
    return file, content


def _write(repository: Repository, each: Edit) -> Text:
    held = _held(repository, each.path)
    if isinstance(held, Text):
        return held
    file, content = held
    path = file.relative_to(repository.top).as_posix()
    try:
        file.write_bytes(each.change(content))
    except OSError as error:
        raise _unwritable(path, error) from None
    return Text(
        f"已修复 {show(path)}（{each.how}），尚未暂存：请查看后运行 git add。",
        f"Fixed {show(path)} ({each.how}), but did not stage it: review it, then git add it.",
    )


def _unwritable(path: str, error: OSError) -> GitError:
    return GitError(
        f"无法写入 {show(path)}（{error.strerror}）。", f"{show(path)} cannot be written ({error.strerror})."
    )


def _is_held(repository: Repository, tree: Tree, path: str, content: bytes) -> bool:
    """Whether the index holds this content of a file, also where git was told not to look at it (skip-worktree)."""
    if content == tree.read(path):
        return True
    stored = repository.git("hash-object", "--stdin", f"--path={native(path)}", stdin=content).decode().strip()
    return stored == tree.entries[path].oid
