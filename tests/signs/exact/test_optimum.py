"""The exact search against all switchings, by each of its roads; what it leaves when it is stopped."""

import itertools
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockshift.signs.exact import branching, enumeration, kernel_proofs, optimum, pieces, reductions
from blockshift.signs.known_graphs import spin_glass
from blockshift.signs.signed_graph import SignedGraph
from signed_graphs import FLOATS, INTEGERS, UNITS, edge_lists
from signs import frustration_oracle as oracle

#: Weights with no common measure lose up to this share of the total when they become integers.
CUT = Fraction(1, 10**12)


@pytest.fixture(params=["everything", "search, no reductions", "search after series", "no search"])
def road(request, monkeypatch):
    """Roads through the exact search; small graphs would take the shortest only."""
    eliminate = reductions.eliminate
    if request.param.startswith("search"):
        monkeypatch.setattr(pieces, "QUICK_FLIPS", -1)
        monkeypatch.setattr(pieces, "LONG_FLIPS", -1)
        degree = 0 if request.param.endswith("reductions") else 2
        monkeypatch.setattr(reductions, "eliminate", lambda around: eliminate(around, degree))
    if request.param == "no search":
        monkeypatch.setattr(reductions, "eliminate", lambda around: ())
    return request.param


def check(nodes, edges, exact=True):
    """The optimum of a graph is that of the oracle, and its proof proves it."""
    graph = SignedGraph.from_edges(edges, nodes)
    found = optimum.optimum(graph)
    truth = oracle.frustration(nodes, edges)
    attained = oracle.weight_left(edges, dict(zip(graph.nodes, found.signs.tolist(), strict=True)))
    slack = 0 if exact else CUT * Fraction(graph.total_weight)
    assert found.stopped == "proved"
    assert truth <= attained <= truth + slack
    assert truth - slack <= found.lower <= truth
    assert found.proof.lower_bound(graph) == found.lower


@pytest.mark.usefixtures("road")
class TestEveryRoad:
    """The same answers on every road."""

    @pytest.mark.parametrize("weights", [UNITS, INTEGERS], ids=["signs", "integers"])
    def test_oracle_the_optimum_of_small_graphs(self, weights):
        @settings(max_examples=40)
        @given(edge_lists(most=8, weights=weights))
        def law(given_edges):
            check(*given_edges)

        law()

    def test_oracle_the_optimum_of_small_graphs_with_real_weights(self):
        @settings(max_examples=25)
        @given(edge_lists(most=7, weights=FLOATS))
        def law(given_edges):
            check(*given_edges, exact=False)

        law()

    def test_oracle_denser_graphs_of_up_to_fourteen_nodes(self):
        rng = np.random.default_rng(0)
        for n in (9, 10, 11, 12, 14):
            pairs = list(itertools.combinations(range(n), 2))
            chosen = rng.choice(len(pairs), size=min(len(pairs), 3 * n), replace=False)
            edges = [(*pairs[k], int(w)) for k, w in zip(chosen, rng.choice([-2, -1, 1], len(chosen)), strict=True)]
            graph = SignedGraph.from_edges(edges, range(n))
            signs = 1 - 2 * (np.arange(1 << (n - 1))[:, None] >> np.arange(n) & 1)
            products = signs[:, graph.u] * signs[:, graph.v] * graph.w
            truth = (np.abs(graph.w) * (products < 0)).sum(axis=1).min()
            found = optimum.optimum(graph)
            assert found.lower == truth == graph.frustrated_weight(found.signs)
            assert found.proof.lower_bound(graph) == truth


def test_branches_close_what_the_cycle_program_leaves_open(monkeypatch):
    # All edges of K_6 negative: 6, but the cycle program says 15/3 = 5.
    monkeypatch.setattr(pieces, "QUICK_FLIPS", -1)
    monkeypatch.setattr(pieces, "LONG_FLIPS", -1)
    graph = SignedGraph.from_edges([(a, b, -1) for a, b in itertools.combinations(range(6), 2)])
    found = optimum.optimum(graph)
    assert found.lower == 6 == graph.frustrated_weight(found.signs)
    assert found.methods == ("branch and bound",)
    assert len(found.proof.parts[0].pieces[0].reason.leaves) > 1
    assert found.proof.lower_bound(graph) == 6


def test_a_spin_glass_is_certified_by_negative_cycles_in_one_program():
    graph = spin_glass(8, 8, rng=np.random.default_rng(3))
    found = optimum.optimum(graph)
    assert found.lower == graph.frustrated_weight(found.signs)
    assert found.methods == ("cycle program",)
    assert found.proof.lower_bound(graph) == found.lower


