"""Publishing, against a server that takes and refuses what the platform does."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest
from helpers import PLATFORM, commit, git, need

from tests.programs.git_server import GitServer, lose_objects, object_of

from .fakes import APP, CONFIG, REQUIREMENTS

TOKEN = "s3cret-t0ken-9f8e7d6c"
WEIGHTS = b"\x0a\x1e weights \x00" * 30_000
CLONE = PLATFORM["git"]["clone_address"].partition("{account}")[0]
PROJECT = {
    ".copier-answers.yml": b"repo: project\nuser: zhangsan\nproject_name: digits\nmodel_name: digits-model\nlanguage: en\n",
    "README.md": b"# Digits\n",
    "inference/app.py": APP,
    "inference/config.json": CONFIG,
    "inference/requirements.txt": REQUIREMENTS,
}
MODEL = {
    ".copier-answers.yml": b"repo: model\nuser: zhangsan\nproject_name: digits\nmodel_name: digits-model\nlanguage: en\n",
    ".gitattributes": b"*.ckpt filter=lfs diff=lfs merge=lfs -text\n",
    "README.md": b"# Weights\n",
    "best.ckpt": WEIGHTS,
}


def write(folder, files):
    """Write files."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


class Desk:
    """Two folders as `copier copy` leaves them, a user, and a platform with two empty repositories."""

    def __init__(self, place, server):
        need("git-lfs")
        self.place, self.server = place, server
        self.digits, self.model = place / "work" / "digits", place / "work" / "digits-model"
        self.home = place / "home"
        if not self.home.exists():
            write(self.digits, PROJECT)
            write(self.model, MODEL)
            for name in ("digits", "digits-model"):
                server.create("zhangsan", name)
            self.home.mkdir()
            (place / "tmp").mkdir()
        config = self.home / ".gitconfig"
        config.write_text(f'[user]\nname = Z\nemail = z@example.com\n[url "{server.address}"]\ninsteadOf = {CLONE}\n')
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "XIHE"))},
            "HOME": str(self.home),
            "GIT_CONFIG_GLOBAL": str(config),
            "GIT_CONFIG_NOSYSTEM": "1",
            "XIHE_TOKEN": TOKEN,
            "TMPDIR": str(place / "tmp"),
        }

    def command(self, *arguments):
        """The command that publishes."""
        return [sys.executable, "-m", "xihe_hooks", "publish", *arguments]

    def publish(self, *arguments, folder=None, code=0, timeout=60, **environment):
        """Publish and return what is said; `code` is expected of it."""
        given = {key: value for key, value in {**self.environment, **environment}.items() if value is not None}
        done = subprocess.run(
            self.command(*arguments),
            cwd=folder or self.digits,
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=timeout,
        )
        said = done.stdout.decode()
        assert done.returncode == code, said
        assert "Traceback" not in said
        assert TOKEN not in said
        return said

    def there(self, name, *command):
        """What git says of a repository on the platform."""
        return git(self.server.folder / "zhangsan" / f"{name}.git", *command)

    def has_weights(self, content=WEIGHTS):
        """Whether the platform has the weights that its pointer names, and they are these."""
        oid = self.there("digits-model", "show", "main:best.ckpt").split("sha256:")[1][:64]
        file = object_of(self.server.folder / "zhangsan/digits-model.git", oid)
        return file.is_file() and file.read_bytes() == content


@contextlib.contextmanager
def platform_at(place):
    """Serve what lies in this place."""
    with GitServer(place / "server", {"zhangsan": TOKEN, "lisi": "other"}) as server:
        yield server


@pytest.fixture
def desk(tmp_path):
    """Return the desk of a user who has just copied the template."""
    with platform_at(tmp_path) as server:
        yield Desk(tmp_path, server)


