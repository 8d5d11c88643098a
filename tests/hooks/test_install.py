"""The check at push beside git-lfs, pre-commit, prek and one's own hooks, in every order, with real pushes."""

import contextlib
import hashlib
import itertools
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import commit, git
from xihe_hooks.commands.install import install, uninstall
from xihe_hooks.git.errors import GitError
from xihe_hooks.git.hooks import FOLDER, HookState, hook_state
from xihe_hooks.git.repository import Repository

BIN = Path(sys.executable).parent
WEIGHTS = b"weights" * 50_000
OBJECT = hashlib.sha256(WEIGHTS).hexdigest()
RAW = 300_000
TOOLS = ("pre-commit", "prek")
EITHER = ("prek", pytest.param("pre-commit", marks=pytest.mark.slow))  # in seconds the one that starts sooner
ORDERS = [order for tool in TOOLS for order in itertools.permutations(("git-lfs", tool, "xihe-hooks"))]
LONG_ORDERS = list(itertools.permutations(("git-lfs", *TOOLS, "xihe-hooks")))
CONFIG = """\
repos:
  - repo: local
    hooks:
      - id: note
        name: note
        entry: sh -c 'echo ran >> "$NOTES/pre-commit"'
        language: system
        always_run: true
        pass_filenames: false
        stages: [pre-push]
"""


def program(path, *lines):
    """Write a shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


class Model:
    """A model repository with weights, a server, and what ran at its pushes."""

    def __init__(self, place, name="digits model's"):
        self.place, self.top, self.server, self.notes = place, place / name, place / "server.git", place / "notes"
        self.notes.mkdir()
        self.bin = place / "bin"
        program(self.bin / "xihe-hooks", 'echo "$1" >> "$NOTES/check"', f'exec "{sys.executable}" -m xihe_hooks "$@"')
        self.environment = {
            **os.environ,
            "NOTES": str(self.notes),
            "PATH": os.pathsep.join([str(self.bin), str(BIN), os.environ["PATH"]]),
            "PRE_COMMIT_HOME": str(place / "cache"),
            "PREK_HOME": str(place / "cache"),
            "XIHE_HOOKS_LANG": "en",
        }
        git(place, "init", "--quiet", "--bare", str(self.server))
        git(place, "init", "--quiet", str(self.top))
        git(self.top, "remote", "add", "origin", f"file://{self.server}")
        (self.top / ".pre-commit-config.yaml").write_text(CONFIG)
        (self.top / "README.md").write_text("# Digits\n")
        (self.top / ".gitattributes").write_text("*.ckpt filter=lfs diff=lfs merge=lfs -text\n")
        commit_without_hooks(self.top)

    @property
    def hooks(self):
        """The folder of the hooks."""
        return self.top / ".git/hooks"

    def run(self, *command, fails=False, cwd=None, **environment):
        """Run a command in the repository and return what it says."""
        done = subprocess.run(
            command,
            cwd=cwd or self.top,
            env={**self.environment, **environment},
            capture_output=True,
            check=False,
            timeout=120,
        )
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        assert "Traceback" not in said, said
        assert fails or done.returncode == 0, said
        return said

    def set_up(self, *names):
        """Install what is named, in that order, as users do."""
        for name in names:
            if name == "git-lfs":
                self.run("git", "lfs", "install", "--local", fails=True)  # fails where another hook stands
            elif name == "xihe-hooks":
                self.run("xihe-hooks", "install")
                (self.notes / "check").unlink()
            else:
                self.run(name, "install", "--hook-type", "pre-push")

    def push(self, *arguments, **environment):
        """Push, and return whether it went through and what was said."""
        done = subprocess.run(
            ["git", "push", *(arguments or ("origin", "HEAD:main"))],
            cwd=self.top,
            env={**self.environment, **environment},
            capture_output=True,
            check=False,
            timeout=120,
        )
        return done.returncode == 0, done.stderr.decode("utf-8", "replace")

    def edit(self, name="best.ckpt", content=WEIGHTS):
        """Commit a file."""
        (self.top / name).write_bytes(content)
        commit_without_hooks(self.top)

    def ran(self):
        """Return how often each thing ran since the last time."""
        counts = {note.name: len(note.read_text().splitlines()) for note in self.notes.iterdir()}
        for note in self.notes.iterdir():
            note.unlink()
        return counts

    def arrived(self):
        """Whether the server holds the content of the weights."""
        return (self.server / "lfs/objects" / OBJECT[:2] / OBJECT[2:4] / OBJECT).is_file()

    def state(self):
        """What the package says of the hooks."""
        return hook_state(Repository.find(self.top))

    def files(self):
        """Every hook that is not git's sample."""
        files = (path for path in self.hooks.rglob("*") if path.is_file() and path.suffix != ".sample")
        return {str(path.relative_to(self.hooks)): (path.read_bytes(), path.stat().st_mode) for path in files}

    def works(self):
        """Assert that a good push runs everything and a bad one is stopped."""
        self.edit()
        passed, said = self.push()
        assert passed, said
        assert self.ran() == {"check": 1, "pre-commit": 1}
        assert self.arrived()
        self.edit("raw.bin", os.urandom(RAW))
        passed, said = self.push()
        assert not passed
        assert "XG101" in said
        assert "raw.bin" in said
        assert git(self.server, "rev-parse", "main") == git(self.top, "rev-parse", "HEAD~1")
        assert self.ran()["check"] == 1


