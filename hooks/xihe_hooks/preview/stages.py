"""The stages of a start, shown as they pass: each with its time, and where one fails what is wrong and what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from rich.console import Console
from rich.status import Status
from rich.text import Text as Line

from xihe_hooks.data import platform
from xihe_hooks.language import Text, pad, say, show, without_credentials
from xihe_hooks.rules.rule import Finding

NAMES = {
    "clone": Text("克隆", "clone"),
    "config": Text("配置", "config"),
    "weights": Text("权重", "weights"),
    "environment": Text("环境", "environment"),
    "start": Text("启动", "start"),
    "ready": Text("就绪", "ready"),
    "smoke": Text("试用", "smoke"),
}


class PreviewError(Exception):
    """A stage failed.

    what    what is wrong, where
    remedy  what to do now, where that is not said yet
    step    the step of the platform that fails here, a key of "reasons_shown" in platform.yml; "" where none does
    """

    def __init__(self, what: Text, remedy: Text | None = None, step: str = "") -> None:
        super().__init__(what.en)
        self.what, self.remedy, self.step = what, remedy, step


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


class Stages:
    """Shows the stages on standard error, in one language, for one version of the platform."""

    def __init__(self, language: str, era: str) -> None:
        self.language, self.era = language, era
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)

    @contextmanager
    def stage(self, name: str, quiet: bool = False) -> Iterator[Stage]:
        """Time a stage. Quiet where the app writes to the same terminal, which a spinner would garble."""
        start = time.monotonic()
        title = say(NAMES[name], self.language)
        stage = Stage(self, [], self.console.status(title))
        try:
            if not quiet:
                stage.status.start()
            yield stage
        except PreviewError as error:
            stage.status.stop()
            self._line("✗", "red", title, start, [])
            self.explain(error)
            raise
        finally:
            stage.status.stop()
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

    def _line(self, mark: str, colour: str, title: str, start: float, notes: Sequence[Text]) -> None:
        seconds = f"{time.monotonic() - start:6.1f} s"
        said = say(Text("，", ", "), self.language).join(map(self.said, notes))
        self.console.print(Line.assemble((mark, colour), f" {pad(title, 14)}{seconds}  {said}".rstrip()))

    def explain(self, error: PreviewError) -> None:
        """Say what is wrong, what to do, and what the platform would show."""
        shown = self._shown(error.step) if error.step else None
        for text, style in ((error.what, "bold"), (error.remedy, ""), (shown, "dim")):
            if text:
                self.console.print(Line("  " + self.said(text), style=style))

    def _shown(self, step: str) -> Text:
        seconds = platform()["limits"]["start_seconds"]["value"]
        if self.era in platform()["reasons_shown"][step]:
            return Text(
                f"平台（{self.era}）上：启动失败，日志里有原因。",
                f"On the platform ({self.era}): the start fails, and its log gives the reason.",
            )
        return Text(
            f"平台（{self.era}）上：没有任何提示，约 {seconds} 秒后回到启动页面。",
            f"On the platform ({self.era}): no message at all; after about {seconds} seconds the start page is back.",
        )