def test_both_are_published_from_plain_folders(desk):
    said = desk.publish("--yes")
    assert desk.has_weights()
    assert set(desk.there("digits", "ls-tree", "-r", "--name-only", "main").split()) == set(PROJECT)
    order = [
        said.index(stage) for stage in ("repositories", "commit", "compare", "check", "plan", "push model", "verify")
    ]
    assert order == sorted(order)
    assert "best.ckpt" in said and f"{len(WEIGHTS):,} bytes, git-lfs" in said
    assert "https://xihe.mindspore.cn/projects/zhangsan/digits" in said
    assert git(desk.digits, "status", "--short", "--branch") == "## main...origin/main\n"
    assert git(desk.model, "status", "--short", "--branch") == "## main...origin/main\n"
    assert "xihe-hooks pre-push" in (desk.model / ".git/hooks/pre-push").read_text()


@pytest.fixture(scope="module")
def after_publishing(tmp_path_factory):
    """Return a place where both are on the platform."""
    place = tmp_path_factory.mktemp("published")
    with platform_at(place) as server:
        Desk(place, server).publish("--yes")
    return place


@pytest.fixture
def published(tmp_path, after_publishing):
    """Return the desk of a user who has published both."""
    shutil.copytree(after_publishing, tmp_path, dirs_exist_ok=True, symlinks=True)
    with platform_at(tmp_path) as server:
        yield Desk(tmp_path, server)


def test_nothing_to_do_and_then_another_weight(published):
    before = published.there("digits", "rev-parse", "main"), published.there("digits-model", "rev-parse", "main")
    assert "nothing to send" in published.publish("--yes")
    (published.model / "best.ckpt").write_bytes(WEIGHTS[::-1])
    said = published.publish("--yes", "--message", "Better weights")
    assert published.has_weights(WEIGHTS[::-1])
    assert "digits: nothing to send" in said and "push project" not in said
    assert published.there("digits-model", "log", "--format=%s", "main").split("\n")[0] == "Better weights"
    assert published.there("digits", "rev-parse", "main") == before[0]
    assert published.there("digits-model", "rev-parse", "main~1") == before[1]


@pytest.mark.parametrize("arguments, code", [(["--dry-run"], 0), ([], 2)])
def test_without_agreement_nothing_is_changed(desk, arguments, code):
    """A dry run, and a run that finds nobody to ask: the plan is shown, and not even a repository is made."""
    said = desk.publish(*arguments, code=code)
    assert (
        f"{len(WEIGHTS):,} bytes, git-lfs" in said
        and "inference/app.py" in said
        and "nothing was changed" in said.lower()
    )
    assert not (desk.digits / ".git").exists() and not (desk.model / ".git").exists()
    assert all(method == "GET" or "upload-pack" in path for method, path, _ in desk.server.seen)


def somebody_edits(desk, name, files):
    """Commit to the platform as somebody does who edits files on its page."""
    clone = desk.place / f"page-{name}"
    git(desk.place, "clone", "--quiet", str(desk.server.folder / "zhangsan" / f"{name}.git"), str(clone))
    write(clone, files)
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Edited on the page")
    git(clone, "push", "--quiet", "origin", "HEAD:main")


@pytest.mark.slow
@pytest.mark.parametrize("edits_here", [{}, {"inference/lenet.py": b"\n"}])
def test_files_made_on_the_page_are_taken_in(published, edits_here):
    somebody_edits(published, "digits", {"notes.md": b"From the page\n"})
    write(published.digits, edits_here)
    if edits_here:
        commit(published.digits)
        said = published.publish("--dry-run")
        assert "notes.md" in said and "removed" not in said
    before = published.there("digits", "rev-parse", "main").strip()
    said = published.publish("--yes")
    assert "notes.md" in said
    assert (published.digits / "notes.md").read_bytes() == b"From the page\n"
    assert set(edits_here) <= set(published.there("digits", "ls-tree", "-r", "--name-only", "main").split())
    assert before in published.there("digits", "rev-list", "main")