def commit_without_hooks(folder):
    """Commit everything, whatever hooks there are."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", "Edit")


@pytest.fixture
def model(tmp_path):
    """Return a model repository in a folder whose name needs quoting."""
    # The filters alone: the hook is what the orders are about.
    model = Model(tmp_path)
    model.run("git", "lfs", "install", "--local", "--skip-repo")
    return model


@pytest.mark.parametrize(
    "order", [ORDERS[0], *(pytest.param(each, marks=pytest.mark.slow) for each in ORDERS[1:])], ids=" ".join
)
def test_every_order(model, order):
    """Whatever comes first, the content arrives, our check and pre-commit's hooks run, each once."""
    model.set_up(*order)
    assert model.state() == HookState("runs", lfs=True)
    model.works()


@pytest.mark.slow
@pytest.mark.parametrize("order", LONG_ORDERS, ids=" ".join)
def test_every_order_of_four(model, order):
    """With both pre-commit and prek too, unless both come after ours: these two together stop every push."""
    model.set_up(*order)
    if max(map(order.index, TOOLS)) > min(map(order.index, TOOLS)) > order.index("xihe-hooks"):
        model.edit()
        assert not model.push()[0]
        assert model.state().check == "replaced"
        model.ran()
        model.set_up("xihe-hooks")
    assert model.state() == HookState("runs", lfs=True)
    model.works()


@pytest.mark.parametrize("tool", EITHER)
def test_both_tools_after_ours(model, tool):
    """Two of them after ours push it out and stop every push, loudly; installing again puts it right."""
    other = next(each for each in TOOLS if each != tool)
    model.set_up("git-lfs", "xihe-hooks", tool, other)
    model.edit()
    assert not model.push()[0]
    assert model.state().check == "replaced"
    model.ran()
    model.set_up("xihe-hooks")
    model.works()


@pytest.mark.parametrize("tool", EITHER)
def test_again_and_again(model, tool):
    """Installing anything twice changes nothing of what runs."""
    model.set_up("git-lfs", tool, "xihe-hooks", tool, "git-lfs", "xihe-hooks", tool, "xihe-hooks")
    model.works()


def test_idempotent(model):
    """The second time leaves every file as it was."""
    model.set_up("git-lfs", "pre-commit", "xihe-hooks")
    before = model.files()
    model.set_up("xihe-hooks")
    assert model.files() == before


def test_forced_out(model):
    """`git lfs install --force` takes our place: that is told, and installing again puts everything right."""
    model.set_up("pre-commit", "xihe-hooks")
    model.run("git", "lfs", "update", "--force")
    assert model.state() == HookState("replaced", lfs=True)
    model.set_up("xihe-hooks")
    assert model.state() == HookState("runs", lfs=True)
    model.works()


def test_nothing_installed(model):
    """Where nothing is, nothing runs."""
    assert model.state() == HookState("absent", lfs=False)
    model.set_up("git-lfs")
    assert model.state() == HookState("absent", lfs=True)


