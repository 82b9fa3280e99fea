"""Matchings of least cost against all matchings, and their radii as a proof."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockshift.signs.exact import matching


def cheapest(distances):
    """The least total distance of a perfect matching, by trying each partner of the first node."""
    if not len(distances):
        return 0
    rest = range(1, len(distances))
    return min(
        distances[0][k] + cheapest([[distances[a][b] for b in rest if b != k] for a in rest if a != k]) for k in rest
    )


def members(forest, b, n):
    """The single nodes of a blossom."""
    found = []
    for v in range(n):
        at = v
        while at not in (b, -1):
            at = int(forest.parent[at])
        if at == b:
            found.append(v)
    return found


def check_radii(distances, forest):
    """The radii add up to at most the cost of each pair, and belong to odd sets; what they add up to, in units of 1."""
    n = len(distances)
    reach = np.zeros((n, n), dtype=np.int64)
    alive = np.flatnonzero(forest.parent != -2).tolist()
    for b in alive:
        inside = np.zeros(n, dtype=bool)
        inside[members(forest, b, n)] = True
        assert inside.sum() % 2 == 1
        assert forest.own[b] >= 0
        reach += int(forest.own[b]) * (inside[:, None] != inside[None, :])
    assert (reach <= 2 * distances)[~np.eye(n, dtype=bool)].all()
    return forest.own[alive].sum() / 2


def metric(points):
    """City-block distances, which may be zero between different points."""
    points = np.array(points, dtype=np.int64)
    return np.abs(points[:, None] - points[None]).sum(axis=-1)


@settings(max_examples=150)
@given(
    st.integers(1, 4).flatmap(lambda k: st.lists(st.tuples(*[st.integers(0, 6)] * 2), min_size=2 * k, max_size=2 * k))
)
def test_oracle_the_cost_is_that_of_the_cheapest_matching_and_the_radii_prove_it(points):
    distances = metric(points)
    forest = matching.matched(distances)
    n = len(points)
    assert (forest.mate[forest.mate] == np.arange(n)).all()
    assert (forest.mate != np.arange(n)).all()
    cost = distances[np.arange(n), forest.mate].sum() / 2
    assert cost == cheapest(distances.tolist()) == check_radii(distances, forest)


@pytest.mark.parametrize("seed", range(12))
def test_radii_prove_matchings_with_many_blossoms(seed):
    rng = np.random.default_rng(seed)
    n = 2 * int(rng.integers(10, 40))
    # Ways in a random sparse graph: odd rings of equal costs abound, so blossoms form, nest and fall apart.
    distances = np.full((n, n), 99)
    for _ in range(2 * n):
        a, b = rng.choice(n, 2, replace=False)
        distances[a, b] = distances[b, a] = rng.integers(1, 4)
    np.fill_diagonal(distances, 0)
    for k in range(n):
        distances = np.minimum(distances, distances[:, [k]] + distances[[k]])
    forest = matching.matched(distances)
    assert distances[np.arange(n), forest.mate].sum() / 2 == check_radii(distances, forest)


def test_how_often_the_clock_is_looked_at_changes_nothing(monkeypatch):
    distances = metric(np.random.default_rng(0).integers(0, 12, (120, 2)))
    forest = matching.matched(distances)
    assert (forest.parent[120:] >= 0).any(), "no blossom lies in another; take other points"
    monkeypatch.setattr(matching, "EVENTS", 1)
    looks = itertools.count()
    again = matching.matched(distances, stop=lambda: next(looks) < 0)
    assert next(looks) > 60
    for one, other in zip(forest, again, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("events", [0, 1, 7, 30, 60])
def test_what_is_stopped_has_radii_that_are_feasible(monkeypatch, events):
    monkeypatch.setattr(matching, "EVENTS", 1)
    distances = metric(np.random.default_rng(1).integers(0, 20, (60, 2)))
    left = iter([False] * events)
    forest = matching.matched(distances, stop=lambda: next(left, True))
    best = matching.matched(distances)
    assert (forest.mate < 0).any()
    bound = check_radii(distances, forest)
    assert bound <= distances[np.arange(60), best.mate].sum() / 2
    assert bound > 0 or events <= 7


def test_no_node_and_distances_as_large_as_integers_may_be():
    assert len(matching.matched(np.zeros((0, 0), dtype=np.int64)).mate) == 0
    line = np.array([0, 1, 3, 7]) << 47
    forest = matching.matched(np.abs(line[:, None] - line))
    assert forest.mate.tolist() == [1, 0, 3, 2]
    assert forest.own.sum() // 2 == 5 << 47
