"""`check --fix` changes nothing that git could not give back, and what it changes means the same as before."""

import json
import os
import random

import pytest
from helpers import commit, git
from xihe_hooks.cli import main

from .fakes import PROJECT

PLACE = "inference/config.json"
ONLY_OLD = b'{"pretrain": "zhangsan/digits-model/best.ckpt"}\n'


def make(folder, config, attributes=b""):
    """Commit a project with a config.json."""
    files = {**PROJECT, PLACE: config, ".gitattributes": attributes}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    commit(folder)
    return folder / PLACE


def meaning(text):
    """What a JSON text says, with its numbers as they are written and its pairs in their order."""
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=list)


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_a_file_that_git_was_told_not_to_look_at_keeps_its_edits(tmp_path, capsys, flag):
    config = make(tmp_path, ONLY_OLD)
    git(tmp_path, "update-index", flag, PLACE)
    config.write_bytes(b'{"pretrain": "zhangsan/other/mine.ckpt"}')
    main(["check", str(tmp_path), "--fix", "--lang", "en"])
    assert config.read_bytes() == b'{"pretrain": "zhangsan/other/mine.ckpt"}'
    assert "was not changed" in capsys.readouterr().err


def test_a_link_to_a_shared_file_with_edits_is_left_alone(tmp_path, capsys):
    config = make(tmp_path, ONLY_OLD)
    config.rename(tmp_path / "shared.json")
    config.symlink_to("../shared.json")
    commit(tmp_path)
    (tmp_path / "shared.json").write_bytes(b'{"pretrain": "zhangsan/other/mine.ckpt"}')
    main(["check", str(tmp_path), "--fix", "--lang", "en"])
    assert (tmp_path / "shared.json").read_bytes() == b'{"pretrain": "zhangsan/other/mine.ckpt"}'
    assert "shared.json was not changed" in capsys.readouterr().err


def test_a_folder_that_became_a_link_out_of_the_repository_is_left_alone(tmp_path, capsys):
    config = make(tmp_path / "digits", ONLY_OLD)
    (tmp_path / "digits/inference").rename(tmp_path / "elsewhere")
    (tmp_path / "digits/inference").symlink_to(tmp_path / "elsewhere")
    git(tmp_path / "digits", "update-index", "--skip-worktree", PLACE)
    main(["check", str(tmp_path / "digits"), "--fix", "--lang", "en"])
    assert config.read_bytes() == ONLY_OLD
    assert "was not changed" in capsys.readouterr().err


