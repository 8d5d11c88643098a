"""What each version of the platform's start script makes of a config.json."""

import contextlib
import json
import subprocess

import pytest
from helpers import HERE
from xihe_hooks.data import platform
from xihe_hooks.rules.facts import Model

from .fakes import CONFIG, PROJECT, changed, check, link

SCHEMA = HERE / "hooks/xihe_hooks/config.schema.json"
ERAS = tuple(platform()["eras"])
GOOD = "zhangsan/digits-model/best.ckpt"
ALL = dict.fromkeys(ERAS, "fails")
STARTS = {**dict.fromkeys(ERAS, "starts"), "M3": "fails"}
ONLY_P1 = {**ALL, "P1": "starts"}
NOT_P1 = {**STARTS, "P1": "fails"}
BY_LUCK = {**dict.fromkeys(ERAS, "may"), "P1": "starts", "M3": "fails"}
MAY = {**dict.fromkeys(ERAS, "may"), "M3": "fails"}


def both(path, *more):
    """A config that gives the same to both keys."""
    return json.dumps({"pretrain": path, "model_path": [path, *more]}).encode()


# What starts all the same, though it looks as if it could not: a warning.
LUCK = {
    "object for the list": (json.dumps({"pretrain": GOOD, "model_path": {GOOD: 1}}).encode(), BY_LUCK),
    "blanks that the shell drops": (both("zhangsan / digits-model/best.ckpt"), MAY),
    "empty part of the file": (both("zhangsan/digits-model//best.ckpt"), MAY),
    "one dot": (both("zhangsan/digits-model/./best.ckpt"), MAY),
    "two dots inside": (both("zhangsan/digits-model/old/../best.ckpt"), MAY),
    "literal brackets": (both("zhangsan/digits-model/w[1].ckpt"), MAY),
    "literal star": (both("zhangsan/digits-model/x*.ckpt"), MAY),
    "full-width blank": (both("zhangsan/digits-model/权\u3000重.ckpt"), MAY),
}
TABLE = {
    **LUCK,
    "missing": (None, dict.fromkeys(ERAS, "starts")),
    "0 bytes": (b"", dict.fromkeys(ERAS, "starts")),
    "both keys": (CONFIG, STARTS),
    "newline only": (b"\n", ALL),
    "blanks only": (b" \t\r\n ", ALL),
    "BOM": (b"\xef\xbb\xbf" + CONFIG, ALL),
    "trailing comma": (CONFIG.rstrip()[:-1] + b",}", ALL),
    "trailing comma in the list": (CONFIG.replace(b"]", b",]"), ALL),
    "comment": (b"// weights\n" + CONFIG, ALL),
    "UTF-16": (CONFIG.decode().encode("utf-16"), ALL),
    "GBK": ('{"pretrain": "张三/digits-model/best.ckpt"}'.encode("gbk"), ALL),
    "CRLF": (CONFIG.replace(b", ", b",\r\n"), STARTS),
    "empty object": (b"{}", ALL),
    "pretrain only": (json.dumps({"pretrain": GOOD}).encode(), ONLY_P1),
    "model_path only": (json.dumps({"model_path": [GOOD]}).encode(), NOT_P1),
    "null for both": (b'{"pretrain": null, "model_path": null}', ALL),
    "no weights": (b'{"pretrain": "", "model_path": []}', STARTS),
    "empty strings": (b'{"pretrain": "", "model_path": ""}', STARTS),
    "empty object for the list": (b'{"pretrain": "", "model_path": {}}', STARTS),
    "blank after the repository": (both("zhangsan/digits-model /best.ckpt"), ALL),
    "empty string in the list": (b'{"pretrain": "", "model_path": [""]}', ONLY_P1),
    "string for the list": (json.dumps({"pretrain": GOOD, "model_path": GOOD}).encode(), ONLY_P1),
    "list for the string": (json.dumps({"pretrain": [GOOD], "model_path": [GOOD]}).encode(), NOT_P1),
    "number": (b'{"pretrain": 1, "model_path": [1]}', ALL),
    "null item": (b'{"pretrain": null, "model_path": [null]}', ALL),
    "a list outside": (json.dumps([GOOD]).encode(), ALL),
    "a string outside": (json.dumps(GOOD).encode(), ALL),
    "duplicate key": (CONFIG.replace(b"{", b'{"pretrain": "a/b/c", '), MAY),
    "unknown key": (CONFIG.replace(b"{", b'{"title": "digits", '), STARTS),
    "outer blanks and slashes": (both(f" //{GOOD}/ "), STARTS),
    "deeper folders": (both("zhangsan/digits-model/a/b/c/best.ckpt"), STARTS),
    "two parts": (both("digits-model/best.ckpt"), ALL),
    "one part": (both("best.ckpt"), ALL),
    "empty part": (both("zhangsan//digits-model/best.ckpt"), ALL),
    "blank inside": (both("zhangsan/digits-model/my best.ckpt"), ALL),
    "backslashes": (both("zhangsan\\digits-model\\best.ckpt"), ALL),
    "star": (both("zhangsan/digits-model/*.ckpt"), ALL),
    "question mark": (both("zhangsan/digits-model/best?.ckpt"), ALL),
    "bracket": (both("zhangsan/digits-model/[b]est.ckpt"), ALL),
    "two dots": (both("zhangsan/digits-model/../other/best.ckpt"), ALL),
    "same file twice": (both(GOOD, GOOD), {**MAY, "P1": "starts"}),
    "one basename twice": (both(GOOD, "zhangsan/digits-model/old/best.ckpt"), {**ALL, "P1": "starts"}),
    "weight app.py": (both("zhangsan/digits-model/app.py"), ALL),
    "weight requirements.txt": (both("zhangsan/digits-model/requirements.txt"), ALL),
    "weight is a folder": (both("zhangsan/digits-model/folder"), ALL),
    "config.json is a link out of inference": (link("../config.json"), {**STARTS, "M3": "fails", "M4": "fails"}),
}


