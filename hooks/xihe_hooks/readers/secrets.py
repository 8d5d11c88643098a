"""Finds keys and tokens in text. Of what is found nothing is handed on but its kind and length."""

import bisect
import re
from collections.abc import Iterator
from typing import NamedTuple

from xihe_hooks.language import Text

# Each with strings of which one must be there: looking for those first is what keeps a check fast.
SECRETS = (
    (Text("私钥", "a private key"), ("PRIVATE KEY",), r"-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY-----"),
    (Text("AWS 访问密钥", "an AWS access key"), ("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    (Text("阿里云访问密钥", "an Alibaba Cloud access key"), ("LTAI",), r"\bLTAI[A-Za-z0-9]{12,26}\b"),
    (Text("腾讯云访问密钥", "a Tencent Cloud access key"), ("AKID",), r"\bAKID[A-Za-z0-9]{13,48}\b"),
    (Text("Hugging Face 令牌", "a Hugging Face token"), ("hf_",), r"\bhf_[A-Za-z0-9]{30,60}\b"),
    (
        Text("GitHub 令牌", "a GitHub token"),
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,100})\b",
    ),
    (Text("GitLab 令牌", "a GitLab token"), ("glpat-",), r"\bglpat-[\w-]{20,60}"),
    (Text("API 密钥", "an API key"), ("sk-",), r"\bsk-[A-Za-z0-9_-]{32,200}\b"),
    (
        Text("访问密钥", "an access key"),
        ('"', "'"),
        r"""(?ix)(?<![A-Za-z0-9])(?:ak|sk|access_?key(?:_?(?:id|secret))?|secret_?(?:access_?)?(?:key|id)|api_?key|access_?token|auth_?token)
        ["']?\s{0,4}[:=]\s{0,4}["']([A-Za-z0-9/+_-]{20,80}={0,2})["']""",
    ),
    (
        Text("访问密钥", "an access key"),
        ("KEY", "SECRET", "TOKEN"),
        r"""(?mx)^[ \t]*(?:export[ \t]+)?[A-Z0-9_]{0,60}(?:ACCESS_KEY|SECRET|SECRET_KEY|API_KEY|TOKEN)(?:_ID)?=
        ([A-Za-z0-9/+_-]{20,80}={0,2})[ \t]*$""",
    ),
    (
        Text("网址中的账号和令牌", "an account and its token in an address"),
        ("://",),
        r"https?://[^\s/:@\"'<>{}$]{1,80}:([^\s/:@\"'<>{}$*]{6,120})@[\w.-]{3,}",
    ),
)
EXAMPLE = r"(?i)x{4}|\*{3}|your|example|token\b|password|placeholder|changeme|dummy|<"


class Leak(NamedTuple):
    """What looks like a secret: what it is called, how many characters it has, and where it begins."""

    name: Text
    length: int
    place: tuple[int, int]

    @property
    def what(self) -> Text:
        """One phrase that tells it without giving it away."""
        return Text(
            f"疑似{' ' if self.name.zh[0].isascii() else ''}{self.name.zh}（{self.length} 个字符）",
            f"looks like {self.name.en} ({self.length} characters)",
        )


def leaks(content: bytes) -> Iterator[Leak]:
    """Yield the likely secrets of a file; what holds a zero byte is no text."""
    if b"\0" in content:
        return
    text = content.decode("utf-8", "replace")
    lines: list[int] = []  # where each begins
    for name, hints, pattern in SECRETS:
        likely = any(hint in text for hint in hints)
        for match in re.finditer(pattern, text) if likely else ():
            secret = match[match.lastindex or 0]
            if not re.search(EXAMPLE, secret) and varied(secret):
                lines = lines or [0, *(end.end() for end in re.finditer("\n", text))]
                line = bisect.bisect_right(lines, match.start())
                yield Leak(name, len(secret), (line, match.start() - lines[line - 1] + 1))


def varied(secret: str) -> bool:
    """Whether a string is mixed enough to be random: words and repetitions are not."""
    return len(set(secret)) >= min(8, len(secret) // 2)
