"""What can be derived again: the same claims, controls and derivations as in the register."""

import json

import pytest

from blockshift import errors
from blockshift.claims import LEDGER
from blockshift.claims.evidence import Identity, Proof
from blockshift.flow.symbols import derivations
from blockshift.reruns import entries
from blockshift.reruns.entries import ENTRIES

ALL = pytest.mark.parametrize("name", ENTRIES)
EXPANDED = pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if entry.expand])


@ALL
def test_an_entry_is_a_claim_with_the_same_control(name):
    assert dict(ENTRIES[name].control) == dict(LEDGER[name].control)


def test_every_derivation_of_a_claim_can_be_run_again():
    used = {entry.derive.__name__ for entry in ENTRIES.values() if entry.derive}
    # Steps on the way to others, which have claims of their own.
    parts = {"end_to_end", "balanced_powers", "mirrored"}
    made = {
        name
        for name in derivations.__all__
        if isinstance(getattr(getattr(derivations, name), "__annotations__", {}).get("return"), type)
        and getattr(derivations, name).__annotations__["return"].__name__ == "Derivation"
    }
    assert made - parts == used


@pytest.mark.parametrize("name", ["P1-C1", "P1-C2", "P1-C6", "P1-C7", "E1", "P1-C5", "S10"])
def test_the_register_has_the_same_evidence(name):
    entry = ENTRIES[name]
    for spoil in ({}, dict(entry.control)):
        evidence = LEDGER[name].check(**spoil)
        if isinstance(evidence, Identity):
            assert entry.derive is None
        else:
            assert isinstance(evidence, Proof)
            assert evidence.derivation == entry.derive(**spoil)
        assert evidence.holds is entries.rerun(name, broken=bool(spoil))["holds"]


@ALL
def test_a_claim_holds_and_breaks(name):
    whole, broken = entries.rerun(name), entries.rerun(name, broken=True)
    assert whole["holds"] is True
    assert broken["holds"] is False
    for part in ("derivation", "expansion"):
        if whole[part]:
            assert whole[part]["holds"] is True
            assert broken[part]["holds"] is False


@EXPANDED
def test_what_is_left_over_is_zero_and_then_not(name):
    whole, broken = entries.rerun(name)["expansion"], entries.rerun(name, broken=True)["expansion"]
    assert whole["residual"] == 0
    assert whole["entries"] > 0
    assert broken["residual"] > 0
    assert broken["beginning"] != "0"
    assert whole["beginning"] == "0"


@EXPANDED
@pytest.mark.parametrize("shape", ["1-1-1", "2-1-2", "1-3-1", "2-2-2"])
def test_it_holds_at_other_shapes(name, shape):
    assert entries.rerun(name, shape)["expansion"]["residual"] == 0


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if entry.expand and name != "E1"])
@pytest.mark.parametrize("shape", ["1-1", "2-3", "3-2-1-2", "1-1-1-1-1", "1-2-1-2-1"])
def test_it_holds_at_other_depths(name, shape):
    assert entries.rerun(name, shape)["expansion"]["residual"] == 0


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if entry.expand and name != "E1"])
def test_it_breaks_at_another_depth(name):
    assert entries.rerun(name, "1-2-2-1", broken=True)["expansion"]["residual"] > 0


def test_without_a_hidden_layer_nothing_is_said_of_one():
    found = entries.rerun("P1-C6", "2-3", broken=True)
    assert found["expansion"]["entries"] == 0
    assert found["expansion"]["residual"] == 0
    assert found["holds"] is False  # the derivation for all sizes is broken all the same


@pytest.mark.parametrize(
    ("shape", "problem", "words"),
    [
        ("3", errors.BadArgument, "2 to 8 widths"),
        ("3-0-3", errors.BadArgument, "at least 1"),
        ("3--3", errors.BadArgument, "whole numbers"),
        ("", errors.BadArgument, "whole numbers"),
        ("1-1-1-1-1-1-1-1-1", errors.BadArgument, "2 to 8"),
        ("7-7", errors.TooLarge, "49 paths"),
        (None, errors.BadArgument, "whole numbers"),
    ],
)
def test_refuses_what_is_no_shape(shape, problem, words):
    with pytest.raises(problem, match=words):
        entries.widths(shape if shape is not None else [object()])


def test_a_shape_at_the_limit_is_taken():
    assert entries.widths("6-8") == (6, 8)
    assert entries.widths((1,) * 8) == (1,) * 8
    assert entries.widths("3, 4, 3") == (3, 4, 3)


def test_refuses_a_claim_that_has_no_derivation():
    with pytest.raises(errors.UnknownName, match="P1-C6"):
        entries.rerun("P3-C1")


def test_refuses_another_shape_than_that_of_the_statement():
    with pytest.raises(errors.BadArgument, match="2-3-2"):
        entries.rerun("E1", "2-3-1")


@pytest.mark.parametrize("name", ["P1-C6", "O-R4"])
def test_an_answer_is_what_was_found(name):
    assert json.loads(entries.answer(json.dumps({"name": name}))) == entries.rerun(name)


def test_a_refusal_is_an_answer_with_its_reason():
    assert "write for example 3-4-3" in json.loads(entries.answer('{"name": "P1-C6", "shape": "x"}'))["refused"]


def test_the_beginning_shows_three_terms_and_how_many_there_are():
    beginning = entries.rerun("P1-C6", broken=True)["expansion"]["beginning"]
    assert beginning.endswith("… (45 terms)")
    assert beginning.count("w1_11") == 3
