"""Starts the app as the platform does, and waits until it is ready as the platform does."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from xihe_hooks.data import platform
from xihe_hooks.language import Text
from xihe_hooks.preview.stages import PreviewError, Stages
from xihe_hooks.preview.supervise import ending_with_parent
from xihe_hooks.preview.variables import for_app

HOST = "127.0.0.1"
PORTS = 100  # how many are tried
READY = (200, 401)
OTHER_PORT_SECONDS = 5.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy would look for the app elsewhere


@contextmanager
def reserve_port(wanted: int, strict: bool = False) -> Iterator[int]:
    """Give the port, or the next one that is free and that no other preview is about to use.

    strict  whether a port whose last connections are still closing counts as taken, as Gradio before version 4 sees it
    """
    folder = user_cache_path("xihe-hooks") / "ports"
    folder.mkdir(parents=True, exist_ok=True)
    for port in range(wanted, min(wanted + PORTS, 65536)):
        with suppress(Timeout), FileLock(folder / f"{port}.lock", timeout=0):
            if _is_free(port, strict):
                yield port
                return
    raise PreviewError(
        Text(f"从 {wanted} 起没有空闲端口", f"There is no free port from {wanted} on"),
        Text("请用 --port 换一个。", "Choose another one with --port."),
    )


def _is_free(port: int, strict: bool) -> bool:
    with socket.socket() as probe:
        if os.name == "posix" and not strict:  # elsewhere the option lets two servers share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def start(interpreter: Path, inference: Path, port: int) -> subprocess.Popen[bytes]:
    """Start app.py in its folder. Its output goes where ours goes; of our environment it gets what `variables` lists."""
    paths = os.pathsep.join([str(interpreter.absolute().parent), os.environ.get("PATH", os.defpath)])
    server = {"GRADIO_SERVER_NAME": HOST, "GRADIO_SERVER_PORT": str(port), "PATH": paths}
    _python, *arguments = platform()["start"]["command"]
    command = ending_with_parent([str(interpreter.absolute()), *arguments])
    return subprocess.Popen(command, cwd=inference, env=for_app(server), stdin=subprocess.DEVNULL)


def wait_until_ready(app: subprocess.Popen[bytes], port: int, seconds: float, stages: Stages) -> str:
    """Return the app's address once its page answers; PreviewError when the app ends first or time is up."""
    address = f"http://{HOST}:{port}/"
    started = time.monotonic()
    warned = False
    while time.monotonic() - started < seconds:
        if app.poll() is not None:
            raise ended(app.returncode)
        ports = _listening(app.pid)
        if port in ports and _answers(address):
            return address
        if ports and port not in ports and not warned and time.monotonic() - started > OTHER_PORT_SECONDS:
            warned = True
            stages.warn(*_elsewhere(sorted(ports), port))
        time.sleep(0.1)
    others = _listening(app.pid) - {port}
    raise PreviewError(
        _elsewhere(sorted(others), port)
        if others
        else Text(f"{seconds:g} 秒后 app.py 仍没有就绪", f"After {seconds:g} seconds app.py is not ready"),
        Text(
            "launch() 不要指定端口和主机，也不要在启动时做太久的工作。",
            "Give launch() no port and no host, and leave long work out of the start.",
        ),
        "ready",
    )


def _answers(address: str) -> bool:
    try:
        with DIRECT.open(address, timeout=5) as response:
            return response.status in READY
    except urllib.error.HTTPError as error:
        return error.code in READY
    except (OSError, ValueError, http.client.HTTPException):
        return False


def _listening(pid: int) -> set[int]:
    ports = set()
    try:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            ports |= {c.laddr.port for c in each.net_connections("inet") if c.status == psutil.CONN_LISTEN}
    except psutil.Error:
        pass
    return ports


def _elsewhere(others: list[int], port: int) -> Text:
    ports = ", ".join(map(str, others))
    return Text(
        f"应用监听端口 {ports}，而平台要它监听环境变量 GRADIO_SERVER_PORT 给出的端口（这里是 {port}）",
        f"The app listens on port {ports}; the platform asks for the one in GRADIO_SERVER_PORT, here {port}",
    )


def ended(code: int) -> PreviewError:
    """Return the fault of an app that ended by itself: the platform starts it again, and counts that as failed."""
    zh = "app.py 自己结束了" if code == 0 else f"app.py 退出，退出码 {code}"
    en = "app.py ended by itself" if code == 0 else f"app.py ended with exit code {code}"
    remedy = Text("原因见上面它的输出。", "Its output above says why.")
    if code == 0:
        remedy = Text(
            "它必须一直运行：最后一行应是 launch()，不要设 prevent_thread_lock。",
            "It has to keep running: end it with launch(), without prevent_thread_lock.",
        )
    return PreviewError(Text(zh, en), remedy, "start")
