"""What is said when installing fails: recorded outputs of several releases, and those of the uv and pip that are here."""

import os
import subprocess
import sys
import zipfile

import pytest
import virtualenv
import yaml
from conftest import HERE, need
from xihe_hooks.readers import log

RECORDED = yaml.safe_load((HERE / "tests/hooks/installer_outputs.yml").read_text("utf-8"))
NOWHERE = "http://127.0.0.1:9"  # the port of "discard", which nothing serves


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["how"])
def test_recorded(case):
    text = explain(case["output"])
    if case["says"] is None:
        assert text is None
    else:
        assert case["says"] in text.en
        assert not any("{" in each or "\n" in each for each in text)
        assert [word in text.zh for word in ("nox -s lock", "UV_", "README")] == [
            word in text.en for word in ("nox -s lock", "UV_", "README")
        ]


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
        command = [
            "uv",
            "pip",
            "install",
            "--no-cache",
            "--target",
            str(tmp_path / "target"),
            "--python",
            sys.executable,
        ]
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


def make_wheel(folder, tags, needs=""):
    """Write a wheel of demo 1.0 with nothing in it."""
    name = f"demo-1.0-{tags}.whl"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        wheel.writestr("demo-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n{needs}")
        wheel.writestr("demo-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n")
        wheel.writestr("demo-1.0.dist-info/RECORD", "")


def test_no_network(install):
    assert "check the network" in explain(install("demo==1.0")).en


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
    text = explain(install("--no-index", "--find-links", str(tmp_path), "demo==1.0"))
    assert "demo" in text.en
    assert "demo" in text.zh


def test_full_disk(tmp_path):
    """What every installer prints of it comes from the operating system."""
    assert "disk is full" in explain(str(OSError(28, os.strerror(28)))).en
