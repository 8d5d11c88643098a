"""A rendered workspace with the real hooks installed: what is clean passes, a fault of each family is stopped."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import PLATFORM, commit, git, need, render

pytestmark = pytest.mark.slow
LIMIT = PLATFORM["limits"]["file_bytes"]["value"]
BIN = Path(sys.executable).parent


class Workspace:
    """Both repositories, rendered, with hooks installed, and a bare repository for each to push to."""

    def __init__(self, template, place):
        need("git-lfs")
        self.work = render(template, place / "work", language="en", stack="current")
        command = place / "bin" / "xihe-hooks"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xihe_hooks "$@"\n')
        command.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(command.parent), str(BIN), os.environ["PATH"]]),
            "PRE_COMMIT_HOME": str(place / "cache"),
            "PREK_HOME": str(place / "prek"),
        }
        for name in ("digits", "digits-model"):
            git(place, "init", "--quiet", "--bare", f"{name}.git")
            self.run(name, "git", "init", "--quiet", "--initial-branch=main")
            self.run(name, "git", "remote", "add", "origin", f"file://{place}/{name}.git")
            if name == "digits-model":
                self.run(name, "git", "lfs", "install", "--local")
            self.run(name, "xihe-hooks", "install")
        self.place = place

    def run(self, name, *command, fails=False):
        """Run a command in one of the repositories, and return what it says; fails tells what is expected of it."""
        done = subprocess.run(
            command,
            cwd=self.work / name,
            env=self.environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        assert bool(done.returncode) == fails, done.stdout
        return done.stdout

    def commit(self, name, fails=False):
        """Commit everything with the hooks, and return what they say."""
        self.run(name, "git", "add", "--all")
        return self.run(name, "git", "commit", "--message", "Change", fails=fails)


@pytest.fixture(scope="module")
def workspace(template, tmp_path_factory):
    """Return a workspace whose both repositories were committed and pushed with their hooks."""
    made = Workspace(template, tmp_path_factory.mktemp("workspace"))
    for name in ("digits-model", "digits"):
        made.commit(name)
        made.run(name, "git", "push", "--set-upstream", "origin", "main")
    return made


@pytest.fixture
def project(workspace):
    """Return the project's folder, and put it back afterwards as it was pushed."""
    yield workspace.work / "digits"
    workspace.run("digits", "git", "reset", "--quiet", "--hard", "origin/main")
    workspace.run("digits", "git", "clean", "-fdq")


@pytest.fixture
def model(workspace):
    """Return the model's folder, and put it back afterwards as it was pushed."""
    yield workspace.work / "digits-model"
    workspace.run("digits-model", "git", "reset", "--quiet", "--hard", "origin/main")
    workspace.run("digits-model", "git", "clean", "-fdq")


