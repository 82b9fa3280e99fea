"""The claims derived for all sizes: a fault planted in the library makes the claim fail by name."""

from itertools import pairwise

import pytest

from blockshift import claims
from blockshift.claims import on_derivations

IDS = ("S6", "S10", "S18", "P1-C14", "P1-C22", "P1-C30", "P1-C31")


@pytest.mark.parametrize("name", IDS)
def test_the_claim_is_a_proof_that_is_inferred_and_has_its_page(name):
    found = claims.verify(claims.LEDGER[name])
    assert (found.kind, found.verdict, found.control) == ("Proof", "holds", "fails as it must")
    assert found.claim.status == "inferred"
    assert found.claim.chapter == "flow/derivations-for-all-sizes"


@pytest.mark.parametrize("name", IDS)
def test_the_control_breaks_the_derivation_and_an_instance(name):
    counter = claims.verify(claims.LEDGER[name]).counter
    assert not counter.derivation.holds
    assert not all(residual.holds for residual in counter.instances)


@pytest.mark.parametrize("name", ["S6", "S10", "P1-C22", "P1-C31"])
def test_a_velocity_twice_as_fast_makes_the_claim_fail_by_name(name, monkeypatch):
    right = on_derivations.gradient.velocity
    monkeypatch.setattr(on_derivations.gradient, "velocity", lambda net, s: tuple(2 * V for V in right(net, s)))
    assert claims.verify(claims.LEDGER[name]).verdict == "fails"


@pytest.mark.parametrize("name", ["P1-C22", "P1-C30"])
def test_a_flipped_sign_in_the_conserved_matrices_makes_the_claim_fail_by_name(name, monkeypatch):
    def flipped(net):
        layers = getattr(net, "weights", net)
        return tuple(W @ W.T + U.T @ U for W, U in pairwise(layers))

    monkeypatch.setattr(on_derivations.conservation, "conserved", flipped)
    assert claims.verify(claims.LEDGER[name]).verdict == "fails"


@pytest.mark.parametrize("name", ["S18", "P1-C14"])
def test_a_wrong_loss_makes_the_claim_fail_by_name(name, monkeypatch):
    right = on_derivations.gradient.loss
    monkeypatch.setattr(on_derivations.gradient, "loss", lambda net, s: right(net, s) + (net.weights[0] ** 2).sum())
    assert claims.verify(claims.LEDGER[name]).verdict == "fails"
