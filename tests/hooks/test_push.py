"""What a push brings: against a real server that refuses, row by row and by hundreds of random pushes.

The hook of these tests notes what the check found and lets the push go on, so that the server's verdict is seen too.
"""

import json
import os
import random
import shlex
import shutil
import subprocess
import sys
from collections import Counter

import pytest
from helpers import PLATFORM, commit, git
from xihe_hooks.git.errors import GitError
from xihe_hooks.git.outgoing import parse, read_push
from xihe_hooks.git.repository import Repository
from xihe_hooks.rules.facts import Facts
from xihe_hooks.rules.registry import run

LIMIT = PLATFORM["limits"]["file_bytes"]["value"]
ZERO = "0" * 40
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 300000\n"

# Refuses what the platform is said to refuse, in every new object; knows nothing of the package under test.
SERVER = """\
#!{python} -IS
import io, subprocess, sys
def git(*command, **more):
    return subprocess.run(["git", *command], check=True, stdout=subprocess.PIPE, **more).stdout
bad = 0
for line in sys.stdin:
    old, new, ref = line.split()
    if not new.strip("0"):
        continue
    names = [row.split()[0] for row in git("rev-list", "--objects", new, "--not", "--all").splitlines()]
    objects = io.BytesIO(git("cat-file", "--batch", input=b"".join(name + b"\\n" for name in names)))
    for name, kind, size in map(bytes.split, iter(objects.readline, b"")):
        content = objects.read(int(size) + 1)
        pointer = kind == b"blob" and 42 <= int(size) <= 1024 and content.startswith(
            b"version https://git-lfs.github.com/spec/v1")
        if kind == b"blob" and int(size) > {limit} or pointer:
            print("refused", name.decode(), size.decode(), ref)
            bad = 1
sys.exit(bad)
"""

HOOK = """\
#!{python}
import json, pathlib, sys
from xihe_hooks.commands import push
from xihe_hooks.git.repository import Repository
from xihe_hooks.git.outgoing import parse, read_push
from xihe_hooks.rules.facts import Facts
from xihe_hooks.rules.registry import run
push.platform()["limits"]["file_bytes"]["value"] = {limit}
repository, updates = Repository.find(pathlib.Path.cwd()), parse(sys.stdin.buffer.read())
if {kind!r}:
    brought = read_push(repository, updates, limit={limit}, remote=sys.argv[1])
    findings = run(Facts(repository=repository, kind={kind!r}, push=brought, blobs=brought.blobs))
else:  # as the command finds it out
    trees = push.read_trees(repository, updates, sys.argv[1])
    _, findings = push.judge_push(repository, trees, updates, *sys.argv[1:])
found = [(each.rule, each.severity, each.path, *each.what, *each.remedy) for each in findings]
pathlib.Path({verdict!r}).write_text(json.dumps(found))
"""


def executable(path, text):
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def make_server(folder, limit):
    """Make an empty server that refuses blobs above the limit and pointers."""
    shutil.rmtree(folder, ignore_errors=True)
    git(folder.parent, "init", "--quiet", "--bare", str(folder))
    executable(folder / "hooks/pre-receive", SERVER.format(python=sys.executable, limit=limit))


