"""The equation of the end-to-end map against the layers, and the bound for starts that are nearly balanced."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.flow import balanced_starts, end_to_end, exact_solutions, gradient
from blockshift.graph.network import Network
from flow import starts_oracle
from strategies import shapes

TIMES = np.array([0.0, 0.3, 1.0, 2.0, 5.0])
FULL = np.random.default_rng(4).standard_normal((3, 5))
PROBLEMS = [
    ((3, 4, 5, 3), [3, 2, 1]),
    ((5, 4, 3), FULL),
    ((5, 2, 3), FULL),
    ((2, 3), [1, 2]),
    ((2, 3, 4, 5, 2), [1, 0.5]),
    ((1, 1, 1), [3]),
    ((3, 3, 3), [2, 2, 0]),
]


@pytest.mark.parametrize(("widths", "sigma"), PROBLEMS)
def test_oracle_the_end_to_end_map_moves_as_that_of_the_layers(widths, sigma):
    net = balanced_starts.zero_balanced(widths, rng=np.random.default_rng(1), scale=0.4)
    Sigma = np.asarray(gradient.target(sigma, widths), dtype=float)
    found = end_to_end.end_to_end(net.product(), sigma, net.depth, TIMES)
    expected = [starts_oracle.product(W) for W in starts_oracle.flow(list(net.weights), Sigma, TIMES)]
    # A balanced start that has to pass a saddle amplifies rounding; the narrow one here does, a little.
    np.testing.assert_allclose(found, expected, atol=2e-11)


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_the_velocity_is_the_product_rule_on_balanced_layers(depth):
    widths = (4, *[6] * (depth - 1), 3)
    net = balanced_starts.zero_balanced(widths, rng=np.random.default_rng(2))
    Sigma, W = np.random.default_rng(3).standard_normal((3, 4)), net.weights
    V = gradient.velocity(net, Sigma)
    rate = sum(starts_oracle.product([*W[:j], V[j], *W[j + 1 :]]) for j in range(depth))
    np.testing.assert_allclose(end_to_end.velocity(net.product(), Sigma, depth), rate, atol=1e-11)


def test_a_number_moves_as_the_closed_form_says():
    found = end_to_end.end_to_end([[1e-3]], [1], 4, TIMES[1:])
    np.testing.assert_allclose(found.ravel(), exact_solutions.balanced_mode(TIMES[1:], 1, 1e-3, 4), rtol=1e-11)


def test_the_rank_stays():
    narrow = np.outer([1.0, 2.0, 0.5], [0.3, 0.1, 0.2, 0.0])
    found = end_to_end.end_to_end(narrow, [3, 2, 1], 2, [30.0])[0]
    values = np.linalg.svd(found, compute_uv=False)
    assert values[1] < 1e-9 * values[0]
    assert end_to_end.end_to_end(0 * narrow, [3, 2, 1], 2, [30.0]).any() == False  # noqa: E712 (an array's truth)


# layers of width one, gap, bound, delta: by hand
GAPS = [
    ([1], 0, 0, 0),
    ([3, 3], 0, 0, 0),
    ([1, 2], 12, 12, 3),
    ([2, 1], 3, 12, 3),
    ([1, 1, 2], 60, 144, 3),
    ([0, 0], 0, 0, 0),
]


@pytest.mark.parametrize(("factors", "gap", "bound", "delta"), GAPS)
def test_gap_and_bound_by_hand(factors, gap, bound, delta):
    found = end_to_end.balance_gap(Network.from_weights([[[u]] for u in factors]))
    assert (found.gap, found.bound, found.delta) == pytest.approx((gap, bound, delta), rel=1e-14)


@given(shapes(max_depth=5, max_width=4), st.integers(0, 10**6), st.sampled_from([1e-2, 1.0, 1e2]))
def test_law_the_gap_is_within_its_bound(widths, seed, scale):
    found = end_to_end.balance_gap(Network.random(widths, rng=np.random.default_rng(seed), scale=scale))
    assert found.gap <= found.bound * (1 + 1e-12)


@pytest.mark.parametrize("depth", [2, 3, 4, 6])
def test_the_bound_is_attained_in_the_limit(depth):
    # Squares that grow by delta from layer to layer: each of the h (h - 1)/2 terms is as large as it may be.
    delta = Fraction(1, 10**6)
    squares = [1 - (depth - 1 - j) * delta for j in range(depth)]
    found = end_to_end.balance_gap(Network.from_weights([[[float(q) ** 0.5]] for q in squares]))
    assert found.gap / found.bound == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("call", "error", "word"),
    [
        (lambda: end_to_end.end_to_end([[1]], [1], 0, [1]), errors.BadArgument, "depth"),
        (lambda: end_to_end.end_to_end([[1]], [1], 1.5, [1]), errors.BadArgument, "depth"),
        (lambda: end_to_end.end_to_end([[1]], [1, 2], 2, [1]), errors.ShapeMismatch, "at most 1"),
        (lambda: end_to_end.end_to_end([[np.nan]], [1], 2, [1]), errors.NotFinite, "product"),
        (lambda: end_to_end.end_to_end([[1]], [1], 2, [1, 1]), errors.BadArgument, "increasing"),
    ],
)
def test_refuses_what_does_not_fit(call, error, word):
    with pytest.raises(error, match=word):
        call()
