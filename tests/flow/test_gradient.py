"""The fast gradient: by hand, against exact derivatives, and as a rate."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
from blockshift import errors
from blockshift.flow import gradient
from blockshift.graph.network import Network
from strategies import exact, problems, random_orthogonal, shapes

# layers, Sigma, loss, velocity
BY_HAND = [
    pytest.param([[[3]]], [[5]], 2, [[[2]]], id="one layer, width one"),
    pytest.param([[[2]], [[3]]], [[10]], 8, [[[12]], [[8]]], id="width one"),
    pytest.param([[[0]], [[0]]], [[10]], 50, [[[0]], [[0]]], id="zero weights"),
    pytest.param([[[2]], [[3]]], [[0]], 18, [[[-18]], [[-12]]], id="Sigma zero"),
    pytest.param([[[1, 0], [0, 1]]], [[2, 0], [0, 2]], 1, [[[1, 0], [0, 1]]], id="a repeated singular value"),
    pytest.param([[[1, 1]], [[1], [0]]], [[2, 1], [0, 0]], Fraction(1, 2), [[[1, 0]], [[1], [0]]], id="2-1-2"),
    pytest.param([[[1, 2]]], [[1, 1]], Fraction(1, 2), [[[0, -1]]], id="one layer, not square"),
]


@pytest.mark.parametrize(("layers", "sigma", "loss", "velocity"), BY_HAND)
def test_loss_and_velocity_by_hand(layers, sigma, loss, velocity):
    net = Network.from_weights([exact(W) for W in layers])
    assert gradient.loss(net, exact([[Fraction(s) for s in row] for row in sigma])) == loss
    assert [V.tolist() for V in gradient.velocity(net, exact(sigma))] == velocity
    floats = Network.from_weights(layers)
    assert gradient.loss(floats, sigma) == loss
    assert [V.tolist() for V in gradient.velocity(floats, sigma)] == velocity


@given(problems())
def test_oracle_velocity_is_minus_the_exact_gradient(problem):
    layers, sigma = problem
    found = gradient.velocity(Network.from_weights(layers), sigma)
    assert [V.tolist() for V in found] == oracles.velocity(layers, sigma)


@given(problems())
def test_oracle_velocity_is_the_matrix_formula(problem):
    layers, sigma = problem
    found = Network.from_weights(gradient.velocity(Network.from_weights(layers), sigma))
    assert found.adjacency().tolist() == oracles.flow_matrix(layers, sigma)


@given(problems())
def test_oracle_loss_and_residual_add_up_paths(problem):
    layers, sigma = problem
    net, fractions = Network.from_weights(layers), sigma * Fraction(1)
    assert gradient.loss(net, fractions) == oracles.loss(layers, sigma)
    assert gradient.residual(net, sigma).tolist() == oracles.combine(sigma, oracles.end_to_end(layers), -1)


@given(problems())
def test_law_the_loss_falls_at_the_square_of_the_speed(problem):
    layers, sigma = problem
    V = gradient.velocity(Network.from_weights(layers), sigma)
    slope = oracles.directional_derivative(lambda moving: oracles.loss(moving, sigma), layers, V)
    assert slope == -sum((X * X).sum() for X in V)
    assert gradient.speed(Network.from_weights(layers), sigma) == pytest.approx(float(-slope) ** 0.5, rel=1e-14)


@pytest.mark.parametrize("widths", [(1, 1), (2, 3), (3, 2, 4), (2, 5, 1, 3), (1, 1, 1, 1, 1)], ids=str)
def test_rate_the_taylor_remainder_of_the_loss_is_of_second_order(widths):
    rng = np.random.default_rng(1)
    net, direction = Network.random(widths, rng=rng), Network.random(widths, rng=rng)
    sigma = rng.standard_normal((widths[-1], widths[0]))
    V = gradient.velocity(net, sigma)
    slope = -sum((X * Y).sum() for X, Y in zip(V, direction.weights, strict=True))
    steps = np.array([1e-2, 3e-3, 1e-3, 3e-4])
    remainders = []
    for step in steps:
        moved = Network.from_weights([W + step * Y for W, Y in zip(net.weights, direction.weights, strict=True)])
        remainders.append(abs(gradient.loss(moved, sigma) - gradient.loss(net, sigma) - step * slope))
    fitted = np.polyfit(np.log(steps), np.log(remainders), 1)[0]
    assert fitted == pytest.approx(2, abs=0.1)


@given(shapes(), st.integers(0, 10**6))
def test_law_velocity_turns_with_the_hidden_bases(widths, seed):
    rng = np.random.default_rng(seed)
    net, sigma = Network.random(widths, rng=rng), rng.standard_normal((widths[-1], widths[0]))
    Q = [np.eye(widths[0]), *(random_orthogonal(d, rng) for d in widths[1:-1]), np.eye(widths[-1])]

    def turned(layers):
        return [Q[k + 1] @ W @ Q[k].T for k, W in enumerate(layers)]

    found = gradient.velocity(Network.from_weights(turned(net.weights)), sigma)
    for V, expected in zip(found, turned(gradient.velocity(net, sigma)), strict=True):
        # Products of at most 4 layers of width 3 with entries of a few units, in double precision.
        assert np.abs(V - expected).max() <= 1e-11 * (1 + np.abs(expected).max())


# singular values, widths, the matrix
TARGETS = [
    ([1, 2], (3, 5, 2), [[2, 0, 0], [0, 1, 0]]),
    ([], (2, 3), [[0, 0], [0, 0], [0, 0]]),
    ([0], (1, 1), [[0]]),
    (7, (1, 1), [[7]]),
    ([3, 3], (2, 2), [[3, 0], [0, 3]]),
    ([[1, 2]], (2, 1), [[1, 2]]),
]


@pytest.mark.parametrize(("sigma", "widths", "matrix"), TARGETS)
def test_singular_values_go_on_the_diagonal(sigma, widths, matrix):
    assert gradient.target(sigma, widths).tolist() == matrix


def test_singular_values_are_put_in_decreasing_order():
    assert gradient.target([1, 3, 2], (3, 3)).tolist() == [[3, 0, 0], [0, 2, 0], [0, 0, 1]]


def test_exact_singular_values_stay_exact():
    found = gradient.target(exact([[1]])[0] * Fraction(1, 3), (2, 1))
    assert found.tolist() == [[Fraction(1, 3), 0]]


def test_speed_is_zero_just_at_critical_points():
    assert gradient.speed(Network.from_weights([[[0]], [[0]]]), [4]) == 0
    assert gradient.speed(Network.from_weights([[[2]], [[2]]]), [4]) == 0
    assert gradient.speed(Network.from_weights([[[3]], [[0]]]), [4]) == 12


# what is called, the error, a word of its message
REFUSALS = [
    (lambda: gradient.target([[1, 2]], (1, 1)), errors.ShapeMismatch, "1 inputs"),
    (lambda: gradient.target([1, 2], (1, 5)), errors.ShapeMismatch, "at most 1"),
    (lambda: gradient.target([-1], (1, 1)), errors.BadArgument, "negative"),
    (lambda: gradient.target([np.nan], (1, 1)), errors.NotFinite, "sigma"),
    (lambda: gradient.target([[np.inf]], (1, 1)), errors.NotFinite, "sigma"),
    (lambda: gradient.target(["a"], (1, 1)), errors.BadArgument, "numbers"),
    (lambda: gradient.target([1j], (1, 1)), errors.BadArgument, "complex"),
    (lambda: gradient.target([[[1]]], (1, 1)), errors.ShapeMismatch, "dimensions"),
    (lambda: gradient.velocity(Network.from_weights([[[1]]]), [[1, 2]]), errors.ShapeMismatch, "must be"),
]


@pytest.mark.parametrize(("call", "error", "word"), REFUSALS)
def test_refuses_data_that_do_not_fit(call, error, word):
    with pytest.raises(error, match=word):
        call()
