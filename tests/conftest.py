"""How tests are chosen, and what surrounds them: git's configuration, temporary folders, a copy of the template."""

import contextlib
import io
import os
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile

import copier
import plumbum
import pytest
from helpers import commit, copy_working_tree, git
from xihe_hooks.python import module_command

# Ignored where tests run in the background of a shell or under nohup, and inherited by what they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


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


@pytest.fixture(scope="session", autouse=True)
def compiled_modules(tmp_path_factory):
    """Let Python compile each module once for all that the tests start, as it does for users, and not beside the code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("compiled")))
        yield


@pytest.fixture(scope="session", autouse=True)
def clones(temporary_folder):
    """Let the copier of this process clone each version of a template once, and copy it from then on."""
    made, clone = {}, copier._template.clone

    def clone_once(address, version, location):
        if version == "HEAD":
            return clone(address, version, location)
        if (address, version) not in made:
            made[address, version] = clone(address, version)
        return shutil.copytree(made[address, version], location, symlinks=True, dirs_exist_ok=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copier._template, "clone", clone_once)
        yield


@pytest.fixture
def copier_here(monkeypatch):
    """Run the copier that an update starts in this process: its start takes longest."""
    run, start = subprocess.run, module_command("copier")

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

    monkeypatch.setattr(subprocess, "run", run_here)
    with plumbum.local.env(**os.environ):  # which copier's git gets
        yield


@pytest.fixture(scope="session")
def template(git_config, tmp_path_factory):
    """Return this template, uncommitted changes included, as a clean repository tagged v1.0.0."""
    folder = tmp_path_factory.mktemp("template") / "copier-xihe"
    copy_working_tree(folder)
    commit(folder, "Release")
    git(folder, "tag", "v1.0.0")
    return folder
