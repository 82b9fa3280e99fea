"""The built book, for the tests of this folder."""

import json
from pathlib import Path

import pytest

from built import checks

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"


def pytest_collection_finish():
    """Without a book there is one thing to say, not one per test."""
    if not (HTML / "searchindex.js").exists():
        pytest.exit("there is no built book in _build/html; run: make book", returncode=1)


@pytest.fixture(scope="session")
def book():
    return checks.Book(HTML)


@pytest.fixture(scope="session")
def promised():
    return checks.toc_pages(ROOT / "_toc.yml")


@pytest.fixture(scope="session")
def record():
    return json.loads((ROOT / "chapters" / "verification.json").read_text("utf-8"))
