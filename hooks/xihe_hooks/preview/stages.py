"""The stages of a preview, which also say what the platform would show where one fails."""

from __future__ import annotations

from xihe_hooks.data import platform
from xihe_hooks.language import Text
from xihe_hooks.stages import Stage, StageError
from xihe_hooks.stages import Stages as _Stages

__all__ = ["PreviewError", "Stage", "Stages"]

NAMES = {
    "clone": Text("克隆", "clone"),
    "config": Text("配置", "config"),
    "weights": Text("权重", "weights"),
    "environment": Text("环境", "environment"),
    "start": Text("启动", "start"),
    "ready": Text("就绪", "ready"),
    "smoke": Text("试用", "smoke"),
}


class PreviewError(StageError):
    """A stage failed.

    step  the step of the platform that fails here, a key of "reasons_shown" in platform.yml; "" where none does
    """

    def __init__(self, what: Text, remedy: Text | None = None, step: str = "") -> None:
        super().__init__(what, remedy)
        self.step = step


class Stages(_Stages):
    """Shows the stages for one version of the platform."""

    def __init__(self, language: str, era: str) -> None:
        super().__init__(language, NAMES)
        self.era = era

    def explain(self, error: StageError) -> None:
        """Say what is wrong, what to do, and what the platform would show."""
        super().explain(error)
        if isinstance(error, PreviewError) and error.step:
            self.show(self._shown(error.step), "dim")

    def _shown(self, step: str) -> Text:
        seconds = platform()["limits"]["start_seconds"]["value"]
        if self.era in platform()["reasons_shown"][step]:
            return Text(
                f"平台（{self.era}）上：启动失败，日志里有原因。",
                f"On the platform ({self.era}), the start fails, and its log gives the reason.",
            )
        return Text(
            f"平台（{self.era}）上：没有任何提示，约 {seconds} 秒后回到启动页面。",
            f"On the platform ({self.era}), there is no message at all: after about {seconds} seconds the page "
            "returns to Start.",
        )
