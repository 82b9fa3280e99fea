"""The record of a verification: whole or absent, fresh or stale, never green for what it does not know."""

import json
import shutil

import pytest
from bs4 import BeautifulSoup

from blockshift import errors
from blockshift.claims import LEDGER, pages, report, verify


@pytest.fixture(scope="module")
def record():
    return report.record([verify(claim) for claim in LEDGER if claim.part == "graph"], complete=False)


def test_a_record_has_the_keys_that_others_rely_on(record):
    assert {"commit", "versions", "claims", "summary"} <= set(record)
    keys = {"id", "statement", "source", "status", "kind", "scope", "verdict", "control", "seconds"}
    assert all(keys <= set(claim) for claim in record["claims"])


def test_a_record_survives_being_written_and_read(record, tmp_path):
    report.write(record, tmp_path / "record.json")
    assert report.read(tmp_path / "record.json") == record
    assert [file.name for file in tmp_path.iterdir()] == ["record.json"]


def test_a_write_that_breaks_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "record.json"
    path.write_text("old")
    with pytest.raises(TypeError):
        report.write({"claims": object()}, path)
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_refuses_to_write_where_there_is_no_folder(tmp_path):
    with pytest.raises(errors.BadArgument, match="existing folder"):
        report.write({}, tmp_path / "no" / "record.json")


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"claims": 3}'])
def test_what_is_not_a_record_is_read_as_none(tmp_path, text):
    (tmp_path / "record.json").write_text(text)
    assert report.read(tmp_path / "record.json") is None


def test_a_record_is_fresh_until_the_source_changes(record, monkeypatch):
    assert report.freshness(record) == "fresh"
    monkeypatch.setattr(report, "source_hash", lambda: "another")
    assert report.freshness(record) == "stale"
    assert report.freshness(None) == "not verified in this build"


def test_the_hash_of_the_source_notices_one_changed_byte_and_a_moved_file(tmp_path):
    copy = tmp_path / "blockshift"
    shutil.copytree(report.source_root(), copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = report.source_hash(copy)
    assert before == report.source_hash()
    file = copy / "flow" / "conservation.py"
    file.write_bytes(file.read_bytes().replace(b" - V.T @ V", b" + V.T @ V"))
    changed = report.source_hash(copy)
    assert changed != before
    file.rename(copy / "flow" / "moved.py")
    assert report.source_hash(copy) not in (before, changed)


def test_the_commit_outside_a_checkout_is_said_not_to_be_known(tmp_path):
    assert report.commit(tmp_path) == "unknown"


def test_a_page_shows_verdicts_only_from_a_fresh_record(record, monkeypatch):
    fresh = pages.Register(record)._repr_html_()
    assert "verdict-holds" in fresh
    assert "<p class='scope'>Proof: every depth h ≥ 1 and all widths</p>" in fresh  # before anything is unfolded
    assert "verdict-unverified" in fresh  # the claims that this record left out
    monkeypatch.setattr(report, "source_hash", lambda: "another")
    stale = pages.Register(record)._repr_html_()
    assert "verdict-stale" in stale
    assert "verdict-holds" not in stale


def test_a_page_without_a_record_shows_every_claim_as_not_verified():
    page = pages.Register(None)
    assert {word for _, _, word in page.shown()} == {"not verified in this build"}
    assert f"{len(LEDGER)} not verified" in repr(page)
    assert "verdict-holds" not in page._repr_html_()


def test_a_page_escapes_what_it_shows(record):
    spoiled = json.loads(json.dumps(record))
    spoiled["commit"] = "<script>"
    assert "<script>" not in pages.Register(spoiled)._repr_html_()


def test_a_card_shows_verdict_and_control_and_its_text_says_the_same():
    card = pages.verdict("p1-c1")
    assert "verdict-holds" in card._repr_html_()
    assert "fails as it must" in card._repr_html_()
    assert "P1-C1 holds" in repr(card)


def test_the_closing_line_names_controls_that_did_not_fail(record):
    spoiled = json.loads(json.dumps(record))
    spoiled["summary"]["controls that did not fail"] = ["P1-C1"]
    assert "P1-C1" in report.closing(spoiled)
    assert "did not fail" not in report.closing(record)


def test_a_record_is_stale_when_a_stored_measurement_changed(record, monkeypatch):
    monkeypatch.setattr(report, "data_hash", lambda: "another")
    assert report.freshness(record) == "stale"


def test_a_record_that_does_not_say_which_measurements_it_read_is_stale(record):
    assert report.freshness({key: value for key, value in record.items() if key != "data"}) == "stale"


def test_the_hash_of_the_measurements_notices_a_byte_and_a_name(tmp_path):
    empty = report.data_hash(tmp_path)
    file = tmp_path / "deep" / "runs.json"
    file.parent.mkdir()
    file.write_text("1")
    one = report.data_hash(tmp_path)
    file.write_text("2")
    two = report.data_hash(tmp_path)
    file.rename(file.with_name("other.json"))
    assert len({empty, one, two, report.data_hash(tmp_path)}) == 4


def test_every_entry_of_the_register_has_a_place_and_what_it_is_chosen_by(record):
    page = BeautifulSoup(pages.Register(record)._repr_html_(), "html.parser")
    entries = {entry["id"]: entry for entry in page.select(".register > section")}
    assert list(entries) == [f"claim-{claim.id.lower()}" for claim in LEDGER]
    known = entries["claim-p1-c1"]
    assert (known["data-part"], known["data-evidence"], known["data-verdict"]) == (
        "the network as a graph",
        "Proof",
        "holds",
    )
    assert entries["claim-p1-c6"]["data-verdict"] == "not verified in this build"


def test_the_choices_of_the_register_are_hidden_without_a_script_and_count_its_entries(record):
    page = BeautifulSoup(pages.Register(record)._repr_html_(), "html.parser")
    form = page.form
    assert form.has_attr("hidden")
    assert form.find(attrs={"role": "status"}) is not None
    assert [select["name"] for select in form.select("select")] == ["part", "evidence", "verdict"]
    for select in form.select("label > select"):
        for option in select.select("option")[1:]:
            chosen = page.select(f'.register > section[data-{select["name"]}="{option["value"]}"]')
            assert option.get_text() == f"{option['value']} ({len(chosen)})"
            assert chosen
    assert not page.select(".register > section[hidden]")
