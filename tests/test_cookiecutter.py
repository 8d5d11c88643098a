"""cookiecutter's door: the same questions as copier, the same bytes, and nothing left behind where it refuses."""

import json
import os
import re
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import jinja2
import pexpect
import pytest
import yaml
from helpers import DEMOS, HERE, STACKS, commit, git, need, snapshot

OWN = {"user": "li_si", "project_name": "my-digits", "model_name": "le_net-5"}
TITLE = "it's 100 % “数字” & 'more'"
SETS = list(product(("both", "project", "model"), sorted(DEMOS), sorted(STACKS), ("zh", "en")))
# In seconds one, in minutes every demo with every stack, in turn for each repository and in each language.
FAST = [("both", "own", "image", "zh")]
TURNS = [
    (("both", "project", "model")[(number + turn) % 3], demo, stack, ("zh", "en")[turn % 2])
    for number, demo in enumerate(sorted(DEMOS))
    for turn, stack in enumerate(sorted(STACKS))
]


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """Keep cookiecutter's clones and its memory of answers out of this machine's home."""
    folders = {"cookiecutters_dir": str(tmp_path / "clones"), "replay_dir": str(tmp_path / "replay")}
    (tmp_path / "cookiecutter.yml").write_text(yaml.safe_dump(folders))
    monkeypatch.setenv("COOKIECUTTER_CONFIG", str(tmp_path / "cookiecutter.yml"))


def run(tool, *arguments, python=sys.executable, **settings):
    """Run a command without a terminal, and return the finished process."""
    command = [python, "-m", tool, *map(str, arguments)]
    settings = {"capture_output": True, "encoding": "utf-8", "stdin": subprocess.DEVNULL, **settings}
    return subprocess.run(command, check=False, **settings)


def by_cookiecutter(address, folder, *options, **answers):
    """Render with cookiecutter's command; return what it made, or the failed process."""
    folder.mkdir(exist_ok=True)
    pairs = [f"{key}={value}" for key, value in answers.items()]
    done = run("cookiecutter", "--no-input", "-o", folder, *options, address, *pairs)
    assert done.returncode == 0, done.stderr
    return snapshot(folder)


def by_copier(address, folder, *options, **answers):
    """Render with copier's command into folder, or for one repository into its own folder there."""
    name = {"project": "project_name", "model": "model_name"}.get(answers.get("repo"))
    data = [f"--data={key}={value}" for key, value in answers.items()]
    done = run(
        "copier", "copy", "--quiet", "--defaults", *options, *data, address, folder / answers[name] if name else folder
    )
    assert done.returncode == 0, done.stderr
    return snapshot(folder)


@pytest.mark.parametrize(
    ("repo", "demo", "stack", "language"),
    [
        pytest.param(*each, marks=[] if each in FAST else pytest.mark.slow if each in TURNS else pytest.mark.product)
        for each in SETS
    ],
)
def test_same_bytes(template, tmp_path, repo, demo, stack, language):
    answers = {**OWN, "title": TITLE, "repo": repo, "demo": demo, "stack": stack, "language": language}
    made = by_cookiecutter(template, tmp_path / "a", **answers)
    assert made == by_copier(template, tmp_path / "b", **answers)
    assert {path.partition("/")[0] for path in made} == {
        "both": {"my-digits", "le_net-5"},
        "project": {"my-digits"},
        "model": {"le_net-5"},
    }[repo]


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "demo", [pytest.param(demo, marks=[] if demo == "digits" else pytest.mark.slow) for demo in DEMOS]
)
def test_same_defaults(template, tmp_path, demo, language):
    answers = {"user": "zhangsan", "demo": demo, "language": language}
    assert by_cookiecutter(template, tmp_path / "a", **answers) == by_copier(template, tmp_path / "b", **answers)


@pytest.mark.slow
def test_same_default_of_a_long_name(template, tmp_path):
    answers = {"user": "zhangsan", "project_name": "a" * 28 + "-" + "b" * 6}
    assert by_cookiecutter(template, tmp_path / "a", **answers) == by_copier(template, tmp_path / "b", **answers)


def read_questions():
    """Return the questions that copier asks, from copier.yml."""

    class Loader(yaml.SafeLoader):
        """Reads `!include`, which is copier's, as nothing."""

    Loader.add_constructor("!include", lambda loader, node: None)
    questions = yaml.load((HERE / "copier.yml").read_text("utf-8"), Loader)
    return {key: each for key, each in questions.items() if key[0] != "_" and each.get("when") is not False}