class Desk:
    """A clone whose pushes are both checked and sent."""

    def __init__(self, place, limit=LIMIT, kind="project", like=None):
        self.place, self.limit = place, limit
        self.server, self.top, self.verdict = place / "server.git", place / "our project", place / "verdict.json"
        if like:
            shutil.copytree(like.place, place, symlinks=True, dirs_exist_ok=True)
        else:
            make_server(self.server, limit)
            git(place, "init", "--quiet", str(self.top))
            self.git("remote", "add", "origin", str(self.server))
            self.git("config", "gc.auto", "0")
        self.git("remote", "set-url", "origin", str(self.server))
        executable(
            self.top / ".git/hooks/pre-push",
            HOOK.format(python=sys.executable, limit=limit, kind=kind, verdict=str(self.verdict))
            + ("" if kind else "# xihe-hooks pre-push\n"),
        )

    def git(self, *command, fails=False):
        """Run git in the clone; with `fails`, also where it may fail. Return what it prints."""
        done = subprocess.run(["git", *command], cwd=self.top, capture_output=True, check=not fails, timeout=600)
        return done.stdout.decode("utf-8", "replace").strip()

    def write(self, name, size=100, text=None):
        """Write a file of that many bytes, different from all others."""
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = text if text is not None else (f"{name} {size} " + "0" * size)[:size]
        path.write_bytes(content.encode())

    def commit(self, name=None, size=100, text=None):
        """Write a file and commit everything."""
        if name:
            self.write(name, size, text)
        commit(self.top, f"Edit {name}")

    def push(self, *arguments):
        """Push; return the findings, None when git did not run the hook, and whether the server refused."""
        self.verdict.unlink(missing_ok=True)
        done = subprocess.run(
            ["git", "push", *(arguments or ("origin", "HEAD:main"))],
            cwd=self.top,
            capture_output=True,
            check=False,
            timeout=600,
        )
        said = done.stderr.decode("utf-8", "replace")
        assert "Traceback" not in said, said
        assert self.verdict.exists() or "pre-push" not in said, said
        found = json.loads(self.verdict.read_text()) if self.verdict.exists() else None
        return found, "pre-receive hook declined" in said


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """Return a clone of a project with one commit on the server."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.commit("inference/app.py")
    desk.push()
    return desk


@pytest.fixture
def desk(tmp_path, first):
    """Return a copy of that clone and its server."""
    return Desk(tmp_path, like=first)


def errors(found):
    """Return the ids of the rules that would stop the push."""
    return sorted(rule for rule, severity, *_ in found or () if severity == "error")


def above(desk):
    """One byte above the limit."""
    desk.commit("big.bin", LIMIT + 1)


def at_limit(desk):
    """Exactly the limit."""
    desk.commit("edge.bin", LIMIT)


def added_then_removed(desk):
    """A large file that a later commit of the same push removes."""
    desk.commit("big.bin", LIMIT + 1)
    (desk.top / "big.bin").unlink()
    desk.commit()


def staged_large_disk_small(desk):
    """The commit is large, the file on disk is not."""
    desk.write("file.bin", LIMIT + 1)
    desk.git("add", ".")
    desk.write("file.bin", 5)
    desk.git("commit", "--quiet", "--message", "Staged")


def staged_small_disk_large(desk):
    """The file on disk is large, the commit is not."""
    desk.write("file.bin", 5)
    desk.git("add", ".")
    desk.write("file.bin", LIMIT + 1)
    desk.git("commit", "--quiet", "--message", "Staged")


def crlf_on_disk(desk):
    """Line ends make the file on disk larger than the limit, the blob is exactly at it."""
    desk.write(".gitattributes", text="*.txt text eol=crlf\n")
    desk.write("lines.txt", text="1234567\r\n" * (LIMIT // 8))
    desk.commit()


def utf16_on_disk(desk):
    """In UTF-16 the file on disk is smaller than its UTF-8 blob, which is above the limit."""
    desk.write(".gitattributes", text="*.txt text working-tree-encoding=UTF-16LE\n")
    (desk.top / "text.txt").write_bytes(("手" * 70_000 + "\n").encode("utf-16-le"))
    desk.commit()


def symlink(desk):
    """A link to a large file that is not in the repository."""
    (desk.top.parent / "large").write_bytes(b"0" * (LIMIT + 1))
    (desk.top / "link").symlink_to("../large")
    desk.commit()


def merge(desk):
    """A branch with a large file, merged."""
    desk.git("switch", "--quiet", "--create", "side")
    desk.commit("big.bin", LIMIT + 1)
    desk.git("switch", "--quiet", "main")
    desk.commit("other.py")
    desk.git("merge", "--quiet", "--no-edit", "side")


def in_the_merge_itself(desk):
    """A large file that only the merge commit brings."""
    desk.git("switch", "--quiet", "--create", "side")
    desk.commit("side.py")
    desk.git("switch", "--quiet", "main")
    desk.commit("other.py")
    desk.git("merge", "--quiet", "--no-commit", "side")
    desk.commit("big.bin", LIMIT + 1)


def lfs_tracked(desk):
    """A file that git-lfs tracks: what travels is its pointer."""
    desk.git("lfs", "install", "--local", fails=True)
    desk.write(".gitattributes", text="*.ckpt filter=lfs diff=lfs merge=lfs -text\n")
    desk.commit("best.ckpt", 300_000)


def pointer_without_attributes(desk):
    """The text of a pointer, whatever put it there."""
    desk.commit("best.ckpt", text=POINTER.format("ab" * 32))


def bad_tag(desk):
    """A good branch with a tag on a bad commit."""
    desk.git("switch", "--quiet", "--create", "side")
    desk.commit("big.bin", LIMIT + 1)
    desk.git("tag", "v1")
    desk.git("switch", "--quiet", "main")
    desk.commit("good.py")
    return "origin", "main", "v1"


def bad_branch(desk):
    """A good branch, and after it a bad one."""
    bad_tag(desk)
    return "origin", "main", "side"


def tag_of_a_blob(desk):
    """A tag on a large blob that no commit holds."""
    desk.write("big.bin", LIMIT + 1)
    desk.git("tag", "v1", desk.git("hash-object", "-w", "big.bin"))
    return "origin", "v1"


def annotated_tag(desk):
    """An annotated tag on a commit that a branch has left behind."""
    desk.commit("big.bin", LIMIT + 1)
    desk.git("tag", "--annotate", "--message", "First", "v1")
    desk.git("reset", "--quiet", "--hard", "HEAD~1")
    return "origin", "--tags"


def renamed(desk):
    """A large file under a new name."""
    desk.commit("big.bin", LIMIT + 1)
    desk.git("mv", "big.bin", "renamed.bin")
    desk.commit()


def partial_commit(desk):
    """A large file that is staged and not committed."""
    desk.write("big.bin", LIMIT + 1)
    desk.git("add", "big.bin")
    desk.write("inference/app.py", 50)
    desk.git("commit", "--quiet", "--message", "Part", "inference/app.py")


def amended_away(desk):
    """A large file that the commit held before it was amended."""
    desk.commit("big.bin", LIMIT + 1)
    desk.git("rm", "--quiet", "big.bin")
    desk.write("good.py")
    desk.git("add", ".")
    desk.git("commit", "--quiet", "--amend", "--message", "Good")


def submodule(desk):
    """A submodule whose own files are large."""
    inner = desk.top.parent / "inner"
    inner.mkdir()
    (inner / "big.bin").write_bytes(b"0" * (LIMIT + 1))
    commit(inner)
    desk.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    desk.commit()


def intent_to_add(desk):
    """A large file that is only announced."""
    desk.commit("good.py")
    desk.write("big.bin", LIMIT + 1)
    desk.git("add", "--intent-to-add", "big.bin")


def already_there(desk):
    """A large file that the server has had for long."""
    hook = desk.server / "hooks/pre-receive"
    hook.rename(hook.with_name("away"))
    desk.commit("big.bin", LIMIT + 1)
    desk.push()
    hook.with_name("away").rename(hook)
    desk.commit("good.py")


def server_made_anew(desk):
    """The tracking branch says that the server has the large file, but the server was made anew."""
    already_there(desk)
    make_server(desk.server, LIMIT)


def by_url(desk):
    """A push to an address without a name."""
    desk.commit("big.bin", LIMIT + 1)
    return str(desk.server), "HEAD:main"


def forced_over_an_unknown_commit(desk):
    """The server has a commit that is not known here."""
    tree = git(desk.server, "rev-parse", "main^{tree}").strip()
    ours = git(desk.server, "commit-tree", "-m", "Elsewhere", "-p", "main", tree).strip()
    git(desk.server, "update-ref", "refs/heads/main", ours)
    desk.commit("big.bin", LIMIT + 1)
    return "--force", "origin", "HEAD:main"


def deletion(desk):
    """A branch is deleted on the server, which brings nothing."""
    desk.commit("good.py")
    desk.push("origin", "HEAD:side")
    return "origin", "--delete", "side"


def odd_name(desk):
    """A large file whose name is no UTF-8 and spans two lines."""
    with open(bytes(desk.top) + b"/-caf\xe9\n\xff", "wb") as file:
        file.write(b"0" * (LIMIT + 1))
    desk.git("add", "--all")
    desk.git("commit", "--quiet", "--message", "Odd")


SCENARIOS = [
    *((scenario, ["XG101"]) for scenario in (above, added_then_removed, staged_large_disk_small, utf16_on_disk, merge)),
    *((scenario, ["XG101"]) for scenario in (in_the_merge_itself, bad_tag, bad_branch, tag_of_a_blob, annotated_tag)),
    *((scenario, ["XG101"]) for scenario in (renamed, server_made_anew, by_url, forced_over_an_unknown_commit)),
    (odd_name, ["XG101"]),
    *((scenario, ["XG102"]) for scenario in (lfs_tracked, pointer_without_attributes)),
    *((scenario, []) for scenario in (at_limit, staged_small_disk_large, crlf_on_disk, symlink, partial_commit)),
    *((scenario, []) for scenario in (amended_away, submodule, intent_to_add, already_there, deletion)),
]


@pytest.mark.parametrize(("scenario", "expected"), SCENARIOS, ids=lambda value: getattr(value, "__name__", None))
def test_scenario(desk, scenario, expected):
    """The check says what the server says, in every row of facts/git.md §2.3."""
    found, refused = desk.push(*(scenario(desk) or ()))
    assert found is not None
    assert errors(found) == expected
    assert refused == bool(expected)


def test_says_what_and_who(desk):
    """A finding names the path, both sizes, the commit, and that deleting it again does not help."""
    added_then_removed(desk)
    ((_, _, path, zh, en, remedy_zh, remedy_en),) = (row for row in desk.push()[0] if row[1] == "error")
    brought = desk.git("rev-parse", "--short=12", "HEAD~1")
    assert path == "big.bin"
    for text in (zh, en):
        assert str(LIMIT + 1) in text and str(LIMIT) in text and brought in text
    for text in (remedy_zh, remedy_en):
        assert f"git reset --soft {desk.git('rev-parse', '--short=12', 'origin/main')}" in text


def first_push(desk):
    """Nothing has been pushed yet, and the first commit holds the large file."""
    make_server(desk.server, LIMIT)
    desk.git("update-ref", "-d", "refs/remotes/origin/main")
    desk.commit("big.bin", LIMIT + 1)


def another_branch(desk):
    """The branch pushed is not the one checked out."""
    desk.git("switch", "--quiet", "--create", "side")
    desk.commit("big.bin", LIMIT + 1)
    desk.git("switch", "--quiet", "main")
    return "origin", "side:main"


def quoted(desk):
    """The path needs quoting."""
    desk.commit("it's $HOME (1).bin", LIMIT + 1)


@pytest.mark.parametrize(
    "scenario",
    [above, added_then_removed, merge, renamed, pointer_without_attributes, first_push, another_branch, quoted]
    + [bad_tag, forced_over_an_unknown_commit],
)
def test_remedy(desk, scenario):
    """Who runs the commands of the remedy, as they stand, can push."""
    arguments = scenario(desk) or ("origin", "HEAD:main")
    for _ in range(3):
        found, refused = desk.push(*arguments)
        stopping = [row for row in found if row[1] == "error"]
        if not stopping:
            break
        assert refused
        command = (
            stopping[0][-1]
            .rpartition(": ")[2]
            .partition(". Then push again")[0]
            .replace("git commit", "git commit --allow-empty -m Anew")
        )
        subprocess.run(["sh", "-ec", command], cwd=desk.top, check=True, capture_output=True)
        arguments = tuple(each for each in arguments if each != "v1")
    assert not stopping
    assert not refused
    assert desk.git("ls-files", "inference/app.py")


def test_secret(desk):
    """A token stops the push, also in a file that a later commit took out, and is not printed whole."""
    secret = "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"
    desk.commit("caf\u00e9 notes.txt", text=f"token: {secret}\n")
    desk.git("rm", "--quiet", "caf\u00e9 notes.txt")
    desk.commit("inference/app.py", 50)
    found, _ = desk.push()
    (finding,) = (each for each in found if each[0] == "XS102")
    assert finding[2] == "caf\u00e9 notes.txt" and "(35 characters)" in finding[4]
    assert not any("hf_" in each for each in finding)
    assert secret not in " ".join(finding)


def test_one_commit_on_main(desk):
    """What the platform's published hook also wants is said, and stops nothing."""
    desk.commit("one.py")
    found, refused = desk.push()
    assert (found, refused) == ([], False)
    desk.commit("two.py")
    desk.commit("three.py")
    found, refused = desk.push("origin", "HEAD:main", "HEAD:side")
    assert [row[:2] for row in found] == [["XG106", "warning"], ["XP104", "warning"]]
    assert "2" in found[1][4]
    assert not refused


