"""`xihe-hooks update` loses nothing: what it would change and git could not give back stops it, by name."""

import os
import random
import shutil
import stat
import subprocess
import sys
from collections import Counter

import pytest
from helpers import commit, git, need
from xihe_hooks.cli import main

LINES = "".join(f"line {n}\n" for n in range(30))
FIRST = {
    "a.txt": LINES,
    "sub/b.txt": LINES,
    "sub/deep/c.txt": LINES,
    "gone.txt": LINES,
    "old/gone.txt": LINES,
    "best.bin": "\0first",
}
SECOND = {
    **{path: text.replace("line 9", "line nine") for path, text in FIRST.items() if "gone" not in path},
    "best.bin": "\0second",
    "added.txt": "added\n",
    "added/d.txt": "added\n",
    "added.log": "added\n",
}
ADDED = sorted(set(SECOND) - set(FIRST))


@pytest.fixture(scope="module")
def releases(git_config, tmp_path_factory):
    """Return a small template of two versions; copier is kept away from its binary file, as in the real one."""
    folder = tmp_path_factory.mktemp("small") / "template"
    for version, files in (("v1.0.0", FIRST), ("v2.0.0", SECOND)):
        shutil.rmtree(folder / "files", ignore_errors=True)
        for path, text in files.items():
            (folder / "files" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "files" / path).write_text(text)
        (folder / "files/{{ _copier_conf.answers_file }}.jinja").write_text("{{ _copier_answers | to_nice_yaml }}")
        (folder / "copier.yml").write_text(
            "_subdirectory: files\n_exclude: [\"{% if _copier_operation == 'update' %}best.bin{% endif %}\"]\n"
            "title: {type: str, default: Digits}\n"
        )
        commit(folder)
        git(folder, "tag", version)
    return folder


@pytest.fixture(scope="module")
def first(releases, tmp_path_factory):
    """Return a repository made from the first version, committed."""
    folder = tmp_path_factory.mktemp("first") / "work"
    copy = ["copy", "--quiet", "--defaults", "--vcs-ref=v1.0.0", str(releases), str(folder)]
    subprocess.run([sys.executable, "-m", "copier", *copy], check=True)
    commit(folder)
    return folder


@pytest.fixture
def work(first, tmp_path):
    """Return a copy of that repository."""
    shutil.copytree(first, tmp_path / "work", symlinks=True)
    return tmp_path / "work"


def update(folder, *options, before=()):
    """Run the command in a process of its own; return its code and all that it says."""
    command = [*before, sys.executable, "-m", "xihe_hooks", "update", str(folder), *options]
    environment = {**os.environ, "XIHE_HOOKS_LANG": "en"}
    run = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    said = run.stdout + run.stderr
    assert "Traceback" not in said and "Error" not in said, said
    return run.returncode, said


