"""Lower bounds: below the truth, at their known values, unchanged by switching, in proportion to the weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockshift.signs.bounds import cycle_search, multipliers, packing, semidefinite, spectral, verifiers
from blockshift.signs.couplings import SparseCouplings
from signs import graphs, switching_oracle

#: A shift beyond the eigenvalue, and the dual of vectors nearly at rest, cost less than this share of the weight.
SHARE = 1e-6


def bounds(graph, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "spectral": spectral.spectral_bound(graph, rng=rng),
        "semidefinite": semidefinite.semidefinite_bound(graph, rng=rng),
        "greedy": packing.greedy_packing(graph),
        "packing": packing.packing_bound(graph),
    }


@pytest.mark.parametrize(
    ("graph", "values"),
    [
        (graphs.COMPLETE_8, (12, 12, 28 / 3)),
        (graphs.PETERSEN, (2.5, 2.5, 3)),
        # Five times a pentagon of vectors at 2 pi 2/5 ... in closed form 15 - 3 sqrt 5.
        (graphs.ICOSAHEDRON, (15 - 3 * np.sqrt(5), 15 - 3 * np.sqrt(5), 10)),
        (graphs.all_negative(5, [(i, (i + 1) % 5) for i in range(5)]), (0.4775, 0.4775, 1)),
        (graphs.all_negative(4, [(0, 1), (1, 2), (2, 3), (3, 0)]), (0, 0, 0)),
    ],
)
def test_known_graphs_have_their_known_bounds(graph, values):
    found = bounds(graph)
    for name, value in zip(("spectral", "semidefinite", "packing"), values, strict=True):
        assert found[name].value == pytest.approx(value, abs=1e-4), name
        assert found[name].certified


@settings(deadline=None, max_examples=60)
@given(graphs.edge_lists(most=9), st.integers(0, 2**9 - 1))
def test_law_bounds_lie_below_the_truth_are_verified_and_do_not_see_switching(case, mask):
    n, edges = case
    graph, truth = graphs.graph(n, edges), switching_oracle.frustration(n, edges)
    switched = graph.switched([1 - 2 * (mask >> i & 1) for i in range(n)])
    slack = SHARE * graph.total_weight
    for (name, bound), other in zip(bounds(graph).items(), bounds(switched).values(), strict=True):
        assert 0 <= bound.value <= truth
        assert bound.certified
        assert bound.verify(graph, rng=np.random.default_rng(1)).accepted
        assert name in ("greedy", "spectral") or other.value == pytest.approx(bound.value, abs=slack + 1e-4 * truth)
        assert name == "greedy" or name == "semidefinite" or other.value == pytest.approx(bound.value, abs=slack)


@settings(deadline=None, max_examples=30)
@given(graphs.edge_lists(most=8), st.sampled_from([0.1, 7.0, 1e-300, 1e300]))
def test_law_bounds_scale_with_the_weights(case, size):
    n, edges = case
    plain = bounds(graphs.graph(n, edges))
    scaled = bounds(graphs.graph(n, [(u, v, w * size) for u, v, w in edges]))
    total = sum(abs(w) for *_, w in edges)
    for name in ("spectral", "packing"):
        assert scaled[name].value / size == pytest.approx(plain[name].value, abs=SHARE * total)


def test_the_semidefinite_bound_is_no_worse_than_the_spectral_and_the_program_than_the_greedy_packing():
    for graph in (graphs.torus((8, 8), 0), graphs.torus((4, 4, 4), 0), graphs.dense_network((12, 14, 9), 0)):
        found = bounds(graph)
        assert found["semidefinite"].value >= found["spectral"].value - SHARE * graph.total_weight
        assert found["packing"].value >= found["greedy"].value * (1 - 1e-9)


def test_scaling_helps_where_nodes_differ():
    star = graphs.graph(12, [*((0, i, 10) for i in range(1, 12)), *((i, i + 1, -1) for i in range(1, 11))])
    rng = np.random.default_rng(0)
    plain = spectral.spectral_bound(star, rng=rng, scaled=False).value
    assert spectral.spectral_bound(star, rng=rng).value > plain + 1


def test_oracle_prices_ask_for_every_short_negative_cycle():
    """Against all closed walks of a small graph, by enumeration of simple cycles."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        pairs = [(u, v) for u in range(7) for v in range(u + 1, 7) if rng.random() < 0.5]
        graph = graphs.graph(7, [(u, v, int(rng.choice([-1, 1]))) for u, v in pairs])
        prices = rng.random(graph.m)
        shortest = min((length for length in _negative_cycle_lengths(graph, prices)), default=np.inf)
        found = cycle_search.priced_cycles(graph, prices)
        if shortest < 1 - 1e-6:
            assert min(_length(graph, prices, cycle) for cycle in found) == pytest.approx(shortest)
        else:
            assert not found


