"""Runs git and git-lfs against the platform, and sees to it that the token is nowhere but in their environment.

A token in an address or in an argument is in `.git/config`, in the list of processes and in traces (git-lfs even writes
the address down a second time). So git asks the user's credential helpers first, as ever, and then a script, askpass,
that answers from the environment: for one account at one server, and for nobody else, whatever `.lfsconfig` says.
"""

from __future__ import annotations

import base64
import contextlib
import getpass
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from xihe_hooks.commands.publish.target import Target
from xihe_hooks.git.process import clean_environment
from xihe_hooks.language import Text, show, without_credentials
from xihe_hooks.stages import Stage, StageError

TOKEN = "XIHE_TOKEN"
ASKPASS = """\
#!/bin/sh
case $1 in
Username*"$XIHE_SERVER"[\\'\\"/]*) printf '%s\\n' "$XIHE_ACCOUNT" ;;
Password*"$XIHE_LOGIN"[\\'\\"/]*) test -n "$XIHE_TOKEN" && printf '%s\\n' "$XIHE_TOKEN" ;;
*) exit 1 ;;
esac
"""
UNAUTHORISED = (
    *("Authentication failed", "could not read Username", "could not read Password", "HTTP Basic: Access denied"),
    *("Authentication required", "Git credentials for", "returned error: 401", "PermissionError"),
)
UNREACHABLE = (
    *("Could not resolve", "ailed to connect", "onnection refused", "onnection reset", "timed out", "dial tcp"),
    *("Empty reply", "RPC failed", "hung up", "No route", "EOF", "unreachable", "closed connection", "urlopen error"),
)
NOWHERE = ("not found", "could not be found", "does not exist", "does not appear to be a git repository", "error: 404")
FORBIDDEN = ("error: 403", "not allowed to push", "Forbidden")
BEHIND = ("fetch first", "non-fast-forward", "stale info", "cannot lock ref", "reference already exists")


class Answer(NamedTuple):
    """What a command came to: its exit code, and what it said on standard output and standard error."""

    code: int
    output: str
    errors: str

    def tells(self, signs: tuple[str, ...]) -> bool:
        """Whether it failed for one of these reasons."""
        return self.code != 0 and any(sign in self.errors for sign in signs)


def answer_of(process: subprocess.Popen[bytes]) -> Answer:
    """Wait for git; it ends with us where we are interrupted."""
    with process:
        try:
            output, errors = (each.decode("utf-8", "replace") for each in process.communicate())
        except BaseException:
            process.terminate()
            raise
    return Answer(process.returncode, output, errors)


class Access:
    """How one account gets at the platform's server.

    token  what is answered when git asks; None where nobody has told it yet
    asks   whether there is somebody at a terminal to ask
    """

    def __init__(self, folder: Path, account: str, token: str | None, asks: bool) -> None:
        self.account, self.token, self.asks = account, token, asks
        self._given = token is not None  # and so for this run alone: no helper is asked, and none is told
        self._progress = folder / "progress"
        self._askpass = folder / "askpass.sh"
        self._askpass.write_text(ASKPASS, "utf-8", newline="\n")
        self._askpass.chmod(0o700)

    def start(self, target: Target, *arguments: str) -> subprocess.Popen[bytes]:
        """Start git in the target's folder as this account, without asking anybody."""
        return subprocess.Popen(
            ["git", *arguments],
            cwd=target.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(target),
        )

    def git(self, target: Target, *arguments: str) -> Answer:
        """Run git so to its end."""
        return answer_of(self.start(target, *arguments))

    def insist(self, stage: Stage, target: Target, *arguments: str, first: Answer | None = None) -> Answer:
        """Run git; where it fails for want of a token, ask for one and run it again. `first` is a run already made."""
        answer = first or self.git(target, *arguments)
        if answer.tells(UNAUTHORISED) and self.asks and self.token is None:
            self.ask(stage, target)
            answer = self.git(target, *arguments)
        return answer

    @contextlib.contextmanager
    def progress(self, stage: Stage) -> Iterator[None]:
        """Show how far git-lfs is with its uploads."""
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(0.5):
                lines = self._progress.read_text("utf-8", "replace").splitlines() if self._progress.exists() else []
                if found := re.fullmatch(r"upload \S+ (\d+)/(\d+) .*", lines[-1] if lines else ""):
                    part = f"{int(found[1]) >> 20:,} / {int(found[2]) >> 20:,} MiB"
                    stage.progress(part, part)

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        try:
            yield
        finally:
            ended.set()
            looking.join()

    def ask(self, stage: Stage, target: Target) -> None:
        """Ask for the token at the terminal, without showing it."""
        server = self._server(target)
        prompt = stage.stages.said(
            Text(f"{self.account} 在 {server} 的令牌（不显示）：", f"Token of {self.account} at {server} (not shown): ")
        )
        with stage.paused():
            self.token = getpass.getpass(prompt).strip()

    def authorization(self, target: Target) -> str | None:
        """Return the header that git would send, None where nobody has a token for it."""
        answer = subprocess.run(
            ["git", "credential", "fill"],
            cwd=target.folder,
            input=f"url={self._server(target)}/\n\n".encode(),
            capture_output=True,
            env=self.environment(target),
            check=False,
        )
        pairs = dict(line.split("=", 1) for line in answer.stdout.decode("utf-8").splitlines() if "=" in line)
        if not pairs.get("password"):
            return None
        return "Basic " + base64.b64encode(f"{pairs['username']}:{pairs['password']}".encode()).decode()

    def environment(self, target: Target) -> Mapping[str, str]:
        """The environment in which git finds the token."""
        server = self._server(target)
        login = server.replace("://", f"://{self.account}@", 1)
        settings = {f"credential.{server}.username": self.account} | ({"credential.helper": ""} if self._given else {})
        environment = clean_environment() | {
            "GIT_ASKPASS": str(self._askpass),
            "GIT_LFS_PROGRESS": str(self._progress),
            "GIT_TERMINAL_PROMPT": "0",
            "GCM_INTERACTIVE": "never",
            "GIT_TRACE_REDACT": "1",
            "XIHE_ACCOUNT": self.account,
            "XIHE_LOGIN": login,
            "XIHE_SERVER": server,
            TOKEN: self.token or "",
        }
        number = int(environment.get("GIT_CONFIG_COUNT") or 0)
        for key, value in settings.items():
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
            number += 1
        return environment | {"GIT_CONFIG_COUNT": str(number)}

    @staticmethod
    def _server(target: Target) -> str:
        url = urlsplit(target.push_address)
        return f"{url.scheme}://{url.netloc.rpartition('@')[2]}"


