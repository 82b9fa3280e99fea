"""The claims on rates and on steps: a fault planted in the library makes the claim fail by name."""

from itertools import pairwise

import numpy as np
import pytest

from blockshift import claims
from blockshift.flow import batches, conservation, curvature, descent, escapes, gradient, rates

STATUS = {
    "P1-C9": "confirmed",
    "P1-C26": "inferred",
    "P1-C27": "inferred",
    "P1-C28": "inferred",
    **{f"O-R{k}": "ours" for k in range(1, 9)},
}


@pytest.mark.parametrize("name", STATUS)
def test_the_claim_has_its_status_and_its_page(name):
    claim = claims.LEDGER[name]
    assert claim.status == STATUS[name]
    assert claim.chapter in ("flow/rates", "flow/steps")
    assert claim.part == "flow"


def fails(name):
    """Whether the claim's own check, without its control, does not hold."""
    return not claims.LEDGER[name].check().holds


def test_an_integrator_that_stops_half_way_makes_convergence_fail(monkeypatch):
    right = batches.integrate_many
    monkeypatch.setattr(batches, "integrate_many", lambda *a, **k: right(*a, **{**k, "most": 30}))
    assert fails("P1-C9")


def test_a_bound_without_the_conserved_matrices_makes_it_fail(monkeypatch):
    monkeypatch.setattr(conservation, "conserved", lambda net: ())
    assert fails("O-R1")


def test_a_rate_that_is_too_high_fails(monkeypatch):
    right = rates.rate_bound
    monkeypatch.setattr(rates, "rate_bound", lambda net: right(net) * 1.001)
    assert fails("P1-C26")


def test_a_spectrum_with_another_power_fails(monkeypatch):
    right = curvature.balanced_spectrum
    monkeypatch.setattr(curvature, "balanced_spectrum", lambda *a: right(*a) * 1.0001)
    assert fails("P1-C27")


def test_times_for_another_depth_fail(monkeypatch):
    right = escapes.escape_times
    monkeypatch.setattr(escapes, "escape_times", lambda sigma, depth, start: right(sigma, depth, start) * 1.02)
    assert fails("P1-C28")
    assert fails("O-R2")


def test_a_prediction_with_another_sign_fails(monkeypatch):
    def flipped(net):
        layers = getattr(net, "weights", net)
        return tuple(W @ W.T + U.T @ U for W, U in pairwise(layers))

    monkeypatch.setattr(conservation, "conserved", flipped)
    assert fails("O-R4")
    assert fails("O-R5")
    assert fails("O-R6")
    assert fails("O-R8")


def test_a_prediction_that_forgets_the_lag_fails(monkeypatch):
    def add(self, V):
        bend = tuple(self.step**2 * C for C in conservation.conserved(V))
        self.rate = tuple(self.momentum * D + now for D, now in zip(self.rate, bend, strict=True))
        self.total = tuple(T + D for T, D in zip(self.total, self.rate, strict=True))

    monkeypatch.setattr(descent._Bends, "add", add)
    assert fails("O-R4")


def test_a_velocity_with_another_factor_in_one_layer_fails(monkeypatch):
    right = gradient.layer_velocities

    def lame(layers, Sigma):
        first, *rest = right(layers, Sigma)
        return (np.asarray(first) * 2, *rest)

    monkeypatch.setattr(gradient, "layer_velocities", lame)
    assert fails("O-R4")
    assert fails("O-R8")


def test_a_sharpness_that_is_half_of_it_fails(monkeypatch):
    right = curvature.sharpness
    monkeypatch.setattr(curvature, "sharpness", lambda net, sigma: right(net, sigma) / 2)
    assert fails("P1-C27")
    assert fails("O-R7")
