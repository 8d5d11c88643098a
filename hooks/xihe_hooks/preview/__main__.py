"""The process that does the work of a preview: `python -m xihe_hooks.preview FOLDER ARGUMENTS...`."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from pathlib import Path

from xihe_hooks import data
from xihe_hooks.data import platform
from xihe_hooks.git.errors import GitError
from xihe_hooks.language import Text, show
from xihe_hooks.preview import environment, fetch, language_of, parse, server
from xihe_hooks.preview.stages import PreviewError, Stage, Stages
from xihe_hooks.preview.supervise import work
from xihe_hooks.preview.variables import use_no_proxy
from xihe_hooks.preview.weights import Weights, choose_weights
from xihe_hooks.readers.example_json import NAME as EXAMPLE
from xihe_hooks.readers.example_json import Example, read_example
from xihe_hooks.rules.facts import Facts
from xihe_hooks.rules.layout import XL109

WHERE = f"{platform()['files']['folder']}/{EXAMPLE}"


def main(folder: Path, options: argparse.Namespace) -> int:
    """Go through the stages. Returns 0 when the preview was stopped or tried, 1 when a stage failed."""
    stages = Stages(language_of(options), options.era)
    try:
        remote, project = clone(stages, folder, options)
        facts = fetch.read_facts(project)
        inference = weights(stages, remote, project, facts, folder, options)
        made = install(stages, facts, inference, options)
        return serve(stages, made, inference, facts, options)
    except PreviewError:
        return 1
    except GitError as error:
        stages.explain(PreviewError(error.text))
        return 1
    except OSError as error:  # such as a disk that is full
        stages.explain(PreviewError(Text(f"无法写入或读取：{error}", f"Cannot write or read: {error}")))
        return 1


def clone(stages: Stages, folder: Path, options: argparse.Namespace) -> tuple[fetch.Remote, Path]:
    """Fetch the project as the platform sees it, or with --worktree as it will; return where from and where to."""
    with stages.stage("clone") as stage:
        remote = fetch.find_project(options.project)
        project = folder / "project" / remote.name
        if options.worktree or fetch.is_uncommitted(remote):
            fetch.copy_worktree(remote, project)
            stage.note(remote.name, remote.name)
            stages.warn(
                "预览的是工作区里的文件；平台只会得到已提交并推送的内容。",
                "This previews the files in the working tree; the platform gets only what is committed and pushed.",
            )
        else:
            commit = fetch.clone(remote, project)
            stage.note(f"{remote.name} {commit}", f"{remote.name} {commit}")
            fetch.warn_uncommitted(stages, remote)
        fetch.find_inference(project)
    return remote, project


def weights(
    stages: Stages, remote: fetch.Remote, project: Path, facts: Facts, folder: Path, options: argparse.Namespace
) -> Path:
    """Put the weights beside app.py, and return the folder that holds both."""
    inference = fetch.find_inference(project)
    found = fetch.findings(facts, options.era)
    about_config = [each for each in found if each.path.endswith(platform()["files"]["config"])]
    stages.warn_of([each for each in found if each not in about_config])
    with stages.stage("config") as stage:
        stages.warn_of(about_config)
        listed = choose_weights(project, inference, options.era)
        names = ", ".join(each.raw for each in listed)
        stage.note(names or "不用权重", names or "no weights")
    with stages.stage("weights") as stage:
        models = [fetch.Remote.of(each) for each in options.model]
        shelf = Weights(stages, remote, models, folder / "models", options.worktree)
        for each in listed:
            name = shelf.put(each, inference)
            size = (inference / name).stat().st_size
            stage.note(f"{name}（{size:,} 字节）", f"{name} ({size:,} bytes)")
    return inference


def install(stages: Stages, facts: Facts, inference: Path, options: argparse.Namespace) -> environment.Environment:
    """Return the environment that requirements.txt describes, over the image's packages where those can be had."""
    requirements = inference / platform()["files"]["requirements"]
    with stages.stage("environment") as stage:
        wanted = options.python or [_minor(facts["python"])]
        lock = _image(stage, wanted, options)
        made = environment.prepare(
            stage, requirements, [_minor(platform()["image"]["python"])] if lock else wanted, lock
        )
        if made.seconds:
            stage.note(f"requirements.txt 用时 {made.seconds:.1f} s", f"requirements.txt in {made.seconds:.1f} s")
    if made.seconds > options.timeout:
        stages.warn(*_too_long(made.seconds, 0, options.timeout))
    return made