def test_speaks_the_language_answered(model):
    """What the template was answered counts before anything is committed."""
    (model.top / ".copier-answers.yml").write_text("language: zh\n")
    assert "推送" in model.run("xihe-hooks", "install", XIHE_HOOKS_LANG="")


def test_installs_the_check_at_commit(model):
    """The hooks at commit are set up where the repository has a configuration for them."""
    model.run("xihe-hooks", "install")
    assert "pre-commit" in (model.hooks / "pre-commit").read_text()
    (model.hooks / "pre-commit").unlink()
    (model.top / ".pre-commit-config.yaml").unlink()
    model.run("xihe-hooks", "install")
    assert not (model.hooks / "pre-commit").exists()


def test_sets_up_the_filters(tmp_path):
    """A clone in which git-lfs was never set up would commit the weights themselves."""
    model = Model(tmp_path)
    assert Repository.find(model.top).config("filter.lfs.clean") is None
    model.edit()
    model.run("xihe-hooks", "install")
    assert Repository.find(model.top).config("filter.lfs.clean")
    git(model.top, "add", "--renormalize", ".")
    assert Repository.find(model.top).index().entries["best.ckpt"].size < 200


def own_hook(model, *lines):
    """Put a hook of the user's own in place, which notes the refs that it is told."""
    program(model.hooks / "pre-push", 'cat >> "$NOTES/own"', 'echo "$@" >> "$NOTES/arguments"', *lines)


@pytest.mark.parametrize("tool", [None, *EITHER])
def test_own_hook_stays(model, tool):
    """The hook that was there is told every ref, with its arguments, and may still refuse."""
    own_hook(model)
    model.set_up(*(each for each in (tool, "xihe-hooks") if each))
    model.edit()
    assert model.push("origin", "HEAD:main", "HEAD:side")[0]
    assert (model.notes / "own").read_text().count("refs/heads/") >= 2
    assert (model.notes / "own").read_text().count("\n") == 2
    assert (model.notes / "arguments").read_text() == f"origin file://{model.server}\n"
    assert model.arrived()
    model.run("xihe-hooks", "install", "--uninstall")
    own_hook(model, "exit 7")
    model.set_up("xihe-hooks")
    model.edit(content=b"others")
    assert not model.push()[0]


def test_own_hook_that_cannot_run(model):
    """A hook that git would pass over is passed over, and kept."""
    own_hook(model, "exit 7")
    (model.hooks / "pre-push").chmod(0o644)
    before = model.files()
    model.set_up("xihe-hooks")
    model.edit()
    assert model.push()[0]
    model.run("xihe-hooks", "install", "--uninstall")
    assert {**model.files(), **before} == {**before, **model.files()}


@pytest.mark.parametrize(
    "order",
    [
        *((), ("prek",), ("git-lfs", "pre-commit"), ("own",)),
        *(pytest.param(each, marks=pytest.mark.slow) for each in (("git-lfs",), ("pre-commit",))),
    ],
)
def test_uninstall(model, order):
    """Taking ours out leaves every hook at push as it was."""
    for name in order:
        own_hook(model) if name == "own" else model.set_up(name)
    before = {name: file for name, file in model.files().items() if "pre-push" in name}
    model.set_up("xihe-hooks")
    assert {name: file for name, file in model.files().items() if "pre-push" in name} != before
    model.run("xihe-hooks", "install", "--uninstall")
    assert {name: file for name, file in model.files().items() if "pre-push" in name} == before
    assert not (model.hooks / FOLDER).exists()


@pytest.mark.parametrize("tool", EITHER)
def test_uninstall_from_below(model, tool):
    """Ours is found and taken out where pre-commit or prek has moved it, and they run what it had kept."""
    model.set_up("git-lfs", "xihe-hooks", tool)
    model.run("xihe-hooks", "install", "--uninstall")
    assert model.state() == HookState("absent", lfs=True)
    model.edit()
    model.ran()
    assert model.push()[0]
    assert model.ran() == {"pre-commit": 1}
    assert model.arrived()


def test_uninstall_without(model):
    """There may be nothing to take out."""
    assert "not installed" in model.run("xihe-hooks", "install", "--uninstall")


