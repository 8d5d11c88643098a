"""Runs modules of this Python from within repositories that may belong to strangers."""

import sys

# `python -m` and `python -c` put the current folder first on the path, where a stranger's json.py or copier.py would be
# loaded in place of the real one; `-P` does without since 3.11 only, and `-I` would also hide the user's own packages.
SAFE_PATH = "import sys; sys.path = [folder for folder in sys.path if folder]"
_RUN = f"{SAFE_PATH}; import runpy; del sys.argv[0]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command that does what `python -m MODULE ARGUMENTS...` does, but loads nothing from the current folder."""
    return [sys.executable, "-c", _RUN, module, *arguments]
