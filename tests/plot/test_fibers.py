"""Pictures of the quotient: chains, fibers of two weights, and critical values."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import quotient
from blockshift.graph.network import Network
from blockshift.plot import fibers

CHAINS = {(0, 3): 1, (0, 1): 1, (2, 3): 1, (1, 2): 1, (3, 3): 1}


def test_every_chain_is_a_line_from_its_birth_to_its_end():
    net = quotient.scrambled(quotient.network_of_intervals(CHAINS, 3), rng=np.random.default_rng(0))
    drawing = fibers.intervals(net)
    drawn = list(zip(drawing.data["births"].tolist(), drawing.data["ends"].tolist(), strict=True))
    assert sorted(drawn) == sorted(CHAINS)
    assert drawn[0] == (0, 3), "whole chains stand on top"
    assert "5 chains over the layers 0 to 3" in drawing.alt
    assert "1 whole, 1 that begin in the input" in drawing.alt
    assert drawing.png()


def test_refuses_more_chains_than_can_be_told_apart():
    with pytest.raises(errors.TooLarge, match="chains"):
        fibers.intervals(Network.from_weights([np.eye(80)]))


def test_points_of_the_drawn_fiber_are_minima():
    drawing = fibers.hyperbolas(2.0)
    assert np.allclose(drawing.data["minima"].prod(axis=1), 2.0)
    assert {0.0, 2.0} <= set(drawing.data["values"].tolist())
    assert "w_2 w_1 = 2" in drawing.alt
    assert drawing.png()


@pytest.mark.parametrize("sigma", [0, -1, 9])
def test_refuses_a_fiber_outside_of_the_picture(sigma):
    with pytest.raises(errors.BadArgument, match="reach"):
        fibers.hyperbolas(sigma)


def test_the_tower_has_every_critical_value():
    drawing = fibers.tower([3, 2, 1], (3, 2, 3))
    assert drawing.data["values"].tolist() == [7, 6.5, 5, 4.5, 2.5, 2, 0.5]
    assert drawing.data["fibers"].tolist() == [quotient.fiber_dimension((3, 2, 3), r) for r in (0, 1, 1, 2, 1, 2, 2)]
    assert "no value is taken twice" in drawing.alt
    assert drawing.png()


def test_the_tower_says_where_a_value_is_taken_twice():
    assert "1 of the values are taken by another point" in fibers.tower([5, 4, 3], (3, 3)).alt


def test_the_tower_of_a_zero_sigma_is_one_point():
    assert len(fibers.tower([0], (1, 2, 1)).data["values"]) == 1


def test_refuses_a_tower_that_no_picture_holds():
    with pytest.raises(errors.TooLarge, match="critical points"):
        fibers.tower([6, 5, 4, 3, 2, 1], (6, 6))