@pytest.mark.parametrize("tool", EITHER)
def test_tool_uninstalled(model, tool):
    """Ours stays when the tool above it goes."""
    model.set_up("git-lfs", "xihe-hooks", tool)
    model.run(tool, "uninstall", "--hook-type", "pre-push")
    model.edit()
    assert model.push()[0]
    assert model.arrived()
    assert model.ran() == {"check": 1}


def test_hooks_path(model):
    """`core.hooksPath` is where the hook goes."""
    git(model.top, "config", "core.hooksPath", "../our hooks")
    (model.top / ".pre-commit-config.yaml").unlink()  # pre-commit refuses to install there
    model.run("xihe-hooks", "install")
    assert (model.place / "our hooks/pre-push").is_file()
    assert model.state() == HookState("runs", lfs=True)
    model.edit()
    model.edit("raw.bin", os.urandom(RAW))
    assert not model.push()[0]


def test_hooks_path_with_pre_commit(model):
    """Where pre-commit refuses, our hook is set up all the same, and the refusal is told."""
    git(model.top, "config", "core.hooksPath", "../our hooks")
    said = model.run("xihe-hooks", "install", fails=True)
    assert "check at commit" in said
    assert "core.hooksPath" in said
    assert (model.place / "our hooks/pre-push").is_file()


def test_worktree(model):
    """From a worktree the hook goes where all worktrees find it."""
    model.edit()
    git(model.top, "worktree", "add", "--quiet", "-b", "side", str(model.place / "tree"))
    model.run("xihe-hooks", "install", cwd=model.place / "tree")
    assert (model.hooks / "pre-push").is_file()
    (model.place / "tree/raw.bin").write_bytes(os.urandom(RAW))
    commit_without_hooks(model.place / "tree")
    said = model.run("git", "push", "origin", "HEAD:main", cwd=model.place / "tree", fails=True)
    assert "XG101" in said


def test_command_has_moved(model):
    """Without the command on PATH, or with one that no longer starts, the interpreter that installed it runs it."""
    model.set_up("xihe-hooks")
    model.edit()
    model.edit("raw.bin", os.urandom(RAW))
    for path in (os.environ["PATH"], os.pathsep.join([str(model.bin), os.environ["PATH"]])):
        passed, said = model.push(PATH=path)
        assert not passed
        assert "XG101" in said
        (model.bin / "xihe-hooks").write_text("#!/absent/python\n")
    assert "check" not in model.ran()


