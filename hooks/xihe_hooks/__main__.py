"""The process that is `xihe-hooks`, or `python -m xihe_hooks`."""

import sys


def run() -> int:
    """Run the command, and return its exit code."""
    try:
        from xihe_hooks.cli import main

        return main()
    except KeyboardInterrupt:  # also while modules load
        return 130  # language.INTERRUPTED


if __name__ == "__main__":
    sys.path[:1] = []  # the current folder, which may be a stranger's repository
    sys.exit(run())
