"""Tells which of the two repositories one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xihe_hooks.data import KINDS, WEIGHT_SUFFIXES
from xihe_hooks.git.repository import Tree
from xihe_hooks.readers import answers
from xihe_hooks.rules.facts import is_typo_of

PAPERS = ("readme", "license", "licence", "model_card", "modelcard", "notice", "changelog")


def recognise(tree: Tree, platform: Mapping[str, Any]) -> str | None:
    """Return "project" or "model" by what lies in the tree; None where that leaves both open."""
    answered = _answered(tree)
    if answered:
        return answered
    if tree.entries.under(platform["files"]["folder"]):
        return "project"
    project, model = _looks_project(tree, platform), _looks_model(tree)
    if project != model:
        return "project" if project else "model"
    return None


def _answered(tree: Tree) -> str | None:
    kind = answers.parse(answers.tracked(tree) or b"").get("repo")
    return kind if kind in KINDS else None


def _looks_project(tree: Tree, platform: Mapping[str, Any]) -> bool:
    files = platform["files"]
    return any(
        top == name or is_typo_of(top, name) for top in tree.entries.tops for name in (files["folder"], files["app"])
    )


def _looks_model(tree: Tree) -> bool:
    names = [path for path in tree.entries if not path.startswith((".git", ".pre-commit"))]
    papers_only = bool(tree.entries) and all(
        "/" not in name and name.lower().partition(".")[0] in PAPERS for name in names
    )
    weights = any(name.lower().endswith(WEIGHT_SUFFIXES) for name in names)
    return papers_only or (weights and not _has_app(names)) or _asks_for_lfs(tree)


def _asks_for_lfs(tree: Tree) -> bool:
    attributes = tree.entries.get(".gitattributes")
    return attributes is not None and 0 < attributes.size < 10_000 and b"filter=lfs" in tree.read(attributes.path)


def _has_app(names: list[str]) -> bool:
    return any(name.rpartition("/")[2].lower() == "app.py" for name in names)
