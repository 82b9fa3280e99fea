"""Sides between two nodes: found where there are some, solved twice, replaced by one edge; the proof is checked."""

import dataclasses
import itertools
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockshift import errors
from blockshift.signs.exact import kernel_proofs, kernels, optimum, pieces, proofs, reductions, separations
from blockshift.signs.signed_graph import SignedGraph
from signed_graphs import FLOATS, INTEGERS
from signs import frustration_oracle as oracle

#: Weights with no common measure lose up to this share of the total when they become integers.
CUT = Fraction(1, 10**12)


def as_arrays(pairs):
    """The ends of edges as arrays."""
    return np.array(sorted(tuple(sorted(pair)) for pair in pairs), dtype=np.int64).reshape(-1, 2).T


@given(st.integers(4, 10), st.floats(0.2, 0.7), st.integers(0, 2**32 - 1))
def test_oracle_sides_are_found_exactly_where_two_nodes_separate_others(n, density, seed):
    graph = nx.gnp_random_graph(n, density, seed=seed)
    if not nx.is_biconnected(graph):
        return
    found = separations.sides(n, *as_arrays(graph.edges))
    apart = {pair: graph.subgraph(set(graph) - set(pair)) for pair in itertools.combinations(range(n), 2)}
    pairs = [pair for pair, rest in apart.items() if not nx.is_connected(rest)]
    assert bool(found) == bool(pairs)
    seen = set()
    for side in found:
        inside, ends = set(side.inside), set(side.ends)
        around = {y for x in inside for y in graph[x]}
        assert around <= inside | ends
        assert len(ends) == 2
        assert 0 < 2 * len(inside) <= n - 2
        assert not inside & seen
        seen |= inside
    assert not seen & {end for side in found for end in side.ends}
    if pairs:
        parts = [len(part) for pair in pairs for part in nx.connected_components(apart[pair])]
        assert len(found[0].inside) == min(parts)


def test_three_connected_graphs_and_small_ones_have_no_sides():
    for graph in (nx.complete_graph(5), nx.petersen_graph(), nx.cubical_graph(), nx.complete_graph(3)):
        assert separations.sides(len(graph), *as_arrays(graph.edges)) == []
    ring = separations.sides(6, *as_arrays(nx.cycle_graph(6).edges))
    assert ring
    assert {len(side.inside) for side in ring} == {1}


@st.composite
def hinged_edges(draw, weights):
    """Graphs that hang together by pairs of nodes: each further one shares two nodes with what is there."""
    nodes, edges = draw(st.integers(2, 4)), {}
    for pair in itertools.combinations(range(nodes), 2):
        edges[pair] = draw(weights)
    for _ in range(draw(st.integers(1, 3))):
        a, b = sorted(draw(st.lists(st.integers(0, nodes - 1), min_size=2, max_size=2, unique=True)))
        more = draw(st.integers(1, 2))
        here = [a, b, *range(nodes, nodes + more)]
        nodes += more
        for pair in itertools.combinations(here, 2):
            if draw(st.booleans()):
                # Parallel edges add up, and may cancel.
                edges[pair] = edges.get(pair, 0) + draw(weights)
    return list(range(nodes)), [(a, b, w) for (a, b), w in edges.items() if w]


@pytest.fixture(params=["enumerated", "searched"])
def split_first(request, monkeypatch):
    """No reductions, and blocks are split however small they are; what is left takes one road or the other."""
    monkeypatch.setattr(reductions, "eliminate", lambda around: ())
    monkeypatch.setattr(pieces, "QUICK_FLIPS", -1)
    monkeypatch.setattr(pieces, "DRAWN", -1)
    if request.param == "searched":
        monkeypatch.setattr(pieces, "LONG_FLIPS", -1)
    else:
        monkeypatch.setattr(pieces, "SEARCH_FIRST", 0.0)