def state(folder):
    """Return all that lies in a folder: contents, links' targets, modes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = (os.fsencode(os.readlink(path)), "link")
        elif path.is_file() and not name.startswith(".git/"):
            found[name] = (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
    return found


def refuses(folder, *names, before=()):
    """The update must name these and change nothing."""
    was = state(folder.parent)
    code, said = update(folder, before=before)
    assert code == 1 and "Nothing was changed" in said and "Commit, rename or restore" in said, said
    assert [name for name in names if f" {name} (" not in said] == [], said
    assert state(folder.parent) == was


def add_own(folder):
    """Put files that git ignores where the second version adds some."""
    (folder / ".git/info/exclude").write_text("*.log\n/added\n")
    (folder / "added.log").write_text("my log\n")
    (folder / "added").mkdir()
    (folder / "added/d.txt").write_text("mine\n")


def test_own_files_where_the_new_version_adds_some(work):
    add_own(work)
    refuses(work, "added.log", "added/d.txt")


@pytest.mark.slow
def test_own_files_that_are_left_out(work):
    add_own(work)
    code, said = update(work, "--exclude=added.log", "--exclude=added")
    assert code == 0 and "Updated to v2.0.0 with no conflicts." in said
    assert (work / "added.log").read_text() == "my log\n" and (work / "added/d.txt").read_text() == "mine\n"
    assert "line nine" in (work / "a.txt").read_text()


@pytest.mark.slow
def test_edits_that_git_was_told_not_to_see(work):
    for path, flag in (("a.txt", "--skip-worktree"), ("sub/b.txt", "--assume-unchanged")):
        git(work, "update-index", flag, path)
        (work / path).write_text("mine\n")
    git(work, "rm", "--quiet", "--cached", "gone.txt")
    (work / ".git/info/exclude").write_text("gone.txt\n")
    git(work, "commit", "--quiet", "--message=Mine")
    refuses(work, "a.txt", "sub/b.txt", "gone.txt")


@pytest.mark.slow
def test_folders_and_files_in_each_others_place(work):
    (work / "a.txt").unlink()
    (work / "a.txt").mkdir()
    (work / "a.txt/mine.txt").write_text("mine\n")
    shutil.rmtree(work / "sub")
    (work / "sub").write_text("mine\n")
    commit(work)
    refuses(work, "a.txt", "sub/b.txt", "sub/deep/c.txt")


@pytest.mark.slow
def test_links_out_of_the_tree(work):
    outside = work.parent / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text(LINES)
    (outside / "b.txt").write_text(LINES)
    (work / "a.txt").unlink()
    (work / "a.txt").symlink_to(outside / "a.txt")
    shutil.rmtree(work / "sub")
    (work / "sub").symlink_to(outside)
    commit(work)
    refuses(work, "a.txt", "sub/b.txt")


@pytest.mark.slow
def test_weights_that_are_a_link_out_of_the_tree(work):
    outside = work.parent / "weights"
    outside.write_bytes(b"\0first")  # as the template's, so that it looks untouched
    (work / "best.bin").unlink()
    (work / "best.bin").symlink_to(outside)
    commit(work)
    code, said = update(work)
    assert code == 1 and "best.bin: the template has a new version, but the file is a symbolic link" in said
    assert outside.read_bytes() == b"\0first" and os.readlink(work / "best.bin") == str(outside)
    assert "line nine" in (work / "a.txt").read_text()


@pytest.mark.slow
def test_weights_and_files_no_longer_in_the_template(work):
    (work / "gone.txt").write_text(LINES + "mine\n")
    commit(work)
    code, said = update(work)
    assert code == 1
    assert "gone.txt: no longer in the template; kept because you edited it (git rm it if you do not need it)." in said
    assert (work / "gone.txt").read_text() == LINES + "mine\n" and not (work / "old").exists()
    assert (work / "best.bin").read_bytes() == b"\0second"


@pytest.mark.slow
def test_rejected_changes_of_another_update(work):
    (work / ".git/info/exclude").write_text("*.rej\n")
    (work / "a.txt.rej").write_text("mine\n")
    refuses(work, "a.txt.rej")


@pytest.mark.slow
def test_read_only_files(work):
    (work / "a.txt").chmod(0o444)
    (work / "sub").chmod(0o555)
    before = ()
    if os.geteuid() == 0:  # who may write anyway, unless that is taken away
        need("setpriv")
        before = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")
    try:
        refuses(work, "a.txt", "sub/b.txt", before=before)
    finally:
        (work / "sub").chmod(0o755)


@pytest.mark.parametrize(
    "content", ["title: 2020-99-99\n", f"title: {'9' * 5000}\n", "[" * 5000, "#" * 10_001, "\udcff"]
)
def test_odd_answers(work, content):
    file = work / ".copier-answers.yml"
    file.write_text(file.read_text() + content, errors="surrogateescape")
    commit(work)
    code, said = update(work)
    assert code == 1 and "is not as copier wrote it" in said and said.count("\n") == 1, said


@pytest.mark.parametrize("target", [".copier-answers.yml", "/dev/zero", None])
def test_answers_that_are_no_file(work, target):
    file = work / ".copier-answers.yml"
    file.unlink()
    if target:
        file.symlink_to(target)
    else:
        file.mkdir()
        (file / "x").write_text("x")
    commit(work)
    code, said = update(work)
    assert code == 1 and "is not as copier wrote it" in said and said.count("\n") == 1, said


def disturb(folder, outside, choose):
    """Do what a user may do to any file, commit some of it, and return what git could not give back, by path."""
    (folder / ".git/info/exclude").write_text(choose.choice(["/added*\n", "*.txt\n/added*\n"]))
    hostile = choose.random() < 0.4
    for path in sorted(set(FIRST) | {"mine.txt"}):
        _disturb_tracked(folder / path, outside, choose, hostile)
    commit(folder)
    for path in git(folder, "ls-files", "-z").split("\0")[:-1]:
        flag = choose.choice(["--skip-worktree", "--assume-unchanged"])
        if hostile and choose.random() < 0.05 and (folder / path).is_file() and path != ".copier-answers.yml":
            git(folder, "update-index", flag, path)
            (folder / path).write_text(f"unseen in {path}\n")
    for path in ADDED if hostile else ():
        if choose.random() < 0.3 and not os.path.lexists(folder / path) and not (folder / "added").is_file():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(choose.choice([SECOND[path], f"untracked {path}\n"]))


def _disturb_tracked(file, outside, choose, hostile):
    if not file.parent.is_dir() or file.parent.is_symlink():
        return
    kinds = (
        ["keep"] * 6 + ["edit"] * 4 + ["delete", "mode", "binary"] + ["folder", "link", "parent", "cached"] * hostile
    )
    kind = choose.choice(kinds)
    if kind == "edit":
        lines = (file.read_text() if file.is_file() and file.suffix == ".txt" else LINES).splitlines(keepends=True)
        lines[choose.randrange(len(lines))] = f"edited {choose.random()}\n"
        file.write_text("".join(lines))
    elif kind in ("delete", "folder", "link"):
        file.unlink(missing_ok=True)
    if kind == "mode" and file.is_file():
        file.chmod(choose.choice([0o444, 0o755, 0o600]))
    elif kind == "binary":
        file.write_bytes(b"\0mine" + choose.randbytes(4))
    elif kind == "folder":
        file.mkdir()
        (file / "mine.txt").write_text("mine\n")
    elif kind == "link":
        file.symlink_to(choose.choice([outside / "file", outside, outside / "nothing", "mine.txt"]))
    elif kind == "parent" and file.parent.name == "deep":
        shutil.rmtree(file.parent)
        file.parent.symlink_to(outside) if choose.random() < 0.5 else file.parent.write_text("mine\n")
    elif kind == "cached" and file.is_file():
        git(file.parent, "rm", "--quiet", "--cached", "--ignore-unmatch", file.name)
        exclude = next(each for each in file.parents if (each / ".git").is_dir()) / ".git/info/exclude"
        exclude.write_text(exclude.read_text() + f"{file.name}\n")


@pytest.mark.rounds(50)
@pytest.mark.parametrize("part", range(10))
def test_random_edits(first, tmp_path, monkeypatch, capfd, copier_here, rounds, part):
    """Whatever a user did: what git does not hold stays as it is, nothing outside is written, no traceback."""
    monkeypatch.setenv("XIHE_HOOKS_LANG", "en")
    outcomes = Counter()
    for seed in range(part * 50, part * 50 + rounds):
        outcomes[edit_and_update(first, tmp_path / str(seed), seed, capfd)] += 1
    print("\n", dict(outcomes))
    assert rounds == 1 or len(outcomes) > 1


def edit_and_update(first, place, seed, capfd):
    """Edit at random, update, assert that nothing is lost; return whether the update was done."""
    choose = random.Random(seed)
    folder, outside = place / "work", place / "outside"
    shutil.copytree(first, folder, symlinks=True)
    outside.mkdir()
    for name in ("file", "a.txt", "c.txt"):
        (outside / name).write_text(LINES)
    disturb(folder, outside, choose)
    head = git(folder, "rev-parse", "HEAD")
    was, beyond = state(folder), state(outside)
    code = main(["update", str(folder)])
    said = "".join(capfd.readouterr())
    assert "Traceback" not in said and "Error" not in said, (seed, said)
    refused = "Nothing was changed" in said or "uncommitted changes" in said
    assert state(outside) == beyond, seed
    assert git(folder, "rev-parse", "HEAD") == head, seed
    now = state(folder)
    if refused:
        assert code == 1 and now == was, seed
        return "refused"
    assert code == 0 or "For you to decide" in said, (seed, said)
    index = {line.split("\t")[1]: line.split()[2] for line in git(folder, "ls-tree", "-r", "HEAD").splitlines()}
    for path, (content, _) in was.items():
        if now.get(path, (None,))[0] == content:
            continue
        assert path in index, f"{seed}: {path} is lost: {said}"
        held = subprocess.run(["git", "cat-file", "blob", index[path]], cwd=folder, stdout=subprocess.PIPE, check=True)
        assert held.stdout == content, (seed, path)
    mine = {path: content for path, (content, _) in was.items() if b"edited" in content}
    for path, content in mine.items():
        line = next(line for line in content.splitlines() if line.startswith(b"edited"))
        left = b"".join(now[each][0] for each in (path, f"{path}.rej") if each in now)
        assert line in left or path in said, f"{seed}: the edit of {path} is gone: {said}"
    return "updated" if code == 0 else "updated, with something to decide"