@pytest.mark.slow
def test_the_same_file_changed_on_both_sides_stops_it(published):
    somebody_edits(published, "digits", {"README.md": b"# From the page\n"})
    write(published.digits, {"README.md": b"# From here\n"})
    said = published.publish("--yes", code=1)
    assert "README.md was changed both" in said and "git pull --rebase" in said
    assert (published.digits / "README.md").read_bytes() == b"# From here\n"
    assert git(published.digits, "status", "--porcelain") == ""
    assert published.there("digits", "show", "main:README.md") == "# From the page\n"


@pytest.mark.slow
def test_the_readme_that_the_platform_makes_is_replaced(desk):
    somebody_edits(desk, "digits", {"README.md": b"# digits\n"})
    git(desk.digits, "init", "--quiet")
    assert "digits already has files" in desk.publish("--dry-run")
    said = desk.publish("--yes")
    assert "README.md" in said and "stays in the history" in said
    assert desk.there("digits", "show", "main:README.md") == "# Digits\n"
    assert desk.there("digits", "show", "main~1:README.md") == "# digits\n"


@pytest.mark.slow
def test_weights_that_the_platform_lacks_are_uploaded_again(published):
    lose_objects(published.server.folder / "zhangsan/digits-model.git")
    said = published.publish("--dry-run")
    assert "best.ckpt" in said and "missing on the platform" in said
    published.publish("--yes")
    assert published.has_weights()


@pytest.mark.slow
def test_weights_that_are_nowhere_are_named(published):
    lose_objects(published.server.folder / "zhangsan/digits-model.git")
    (published.model / "best.ckpt").write_text(git(published.model, "show", "HEAD:best.ckpt"))  # as git-lfs leaves it
    lose_objects(published.model / ".git")
    said = published.publish("--yes", code=1)
    assert "best.ckpt" in said and "only the pointer" in said


@pytest.mark.slow
def test_weights_that_the_server_did_not_keep_are_named_and_the_project_waits(desk):
    desk.server.forgets = True
    said = desk.publish("--yes", code=1)
    assert "✗ verify" in said and "lacks the content of best.ckpt" in said
    assert desk.there("digits", "for-each-ref") == ""
    desk.server.forgets = False
    desk.publish("--yes")
    assert desk.has_weights()


@pytest.mark.parametrize("token", ["wrong", pytest.param(None, marks=pytest.mark.slow)])
def test_a_wrong_token_or_none_is_one_sentence(desk, token):
    said = desk.publish("--yes", code=1, XIHE_TOKEN=token)
    assert ("does not accept the token of the account zhangsan" if token else "needs a token") in said
    assert desk.there("digits-model", "for-each-ref") == ""
    desk.publish("--yes")
    assert desk.has_weights()


@pytest.mark.slow
def test_without_a_network(published):
    published.server.shutdown()
    published.server.server_close()
    (published.model / "best.ckpt").write_bytes(WEIGHTS[::-1])
    said = published.publish("--dry-run")
    assert "Cannot compare with the platform" in said and "best.ckpt" in said
    said = published.publish("--yes", code=1)
    assert "Cannot reach" in said and "Check the network" in said


@pytest.mark.slow
def test_repositories_that_are_not_there(desk):
    desk.place.joinpath("server/zhangsan/digits.git").rename(desk.place / "away")
    said = desk.publish("--yes", code=1)
    assert "Create the public Gradio project digits" in said
    desk.place.joinpath("away").rename(desk.place / "server/zhangsan/digits.git")
    desk.publish("--yes")


@pytest.mark.slow
def test_one_commit_for_a_server_that_takes_one(desk):
    desk.server.create("zhangsan", "digits", strict=True)
    desk.publish("--yes")
    for number in range(3):
        write(desk.digits, {"inference/lenet.py": f"# {number}\n".encode()})
        commit(desk.digits, f"Step {number}")
    said = desk.publish("--yes", code=1)
    assert "Please squash the commits" in said and "--squash" in said
    assert "3 commits combined into 1" in desk.publish("--squash", "--dry-run")
    desk.publish("--squash", "--yes")
    assert desk.there("digits", "rev-list", "--count", "main") == "2\n"
    assert "Step 0" in desk.there("digits", "log", "-1", "--format=%B", "main")
    assert git(desk.digits, "status", "--short", "--branch") == "## main...origin/main\n"
    assert "nothing to send" in desk.publish("--yes")


