"""The repository as git stores it, read from real repositories in every state that git leaves them in."""

import hashlib
import os
import re
import subprocess

import pytest
from helpers import commit, git
from xihe_hooks.git.entries import EXECUTABLE, FILE, SUBMODULE, SYMLINK
from xihe_hooks.git.errors import GitError, TooLarge
from xihe_hooks.git.lfs import Pointer
from xihe_hooks.git.repository import Repository

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 300000\n" % (b"ab" * 32)
ODD_NAMES = [b"-dash", b"new\nline", b"caf\xe9.txt", "手写 数字.py".encode(), b"quo\"te's", b"a\tb", b":(glob)x", b"#"]


def write(folder, name, content=b"x\n"):
    """Write a file by a name that may be any bytes."""
    path = os.path.join(os.fsencode(folder), name if isinstance(name, bytes) else name.encode())
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


@pytest.fixture
def folder(tmp_path):
    """Return a repository with one commit of inference/app.py."""
    folder = tmp_path / "my project's"
    write(folder, "inference/app.py", b"print()\n")
    commit(folder)
    return folder


def sentence(error):
    """Assert that an error is one sentence in each language, and return the English one."""
    for text in error.value.text:
        assert text and "\n" not in text and text.rstrip()[-1] in ".。"
    assert str(error.value) == error.value.text.en
    return str(error.value)


def test_entries(folder):
    """Modes, sizes and contents come from the index, not from the disk."""
    write(folder, "run.sh", b"echo\r\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("inference/app.py")
    commit(folder)
    write(folder, "run.sh", b"not staged, and much longer\n")
    tree = Repository.find(folder).index()
    assert {path: (e.mode, e.size) for path, e in tree.entries.items()} == {
        "inference/app.py": (FILE, 8),
        "link": (SYMLINK, 16),
        "run.sh": (EXECUTABLE, 6),
    }
    assert tree.read("run.sh") == b"echo\r\n"
    assert tree.read("link") == b"inference/app.py"
    with pytest.raises(KeyError):
        tree.read("absent")


def test_index_and_head_differ(folder):
    """Staged changes are in the index and not yet in the commit."""
    write(folder, "inference/app.py", b"staged\n")
    write(folder, "untracked")
    git(folder, "add", "inference")
    repository = Repository.find(folder)
    assert repository.index().read("inference/app.py") == b"staged\n"
    assert repository.head().read("inference/app.py") == b"print()\n"
    assert list(repository.index().entries) == list(repository.head().entries) == ["inference/app.py"]


def test_odd_names(folder):
    """Names of any bytes survive, and lead to their content."""
    for number, name in enumerate(ODD_NAMES):
        write(folder, name, b"%d" % number)
    write(folder, ".gitattributes", b"caf* filter=lfs\n")
    git(folder, "-c", "filter.lfs.clean=cat", "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Names")
    repository = Repository.find(folder)
    for tree in (repository.index(), repository.head()):
        for number, name in enumerate(ODD_NAMES):
            assert tree.read(name.decode("utf-8", "surrogateescape")) == b"%d" % number
        assert tree.filter_attributes() == {b"caf\xe9.txt".decode("utf-8", "surrogateescape"): "lfs"}


def test_read_ahead_and_limit(folder):
    """Contents above 1 MiB are refused with their size; reading ahead passes over them."""
    write(folder, "big", b"0" * (1 << 20) + b"1")
    write(folder, "edge", b"0" * (1 << 20))
    commit(folder)
    tree = Repository.find(folder).index()
    tree.read_ahead(["big", "edge", "inference/app.py", "absent"])
    assert len(tree.read("edge")) == 1 << 20
    with pytest.raises(TooLarge) as error:
        tree.read("big")
    assert "1048577" in sentence(error)


def test_unmerged_paths_of_one_side_each(folder):
    """What is only in the base, or only on one side, has its own size, whatever comes before and after it."""

    def plumb(*arguments, stdin):
        done = subprocess.run(["git", *arguments], cwd=folder, input=stdin, capture_output=True, check=True)
        return done.stdout.decode().strip()

    oids = [plumb("hash-object", "-w", "--stdin", stdin=b"0" * size) for size in range(1, 5)]
    lines = [f"100644 {oid} {stage}\t{name}\n" for oid, stage, name in zip(oids, (1, 0, 3, 0), "abcd", strict=True)]
    plumb("update-index", "--index-info", stdin="".join(lines).encode())
    entries = Repository.find(folder).index().entries
    assert {name: entries[name].size for name in "abcd"} == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_submodule(folder, tmp_path):
    """A submodule is an entry without a size, and cannot be read."""
    write(tmp_path / "inner", "file")
    commit(tmp_path / "inner")
    git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "inner"), "sub")
    tree = Repository.find(folder).index()
    assert (tree.entries["sub"].mode, tree.entries["sub"].size) == (SUBMODULE, 0)
    tree.read_ahead(tree.entries)
    with pytest.raises(ValueError, match="submodule"):
        tree.read("sub")
    assert Repository.find(folder / "sub").top == folder / "sub"


