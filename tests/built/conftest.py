"""The built book, for the tests of this folder."""

import json
import os
from pathlib import Path

import pytest

from built import browsing, checks

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


@pytest.fixture(scope="session")
def open_window():
    """Opens windows before folders; the browser is the machine's own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    path = browsing.found_browser()
    if path is None:
        why = f"no browser on this machine ({', '.join(browsing.BROWSERS)}); on Debian and Ubuntu: apt install chromium"
        pytest.fail(why, pytrace=False) if os.environ.get("BLOCKSHIFT_BROWSER") == "required" else pytest.skip(why)
    with playwright.sync_playwright() as driver:
        yield lambda folder, address: browsing.Window(driver, path, folder, address)


@pytest.fixture(scope="session")
def window(open_window, book):
    """A window before the built book."""
    with browsing.served(book.folder) as address:
        found = open_window(book.folder, address)
        yield found
        found.close()