def in_both_languages(text):
    """Return what copier says in each language, as cookiecutter says it, whose prompts know no answers."""
    said = dict.fromkeys(jinja2.Template(text).render(language=language) for language in ("zh", "en"))
    return " / ".join(said)


def test_same_questions():
    asked = json.loads((HERE / "cookiecutter.json").read_text("utf-8"))
    prompts = asked.pop("__prompts__")
    public = {key: value for key, value in asked.items() if key[0] != "_"}
    found = {"stack": (STACKS, "title"), "demo": (DEMOS, "choice")}
    questions = read_questions()
    assert list(public) == list(questions)
    assert asked["__demos"] == {name: {key: each[key] for key in ("project", "title")} for name, each in DEMOS.items()}
    for key, question in questions.items():
        choices = question.get("choices")
        if key in found:
            folders, label = found[key]
            each_in_order = sorted(folders.values(), key=lambda folder: folder["order"])
            choices = {f"{each[label]['zh']} / {each[label]['en']}": each["name"] for each in each_in_order}
        if choices:
            assert public[key] == sorted(choices.values(), key=lambda value: value != question["default"])
            told = prompts[key]
            assert told.pop("__prompt__") == in_both_languages(question["help"])
            for label, value in choices.items():  # "right in the destination" is not so here
                pairs = zip(in_both_languages(label).split(" / "), told[value].split(" / "), strict=True)
                assert all(long.startswith(short) for long, short in pairs)
            assert set(told) == set(public[key])
        else:
            assert prompts[key] == in_both_languages(question["help"])
            default = public[key].replace("cookiecutter.", "").replace("__demos[demo]", "about")
            assert default == question.get("default", "")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"user": "ab"}, "3 to 20 letters"),
        ({"project_name": "../../elsewhere"}, "5 to 35 letters"),
        pytest.param({"project_name": "/tmp/elsewhere"}, "5 to 35 letters", marks=pytest.mark.slow),
        pytest.param({"project_name": ""}, "5 to 35 letters", marks=pytest.mark.slow),
        pytest.param({"model_name": ""}, "5 to 35 letters", marks=pytest.mark.slow),
        pytest.param({"model_name": "digits"}, "does not allow a model and a project", marks=pytest.mark.slow),
        pytest.param({"title": "<b>"}, "no line break and none of", marks=pytest.mark.slow),
        pytest.param({"title": '"""'}, "no line break and none of", marks=pytest.mark.slow),
    ],
)
def test_wrong_answers_leave_nothing(template, tmp_path, answers, said):
    (tmp_path / "work").mkdir()
    pairs = [f"{key}={value}" for key, value in {"user": "zhangsan", "language": "en", **answers}.items()]
    done = run("cookiecutter", "--no-input", "-o", tmp_path / "work", template, *pairs)
    assert done.returncode != 0
    sentence = next(line for line in done.stderr.splitlines() if line.startswith("copier-xihe: "))
    assert said in sentence and next(iter(answers)) in sentence
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("folder", ["digits", "digits-model"])
def test_what_is_there_stays(template, tmp_path, folder):
    mine = tmp_path / "work" / folder / "README.md"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine\n")
    done = run("cookiecutter", "--no-input", "-f", "-o", tmp_path / "work", template, "user=zhangsan", "language=en")
    assert done.returncode != 0
    assert "is not empty, so nothing was changed" in done.stderr
    assert snapshot(tmp_path / "work") == {f"{folder}/README.md": b"mine\n"}