@pytest.fixture
def model(tmp_path):
    """Return a clone of a model repository with git-lfs set up."""
    desk = Desk(tmp_path, kind="model")
    (desk.server / "hooks/pre-receive").unlink()
    hook = desk.top / ".git/hooks/pre-push"
    hook.write_text(hook.read_text() + "# git-lfs\n")
    desk.git("lfs", "install", "--local", fails=True)
    desk.write(".gitattributes", text="*.ckpt filter=lfs diff=lfs merge=lfs -text\n")
    desk.commit("README.md")
    desk.push()
    return desk


def raw(desk, *names):
    """Stage files as they are, as when git-lfs is not installed."""
    desk.git("-c", "filter.lfs.clean=", "-c", "filter.lfs.process=", "-c", "filter.lfs.required=false", "add", *names)
    desk.git("commit", "--quiet", "--message", "Raw")


@pytest.mark.parametrize(
    ("address", "told"),
    [("/home/me/template", True), ("~/template", True), ("file:///srv/template", True), ("gh:someone/template", False)],
)
def test_a_template_that_others_cannot_reach(desk, address, told):
    """A commit is one's own, and a push is for others."""
    desk.commit(".copier-answers.yml", text=f"_src_path: {address}\nrepo: project\n")
    found, refused = desk.push()
    assert [row[:3] for row in found] == [["XL108", "warning", ".copier-answers.yml"]] * told and not refused
    assert "XL108" not in {each.rule for each in run(Facts(repository=Repository.find(desk.top), kind="project"))}


