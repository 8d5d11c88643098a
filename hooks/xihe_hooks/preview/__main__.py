"""The process that does the work of a preview: `python -m xihe_hooks.preview FOLDER ARGUMENTS...`."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from xihe_hooks.data import platform
from xihe_hooks.git.errors import GitError
from xihe_hooks.language import Text
from xihe_hooks.preview import environment, fetch, language_of, parse, server
from xihe_hooks.preview.stages import PreviewError, Stages
from xihe_hooks.preview.supervise import work
from xihe_hooks.preview.weights import Weights, choose_weights
from xihe_hooks.rules.facts import Facts


def main(folder: Path, options: argparse.Namespace) -> int:
    """Go through the stages. Returns 0 when the preview was stopped or tried, 1 when a stage failed."""
    stages = Stages(language_of(options), options.era)
    try:
        remote, project = clone(stages, folder, options)
        facts = fetch.read_facts(project)
        inference = weights(stages, remote, project, facts, folder, options)
        interpreter = install(stages, facts, inference, options.python)
        return serve(stages, interpreter, inference, facts, options)
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
        if options.worktree:
            fetch.copy_worktree(remote, project)
            stages.warn(
                "预览的是工作区里的文件；平台只看得到已提交并推送的。",
                "This shows the files as they are here; the platform sees only what is committed and pushed.",
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


def install(stages: Stages, facts: Facts, inference: Path, wanted: list[str]) -> Path:
    """Return the interpreter of the environment that requirements.txt describes."""
    requirements = inference / platform()["files"]["requirements"]
    if not wanted:
        wanted = [".".join(facts["python"].split(".")[:2])]
    with stages.stage("environment") as stage:
        return environment.prepare(stage, requirements, wanted)


def serve(stages: Stages, interpreter: Path, inference: Path, facts: Facts, options: argparse.Namespace) -> int:
    """Run the app until it is stopped, or until it has answered a drawing."""
    old = any(row.name == "gradio" and row.pin and row.pin[:2] in ("2.", "3.") for row in facts["requirements"])
    with server.reserve_port(options.port, strict=old) as port:
        if port != options.port:
            stages.warn(
                f"端口 {options.port} 已被占用，改用 {port}。", f"Port {options.port} is taken; this uses {port}."
            )
        with stages.stage("start", quiet=True) as stage:
            app = server.start(interpreter, inference, port)
            command = " ".join(platform()["start"]["command"])
            stage.note(command, command)
        with stages.stage("ready", quiet=True) as stage:
            address = server.wait_until_ready(app, port, options.timeout, stages)
            stage.note(address, address)
            if not options.smoke:
                stage.note("按 Ctrl-C 停止", "Ctrl-C stops it")
        if options.smoke:
            return smoke(stages, address, options.expect)
        with contextlib.suppress(KeyboardInterrupt):
            app.wait()
            stages.explain(server.ended(app.returncode))
            return 1
        return 0


def smoke(stages: Stages, address: str, expected: str | None) -> int:
    """Send one drawing, and compare the answer where one is expected."""
    from xihe_hooks.preview import drawing

    with stages.stage("smoke", quiet=True) as stage:
        answer = drawing.label_of(drawing.connect(address)(drawing.draw_one()))
        if expected is not None and expected not in answer:
            raise PreviewError(
                Text(
                    f"画的是 1，应用答 {answer}，其中没有 {expected}",
                    f"Drawn was a 1; the app answered {answer}, not {expected}",
                ),
                Text("请检查权重和预处理。", "Check the weights and the preprocessing."),
            )
        stage.note(f"画 1，答 {answer}", f"drawn 1, answered {answer}")
    return 0


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    options = parse(sys.argv[2:])
    sys.exit(work(folder, lambda: main(folder, options)))
