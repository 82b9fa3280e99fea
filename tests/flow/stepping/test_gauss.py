"""Gauss steps: their orders, and that halving, predicting and framing leave the solution alone."""

import numpy as np
import pytest

from blockshift.flow.stepping import choice, explicit, gauss, states
from blockshift.graph.network import Network

NET = Network.random((3, 4, 5, 3), rng=np.random.default_rng(0), scale=0.5)
SIGMA = np.diag([3.0, 2.0, 1.0])
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


def fixed(stages, count, t_end=0.5):
    """The state after so many equal steps."""
    stepper = gauss.Gauss(states.pack(NET.weights), NET.widths, SIGMA, rtol=1e6, atol=1e6, stages=stages)
    for k in range(count):
        stepper._next = t_end / count
        stepper.step(t_end * (k + 1) / count)
        assert stepper.t == pytest.approx(t_end * (k + 1) / count)
    return stepper.state


@pytest.mark.parametrize(
    ("stages", "counts"), [(1, (32, 64)), (2, (16, 32)), (3, (12, 16)), (4, (12, 16)), (5, (10, 12))]
)
def test_rate_the_error_falls_with_twice_the_number_of_stages(stages, counts):
    exact = fixed(8, 16)
    first, second = (np.abs(fixed(stages, count) - exact).max() for count in counts)
    slope = np.log(first / second) / np.log(counts[1] / counts[0])
    assert slope == pytest.approx(2 * stages, abs=0.6)


def test_a_state_within_a_step_is_the_one_a_run_to_it_reaches():
    stepper = gauss.Gauss(states.pack(NET.weights), NET.widths, SIGMA, rtol=1e-12, atol=1e-12)
    while stepper.t < 0.5:
        stepper.step(1.0)
    t = 0.3 * stepper.t_old + 0.7 * stepper.t
    other = gauss.Gauss(states.pack(NET.weights), NET.widths, SIGMA, rtol=1e-12, atol=1e-12)
    while other.t < t:
        other.step(t)
    np.testing.assert_allclose(stepper.between(t), other.state, atol=1e-12)
    assert (stepper.between(stepper.t) == stepper.state).all()
    assert (stepper.between(stepper.t_old) == stepper.state_old).all()


def test_a_step_that_is_far_too_long_is_taken_back():
    stepper = gauss.Gauss(states.pack(NET.weights), NET.widths, SIGMA, rtol=1e-9, atol=1e-9)
    stepper._next = 50.0
    assert stepper.step(100.0) is None
    assert stepper.t < 5
    general = explicit.Explicit("dop853", states.pack(NET.weights), NET.widths, SIGMA, rtol=1e-12, atol=1e-12)
    while general.t < stepper.t:
        general.step(stepper.t)
    np.testing.assert_allclose(stepper.state, general.state, atol=1e-7)


def test_a_start_at_rest_is_left_in_peace():
    stepper = gauss.Gauss(np.zeros(4), (1, 1, 1, 1, 1), np.array([[2.0]]), rtol=1e-9, atol=1e-9)
    assert stepper.step(5.0) is None
    assert (stepper.t, stepper.state.tolist()) == (5.0, [0.0] * 4)


def test_refuses_a_step_that_cannot_be_told_from_none():
    stepper = gauss.Gauss(states.pack(NET.weights), NET.widths, SIGMA, rtol=1e-9, atol=1e-9)
    stepper._next = 1e-30
    assert "would have to be" in stepper.step(1.0)


def test_auto_changes_to_the_other_method_when_it_was_wrong():
    start = Network.random((4, 4, 4, 4), rng=np.random.default_rng(1), scale=0.02)
    stepper = choice.Auto(states.pack(start.weights), start.widths, np.diag([3.0, 2, 1, 0.5]), t_end=1e4, **TIGHT)
    assert stepper.names == ["gauss8"]
    for _ in range(choice.ATTEMPTS):
        stepper.step(1e4)
    stepper._inner.failures = 3 * choice.ATTEMPTS
    stepper.step(1e4)
    assert stepper.names == ["gauss8", "dop853"]
    reached = stepper.t
    while len(stepper.names) < 3:
        assert stepper.step(1e4) is None
    assert stepper.names[2] == "gauss8"
    assert stepper.t > reached
    between = stepper.between((stepper.t_old + stepper.t) / 2)
    assert np.isfinite(between).all()
    assert stepper.calls > 12 * choice.LOOK


def test_auto_begins_explicitly_where_no_frame_fits():
    wild = Network.random((4, 4, 4, 4), rng=np.random.default_rng(1), scale=1.0)
    assert choice.imbalance(states.pack(wild.weights), wild.widths, np.eye(4)) > choice.IMBALANCE
    assert choice.first(states.pack(wild.weights), wild.widths, np.eye(4), 1e6) == "dop853"
    assert choice.first(1e-3 * states.pack(wild.weights), wild.widths, np.eye(4), 1e6) == "gauss8"