@pytest.mark.slow
def test_what_the_platform_refuses_is_found_before_anything_is_sent(desk):
    git(desk.digits, "init", "--quiet")
    write(desk.digits, {"notes.bin": b"\1" * 204_801})
    commit(desk.digits, "Large")
    (desk.digits / "notes.bin").unlink()
    commit(desk.digits, "Removed again")
    said = desk.publish("--yes", code=1)
    assert "✗ check" in said and "notes.bin" in said
    assert desk.there("digits-model", "for-each-ref") == ""


@pytest.mark.slow
def test_a_secret_gets_into_no_commit(desk):
    write(desk.digits, {"inference/id_rsa": b"-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n"})
    said = desk.publish("--yes", code=1)
    assert "✗ commit" in said and "inference/id_rsa" in said
    assert "id_rsa" not in git(desk.digits, "log", "--all", "--name-only")


@pytest.mark.slow
def test_cut_off_between_the_two_pushes_it_goes_on(desk):
    desk.server.breaks = "digits.git/git-receive-pack"
    said = desk.publish("--yes", code=1)
    assert "Already on the platform: digits-model. Not yet: digits." in said
    desk.server.breaks = None
    said = desk.publish("--yes")
    assert "digits-model: nothing to send" in said
    assert desk.has_weights() and desk.there("digits", "rev-parse", "main")


@pytest.mark.slow
@pytest.mark.parametrize(
    "how, where",
    [
        (signal.SIGINT, "info/lfs/objects"),
        (signal.SIGINT, "digits-model.git/git-receive-pack"),
        (signal.SIGINT, "digits.git/git-receive-pack"),
        (signal.SIGTERM, "digits.git/git-receive-pack"),
        (signal.SIGKILL, "digits.git/git-receive-pack"),
    ],
)
def test_ended_anywhere_both_stay_usable(desk, how, where):
    desk.server.holds = where
    process = subprocess.Popen(
        desk.command("--yes"),
        cwd=desk.digits,
        env=desk.environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert desk.server.held.wait(60)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does
    else:
        process.send_signal(how)
    said = process.communicate(timeout=60)[1].decode()
    desk.server.release()
    if how != signal.SIGKILL:
        assert process.returncode == 130 and "publish again to continue from here" in said
    if how != signal.SIGKILL and where.startswith("digits.git"):
        assert "Already on the platform: digits-model." in said
    for folder in (desk.digits, desk.model):
        assert git(folder, "status", "--porcelain") == ""
    desk.publish("--yes")
    assert desk.has_weights() and desk.there("digits", "rev-parse", "main")


@pytest.mark.slow
def test_a_project_alone(desk):
    desk.model.rename(desk.place / "elsewhere")
    said = desk.publish("--yes")
    assert "digits-model is not beside the project" in said
    assert desk.there("digits", "rev-parse", "main")


@pytest.mark.slow
def test_a_project_that_was_adopted(desk, template):
    (desk.digits / ".copier-answers.yml").unlink()
    commit(desk.digits, "Begin")
    adopt = [sys.executable, "-m", "xihe_hooks", "adopt", "--yes", "--template", str(template), "--data=user=zhangsan"]
    subprocess.run(adopt, cwd=desk.digits, env=desk.environment, check=True)
    desk.publish("--yes", timeout=300)  # the hooks' environment is made
    assert desk.has_weights()
    assert {*PROJECT, "noxfile.py"} <= set(desk.there("digits", "ls-tree", "-r", "--name-only", "main").split())
    assert desk.there("digits", "show", "main:inference/app.py") == APP.decode()
    assert "nothing to send" in desk.publish("--yes")


@pytest.mark.slow
def test_a_model_alone(desk):
    said = desk.publish("--yes", folder=desk.model)
    assert desk.has_weights() and "next start" in said
    assert desk.there("digits", "for-each-ref") == ""


@pytest.mark.slow
def test_several_models_and_one_of_somebody_else(desk):
    paths = '["zhangsan/digits-model/best.ckpt", "zhangsan/words-model/words.ckpt", "lisi/their-model/their.ckpt"]'
    config = f'{{"pretrain": "zhangsan/digits-model/best.ckpt", "model_path": {paths}}}\n'
    write(desk.digits, {"inference/config.json": config.encode()})
    write(desk.digits.parent / "words-model", {**MODEL, ".copier-answers.yml": b"repo: model\nuser: zhangsan\n"})
    (desk.digits.parent / "words-model/best.ckpt").rename(desk.digits.parent / "words-model/words.ckpt")
    write(desk.digits.parent / "their-model", MODEL)
    desk.server.create("zhangsan", "words-model")
    desk.server.create("lisi", "their-model")
    said = desk.publish("--yes")
    assert "lisi/their-model belongs to another account" in said
    assert desk.has_weights() and desk.there("words-model", "rev-parse", "main")
    assert not (desk.digits.parent / "their-model/.git").exists()


@pytest.mark.slow
def test_a_clone_of_ones_own_is_used_as_it_is(desk):
    """With hooks and a remote of its own name, on a branch of its own name."""
    git(desk.digits, "init", "--quiet", "--initial-branch=master")
    git(desk.digits, "remote", "add", "xihe", f"{CLONE}zhangsan/digits.git")
    git(desk.digits, "remote", "add", "origin", str(desk.place / "elsewhere.git"))
    hook = desk.digits / ".git/hooks/pre-push"
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)
    write(desk.digits, {".gitignore": b"ran\n"})
    desk.publish("--yes")
    assert desk.there("digits", "rev-parse", "main") == git(desk.digits, "rev-parse", "master")
    assert git(desk.digits, "remote") == "origin\nxihe\n"
    assert (desk.digits / "ran").exists()