NUMBERS = ["1e400", "-1e400", "1.0000000000000000000001", "NaN", "Infinity", "9" * 400, "1E2", "-0.0"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_key_is_added_and_all_else_stays_as_it_is_written(tmp_path, capsys, number):
    text = f'{{"title": {number}, "pretrain": "zhangsan/digits-model/best.ckpt"}}\n'
    config = make(tmp_path, text.encode())
    main(["check", str(tmp_path), "--fix"])
    key, *rest = meaning(config.read_text())
    assert key == ("model_path", ["zhangsan/digits-model/best.ckpt"])
    assert rest == meaning(text)
    assert number in config.read_text()


def test_a_lone_surrogate_is_no_traceback(tmp_path, capsys):
    config = make(tmp_path, b'{"pretrain": "zhangsan/digits-model/\\ud800.ckpt"}')
    assert main(["check", str(tmp_path), "--fix", "--lang", "en"]) in (0, 1)
    assert meaning(config.read_text())[0] == ("model_path", ["zhangsan/digits-model/\ud800.ckpt"])


def random_config(rng):
    """Return the bytes of a config.json, most of them ones that --fix has something to say about."""
    paths = ["zhangsan/digits-model/best.ckpt", "张三/模型/权重.ckpt", "zhangsan/m/\\ud83d.ckpt", ""]
    pairs = [f'"title": {rng.choice([*NUMBERS, "null", "[1, {}]"])}' for _ in range(rng.randrange(3))]
    if rng.random() < 0.8:
        pairs.append(f'"pretrain": "{rng.choice(paths)}"')
    if rng.random() < 0.3:
        pairs.append(f'"model_path": ["{rng.choice(paths)}"]')
    rng.shuffle(pairs)
    space = rng.choice(["", " ", "\n  ", "\r\n\t"])
    text = "{" + space + ("," + space).join(pairs) + rng.choice([space, ","]) + "}" + rng.choice(["", "\n"])
    return rng.choice([b"", b"", b"\xef\xbb\xbf"]) + text.encode()


@pytest.mark.rounds(900)
def test_nothing_is_lost_in_random_trees(tmp_path, capsys, rounds):
    """Flags, links, unstaged edits and line ends, in all mixtures."""
    rng = random.Random(7)
    fixed = 0
    for number in range(rounds):
        folder = tmp_path / str(number)
        attributes = rng.choice([b"", b"*.json text eol=crlf\n", b"*.json -text\n"])
        config = make(folder, random_config(rng), attributes)
        if rng.random() < 0.3:
            config.rename(folder / "shared.json")
            config.symlink_to("../shared.json")
            commit(folder)
        tracked = "shared.json" if config.is_symlink() else PLACE
        if flag := rng.choice(["", "", "--skip-worktree", "--assume-unchanged"]):
            git(folder, "update-index", flag, tracked)
        if rng.random() < 0.4:
            config.write_bytes(random_config(rng))
        before = config.read_bytes()
        stored = git(folder, "rev-parse", f":{tracked}").strip()
        main(["check", str(folder), "--fix"])
        assert "Traceback" not in capsys.readouterr().err
        after = config.read_bytes()
        if after != before:
            fixed += 1
            assert git(folder, "hash-object", f"--path={tracked}", os.fspath(folder / tracked)) != stored
            (folder / "before").write_bytes(before)
            assert git(folder, "hash-object", f"--path={tracked}", "before").strip() == stored
            if before.startswith(b"\xef\xbb\xbf"):
                assert after == before[3:]
            else:
                assert meaning(after.decode())[1:] == meaning(before.decode())
    assert fixed > rounds / 9


def project(folder, files):
    """Commit these files."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    commit(folder)


def files_of(folder):
    """Every file outside .git with its content, and what is staged."""
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}
    return files, git(folder, "ls-files", "--stage")


MISSPELT = {
    path.replace("inference", "Inferrence").replace("requirements", "requirments"): c for path, c in PROJECT.items()
}


def test_diff_shows_what_fix_would_do_and_does_nothing(tmp_path, capsys):
    project(tmp_path, {**MISSPELT, "Inferrence/config.json": ONLY_OLD})
    before = files_of(tmp_path)
    assert main(["check", str(tmp_path), "--fix", "--diff"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "rename from Inferrence",
        "rename to inference",
        "rename from inference/requirments.txt",
        "rename to inference/requirements.txt",
        "--- a/Inferrence/config.json",
        "+++ b/inference/config.json",
        "@@ -1 +1 @@",
        '-{"pretrain": "zhangsan/digits-model/best.ckpt"}',
        '+{"model_path": ["zhangsan/digits-model/best.ckpt"], "pretrain": "zhangsan/digits-model/best.ckpt"}',
    ]
    assert files_of(tmp_path) == before
    main(["check", str(tmp_path), "--fix"])
    capsys.readouterr()
    git(tmp_path, "add", "--all")
    assert main(["check", str(tmp_path), "--diff"]) == 0 and capsys.readouterr().out == ""


@pytest.mark.parametrize("change", ["edited", "in the way"])
def test_diff_shows_nothing_that_fix_would_leave_alone(tmp_path, capsys, change):
    project(tmp_path, {**PROJECT, PLACE: ONLY_OLD} if change == "edited" else MISSPELT)
    if change == "edited":
        (tmp_path / PLACE).write_bytes(b"{}")
    else:
        (tmp_path / "inference").mkdir()
        git(tmp_path, "mv", "Inferrence/requirments.txt", "Inferrence/requirements.txt")
    main(["check", str(tmp_path), "--diff"])
    assert capsys.readouterr().out == ""


UNSAFE = [
    ({path.replace("app.py", "demo.py"): content for path, content in PROJECT.items()}, "inference/app.py"),
    ({path.replace("inference/app", "app"): c for path, c in PROJECT.items()}, "inference/app.py"),
    ({path.replace("inference/req", "req"): c for path, c in PROJECT.items()}, "inference/requirements.txt"),
    ({path.replace("inference/conf", "conf"): c for path, c in PROJECT.items()}, "inference/config.json"),
]


@pytest.mark.parametrize(("files", "path"), UNSAFE)
def test_a_guess_is_made_only_when_asked_for(tmp_path, capsys, files, path):
    project(tmp_path, files)
    before = files_of(tmp_path)
    main(["check", str(tmp_path), "--fix", "--lang", "en"])
    assert files_of(tmp_path) == before
    assert "1 can be fixed with xihe-hooks check --fix --unsafe-fixes" in capsys.readouterr().out
    assert main(["check", str(tmp_path), "--fix", "--unsafe-fixes"]) == 0
    assert (tmp_path / path).read_bytes() == PROJECT[path]
