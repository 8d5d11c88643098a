"""What a repository asks not to be told, in its file and in comments."""

import os
import random
import subprocess
import sys
import time

import pytest
import yaml
from helpers import HERE, commit, git
from xihe_hooks.readers.ignores import matches
from xihe_hooks.rules.registry import every

from .fakes import POINTER, PROJECT, check, link

FILE = ".xihe-hooks.yml"
PLACE = "inference/app.py"
PORT = b"import gradio as gr\ngr.Interface(str, 'text', 'text').launch(server_port=80)%s\n"


def told(files, **facts):
    """The findings by rule and path: those that are told, and those that are ignored."""
    findings = check(files, **facts)
    places = [(each.rule, each.path, each.ignored) for each in findings]
    return {place[:2] for place in places if place[2] is None}, {place for place in places if place[2] is not None}


def asking(**entry):
    """The project whose app has a port of its own, and an entry that asks not to be told."""
    lines = [f"{key}: {value}" for key, value in entry.items()]
    return {**PROJECT, PLACE: PORT % b"", FILE: ("ignore:\n  - " + "\n    ".join(lines) + "\n").encode()}


@pytest.mark.parametrize(
    "path", [None, "inference/", "inference", "app.py", "/inference/app.py", "inference/*.py", "'**'"]
)
def test_an_entry_is_about_the_files_that_gitignore_would_match(path):
    entry = {"rule": "XA103", "reason": "Behind our own proxy."} | ({"path": path} if path else {})
    findings, ignored = told(asking(**entry))
    assert ignored == {("XA103", PLACE, "Behind our own proxy.")}
    assert ("XA103", PLACE) not in findings and not {rule for rule, _ in findings if rule.startswith("XI")}


@pytest.mark.parametrize("path", ["/app.py", "inference/*.txt", "docs/", "'[attr]app.py'", "'#'", "/", '"a\\nb"'])
def test_an_entry_for_other_files_hides_nothing_and_is_told(path):
    findings, ignored = told(asking(rule="XA103", reason="Behind our own proxy.", path=path))
    assert not ignored and {("XA103", PLACE), ("XI105", FILE)} <= findings


@pytest.mark.parametrize(
    "entry", [{"rule": "XA103"}, {"rule": "XA103", "reason": "~"}, {"reason": "a"}, {"rule": "XX103", "reason": "a"}]
)
def test_an_entry_without_a_rule_or_a_reason_hides_nothing(entry):
    findings, ignored = told(asking(**entry))
    assert not ignored and ("XA103", PLACE) in findings


@pytest.mark.parametrize(
    ("source", "ignored"),
    [
        (PORT % b"  # xihe: ignore[XA103] our proxy", True),
        (PORT % b"  # xihe: ignore[XR105, xa103]: our proxy", True),
        (PORT % b"  # xihe: ignore[requirements-not-pinned, App-own-port-or-address] our proxy", True),
        (PORT.replace(b"gr.I", b"# xihe: ignore[XA103] our proxy\ngr.I") % b"", True),
        (PORT % b"\n# xihe: ignore[XA103] our proxy", False),
        (PORT % b"  # xihe: ignore[XA104] our proxy", False),
        (PORT % b"  # xihe: ignore[XA103]", False),
        (PORT % b"  # xihe: ignore our proxy", False),
        (PORT % b"; '# xihe: ignore[XA103] our proxy'", False),
    ],
)
def test_a_comment_is_about_its_line_or_the_next(source, ignored):
    assert bool(told({**PROJECT, PLACE: source})[1]) is ignored


def test_a_comment_in_a_file_that_does_not_compile_counts():
    source = b"x = (  # xihe: ignore[XA101] made by a tool\n"
    assert {rule for rule, *_ in told({**PROJECT, PLACE: source})[1]} == {"XA101"}


def test_what_the_server_refuses_is_told_all_the_same():
    entries = b"ignore:\n" + b"".join(b"  - {rule: %s, reason: a}\n" % rule for rule in (b"XG101", b"XG102", b"XP101"))
    files = {**PROJECT, "a.bin": b"x" * 300_000, "b.ckpt": POINTER, FILE: entries}
    findings, ignored = told(files)
    assert not ignored and {("XG101", "a.bin"), ("XG102", "b.ckpt"), ("XI104", FILE)} <= findings


