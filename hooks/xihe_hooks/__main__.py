"""The process that is `xihe-hooks`, or `python -m xihe_hooks`."""

import sys

from xihe_hooks.cli import main

if __name__ == "__main__":
    sys.exit(main())
