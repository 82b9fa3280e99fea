"""Switchings found layer by layer, on networks and on active subnetworks, and how far they overlap."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from blockshift import errors
from blockshift.graph.tangents import Tangent
from blockshift.signs.intervals import frustration
from blockshift.signs.monotonicity.gauges import frustrated_weight, overlap, rank_correlation, settled_gauge
from blockshift.signs.signed_graph import SignedGraph
from signs.monotonicity import monotonicity_oracle as oracle
from signs.monotonicity.networks import balanced, convolutional, dag_of, integers


def nested(dag, s):
    return [part.ravel().tolist() for part in dag.split(s)]


@pytest.mark.parametrize("seed", range(6))
def test_oracle_the_frustrated_weight_of_an_active_subnetwork(seed):
    rng = np.random.default_rng(seed)
    layers, x = integers((4, 5, 4, 3), rng), rng.integers(-2, 5, 4)
    seen = Tangent.at(dag_of(layers), x)
    s = rng.choice([-1, 1], seen.nodes)
    opposed, total = oracle.frustrated(layers, x.tolist(), nested(seen.dag, s))
    assert (frustrated_weight(seen, s), seen.total_weight) == (opposed, total)


@pytest.mark.parametrize("seed", range(4))
def test_constraints_a_gauge_is_at_rest_and_never_below_the_optimum(seed):
    rng = np.random.default_rng(seed)
    layers = integers((4, 5, 4, 3), rng)
    for net in (dag_of(layers), Tangent.at(dag_of(layers), rng.integers(0, 5, 4))):
        found = settled_gauge(net, rng=rng, sweeps=30)
        assert found.value == frustrated_weight(net, found.switching)
        assert np.isclose(found.share * net.total_weight, found.value)
        assert (found.switching * net.fields(found.switching.astype(float)) >= 0).all()
        graph = SignedGraph.from_adjacency(net.adjacency())
        best = frustration(graph, rng=rng, exact=True)
        assert best.certified
        assert found.value >= best.lower - 1e-9
        several = min(settled_gauge(net, rng=rng, sweeps=30).value for _ in range(8))
        assert several == pytest.approx(best.upper)


def test_a_balanced_network_and_all_its_active_subnetworks_have_no_frustration():
    rng = np.random.default_rng(0)
    layers, signs = balanced((4, 6, 5, 3), rng)
    dag = dag_of(layers)
    hidden = np.concatenate(signs)
    assert frustrated_weight(dag, hidden) == 0
    for x in rng.standard_normal((5, 4)):
        seen = Tangent.at(dag, x)
        assert frustrated_weight(seen, hidden) == 0
        assert settled_gauge(seen, hidden).value == 0


def test_a_descent_from_a_start_never_ends_above_it_and_draws_nothing():
    rng = np.random.default_rng(1)
    dag = convolutional(rng)
    seen = Tangent.at(dag, rng.standard_normal(dag.layers[0].shape))
    for net in (dag, seen):
        s = rng.choice([-1, 1], dag.nodes)
        found = settled_gauge(net, s)
        assert found.value < frustrated_weight(net, s)
        assert np.array_equal(settled_gauge(net, found.switching).switching, found.switching)


def test_the_same_generator_gives_the_same_gauge():
    dag = convolutional(np.random.default_rng(2))
    a, b = (settled_gauge(dag, rng=np.random.default_rng(5), sweeps=5) for _ in range(2))
    assert np.array_equal(a.switching, b.switching)


def test_oracle_the_overlap_is_its_transcription():
    rng = np.random.default_rng(3)
    dag = convolutional(rng)
    a, b = (Tangent.at(dag, rng.standard_normal(dag.layers[0].shape)) for _ in range(2))
    s, t = rng.choice([-1, 1], (2, dag.nodes))
    on = [dag.join([m.astype(float) for m in seen.active]) for seen in (a, b)]
    found = overlap(a, s, b, t)
    assert np.isclose(found.nodes, oracle.overlap(on[0], s, on[1], t))
    assert np.isclose(found.common, (on[0] * on[1]).sum() / np.maximum(*on).sum())
    sign = np.sign((s * t)[(on[0] * on[1]) > 0].sum())
    assert np.isclose(found.inputs, sign * (s * t)[: 2 * 42].mean())


def test_law_an_overlap_does_not_see_a_global_turn():
    rng = np.random.default_rng(4)
    dag = convolutional(rng)
    seen = Tangent.at(dag, rng.standard_normal(dag.layers[0].shape))
    s, t = rng.choice([-1, 1], (2, dag.nodes))
    assert overlap(seen, s, seen, t) == overlap(seen, s, seen, -t) == overlap(seen, t, seen, s)
    assert overlap(seen, s, seen, -s).nodes == 1
    assert overlap(seen, s, seen, -s).inputs == 1


def test_oracle_rank_correlation_is_that_of_scipy():
    rng = np.random.default_rng(5)
    a, b = rng.integers(0, 6, 30), rng.integers(0, 6, 30)
    assert np.isclose(rank_correlation(a, b), spearmanr(a, b).statistic)
    with_gaps = a.astype(float)
    with_gaps[:4] = np.nan
    assert np.isclose(rank_correlation(with_gaps, b), spearmanr(a[4:], b[4:]).statistic)
    assert np.isnan(rank_correlation([1, 1, 1], [1, 2, 3]))
    assert np.isnan(rank_correlation([1, 2], [1, 2]))


def test_refuses_heat_without_chance_and_starts_that_are_none():
    dag = convolutional(np.random.default_rng(0))
    with pytest.raises(errors.BadArgument, match="generator"):
        settled_gauge(dag, sweeps=1)
    with pytest.raises(errors.BadArgument, match="not a switching"):
        settled_gauge(dag, np.zeros(dag.nodes))
