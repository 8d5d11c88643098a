"""The answers file, which comes with the repository and may be anything."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import git
from xihe_hooks.language import choose_language
from xihe_hooks.readers.answers import LIMIT, NAME, language, parse, read

MERGES = "a: &a {x: y}\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)}\n  <<: [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)
HOSTILE = {
    "deep": "[" * LIMIT,
    "deep keys": "? " * (LIMIT // 2),
    "impossible date": "title: 2020-99-99",
    "digits": f"title: {'9' * 5000}",
    "hexadecimal digits": f"title: 0x{'f' * 5000}",
    "nested merges": MERGES,
    "no mapping": "- repo: model",
    "object": "title: !!python/object/apply:os.system [exit]",
    "empty number": "title: !!int ''",
    "odd truth": "title: !!bool maybe",
    "no timestamp": "title: !!timestamp x",
    "list as key": "? [a]\n: b",
    "conflict": "<<<<<<< before\nrepo: model\n=======\nrepo: project\n>>>>>>> after",
    "several": "repo: model\n---\nrepo: project",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_answers_file_holds_none(name):
    started = time.process_time()
    assert parse(f"{HOSTILE[name]}\nlanguage: zh\n".encode()) == {}
    assert time.process_time() - started < 2


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"language: \xe4\xb8", b"\0", b"language: \x1b[31m"])
def test_what_is_no_text_holds_none(content):
    assert parse(content) == {}


def test_answers():
    content = (
        b'# by copier\n_commit: v1.0.0\nlanguage: "en"\ngpu: true\nyear: 2020\nodd: [a]\nnone: null\n"": x\n1: y\n'
    )
    assert parse(content) == {"_commit": "v1.0.0", "language": "en", "gpu": "True", "year": "2020"}
    assert choose_language(None, language(content), {"LANG": "zh_CN.UTF-8"}) == "en"


def place(kind, path):
    """Put something in the place of the answers file."""
    {
        "nothing": lambda: None,
        "folder": path.mkdir,
        "itself": lambda: path.symlink_to(path.name),
        "/dev/zero": lambda: path.symlink_to("/dev/zero"),
        "a file elsewhere": lambda: path.symlink_to(Path(__file__)),
        "pipe": lambda: os.mkfifo(path),
        "large": lambda: path.write_bytes(b"language: en\n" + b"#" * LIMIT),
    }[kind]()


KINDS = ["nothing", "folder", "itself", "/dev/zero", "a file elsewhere", "pipe", "large"]


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_small_regular_file_is_read(tmp_path, kind):
    place(kind, tmp_path / NAME)
    assert read(tmp_path / NAME) is None


def test_a_name_that_cannot_be(tmp_path):
    assert read(Path("a\0b")) is None
    assert read(tmp_path / ("a" * 300)) is None


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["check"], ["install"], ["preview", "--timeout", "1"]])
@pytest.mark.parametrize("kind", KINDS[1:5])
def test_no_command_stumbles_over_it(tmp_path, git_config, kind, arguments):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "inference").mkdir()
    (tmp_path / "inference/config.json").write_text("{}\n")
    place(kind, tmp_path / NAME)
    git(tmp_path, "add", "--all")
    command = [sys.executable, "-m", "xihe_hooks", *arguments]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, timeout=30)
    assert "Traceback" not in run.stderr + run.stdout
    assert run.returncode in (0, 1, 2)


def test_a_submodule_in_its_place_stops_no_commit_and_no_push(tmp_path, git_config):
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message=One")
    head = git(tmp_path, "rev-parse", "HEAD").strip()
    (tmp_path / "README.md").write_text("# Digits\n")
    git(tmp_path, "add", "README.md")
    git(tmp_path, "update-index", "--add", "--cacheinfo", f"160000,{head},{NAME}")
    run = subprocess.run(
        [sys.executable, "-m", "xihe_hooks", "check", "--kind=model"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (run.returncode, "Traceback" in run.stderr) == (0, False), run.stdout + run.stderr
    git(tmp_path, "commit", "--quiet", "--message=Two")
    pushed = git(tmp_path, "rev-parse", "HEAD").strip()
    run = subprocess.run(
        [sys.executable, "-m", "xihe_hooks", "pre-push", "origin", "x"],
        input=f"refs/heads/main {pushed} refs/heads/main {'0' * 40}\n",
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (run.returncode, "Traceback" in run.stderr) == (0, False), run.stdout + run.stderr
