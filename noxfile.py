"""The work on this template: `nox` runs what is fast, `nox -s NAME` the rest."""

import json
import os
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = True
nox.options.reuse_existing_virtualenvs = True

HERE = Path(__file__).parent
STACKS = {
    path.parent.name: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(HERE.glob("stacks/*/stack.json"))
}
MODEL = HERE / "template" / "{{ model_name }}"
RUNNING = "{}.{}".format(*sys.version_info)


def choose_python(stack):
    """Return the running Python's version where the stack supports it, and its newest otherwise."""
    supported = STACKS[stack]["python"]
    return RUNNING if RUNNING in supported else supported[-1]


def render(session, folder, stack, language="en"):
    """Render both repositories of the committed template into folder and return the project's."""
    answers = {"user": "demo-user", "stack": stack, "language": language}
    data = [f"--data={key}={value}" for key, value in answers.items()]
    session.run("copier", "copy", "--quiet", "--defaults", "--vcs-ref=HEAD", *data, str(HERE), str(folder))
    return folder / "digits"


def make_environment(session, folder, python, *requirements):
    """Make a clean environment with what the requirements name, and return its interpreter."""
    session.run("uv", "venv", "--quiet", "--clear", "--python", python, str(folder), success_codes=[0])
    interpreter = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    session.run("uv", "pip", "install", "--quiet", "--python", str(interpreter), *requirements)
    return str(interpreter)


def prepare(session, stack, python, *extra):
    """Render a project and make its environment, both in the session's temporary folder."""
    session.install("copier", "uv")
    folder = Path(session.create_tmp())
    shutil.rmtree(folder / "demo", ignore_errors=True)
    project = render(session, folder / "demo", stack)
    lock = project / "inference" / "requirements.txt"
    return project, make_environment(session, folder / "env", python, "-r", str(lock), *extra)


@nox.session
def lint(session):
    """Check the style of the code."""
    session.install("ruff")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def tests(session):
    """Test the questions, the rendering and the files: seconds."""
    session.install("--group", "tests")
    session.run("pytest", *session.posargs)


@nox.session(default=False)
@nox.parametrize(
    "stack,version",
    [nox.param(name, version, id=f"{name}-{version}") for name, stack in STACKS.items() for version in stack["python"]],
)
def smoke(session, stack, version):
    """Start the generated app from its lock as the platform does, and send held-out digits."""
    project, python = prepare(session, stack, version)
    session.run("uv", "pip", "check", "--python", python)
    session.install("--group", "digits")
    digits = session.create_tmp() + "/digits"
    session.run("python", "training/digits.py", digits, "--each", "20")
    session.run(python, str(project / "run.py"), "--smoke", "--digits", digits, "--at-least", "0.975", external=True)
    app = {"PYTHONPATH": str(project / "inference")}
    session.run(python, "tests/strokes.py", "--count", "1000", "--at-least", "0.99", env=app, external=True)


@nox.session(default=False)
@nox.parametrize("stack", list(STACKS))
def browser(session, stack):
    """Draw ten digits with the mouse in headless Chromium, and keep a screenshot for the docs."""


@nox.session(default=False)
def demo(session):
    """Scaffold a workspace in demo/ with today's packages and serve its sketchpad."""


@nox.session(default=False)
def train(session):
    """Train the weights that the template ships; -- --epochs N --output FOLDER only tries."""


@nox.session(default=False)
def lock(session):
    """Recompile the stacks' requirements.txt; -- --upgrade moves the pins."""