@pytest.fixture
def few(tmp_path):
    """Return a folder with the least that a push needs on PATH."""
    folder = tmp_path / "few"
    folder.mkdir()
    for name in ("git", "sh", "cat", "grep", "dirname", "echo"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


def test_command_is_gone(model, few):
    """Where its environment was deleted, the push stops and one sentence in each language says so."""
    model.set_up("xihe-hooks")
    model.edit()
    hook = model.top / ".git/hooks/pre-push"
    hook.write_text(hook.read_text().replace(f"python={sys.executable}", "python=/nowhere/python"))
    passed, said = model.push(PATH=str(few))
    assert not passed
    assert "xihe-hooks: the command is gone" in said
    assert "找不到" in said
    assert "No module" not in said


def test_no_git_lfs(model, few):
    """Without git-lfs the contents would stay here, so the push stops."""
    model.set_up("xihe-hooks")
    model.edit()
    passed, said = model.push(PATH=f"{model.bin}{os.pathsep}{few}")
    assert not passed
    assert "git-lfs" in said


def test_project_needs_no_git_lfs(tmp_path):
    """A repository that holds nothing of git-lfs does not wait for it."""
    model = Model(tmp_path)
    (model.top / ".gitattributes").unlink()
    (model.top / "inference").mkdir()
    (model.top / "inference/app.py").write_text("print()\n")
    commit_without_hooks(model.top)
    model.set_up("xihe-hooks")
    passed, said = model.push(GIT_TRACE="1")
    assert passed, said
    assert "git-lfs" not in said


def test_deleting_a_branch(model):
    """A push that only deletes passes every hook."""
    model.set_up("git-lfs", "pre-commit", "xihe-hooks")
    model.edit()
    assert model.push("origin", "HEAD:main", "HEAD:side")[0]
    assert model.push("origin", "--delete", "side")[0]


def test_two_foreign_hooks(model):
    """Two hooks of the user's own cannot both be kept: nothing is touched, and both are named."""
    own_hook(model)
    model.set_up("xihe-hooks")
    own_hook(model, "# another")
    before = model.files()
    with pytest.raises(GitError, match="cannot all be kept") as error:
        install(Repository.find(model.top))
    assert str(model.hooks / "pre-push") in str(error.value)
    assert {name: file for name, file in model.files().items() if "pre-push" in name} == {
        name: file for name, file in before.items() if "pre-push" in name
    }


def test_hooks_folder_is_a_file(model):
    """A folder that cannot be written to is named."""
    (model.top / ".pre-commit-config.yaml").unlink()
    shutil.rmtree(model.hooks)
    model.hooks.write_text("")
    with pytest.raises(GitError, match="Cannot write"):
        install(Repository.find(model.top))
    assert uninstall(Repository.find(model.top))


@pytest.mark.parametrize("arguments", [["/nowhere/at/all"], ["--uninstall", "/"]])
def test_not_a_repository(model, arguments):
    """Elsewhere it ends with one sentence."""
    assert model.run("xihe-hooks", "install", *arguments, fails=True).count("\n") == 1


def test_script_is_plain(model):
    """The hook is a POSIX script with LF line ends, and no shell finds fault with it."""
    model.set_up("xihe-hooks")
    script = (model.hooks / "pre-push").read_bytes()
    assert b"\r" not in script
    assert script.startswith(b"#!/bin/sh\n")
    for shell in filter(shutil.which, ("sh", "dash", "bash", "busybox")):
        command = [shell, "sh", "-n"] if shell == "busybox" else [shell, "-n"]
        subprocess.run([*command, str(model.hooks / "pre-push")], check=True)


def test_before_the_first_commit(tmp_path):
    """A repository without commits is set up like any other."""
    git(tmp_path, "init", "--quiet", "new")
    assert install(Repository.find(tmp_path / "new"))[-1].done
    (tmp_path / "new/inference").mkdir()
    (tmp_path / "new/inference/app.py").write_text("")
    commit(tmp_path / "new")
    assert hook_state(Repository.find(tmp_path / "new")).check == "runs"


def hook_folder(folder):
    """Every entry of a folder of hooks, as it is: kind, mode, and content or target."""
    rows = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            rows[str(path.relative_to(folder))] = ("link", os.readlink(path))
        elif path.is_file() and path.suffix != ".sample":
            rows[str(path.relative_to(folder))] = (path.stat().st_mode, path.read_bytes())
    return rows


BOUND = {
    "a helper beside it": '. "$(dirname "$0")/helper"',
    "husky's own name": 'echo "$(basename -- "${0}")" >> "$NOTES/own"',
    "bash": 'source "${BASH_SOURCE%/*}/helper"',
}


@pytest.mark.parametrize("line", BOUND)
def test_a_hook_that_looks_at_its_own_place_stays_and_runs(model, line):
    program(model.hooks / "pre-push", BOUND[line], 'echo own >> "$NOTES/own"')
    (model.hooks / "helper").write_text('echo helped >> "$NOTES/own"\n')
    before = hook_folder(model.hooks)
    said = model.run("xihe-hooks", "install", fails=True)
    assert "cannot be moved, so nothing was changed" in said and 'xihe-hooks pre-push "$@"' in said
    assert hook_folder(model.hooks) == before
    assert model.push()[0]
    assert model.ran()["own"] >= 1


@pytest.mark.parametrize("target", ["team-hook", "nowhere/at-all"])
def test_a_link_stays_a_link_also_where_it_leads_nowhere(model, target):
    program(model.hooks / "team-hook", 'echo own >> "$NOTES/own"')
    (model.hooks / "pre-push").symlink_to(target)
    before = hook_folder(model.hooks)
    assert "is a symbolic link" in model.run("xihe-hooks", "install", fails=True)
    assert hook_folder(model.hooks) == before


@pytest.mark.parametrize("where", [".husky", ".husky/_"])
def test_a_folder_of_hooks_among_the_projects_files_is_left_alone(model, where):
    """As husky 8 and 9 keep theirs."""
    program(model.top / where / "pre-push", '. "${0%/*}/husky.sh"')
    (model.top / where / "husky.sh").write_text('echo own >> "$NOTES/own"\n')
    git(model.top, "config", "core.hooksPath", where)
    before = hook_folder(model.top / ".husky")
    said = model.run("xihe-hooks", "install", fails=True)
    assert "among the project's files, so nothing was changed" in said
    assert hook_folder(model.top / ".husky") == before
    assert model.push()[0] and model.ran()["own"] == 1


def test_a_folder_of_hooks_for_all_repositories_is_left_alone(model):
    (model.place / "shared").mkdir()
    config = model.place / "gitconfig"
    config.write_text(f"[core]\nhooksPath = {model.place}/shared\n")
    said = model.run("xihe-hooks", "install", fails=True, GIT_CONFIG_GLOBAL=str(config))
    assert "all your repositories share, so nothing was changed" in said
    assert not list((model.place / "shared").iterdir())


def test_install_returns_1_where_it_changed_nothing(model):
    (model.hooks / "pre-push").symlink_to("nowhere")
    done = subprocess.run(["xihe-hooks", "install"], cwd=model.top, env=model.environment, check=False)
    assert done.returncode == 1


def test_uninstall_leaves_what_the_user_put_beside_the_kept_hook(model):
    program(model.hooks / "pre-push", 'echo own >> "$NOTES/own"')
    before = hook_folder(model.hooks)
    model.run("xihe-hooks", "install")
    (model.hooks / FOLDER / "notes.txt").write_text("mine")
    model.run("xihe-hooks", "install", "--uninstall")
    assert (model.hooks / FOLDER / "notes.txt").read_text() == "mine"
    assert {name: row for name, row in hook_folder(model.hooks).items() if FOLDER not in name} == {
        name: row for name, row in before.items() if FOLDER not in name
    } | {name: row for name, row in hook_folder(model.hooks).items() if name == "pre-commit"}


def test_the_help_says_that_the_repositorys_hooks_will_run(model):
    assert "every commit runs the hooks" in " ".join(model.run("xihe-hooks", "install", "--help").split())
    assert "commit only in repositories that you trust" in model.run("xihe-hooks", "install")


@pytest.mark.rounds(200)
def test_installs_killed_at_random_moments(tmp_path, rounds):
    """The user's hook is there or runs from ours after each, and comes back as it was."""
    dice = random.Random(3)
    git(tmp_path, "init", "--quiet", "repository")
    top, notes = tmp_path / "repository", tmp_path / "notes"
    hooks = top / ".git/hooks"
    environment = {**os.environ, "NOTES": str(tmp_path), "XIHE_HOOKS_LANG": "en"}
    for _ in range(rounds):
        shutil.rmtree(hooks)
        hooks.mkdir()
        program(hooks / "pre-push", f"echo own >> {notes}")
        (hooks / "pre-push").chmod(dice.choice([0o755, 0o700, 0o775]))
        before = hook_folder(hooks)
        for action in dice.choices([[], ["--uninstall"]], k=dice.randint(1, 4)):
            process = subprocess.Popen(
                [sys.executable, "-m", "xihe_hooks", "install", *action, str(top)],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(dice.uniform(0.1, 0.35))
            process.kill()
            process.wait()
            runs = hooks / "pre-push"
            kept = hooks / FOLDER / "pre-push"
            assert before["pre-push"] in (
                [(each.stat().st_mode, each.read_bytes()) for each in (runs, kept) if each.is_file()]
            )
        done = subprocess.run(
            [sys.executable, "-m", "xihe_hooks", "install", "--uninstall", str(top)], env=environment, check=False
        )
        assert done.returncode == 0
        after = {name: row for name, row in hook_folder(hooks).items() if ".new-" not in name}
        assert after["pre-push"] == before["pre-push"]


def test_a_hook_of_the_users_that_calls_the_check_counts_as_checked(model):
    """As the sentence advises that says why nothing was changed."""
    program(model.hooks / "pre-push", 'xihe-hooks pre-push "$@" || exit 1')
    assert model.state().check == "runs"
    (model.hooks / "pre-push").write_text("#!/bin/sh\n# without xihe-hooks pre-push for now\n")
    assert model.state().check == "absent"