ODD = ("w[1].ckpt", "x*.ckpt", "权\u3000重.ckpt")  # names that look as if they could not work, and do


def verdict(files, era):
    """Whether the start fails, may fail, or succeeds, by what the rules about config.json say."""
    model = Model(
        "digits-model", frozenset({"best.ckpt", "old/best.ckpt", "a/b/c/best.ckpt", "folder/best.ckpt", *ODD})
    )
    models = {"digits-model": model}
    found = [each for each in check(files, era=era, models=models) if each.rule.startswith(("XC", "XL105"))]
    found = [each for each in found if each.rule != "XC111"]  # the app of the fixture loads best.ckpt
    if any(each.severity == "error" for each in found):
        return "fails"
    return "may" if found else "starts"


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("row", TABLE)
def test_each_row_in_each_era(row, era):
    content, expected = TABLE[row]
    files = changed(PROJECT, {"inference/config.json": content, "config.json": CONFIG})
    assert verdict(files, era) == expected[era]


@pytest.mark.parametrize("era", ERAS)
def test_inference_is_a_link(era):
    files = {path.replace("inference/", "demo/"): content for path, content in PROJECT.items()}
    assert verdict({**files, "inference": link("demo")}, era) == {"M3": "fails", "M4": "fails"}.get(era, "starts")


@pytest.mark.parametrize("row", TABLE)
def test_without_an_era_what_the_newest_one_refuses_is_an_error(row):
    content, expected = TABLE[row]
    files = changed(PROJECT, {"inference/config.json": content, "config.json": CONFIG})
    judged = {era: expected[era] for era in ERAS if era != "M3"}
    if judged["M4"] == "fails":
        assert verdict(files, None) == "fails"
    else:
        assert verdict(files, None) == ("may" if {"fails", "may"} & set(judged.values()) else "starts")


# What a schema does not see: how often a key is written, two names in two paths, files elsewhere.
BEYOND_A_SCHEMA = {"duplicate key", "one basename twice", "weight is a folder"}
# An empty value of another type lists no weights either, but an editor should not propose it.
STARTS_BY_CHANCE = {"empty strings", "empty object for the list"}


def test_the_schema_says_what_the_rules_say(tmp_path):
    """Of each row that is JSON: editors mark in config.json what the rules find in it, and nothing else."""
    rows = {}
    for row, (content, _) in TABLE.items():
        with contextlib.suppress(ValueError, TypeError):
            json.loads(content.decode() if isinstance(content, bytes) else "")
            rows[str(tmp_path / f"{row}.json")] = row
            (tmp_path / f"{row}.json").write_bytes(content)
    command = ["check-jsonschema", "--schemafile", str(SCHEMA), "--output-format", "json", *rows]
    done = subprocess.run(command, capture_output=True, check=False)
    said = json.loads(done.stdout)
    refused = {rows[each["filename"]] for each in said["errors"]}
    found = {
        row for row in rows.values() if verdict({**PROJECT, "inference/config.json": TABLE[row][0]}, None) != "starts"
    }
    assert not said["parse_errors"] and len(rows) > 25
    assert refused - STARTS_BY_CHANCE == found - BEYOND_A_SCHEMA


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b'{\n  "pretrain": "a/b/c",\n}', 2, 22),
        (b'{\n  // key\n  "pretrain": "a/b/c"}', 2, 3),
        (b'{\n  "pretrain": "a/b"}', 2, 15),
        (b'{\n  "model_path": ["a/b/c",\n    "a b/c/d"]}', 3, 5),
    ],
)
def test_where_the_fault_is(content, line, column):
    found = check({**PROJECT, "inference/config.json": content})
    assert (line, column) in {(each.line, each.column) for each in found}


@pytest.mark.parametrize("key", ["pretrained", "Pretrain", "pretrain_url", "model-path", "modelPath", "model_paths"])
def test_a_near_miss_of_a_key_gets_a_suggestion(key):
    found = check({**PROJECT, "inference/config.json": json.dumps({key: GOOD}).encode()})
    (finding,) = (each for each in found if each.rule == "XC102")
    assert ("pretrain" if "r" in key.lower()[1] else "model_path") in finding.remedy.en


def test_a_finding_names_the_eras_that_punish_it():
    found = check({**PROJECT, "inference/config.json": json.dumps({"pretrain": GOOD}).encode()})
    (finding,) = (each for each in found if each.rule == "XC103")
    assert finding.eras == ("M1", "M2", "M4")
