"""What is said of a log: recorded outputs of several releases, those of the uv and pip that are here, the platform's."""

import io
import json
import os
import random
import subprocess
import sys
import zipfile

import pytest
import virtualenv
import yaml
from helpers import HERE, need
from xihe_hooks.cli import main
from xihe_hooks.data import packages, platform
from xihe_hooks.readers.log import MESSAGES, PRINTED, SECOND_TRY, explain
from xihe_hooks.rules.registry import every

RECORDED = yaml.safe_load((HERE / "tests/hooks/logs.yml").read_text("utf-8"))
NOWHERE = "http://127.0.0.1:9"  # the port of "discard", which nothing serves


def said(output, language="en"):
    """The cause and the remedy, as one text."""
    known = explain(output)
    return known and " ".join(getattr(each, language) for each in (known.what, known.remedy))


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["how"])
def test_recorded(case):
    text = said(case["output"])
    if case["says"] is None:
        assert text is None
    else:
        assert case["says"] in text
        words = ("nox -s lock", "UV_", "README", "config.json", "git-lfs", "xihe-hooks check", "inference/")
        assert [word in said(case["output"], "zh") for word in words] == [word in text for word in words]


@pytest.mark.parametrize("message", platform()["messages"])
def test_each_message_of_the_platform_is_known(message):
    for log in (message, f'"{message}"\n', json.dumps({"data": {"status": message, "error": ""}})):
        known = explain(log)
        assert known and known.message == message and known.what == MESSAGES[message].what


def test_a_message_from_f12_is_read_as_what_it_says():
    log = "Traceback (most recent call last):\n  File \"./app.py\", line 1\nModuleNotFoundError: No module named 'sklearn'\n"
    frame = json.dumps({"code": "", "data": {"error": log, "status": "start_failed"}})
    assert "scikit-learn" in said(frame) and "start_failed" not in explain(frame).seen


def test_the_first_try_counts_not_the_second():
    second = "fatal: destination path '/workspace/digits' already exists and is not an empty directory."
    assert explain(second).what == SECOND_TRY.what
    assert "weights" in said(f"{second}. more detail: no model file: zhangsan/digits-model/best.ckpt")


@pytest.mark.parametrize("words", ["Initializing the building", "start the app", "resume", "serving size", "a timeout"])
def test_ordinary_words_are_no_state(words):
    assert explain(words) is None


def test_every_cause_is_complete():
    """Each has its rules, its sentences, and a recorded output."""
    rules = {rule.id for rule in every()}
    seen = {explain(case["output"]).what.zh.split("{")[0] for case in RECORDED if case["says"]}
    for cause in (*PRINTED.values(), *MESSAGES.values(), SECOND_TRY):
        assert set(cause.rules) <= rules
        for text in cause[:2]:
            assert text.zh.endswith("。") and text.en.endswith(".") and "\n" not in text.zh + text.en
    texts = [said(case["output"]) or "" for case in RECORDED]
    errors = [each["because"]["en"][1:] for each in packages()["combinations"] if "error" in each]
    for en in [each.what.en for each in PRINTED.values()] + errors:
        longest = max(en.replace("}", "{").split("{")[::2], key=len)
        assert any(longest in text for text in texts), f"no recorded output yields: {en}"
    assert seen


@pytest.fixture
def run(capsys, monkeypatch):
    """Return a function that explains standard input or files, and returns the exit code and what is printed."""

    def explained(*arguments, given=b""):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
        try:
            code = main(["explain", "--lang", "en", *map(str, arguments)])
        except SystemExit as error:
            code = error.code
        return code, *capsys.readouterr()

    return explained


def test_the_command_names_cause_remedy_and_rule(run, tmp_path):
    (tmp_path / "log.txt").write_text("ModuleNotFoundError: No module named 'cv2'\n")
    code, out, _ = run(tmp_path / "log.txt")
    titles = {rule.id: rule.title.en for rule in every()}
    assert code == 0
    assert out.splitlines() == [
        "In the log: ModuleNotFoundError: No module named 'cv2'",
        "Cause: The app imports cv2, which is neither installed nor in inference/.",
        (
            "Remedy: If it is a package, add opencv-python to requirements.in and run nox -s lock; "
            "if it is your own module, move it into inference/."
        ),
        *(f"Rule: {rule} {titles[rule]}" for rule in ("XR104", "XA105")),
        "To read about the rules: xihe-hooks rules XR104 XA105",
    ]


