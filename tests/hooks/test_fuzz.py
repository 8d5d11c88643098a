"""Any bytes in any file give findings or none: never an exception, never a hang."""

import itertools
import json
import random
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xihe_hooks.commands import report
from xihe_hooks.data import platform
from xihe_hooks.language import say
from xihe_hooks.readers.log import explain
from xihe_hooks.readers.requirements_txt import read_requirements
from xihe_hooks.rules.kind import recognise
from xihe_hooks.rules.rule import MOST

from .fakes import APP, CONFIG, MODEL, POINTER, PROJECT, REQUIREMENTS, SUB, Tree, check, link

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
FILES = ("inference/config.json", "inference/requirements.txt", "inference/app.py", ".gitattributes", "best.ckpt")
PATHS = st.one_of(
    st.sampled_from([*FILES, "inference", "-x", "a\nb", "inference/\udce9.py", "Inference/App.py", ".env", "a/b/../c"]),
    st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=12),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
CONFIGS = st.builds(
    lambda one, many, more: json.dumps({"pretrain": one, "model_path": many, **more}).encode("utf-8", "replace"),
    ANY_JSON | st.text("ab/ .*\\\n\0\ud800é", max_size=20),
    ANY_JSON | st.lists(st.text("ab/ .*\\é", max_size=20), max_size=4),
    st.dictionaries(st.sampled_from(["pretrained", "title", "model_paths"]), ANY_JSON, max_size=2),
)
PARTS = st.sampled_from(
    [
        "gradio",
        "==",
        "3.21",
        "*",
        ">=",
        "<",
        ";",
        "python_version",
        "'3.9'",
        "\\\n",
        "\n",
        " ",
        "#",
        "-r",
        "-e",
        "@",
        "--hash=a",
    ]
    + [
        "[",
        "]",
        "(",
        ")",
        "https://a/b.whl",
        "./a",
        "===",
        "~=",
        "!",
        "and",
        "extra",
        "inference",
        "requirements.txt",
        "\ud800",
        "1" * 50,
    ]
)
LINES = st.lists(PARTS, max_size=25).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass"))
CODE = st.lists(
    st.sampled_from(
        [
            "import ",
            "gradio",
            "os",
            "\n",
            "open(",
            "'inference/a'",
            "'/home/x'",
            ")",
            ".launch(",
            "server_port=",
            "1",
            "=",
            "x",
            "(",
            ",",
        ]
        + [
            "[",
            "]",
            " / ",
            "try:",
            "\n    ",
            "except:",
            "from ",
            ".",
            " import ",
            "*",
            "lambda:",
            "f'{x}'",
            "'best.ckpt'",
            "\0",
            "é",
            "\f",
        ]
    ),
    max_size=30,
).map("".join)


def mutated(content):
    """Slices of a good file with any bytes between them."""
    cut = st.integers(0, len(content))
    return st.builds(lambda a, junk, b: content[:a] + junk + content[b:], cut, st.binary(max_size=8), cut)


def examine(files):
    """Run everything that a check runs, for both kinds, and every form of output."""
    recognise(Tree(files), platform())
    for kind in ("project", "model"):
        findings = check(files, kind)
        for language in ("zh", "en"):
            text = report.as_text(findings, language, platform(), tree=Tree(files), show_ignored=True)
            for line in (*text, *report.as_github(findings, language)):
                assert line.isprintable(), "a terminal would obey what is in this line"
        rows = json.loads(report.as_json(findings).encode("ascii"))
        assert all((row["line"] or 1) >= 1 and (row["column"] or 1) >= 1 for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES)
@FUZZ
@given(content=st.binary(max_size=200))
def test_any_bytes(path, content):
    examine({**PROJECT, **MODEL, path: content})


@pytest.mark.slow
@FUZZ
@given(content=CONFIGS | mutated(CONFIG))
def test_any_config(content):
    examine({**PROJECT, "inference/config.json": content})


@pytest.mark.slow
@FUZZ
@given(content=LINES | mutated(REQUIREMENTS))
def test_any_requirements(content):
    examine({**PROJECT, "inference/requirements.txt": content})


@pytest.mark.slow
@FUZZ
@given(content=CODE.map(lambda code: code.encode("utf-8", "surrogatepass")) | mutated(APP))
def test_any_app(content):
    examine({**PROJECT, "inference/app.py": content})


@pytest.mark.slow
@FUZZ
@given(content=mutated(POINTER))
def test_any_pointer(content):
    examine({**MODEL, "best.ckpt": content})


