"""What a check prints: recorded as a terminal is given it, and in the forms for programs."""

import json
import os
from itertools import product

import jsonschema
import pytest
from helpers import HERE, commit, git
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif
from xihe_hooks.cli import main
from xihe_hooks.commands.report import as_text
from xihe_hooks.data import platform
from xihe_hooks.language import say
from xihe_hooks.readers.example import clean
from xihe_hooks.rules.registry import every
from xihe_hooks.terminal import STYLES, Screen, columns, excerpt

from .fakes import PROJECT, Tree, check

RECORDED = HERE / "tests/hooks/outputs"
SCHEMA = json.loads((HERE / "hooks/xihe_hooks/findings.schema.json").read_text("utf-8"))
PLACE = "inference/app.py"
LONG = "print('数字识别')  # 应用启动时显示的一行，比屏幕宽得多：" + "手写" * 30
FAULTY = {
    **{path.replace("requirements", "requirments"): content for path, content in PROJECT.items()},
    PLACE: (
        "import gradio as gr\n"
        "import torch\n"
        "# xihe: ignore[XA108] Our classroom has a password.\n"
        "\tgr.Interface(str, 'text', 'text').launch(auth=('a', 'b'))\n"
    )
    .replace("\t", "")
    .encode()
    + f"labels = open('/home/me/labels.txt'); {LONG}\n".encode()
    + f"print('{'手写' * 60}'); open('/home/me/手写.txt')\n".encode(),
    "inference/config.json": b'{"pretrain": "zhangsan/digits-model/best.ckpt"}\n',
    "run.bat": b"",
    ".xihe-hooks.yml": b"ignore:\n  - rule: XG105\n    path: '*.bat'\n    reason: For those who have Windows.\n"
    b"  - rule: XA13\n    reason: Misspelt.\n",
}


def colours_named(line):
    """The line with <red>...</> in place of what a terminal obeys."""
    for name, code in STYLES.items():
        line = line.replace(f"\x1b[{code}m", f"<{name}>")
    return line.replace("\x1b[0m", "</>")


@pytest.mark.parametrize(("language", "width", "colour"), list(product(("zh", "en"), (80, 40), (False, True))))
def test_the_output_is_as_it_is_recorded(language, width, colour):
    """To record it anew, delete the files and run this twice: git diff then shows what has changed."""
    findings = [each._replace(fix="safe") if each.rule == "XC103" else each for each in check(FAULTY)]
    screen = Screen(width, colour)
    lines = as_text(findings, language, platform(), screen=screen, tree=Tree(FAULTY), show_ignored=colour)
    text = "".join(colours_named(line) + "\n" for line in lines)
    file = RECORDED / f"{language}-{width}{'-colour' if colour else ''}.txt"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
        pytest.fail(f"{file.name} was not there and is recorded now: look at it, and run this again")
    assert text == file.read_text("utf-8")


@pytest.mark.parametrize(("language", "width"), list(product(("zh", "en"), range(34, 120, 7))))
def test_no_line_is_wider_than_the_terminal(language, width):
    """But for a name or a command, which is left whole so that it can be copied."""
    for line in as_text(check(FAULTY), language, platform(), screen=Screen(width), tree=Tree(FAULTY)):
        whole = [*line.split(), ""][0] in ("git", "xihe-hooks") or len(line.split()) == 1
        assert columns(line) <= width or whole, line


@pytest.mark.parametrize("line", ["a = 1", "手" * 100, "a" * 300, "手a" * 80])
@pytest.mark.parametrize("room", [20, 33, 71])
def test_the_caret_stands_below_its_column(line, room):
    for column in range(1, len(line) + 1):
        shown, caret = excerpt(line, column, room)
        assert columns(shown) <= room
        at = len(caret) - 1
        under = next(c for n, c in enumerate(shown) if columns(shown[:n]) == at and columns(c))
        assert under == line[column - 1]


def test_a_line_with_a_secret_is_not_shown():
    secret = "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"
    app = f"import gradio as gr\ngr.Interface(str, 'text', 'text').launch(server_port=80, auth=('a', '{secret}'))\n"
    pins = "-i https://me:hunter2@mirror.example/simple\ntorch @ https://me:hunter2@host.example/torch.whl\n"
    files = {**PROJECT, PLACE: app.encode(), "inference/requirements.txt": pins.encode()}
    text = "\n".join(as_text(check(files), "en", platform(), tree=Tree(files)))
    assert "XA103" in text and "XR103" in text
    assert secret[3:9] not in text and "hunter2" not in text


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, False),
    ],
)
def test_colours_are_the_users_choice(environment, coloured, repository, capsys, monkeypatch):
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    main(["check", str(repository)])
    assert ("\x1b[" in capsys.readouterr().out) is coloured


@pytest.fixture
def repository(tmp_path):
    """A repository with one commit of the faulty project."""
    for path, content in FAULTY.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    commit(tmp_path)
    return tmp_path


def test_json_is_what_its_schema_says(repository, capsys):
    main(["check", str(repository), "--format", "json", "--show-ignored"])
    rows = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(rows, SCHEMA)
    assert {"XC103", "config-missing-model-path", "xihe-hooks rules XC103"} in [
        {row[key] for key in ("rule", "slug", "help")} for row in rows
    ]
    assert {row["fix"] for row in rows} == {"safe", None} and sum(bool(row["ignored"]) for row in rows) == 2
    for wrong in ({"line": 0}, {"severity": "note"}, {"more": 1}, {"what": {"en": "a"}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate([{**rows[0], **wrong}], SCHEMA)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sarif_is_what_the_standard_says(repository, capsys, language):
    with open(os.fsencode(repository) + b"/caf\xe9 %.bat", "wb"):
        git(repository, "add", "--all")
    main(["check", str(repository), "--format", "sarif", "--show-ignored", "--lang", language])
    log = json.loads(capsys.readouterr().out)
    Sarif.model_validate(log, strict=False)
    results = log["runs"][0]["results"]
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in results)
    for described, rule in zip(rules, every(), strict=True):
        assert described["name"] == rule.slug and f"`{rule.slug}`" in described["help"]["markdown"]
        assert say(rule.title, language) in described["help"]["text"]
        assert clean(rule.bad) in described["help"]["text"].replace("\n    ", "\n")
    places = [each["locations"][0]["physicalLocation"] for each in results if "locations" in each]
    assert "caf%E9%20%25.bat" in {each["artifactLocation"]["uri"] for each in places}
    assert {each["region"]["startLine"] for each in places if "region" in each} >= {4, 5}
    assert sum("suppressions" in each for each in results) == 3
    for wrong in ({"level": "fatal"}, {"message": "text"}, {"locations": [{"physicalLocation": 1}]}):
        results[0].update(wrong)
        with pytest.raises(ValueError):
            Sarif.model_validate(log)


def test_ignored_findings_are_counted_and_listed_when_asked_for(repository, capsys):
    main(["check", str(repository), "--lang", "en"])
    out = capsys.readouterr().out
    assert "Our classroom" not in out and "run.bat" not in out and out.endswith(" 2 ignored.\n")
    main(["check", str(repository), "--lang", "en", "--show-ignored"])
    out = capsys.readouterr().out
    assert "Ignored: Our classroom has a password." in out and "run.bat: XG105" in out


def test_nothing_is_said_where_nothing_is_found_and_that_was_asked_for(tmp_path, capsys):
    for path, content in PROJECT.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    commit(tmp_path)
    assert main(["check", str(tmp_path), "--quiet"]) == 0
    assert capsys.readouterr().out == ""