def test_model_is_fine(model):
    """A pointer with its content here, pushed with git-lfs's hook, has nothing against it."""
    model.commit("best.ckpt", 300_000)
    assert model.push() == ([], False)


def test_model_raw(model):
    """Content that should have been a pointer is an error above the limit and a warning below it."""
    model.write("best.ckpt", LIMIT + 1)
    model.write("small.ckpt", 10)
    model.write("data.bin", LIMIT + 1)
    raw(model, ".")
    found, _ = model.push("--dry-run", "origin", "HEAD:main")
    assert [(row[0], row[1], row[2]) for row in found] == [
        ("XG101", "error", "best.ckpt"),
        ("XG101", "error", "data.bin"),
        ("XM102", "warning", "small.ckpt"),
    ]
    for row in found:
        command = row[-1].partition("Run ")[2] or row[-1].rpartition(": ")[2]
        command = command.replace("git commit", "git commit --allow-empty -m Anew")
        subprocess.run(["sh", "-ec", command], cwd=model.top, check=True, capture_output=True)
    assert errors(model.push()[0]) == []


def test_model_object_missing(model):
    """A pointer without its content would travel alone."""
    model.commit("best.ckpt", 300_000)
    shutil.rmtree(model.top / ".git/lfs/objects")
    found, _ = model.push()
    assert errors(found) == ["XM104"]
    assert "300000" in found[0][4] and "git lfs fetch --all" in found[0][6]


