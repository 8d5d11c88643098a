"""What is known of the platform and of packages on PyPI, and the suffixes that tell what a file holds."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

KINDS = ("project", "model")
Data = Mapping[str, Any]
# Files that hold weights; a README or a script beside them does not make a model repository.
WEIGHT_SUFFIXES = (
    *(".air", ".ckpt", ".h5", ".joblib", ".mindir", ".npz", ".om", ".onnx", ".pb", ".pdparams", ".pkl", ".pt", ".pth"),
    *(".safetensors", ".tflite"),
)
BINARY = (
    *WEIGHT_SUFFIXES,
    ".bmp",
    ".gif",
    ".gz",
    ".ico",
    ".jpeg",
    ".jpg",
    ".mp3",
    ".mp4",
    ".pdf",
    ".png",
    ".wav",
    ".zip",
)


class _Data(SourceFileLoader):
    """Loads a YAML file as Python loads a module: compiled once, and kept beside the other compiled ones."""

    def source_to_code(self, data: Any, path: Any) -> CodeType:  # type: ignore[override]
        import json

        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        plain = json.dumps(yaml.load(data, loader), default=str)  # a safe loader; days as text
        return compile(f"DATA = {json.loads(plain)!r}", path, "exec")


@functools.cache
def _load(name: str) -> Data:
    module = ModuleType(name)
    _Data(name, os.path.join(os.path.dirname(__file__), name)).exec_module(module)
    data: Data = module.DATA
    return data


def platform() -> Data:
    """The platform as data: platform.yml."""
    return _load("platform.yml")


def packages() -> Data:
    """What is known of packages on PyPI: packages.yml."""
    return _load("packages.yml")


def judged_eras(platform: Data) -> tuple[str, ...]:
    """Ids of the eras that count when none is asked for, oldest first."""
    return tuple(era for era, facts in platform["eras"].items() if facts["judged"])


def key_eras(platform: Data) -> Mapping[str, tuple[str, ...]]:
    """Ids of the judged eras that read each key of config.json."""
    eras = platform["eras"]
    judged = judged_eras(platform)
    return {key: tuple(era for era in judged if eras[era]["key"] == key) for key in platform["config_keys"]}
