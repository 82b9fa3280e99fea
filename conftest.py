"""Every module of the library is imported once, in whatever order pytest collects the files."""

import importlib
from pathlib import Path

LIBRARY = Path(__file__).with_name("lib")


def pytest_collect_file(file_path):
    """Imports a module as everyone does, before pytest does it for its doctests.

    Left alone, pytest imports the parent package, which may import the module, and then runs its file a second time.
    From then on there are two: claims hold one, and tests that come later change the other.
    """
    if file_path.suffix == ".py" and LIBRARY in file_path.parents and file_path.name != "__main__.py":
        parts = file_path.relative_to(LIBRARY).with_suffix("").parts
        importlib.import_module(".".join(part for part in parts if part != "__init__"))