def test_intent_to_add_is_left_out(folder):
    """What `git add -N` announces is in no commit yet; a file that is empty is."""
    write(folder, "announced")
    write(folder, "-announced")
    write(folder, "empty", b"")
    git(folder, "add", "-N", "--", "announced", "-announced")
    git(folder, "add", "empty")
    assert sorted(Repository.find(folder).index().entries) == ["empty", "inference/app.py"]


def test_unmerged(folder):
    """Of an unmerged path our side counts, and where we have none, theirs."""
    write(folder, "removed.py")
    commit(folder)
    git(folder, "switch", "--quiet", "--create", "theirs")
    write(folder, "inference/app.py", b"theirs\n")
    write(folder, "removed.py", b"theirs\n")
    commit(folder)
    git(folder, "switch", "--quiet", "main")
    write(folder, "inference/app.py", b"ours\n")
    (folder / "removed.py").unlink()
    commit(folder)
    merge = subprocess.run(["git", "merge", "theirs"], cwd=folder, capture_output=True, check=False)
    tree = Repository.find(folder).index()
    assert merge.returncode == 1
    assert tree.read("inference/app.py") == b"ours\n"
    assert tree.read("removed.py") == b"theirs\n"


def test_partial_commit(folder, tmp_path):
    """`git commit FILE` hands its hook another index, and that is the one that is read, also from a subfolder."""
    write(folder, "inference/other.py")
    git(folder, "add", ".")
    write(folder, "inference/app.py", b"this alone\n")
    program = (
        "import pathlib; from xihe_hooks.git.repository import Repository; tree = Repository.find(pathlib.Path('inference')).index()\n"
        f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text(repr((list(tree.entries), tree.read('inference/app.py'))))"
    )
    hook = folder / ".git/hooks/pre-commit"
    hook.write_text(f'#!/bin/sh\nexec python3 -c "{program}"\n')
    hook.chmod(0o755)
    git(folder, "commit", "--quiet", "--message", "Part", "inference/app.py")
    assert (tmp_path / "seen").read_text() == repr((["inference/app.py"], b"this alone\n"))


def test_another_repository_from_a_hook(folder, tmp_path, monkeypatch):
    """What git sets for the hooks of one repository does not leak into a look at another."""
    write(tmp_path / "model", "best.ckpt", b"weights")
    commit(tmp_path / "model")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert list(Repository.find(tmp_path / "model").index().entries) == ["best.ckpt"]
    assert list(Repository.find(folder / "inference").index().entries) == ["inference/app.py"]


