"""The time of a chain by one quadrature: against another quadrature, closed forms, and runs."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import chain_times, exact_solutions
from flow import starts_oracle

#: Factors, and products on the way of one sign for sigma = 1.5.
CHAINS = [
    ([0.1, 0.2, 0.3], [0.01, 0.7, 1.499]),
    ([0.3, 0.1, 0.2], [0.01]),
    ([0.1, 0.1, 0.3, 0.4], [0.002, 1.0]),
    ([1e-3, 1e-3, 1e-3], [1e-6, 0.75]),
    ([1e-5, 0.2, 0.3, 2.0, 1.0], [0.3]),
    ([1.5, 1.2, 2.0], [2.0, 1.6]),
    ([-0.1, 0.1, -0.2], [0.5]),
    ([-0.1, 0.1, 0.2], [-0.001, -1e-5]),
    ([0.5], [0.7]),
]


@pytest.mark.parametrize(("factors", "products"), CHAINS)
def test_oracle_times_are_those_of_another_quadrature(factors, products):
    s0 = float(np.prod(factors))
    expected = [starts_oracle.chain_time(s0, s, 1.5, factors) for s in products]
    np.testing.assert_allclose(chain_times.chain_time(products, 1.5, factors), expected, rtol=1e-9)


@pytest.mark.parametrize("factors", [[-0.01, 0.2, 0.3], [0.0, 0.2, 0.2, 1.0], [-0.05, 0.06], [0.2, 0.3, 0.1]])
def test_oracle_a_run_is_where_it_should_be_when_it_should_be(factors):
    times = np.array([0.0, 0.1, 0.5, 2.0])
    layers = [np.array([[u]]) for u in factors]
    runs = starts_oracle.flow(layers, np.array([[1.5]]), times)
    s = [starts_oracle.product(W).item() for W in runs]
    np.testing.assert_allclose(chain_times.chain_time(s, 1.5, factors), times, atol=1e-10)


@pytest.mark.parametrize("depth", [2, 3, 4, 6, 12])
def test_balanced_chains_have_the_closed_form(depth):
    s, start = np.array([1e-3, 0.5, 1.9]), 1e-4
    found = chain_times.chain_time(s, 2.0, [start ** (1 / depth)] * depth)
    np.testing.assert_allclose(found, exact_solutions.balanced_time(s, 2.0, start, depth), rtol=1e-12)


def test_two_factors_have_the_closed_form():
    s = np.array([-0.01, 0.0, 0.5, 0.99])
    found = chain_times.chain_time(s, 1.0, [-0.1, 0.4])
    np.testing.assert_allclose(found, exact_solutions.two_layer_time(s, 1.0, -0.1, 0.4), rtol=1e-12)


def test_a_chain_arrives_never_and_starts_at_once():
    found = chain_times.chain_time([[2.0, 0.008], [0.1, 1.0]], 2.0, [0.1, 0.2, 0.4])
    assert found.shape == (2, 2)
    assert (found[0, 0], found[0, 1]) == (np.inf, 0.0)
    assert chain_times.chain_time(0.0, 2.0, [-0.1, 0.1, 0.1]) == np.inf
    assert chain_times.chain_time([2.0], 2.0, [2.0, 1.0]).tolist() == [0.0]


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: chain_times.chain_time([1.0], 2.0, [0.0, 0.0, 1.0]), "at rest"),
        (lambda: chain_times.chain_time([3.0], 2.0, [0.1, 0.1]), "does not come by"),
        (lambda: chain_times.chain_time([0.1], 2.0, [-0.1, 0.1, 0.1]), "does not come by"),
        (lambda: chain_times.chain_time([0.1], 2.0, []), "one a layer"),
        (lambda: chain_times.chain_time([0.1], 2.0, [np.nan, 1.0]), "finite"),
        (lambda: chain_times.chain_time([0.1], 0.0, [1.0, 1.0]), "sigma is 0"),
    ],
)
def test_refuses_chains_that_do_not_come_by(call, word):
    with pytest.raises(errors.BadArgument, match=word):
        call()
