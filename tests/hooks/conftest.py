"""Makes the package of this working tree the one that tests and their hooks run."""

import os
import sys

import pytest
from helpers import HERE

PACKAGE = str(HERE / "hooks")
if PACKAGE not in sys.path:
    sys.path.insert(0, PACKAGE)


@pytest.fixture(scope="session", autouse=True)
def package_path():
    """Let every process that a test starts import the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", PACKAGE, prepend=os.pathsep)
        yield
