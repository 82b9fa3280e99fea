"""Dimensions of fibers and orbits: by hand, against Jacobians, and against lists of cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.flow.quotient import fibers
from blockshift.graph.network import Network
from flow.quotient import quotient_oracle as oracle
from flow.quotient.examples import exact, floats, random_exact, rows

SEEDS = st.integers(0, 2**32 - 1)
# widths, rank, dimension of the fiber, by hand
FIBERS = [
    ((1, 1), 1, 0),
    ((3, 4), 2, 0),
    ((1, 1, 1), 1, 1),  # a hyperbola
    ((1, 1, 1), 0, 1),  # two crossing lines
    ((1, 1, 1, 1), 0, 2),
    ((2, 2, 2), 2, 4),  # GL(2)
    ((2, 2, 2), 0, 5),  # W_1 of rank 1, and W_2 that kills what it writes
    ((2, 1, 2), 0, 2),  # one of the two layers is zero
    ((2, 1, 2), 1, 1),
    ((1, 5, 1), 1, 9),
]


@pytest.mark.parametrize(("widths", "rank", "expected"), FIBERS)
def test_dimensions_of_fibers_by_hand(widths, rank, expected):
    assert fibers.fiber_dimension(widths, rank) == expected


@pytest.mark.parametrize(
    "widths", [(2, 3), (2, 3, 2), (3, 1, 3), (3, 3, 3), (1, 2, 2, 1), (2, 1, 2, 3), (2, 2, 2, 2), (1, 3, 2, 3, 1)]
)
def test_oracle_dimensions_of_fibers_are_the_largest_orbits(widths):
    for rank in range(min(widths) + 1):
        assert fibers.fiber_dimension(widths, rank) == oracle.fiber_dimension(widths, rank)


@given(SEEDS)
def test_oracle_dimensions_at_a_network_are_those_of_its_linear_systems(seed):
    net = random_exact(np.random.default_rng(seed))
    found = fibers.dimensions(net)
    assert found.tangent == net.size - oracle.rank(oracle.jacobian(rows(net)))
    assert found.stabiliser == oracle.stabiliser(rows(net))
    assert found.orbit + found.stabiliser == sum(d * d for d in net.widths[1:-1])
    assert found.orbit <= found.piece <= min(found.fiber, found.tangent)
    assert found == fibers.dimensions(floats(net))


def test_the_fiber_is_smooth_where_its_dimension_is_that_of_the_tangent():
    net = Network.random((3, 4, 2, 3), rng=np.random.default_rng(0))
    found = fibers.dimensions(net)
    assert found.tangent == found.fiber == found.piece == net.size - 2 * (3 + 3 - 2)


def test_the_same_map_may_have_other_widths_in_between():
    assert fibers.same_map(exact([[2]], [[3]]), exact([[1], [1]], [[3, 3]]))
    assert not fibers.same_map(exact([[2]]), exact([[2, 0]]))
    assert not fibers.same_map(exact([[2]]), exact([[3]]))
    assert fibers.same_map(floats(exact([[2]])), exact([[2]]))


@pytest.mark.parametrize("rank", [-1, 3, 1.5, True])
def test_refuses_ranks_of_no_network(rank):
    with pytest.raises(errors.BadArgument, match="from 0 to 2"):
        fibers.fiber_dimension((2, 3, 2), rank)
