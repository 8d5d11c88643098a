"""The process that is `xihe-hooks`, or `python -m xihe_hooks`."""

import sys

if __name__ == "__main__":
    sys.path[:1] = []  # the current folder, which may be a stranger's repository
    from xihe_hooks.cli import main

    sys.exit(main())
