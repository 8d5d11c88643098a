"""A version that several files must name is the same in all of them."""

import re
import subprocess

import pytest
from helpers import HERE


@pytest.mark.parametrize("package", ["ruff", "pre-commit-hooks"])
def test_the_same_everywhere(package):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HERE, check=True, stdout=subprocess.PIPE).stdout
    texts = [(HERE / name).read_text("utf-8", "ignore") for name in listed.decode().split("\0")[:-1]]
    pins = [pin for text in texts for pin in re.findall(rf"\b{package}==([0-9.]+)", text)]
    assert len(pins) > 1
    assert len(set(pins)) == 1


def test_the_image_s_packages_stay_where_they_are():
    """What pip does over the image takes seconds as long as it replaces few and small packages."""
    stack, image = (
        dict(re.findall(r"(?m)^([\w-]+)(?:\[\w+\])?==(\S+)", (HERE / path).read_text("utf-8")))
        for path in ("stacks/image/requirements.txt", "hooks/xihe_hooks/image.txt")
    )
    changed = {name for name, pin in stack.items() if image.get(name) != pin}
    assert changed == {"easydict", "ffmpy", "ml-collections", "pillow", "pydantic"}
