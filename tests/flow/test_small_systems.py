"""Small systems at given times: an exponential, scales by group, and what cannot be stepped."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import small_systems


def test_an_exponential_is_followed_to_rounding_at_any_size():
    for start in (1e-200, 1.0, 1e200):
        t = np.array([0.0, 1.0, 2.5])
        found = small_systems.states(lambda t, y: y, np.array([start]), t)
        np.testing.assert_allclose(found[:, 0], start * np.exp(t), rtol=1e-12)


def test_groups_keep_their_own_scale():
    t = np.array([3.0])
    rates = np.array([1.0, -1.0])
    found = small_systems.states(lambda t, y: rates * y, np.array([1e-12, 1.0]), t, groups=2)
    np.testing.assert_allclose(found[0], [1e-12 * np.exp(3), np.exp(-3)], rtol=1e-11)


def test_what_is_zero_stays_zero():
    assert small_systems.states(lambda t, y: y * y, np.zeros(3), np.array([0.0, 9.0])).tolist() == [[0, 0, 0]] * 2


def test_refuses_a_state_that_runs_away():
    with pytest.raises(errors.StepFailed, match="scale the start"), np.errstate(all="ignore"):
        small_systems.states(lambda t, y: y * y, np.array([1.0]), np.array([2.0]))


def test_what_is_zero_to_rounding_does_not_hold_up_a_run_from_a_tiny_start():
    calls = []

    def right_side(t, y):
        calls.append(t)
        assert len(calls) < 6000
        noise = 10 * (0.1 * y[0] + 0.2 * y[0] - 0.3 * y[0])  # zero, were it not for rounding
        return np.array([2 * y[0] * (1 - y[0]), noise - 10 * y[1]])

    found = small_systems.states(right_side, np.array([1e-14, 0.0]), np.array([20.0, 40.0]))
    np.testing.assert_allclose(found[1], [1, 0], atol=1e-12)
