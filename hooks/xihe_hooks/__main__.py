"""`python -m xihe_hooks` is `xihe-hooks`."""

import sys

from xihe_hooks.cli import main

sys.exit(main())
