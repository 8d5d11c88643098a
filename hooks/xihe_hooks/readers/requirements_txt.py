"""Reads requirements.txt line by line, as pip does; `packaging` parses whatever is more than a pinned package."""

from __future__ import annotations

import codecs
import functools
import operator
import posixpath
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:  # takes longer to load than all else together, and files that a tool wrote hold pins only
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

LONGEST = 4000  # characters of one requirement; longer ones are not written by people or tools
MOST_ROWS = 2000
MOST_FILES = 50  # a git process each
MOST_BOUNDS = 20  # of a package; the time to compare them grows with the square
OPTIONS = {
    *("-i", "--index-url", "--extra-index-url", "--no-index", "-f", "--find-links", "--no-binary", "--only-binary"),
    *("--prefer-binary", "--require-hashes", "--pre", "--trusted-host", "--use-feature"),
}
BEHIND = {"--hash", "--config-settings", "-C", "--global-option"}  # what pip takes behind a package
INCLUDES = {"-r": "requirements", "--requirement": "requirements", "-c": "constraints", "--constraint": "constraints"}
EDITABLE = {"-e", "--editable"}
ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
PIN = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==([0-9]+(?:\.[0-9]+)*(?:\.post[0-9]+)?)", re.ASCII)
COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
URL = r"(?i)(?:[a-z]{2,6}\+)?(?:https?|ftp|ssh|git|file)(?::|\+)"


class Row(NamedTuple):
    """One logical line.

    form  "requirement"; "option"; "include" (text is the file); "editable", "local" or "url" (text is the address or the path);
          "unknown" (an option that pip does not have); "fault" (nothing that pip can read);
          "encoding" (a file that pip cannot decode); "rest" (from where on nothing was read)
    """

    path: str
    line: int
    text: str
    form: str
    name: str = ""  # canonical, "" where the line gives none
    pin: str | None = None  # the version, where exactly one is asked for
    plain: bool = False  # nothing but a name and its version
    hashed: bool = False
    constrains: bool = False  # an include of constraints
    passed_over: str = ""  # an option behind a package that pip reads on lines of its own only

    @property
    def included(self) -> str | None:
        """Path in the repository that an include names; None where it leads outside, or is an address."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), self.text))
        return None if "://" in self.text or path.startswith(("../", "/")) or path == ".." else path

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
    bounds = re.search("[<>=]|$", requirement)
    return (requirement[: bounds.start()], requirement[bounds.start() :]) if bounds else (requirement, "")


def within(version: str, bounds: str) -> bool:
    """Whether a version lies within bounds as packages.yml writes them, `>=3,<4`."""
    if not PIN.fullmatch(f"a=={version}"):  # a prerelease, or one of a local build
        from packaging.specifiers import SpecifierSet

        return SpecifierSet(bounds).contains(version, prereleases=True)
    pairs = (re.fullmatch(r"([<>=]=?)\s*([0-9.]+)", each.strip()) for each in bounds.split(","))
    return all(pair is not None and COMPARE[pair[1]](release(version), release(pair[2])) for pair in pairs)


def release(version: str) -> list[int]:
    """The numbers of a plain version, without zeros at its end: they compare as versions do."""
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


def compare(specifier: SpecifierSet, needed: SpecifierSet) -> Literal["within", "across", "outside", "unknown"]:
    """Tell how the versions that a specifier allows lie to those needed; of very many bounds it is not worked out."""
    if len(specifier) + len(needed) > MOST_BOUNDS:
        return "unknown"
    if specifier.is_disjoint(needed):
        return "outside"
    return "within" if specifier.is_subset(needed) else "across"


def decode(source: bytes) -> str | None:
    """Return the text as pip decodes it: by its byte order mark, its coding line, else as UTF-8; None where that fails."""
    marks = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
    encoding, rest = next(((e, source[len(m) :]) for m, e in marks if source.startswith(m)), ("", source))
    named = (re.match(rb"[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)", line) for line in rest.split(b"\n", 2)[:2])
    told = next((match[1].decode() for match in named if match), "utf-8")
    try:
        return rest.decode(encoding or told)
    except (UnicodeDecodeError, LookupError):
        return None


def read_requirements(path: str, read: Callable[[str], bytes | None]) -> Iterator[Row]:
    """Yield the rows of a file, and of the files that it names, each file once however often it is named.

    `read` answers None for a file that is not there. Of constraints only what pip cannot read is of interest. Where
    there are too many rows or files, a last row of the form "rest" says where the reading ended.
    """
    read_before = {(path, False)}
    reading = [(False, _file(path, read))]
    for _ in range(MOST_ROWS):
        while (row := next(reading[-1][1], None)) is None:
            reading.pop()
            if not reading:
                return
        constrains = reading[-1][0]
        if not constrains or row.form in ("fault", "encoding"):
            yield row
        if row.form == "include" and row.included:
            named = (row.included, constrains or row.constrains)
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
    start = line.find("#")
    while start >= 0:
        if start == 0 or line[start - 1].isspace():
            return line[:start]
        start = line.find("#", start + 1)
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
    words = text.split(" ")
    end = next((number for number, word in enumerate(words) if word.startswith("-")), len(words))
    body, options = " ".join(words[:end]).strip(), [word.partition("=")[0] for word in words[end:] if word[:1] == "-"]
    row = _package(path, line, body)._replace(hashed="--hash" in options)
    for option in options:
        if option not in OPTIONS | BEHIND:
            return row._replace(form="unknown", text=option)
        if option in OPTIONS:
            row = row._replace(passed_over=option)
    return row


def _package(path: str, line: int, body: str) -> Row:
    if len(body) > LONGEST:
        return Row(path, line, body, "fault")
    if pinned := PIN.fullmatch(body):
        return Row(path, line, body, "requirement", canonical(pinned[1]), pinned[2], plain=True)
    try:
        requirement = _parse(body)
    except (ValueError, RecursionError):
        return Row(path, line, body, _form(body))
    form = "requirement"
    if requirement.url:
        form = "local" if requirement.url.lower().startswith("file:") else "url"
    return Row(path, line, body, form, canonical(requirement.name), _pin(requirement))


def _pin(requirement: Requirement) -> str | None:
    for each in requirement.specifier:
        if each.operator in ("==", "===") and not each.version.endswith(".*"):
            version = to_version(each.version)
            return str(version) if version else None
    return None


def _form(body: str) -> str:
    if re.match(URL, body):
        return "local" if body.lower().startswith("file:") else "url"
    local = body.startswith((".", "/", "~")) or body.lower().endswith(ARCHIVES) or re.match(r"\A[\w.-]*[/\\]", body)
    return "local" if local else "fault"
