"""Each question: answers that pass, answers that do not, and the default."""

import re
import shutil
import sys

import copier
import pexpect
import pytest
import yaml
from copier.errors import CopierError
from helpers import DEMOS, STACKS, render
from xihe_hooks.terminal import columns

VALID = {
    "user": ["abc", "a" * 20, "zhang_san", "_leading", "li--si", "Root1", "0x1G"],
    "project_name": ["digit", "a" * 35, "my-digits_2", "D1gits"],
    "model_name": ["lenet", "b" * 35, "digits_weights"],
    "title": ["数", "x" * 50, "It's 100 % digits & more"],
    "language": ["zh", "en"],
    "repo": ["both", "project", "model"],
    "stack": list(STACKS),
    "demo": list(DEMOS),
}
NAMES_YAML_MISREADS = ["12345", "12_345", "0x1F4", "0b101", "0o777", "1e100", "FALSE"]
INVALID = {
    "user": ["", "ab", "a" * 21, "zhang san", "张三三", "a/b", "root", "ROOT", "trail-", "trail_", "abc\n", "{{ 7*7 }}"]
    + ["yes", "Off", "null", *NAMES_YAML_MISREADS],
    "project_name": ["", "four", "a" * 36, "my digits", "数字画板项目", "my.digits", "two--dashes", "two__lines"]
    + ["-begins", "_begins", "ends-", "ends_", "my/digits", "..", "digits\n", *NAMES_YAML_MISREADS],
    "model_name": ["", "four", "a" * 36, "two--dashes", "ends-", "digits", "DIGITS", *NAMES_YAML_MISREADS],
    "title": [
        "",
        " blank",
        "blank ",
        "x" * 51,
        'a "quoted" word',
        "two\nlines",
        "back\\slash",
        "{braces}",
        "<b>",
        "tab\t",
    ],
    "language": ["fr", ""],
    "repo": ["neither", ""],
    "stack": ["newest", ""],
    "demo": ["digit", ""],
}


@pytest.fixture(scope="module")
def folder(template, tmp_path_factory):
    """Return the template as a folder without a history, which copier need not clone to ask its questions."""
    return shutil.copytree(template, tmp_path_factory.mktemp("folder") / "copier-xihe", ignore=lambda *_: [".git"])


@pytest.mark.parametrize("turn", range(max(map(len, VALID.values()))))
def test_valid(folder, tmp_path, turn):
    """Each answer to a question goes with any to the others: in each turn the next of each."""
    answers = {question: values[turn % len(values)] for question, values in VALID.items()}
    render(folder, tmp_path, **answers)
    remembered = [yaml.safe_load(file.read_text("utf-8")) for file in tmp_path.rglob(".copier-answers.yml")]
    repos = ["model", "project"] if answers["repo"] == "both" else [answers["repo"]]  # each remembers what it is
    assert sorted(each["repo"] for each in remembered) == repos
    assert all({**each, "repo": answers["repo"]}.items() >= answers.items() for each in remembered)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param(key, value, marks=pytest.mark.slow if key != "user" and value in NAMES_YAML_MISREADS else [])
        for key, values in INVALID.items()
        for value in values
    ],
)
def test_invalid_stops_before_anything_is_written(folder, tmp_path, question, answer):
    with pytest.raises((CopierError, ValueError)) as error:
        render(folder, tmp_path / "work", **{question: answer})
    assert question in str(error.value)
    assert not (tmp_path / "work").exists()
    if question not in ("language", "repo", "stack", "demo"):
        assert re.search(r"[\u4e00-\u9fff]", str(error.value)), "says it in the language of the page"


@pytest.mark.parametrize(
    ("answers", "zh", "en"),
    [
        ({"project_name": "a b"}, r"5–35 个字母.*不能连用", r"5 to 35 letters, digits, - or _.*no two - or _ in a row"),
        ({"user": "root"}, r"3–20 个字母.*不能是 root", r"3 to 20 letters, digits, - or _.*not root"),
        ({"project_name": "1e100"}, "读成数字或布尔值", "reads this name as a number or a boolean"),
        ({"model_name": "digits"}, "同名", "does not allow a model and a project of the same name"),
    ],
)
def test_message_says_in_one_language_what_is_allowed(folder, tmp_path, answers, zh, en):
    for language, said in (("zh", zh), ("en", en)):
        with pytest.raises(ValueError, match=said) as error:
            render(folder, tmp_path, language=language, **answers)
        message = str(error.value).partition(": ")[2]
        assert bool(re.search(r"[\u4e00-\u9fff]", message)) == (language == "zh")
        assert columns(message) <= 100


def test_model_would_land_in_the_projects_folder(template, tmp_path):
    with pytest.raises(ValueError, match="inference"):
        render(template, tmp_path / "a", user="sketch", project_name="sketch", model_name="inference")
    render(template, tmp_path / "b", user="zhangsan", project_name="sketch", model_name="inference")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_defaults(template, tmp_path, language):
    render(template, tmp_path, language=language)
    answers = yaml.safe_load((tmp_path / "digits/.copier-answers.yml").read_text("utf-8"))
    del answers["_src_path"]
    assert answers == {
        "_commit": "v1.0.0",
        "demo": "digits",
        "language": language,
        "model_name": "digits-model",
        "project_name": "digits",
        "repo": "project",
        "stack": "tutorial",
        "title": "0-9 数字画板" if language == "zh" else "Digit sketchpad",
        "user": "zhangsan",
    }


@pytest.mark.parametrize("name", ["a" * 35, "a" * 28 + "-" + "b" * 6])
def test_default_model_name_is_valid_for_long_projects(template, tmp_path, name):
    render(template, tmp_path, project_name=name)
    assert (tmp_path / f"{name[:29].rstrip('-')}-model").is_dir()


def test_user_has_no_default(template, tmp_path):
    with pytest.raises(ValueError, match="user"):
        copier.run_copy(str(template), tmp_path / "work", defaults=True, quiet=True)
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_prompts(template, tmp_path, language):
    """At a terminal of 80 columns each prompt fits and reads in the language chosen, as does what refuses an answer."""
    texts = {
        "zh": [
            "平台上的账号",
            "3–20 个字母",
            "演示什么",
            "项目仓库的名字",
            "模型仓库的名字",
            "生成哪些仓库",
            "版本组合",
            "网页的标题",
        ],
        "en": [
            *(
                "Your account",
                "3 to 20 letters",
                "What the page shows",
                "Name of the project",
                "Name of the model",
                "Which repositories",
            ),
            *("Set of package versions", "Title of the page"),
        ],
    }
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "copier", "copy", str(template), str(tmp_path / "work")],
        encoding="utf-8",
        timeout=30,
        dimensions=(50, 80),
    )
    terminal.expect("网页和 README 的语言 / Language")
    terminal.send("\r" if language == "zh" else "\x1b[B\r")
    account, refused, *others = texts[language]
    terminal.expect(account)
    terminal.send("ab\r")
    terminal.expect(refused)
    terminal.send("c\r")
    for prompt in others:
        terminal.expect(prompt)
        other = texts["en" if language == "zh" else "zh"]
        assert not any(text in terminal.before for text in other)
        terminal.send("\r")
    terminal.expect("nox -s publish")
    terminal.expect("这台电脑上的文件夹" if language == "zh" else "folder on this machine")
    terminal.expect(pexpect.EOF)
    assert (tmp_path / "work/digits/inference/app.py").is_file()