def test_model_pointer_with_crlf(model):
    """A pointer with CRLF would become the weights themselves."""
    model.write("best.ckpt", text=POINTER.format("ab" * 32).replace("\n", "\r\n"))
    raw(model, ".")
    assert errors(model.push()[0]) == ["XM103", "XM104"]


def test_model_without_a_hook_for_lfs(model):
    """Without a hook that uploads, the contents stay here."""
    hook = model.top / ".git/hooks/pre-push"
    hook.write_text(hook.read_text().replace("# git-lfs\n", ""))
    model.commit("best.ckpt", 300_000)
    assert errors(model.push()[0]) == ["XM106"]


def run_main(folder, lines, remote="origin", address="file:///nowhere", **environment):
    """Run the command as git does, by the name that hooks of earlier versions use."""
    return subprocess.run(
        [sys.executable, "-m", "xihe_hooks.push", remote, address],
        cwd=folder,
        input=lines.encode(),
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_main(desk):
    """The command finds out the kind by itself, says what it found in the language of the project, and ends with 1."""
    desk.commit("big.bin", LIMIT + 1)
    line = f"refs/heads/main {desk.git('rev-parse', 'HEAD')} refs/heads/main {desk.git('rev-parse', 'HEAD~1')}\n"
    done = run_main(desk.top, line, XIHE_HOOKS_LANG="en")
    assert done.returncode == 1
    assert b"big.bin" in done.stderr and b"git reset --soft" in done.stderr and not done.stdout
    assert "字节" in run_main(desk.top, line, XIHE_HOOKS_LANG="zh").stderr.decode()


@pytest.mark.parametrize("lines", ["", f"(delete) {ZERO} refs/heads/side {'a' * 40}\n"])
def test_main_has_nothing_to_judge(desk, lines):
    """Nothing pushed and refs deleted pass."""
    done = run_main(desk.top, lines)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "lines",
    ["garbage\n", f"refs/heads/main {'a' * 40} refs/heads/main {ZERO}\n", f"HEAD nonsense x {ZERO}\n", "\xff\0\n"],
)
def test_main_cannot_judge(desk, lines):
    """What cannot be judged does not pass, and one line says why."""
    done = run_main(desk.top, lines)
    assert done.returncode == 1
    assert done.stderr.startswith(b"xihe-hooks: ") and done.stderr.count(b"\n") == 1


def test_main_outside_a_repository(tmp_path):
    """Neither does a push from nowhere."""
    assert run_main(tmp_path, f"HEAD {'a' * 40} refs/heads/main {ZERO}\n").returncode == 1


def test_neither_kind(tmp_path):
    """A repository that is neither is left alone: the hook may stand in a folder that all repositories share."""
    (tmp_path / "main.c").write_text("x" * (LIMIT + 1))
    commit(tmp_path)
    head = git(tmp_path, "rev-parse", "HEAD").strip()
    done = run_main(tmp_path, f"HEAD {head} refs/heads/main {ZERO}\n", XIHE_HOOKS_LANG="en")
    assert done.returncode == 0
    assert b"neither a project nor a model" in done.stderr and b"main.c: XG101 warning" in done.stderr


def test_parse():
    """What was pushed may be written with blanks."""
    (update,) = parse(f"main@{{1 day ago}} {'a' * 40} refs/heads/x {ZERO}\n".encode())
    assert (update.local_ref, update.creates, update.deletes) == ("main@{1 day ago}", True, False)
    with pytest.raises(GitError):
        parse(b"one two\n")


