"""Balance: the answer, its certificate, and certificates that prove nothing."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift.signs.balance import Balanced, Unbalanced, balance
from blockshift.signs.known_graphs import spin_glass
from blockshift.signs.signed_graph import SignedGraph
from signed_graphs import UNITS, edge_lists
from signs import frustration_oracle as oracle

TRIANGLE = SignedGraph.from_edges([("a", "b"), ("b", "c"), ("c", "a", -1)])


def test_a_triangle_with_one_minus_is_its_own_certificate():
    found = balance(TRIANGLE)
    assert not found.balanced
    assert sorted(found.cycle) == ["a", "b", "c"]
    assert found.verify(TRIANGLE)


def test_the_camps_of_a_balanced_triangle():
    graph = SignedGraph.from_edges([("a", "b", -1), ("b", "c", -1), ("c", "a")])
    assert balance(graph) == Balanced({"a": 1, "b": -1, "c": 1})


@pytest.mark.parametrize("nodes", ["", "a", "ab"])
def test_without_edges_there_is_nothing_to_frustrate(nodes):
    graph = SignedGraph.from_edges([], nodes)
    assert balance(graph) == Balanced(dict.fromkeys(nodes, 1))
    assert balance(graph).verify(graph)


@given(edge_lists(most=7))
def test_oracle_balanced_just_when_no_cycle_is_negative_and_no_switching_costs(given_edges):
    nodes, edges = given_edges
    graph = SignedGraph.from_edges(edges, nodes)
    lengths = [len(cycle) for cycle in oracle.negative_cycles(edges)]
    found, shortest = balance(graph), balance(graph, shortest=True)
    assert found.balanced == shortest.balanced == (not lengths) == (oracle.frustration(nodes, edges) == 0)
    assert found.verify(graph)
    assert shortest.verify(graph)
    if lengths:
        assert len(shortest.cycle) == min(lengths)


@given(edge_lists(weights=UNITS), st.data())
def test_law_switching_and_other_names_do_not_change_the_answer(given_edges, data):
    nodes, edges = given_edges
    graph = SignedGraph.from_edges(edges, nodes)
    s = data.draw(st.lists(st.sampled_from([1, -1]), min_size=graph.n, max_size=graph.n))
    order = data.draw(st.permutations(nodes))
    other = SignedGraph.from_edges(edges, order).switched(dict(zip(nodes, s, strict=True)))
    assert balance(graph).balanced == balance(other).balanced


def test_law_a_switched_positive_graph_is_balanced():
    rng = np.random.default_rng(0)
    for seed in range(20):
        tree = nx.random_labeled_tree(30, seed=seed)
        dense = nx.gnm_random_graph(30, 100, seed=seed)
        for graph in (SignedGraph.from_networkx(tree), SignedGraph.from_networkx(dense)):
            s = rng.choice([-1, 1], size=graph.n)
            found = balance(graph.switched(s))
            assert found.balanced
            assert found.verify(graph.switched(s))


def test_the_shortest_negative_cycle_of_a_long_ladder():
    # Two positive rails of 50 squares; one rung near the end is negative: the shortest negative cycle is a square.
    edges = [(k, k + 2, 1) for k in range(100)] + [(2 * k, 2 * k + 1, -1 if k == 40 else 1) for k in range(51)]
    graph = SignedGraph.from_edges(edges)
    assert len(balance(graph, shortest=True).cycle) == 4
    assert balance(graph, shortest=True).verify(graph)


def test_a_triangle_is_found_after_a_square():
    graph = SignedGraph.from_edges([(0, 1), (1, 2), (2, 3), (3, 0, -1), (4, 5), (5, 6), (6, 4, -1)])
    assert set(balance(graph, shortest=True).cycle) == {4, 5, 6}


def test_a_long_cycle_has_no_shorter_negative_one():
    edges = [(k, (k + 1) % 1001, -1) for k in range(1001)]
    found = balance(SignedGraph.from_edges(edges), shortest=True)
    assert len(found.cycle) == 1001
    assert repr(found).endswith("…)")


def test_a_verifier_refuses_what_proves_nothing():
    assert not Unbalanced(("a", "b")).verify(TRIANGLE)
    assert not Unbalanced(("a", "b", "a", "c")).verify(TRIANGLE)
    positive = SignedGraph.from_edges([("a", "b"), ("b", "c"), ("c", "a")])
    assert not Unbalanced(("a", "b", "c")).verify(positive)
    square = SignedGraph.from_edges([(0, 1), (1, 2), (2, 3, -1)])
    assert not Unbalanced((0, 1, 2, 3)).verify(square)
    assert not Balanced({"a": 1, "b": 1, "c": 1}).verify(TRIANGLE)
    assert not Balanced({"a": 1, "b": 1}).verify(TRIANGLE)
    assert not Balanced({"a": 0, "b": 0}).verify(SignedGraph.from_edges([("a", "b")]))


def test_answers_are_sentences():
    assert repr(balance(SignedGraph.from_edges([("a", "b", -1)]))) == "Balanced(1 against 1)"
    assert "negative cycle of length 3" in repr(balance(TRIANGLE))
    assert not balance(spin_glass(4, 4, rng=np.random.default_rng(0))).balanced