def test_an_old_id_is_taken_for_the_rule_of_today():
    rule = next(each for each in every() if each.was and each.can_be_ignored)
    files = {**PROJECT, "a.py": b"t = 'hf_" + b"aBcDeFgHiJkLmNoPqRsTuVwXyZ012345'"}
    files[FILE] = b"ignore:\n  - {rule: XP105, path: a.py, reason: made up}\n"
    assert told(files)[1] == {("XS102", "a.py", "made up")} and rule


def test_a_rule_may_be_named_by_its_slug():
    assert told(asking(rule="app-own-port-or-address", reason="made up"))[1] == {("XA103", PLACE, "made up")}


@pytest.mark.parametrize(("name", "meant"), [("XA13", "XA103"), ("app-own-port-or-adress", "app-own-port-or-address")])
def test_a_misspelt_rule_gets_a_suggestion(name, meant):
    (finding,) = [each for each in check(asking(rule=name, reason="a")) if each.rule == "XI102"]
    assert finding.remedy.en == f"Did you mean {meant}?" and finding.line == 2


HOSTILE = [
    b"a: " * 300_000,
    b"[" * 49_000,
    b"ignore:\n" + b"  - {rule: XA103, reason: a, path: '*a*a*a*a*a*a*a*a*a*a*b'}\n" * 700,
    b"a: &a [1, 2]\n"
    + b"".join(b"%c: &%c [*%c, *%c, *%c, *%c]\n" % (n + 1, n + 1, n, n, n, n) for n in range(97, 121)),
    b"ignore: &a\n  - *a\n",
    b"ignore:\n  - {rule: &b [*b], reason: a}\n",
    b"\x00\xff\xfe",
    b'ignore:\n  - {rule: XA103, reason: a, path: "\\ud800"}\n',
    b'ignore:\n  - {rule: "\\e[31m", reason: "\\x9b"}\n',
    b"? [a]\n: b\n",
    b"--- a\n--- b\n",
    b"!!python/object/apply:os.system [echo]\n",
    link("/etc/passwd"),
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_the_file_holds_a_sentence_says_so(content):
    findings = [each for each in check({**PROJECT, PLACE: PORT % b"", FILE: content}) if each.rule.startswith("XI")]
    assert findings and all(each.path == FILE and each.what.en.isprintable() for each in findings)


@pytest.mark.parametrize("pattern", ["*a" * 48 + "b", "**/a/" * 19 + "b", "**a" * 30 + "b", "*/" * 48 + "b"])
def test_no_pattern_takes_long(pattern):
    names = {f"{'a' * 200}{n}/{'a/' * 300}x.bat": b"" for n in range(20)}
    entries = b"ignore:\n" + b"  - {rule: XG105, reason: a, path: '%s'}\n" % pattern.encode() * 100
    start = time.monotonic()
    assert {each.ignored for each in check({**PROJECT, **names, FILE: entries}) if each.rule == "XG105"} == {None}
    assert time.monotonic() - start < 10


def test_patterns_match_what_git_says_they_match(tmp_path):
    """Of random patterns, those that git can answer quickly."""
    generator = random.Random(5)
    words = ["a", "b", "ab", "*", "**", "?", "a*", "*b", "[ab]", "[!a]", "[^b]", "\\*", "a**b", ".a"]
    names = ["a", "b", "ab", "abb", "*", ".a", "ba"]
    patterns = [
        "".join(generator.choices(["", "/"], [3, 1]))
        + "/".join(generator.choices(words, k=generator.randint(1, 4)))
        + generator.choice(["", "", "/"])
        for _ in range(80)
    ]
    paths = sorted({"/".join(generator.choices(names, k=generator.randint(1, 4))) for _ in range(100)})
    git(tmp_path, "init", "--quiet")
    matched = 0
    for pattern in patterns:
        (tmp_path / ".git/info/exclude").write_text(pattern + "\n", "utf-8")
        command = ["git", "check-ignore", "--no-index", "-z", "--stdin"]
        done = subprocess.run(command, cwd=tmp_path, input="\0".join(paths).encode(), capture_output=True, check=False)
        expected = set(done.stdout.decode().split("\0")) - {""}
        assert {path for path in paths if matches(pattern, path)} == expected, pattern
        matched += len(expected)
    assert matched > 500


def test_what_is_told_of_a_cause_is_not_told_again():
    """A misspelt requirements.txt explains why each import lacks a package."""
    files = {path.replace("requirements", "requirments"): content for path, content in PROJECT.items()}
    assert {rule for rule, _ in told(files)[0]} == {"XL103"}
    files[FILE] = b"ignore:\n  - {rule: XL103, reason: it is generated when we deploy}\n"
    assert "XR104" in {rule for rule, _ in told(files)[0]}, "a cause that is not told explains nothing"


def test_no_rule_follows_from_itself():
    follows = {rule.id: rule.follows for rule in every()}
    assert set().union(*follows.values()) <= set(follows)

    def reach(rule, seen=()):
        assert rule not in seen
        for cause in follows[rule]:
            reach(cause, (*seen, rule))

    for rule in follows:
        reach(rule)


TOKEN = "t = 'hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345'"
ENTRY = "ignore:\n  - {rule: XS102, path: /a.py, reason: made up for a test}\n"


@pytest.fixture
def desk(tmp_path):
    """A project with one commit, and a server that has nothing yet."""
    git(tmp_path, "init", "--quiet", "--bare", "server.git")
    for path, content in PROJECT.items():
        (tmp_path / "work" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "work" / path).write_bytes(content)
    commit(tmp_path / "work")
    return tmp_path / "work"


def push(desk):
    """What the check at a push of HEAD returns and says."""
    line = f"refs/heads/main {git(desk, 'rev-parse', 'HEAD').strip()} refs/heads/main {'0' * 40}\n"
    command = [sys.executable, "-m", "xihe_hooks", "pre-push", "origin", str(desk.parent / "server.git")]
    environment = {**os.environ, "XIHE_HOOKS_LANG": "en"}
    done = subprocess.run(command, cwd=desk, input=line.encode(), capture_output=True, check=False, env=environment)
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a.py": TOKEN}, 1),
        ({"a.py": TOKEN, FILE: ENTRY}, 0),
        ({"a.py": f"{TOKEN}  # xihe: ignore[XS102] made up for a test\n"}, 0),
        ({"b.py": TOKEN, FILE: ENTRY}, 1),
    ],
)
def test_a_push_heeds_what_the_pushed_commit_asks(desk, files, code):
    for name, text in files.items():
        (desk / name).write_text(text)
    commit(desk)
    (desk / FILE).write_text("ignore: []\n")  # what is not committed does not count
    git(desk, "add", FILE)
    assert push(desk)[0] == code