def test_shallow(desk, tmp_path):
    """A push from a shallow clone is judged by what it brings."""
    desk.commit("good.py")
    desk.push()
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{desk.server}", "shallow")
    (tmp_path / "shallow/big.bin").write_bytes(b"0" * (LIMIT + 1))
    commit(tmp_path / "shallow")
    head, old = git(tmp_path / "shallow", "rev-parse", "HEAD", "HEAD~1").split()
    line = parse(f"HEAD {head} refs/heads/main {old}\n".encode())
    repository = Repository.find(tmp_path / "shallow")
    push = read_push(repository, line, limit=LIMIT, remote="origin")
    findings = run(Facts(repository=repository, kind="project", push=push, blobs=push.blobs))
    assert [each.path for each in findings] == ["big.bin"]


class Random(Desk):
    """A clone in which things happen at random; small files, so that a push takes little time."""

    def __init__(self, place, seed):
        super().__init__(place, limit=2000, kind=None)
        self.dice = random.Random(seed)
        self.number = 0
        self.commit("inference/app.py")

    def files(self):
        """Return the files tracked."""
        return self.git("ls-files", "inference", "d", "data").splitlines()

    def refs(self, kind):
        """Return the names of branches or tags."""
        return self.git("for-each-ref", "--format=%(refname:strip=2)", f"refs/{kind}").splitlines()

    def edit(self):
        """Commit a file that is small, near the limit, too large, or a pointer."""
        self.number += 1
        size = self.dice.choices([self.dice.randint(1, 1999), 2000, 2001, self.dice.randint(2002, 4000)], [6, 2, 1, 4])
        pointer = POINTER.format(f"{self.number:064x}") if self.dice.random() < 0.1 else None
        name = self.dice.choice([f"d/{self.number}", f"d/{self.number % 7}", f"d/{self.number % 3}/x"])
        if (self.top / name).is_dir() or (self.top / name).parent.is_file():
            name = f"d/{self.number}"
        self.commit(name, size[0], pointer)

    def remove(self):
        """Commit without some file."""
        if len(files := self.files()) > 1:
            self.git("rm", "--quiet", "--force", self.dice.choice(files[:-1]))
            self.commit()

    def move(self):
        """Commit a file under another name."""
        self.number += 1
        if files := self.files():
            self.git("mv", self.dice.choice(files), f"d/{self.number}", fails=True)
        self.commit()

    def branch(self):
        """Go to another branch, often a new one."""
        names = self.refs("heads")
        if len(names) < 4:
            self.number += 1
            self.git("switch", "--quiet", "--create", f"b{self.number}")
        else:
            self.git("switch", "--quiet", self.dice.choice(names))

    def orphan(self):
        """Go to a branch that looks like neither kind of repository: no inference/, no history."""
        self.number += 1
        self.git("switch", "--quiet", "--orphan", f"data{self.number}")
        self.commit(f"data/{self.number}.csv", self.dice.choice([100] * 9 + [2500]))
        self.git("switch", "--quiet", self.dice.choice([f"data{self.number}", "main"]), fails=True)

    def note(self):
        """Write a note on a commit, sometimes a long one."""
        self.git("notes", "add", "--force", "--message", "n" * self.dice.choice([10] * 9 + [2500]), fails=True)

    def merge(self):
        """Merge another branch."""
        name = self.dice.choice(self.refs("heads"))
        self.git("merge", "--quiet", "--no-edit", "--strategy-option=ours", name, fails=True)
        self.git("merge", "--abort", fails=True)

    def tag(self):
        """Tag a commit, or once in a while a blob."""
        self.number += 1
        target = self.dice.choice(["HEAD", "HEAD~1", "HEAD", *(f"HEAD:{name}" for name in self.files()[:1])])
        self.git("tag", *self.dice.choice([[], ["--message=Tag"]]), f"t{self.number}", target, fails=True)

    def reset(self):
        """Throw the last commits away."""
        self.git("reset", "--quiet", "--hard", f"HEAD~{self.dice.randint(1, 3)}", fails=True)

    def amend(self):
        """Write the last commit anew."""
        self.write(f"d/a{self.number}", self.dice.randint(1, 1999))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--amend", "--message", "Amended")

    def squash(self):
        """Do as the remedy says."""
        self.git("reset", "--soft", "origin/main", fails=True)
        for row in self.git("ls-files", "-s").splitlines():
            oid, path = row.split()[1], row.partition("\t")[2]
            size = int(self.git("cat-file", "-s", oid))
            if size > self.limit or self.git("cat-file", "blob", oid).startswith("version https"):
                self.git("rm", "--quiet", "--force", "--cached", path)
                (self.top / path).unlink()
        self.commit()

    def recreate(self):
        """The server is made anew; what was known of it stays."""
        if self.dice.random() < 0.3:
            make_server(self.server, self.limit)

    def elsewhere(self):
        """Somebody else pushes."""
        tip = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", "main^{tree}"],
            cwd=self.server,
            check=False,
            capture_output=True,
        )
        if tree := tip.stdout.decode().strip():
            new = git(self.server, "commit-tree", "-m", f"Elsewhere {self.number}", "-p", "main", tree).strip()
            git(self.server, "update-ref", "refs/heads/main", new)

    def fetch(self):
        """Get what the server has."""
        self.git("fetch", "--quiet", "--prune", "origin", fails=True)

    def start_again(self):
        """Go back to what the server has, and forget the rest."""
        self.fetch()
        self.git("switch", "--quiet", "--detach")
        for kind in ("heads", "tags"):
            for name in self.refs(kind):
                self.git("update-ref", "-d", f"refs/{kind}/{name}")
        self.git("switch", "--quiet", "--force-create", "main", "origin/main", fails=True)
        if self.git("branch", "--show-current") != "main":
            self.git("switch", "--quiet", "--orphan", "main")
        self.commit("inference/app.py", self.dice.randint(10, 1900))

    ACTIONS = (
        edit,
        edit,
        edit,
        edit,
        edit,
        remove,
        move,
        branch,
        orphan,
        note,
        merge,
        tag,
        reset,
        amend,
        recreate,
        elsewhere,
        fetch,
    )

    def any_push(self):
        """Choose what to push, and how."""
        heads, tags = self.refs("heads"), self.refs("tags")
        some = self.dice.sample(heads, min(2, len(heads))) + self.dice.sample(tags, min(1, len(tags)))
        remote = self.dice.choice(["origin", "origin", "origin", str(self.server)])
        force = self.dice.choice([[], [], ["--force"]])
        return force + self.dice.choice(
            [
                [remote, "HEAD:main"],
                [remote, "+HEAD:main"],
                [remote, "--all"],
                [remote, "--tags"],
                ["--follow-tags", remote, "+HEAD:main"],
                [remote, *some],
                [remote, f"{self.git('rev-parse', 'HEAD')}:refs/heads/by-name"],
                [remote, "HEAD:refs/heads/other", ":refs/heads/gone"],
                ["--mirror", "origin"],
                [remote, "refs/notes/*:refs/notes/*"],
                [remote, "refs/notes/*:refs/notes/*", "HEAD:main"],
            ]
        )

    def run(self, pushes):
        """Push that often, and count the pairs of verdicts; nothing that passed may be refused."""
        counts = Counter()
        history = []
        while sum(counts.values()) < pushes:
            for _ in range(self.dice.randint(1, 4)):
                action = self.dice.choice(self.ACTIONS)
                history.append(action.__name__)
                action(self)
            arguments = self.any_push()
            history.append(shlex.join(["push", *arguments]))
            found, refused = self.push(*arguments)
            if found is not None:
                red = bool(errors(found))
                counts["red" if red else "green", "refused" if refused else "taken"] += 1
                assert red or not refused, (history, found)
                if red:
                    self.dice.choice([self.start_again, self.squash, int, int, int, int, int, int])()
        return counts


