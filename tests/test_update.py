"""An update from every release to the present: what a fresh copy gives, and nothing of the user's lost."""

import re
import subprocess
import sys

import copier
import pytest
import yaml
from helpers import ANSWERS, HERE, STACKS, commit, copy_working_tree, git, need, render, snapshot
from xihe_hooks.commands.update import main

# Commits that rendered both repositories, from before the first release: other weights, other stacks, other files.
BEFORE_RELEASES = {
    "v0.0.1": "67b9bb2e4bc3f838227cf2c1a85f1be17a9764df",
    "v0.0.2": "e708f39056733e364e2b8f9ac52b96a94719ed70",
    "v0.0.3": "13173fe666b5945f00a547ca0dcaf8db0a1b0ae9",
    "v0.0.4": "40ee2f29465f8b7c72287739e9ad90a974a1866a",
    "v0.0.5": "2bf73310f821dfff88eed773e38b5a3be73909ad",  # the app was one file
}
RELEASES = {tag: tag for tag in git(HERE, "tag", "--list", "v[0-9]*").split()}
VERSIONS = {**BEFORE_RELEASES, **RELEASES}
PRESENT = "v99.0.0"
ANSWERS_FILE = ".copier-answers.yml"  # written by copier, as its first line says
OWN_WEIGHTS = bytes(range(256)) * 40
pytestmark = pytest.mark.usefixtures("copier_here")


def stacks_of(revision):
    """Return the stacks that a version offers; all of today's where its commit is missing, so that a test says so."""
    listed = subprocess.run(
        ["git", "ls-tree", "--name-only", revision, "stacks/"], cwd=HERE, capture_output=True, text=True, check=False
    )
    names = {line.partition("/")[2] for line in listed.stdout.splitlines()} & set(STACKS)
    return sorted(names or STACKS)


EVERY = [
    (version, repo, stack)
    for version in VERSIONS
    for repo in ("project", "model")
    for stack in stacks_of(VERSIONS[version])
]
# The newest version; in minutes every version, each with another stack; the whole product takes a quarter of an hour.
FAST = [(list(VERSIONS)[-1], "project", "current")]
TURNS = {
    (version, repo, stacks_of(VERSIONS[version])[number % len(stacks_of(VERSIONS[version]))])
    for number, version in enumerate(VERSIONS)
    for repo in ("project", "model")
}
CASES = [
    pytest.param(*case, marks=[] if case in FAST else pytest.mark.slow if case in TURNS else pytest.mark.product)
    for case in EVERY
]


@pytest.fixture(scope="module")
def releases(git_config, tmp_path_factory):
    """Return a clone of this repository in which every version has a tag and the working tree is the newest one."""
    folder = tmp_path_factory.mktemp("releases") / "copier-xihe"
    git(HERE, "clone", "--quiet", "--no-checkout", str(HERE), str(folder))
    for tag, revision in BEFORE_RELEASES.items():
        if subprocess.run(["git", "tag", tag, revision], cwd=folder, capture_output=True, check=False).returncode:
            pytest.fail(f"This clone lacks the commit {revision}, from which updates are tried: git fetch --unshallow.")
    copy_working_tree(folder)
    commit(folder, "Present")
    git(folder, "tag", PRESENT)
    return folder


def copy_old(releases, folder, version, **answers):
    """Make a repository as the version rendered it, committed."""
    if answers.get("repo") == "model":
        need("git-lfs")
    data = {**ANSWERS, **answers}
    copier.run_copy(str(releases), folder, data=data, vcs_ref=version, defaults=True, quiet=True)
    commit(folder)
    return folder


