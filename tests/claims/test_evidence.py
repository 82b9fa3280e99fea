"""Every kind of evidence can hold, and every kind can fail."""

import math

import pytest

from blockshift import errors
from blockshift.claims.evidence import (
    Bound,
    Broken,
    Certificate,
    Counterexample,
    Identity,
    Proof,
    Rate,
    Residual,
    Sample,
)
from blockshift.flow.symbols.transcripts import Derivation, Line

GOOD = Derivation("a = a", "everything", (Line("a = a", "reflexivity", True),))
TOLD = Derivation("a = a", "everything", (Line("a = a", "by decree"),))
BAD = Derivation("a = b", "everything", (Line("a = a", "reflexivity", True), Line("a = b", "wishing", False)))
ZERO, ONE = Residual({"x": 0}, 0, "here"), Residual({"x": 1}, 0, "here")


def is_even(n):
    return n % 2 == 0


# (evidence, whether it holds)
CASES = [
    (Proof(GOOD, [ZERO]), True),
    (Proof(BAD, [ZERO]), False),
    (Proof(TOLD, [ZERO]), False),
    (Proof(GOOD, [ONE]), False),
    (Proof(GOOD, []), False),
    (Identity({"2-2": 0}, "there"), True),
    (Identity({"2-2": 0, "2-3": 1}, "there"), False),
    (Identity({}, "there"), False),
    (Certificate(4, is_even, "4"), True),
    (Certificate(3, is_even, "3"), False),
    (Counterexample(4, is_even, "4"), True),
    (Counterexample(3, is_even, "3"), False),
    (Bound(0.5, 0.0, 1.0, "one"), True),
    (Bound(1.5, 0.0, 1.0, "one"), False),
    (Bound(math.nan, 0.0, 1.0, "one"), False),
    (Rate([0.1, 0.01], [1e-2, 1e-4], order=2, tolerance=0.01, scope="two"), True),
    (Rate([0.1, 0.01], [1e-1, 1e-2], order=2, tolerance=0.01, scope="two"), False),
    (Residual({"x": -1e-12}, 1e-9, "run"), True),
    (Residual({"x": -1e-6}, 1e-9, "run"), False),
    (Residual({"x": math.nan}, 1e-9, "run"), False),
    (Residual({}, 1e-9, "run"), False),
    (Sample(1.0, [2.0, 3.0], "below", 0, "one"), True),
    (Sample(2.5, [2.0, 3.0], "below", 0, "one"), False),
    (Sample(4.0, [2.0, 3.0], "above", 0, "one"), True),
    (Sample(1.0, [], "below", 0, "one"), False),
    (Broken("it raised"), False),
]


@pytest.mark.parametrize(("evidence", "holds"), CASES)
def test_evidence_holds_exactly_when_its_numbers_do(evidence, holds):
    assert evidence.holds is holds


@pytest.mark.parametrize("evidence", [case for case, _ in CASES if not isinstance(case, Sample) or case.null])
def test_every_kind_says_its_scope_and_what_it_found(evidence):
    assert evidence.kind
    assert evidence.scope
    assert evidence.summary


def test_a_broken_proof_names_the_line():
    assert "wishing" in Proof(BAD, [ZERO]).summary


def test_a_summary_of_exact_residuals_names_the_one_that_is_not_zero():
    assert "x is not zero" in ONE.summary


def test_refuses_a_rate_from_one_step():
    with pytest.raises(errors.BadArgument, match="two positive steps"):
        _ = Rate([0.1], [0.1], 1, 0.1, "one").holds


def test_refuses_a_side_that_is_none():
    with pytest.raises(errors.BadArgument, match="below"):
        _ = Sample(1.0, [2.0], "beside", 0, "one").holds
