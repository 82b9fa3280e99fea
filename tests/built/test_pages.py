"""The built book, read as a browser would read it: run after ``make book``, by ``make pages``."""

from pathlib import Path

import pytest

from built import checks

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"

# Two words that the book cannot do without.
TERMS = ("nilpotent", "conserved")


def complaints(check, book):
    return [complaint for page in book.pages for complaint in check(page)]


def refuse(found):
    """Fail with the complaints themselves, one a line, and no trace of this file."""
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_every_page_of_the_toc_is_there(book, promised):
    refuse(checks.missing_pages(book, promised))


def test_no_page_is_there_that_the_toc_does_not_name(book, promised):
    refuse(checks.stray_pages(book, promised))


def test_the_front_page_leads_to_the_first_page(book):
    refuse(checks.front_page_faults(book))


def test_every_page_says_its_language_and_title(book):
    refuse(complaints(checks.nameless, book))


def test_no_page_asks_another_server_for_anything(book):
    refuse(complaints(checks.outside_loads, book))


def test_no_style_sheet_asks_another_server_for_anything(book):
    refuse(checks.outside_styles(book))


def test_links_out_of_the_book_stand_in_references_or_the_footer(book):
    refuse(complaints(checks.outside_links, book))


def test_every_link_inside_the_book_leads_somewhere(book):
    refuse([complaint for page in book.pages for complaint in checks.broken_links(page, book)])


def test_every_chapter_offers_its_very_notebook(book):
    refuse([complaint for page in book.pages for complaint in checks.download_faults(page, book, CHAPTERS)])


def test_every_image_has_a_description(book):
    refuse(complaints(checks.undescribed_images, book))


def test_every_figure_a_cell_draws_has_a_caption(book):
    refuse(complaints(checks.uncaptioned_figures, book))


def test_no_error_and_no_missing_value_shows(book):
    refuse(complaints(checks.leaks, book))


def test_no_tex_and_no_markdown_shows_as_typed(book):
    refuse(complaints(checks.raw_source, book))


def test_headings_are_in_order(book):
    refuse(complaints(checks.heading_faults, book))


def test_ids_are_given_once_a_page(book):
    refuse(complaints(checks.repeated_ids, book))


def test_formulas_can_be_typeset_from_the_book_alone(book):
    refuse([complaint for page in book.pages for complaint in checks.untypeset_formulas(page, book)])


@pytest.mark.parametrize("term", TERMS)
def test_the_search_knows(term, book):
    refuse(checks.missing_terms(book, [term]))


def test_no_claim_is_shown_as_failed_stale_or_not_verified(book):
    refuse(complaints(checks.doubtful_verdicts, book))


def test_the_register_shows_a_verdict_for_every_claim(book):
    shown = book.page("chapters/register.html").soup.select(".register .verdict")
    assert len(shown) >= 9


def test_every_claim_is_stated_once_with_a_badge_that_says_what_the_record_says(book, record):
    assert record["claims"]
    refuse(checks.badge_faults(book, record))


def test_every_claim_has_its_entry_in_the_register(book, record):
    page = book.page("chapters/register.html")
    refuse([f"{c['id']}: no entry" for c in record["claims"] if f"claim-{c['id'].lower()}" not in page.anchors])


def test_every_use_of_a_claim_is_an_arrow_in_the_register(book, record):
    arrows = {(a["data-from"], a["data-to"]) for a in book.page("chapters/register.html").soup.select(".uses-arrow")}
    assert arrows == {(used, claim["id"]) for claim in record["claims"] for used in claim["uses"]}


def test_every_figure_that_a_claim_names_is_linked_from_its_statement(book, record):
    for page in book.pages:
        for block in page.article.select("div.proof[id]"):
            figures = {c["id"].lower(): c["figures"] for c in record["claims"]}.get(block["id"], [])
            linked = [a["href"].partition("#")[2] for a in block.select(".evidence-links a")]
            assert set(figures) <= set(linked), block["id"]


def test_every_figure_has_the_words_computed_with_it_and_its_command(book):
    refuse(complaints(checks.figures_without_own_words, book))
