"""Signed graphs: what a list of edges, a matrix, a network become, and what is refused."""

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.graph.network import Network
from blockshift.signs.signed_graph import SignedGraph
from signed_graphs import edge_lists


def edges_of(graph):
    return {(graph.nodes[u], graph.nodes[v]): w for u, v, w in zip(graph.u, graph.v, graph.w, strict=True)}


def test_names_keep_the_order_of_appearance_and_pairs_are_sorted():
    graph = SignedGraph.from_edges([("c", "a"), ("b", "a", -2.5)])
    assert graph.nodes == ("c", "a", "b")
    assert graph.u.tolist() == [0, 1]
    assert graph.v.tolist() == [1, 2]
    assert graph.w.tolist() == [1.0, -2.5]
    assert (graph.n, graph.m, graph.negative, graph.total_weight) == (3, 2, 1, 3.5)


def test_parallel_and_antiparallel_edges_add_up():
    graph = SignedGraph.from_edges([("a", "b", 2), ("b", "a", -5), ("b", "c", 1), ("a", "b", 1)])
    assert edges_of(graph) == {("a", "b"): -2.0, ("b", "c"): 1.0}


def test_edges_that_cancel_leave_their_nodes():
    graph = SignedGraph.from_edges([("a", "b", 0.1), ("b", "a", 0.2), ("a", "b", -0.1), ("b", "a", -0.2)])
    assert (graph.nodes, graph.m) == (("a", "b"), 0)


def test_sums_of_many_parallel_edges_do_not_depend_on_their_order():
    weights = [1e16, 1.0, -1e16, 1.0, 0.5]
    found = {float(SignedGraph.from_edges([(0, 1, w) for w in some]).w[0]) for some in (weights, weights[::-1])}
    assert found == {2.5}


def test_the_empty_graph_and_isolated_nodes_are_graphs():
    assert repr(SignedGraph.from_edges([])) == "SignedGraph(0 nodes, 0 edges, 0 negative)"
    alone = SignedGraph.from_edges([], nodes="ab")
    assert (alone.nodes, alone.components().tolist(), alone.adjacency().shape) == (("a", "b"), [0, 1], (2, 2))
    assert SignedGraph.from_edges([]).components().tolist() == []


def test_integers_up_to_two_to_the_53_are_kept_exactly():
    graph = SignedGraph.from_edges([(0, 1, 2**53 - 1), (0, 1, 1)])
    assert graph.w.tolist() == [2.0**53]


def test_huge_and_tiny_weights_are_weights():
    graph = SignedGraph.from_edges([(0, 1, 1e300), (1, 2, -1e-300)])
    assert graph.total_weight == 1e300
    assert graph.negative == 1


@given(edge_lists(), st.randoms(use_true_random=False))
def test_law_order_and_direction_of_edges_do_not_matter(given_edges, random):
    nodes, edges = given_edges
    other = [(v, u, w) if random.random() < 0.5 else (u, v, w) for u, v, w in edges]
    random.shuffle(other)
    one, two = SignedGraph.from_edges(edges, nodes), SignedGraph.from_edges(other, nodes)
    assert edges_of(one) == edges_of(two)


@given(edge_lists(), st.data())
def test_law_switching_twice_is_nothing_and_switching_keeps_the_modulus(given_edges, data):
    nodes, edges = given_edges
    graph = SignedGraph.from_edges(edges, nodes)
    s = data.draw(st.lists(st.sampled_from([1, -1]), min_size=graph.n, max_size=graph.n))
    once = graph.switched(s)
    assert np.array_equal(np.abs(once.w), np.abs(graph.w))
    assert np.array_equal(once.switched(s).w, graph.w)
    assert once.frustrated_weight([1] * graph.n) == graph.frustrated_weight(s)
    assert graph.frustrated_weight(dict(zip(nodes, s, strict=True))) == graph.frustrated_weight(s)
    assert graph.frustrated_weight(s) == sum(abs(w) for u, v, w in edges if w * s[u] * s[v] < 0)


@given(edge_lists())
def test_law_the_adjacency_matrix_gives_the_graph_back(given_edges):
    nodes, edges = given_edges
    graph = SignedGraph.from_edges(edges, nodes)
    A = graph.adjacency()
    assert abs(A - A.T).sum() == 0
    for given_as in (A, A.toarray(), sp.triu(A), sp.tril(A).toarray(), sp.coo_matrix(A)):
        if graph.n:
            assert edges_of(SignedGraph.from_adjacency(given_as)) == edges_of(graph)


