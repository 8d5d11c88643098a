"""The work on this template: `nox` runs what is fast, `nox -s NAME` the rest."""

from __future__ import annotations

import contextlib
import difflib
import functools
import itertools
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True

HERE = Path(__file__).parent
STACKS = {
    path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("stacks/*/stack.json"))
}
DEMOS = {
    path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("demos/*/demo.json"))
}
GROUPS = nox.project.load_toml(HERE / "pyproject.toml")
EXTRAS = ",".join(GROUPS["project"]["optional-dependencies"])
EXACT = HERE / "stacks" / "tutorial" / "exact" / "requirements.txt"
# MindSpore's warnings are not about the app; compiled modules make every start but the first some seconds shorter.
QUIET = {"GLOG_v": "3", "PYTHONDONTWRITEBYTECODE": ""}
MEASURED: list[dict[str, Any]] = []  # what smoke and exact tell the session smoke_table
RUNNING = "{}.{}".format(*sys.version_info)


def install(session: nox.Session, *groups: str) -> None:
    """Install dependency groups of pyproject.toml into the session's environment."""
    session.install(*nox.project.dependency_groups(GROUPS, *groups))


def ask(session: nox.Session, *command: str, **options: Any) -> str:
    """Return what a command prints."""
    return session.run(*command, silent=True, **options) or ""


def choose_python(stack: str) -> str:
    """Return the running Python's version where the stack supports it, and the stack's newest otherwise."""
    supported = STACKS[stack]["python"]
    return RUNNING if RUNNING in supported else supported[-1]


def render(
    session: nox.Session, folder: Path, stack: str, language: str = "en", user: str = "demo-user", demo: str = "digits"
) -> Path:
    """Render both repositories of the committed template into folder, and return the project's folder."""
    answers = {"user": user, "demo": demo, "project_name": "digits", "stack": stack, "language": language}
    data = [f"--data={key}={value}" for key, value in answers.items()]
    session.run("copier", "copy", "--quiet", "--defaults", "--vcs-ref=HEAD", *data, str(HERE), str(folder))
    return folder / "digits"


def place_weights(project: Path) -> None:
    """Put the weights of the model beside a rendered project where the platform puts them."""
    config = json.loads((project / "inference" / "config.json").read_text(encoding="utf-8"))
    for path in config["model_path"]:
        name = path.rpartition("/")[2]
        shutil.copy(project.with_name(f"{project.name}-model") / name, project / "inference")


def commit(session: nox.Session, repository: Path) -> None:
    """Commit everything in a rendered repository, with git-lfs, as somebody who has no configuration of git."""
    name = ("-c", "user.name=Demo", "-c", "user.email=demo@example.com")
    with session.chdir(repository):
        session.run("git", "init", "--quiet", "--initial-branch=main", external=True)
        session.run("git", "lfs", "install", "--local", silent=True, external=True)
        session.run("git", "add", "--all", external=True)
        session.run("git", *name, "commit", "--quiet", "--message", "From the template", external=True)


def make_environment(session: nox.Session, folder: Path, stack: str, python: str, *requirements: str) -> str:
    """Make a clean environment with the requirements, and return its interpreter."""
    create = ("uv", "venv", "--quiet", "--clear", "--python", python, str(folder))
    made = ask(session, *create, success_codes=range(256))
    interpreter = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not interpreter.exists():
        works = " or ".join(STACKS[stack]["python"])
        session.error(f"Stack {stack} runs on Python {works}; {python} was not found here: install it. {made.strip()}")
    session.run("uv", "pip", "install", "--python", str(interpreter), *requirements)
    return str(interpreter)


