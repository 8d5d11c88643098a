"""Reads requirements.txt line by line, as pip does; `packaging` parses whatever is more than a pinned package."""

from __future__ import annotations

import codecs
import functools
import operator
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # takes longer to load than all else together, and files that a tool wrote hold pins only
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

LONGEST = 4000  # characters of one requirement; longer ones are not written by people or tools
MOST_ROWS = 2000
MOST_FILES = 50  # a git process each
MOST_BOUNDS = 20  # of a package; every pair of them is compared
OPTIONS = {
    *("-i", "--index-url", "--extra-index-url", "--no-index", "-f", "--find-links", "--no-binary", "--only-binary"),
    *("--prefer-binary", "--require-hashes", "--pre", "--trusted-host", "--use-feature"),
}
INCLUDES = {"-r": "requirements", "--requirement": "requirements", "-c": "constraints", "--constraint": "constraints"}
EDITABLE = {"-e", "--editable"}
ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
PIN = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==([0-9]+(?:\.[0-9]+)*(?:\.post[0-9]+)?)", re.ASCII)
COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
URL = r"(?i)(?:[a-z]{2,6}\+)?(?:https?|ftp|ssh|git|file)(?::|\+)"


class Row(NamedTuple):
    """One logical line.

    kind  "requirement"; "option"; "include" (text is the file); "editable", "local" or "url" (text is the place);
          "unknown" (an option that pip does not have); "fault" (nothing that pip can read);
          "encoding" (a file that pip cannot decode); "rest" (from where on nothing was read)
    """

    path: str
    line: int
    text: str
    kind: str
    name: str = ""  # canonical, "" where the line gives none
    pin: str | None = None  # the version, where exactly one is asked for
    plain: bool = False  # nothing but a name and its version
    hashed: bool = False
    constrains: bool = False  # an include of constraints

    @property
    def requirement(self) -> Requirement:
        """The line as `packaging` reads it. ValueError where there is no name."""
        return _parse(self.text)

    @property
    def specifier(self) -> SpecifierSet:
        """Versions that are asked for."""
        return self.requirement.specifier

    def applies(self, python: str) -> bool:
        """Whether the marker, if there is one, holds on the platform under this Python; in doubt it does."""
        marker = None if self.plain else self.requirement.marker
        if marker is None:
            return True
        minor = ".".join(python.split(".")[:2])
        environment = {
            "python_version": minor,
            "python_full_version": python if python.count(".") > 1 else f"{python}.0",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "platform_machine": "x86_64",
            "platform_system": "Linux",
            "sys_platform": "linux",
            "os_name": "posix",
            "extra": "",
        }
        try:
            return marker.evaluate(environment)
        except (ValueError, RecursionError, KeyError):
            return True


@functools.lru_cache(maxsize=MOST_ROWS)
def _parse(text: str) -> Requirement:
    from packaging.requirements import Requirement

    return Requirement(text)


