"""Where a network has come to: critical points by hand, and what is none."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import landscape
from blockshift.graph.network import Network

ROOT2 = 2**0.5

# layers, singular values, kind, learnt, loss
BY_HAND = {
    "the origin": ([[[0]], [[0]]], [4], "saddle", (), 8.0),
    "on the hyperbola": ([[[8]], [[0.5]]], [4], "global minimum", (1,), 0.0),
    "off it": ([[[1]], [[1]]], [4], "not critical", (), 8.0),
    "second learnt, first not": ([np.diag([0, 1]), np.diag([0, 1])], [4, 1], "saddle", (2,), 8.0),
    "bottleneck full": ([[[ROOT2, 0]], [[ROOT2], [0]]], [2, 1], "global minimum", (1,), 0.5),
    "bottleneck with the wrong one": ([[[0, 1]], [[0], [1]]], [2, 1], "saddle", (2,), 2.0),
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
    assert text == "CriticalPoint(saddle, learnt: nothing, loss 8, to within 0e+00)"


@pytest.mark.parametrize("sigma", [[[0, 1], [1, 0]], [[-1, 0], [0, 1]]])
def test_refuses_data_that_are_not_diagonal(sigma):
    net = Network.from_weights([np.eye(2), np.eye(2)])
    with pytest.raises(errors.BadArgument, match="diagonal"):
        landscape.critical_point(net, sigma)
