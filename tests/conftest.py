"""A committed copy of the template, and what renders it as a user would."""

import contextlib
import io
import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import copier
import plumbum
import pytest
import yaml
from xihe_hooks.python import module_command

# Ignored where tests run in the background of a shell or under nohup, and inherited by what they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

HERE = Path(__file__).parent.parent
PLATFORM = yaml.safe_load((HERE / "hooks/xihe_hooks/platform.yml").read_text(encoding="utf-8"))
STACKS = {path.parent.name: json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("stacks/*/stack.json"))}
DEMOS = {path.parent.name: json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("demos/*/demo.json"))}
ANSWERS = {"user": "zhangsan"}


def pytest_addoption(parser):
    """Let the command line say how much of their rounds property tests run."""
    parser.addoption("--share", type=float, default=0.1, help="share of the rounds of property tests (default: 0.1)")


def pytest_configure(config):
    """Register the markers of tests that take minutes."""
    config.addinivalue_line("markers", "slow: takes minutes; runs only when asked for with -m slow")
    config.addinivalue_line("markers", "product: one of many combinations; only nox -s properties tries them all")
    config.addinivalue_line("markers", "rounds(count): a property test of so many rounds, times --share; slow as well")


def pytest_collection_modifyitems(config, items):
    """Leave slow tests out unless the command line chooses by marker."""
    if not config.option.markexpr:
        slow = [item for item in items if any(map(item.get_closest_marker, ("slow", "rounds", "product")))]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]


@pytest.fixture
def rounds(request):
    """Return how many rounds the test runs: those of its marker, times --share."""
    (count,) = request.node.get_closest_marker("rounds").args
    return max(1, round(count * request.config.option.share))


def pytest_terminal_summary(terminalreporter):
    """Print the table of the updates that were tried."""
    reports = [report for each in ("passed", "failed") for report in terminalreporter.stats.get(each, [])]
    rows = [value for report in reports for key, value in report.user_properties if key == "update"]
    if rows:
        terminalreporter.section("updates to the present")
        head = ("from", "repository", "stack", "files", "outcome")
        for row in [head, *sorted(rows)]:
            terminalreporter.write_line("{:12} {:10} {:9} {:7} {}".format(*row))


@pytest.fixture(scope="session", autouse=True)
def git_config(tmp_path_factory):
    """Give git a user's name and nothing else of this machine's configuration."""
    config = tmp_path_factory.mktemp("git") / "config"
    config.write_text("[user]\nname = Tester\nemail = tester@example.com\n[init]\ndefaultBranch = main\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(config))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield


@pytest.fixture(scope="session", autouse=True)
def temporary_folder(tmp_path_factory):
    """Let what the tests run leave its temporary files where pytest takes them away; cookiecutter keeps its hooks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("temporary")))
        patch.setattr(tempfile, "tempdir", None)
        yield


def need(tool):
    """Skip the test where a command or a device is missing; with CI=true fail, so that nothing goes untested there."""
    if shutil.which(tool) is None and not os.path.exists(tool):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{tool} is not installed")


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


@pytest.fixture(scope="session")
def clones():
    """Give the folders of the addresses and versions that copier has cloned, to be copied from then on."""
    made = {}
    yield made
    for folder in made.values():
        shutil.rmtree(folder)


@pytest.fixture
def copier_here(monkeypatch, clones):
    """Run the copier that an update starts in this process, and let it clone each version once: these take longest."""
    run, clone, start = subprocess.run, copier._template.clone, module_command("copier")

    def run_here(command, **more):
        if command[: len(start)] != start:
            return run(command, **more)
        said, errors, code = io.StringIO(), io.StringIO(), 0
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(errors), monkeypatch.context() as patch:
            patch.chdir(more["cwd"])
            patch.setattr(sys, "argv", ["copier", *command[len(start) :]])
            try:
                runpy.run_module("copier", run_name="__main__")
            except SystemExit as end:
                code = end.code or 0
        return subprocess.CompletedProcess(command, code, said.getvalue(), errors.getvalue())

    def clone_once(*which, location=None):
        if which not in clones:
            clones[which] = clone(*which)
        place = location or tempfile.mkdtemp()
        return shutil.copytree(clones[which], place, symlinks=True, dirs_exist_ok=True)

    monkeypatch.setattr(subprocess, "run", run_here)
    monkeypatch.setattr(copier._template, "clone", clone_once)
    with plumbum.local.env(**os.environ):  # which copier's git gets
        yield


def copy_working_tree(folder):
    """Copy this template, uncommitted changes included."""
    for name in filter(None, git(HERE, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")):
        if (HERE / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(HERE / name, folder / name)


@pytest.fixture(scope="session")
def template(git_config, tmp_path_factory):
    """Return this template, uncommitted changes included, as a clean repository tagged v1.0.0."""
    folder = tmp_path_factory.mktemp("template") / "copier-xihe"
    copy_working_tree(folder)
    commit(folder, "Release")
    git(folder, "tag", "v1.0.0")
    return folder
