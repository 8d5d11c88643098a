"""The stages of a command, shown as they pass: each with its time, and where one fails what is wrong and what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from rich.console import Console
from rich.status import Status
from rich.text import Text as Line

from xihe_hooks.language import Text, pad, say, show, without_credentials
from xihe_hooks.rules.rule import Finding


class StageError(Exception):
    """A stage failed.

    what    what is wrong, where
    remedy  what to do now, where that is not said yet
    """

    def __init__(self, what: Text, remedy: Text | None = None) -> None:
        super().__init__(what.en)
        self.what, self.remedy = what, remedy


class Stage(NamedTuple):
    """A stage that is under way."""

    stages: Stages
    notes: list[Text]
    status: Status

    def note(self, zh: str, en: str) -> None:
        """Say something in the stage's line, once it has passed."""
        self.notes.append(Text(zh, en))

    def progress(self, zh: str, en: str) -> None:
        """Show what is going on, until the next call."""
        self.status.update(Line(show(self.stages.said(Text(zh, en)).strip())))

    def stop(self) -> None:
        """Take the spinner away."""
        try:
            self.status.stop()
        except IndexError:  # an interrupt came while rich was starting it
            self.stages.console.show_cursor()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to a question."""
        self.stop()
        yield
        self.status.start()


class Stages:
    """Shows the stages of these names on standard error, in one language."""

    def __init__(self, language: str, names: Mapping[str, Text]) -> None:
        self.language, self.names = language, names
        self.current = Text("", "")  # what is or was last under way
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)

    @contextmanager
    def stage(self, name: str, quiet: bool = False) -> Iterator[Stage]:
        """Time a stage. Quiet where something else writes to the same terminal, which a spinner would garble."""
        start = time.monotonic()
        self.current = self.names[name]
        title = say(self.current, self.language)
        stage = Stage(self, [], self.console.status(title))
        try:
            if not quiet:
                stage.status.start()
            yield stage
        except StageError as error:
            stage.stop()
            self._line("✗", "red", title, start, [])
            self.explain(error)
            raise
        finally:
            stage.stop()
        self._line("✓", "green", title, start, stage.notes)

    def said(self, text: Text) -> str:
        """Return a text in the language chosen, as it may be shown: addresses without user and password."""
        return without_credentials(say(text, self.language))

    def warn(self, zh: str, en: str) -> None:
        """Say what passes here and yet is not as it should be."""
        self.console.print(Line("! " + self.said(Text(zh, en)), style="yellow"))

    def warn_of(self, findings: Sequence[Finding]) -> None:
        """Say what the checks have found."""
        for each in findings:
            where = f"{show(each.path)}:{each.line}" if each.line else show(each.path)
            self.warn(
                *(f"{where} {each.rule} {what} {todo}" for what, todo in zip(each.what, each.remedy, strict=True))
            )

    def show(self, text: Text, style: str = "") -> None:
        """Say something below the stage's line."""
        self.console.print(Line("  " + self.said(text), style=style))

    def explain(self, error: StageError) -> None:
        """Say what is wrong, and what to do."""
        self.show(error.what, "bold")
        if error.remedy:
            self.show(error.remedy)

    def _line(self, mark: str, colour: str, title: str, start: float, notes: Sequence[Text]) -> None:
        seconds = f"{time.monotonic() - start:6.1f} s"
        said = say(Text("，", ", "), self.language).join(map(self.said, notes))
        self.console.print(Line.assemble((mark, colour), f" {pad(title, 14)}{seconds}  {said}".rstrip()))