@pytest.mark.slow
def test_an_account_that_may_not(desk):
    desk.server.create("lisi", "digits-model")
    git(desk.model, "init", "--quiet")
    git(desk.model, "remote", "add", "origin", f"{CLONE}lisi/digits-model.git")
    said = desk.publish("--yes", folder=desk.model, code=1)
    assert "does not accept the token of the account lisi" in said


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["work", "nowhere"])
def test_a_folder_that_is_neither(desk, folder):
    said = desk.publish(str(desk.place / folder), code=1)
    assert "has no inference/app.py" in said


@pytest.mark.slow
def test_a_token_in_the_address_is_refused(desk):
    git(desk.digits, "init", "--quiet")
    git(desk.digits, "remote", "add", "origin", CLONE.replace("://", f"://zhangsan:{TOKEN}@") + "zhangsan/digits.git")
    said = desk.publish("--yes", code=1)
    assert f"git remote set-url origin {CLONE}zhangsan/digits.git" in said
    assert desk.there("digits", "for-each-ref") == ""


def at_terminal(desk, *arguments, **environment):
    """Publish at a terminal."""
    given = {key: value for key, value in {**desk.environment, "XIHE_TOKEN": None, **environment}.items() if value}
    command = desk.command(*arguments)
    return pexpect.spawn(command[0], command[1:], cwd=desk.digits, env=given, encoding="utf-8", timeout=60)


