"""requirements.in, derived from what the app imports and from the pins that are there, and the lock that follows from it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xihe_hooks.data import Data
from xihe_hooks.language import Text, say, show
from xihe_hooks.readers.requirements_txt import Row, canonical, read_requirements, split, within
from xihe_hooks.rules.facts import Facts
from xihe_hooks.rules.requirements import imported, providers

MOST_TRIED = 60  # lines among which the two are looked for that contradict each other: a run of uv each
SECONDS = 120  # for one run of uv


class Line(NamedTuple):
    """A line of requirements.in.

    text  as it is written, without the comment
    was   what the repository has instead, where that cannot be installed
    ours  whether it was proposed here, and is not the repository's
    """

    text: str
    was: str = ""
    ours: bool = False

    @property
    def name(self) -> str:
        """Canonical name of the package."""
        return canonical(re.split(r"[^\w.-]", self.text.strip(), maxsplit=1)[0])


class Locked(NamedTuple):
    """What came of resolving.

    lines     of requirements.in, of those proposed here the pins left out that stood in the way
    lock      requirements.txt; None where there is none, for `reason`
    conflict  the lines that contradict each other
    reason    why nothing was resolved, where it is not a conflict
    """

    lines: tuple[Line, ...]
    lock: bytes | None = None
    conflict: tuple[Line, ...] = ()
    reason: str = ""


def listed(source: bytes) -> tuple[Line, ...]:
    """Return the lines of a requirements.in that ask for something."""
    texts = (line.partition(" #")[0].strip() for line in source.decode("utf-8", "replace").splitlines())
    return tuple(Line(text) for text in texts if text and not text.startswith("#"))


def derive(facts: Facts, stack: Sequence[Line]) -> tuple[Line, ...]:
    """Return the lines: those of the repository, what these bring and the app imports besides, what all are known to need.

    stack  the lines of the stack's requirements.in, whose bounds are taken for packages that the repository does not name
    """
    packages: Data = facts["packages"]
    of_stack = {line.name: line.text for line in stack}
    rows: Sequence[Row] = [row for row in facts["rows"] if row.form in ("requirement", "url", "option")]
    lines = [_mended(row, packages) for row in rows] or [Line(text, ours=True) for text in of_stack.values()]
    lines = list({line.text: line for line in lines if line.text}.values())
    wanted = [[name] for name in of_stack if any(name in packages["brings"].get(line.name, ()) for line in lines)]
    wanted += [
        providers(each.name, packages) for _, each in imported(facts["sources"], facts["own"]) if not each.guarded
    ]
    roots: frozenset[str] = facts["roots"]
    for names in wanted:
        if names[0] not in roots and not {line.name for line in lines}.intersection(names):
            lines.append(Line(of_stack.get(names[0], names[0]), ours=True))
    return (*lines, *_needed(lines, packages))


def _mended(row: Row, packages: Data) -> Line:
    """Return a row, with what takes its place where it cannot be installed from PyPI."""
    instead: str | None = packages["absent"].get(row.name, packages["accelerators"].get(row.name))
    for known in packages["gone"].get(row.name, ()):
        if row.pin and within(row.pin, known["versions"]):
            instead = known["instead"]
    if row.name in {canonical(name) for name in sys.stdlib_module_names} - set(packages["standard_on_pypi"]):
        instead = ""
    return Line(row.text) if instead is None else Line(instead, was=row.text)


def _needed(lines: Sequence[Line], packages: Data) -> Iterator[Line]:
    """Yield the bounds that combinations of packages.yml ask for and that no line gives."""
    names = {line.name for line in lines}
    text = "\n".join(line.text for line in lines)
    pins = {row.name: row.pin for row in read_requirements("requirements.in", {"requirements.in": text.encode()}.get)}
    for known in packages["combinations"]:
        name, versions = split(known["when"])
        pin, needs = pins.get(name), split(known["needs"])[0]
        if pin and within(pin, versions) and needs not in names:
            names.add(needs)
            yield Line(known["needs"], ours=True)


def written(lines: Sequence[Line], language: str) -> bytes:
    """Return requirements.in."""
    head = Text(
        "# 由原有的 requirements.txt 和应用的导入整理；修改之后运行 nox -s lock。",
        "# From the existing requirements.txt and the app's imports; run nox -s lock after a change.",
    )
    said = [say(head, language)]
    for line in lines:
        was = Text(f"  # 原为 {line.was}，无法从 PyPI 安装", f"  # was {line.was}, which PyPI cannot install")
        said.append(line.text + (say(was, language) if line.was else ""))
    return ("\n".join(said) + "\n").encode()


def lock(lines: Sequence[Line], options: Sequence[str], tried: bytes) -> Locked:
    """Resolve the lines with uv as `nox -s lock` does; a bound proposed here gives way to those of the repository.

    options  of `uv pip compile` for the stack's Python
    tried    the lock of the stack, whose versions are taken where the lines leave a choice
    """
    uv = shutil.which("uv", path=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]))
    if uv is None:
        return Locked(tuple(lines), reason="uv: pip install uv")
    lines = tuple(lines)
    while True:
        content, said = _compile(uv, lines, options, tried)
        if content is not None:
            return Locked(lines, content)
        if "No solution found" not in said or "network was disabled" in said or len(lines) > MOST_TRIED:
            told = [line for line in said.splitlines() if line.strip()]
            return Locked(lines, reason=show(re.sub(r"^\W*(error: )?", "", told[0])) if told else "uv")
        conflict = _narrowed(uv, lines, options, tried)
        loose = {line: line._replace(text=line.name) for line in conflict if line.ours and line.text != line.name}
        if not loose:
            return Locked(lines, conflict=conflict)
        lines = tuple(loose.get(line, line) for line in lines)


def _narrowed(uv: str, lines: Sequence[Line], options: Sequence[str], tried: bytes) -> tuple[Line, ...]:
    """Return lines that cannot be resolved together, of which none can be left out: most often two."""
    rest = list(lines)
    for line in lines:
        if line.text.startswith("-"):
            continue
        fewer = [each for each in rest if each is not line]
        if _compile(uv, fewer, options, tried)[0] is None:
            rest = fewer
    return tuple(line for line in rest if not line.text.startswith("-"))


def _compile(uv: str, lines: Sequence[Line], options: Sequence[str], tried: bytes) -> tuple[bytes | None, str]:
    """Return the lock of some lines, or None and what uv said instead."""
    with tempfile.TemporaryDirectory(prefix="xihe-hooks-") as folder:
        Path(folder, "requirements.in").write_text("".join(f"{line.text}\n" for line in lines), "utf-8")
        Path(folder, "requirements.txt").write_bytes(tried)
        command = [
            *(uv, "pip", "compile", "--quiet", "--no-strip-extras", "--only-binary", ":all:"),
            *("--python", sys.executable),  # nothing is built, so that any will do and none need be looked for
            *("--index-strategy", "unsafe-best-match", *options, "--custom-compile-command", "nox -s lock"),
            *("requirements.in", "--output-file", "requirements.txt"),
        ]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return None, str(error)
        if done.returncode:
            return None, done.stderr.decode("utf-8", "replace")
        sources = "".join(f"{line.text}\n" for line in lines if line.text.startswith("-"))
        return sources.encode() + Path(folder, "requirements.txt").read_bytes(), ""


def locate(lines: Sequence[Line], facts: Facts, name: str) -> Iterator[str]:
    """Yield where the repository has some lines: `inference/requirements.txt:3: numpy==1.21.6`."""
    rows: Mapping[str, Row] = {row.text: row for row in facts["rows"]}
    for line in lines:
        row = rows.get(line.was or line.text)
        yield f"{show(row.path)}:{row.line}: {show(row.text)}" if row else f"{name}: {line.text}"
