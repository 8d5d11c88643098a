"""A reader follows the tutorial and the how-tos: blocks are run in order at one terminal, and what it shows is compared.

A ```shell block is typed, line by line. The ```text block right after it is what is then seen: a line "..." stands for
any lines, three dots or more in a line for anything. What is asked in it is asked by the last line that was typed;
where it holds ^C, that is pressed once the line before is seen.
A block with a title is an edit: a diff of the file, or the file. Blocks under <!-- from --> only show what is there.
Between <!-- way: NAME --> and <!-- way: both --> stands what only readers do who chose that way.

Not run: the how-tos publish, windows, add-a-stack and add-a-rule have no ```shell block. The tutorial's reader publishes,
nothing was tested on Windows, and what the last two name are sessions of this repository, which CI runs.
"""

import itertools
import os
import re
import shutil
import textwrap
from pathlib import Path

import pexpect
import pyte
import pytest
import yaml
from helpers import HERE, PLATFORM, commit, git, need, render

from docs.generate import BLOCK, LANGUAGES
from tests.programs.git_server import GitServer

pytestmark = pytest.mark.slow
WIDTH = 250
PROMPT = "reader-is-ready> "
BLOCKS = re.compile(
    r'^(?P<indent> *)```shell\n(?P<typed>.*?)^(?P=indent)```\n(?:\n```text\n(?P<seen>.*?)^```\n)?|^```\w+ title="(?P<path>[^"]+)"\n(?P<edit>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)
WAY = re.compile(r"^<!-- way: ([^>]*) -->\n(.*?)(?=^<!-- way:|\Z)", re.MULTILINE | re.DOTALL)
FINDING = re.compile(r": X[A-Z]\d+ (?:错误|error) ")
KEYS = {"zhangsan": "zhangsan\r", "English": "\x1b[B\r"}  # everything else is the default
TOKEN = "s3cret-t0ken"
# What nox -s publish asks, and what the reader answers.
ANSWERS = {"[First version]:": "", "[第一版]：": "", "[y/N] y": "y", "(not shown):": TOKEN, "（不显示）：": TOKEN}
ADDRESS = PLATFORM["git"]["clone_address"].partition("{account}")[0]


class Reader:
    """Somebody at a terminal, with nothing but git, git-lfs and Python, and a platform that is a server here."""

    def __init__(self, template, server, place, way):
        home = place / "home"
        self.place, self.template, self.way = place, home / "copier-xihe", way
        git(place, "clone", "--quiet", str(template), str(self.template))
        for name in ("digits", "digits-model"):
            server.create("zhangsan", name)
        (home / ".gitconfig").write_text(
            f'[user]\nname = zhangsan\nemail = zhangsan@example.com\n[url "{server.address}"]\ninsteadOf = {ADDRESS}\n'
        )
        away = ("GIT_", "NOX", "PYTEST", "XIHE")  # what this run of the tests knows and a reader does not
        environment = {key: value for key, value in os.environ.items() if not key.startswith(away)}
        # Previews of one user leave each other's ports alone, by what lies in this cache.
        environment.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        environment |= {"HOME": str(home), "PRE_COMMIT_HOME": str(place / "pre-commit"), "LANG": "C.UTF-8"}
        environment |= {"TERM": "linux", "PAGER": "cat", "NO_COLOR": "1", "PROMPT_TOOLKIT_NO_CPR": "1"}
        environment |= {"PS1": PROMPT, "VIRTUAL_ENV_DISABLE_PROMPT": "1"}
        self.terminal = pexpect.spawn(
            "bash",
            ["--norc", "--noprofile", "--noediting"],
            cwd=place,
            env=environment,
            encoding="utf-8",
            timeout=300,
            dimensions=(50, WIDTH),
            echo=False,
            logfile=(place / "terminal.log").open("w", encoding="utf-8"),
        )
        self.terminal.expect_exact(PROMPT)

    def type(self, line, seen):
        """Type a line, answer what it asks as the page shows, interrupt it where the page does; return its output."""
        self.terminal.sendline(line)
        shown = seen.splitlines()
        output = ""
        for question, answer in itertools.pairwise(shown):
            if question.startswith("🎤") and "copier copy" in line:
                told = question.partition(" / ")[2] or question.removeprefix("🎤 ")
                self.terminal.expect(pattern(told).removesuffix(r"\n"))
                output += self.terminal.before + self.terminal.after
                self.terminal.send(KEYS.get(answer.strip(), "\r"))
        asked = [(line, key) for line in shown for key in ANSWERS if line.endswith(key)]
        for question, key in asked if "nox -s publish" in line else ():
            self.terminal.expect(pattern(question.removesuffix(" y")).removesuffix(r"\n"))
            output += self.terminal.before + self.terminal.after
            self.terminal.sendline(ANSWERS[key])
            blank = " " * key.endswith(" y")  # which the expected pattern leaves out
            output += "" if ANSWERS[key] == TOKEN else f"{blank}{ANSWERS[key]}\r\n"  # what this terminal does not echo
        while re.match(r"git (-C \S+ )?push\b", line):  # git-lfs asks by itself
            asked = self.terminal.expect([re.escape(PROMPT), "Username for .*: ", "Password for .*: "])
            output += self.terminal.before
            if asked == 0:
                return output
            self.terminal.sendline(["zhangsan", TOKEN][asked - 1])
        if "^C" in shown:
            before = [each for each in shown[: shown.index("^C")] if each != "..."]
            self.terminal.expect(pattern(before[-1]).removesuffix(r"\n"))
            output += self.terminal.before + self.terminal.after
            self.terminal.sendintr()
        self.terminal.expect_exact(PROMPT)
        return output + self.terminal.before

    def succeeded(self):
        """Tell whether the last command did."""
        self.terminal.sendline("echo $?")
        self.terminal.expect_exact(PROMPT)
        return self.terminal.before.split() == ["0"]

    def follow(self, page, means=lambda line: line):
        """Do what a page says, as means(line) where it speaks of the reader's own things; compare what it shows."""
        text = BLOCK.sub("", page.read_text("utf-8"))
        text = WAY.sub(lambda found: found[2] if found[1] in ("both", self.way) else "", text)
        for block in BLOCKS.finditer(text):
            if block["path"]:
                edit(Path(self.type("pwd", "").strip(), block["path"]), block["edit"])
                continue
            seen, output = block["seen"] or "", ""
            *first, last = textwrap.dedent(block["typed"]).splitlines()
            for line in (*first, last):
                said = self.type(means(line), seen if line is last else "")
                output += said
                if "^C" not in seen and not FINDING.search(output):
                    assert self.succeeded(), f"{page.name}: {line}\n{said}"
            if seen:
                assert_shown(seen, output, page.name)


def displayed(output):
    """Return the lines that stand on the screen after this output, without the empty ones."""
    screen = pyte.Screen(WIDTH, 1000)
    pyte.Stream(screen).feed(output)
    return "".join(line.rstrip() + "\n" for line in screen.display if line.strip())


def pattern(line):
    """Return what matches a line of a page, or any lines where it is only dots."""
    if line.strip() == "...":
        return r"(?:[^\n]*\n)*?"
    return re.sub(r"(?:\\\.){3,}", r"[^\\n]*", re.escape(line.rstrip())) + r"\n"


def assert_shown(seen, output, name):
    """Compare what a page shows with what stands on the screen."""
    lines = [line for line in seen.splitlines() if line.strip() and line != "^C"]
    found = re.fullmatch("".join(map(pattern, lines)), displayed(output))
    assert found, f"{name} shows\n{seen}\nbut there was\n{displayed(output)}"


def edit(file, text):
    """Apply a diff of lines that stand together, or write the file."""
    if not re.match(r"[ +-]", text):
        file.write_text(text, "utf-8")
        return
    old, new = (
        "".join(line[1:] for line in text.splitlines(keepends=True) if line[0] in signs) for signs in (" -", " +")
    )
    before = file.read_text("utf-8")
    assert before.count(old) == 1, f"{file.name} has no such place:\n{old}"
    file.write_text(before.replace(old, new), "utf-8")


def release(template, version="v1.1.0"):
    """Make the next version of the template: a sentence more in each README."""
    for readme in template.glob("template/*/README.md.jinja"):
        readme.write_text(readme.read_text("utf-8") + "\n.\n", "utf-8")
    commit(template, "Next")
    git(template, "tag", version)


@pytest.fixture
def platform(tmp_path):
    """Serve the platform of one reader."""
    need("git-lfs")
    with GitServer(tmp_path / "platform", {"zhangsan": TOKEN}) as server:
        yield server


def pages(language, last="tutorial/update.md"):
    """Return the pages of the tutorial in their order, up to one of them."""
    navigation = yaml.safe_load((HERE / "docs" / "site" / f"{language}.yml").read_text("utf-8"))["nav"]
    names = re.findall(r"tutorial/[\w-]+\.md", str(navigation))
    return names[: names.index(last) + 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reader_gets_there(template, platform, tmp_path, language):
    reader = Reader(template, platform, tmp_path, "step by step")
    for page in pages(language):
        if page == "tutorial/update.md":
            release(reader.template)
        reader.follow(HERE / "docs" / language / page)
    for name in ("digits", "digits-model"):
        folder = tmp_path / "my-demo" / name
        assert git(folder, "log", "--oneline", "origin/main") == git(folder, "log", "--oneline")
        assert "_commit: v1.1.0" in (folder / ".copier-answers.yml").read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reader_in_a_hurry_gets_there_and_so_does_who_clones(template, platform, tmp_path, language):
    reader = Reader(template, platform, tmp_path, "publish")
    for page in pages(language, "tutorial/publish.md"):
        reader.follow(HERE / "docs" / language / page)
    second = tmp_path / "second"
    second.mkdir()
    for name in ("digits", "digits-model"):
        reader.type(f"git clone -q {ADDRESS}zhangsan/{name}.git {second}/{name}", "")
        assert reader.succeeded()
    said = reader.type(f"cd {second}/digits && nox -s smoke", "")
    assert reader.succeeded(), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reader_starts_quickly(template, platform, tmp_path, language):
    need("uvx")
    Reader(template, platform, tmp_path, "").follow(HERE / "docs" / language / "quickstart.md")
    for name in ("digits", "digits-model"):
        folder = tmp_path / "my-demo" / name
        assert git(folder, "log", "--oneline", "origin/main") == git(folder, "log", "--oneline")


def workspace(reader, **answers):
    """Render and commit both repositories, and go to the project's."""
    render(reader.template, reader.place, **answers)
    for name in ("digits", "digits-model"):
        commit(reader.place / name)
    reader.type("cd digits", "")
    return reader.place / "digits"


def stranger(reader):
    """Make a project that never saw the template, with the log of a start that failed."""
    render(reader.template, reader.place / "made")
    project = reader.place / "project"
    shutil.copytree(reader.place / "made" / "digits" / "inference", project / "inference")
    (project / "inference" / "requirements.in").unlink()
    (project / "build.log").write_text("ModuleNotFoundError: No module named 'cv2'\n", "utf-8")
    commit(project)


def outdated(reader):
    """Make a project of a version before the one that the page names, which is not the newest."""
    named = re.search(r"--vcs-ref (\S+)", howto("update", "en").read_text("utf-8"))[1]
    git(reader.template, "tag", "--delete", "v1.0.0")
    git(reader.template, "tag", "v0.1.0")
    workspace(reader)
    release(reader.template, named)
    release(reader.template, "v9.0.0")


def ignoring(reader):
    """Make a project with what the page ignores."""
    project = workspace(reader, language="en")
    (project / "start.bat").write_text("", "utf-8")
    (project / "inference" / "requirements.txt").write_text("gradio\nmindspore\n", "utf-8")
    git(project, "add", "--all")


# The how-tos with ```shell blocks, and what makes the state that each assumes.
HOWTOS = {
    "update": outdated,
    "cookiecutter": lambda reader: None,
    "adopt": stranger,
    "existing-project": stranger,
    "ignore": ignoring,
    "offline": lambda reader: need("python3.9"),
}
# What a reader types where a page speaks of things of the reader's own, and answers to questions that it does not show.
MEANS = {
    "/home/zhangsan": "$HOME",
    "adopt YOUR_PROJECT": "adopt project\ny",
    "adopt 您的项目": "adopt project\ny",
    "YOUR_REPOSITORY": "project",
    "您的仓库": "project",
    " my-demo$": " my-demo --defaults --data user=zhangsan",
    "^cookiecutter": "(printf '\\\\nzhangsan\\\\n'; yes '') | cookiecutter",
    "^(python3.9 .*) -r (.*)": r"head -20 \2 > few && \1 -r few",  # all of them are 1.5 GB
    "^nox -s update": "git reset --quiet --hard && nox -s update",  # every line of the page is a choice
}


def howto(name, language):
    """Return the file of a how-to."""
    return HERE / "docs" / language / f"{name}.md"


def means(line):
    """Return what a reader types for a line of a how-to."""
    for said, typed in MEANS.items():
        line = re.sub(said, typed, line)
    return line


def commands(page):
    """Return what a reader types who follows a page."""
    blocks = [textwrap.dedent(block["typed"] or "") for block in BLOCKS.finditer(page.read_text("utf-8"))]
    return [means(line) for block in blocks for line in block.splitlines()]


def test_every_howto_is_followed_and_types_the_same_in_both_languages():
    names = [page.stem for page in (HERE / "docs" / "en").glob("*.md") if commands(page)]
    assert sorted(names) == sorted([*HOWTOS, "quickstart"])
    for name in HOWTOS:
        assert commands(howto(name, "zh")) == commands(howto(name, "en")), name


@pytest.mark.parametrize("name", HOWTOS)
def test_a_reader_of_a_howto_gets_there(template, platform, tmp_path, name):
    reader = Reader(template, platform, tmp_path, "")
    HOWTOS[name](reader)
    reader.follow(howto(name, "en"), means)
    if name == "ignore":
        assert "3 ignored" in reader.type("git add --all && xihe-hooks check", "")
    if name == "adopt":
        assert (tmp_path / "project" / ".copier-answers.yml").is_file()
    if name == "cookiecutter":
        assert (tmp_path / "digits-model" / ".copier-answers.yml").is_file()
    if name == "offline":  # what was downloaded is all that it needs
        checks = f"copier-xihe[preview,publish,update] @ file://{reader.template}"
        said = reader.type(f"python3 -m venv away && away/bin/pip install copier nox '{checks}'", "")
        assert reader.succeeded(), said
