"""Intervals: known values certified under any switching and order, laws, and what an answer is when it is stopped."""

import dataclasses
import itertools
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockshift import errors
from blockshift.signs import intervals
from blockshift.signs.balance import Balanced
from blockshift.signs.bounds.multipliers import DualBound
from blockshift.signs.exact import optimum
from blockshift.signs.exact.proofs import Proof
from blockshift.signs.intervals import frustration
from blockshift.signs.known_graphs import highland_tribes, spin_glass
from blockshift.signs.signed_graph import SignedGraph
from signed_graphs import FLOATS, edge_lists, switched
from signs import frustration_oracle as oracle


def all_negative(graph):
    return [(a, b, -1) for a, b in graph.edges]


def tribes():
    graph = highland_tribes()
    return [(graph.nodes[a], graph.nodes[b], w) for a, b, w in zip(graph.u, graph.v, graph.w, strict=True)]


# name: edges, frustration. Known from formulas, from maximum cuts, or from all switchings (the tribes).
KNOWN = {
    **{f"K{n}": (all_negative(nx.complete_graph(n)), n * (n - 1) // 2 - n * n // 4) for n in range(3, 13)},
    **{f"cycle of {n}": (all_negative(nx.cycle_graph(n)), n % 2) for n in (3, 4, 7, 10, 101)},
    "path": (all_negative(nx.path_graph(9)), 0),
    "tree": (all_negative(nx.balanced_tree(3, 3)), 0),
    "hypercube": (all_negative(nx.hypercube_graph(4)), 0),
    "Heawood": (all_negative(nx.heawood_graph()), 0),
    "Pappus": (all_negative(nx.pappus_graph()), 0),
    "Desargues": (all_negative(nx.desargues_graph()), 0),
    "Möbius-Kantor": (all_negative(nx.moebius_kantor_graph()), 0),
    "Petersen": (all_negative(nx.petersen_graph()), 3),
    "icosahedron": (all_negative(nx.icosahedral_graph()), 10),
    "dodecahedron": (all_negative(nx.dodecahedral_graph()), 6),
    "karate club": (all_negative(nx.karate_club_graph()), 17),
    "highland tribes": (tribes(), 7),
}


def shuffled(edges, rng):
    """The same graph under another switching, with its edges and their ends in another order."""
    s = {node: int(rng.choice([-1, 1])) for edge in edges for node in edge[:2]}
    other = [(b, a, w) if rng.random() < 0.5 else (a, b, w) for a, b, w in switched(edges, s)]
    return [other[k] for k in rng.permutation(len(other))]


@pytest.mark.parametrize("name", KNOWN)
def test_known_values_are_certified_under_any_switching_and_order(name):
    edges, value = KNOWN[name]
    for seed in range(3):
        rng = np.random.default_rng(seed)
        graph = SignedGraph.from_edges(shuffled(edges, rng) if seed else edges)
        found = frustration(graph, rng=rng)
        assert (found.lower, found.upper, found.certified, found.stopped) == (value, value, True, "proved")
        assert found.verify()
        assert found.fraction == value / graph.m
        assert isinstance(found.certificate, Proof if value else Balanced)


@given(edge_lists(most=8), st.integers(0, 99))
def test_oracle_the_interval_is_the_frustration(given_edges, seed):
    nodes, edges = given_edges
    graph = SignedGraph.from_edges(edges, nodes)
    found = frustration(graph, rng=np.random.default_rng(seed), restarts=1)
    assert found.lower == found.upper == oracle.frustration(nodes, edges)
    assert found.upper == oracle.weight_left(edges, found.switching)
    assert found.certified
    assert found.verify()


@settings(max_examples=30)
@given(edge_lists(most=6), st.sampled_from([0.1, 3.0, 1e-200, 1e200, 2.0**-900, 2.0**900]))
def test_law_scaling_the_weights_scales_the_interval(given_edges, factor):
    nodes, edges = given_edges
    rng = np.random.default_rng(0)
    one = frustration(SignedGraph.from_edges(edges, nodes), rng=rng, restarts=1)
    scaled = SignedGraph.from_edges([(u, v, w * factor) for u, v, w in edges], nodes)
    two = frustration(scaled, rng=rng, restarts=1)
    assert two.certified
    assert math.isclose(two.upper, factor * one.upper, rel_tol=1e-12, abs_tol=0)
    assert math.isclose(two.fraction, one.fraction, rel_tol=1e-12)


@settings(max_examples=30)
@given(edge_lists(most=6), edge_lists(most=6))
def test_law_the_frustration_of_a_disjoint_union_is_the_sum(one, two):
    rng = np.random.default_rng(0)
    (nodes, edges), (others, more) = one, two
    union = [*edges, *((u + 10, v + 10, w) for u, v, w in more)]
    apart = [frustration(SignedGraph.from_edges(e), rng=rng, restarts=0).upper for e in (edges, more)]
    found = frustration(SignedGraph.from_edges(union, [*nodes, *(k + 10 for k in others)]), rng=rng, restarts=0)
    assert found.upper == found.lower == sum(apart)


@settings(max_examples=30)
@given(edge_lists(most=7, weights=FLOATS), st.data())
def test_law_switching_and_renaming_leave_real_frustrations_as_they_are(given_edges, data):
    nodes, edges = given_edges
    s = data.draw(st.lists(st.sampled_from([1, -1]), min_size=len(nodes), max_size=len(nodes)))
    order = data.draw(st.permutations(nodes))
    rng = np.random.default_rng(0)
    one = frustration(SignedGraph.from_edges(edges, nodes), rng=rng, restarts=1)
    two = frustration(SignedGraph.from_edges(switched(edges, s), order), rng=rng, restarts=1)
    assert one.certified
    assert two.certified
    assert math.isclose(one.upper, two.upper, rel_tol=1e-9, abs_tol=1e-9)
    assert one.verify()


def test_oracle_two_thousand_random_graphs_of_up_to_fourteen_nodes():
    rng = np.random.default_rng(0)
    certified = 0
    for k in range(2000):
        n = int(rng.integers(2, 15 if k % 20 == 0 else 9))
        pairs = np.array(list(itertools.combinations(range(n), 2)))
        chosen = pairs[rng.choice(len(pairs), size=rng.integers(1, len(pairs) + 1), replace=False)]
        w = rng.choice([-2, -1, 1, 2], len(chosen)) if k % 2 else rng.choice([-1, 1], len(chosen))
        graph = SignedGraph.from_edges(np.c_[chosen, w], range(n))
        signs = 1 - 2 * (np.arange(1 << (n - 1))[:, None] >> np.arange(n) & 1)
        truth = ((np.abs(w) - w * signs[:, chosen[:, 0]] * signs[:, chosen[:, 1]]).sum(axis=1) // 2).min()
        found = optimum.optimum(graph)
        assert found.lower == truth == graph.frustrated_weight(found.signs)
        if k % 40 == 0:
            interval = frustration(graph, rng=rng, restarts=0)
            assert interval.lower == interval.upper == truth
            certified += interval.certified
    assert certified == 50


def test_without_edges_there_is_no_fraction_to_speak_of():
    for nodes in ("", "abc"):
        found = frustration(SignedGraph.from_edges([], nodes), rng=np.random.default_rng(0))
        assert (found.lower, found.upper, found.fraction, found.certified) == (0, 0, 0, True)
        assert found.switching == dict.fromkeys(nodes, 1)
        assert found.verify()


def test_parallel_and_antiparallel_edges_are_one_before_they_are_counted():
    found = frustration(
        SignedGraph.from_edges([("a", "b", 2), ("b", "a", -3), ("b", "c"), ("c", "a"), ("c", "a", 4)]),
        rng=np.random.default_rng(0),
    )
    assert (found.lower, found.upper) == (1, 1)
    assert found.fraction == 1 / 7


def test_huge_and_tiny_weights_side_by_side():
    edges = [(0, 1, 1e300), (1, 2, -1e300), (0, 2, 1e-300), (2, 3, 1e10), (3, 0, 1.0)]
    found = frustration(SignedGraph.from_edges(edges), rng=np.random.default_rng(0))
    assert found.certified
    assert found.lower <= found.upper == 1 + 1e-300
    assert found.verify()


def test_a_dense_graph_out_of_reach_of_the_search_is_certified_by_a_relaxation():
    edges = [(a, b, -1) for a, b in itertools.combinations(range(30), 2)]
    found = frustration(SignedGraph.from_edges(edges), rng=np.random.default_rng(0), time_limit=0.2)
    assert found.lower == found.upper == 435 - 225
    assert isinstance(found.certificate, DualBound)
    assert found.verify()


def test_what_runs_out_of_time_is_an_honest_interval():
    graph = spin_glass(8, 8, 8, rng=np.random.default_rng(0))
    found = frustration(graph, rng=np.random.default_rng(0), time_limit=0.3, exact=True)
    assert 0 < found.lower < found.upper
    assert not found.certified
    assert found.stopped == "time limit"
    assert found.verify()
    assert "from" in repr(found)
    assert "to" in repr(found)


def test_a_large_graph_is_not_searched_unless_asked(monkeypatch):
    monkeypatch.setattr(intervals, "SEARCHED_EDGES", 10)
    graph = spin_glass(6, 6, rng=np.random.default_rng(0))
    found = frustration(graph, rng=np.random.default_rng(0), restarts=2)
    assert found.lower <= found.upper
    assert "cycle program" not in found.method
    assert found.verify()
    assert frustration(graph, rng=np.random.default_rng(0), restarts=2, exact=True).certified


def test_an_interruption_keeps_the_interval(monkeypatch):
    monkeypatch.setattr(optimum, "_block", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    graph = spin_glass(6, 6, rng=np.random.default_rng(0))
    found = frustration(graph, rng=np.random.default_rng(0))
    assert (found.stopped, found.lower, found.certified) == ("interrupted", 0, False)
    assert found.verify()


def test_the_answer_depends_on_the_generator_only():
    graph = spin_glass(5, 5, 5, rng=np.random.default_rng(0))
    one, two = (frustration(graph, rng=np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one.signs, two.signs)
    assert one.method == two.method


def test_a_verdict_that_was_tampered_with_is_noticed():
    graph = spin_glass(5, 5, rng=np.random.default_rng(0))
    found = frustration(graph, rng=np.random.default_rng(0))
    assert found.verify()
    for spoiled in (
        {"upper": found.upper - 2},
        {"lower": found.lower + 2, "certified": False},
        {"signs": np.ones(graph.n, dtype=np.int8), "upper": graph.frustrated_weight(np.ones(graph.n))},
        {"certificate": Proof(())},
        {"certificate": Balanced(dict.fromkeys(graph.nodes, 1))},
    ):
        assert not dataclasses.replace(found, **spoiled).verify()


@pytest.mark.parametrize("options", [{"time_limit": -1}, {"time_limit": math.nan}, {"restarts": -1}])
def test_refuses_budgets_below_nothing(options):
    with pytest.raises(errors.BadArgument, match="expected"):
        frustration(highland_tribes(), rng=np.random.default_rng(0), **options)


def test_integers_give_floats_that_are_integers():
    found = frustration(highland_tribes(), rng=np.random.default_rng(0))
    assert (type(found.lower), type(found.upper), found.upper) == (float, float, 7.0)
    assert repr(found).startswith("Frustration(7, certified, 12.07% of the weight")