def _table(graph, values):
    return {frozenset(e): x for e, x in zip(zip(graph.u.tolist(), graph.v.tolist(), strict=True), values, strict=True)}


def _length(graph, prices, cycle):
    table = _table(graph, prices)
    return sum(table[frozenset((int(a), int(b)))] for a, b in zip(cycle, np.roll(cycle, -1), strict=True))


def _negative_cycle_lengths(graph, prices):
    price, sign = _table(graph, prices), _table(graph, np.sign(graph.w))

    def walk(path, length, product):
        for j in range(graph.n):
            step = frozenset((path[-1], j))
            if step not in price or j == path[-1]:
                continue
            if j == path[0] and len(path) > 2 and product * sign[step] < 0:
                yield length + price[step]
            elif j > path[0] and j not in path:
                yield from walk([*path, j], length + price[step], product * sign[step])

    for root in range(graph.n):
        yield from walk([root], 0.0, 1)


@settings(deadline=None, max_examples=40)
@given(graphs.edge_lists(most=8))
def test_oracle_triangles_and_squares_are_all_negative_ones(case):
    n, edges = case
    graph = graphs.graph(n, edges)
    found = cycle_search.squares_and_triangles(SparseCouplings(graph), most=10_000)
    ones = list(_negative_cycle_lengths(graph, np.ones(graph.m)))
    assert sorted(len(cycle) for cycle in found) == sorted(int(k) for k in ones if k <= 4 for _ in (0,))[::2]
    assert len({frozenset(zip(c.tolist(), np.roll(c, -1).tolist(), strict=True)) for c in found}) == len(found)


def test_no_more_short_cycles_than_asked_for():
    J = SparseCouplings(graphs.COMPLETE_8)
    assert len(cycle_search.squares_and_triangles(J, most=5)) == 5


def test_a_packing_stopped_early_is_a_bound_too():
    graph = graphs.torus((8, 8), 2)
    early, late = packing.packing_bound(graph, rounds=1), packing.packing_bound(graph)
    assert not early.complete
    assert late.complete
    assert 0 < early.value <= late.value
    assert early.verify(graph).accepted


def test_a_large_graph_gets_an_estimate_and_says_so(monkeypatch):
    graph = graphs.torus((8, 8), 2)
    certified = spectral.spectral_bound(graph, rng=np.random.default_rng(0))
    monkeypatch.setattr(verifiers, "DENSE", 30)
    estimate = spectral.spectral_bound(graph, rng=np.random.default_rng(0))
    assert certified.certified
    assert not estimate.certified
    assert "estimate, Lanczos" in repr(estimate)
    assert estimate.value <= certified.value + 1e-6
    assert estimate.value > 0.7 * certified.value
    found = estimate.verify(graph, rng=np.random.default_rng(5))
    assert found.accepted
    assert not found.certified


@pytest.mark.parametrize("n", [0, 1, 3])
def test_without_edges_every_bound_is_zero(n):
    graph = graphs.graph(n, [])
    for bound in bounds(graph).values():
        assert bound.value == 0
        assert bound.verify(graph, rng=np.random.default_rng(0)).accepted


def test_weights_that_are_not_integers_are_packed_exactly():
    graph = graphs.dense_network((5, 6, 4), 3)
    for bound in (packing.greedy_packing(graph), packing.packing_bound(graph)):
        assert bound.value > 0
        assert bound.verify(graph).accepted


def test_overloaded_edges_are_relieved():
    triangle = graphs.all_negative(3, [(0, 1), (1, 2), (0, 2)])
    nodes, offsets = np.array([0, 1, 2] * 2), np.array([0, 3, 6])
    bound = packing._bound(triangle, [nodes[:3], nodes[3:]], np.array([0.7, 0.7]), "packing", False)
    assert bound.value == pytest.approx(1.0, abs=1e-12)
    assert bound.verify(triangle).accepted
    assert len(offsets) == len(bound.offsets)


def test_bounds_say_what_they_are():
    found = bounds(graphs.COMPLETE_8)
    assert repr(found["spectral"]) == "DualBound(at least 12, spectral, elimination in rational numbers)"
    assert "no cycle missing" in repr(found["packing"])
    assert len(found["greedy"].cycles) == len(found["greedy"].shares)


def test_multipliers_that_need_no_shift_are_tightened():
    graph = graphs.PETERSEN
    loose = multipliers.closed(graph, [np.full(10, 100.0)], "by hand", rng=np.random.default_rng(0))
    assert loose.value == pytest.approx(2.5, abs=1e-9)


def test_a_pause_leaves_the_packing_with_its_shortest_cycles():
    graph = graphs.torus((20, 20), 0)
    short = packing.greedy_packing(graph, pause=lambda: True)
    assert np.diff(short.offsets).max(initial=0) <= 3 < np.diff(packing.greedy_packing(graph).offsets).max()
    assert short.verify(graph, rng=np.random.default_rng(0)).accepted
