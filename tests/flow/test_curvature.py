"""The second derivative without its matrix: against dual numbers, finite differences, and closed forms."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given

import oracles
from blockshift import errors
from blockshift.flow import curvature, gradient
from blockshift.flow.landscape import hessian
from blockshift.graph.network import Network
from strategies import matrices, problems, random_orthogonal

# widths, singular values
SHAPES = [
    ((3, 2), [2.0, 1.0]),
    ((1, 1, 1), [2.0]),
    ((2, 3, 2), [2.0, 1.0]),
    ((3, 3, 2), [2.0, 1.0]),
    ((2, 2, 2, 2), [3.0, 3.0]),
    ((2, 3, 3, 4), [2.0, 0.0]),
    ((3, 4, 5, 4, 3), [3.0, 2.0, 1.0]),
]


def balanced(widths, sigma, rng):
    """A 0-balanced network whose product is diagonal with these singular values."""
    depth = len(widths) - 1
    turns = [np.eye(widths[0]), *(random_orthogonal(d, rng) for d in widths[1:-1]), np.eye(widths[-1])]
    layers = []
    for i in range(1, depth + 1):
        D = np.zeros((widths[i], widths[i - 1]))
        D[range(len(sigma)), range(len(sigma))] = np.array(sigma) ** (1 / depth)
        layers.append(turns[i] @ D @ turns[i - 1].T)
    return Network(tuple(layers))


def dense_hessian(net, sigma):
    """Column by column, from products with unit directions."""
    columns = []
    for k in range(net.size):
        flat, V, begin = np.eye(net.size)[k], [], 0
        for W in net.weights:
            V.append(flat[begin : begin + W.size].reshape(W.shape))
            begin += W.size
        columns.append(np.concatenate([X.ravel() for X in hessian.product(net, sigma, V)]))
    return np.array(columns)


@given(problems(max_depth=4).flatmap(lambda p: matrices(*p[0][0].shape).map(lambda first: (*p, first))))
def test_oracle_the_product_is_the_slope_of_the_gradient(problem):
    layers, sigma, first = problem
    V = [first, *(W[::-1] - 1 for W in layers[1:])]
    found = hessian.product(Network(tuple(layers)), sigma, V)
    # The velocity is a polynomial: its exact derivative by Lagrange's formula on integer steps.
    degree = 2 * len(layers)
    values = []
    for s in range(degree + 1):
        moved = [oracles.combine(W.tolist(), D.tolist(), s) for W, D in zip(layers, V, strict=True)]
        values.append([np.array(X, dtype=object) for X in oracles.velocity(moved, sigma.tolist())])
    for j, X in enumerate(found):
        slope = oracle_slope([value[j] for value in values])
        assert ((slope + X) == 0).all()


def oracle_slope(values):
    """The derivative at 0 of the polynomial through values at 0, 1, 2, ..., by forward differences."""
    differences, slope = list(values), 0
    for order in range(1, len(values)):
        differences = [b - a for a, b in pairwise(differences)]
        slope = slope + Fraction((-1) ** (order + 1), order) * differences[0]
    return slope


@pytest.mark.parametrize(("widths", "sigma"), SHAPES)
def test_the_hessian_is_symmetric(widths, sigma):
    net = Network.random(widths, rng=np.random.default_rng(1))
    H = dense_hessian(net, sigma)
    np.testing.assert_allclose(H, H.T, atol=1e-12)


@pytest.mark.parametrize(("widths", "sigma"), SHAPES)
def test_oracle_sharpness_is_the_largest_eigenvalue_with_and_without_the_matrix(widths, sigma, monkeypatch):
    net = Network.random(widths, rng=np.random.default_rng(2))
    expected = np.linalg.eigvalsh(dense_hessian(net, sigma))[-1]
    assert curvature.sharpness(net, sigma) == pytest.approx(expected, rel=1e-9)
    monkeypatch.setattr(curvature, "DENSE_WEIGHTS", 1)
    assert curvature.sharpness(net, sigma) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("dense", [1, 60])
def test_a_steeper_way_down_is_not_sharpness(dense, monkeypatch):
    # Three nodes at 1/2, far below sigma = 10: one way down bends by about -10, the steepest way up by 5.
    monkeypatch.setattr(curvature, "DENSE_WEIGHTS", dense)
    net = Network.from_weights([[[0.5]], [[0.5]], [[0.5]]])
    values = np.linalg.eigvalsh(dense_hessian(net, [10]))
    assert abs(values[0]) > values[-1] > 0
    assert curvature.sharpness(net, [10]) == pytest.approx(values[-1])


@pytest.mark.parametrize(("widths", "sigma"), SHAPES)
def test_the_spectrum_at_a_balanced_minimum_is_known_and_is_that_of_the_hessian(widths, sigma):
    net = balanced(widths, sigma, np.random.default_rng(3))
    expected = curvature.balanced_spectrum(sigma, widths)
    np.testing.assert_allclose(curvature.tangent_spectrum(net), expected, rtol=1e-9)
    values = np.linalg.eigvalsh(dense_hessian(net, sigma))[::-1]
    np.testing.assert_allclose(values[: len(expected)], expected, rtol=1e-9)
    assert np.abs(values[len(expected) :]).max(initial=0) < 1e-9
    depth = len(widths) - 1
    assert expected[0] == pytest.approx(depth * max(sigma) ** (2 - 2 / depth))


def test_one_mode_has_one_eigenvalue():
    # sigma^2 sum of 1 / w^2 with w = (1, 2, 3): 36 (1 + 1/4 + 1/9) = 49
    net = Network.from_weights([[[1]], [[2]], [[3]]])
    assert curvature.tangent_spectrum(net).round(9).tolist() == [49]
    assert curvature.sharpness(net, [6]) == pytest.approx(49)


def test_the_tangent_kernel_moves_the_map_along_the_flow():
    net = Network.random((3, 4, 5, 2), rng=np.random.default_rng(4))
    sigma = np.arange(6.0).reshape(2, 3)
    V, W = gradient.velocity(net, sigma), net.weights
    rate = V[2] @ W[1] @ W[0] + W[2] @ V[1] @ W[0] + W[2] @ W[1] @ V[0]
    R = gradient.residual(net, sigma)
    found = curvature.tangent_kernel(net) @ R.ravel(order="F")
    np.testing.assert_allclose(found, rate.ravel(order="F"), rtol=1e-12)


def test_a_bottleneck_has_the_sharpness_of_its_hessian_not_of_its_kernel():
    net = Network.from_weights([[[1.0, 0.0]], [[2.0], [0.0]]])
    H = dense_hessian(net, [2.0, 1.0])
    assert curvature.sharpness(net, [2.0, 1.0]) == pytest.approx(np.linalg.eigvalsh(H)[-1])


def test_refuses_a_direction_of_another_shape():
    net = Network.from_weights([[[1]], [[2]]])
    with pytest.raises(errors.ShapeMismatch, match="direction"):
        hessian.product(net, [1], [[[1]]])


def test_refuses_a_balanced_minimum_through_a_bottleneck():
    with pytest.raises(errors.BadArgument, match="narrowest"):
        curvature.balanced_spectrum([2, 1], (2, 1, 2))
    assert curvature.balanced_spectrum([2, 0], (2, 1, 2)).tolist() == [4, 2, 2]


def test_refuses_a_stable_step_where_nothing_bends():
    with pytest.raises(errors.BadArgument, match="rises in no direction"):
        curvature.stable_step(Network.from_weights([[[0]], [[0]], [[0]]]), [1])
    with pytest.raises(errors.BadArgument, match="below 1"):
        curvature.stable_step(Network.from_weights([[[1]], [[1]]]), [1], momentum=1.0)


def test_refuses_a_kernel_that_does_not_fit_into_memory():
    with pytest.raises(errors.TooLarge, match="sharpness"):
        curvature.tangent_kernel(Network.from_weights([np.ones((1, 65)), np.ones((65, 1))]))
