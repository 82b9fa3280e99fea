"""Planted errors in the landscape make its claims fail by name."""

import pytest

from blockshift import claims
from blockshift.claims import on_landscape


@pytest.fixture(autouse=True)
def _small_sample(monkeypatch):
    """A few hundred points in the place of thousands, and nothing remembered from before."""
    monkeypatch.setattr(on_landscape, "EACH", {2: 4, 3: 4})
    monkeypatch.setattr(
        on_landscape, "_shapes", lambda depth: [(2, 3, 2), (3, 2, 3)] if depth == 2 else [(2, 3, 3, 2)] * 30
    )
    on_landscape._surveys.cache_clear()
    yield
    on_landscape._surveys.cache_clear()


def test_the_small_sample_holds():
    assert claims.verify(claims.LEDGER["P1-C17"]).verdict == "holds"


def test_a_weakened_rank_makes_the_rank_test_fail_by_name(monkeypatch):
    right = on_landscape.survey
    monkeypatch.setattr(on_landscape, "survey", lambda *a, **k: right(*a, **{**k, "excess": 0}))
    assert claims.verify(claims.LEDGER["P1-C17"]).verdict == "fails"


def test_a_wrong_sign_in_the_hessian_makes_the_rank_test_fail_by_name(monkeypatch):
    right = on_landscape.hessian.matrices
    monkeypatch.setattr(on_landscape.hessian, "matrices", lambda *a: -right(*a))
    assert claims.verify(claims.LEDGER["P1-C17"]).verdict == "fails"


def test_a_hessian_without_its_pairs_makes_flat_saddles_appear_too_early(monkeypatch):
    right = on_landscape.hessian.of_layers
    monkeypatch.setattr(on_landscape.hessian, "of_layers", lambda W, S, V: right(W, _product(W), V))
    assert claims.verify(claims.LEDGER["P1-C16"]).verdict == "fails"


def _product(layers):
    W = layers[0]
    for layer in layers[1:]:
        W = layer @ W
    return W


def test_curves_that_lead_up_make_the_search_for_other_minima_fail_by_name(monkeypatch):
    right = on_landscape.descent.Descent.verify
    monkeypatch.setattr(on_landscape.descent.Descent, "verify", lambda *a, **k: not right(*a, **k))
    assert claims.verify(claims.LEDGER["P1-C15"]).verdict == "fails"


def test_a_loss_without_its_half_makes_the_critical_values_fail_by_name(monkeypatch):
    right = on_landscape.gradient.loss
    monkeypatch.setattr(on_landscape.gradient, "loss", lambda *a: 2 * right(*a))
    assert claims.verify(claims.LEDGER["P1-C11"]).verdict == "fails"
