"""The drawing of which claim uses which, and its twin in words: both say the same, and neither by colour alone."""

import pytest
from bs4 import BeautifulSoup

from blockshift.claims import LEDGER, badges, pages, report
from blockshift.claims.uses import Mark, Uses

MARKS = [
    Mark("A-1", "a < b", "holds"),
    Mark("A-2", "b", "open"),
    Mark("A-3", "c", "not reproduced"),
    Mark("A-4", "d", "holds"),
]
WEB = Uses(MARKS, {"A-1": (), "A-2": ("A-1",), "A-3": ("A-1", "A-2"), "A-4": ()})


@pytest.fixture(scope="module")
def page():
    return BeautifulSoup(WEB._repr_html_(), "html.parser")


def test_the_sentence_counts_arrows_claims_and_those_alone():
    assert repr(WEB) == "Uses(3 arrows between 3 claims, 1 claims alone)"


def test_every_claim_with_an_arrow_has_a_box_that_leads_to_its_entry(page):
    boxes = {box["data-id"]: box["href"] for box in page.select("svg a")}
    assert boxes == {"A-1": "#claim-a-1", "A-2": "#claim-a-2", "A-3": "#claim-a-3"}


def test_every_use_is_one_arrow_from_what_is_used(page):
    arrows = [(arrow["data-from"], arrow["data-to"]) for arrow in page.select("svg path")]
    assert sorted(arrows) == [("A-1", "A-2"), ("A-1", "A-3"), ("A-2", "A-3")]


def test_an_arrow_begins_at_the_right_side_of_one_box_and_ends_at_the_left_side_of_the_other(page):
    boxes = {box["data-id"]: box.rect for box in page.select("svg a")}
    for arrow in page.select("svg path"):
        begin, end = boxes[arrow["data-from"]], boxes[arrow["data-to"]]
        first, last = arrow["d"].split(" C")[0], arrow["d"].split()[-2:]
        middle = float(begin["y"]) + float(begin["height"]) / 2
        assert first == f"M{float(begin['x']) + float(begin['width']):g} {round(middle, 1)}"
        assert float(last[0]) == float(end["x"])
        assert float(last[1]) == pytest.approx(float(end["y"]) + float(end["height"]) / 2)


def test_everything_drawn_is_inside_the_drawing(page):
    svg = page.svg
    for box in svg.select("rect"):
        assert 0 <= float(box["x"]) <= float(svg["width"]) - float(box["width"])
        assert 0 <= float(box["y"]) <= float(svg["height"]) - float(box["height"])


def test_a_verdict_is_a_sign_and_a_name_beside_its_colour(page):
    box = page.find("a", attrs={"data-id": "A-3"})
    assert "verdict-not-reproduced" in box["class"]
    assert box.find(class_="uses-sign").get_text() == "≠"
    assert box["aria-label"] == "A-3, not reproduced"
    assert len(set(badges.SIGNS.values())) == len(badges.SIGNS)


def test_the_list_says_the_same_as_the_drawing(page):
    lines = [" ".join(item.get_text(" ").split()) for item in page.select("details li")]
    assert lines[0] == "A-1 holds uses no other; is used by A-2 , A-3 ."
    assert [item.a["href"] for item in page.select("details li")] == ["#claim-a-1", "#claim-a-2", "#claim-a-3"]
    assert WEB.lines()[2] == "A-3 (not reproduced) uses A-1, A-2; is used by no other."
    assert "A-4" in page.select_one("details > p").get_text()


def test_a_keyboard_can_scroll_the_drawing_and_pass_by_it(page):
    window = page.select_one(".uses-window")
    assert window["tabindex"] == "0"
    assert window["aria-label"]
    assert page.find(id=page.select_one(".uses-skip")["href"].lstrip("#"))


def test_what_is_drawn_is_escaped(page):
    assert "a &lt; b" in WEB._repr_html_()


def test_the_register_draws_every_use_of_the_ledger():
    drawn = pages.Register(None).uses
    assert {m.word for m in drawn.marks} == {report.ABSENT}
    html = BeautifulSoup(drawn._repr_html_(), "html.parser")
    arrows = {(arrow["data-from"], arrow["data-to"]) for arrow in html.select("svg path")}
    assert arrows == {(used, claim.id) for claim in LEDGER for used in claim.uses}
