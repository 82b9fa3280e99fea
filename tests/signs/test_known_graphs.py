"""Graphs that others have worked on: the facts, and a stored certificate that stands without the library."""

import json
from pathlib import Path

import numpy as np
import pytest

from blockshift import errors
from blockshift.signs import edge_lists
from blockshift.signs.exact.optimum import optimum
from blockshift.signs.known_graphs import highland_tribes, spin_glass
from signs import frustration_oracle as oracle

DATA = Path(__file__).parents[1] / "data"


def test_the_tribes_have_29_alliances_and_29_enmities_and_one_optimum():
    graph = highland_tribes()
    assert (graph.n, graph.m, graph.negative) == (16, 58, 29)
    # Friends and foes of each tribe, counted on the list of pairs on another road.
    for kept, degrees in (
        (graph.w > 0, [3, 3, 4, 2, 3, 5, 7, 6, 3, 2, 4, 4, 4, 2, 3, 3]),
        (graph.w < 0, [5, 5, 2, 1, 4, 5, 0, 1, 4, 3, 5, 4, 4, 3, 6, 6]),
    ):
        assert np.bincount(np.r_[graph.u[kept], graph.v[kept]], minlength=16).tolist() == degrees
    signs = 1 - 2 * (np.arange(1 << 15)[:, None] >> np.arange(16) & 1)
    left = (graph.w * signs[:, graph.u] * signs[:, graph.v] < 0).sum(axis=1)
    assert left.min() == 7
    assert (left == 7).sum() == 1


@pytest.mark.parametrize("sides", [(3,), (3, 4), (3, 4, 5), (3, 3, 3, 3)])
def test_a_torus_has_two_neighbours_in_each_direction(sides):
    graph = spin_glass(*sides, rng=np.random.default_rng(0))
    assert graph.n == np.prod(sides)
    assert set(np.bincount(np.r_[graph.u, graph.v]).tolist()) == {2 * len(sides)}
    assert set(graph.w.tolist()) <= {1.0, -1.0}
    for u, v in zip(graph.u, graph.v, strict=True):
        steps = [abs(a - b) for a, b in zip(graph.nodes[u], graph.nodes[v], strict=True)]
        assert sum(min(k, side - k) for k, side in zip(steps, sides, strict=True)) == 1


def test_refuses_tori_without_room():
    for sides in ((), (2, 5), (0,)):
        with pytest.raises(errors.BadArgument, match="no torus"):
            spin_glass(*sides, rng=np.random.default_rng(0))


def test_oracle_the_stored_certificate_proves_the_stored_optimum():
    stored = json.loads((DATA / "spin-glass-20x20.json").read_text())
    edges = [tuple(map(int, line.split())) for line in (DATA / "spin-glass-20x20.txt").read_text().splitlines()]
    assert len(edges) == 800
    minus = set(stored["minus"])
    s = {node: -1 if node in minus else 1 for node in range(400)}
    assert oracle.weight_left(edges, s) == stored["frustration"] == 123
    proved = oracle.packing_bound(edges, stored["cycles"], stored["shares"], stored["bits"])
    # Every node has four edges, so no switching leaves an even number.
    assert 121 < proved <= 123


def test_the_search_finds_what_is_stored():
    graph = edge_lists.read(DATA / "spin-glass-20x20.txt")
    found = optimum(graph)
    assert found.lower == 123 == graph.frustrated_weight(found.signs)
