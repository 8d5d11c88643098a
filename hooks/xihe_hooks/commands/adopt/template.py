"""The template that a repository is adopted into: where it lies, and what it makes of some answers."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import warnings
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from xihe_hooks.language import Text, show, without_credentials

Answers = Mapping[str, Any]


class AdoptError(Exception):
    """There is no adoption, for the reason in `text`, which says what to do; `code` is the exit code."""

    def __init__(self, zh: str, en: str, code: int = 1) -> None:
        super().__init__(en)
        self.text = Text(zh, en)
        self.code = code


class Source(NamedTuple):
    """Where the template lies.

    address  as copier takes it: an address for git, or a folder
    ref      a version of it; None for its newest release
    """

    address: str
    ref: str | None


def source_of_package() -> Source | None:
    """Return where this package was installed from, by the record that installers leave of that (PEP 610).

    An index and an archive hold no template: then it is where the package says that its template is published, the
    address Template of project.urls. None where it says nothing.
    """
    try:
        package = distribution("copier-xihe")
    except PackageNotFoundError:
        return None
    record = package.read_text("direct_url.json")
    told = json.loads(record) if record else {}
    url, vcs = told.get("url", ""), told.get("vcs_info")
    if vcs:
        return Source(f"git+{url}", vcs["commit_id"])
    folder = Path(url2pathname(urlsplit(url).path)) if url.startswith("file:") and "dir_info" in told else None
    if folder and (folder / "copier.yml").is_file():
        return Source(str(folder), None)
    published = dict(each.split(", ", 1) for each in package.metadata.get_all("Project-URL") or [])
    return Source(f"git+{published['Template']}", None) if "Template" in published else None


def questions(source: Source) -> Answers:
    """Return what the template answers by itself, with what it knows of its stacks among it. AdoptError without a template."""
    return _run(source, Path("unused"), {"user": "somebody", "repo": "project"}, pretend=True)


def render(source: Source, folder: Path, answers: Answers) -> Answers:
    """Render the template with the answers into a folder, and return all answers. AdoptError where one is refused."""
    return _run(source, folder, answers)


def _run(source: Source, folder: Path, answers: Answers, pretend: bool = False) -> Answers:
    import copier
    from copier.errors import CopierError
    from plumbum import CommandNotFound, ProcessExecutionError

    where = show(without_credentials(source.address))
    try:
        # It would tell of a template without tags, and of one on this machine with changes without a commit.
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            worker = copier.run_copy(
                source.address,
                folder,
                data=dict(answers),
                vcs_ref=source.ref,
                defaults=True,
                quiet=True,
                pretend=pretend,
            )
        return dict(worker.answers.combined)
    except ProcessExecutionError as error:
        reason = next((line for line in error.stderr.splitlines() if line.startswith("fatal:")), "git failed")
    except ValueError as error:  # of an answer, by the template's own validator
        reason = str(error)
        if named := next((key for key in answers if f"'{key}'" in reason), None):
            said = show(reason.partition(": ")[2] or reason)
            raise AdoptError(
                f"模板不接受 {named}={show(answers[named])}（{said}）：请用 --data {named}=... 给出另一个值。",
                f"The template does not accept {named}={show(answers[named])} ({said}): pass another value with "
                f"--data {named}=...",
                2,
            ) from None
    except (CopierError, CommandNotFound, OSError, subprocess.SubprocessError) as error:
        reason = str(error)
    reason = show(without_credentials(reason.removeprefix("fatal: ").splitlines()[0])).rstrip(".")
    raise AdoptError(
        f"无法使用模板 {where}（{reason}）：请检查地址能否访问，或用 --template 给出另一个。",
        f"The template {where} cannot be used ({reason}): check that the address can be reached, or pass another one "
        "with --template.",
    )
