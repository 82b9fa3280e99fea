"""Planar graphs by matching: against all switchings; the packing proves it; what is not planar is refused."""

import itertools
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockshift import errors
from blockshift.signs import intervals
from blockshift.signs.exact import kernel_proofs, optimum, pieces, planar, reductions
from blockshift.signs.known_graphs import spin_glass
from blockshift.signs.signed_graph import SignedGraph
from signed_graphs import FLOATS, INTEGERS, UNITS
from signs import frustration_oracle as oracle

RNG = np.random.default_rng(0)
#: Weights with no common measure lose up to this share of the total when they become integers.
CUT = Fraction(1, 10**12)


@st.composite
def planar_edges(draw, weights, most=9):
    """A planar graph: an outerplanar triangulation, more edges where they cross nothing, then some taken out."""
    n = draw(st.integers(1, most))
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    pairs = draw(st.permutations(list(itertools.combinations(range(n), 2))))
    for a, b in pairs[: draw(st.integers(0, len(pairs)))]:
        graph.add_edge(a, b)
        if not nx.check_planarity(graph)[0]:
            graph.remove_edge(a, b)
    return list(range(n)), [(a, b, draw(weights)) for a, b in graph.edges]


@pytest.fixture(params=["all reductions", "series only", "none"])
def unreduced(request, monkeypatch):
    """The matching with less and less done before it."""
    eliminate = reductions.eliminate
    degree = {"all reductions": 3, "series only": 2, "none": 0}[request.param]
    monkeypatch.setattr(reductions, "eliminate", lambda around: eliminate(around, degree))


@pytest.mark.usefixtures("unreduced")
@pytest.mark.parametrize("weights", [UNITS, INTEGERS, FLOATS], ids=["signs", "integers", "floats"])
def test_oracle_the_optimum_of_planar_graphs_by_matching(weights):
    @settings(max_examples=40)
    @given(planar_edges(weights))
    def law(listed):
        nodes, edges = listed
        graph = SignedGraph.from_edges(edges, nodes)
        found = optimum.optimum(graph, road="matching")
        truth = oracle.frustration(nodes, edges)
        attained = oracle.weight_left(edges, dict(zip(graph.nodes, found.signs.tolist(), strict=True)))
        slack = CUT * Fraction(graph.total_weight) if weights is FLOATS else 0
        assert found.stopped == "proved"
        assert truth <= attained <= truth + slack
        assert truth - slack <= found.lower <= truth
        assert found.proof.lower_bound(graph) == found.lower
        assert set(found.methods) <= {"matching", "reductions", "separators"}

    law()


def maximal_planar(n, seed):
    """A triangulation: each new node goes into a face, and then some edges are turned to the other diagonal."""
    rng = np.random.default_rng(seed)
    faces = [(0, 1, 2), (0, 2, 1)]
    edges = {(0, 1), (0, 2), (1, 2)}
    for x in range(3, n):
        a, b, c = faces.pop(int(rng.integers(len(faces))))
        faces += [(a, b, x), (b, c, x), (c, a, x)]
        edges |= {(a, x), (b, x), (c, x)}
    return [(a, b, float(w)) for (a, b), w in zip(sorted(edges), rng.normal(size=len(edges)), strict=True)]


@pytest.mark.parametrize("seed", range(4))
def test_matching_and_cycle_program_agree_on_larger_planar_graphs(monkeypatch, seed):
    square = spin_glass(12, 14, rng=np.random.default_rng(seed), free=True)
    eliminate = reductions.eliminate
    monkeypatch.setattr(reductions, "eliminate", lambda around: eliminate(around, 2))
    for graph in (square, SignedGraph.from_edges(maximal_planar(60, seed))):
        by_faces, by_cycles = (optimum.optimum(graph, road=road) for road in ("matching", "cycle program"))
        assert by_faces.methods[0] == "matching"
        assert np.allclose(float(by_faces.lower), float(by_cycles.lower), rtol=1e-9)
        assert by_faces.proof.lower_bound(graph) == by_faces.lower
        assert np.allclose(float(by_faces.lower), graph.frustrated_weight(by_faces.signs), rtol=1e-9)


def test_a_wheel_by_hand():
    # Hub and rim of six, all spokes +1, rim edges alternately -1: three negative triangles, one negative outer face.
    rim = [(k, (k + 1) % 6, -1 if k % 2 else 1) for k in range(6)]
    u, v, w = np.array([(*sorted((a, b)), s) for a, b, s in [*rim, *((k, 6, 1) for k in range(6))]]).T
    drawn = planar.drawing(7, u, v, w < 0)
    assert (drawn.faces, drawn.negative.sum()) == (7, 4)
    found = planar.optimum(u, v, w, drawn)
    assert found.lower == 3 == found.frustrated.sum()
    packing = found.cases.leaves[0]
    assert sum(packing.multipliers) == 3 << found.cases.bits


def test_the_bound_is_a_packing_of_negative_cycles_in_halves():
    graph = spin_glass(9, 9, rng=np.random.default_rng(1), free=True)
    found = optimum.optimum(graph, road="matching")
    cases = found.proof.parts[0].pieces[0].reason
    assert isinstance(cases, kernel_proofs.Cases)
    assert cases.bits == 1
    assert all(not flipped for row in cases.rows.values() for _, flipped in row)
    edges = found.proof.parts[0].pieces[0].edges
    used = np.zeros(len(edges), dtype=np.int64)
    for k, share in zip(cases.leaves[0].rows, cases.leaves[0].multipliers, strict=True):
        used[[e for e, _ in cases.rows[k]]] += share
    assert (used <= [2 * abs(w) for _, _, w in edges]).all()


