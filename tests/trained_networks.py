"""What tests of trained networks need: the packages that carry them, or a reason to be left out."""

import os

import pytest

from blockshift.graph.pretrained import doors
from blockshift.graph.pretrained.pictures import COLLECTIONS


def need(*names):
    """Leaves the test out where a network or a collection of pictures is not installed; fails where all must be."""
    for name in names:
        if name in COLLECTIONS:
            collection = COLLECTIONS[name]
            here, install = collection.installed, f"python -m pip install --no-deps {collection.pin}"
        else:
            here, install = doors.models()[name].installed, doors.models()[name].install
        if not here:
            say = pytest.fail if os.environ.get("BLOCKSHIFT_MODELS") == "required" else pytest.skip
            say(f"{name} is not installed: {install}")
