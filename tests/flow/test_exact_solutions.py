"""One mode in closed form: published values, another integrator, quadrature, and every limit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.flow import exact_solutions
from flow import starts_oracle

#: A run by SciPy at its tightest is off by less than this, relative to the singular values of a few units.
RUN = 1e-11

# sigma, s0, depth, time at which half of sigma is reached
HALF_TIMES = [
    (3, 1e-3, 2, 1.33433902979150),
    (1, 1e-3, 2, 3.4533773893),
    (1, 1e-3, 3, 9.1447473066),
    (1, 1e-3, 4, 15.529151651),
]


def run(sigma, factors, times):
    """The products of a chain, by the integrator of the oracle."""
    layers = [np.array([[float(u)]]) for u in factors]
    return np.array([starts_oracle.product(W).item() for W in starts_oracle.flow(layers, np.array([[sigma]]), times)])


def test_the_logistic_has_its_published_value():
    assert exact_solutions.logistic(1.0, 3, 1e-3) == pytest.approx(0.35571247891886, rel=1e-14)


@pytest.mark.parametrize(("sigma", "s0", "depth", "t"), HALF_TIMES)
def test_half_times_are_the_published_ones(sigma, s0, depth, t):
    assert exact_solutions.balanced_time(sigma / 2, sigma, s0, depth) == pytest.approx(t, rel=1e-10)
    assert exact_solutions.balanced_mode(t, sigma, s0, depth) == pytest.approx(sigma / 2, rel=1e-9)


def test_a_half_time_of_two_layers_is_a_logarithm():
    assert exact_solutions.balanced_time(1.5, 3, 1e-3, 2) == pytest.approx(np.log(2999) / 6, rel=1e-15)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("s0", [1e-3, 0.5, 4.0])
def test_oracle_balanced_modes_are_where_an_integrator_is(depth, s0):
    times = np.array([0.0, 0.01, 0.3, 1.0, 3.0])
    found = exact_solutions.balanced_mode(times, 2.0, s0, depth)
    np.testing.assert_allclose(found, run(2.0, [s0 ** (1 / depth)] * depth, times), rtol=RUN)


@pytest.mark.parametrize("depth", [2, 3, 4, 7])
@pytest.mark.parametrize(("s0", "s"), [(1e-6, 0.7), (0.2, 1.999), (9.0, 2.5)])
def test_oracle_balanced_times_are_quadratures(depth, s0, s):
    expected = starts_oracle.chain_time(s0, s, 2.0, [s0 ** (1 / depth)] * depth)
    assert exact_solutions.balanced_time(s, 2.0, s0, depth) == pytest.approx(expected, rel=1e-10)


@given(st.integers(1, 9), st.floats(-9, 2), st.floats(-2, 1.5), st.floats(0, 1))
def test_law_mode_and_time_are_inverse_to_each_other(depth, log_s0, log_sigma, share):
    s0, sigma = 10.0**log_s0, 10.0**log_sigma
    s = s0 * (0.99 * sigma / s0) ** share if s0 < sigma else 1.01 * sigma + share * (s0 - 1.01 * sigma)
    if s0 < sigma or s0 > 1.02 * sigma:
        back = exact_solutions.balanced_mode(exact_solutions.balanced_time(s, sigma, s0, depth), sigma, s0, depth)
        # Towards sigma a relative error of the time grows by at most log(100), and by h in a root.
        assert back == pytest.approx(s, rel=1e-12)


def test_modes_may_be_asked_for_at_any_time_and_in_any_shape():
    for depth in (1, 2, 3, 6):
        far = exact_solutions.balanced_mode([[0.0, 1e6], [1e300, 1.0]], 2.0, 0.1, depth)
        assert far.shape == (2, 2)
        assert far[0, 0] == pytest.approx(0.1, rel=1e-14)
        assert far[0, 1] == far[1, 0] == pytest.approx(2.0, rel=1e-15)
    assert exact_solutions.balanced_mode(3.0, 2.0, 2.0, 5) == 2.0


def test_the_singular_value_itself_takes_for_ever_and_the_start_no_time():
    for depth in (1, 2, 3, 4):
        assert exact_solutions.balanced_time([2.0, 0.1], 2.0, 0.1, depth).tolist() == [np.inf, 0.0]
    assert exact_solutions.two_layer_time([2.0, 0.12], 2.0, 0.3, 0.4).tolist() == [np.inf, 0.0]
    assert exact_solutions.balanced_time(2.0, 2.0, 2.0, 3) == 0.0


@pytest.mark.parametrize("depth", [3, 4, 6])
def test_rate_the_escape_time_is_what_small_starts_take(depth):
    starts = np.array([1e-6, 1e-9, 1e-12])
    lead = np.array([exact_solutions.escape_time(2.0, s0, depth) for s0 in starts])
    took = np.array([exact_solutions.balanced_time(1.0, 2.0, s0, depth) for s0 in starts])
    # What is left over tends to a constant; the two are equal up to it.
    left = took - lead
    assert abs(left[2] - left[1]) < abs(left[1] - left[0]) < 0.1
    assert took[2] / lead[2] == pytest.approx(1, abs=1e-2)


def test_the_escape_time_of_two_layers_is_a_logarithm():
    assert exact_solutions.escape_time(2.0, 1e-9, 2) == pytest.approx(
        exact_solutions.balanced_time(1.0, 2.0, 1e-9, 2), rel=1e-8
    )


#: Weights of two layers: out of balance either way, balanced, negative products, a zero, beyond sigma.
PAIRS = [(0.1, 0.2), (0.2, 0.1), (-0.3, 0.1), (1, 0), (3, 1), (-0.3, 0.3), (1e-3, 1e-3), (1, 1e-4), (-2, -1), (0, 0)]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("sigma", [0.0, 1.0, 2.5])
def test_oracle_two_layer_modes_are_where_an_integrator_is(pair, sigma):
    times = np.array([0.0, 0.1, 0.7, 2.0, 4.0])
    found = exact_solutions.two_layer_mode(times, sigma, *pair)
    np.testing.assert_allclose(found, run(sigma, pair, times), rtol=RUN, atol=RUN)


@pytest.mark.parametrize("pair", PAIRS[:-1])
def test_two_layer_times_invert_two_layer_modes(pair):
    times = np.array([0.0, 0.1, 0.7, 1.5])
    s = exact_solutions.two_layer_mode(times, 1.3, *pair)
    np.testing.assert_allclose(exact_solutions.two_layer_time(s, 1.3, *pair), times, rtol=1e-10, atol=1e-13)


def test_a_balanced_pair_is_the_logistic_and_a_nearly_balanced_one_is_near_it():
    t = np.linspace(0, 5, 11)
    even = exact_solutions.logistic(t, 2.0, 0.01)
    np.testing.assert_array_equal(
        exact_solutions.two_layer_mode(t, 2.0, 0.1, 0.1), exact_solutions.logistic(t, 2.0, 0.1 * 0.1)
    )
    np.testing.assert_allclose(exact_solutions.two_layer_mode(t, 2.0, 0.1, 0.1 * (1 + 1e-13)), even, rtol=1e-11)


@given(st.floats(1e-6, 3), st.floats(1e-6, 3), st.floats(0, 3), st.floats(0.1, 3))
def test_law_unbalance_is_faster_from_the_same_product(first, ratio, more, sigma):
    product, t = 0.3 * sigma * min(first, 1.0), 0.7
    slow = exact_solutions.two_layer_mode(t, sigma, product**0.5 * (1 + ratio), product**0.5 / (1 + ratio))
    fast = exact_solutions.two_layer_mode(
        t, sigma, product**0.5 * (1 + ratio + more), product**0.5 / (1 + ratio + more)
    )
    assert fast >= slow * (1 - 1e-14)
    assert slow >= exact_solutions.logistic(t, sigma, product) * (1 - 1e-13)


def test_layers_may_be_exchanged_and_both_signs_turned():
    t = np.linspace(0, 3, 7)
    one = exact_solutions.two_layer_mode(t, 1.5, 0.2, 0.7)
    np.testing.assert_array_equal(one, exact_solutions.two_layer_mode(t, 1.5, 0.7, 0.2))
    np.testing.assert_array_equal(one, exact_solutions.two_layer_mode(t, 1.5, -0.2, -0.7))


def test_an_extreme_unbalance_overflows_nothing():
    found = exact_solutions.two_layer_mode([0.0, 1e-9, 1e3], 1.0, 1e6, 1e-9)
    np.testing.assert_allclose(found, [1e-3, 1 - 0.999 * np.exp(-1e3), 1.0], rtol=1e-10)
    tiny = exact_solutions.two_layer_mode([1.0], 1.0, 1e-12, 1e-14)
    assert tiny == pytest.approx(
        1e-26 * np.cosh(1) ** 2 + 0.5 * (1e-24) * np.sinh(2) / 2 + 1e-26 * np.sinh(1) ** 2, rel=1e-9
    )


REFUSALS = [
    (lambda: exact_solutions.logistic([-1.0], 1, 1), "from 0 up"),
    (lambda: exact_solutions.logistic([np.nan], 1, 1), "from 0 up"),
    (lambda: exact_solutions.logistic(1.0, -1, 1), "sigma is -1"),
    (lambda: exact_solutions.logistic(1.0, 1, np.inf), "s0 is inf"),
    (lambda: exact_solutions.balanced_time(3.0, 2, 1, 3), "does not come by"),
    (lambda: exact_solutions.balanced_time(0.5, 2, 1, 3), "does not come by"),
    (lambda: exact_solutions.balanced_time(1.0, 0, 1, 3), "sigma is 0"),
    (lambda: exact_solutions.balanced_time(1.0, 2, 0, 3), "s0 is 0"),
    (lambda: exact_solutions.balanced_time(1.0, 2, 1, 0), "depth is 0"),
    (lambda: exact_solutions.balanced_mode(1.0, 2, 1, 2.5), "depth is 2.5"),
    (lambda: exact_solutions.escape_time(1, 1e-3, 1), "no plateau"),
    (lambda: exact_solutions.two_layer_mode(1.0, 1, np.inf, 0), "finite"),
    (lambda: exact_solutions.two_layer_time(0.5, 1, 0, 0), "at rest"),
    (lambda: exact_solutions.two_layer_time(0.5, 1, 0.3, -0.3), "does not come by"),
]


@pytest.mark.parametrize(("call", "word"), REFUSALS)
def test_refuses_what_is_out_of_range(call, word):
    with pytest.raises(errors.BadArgument, match=word):
        call()
