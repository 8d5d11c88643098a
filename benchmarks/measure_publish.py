"""Measure publishing with nothing to do against `git fetch` of both repositories and `git lfs push --dry-run`.

Both talk to the same server on this machine, once as it is and once with each answer 50 ms late, as across a network.
Prints a JSON object with milliseconds of both, twice: `python -m benchmarks.measure_publish`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.programs.git_server import GitServer

COUNT = 11
DELAY = 0.05  # seconds
TOKEN = "token"
PACKAGE = Path(__file__).resolve().parent.parent / "hooks"
ANSWERS = "repo: {}\nuser: zhangsan\nproject_name: digits\nmodel_name: digits-model\nlanguage: en\n"
APP = "import gradio as gr\n\ngr.Interface(fn=str, inputs='text', outputs='text').launch()\n"
CONFIG = {"pretrain": "zhangsan/digits-model/best.ckpt", "model_path": ["zhangsan/digits-model/best.ckpt"]}


def build(folder, server):
    """Make both folders, and both empty repositories at the server."""
    files = {
        "digits/.copier-answers.yml": ANSWERS.format("project"),
        "digits/inference/app.py": APP,
        "digits/inference/config.json": json.dumps(CONFIG) + "\n",
        "digits/inference/requirements.txt": "gradio==3.21.0\npydantic<2\n",
        "digits-model/.copier-answers.yml": ANSWERS.format("model"),
        "digits-model/.gitattributes": "*.ckpt filter=lfs diff=lfs merge=lfs -text\n",
        "digits-model/best.ckpt": "weights " * 40_000,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in ("digits", "digits-model"):
        server.create("zhangsan", name)


def environment(folder, server):
    """The environment of a user who has said who they are, with a token that git finds by itself."""
    config = folder / "gitconfig"
    askpass = folder / "askpass.sh"
    askpass.write_text(f'#!/bin/sh\ncase $1 in Username*) echo zhangsan ;; *) echo "{TOKEN}" ;; esac\n')
    askpass.chmod(0o755)
    clone = "https://source-xihe.mindspore.cn/"
    config.write_text(f'[user]\nname = Z\nemail = z@example.com\n[url "{server.address}"]\ninsteadOf = {clone}\n')
    return {
        **os.environ,
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ASKPASS": str(askpass),
        "PYTHONDONTWRITEBYTECODE": "",  # an installed package is compiled
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGE), os.environ.get("PYTHONPATH")])),
        "XIHE_TOKEN": TOKEN,
    }


def main():
    with tempfile.TemporaryDirectory() as name, GitServer(Path(name, "server"), {"zhangsan": TOKEN}) as server:
        folder = Path(name)
        build(folder, server)
        given = environment(folder, server)

        def run(place, *command):
            done = subprocess.run(command, cwd=folder / place, env=given, capture_output=True, check=False)
            if done.returncode:
                sys.exit(f"{' '.join(command)}: {done.stderr.decode()}")

        def publish():
            run("digits", sys.executable, "-m", "xihe_hooks", "publish", "--yes")

        def floor():
            for place in ("digits", "digits-model"):
                run(place, "git", "fetch", "--quiet", "origin")
            run("digits-model", "git", "lfs", "push", "--dry-run", "origin", "main")

        def compare(delay):
            server.delay = delay
            times: dict[object, list[float]] = {publish: [], floor: []}
            for task in [publish, floor] * (1 + COUNT):
                start = time.perf_counter()
                task()
                times[task].append(time.perf_counter() - start)
            return [1000 * statistics.median(each[1:]) for each in times.values()]

        publish()  # what there is to publish
        print(json.dumps({"publish": compare(DELAY), "publish_local": compare(0)}))


if __name__ == "__main__":
    main()
