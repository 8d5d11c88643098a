"""What is known of the platform and of packages on PyPI, and the suffixes that tell what a file holds."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
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


@functools.cache
def _load(name: str) -> Data:
    data: Data = json.loads((Path(__file__).parent / name).read_text("utf-8"))
    return data


def platform() -> Data:
    """The platform as data: platform.yml, of which `nox -s docs` makes the JSON that loads in a tenth of the time."""
    return _load("platform.json")


def packages() -> Data:
    """What is known of packages on PyPI: packages.yml, by way of JSON as well."""
    return _load("packages.json")


def judged_eras(platform: Data) -> tuple[str, ...]:
    """Ids of the eras that count when none is asked for, oldest first."""
    return tuple(era for era, facts in platform["eras"].items() if facts["judged"])


def key_eras(platform: Data) -> Mapping[str, tuple[str, ...]]:
    """Ids of the judged eras that read each key of config.json."""
    eras = platform["eras"]
    judged = judged_eras(platform)
    return {key: tuple(era for era in judged if eras[era]["key"] == key) for key in platform["config_keys"]}
