"""Addresses as they may be shown."""

from __future__ import annotations

import re


def without_credentials(text: str) -> str:
    """Return the text with the user and the password taken out of each address in it."""
    return re.sub(r"([A-Za-z][A-Za-z0-9+.-]{0,20}:/{1,3})[^\s/?#]{0,2000}@", r"\1", text)