def test_worktree(folder, tmp_path):
    """A worktree has its own index and branch, and shares hooks and git-lfs's objects."""
    git(folder, "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "tree"))
    write(tmp_path / "tree", "side.py")
    git(tmp_path / "tree", "add", ".")
    side = Repository.find(tmp_path / "tree" / "inference")
    assert (side.top, side.branch) == (tmp_path / "tree", "side")
    assert sorted(side.index().entries) == ["inference/app.py", "side.py"]
    assert side.hooks_folder == str(folder / ".git/hooks")
    assert side.common_folder == str(folder / ".git")


def test_shallow(folder, tmp_path):
    """A shallow clone has everything that a check of its files needs."""
    commit(folder, "Second")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{folder}", "shallow")
    assert Repository.find(tmp_path / "shallow").head().read("inference/app.py") == b"print()\n"


def test_no_commits(tmp_path):
    """Before the first commit there is an index and a branch, and no head."""
    git(tmp_path, "init", "--quiet")
    repository = Repository.find(tmp_path)
    assert (repository.head(), repository.branch) == (None, "main")
    assert not repository.index().entries
    assert not repository.index().filter_attributes()
    write(tmp_path, "inference/app.py")
    git(tmp_path, "add", ".")
    assert list(Repository.find(tmp_path).index().entries) == ["inference/app.py"]


def test_detached_head(folder):
    """A detached head is on no branch."""
    git(folder, "switch", "--quiet", "--detach")
    assert Repository.find(folder).branch is None


@pytest.mark.parametrize(
    "place", [".gitattributes", "weights/.gitattributes", ".git/info/attributes", "user's attributes"]
)
def test_filter_attributes(folder, tmp_path, place, monkeypatch):
    """The attribute is found wherever git looks, by the index for the index and by the commit for the commit."""
    write(folder, "weights/best.ckpt", b"weights")
    write(folder, "weights/notes.txt", b"notes")
    commit(folder)
    if place.startswith("user"):
        git(folder, "config", "core.attributesFile", str(tmp_path / place))
        write(tmp_path, place, b"*.ckpt filter=lfs\n")
    else:
        write(folder, place, b"*.ckpt filter=lfs\n*.txt -filter\n")
    git(folder, "-c", "filter.lfs.clean=cat", "add", "--all")
    repository = Repository.find(folder)
    assert repository.index().filter_attributes() == {"weights/best.ckpt": "lfs"}
    tracked = place.endswith(".gitattributes")
    assert repository.head().filter_attributes() == ({} if tracked else {"weights/best.ckpt": "lfs"})
    assert repository.index().filter_attributes(["weights/gone.ckpt"]) == {"weights/gone.ckpt": "lfs"}


def test_attributes_on_disk_do_not_count(folder):
    """An attributes file that is not staged changes nothing."""
    write(folder, ".gitattributes", b"*.py filter=lfs\n")
    assert not Repository.find(folder).index().filter_attributes()


def test_nothing_is_written(folder):
    """Reading leaves every file of .git as it was, the index's times included."""
    write(folder, "inference/app.py", b"print()\n")
    before = {path: path.stat().st_mtime_ns for path in (folder / ".git").rglob("*")}
    repository = Repository.find(folder)
    for tree in (repository.index(), repository.head()):
        tree.read("inference/app.py")
        tree.filter_attributes()
    assert {path: path.stat().st_mtime_ns for path in (folder / ".git").rglob("*")} == before


def test_hooks_folder(folder):
    """`core.hooksPath` is where hooks are, relative to the top."""
    assert Repository.find(folder / "inference").hooks_folder == str(folder / ".git/hooks")
    git(folder, "config", "core.hooksPath", "our hooks")
    assert Repository.find(folder / "inference").hooks_folder == str(folder / "our hooks")


def test_config(folder):
    """Keys are found in any case, subsections in theirs; the last value counts."""
    with (folder / ".git/config").open("a") as file:
        file.write('[Remote "My.Host"]\nurl = one\nurl = two\nlines = "a\\nb"\n[core]\nflag\n')
    repository = Repository.find(folder)
    assert repository.config("REMOTE.My.Host.URL") == "two"
    assert repository.config("remote.My.Host.lines") == "a\nb"
    assert repository.config("remote.my.host.url") is None
    assert repository.config("core.flag") == ""
    assert repository.config("core.absent") is None


def test_lfs_objects(folder, tmp_path):
    """Contents are found in git-lfs's storage, in the storage configured, and in that of an alternate."""
    content = b"weights" * 1000
    oid = hashlib.sha256(content).hexdigest()
    git(folder, "lfs", "install", "--local")
    write(folder, ".gitattributes", b"*.ckpt filter=lfs diff=lfs merge=lfs -text\n")
    write(folder, "best.ckpt", content)
    assert not Repository.find(folder).has_lfs_object(oid)
    commit(folder)
    repository = Repository.find(folder)
    assert repository.has_lfs_object(oid)
    assert not repository.has_lfs_object("0" * 64)
    pointer = Pointer.parse(repository.index().read("best.ckpt"))
    assert pointer == Pointer(oid, len(content), canonical=True, told=oid)
    git(tmp_path, "clone", "--quiet", "--shared", "--no-checkout", str(folder), "borrower")
    assert Repository.find(tmp_path / "borrower").has_lfs_object(oid)
    os.rename(folder / ".git/lfs", tmp_path / "elsewhere")
    assert not Repository.find(folder).has_lfs_object(oid)
    git(folder, "config", "lfs.storage", str(tmp_path / "elsewhere"))
    assert Repository.find(folder).has_lfs_object(oid)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (POINTER, Pointer("ab" * 32, 300000, canonical=True, told="ab" * 32)),
        (POINTER.replace(b"\n", b"\r\n"), Pointer("ab" * 32, 300000, canonical=False, told=None)),
        (POINTER[:-1], Pointer("ab" * 32, 300000, canonical=False, told="ab" * 32)),
        (b"\xef\xbb\xbf" + POINTER, Pointer("ab" * 32, 300000, canonical=False, told="ab" * 32)),
        (POINTER.replace(b"spec/v1", b"spec/v2"), Pointer("ab" * 32, 300000, canonical=False, told="ab" * 32)),
        (POINTER.replace(b"ab" * 32, b"AB" * 32), Pointer("ab" * 32, 300000, canonical=False, told="AB" * 32)),
        (POINTER + b"key value\n", Pointer("ab" * 32, 300000, canonical=False, told="ab" * 32)),
        (b"oid sha256:" + b"ab" * 32 + b"\n", None),
        (b"version https://git-lfs.github.com/spec/v1\n", Pointer("", 0, canonical=False, told=None)),
        (b"", None),
    ],
)
def test_pointer(content, expected):
    """Whatever a server may take for a pointer is one; canonical is only what git-lfs writes."""
    assert Pointer.parse(content) == expected


