"""`check --fix`: repairs that cannot change what anything means. It stages nothing but renames, and says what it did."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from xihe_hooks.git.errors import GitError
from xihe_hooks.git.lfs import Pointer
from xihe_hooks.git.repository import Repository, Tree, native
from xihe_hooks.language import Text, show
from xihe_hooks.readers.config_json import BLANKS, Config
from xihe_hooks.rules.facts import Facts, is_typo_of, resolve
from xihe_hooks.rules.layout import misspelt, tops
from xihe_hooks.rules.lfs import ATTRIBUTES

BOM = b"\xef\xbb\xbf"


def fix(repository: Repository, kind: str) -> Iterator[Text]:
    """Repair what is safe, and yield a sentence for each thing done or left alone. GitError when git fails."""
    yield from _rename(repository, kind)
    facts = Facts(repository=repository, kind=kind)
    if kind == "project":
        yield from _config(repository, facts)
    else:
        yield from _pointers(repository, facts)


def _rename(repository: Repository, kind: str) -> Iterator[Text]:
    for step in ("folder", "app", "config", "requirements") if kind == "project" else (ATTRIBUTES,):
        facts = Facts(repository=repository, kind=kind)
        for old, new in _wrong_names(facts, step):
            if (repository.top / native(new)).exists() and not _same(
                repository.top / native(old), repository.top / native(new)
            ):
                yield Text(
                    f"没有改名：{show(new)} 已存在但不在 git 中。", f"Not renamed: {show(new)} exists, unknown to git."
                )
                continue
            repository.git("mv", "--", native(old), native(new))
            yield Text(f"已改名：{show(old)} → {show(new)}", f"Renamed: {show(old)} -> {show(new)}")


def _same(one: Path, other: Path) -> bool:
    # On file systems that do not know case, the wrong name and the right one are one file.
    return one.exists() and one.samefile(other)


def _wrong_names(facts: Facts, step: str) -> Iterator[tuple[str, str]]:
    files = facts["platform"]["files"]
    if step == ATTRIBUTES:
        names = [
            name for name in tops(facts["tree"].entries) if name.startswith(".git") and is_typo_of(name, ATTRIBUTES)
        ]
        if len(names) == 1 and ATTRIBUTES not in facts["tree"].entries:
            yield names[0], ATTRIBUTES
        return
    folder = "" if step == "folder" else facts["folder"] + "/"
    likely = misspelt(tops(facts["tree"].entries if step == "folder" else facts["inference"]), files[step])
    if len(likely) == 1 and (step != "config" or _mentions(facts, folder + likely[0])):
        yield folder + likely[0], folder + files[step]


def _mentions(facts: Facts, path: str) -> bool:
    content: bytes = facts["tree"].read(path) if path in facts["tree"].entries else b""
    return any(key.encode() in content for key in facts["platform"]["config_keys"])


def _config(repository: Repository, facts: Facts) -> Iterator[Text]:
    config: Config | None = facts["config"]
    if config is None:
        return
    if config.fault and config.fault.kind == "bom":
        yield _write(repository, config.path, lambda content: content.removeprefix(BOM), "BOM")
    elif keys := _missing_key(config):
        yield _write(repository, config.path, lambda content: _add(content.decode(), keys).encode(), ", ".join(keys))


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


def _pointers(repository: Repository, facts: Facts) -> Iterator[Text]:
    for path, pointer in facts["pointers"].items():
        repaired = _unix(facts["tree"].read(path))
        parsed = Pointer.parse(repaired)
        if not pointer.canonical and parsed and parsed.canonical:
            yield _write(repository, path, _unix, "BOM, CRLF")


def _unix(content: bytes) -> bytes:
    return content.removeprefix(BOM).replace(b"\r\n", b"\n")


def _write(repository: Repository, path: str, change: Callable[[bytes], bytes], what: str) -> Text:
    """Change a file that is as git holds it, so that git can give it back; where that is not so, say why not."""
    tree = repository.index()
    target = resolve(tree, path)
    if target is None or (repository.top / native(target)).resolve() != repository.top.resolve() / native(target):
        return Text(
            f"没有改动 {show(path)}：它经过符号链接指向仓库之外，请手工修改。",
            f"{show(path)} is left alone: it leads out of the repository by a symbolic link; change it by hand.",
        )
    file = repository.top / native(target)
    try:
        content = file.read_bytes() if file.is_file() else b""
        if not _is_held(repository, tree, target, content):
            return Text(
                f"没有改动 {show(target)}：它与暂存的内容不同，请先运行 git add 或撤销。",
                f"{show(target)} is left alone: it differs from what is staged; git add it or undo that first.",
            )
        file.write_bytes(change(content))
    except OSError as error:
        raise GitError(
            f"无法写入 {show(target)}（{error.strerror}）。", f"{show(target)} cannot be written ({error.strerror})."
        ) from None
    return Text(
        f"已修正 {show(target)}（{what}），尚未暂存：请查看后运行 git add。",
        f"Repaired {show(target)} ({what}), not staged: look at it, then git add it.",
    )


def _is_held(repository: Repository, tree: Tree, path: str, content: bytes) -> bool:
    """Whether the index holds this content of a file, also where git was told not to look at it (skip-worktree)."""
    if content == tree.read(path):
        return True
    stored = repository.git("hash-object", "--stdin", f"--path={native(path)}", stdin=content).decode().strip()
    return stored == tree.entries[path].oid
