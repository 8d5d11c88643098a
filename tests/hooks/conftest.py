"""Makes the package of this working tree the one that tests and their hooks run."""

import os
import sys

import pytest
from conftest import HERE

PACKAGE = str(HERE / "hooks")
if PACKAGE not in sys.path:
    sys.path.insert(0, PACKAGE)


def pytest_configure(config):
    """Register the marker of tests that take minutes."""
    config.addinivalue_line("markers", "slow: takes minutes; runs only when asked for with -m slow")


def pytest_collection_modifyitems(config, items):
    """Leave slow tests out unless the command line chooses by marker."""
    if not config.option.markexpr:
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture(scope="session", autouse=True)
def package_path():
    """Let every process that a test starts import the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", PACKAGE, prepend=os.pathsep)
        yield
