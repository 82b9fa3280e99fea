"""The second variation: by hand, against derivatives written out, and its smallest eigenvalue by two methods."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies
from blockshift import errors
from blockshift.flow import gradient
from blockshift.flow.landscape import construction, hessian
from blockshift.graph.network import Network
from flow.landscape import landscape_oracle as oracle


def exact(arrays):
    return tuple(np.array(X, dtype=object) for X in arrays)


@given(st.data())
def test_oracle_the_quadratic_form_is_the_second_coefficient_along_a_line(data):
    layers, sigma = data.draw(strategies.problems(max_depth=4))
    V = tuple(data.draw(strategies.matrices(*W.shape)) for W in layers)
    found = hessian.quadratic_form(Network(tuple(layers)), sigma, V)
    expected = oracle.quadratic_coefficient([W.tolist() for W in layers], sigma.tolist(), [D.tolist() for D in V])
    assert found == 2 * expected


@given(strategies.problems(max_depth=3, max_width=2))
@settings(max_examples=10)
def test_oracle_the_matrix_holds_all_second_derivatives(problem):
    layers, sigma = problem
    expected = oracle.hessian([W.tolist() for W in layers], sigma.tolist())
    assert np.array_equal(hessian.matrix(Network(tuple(layers)), sigma), np.array(expected, dtype=float))


@given(st.data())
def test_law_the_hessian_is_symmetric(data):
    layers, sigma = data.draw(strategies.problems())
    net = Network(tuple(layers))
    U, V = (tuple(data.draw(strategies.matrices(*W.shape)) for W in layers) for _ in range(2))
    one, other = hessian.product(net, sigma, V), hessian.product(net, sigma, U)
    assert sum((A * B).sum() for A, B in zip(U, one, strict=True)) == sum(
        (A * B).sum() for A, B in zip(V, other, strict=True)
    )


def test_rate_the_gradient_changes_as_the_product_says():
    rng = np.random.default_rng(0)
    net, sigma = Network.random((3, 4, 2, 3), rng=rng), rng.standard_normal((3, 3))
    V = [rng.standard_normal(W.shape) for W in net.weights]
    HV = hessian.product(net, sigma, V)
    errors_, steps = [], [1e-2, 1e-3]
    for step in steps:
        plus, minus = (
            gradient.velocity(Network(tuple(W + s * D for W, D in zip(net.weights, V, strict=True))), sigma)
            for s in (step, -step)
        )
        errors_.append(max(np.abs((m - p) / (2 * step) - X).max() for p, m, X in zip(plus, minus, HV, strict=True)))
    assert np.log10(errors_[0] / errors_[1]) == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize(
    ("widths", "values", "expected"),
    [
        (
            (3, 2, 3),
            [3, 2, 1],
            [-3, -3, -2, -2, -1, -1, 1, 1, 2, 2, 3, 3],
        ),  # each with the hidden width as multiplicity
        ((2, 1, 1), [4], [-4, 0, 4]),
        ((1, 1, 1, 1), [4], [0, 0, 0]),
        ((2, 2), [1, 1], [1, 1, 1, 1]),
    ],
)
def test_the_spectrum_at_the_origin_is_known(widths, values, expected):
    origin = Network(tuple(np.zeros((d, c)) for c, d in itertools.pairwise(widths)))
    assert np.allclose(hessian.spectrum(origin, values), expected, atol=1e-12)


def test_one_mode_minima_are_as_steep_as_the_sum_of_inverse_squares():
    # σ² Σ 1/w², the only eigenvalue that is not zero.
    net = Network.from_weights([[[2.0]], [[4.0]], [[0.5]]])
    values = hessian.spectrum(net, [4])
    assert values[-1] == pytest.approx(16 * (1 / 4 + 1 / 16 + 4))
    assert np.allclose(values[:-1], 0, atol=1e-12)


def test_oracle_lanczos_finds_what_decomposition_finds(monkeypatch):
    rng = np.random.default_rng(1)
    net = construction.random((6, 5, 5, 6), range(6, 0, -1), [2], rng=rng)
    values = np.arange(6, 0, -1)
    value, direction = hessian.smallest(net, values, rng=rng)
    monkeypatch.setattr(hessian, "DENSE", 0)
    again, other = hessian.smallest(net, values, rng=rng)
    assert value == pytest.approx(again, rel=1e-8)
    for V in (direction, other):
        assert sum((D * D).sum() for D in V) == pytest.approx(1)
        assert hessian.quadratic_form(net, values, V) == pytest.approx(value, rel=1e-6)


def test_a_stack_of_networks_has_a_stack_of_hessians():
    rng = np.random.default_rng(2)
    layers = [rng.standard_normal((4, 3, 2)), rng.standard_normal((4, 2, 3))]
    sigma = rng.standard_normal((2, 2))
    stack = hessian.matrices(layers, sigma)
    assert stack.shape == (4, 12, 12)
    for k in range(4):
        assert np.allclose(stack[k], hessian.matrix(Network(tuple(W[k] for W in layers)), sigma))


def test_vectors_and_layers_are_the_same_numbers_in_the_same_order():
    layers = (np.arange(6.0).reshape(3, 2), np.arange(3.0).reshape(1, 3))
    back = hessian.unstacked(hessian.stacked(layers), (2, 3, 1))
    assert all(np.array_equal(X, Y) for X, Y in zip(layers, back, strict=True))


def test_refuses_a_direction_of_other_shapes():
    with pytest.raises(errors.ShapeMismatch, match="shapes"):
        hessian.product(Network.from_weights([[[1]]]), [1], [np.ones((2, 1))])


def test_refuses_to_form_a_large_matrix():
    net = Network.random((40, 40), rng=np.random.default_rng(0))
    with pytest.raises(errors.TooLarge, match="1600 weights"):
        hessian.matrix(net, [1])
