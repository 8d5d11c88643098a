"""What a repository asks not to be told: which findings that is, and whether each entry can be followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xihe_hooks.language import Text, show
from xihe_hooks.readers.ignores import LIMIT, MOST, NAME, Entry, Ignores, matches, read_comments
from xihe_hooks.rules.facts import Facts, parameters, read
from xihe_hooks.rules.rule import Finding, Rule, likely_name, named, rule

EXAMPLE = Text(
    f"请在 {NAME} 中写 ignore:，其下每项写 rule、reason，需要时再写 path。",
    f"In {NAME}, write ignore: and below it a list; each item needs a rule and a reason, and may have a path.",
)
FAULTS = {
    "yaml": Text("不是有效的 YAML：{}", "This is not valid YAML: {}"),
    "large": Text(
        f"有 {{}} 字节，超过 {LIMIT} 字节，没有读取", f"This has {{}} bytes, more than the {LIMIT} that are read"
    ),
    "many": Text(f"有 {{}} 项，只读取前 {MOST} 项", f"There are {{}} items, and only the first {MOST} are read"),
    "kind": Text("不是普通文件，因此没有读取", "This is not a regular file, so it was not read"),
    "shape": Text("没有键 ignore，或它的值不是列表", "The key ignore is missing, or its value is not a list"),
    "entry": Text("这一项不是键和值", "This item does not consist of keys and values"),
    "key": Text("没有键 {}", "There is no key {}"),
    "value": Text("{} 的值应是字符串", "The value of {} must be a string"),
    "path": Text(
        "path 的值 {} 不能使用：不能为空，不能以 ! 开头，最多 100 个字符",
        "The path {} cannot be used: it must not be empty, begin with ! or be longer than 100 characters",
    ),
}


def written(facts: Facts, findings: Iterable[Finding]) -> list[Entry]:
    """Return all entries: of the repository's file, and of comments in the Python files that matter here."""
    tree = facts["tree"]
    paths = {each.path for each in findings if each.line and each.path.endswith(".py")}
    if not facts["push"]:
        paths |= {source.path for source in facts["sources"]}
    elif paths:  # a content that a later commit has changed has its lines elsewhere
        paths -= {b.path for b in facts["blobs"] if b.path not in tree.entries or tree.entries[b.path].oid != b.oid}
    tree.read_ahead(paths)
    comments = (entry for path in sorted(paths) for entry in read_comments(path, read(tree, path) or b""))
    return [*facts["ignores"].entries, *comments]


def matched(findings: Iterable[Finding], entries: Iterable[Entry], rules: Iterable[Rule]) -> list[list[Entry]]:
    """Return for each finding the entries that ask not to be told of it, and that may ask so."""
    asked: dict[str, list[Entry]] = {}
    for entry in entries:
        known = named(entry.rule, rules)
        if known and known.can_be_ignored and entry.reason:
            asked.setdefault(known.id, []).append(entry)
    return [[entry for entry in asked.get(each.rule, ()) if _is_about(entry, each)] for each in findings]


def _is_about(entry: Entry, finding: Finding) -> bool:
    if entry.path is None:
        return True
    if entry.lines:
        return entry.path == finding.path and finding.line in entry.lines
    return bool(finding.path) and matches(entry.path, finding.path)


@rule
class XI101(Rule):
    slug = "ignore-unreadable"
    title = Text(f"{NAME} 可以读取", f"{NAME} can be read")
    why = Text(
        "这个文件写明忽略哪些问题；无法读取的部分不起作用。",
        "This file says which findings are ignored; any part that cannot be read has no effect.",
    )
    remedy = EXAMPLE
    bad = """
        .xihe-hooks.yml
            ignore:
              rule: XG105
              reason: Starts the demo on our classroom's machines.
    """
    good = """
        .xihe-hooks.yml
            ignore:
              - rule: XG105
                reason: Starts the demo on our classroom's machines.
        start.bat
    """
    since = "0.3.0"
    kinds = ("project", "model")

    def check(self, ignores: Ignores) -> Iterator[Finding]:
        for fault in ignores.faults:
            zh, en = (each.format(show(fault.seen)) for each in FAULTS[fault.why])
            yield self.found(NAME, Text(zh, en), at=(fault.line, None))


@rule
class XI102(Rule):
    slug = "ignore-unknown-rule"
    title = Text("要忽略的规则存在", "Every rule that is ignored exists")
    why = Text("规则的名称拼错时，这一项不起作用。", "If the rule is misspelt, the entry has no effect.")
    remedy = Text(
        "请写规则的编号或名称；xihe-hooks rules 会列出全部规则。",
        "Write the id or name of a rule; xihe-hooks rules lists them all.",
    )
    bad = """
        .xihe-hooks.yml
            ignore:
              - rule: XG15
                reason: Starts the demo on our classroom's machines.
    """
    good = """
        .xihe-hooks.yml
            ignore:
              - rule: XG105
                reason: Starts the demo on our classroom's machines.
        start.bat
    """
    since = "0.3.0"
    kinds = ("project", "model")

    def check(self, entries: Sequence[Entry], rules: Sequence[Rule]) -> Iterator[Finding]:
        for entry in entries:
            if not entry.rule:
                what = Text("没有写明规则", "No rule is named")
                yield self.found(entry.file, what, at=(entry.line, None))
            elif not named(entry.rule, rules):
                likely = likely_name(entry.rule, rules)
                meant = Text(f"是不是 {likely}？", f"Did you mean {likely}?") if likely else None
                what = Text(f"没有规则 {show(entry.rule)}", f"There is no rule {show(entry.rule)}")
                yield self.found(entry.file, what, at=(entry.line, None), remedy=meant)