@pytest.mark.slow
def test_at_a_terminal_it_asks_for_all_that_it_needs_and_shows_no_token(desk):
    terminal = at_terminal(desk)
    terminal.expect("digits-model has 4 files to commit. Message .First version.: ")
    terminal.sendline("Weights")
    terminal.expect("digits has 5 files to commit. Message .First version.: ")
    terminal.sendline("")
    terminal.expect("Publish\\? .y/N. ")
    terminal.sendline("y")
    terminal.expect("Token of zhangsan at .* \\(not shown\\): ")
    terminal.sendline(TOKEN)
    terminal.expect(pexpect.EOF)
    assert TOKEN not in terminal.before
    assert "push project" in terminal.before
    terminal.close()
    assert terminal.exitstatus == 0
    assert desk.has_weights()
    assert desk.there("digits-model", "log", "-1", "--format=%s", "main") == "Weights\n"
    assert desk.there("digits", "log", "-1", "--format=%s", "main") == "First version\n"


@pytest.mark.slow
def test_a_no_sends_nothing(desk):
    terminal = at_terminal(desk, "--message", "First")
    terminal.expect("Publish\\? .y/N. ")
    terminal.sendline("")
    terminal.expect("Nothing was sent")
    terminal.expect(pexpect.EOF)
    assert desk.there("digits-model", "for-each-ref") == ""


@pytest.mark.slow
def test_the_users_credential_helper_is_asked_first_and_keeps_what_it_is_told(desk):
    git(desk.place, "config", "--file", str(desk.home / ".gitconfig"), "credential.helper", "store")
    terminal = at_terminal(desk, "--yes")
    terminal.expect("Token of zhangsan")
    terminal.sendline(TOKEN)
    terminal.expect(pexpect.EOF)
    assert TOKEN in (desk.home / ".git-credentials").read_text()
    write(desk.digits, {"inference/lenet.py": b"\n"})
    (desk.model / "best.ckpt").write_bytes(WEIGHTS[::-1])
    desk.publish("--yes", XIHE_TOKEN=None)
    assert desk.has_weights(WEIGHTS[::-1])


@pytest.mark.slow
def test_the_token_goes_to_the_platform_alone(desk):
    """A repository that names another server for git-lfs gets no token there, and the weights are missed by name."""
    with GitServer(desk.place / "other", {"zhangsan": TOKEN}) as other:
        other.create("zhangsan", "digits-model")
        write(desk.model, {".lfsconfig": f"[lfs]\nurl = {other.address}zhangsan/digits-model.git/info/lfs\n".encode()})
        said = desk.publish("--yes", code=1)
        assert other.seen and not any(authorization for _, _, authorization in other.seen)
    assert "token" in said or "best.ckpt" in said


def arguments_of_all():
    """The arguments of every process that runs."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield file.read_bytes()


@pytest.mark.slow
def test_the_token_is_nowhere(desk):
    """Not in .git, in the home folder, in arguments while it runs, in traces, in what it leaves, or in its output."""
    need("/proc/self/cmdline")
    desk.server.delay = 0.2
    traces = {
        "GIT_TRACE": str(desk.place / "trace"),
        "GIT_TRACE_CURL": str(desk.place / "trace-curl"),
        "GIT_TRACE2_EVENT": str(desk.place / "trace2"),
        "GIT_TRACE_REDACT": "0",
        "GIT_TRANSFER_TRACE": "1",
    }
    with (desk.place / "output").open("wb") as output:
        process = subprocess.Popen(
            desk.command("--yes"), cwd=desk.digits, env={**desk.environment, **traces}, stdout=output, stderr=output
        )
        seen, looks = [], 0
        while process.poll() is None:
            looks += 1
            seen += [line for line in arguments_of_all() if TOKEN.encode() in line]
            time.sleep(0.01)
    assert process.returncode == 0, (desk.place / "output").read_text()
    assert desk.has_weights() and looks > 20 and not seen
    assert any(authorization for _, _, authorization in desk.server.seen)
    assert (desk.place / "trace-curl").stat().st_size > 1000
    encoded = {authorization.split()[1].encode() for _, _, authorization in desk.server.seen if authorization}
    for file in (path for path in desk.place.rglob("*") if path.is_file()):
        content = file.read_bytes()
        assert TOKEN.encode() not in content and not any(each in content for each in encoded), file
