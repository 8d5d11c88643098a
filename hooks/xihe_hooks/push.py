"""Kept for the hooks that earlier versions installed, which run `python -m xihe_hooks.push`."""

from xihe_hooks.commands.push import main

if __name__ == "__main__":
    raise SystemExit(main())
