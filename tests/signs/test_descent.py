"""Ways down: the published rule, single flips, chains, crossings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockshift import errors
from blockshift.signs import descent
from signs import graphs, switching_oracle

signs = st.lists(st.sampled_from([1, -1]), min_size=9, max_size=9)


def test_the_square_by_hand():
    """Edges -1, -1, 1, 1 around a square: rows 0 to 3 sum to 0, -2, 0, 2, and flipping node 1 balances it."""
    square = graphs.graph(4, [(0, 1, -1), (1, 2, -1), (2, 3, 1), (0, 3, 1)])
    found = descent.row_flips(square)
    assert found.flipped.tolist() == [1]
    assert found.frustration.tolist() == [2, 0]
    assert found.switching.tolist() == [1, -1, 1, 1]
    assert repr(found) == "RowFlips(1 flips, frustration 2 → 0)"


def test_of_equal_rows_the_first_is_flipped():
    assert descent.row_flips(graphs.graph(4, [(2, 3, -1), (0, 1, -1)])).flipped.tolist() == [0, 2]


@given(graphs.edge_lists(), signs)
def test_oracle_row_flips_are_those_of_the_matrix(case, start):
    n, edges = case
    found = descent.row_flips(graphs.graph(n, edges), start[:n])
    order, weights, s = switching_oracle.row_flips(n, edges, start[:n])
    assert found.flipped.tolist() == order
    assert found.frustration.tolist() == weights
    assert found.switching.tolist() == s
    assert found.value == weights[-1]


def test_more_flips_than_a_batch_holds_are_one_walk(monkeypatch):
    graph = graphs.torus((6, 7), 4)
    whole = descent.row_flips(graph)
    monkeypatch.setattr(descent, "BATCH", 3)
    parts = descent.row_flips(graph)
    assert len(whole.flipped) > 3
    assert np.array_equal(whole.flipped, parts.flipped)
    assert np.array_equal(whole.frustration, parts.frustration)


@given(graphs.edge_lists(), signs)
def test_law_no_single_flip_improves_what_single_flips_or_chains_end_with(case, start):
    n, edges = case
    graph = graphs.graph(n, edges)
    for found in (descent.one_flip(graph, start[:n]), descent.chain_flips(graph, start[:n])):
        s = found.tolist()
        assert all(x * h >= 0 for x, h in zip(s, switching_oracle.fields(n, edges, s), strict=True))
        assert switching_oracle.frustrated_weight(edges, s) <= switching_oracle.frustrated_weight(edges, start[:n])


@given(graphs.edge_lists(), signs)
def test_law_chains_end_no_higher_than_the_best_prefix_of_every_chain(case, start):
    """Written out: from where chains end, no walk of best flips, each node once, passes a lower place."""
    n, edges = case
    s = descent.chain_flips(graphs.graph(n, edges), start[:n]).tolist()
    home, free = switching_oracle.frustrated_weight(edges, s), set(range(n))
    while free:
        gains = {i: s[i] * h for i, h in enumerate(switching_oracle.fields(n, edges, s)) if i in free}
        i = min(gains, key=lambda i: (gains[i], i))
        s[i] = -s[i]
        free.remove(i)
        assert switching_oracle.frustrated_weight(edges, s) >= home


def test_a_chain_climbs_out_where_single_flips_rest():
    pair = graphs.graph(4, [(0, 1, 2), (2, 3, 2), (0, 2, -1), (1, 3, -1)])
    assert pair.frustrated_weight(descent.one_flip(pair)) == 2
    assert pair.frustrated_weight(descent.chain_flips(pair)) == 0


@given(graphs.edge_lists(), signs, signs)
def test_law_a_crossing_is_no_worse_than_its_parents(case, s, t):
    n, edges = case
    child = descent.crossing(graphs.graph(n, edges), s[:n], t[:n]).tolist()
    parents = [switching_oracle.frustrated_weight(edges, p[:n]) for p in (s, t)]
    assert switching_oracle.frustrated_weight(edges, child) <= min(parents)


@settings(max_examples=50)
@given(graphs.edge_lists(most=6), signs, signs)
def test_oracle_a_crossing_chooses_the_best_of_every_cluster(case, s, t):
    """Against all choices of the clusters where the parents differ."""
    n, edges = case
    s, t = s[:n], t[:n]
    apart = [i for i in range(n) if s[i] != t[i]]
    clusters = _components(apart, [(u, v) for u, v, _ in edges if u in apart and v in apart])
    best = switching_oracle.frustrated_weight(edges, s)
    for mask in range(1 << len(clusters)):
        flipped = {i for k, c in enumerate(clusters) if mask >> k & 1 for i in c}
        mixed = [-x if i in flipped else x for i, x in enumerate(s)]
        best = min(best, switching_oracle.frustrated_weight(edges, mixed))
    child = descent.crossing(graphs.graph(n, edges), s, t).tolist()
    assert switching_oracle.frustrated_weight(edges, child) <= best


def _components(nodes, pairs):
    """Connected components by merging sets."""
    groups = [{i} for i in nodes]
    for u, v in pairs:
        joined = [g for g in groups if u in g or v in g]
        groups = [g for g in groups if g not in joined] + [set().union(*joined)]
    return groups


@pytest.mark.parametrize("size", [2.0**-1000, 2.0**1000, 0.125])
def test_walks_of_scaled_weights_are_scaled_walks(size):
    edges = [(0, 1, -1), (1, 2, -1), (0, 2, -1), (2, 3, 2), (3, 4, -3), (0, 4, 1)]
    plain = descent.row_flips(graphs.graph(5, edges))
    scaled = descent.row_flips(graphs.graph(5, [(u, v, w * size) for u, v, w in edges]))
    assert np.array_equal(plain.flipped, scaled.flipped)
    assert scaled.frustration == pytest.approx(plain.frustration * size, rel=1e-12, abs=0)


def test_rounding_does_not_make_a_row_negative():
    """The row of node 0 sums to 0.1 + 0.2 - 0.3, which is 6e-17 in floating point and zero for everybody else."""
    graph = graphs.graph(4, [(0, 1, -0.1), (0, 2, -0.2), (0, 3, 0.3), (1, 2, 5.0), (2, 3, 5.0), (1, 3, 5.0)])
    assert descent.row_flips(graph).flipped.tolist() == []


def test_the_empty_graph_and_isolated_nodes_are_at_rest():
    for n in (0, 1, 3):
        graph = graphs.graph(n, [])
        assert descent.row_flips(graph).value == 0
        assert descent.chain_flips(graph).tolist() == [1] * n
        assert descent.crossing(graph, [1] * n, [-1] * n).tolist() == [1] * n


def test_refuses_a_start_of_another_length():
    with pytest.raises(errors.BadArgument, match="not a switching"):
        descent.row_flips(graphs.graph(3, []), [1, 1])
