"""Run it here: a reader's browser derives the claims again, from the book alone, and sees the broken ones fail."""

import os
import re

import pytest

from blockshift.reruns import entries
from bookbinding import runtime
from built import browsing

PAGE = "chapters/flow/what-is-kept.html"
CLAIM = "p1-c6"
#: Milliseconds for Python to start and SymPy to load: a quarter of a minute on an idle machine, far more on a busy one.
PATIENCE = 240_000


@pytest.fixture
def strip(window):
    """A page that was just opened, the strip below the conserved matrices, and what the page and its worker ask for."""
    if not runtime.is_ready():
        required = os.environ.get("BLOCKSHIFT_RUNTIME") == "required"
        (pytest.fail if required else pytest.skip)("the book was built without the Python that runs in the page")
    # A phone in the dark is where there is least room and least light.
    with window.opened(PAGE, 420, "dark") as (page, look):
        # The context also hears what the page's worker asks for.
        page.asked, page.look = [], look
        page.context.on("request", lambda request: page.asked.append(request.url))
        page.asked += page.evaluate("() => performance.getEntriesByType('resource').map(entry => entry.name)")
        yield page, page.locator(f"#{CLAIM} + .rerun")


def pythons(page):
    return [url for url in page.asked if re.search(r"/rerun/.*\.(wasm|zip|mjs|json)", url)]


def status(box, words):
    """Wait until the strip says so."""
    box.locator(".rerun-status", has_text=words).wait_for(timeout=PATIENCE)
    return box.locator(".rerun-status").inner_text()


def test_every_statement_of_the_table_has_a_strip(book):
    shown = {tag["data-claim"] for page in book.pages for tag in page.soup.select(".rerun")}
    assert shown == set(entries.ENTRIES)


def test_a_strip_stands_right_below_its_statement(book):
    for page in book.pages:
        for tag in page.soup.select(".rerun"):
            before = tag.find_previous_sibling()
            assert before["id"] == tag["data-claim"].lower(), page.name


def test_without_a_script_a_strip_names_the_command(book):
    for page in book.pages:
        for tag in page.soup.select(".rerun"):
            assert f"blockshift verify {tag['data-claim']}" in tag.get_text()


def test_pages_without_a_strip_load_nothing_of_it(book):
    for page in book.pages:
        scripts = [tag for tag in page.soup.select("script[src], link[href]") if "rerun/" in str(tag)]
        assert bool(scripts) is bool(page.soup.select(".rerun")), page.name


def test_a_press_runs_the_derivation_and_a_broken_one_fails(strip, window):
    page, box = strip
    assert any("control.js" in url for url in page.asked)
    assert not pythons(page), "nothing may be loaded before the first press"
    box.get_by_role("button", name="Run it here").click()
    said = status(box, f"{CLAIM.upper()} holds")
    assert "Written out at 3-4-3, 0 terms are left over" in said
    assert box.locator(".rerun-residual").inner_text() == "0"
    assert "wasm" in box.locator(".rerun-by").inner_text()
    assert box.locator(".derivation li").count() == len(entries.rerun("P1-C6")["derivation"]["lines"])
    once = len(pythons(page))
    assert once >= 7

    # Another shape, by keyboard alone; then broken on purpose, as the register's control is.
    shape = box.get_by_label("Widths, input first")
    shape.fill("2-3-2")
    shape.press("Enter")
    assert "at 2-3-2, 0 terms" in status(box, "at 2-3-2")
    box.get_by_label("Break it").press("Space")
    shape.press("Enter")
    said = status(box, "broken on purpose")
    expected = entries.rerun("P1-C6", "2-3-2", broken=True)
    assert "fails as it must" in said
    assert "breaks at line" in said
    assert box.locator(".rerun-residual").inner_text() == str(expected["expansion"]["residual"]) != "0"
    assert expected["expansion"]["beginning"] in box.locator(".rerun-result").inner_text()
    assert box.locator("li.unverified").first.is_visible()
    box.locator("li.unverified mjx-container").first.wait_for(timeout=PATIENCE)

    shape.fill("2-0-2")
    shape.press("Enter")
    assert "write for example 3-4-3" in status(box, "Not done")
    assert len(pythons(page)) == once, "Python is loaded once"
    assert not page.look.outside
    assert all(url.startswith((window.address, "blob:", "data:")) for url in page.asked)
    assert not page.look.errors


def test_an_answer_fits_the_page_and_stands_in_nobodys_way(strip, window):
    page, box = strip
    box.get_by_label("Break it").check()
    box.get_by_role("button", name="Run it here").click()
    status(box, "fails as it must")
    box.locator("li.unverified mjx-container").first.wait_for(timeout=PATIENCE)
    page.evaluate(window.axe)
    for mode in ("dark", "light"):
        page.evaluate("mode => { document.documentElement.dataset.theme = mode; }", mode)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert {fault["id"] for fault in found} <= browsing.KNOWN | browsing.KNOWN_BESIDE_CITATIONS, mode


def test_loading_shows_its_progress_and_can_be_cancelled(strip):
    page, box = strip
    held = []
    page.context.route(re.compile(r"packages\.zip"), lambda route: held.append(route))
    button = box.get_by_role("button", name="Run it here")
    button.focus()
    button.press("Enter")
    box.locator("progress[value]").wait_for(timeout=PATIENCE)
    # The stage is spoken; it is the bar that moves.
    assert box.locator(".rerun-status[aria-live=polite]").inner_text() == "Loading Python."
    page.wait_for_function("() => Number(document.querySelector('.rerun.busy progress').value) > 0.5", timeout=PATIENCE)
    assert box.locator("progress").get_attribute("aria-label")
    box.get_by_role("button", name="Cancel").click()
    assert box.locator(".rerun-status").inner_text() == "Cancelled."
    assert not box.locator("progress").is_visible()
    assert button.evaluate("b => b === document.activeElement")
    # The page lives on, and a second press begins anew.
    page.context.unroute_all()
    button.click()
    box.locator("progress").wait_for(timeout=PATIENCE)
    box.get_by_role("button", name="Cancel").click()


def test_a_file_that_is_not_the_books_own_is_refused(strip):
    page, box = strip
    changed = re.compile(r"blockshift\.zip")

    def spoil(route):
        body = bytearray(route.fetch().body())
        body[100] ^= 1
        route.fulfill(body=bytes(body))

    page.context.route(changed, spoil)
    box.get_by_role("button", name="Run it here").click()
    assert "blockshift.zip is not what the book was built with" in status(box, "This did not work")
