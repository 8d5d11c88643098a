"""Starts the app as the platform does, and waits until it is ready as the platform does."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import threading
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
from xihe_hooks.language import Text, show
from xihe_hooks.preview.stages import PreviewError, Stages
from xihe_hooks.preview.supervise import ending_with_parent
from xihe_hooks.preview.variables import for_app
from xihe_hooks.readers.log import explain

HOST = "127.0.0.1"
PORTS = 100  # how many are tried
READY = (200, 401)
OTHER_PORT_SECONDS = 5.0
KEPT = 1 << 16  # bytes of the app's output
LINES_SHOWN = 20
TELLING_SECONDS = 5.0  # for an app to say where it is
# What the image has and a machine may lack, by what Python prints then.
LOCAL_CAUSES = {
    r"(lib(?:GL|SM|Xext|gthread-2\.0)\.so\.\d+): cannot open shared object file": Text(
        "本机缺少系统库 {0}，平台的镜像有它；在 Debian 和 Ubuntu 上请安装 libgl1 libsm6 libxext6 libglib2.0-0",
        "this machine lacks the system library {0}, which the platform's image has; on Debian and Ubuntu install "
        "libgl1 libsm6 libxext6 libglib2.0-0",
    ),
}
TRIES = 3  # at ports that others take


class PortTaken(Exception):
    """Another program took the port between its reservation and the app's start."""


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
        Text(f"从 {wanted} 起没有空闲端口", f"There is no free port from {wanted} upwards"),
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


def _is_taken(port: int, strict: bool) -> bool:
    """Whether a program has the port that none of ours has started."""
    return not _is_free(port, strict) and port not in _listening(os.getpid())


class App:
    """An app that runs. Its output goes where ours goes, and the end of it is kept."""

    def __init__(self, process: subprocess.Popen[bytes], over_image: bool) -> None:
        self.process, self._over_image = process, over_image
        self._output, self._shown = bytearray(), True
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        while block := os.read(self.process.stdout.fileno(), 1 << 16):
            self._output += block
            del self._output[:-KEPT]
            if self._shown:
                with suppress(OSError):  # nobody reads it
                    os.write(1, block)

    def end_of_output(self) -> list[str]:
        """Return the last lines that it printed."""
        return self._output.decode("utf-8", "replace").splitlines()[-LINES_SHOWN:]

    def stop_to_tell_where(self) -> None:
        """End an app that does not get ready so that Python prints where each of its threads is."""
        self._shown = False
        if os.name == "posix":
            self.process.send_signal(signal.SIGABRT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(TELLING_SECONDS)
        self._reader.join(TELLING_SECONDS)

    def ended(self) -> PreviewError:
        """Return the fault of an app that ended by itself: the platform starts it again, and counts that as failed."""
        code = self.process.returncode
        self._reader.join(TELLING_SECONDS)
        printed = "\n".join(self.end_of_output())
        zh = "app.py 自己结束了" if code == 0 else f"app.py 退出，退出码 {code}"
        en = "app.py ended by itself" if code == 0 else f"app.py ended with exit code {code}"
        for sign, why in LOCAL_CAUSES.items():
            if found := re.search(sign, printed):
                return PreviewError(
                    Text(f"{zh}：{why.zh.format(*found.groups())}", f"{en}: {why.en.format(*found.groups())}")
                )
        remedy = Text("原因见上面的输出。", "The reason is in its output above.")
        if code == 0:
            remedy = Text(
                "请让它一直运行：最后一行应是 launch()，不要设 prevent_thread_lock。",
                "It has to keep running: its last line should be launch(), without prevent_thread_lock.",
            )
        elif "No module named" in printed and not self._over_image:
            return PreviewError(
                Text(zh, en),
                Text(
                    "如果平台的镜像自带缺少的软件包，应用在平台上可能正常；要在本机启动，请把它写进 requirements.txt，或改用镜像的 Python 预览。",
                    "If the platform's image contains the missing package, the app may start there. To start it on "
                    "this machine, add it to requirements.txt, or preview with the image's Python.",
                ),
            )
        elif known := explain(printed):
            what = Text(f"{zh}：{known.what.zh.rstrip('。')}", f"{en}: {known.what.en.rstrip('.')}")
            return PreviewError(what, known.remedy, "start")
        elif printed and "Traceback" not in printed:  # an app that ends by SystemExit says why in its last line
            last = show(printed.splitlines()[-1].strip())
            return PreviewError(Text(f"{zh}：{last}", f"{en}: {last}"), None, "start")
        return PreviewError(Text(zh, en), remedy, "start")


def start(interpreter: Path, inference: Path, port: int, over_image: bool = True) -> App:
    """Start app.py in its folder. Of our environment it gets what `variables` lists."""
    paths = os.pathsep.join([str(interpreter.absolute().parent), os.environ.get("PATH", os.defpath)])
    server = {"GRADIO_SERVER_NAME": HOST, "GRADIO_SERVER_PORT": str(port), "PATH": paths}
    _python, *arguments = platform()["start"]["command"]
    command = ending_with_parent([str(interpreter.absolute()), *arguments])
    process = subprocess.Popen(
        command,
        cwd=inference,
        env=for_app(server),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return App(process, over_image)


def wait_until_ready(app: App, port: int, seconds: float, stages: Stages, strict: bool = False) -> str:
    """Return the app's address once its page answers; PreviewError when the app ends first or time is up.

    PortTaken where the app found the port in use: many servers then end, and Gradio takes the next one without a word.
    strict  as of `reserve_port`
    """
    address = f"http://{HOST}:{port}/"
    started = time.monotonic()
    warned = False
    status, ports = None, set[int]()
    while time.monotonic() - started < seconds:
        if app.process.poll() is not None:
            if _is_taken(port, strict=False):
                raise PortTaken
            raise app.ended()
        ports = _listening(app.process.pid)
        if port in ports and (status := _status(address)) in READY:
            return address
        if ports and port not in ports and not warned and time.monotonic() - started > OTHER_PORT_SECONDS:
            if _is_taken(port, strict):
                app.process.kill()
                app.process.wait()
                raise PortTaken
            warned = True
            stages.warn(*_elsewhere(sorted(ports), port))
        time.sleep(0.1)
    app.stop_to_tell_where()
    stages.console.print("\n".join(app.end_of_output()), markup=False, style="dim")
    raise PreviewError(
        _elsewhere(sorted(ports - {port}), port)
        if ports - {port}
        else Text(
            f"{seconds:g} 秒后 app.py 仍没有就绪：{_state(port in ports, status).zh}",
            f"After {seconds:g} seconds, app.py is still not ready: {_state(port in ports, status).en}",
        ),
        Text(
            "上面是它最后的输出，以及停下时正在执行的代码。请不要给 launch() 指定端口和主机，也不要在启动时做耗时的工作。",
            "Above is the end of its output, with the code that it was running. Do not pass a port or a host to "
            "launch(), and do not do long work at the start.",
        ),
        "ready",
    )


def _state(listens: bool, status: int | None) -> Text:
    if not listens:
        return Text("它没有监听任何端口", "it listens on no port")
    if status is None:
        return Text("GET / 没有返回 HTTP 响应", "GET / gets no HTTP response")
    return Text(f"GET / 返回 HTTP {status}", f"GET / returns HTTP {status}")


def _status(address: str) -> int | None:
    try:
        with DIRECT.open(address, timeout=5) as response:
            status: int = response.status
            return status
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError, http.client.HTTPException):
        return None


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
        f"The app listens on port {ports}; the platform expects the port in the environment variable "
        f"GRADIO_SERVER_PORT, here {port}",
    )
