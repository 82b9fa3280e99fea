"""Where a network has come to: critical points by hand, and what is none."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

import oracles
from blockshift import errors
from blockshift.flow import gradient, landscape
from blockshift.flow.landscape import construction
from blockshift.graph.network import Network

ROOT2 = 2**0.5

# layers, singular values, kind, learnt, loss
BY_HAND = {
    "the origin": ([[[0]], [[0]]], [4], "strict saddle", (), 8.0),
    "on the hyperbola": ([[[8]], [[0.5]]], [4], "global minimum", (1,), 0.0),
    "off it": ([[[1]], [[1]]], [4], "not critical", (), 8.0),
    "second learnt, first not": ([np.diag([0, 1]), np.diag([0, 1])], [4, 1], "strict saddle", (2,), 8.0),
    "bottleneck full": ([[[ROOT2, 0]], [[ROOT2], [0]]], [2, 1], "global minimum", (1,), 0.5),
    "bottleneck with the wrong one": ([[[0, 1]], [[0], [1]]], [2, 1], "strict saddle", (2,), 2.0),
    "Sigma is zero": ([[[0]], [[0]]], [0], "global minimum", (), 0.0),
    "one layer": ([[[3.0]]], [3], "global minimum", (1,), 0.0),
    "repeated": ([np.eye(2), np.eye(2)], [1, 1], "global minimum", (1, 2), 0.0),
    "non-square": ([np.eye(3)[:2], np.eye(2)], [1, 1], "global minimum", (1, 2), 0.0),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_kind_learnt_and_loss_are_those_found_by_hand(name):
    layers, values, kind, learnt, loss = BY_HAND[name]
    point = landscape.critical_point(Network.from_weights(layers), values)
    assert (point.kind, point.learnt) == (kind, learnt)
    assert point.loss == pytest.approx(loss)


def test_the_tolerance_decides_how_near_is_near():
    net = Network.from_weights([[[2 + 1e-4]], [[2]]])
    assert landscape.critical_point(net, [4]).kind == "not critical"
    assert landscape.critical_point(net, [4], tolerance=1e-2).kind == "global minimum"


def test_the_sentence_says_kind_learnt_and_how_near():
    text = repr(landscape.critical_point(Network.from_weights([[[0]], [[0]]]), [4]))
    assert text == "CriticalPoint(strict saddle, learnt: nothing, loss 8, to within 0e+00)"


@pytest.mark.parametrize("sigma", [[[0, 2], [1, 0]], [[-2, 0], [0, 1]], [[1, 1], [1, 1]]])
def test_data_need_not_be_diagonal(sigma):
    net = Network.from_weights([np.eye(2), np.zeros((2, 2))])
    still = landscape.critical_point(Network.from_weights([np.zeros((2, 2))] * 2), sigma)
    assert (still.kind, still.learnt) == ("strict saddle", ())
    assert still.loss == pytest.approx(0.5 * np.sum(np.square(sigma)))
    assert landscape.critical_point(net, sigma).kind == "not critical"
    done = landscape.critical_point(Network.from_weights([np.array(sigma, dtype=float), np.eye(2)]), sigma)
    assert done.kind == "global minimum"


def test_places_count_singular_values_from_the_largest_wherever_they_stand():
    net = Network.from_weights([np.diag([0.0, 1.0]), np.diag([0.0, 4.0])])
    assert landscape.critical_point(net, np.diag([1.0, 4.0])).learnt == (1,)


@pytest.mark.parametrize("learnt", [s for k in range(4) for s in itertools.combinations((1, 2, 3), k)], ids=str)
def test_oracle_every_set_of_modes_is_a_critical_point_with_half_the_squares_of_the_others(learnt):
    values = (9, 4, 1)
    sigma = [[values[k] * (k == m) for m in range(3)] for k in range(3)]
    W = [[round(values[k] ** 0.5) * (k == m and k + 1 in learnt) for m in range(3)] for k in range(3)]
    assert not any(entry for V in oracles.velocity([W, W], sigma) for row in V for entry in row)
    found = landscape.critical_point(Network.from_weights([W, W]), values)
    assert found.kind == ("global minimum" if len(learnt) == 3 else "strict saddle")
    assert found.learnt == learnt
    assert found.loss == oracles.loss([W, W], sigma)
    assert (found.speed, found.distance) == (0, 0)


def test_the_right_map_is_not_enough_where_the_weights_still_move():
    net = Network.from_weights([np.diag([2, 0]), np.diag([2, 5])])
    found = landscape.critical_point(net, [4, 1])
    assert found.distance == 0
    assert found.speed > 1
    assert found.kind == "not critical"


def test_speed_and_distance_are_relative_to_sigma():
    found = landscape.critical_point(Network.from_weights([[[3]], [[1]]]), [4])
    assert found.distance == pytest.approx(1 / 4)
    assert found.speed == pytest.approx(10**0.5 / 4)


def test_a_mode_counts_as_learnt_above_half_its_value():
    assert landscape.critical_point(Network.from_weights([[[2.1]]]), [4]).learnt == (1,)
    assert landscape.critical_point(Network.from_weights([[[1.9]]]), [4]).learnt == ()


def test_an_orthogonal_mixture_of_modes_that_share_a_singular_value_is_learnt_as_one():
    # A bottleneck that has learnt the mixture (1, 1) / sqrt 2 of two equal modes.
    net = Network.from_weights([[[0.5, 0.5]], [[1], [1]]])
    point = landscape.critical_point(net, [1, 1])
    assert (point.kind, point.learnt) == ("global minimum", (1,))
    assert point.loss == pytest.approx(0.5)
    turned = landscape.critical_point(Network.from_weights([[[0.5, -0.5]], [[1], [1]]]), [1, 1])
    assert turned.kind == "not critical"


def test_exact_weights_are_judged_exactly():
    third = Fraction(1, 3)
    exact = Network((np.array([[third]], dtype=object), np.array([[3]], dtype=object)))
    point = landscape.critical_point(exact, [1])
    assert (point.kind, point.loss, point.speed) == ("global minimum", 0, 0)
    near = Network((np.array([[third + Fraction(1, 10**9)]], dtype=object), np.array([[3]], dtype=object)))
    assert landscape.critical_point(near, np.array([1], dtype=object)).kind == "not critical"
    assert landscape.critical_point(near, [1.0]).kind == "global minimum"


def test_a_network_near_to_a_saddle_gets_the_kind_of_that_saddle():
    # At 1e-4 from the origin the ranks are full; those of the origin are not.
    near = Network.from_weights([[[1e-4]], [[1e-4]], [[1e-4]]])
    point = landscape.critical_point(near, [4])
    assert (point.kind, point.learnt) == ("nonstrict saddle", ())
    assert not any(W.any() for W in point.certificate.network.weights)
    assert point.certificate.verify([4])


def test_a_layer_far_from_zero_is_seen_near_to_a_saddle():
    near = Network.from_weights([[[1e-6]], [[1.0]], [[1e-6]]])
    point = landscape.critical_point(near, [4])
    assert point.kind == "strict saddle"
    assert point.certificate.verify([4])


def test_what_is_learnt_is_kept_in_the_critical_point_beside():
    rng = np.random.default_rng(0)
    exact = construction.prescribed((3, 4, 4, 3), [4, 2, 1], [1, 2], rng=rng)
    near = Network(tuple(W + 1e-8 * rng.standard_normal(W.shape) for W in exact.weights))
    point = landscape.critical_point(near, [4, 2, 1])
    assert (point.kind, point.learnt) == ("nonstrict saddle", (1, 2))
    beside = point.certificate.network
    assert max(np.abs(V - W).max() for V, W in zip(beside.weights, near.weights, strict=True)) < 1e-5
    assert gradient.speed(beside, [4, 2, 1]) < 1e-12


def test_refuses_layers_in_which_rounding_hides_the_velocity():
    net = Network.from_weights([[[1e9], [0.0]], [[0.0, 1e9]]])
    with pytest.raises(errors.BadArgument, match="rounding alone"):
        landscape.critical_point(net, [1])


def test_large_weights_that_move_are_not_refused():
    net = Network.random((5, 5, 5, 5, 5), rng=np.random.default_rng(0), scale=30.0)
    assert landscape.critical_point(net, [1, 1]).kind == "not critical"


def test_refuses_a_negative_tolerance():
    with pytest.raises(errors.BadArgument, match="tolerance"):
        landscape.critical_point(Network.from_weights([[[0]]]), [1], tolerance=-1)
