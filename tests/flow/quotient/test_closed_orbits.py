"""Closed orbits: balanced networks lie in them, and the others come near."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.flow import conservation, quotient
from blockshift.flow.quotient import closed_orbits, orbits
from blockshift.graph.network import Network
from flow.quotient.examples import exact, floats, random_exact

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS)
def test_law_an_orbit_is_closed_exactly_if_it_holds_a_balanced_network(seed):
    net = random_exact(np.random.default_rng(seed))
    balanced = closed_orbits.closed_representative(net.product(), net.widths)
    worst = max((np.abs(C).max() for C in conservation.conserved(balanced)), default=0.0)
    assert worst <= 1e-10 * max(1.0, np.abs(balanced.product()).max())
    assert closed_orbits.is_closed(balanced)
    found = orbits.equivalence(floats(net), balanced)
    assert found.same == closed_orbits.is_closed(net), found


@given(SEEDS)
def test_law_chains_that_fade_lead_within_the_orbit_to_the_closed_one(seed):
    net = random_exact(np.random.default_rng(seed))
    faded = closed_orbits.towards_closed(net, Fraction(1, 1000))
    assert orbits.equivalence(net, faded).same
    # The limit: each weight is a number plus a number times t, so two values give it.
    once, twice = (closed_orbits.towards_closed(net, t).weights for t in (1, 2))
    limit = Network(tuple(2 * A - B for A, B in zip(once, twice, strict=True)))
    assert closed_orbits.is_closed(limit)
    assert quotient.same_map(limit, net)
    if closed_orbits.is_closed(net):
        assert limit == Network(tuple(W * Fraction(1) for W in net.weights))


def test_refuses_a_fading_to_nothing():
    with pytest.raises(errors.BadArgument, match="above 0"):
        closed_orbits.towards_closed(exact([[1]], [[1]]), 0)


def test_refuses_a_map_that_no_network_of_the_widths_has():
    with pytest.raises(errors.ShapeMismatch, match="rank 2"):
        closed_orbits.closed_representative(np.eye(2), (2, 1, 2))
    with pytest.raises(errors.ShapeMismatch, match="shape"):
        closed_orbits.closed_representative(np.eye(2), (2, 1, 1))
