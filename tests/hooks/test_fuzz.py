"""Any bytes in any file give findings or none: never an exception, never a hang."""

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xihe_hooks.commands import report
from xihe_hooks.data import platform
from xihe_hooks.rules.kind import recognise
from xihe_hooks.rules.registry import RULES

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
            "\n".join(report.as_text(findings, language, platform(), report.links(RULES, language))).encode()
            "\n".join(report.as_github(findings, language)).encode()
        json.loads(report.as_json(findings, {}).encode())


@pytest.mark.parametrize("path", FILES)
@FUZZ
@given(content=st.binary(max_size=200))
def test_any_bytes(path, content):
    examine({**PROJECT, **MODEL, path: content})


@FUZZ
@given(content=CONFIGS | mutated(CONFIG))
def test_any_config(content):
    examine({**PROJECT, "inference/config.json": content})


@FUZZ
@given(content=LINES | mutated(REQUIREMENTS))
def test_any_requirements(content):
    examine({**PROJECT, "inference/requirements.txt": content})


@FUZZ
@given(content=CODE.map(lambda code: code.encode("utf-8", "surrogatepass")) | mutated(APP))
def test_any_app(content):
    examine({**PROJECT, "inference/app.py": content})


@FUZZ
@given(content=mutated(POINTER))
def test_any_pointer(content):
    examine({**MODEL, "best.ckpt": content})


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
    start = time.monotonic()
    examine({**PROJECT, path: content})
    assert time.monotonic() - start < 20