def test_law_switching_and_the_order_of_nodes_change_nothing():
    graph = spin_glass(10, 10, rng=np.random.default_rng(2), free=True)
    value = optimum.optimum(graph).lower
    for _ in range(3):
        order = [graph.nodes[k] for k in RNG.permutation(graph.n)]
        turned = graph.switched(RNG.choice((-1, 1), graph.n))
        edges = [(graph.nodes[a], graph.nodes[b], w) for a, b, w in zip(turned.u, turned.v, turned.w, strict=True)]
        found = optimum.optimum(SignedGraph.from_edges(edges, order))
        assert found.lower == value
        assert "matching" in found.methods


@pytest.mark.parametrize("factor", [1e-300, 1e290, 0.3])
def test_huge_and_tiny_weights_are_matched_exactly(factor):
    graph = spin_glass(8, 9, rng=np.random.default_rng(3), free=True)
    value = optimum.optimum(graph).lower
    scaled = SignedGraph(graph.nodes, graph.u, graph.v, graph.w * factor)
    assert optimum.optimum(scaled, road="matching").lower == value * Fraction(factor)


def test_the_rule_takes_the_matching_where_a_graph_is_planar_and_large():
    open_square = spin_glass(10, 10, rng=np.random.default_rng(0), free=True)
    torus = spin_glass(8, 8, rng=np.random.default_rng(0))
    assert "matching" in optimum.optimum(open_square).methods
    assert "matching" not in optimum.optimum(torus).methods
    assert "matching" not in optimum.optimum(spin_glass(3, 3, rng=np.random.default_rng(0), free=True)).methods


def test_too_many_negative_faces_are_left_to_the_cycle_program(monkeypatch):
    monkeypatch.setattr(pieces, "MATCHED_FACES", 4)
    graph = spin_glass(10, 10, rng=np.random.default_rng(0), free=True)
    found = optimum.optimum(graph)
    assert "matching" not in found.methods
    assert found.lower == graph.frustrated_weight(found.signs)


def test_refuses_what_cannot_be_drawn_without_crossings():
    enemies = SignedGraph.from_edges([(a, b, -1) for a, b in itertools.combinations(range(5), 2)])
    assert planar.drawing(5, enemies.u, enemies.v, enemies.w < 0) is None
    assert planar.drawing(6, *np.array([(a, b) for a in range(3) for b in range(3, 6)]).T, np.ones(9) < 0) is None
    with pytest.raises(errors.BadArgument, match="without crossings"):
        intervals.frustration(enemies, rng=np.random.default_rng(0), exact=True, road="matching")
    with pytest.raises(errors.UnknownName, match="enumeration, matching, cycle program"):
        intervals.frustration(enemies, rng=np.random.default_rng(0), road="annealing")
    torus = spin_glass(12, 12, rng=np.random.default_rng(0))
    with pytest.raises(errors.BadArgument, match="too many to enumerate"):
        optimum.optimum(torus, road="enumeration")


def test_four_enemies_are_planar_and_have_two_edges_frustrated(monkeypatch):
    monkeypatch.setattr(reductions, "eliminate", lambda around: ())
    four = SignedGraph.from_edges([(a, b, -1) for a, b in itertools.combinations(range(4), 2)])
    found = optimum.optimum(four, road="matching")
    assert (found.lower, found.methods) == (2, ("matching",))


def test_by_every_name_the_answer_is_the_same():
    graph = spin_glass(5, 5, rng=np.random.default_rng(4), free=True)
    roads = (None, *pieces.ROADS)
    found = [intervals.frustration(graph, rng=np.random.default_rng(0), exact=True, road=road) for road in roads]
    assert len({each.upper for each in found}) == 1
    assert all(each.certified and each.verify() for each in found)


@pytest.mark.parametrize("looks", [1, 2, 5, 20])
def test_a_matching_that_is_stopped_leaves_an_interval_that_holds(monkeypatch, looks):
    graph = spin_glass(14, 14, rng=np.random.default_rng(5), free=True)
    truth = optimum.optimum(graph).lower
    monkeypatch.setattr(planar.matching, "EVENTS", 5)
    left = itertools.count()
    monkeypatch.setattr(pieces.Work, "seconds_left", lambda self: 1.0 if next(left) < looks + 4 else -1.0)
    start = np.ones(graph.n, dtype=np.int64)
    found = optimum.optimum(graph, start, road="matching")
    assert found.stopped == "time limit"
    assert 0 <= found.lower < truth < graph.frustrated_weight(found.signs)
    assert found.proof.lower_bound(graph) == found.lower
    if looks == 20:
        assert found.lower > truth / 4


def test_negative_cycles_are_cut_out_of_figures_of_eight():
    # Two triangles that share node 2, the second one negative; and the same with the first one negative.
    u, v = [0, 1, 0, 2, 3, 2], [1, 2, 2, 3, 4, 4]
    assert sorted(planar._negative_cycle(u, v, [False] * 5 + [True])) == [3, 4, 5]
    assert sorted(planar._negative_cycle(u, v, [True] + [False] * 5)) == [0, 1, 2]
    assert sorted(planar._negative_cycle(u, v, [True, True, False, True, False, False])) == [3, 4, 5]
    with pytest.raises(errors.SolverFailed):
        planar._negative_cycle(u, v, [False] * 6)