@rule
class XI103(Rule):
    slug = "ignore-without-reason"
    title = Text("每一项都写明原因", "Each entry gives its reason")
    why = Text(
        "不写原因，以后就无法判断这一项是否还需要；没有写原因的项不起作用。",
        "Without a reason, nobody can tell later whether the entry is still needed; an entry without one has no "
        "effect.",
    )
    remedy = Text("请写明原因。", "Give the reason.")
    bad = """
        .xihe-hooks.yml
            ignore:
              - rule: XG105
    """
    good = """
        .xihe-hooks.yml
            ignore:
              - rule: XG105
                reason: Starts the demo on our classroom's machines.
        start.bat
    """
    since = "0.3.0"
    kinds = ("project", "model")

    def check(self, entries: Sequence[Entry]) -> Iterator[Finding]:
        for entry in entries:
            if not entry.reason:
                name = show(entry.rule) or "?"
                how = Text("reason: 原因", "reason: why")
                if entry.lines:
                    how = Text(f"# xihe: ignore[{name}] 原因", f"# xihe: ignore[{name}] why")
                yield self.found(
                    entry.file,
                    Text(f"忽略 {name}，但没有写明原因", f"{name} is ignored, but no reason is given"),
                    at=(entry.line, None),
                    remedy=Text(f"请写明原因：{how.zh}", f"Give the reason: {how.en}"),
                )


@rule
class XI104(Rule):
    slug = "ignore-what-is-refused"
    title = Text("不忽略服务器拒绝的问题", "Nothing that the server refuses is ignored")
    why = Text(
        "服务器无论如何都会拒绝过大的文件和项目中的 git-lfs 指针，忽略它们只会推迟发现问题。关于忽略本身的规则也不能忽略。",
        "The server refuses files that are too large, and git-lfs pointers in a project, whatever you ignore; you "
        "would only find out later. The rules about ignoring cannot be ignored either.",
    )
    remedy = Text("请删除这一项，并按该规则的建议处理。", "Delete the entry, and follow the rule's advice.")
    bad = """
        .xihe-hooks.yml
            ignore:
              - rule: XG102
                path: inference/*.ckpt
                reason: They are on the platform already.
    """
    good = """
        inference/app.py
        inference/config.json
        inference/requirements.txt
    """
    since = "0.3.0"
    kinds = ("project", "model")

    def check(self, entries: Sequence[Entry], rules: Sequence[Rule]) -> Iterator[Finding]:
        for entry in entries:
            known = named(entry.rule, rules)
            if known and not known.can_be_ignored:
                what = (
                    Text(
                        f"{known.id} 不能忽略：服务器会拒绝推送",
                        f"{known.id} cannot be ignored: the server refuses the push",
                    )
                    if known.refused
                    else Text(f"{known.id} 不能忽略", f"{known.id} cannot be ignored")
                )
                yield self.found(entry.file, what, at=(entry.line, None))


@rule
class XI105(Rule):
    slug = "ignore-nothing"
    title = Text("每一项都有要忽略的问题", "Each entry ignores something")
    why = Text(
        "没有问题可忽略的项会掩盖以后出现的问题。",
        "An entry that ignores nothing now would hide problems that come up later.",
    )
    remedy = Text("如果不再需要，请删除这一项。", "Delete the entry if it is no longer needed.")
    bad = """
        .xihe-hooks.yml
            ignore:
              - rule: XG105
                path: "*.bat"
                reason: Starts the demo on our classroom's machines.
    """
    good = """
        .xihe-hooks.yml
            ignore:
              - rule: XG105
                path: "*.bat"
                reason: Starts the demo on our classroom's machines.
        start.bat
    """
    since = "0.3.0"
    severity = "warning"
    kinds = ("project", "model")

    def check(
        self,
        entries: Sequence[Entry],
        used: frozenset[Entry],
        rules: Sequence[Rule],
        searched: Sequence[str],
        searchable: Sequence[str],
    ) -> Iterator[Finding]:
        for entry in entries:
            known = named(entry.rule, rules)
            if entry in used or not entry.reason or not known or not known.can_be_ignored:
                continue
            if "blobs" in parameters(known.check) and len(searched) < len(searchable):
                continue  # what was not searched is not known
            name = known.id
            where = Text("", "") if entry.path is None else Text(f"在 {show(entry.path)} 中", f" in {show(entry.path)}")
            if entry.lines:
                where = Text(f"在第 {entry.lines[0]} 行", f" on line {entry.lines[0]}")
            yield self.found(
                entry.file,
                Text(f"{name} {where.zh}没有发现可忽略的问题", f"{name} finds nothing to ignore{where.en}"),
                at=(entry.line, None),
            )