def test_a_state_has_its_source_and_day(run):
    code, out, _ = run(given=b'{"status": "related_model_notfound"}')
    assert code == 0 and "2024-11-04" in out and "model repository" in out


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_windows_writes_is_read(run, encoding):
    log = "\x1b[31m平台\x1b[0m\r\nno model file: zhangsan/digits-model/best.ckpt\r\n"
    assert run(given=log.encode(encoding))[0] == 0


def test_what_is_not_known_is_said_with_what_to_send(run):
    token = "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"
    code, out, err = run(given=f"ok\nlogin with {token}\nRuntimeError: the moon is down\n".encode())
    assert code == 1 and not err
    assert "RuntimeError: the moon is down" in out and "xihe-hooks --version" in out
    assert "Line 2 looks like" in out and token not in out


@pytest.mark.parametrize("arguments", [["nowhere.txt"], ["."], ["a", "b"], ["--langg", "zh"]])
def test_misuse(run, arguments):
    code, out, err = run(*arguments)
    assert code == 2 and not out and err.count("\n") == 1 and err.startswith("xihe-hooks: ")


@pytest.mark.parametrize("seed", range(20))
def test_any_bytes_get_an_answer(run, seed):
    generator = random.Random(seed)
    code, out, err = run(given=b"fatal: '" + generator.randbytes(generator.choice([1, 100, 5000])))
    assert code in (0, 1) and out and not err and all(line.isprintable() for line in out.splitlines())


def test_an_empty_log_is_misuse(run):
    assert run(given=b" \n")[0] == 2


def test_nothing_known_is_said_of_what_is_good(run):
    code, out, _ = run(given=b"Running on local URL:  http://0.0.0.0:8080\n")
    assert code == 1 and "The log contains no error" in out


@pytest.fixture(scope="module")
def python_with_pip(tmp_path_factory):
    """Return a Python that has pip, which an environment made by uv lacks."""
    folder = tmp_path_factory.mktemp("environment")
    return virtualenv.cli_run([str(folder), "--no-download"], setup_logging=False).creator.exe


@pytest.fixture(params=["uv", "pip"])
def install(request, tmp_path):
    """Return a function that fails to install something with the real installer and returns what it prints."""
    if request.param == "uv":
        need("uv")
        target = ("--target", str(tmp_path / "target"), "--python", sys.executable)
        command = ["uv", "pip", "install", "--no-cache", *target]
    else:
        python = request.getfixturevalue("python_with_pip")
        command = [str(python), "-m", "pip", "--retries", "1", "--disable-pip-version-check"]
        command += ["install", "--no-cache-dir", "--target", str(tmp_path / "target")]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))},
        "PIP_CONFIG_FILE": os.devnull,
        "UV_NO_CONFIG": "1",
        "UV_HTTP_RETRIES": "0",
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE),
    }

    def fail(*arguments):
        run = subprocess.run(
            [*command, *arguments], env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert run.returncode != 0
        return run.stdout + run.stderr

    return fail


def make_wheel(folder, tags, more="", name="demo"):
    """Write a wheel of version 1.0 with nothing in it."""
    with zipfile.ZipFile(folder / f"{name}-1.0-{tags}.whl", "w") as wheel:
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{more}")
        wheel.writestr(f"{name}-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n")
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")


def test_no_network(install):
    assert "check the network" in said(install("demo==1.0")).lower()


@pytest.mark.parametrize(
    "tags,needs",
    [
        pytest.param("cp27-cp27m-any", "", id="another Python"),
        pytest.param("py3-none-win32", "", id="another machine"),
        pytest.param("py3-none-any", "Requires-Python: >=3.99\n", id="a later Python"),
        pytest.param(None, "", id="never published"),
    ],
)
def test_no_package(install, tmp_path, tags, needs):
    if tags:
        make_wheel(tmp_path, tags, needs)
    output = install("--no-index", "--find-links", str(tmp_path), "demo==1.0")
    assert "demo" in said(output)
    assert "demo" in said(output, "zh")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("demo=1.0", "demo=1.0"),
        ("demo==1.0\nother==1.0", "conflict with each other"),
        (f"demo==1.0 --hash=sha256:{7:064}", "hashes"),
    ],
)
def test_requirements_that_cannot_be_installed(install, tmp_path, lines, says):
    make_wheel(tmp_path, "py3-none-any")
    make_wheel(tmp_path, "py3-none-any", "Requires-Dist: demo>=2\n", name="other")
    (tmp_path / "requirements.txt").write_text(lines + "\n")
    assert says in said(install("--no-index", "--find-links", str(tmp_path), "-r", str(tmp_path / "requirements.txt")))


def test_full_disk(tmp_path):
    """What every installer prints of it comes from the operating system."""
    assert "disk is full" in said(str(OSError(28, os.strerror(28))))
