"""The register: verdicts are computed, controls must fail, ids are unique."""

import pytest

from blockshift import errors
from blockshift.claims import ledger
from blockshift.claims.evidence import Residual

WORDS = {"statement": "x is zero", "source": "ours", "part": "flow", "chapter": "nowhere"}


def check(*, x=0):
    return Residual({"x": x}, 0, "one number")


def stubborn(*, x=0):
    return Residual({"x": 0}, 0, "one number")


def raising(*, x=0):
    raise ZeroDivisionError("on purpose")


def raising_when_spoiled(*, x=0):
    return Residual({"x": 1 // (1 - x)}, 1, "one number")


def claim(check=check, **changes):
    return ledger.Claim(**({"id": "X-1", "status": "ours", "check": check, "control": {"x": 1}} | WORDS | changes))


def test_a_claim_whose_check_holds_and_whose_control_fails_is_sound():
    found = ledger.verify(claim())
    assert (found.verdict, found.control, found.sound) == ("holds", "fails as it must", True)


def test_a_check_that_cannot_fail_is_noticed():
    found = ledger.verify(claim(stubborn))
    assert (found.verdict, found.control, found.sound) == ("holds", "did not fail", False)


def test_a_check_that_raises_fails_and_keeps_the_reason():
    found = ledger.verify(claim(raising))
    assert found.verdict == "fails"
    assert "on purpose" in found.evidence.summary


def test_a_control_that_raises_has_not_failed_as_it_must():
    assert ledger.verify(claim(raising_when_spoiled)).control == "did not fail"


def interrupted_in_machine_code(*, x=0):
    raise SystemError("returned a result with an exception set") from KeyboardInterrupt()


def test_an_interruption_is_no_failure_of_the_claim():
    with pytest.raises(KeyboardInterrupt):
        ledger.verify(claim(interrupted_in_machine_code))


def test_mathematics_fails_but_an_observation_is_not_reproduced():
    backwards = {"check": lambda *, x=1: Residual({"x": x}, 0, "one number"), "control": {"x": 2}}
    assert ledger.verify(claim(**backwards)).verdict == "fails"
    observed = ledger.verify(claim(**backwards, empirical=True))
    assert observed.verdict == "not reproduced"
    assert observed.sound


def test_an_open_claim_shows_the_gap():
    found = ledger.verify(claim(None, status="open", control={}))
    assert (found.verdict, found.control, found.kind) == ("open", "none", "none")
    assert "open" in repr(found)


def test_the_sentence_of_a_verdict_says_verdict_scope_and_control():
    text = repr(ledger.verify(claim()))
    assert "X-1 holds" in text
    assert "one number" in text
    assert "x=1" in text


def test_refuses_two_claims_of_one_id():
    book = ledger.Ledger()
    book.enter(claim())
    with pytest.raises(errors.BadArgument, match="unique"):
        book.enter(claim())


def test_refuses_a_claim_without_control():
    with pytest.raises(errors.BadArgument, match="no control"):
        claim(control={})


def test_refuses_a_status_that_is_none():
    with pytest.raises(errors.BadArgument, match="status"):
        claim(status="certain")


def test_refuses_an_open_claim_with_a_check():
    with pytest.raises(errors.BadArgument, match="open"):
        claim(status="open")


@pytest.fixture
def book():
    book = ledger.Ledger()
    for name, changes in {"X-1": {}, "X-2": {"part": "graph"}, "X-3": {"cost": "minutes"}}.items():
        book.enter(claim(id=name, **changes))
    return book


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, ["X-1", "X-2"]),
        ({"slow": True}, ["X-1", "X-2", "X-3"]),
        ({"part": "flow"}, ["X-1"]),
        ({"ids": ["x-3"]}, ["X-3"]),
        ({"ids": ["X-2", "X-1", "X-2"]}, ["X-2", "X-1"]),
    ],
)
def test_claims_are_selected_by_id_part_and_cost(book, asked, ids):
    assert [c.id for c in book.select(**asked)] == ids


def test_refuses_ids_and_parts_that_are_not_there(book):
    with pytest.raises(errors.UnknownName, match="X-1, X-2, X-3"):
        book.select(["X-4"])
    with pytest.raises(errors.UnknownName, match="flow, graph"):
        book.select(part="roof")
