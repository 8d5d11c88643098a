"""Ask the served app for files that a stranger should not get; exit code 1 when one is served."""

import argparse
import contextlib
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

import serving

SECRET = "a-secret-of-this-test"


def fetch(address, path):
    """Return the body that GET answers with, or b"" for any refusal; the path is sent as it is."""
    try:
        with urllib.request.urlopen(address + path, timeout=20) as response:
            return response.read()
    except (urllib.error.URLError, ValueError):
        return b""


def routes(path):
    """Yield the ways in which some generation of Gradio serves a file."""
    for prefix in ("", "gradio_api/"):
        for route in ("file=", "file/", "static/", "assets/", "theme/", "upload/"):
            yield f"{prefix}{route}{path}"


def served(address, folder):
    """Return what a stranger can fetch, as a set of names."""
    environment = f"/proc/{os.getpid()}/environ"
    outside = Path(folder).parent / "outside.txt"
    outside.write_text(SECRET)
    targets = {
        "files beside app.py": [
            "app.py",
            "config.json",
            "requirements.txt",
            "best.ckpt",
            "./app.py",
            str(folder / "app.py"),
        ],
        "hidden files beside app.py": [".env", str(folder / ".env")],
        "files outside": [
            "../outside.txt",
            "..%2foutside.txt",
            "%2e%2e/outside.txt",
            "%2e%2e%2foutside.txt",
            str(outside),
        ],
        "system files": [
            "/etc/passwd",
            "//etc/passwd",
            "../../../../../../etc/passwd",
            "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        ],
        "the environment": ["/proc/self/environ", "/proc/1/environ", environment],
    }
    known = (
        SECRET.encode(),
        b"root:",
        b"import gradio",
        b"best.ckpt",
        b"gradio==",
        b"backbone.conv1",
        b"GRADIO_SERVER_PORT",
    )
    return {
        name
        for name, paths in targets.items()
        for path in paths
        for route in [path, *routes(path)]
        if any(mark in fetch(address, route) for mark in known)
    }


@contextlib.contextmanager
def quiet():
    """Throw away what this process and its children write to standard error: a traceback for each refusal."""
    kept = os.dup(2)
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    serving.add_arguments(parser)
    folders = []

    def prepare(folder):
        (folder / ".env").write_text(f"TOKEN={SECRET}\n")
        folders.append(folder)  # the app's working directory may be another by the time it answers

    with quiet(), serving.serve(parser.parse_args(), prepare) as (_app, address):
        found = served(address, folders[0])
    print(f"a stranger can fetch: {', '.join(sorted(found)) or 'nothing'}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
