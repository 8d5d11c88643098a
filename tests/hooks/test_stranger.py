"""A stranger's repository may hold modules named like those that we load: none of them ever runs in our process."""

import os
import subprocess
import sys

import pytest
from helpers import commit, git, need

from .fakes import CONFIG, PROJECT

NAMES = (
    *("argparse", "copier", "filelock", "importlib", "json", "packaging", "pip", "pkgutil", "platform", "platformdirs"),
    *("pre_commit", "psutil", "rich", "runpy", "shlex", "shutil", "subprocess", "tempfile", "typing", "venv", "yaml"),
    *("xihe_hooks", "zipfile", "sitecustomize"),
)
SCRIPT = "#!{python}\nimport sys\nfrom xihe_hooks.cli import main\nsys.exit(main())\n"


@pytest.fixture
def stranger(tmp_path):
    """Return a committed project that is full of such modules, each of which leaves a mark when it runs."""
    project = tmp_path / "digits"
    files = {**PROJECT, "inference/requirements.txt": b"", ".pre-commit-config.yaml": b"repos: []\n"}
    files[".copier-answers.yml"] = b"_commit: v1\n_src_path: /nowhere/template\nrepo: project\n"
    for name in NAMES:
        for folder in ("", "inference/"):
            files[f"{folder}{name}.py"] = f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r} + '\\n')\n".encode()
    files["inference/app.py"] = b"import sys\nsys.exit('no app')\n"
    del files["inference/config.json"]
    for path, content in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_bytes(content)
    commit(project)
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin/xihe-hooks"  # as pip writes it
    command.write_text(SCRIPT.format(python=sys.executable))
    command.chmod(0o755)
    return project


def run(project, *command, cwd=None, **environment):
    """Run a command in the project, and return what it says; no module of the project may have run."""
    place = project.parent
    settings = {"XDG_CACHE_HOME": str(place / "cache"), "XIHE_HOOKS_LANG": "en", **environment}
    done = subprocess.run(
        command, cwd=cwd or project, env={**os.environ, **settings}, capture_output=True, check=False, timeout=120
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert not (place / "ran").exists(), (place / "ran").read_text()
    assert "Traceback" not in said, said
    return said


@pytest.mark.parametrize(
    ("arguments", "sign"),
    [
        (["check"], "error"),
        (["rules", "XC101"], "XC101"),
        (["install"], "The check at push is installed"),
        (["update"], "template"),
        (["--help"], "COMMAND"),
    ],
)
@pytest.mark.parametrize("folder", [".", "inference"])
def test_no_module_of_the_repository_runs(stranger, arguments, sign, folder):
    assert sign in run(stranger, str(stranger.parent / "bin/xihe-hooks"), *arguments, cwd=stranger / folder)


def test_no_module_runs_while_a_project_is_adopted(stranger, template):
    git(stranger, "rm", "--quiet", ".copier-answers.yml")
    commit(stranger)
    command = (str(stranger.parent / "bin/xihe-hooks"), "adopt", "--dry-run", "--data=user=someone")
    assert "dry run" in run(stranger, *command, f"--template={template}", UV_OFFLINE="1")


@pytest.mark.parametrize("installer", ["uv", pytest.param("pip", marks=pytest.mark.slow)])
def test_no_module_runs_at_a_preview_of_another_project(stranger, installer):
    """The app's own imports are the app's; what makes its environment and starts it is ours."""
    other = stranger.parent / "other"
    for path, content in {**PROJECT, "inference/requirements.txt": b"", "inference/config.json": b""}.items():
        (other / path).parent.mkdir(parents=True, exist_ok=True)
        (other / path).write_bytes(b"raise SystemExit('no app')\n" if path.endswith("app.py") else content)
    commit(other)
    need("uv")
    path = {} if installer == "uv" else {"PATH": without("uv", stranger.parent)}
    command = (str(stranger.parent / "bin/xihe-hooks"), "preview", "--python=3.11", "--port=23456", str(other))
    assert "no app" in run(stranger, *command, **path)


def without(tool, place):
    """Return a PATH with git alone."""
    folder = place / f"without-{tool}"
    folder.mkdir()
    git_command = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout.strip()
    (folder / "git").symlink_to(git_command)
    return str(folder)


def test_no_module_runs_at_a_push_without_the_command(stranger, tmp_path):
    """The hook falls back on the Python that installed it, where the command is not on PATH."""
    git(tmp_path, "init", "--quiet", "--bare", "server.git")
    git(stranger, "remote", "add", "origin", f"file://{tmp_path}/server.git")
    run(stranger, str(tmp_path / "bin/xihe-hooks"), "install")
    (tmp_path / "bin/xihe-hooks").unlink()
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("git", "sh", "dirname", "cat", "grep"):
        found = subprocess.run(["which", tool], check=True, capture_output=True, text=True).stdout.strip()
        (tools / tool).symlink_to(found)
    (stranger / "inference/config.json").write_bytes(CONFIG)
    assert "XP" in run(stranger, "git", "push", "origin", "main", PATH=str(tools)) or git(
        tmp_path / "server.git", "branch", "--list", "main"
    )