def replace(file, old, new):
    """Replace a text in a file that holds it."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


FAULTS = {
    "XL102": lambda top: (top / "inference/app.py").rename(top / "inference/App.py"),
    "XC102": lambda top: (top / "inference/config.json").write_text(
        '{"pretrained": "zhangsan/digits-model/best.ckpt"}\n'
    ),
    "XC112": lambda top: replace(
        top / "inference/config.json", '["zhangsan/digits-model/best', '["zhangsan/digits-model/bset'
    ),
    "XR107": lambda top: replace(top / "inference/requirements.txt", "mindspore==2.10.0", "mindspore==1.8.1"),
    "XA103": lambda top: replace(top / "inference/app.py", "page.launch(", "page.launch(server_port=7000, "),
    "XG101": lambda top: (top / "notes.bin").write_bytes(b"\1" * (LIMIT + 1)),
    "XG103": lambda top: (top / ".gitattributes").write_text("*.in filter=lfs diff=lfs merge=lfs -text\n"),
    "XS101": lambda top: (top / "inference/id_rsa").write_text("not even a key\n"),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_faulty_commit_is_stopped(workspace, project, rule):
    FAULTS[rule](project)
    said = workspace.commit("digits", fails=True)
    assert rule in said
    assert git(project, "rev-parse", "HEAD") == git(project, "rev-parse", "origin/main")


UGLY = "import sys, os\nfrom model import predict\nimport numpy\nx = { 'a':1 }   \n\n\n\n"


def test_style_stops_no_commit(workspace, project):
    """Only what would fail when it runs does; the hooks that tidy up know the modules beside app.py."""
    (project / "inference/more.py").write_text(UGLY)
    workspace.commit("digits")
    assert git(project, "show", "HEAD:inference/more.py") == UGLY
    workspace.run("digits", "pre-commit", "run", "--all-files", "--hook-stage", "manual", fails=True)  # it did
    tidy = (project / "inference/more.py").read_text()
    assert tidy.endswith('import numpy\n\nfrom model import predict\n\nx = {"a": 1}\n')
    (project / "inference/more.py").write_text(UGLY + "y = undefined\n")
    assert "F821" in workspace.commit("digits", fails=True)


def test_raw_weights_are_stopped(workspace, model):
    (model / ".gitattributes").unlink()
    (model / "best.ckpt").write_bytes(b"raw" * LIMIT)
    assert "XG101" in workspace.commit("digits-model", fails=True)


def test_what_a_commit_let_through_is_stopped_at_push(workspace, project):
    """A large file committed without the hooks and removed again would still travel."""
    (project / "notes.bin").write_bytes(b"\1" * (LIMIT + 1))
    workspace.run("digits", "git", "add", "--all")
    workspace.run("digits", "git", "commit", "--no-verify", "--message", "Large")
    (project / "notes.bin").unlink()
    workspace.commit("digits")
    said = workspace.run("digits", "git", "push", fails=True)
    assert "notes.bin" in said and "git reset --soft" in said


def test_weights_arrive(workspace):
    oid = git(workspace.work / "digits-model", "cat-file", "-p", "HEAD:best.ckpt").split("sha256:")[1][:64]
    assert (workspace.place / "digits-model.git/lfs/objects" / oid[:2] / oid[2:4] / oid).is_file()


@pytest.mark.parametrize("tool", ["pre-commit", "prek"])
@pytest.mark.parametrize("name", ["digits", "digits-model"])
def test_all_files_pass(workspace, tool, name):
    said = workspace.run(name, tool, "run", "--all-files")
    assert "xihe-" in said and "Failed" not in said


@pytest.mark.parametrize("repo", ["project", "model"])
def test_a_template_that_is_no_repository(template, tmp_path, repo):
    """The rules come from the folder of the template then."""
    plain = tmp_path / "plain"
    shutil.copytree(template, plain, ignore=shutil.ignore_patterns(".git"))
    folder = render(plain, tmp_path / "work", repo=repo, language="en")
    need("git-lfs")
    commit(folder)
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [BIN / "pre-commit", "run", "--all-files", f"xihe-{repo}"],
        cwd=folder,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout


def test_projects_that_never_saw_the_template(template, tmp_path):
    """The hooks are offered to any repository, and find its faults."""
    folder = tmp_path / "demo"
    (folder / "inference").mkdir(parents=True)
    (folder / "inference/app.py").write_text("print('no page')\n")
    (folder / "inference/requirments.txt").write_text("gradio\n")
    hooks = {"repos": [{"repo": str(template), "rev": "v1.0.0", "hooks": [{"id": "xihe-project"}]}]}
    (folder / ".pre-commit-config.yaml").write_text(json.dumps(hooks))
    commit(folder)
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "XIHE_HOOKS_LANG": "zh"}
    done = subprocess.run(
        [BIN / "pre-commit", "run", "--all-files"],
        cwd=folder,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert "XL103" in done.stdout and "requirements.txt" in done.stdout and "XA102" in done.stdout