def check_counts(counts):
    """Assert that the check said yes and no often enough to have been wrong, and no seldom for nothing."""
    total = sum(counts.values())
    print("\n", total, "pushes:", dict(counts))
    assert counts["green", "refused"] == 0
    assert counts["green", "taken"] >= total / 5
    assert counts["red", "refused"] >= total / 5
    assert counts["red", "taken"] <= total / 5


@pytest.mark.rounds(500)
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_many_random_pushes(tmp_path, seed, rounds):
    """No push that the check passed is refused, in 2,500 pushes."""
    check_counts(Random(tmp_path, seed).run(rounds))


def push_lines(desk, *pairs):
    """What git announces for pairs of a local revision and a remote ref that is new."""
    return "".join(f"{local} {desk.git('rev-parse', local)} {remote} {ZERO}\n" for local, remote in pairs)


@pytest.mark.parametrize("also", [(), (("HEAD", "refs/heads/main"),)])
def test_a_branch_that_looks_like_neither_kind_is_checked_all_the_same(desk, also):
    """The kind is told by what else is pushed, by HEAD and by the index."""
    desk.git("switch", "--quiet", "--orphan", "data")
    desk.commit("data.csv", LIMIT + 1)
    desk.git("switch", "--quiet", "main")
    done = run_main(desk.top, push_lines(desk, ("data", "refs/heads/data"), *also), XIHE_HOOKS_LANG="en")
    assert done.returncode == 1 and b"data.csv: XG101 error" in done.stderr


def test_of_neither_kind_at_the_platforms_own_address_size_is_an_error(tmp_path):
    (tmp_path / "main.c").write_text("x" * (LIMIT + 1))
    commit(tmp_path)
    head = git(tmp_path, "rev-parse", "HEAD").strip()
    address = PLATFORM["git"]["clone_address"].format(account="zhangsan", repository="digits")
    done = run_main(tmp_path, f"HEAD {head} refs/heads/main {ZERO}\n", address=address, XIHE_HOOKS_LANG="en")
    assert done.returncode == 1 and b"main.c: XG101 error" in done.stderr


