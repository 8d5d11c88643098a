"""What is rendered: the exact files, their form, and that nothing of the user's is lost."""

import json
import re
import subprocess
import sys
from itertools import product

import copier
import pytest
import yaml
from helpers import ANSWERS, DEMOS, HERE, PLATFORM, STACKS, commit, git, render, snapshot

PROJECT = {
    ".copier-answers.yml",
    ".gitattributes",
    ".gitignore",
    ".pre-commit-config.yaml",
    ".vscode/config.schema.json",
    ".vscode/settings.json",
    "ruff.toml",
    "README.md",
    "inference/config.json",
    "inference/requirements.in",
    "inference/requirements.txt",
    "noxfile.py",
}
MODEL = {
    ".copier-answers.yml",
    ".gitattributes",
    ".gitignore",
    ".pre-commit-config.yaml",
    "README.md",
    "noxfile.py",
}
# What a demo has beside that, in inference/ and in the model repository.
OF_DEMO = {
    "digits": ({"app.py", "model.py", "sketchpad.py", "example.json", "example.png"}, {"best.ckpt"}),
    "photo": ({"app.py", "model.py", "photograph.py", "example.json", "pen.jpg", "chalk.jpg"}, {"best.ckpt"}),
    "review": ({"app.py", "model.py", "example.json", "examples.txt"}, {"best.ckpt", "vocabulary.txt.gz"}),
    "own": ({"app.py", "model.py", "example.json"}, set()),
}
COMBINATIONS = [
    *product(("both",), DEMOS, STACKS, ("zh", "en")),
    *product(("project", "model"), ("digits",), STACKS, ("zh", "en")),
]
# In seconds every demo and every stack in each language, and the repositories by themselves.
FAST = {
    *(
        ("both", demo, stack, language)
        for n, demo in enumerate(DEMOS)
        for m, stack in enumerate(STACKS)
        for step, language in enumerate(("zh", "en"))
        if (n + step) % len(STACKS) == m
    ),
    *product(("project", "model"), ("digits",), ("tutorial",), ("zh", "en")),
}


def expected(repo, demo):
    """Return the paths that a render with these answers holds, and no other."""
    files, weights = OF_DEMO[demo]
    project, model = PROJECT | {f"inference/{name}" for name in files}, MODEL | weights
    name = DEMOS[demo]["project"]
    both = {f"{name}/{path}" for path in project} | {f"{name}-model/{path}" for path in model}
    return {"both": both, "project": project, "model": model}[repo]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(each, id="-".join(each), marks=[] if each in FAST else pytest.mark.slow) for each in COMBINATIONS
    ],
)
def rendered(request, template, tmp_path_factory):
    """Return (folder, repo, demo, stack, language) of every combination."""
    repo, demo, stack, language = request.param
    folder = tmp_path_factory.mktemp("render")
    return render(template, folder, repo=repo, demo=demo, stack=stack, language=language), *request.param


def texts(folder):
    """Yield (path, text) of the rendered text files."""
    for path, content in snapshot(folder).items():
        if not path.endswith((".ckpt", ".gz", ".jpg", ".png")):
            yield path, content.decode("utf-8")


def test_exact_files(rendered):
    folder, repo, demo, *_ = rendered
    assert set(snapshot(folder)) == expected(repo, demo)


def test_texts_are_clean(rendered):
    for path, text in texts(rendered[0]):
        assert not re.search(r"\{\{|\}\}|\{%|%\}|\{#", text), f"template braces left in {path}"
        assert "\r" not in text and not text.startswith("\ufeff"), path
        assert text.endswith("\n") and not text.endswith("\n\n"), f"{path} does not end in one newline"
        assert not re.search(r"[ \t]\n", text), f"trailing blanks in {path}"


def test_only_weights_are_large(rendered):
    limit = PLATFORM["limits"]["file_bytes"]["value"]
    large = {path for path, content in snapshot(rendered[0]).items() if len(content) > limit}
    assert large == {path for path in snapshot(rendered[0]) if path.endswith(("best.ckpt", "vocabulary.txt.gz"))}


def test_data_files_are_valid(rendered):
    for path, text in texts(rendered[0]):
        if path.endswith(".json"):
            json.loads(text)
        elif path.endswith((".yml", ".yaml")):
            assert isinstance(yaml.safe_load(text), dict), path


def test_chinese_and_english(rendered):
    folder, *_, language = rendered
    for path, text in texts(folder):
        chinese = re.search(r"[\u4e00-\u9fff]", text)
        if path.endswith((".md", ".py", ".gitattributes")):
            assert bool(chinese) == (language == "zh"), path