def _image(stage: Stage, wanted: list[str], options: argparse.Namespace) -> Path | None:
    image = platform()["image"]
    known, fits = options.era in image["eras"], _minor(image["python"]) in wanted
    if options.image is False or (options.image is None and not known):
        return None
    if known and fits:
        stage.note(f"{image['date']} 的镜像", f"the image of {image['date']}")
        return Path(data.__file__).with_name("image.txt")
    has = Text(f"镜像是 Python {image['python']}", f"the image has Python {image['python']}")
    if not options.image:
        stage.note(f"不含镜像的软件包：{has.zh}", f"without the image's packages: {has.en}")
        return None
    eras = ", ".join(image["eras"])
    raise PreviewError(
        Text(
            f"不能使用 --image：已知的只有 {eras} 版平台的镜像，{has.zh}",
            f"--image cannot be used here: only the image of {eras} is known, and {has.en}",
        ),
        Text(
            "请去掉 --image，或改用它的 --era 和 --python。",
            "Leave --image out, or pass an --era and a --python that match it.",
        ),
    )


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _too_long(installing: float, starting: float, seconds: float) -> Text:
    zh, en = ("安装和启动", "Installing and starting") if starting else ("仅安装", "Installing alone")
    took = f"{installing:.0f} s + {starting:.0f} s" if starting else f"{installing:.0f} s"
    return Text(
        f"{zh}用了 {took}，超过 {seconds:g} 秒：平台的时限包括安装 requirements.txt，到时没有任何提示就回到启动页面。请减少要安装的软件包，或改用镜像已有的版本。",
        f"{en} took {took}, more than {seconds:g} seconds. On the platform, installing requirements.txt counts "
        "towards the time limit, after which the page returns to Start with no message. Install fewer packages, or "
        "use the versions that the image has.",
    )


def serve(
    stages: Stages, made: environment.Environment, inference: Path, facts: Facts, options: argparse.Namespace
) -> int:
    """Run the app until it is stopped, or until it has answered the example."""
    old = (facts["gradio"] or "").startswith(("2.", "3."))
    for _ in range(server.TRIES):
        with contextlib.suppress(server.PortTaken):
            return serve_once(stages, made, inference, options, old)
        stages.warn(
            "端口刚被别的程序占用，换一个再启动。",
            "Another program has just taken the port, so this starts again at another one.",
        )
    raise PreviewError(
        Text("端口总是被别的程序占用", "Other programs keep taking the port"),
        Text("请用 --port 换一个。", "Choose another one with --port."),
    )


def serve_once(
    stages: Stages, made: environment.Environment, inference: Path, options: argparse.Namespace, strict: bool
) -> int:
    """Serve at one port; PortTaken where another program has it when the app starts."""
    with server.reserve_port(options.port, strict) as port:
        if port != options.port:
            stages.warn(
                f"端口 {options.port} 已被占用，改用 {port}。", f"Port {options.port} is in use, so this uses {port}."
            )
        with stages.stage("start", quiet=True) as stage:
            begun = time.monotonic()
            app = server.start(made.interpreter, inference, port, made.over_image)
            command = " ".join(platform()["start"]["command"])
            stage.note(command, command)
        with stages.stage("ready", quiet=True) as stage:
            address = server.wait_until_ready(app, port, options.timeout, stages, strict)
            stage.note(address, address)
            if not options.smoke:
                stage.note("按 Ctrl-C 停止", "press Ctrl-C to stop")
        taken = time.monotonic() - begun
        if made.seconds <= options.timeout < made.seconds + taken:
            stages.warn(*_too_long(made.seconds, taken, options.timeout))
        if options.smoke:
            return smoke(stages, address, inference, options.expect)
        with contextlib.suppress(KeyboardInterrupt):
            app.process.wait()
            stages.explain(app.ended())
            return 1
        return 0


def smoke(stages: Stages, address: str, inference: Path, expected: str | None) -> int:
    """Send the project's example, and compare the answer where one is expected, in example.json or by --expect."""
    from xihe_hooks.preview import client

    use_no_proxy()
    with stages.stage("smoke", quiet=True) as stage:
        example = find_example(inference)
        values = example and [inference / each if each in example.pictures else each for each in example.values]
        if expected is None and example:
            expected = example.answer
        answer = client.label_of(client.connect(address)(values))
        sent = Text("手写的 1", "a hand-drawn 1")
        if example:
            sent = Text(*[show(", ".join(map(str, example.values)))] * 2)
        if expected is not None and expected not in answer:
            raise PreviewError(
                Text(
                    f"发送 {sent.zh}，应用返回 {answer}，其中没有 {show(expected)}",
                    f"For {sent.en}, the app returned {answer}, not {show(expected)}",
                ),
                Text(
                    f"请检查权重和预处理；示例在 {WHERE} 中。",
                    f"Check the weights and the preprocessing; the example is in {WHERE}.",
                )
                if example
                else Text(
                    f"请检查权重和预处理；要发送别的示例，请写在 {WHERE} 中。",
                    f"Check the weights and the preprocessing; to send another example, write it in {WHERE}.",
                ),
            )
        stage.note(f"发送 {sent.zh}，返回 {answer}", f"sent {sent.en}, returned {answer}")
    return 0


def find_example(inference: Path) -> Example | None:
    """Return what example.json sends, with its pictures there; None where there is no such file."""
    file = inference / EXAMPLE
    example = read_example(file.read_bytes()) if file.is_file() else None
    for name in example.pictures if example else ():
        if not (inference / name).is_file():
            raise PreviewError(
                Text(
                    f"{WHERE} 里的图片 {show(name)} 不在 inference/ 中",
                    f"{WHERE} names the picture {show(name)}, which is not in inference/",
                ),
                XL109.remedy,
            )
    return example


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    options = parse(sys.argv[2:])
    sys.exit(work(folder, lambda: main(folder, options)))
