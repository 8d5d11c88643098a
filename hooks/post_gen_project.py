"""cookiecutter's door to the template: hands the answers to copier, which renders them and remembers them.

cookiecutter fills in the answers here and runs this in the empty folder that it has made; when this fails, it removes
that folder. There is no second copy of the template.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

CONTEXT: dict[str, Any] = json.loads(r"""{{ cookiecutter | tojson }}""")
ANSWERS: dict[str, str] = {key: value for key, value in CONTEXT.items() if not key.startswith("_")}
COPIER = "copier>=9.15"


def fail(zh: str, en: str) -> NoReturn:
    """End with one sentence, in the language answered."""
    sys.exit("copier-xihe: " + (zh if ANSWERS["language"] == "zh" else en))


def find_copier() -> list[str]:
    """Return the command that runs copier: one that is installed, or one that is fetched for the occasion."""
    if importlib.util.find_spec("copier"):
        return [sys.executable, "-m", "copier"]
    for command in (["copier"], ["uvx", "--from", COPIER, "copier"], ["pipx", "run", "--spec", COPIER, "copier"]):
        if shutil.which(command[0]):
            return command
    fail(
        "生成仓库需要 copier，但没有安装：请运行 pip install copier，再运行一次 cookiecutter。",
        "copier is needed to create the repositories, but is not installed: run pip install copier, then run "
        "cookiecutter again.",
    )


def find_address() -> str:
    """Return the template's address in words that copier understands and an update finds again."""
    typed: str = CONTEXT["_template"]
    folder: str = CONTEXT["_repo_dir"]
    if typed.startswith(("gh:", "gl:", "git+", "git@", "https://github.com/", "https://gitlab.com/")):
        return typed
    if "://" in typed and not typed.endswith(".zip"):
        return typed if typed.endswith(".git") else f"git+{typed}"
    if os.path.normpath(typed) != os.path.normpath(folder):  # what cookiecutter has fetched, now or before
        origin = ["git", "-C", folder, "config", "remote.origin.url"]
        address = subprocess.run(origin, check=False, stdout=subprocess.PIPE).stdout.decode().strip()
        if address:
            return address
        fail(
            f"{typed} 不是 git 仓库，以后不能更新：请用模板的 git 地址。",
            f"{typed} is not a git repository, so the result could never be updated: use the template's git address.",
        )
    # A path counts from where cookiecutter was started, which it does not tell.
    for start in (os.environ.get("PWD", ""), CONTEXT["_output_dir"]):
        if Path(start, folder, "copier.yml").is_file():
            return os.path.abspath(Path(start, folder))
    fail(f"请写出模板的完整路径，而不是 {typed}。", f"Give the full path of the template instead of {typed}.")


def refuse_to_overwrite(folders: list[Path]) -> None:
    """End where something lies in a folder already: copier copy and copier update know how to go on there."""
    for folder in folders:
        if folder.exists() and any(folder.iterdir()):
            fail(
                f"{folder} 里已有文件，没有改动它：要填充已有的仓库，请用 copier copy；要更新，请用 copier update。",
                f"{folder} is not empty, so nothing was changed: to fill an existing repository, use copier copy; to "
                "update one, use copier update.",
            )


def main() -> None:
    """Render into the folder that cookiecutter made, or beside it, and clean up where that fails."""
    here = Path.cwd()
    both = ANSWERS["repo"] == "both"
    beside = here.parent / ANSWERS["model_name"]
    refuse_to_overwrite([here, beside] if both and beside.name == ANSWERS["model_name"] else [here])
    existed = beside.exists()
    command = [*find_copier(), "copy", "--defaults"]
    command += [f"--vcs-ref={CONTEXT['_checkout']}"] if CONTEXT["_checkout"] else []
    command += [f"--data={key}={value}" for key, value in ANSWERS.items()]
    command += [find_address(), str(here.parent if both else here)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, encoding="utf-8", env=environment)
    if done.returncode == 0:
        print(done.stderr, file=sys.stderr)
        return
    if both and not existed:
        shutil.rmtree(beside, ignore_errors=True)
    reason = [line for line in done.stderr.splitlines() if line.strip()][-1:]
    said = re.sub(r"^(\w+Error: )?(Validation error for question )?", "", "".join(reason))
    fail(f"copier 没有接受答案：{said}", f"copier did not accept an answer: {said}")


main()