@pytest.mark.slow
@FUZZ
@given(
    files=st.dictionaries(
        PATHS,
        st.binary(max_size=40) | st.just(SUB) | PATHS.filter(lambda p: "\udce9" not in p and p.isascii()).map(link),
        max_size=8,
    )
)
def test_any_names(files):
    examine(files)


HOSTILE = {
    "deep lists": ("inference/config.json", b"[" * 200_000),
    "deep objects": ("inference/config.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "deep but valid": ("inference/config.json", b"[" * 900 + b"]" * 900),
    "deep value": ("inference/config.json", b'{"pretrain":' + b"[" * 900 + b"]" * 900 + b"}"),
    "huge number": ("inference/config.json", b'{"pretrain": ' + b"9" * 100_000 + b"}"),
    "huge exponent": ("inference/config.json", b'{"pretrain": 1e999999, "model_path": [NaN]}'),
    "lone surrogate": ("inference/config.json", b'{"pretrain": "a/b/\\ud800", "model_path": ["a/b/\\ud800"]}'),
    "zero byte": ("inference/config.json", b'{"pretrain": "a/b\\u0000/c", "model_path": ["a/b\\u0000/c"]}'),
    "many paths": ("inference/config.json", json.dumps({"model_path": [f"a/b/{n}" for n in range(10_000)]}).encode()),
    "many keys": ("inference/config.json", json.dumps({f"pretrain{n}": 1 for n in range(10_000)}).encode()),
    "long path": ("inference/config.json", json.dumps({"model_path": ["a-" * 90_000 + "!/b/c"]}).encode()),
    "many blanks": ("inference/requirements.txt", b" " * 200_000 + b"x"),
    "many hashes": ("inference/requirements.txt", b"a #" * 60_000),
    "many continuations": ("inference/requirements.txt", b"a\\\n" * 60_000),
    "many lines": ("inference/requirements.txt", b"".join(b"p%d==1\n" % n for n in range(15_000))),
    "same line": ("inference/requirements.txt", b"gradio>1\n" * 15_000),
    "long version": ("inference/requirements.txt", b"gradio==" + b"9" * 150_000),
    "long number": ("inference/requirements.txt", b"gradio==" + b"9" * 3900),
    "deep marker": ("inference/requirements.txt", b"a; " + b"(" * 3000 + b"extra=='a'" + b")" * 900),
    "includes itself": ("inference/requirements.txt", b"-r requirements.txt\n" * 3),
    "deep brackets": ("inference/app.py", b"(" * 100_000),
    "deep sum": ("inference/app.py", b"x = " + b"1+" * 90_000 + b"1"),
    "deep minus": ("inference/app.py", b"x = " + b"-" * 90_000 + b"1"),
    "deep attribute": ("inference/app.py", b"x" + b".a" * 90_000),
    "deep calls": ("inference/app.py", b"x" + b"()" * 90_000),
    "deep blocks": ("inference/app.py", b"".join(b" " * n + b"if 1:\n" for n in range(500))),
    "many statements": ("inference/app.py", b"try:\n" + b" open('a')\n" * 15_000 + b"except ImportError: pass\n"),
    "names in circles": ("inference/app.py", b"a=(b,b,b,b)\nb=(a,a,a,a)\n" + b"open(a)\n" * 5_000),
    "many imports": ("inference/app.py", b"".join(b"import p%d\n" % n for n in range(10_000))),
    "huge integer": ("inference/app.py", b"x = " + b"9" * 5000),
    "bad coding": ("inference/app.py", b"# coding: nothing\n"),
    "coding rot13": ("inference/app.py", b"# coding: rot13\n"),
    "form feeds": ("inference/app.py", b"\f" * 100_000),
    "almost secrets": ("a.txt", b"access_key_" * 18_000),
    "almost addresses": ("a.txt", b"https://a:" * 20_000),
    "one long word": ("a.txt", b"A" * 200_000),
    "many quotes": ("a.txt", b"ak = 'x" * 25_000),
    "many attributes": (".gitattributes", b"*.ckpt filter=lfs\n" * 10_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_read_in_seconds(name):
    path, content = HOSTILE[name]
    start = time.process_time()
    examine({**PROJECT, path: content})
    assert time.process_time() - start < 20


def repeated(line, size=1_000_000):
    """So many bytes of lines, each made of its number."""
    lines = (line(number).encode() for number in itertools.count())
    return b"".join(itertools.islice(lines, size // len(line(0)) + 1))


APP_PATH, CONFIG_PATH, PINS = FILES[2], FILES[0], FILES[1]
WHOLE = 200_000  # bytes of the largest file that the platform takes
DENSE = b"import gradio as gr\n" + repeated(lambda n: "gr.a(b,c)[d].e;", WHOLE - 100)
MANY = {f"inference/{n:05}file.txt": b"" for n in range(5000)}
STRINGS = b"N = (" + repeated(lambda n: f"'s{n}',", 100_000) + b")\n"


def paths(make, count):
    """A config.json with so many paths."""
    return {CONFIG_PATH: json.dumps({"model_path": [make(n) for n in range(count)]}).encode()}


MADE = {
    "lines for one package": lambda: {PINS: repeated(lambda n: f"gradio>{n}\n")},
    "contradictions": lambda: {PINS: repeated(lambda n: f"gradio=={n}\n")},
    "many bounds": lambda: {PINS: repeated(lambda n: "a" + ",".join(f">{n + m}" for m in range(700))[:3900] + "\n")},
    "markers": lambda: {PINS: repeated(lambda n: f"p{n}; python_version>'3.{n}' and (extra=='a' or os_name=='x')\n")},
    "nested markers": lambda: {PINS: repeated(lambda n: "a; " + "(" * 1500 + "extra=='a'" + ")" * 1500 + "\n")},
    "addresses": lambda: {PINS: repeated(lambda n: f"git+https://u:p@h{n}\n")},
    "itself": lambda: {PINS: repeated(lambda n: "-r requirements.txt\n")},
    "each other": lambda: {
        PINS: repeated(lambda n: f"-r r{n}.txt\n", 50_000),
        **{f"inference/r{n}.txt": repeated(lambda m: f"-r r{m}.txt\n", 50_000) for n in range(20)},
    },
    "faulty paths": lambda: paths(lambda n: f"a b{n}/c", 15_000),
    "odd owners": lambda: paths(lambda n: f"a!{n}/b/c", 14_000),
    "names of the app": lambda: paths(lambda n: f"a/b/{n}/app.py", 9_000),
    "one name": lambda: paths(lambda n: f"a/b{n}/c.ckpt", 11_000),
    "a long config": lambda: paths(lambda n: f"a b{n}/c", 70_000),
    "objects in a list": lambda: {CONFIG_PATH: b"[" + b'{"a":1,"a":1},' * 70_000 + b"{}]"},
    "quotes": lambda: {CONFIG_PATH: b'"\\' * 100_000},
    "misspelt names": lambda: {**MANY, APP_PATH: repeated(lambda n: f"open('{n:05}fiIe.txt')\n", WHOLE)},
    "open(N)": lambda: {APP_PATH: STRINGS + b"open(N)\n" * 11_000},
    "load(N), exists(N)": lambda: {APP_PATH: STRINGS + b"load(N)\nexists(N)\n" * 5_000},
    "launch(N)": lambda: {APP_PATH: STRINGS + b"x.launch(server_port=f(N))\nx.launch(server_port=N)\n" * 1_900},
    "names of names": lambda: {
        APP_PATH: repeated(lambda n: f"a{n}=str(a{n + 1})\n", 90_000) + repeated(lambda n: f"load(a{n})\n", 90_000)
    },
    "imports": lambda: {
        APP_PATH: repeated(lambda n: f"import m{n}\n", 12_000),
        **{f"inference/m{n}.py": repeated(lambda m, n=n: f"import q{n}x{m}\n", 1_000) for n in range(1000)},
    },
    "a long import": lambda: {APP_PATH: b"import " + b".".join([b"m"] * 90_000), "inference/m.py": b""},
    "nested try": lambda: {
        APP_PATH: b"".join(b" " * n + b"try:\n" for n in range(18))
        + b" " * 19
        + b"x=["
        + b"a()," * 40_000
        + b"]\n"
        + b"".join(b" " * (17 - n) + b"except: pass\n" for n in range(18))
    },
    "five dense modules": lambda: {APP_PATH: DENSE, **{f"inference/{name}.py": DENSE for name in "bcde"}},
    "misspelt attributes": lambda: {
        ".git" + "".join(letters): b"" for letters in itertools.islice(itertools.permutations("attributes"), 20_000)
    },
    "misspelt configs": lambda: {
        f"inference/{''.join(letters)}.json": b"pretrain"
        for letters in itertools.islice(itertools.permutations("config"), 720)
    },
    "links": lambda: {f"inference/l{n}": link("../d") for n in range(5000)} | {f"d/{n}": b"" for n in range(5000)},
    "attributes": lambda: {".gitattributes": repeated(lambda n: "* filter=lfs\n")},
    "tokens": lambda: {f"a{n}.txt": repeated(lambda n: f"hf_{'aB3dE5gH7jK9' * 3}\n", WHOLE) for n in range(5)},
    "almost keys": lambda: {f"a{n}.txt": b"sk-" * (WHOLE // 3) for n in range(5)},
    "private keys": lambda: {f"a{n}.txt": b"-----BEGIN PRIVATE KEY-----\n" * 7_000 for n in range(5)},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MADE)
def test_a_megabyte_of_made_input_is_answered_in_seconds(name):
    files = {**PROJECT, **MADE[name]()}
    check(PROJECT)  # loads what is loaded once
    start = time.process_time()
    check(files)
    assert time.process_time() - start < 4  # twice of what is asked of a machine of today


LOGS = [
    *("a", "error: Failed to fetch ", "Retrying (Retry(", "ERROR: Wheel '", "x has no ", "Package '", "Because a "),
    *("different python version: 1 Requires-Python 2;", "satisfies the requirement a==1 ", "1.0 Requires-Python "),
    *("does not satisfy Python", "there is no version of a", "No interpreter found for Python 1.1."),
    *('File "a", line 1 ', "Couldn't parse requirement in `a` at position 1 cause: a ", "fatal: '", "[rejected] ", "^"),
    *("the checkpoint file: ", "Failed to read the checkpoint file ", "status: ", r"\n", "\x1b[", "system_error "),
]


@pytest.mark.slow
@pytest.mark.parametrize("part", LOGS)
@pytest.mark.parametrize("size", [60_000, 1_000_000])
def test_a_log_is_explained_in_a_moment(part, size):
    start = time.process_time()
    explain(part * (size // len(part)))
    assert time.process_time() - start < 2


TOKENS = {
    CONFIG_PATH: [
        *(
            '{"pretrain": ',
            '"model_path": [',
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            '"',
            "\\",
            "\\u001b",
            "null",
            "1e999",
            "-1",
        ),
        *(
            '"a/b/c.ckpt"',
            '"a/b/..\\u202e/c"',
            '"https://u:p4ss@h/b/c"',
            "//",
            "9" * 5000,
            "%",
            "%s",
            '"' + "a" * 300 + "/b/c",
        ),
    ],
    PINS: [
        *(
            "gradio==3.21.0\n",
            "-r requirements.txt\n",
            "-c more.txt\n",
            "-e ",
            "a @ https://u:p4ss@h/a.whl\n",
            "\\\n",
            "\n",
        ),
        *(
            "==",
            ">=",
            ";",
            "python_version",
            "'3.9'",
            "[",
            "]",
            "(",
            ")",
            " #",
            "--hash=",
            "mindspore",
            "1!2.0+cu11",
            "~=",
            ",",
        ),
    ],
    APP_PATH: [
        *(
            "x = Path(x)\n",
            "x.read_text()\n",
            "open(",
            "'a",
            "'inference/b.ckpt'",
            ")",
            "\n",
            "import ",
            "x",
            ".launch(",
        ),
        *(
            "server_port=",
            "0xffff",
            "f'{",
            "}'",
            " / ",
            "try:\n ",
            "except: pass\n",
            "from . import y\n",
            "[",
            "]",
            "\\",
            "#",
        ),
        *(
            "gr.Interface(",
            "theme=1",
            "import gradio as gr\n",
            "(",
            ",",
            "=",
            ":",
            "lambda",
            "'https://u:p4ss@h'",
            "0x" + "f" * 5000,
        ),
    ],
    "a.txt": [
        *(
            "-----BEGIN ",
            "PRIVATE KEY-----",
            "hf_",
            "sk-",
            "AKIA",
            "ak = '",
            "aB3dE5gH7jK9",
            "'",
            '"',
            "https://",
            "u:",
            "@h.example",
        ),
        *(
            "version https://git-lfs.github.com/spec/v1\n",
            f"oid sha256:{'7' * 64}\n",
            "size 1",
            "\r\n",
            "\0",
            "filter=lfs",
        ),
    ],
}
ODD = [
    "\x1b[31m",
    "\x1b]0;x\x07",
    "\x9b",
    "\x7f",
    "\u202e",
    "\u2028",
    "\x85",
    "\r",
    "\udce9",
    "\ud800",
    "手",
    "\t",
    " ",
    "",
]


@pytest.mark.rounds(25_000)  # for each of four kinds of files
@pytest.mark.parametrize("path", TOKENS)
def test_random_inputs(path, rounds):
    """None ends in an exception, and of none a control character or a password is printed."""
    generator = random.Random(path)
    good = PROJECT.get(path, POINTER)
    for number in range(rounds):
        parts = generator.choices(TOKENS[path] + ODD, k=generator.randint(1, 20))
        content = "".join(parts).encode("utf-8", "surrogatepass")
        if number % 3 == 0:
            cut, end = sorted(generator.choices(range(len(good) + 1), k=2))
            content = good[:cut] + content + good[end:]
        name = "a" + generator.choice(ODD).replace("\ud800", "") + ".ckpt" if path == "a.txt" else path
        try:
            findings = check({**PROJECT, name: content}, ("project", "model")[number % 2 if path == "a.txt" else 0])
            lines = list(report.as_text(findings, ("zh", "en")[number % 2], platform()))
            lines += report.as_github(findings, "en")
            explained = explain(content.decode("utf-8", "replace"))
            lines += [say(each, "en") for each in explained[:2]] if explained else []
            json.loads(report.as_json(findings).encode("ascii"))
        except Exception as error:
            raise AssertionError(f"round {number}: {content!r}") from error
        assert all(line.isprintable() and "p4ss" not in line for line in lines), (number, content)
        assert all((each.line or 1) >= 1 and (each.column or 1) >= 1 for each in findings), (number, content)


def test_each_included_file_is_read_once():
    """However often it is named: in itself, ten times over, or in files that name each other."""
    files = {f"r/{n}.txt": b"".join(b"-r %d.txt\n-c %d.txt\n" % (m, m) for m in range(10)) * 4 for n in range(10)}
    asked = []

    def read(path):
        asked.append(path)
        return files.get(path)

    rows = list(read_requirements("r/0.txt", read))
    assert max(Counter(asked).values()) <= 2  # for what is asked for, and for constraints
    assert len(rows) == 10 * 80


def test_what_is_not_read_is_told():
    lines = b"".join(b"p%d==1\n" % n for n in range(3000))
    (finding,) = [each for each in check({**PROJECT, PINS: lines}) if "too long" in each.what.en]
    assert (finding.rule, finding.line, finding.severity) == ("XR101", 2001, "warning")
    modules = {f"inference/m{n}.py": b"" for n in range(300)}
    source = b"".join(b"import m%d\n" % n for n in range(300)) + APP
    (finding,) = [each for each in check({**PROJECT, **modules, APP_PATH: source}) if "only 200" in each.what.en]
    assert (finding.rule, finding.severity) == ("XA101", "warning")


def test_of_many_findings_the_first_are_told_and_how_many_more_there_are():
    findings = [each for each in check({**PROJECT, **paths(lambda n: f"a b{n}/c", 1000)}) if each.rule == "XC106"]
    assert len(findings) == MOST + 1 and findings[-1].what.en == f"{1000 - MOST} more of the same"
    assert findings[-1].severity == "error" and findings[-1].line == 1


@pytest.mark.parametrize(
    "source",
    [
        b"from settings import labels\nlabels = Path(labels)\nlabels.read_text()\n",
        b"a = b\nb = a\nopen(a)\na.read_text()\nopen(a / 'x')\n",
        b"x = " + b" / ".join(b"a%d" % n for n in range(500)) + b"\nopen(x)\nx.read_text()\n",
        b"x = Path(__file__).parent" + b" / 'a'" * 500 + b"\nopen(x)\n",
        b"load(" + b"str(" * 150 + b"'a'" + b")" * 151 + b"\n",
        b"gr.Interface(thumbnail=0x" + b"f" * 5000 + b").launch(server_port=0x" + b"f" * 5000 + b")\n",
        b"x.launch(server_name=0x" + b"f" * 5000 + b" + 1)\nopen('README.md', 0x" + b"f" * 5000 + b")\n",
        b"x.launch(server_port=" + b"9" * 5000 + b")\n",
    ],
)
def test_an_ordinary_program_stops_no_commit(source):
    examine({**PROJECT, APP_PATH: source + APP})
