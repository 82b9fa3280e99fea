"""Chains of scalars against the whole flow, and how far a start is from having them."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import exact_solutions, gradient, initializations, reduced
from blockshift.graph.network import Network
from flow import starts_oracle

TIMES = np.array([0.0, 0.3, 1.0, 2.0, 5.0])
#: Two integrators near rounding, on problems whose weights stay within a few units.
RUN = 1e-11


def draw(seed=0):
    return np.random.default_rng(seed)


FULL = draw(4).standard_normal((3, 5))
#: Widths, Sigma: deep, not square, not diagonal, equal and vanishing singular values, a bottleneck, depth one.
PROBLEMS = [
    ((3, 4, 5, 3), [3, 2, 1]),
    ((3, 4, 5, 3), [2, 2, 1]),
    ((3, 3, 3, 3), [2, 2, 2]),
    ((5, 4, 3), FULL),
    ((5, 2, 3), FULL),
    ((5, 4, 3), np.outer([1, 2, 0], [1, 0, 1, 0, 2])),
    ((4, 4, 4), [2, 0, 0]),
    ((2, 2, 2), [0, 0]),
    ((3, 4), [2, 1, 1]),
    ((1, 1, 1, 1, 1), [2]),
]


@pytest.mark.parametrize(("widths", "sigma"), PROBLEMS)
def test_oracle_an_aligned_network_is_its_chains(widths, sigma):
    factors = draw(7).uniform(0.2, 0.9, (len(widths) - 1, min(widths)))
    net = initializations.aligned(widths, sigma, rng=draw(), factors=factors)
    found = reduced.chains(net, sigma)
    run = found.run(TIMES)
    assert found.misalignment < 1e-12
    Sigma = np.asarray(gradient.target(sigma, widths), dtype=float)
    for k, layers in enumerate(starts_oracle.flow(list(net.weights), Sigma, TIMES)):
        for W, expected in zip(run.network(k).weights, layers, strict=True):
            np.testing.assert_allclose(W, expected, atol=RUN)
        np.testing.assert_allclose(run.products()[k], starts_oracle.product(layers), atol=RUN)
    np.testing.assert_allclose(np.sort(run.strengths[0]), np.sort(factors.prod(axis=0)), atol=1e-13)


def test_the_factors_of_a_diagonal_network_are_read_off():
    net = Network.from_weights([[[1, 0], [0, -2], [0, 0]], [[3, 0, 0], [0, 1, 0]]])
    found = reduced.chains(net, [5, 4])
    assert found.sigma.tolist() == [5, 4]
    assert np.abs(found.factors).tolist() == [[1, 2], [3, 1]]
    assert found.factors.prod(axis=0).tolist() == [3, -2]
    assert found.run([0.0]).network(0) == net


def test_oracle_modes_that_share_a_singular_value_may_point_anywhere():
    turn = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])
    for sigma in ([2, 2, 1], [0, 0, 0]):
        first, second = np.diag([0.3, 0.7, 0.2]) @ turn.T, turn @ np.diag([0.5, 0.5, 0.1])
        found = reduced.chains(Network((first, second)), sigma)
        assert np.sort(np.abs(found.factors).prod(axis=0)).round(12).tolist() == [0.02, 0.15, 0.35]
        layers = starts_oracle.flow([first, second], np.diag(np.array(sigma, dtype=float)), [1.0])[0]
        for W, expected in zip(found.run([1.0]).network(0).weights, layers, strict=True):
            np.testing.assert_allclose(W, expected, atol=RUN)


def test_a_tiny_mode_beside_a_large_one_is_a_chain_too():
    net = initializations.aligned((3, 4, 3), [3, 2, 1], rng=draw(), product=[1e-20, 1.0, 1e-6])
    strengths = reduced.chains(net, [3, 2, 1]).run([9.0]).strengths[0]
    expected = [exact_solutions.logistic(9.0, s, s0) for s, s0 in ((3, 1e-20), (2, 1.0), (1, 1e-6))]
    # The factor of 1e-10 is read off matrices with entries of 1, and grows from there.
    np.testing.assert_allclose(strengths, expected, rtol=1e-5)


def test_a_factor_of_zero_wakes_up_and_two_rest():
    net = initializations.decoupled((3, 3, 3), [3, 2, 1], factors=[[0.5, 0, 0], [0.3, 0.2, 0]])
    found = reduced.chains(net, [3, 2, 1])
    assert found.sigma.tolist() == [3, 2]
    expected = exact_solutions.two_layer_mode(TIMES, 2, 0, 0.2)
    np.testing.assert_allclose(found.run(TIMES).strengths[:, 1], expected, atol=RUN)
    nothing = reduced.chains(Network.from_weights([[[0.0]], [[0.0]]]), [1])
    assert nothing.factors.shape == (2, 0)
    assert nothing.run([0, 1]).network(1).product().tolist() == [[0]]


def test_chains_are_the_closed_forms():
    net = initializations.aligned((3, 4, 4, 3), [3, 2, 1], rng=draw(), product=[1e-4, 1e-3, 1e-2])
    run = reduced.chains(net, [3, 2, 1]).run(TIMES)
    for i, (sigma, s0) in enumerate([(3, 1e-4), (2, 1e-3), (1, 1e-2)]):
        np.testing.assert_allclose(run.strengths[:, i], exact_solutions.balanced_mode(TIMES, sigma, s0, 3), rtol=1e-10)


def test_the_misalignment_grows_with_the_distance_from_an_aligned_start():
    net = initializations.aligned((3, 4, 3), [3, 2, 1], rng=draw(), product=0.1)
    noise = Network.random((3, 4, 3), rng=draw(1)).weights
    off = []
    for size in (1e-9, 1e-6, 1e-3):
        moved = Network(tuple(W + size * N for W, N in zip(net.weights, noise, strict=True)))
        off.append(reduced.chains(moved, [3, 2, 1], tol=np.inf).misalignment)
    assert 0.1 < off[0] / 1e-9 < 1e3
    assert off[0] < 1e-2 * off[1] < 1e-4 * off[2]


def test_it_reports_itself_in_a_sentence():
    found = reduced.chains(Network.from_weights([[[1]], [[2]]]), [3])
    assert repr(found) == "Chains(1 of depth 2, σ = 3, misalignment 0e+00)"
    assert repr(found.run([0, 2])) == "ChainRun(1 chains, 0 ≤ t ≤ 2, 2 times)"


@pytest.mark.parametrize(
    ("widths", "sigma"), [((3, 4, 3), [3, 2, 1]), ((2, 2, 2), [1, 1]), ((2, 3, 2), [0, 0]), ((2, 2), [2, 1])]
)
def test_refuses_a_random_start(widths, sigma):
    with pytest.raises(errors.NotAligned, match="belong to no chain"):
        reduced.chains(Network.random(widths, rng=draw(2)), sigma)


def test_refuses_a_start_whose_last_layer_alone_is_turned():
    net = initializations.decoupled((2, 2, 2), [2, 1], factors=0.5)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    with pytest.raises(errors.NotAligned, match="do not match"):
        reduced.chains(Network((net.weights[0], turn @ net.weights[1])), [2, 1])


def test_refuses_times_that_do_not_increase():
    found = reduced.chains(Network.from_weights([[[1]], [[2]]]), [3])
    for at in ([1, 0], [-1.0], [], [np.inf], [[0, 1]]):
        with pytest.raises(errors.BadArgument, match="increasing"):
            found.run(at)