def edit(folder):
    """Change a line in the middle of every file and append one, as its user; return what to find again, by path."""
    mine = {}
    for path in git(folder, "ls-files").splitlines():
        if path == "best.ckpt":
            (folder / path).write_bytes(OWN_WEIGHTS)
        elif path != ANSWERS_FILE:
            lines = (folder / path).read_text("utf-8").splitlines()
            mine[path] = [f"changed in {path}", f"appended to {path}"]
            lines[len(lines) // 2] += f"  # {mine[path][0]}"
            (folder / path).write_text("\n".join([*lines, f"# {mine[path][1]}", ""]), "utf-8")
    commit(folder)
    return mine


def find_again(folder, mine):
    """Return the files with conflict markers; what was the user's must be in its file or in the .rej beside it."""
    marked = set()
    for path, texts in mine.items():
        content = (folder / path).read_text("utf-8")
        rejected = folder / f"{path}.rej"
        everything = content + (rejected.read_text("utf-8") if rejected.exists() else "")
        assert [text for text in texts if text not in everything] == [], f"lost from {path}"
        if rejected.exists() or "<<<<<<< before updating" in content:
            marked.add(path)
    return marked


@pytest.mark.parametrize(("version", "repo", "stack"), CASES)
def test_untouched_becomes_a_fresh_copy(releases, tmp_path, record_property, version, repo, stack):
    work = copy_old(releases, tmp_path / "work", version, repo=repo, stack=stack)
    assert main([str(work)]) == 0
    same = snapshot(work) == snapshot(render(releases, tmp_path / "fresh", repo=repo, stack=stack))
    record_property("update", (version, repo, stack, "clean", "same" if same else "lost"))
    assert same


@pytest.mark.parametrize(("version", "repo", "stack"), CASES)
def test_every_edit_survives(releases, tmp_path, record_property, capfd, version, repo, stack):
    work = copy_old(releases, tmp_path / "work", version, repo=repo, stack=stack)
    mine = edit(work)
    code = main([str(work)])
    marked = find_again(work, mine)
    told = set(
        re.findall(r"^    (\S+?)[：:]", capfd.readouterr().err.rpartition("\n要由您决定的：\n")[2], re.MULTILINE)
    )
    assert marked <= told
    assert code == (1 if told else 0)
    outcome = f"conflict shown in {', '.join(sorted(told))}" if told else "merged"
    record_property("update", (version, repo, stack, "edited", outcome))
    if repo == "model":
        assert (work / "best.ckpt").read_bytes() == OWN_WEIGHTS
    answers = yaml.safe_load((work / ANSWERS_FILE).read_text("utf-8"))
    assert (answers["_commit"], answers["stack"], answers["demo"]) == (PRESENT, stack, "digits")


@pytest.mark.slow
def test_conflicts_as_rej_files(releases, tmp_path, capfd):
    work = copy_old(releases, tmp_path / "work", "v0.0.1", repo="project")
    mine = edit(work)
    assert main([str(work), "--conflict", "rej"]) == 1
    marked = find_again(work, mine)
    assert marked
    said = capfd.readouterr().err
    assert all(f"{path}.rej" in said and (work / f"{path}.rej").is_file() for path in marked)


@pytest.mark.slow
@pytest.mark.parametrize("repo", ["model", "project"])
def test_deleted_files_stay_deleted(releases, tmp_path, repo):
    work = copy_old(releases, tmp_path / "work", "v0.0.1", repo=repo)
    deleted = set(snapshot(work)) - {ANSWERS_FILE}
    git(work, "rm", "--quiet", *deleted)
    commit(work)
    assert main([str(work)]) == 0
    assert deleted.isdisjoint(snapshot(work))


@pytest.mark.parametrize(
    ("version", "before", "after"),
    [
        pytest.param("v0.0.1", "tutorial", "current"),
        pytest.param("v0.0.1", "current", "tutorial", marks=pytest.mark.slow),
        pytest.param("v0.0.3", "current", "image", marks=pytest.mark.slow),
        pytest.param(PRESENT, "image", "current", marks=pytest.mark.slow),
        pytest.param(PRESENT, "current", "tutorial", marks=pytest.mark.slow),
    ],
)
def test_another_stack(releases, tmp_path, version, before, after):
    """The lock, the app, the network and the Python change together."""
    work = copy_old(releases, tmp_path / "work", version, repo="project", stack=before)
    assert main([str(work), "--data", f"stack={after}"]) == 0
    assert snapshot(work) == snapshot(render(releases, tmp_path / "fresh", repo="project", stack=after))


@pytest.mark.slow
def test_an_edited_file_that_the_template_gave_up(releases, tmp_path, capfd):
    work = copy_old(releases, tmp_path / "work", "v0.0.5", repo="project", stack="current")
    network = work / "inference/lenet.py"
    network.write_text(mine := network.read_text("utf-8") + "# mine\n", "utf-8")
    commit(work)
    assert main([str(work)]) == 1
    assert network.read_text("utf-8") == mine
    assert "inference/lenet.py：模板不再有这个文件" in capfd.readouterr().err


OWN_MODEL = {
    'WEIGHTS = Path(__file__).resolve().with_name("best.ckpt")': 'WEIGHTS = Path(__file__).resolve().with_name("my.ckpt")',
    "    network = lenet(num_classes=10)\n": "    network = MyNetwork(classes=7)\n",
    "    odds = np.exp(scores - scores.max())\n": "    odds = np.exp((scores - scores.max()) / 2)\n",
    "    scale = 20 / max(stroke.size)\n": "    scale = 24 / max(stroke.size)\n",
}


@pytest.mark.parametrize("by_copier", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize("stack", ["current", pytest.param("tutorial", marks=pytest.mark.slow)])
def test_an_edited_app_of_one_file(releases, tmp_path, capfd, stack, by_copier):
    """Its parts lie in other files now: all that its owner wrote is still in app.py, between the marks of a conflict."""
    work = copy_old(releases, tmp_path / "work", "v0.0.5", repo="project", stack=stack, language="en")
    app = work / "inference/app.py"
    text = app.read_text("utf-8")
    for theirs, mine in OWN_MODEL.items():
        assert theirs in text
        text = text.replace(theirs, mine)
    app.write_text(text, "utf-8")
    commit(work)
    if by_copier:
        copier_update(work)
    else:
        assert main([str(work)]) == 1
        assert "inference/app.py: you and the template changed the same lines" in capfd.readouterr().err
    merged = app.read_text("utf-8")
    kept = "".join(re.findall(r"^<<<<<<< before updating\n(.*?)^=======\n", merged, re.MULTILINE | re.DOTALL))
    assert [mine for mine in OWN_MODEL.values() if mine not in kept] == []
    assert git(work, "diff", "--name-only", "--diff-filter=U").split() == ["inference/app.py"]
    fresh = snapshot(render(releases, tmp_path / "fresh", repo="project", stack=stack, language="en"))
    assert {path: each for path, each in snapshot(work).items() if path != "inference/app.py"} == {
        path: each for path, each in fresh.items() if path != "inference/app.py"
    }


@pytest.mark.slow
def test_a_template_from_a_relative_path(releases, tmp_path, monkeypatch):
    """Copied from one folder, updated in another."""
    git(tmp_path, "clone", "--quiet", str(releases), "released")
    monkeypatch.chdir(tmp_path)
    copier.run_copy("released", "work", data={**ANSWERS, "repo": "project"}, defaults=True, quiet=True)
    commit(tmp_path / "work")
    source = tmp_path / "released/template/{{ project_name }}/.gitattributes.jinja"
    source.write_text(source.read_text("utf-8") + "*.bin -text\n", "utf-8")
    commit(tmp_path / "released")
    git(tmp_path / "released", "tag", "v100.0.0")
    assert main([str(tmp_path / "work")]) == 0
    assert (tmp_path / "work/.gitattributes").read_text("utf-8").endswith("*.bin -text\n")


def copier_update(work):
    """Run `copier update` as a user does, and return what it says."""
    command = [sys.executable, "-m", "copier", "update", "--defaults"]
    run = subprocess.run(command, cwd=work, capture_output=True, encoding="utf-8", check=True)
    assert "trust" not in run.stderr
    return run.stderr


@pytest.mark.slow
@pytest.mark.parametrize("own", [True, False])
def test_copier_alone_leaves_weights_alone(releases, tmp_path, own):
    work = copy_old(releases, tmp_path / "work", "v0.0.1", repo="model")
    if own:
        (work / "best.ckpt").write_bytes(OWN_WEIGHTS)
        commit(work)
    before = (work / "best.ckpt").read_bytes()
    copier_update(work)
    assert (work / "best.ckpt").read_bytes() == before
    fresh = snapshot(render(releases, tmp_path / "fresh", repo="model"))
    assert snapshot(work) == {**fresh, "best.ckpt": before}
    assert before != fresh["best.ckpt"], "the template's own weights are others by now"


def sections(language):
    """Return the sections of the changelog in a language, newest first, each as (number, text)."""
    text = (HERE / {"zh": "CHANGELOG.zh-CN.md", "en": "CHANGELOG.md"}[language]).read_text("utf-8")
    return [(section.split("\n")[0], section.strip()) for section in text.split("\n## ")[1:]]


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_news(releases, tmp_path, language):
    """What changed since the version that was here, in the language answered."""
    work = copy_old(releases, tmp_path / "work", "v0.0.1", repo="project", language=language)
    said = copier_update(work)
    assert all(text in said for _, text in sections(language))
    assert all(text not in said for _, text in sections("en" if language == "zh" else "zh"))
    assert "git diff" in said and "Your edits are kept" in said and "您的改动会保留" in said


@pytest.mark.slow
def test_no_news(releases, tmp_path):
    work = copy_old(releases, tmp_path / "work", PRESENT, repo="project", language="en")
    said = copier_update(work)
    assert "git diff" in said and not any(text in said for _, text in sections("en"))


@pytest.mark.slow
def test_news_of_the_versions_between(releases, tmp_path):
    """Only what is newer than the version here and not newer than the one that comes."""
    git(tmp_path, "clone", "--quiet", str(releases), "released")
    released = tmp_path / "released"
    for number in ("100.0.0", "100.1.0", "100.2.0"):
        for name in ("CHANGELOG.md", "CHANGELOG.zh-CN.md"):
            head, first, rest = (released / name).read_text("utf-8").partition("\n## ")
            (released / name).write_text(f"{head}\n## {number}\n\n- About {number}.\n{first}{rest}", "utf-8")
        commit(released)
        git(released, "tag", f"v{number}")
    work = copy_old(released, tmp_path / "work", "v100.0.0", repo="project")
    said = copier_update(work)
    assert re.findall(r"About (\S+)\.\n", said) == ["100.2.0", "100.1.0"]
    untagged = copy_old(released, tmp_path / "untagged", "v100.0.0", repo="project")
    answers = untagged / ANSWERS_FILE
    commit_hash = git(released, "rev-parse", "v100.0.0").strip()
    answers.write_text(answers.read_text("utf-8").replace("_commit: v100.0.0", f"_commit: {commit_hash}"), "utf-8")
    commit(untagged)
    assert re.findall(r"About (\S+)\.\n", copier_update(untagged)) == ["100.2.0"], "the newest, where one cannot know"


def test_changelogs_are_twins():
    shapes = [
        [(number, re.findall(r"`[^`]+`", text), text.count("\n- ")) for number, text in sections(language)]
        for language in ("zh", "en")
    ]
    assert shapes[0] == shapes[1] != []
