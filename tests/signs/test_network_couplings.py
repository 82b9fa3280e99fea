"""Couplings of layered graphs of operators against their adjacency matrices."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.signs import annealing, descent, flips, frustration, intervals
from blockshift.signs.couplings import SparseCouplings, couplings_of
from blockshift.signs.network_couplings import NetworkCouplings
from blockshift.signs.signed_graph import SignedGraph
from signs import dags

PRECISIONS = ("float32", "float64")

# Compiled here, and not kept on disk: what is kept would not notice that `flips` has changed.


@njit
def _pushed(layout, s, fields, nodes):
    for i in nodes:
        flips.push(layout, s, fields, i)


@njit
def _struck(layout, s, fields, nodes, locked):
    tree = flips.tournament(layout, s, fields, locked)
    for i in nodes:
        flips.strike(layout, s, fields, i, tree, locked)
    return tree, flips.tournament(layout, s, fields, locked), flips.winner(layout, s, fields, locked, tree)


def matrix(dag):
    """J, dense."""
    A = dag.adjacency()
    return (A + A.T).toarray()


def explicit(dag) -> SignedGraph:
    """The network written out."""
    return SignedGraph.from_adjacency(dag.adjacency())


@given(dags.dags(), st.integers(0, 2**32), st.sampled_from(PRECISIONS))
@settings(max_examples=150, deadline=None)
def test_oracle_after_flips_the_fields_are_those_of_the_matrix(dag, seed, precision):
    J, M, rng = NetworkCouplings(dag, precision), matrix(dag), np.random.default_rng(seed)
    s = rng.choice([-1.0, 1.0], dag.nodes)
    fields, before = J.fields(s), s.copy()
    assert fields.dtype == precision
    assert np.array_equal(fields, M @ s)
    nodes = rng.integers(0, dag.nodes, 30)
    _pushed(J.layout, s, fields, nodes)
    assert np.array_equal(s, before * (-1.0) ** np.bincount(nodes, minlength=dag.nodes))
    assert np.array_equal(fields, M @ s)


@given(dags.dags(), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_oracle_sums_over_edges_are_those_of_the_matrices_of_the_links(dag, seed):
    J, s = NetworkCouplings(dag), np.random.default_rng(seed).choice([-1.0, 1.0], dag.nodes)
    strengths, squares, frustrated = np.zeros(dag.nodes), np.zeros(dag.nodes), []
    for link in dag.links:
        A = Dag(dag.layers, (link,)).adjacency().tocoo()
        (v, u), w = A.coords, A.data
        for end in (u, v):
            np.add.at(strengths, end, np.abs(w))
            np.add.at(squares, end, w**2)
        frustrated.append(np.abs(w[w * s[u] * s[v] < 0]).sum())
    assert np.array_equal(J.strengths, strengths)
    assert np.array_equal(J.frustrations(s), frustrated)
    assert J.frustration(s) == sum(frustrated)
    assert not J.rounding.any()
    assert not J.floor.any()
    for a, b in itertools.pairwise(dag.offsets):
        coupled = squares[a:b] > 0
        assert np.allclose(J.units[a:b], np.sqrt(squares[a:b][coupled].mean()) if coupled.any() else 1.0)


@given(dags.dags(), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_oracle_a_replayed_tournament_is_the_one_begun_anew(dag, seed):
    rng, J = np.random.default_rng(seed), NetworkCouplings(dag)
    s = rng.choice([-1.0, 1.0], dag.nodes)
    for locked in (np.zeros(0, bool), rng.random(dag.nodes) < 0.3):
        fields, flipped = J.fields(s), s.copy()
        tree, anew, winner = _struck(J.layout, flipped, fields, rng.integers(0, dag.nodes, 10), locked)
        assert np.array_equal(fields, J.fields(flipped))
        assert np.array_equal(tree.values, anew.values)
        changes = flipped * fields
        if len(locked) and locked.all():
            continue
        changes[locked if len(locked) else slice(0)] = np.inf
        assert tree.values[-1] == changes.min()
        assert winner == np.argmin(changes)


def test_a_flip_that_reaches_across_matches_replays_them_all():
    """Along a line of 40 pixels a run of seven crosses the border of a match, which has 16 players."""
    shape, rng = (2, 1, 40), np.random.default_rng(0)
    K = rng.integers(-3, 4, (2, 2, 1, 7)).astype(np.float32)
    dag = Dag((Layer("a", shape), Layer("b", shape)), (Link(0, 1, LayerMap.convolution(K, shape, padding=(0, 3))),))
    J, s = NetworkCouplings(dag), rng.choice([-1.0, 1.0], dag.nodes)
    for i in range(0, dag.nodes, 3):
        tree, anew, _ = _struck(J.layout, s, J.fields(s), np.array([i]), np.zeros(0, bool))
        assert np.array_equal(tree.values, anew.values)


@given(dags.dags(), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_oracle_clusters_and_parts_are_those_of_the_graph(dag, seed):
    # Parallel edges that cancel join two nodes here, and none in the matrix: links of one sign cannot cancel.
    dag = Dag(dag.layers, tuple(Link(**{**vars(k), "map": k.map.absolute, "bank": None}) for k in dag.links))
    J, S = NetworkCouplings(dag), SparseCouplings(explicit(dag))
    marked = np.random.default_rng(seed).random(dag.nodes) < 0.5
    assert np.array_equal(J.clusters(marked), S.clusters(marked))
    s = np.random.default_rng(seed).choice([-1.0, 1.0], (dag.nodes, 2))
    for k, part in enumerate(J.parts):
        assert np.array_equal(J.fields(s, k), J.fields(s)[part])
        assert np.array_equal(J.fields(s[:, 1], k), J.fields(s)[part, 1])
        assert not matrix(dag)[np.ix_(part, part)].any()
    assert sorted(i for part in J.parts for i in part) == list(range(dag.nodes))


@given(dags.dags())
@settings(max_examples=60, deadline=None)
def test_law_the_same_rule_makes_the_same_row_flips_as_on_the_written_out_graph(dag):
    here, there = descent.row_flips(dag), descent.row_flips(explicit(dag))
    assert np.array_equal(here.flipped, there.flipped)
    assert np.array_equal(here.switching, there.switching)
    assert np.array_equal(np.diff(here.frustration), np.diff(there.frustration))


@given(dags.dags(), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_law_a_chain_is_the_one_of_the_written_out_graph(dag, seed):
    start = np.random.default_rng(seed).choice([-1.0, 1.0], dag.nodes)
    found, expected = start.copy(), start.copy()
    J, S = NetworkCouplings(dag), SparseCouplings(explicit(dag))
    layouts = ((J, found), (S, expected))
    gains = [flips.flip_chain(K.layout, s, K.fields(s), K.floor, 20) for K, s in layouts]
    assert gains[0] == gains[1]
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("seed", range(4))
def test_the_search_reaches_the_proven_optimum_of_small_networks(seed):
    for dag in (dags.convolutions(seed), dags.network((6, 7, 5, 4), seed)):
        proven = intervals.frustration(explicit(dag), rng=np.random.default_rng(0), exact=True)
        assert proven.certified
        found = frustration.upper_bound(dag, rng=np.random.default_rng(seed), restarts=5)
        assert np.isclose(found.value, proven.upper, rtol=1e-9, atol=1e-9 * dag.total_weight)
        assert found.value >= proven.upper


def test_annealing_reaches_the_optimum_of_all_switchings():
    dag = dags.network((4, 4, 3), 1)
    best = min(
        NetworkCouplings(dag).frustration(np.array((1, *s))) for s in itertools.product((1, -1), repeat=dag.nodes - 1)
    )
    runs = [annealing.annealed(dag, annealing.Schedule(100), rng=np.random.default_rng(k)) for k in range(5)]
    assert min(NetworkCouplings(dag).frustration(s) for s in runs) == best


def test_annealing_on_operators_makes_the_flips_of_the_written_out_graph():
    # Integers, one unit of temperature, the same random numbers: the same walk.
    dag = dags.network((6, 5, 4), 2)
    J, S = NetworkCouplings(dag), SparseCouplings(explicit(dag))
    walks = []
    for K in (J, S):
        s, state = np.ones(dag.nodes), np.array([7], np.uint64)
        flips.anneal_sweeps(K.layout, s, K.fields(s), np.ones(dag.nodes), np.linspace(4, 1, 20), state)
        walks.append(s)
    assert np.array_equal(*walks)


def test_law_a_gauge_of_the_channels_changes_no_frustration():
    rng = np.random.default_rng(5)
    dag = dags.convolutions(5)
    signs = [rng.choice([-1.0, 1.0], layer.shape[0]) for layer in dag.layers]
    links = []
    for k in dag.links:
        K, into, out = k.map.kernel, signs[k.source], signs[k.target]
        # A pooling reads each channel by itself: its kernel has one channel in.
        gauge = out[:, None] * into if K.shape[1] == len(into) and k.map.groups == 1 else (out * into)[:, None]
        links.append(Link(k.source, k.target, k.map.with_kernel(K * gauge[:, :, None, None])))
    gauged = Dag(dag.layers, tuple(links))
    turn = dag.join([np.broadcast_to(g[:, None, None], k.shape) for g, k in zip(signs, dag.layers, strict=True)])
    s = rng.choice([-1.0, 1.0], dag.nodes)
    assert NetworkCouplings(gauged).frustration(turn * s) == NetworkCouplings(dag).frustration(s)
    found = [frustration.upper_bound(d, rng=np.random.default_rng(0), restarts=4).value for d in (dag, gauged)]
    assert np.isclose(*found, rtol=1e-9)


def test_a_monotone_network_has_no_frustration_at_all():
    dag = dags.convolutions(6)
    dag = Dag(dag.layers, tuple(Link(k.source, k.target, k.map.absolute) for k in dag.links))
    assert NetworkCouplings(dag).frustration(np.ones(dag.nodes)) == 0.0
    assert frustration.upper_bound(dag, rng=np.random.default_rng(0), restarts=1).value == 0.0


def test_one_frustrated_edge_is_seen_however_small():
    links = (Link(0, 1, LayerMap.dense([[1.0, 0.3], [0.7, -1e-30]])),)
    dag = Dag((Layer("a", (2, 1, 1)), Layer("b", (2, 1, 1))), links)
    J = NetworkCouplings(dag)
    assert J.frustration(np.ones(4)) >= 1e-30
    assert J.frustration(np.ones(4)) <= 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_with_floats_the_frustration_is_rounded_upward_and_hardly(seed):
    dag, rng = dags.convolutions(seed, 5), np.random.default_rng(seed)
    graph = explicit(dag)
    for _ in range(5):
        s = rng.choice([-1.0, 1.0], dag.nodes)
        excess = NetworkCouplings(dag).frustration(s) - graph.frustrated_weight(s)
        assert 0 <= excess <= 1e-12 * dag.total_weight


def test_in_float32_fields_stay_within_the_floor_after_many_flips():
    dag, rng = dags.convolutions(0, 6), np.random.default_rng(0)
    J, M = NetworkCouplings(dag), matrix(dag)
    s = rng.choice([-1.0, 1.0], dag.nodes)
    fields = J.fields(s)
    _pushed(J.layout, s, fields, rng.integers(0, dag.nodes, 20_000))
    error = abs(fields - M @ s)
    assert (error <= J.floor).all()
    assert error.any()


def test_a_kernel_that_links_share_is_stored_once():
    K = np.ones((2, 2, 1, 1))
    layers = tuple(Layer(str(i), (2, 2, 2)) for i in range(3))
    links = [Link(i, i + 1, LayerMap.convolution(K, (2, 2, 2)), bank="K") for i in range(2)]
    assert len(NetworkCouplings(Dag(layers, tuple(links))).layout.weights) == 2 * K.size
    other = Link(1, 2, LayerMap.convolution(2 * K, (2, 2, 2)), bank="K")
    assert len(NetworkCouplings(Dag(layers, (links[0], other))).layout.weights) == 4 * K.size


def test_nodes_without_an_edge_and_networks_without_links_do_no_harm():
    m = LayerMap.convolution(np.ones((1, 1, 1, 1)), (1, 1, 4), stride=(1, 2))
    dag = Dag((Layer("a", (1, 1, 4)), Layer("b", (1, 1, 2))), (Link(0, 1, m),))
    J = NetworkCouplings(dag)
    assert J.strengths.tolist() == [1, 0, 1, 0, 1, 1]
    assert J.units.tolist() == [1.0] * 6
    for bare in (dag, Dag((Layer("a", (2, 1, 1)),), ())):
        assert frustration.upper_bound(bare, rng=np.random.default_rng(0), restarts=1).value == 0.0


@pytest.mark.parametrize("size", [1e30, 1e-30])
def test_huge_and_tiny_weights_have_finite_squares(size):
    J = NetworkCouplings(Dag((Layer("a", (1, 1, 1)), Layer("b", (1, 1, 1))), (Link(0, 1, LayerMap.dense([[size]])),)))
    assert np.isfinite(J.fields(np.ones(2))).all()
    assert (J.fields(np.ones(2)) > 0).all()
    assert J.strengths[0] == size * J.scale
    assert np.isclose(J.frustration(np.array([1, -1])), size)
    assert descent.row_flips(J, [1, -1]).value == 0.0


def test_a_dag_has_couplings_and_an_unknown_precision_is_refused():
    assert isinstance(couplings_of(dags.network((2, 2), 0)), NetworkCouplings)
    with pytest.raises(errors.BadArgument, match="precision"):
        NetworkCouplings(dags.network((2, 2), 0), "float16")
