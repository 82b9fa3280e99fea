"""Each claim of the register holds, and each check can fail."""

from itertools import pairwise

import pytest

from blockshift import claims
from blockshift.claims import on_flow
from blockshift.flow import conservation
from blockshift.graph import blocks

FAST = [c for c in claims.LEDGER if c.cost == "seconds"]


@pytest.mark.parametrize("claim", FAST, ids=lambda c: c.id)
def test_the_claim_holds_and_its_control_fails(claim):
    found = claims.verify(claim)
    assert found.verdict in ("holds", "open", "not reproduced"), repr(found)
    assert found.control in ("fails as it must", "none"), repr(found.counter)


def test_the_register_lists_what_the_first_part_promises():
    assert {c.id for c in claims.LEDGER} >= {*(f"P1-C{k}" for k in range(1, 9)), "E1"}


def test_the_register_lists_what_is_known_of_the_number_of_laws():
    laws = {c.id: c for c in claims.LEDGER if c.id.startswith("O-L")}
    assert set(laws) == {f"O-L{k}" for k in range(1, 9)}
    assert [name for name, c in laws.items() if c.status == "open"] == ["O-L6"]


def test_the_register_lists_what_is_known_of_fibers_and_of_stable_sets():
    ids = {c.id for c in claims.LEDGER}
    assert ids >= {"P1-C12", "P1-C13", "P1-C19", "P1-C20", "S21", "S22", "O-I1", *(f"O-Q{k}" for k in range(1, 5))}


def test_a_basis_transposed_makes_the_complete_invariants_fail_by_name(monkeypatch):
    monkeypatch.setattr("blockshift.flow.quotient.subspaces.inverse", lambda X: X.T)
    assert claims.verify(claims.LEDGER["O-Q1"]).verdict == "fails"


def test_a_wrong_stabiliser_makes_the_dimensions_fail_by_name(monkeypatch):
    monkeypatch.setattr("blockshift.flow.quotient.fibers._stabiliser", lambda found, h: 0)
    assert claims.verify(claims.LEDGER["O-Q2"]).verdict == "fails"


def test_a_coefficient_of_the_wrong_size_makes_the_new_chain_fail_by_name(monkeypatch):
    monkeypatch.setattr("blockshift.flow.invariant_sets.NewChain.coefficient", property(lambda chain: -2 * chain.sigma))
    assert claims.verify(claims.LEDGER["P1-C20"]).verdict == "fails"


def test_brackets_that_vanish_make_the_count_of_two_layers_fail_by_name(monkeypatch):
    monkeypatch.setattr("blockshift.flow.laws.jets.bracket", lambda X, Y, point, p: 0 * point)
    assert claims.verify(claims.LEDGER["O-L2"]).verdict == "fails"


def test_a_wrong_formula_makes_the_rank_of_the_quadratic_laws_fail_by_name(monkeypatch):
    monkeypatch.setattr("blockshift.flow.laws.law_formulas.known_laws", lambda shape: sum(n * n for n in shape[1:-1]))
    assert claims.verify(claims.LEDGER["O-L1"]).verdict == "fails"


def test_what_a_claim_uses_is_in_the_register():
    ids = {c.id for c in claims.LEDGER}
    assert all(set(c.uses) <= ids for c in claims.LEDGER)


def test_only_proofs_identities_and_certificates_say_for_all():
    for name in ("P1-C6", "P1-C7"):
        found = claims.verify(claims.LEDGER[name])
        assert found.kind == "Proof"
        assert "all widths" in found.scope


def test_a_flipped_sign_in_the_library_makes_the_conservation_law_fail_by_name(monkeypatch):
    def flipped(net):
        layers = getattr(net, "weights", net)
        return tuple(W @ W.T + V.T @ V for W, V in pairwise(layers))

    monkeypatch.setattr(conservation, "conserved", flipped)
    assert claims.verify(claims.LEDGER["P1-C6"]).verdict == "fails"


def test_a_wrong_velocity_in_the_library_makes_the_equation_fail_by_name(monkeypatch):
    right = on_flow.gradient.velocity
    monkeypatch.setattr(on_flow.gradient, "velocity", lambda net, sigma: tuple(2 * V for V in right(net, sigma)))
    assert claims.verify(claims.LEDGER["P1-C2"]).verdict == "fails"


def test_a_wrong_power_in_the_library_makes_nilpotency_fail_by_name(monkeypatch):
    right = blocks.assemble
    monkeypatch.setattr(blocks, "assemble", lambda *a, **k: right(*a, **k).T)
    assert claims.verify(claims.LEDGER["P1-C1"]).verdict == "fails"
