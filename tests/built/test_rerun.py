"""Run it here: a reader's browser derives the claims again, from the book alone, and sees the broken ones fail."""

import os
import re

import pytest

from blockshift.reruns import entries
from bookbinding import runtime
from built import browsers

PAGE = "chapters/flow/what-is-kept.html"
CLAIM = "p1-c6"
#: Milliseconds for Python to start and SymPy to load: a quarter of a minute on an idle machine, far more on a busy one.
PATIENCE = 240_000


@pytest.fixture(scope="module")
def open_page(book):
    """A function that opens a page of the book; what the page asked for, and its complaints, are on it."""
    why = browsers.missing()
    if why:
        (pytest.fail if os.environ.get("BLOCKSHIFT_BROWSER") == "required" else pytest.skip)(why)
    with browsers.serving(book.folder) as home, browsers.browser() as chromium:

        def open_page(name=PAGE, **options):
            page = chromium.new_context(**options).new_page()
            page.asked, page.complaints, page.home = [], [], home
            # The context also hears what the page's worker asks for.
            page.context.on("request", lambda request: page.asked.append(request.url))
            page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda problem: page.complaints.append(str(problem)))
            page.goto(home + name)
            page.wait_for_load_state("networkidle")
            return page

        yield open_page


@pytest.fixture
def strip(open_page):
    """The strip below the statement of the conserved matrices, on a page that was just opened."""
    if not runtime.is_ready():
        required = os.environ.get("BLOCKSHIFT_RUNTIME") == "required"
        (pytest.fail if required else pytest.skip)("the book was built without the Python that runs in the page")
    page = open_page()
    yield page, page.locator(f"#{CLAIM} + .rerun")
    page.context.close()


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


def test_a_press_runs_the_derivation_and_a_broken_one_fails(strip):
    page, box = strip
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
    shape = box.get_by_label("Widths")
    shape.fill("2-3-2")
    shape.press("Enter")
    assert "at 2-3-2, 0 terms" in status(box, "at 2-3-2")
    box.get_by_label("Break it").press("Space")
    shape.press("Enter")
    said = status(box, "broken on purpose")
    expected = entries.rerun("P1-C6", "2-3-2", broken=True)
    assert "fails, as it must" in said
    assert "breaks at line" in said
    assert box.locator(".rerun-residual").inner_text() == str(expected["expansion"]["residual"]) != "0"
    assert expected["expansion"]["beginning"] in box.locator(".rerun-result").inner_text()
    assert box.locator("li.unverified").first.is_visible()
    box.locator("li.unverified mjx-container").first.wait_for(timeout=PATIENCE)

    shape.fill("2-0-2")
    shape.press("Enter")
    assert "write for example 3-4-3" in status(box, "Not done")
    assert len(pythons(page)) == once, "Python is loaded once"
    assert all(url.startswith((page.home, "blob:", "data:")) for url in page.asked)
    assert not page.complaints


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 420])
def test_a_strip_fits_and_can_be_read(open_page, width, scheme):
    page = open_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for box in page.locator(".rerun[data-megabytes]").all():
        assert box.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
        assert contrast(box.locator("button").first) >= 4.5
        assert contrast(box.locator(".rerun-note")) >= 4.5
    page.context.close()


def contrast(element):
    """The ratio of contrast of a text and what is behind it, by the definition of the web's guidelines."""
    ink, paper = element.evaluate(
        """e => {
            let behind = e;
            while (behind && /rgba\\(.*, 0\\)|transparent/.test(getComputedStyle(behind).backgroundColor))
                behind = behind.parentElement;
            return [getComputedStyle(e).color, getComputedStyle(behind || document.body).backgroundColor];
        }"""
    )
    light, dark = sorted((luminance(colour) for colour in (ink, paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
