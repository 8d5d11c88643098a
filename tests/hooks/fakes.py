"""A repository made of data, for rules: facts that git would give, and the findings that follow."""

import re

from xihe_hooks.git.entries import FILE, SUBMODULE, SYMLINK, Entries
from xihe_hooks.git.hooks import HookState
from xihe_hooks.language import Text
from xihe_hooks.rules.facts import Facts
from xihe_hooks.rules.registry import run
from xihe_hooks.rules.rule import Finding

APP = b"""\
from pathlib import Path

import gradio as gr
import mindspore as ms

weights = ms.load_checkpoint(str(Path(__file__).with_name("best.ckpt")))
gr.Interface(fn=str, inputs="text", outputs="text").launch()
"""
CONFIG = b'{"pretrain": "zhangsan/digits-model/best.ckpt", "model_path": ["zhangsan/digits-model/best.ckpt"]}\n'
REQUIREMENTS = b"gradio==3.21.0\nmindspore==2.0.0\npillow<10\npydantic<2\nsetuptools<81\n"
PROJECT = {
    "README.md": b"# Digits\n",
    "inference/app.py": APP,
    "inference/config.json": CONFIG,
    "inference/requirements.txt": REQUIREMENTS,
}
OID = "7" * 64
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 300000\n" % OID.encode()
MODEL = {".gitattributes": b"*.ckpt filter=lfs diff=lfs merge=lfs -text\n", "best.ckpt": POINTER}


def link(target):
    """A symbolic link."""
    return (SYMLINK, target.encode("utf-8", "surrogateescape"))


SUB = (SUBMODULE, b"")


class Tree:
    """What xihe_hooks.git.Tree is to the rules; a value is the content of a file, or a mode and a content."""

    def __init__(self, files):
        pairs = {path: each if isinstance(each, tuple) else (FILE, each) for path, each in files.items()}
        self.contents = {path: content for path, (_, content) in pairs.items()}
        oids = [content.hex()[:40] for content in self.contents.values()]
        modes = {path: mode for path, (mode, _) in pairs.items() if mode != FILE}
        self.entries = Entries(list(pairs), oids, modes, lambda: [len(content) for content in self.contents.values()])

    def read(self, path):
        """Content of a file."""
        return self.contents[path]

    def read_ahead(self, paths):
        """There is nothing to fetch."""

    def any_holds(self, mark):
        """Whether the mark is in one of the files."""
        return any(mark in content for content in self.contents.values())

    def each(self, paths):
        """Files with their contents."""
        return ((path, self.contents[path]) for path in paths)

    def filter_attributes(self):
        """As if each line of .gitattributes named one suffix."""
        lines = self.contents.get(".gitattributes", b"").decode("utf-8", "replace").splitlines()
        tracked = tuple(line.split()[0].lstrip("*") for line in lines if "filter=lfs" in line)
        return {path: "lfs" for path in self.entries if tracked and path.endswith(tracked)}


def changed(files, changes):
    """The files with some replaced, added, or (by None) taken away."""
    return {path: content for path, content in {**files, **changes}.items() if content is not None}


def check(files, kind="project", era=None, **facts) -> list[Finding]:
    """All findings of all rules; facts that only a real repository has are harmless unless given."""
    tree = Tree(files)
    harmless = {
        "attributes": lambda name, paths: {},
        "branch": "main",
        "changes": list,
        "hooks": HookState("runs", lfs=True),
        "lfs_content": lambda oid: None,
        "lfs_objects": lambda oid: True,
        "models": {},
        "origin": None,
        "upstream": lambda: None,
    }
    return run(Facts(kind=kind, tree=tree, **{**harmless, **facts}), era)


def assert_both_languages(text):
    """Assert that a text says something in Chinese and in English, and neither in the other's place."""
    assert isinstance(text, Text)
    assert text.zh.strip() and text.en.strip()
    assert re.search("[\u4e00-\u9fff]", text.zh)
    prose = re.sub(r"[^\s]*[^\x00-\x7f…→][^\s]*", "", text.en) if "版本" in text.en else text.en
    assert not re.search("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]", prose)