def test_cubic_graphs_and_cactuses_shrink_to_nothing():
    for graph in (nx.circular_ladder_graph(30), nx.ladder_graph(50), nx.wheel_graph(4), nx.cycle_graph(1000)):
        signed = SignedGraph.from_edges([(a, b, -1) for a, b in graph.edges])
        found = optimum.optimum(signed)
        assert found.lower == signed.frustrated_weight(found.signs)
        assert set(found.methods) <= {"reductions"}


def test_blocks_add_up():
    rng = np.random.default_rng(1)
    cores = [spin_glass(3, 4, rng=rng) for _ in range(3)]
    edges = [
        ((k, a), (k, b), w) for k, core in enumerate(cores) for a, b, w in zip(core.u, core.v, core.w, strict=True)
    ]
    edges += [((0, 0), (1, 0), -1), ((1, 5), (2, 3), 1), ((2, 0), "leaf", -7)]
    whole = optimum.optimum(SignedGraph.from_edges(edges))
    assert whole.lower == sum(optimum.optimum(core).lower for core in cores)
    assert len(whole.proof.parts) == 3


def test_each_block_has_its_own_scale():
    triangle = [(0, 1, 1e-300), (1, 2, 1e-300), (2, 0, -1e-300)]
    other = [(a + 3, b + 3, w / 1e-300 * 1e300) for a, b, w in triangle]
    graph = SignedGraph.from_edges([*triangle, *other, (0, 3)])
    found = optimum.optimum(graph)
    assert found.lower == Fraction(1e300) + Fraction(1e-300)
    assert found.proof.lower_bound(graph) == found.lower


@pytest.mark.parametrize("limit", [0.0, 1e-4, 0.05, 0.3])
def test_what_is_stopped_is_a_valid_interval(limit):
    graph = spin_glass(5, 5, 5, rng=np.random.default_rng(0))
    truth = optimum.optimum(graph).lower
    start = np.ones(graph.n)
    found = optimum.optimum(graph, start, time_limit=limit)
    assert found.lower <= truth <= graph.frustrated_weight(found.signs) <= graph.frustrated_weight(start)
    assert found.proof.lower_bound(graph) == found.lower
    assert found.stopped in ("proved", "time limit")


@pytest.mark.parametrize("turn", [0, 1, 3, 6])
def test_what_is_interrupted_is_a_valid_interval(monkeypatch, turn):
    graph = spin_glass(5, 5, 5, rng=np.random.default_rng(0))
    calls = itertools.count()
    cut = branching.Search._cut

    def interrupted(self, x, flipping, sources):
        if next(calls) == turn:
            raise KeyboardInterrupt
        return cut(self, x, flipping, sources)

    monkeypatch.setattr(branching.Search, "_cut", interrupted)
    found = optimum.optimum(graph)
    assert found.stopped == "interrupted"
    assert found.lower <= graph.frustrated_weight(found.signs)
    assert found.proof.lower_bound(graph) == found.lower
    if turn == 6:
        assert found.lower > 0


def test_an_interruption_inside_compiled_code_is_one(monkeypatch):
    def interrupted(*_):
        raise SystemError from KeyboardInterrupt()

    monkeypatch.setattr(branching.Search, "_cut", interrupted)
    assert optimum.optimum(spin_glass(5, 5, 5, rng=np.random.default_rng(0))).stopped == "interrupted"


def test_a_fault_inside_compiled_code_is_not_taken_for_an_interruption(monkeypatch):
    def broken(*_):
        raise SystemError("no")

    monkeypatch.setattr(branching.Search, "_cut", broken)
    with pytest.raises(SystemError):
        optimum.optimum(spin_glass(5, 5, 5, rng=np.random.default_rng(0)))


def test_progress_is_told_with_both_ends():
    seen = []
    graph = spin_glass(5, 5, 5, rng=np.random.default_rng(0))
    optimum.optimum(graph, progress=lambda lower, upper: seen.append((lower, upper)))
    assert len(seen) > 2
    assert all(lower <= upper for lower, upper in seen)


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_law_a_cover_touches_every_edge(n, seed):
    graph = nx.gnp_random_graph(n, 0.4, seed=seed)
    u, v = np.array(list(graph.edges), dtype=np.int64).reshape(-1, 2).T
    covering = enumeration.cover(n, u, v)
    assert len(set(covering.tolist())) == len(covering)
    assert (np.isin(u, covering) | np.isin(v, covering)).all()
    if nx.is_bipartite(graph):
        assert len(covering) <= n // 2


def test_proofs_have_no_large_numbers_of_signs_to_enumerate():
    assert pieces.LONG_FLIPS <= 2 ** (kernel_proofs.CHECKED_SIGNS + 7)