def test_a_comment_of_today_hides_nothing_of_an_earlier_commit(desk):
    (desk / "a.py").write_text(TOKEN)
    commit(desk)
    (desk / "a.py").write_text("t = 1  # xihe: ignore[XS102] no secret any more\n")
    commit(desk)
    code, said = push(desk)
    assert code == 1 and "a.py:1:6: XS102 error" in said


@pytest.mark.parametrize("tool", ["pre-commit", "prek"])
def test_a_warning_is_seen_at_a_commit_and_nothing_else_is_said(desk, tool):
    """With the hook as it is published, but with this Python for the command, so that nothing is installed."""
    (published,) = [
        each for each in yaml.safe_load((HERE / ".pre-commit-hooks.yaml").read_text()) if "project" in each["id"]
    ]
    entry = f"{sys.executable} -m {published['entry'].replace('xihe-hooks', 'xihe_hooks', 1)}"
    hook = {**published, "entry": entry, "language": "system"}
    (desk / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [hook]}]}))
    git(desk, "add", "--all")
    done = subprocess.run([tool, "run", "--color=never"], cwd=desk, capture_output=True, check=False)
    assert done.returncode == 0 and b"No problems found" not in done.stdout
    (desk / "run.bat").write_text("")
    git(desk, "add", "--all")
    done = subprocess.run([tool, "run", "--color=never"], cwd=desk, capture_output=True, check=False)
    assert done.returncode == 0 and b"run.bat: XG105" in done.stdout
