"""Reads the arguments of a command."""

from __future__ import annotations

import argparse
from typing import NoReturn

from xihe_hooks.findings import MISUSE


class Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence and exit with 2."""
        self.exit(MISUSE, f"{self.prog}: {message}. --help\n")