@contextlib.contextmanager
def opened(account: str, token: str | None, asks: bool) -> Iterator[Access]:
    """Give the access of an account, with the token where one was given."""
    with tempfile.TemporaryDirectory(prefix="xihe-publish-") as folder:
        yield Access(Path(folder), account, token, asks)


def failed(answer: Answer, target: Target, access: Access) -> StageError:
    """Return why the remote did not do as it was asked."""
    lines = [line.strip() for line in answer.errors.splitlines() if line.strip()]
    told = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    plain = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "?")
    reason = show(without_credentials(next(iter(filter(None, told)), plain)))
    address = target.address
    if answer.tells(UNAUTHORISED):
        return _unauthorised(target, access)
    if answer.tells(FORBIDDEN):
        return StageError(
            Text(
                f"账号 {access.account} 无权推送到 {address}", f"The account {access.account} may not push to {address}"
            ),
            Text(
                "请检查地址中的账号，以及令牌的权限。",
                "Check the account in the address and the permissions of the token.",
            ),
        )
    if answer.tells(("remote rejected", "GL-HOOK-ERR")):
        refusal = next((show(line) for line in told if "GL-HOOK-ERR" in line), reason)
        return StageError(
            Text(f"平台拒绝了 {target.name}：{refusal}", f"The platform refused {target.name}: {refusal}"),
            _after_refusal(refusal),
        )
    if answer.tells(BEHIND):
        return StageError(
            Text(f"{address} 刚刚有了新的提交", f"{address} has just received a new commit"),
            Text("请再次发布：会先取得这个提交。", "Publish again: the new commit is then fetched first."),
        )
    if answer.tells(NOWHERE):
        words = {
            "project": Text("公开的 Gradio 项目", "public Gradio project"),
            "model": Text("公开的模型", "public model"),
        }
        return StageError(
            Text(f"平台上没有 {address}，或者它是私有的", f"The platform has no {address}, or it is private"),
            Text(
                f"请先在平台上新建{words[target.kind].zh} {target.name}，再次发布。",
                f"Create the {words[target.kind].en} {target.name} on the platform, then publish again.",
            ),
        )
    if answer.tells(UNREACHABLE):
        return StageError(
            Text(f"连接不上 {address}：{reason}", f"Cannot reach {address}: {reason}"),
            Text(
                "请检查网络，再次发布；会从这里继续。", "Check the network and publish again: it continues from here."
            ),
        )
    return StageError(Text(f"git 报告 {address}：{reason}", f"Git reports for {address}: {reason}"))


def _unauthorised(target: Target, access: Access) -> StageError:
    if access.token or access.asks:
        return StageError(
            Text(
                f"平台不接受账号 {access.account} 的令牌",
                f"The platform does not accept the token of the account {access.account}",
            ),
            Text(
                "请在个人中心核对或新建令牌，再次发布；令牌只显示一次。",
                "Check the token or make a new one in your personal centre, where it is shown once; then publish again.",
            ),
        )
    return StageError(
        Text(f"{target.address} 需要令牌，但没有给出", f"{target.address} needs a token, but none was given"),
        Text(
            f"请在终端里运行，或用环境变量 {TOKEN} 给出令牌。",
            f"Run this in a terminal, or give the token in the environment variable {TOKEN}.",
        ),
    )


def _after_refusal(refusal: str) -> Text:
    if "squash" in refusal or "1 commit" in refusal:
        return Text(
            "请加上 --squash 再次发布，它会把新提交合并成一个：nox -s publish -- --squash。",
            "Publish again with --squash, which combines them into one commit: nox -s publish -- --squash.",
        )
    return Text("请按上面的说明改正，再次发布。", "Correct what it says, and publish again.")
