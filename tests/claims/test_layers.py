"""The plan of a drawing: arrows lead right, things keep their distance, heights are as near as they can be."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.claims import layers

#: Sums of a few numbers below 100.
ROUNDING = 1e-9


@st.composite
def webs(draw):
    """What uses what among at most eight things, each using only earlier ones."""
    size = draw(st.integers(0, 8))
    names = [f"n{k}" for k in range(size)]
    return {
        name: tuple(draw(st.lists(st.sampled_from(names[:k]), unique=True, max_size=3))) if k else ()
        for k, name in enumerate(names)
    }


def nearest(wanted, rooms):
    """Heights nearest to those wanted, by trying every way to join neighbours into pools."""
    n = len(wanted)
    gaps = [(a + b) / 2 for a, b in pairwise(rooms)]
    offsets = [sum(gaps[:k]) for k in range(n)]
    best = None
    for count in range(n):
        for cuts in combinations(range(1, n), count):
            heights = []
            for begin, end in pairwise((0, *cuts, n)):
                mean = sum(wanted[i] - offsets[i] for i in range(begin, end)) / (end - begin)
                heights += [mean + offsets[i] for i in range(begin, end)]
            fits = all(b - a >= gap - ROUNDING for (a, b), gap in zip(pairwise(heights), gaps, strict=True))
            cost = sum((h - w) ** 2 for h, w in zip(heights, wanted, strict=True))
            if fits and (best is None or cost < best[0]):
                best = cost, heights
    return best[1]


@given(webs())
def test_law_what_is_used_stands_to_the_left_and_an_arrow_visits_every_column_between(web):
    plan = layers.plan(web)
    assert set(plan.places) == set(web)
    assert set(plan.routes) == {(used, user) for user, below in web.items() for used in below}
    for (used, user), points in plan.routes.items():
        assert points[0] == plan.places[used]
        assert points[-1] == plan.places[user]
        assert [column for column, _ in points] == list(range(plan.places[used][0], plan.places[user][0] + 1))
        assert len(points) > 1


@given(webs())
def test_law_things_in_a_column_keep_their_distance_and_heights_begin_at_zero(web):
    plan = layers.plan(web)
    for (a, y), (b, z) in combinations(plan.places.values(), 2):
        assert a != b or abs(y - z) >= 1 - ROUNDING
    heights = [y for points in (plan.places.values(), *plan.routes.values()) for _, y in points]
    assert min(heights, default=0) == 0
    assert max(heights, default=0) == plan.height


@given(st.lists(st.tuples(st.integers(-9, 9), st.sampled_from([0.5, 1.0])), min_size=1, max_size=6))
def test_oracle_no_heights_are_nearer_to_those_wanted(rows):
    wanted, rooms = zip(*rows, strict=True)
    assert layers.spaced(wanted, rooms) == pytest.approx(nearest(wanted, rooms), abs=ROUNDING)


def test_a_thing_stands_one_column_after_the_last_that_it_uses():
    web = {"d": ("c", "a"), "c": ("b",), "b": ("a",), "a": ()}
    assert layers.columns(web) == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_two_arrows_that_need_not_cross_do_not():
    plan = layers.plan({"a": (), "b": (), "c": ("b",), "d": ("a",)})
    above = [plan.places[x][1] < plan.places[y][1] for x, y in (("a", "b"), ("d", "c"))]
    assert above[0] == above[1]


def test_a_long_arrow_goes_round_what_it_passes():
    plan = layers.plan({"a": (), "b": ("a",), "c": ("b", "a")})
    passing = plan.routes["a", "c"][1]
    assert abs(passing[1] - plan.places["b"][1]) >= (1 + layers.NARROW) / 2 - ROUNDING


def test_nothing_to_draw_is_a_plan_too():
    plan = layers.plan({})
    assert (plan.columns, plan.height, plan.places) == (0, 0.0, {})


@pytest.mark.parametrize("web", [{"a": ("a",)}, {"a": ("b",), "b": ("c",), "c": ("a",)}])
def test_refuses_what_rests_on_itself(web):
    with pytest.raises(errors.BadArgument, match="rests on itself"):
        layers.plan(web)