def canonical(name: str) -> str:
    """Return the name of a package as PEP 503 normalizes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def split(requirement: str) -> tuple[str, str]:
    """Return the package and the bounds of a requirement as packages.yml writes them: `gradio>=3,<4`."""
    at = re.search("[<>=]|$", requirement)
    return (requirement[: at.start()], requirement[at.start() :]) if at else (requirement, "")


def within(version: str, bounds: str) -> bool:
    """Whether a version lies within bounds as packages.yml writes them, `>=3,<4`."""
    if not PIN.fullmatch(f"a=={version}"):  # a prerelease, or one of a local build
        from packaging.specifiers import SpecifierSet

        return SpecifierSet(bounds).contains(version, prereleases=True)
    pairs = (re.fullmatch(r"([<>=]=?)\s*([0-9.]+)", each.strip()) for each in bounds.split(","))
    return all(pair is not None and COMPARE[pair[1]](_release(version), _release(pair[2])) for pair in pairs)


def _release(version: str) -> list[int]:
    numbers = [int(each) for each in version.partition(".post")[0].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def to_version(text: str) -> Version | None:
    """Return the version that a text spells, or None."""
    from packaging.version import Version

    try:
        return Version(text)
    except ValueError:
        return None


def excludes(specifier: SpecifierSet, needed: SpecifierSet) -> bool:
    """Whether no version is in both, as far as the versions that they name and their neighbours can tell.

    Of more bounds than anybody writes it is not worked out, and the answer is the harmless one.
    """
    if len(specifier) + len(needed) > MOST_BOUNDS:
        return False
    return not any(specifier.contains(v, True) and needed.contains(v, True) for v in _samples(specifier, needed))


def ensures(specifier: SpecifierSet, needed: SpecifierSet) -> bool:
    """Whether every version in the first is in the second, as far as the named versions and neighbours can tell.

    Of more bounds than anybody writes it is not worked out, and the answer is the harmless one.
    """
    if len(specifier) + len(needed) > MOST_BOUNDS:
        return True
    return all(needed.contains(v, True) for v in _samples(specifier, needed) if specifier.contains(v, True))


def _samples(*specifiers: SpecifierSet) -> Iterator[Version]:
    from packaging.version import Version

    yield from (Version("0"), Version("99999"))
    for each in (each for specifier in specifiers for each in specifier):
        version = to_version(each.version.removesuffix(".*"))
        if version:
            yield version
            yield Version(".".join(map(str, [*version.release, 0, 1])))
            yield _below(list(version.release))


def _below(release: list[int]) -> Version:
    from packaging.version import Version

    while release and not release[-1]:
        release.pop()
    return Version(".".join(map(str, [*release[:-1], release[-1] - 1, 9999]))) if release else Version("0")


def decode(source: bytes) -> str | None:
    """Return the text as pip decodes it: by its byte order mark, else as UTF-8; None where that fails."""
    marks = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
    encoding, rest = next(((e, source[len(m) :]) for m, e in marks if source.startswith(m)), ("utf-8", source))
    try:
        return rest.decode(encoding)
    except UnicodeDecodeError:
        return None


def read_requirements(path: str, read: Callable[[str], bytes | None]) -> Iterator[Row]:
    """Yield the rows of a file, and of the files that it names, each file once however often it is named.

    `read` answers None for a file that is not there. Of constraints only what pip cannot read is of interest. Where
    there are too many rows or files, a last row of the kind "rest" says where the reading ended.
    """
    read_before = {(path, False)}
    reading = [(False, _file(path, read))]
    for _ in range(MOST_ROWS):
        while (row := next(reading[-1][1], None)) is None:
            reading.pop()
            if not reading:
                return
        constrains = reading[-1][0]
        if not constrains or row.kind in ("fault", "encoding"):
            yield row
        if row.kind == "include" and "/" not in row.text:
            named = (f"{row.path.rpartition('/')[0]}/{row.text}", constrains or row.constrains)
            if named not in read_before:
                if len(read_before) == MOST_FILES:
                    break
                read_before.add(named)
                reading.append((named[1], _file(named[0], read)))
    else:
        row = next((row for _, rows in reversed(reading) for row in rows), None)
    if row:
        yield Row(row.path, row.line, "", "rest")


def _file(path: str, read: Callable[[str], bytes | None]) -> Iterator[Row]:
    source = read(path)
    if source is None:
        return
    text = decode(source)
    if text is None:
        yield Row(path, 1, "", "encoding")
    else:
        yield from (_row(path, line, logical) for line, logical in _logical(text))


def _logical(text: str) -> Iterator[tuple[int, str]]:
    pending: list[str] = []
    start = 1
    for number, line in enumerate(text.splitlines(), 1):
        if not pending:
            start = number
        bare = _uncomment(line)
        joined = bare.endswith("\\") and bare == line
        pending.append(bare.removesuffix("\\") if joined else bare)
        if not joined:
            if whole := " ".join(pending).strip():
                yield start, whole
            pending = []
    if whole := " ".join(pending).strip():
        yield start, whole


def _uncomment(line: str) -> str:
    at = line.find("#")
    while at >= 0:
        if at == 0 or line[at - 1].isspace():
            return line[:at]
        at = line.find("#", at + 1)
    return line


def _row(path: str, line: int, text: str) -> Row:
    if text.startswith("-"):
        option, _, value = text.replace("=", " ", 1).partition(" ")
        if option[:2] in ("-r", "-c", "-e", "-i", "-f") and len(option) > 2:
            option, value = option[:2], option[2:]
        value = value.strip()
        if option in INCLUDES:
            return Row(path, line, value, "include", constrains=INCLUDES[option] == "constraints")
        if option in EDITABLE:
            return Row(path, line, value, "editable")
        return Row(path, line, text, "option" if option in OPTIONS else "unknown")
    body, _, options = text.partition(" --")
    body, hashed = body.strip(), options.startswith("hash")
    if len(body) > LONGEST:
        return Row(path, line, body, "fault")
    if pinned := PIN.fullmatch(body):
        return Row(path, line, body, "requirement", canonical(pinned[1]), pinned[2], plain=True, hashed=hashed)
    try:
        requirement = _parse(body)
    except (ValueError, RecursionError):
        return Row(path, line, body, _place(body), hashed=hashed)
    kind = "requirement"
    if requirement.url:
        kind = "local" if requirement.url.lower().startswith("file:") else "url"
    return Row(path, line, body, kind, canonical(requirement.name), _pin(requirement), hashed=hashed)


def _pin(requirement: Requirement) -> str | None:
    for each in requirement.specifier:
        if each.operator in ("==", "===") and not each.version.endswith(".*"):
            version = to_version(each.version)
            return str(version) if version else None
    return None


def _place(body: str) -> str:
    if re.match(URL, body):
        return "local" if body.lower().startswith("file:") else "url"
    local = body.startswith((".", "/", "~")) or body.lower().endswith(ARCHIVES) or re.match(r"\A[\w.-]*[/\\]", body)
    return "local" if local else "fault"