def test_not_a_repository(tmp_path):
    """A folder that no repository holds, and one that is not there."""
    with pytest.raises(GitError) as error:
        Repository.find(tmp_path)
    assert "not in a git repository" in sentence(error) and str(tmp_path) in str(error.value)
    with pytest.raises(GitError) as error:
        Repository.find(tmp_path / "absent" / "file")
    assert "no folder" in sentence(error)


def test_no_such_path(folder):
    """A path that is not there is told, also where its folder lies in a repository."""
    with pytest.raises(GitError) as error:
        Repository.find(folder / "absent")
    assert "no folder or file" in sentence(error)


def test_bare(tmp_path, folder):
    """A bare repository and a .git folder have no files to check."""
    git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    for place in (tmp_path / "bare.git", folder / ".git"):
        with pytest.raises(GitError) as error:
            Repository.find(place)
        assert "bare" in sentence(error)


@pytest.mark.parametrize("left", range(0, 320, 20))
def test_broken_index(folder, left):
    """An index that was cut off is named as such, with what to do; git itself may read it without a word."""
    for number in range(3):
        write(folder, f"file-{number}")
    git(folder, "add", ".")
    index = folder / ".git/index"
    index.write_bytes(index.read_bytes()[:left])
    with pytest.raises(GitError) as error:
        Repository.find(folder).index()
    assert "index" in sentence(error)
    assert "git reset" in str(error.value)


@pytest.mark.parametrize("name", ["file", "文件", "a-name-that-is-longer-than-the-others"])
def test_cut_index(folder, name):
    """Wherever an index is cut off, it is told, or what it holds is there whole."""
    for number in range(3):
        write(folder, f"{name}-{number}")
    commit(folder)  # which adds what comes after the names
    expected = list(Repository.find(folder).index().entries)
    index = folder / ".git/index"
    whole = index.read_bytes()
    told = 0
    for left in range(0, len(whole), 9):
        index.write_bytes(whole[:left])
        try:
            assert list(Repository.find(folder).index().entries) == expected
        except GitError as error:
            assert "index" in str(error)
            told += 1
    assert told > 30


