"""Bounds on the Jacobian over a box: exact fractions, and Jacobians of points in the box."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.graph.perceptrons import perceptron
from blockshift.graph.tangents import Tangent
from blockshift.signs.monotonicity import boxes
from blockshift.signs.monotonicity.boxes import monotone_over_box
from blockshift.signs.monotonicity.orders import Order
from signs.monotonicity import monotonicity_oracle as oracle
from signs.monotonicity.networks import balanced, convolutional, dag_of, integers


def plain(dag):
    return Order(np.ones(dag.layers[0].shape), np.ones(sum(dag.layers[p].nodes for p in dag.outputs)))


@pytest.mark.parametrize("seed", range(6))
def test_oracle_the_bounds_contain_the_exact_ones_and_are_hardly_wider(seed):
    rng = np.random.default_rng(seed)
    layers = integers((3, 5, 4, 2), rng)
    centre = rng.integers(-8, 9, 3) / 4
    low, high = centre - 0.25, centre + 0.5
    dag = dag_of(layers)
    found = monotone_over_box(dag, low.reshape(3, 1, 1), high.reshape(3, 1, 1), plain(dag))
    exact = np.array(oracle.box(layers, low, high), dtype=object)
    assert all(a <= b for a, b in zip(found.low.ravel(), exact[..., 0].ravel(), strict=True))
    assert all(a >= b for a, b in zip(found.high.ravel(), exact[..., 1].ravel(), strict=True))
    assert np.allclose(found.low, exact[..., 0].astype(float), atol=1e-6)
    assert np.allclose(found.high, exact[..., 1].astype(float), atol=1e-6)


@pytest.mark.parametrize("activation", ["relu", "relu6", "leaky relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("radius", [0.0, 0.05, 0.5])
def test_constraints_the_jacobian_of_every_point_of_the_box_lies_within(activation, radius):
    rng = np.random.default_rng(0)
    dag = convolutional(rng, activation)
    x = rng.standard_normal(dag.layers[0].shape)
    order = Order.random(x.shape, plain(dag).outputs.size, rng=rng)
    found = monotone_over_box(dag, x - radius, x + radius, order)
    signs = order.outputs[:, None] * np.moveaxis(order.inputs, 0, -1).ravel()
    for _ in range(20):
        J = Tangent.at(dag, x + radius * rng.uniform(-1, 1, x.shape)).jacobian()
        turned = signs * np.moveaxis(J, 1, -1).reshape(len(J), -1)
        # Automatic differentiation takes 1 - tanh² and y (1 - y), each wrong by a rounding of 1.
        rounding = 1e-13 * np.abs(turned).max() * (activation in ("tanh", "sigmoid"))
        assert (found.low <= turned + rounding).all()
        assert (turned - rounding <= found.high).all()
        size = np.abs(turned).sum(axis=1)
        kept = (size > 0) & ~np.isnan(found.least)
        assert (found.least[kept] <= turned.sum(axis=1)[kept] / size[kept] + 1e-9).all()


def test_a_point_has_no_width():
    rng = np.random.default_rng(1)
    dag = convolutional(rng)
    x = rng.standard_normal(dag.layers[0].shape)
    found = monotone_over_box(dag, x, x, plain(dag))
    assert (found.high - found.low).max() < 1e-8 * np.abs(found.high).max()


def test_a_balanced_network_is_monotone_over_a_huge_box():
    layers, signs = balanced((4, 6, 5, 3), np.random.default_rng(2))
    dag, order = dag_of(layers), Order(np.reshape(signs[0], (-1, 1, 1)), np.array(signs[-1]))
    ends = np.full((4, 1, 1), 1e3)
    found = monotone_over_box(dag, -ends, ends, order)
    assert found.monotone.all()
    assert (found.certain, found.opposed, found.undecided) == (1, 0, 0)


def test_by_hand_a_bend_down_is_found_only_by_a_box_that_reaches_it():
    bend = perceptron([[[1], [1]], [[2, -3]]], [[0, -1], [0]])  # slope 2 up to 1, then -1
    ends = [(np.full((1, 1, 1), a), np.full((1, 1, 1), b)) for a, b in ((0.2, 0.8), (0.2, 1.2), (1.5, 3.0))]
    found = [monotone_over_box(bend, *end, plain(bend)) for end in ends]
    assert [f.monotone.item() for f in found] == [True, False, False]
    assert [f.opposed for f in found] == [0, 0, 1]
    assert [f.undecided for f in found] == [0, 1, 0]
    assert np.allclose([f.low.item() for f in found], [2, -1, -1])
    assert np.allclose([f.high.item() for f in found], [2, 2, -1])


def test_refuses_empty_boxes_other_shapes_and_unknown_activations():
    dag = perceptron([[[1]]])
    one = np.ones((1, 1, 1))
    with pytest.raises(errors.BadArgument, match="low <= high"):
        monotone_over_box(dag, one, -one, plain(dag))
    with pytest.raises(errors.ShapeMismatch, match="reads"):
        monotone_over_box(dag, np.ones(2), np.ones(2), plain(dag))
    bumpy = convolutional(np.random.default_rng(0), "silu")
    x = np.zeros(bumpy.layers[0].shape)
    with pytest.raises(errors.BadArgument, match="silu"):
        monotone_over_box(bumpy, x, x, plain(bumpy))


def test_refuses_sums_that_the_allowance_for_rounding_does_not_cover(monkeypatch):
    monkeypatch.setattr(boxes, "LONGEST", 1)
    dag = perceptron([[[1, 1]]])
    with pytest.raises(errors.TooLarge, match="sums 2 edges"):
        monotone_over_box(dag, np.zeros((2, 1, 1)), np.ones((2, 1, 1)), plain(dag))


def test_by_hand_a_maximum_may_take_either_input_or_must_take_one():
    shape = (1, 1, 2)
    pool = LayerMap.pooling(shape, (1, 2), stride=(1, 2), kind="max pooling")
    dag = Dag((Layer("input", shape), Layer("largest", (1, 1, 1))), (Link(0, 1, pool),))
    order = Order(np.ones(shape), np.ones(1))
    found = [
        monotone_over_box(dag, np.array([[[a, 0.0]]]), np.array([[[a + 1, 1.0]]]), o)
        for a in (0.0, 2.0)
        for o in (order, Order(np.ones(shape), -np.ones(1)))
    ]
    assert [np.round(f.low, 6).tolist() for f in found] == [[[0, 0]], [[-1, -1]], [[1, 0]], [[-1, 0]]]
    assert [np.round(f.high, 6).tolist() for f in found] == [[[1, 1]], [[0, 0]], [[1, 0]], [[-1, 0]]]
