"""Critical points by construction, in the room of the landscape, have here the chains that were put into them."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift.flow import invariant_sets, quotient
from blockshift.flow.landscape import chains, construction, critical_point

SEEDS = st.integers(0, 2**32 - 1)
# widths, singular values, learnt
POINTS = [((2, 2, 2), [2, 1], [1]), ((3, 2, 3), [3, 2, 1], [2]), ((2, 3, 3, 2), [2, 1], []), ((1, 1, 1, 1), [2], [])]


@pytest.mark.parametrize(("widths", "sigma", "learnt"), POINTS)
@pytest.mark.parametrize("exact", [True, False])
@given(seed=SEEDS)
def test_oracle_the_chains_found_are_those_that_were_put_in(widths, sigma, learnt, exact, seed):
    rng = np.random.default_rng(seed)
    system = chains.random(widths, len(learnt), len(sigma) - len(learnt), rng=rng)
    net = construction.prescribed(widths, sigma, learnt, chains=system, rng=rng, exact=exact)
    assert quotient.intervals(net) == Counter(system.all())


@pytest.mark.parametrize(("widths", "sigma", "learnt"), POINTS)
@given(seed=SEEDS)
def test_law_critical_points_over_one_map_share_their_value_and_need_not_share_their_orbit(widths, sigma, learnt, seed):
    rng = np.random.default_rng(seed)
    one, two = (construction.random(widths, sigma, learnt, rng=rng, exact=True) for _ in range(2))
    assert quotient.same_map(one, two)
    if len(widths) == 3 and widths[0] == len(sigma):
        assert quotient.equivalence(one, two).same


def test_a_nonstrict_saddle_has_a_new_chain_where_every_layer_has_a_direction_to_spare():
    net = construction.prescribed((2, 3, 3, 2), [2, 1], [1], exact=True)
    assert critical_point(net, [2, 1]).kind == "nonstrict saddle"
    assert invariant_sets.new_chain(net, [2, 1]).order == 3


def test_the_saddles_of_this_room_are_what_the_landscape_says_they_are():
    for depth, kind in ((2, "strict saddle"), (3, "nonstrict saddle"), (4, "nonstrict saddle")):
        net = quotient.closed_representative(np.diag([3.0, 0.0]), (2,) * (depth + 1))
        assert critical_point(net, [3, 2]).kind == kind
