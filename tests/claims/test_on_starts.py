"""The claims on special starts: a fault planted in the library makes the claim fail by name."""

import dataclasses

import numpy as np
import pytest

from blockshift import claims
from blockshift.claims import on_starts

IDS = ("P1-C21", "P1-C23", "P1-C24", "P1-C25", "O-S1", "O-S2")


@pytest.mark.parametrize("name", IDS)
def test_the_claim_has_its_page_and_says_whose_it_is(name):
    entry = claims.LEDGER[name]
    assert entry.chapter == "flow/special-starts"
    assert entry.status == ("ours" if name.startswith("O-") else "inferred")


@pytest.mark.parametrize("name", ["P1-C21", "P1-C23", "P1-C24", "O-S1", "O-S2"])
def test_a_velocity_twice_as_fast_makes_the_claim_fail_by_name(name, monkeypatch):
    right = on_starts.gradient.velocity
    monkeypatch.setattr(on_starts.gradient, "velocity", lambda net, s: tuple(2 * V for V in right(net, s)))
    assert claims.verify(claims.LEDGER[name]).verdict == "fails"


def test_a_wrong_closed_form_of_two_layers_makes_its_claim_fail(monkeypatch):
    right = on_starts.two_layers.hidden_turn.growth
    monkeypatch.setattr(on_starts.two_layers.hidden_turn, "growth", lambda rates, t: right(rates, t) / 2)
    assert claims.verify(claims.LEDGER["O-S1"]).verdict == "fails"


def test_a_wrong_closed_form_of_a_mode_makes_its_claim_fail(monkeypatch):
    for name, function in (("O-S2", "two_layer_mode"), ("P1-C23", "balanced_mode")):
        right = getattr(on_starts.exact_solutions, function)
        monkeypatch.setattr(
            on_starts.exact_solutions, function, lambda t, *given, right=right: right(np.multiply(t, 1.001), *given)
        )
        assert claims.verify(claims.LEDGER[name]).verdict == "fails"


def test_a_gap_a_hair_above_the_bound_makes_the_claim_fail(monkeypatch):
    right = on_starts.end_to_end.balance_gap

    def wider(net):
        found = right(net)
        return dataclasses.replace(found, gap=found.gap * (1 + 1e-6))

    monkeypatch.setattr(on_starts.end_to_end, "balance_gap", wider)
    assert claims.verify(claims.LEDGER["P1-C25"]).verdict == "fails"


def test_whatever_is_not_exactly_zero_is_too_large_for_any_bound():
    assert on_starts._exactly(0) == 0
    assert on_starts._exactly(on_starts.Fraction(1, 10**30)) == 1
