"""Secrets: files and strings that nobody else may read. What is found is never printed whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from xihe_hooks.git.outgoing import Blob, Push
from xihe_hooks.git.repository import Tree
from xihe_hooks.language import Text
from xihe_hooks.rules.history import carried, squash
from xihe_hooks.rules.rule import Finding, Rule, rule

PUBLIC = Text(
    "项目公开后任何人都能读到；inference/ 中的文件，gradio 2 和 3 还会直接发给网页的任何访客（/file/ 路径）。",
    "Anyone who can see the project can read it. Gradio 2 and 3 also serve everything in inference/ to any visitor "
    "of the page, through its /file/ route.",
)
REVOKE = Text(
    "请把它从仓库中去掉；如果已经推送，请立即作废它并换新的，因为提交历史中仍有它。",
    "Remove it; if it has been pushed, revoke it now and create a new one, since the history still contains it.",
)
SECRET_FILE = r"""(?xs)(?:
        \.env(?:\.(?!example|sample|template|dist)[\w.-]+)? | [._]netrc | \.git-credentials | \.pypirc | \.htpasswd
        | id_(?:rsa|dsa|ecdsa|ed25519) | .+\.(?:pem|p12|pfx|jks|keystore|ppk) | kubeconfig | \.obsutilconfig
    )\Z"""
SECRET_PLACES = (".kube/config", ".aws/credentials", ".docker/config.json")
# How such names end, but for .env.something: looking for these first is quick among 10,000 names.
SECRET_ENDS = (
    *(".env", "netrc", ".git-credentials", ".pypirc", ".htpasswd", "_rsa", "_dsa", "_ecdsa", "_ed25519"),
    *(".pem", ".p12", ".pfx", ".jks", ".keystore", ".ppk", "kubeconfig", ".obsutilconfig", *SECRET_PLACES),
)


@rule
class XS101(Rule):
    slug = "secret-file"
    title = Text("没有存放密钥的文件", "No files that contain secrets")
    why = PUBLIC
    remedy = Text(
        "请运行 git rm --cached，把文件名加入 .gitignore；如果已经推送，请立即作废其中的密钥。",
        "Run git rm --cached, and add the name to .gitignore; if it has been pushed, revoke the secrets in it now.",
    )
    bad = """
        inference/.env
        inference/app.py
        inference/config.json
        inference/requirements.txt
    """
    good = """
        inference/.env.example
        inference/app.py
        inference/config.json
        inference/requirements.txt
    """
    since = "0.1.0"
    kinds = ("project", "model")

    def check(self, tree: Tree) -> Iterator[Finding]:
        for path in dict.fromkeys([*tree.entries.ending(*SECRET_ENDS), *tree.entries.containing(".env.")]):
            if re.match(SECRET_FILE, path.rpartition("/")[2]) or path.endswith(SECRET_PLACES):
                yield self.found(path, Text("这种文件存放密钥", "Files of this name contain secrets"))


@rule
class XS102(Rule):
    slug = "secret-in-file"
    title = Text("文件中没有密钥和令牌", "No keys and tokens in files")
    why = PUBLIC
    remedy = REVOKE
    bad = """
        inference/more.py
            import os

            SECRET_KEY = "Zk3uP9aQ7rT1vX5yB8nM2cL6"
    """
    good = """
        inference/more.py
            import os

            SECRET_KEY = os.environ["SECRET_KEY"]
    """
    since = "0.1.0"
    kinds = ("project", "model")
    was = ("XP105",)

    def check(self, blobs: Sequence[Blob], push: Push | None, branch: str | None) -> Iterator[Finding]:
        for blob in blobs:
            more = carried(blob)
            for leak in blob.leaks:
                yield self.found(
                    blob.path,
                    Text(f"{leak.what.zh}{more.zh}", f"This {leak.what.en}{more.en}"),
                    at=leak.place,
                    remedy=squash(push, blob, branch),
                )


@rule
class XS103(Rule):
    slug = "secret-search-incomplete"
    title = Text("每个文件都查找过密钥", "Every file was searched for secrets")
    why = Text(
        "仓库很大时，为了让提交保持迅速，只在 inference/ 和这次提交改动的文件中查找密钥，项目仓库中的 git-lfs 指针也是如此。推送时查找推送中的每一个文件；构建服务器（设置了环境变量 CI）查找全部文件。",
        "To keep commits fast in a large repository, only inference/ and the files that the commit changes are "
        "searched for secrets and, in a project, for git-lfs pointers. At a push, every file in the push is "
        "searched; on a build server (where the variable CI is set), all files are.",
    )
    remedy = Text(
        "请运行 CI=1 xihe-hooks check 查找全部文件；数据集等大量文件不应放在项目仓库。",
        "Run CI=1 xihe-hooks check to search all files; data sets and other large numbers of files do not belong in "
        "a project.",
    )
    bad = """
        $ mkdir data
        $ for n in $(seq 2100); do echo $n > data/$n.txt; done
        $ git add data
        $ git commit -m "Add the data"
    """
    good = """
        $ mkdir data
        $ for n in $(seq 2100); do echo $n > data/$n.txt; done
        $ echo data/ > .gitignore
        $ git add .gitignore
    """
    since = "0.1.0"
    severity = "warning"
    kinds = ("project", "model")

    def check(self, searchable: Sequence[str], searched: Sequence[str]) -> Iterator[Finding]:
        if len(searched) < len(searchable):
            yield self.found(
                "",
                Text(
                    f"{len(searchable)} 个文本文件中只查找了 {len(searched)} 个",
                    f"Only {len(searched)} of {len(searchable)} text files were searched",
                ),
            )