@pytest.mark.parametrize("setting", ["index.skipHash=true", "core.splitIndex=true", "index.version=4"])
def test_kinds_of_index(folder, setting):
    """Indexes that git writes without a sum, in two parts or compressed are as good as others."""
    write(folder, "file")
    git(folder, "-c", setting, "add", ".")
    assert sorted(Repository.find(folder).index().entries) == ["file", "inference/app.py"]


def test_overwritten_index(folder):
    """An index that is something else is named as such."""
    (folder / ".git/index").write_bytes(b"garbage" * 100)
    with pytest.raises(GitError) as error:
        Repository.find(folder).index()
    assert "index" in sentence(error)


def test_missing_object(folder):
    """An index that names an object that is gone is told, with what to do."""
    repository = Repository.find(folder)
    oid = repository.index().entries["inference/app.py"].oid
    (folder / ".git/objects" / oid[:2] / oid[2:]).unlink()
    with pytest.raises(GitError) as error:
        repository.index().entries["inference/app.py"]
    assert "git fsck" in sentence(error)
    entries = repository.index().entries
    for _ in range(2):
        with pytest.raises(GitError):
            entries["inference/app.py"]


def test_changes(folder):
    """What the next commit adds or changes, by any name; before the first commit, all."""
    for name in ODD_NAMES:
        write(folder, name)
    git(folder, "add", "--all")
    git(folder, "rm", "--quiet", "--cached", "inference/app.py")
    assert {os.fsencode(name) for name in Repository.find(folder).changes()} == set(ODD_NAMES)
    git(folder, "update-ref", "-d", "HEAD")
    assert Repository.find(folder).changes() is None


def test_odd_places(tmp_path):
    """A repository in a folder with a line end in its name is read like any other."""
    folder = tmp_path / "two\nlines"
    write(folder, "inference/app.py", b"print()\n")
    commit(folder)
    for place in (folder, folder / "inference"):
        repository = Repository.find(place)
        assert list(repository.index().entries) == ["inference/app.py"]
        assert repository.hooks_folder == str(folder / ".git/hooks")
        assert repository.branch == "main"


def test_names_are_found_by_their_parts(folder):
    """Ends, folders and parts of names, each path once and in git's order."""
    for name in ("a.txt", "a/a.txt", "inference.txt", "inference/a.txt.py", "inference/inference/b.py"):
        write(folder, name)
    commit(folder)
    entries = Repository.find(folder).index().entries
    assert entries.ending(".txt") == ["a.txt", "a/a.txt", "inference.txt"]
    assert entries.ending("a.txt", ".txt", ".py")[0] == "a.txt"
    assert entries.under("inference") == ["inference/a.txt.py", "inference/app.py", "inference/inference/b.py"]
    assert entries.containing("inference") == [path for path in entries if "inference" in path]
    assert entries.tops == {"a.txt", "a", "inference", "inference.txt"}


def test_no_git(folder, monkeypatch, tmp_path):
    """Without git on PATH the message says so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError) as error:
        Repository.find(folder)
    assert "install git" in sentence(error)


def test_dubious_ownership(folder, monkeypatch):
    """A repository of another user is named with the command that trusts it, from within too."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(folder.parent / "settings"))
    monkeypatch.chdir(folder)
    for place in (folder, "."):
        with pytest.raises(GitError) as error:
            Repository.find(place)
    remedy = re.search("git config --global .*safe.directory .*(?=\\.$)", sentence(error))[0]
    subprocess.run(remedy, shell=True, check=True)
    assert Repository.find(".")


def test_replaced_objects_do_not_hide(folder):
    """`git replace` changes what git shows and not what it sends."""
    original = git(folder, "rev-parse", "HEAD:inference/app.py").strip()
    other = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], cwd=folder, input=b"other", check=True, stdout=subprocess.PIPE
    ).stdout.decode()
    git(folder, "replace", original, other.strip())
    assert Repository.find(folder).index().read("inference/app.py") == b"print()\n"
