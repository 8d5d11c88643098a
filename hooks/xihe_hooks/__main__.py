"""The process that is `xihe-hooks`, or `python -m xihe_hooks`."""

from __future__ import annotations

import gc
import os
import sys


def run() -> int:
    """Run the command. Returns its exit code, but for a check, which ends here: a commit waits for it."""
    checks = sys.argv[1:2] == ["check"]
    if checks:  # to look for what could be thrown away, and to throw it away in the end, takes as long as git's listing
        gc.disable()
    from xihe_hooks.cli import main

    code = main()
    if checks:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


if __name__ == "__main__":
    sys.exit(run())
