"""The order of a switching, its cones, directions along it."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.signs.monotonicity.orders import KINDS, Order
from signs.monotonicity.networks import convolutional


def random_order(seed, shape=(2, 3, 4), outputs=5):
    rng = np.random.default_rng(seed)
    return Order.random(shape, outputs, rng=rng), rng


def test_the_order_of_a_switching_is_its_signs_at_both_ends():
    dag = convolutional(np.random.default_rng(0))
    s = np.random.default_rng(1).choice([-1, 1], dag.nodes)
    order, parts = Order.of(dag, s), dag.split(s)
    assert np.array_equal(order.inputs, parts[0])
    assert np.array_equal(order.outputs, np.r_[parts[6].ravel(), parts[7].ravel()])


@pytest.mark.parametrize("kind", KINDS)
def test_law_directions_point_up_and_have_length_one(kind):
    order, rng = random_order(2)
    found = order.directions(kind, 50, rng=rng)
    assert found.shape == (50, 2, 3, 4)
    assert np.allclose((found**2).sum(axis=(1, 2, 3)), 1)
    assert order.is_below(0 * found, found).all()
    assert not order.is_below(found, 0 * found).any()
    assert len({tuple(row.ravel()) for row in found}) > 5


def test_pixels_move_all_channels_of_one_pixel_and_halves_move_half():
    order, rng = random_order(3)
    pixels, halves, rays = (order.directions(kind, 20, rng=rng) != 0 for kind in KINDS)
    assert (pixels.any(axis=1).sum(axis=(1, 2)) == 1).all()
    assert (pixels.sum(axis=(1, 2, 3)) == 2).all()
    assert (halves.sum(axis=(1, 2, 3)) == 12).all()
    assert rays.all()


def test_law_below_is_a_partial_order():
    order, rng = random_order(4, (1, 1, 2))
    x = rng.integers(-1, 2, (3, 40, 1, 1, 2))
    below = order.is_below
    assert below(x[0], x[0]).all()
    both = below(x[0], x[1]) & below(x[1], x[0])
    assert (x[0][both] == x[1][both]).all()
    chained = below(x[0], x[1]) & below(x[1], x[2])
    assert chained.any()
    assert below(x[0], x[2])[chained].all()
    assert np.array_equal(order.reversed.is_below(x[1], x[0]), below(x[0], x[1]))


def test_below_at_outputs_looks_at_every_output():
    order = Order(np.ones((1, 1, 1)), np.array([1, -1]))
    y = np.array([[0, 0], [1, -1], [1, 1], [-1, -1]])
    assert order.is_below_at_outputs(y[0], y).tolist() == [True, True, False, False]


def test_one_input_has_a_half():
    order = Order(np.ones((1, 1, 1)), np.ones(1))
    assert order.directions("halves", 3, rng=np.random.default_rng(0)).ravel().tolist() == [1, 1, 1]


def test_refuses_signs_that_are_none_and_kinds_that_are_not_there():
    with pytest.raises(errors.BadArgument, match="not signs"):
        Order(np.zeros((1, 1, 1)), np.ones(1))
    with pytest.raises(errors.UnknownName, match="there are"):
        random_order(0)[0].directions("circles", 1, rng=np.random.default_rng(0))