def test_a_matrix_that_is_not_symmetric_is_added_to_its_transpose():
    assert edges_of(SignedGraph.from_adjacency([[0, 1, 0], [2, 0, 0], [0, -4, 0]])) == {(0, 1): 3.0, (1, 2): -4.0}
    assert SignedGraph.from_adjacency([[0, 1], [-1, 0]]).m == 0
    assert SignedGraph.from_adjacency([[0, 1], [1, 0]], nodes="xy").nodes == ("x", "y")


def test_a_network_has_a_node_a_neuron_and_an_edge_a_weight():
    net = Network.from_weights([[[1, -2], [0, 3]], [[-1, 1]]])
    graph = SignedGraph.from_network(net)
    assert edges_of(graph) == {(u, v): w for u, v, w in net.edges()}
    assert edges_of(graph) == edges_of(SignedGraph.from_adjacency(net.adjacency()))
    assert SignedGraph.from_network(Network.from_weights([[[0, 0]]])).n == 3


def test_networkx_graphs_of_every_kind_are_read():
    directed = nx.DiGraph([("a", "b", {"weight": 2}), ("b", "a", {"weight": 1}), ("b", "c", {"sign": -1})])
    assert edges_of(SignedGraph.from_networkx(directed)) == {("a", "b"): 3.0, ("b", "c"): -1.0}
    several = nx.MultiGraph([(0, 1), (0, 1, {"weight": -3})])
    several.add_node(7)
    assert SignedGraph.from_networkx(several).nodes == (0, 1, 7)
    assert edges_of(SignedGraph.from_networkx(several)) == {(0, 1): -2.0}


def test_an_array_of_edges_is_a_list_of_edges():
    edges = np.random.default_rng(0).integers(0, 2_000, size=(10_000, 2))
    edges = edges[edges[:, 0] != edges[:, 1]]
    graph = SignedGraph.from_edges(edges)
    assert edges_of(graph) == edges_of(SignedGraph.from_edges(edges.tolist()))
    assert graph.total_weight == len(edges)


@pytest.mark.parametrize(
    ("edges", "error", "word"),
    [
        ([("a", "a")], errors.BadArgument, "joins a node to itself"),
        ([("a", "b", 0)], errors.BadArgument, "weight zero"),
        ([("a", "b", float("nan"))], errors.NotFinite, "'a' - 'b' has weight nan"),
        ([("a", "b", float("inf"))], errors.NotFinite, "inf"),
        ([("a", "b", 10**400)], errors.NotFinite, "larger than the largest float"),
        ([("a", "b", 1e308), ("b", "a", 1e308)], errors.NotFinite, "add up"),
        ([("a", "b", 1e308)] * 3, errors.NotFinite, "add up"),
        ([("a", "b", 1e308), ("b", "c", 1e308)], errors.NotFinite, "add up"),
        ([("a",)], errors.BadArgument, "not an edge"),
        ([("a", "b", 1, 2)], errors.BadArgument, "not an edge"),
        ([("a", "b", "x")], errors.BadArgument, "not an edge"),
        ([([], "b")], errors.BadArgument, "hashable"),
        ([5], errors.BadArgument, "not an edge"),
    ],
)
def test_refuses_what_is_not_an_edge(edges, error, word):
    with pytest.raises(error, match=word):
        SignedGraph.from_edges(edges)


def test_refuses_matrices_that_are_no_adjacency():
    for matrix in ([[0, 1, 2]], [1, 2], [["a"]], [[1, 0], [0, 0]], [[0, np.nan], [np.nan, 0]], [[0, np.inf], [0, 0]]):
        with pytest.raises(errors.BlockshiftError):
            SignedGraph.from_adjacency(matrix)
    with pytest.raises(errors.ShapeMismatch, match="its own"):
        SignedGraph.from_adjacency([[0, 1], [1, 0]], nodes="aa")


def test_refuses_arrays_that_break_the_rules():
    for u, v, w in (([1], [0], [1]), ([0, 0], [1, 1], [1, 1]), ([0], [2], [1]), ([-1], [1], [1]), ([0], [1, 1], [1])):
        with pytest.raises(errors.BadArgument):
            SignedGraph(("a", "b"), u, v, w)
    with pytest.raises(errors.NotFinite):
        SignedGraph(("a", "b"), [0], [1], [0.0])


def test_refuses_switchings_that_are_none():
    graph = SignedGraph.from_edges([("a", "b")])
    for switching in ([1], [1, 2], [1, 0], {"a": 1}, {"a": 1, "b": 1, "c": 1}):
        with pytest.raises(errors.BadArgument, match="switching"):
            graph.switched(switching)


def test_arrays_are_read_only_and_the_callers_stay_the_callers():
    w = np.array([1.0])
    graph = SignedGraph(("a", "b"), [0], [1], w)
    w[0] = 5
    assert graph.w.tolist() == [1.0]
    with pytest.raises(ValueError, match="read-only"):
        graph.w[0] = 2