@pytest.mark.slow
def test_a_clone_remembers_the_address_as_typed(template, tmp_path, monkeypatch):
    """gh: of a tag, replayed from the answers given; git finds the repository on this machine."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{template.as_posix()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/demo/copier-xihe.git")
    made = by_cookiecutter("gh:demo/copier-xihe", tmp_path / "a", "-c", "v1.0.0", **OWN)
    assert b"_src_path: gh:demo/copier-xihe\n" in made["my-digits/.copier-answers.yml"]
    assert made == by_copier("gh:demo/copier-xihe", tmp_path / "b", "--vcs-ref=v1.0.0", **OWN)
    (tmp_path / "c").mkdir()
    done = run("cookiecutter", "--replay", "-o", tmp_path / "c", tmp_path / "clones/copier-xihe")
    assert done.returncode == 0, done.stderr
    assert set(snapshot(tmp_path / "c")) == set(made)


@pytest.mark.slow
@pytest.mark.parametrize("output", ["work", "."])
def test_a_relative_path(template, tmp_path, monkeypatch, output):
    """What is remembered is the full path, so that an update finds the template from anywhere."""
    shutil.copytree(template, tmp_path / "copier-xihe")
    monkeypatch.setenv("PWD", str(tmp_path))
    options = ("--no-input", "-o", output, "--directory", ".")
    done = run("cookiecutter", *options, "copier-xihe", "user=zhangsan", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    answers = yaml.safe_load((tmp_path / output / "digits/.copier-answers.yml").read_text("utf-8"))
    assert answers["_src_path"] == str(tmp_path / "copier-xihe")


@pytest.mark.slow
def test_an_archive_is_refused(template, tmp_path):
    """No update could come from it."""
    (tmp_path / "work").mkdir()
    archive = tmp_path / "copier-xihe.zip"
    git(template, "archive", "--prefix=copier-xihe/", f"--output={archive}", "HEAD")
    done = run("cookiecutter", "--no-input", "-o", tmp_path / "work", archive, "user=zhangsan", "language=en")
    assert done.returncode != 0 and "use the template's git address" in done.stderr
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.slow
def test_update_afterwards(template, tmp_path):
    git(tmp_path, "clone", "--quiet", str(template), "released")
    by_cookiecutter(tmp_path / "released", tmp_path / "work", user="zhangsan")
    work = tmp_path / "work/digits"
    commit(work)
    source = tmp_path / "released/template/{{ project_name }}/.gitattributes.jinja"
    source.write_text(source.read_text("utf-8") + "*.bin -text\n", "utf-8")
    commit(tmp_path / "released")
    git(tmp_path / "released", "tag", "v1.1.0")
    assert run("copier", "update", "--defaults", cwd=work).returncode == 0
    assert (work / ".gitattributes").read_text("utf-8").endswith("*.bin -text\n")


def test_prompts(template, tmp_path):
    """At a terminal each question reads in both languages."""
    arguments = ["-m", "cookiecutter", str(template), "-o", str(tmp_path)]
    terminal = pexpect.spawn(sys.executable, arguments, encoding="utf-8", timeout=30, dimensions=(50, 250))
    answers = {"user": "zhangsan", "repo": "2", "stack": "4", "language": "2"}
    for key, question in read_questions().items():
        words = re.split(r"\d", in_both_languages(question["help"]))[
            -1
        ].split()  # numbers are coloured, and long lines broken
        terminal.expect(r"\s+".join(map(re.escape, words)))
        terminal.sendline(answers.get(key, ""))
    terminal.expect("nox -s publish")
    terminal.expect(pexpect.EOF)
    remembered = yaml.safe_load((tmp_path / "digits/.copier-answers.yml").read_text("utf-8"))
    assert (remembered["stack"], remembered["language"], remembered["user"]) == ("current", "en", "zhangsan")


@pytest.mark.slow
def test_without_copier(template, tmp_path, monkeypatch):
    """uv fetches copier for the occasion; without uv and pipx one sentence says what to install."""
    need("uv")
    uv, python = shutil.which("uv"), tmp_path / "env/bin/python"
    subprocess.run([uv, "venv", "--quiet", str(tmp_path / "env")], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), "cookiecutter"], check=True)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "git").symlink_to(shutil.which("git"))
    (tools / "python3").symlink_to(Path(sys.executable).resolve())
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (tmp_path / "work").mkdir()
    command = ("cookiecutter", "--no-input", "-o", tmp_path / "work", template, "user=zhangsan", "language=en")
    done = run(*command, python=str(python))
    assert done.returncode != 0 and "run pip install copier, then run cookiecutter again." in done.stderr
    assert list((tmp_path / "work").iterdir()) == []
    (tools / "uvx").write_text(f'#!/bin/sh\nexec {uv} tool run "$@"\n')
    (tools / "uvx").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tools), "/usr/bin", "/bin"]))
    done = run(*command, python=str(python))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "work/digits/.copier-answers.yml").is_file()
