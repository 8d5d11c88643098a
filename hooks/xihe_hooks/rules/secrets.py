"""Secrets: files and strings that nobody else may read. What is found is never printed whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from xihe_hooks.config_file import position
from xihe_hooks.facts import MOST_TEXTS
from xihe_hooks.findings import Finding, Text
from xihe_hooks.git import Tree
from xihe_hooks.rule import Rule

PUBLIC = Text(
    "项目公开后任何人都能读到；inference/ 中的文件，gradio 2 和 3 还会直接发给网页的任何访客（/file/ 路径）。",
    "Whoever sees the project reads it; what lies in inference/ gradio 2 and 3 hand to any visitor of the page as well "
    "(its /file/ route).",
)
REVOKE = Text(
    "请从仓库中去掉；如果已经推送，请立即作废它并换新的，因为提交历史仍保留着它。",
    "Take it out; if it has been pushed, revoke it now and make a new one, since the history keeps it.",
)
SECRET_FILE = re.compile(
    r"""(?:
        \.env(?:\.(?!example|sample|template|dist)[\w.-]+)? | [._]netrc | \.git-credentials | \.pypirc | \.htpasswd
        | id_(?:rsa|dsa|ecdsa|ed25519) | .+\.(?:pem|p12|pfx|jks|keystore|ppk) | kubeconfig | \.obsutilconfig
    )\Z""",
    re.VERBOSE | re.DOTALL,
)
SECRET_PLACES = (".kube/config", ".aws/credentials", ".docker/config.json")
# Each with strings of which one must be there: looking for those first is what keeps a check fast.
SECRETS = (
    (Text("私钥", "a private key"), ("PRIVATE KEY",), r"-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY-----"),
    (Text("AWS 访问密钥", "an AWS access key"), ("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
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
        r"""(?ix)(?<![A-Za-z0-9])(?:ak|sk|access_?key(?:_?id)?|secret_?(?:access_?)?key|api_?key|access_?token|auth_?token)
        ["']?\s{0,4}[:=]\s{0,4}["']([A-Za-z0-9/+_-]{20,80}={0,2})["']""",
    ),
    (
        Text("网址中的账号和令牌", "an account and its token in an address"),
        ("://",),
        r"https?://[^\s/:@\"'<>{}$]{1,80}:([^\s/:@\"'<>{}$*]{6,120})@[\w.-]{3,}",
    ),
)
EXAMPLE = re.compile(r"(?i)x{4}|\*{3}|your|example|token\b|password|placeholder|changeme|dummy|<")


class XS101(Rule):
    title = Text("没有存放密钥的文件", "No files that keep secrets")
    why = PUBLIC
    remedy = Text(
        "请运行 git rm --cached，把文件名加入 .gitignore；如果已经推送，请立即作废其中的密钥。",
        "Run git rm --cached, and add the name to .gitignore; if it has been pushed, revoke what is in it now.",
    )
    kinds = ("project", "model")

    def check(self, tree: Tree) -> Iterator[Finding]:
        for path in tree.entries:
            if SECRET_FILE.match(path.rpartition("/")[2]) or path.endswith(SECRET_PLACES):
                yield self.found(path, "这种文件存放密钥", "Files of this name keep secrets")


class XS102(Rule):
    title = Text("文件中没有密钥和令牌", "No keys and tokens in files")
    why = PUBLIC
    remedy = REVOKE
    kinds = ("project", "model")

    def check(self, texts: Mapping[str, str]) -> Iterator[Finding]:
        for path, text in texts.items():
            for name, hints, pattern in SECRETS:
                likely = any(hint in text for hint in hints)
                for match in re.finditer(pattern, text) if likely else ():
                    secret = match[match.lastindex or 0]
                    if not EXAMPLE.search(secret) and varied(secret):
                        shown = secret[:4]
                        zh = f"像是{name.zh}：{shown}…（{len(secret)} 个字符）"
                        en = f"This looks like {name.en}: {shown}... ({len(secret)} characters)"
                        yield self.found(path, zh, en, at=position(text, match.start()))


def varied(secret: str) -> bool:
    """Whether a string is mixed enough to be random: words and repetitions are not."""
    return len(set(secret)) >= min(8, len(secret) // 2)


class XS103(Rule):
    title = Text("每个文件都查找过密钥", "Every file was searched for secrets")
    why = Text(
        "为了让提交保持迅速，只在一定数量的文件中查找密钥，inference/ 中的最先。",
        "To keep commits fast, secrets are looked for in a limited number of files, those of inference/ first.",
    )
    remedy = Text("请把数据集等大量文件移出仓库。", "Move data sets and the like out of the repository.")
    severity = "warning"
    kinds = ("project", "model")

    def check(self, searchable: Sequence[str]) -> Iterator[Finding]:
        if len(searchable) > MOST_TEXTS:
            zh = f"{len(searchable)} 个文本文件中只查找了 {MOST_TEXTS} 个"
            en = f"Of {len(searchable)} text files {MOST_TEXTS} were searched"
            yield self.found("", zh, en)
