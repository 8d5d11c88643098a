"""The command, as a user runs it, on real repositories."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from itertools import product

import pytest
from helpers import HERE, STACKS, commit, git, need, render, snapshot
from xihe_hooks.cli import main
from xihe_hooks.commands.rules import rules_as_markdown
from xihe_hooks.data import platform
from xihe_hooks.rules.kind import recognise
from xihe_hooks.rules.registry import every

from .fakes import APP, CONFIG, MODEL, POINTER, PROJECT, Tree

BAD = {**PROJECT, "inference/config.json": b'{"pretrain": "zhangsan/digits-model/best.ckpt"}\n'}


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch):
    """Take away what would choose a language."""
    for name in ("XIHE_HOOKS_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "CI"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def repository(tmp_path):
    """Return a function that makes a repository with one commit of these files."""

    def make(files, name="work"):
        folder = tmp_path / name / "digits"
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        folder.mkdir(parents=True, exist_ok=True)
        commit(folder)
        return folder

    return make


def run(capsys, *arguments):
    """Run the command in this process; return its exit code and what it says."""
    try:
        code = main([str(each) for each in arguments])
    except SystemExit as error:
        code = error.code
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_good_project_is_clean(repository, capsys):
    assert run(capsys, "check", repository(PROJECT)) == (0, "No problems found.\n", "")


def test_no_attribute_hides_a_secret(repository, capsys):
    token = b"hf_" + b"aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"
    files = {".gitattributes": b"*.txt binary -diff\n", "a.txt": "密钥 ".encode("gbk") + token}
    code, out, _ = run(capsys, "check", repository({**PROJECT, **files}))
    assert code == 1 and "a.txt:1" in out and "XS102" in out


def test_warnings_do_not_fail(repository, capsys):
    code, out, _ = run(capsys, "check", repository({**PROJECT, "run.bat": b""}))
    assert code == 0 and "XG105 warning" in out and out.endswith("0 errors, 1 warning.\n")


def test_an_error_fails_and_says_where_what_and_how(repository, capsys):
    code, out, _ = run(capsys, "check", repository(BAD))
    assert code == 1
    assert out.splitlines() == [
        "inference/config.json:1:2: XC103 error There is pretrain, but no model_path",
        '     1 | {"pretrain": "zhangsan/digits-model/best.ckpt"}',
        "       |  ^",
        "    Add model_path, a list of paths; xihe-hooks check --fix adds it from pretrain.",
        "    Platform version (from): M1 (2022-11-24), M2 (2022-11-26), M4 (2023-10-19)",
        "",
        "1 can be fixed with xihe-hooks check --fix.",
        "To read about the rules: xihe-hooks rules XC103",
        "1 error, 0 warnings.",
    ]


@pytest.mark.parametrize(("readme", "language"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
def test_the_readmes_show_what_is_said(repository, capsys, readme, language):
    _, out, _ = run(capsys, "check", repository(BAD), "--lang", language)
    assert "\n".join(out.splitlines()[:5]) in (HERE / readme).read_text("utf-8")


def test_json_has_both_languages(repository, capsys):
    code, out, _ = run(capsys, "check", repository(BAD), "--format", "json")
    (finding,) = json.loads(out)
    assert code == 1
    assert (finding["rule"], finding["path"], finding["line"], finding["column"]) == (
        "XC103",
        "inference/config.json",
        1,
        2,
    )
    assert set(finding["what"]) == set(finding["remedy"]) == {"zh", "en"}


def test_github_escapes(repository, capsys):
    _, out, _ = run(capsys, "check", repository({**PROJECT, "a,b:100%.bat": b""}), "--format", "github")
    assert out.startswith("::warning file=a%2Cb%3A100%25.bat,title=XG105::")
    assert out.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "environment", "answers", "chinese"),
    [
        ([], {}, None, False),
        ([], {"LANG": "zh_CN.UTF-8"}, None, True),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, None, False),
        ([], {"LANG": "en_US.UTF-8"}, "zh", True),
        ([], {"XIHE_HOOKS_LANG": "en"}, "zh", False),
        (["--lang", "zh"], {"XIHE_HOOKS_LANG": "en"}, "en", True),
    ],
)
def test_language(options, environment, answers, chinese, repository, capsys, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    files = {**BAD, ".copier-answers.yml": f"language: {answers}\n".encode()} if answers else BAD
    _, out, _ = run(capsys, "check", repository(files), *options)
    assert ("错误" in out) is chinese and ("error" in out.splitlines()[0]) is not chinese


COMMANDS = ("check", "rules", "install", "adopt", "update", "preview", "explain")


@pytest.mark.parametrize("command", [[], *([each] for each in COMMANDS)])
def test_help_is_in_one_language(command, capsys, monkeypatch):
    for language, foreign in (
        ("zh", r"usage|options:|arguments:|show th|[a-z]{3,} [a-z]{3,} [a-z]{3,} "),
        ("en", "[一-鿿]"),
    ):
        monkeypatch.setenv("XIHE_HOOKS_LANG", language)
        code, out, err = run(capsys, *command, "--help")
        assert code == 0 and not err and not re.search(foreign, out), out


def test_rules_are_listed_in_chinese(capsys):
    _, out, _ = run(capsys, "rules", "--lang", "zh")
    assert len(out.splitlines()) == len(every())
    assert not re.search("error|warning|project/|model  ", out) and "警告" in out and "模型仓库" in out


def test_the_version_is_the_package_s(capsys):
    assert run(capsys, "--version") == (0, f"xihe-hooks {version('copier-xihe')}\n", "")


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        ([], "没有给出命令；用法见 xihe-hooks --help。", "No command was given; see xihe-hooks --help."),
        (["chek"], "没有命令 chek；是不是 check？", "Unknown command chek; did you mean check?"),
        (
            ["check", "--foramt", "json"],
            "没有选项 --foramt；是不是 --format？",
            "Unknown option --foramt; did you mean --format?",
        ),
        (
            ["check", "--format", "jsno"],
            "--format 的值不能是 jsno，可以是 text, json, github, sarif；是不是 json？",
            "--format cannot be jsno; choose one of text, json, github, sarif; did you mean json?",
        ),
        (
            ["check", "a", "b"],
            "多余的参数 b；用法见 xihe-hooks check --help。",
            "Unexpected argument b; see xihe-hooks check --help.",
        ),
        (
            ["check", "--kind"],
            "--kind 后面缺少值；用法见 xihe-hooks check --help。",
            "--kind needs a value; see xihe-hooks check --help.",
        ),
        (
            ["preview", "--port", "0"],
            "--port：0 不是 1 到 65535 的整数；用法见 xihe-hooks preview --help。",
            "--port: 0 is not a number from 1 to 65535; see xihe-hooks preview --help.",
        ),
        (
            ["preview", "--model", "nowhere"],
            "--model：nowhere 既不是文件夹，也不是 git 地址；用法见 xihe-hooks preview --help。",
            "--model: nowhere is neither a folder nor a git address; see xihe-hooks preview --help.",
        ),
        (
            ["preview", "file:///nowhere"],
            "PROJECT：file:///nowhere 既不是文件夹，也不是 git 地址；用法见 xihe-hooks preview --help。",
            "PROJECT: file:///nowhere is neither a folder nor a git address; see xihe-hooks preview --help.",
        ),
    ],
)
def test_misuse_says_what_was_likely_meant(arguments, zh, en, capsys, monkeypatch):
    for language, sentence in (("zh", zh), ("en", en)):
        monkeypatch.setenv("XIHE_HOOKS_LANG", language)
        assert run(capsys, *arguments) == (2, "", f"xihe-hooks: {sentence}\n")


def test_the_language_asked_for_is_that_of_the_complaint(capsys):
    assert "没有选项" in run(capsys, "rules", "--lang", "zh", "--nope")[2]
    assert "没有规则" in run(capsys, "rules", "--lang=zh", "XX1")[2]


def test_any_folder_of_the_repository_will_do(repository, capsys, monkeypatch):
    folder = repository(BAD)
    assert run(capsys, "check", folder / "inference")[0] == 1
    monkeypatch.chdir(folder / "inference")
    assert run(capsys, "check")[1].startswith("inference/config.json:1:2")


def test_what_is_not_staged_is_named_and_checked_where_asked(repository, capsys, monkeypatch):
    monkeypatch.delenv("PRE_COMMIT", raising=False)
    folder = repository({**PROJECT, "inference/old.py": b"", ".gitignore": b"*.log\n"})
    (folder / "inference/app.py").write_bytes(b"(")
    (folder / "inference/.env").write_bytes(b"KEY=1")
    (folder / "inference/run.log").write_bytes(b"ignored")
    (folder / "inference/old.py").unlink()
    before = snapshot(folder), git(folder, "count-objects"), git(folder, "ls-files", "--stage")
    code, said, _ = run(capsys, "check", folder)
    assert code == 0 and "3 files have changes that are not staged" in said
    assert "inference/app.py, inference/old.py, inference/.env. " in said
    code, said, _ = run(capsys, "check", "--worktree", folder)
    assert code == 1 and "inference/app.py:1:1: XA101" in said and "inference/.env" in said and "staged" not in said
    assert (snapshot(folder), git(folder, "count-objects"), git(folder, "ls-files", "--stage")) == before
    assert "staged" not in run(capsys, "check", "--quiet", folder)[1]
    git(folder, "add", "inference/app.py")
    code, said, _ = run(capsys, "check", folder)
    assert code == 1 and "2 files have" in said
    monkeypatch.setenv("PRE_COMMIT", "1")  # it puts away what is not staged, and says so
    assert "staged" not in run(capsys, "check", folder)[1]


def test_the_working_tree_of_a_model_is_checked_through_git_lfs(repository, capsys):
    need("git-lfs")
    folder = repository({**MODEL, "best.ckpt": POINTER})
    (folder / "best.ckpt").write_bytes(os.urandom(5000))
    assert run(capsys, "check", "--worktree", folder) == (0, "No problems found.\n", "")


def test_without_git_lfs_a_remedy_says_how_to_get_it(repository, capsys, monkeypatch, tmp_path):
    folder = repository({**MODEL, "best.ckpt": POINTER, "small.ckpt": b"weights"})
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/git").symlink_to(shutil.which("git"))
    before = "Install git-lfs first (https://git-lfs.com). Run git lfs "
    need("git-lfs")
    git(folder, "lfs", "install", "--local", "--skip-repo")
    assert before not in run(capsys, "check", folder)[1]
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    os.utime(folder / "small.ckpt", (0, 0))  # so that git asks git-lfs whether it has changed
    code, said, complaint = run(capsys, "check", folder)
    assert code == 1 and before in said and complaint == ""


def test_one_era(repository, capsys):
    folder = repository({**PROJECT, "inference/config.json": b'{"model_path": ["zhangsan/digits-model/best.ckpt"]}'})
    assert [run(capsys, "check", folder, "--era", era)[0] for era in ("P1", "M1", "M2", "M3", "M4")] == [1, 0, 0, 1, 0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "{outside}"],
        ["check", "{outside}/nowhere"],
        ["check", "{bare}"],
        ["check", "{empty}"],
        ["check", "{folder}", "--kind", "other"],
        ["check", "{folder}", "--era", "P0"],
        ["check", "--no-such-option"],
        ["no-such-command"],
        [],
    ],
)
def test_misuse_is_one_sentence(arguments, repository, tmp_path, capsys):
    git(tmp_path, "init", "--quiet", "--bare", "bare")
    (tmp_path / "outside").mkdir()
    places = {
        "outside": tmp_path / "outside",
        "bare": tmp_path / "bare",
        "empty": repository({}, "empty"),
        "folder": repository(PROJECT),
    }
    code, out, err = run(capsys, *(each.format(**places) for each in arguments))
    assert (code, out) == (2, "") and err.count("\n") == 1 and "Traceback" not in err


def test_a_broken_index_is_told(repository, capsys):
    folder = repository(PROJECT)
    (folder / ".git/index").write_bytes(b"not an index")
    code, _, err = run(capsys, "check", folder)
    assert code == 2 and err.count("\n") == 1


def test_any_damage_to_the_index_is_told(repository, capsys):
    """Git alone reads many of these silently, and lists names that never existed."""
    folder = repository(PROJECT)
    index = folder / ".git/index"
    good = index.read_bytes()
    generator = random.Random(12)
    for _ in range(40):
        at, length = generator.randrange(len(good) - 20), generator.randint(1, 20)
        damaged = generator.choice(
            [good[:at], good[:at] + generator.randbytes(length) + good[at + length :], good[at:] * 2]
        )
        index.write_bytes(damaged)
        code, out, err = run(capsys, "check", folder)
        assert (code, out) == (2, "") and err.count("\n") == 1, damaged


def git_processes(folder, trace):
    """How many gits a check starts."""
    command = [sys.executable, "-m", "xihe_hooks", "check", str(folder)]
    done = subprocess.run(command, env={**os.environ, "GIT_TRACE2_EVENT": str(trace)}, capture_output=True, check=False)
    assert done.returncode in (0, 1)
    return sum(json.loads(line)["event"] == "version" for line in trace.read_text().splitlines())


@pytest.mark.parametrize(
    "more",
    [
        {f"inference/m{n}.py": b"" for n in range(150)}
        | {"inference/app.py": b"".join(b"import m%d\n" % n for n in range(150)) + APP},
        {f"inference/config{n:02}.json": b'{"pretrain": 1}' for n in range(99)},
    ],
)
def test_files_are_read_in_few_gits(repository, tmp_path, more):
    few = git_processes(repository(PROJECT, "few"), tmp_path / "few.json")
    assert git_processes(repository({**PROJECT, **more}, "many"), tmp_path / "many.json") <= few + 5


def test_links_are_read_in_few_gits(repository, tmp_path):
    few = git_processes(repository(PROJECT, "few"), tmp_path / "few.json")
    folder = repository(PROJECT, "many")
    for number in range(300):
        (folder / f"inference/l{number}").symlink_to(f"l{number + 1}")
    git(folder, "add", "--all")
    assert git_processes(folder, tmp_path / "many.json") <= few + 5


@pytest.mark.parametrize("path", ["a" * 300 + "/b/c", "a/" + "b" * 300 + "/c", "a/%b/%s%n", "a/../c", "a/b\0/c"])
def test_any_address_in_config_json(repository, capsys, path):
    config = json.dumps({"pretrain": path, "model_path": [path]}).encode()
    for form in ("text", "json", "github"):
        code, out, err = run(
            capsys, "check", repository({**PROJECT, "inference/config.json": config}), "--format", form
        )
        assert code == 1 and out and not err


@pytest.mark.parametrize("path", [".copier-answers.yml", ".gitattributes", "inference/config.json", "inference/app.py"])
def test_a_submodule_in_the_place_of_a_file(repository, capsys, path):
    folder = repository({name: content for name, content in PROJECT.items() if name != path})
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},{path}")
    for form in ("text", "json", "github"):
        code, out, err = run(capsys, "check", folder, "--format", form)
        assert code in (0, 1) and "XG104" in out and not err


def test_odd_names(repository, capsys):
    folder = repository({**PROJECT, "new\nline.bat": b"", "-dash.bat": b"", "手写.bat": b""})
    with open(bytes(folder) + b"/caf\xe9.bat", "wb"):
        git(folder, "add", "--all")
    code, out, _ = run(capsys, "check", folder)
    assert code == 0 and out.count(": XG105 ") == 4 and "new\\nline.bat" in out


def test_before_the_first_commit(tmp_path, capsys):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "inference").mkdir()
    (tmp_path / "inference/app.py").write_bytes(APP)
    git(tmp_path, "add", "--all")
    assert run(capsys, "check", tmp_path)[0] == 1  # app.py loads weights that nothing fetches


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        (PROJECT, "project"),
        (MODEL, "model"),
        ({"README.md": b""}, "model"),
        ({"Inference/App.py": b""}, "project"),
        ({"app.py": APP, "requirements.txt": b""}, "project"),
        ({"lenet.onnx": b"x", "config.json": b"{}"}, "model"),
        ({**PROJECT, "inference/best.ckpt": POINTER}, "project"),
        ({".copier-answers.yml": b"repo: model\n", "app.py": b""}, "model"),
        ({".gitattributes": b"*.bin filter=lfs\n", "main.c": b""}, "model"),
        ({"main.c": b""}, None),
        ({}, None),
    ],
)
def test_the_kind_is_seen(files, kind):
    assert recognise(Tree(files), platform()) == kind


def test_the_model_beside_the_project_is_compared(repository, tmp_path, capsys):
    project = repository(PROJECT)
    beside = project.parent / "digits-model"
    beside.mkdir()
    (beside / "Best.ckpt").write_bytes(b"weights")
    commit(beside)
    code, out, _ = run(capsys, "check", project)
    assert (
        code == 1
        and "XC112 error There is no best.ckpt in ../digits-model\n" in out
        and "Did you mean Best.ckpt?" in out
    )


def test_rules_are_listed(capsys):
    _, text, _ = run(capsys, "rules")
    assert [line.split()[0] for line in text.splitlines()] == [rule.id for rule in every()]
    _, listed, _ = run(capsys, "rules", "--format", "json")
    assert [each["rule"] for each in json.loads(listed)] == [rule.id for rule in every()]
    _, markdown, _ = run(capsys, "rules", "--format", "markdown", "--lang", "zh")
    assert markdown.count('\n<h3 id="x') == len(every()) and "错误" in markdown


def test_rules_are_explained(capsys):
    code, text, _ = run(capsys, "rules", "xc103", "--lang", "en")
    assert code == 0 and text.startswith("XC103") and "xihe-hooks check --fix" in text
    assert run(capsys, "rules", "Config-Missing-Model-Path", "--lang", "en") == (0, text, "")
    code, _, said = run(capsys, "rules", "XX999", "--lang", "zh")
    assert code == 2 and said == "xihe-hooks: 没有规则 XX999；xihe-hooks rules 会列出全部规则。\n"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_rule_reference_is_not_stale(language):
    page = "\n".join(rules_as_markdown(every(), language)).rstrip() + "\n"
    assert (HERE / "docs" / language / "rules.md").read_text("utf-8") == page, "run nox -s docs"


def test_nothing_is_modified_without_fix(repository, capsys):
    folder = repository({**BAD, "inference/requirments.txt": b"gradio\n"})
    before = git(folder, "status", "--porcelain")
    run(capsys, "check", folder)
    assert git(folder, "status", "--porcelain") == before == ""


def test_fix_renames_and_adds_the_key(repository, capsys):
    files = {
        path.replace("inference", "Inferrence").replace("requirements", "requirments"): c for path, c in BAD.items()
    }
    folder = repository({path.replace("app.py", "App.py"): content for path, content in files.items()})
    code, _, said = run(capsys, "check", folder, "--fix")
    assert "Renamed: Inferrence -> inference" in said and "git add" in said
    assert json.loads((folder / "inference/config.json").read_text()) == json.loads(CONFIG)
    assert code == 1  # the key is not staged yet
    git(folder, "add", "--all")
    assert run(capsys, "check", folder)[0] == 0


def test_fix_takes_the_bom_away(repository, capsys):
    folder = repository({**PROJECT, "inference/config.json": b"\xef\xbb\xbf" + CONFIG})
    run(capsys, "check", folder, "--fix")
    assert (folder / "inference/config.json").read_bytes() == CONFIG


def test_fix_repairs_line_ends_of_a_pointer(repository, capsys):
    folder = repository({"best.ckpt": POINTER.replace(b"\n", b"\r\n")})
    run(capsys, "check", folder, "--fix", "--kind", "model")
    assert (folder / "best.ckpt").read_bytes() == POINTER


@pytest.mark.parametrize(
    "config",
    [
        b'{"pretrain": "a/b/c",}',
        b'{"model_path": ["a/b/c", "a/b/d"]}',
        b'{"pretrain": "a/b/c", "pretrain": "a/b/d"}',
        b'{"pretrain": ""}',
        b"[]",
    ],
)
def test_fix_does_not_guess(config, repository, capsys):
    folder = repository({**PROJECT, "inference/config.json": config})
    run(capsys, "check", folder, "--fix")
    assert (folder / "inference/config.json").read_bytes() == config


def test_fix_leaves_what_is_not_staged(repository, capsys):
    folder = repository(BAD)
    (folder / "inference/config.json").write_bytes(b"mine")
    _, _, said = run(capsys, "check", folder, "--fix")
    assert (folder / "inference/config.json").read_bytes() == b"mine" and "was not changed" in said


def test_fix_keeps_the_right_file(repository, capsys):
    folder = repository({**PROJECT, "inference/requirments.txt": b"old\n"})
    run(capsys, "check", folder, "--fix")
    assert (folder / "inference/requirments.txt").exists()


@pytest.mark.parametrize(("stack", "language"), list(product(STACKS, ("zh", "en"))))
def test_what_the_template_renders_is_clean(stack, language, template, tmp_path, capsys):
    render(template, tmp_path, stack=stack, language=language)
    # Today's packages need a newer Python than the last image that was published.
    newer = [] if "3.9" in STACKS[stack]["python"] else ["XR108"]
    for name in ("digits", "digits-model"):
        commit(tmp_path / name)
    for name, warned in (("digits", newer), ("digits-model", [])):
        code, out, err = run(capsys, "check", tmp_path / name, "--format", "json")
        assert (code, err) == (0, "")
        assert [each["rule"] for each in json.loads(out)] == warned


def shell(line, folder, **environment):
    """Run the command through a shell, which can close streams; the line has it as "$0"."""
    command = ["sh", "-c", line.replace("xihe-hooks", '"$0" -m xihe_hooks'), sys.executable]
    return subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, check=False)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("files", "code"), [(PROJECT, 0), (BAD, 1), ({}, 2)])
def test_a_standard_stream_may_be_closed(files, code, repository, closed):
    folder = repository({**files, "a b\u2028.txt": b"x"} if files else files)
    done = shell(f"xihe-hooks check {closed}", folder)
    assert done.returncode == code and b"Traceback" not in done.stderr
    assert (
        code == 2
        or ">&-" in closed.split()
        or done.stdout.endswith((b"No problems found.\n", b"1 error, 0 warnings.\n"))
    )
    assert "2>&-" in closed.split() or done.stderr.count(b"\n") == (code == 2)


def test_what_is_printed_goes_to_no_file_where_the_output_is_closed(repository):
    """A file opened first would get the number of the closed stream, and what is printed would end up in it."""
    folder = repository(BAD)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    shell("xihe-hooks check >&- 2>&-", folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_push_that_is_not_told_is_refused(repository):
    done = shell("xihe-hooks pre-push origin here <&-", repository(PROJECT))
    assert done.returncode == 1 and done.stderr.startswith(b"xihe-hooks: Standard input is closed")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("form", ["text", "json", "github"])
@pytest.mark.parametrize("encoding", ["C", "C.UTF-8"])
def test_a_folder_with_a_chinese_name_in_any_locale(repository, form, encoding):
    folder = repository({**BAD, "手写.bat": b""}, "手写")
    (folder / "写").touch()
    git(folder, "add", "--intent-to-add", "写")
    settings = {"LC_ALL": encoding, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for line in ("xihe-hooks check", f"xihe-hooks check '{folder}'", "xihe-hooks check --fix"):
        done = shell(f"{line} --lang zh --format {form}", folder, **settings)
        assert done.returncode == 1 and b"Traceback" not in done.stderr
    if form == "json":
        assert {each["path"] for each in json.loads(done.stdout)} == {"inference/config.json", "手写.bat"}


ODD = "a\x1b]0;title\x07\x9b31m\x7f\u202eb\u2028c\nd\r::error::e.bat"


def test_nothing_that_a_terminal_obeys_is_printed(repository, capsys):
    """Names, values, links and arguments reach the terminal escaped, in every form of output."""
    names = {
        ODD: b"",
        "inference/" + ODD.replace("bat", "py"): b"(",
        "inference/b.py": f"open('/home/{ODD!r}')".encode(),
    }
    config = json.dumps({"model_path": [ODD, f"a/{ODD}/c"], f"pretrained{ODD}": 1}).encode()
    lines = f"-r {ODD}\ngradio=={ODD}\n--{ODD}\n".replace("\nd", "d").replace("\r", "").encode()
    folder = repository({**PROJECT, **names, "inference/config.json": config, "inference/requirements.txt": lines})
    (folder / "inference/link").symlink_to(ODD)
    git(folder, "add", "--all")
    git(folder, "switch", "--quiet", "--create", "\u202e\u2028x")
    said = [run(capsys, "check", folder, "--format", form, "--lang", "en") for form in ("text", "json", "github")]
    said += [
        run(capsys, *each)
        for each in (["check", ODD], ["check", ".", ODD], [ODD], ["rules", ODD], ["rules", "-" + ODD])
    ]
    for code, out, err in said:
        assert code and (out or err)
        assert all(line.isprintable() for stream in (out, err) for line in stream.split("\n"))
    assert all(line.startswith("::") for line in said[2][1].splitlines())
    assert ODD in {each["path"] for each in json.loads(said[1][1])}


def test_no_password_in_an_address_that_was_mistyped_is_printed(capsys):
    code, _, err = run(capsys, "check", "https://me:hunter2@host.example/me/digits")
    assert code == 2 and "host.example" in err and "hunter2" not in err


def test_a_path_in_json_is_the_name_of_the_file(repository, capsys):
    long = "/".join(["f" * 100] * 3) + ".bat"
    folder = repository({**PROJECT, long: b"", "new\nline.bat": b"", "手写.bat": b""})
    with open(bytes(folder) + b"/caf\xe9.bat", "wb"):
        git(folder, "add", "--all")
    _, out, _ = run(capsys, "check", folder, "--format", "json")
    paths = {os.fsencode(each["path"]) for each in json.loads(out)}
    assert paths == {long.encode(), b"new\nline.bat", "手写.bat".encode(), b"caf\xe9.bat"} and out.isascii()


def test_output_that_cannot_be_written(repository):
    need("/dev/full")
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "xihe_hooks", "check", str(repository(BAD))]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2 and done.stderr.startswith(b"xihe-hooks: ") and done.stderr.count(b"\n") == 1


def test_the_module_runs_as_a_command(repository):
    done = subprocess.run(
        [sys.executable, "-m", "xihe_hooks", "check", str(repository(BAD))], capture_output=True, check=False
    )
    assert done.returncode == 1 and b"XC103" in done.stdout and not done.stderr