def test_a_large_file_that_the_server_has_is_no_matter_of_a_new_branch(desk):
    """It is older than the server's rule: nothing would be gained by writing the history anew."""
    hook = desk.server / "hooks/pre-receive"
    hook.rename(desk.server / "hooks/away")
    desk.commit("old.bin", LIMIT + 1)
    desk.push()
    (desk.server / "hooks/away").rename(hook)
    desk.git("switch", "--quiet", "--create", "feature")
    desk.commit("new.txt")
    found, refused = desk.push("origin", "feature")
    assert errors(found) == [] and not refused


def test_pointers_that_the_server_has_need_no_content_here(model, tmp_path):
    """In a clone without the contents, git-lfs has nothing to upload for a new branch either."""
    model.commit("best.ckpt", 300_000)
    model.push()
    shutil.rmtree(model.top / ".git/lfs/objects")
    model.git("switch", "--quiet", "--create", "words")
    model.commit("README.md", text="# More words\n")
    assert errors(model.push("origin", "words")[0]) == []


@pytest.mark.parametrize("character", ["\u2028", "\u0085", "\x0b", "\x1c"])
def test_a_line_separator_in_a_branchs_name_is_no_end_of_a_line(desk, character):
    line = f"refs/heads/a{character}b {desk.git('rev-parse', 'HEAD')} refs/heads/main {ZERO}\n"
    done = run_main(desk.top, line, XIHE_HOOKS_LANG="en")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("where", ["origin", "elsewhere"])
def test_a_partial_clone_fetches_at_once(desk, tmp_path, where):
    """One fetch, not one for each file."""
    for number in range(30):
        desk.write(f"inference/{number}.txt")
    desk.commit("big.bin", 100)
    desk.push()
    git(desk.server, "config", "uploadpack.allowFilter", "true")
    git(desk.server, "config", "uploadpack.allowAnySHA1InWant", "true")
    partial = tmp_path / "partial"
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{desk.server}", "partial")
    git(partial, "reset", "--quiet")
    git(tmp_path, "init", "--quiet", "--bare", "elsewhere.git")
    git(partial, "remote", "add", "elsewhere", f"file://{tmp_path}/elsewhere.git")
    head = git(partial, "rev-parse", "HEAD").strip()
    trace = tmp_path / "trace"
    line = f"HEAD {head} refs/heads/side {ZERO}\n"
    done = run_main(partial, line, remote=where, XIHE_HOOKS_LANG="en", GIT_TRACE=str(trace))
    assert done.returncode == 0, done.stderr
    assert trace.read_text().count("git fetch") <= 2


def test_a_closed_standard_input_is_no_traceback(desk):
    done = subprocess.run(
        ["sh", "-c", f"exec {shlex.quote(sys.executable)} -m xihe_hooks pre-push origin x <&-"],
        cwd=desk.top,
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1) and b"Traceback" not in done.stderr, done.stderr


def test_a_password_in_the_remotes_address_is_not_shown(desk):
    desk.commit("big.bin", LIMIT + 1)
    address = "https://anna:s3cret@127.0.0.1:9/anna/digits.git"
    head = desk.git("rev-parse", "HEAD")
    lines = f"HEAD {head} refs/heads/side {ZERO}\nHEAD {head} refs/heads/main {'a' * 40}\n"
    done = run_main(desk.top, lines, remote=address, address=address, XIHE_HOOKS_LANG="en")
    assert done.returncode == 1 and b"127.0.0.1:9/anna" in done.stderr
    assert b"s3cret" not in done.stderr


@pytest.mark.parametrize(
    "name", ["a;touch pwned;b.bin", "$(touch pwned).bin", "-f `touch pwned`.bin", "a'b\"; touch pwned"]
)
def test_a_remedy_that_is_pasted_runs_nothing_of_a_files_name(desk, name):
    desk.commit(name, LIMIT + 1)
    found, _ = desk.push()
    command = found[0][6].rpartition(": ")[2].replace("git commit", "git commit --allow-empty --message Anew")
    subprocess.run(["sh", "-ec", command], cwd=desk.top, check=True, capture_output=True)
    assert not (desk.top / "pwned").exists()
    assert errors(desk.push()[0]) == []


def test_a_name_that_no_terminal_shows_gets_a_remedy_in_words(desk):
    desk.commit("a\nb\x1b[2J.bin", LIMIT + 1)
    found, _ = desk.push()
    assert "git reset --soft to the remote's commit" in found[0][6] and "\n" not in found[0][6]
    line = f"HEAD {desk.git('rev-parse', 'HEAD')} refs/heads/side {ZERO}\n"
    assert b"\x1b" not in run_main(desk.top, line).stderr