def test_ruff_and_markdown_change_nothing(rendered):
    folder = rendered[0]
    for command in (
        ["ruff", "check", "--no-cache"],  # by the project's own ruff.toml
        ["ruff", "format", "--isolated", "--no-cache", "--check"],
        ["pymarkdown", "--disable-rules", "line-length", "scan", "--recurse"],
    ):
        line = [sys.executable, "-m", *command, str(folder)]
        run = subprocess.run(line, cwd=folder, check=False, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr


def test_config_has_both_keys(template, tmp_path):
    render(template, tmp_path, user="li-si", project_name="sketch", model_name="sketch_weights")
    config = json.loads((tmp_path / "sketch/inference/config.json").read_text("utf-8"))
    path = "li-si/sketch_weights/best.ckpt"
    assert set(config) == set(PLATFORM["config_keys"])
    assert config == {"pretrain": path, "model_path": [path]}
    assert (tmp_path / "sketch_weights/best.ckpt").is_file()


def test_platform_finds_its_files(template, tmp_path):
    files = PLATFORM["files"]
    folder = render(template, tmp_path, repo="project") / files["folder"]
    assert all((folder / files[name]).is_file() for name in ("app", "config", "requirements"))


@pytest.mark.parametrize("stack", STACKS)
def test_requirements_are_the_lock(template, tmp_path, stack):
    folder = render(template, tmp_path, repo="project", stack=stack) / "inference"
    for name in ("requirements.in", "requirements.txt"):
        assert (folder / name).read_bytes() == (HERE / "stacks" / stack / name).read_bytes()
    lock = (folder / "requirements.txt").read_text("utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--hash", lock)
    assert all(re.match(r"\s*#|\S+==\S+( ;|$)", line) for line in lock.splitlines())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_is_project_and_model(template, tmp_path, language):
    both = snapshot(render(template, tmp_path / "both", language=language))
    project = snapshot(render(template, tmp_path / "one", language=language, repo="project"))
    model = snapshot(render(template, tmp_path / "two", language=language, repo="model"))
    alone = {f"digits/{path}": content for path, content in project.items()}
    alone |= {f"digits-model/{path}": content for path, content in model.items()}
    assert both == alone


def test_same_answers_same_bytes(template, tmp_path):
    assert snapshot(render(template, tmp_path / "a")) == snapshot(render(template, tmp_path / "b"))


def copy_by_command(template, folder, *options, **settings):
    """Run copier's command without a terminal, as a script would, and return the finished process."""
    command = [sys.executable, "-m", "copier", "copy", "--data=user=zhangsan", *options, str(template), str(folder)]
    return subprocess.run(
        command, check=False, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, **settings
    )


def test_plain_copy_succeeds_quietly(template, tmp_path):
    run = copy_by_command(template, tmp_path / "work", "--defaults")
    assert run.returncode == 0, run.stderr
    assert not re.search("warning|unsafe|trust", run.stderr, re.IGNORECASE)


@pytest.mark.parametrize(
    ("repo", "language"),
    [
        pytest.param(repo, language, marks=[] if (repo, language) == ("both", "zh") else pytest.mark.slow)
        for repo in ("both", "project", "model")
        for language in ("zh", "en")
    ],
)
def test_next_commands_fit_the_answers(template, tmp_path, repo, language):
    options = ("--defaults", f"--data=repo={repo}", f"--data=language={language}")
    run = copy_by_command(template, "my work", *options, cwd=tmp_path)  # a relative destination, as one types it
    message = run.stderr[run.stderr.index("pipx install") :]
    assert ("digits-model" in message) == (repo != "project")
    assert bool(re.search(r"digits\b(?!-model)", message)) == (repo != "model")
    typed = [line.strip() for line in message.splitlines() if line.startswith("    ")]
    assert typed[-1] == "nox -s publish" and ("nox -s preview" in typed) == (repo == "both")
    (folder,) = re.findall(r'cd "(.*)"', message)
    assert (tmp_path / folder / "noxfile.py").is_file()
    assert bool(re.search(r"[\u4e00-\u9fff]", message)) == (language == "zh")


def test_an_answer_to_no_question_is_told(template, tmp_path):
    answers = {"demo": "digits", "project_name": "digits", "model_name": "lenet", "repo": "both", "stack": "current"}
    data = [
        f"--data={key}={value}" for key, value in {**answers, "title": "x", "language": "en", "stak": "image"}.items()
    ]
    run = copy_by_command(template, tmp_path / "work", "--defaults", *data)
    assert "Note: there is no question stak, so this answer in --data was not used." in run.stderr


@pytest.fixture
def printed(template, tmp_path):
    """Return a function that copies the template from a folder, and tells what pip is to install in the project."""

    def copy(place):
        place = tmp_path / place / "copier-xihe"
        git(tmp_path, "clone", "--quiet", str(template), str(place))
        copy_by_command(place, tmp_path / "work", "--defaults")
        noxfile = (tmp_path / "work/digits/noxfile.py").read_text("utf-8")
        return re.search(r'"(copier-xihe\[.*)"', noxfile)[1], place

    return copy


@pytest.mark.parametrize(
    "place", ["job@2", *(pytest.param(each, marks=pytest.mark.slow) for each in ("plain", "my work", "c:drive"))]
)
def test_the_template_may_lie_in_any_folder(printed, tmp_path, place):
    """git finds it at the address that pip is given, and pip before 24.1 wants a host in that."""
    requirement, place = printed(place)
    address, _, revision = requirement.partition(" @ git+")[2].rpartition("@")
    assert address.startswith("file://localhost/") and " " not in address
    assert git(tmp_path, "ls-remote", address, revision).split()[0] == git(place, "rev-parse", revision).strip()


@pytest.mark.slow
def test_the_first_command_works_with_an_older_pip(printed, tmp_path):
    requirement, _ = printed("job@2")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    pip = [str(tmp_path / "env/bin/python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "pip==23.2.1"], check=True)
    subprocess.run([*pip, "--no-deps", requirement], check=True)


def test_fills_two_clones(template, tmp_path):
    """The tutorial's two git clones, filled in place: their own files and history stay."""
    for name in ("digits", "digits-model"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "LICENSE").write_text("mine\n")
        commit(tmp_path / name)
    render(template, tmp_path)
    for name in ("digits", "digits-model"):
        assert (tmp_path / name / "LICENSE").read_text() == "mine\n"
        assert git(tmp_path / name, "status", "--porcelain").startswith("??")


def test_a_copy_keeps_the_files_that_are_there(template, tmp_path):
    """As in clones of new repositories, into which the platform puts files of its own; nothing is asked, file by file."""
    theirs = {
        "digits/README.md": "# Theirs\n",
        "digits/inference/app.py": "print('mine')\n",
        "digits-model/.gitattributes": "*.npz filter=lfs\n",
    }
    for path, content in theirs.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    run = copy_by_command(template, tmp_path, "--defaults")
    assert run.returncode == 0 and all(path in run.stderr for path in theirs)
    assert {path: (tmp_path / path).read_text() for path in theirs} == theirs
    assert (tmp_path / "digits/inference/model.py").is_file() and (tmp_path / "digits-model/best.ckpt").is_file()
    copier.run_copy(str(template), tmp_path, data=ANSWERS, defaults=True, overwrite=True, quiet=True)
    assert all((tmp_path / path).read_text() != content for path, content in theirs.items())


@pytest.fixture
def released(template, tmp_path):
    """Return a template that can get a next release without touching the shared one."""
    git(tmp_path, "clone", "--quiet", str(template), "released")
    return tmp_path / "released"


@pytest.mark.parametrize(
    "stack", [pytest.param(stack, marks=[] if stack == "current" else pytest.mark.slow) for stack in STACKS]
)
def test_update_keeps_the_users_edit(released, tmp_path, stack):
    work = render(released, tmp_path / "work", stack=stack)
    mine = {"digits": "inference/app.py", "digits-model": "README.md"}
    for name, path in mine.items():
        (work / name / path).write_text((work / name / path).read_text("utf-8") + "# mine\n", "utf-8")
        commit(work / name)
    for folder in (released / "template").glob("{{*"):
        (folder / "NEWS.md.jinja").write_text("# {{ user }}\n")
        ours = folder / (".gitattributes.jinja")
        ours.write_text(ours.read_text("utf-8") + "*.bin -text\n", "utf-8")
    commit(released, "Next release")
    git(released, "tag", "v1.1.0")

    for name, path in mine.items():
        copier.run_update(work / name, defaults=True, overwrite=True, quiet=True)
        assert (work / name / path).read_text("utf-8").endswith("# mine\n")
        assert (work / name / "NEWS.md").read_text() == "# zhangsan\n"
        assert (work / name / ".gitattributes").read_text("utf-8").endswith("*.bin -text\n")
        answers = yaml.safe_load((work / name / ".copier-answers.yml").read_text("utf-8"))
        assert answers["_commit"] == "v1.1.0"
        assert answers["repo"] == ("model" if name.endswith("model") else "project")
        assert {key: answers[key] for key in ANSWERS} == ANSWERS
        unexpected = {line[3:] for line in git(work / name, "status", "--porcelain").splitlines()}
        assert unexpected == {
            ".copier-answers.yml",
            ".gitattributes",
            ".pre-commit-config.yaml",
            "NEWS.md",
            "noxfile.py",
        }
