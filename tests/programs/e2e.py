"""The whole way, for real: commit and push a rendered workspace with the checks, preview what the remotes hold, draw.

The remotes are bare repositories; the project's refuses what the platform's server would. The preview runs in a folder
that knows nothing of the originals, with a browser as its visitor. With --faults, faults are made on purpose, and each
has to be stopped at its place.
"""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from browser import answer_each, put_picture, put_text, visit
from xihe_hooks.data import platform

USER = "demo-user"
# What a server can do that looks at every new object.
SERVER_HOOK = """\
#!/bin/sh
while read old new ref; do
    git rev-list --objects "$new" --not --all | cut -d' ' -f1 | git cat-file --batch-check | while read id type size; do
        if [ "$type" = blob ] && [ "$size" -gt {limit} ]; then echo "refused: $size bytes"; exit 1; fi
        if [ "$type" = blob ] && git cat-file blob $id | head -c 40 | grep -q '^version https://git-lfs'; then
            echo "refused: git-lfs"; exit 1
        fi
    done || exit 1
done
"""


class Workspace:
    """Two rendered repositories of somebody with a configuration of git of their own, and the remotes they push to."""

    def __init__(self, work, place, pythons):
        self.pythons = pythons
        self.work, self.remotes, self.elsewhere = work, place / "remotes", place / "elsewhere"
        home = place / "home"
        for folder in (home, self.elsewhere, self.remotes / USER):
            folder.mkdir(parents=True)
        address = platform()["git"]["clone_address"]
        (home / ".gitconfig").write_text(
            "[user]\n\tname = Demo\n\temail = demo@example.com\n"
            f'[url "file://{self.remotes}/"]\n\tinsteadOf = {address.partition("{account}")[0]}\n'
        )
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
            "HOME": str(home),
            "UV_CACHE_DIR": subprocess.check_output(["uv", "cache", "dir"], encoding="utf-8").strip(),
            "XDG_CACHE_HOME": str(place / "cache"),
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def run(self, name, *command, stopped_by=None):
        """Run a command in a repository; where it is to be stopped, it has to fail and to say this."""
        print("$", name, *command, flush=True)
        done = subprocess.run(
            command,
            cwd=self.work / name,
            env=self.environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        if (stopped_by is None and done.returncode) or (stopped_by is not None and not done.returncode):
            sys.exit(f"{done.stdout}\n{' '.join(command)}: exit code {done.returncode}")
        if stopped_by is not None and stopped_by not in done.stdout:
            sys.exit(f"{done.stdout}\n{' '.join(command)}: stopped, but not by {stopped_by}")
        return done.stdout

    def commit(self, name, *options, stopped_by=None):
        """Commit everything in a repository."""
        self.run(name, "git", "add", "--all")
        self.run(name, "git", "commit", "--message", "Change", *options, stopped_by=stopped_by)

    def publish(self):
        """Make both remotes, and do what the message after copying says."""
        for name in ("digits-model", "digits"):
            folder = self.remotes / USER / f"{name}.git"
            subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder], check=True)
            if name == "digits":
                hook = folder / "hooks" / "pre-receive"
                hook.write_text(SERVER_HOOK.format(limit=platform()["limits"]["file_bytes"]["value"]))
                hook.chmod(0o755)
        self.run("digits", "xihe-hooks", "publish", "--yes")

    @contextlib.contextmanager
    def preview(self, *options, project=None):
        """Preview the project from its remote, far from the originals, or another project; give the process."""
        project = project or f"file://{self.remotes}/{USER}/digits.git"
        command = [
            "xihe-hooks",
            "preview",
            project,
            "--lang",
            "en",
            *(f"--python={each}" for each in self.pythons),
            *options,
        ]
        print("$", *command, flush=True)
        process = subprocess.Popen(
            command,
            cwd=self.elsewhere,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate()

    def refused_by_preview(self, *signs, options=(), project=None):
        """Preview, which has to fail and to say these things."""
        with self.preview(*options, project=project) as process:
            said = process.stdout.read()
            if process.wait() != 1 or not all(sign in said for sign in signs):
                sys.exit(f"{said}\nThe preview should have failed with {signs}.")

    def back(self, name):
        """Return a repository and its remote to what was published."""
        self.run(name, "git", "reset", "--quiet", "--hard", "published")
        self.run(name, "git", "clean", "-fdq")
        self.run(name, "git", "push", "--quiet", "--force", "--no-verify", "origin", "main")


def browse(preview, act):
    """Do something with the address of a preview's page; return what went wrong."""
    with preview as process:
        said = []
        for line in process.stdout:
            said.append(line)
            if address := re.search(r"http://127\.0\.0\.1:\d+/", line):
                print("".join(said), flush=True)
                return act(address[0])
    return [f"The preview did not start:\n{''.join(said)}"]


def fill_in_own(workspace, project):
    """Preview the project of one's own model, which says what is missing; fill it in and choose pictures on its page."""
    model = project.with_name(f"{project.name}-model")
    workspace.refused_by_preview("✗ weights", "no file best.ckpt", project=str(project))
    (model / "best.ckpt").touch()
    workspace.refused_by_preview("✗ ready", "build_network in model.py is not filled in", project=str(project))
    (interpreter,) = (workspace.elsewhere.with_name("cache")).glob("xihe-hooks/environments/*/bin/python")
    fill_in = (str(interpreter), str(Path(__file__).with_name("own_model.py")), str(project), str(model))
    subprocess.run(fill_in, env=workspace.environment, check=True)
    pictures = {project / "inference" / f"{name}.png": name for name in ("dark", "light")}
    return browse(workspace.preview(project=str(project)), lambda address: answer_each(address, put_picture, pictures))


def choose_photographs(workspace, project):
    """Choose the example photographs on the page of the photo demo, one of which EXIF turns; return what went wrong."""
    pictures = {project / "inference" / name: answer for name, answer in (("pen.jpg", "3"), ("chalk.jpg", "7"))}
    return browse(
        workspace.preview(project=str(project)),
        lambda address: answer_each(address, put_picture, pictures, example="3"),
    )


def enter_reviews(workspace, project):
    """Enter reviews on the page of the review demo, in English; return what went wrong."""
    reviews = {"很好，值得推荐，孩子非常喜欢。": "praise", "太差了，隔音不好，一晚上没睡着，再也不来了。": "complaint"}
    return browse(
        workspace.preview(project=str(project)),
        lambda address: answer_each(address, put_text, reviews, example="praise"),
    )


def replace(file, old, new):
    """Replace a text in a file that holds it."""
    text = file.read_text("utf-8")
    assert old in text, file
    file.write_text(text.replace(old, new, 1), "utf-8")


def make_faults(workspace):
    """Make one fault after the other; each has to be stopped at the commit, the push, the server or the preview."""
    project, model = workspace.work / "digits", workspace.work / "digits-model"
    limit = platform()["limits"]["file_bytes"]["value"]
    for name in ("digits", "digits-model"):
        workspace.run(name, "git", "tag", "published")

    workspace.refused_by_preview("✗ smoke", "returned 1, not 7", options=["--smoke", "--expect=7"])

    replace(project / "inference/config.json", '"model_path"', '"model_paths"')
    workspace.commit("digits", stopped_by="model_path")
    workspace.back("digits")

    (project / "notes.bin").write_bytes(b"\1" * (limit + 1))
    workspace.commit("digits", stopped_by="XG101")
    workspace.commit("digits", "--no-verify")
    workspace.run("digits", "git", "push", stopped_by="notes.bin")
    workspace.run("digits", "git", "push", "--no-verify", stopped_by="refused:")
    workspace.back("digits")

    replace(project / "inference/requirements.txt", "gradio==", "gradio-client==")
    workspace.commit("digits", stopped_by="XR")
    workspace.back("digits")

    replace(project / "inference/config.json", "best.ckpt", "bset.ckpt")
    replace(project / "inference/config.json", "digits-model/best.ckpt", "digits-model/bset.ckpt")
    workspace.commit("digits", stopped_by="bset.ckpt")
    workspace.commit("digits", "--no-verify")
    workspace.run("digits", "git", "push", "--no-verify")
    workspace.refused_by_preview("✗ weights", "no file bset.ckpt", "no message at all")
    workspace.back("digits")

    (model / "best.ckpt").write_bytes(os.urandom(1000))
    workspace.commit("digits-model")
    workspace.run("digits-model", "git", "push", "--no-verify")  # and so without what git-lfs keeps
    workspace.refused_by_preview("✗ weights", "a git-lfs pointer without its content", "no message at all")
    workspace.run("digits-model", "git", "lfs", "push", "--all", "origin", "main")
    workspace.refused_by_preview("✗ ready", "best.ckpt", "app.py ended with exit code 1")
    workspace.back("digits-model")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path, help="folder of the two rendered repositories")
    parser.add_argument("--python", action="append", required=True, help="a Python of the stack")
    parser.add_argument("--picture", type=Path, required=True, help="PNG file for a screenshot")
    parser.add_argument("--film", type=Path, help="GIF file for a film of one drawing")
    parser.add_argument("--own", type=Path, help="folder of the rendered project of a model of one's own")
    parser.add_argument("--photo", type=Path, help="folder of the rendered project of the photo demo")
    parser.add_argument("--review", type=Path, help="folder of the rendered project of the review demo")
    parser.add_argument("--faults", action="store_true", help="make faults too, and see that they are stopped")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work.parent) as place:
        workspace = Workspace(options.work.resolve(), Path(place).resolve(), options.python)
        workspace.publish()
        faults = browse(workspace.preview(), lambda address: visit(address, options.picture, options.film))
        for project, act in (
            (options.own, fill_in_own),
            (options.photo, choose_photographs),
            (options.review, enter_reviews),
        ):
            if project:
                faults += act(workspace, project.resolve())
        if faults:
            sys.exit("\n".join(faults))
        if options.faults:
            make_faults(workspace)


if __name__ == "__main__":
    main()