def make_environment_by_pip(session: nox.Session, folder: Path, python: str, lock: Path) -> str:
    """Do so as the platform does, with nothing but the Python: upgrade pip, then install the lock."""
    found = ask(session, "uv", "python", "find", "--no-project", python).strip()
    session.run(found, "-m", "venv", "--clear", str(folder), external=True)
    interpreter = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    pip = (interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    session.run(*pip, "--upgrade", "pip", external=True)
    session.run(*pip, "-r", str(lock), external=True)
    return interpreter


def prepare_project(session: nox.Session, stack: str, demo: str = "digits") -> Path:
    """Render a workspace in the session's temporary folder, and return the project's folder."""
    install(session, "render")
    folder = Path(session.create_tmp(), "work")
    shutil.rmtree(folder, ignore_errors=True)
    return render(session, folder, stack, demo=demo)


def prepare(
    session: nox.Session, stack: str, python: str, *extra: str, demo: str = "digits", exact: bool = False
) -> tuple[Path, str]:
    """Render a workspace and make the stack's environment, both in the session's temporary folder."""
    project = prepare_project(session, stack, demo)
    folder = Path(session.create_tmp(), "env")
    lock = EXACT if exact else project / "inference" / "requirements.txt"
    return project, make_environment(session, folder, stack, python, "-r", str(lock), *extra)


def try_stack(session: nox.Session, stack: str, python: str, installer: str = "uv", exact: bool = False) -> None:
    """Install a lock and send the app held-out digits; by uv try faulty weights and images, threads and strokes too."""
    project = prepare_project(session, stack)
    folder = Path(session.create_tmp(), "env")
    lock = EXACT if exact else project / "inference" / "requirements.txt"
    start = time.monotonic()
    if installer == "pip":
        interpreter = make_environment_by_pip(session, folder, python, lock)
        session.run(interpreter, "-m", "pip", "check", external=True)
    else:
        interpreter = make_environment(session, folder, stack, python, "-r", str(lock))
        session.run("uv", "pip", "check", "--python", interpreter)
    row: dict[str, Any] = {"stack": "exact" if exact else stack, "python": python, "installer": installer}
    row["install"] = time.monotonic() - start

    install(session, "digits")
    digits = str(Path(session.create_tmp(), "digits"))
    session.run("python", "training/digits.py", digits, "--each", "20")
    environment = {**QUIET, **find_cuda(session, interpreter)} if exact else QUIET
    send = (
        interpreter,
        "tests/programs/smoke.py",
        str(project),
        digits,
        *(["--faults"] if installer == "uv" else []),
    )
    said = ask(session, *send, env=environment, external=True, stderr=None)
    print(said)
    MEASURED.append({**row, **json.loads(said.splitlines()[-1])})
    session.notify("smoke_table", session.posargs)
    if installer == "uv":
        app = {**environment, "PYTHONPATH": str(project / "inference")}
        place_weights(project)
        session.run(interpreter, "tests/programs/app_faults.py", env=app, external=True)
        session.run(
            interpreter, "tests/programs/strokes.py", "--count", "1000", "--at-least", "0.99", env=app, external=True
        )
    remove_environment(session)


def find_cuda(session: nox.Session, interpreter: str) -> dict[str, str]:
    """Return the variable with which mindspore-gpu finds NVIDIA's libraries, and a stub in place of the driver."""
    libraries = Path(session.create_tmp(), "libraries")
    libraries.mkdir(exist_ok=True)
    stub = ("cc", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "stacks/tutorial/exact/libcuda.c")
    session.run(*stub, "-o", str(libraries / "libcuda.so.1"), external=True)
    nvidia = Path(interpreter).parent.parent.glob("lib/python3.9/site-packages/nvidia/*/lib")
    return {"LD_LIBRARY_PATH": ":".join(str(path.resolve()) for path in [libraries, *nvidia])}


def remove_environment(session: nox.Session) -> None:
    """Free the gigabytes of the environment made by prepare; uv's cache makes it again in seconds."""
    shutil.rmtree(Path(session.create_tmp(), "env"))


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style of the code and the types of the hooks."""
    install(session, "lint")
    session.install("-e", f".[{EXTRAS}]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")


def run_tests(session: nox.Session, *options: str) -> None:
    """Run pytest; neighbouring tests go to one process, which makes their fixtures once."""
    install(session, "tests")
    session.install("-e", f".[{EXTRAS}]")
    session.run("pytest", "--dist=worksteal", *options, *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Test the questions, the rendering and the rules."""
    # Each waits a third of its time for what it has started.
    run_tests(session, f"--numprocesses={3 * (os.cpu_count() or 1) // 2}")


@nox.session(default=False)
def slow(session: nox.Session) -> None:
    """Test what takes minutes: commits in a rendered workspace, updates of every version, a tenth of the session properties."""
    run_tests(session, "--numprocesses=auto", "-m", "slow or rounds")


@nox.session(default=False)
def properties(session: nox.Session) -> None:
    """Test every update, and at random: 2,500 pushes, 500 updates, 900 repairs, 200 installs and 50 previews, 100,000 inputs."""
    run_tests(session, "--numprocesses=auto", "-m", "rounds or product", "--share=1")


# Every lock on every Python, by either installer; `nox -t newest` tries each stack on the newest of its Pythons.
INSTALLS = [
    nox.param(
        *(name, python, by),
        id="-".join([name, python] + ["pip"] * (by == "pip")),
        tags=["newest"] if python == STACKS[name]["python"][-1] else [],
    )
    for name in STACKS
    for python in STACKS[name]["python"]
    for by in ("uv", "pip")
]


@nox.session(default=False)
@nox.parametrize("stack,version,installer", INSTALLS)
def smoke(session: nox.Session, stack: str, version: str, installer: str) -> None:
    """Install as the platform does, start the app, send digits, faults and mouse-like strokes."""
    try_stack(session, stack, version, installer)


@nox.session(default=False)
def exact(session: nox.Session) -> None:
    """Do the same with the tutorial's exact pins, MindSpore 1.8.1 among them."""
    try_stack(session, "tutorial", "3.9", exact=True)


@nox.session(default=False)
def smoke_table(session: nox.Session) -> None:
    """Show what smoke and exact measured; they run it, and nox -s smoke exact -- --keep puts it into the docs."""
    session.install("rich")
    measured = Path(session.create_tmp(), "measured.json")
    measured.write_text(json.dumps(MEASURED), encoding="utf-8")
    session.run("python", "-m", "benchmarks.write_stacks", str(measured), *session.posargs)


# Every stack in both languages; `nox -t pages` leaves out Chinese, but for the tutorial's stack.
PAGES = [
    nox.param(
        *(name, language), id=f"{name}-{language}", tags=["pages"] if language == "en" or name == "tutorial" else []
    )
    for name in STACKS
    for language in ("en", "zh")
]
PICTURES: dict[str, Path] = {}


@nox.session(default=False)
@nox.parametrize("stack,language", PAGES)
def e2e(session: nox.Session, stack: str, language: str) -> None:
    """Go the whole way: commit, push, preview from the remotes, try each demo in Chromium; -- --keep updates the pictures."""
    install(session, "browser", "render")
    session.install("-e", ".[preview]", "pre-commit")
    folder = Path(session.create_tmp())
    shutil.rmtree(folder / "work", ignore_errors=True)
    render(session, folder / "work", stack, language=language)
    others = [name for name in DEMOS if name != "digits" and language == "en"]
    demos = [f"--{demo}={render(session, folder / 'work' / demo, stack, demo=demo)}" for demo in others]
    picture = folder / "sketchpad.png"
    film = folder / "film.gif"
    more = ["--faults"] if stack == "current" else [f"--film={film}"] if stack == "tutorial" else []
    environment = {
        **QUIET,
        "PRE_COMMIT_HOME": str(session.cache_dir / "pre-commit"),
    }  # the stacks share its environments
    python = f"--python={choose_python(stack)}"
    session.run(
        "python",
        "tests/programs/e2e.py",
        str(folder / "work"),
        python,
        f"--picture={picture}",
        *demos,
        *more,
        env=environment,
    )
    if session.posargs == ["--keep"]:
        PICTURES[f"sketchpad-{stack}.{language}.png"] = picture
        if stack == "tutorial":
            PICTURES[f"film.{language}.gif"] = film
        session.notify("e2e_pictures")


@nox.session(default=False)
def every(session: nox.Session) -> None:
    """Preview every demo that has weights in every stack and language, and compare its answer: some minutes."""
    install(session, "render")
    session.install("-e", ".[preview]")
    demos = [demo for demo, about in DEMOS.items() if about["weights"]]
    for stack, language, demo in itertools.product(STACKS, ("zh", "en"), demos):
        folder = Path(session.create_tmp(), f"{stack}-{language}-{demo}")
        shutil.rmtree(folder, ignore_errors=True)
        project = render(session, folder, stack, language, demo=demo)
        command = ("xihe-hooks", "preview", "--smoke", "--worktree", f"--python={choose_python(stack)}", str(project))
        session.run(*command, env=QUIET)


@nox.session(default=False, python=False)
def e2e_pictures(session: nox.Session) -> None:
    """Put the pictures into the docs; e2e runs it last, since what it renders is the commit of an unchanged folder."""
    for name, picture in PICTURES.items():
        shutil.copy(picture, HERE / "docs" / "images" / name)


@nox.session(default=False)
@nox.parametrize("stack", list(STACKS), ids=list(STACKS))
def load(session: nox.Session, stack: str) -> None:
    """Ask the app from 32 clients at once (-- --count N drawings), from threads without its lock, and for files of its own."""
    project, interpreter = prepare(session, stack, choose_python(stack))
    session.run(interpreter, "tests/programs/probe.py", str(project), env=QUIET, external=True)
    session.run(interpreter, "tests/programs/load.py", str(project), *session.posargs, env=QUIET, external=True)
    place_weights(project)
    environment = {**QUIET, "PYTHONPATH": str(project / "inference")}
    session.run(interpreter, "tests/programs/app_without_lock.py", env=environment, external=True)
    remove_environment(session)


@nox.session(default=False)
@nox.parametrize("stack", list(STACKS), ids=list(STACKS))
def project(session: nox.Session, stack: str) -> None:
    """Run the generated project's own sessions, where this repository is out of sight."""
    install(session, "render")
    session.install("nox")
    folder = Path(session.create_tmp())
    shutil.rmtree(folder / "work", ignore_errors=True)
    generated = render(session, folder / "work", stack)
    for repository in (generated, folder / "work" / "digits-model"):
        commit(session, repository)
    requirements = generated / "inference" / "requirements.txt"
    before = requirements.read_bytes()
    session.run("nox", "--noxfile", str(generated / "noxfile.py"), "--session", "smoke", "lock", env=QUIET)
    if requirements.read_bytes() != before:
        session.error(f"nox -s lock changed the requirements.txt of a fresh {stack} project: run nox -s lock here.")
    shutil.rmtree(folder / "work")


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Scaffold a workspace in demo/ with today's packages and serve its sketchpad until Ctrl-C."""
    install(session, "render")
    folder = HERE / "demo"
    if not (folder / "digits").exists():
        render(session, folder, "current")
    session.install("-e", ".[preview]")
    pythons = (f"--python={each}" for each in STACKS["current"]["python"])
    command = ("xihe-hooks", "preview", "--worktree", *pythons, str(folder / "digits"))
    session.run(*command, *session.posargs, env=QUIET, interrupt_timeout=10)


TRAINED = [name for name, about in DEMOS.items() if about["training"]]


def download_archives(session: nox.Session, archives: list[str]) -> list[str]:
    """Download source archives, such as NAME==VERSION, and return the option that names their folder; none for none."""
    folder = Path(session.create_tmp(), "archives")
    if archives:
        session.install("pip")
        download = ("python", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:")
        session.run(*download, "--dest", str(folder), *archives)
    return ["--archives", str(folder)] if archives else []


def keep_trained(output: Path, demo: str) -> None:
    """Copy what a training wrote to where the template, the model card and the documentation have it."""
    places = {
        "results.yml": HERE / "training" / f"{demo}.yml",
        "confusion.png": HERE / "docs" / "images" / f"confusion-{demo}.png",
    }
    weights = DEMOS[demo]["weights"]
    for file in output.iterdir():
        names = [
            f"{{% if {of} %}}{file.name}{{% endif %}}" for of in (f"about.weights == '{weights}'", f"demo == '{demo}'")
        ]
        (place,) = (
            [places[file.name]] if file.name in places else [p for p in HERE.glob("template/**/*") if p.name in names]
        )
        shutil.copy(file, place)


@nox.session(default=False)
@nox.parametrize("trained", TRAINED, ids=TRAINED)
def train(session: nox.Session, trained: str) -> None:
    """Train and measure what the template ships for a demo; -- --output FOLDER and other options only try."""
    about = DEMOS[trained]["training"]
    project, interpreter = prepare(session, "current", choose_python("current"), *about["packages"], demo=trained)
    place_weights(project)
    output = Path(session.create_tmp(), "trained")
    shutil.rmtree(output, ignore_errors=True)
    environment = {**QUIET, "PYTHONPATH": str(project / "inference")}
    arguments = [*download_archives(session, about["archives"]), *(session.posargs or ["--output", str(output)])]
    session.run(interpreter, f"training/train_{trained}.py", *arguments, env=environment, external=True)
    remove_environment(session)
    if not session.posargs:
        keep_trained(output, trained)


def measure_preview(session: nox.Session, project: Path, interpreter: str) -> dict[str, Any]:
    """Return what a second preview of the project takes against its app alone."""
    for repository in (project, project.parent / "digits-model"):
        commit(session, repository)
    session.install("-e", ".[preview]")
    command = ("benchmarks/measure_preview.py", str(project), "--python", interpreter, "--version", RUNNING)
    said = ask(session, "python", *command, env=QUIET, stderr=None)
    measured: dict[str, Any] = json.loads(said.splitlines()[-1])
    return measured


def measure_start(session: nox.Session, project: Path, python: str) -> dict[str, Any]:
    """Return what a start of the project takes over the packages of the platform's image."""
    session.install("-e", ".[preview]")
    said = ask(
        session, "python", "benchmarks/measure_start.py", str(project), "--python", python, env=QUIET, stderr=None
    )
    measured: dict[str, Any] = json.loads(said.splitlines()[-1])
    return measured


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure the app in every stack, rendering and installing, and write the tables of the docs: minutes, idle."""
    stacks, starts = {}, {}
    for name in [*sorted(STACKS, key=lambda name: STACKS[name]["order"]), "exact"]:
        exact = name == "exact"
        stack = "tutorial" if exact else name
        project, interpreter = prepare(session, stack, choose_python(stack), exact=exact)
        if stack == "current":
            previewed = measure_preview(session, project, interpreter)
        elif not exact:  # on the Python of the platform's image
            starts[stack] = measure_start(session, project, choose_python(stack))
        place_weights(project)
        paths = os.pathsep.join([str(project / "inference"), "tests/programs"])
        environment = {**QUIET, "PYTHONPATH": paths, **(find_cuda(session, interpreter) if exact else {})}
        measure = (interpreter, "benchmarks/measure_app.py")
        said = ask(session, *measure, env=environment, external=True, stderr=None)
        stacks[name] = json.loads(said.splitlines()[-1])
        remove_environment(session)
    locked = "stacks/current/requirements.txt"
    said = ask(session, "python", "benchmarks/measure_setup.py", str(HERE), locked, stderr=None)
    session.install("-e", ".[publish]")
    published = ask(session, "python", "-m", "benchmarks.measure_publish", stderr=None)
    results = {
        "stacks": stacks,
        "start": starts,
        **previewed,
        **json.loads(said.splitlines()[-1]),
        **json.loads(published),
    }
    (HERE / "benchmarks" / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    session.run("python", "benchmarks/write_page.py")


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *message: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine alone; give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Write the generated pages of the documentation, and build its site into site/; no broken link, and it reads on a phone."""
    install(session, "render", "docs", "browser")
    stage = Path(session.create_tmp(), "stage")
    shutil.rmtree(stage, ignore_errors=True)
    for language in ("zh", "en"):
        render(session, stage / "rendered" / language, "tutorial", language, user="zhangsan")
    session.run("python", "docs/generate.py", str(stage / "rendered"))
    shutil.rmtree(HERE / "site", ignore_errors=True)
    for language, place in (("zh", HERE / "site"), ("en", HERE / "site" / "en")):
        folder = stage / language
        session.run("python", "docs/site/stage.py", language, str(folder))
        session.run("zensical", "build", "--strict", "--clean", "--config-file", str(folder / f"{language}.yml"))
        shutil.copytree(folder / "out", place)
    with serve(HERE / "site") as address:
        session.run("linkchecker", "--no-status", "--no-robots", address, f"{address}en/")
        session.run("python", "tests/programs/visit_site.py", str(HERE / "site"), address)
    session.log("To read it: python3 -m http.server --bind 127.0.0.1 --directory site")


# What the platform's image holds, as requirements, and the options of uv that resolve it as of the image's day. pip is
# upgraded at every start.
IMAGE = """
import json
from xihe_hooks.data import platform
image = platform()["image"]
lines = [f"{name}=={version}" if version else name for name, version in image["packages"].items() if name != "pip"]
print(json.dumps([lines, ["--python-version", image["python"], "--exclude-newer", str(image["date"])]]))
"""


def lock_image(session: nox.Session) -> None:
    """Resolve the image's packages as of its day into hooks/xihe_hooks/image.txt, which the preview installs."""
    session.install("pyyaml")
    said = ask(session, "python", "-c", IMAGE, env={"PYTHONPATH": str(HERE / "hooks")})
    lines, options = json.loads(said)
    source = Path(session.create_tmp(), "image.in")
    source.write_text("\n".join(lines), encoding="utf-8")
    session.run(
        *("uv", "pip", "compile", "--quiet", "--no-strip-extras", "--no-annotate", *options),
        *("--python-platform", "x86_64-manylinux_2_28", "--custom-compile-command", "nox -s lock"),
        *(str(source), "--output-file", str(HERE / "hooks" / "xihe_hooks" / "image.txt")),
    )


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Recompile the stacks' requirements.txt; -- --upgrade moves the stacks that follow releases, and tries them."""
    session.install("uv")
    lock_image(session)
    upgrade = "--upgrade" in session.posargs
    changed = []
    for source in sorted(HERE.glob("stacks/**/requirements.in")):
        stack = source.relative_to(HERE / "stacks").parts[0]
        if upgrade and not STACKS[stack]["follows_releases"]:
            continue
        compiled = source.with_suffix(".txt")
        before = compiled.read_text(encoding="utf-8") if compiled.exists() else ""
        with session.chdir(source.parent):
            session.run(
                *("uv", "pip", "compile", "--quiet", "--no-strip-extras", "--only-binary", ":all:"),
                *STACKS[stack]["compile"],
                *("--custom-compile-command", "nox -s lock"),
                *("requirements.in", "--output-file", "requirements.txt"),
                *session.posargs,
            )
        after = compiled.read_text(encoding="utf-8")
        if after != before:
            changed.append(str(compiled.relative_to(HERE)))
            moved = difflib.ndiff(before.splitlines(), after.splitlines())
            print(*(line for line in moved if line[0] in "+-" and "==" in line), sep="\n")
            if upgrade:
                for python in STACKS[stack]["python"]:
                    session.notify(f"smoke({stack}-{python})")
    if changed and os.environ.get("CI"):
        session.error(f"{', '.join(changed)} did not match requirements.in: run nox -s lock and commit the result.")
