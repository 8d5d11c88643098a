"""`xihe-hooks update`: where the template may lie, and what is said when there is no update."""

import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
from helpers import commit, git, need, render
from xihe_hooks.cli import main
from xihe_hooks.commands.update import STOPPED


@pytest.fixture(scope="module")
def releases(template, tmp_path_factory):
    """Return a template of two versions that differ in one file."""
    folder = tmp_path_factory.mktemp("releases") / "copier-xihe"
    git(folder.parent, "clone", "--quiet", str(template), str(folder))
    source = folder / "template/{{ project_name }}/.gitattributes.jinja"
    source.write_text(source.read_text("utf-8") + "*.bin -text\n", "utf-8")
    commit(folder, "Next release")
    git(folder, "tag", "v1.1.0")
    return folder


def make(address, folder, *options):
    """Make a project from the first version at the address, committed."""
    answers = ("--data=user=zhangsan", "--data=repo=project", "--data=language=en", *options)
    command = [sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", "--vcs-ref=v1.0.0", *answers]
    subprocess.run([*command, str(address), str(folder)], check=True)
    commit(folder)
    return folder


@pytest.fixture(scope="module")
def first(releases, tmp_path_factory):
    """Return a project made from the first version."""
    return make(releases, tmp_path_factory.mktemp("first") / "digits")


@pytest.fixture
def project(first, tmp_path):
    """Return a copy of that project."""
    return shutil.copytree(first, tmp_path / "digits", symlinks=True)


def answer(project, old, new):
    """Change the answers file and commit it."""
    file = project / ".copier-answers.yml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    commit(project)


def fails(capfd, project, *options):
    """Run the command, which must fail with one sentence and change nothing; return its code and the sentence."""
    before = git(project, "status", "--porcelain") if (project / ".git").exists() else ""
    code = main(["update", str(project), *options])
    said = capfd.readouterr().err
    assert said.startswith("xihe-hooks: ") and said.count("\n") == 1, said
    assert (git(project, "status", "--porcelain") if (project / ".git").exists() else "") == before
    return code, said


def test_behind_and_then_newest(project, capfd, copier_here):
    assert main(["update", str(project)]) == 0
    said = capfd.readouterr()
    assert "version 1.0.0 here, 1.1.0 is out" in said.out and "Updated to v1.1.0 with no conflicts." in said.out
    assert "What changed in the template:" in said.err
    assert (project / ".gitattributes").read_text("utf-8").endswith("*.bin -text\n")
    commit(project)
    assert main(["update", str(project)]) == 0
    assert "the template's newest version, 1.1.0" in capfd.readouterr().out
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.slow
def test_options_are_copiers(project, capfd):
    assert main(["update", str(project), "--vcs-ref", "v1.0.0", "--data", "title=Another"]) == 0
    assert "title: Another" in (project / ".copier-answers.yml").read_text("utf-8")
    assert "Updated to v1.0.0" in capfd.readouterr().out


def test_a_relative_path_that_leads_nowhere(project, capfd):
    answers = project / ".copier-answers.yml"
    answers.write_text(re.sub("(?m)^_src_path: .*", "_src_path: copier-xihe", answers.read_text("utf-8")), "utf-8")
    commit(project)
    code, said = fails(capfd, project)
    assert code == 1 and "relative path copier-xihe" in said and "set _src_path to" in said


@pytest.mark.slow
def test_a_version_that_never_was(project, capfd):
    code, said = fails(capfd, project, "--vcs-ref", "v7")
    assert code == 1 and "v7" in said


@pytest.mark.slow
def test_in_a_subfolder(project, monkeypatch):
    monkeypatch.chdir(project / "inference")
    assert main(["update"]) == 0
    assert "v1.1.0" in (project / ".copier-answers.yml").read_text("utf-8")


GITHUB, OTHER = "https://github.com/demo/copier-xihe.git", "https://git.example.org/demo/copier-xihe"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "asked"),
    [("gh:demo/copier-xihe", GITHUB), (f"{OTHER}.git", f"{OTHER}.git"), (f"git+{OTHER}", OTHER)],
)
def test_addresses(releases, tmp_path, monkeypatch, capfd, address, asked):
    """git asks for the address that copier makes of what was typed; here that lies on this machine."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{releases.as_posix()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", asked)
    project = make(address, tmp_path / "digits")
    noxfile = (project / "noxfile.py").read_text("utf-8")
    installed = asked.removesuffix(".git") if address.startswith("gh:") else asked
    assert f"@ git+{installed}@v1.0.0" in noxfile
    assert main(["update", str(project)]) == 0
    assert "version 1.0.0 here, 1.1.0 is out" in capfd.readouterr().out
    assert "@v1.1.0" in (project / "noxfile.py").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("repo", ["project", "model"])
def test_nox_session(releases, tmp_path, monkeypatch, repo):
    """The generated repository's own `nox -s update`, which installs this package from the template's address."""
    need("nox")
    address = f"https://git.example.org{releases.as_posix()}.git"  # uv keeps what it fetched, by address
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{releases.as_posix()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", address)
    monkeypatch.delenv("PYTHONPATH")
    folder = make(address, tmp_path / "work", f"--data=repo={repo}")
    for code, said in ((0, "1.1.0 is out"), (1, "uncommitted changes")):
        nox = ["nox", "--noxfile", str(folder / "noxfile.py"), "--session", "update"]
        run = subprocess.run(nox, capture_output=True, encoding="utf-8", check=False)
        assert run.returncode == code and said in run.stdout + run.stderr, run.stdout + run.stderr
    assert "_commit: v1.1.0" in (folder / ".copier-answers.yml").read_text("utf-8")
    commit(folder)
    run = subprocess.run(nox, capture_output=True, encoding="utf-8", check=True)
    assert "newest version, 1.1.0" in run.stdout


@pytest.mark.slow
def test_ssh(releases, tmp_path, monkeypatch):
    """git's own ssh transport, with a server that is a shell."""
    server = tmp_path / "ssh"
    server.write_text('#!/bin/sh\nfor last; do :; done\neval "$last"\n')
    server.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(server))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    project = make(f"git+ssh://git@example.org{releases}", tmp_path / "digits")
    assert main(["update", str(project)]) == 0


