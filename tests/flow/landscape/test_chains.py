"""Chains and the ranks they leave: by hand, back and forth, and what no network has."""

import itertools

import pytest
from hypothesis import given

from blockshift import errors
from blockshift.flow.landscape import chains
from flow.landscape.chain_systems import systems


@given(systems())
def test_law_ranks_determine_how_many_chains_there_are(system):
    found = chains.multiplicities(system.widths, system.ranks())
    counts = {}
    for place in system.all():
        counts[place] = counts.get(place, 0) + 1
    assert found == counts


@given(systems())
def test_law_chains_with_given_ranks_have_these_ranks(system):
    again = chains.with_ranks(system.widths, system.unlearnt, system.ranks())
    assert again.ranks() == system.ranks()
    assert (again.full, again.unlearnt) == (system.full, system.unlearnt)


@given(systems())
def test_law_bridges_keep_two_layers_apart(system):
    assert all(1 <= a <= system.depth and 0 <= b <= a - 2 for a, b in system.bridges)


def test_every_system_of_a_chain_of_ones_is_found_by_hand():
    # The unlearnt mode needs a bridge: (2, 0), (3, 0) or (3, 1); what it leaves of layers 1 and 2 is cut or not.
    found = {(tuple(s.bridges), tuple(sorted(s.loose))) for s in chains.every((1, 1, 1, 1), 0, 1)}
    assert found == {
        (((2, 0),), ((1, 1),)),
        (((3, 0),), ((1, 1), (2, 2))),
        (((3, 0),), ((1, 2),)),
        (((3, 1),), ((2, 2),)),
    }


def test_oracle_every_system_is_found_once_among_all_rank_tables():
    widths = (2, 1, 2, 2)
    found = {tuple(sorted(s.ranks().items())) for s in chains.every(widths, 0, 1)}
    places = [(a, b) for b in range(1, 4) for a in range(b)]
    tables = itertools.product(*(range(min(widths[a : b + 1]) + 1) for a, b in places))
    possible = set()
    for table in tables:
        ranks = dict(zip(places, table, strict=True))
        if ranks[0, 3]:
            continue
        try:
            chains.with_ranks(widths, 1, ranks)
        except errors.BadArgument:
            continue
        possible.add(tuple(sorted(ranks.items())))
    assert found == possible


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (((1, 1, 1), -1, {}, {}), "negative"),
        (((1, 1, 1), 0, {(1, 0): 1}, {(2, 2): 1}), "b ≤ a - 2"),
        (((1, 1, 1), 0, {}, {(0, 2): 1}), "counts as full"),
        (((1, 1, 1), 0, {}, {(0, 0): 1}), "fill layers"),
    ],
)
def test_refuses_chains_that_are_none(arguments, word):
    with pytest.raises(errors.BadArgument, match=word):
        chains.Chains(*arguments)


def test_refuses_ranks_that_no_network_has():
    # Frobenius: rank(XY) + rank(YZ) is at most rank(Y) + rank(XYZ).
    ranks = {(0, 1): 1, (1, 2): 1, (2, 3): 1, (0, 2): 1, (1, 3): 1, (0, 3): 0}
    with pytest.raises(errors.BadArgument, match="no network with widths"):
        chains.multiplicities((1, 1, 1, 1), ranks)


def test_refuses_ranks_that_no_critical_point_has():
    # The product of two layers of full rank has full rank where the middle is narrow, so that nothing may be left over.
    ranks = {(0, 1): 1, (1, 2): 0, (0, 2): 0}
    with pytest.raises(errors.BadArgument, match="no critical point has these ranks"):
        chains.with_ranks((1, 1, 1), 1, ranks)


def test_refuses_ranks_that_are_not_all_given():
    with pytest.raises(errors.BadArgument, match="one for each product"):
        chains.multiplicities((1, 1, 1), {(0, 1): 1})


@pytest.mark.parametrize(
    ("widths", "full", "unlearnt", "word"),
    [((2, 1, 2), 2, 0, "narrowest"), ((2, 2, 2), 1, 2, "do not fit"), ((2, 2), 0, 1, "single layer")],
)
def test_refuses_numbers_that_do_not_fit(widths, full, unlearnt, word):
    with pytest.raises(errors.BadArgument, match=word):
        chains.plain(widths, full, unlearnt)


def test_refuses_a_residual_larger_than_what_is_left():
    with pytest.raises(errors.BadArgument, match="residual has rank 1"):
        chains.with_ranks((1, 1, 1), 1, {(0, 1): 1, (1, 2): 1, (0, 2): 1})


def test_the_sentence_counts():
    assert repr(chains.plain((2, 2, 2), 1, 1)) == "Chains(2→2→2: 1 full, 1 bridge, 1 loose)"