@pytest.mark.usefixtures("split_first")
@pytest.mark.parametrize("weights", [INTEGERS, FLOATS], ids=["integers", "floats"])
def test_oracle_the_optimum_of_graphs_that_hang_together_by_two_nodes(weights):
    @settings(max_examples=60)
    @given(hinged_edges(weights))
    def law(listed):
        nodes, edges = listed
        graph = SignedGraph.from_edges(edges, nodes)
        found = optimum.optimum(graph)
        truth = oracle.frustration(nodes, edges)
        attained = oracle.weight_left(edges, dict(zip(graph.nodes, found.signs.tolist(), strict=True)))
        slack = CUT * Fraction(graph.total_weight) if weights is FLOATS else 0
        assert truth <= attained <= truth + slack
        assert truth - slack <= found.lower <= truth
        assert found.proof.lower_bound(graph) == found.lower

    law()


def necklace(beads, size, rng):
    """A ring of complete graphs with random weights, each of which shares a node with the next."""
    pairs = list(itertools.combinations(range(size), 2))
    total = beads * (size - 1)
    return [
        ((k * (size - 1) + a) % total, (k * (size - 1) + b) % total, int(rng.choice([-3, -2, -1, 1])))
        for k in range(beads)
        for a, b in pairs
    ]


@pytest.fixture
def beads(monkeypatch):
    """A necklace whose beads are split off although it could be enumerated, with its answer."""
    graph = SignedGraph.from_edges(necklace(4, 6, np.random.default_rng(0)))
    whole = optimum.optimum(graph)
    assert "separators" not in whole.methods
    monkeypatch.setattr(pieces, "QUICK_FLIPS", 200)
    return graph, whole.lower


def test_a_necklace_is_taken_apart(beads):
    graph, value = beads
    found = optimum.optimum(graph)
    assert found.lower == value == graph.frustrated_weight(found.signs)
    assert "separators" in found.methods
    assert any(isinstance(step, proofs.Side) for step in found.proof.parts[0].steps)
    assert found.proof.lower_bound(graph) == value
    # The nodes inside of sides are counted among those that were replaced.
    assert f"{graph.n} nodes replaced" in repr(found.proof)


def test_law_switching_and_the_order_of_nodes_change_nothing(beads):
    graph, value = beads
    rng = np.random.default_rng(1)
    for _ in range(3):
        order = [graph.nodes[k] for k in rng.permutation(graph.n)]
        turned = graph.switched(rng.choice((-1, 1), graph.n))
        edges = [(graph.nodes[a], graph.nodes[b], w) for a, b, w in zip(turned.u, turned.v, turned.w, strict=True)]
        found = optimum.optimum(SignedGraph.from_edges(edges, order))
        assert found.lower == value
        assert "separators" in found.methods


@pytest.mark.parametrize("factor", [2.0**-900, 2.0**900, 0.75])
def test_huge_and_tiny_weights(beads, factor):
    graph, value = beads
    scaled = SignedGraph(graph.nodes, graph.u, graph.v, graph.w * factor)
    assert optimum.optimum(scaled).lower == value * Fraction(factor)


@pytest.mark.parametrize("looks", [0, 3, 4, 5, 8, 10])
def test_what_is_stopped_between_sides_is_a_valid_interval(beads, monkeypatch, looks):
    graph, value = beads
    left = itertools.count()
    monkeypatch.setattr(pieces.Work, "seconds_left", lambda self: 1.0 if next(left) < looks else -1.0)
    found = optimum.optimum(graph)
    assert found.lower <= value <= graph.frustrated_weight(found.signs)
    assert found.proof.lower_bound(graph) == found.lower
    assert found.stopped == "time limit"


def test_a_bound_takes_the_place_of_an_energy_that_is_not_known(beads, monkeypatch):
    # No search of a joined side says anything: the proof is about less, and still a proof.
    graph, value = beads
    bounded = pieces.bounded

    def unsure(block, work):
        found = bounded(block, work)
        weak = kernel_proofs.Cases({}, (kernel_proofs.Leaf((), (), (), 0),), 0)
        return dataclasses.replace(found, lower=0, reason=weak) if block.n < 6 else found

    monkeypatch.setattr(pieces, "bounded", unsure)
    monkeypatch.setattr(kernels.integers, "rounded_up", lambda bound, step, rest: bound)
    found = optimum.optimum(graph)
    assert 0 < found.lower < value <= graph.frustrated_weight(found.signs)
    assert found.lower <= found.proof.lower_bound(graph) < value