@pytest.mark.parametrize("address", ["/nowhere/copier-xihe", "https://user:secret@127.0.0.1:9/copier-xihe.git"])
def test_a_template_out_of_reach(releases, project, capfd, address):
    answer(project, f"_src_path: {releases}", f"_src_path: {address}")
    code, said = fails(capfd, project)
    assert code == 1 and "check that it can be reached" in said
    assert "secret" not in said


def test_a_version_that_is_gone(project, capfd):
    answer(project, "_commit: v1.0.0", "_commit: v0.9.9")
    code, said = fails(capfd, project)
    assert code == 1 and "v0.9.9" in said


@pytest.mark.parametrize("path", ["README.md", "new.txt"])
def test_changes_without_a_commit(project, capfd, path):
    (project / path).write_text("mine\n")
    code, said = fails(capfd, project)
    assert code == 1 and path in said and "commit" in said
    assert (project / path).read_text() == "mine\n"


def test_no_git(template, tmp_path, capfd):
    render(template, tmp_path, repo="project")
    code, said = fails(capfd, tmp_path)
    assert code == 2 and "git init" in said


def test_no_folder(tmp_path, capfd):
    assert main(["update", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capfd.readouterr().err


def test_no_answers(project, capfd):
    git(project, "rm", "--quiet", ".copier-answers.yml")
    commit(project)
    code, said = fails(capfd, project)
    assert code == 2 and "not made from a template" in said


def test_answers_without_a_version(template, tmp_path, capfd):
    """As copied from a template that is no git repository."""
    plain = tmp_path / "plain"
    git(tmp_path, "clone", "--quiet", str(template), str(plain))
    (plain / ".git").rename(tmp_path / "moved")
    work = render(plain, tmp_path / "work", repo="project", language="en")
    commit(work)
    code, said = fails(capfd, work)
    assert code == 1 and "copier copy --overwrite" in said


def test_answers_that_are_no_yaml(project, capfd):
    answer(project, "_commit: v1.0.0", "_commit: [")
    assert fails(capfd, project)[0] == 1


def test_no_copier(project, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "copier", None)
    code, said = fails(capfd, project)
    assert code == 1 and "pip install copier" in said


@pytest.mark.slow
def test_an_answer_that_the_next_version_does_not_take(releases, tmp_path, capfd):
    git(tmp_path, "clone", "--quiet", str(releases), "released")
    released = tmp_path / "released"
    questions = (released / "copier.yml").read_text("utf-8")
    stricter = questions.replace("{{ check_title(title) }}", "{% if 'Old' in title %}no{% endif %}")
    assert stricter != questions
    (released / "copier.yml").write_text(stricter, "utf-8")
    commit(released)
    git(released, "tag", "v1.2.0")
    project = make(released, tmp_path / "digits", "--data=title=Old title")
    assert main(["update", str(project)]) == 1
    assert "does not accept the answer title: Old title, so it is now Digit sketchpad" in capfd.readouterr().err


def test_stopped_by_hand(project):
    """Ctrl-C, as a terminal sends it to all that runs; what was there is a command away."""
    process = subprocess.Popen(
        [sys.executable, "-m", "xihe_hooks", "update", str(project)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    process.stdout.readline()  # versions are told, and copier begins
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 1
    assert said == "xihe-hooks: " + STOPPED.en + "\n"
    git(project, "reset", "--quiet", "--hard")


def test_help(capfd):
    assert main(["update", "--help"]) == 0
    assert "xihe-hooks update" in capfd.readouterr().out
