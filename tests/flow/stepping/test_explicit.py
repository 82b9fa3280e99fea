"""Explicit steps against SciPy's, whose coefficients and step control they share."""

import numpy as np
import pytest
import scipy.integrate

from blockshift.flow.stepping import explicit, states
from blockshift.graph.network import Network

SHAPES = [
    (1, 1),
    (3, 2),
    (2, 3, 2),
    (4, 2, 5),
    (3, 4, 2, 5),
    (1, 3, 1, 2),
    (2, 2, 2, 2, 2, 2),
    (3, 24, 2),
    (25, 24, 25),
]


@pytest.mark.parametrize("widths", SHAPES)
def test_oracle_the_compiled_velocity_is_the_one_of_numpy(widths):
    rng = np.random.default_rng(0)
    net = Network.random(widths, rng=rng)
    Sigma = rng.standard_normal((widths[-1], widths[0]))
    stepper = explicit.Explicit("rk45", states.pack(net.weights), widths, Sigma, rtol=1e-3, atol=1e-3)
    expected = states.velocity(states.pack(net.weights), widths, Sigma)
    np.testing.assert_allclose(stepper._velocity, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize(("name", "solver"), [("dop853", "DOP853"), ("rk45", "RK45")])
def test_oracle_steps_are_those_of_scipy(name, solver):
    net = Network.random((3, 4, 5, 3), rng=np.random.default_rng(0), scale=0.3)
    Sigma, x = np.diag([3.0, 2, 1]), states.pack(net.weights)
    theirs = scipy.integrate.solve_ivp(
        lambda t, y: states.velocity(y, net.widths, Sigma), (0, 6), x, method=solver, rtol=1e-7, atol=1e-8
    )
    ours = explicit.Explicit(name, x, net.widths, Sigma, rtol=1e-7, atol=1e-8)
    times = [0.0]
    while ours.t < 6:
        assert ours.step(6.0) is None
        times.append(ours.t)
    np.testing.assert_allclose(times, theirs.t, rtol=1e-7)
    np.testing.assert_allclose(ours.state, theirs.y[:, -1], atol=1e-11)
    assert ours.calls == theirs.nfev


def test_a_step_into_infinity_is_taken_back():
    x = np.full(3, 3.0)
    stepper = explicit.Explicit("dop853", x, (1, 1, 1, 1), np.array([[0.0]]), rtol=1e-6, atol=1e-6)
    stepper._next = 100.0
    with np.errstate(over="ignore", invalid="ignore"):
        assert stepper.step(100.0) is None
    assert 0 < stepper.t < 1
    assert np.isfinite(stepper.state).all()


def test_refuses_a_step_that_cannot_be_told_from_none():
    stepper = explicit.Explicit("dop853", np.ones(2), (1, 1, 1), np.array([[2.0]]), rtol=1e-6, atol=1e-6)
    stepper._next = 1e-30
    assert "would have to be" in stepper.step(1.0)