# A side by hand: the path a - x - b with weights 2 and -1, between ends that an edge of weight 3 joins as well.
HAND = SignedGraph.from_edges([("a", "x", 2), ("x", "b", -1), ("a", "b", 3)])
NOTHING = proofs.Shrunk()
# With the ends joined, x has edges 2 and -1 to one node: at least 1 is frustrated. Opposite, none need be.
BY_SIDE = proofs.Side((0, 2), (1,), 2, ((0, 2, -1),), NOTHING, NOTHING)


def hand_proof(**what):
    """The proof for it that replaces x as a side, changed."""
    side = dataclasses.replace(BY_SIDE, **what)
    # Edges by number: a - x, a - b, x - b. What is left is one edge of weight 2.
    rest = proofs.Step(0, ((2, 2),), 2, ())
    return proofs.Proof((proofs.Part((0, 1, 2), (2, 3, -1), Fraction(1), (side, rest, proofs.Step(2, (), 0, ())), ()),))


def test_a_side_by_hand_proves_what_the_triangle_loses():
    assert HAND.u.tolist() == [0, 0, 1]
    assert hand_proof().lower_bound(HAND) == 1


@pytest.mark.parametrize(
    ("what", "word"),
    [
        ({"constant": 1}, "more frustrated"),
        ({"pairs": ((0, 2, 1),)}, "more frustrated"),
        ({"pairs": ((0, 2, -2),)}, "more frustrated"),
        ({"pairs": ((0, 1, -1),)}, "elsewhere"),
        ({"pairs": ((0, 2, -1), (0, 2, 0))}, "elsewhere"),
        ({"inside": (1, 1)}, "twice"),
        ({"inside": (0,)}, "other nodes"),
        ({"inside": (9,)}, "other nodes"),
        ({"ends": (0, 0)}, "other nodes"),
    ],
)
def test_refuses_sides_that_are_none_or_are_replaced_by_too_little(what, word):
    with pytest.raises(errors.NotAProof, match=word):
        hand_proof(**what).lower_bound(HAND)


def test_refuses_a_side_that_more_than_two_nodes_join_to_the_rest():
    four = SignedGraph.from_edges([(a, b, 1) for a, b in itertools.combinations(range(4), 2)])
    side = proofs.Side((0, 1), (2,), 2, (), NOTHING, NOTHING)
    part = proofs.Part(tuple(range(6)), (1,) * 6, Fraction(1), (side,), ())
    with pytest.raises(errors.NotAProof, match="more than two"):
        proofs.Proof((part,)).lower_bound(four)


def test_every_side_of_a_proof_counts(beads):
    graph, _ = beads
    proof = optimum.optimum(graph).proof
    part = proof.parts[0]
    places = [k for k, step in enumerate(part.steps) if isinstance(step, proofs.Side)]
    assert len(places) >= 3
    for k in places:
        worse = dataclasses.replace(part.steps[k], equal=NOTHING, opposite=NOTHING)
        steps = (*part.steps[:k], worse, *part.steps[k + 1 :])
        with pytest.raises(errors.NotAProof, match="more frustrated"):
            proofs.Proof((dataclasses.replace(part, steps=steps),)).lower_bound(graph)


@pytest.mark.usefixtures("split_first")
def test_a_node_on_which_another_block_hangs_is_not_inside_a_side():
    # A ring of five, and a negative triangle on each of its nodes; whatever lies inside a side has a triangle too.
    ring = [(k, (k + 1) % 5, 4) for k in range(5)]
    ears = [edge for k in range(5) for edge in ((k, 5 + k, 4), (5 + k, 10 + k, 4), (k, 10 + k, -4))]
    work = pieces.Work(0.0, float("inf"), lambda lower, upper: None)
    found = kernels.solved([*ring, *ears], dict.fromkeys(range(15), 1), work)
    assert (found.lower, found.upper) == (20, 20)
