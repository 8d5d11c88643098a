"""What the READMEs say is what the repository holds, in both languages."""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from helpers import HERE, STACKS, commit, git, need, render

READMES = ("README.md", "README.zh-CN.md")


@pytest.mark.parametrize("name", READMES)
def test_numbers_are_the_repositorys(name):
    text = (HERE / name).read_text("utf-8")
    results = yaml.safe_load((HERE / "training/digits.yml").read_text("utf-8"))
    assert f"{results['accuracy']:.1%}".replace("%", " %") in text
    assert f"{results['held_out']:,}" in text
    assert f"{results['trained_on']:,}" in text
    for stack, facts in STACKS.items():
        row = re.search(rf"^\| `{stack}`.*$", text, re.MULTILINE)[0]
        lock = dict(
            re.findall(r"^(\S+)==(\S+)", (HERE / f"stacks/{stack}/requirements.txt").read_text("utf-8"), re.MULTILINE)
        )
        for told in (lock["mindspore"], lock["gradio"], facts["python"][0], facts["python"][-1]):
            assert f" {told} " in row


@pytest.mark.parametrize("name", READMES)
def test_what_it_links_to_exists(name):
    links = re.findall(r"\]\((?!http)([^)#]+)\)", (HERE / name).read_text("utf-8"))
    assert links
    assert all((HERE / link).is_file() for link in links)


def test_twins_have_the_same_shape():
    shapes = [re.findall(r"^#+ |^```\w*|^\||!\[", (HERE / name).read_text("utf-8"), re.MULTILINE) for name in READMES]
    assert shapes[0] == shapes[1]


def test_the_checkpoint_is_the_trained_one():
    """The names and the size that mindvision's lenet and the generated one share."""
    (weights,) = (each.read_bytes() for each in HERE.glob("template/*/*lenet*best.ckpt*"))
    assert len(weights) == 247_084
    assert weights.count(b"backbone.") == 8
    results = yaml.safe_load((HERE / "training/digits.yml").read_text("utf-8"))
    assert results["sha256"] == hashlib.sha256(weights).hexdigest()


def test_the_card_of_reviews_is_of_the_weights_that_are_shipped():
    (weights,) = (each.read_bytes() for each in HERE.glob("template/*/*review*best.ckpt*"))
    results = yaml.safe_load((HERE / "training/review.yml").read_text("utf-8"))
    assert results["sha256"] == hashlib.sha256(weights).hexdigest()
    (packed,) = (each.read_bytes() for each in HERE.glob("template/*/*review*vocabulary*"))
    vocabulary = gzip.decompress(packed).decode().split("\n")
    assert len(vocabulary) == len(set(vocabulary)) == results["pieces"]


def test_every_page_has_its_twin():
    pages = [{page.name for page in (HERE / "docs" / language).glob("*.md")} for language in ("zh", "en")]
    assert pages[0] == pages[1] != set()


@pytest.mark.slow
@pytest.mark.parametrize("name", READMES)
def test_the_first_commands_work_where_python_is_managed_by_the_system(name, tmp_path):
    """Debian's Python refuses to install packages into itself."""
    need("dpkg")
    assert list(Path("/usr/lib").glob("python3*/EXTERNALLY-MANAGED"))
    first, second = re.search(r"```shell\n(.*venv.*)\n(.*)\n```", (HERE / name).read_text("utf-8")).groups()
    typed = f"{first} && {second} && nox --version && copier --version"
    path = os.pathsep.join(["/usr/bin", "/bin"])
    done = subprocess.run(
        ["sh", "-ec", typed], cwd=tmp_path, env={**os.environ, "PATH": path, "HOME": str(tmp_path)}, check=False
    )
    assert done.returncode == 0


def masked(said):
    """Leave out what differs from run to run: times and commits."""
    return re.sub(r"\d\.\d s|\b[0-9a-f]{7}\b", "?", said)


@pytest.mark.parametrize("name", READMES)
def test_what_it_quotes_is_what_is_said(name, template, tmp_path):
    need("git-lfs")
    language = "zh" if "zh" in name else "en"
    blocks = re.findall(r"\n```\n(.*?)```\n", (HERE / name).read_text("utf-8"), re.DOTALL)
    preview, finding = (next(each for each in blocks if sign in each) for sign in ("✗", "XC103"))
    render(template, tmp_path, language=language)
    shutil.move(tmp_path / "digits-model", tmp_path / "elsewhere")
    for folder in (tmp_path / "digits", tmp_path / "elsewhere"):
        commit(folder)
    with pytest.MonkeyPatch.context() as patch:  # a clone that has the pointer alone
        patch.setenv("GIT_LFS_SKIP_SMUDGE", "1")
        git(tmp_path, "clone", "--quiet", "elsewhere", "digits-model")
    shutil.rmtree(tmp_path / "elsewhere")

    def say(*command):
        line = [sys.executable, "-m", "xihe_hooks", *command, "--lang", language]
        done = subprocess.run(
            line,
            cwd=tmp_path / "digits",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            env={**os.environ, "COLUMNS": "200"},
            timeout=100,
        )
        return done.stdout.decode().replace(str(tmp_path), "/home/zhangsan/my-demo")

    assert masked(preview) in masked(say("preview"))
    (tmp_path / "digits/inference/config.json").write_text('{"pretrain": "zhangsan/digits-model/best.ckpt"}\n')
    assert finding in say("check", "--worktree")


def test_packages_are_installed_into_an_environment_that_a_page_has_made():
    pages = [HERE / name for name in READMES] + list((HERE / "docs").rglob("*.md"))
    for page in pages:
        typed = "".join(re.findall(r"```shell\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
        before, install, _ = typed.partition("-m pip install")
        assert not install or "-m venv" in before, page
