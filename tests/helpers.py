"""What tests have in common: where things are, and git and copier as a user runs them."""

import json
import os
import shutil
import subprocess
import warnings
from pathlib import Path

import copier
import pytest
import yaml

HERE = Path(__file__).parent.parent
PLATFORM = yaml.safe_load((HERE / "hooks/xihe_hooks/platform.yml").read_text(encoding="utf-8"))
STACKS = {path.parent.name: json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("stacks/*/stack.json"))}
DEMOS = {path.parent.name: json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("demos/*/demo.json"))}
ANSWERS = {"user": "zhangsan"}


def need(tool):
    """Skip the test where a command or a device is missing; with CI=true fail, so that nothing goes untested there."""
    need_that(shutil.which(tool) or os.path.exists(tool), f"{tool} is not installed")


def need_that(holds, otherwise):
    """Skip the test where something does not hold; with CI=true fail."""
    if not holds:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(otherwise)


def git(folder, *command):
    """Run git in folder and return what it prints."""
    return subprocess.run(["git", *command], cwd=folder, check=True, stdout=subprocess.PIPE).stdout.decode()


def commit(folder, message="Edit"):
    """Commit everything in folder, making it a repository first, with git-lfs where .gitattributes asks for it."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
        attributes = folder / ".gitattributes"
        if attributes.exists() and "filter=lfs" in attributes.read_text("utf-8"):
            need("git-lfs")
            git(folder, "lfs", "install", "--local")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


def snapshot(folder):
    """Return every file below folder, outside .git, as {path: bytes}."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def render(template, folder, **answers):
    """Copy the template with the answers over the defaults; a warning or a need for trust is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        copier.run_copy(str(template), folder, data={**ANSWERS, **answers}, defaults=True, quiet=True)
    return folder


def copy_working_tree(folder):
    """Copy this template, uncommitted changes included."""
    for name in filter(None, git(HERE, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")):
        if (HERE / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(HERE / name, folder / name)
