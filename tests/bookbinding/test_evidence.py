"""The evidence beside statements, in a book of one chapter: badges say what the record says, or are grey."""

import io
import json
import warnings

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from blockshift.claims import LEDGER, ledger, report, verify

CONF = """
extensions = ["sphinx_proof", "bookbinding.markup", "bookbinding.evidence"]
html_theme = "basic"
master_doc = root_doc = "page"
numfig = True
evidence_record = "verification.json"
evidence_register = "register"
"""
THEOREM = """
.. prf:theorem:: The conserved matrices
   :label: p1-c6

   They are.
"""
CONJECTURE = """
.. prf:conjecture:: Nothing else
   :label: o-l6

   There is not.
"""
PAGE = f"A page\n======\n{THEOREM}{CONJECTURE}"


@pytest.fixture(scope="module")
def record():
    return report.record([verify(LEDGER[name]) for name in ("P1-C6", "O-L6")], complete=False)


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A function that writes a book about two claims, builds it, and returns its page and its warnings."""
    two = ledger.Ledger()
    for name in ("P1-C6", "O-L6"):
        two.enter(LEDGER[name])
    monkeypatch.setattr(ledger, "LEDGER", two)
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text(CONF)
    (source / "register.rst").write_text(":orphan:\n\nRegister\n========\n")

    def build(record, page=PAGE):
        (source / "verification.json").unlink(missing_ok=True)
        if record is not None:
            (source / "verification.json").write_text(json.dumps(record))
        if not (source / "page.rst").exists() or (source / "page.rst").read_text() != page:
            (source / "page.rst").write_text(page)
        said = io.StringIO()
        # What the tools of the book call by old names is not ours to mend.
        with warnings.catch_warnings(), patch_docutils(), docutils_namespace():
            warnings.simplefilter("ignore")
            places = (tmp_path / "html", tmp_path / "trees")
            Sphinx(source, source, *places, "html", status=io.StringIO(), warning=said).build()
        return BeautifulSoup((tmp_path / "html" / "page.html").read_text("utf-8"), "html.parser"), said.getvalue()

    build.html = tmp_path / "html"
    return build


def beside(page, label):
    """The evidence in the block of a label."""
    return page.find(id=label).select_one(".evidence")


def text(tag):
    return " ".join(tag.get_text(" ").split())


def test_a_statement_carries_its_id_its_verdict_and_its_scope(book, record):
    page, said = book(record)
    found = beside(page, "p1-c6")
    assert said == ""
    assert found.select_one(".evidence-verdict a")["href"] == "register.html#claim-p1-c6"
    assert found.select_one(".verdict")["class"] == ["verdict", "verdict-holds"]
    assert text(found.select_one(".evidence-scope")).startswith("Proof: every depth h ≥ 2 and all widths")
    assert not found.details.has_attr("open")
    assert "(sign = 1) fails as it must" in text(found.details)


def test_its_links_lead_to_lines_of_pages_of_the_book(book, record):
    page, _ = book(record)
    found = beside(page, "p1-c6")
    shown = {text(link): link["href"] for link in found.select("a") if link["href"].startswith("_code/")}
    assert {"check", "derivation conserved_matrices", "test", "conservation.conserved"} <= set(shown)
    for link in shown.values():
        name, _, place = link.partition("#")
        code = BeautifulSoup((book.html / name).read_text("utf-8"), "html.parser")
        assert code.find(id=place) is not None, link
    name, _, place = shown["conservation.conserved"].partition("#")
    code = BeautifulSoup((book.html / name).read_text("utf-8"), "html.parser")
    assert code.find(id=place).get_text().startswith("def conserved(")


def test_what_is_open_says_so_in_words(book, record):
    page, _ = book(record)
    found = beside(page, "o-l6")
    assert text(found.select_one(".verdict")) == "open"
    assert "No check has been written yet" in text(found)
    assert found.details is None


def test_what_was_not_reproduced_shows_unfolded_how_it_was_checked(book, record):
    spoiled = json.loads(json.dumps(record))
    spoiled["claims"][0].update(verdict="not reproduced", evidence="2 < 1 <b>")
    found = beside(book(spoiled)[0], "p1-c6")
    assert text(found.select_one(".verdict")) == "not reproduced"
    assert found.details.has_attr("open")
    assert "2 < 1 <b>" in text(found.details)


@pytest.mark.parametrize("key", ["source", "data"])
def test_a_record_of_other_sources_turns_the_badges_grey(book, record, key):
    page, _ = book(record | {key: "another"})
    found = beside(page, "p1-c6")
    assert found.select_one(".verdict")["class"] == ["verdict", "verdict-stale"]
    assert "have changed since" in text(found)
    assert "said “holds”" in text(found)
    assert not page.select(".verdict-holds, .verdict-open")


def test_without_a_record_the_badges_say_that_nothing_was_verified(book):
    page, said = book(None)
    assert said == ""
    assert {text(badge) for badge in page.select(".evidence .verdict")} == {"not verified in this build"}
    assert "No verification was found" in text(beside(page, "p1-c6"))


def test_a_new_record_rewrites_a_page_that_did_not_change(book, record):
    assert text(beside(book(None)[0], "p1-c6").select_one(".verdict")) == "not verified in this build"
    assert text(beside(book(record)[0], "p1-c6").select_one(".verdict")) == "holds"
    assert text(beside(book(record | {"source": "another"})[0], "p1-c6").select_one(".verdict")) == "stale"


def test_a_statement_without_a_claim_is_a_warning(book, record):
    _, said = book(record, PAGE.replace("A page\n======\n", "A page\n======\n" + THEOREM.replace("p1-c6", "p9-c9")))
    assert "'p9-c9' has no claim in the register" in said


def test_a_claim_without_a_statement_is_a_warning(book, record):
    _, said = book(record, PAGE.replace(CONJECTURE, ""))
    assert "claim O-L6 has no statement" in said


def test_a_definition_needs_no_claim_and_gets_no_badge(book, record):
    definition = THEOREM.replace("prf:theorem", "prf:definition").replace("p1-c6", "def-kept")
    page, said = book(record, PAGE + definition)
    assert said == ""
    assert beside(page, "def-kept") is None
