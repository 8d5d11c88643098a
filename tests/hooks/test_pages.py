"""The page of each rule: complete in both languages, with examples that are what it says they are."""

import re

import pytest
from helpers import git, need
from xihe_hooks.cli import main
from xihe_hooks.commands.fix import fix, plan
from xihe_hooks.commands.page import page_as_markdown, page_as_text
from xihe_hooks.commands.rules import rules_as_markdown
from xihe_hooks.data import packages, platform
from xihe_hooks.readers.example import read_example
from xihe_hooks.rules.registry import every, find
from xihe_hooks.rules.rule import likely_name
from xihe_hooks.terminal import Screen, columns

from .examples import changed_lines, facts_of, judge, make
from .fakes import assert_both_languages

RULES = [pytest.param(rule, id=rule.id) for rule in every()]


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    """Judge as on somebody's machine; a build server pushes nothing, so its hooks are nobody's business."""
    monkeypatch.delenv("CI", raising=False)


@pytest.mark.parametrize("rule", RULES)
def test_the_wrong_example_has_this_fault_and_the_right_one_has_none(rule, tmp_path):
    """It is found once, as severe as the page says, and where the right example differs."""
    if "git lfs" in rule.bad + rule.good:
        need("git-lfs")
    made = {}
    for name, example in (("bad", rule.bad), ("good", rule.good)):
        folder = tmp_path / name / "digits"
        make(folder, rule, example)
        made[name] = judge(folder, rule, example)
    assert made["good"] == []
    assert [(each.rule, each.severity) for each in made["bad"]] == [(rule.id, rule.severity)]
    (finding,) = made["bad"]
    assert finding.path in rule.bad
    assert_both_languages(finding.what)
    assert_both_languages(finding.remedy)
    changed = changed_lines(finding.path, rule.bad, rule.good)
    assert not changed or finding.line in (None, *changed)


@pytest.mark.parametrize("rule", RULES)
def test_fix_mends_the_wrong_example_where_the_page_says_so(rule, tmp_path):
    if "git lfs" in rule.bad:
        need("git-lfs")
    folder = tmp_path / "digits"
    make(folder, rule, rule.bad)
    facts = facts_of(folder, rule)
    planned = plan(facts, unsafe=True)
    assert {each.rule for each in planned} <= {rule.id}
    assert all(rule.fix if each.safe else rule.unsafe_fix for each in planned)
    if (rule.fix or rule.unsafe_fix) and rule.id != "XC101":  # --fix removes a BOM, which an example cannot show
        assert planned and list(fix(facts, unsafe=True))
        git(folder, "add", "--all")
        assert rule.id not in {each.rule for each in judge(folder, rule, rule.bad)}


@pytest.mark.parametrize("rule", RULES)
def test_an_example_is_short(rule):
    for example in (rule.bad, rule.good):
        lines = [line for part in read_example(example) for line in (part.line, *part.content.splitlines())]
        assert 1 <= len(lines) <= 9 and max(map(columns, lines)) <= 100


@pytest.mark.parametrize("rule", RULES)
def test_a_page_is_complete_in_both_languages(rule):
    for text in (rule.title, rule.why, rule.remedy, *filter(None, (rule.fix, rule.unsafe_fix))):
        assert_both_languages(text)
    assert rule.severity in ("error", "warning") and set(rule.kinds) <= {"project", "model"} and rule.kinds
    assert re.fullmatch(r"0\.\d+\.\d+", rule.since)
    for source in rule.sources:
        section, _, entry = source.partition(".")
        facts = packages() if section == "packages" else platform()[section]
        facts = facts[entry] if entry else facts
        assert facts["date"] and facts["source"]


def test_each_name_is_of_one_rule():
    names = [name.lower() for rule in every() for name in rule.names]
    assert len(names) == len(set(names))
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)+", rule.slug) for rule in every())


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_found_by_each_of_its_names(rule):
    for name in rule.names:
        assert find(name) is find(name.upper()) is find(name.lower()) is rule


@pytest.mark.parametrize(
    ("name", "meant"),
    [("XA13", "XA103"), ("config-missing-modelpath", "config-missing-model-path"), ("nothing like it", None)],
)
def test_a_misspelt_name_gets_a_suggestion(name, meant, capsys):
    assert likely_name(name, every()) == meant
    assert main(["rules", name, "--lang", "en"]) == 2
    assert (f"did you mean {meant}?" in capsys.readouterr().err) is bool(meant)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("rule", RULES)
def test_a_page_fits_a_terminal_and_speaks_one_language(rule, language):
    """But for the lines of examples, which are as they are."""
    lines = list(page_as_text(rule, language, Screen(80)))
    assert all(columns(line) <= 80 or line.startswith("    ") for line in lines)
    text = "\n".join(line for line in lines if not line.startswith("    "))
    other = rule.title.en if language == "zh" else rule.title.zh
    assert other not in text or rule.title.zh == rule.title.en
    markdown = "\n".join(page_as_markdown(rule, language))
    for part in read_example(rule.bad) + read_example(rule.good):
        assert part.line in markdown and part.content in markdown


def test_the_reference_has_the_same_anchors_in_both_languages():
    pages = ["\n".join(rules_as_markdown(every(), language)) for language in ("zh", "en")]
    anchors = [re.findall(r'<h3 id="(.*?)"', page) for page in pages]
    assert anchors[0] == anchors[1] == [rule.id.lower() for rule in every()]
    assert all(re.findall(r"\(#(.*?)\)", page) == anchors[0] for page in pages)
