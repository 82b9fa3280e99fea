"""The built book in a real browser: every page at two widths, in light and in dark."""

import os

import pytest

from built import browsing

# A word that the book cannot do without.
TERM = "nilpotent"

SOUND = """<!DOCTYPE html><html lang="en" data-theme="light"><head><title>A page</title>
<link rel="icon" href="data:,"></head><body><main><h1>A page</h1><p>Some text.</p></main></body></html>"""
# A check, what is put after the text of a sound page, and a word of the complaint.
BROKEN = [
    (browsing.script_errors, "<script>nothing.here</script>", "nothing is not defined"),
    (browsing.script_errors, '<img src="lost.png" alt="A picture that is lost.">', "404"),
    (browsing.outside_requests, '<img src="http://127.0.0.2:9/a.png" alt="A picture.">', "127.0.0.2"),
    (browsing.unset_formulas, r"<p>\(x\)</p>", "left as source"),
    (browsing.unset_formulas, "<p class='math'>x</p>", "0 of 1"),
    (browsing.unset_formulas, "<mjx-merror>Undefined control sequence</mjx-merror>", "Undefined control"),
    (browsing.overflows, '<p style="width: 2000px">Wide.</p>', "wider than the window"),
    (browsing.wrong_mode, "<script>document.documentElement.dataset.theme = 'dark'</script>", "mode dark"),
    (browsing.heavy, '<img src="heavy.svg" alt="A picture that is heavy.">', "weighs"),
    (browsing.barriers, '<p style="color: #aaa; background: #fff">Pale.</p>', "color-contrast"),
    (browsing.barriers, '<img src="small.svg">', "image-alt"),
]


@pytest.fixture(scope="session")
def looks(window, promised):
    """Every page of the book in every view."""
    return [window.look(name, *view) for name in sorted(promised) for view in browsing.VIEWS]


@pytest.mark.parametrize("check", browsing.CHECKS, ids=lambda check: check.__name__)
def test_no_page_has(check, looks):
    found = [complaint for look in looks for complaint in check(look)]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_search_finds(window):
    with window.opened(f"search.html?q={TERM}") as (page, look):
        page.wait_for_selector("#search-results li a")
        assert page.locator("#search-results li a").count() >= 1
    assert not look.errors


def test_the_mode_a_reader_chose_holds_on_the_next_page(window, promised):
    first, second, *_ = sorted(promised)
    with window.opened(first) as (page, _):
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        button = page.locator("button.theme-switch-button").first
        while page.evaluate("document.documentElement.dataset.mode") != "dark":
            button.click()
        page.goto(window.address + second)
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


PLAYED = ("chapters/flow/landscape.html", "chapters/flow/special-starts.html", "chapters/signs/frustration.html")


@pytest.mark.parametrize("name", PLAYED)
def test_sliders_move_by_keyboard_and_say_what_is_seen(window, name):
    with window.opened(name) as (page, look):
        figure = page.locator(".frames").first
        knob = figure.locator("input[type=range]").first
        shown, said = figure.locator(".frames-shown > img:visible"), figure.locator(".frames-said")
        before, at, words = shown.get_attribute("src"), knob.input_value(), said.inner_text()
        knob.focus()
        page.keyboard.press("ArrowLeft" if int(at) else "ArrowRight")
        assert shown.count() == 1
        assert (knob.input_value() != at, shown.get_attribute("src") != before) == (True, True)
        assert said.inner_text() == shown.get_attribute("alt") != words
        assert knob.get_attribute("aria-valuetext") == figure.locator("output").first.inner_text()
    assert not look.errors


@pytest.fixture(scope="session")
def broken(open_window, tmp_path_factory):
    """What is seen of a sound page with something put into it."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "small.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    # Noise, because packing would make little of anything else.
    noise = os.urandom(browsing.HEAVIEST).hex()
    (folder / "heavy.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><!--{noise}--></svg>')
    with browsing.served(folder) as address:
        found = open_window(folder, address)

        def look(more=""):
            (folder / "page.html").write_text(SOUND.replace("</p>", f"</p>{more}", 1), encoding="utf-8")
            return found.look("page.html")

        yield look
        found.close()


def test_a_sound_page_is_sound(broken):
    look = broken()
    assert [check(look) for check in browsing.CHECKS] == [[]] * len(browsing.CHECKS)


@pytest.mark.parametrize(("check", "fault", "word"), BROKEN, ids=lambda given: getattr(given, "__name__", None))
def test_each_check_can_fail(broken, check, fault, word):
    assert any(word in complaint for complaint in check(broken(fault)))
