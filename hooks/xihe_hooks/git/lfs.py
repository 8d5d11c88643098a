"""The pointers that git-lfs keeps in place of contents."""

from __future__ import annotations

import re
from typing import NamedTuple

# Compiled when first used: most runs meet no pointer.
_POINTER = rb"(?:\xef\xbb\xbf)?version https?://(?:git-lfs\.github\.com/spec|hawser\.github\.com/spec|git-media\.io)/"
_OID_LINE = rb"(?m)^oid sha256:(.{64})$"
_POINTER_OID = rb"(?m)^oid sha256:([0-9A-Fa-f]{64})\r?$"
_POINTER_SIZE = rb"(?m)^size ([0-9]{1,18})\r?$"
_CANONICAL = rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:[0-9a-f]{64}\nsize [0-9]+\n"


class Pointer(NamedTuple):
    """What git-lfs keeps in git instead of a file's content.

    oid        SHA-256 of the content, "" when the pointer names none
    size       bytes of the content, 0 when the pointer names none
    canonical  whether it is byte for byte what git-lfs writes
    told       the oid that the platform's start script finds in it, None where it takes the text for the content itself
    """

    oid: str
    size: int
    canonical: bool
    told: str | None

    @classmethod
    def parse(cls, content: bytes) -> Pointer | None:
        """The pointer that a blob of a pointer's size is, or None. Takes whatever a server may take for one: line ends, BOM, version."""
        if not re.match(_POINTER, content):
            return None
        oid, size = re.search(_POINTER_OID, content), re.search(_POINTER_SIZE, content)
        return cls(
            oid[1].decode().lower() if oid else "",
            int(size[1]) if size else 0,
            bool(re.fullmatch(_CANONICAL, content)),
            oid_line(content),
        )


def oid_line(content: bytes) -> str | None:
    """The oid that the start script finds in a file, whatever else is in there: a line that ends in LF (run.sh)."""
    found = re.search(_OID_LINE, content)
    return found[1].decode("latin-1") if found else None
