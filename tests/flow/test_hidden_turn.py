"""The turn of the hidden basis: none for aligned starts, and a real one otherwise."""

import numpy as np
import pytest

from blockshift.flow import balanced_starts, hidden_turn, initializations, two_layers


def root_alone(net, Sigma, t):
    """``e^(Ft) Q_0 N^(-1/2)`` without the turn."""
    flow = two_layers.two_layers(net, Sigma)._flow
    growth = hidden_turn.growth(flow.rates, t)
    values, E = np.linalg.eigh(np.eye(flow.G.shape[1]) + flow.G.T @ (growth[:, None] * flow.G))
    return (np.exp(flow.rates * t)[:, None] * flow.G) @ (E / np.sqrt(values)) @ E.T, flow


def test_an_aligned_start_needs_no_turn_and_others_do():
    aligned = initializations.aligned((3, 3, 3), [3, 2, 1], rng=np.random.default_rng(0), product=[0.3, 0.2, 0.1])
    other = balanced_starts.zero_balanced((3, 3, 3), rng=np.random.default_rng(0), scale=0.4)
    for net, turns in ((aligned, False), (other, True)):
        plain, flow = root_alone(net, [3, 2, 1], 0.8)
        lifted = hidden_turn.lifted(flow.G, flow.rates, np.array([0.8]))[0]
        off = np.abs(plain - lifted).max()
        assert off > 1e-3 if turns else off < 1e-13
        np.testing.assert_allclose(plain @ plain.T, lifted @ lifted.T, atol=1e-13)


def test_growth_is_the_integral_and_is_time_where_nothing_grows():
    rates = np.array([2.0, -1.0, 0.0, 1e-300])
    found = hidden_turn.growth(rates, 0.5)
    np.testing.assert_allclose(found, [np.expm1(2) / 4, -np.expm1(-1) / 2, 0.5, 0.5], rtol=1e-15)


def test_the_turn_is_exact_through_the_last_degree_of_its_points():
    x = np.array([-1.0, -0.3, 1.0])
    degrees = len(hidden_turn.POINTS)
    found = hidden_turn._integrals(x)
    for degree in range(degrees):
        unit = np.eye(degrees)[degree]
        whole = np.polynomial.legendre.legint(unit, lbnd=-1)
        np.testing.assert_allclose(found[:, degree], np.polynomial.legendre.legval(x, whole), atol=1e-15)


@pytest.mark.parametrize("times", [[0.0], [5.0], [0.0, 1e-9, 3.0, 3.0 + 1e-9, 40.0]])
def test_a_run_does_not_depend_on_the_times_it_is_asked_for(times):
    net = balanced_starts.lambda_balanced((4, 3, 4), 0.5, rng=np.random.default_rng(1), scale=0.3)
    flow = two_layers.two_layers(net, [3, 2, 1])._flow
    together = hidden_turn.lifted(flow.G, flow.rates, np.array(times))
    for t, Q in zip(times, together, strict=True):
        np.testing.assert_array_equal(hidden_turn.lifted(flow.G, flow.rates, np.array([t]))[0], Q)
