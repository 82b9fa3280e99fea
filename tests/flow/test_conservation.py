"""What the motion keeps: the matrices entry by entry, their rate of change, the drift."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
from blockshift.flow import conservation, gradient
from blockshift.graph.network import Network
from strategies import chains, exact, problems, random_orthogonal, shapes

# layers, conserved matrices
BY_HAND = [
    pytest.param([[[5]]], [], id="one layer"),
    pytest.param([[[2]], [[3]]], [[[-5]]], id="width one"),
    pytest.param([[[0]], [[0]]], [[[0]]], id="zero weights"),
    pytest.param([[[1], [2]], [[3, 4]]], [[[-8, -10], [-10, -12]]], id="1-2-1"),
    pytest.param([[[1, 2]], [[2], [1]]], [[[0]]], id="2-1-2, balanced"),
    pytest.param([[[1]], [[2]], [[3]]], [[[-3]], [[-5]]], id="depth three"),
]


@pytest.mark.parametrize(("layers", "matrices"), BY_HAND)
def test_conserved_matrices_by_hand(layers, matrices):
    assert [C.tolist() for C in conservation.conserved(Network.from_weights(layers))] == matrices
    assert [C.tolist() for C in conservation.conserved([exact(W) for W in layers])] == matrices


@given(chains())
def test_oracle_conserved_matrices_entry_by_entry(layers):
    found = conservation.conserved(Network.from_weights(layers))
    assert [C.tolist() for C in found] == oracles.conserved(layers)


@given(problems())
def test_oracle_their_rate_of_change_along_the_flow_is_exactly_zero(problem):
    layers, sigma = problem
    V = gradient.velocity(Network.from_weights(layers), sigma)
    for place in range(len(layers) - 1):
        rate = oracles.directional_derivative(lambda moving, at=place: sum_of(oracles.conserved(moving)[at]), layers, V)
        assert rate == 0


def sum_of(C):
    """All entries with weights that tell them apart, so that no two errors cancel."""
    return sum((7**row * 3**column) * entry for row, line in enumerate(C) for column, entry in enumerate(line))


@given(problems())
def test_law_the_sum_of_both_gram_matrices_is_not_kept(problem):
    layers, sigma = problem
    V = gradient.velocity(Network.from_weights(layers), sigma)
    for W, U, X, Y in zip(layers[:-1], layers[1:], V[:-1], V[1:], strict=True):
        difference = X @ W.T + W @ X.T - Y.T @ U - U.T @ Y
        added = X @ W.T + W @ X.T + Y.T @ U + U.T @ Y
        assert not difference.any()
        # The two terms are equal, so that their sum vanishes only where each does.
        assert added.any() == (X @ W.T + W @ X.T).any()


@given(shapes(), st.integers(0, 10**6))
def test_law_conserved_matrices_turn_with_the_hidden_bases(widths, seed):
    rng = np.random.default_rng(seed)
    net = Network.random(widths, rng=rng)
    Q = [np.eye(widths[0]), *(random_orthogonal(d, rng) for d in widths[1:-1]), np.eye(widths[-1])]
    turned = Network.from_weights([Q[k + 1] @ W @ Q[k].T for k, W in enumerate(net.weights)])
    pairs = zip(conservation.conserved(turned), conservation.conserved(net), strict=True)
    for k, (found, C) in enumerate(pairs, 1):
        assert np.abs(found - Q[k] @ C @ Q[k].T).max() <= 1e-13 * (1 + np.abs(C).max()) * 10


@given(chains())
def test_law_conserved_matrices_are_symmetric(layers):
    for C in conservation.conserved(Network.from_weights(layers)):
        assert (C == C.T).all()


def test_drift_is_measured_in_units_of_the_scale():
    then = conservation.conserved(Network.from_weights([[[2]], [[3]]]))
    now = Network.from_weights([[[3]], [[4]]])
    assert conservation.drift(now, then).tolist() == [2.0]
    assert conservation.drift(now, then, scale=4).tolist() == [0.5]


def test_one_layer_has_nothing_to_drift():
    net = Network.from_weights([[[2]]])
    assert conservation.drift(net, conservation.conserved(net)).shape == (0,)
    assert conservation.is_balanced(net)


def test_a_network_is_balanced_up_to_delta():
    net = Network.from_weights([[[2]], [[1]]])  # its conserved matrix is 3
    assert not conservation.is_balanced(net)
    assert not conservation.is_balanced(net, 2.9)
    assert conservation.is_balanced(net, 3)
    assert conservation.is_balanced(Network.from_weights([exact([[0]]), exact([[0]])]))


def test_refuses_to_compare_with_another_depth():
    with pytest.raises(ValueError, match="zip"):
        conservation.drift(Network.from_weights([[[1]]]), (np.zeros((1, 1)),))
