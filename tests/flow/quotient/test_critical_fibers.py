"""Paths to infinity among critical points, and the points of the quotient."""

from fractions import Fraction

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import gradient
from blockshift.flow.quotient import critical_fibers, fibers
from flow.quotient.examples import exact

CRITICAL = [
    pytest.param([[[1]], [[4]]], [4], id="minimum"),
    pytest.param([[[0]], [[0]]], [0], id="Sigma zero"),
    pytest.param([[[0]], [[0]], [[0]]], [4], id="origin of three layers"),
    pytest.param([[[0]], [[3]], [[0]]], [4], id="a layer in between"),
    pytest.param([[[0]], [[0]], [[3]]], [4], id="the last layer"),
    pytest.param([[[0, 0]], [[0]]], [4], id="an input that is ignored"),
    pytest.param([[[0]], [[0], [0]]], [4], id="an output that is ignored"),
    pytest.param([[[1, 0]], [[2], [0]]], [2, 1], id="bottleneck"),
]


@pytest.mark.parametrize(("layers", "sigma"), CRITICAL)
def test_the_path_keeps_map_and_rest_and_leaves_every_ball(layers, sigma):
    net = exact(*layers)
    sizes = []
    for t in (1, 10, 1000):
        far = critical_fibers.unbounded_path(net, sigma, t)
        assert not any(np.any(V != 0) for V in gradient.velocity(far, sigma))
        assert fibers.same_map(far, net)
        sizes.append(sum(int(sum(w * w for w in W.flat)) for W in far.weights))
    assert sizes[2] >= 10**4 * max(sizes[0], 1) / 2 > sizes[0]
    assert not critical_fibers.is_alone(net, sigma)


@pytest.mark.parametrize(
    ("layers", "sigma"),
    [([[[4]]], [4]), ([[[0]], [[0]]], [4]), ([[[0, 0]] * 3, [[0] * 3] * 2], [2, 1])],
    ids=["one layer", "E1", "E1, hidden layer wider"],
)
def test_refuses_a_path_from_a_point_that_is_alone(layers, sigma):
    assert critical_fibers.is_alone(exact(*layers), sigma)
    with pytest.raises(errors.BadArgument, match="only one"):
        critical_fibers.unbounded_path(exact(*layers), sigma, 2)


def test_refuses_a_path_that_does_not_go_on():
    with pytest.raises(errors.BadArgument, match="above 0"):
        critical_fibers.unbounded_path(exact([[1]], [[1]]), [1], 0)


def test_points_of_the_quotient_by_hand():
    found = critical_fibers.critical_classes(np.diag(np.array([3, 2, 1], dtype=object)), (3, 2, 3))
    assert [c.learnt for c in found] == [(), (3,), (2,), (2, 3), (1,), (1, 3), (1, 2)]
    assert [c.value for c in found] == [7, Fraction(13, 2), 5, Fraction(9, 2), Fraction(5, 2), 2, Fraction(1, 2)]


def test_an_unluckily_chosen_sigma_has_two_maps_with_one_value():
    found = critical_fibers.critical_classes([5, 4, 3], (3, 3, 3))
    values = [c.value for c in found]
    assert len(values) == 8
    assert len(set(values)) == 7


def test_equal_singular_values_make_families():
    found = critical_fibers.critical_classes([2, 2, 1], (3, 3, 3))
    assert {c.learnt: c.family for c in found if c.family} == {(1,): 1, (1, 3): 1}
    assert len(found) == 6


def test_a_zero_sigma_has_one_point():
    (only,) = critical_fibers.critical_classes([0, 0], (2, 3, 2))
    assert (only.value, only.rank, only.learnt) == (0, 0, ())
    assert "nothing" in repr(only)


def test_law_the_number_of_points_is_a_sum_of_binomials():
    for widths in ((3, 1, 3), (3, 3), (2, 5, 4)):
        p, room = min(widths[0], widths[-1]), min(widths)
        expected = sum(1 for k in range(2**p) if k.bit_count() <= room)
        assert len(critical_fibers.critical_classes(range(1, p + 1), widths)) == expected


def test_refuses_a_sigma_that_is_not_diagonal_and_one_too_large_to_list():
    with pytest.raises(errors.BadArgument, match="diagonal"):
        critical_fibers.critical_classes([[0, 1], [0, 0]], (2, 2))
    with pytest.raises(errors.TooLarge, match="listed"):
        critical_fibers.critical_classes(range(1, 31), (30, 30, 30))
