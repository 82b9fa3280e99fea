"""Lower bounds on networks: below the truth, equal to those of the written-out graph, refused where perturbed."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import linalg

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.signs.bounds import (
    largest_eigenvalues,
    layer_elimination,
    layer_vectors,
    network_bounds,
    semidefinite,
    verifiers,
)
from blockshift.signs.signed_graph import SignedGraph
from signs import network_oracle, networks

#: Vectors at rest in double precision leave the bound off by this share of the weight.
SHARE = 1e-5


def rng(seed=0):
    return np.random.default_rng(seed)


def full(dag):
    """J of the network, dense."""
    A = dag.adjacency().toarray()
    return A + A.T


@pytest.fixture
def unproved(monkeypatch):
    """Nothing is small enough for elimination."""
    monkeypatch.setattr(layer_elimination, "LEFT", -1)


@pytest.mark.parametrize("plan", networks.PLANS)
@pytest.mark.parametrize("seed", range(4))
def test_oracle_bounds_lie_below_the_least_over_all_switchings(plan, seed):
    dag, edges = networks.network(plan, rng(seed), integers=seed % 2 == 1)
    truth = network_oracle.least(dag.nodes, edges)
    for make in (network_bounds.semidefinite, network_bounds.spectral):
        bound = make(dag, rng=rng(1))
        assert 0 <= bound.value <= truth
        assert bound.certified
        assert bound.fraction == pytest.approx(bound.value / sum(abs(w) for *_, w in edges), rel=1e-12, abs=1e-300)
        assert bound.verify(dag, rng=rng(2)).accepted


@pytest.mark.parametrize("plan", networks.PLANS)
def test_oracle_bounds_that_are_not_proved_lie_below_the_truth_too(unproved, plan):
    for seed in range(3):
        dag, edges = networks.network(plan, rng(seed))
        truth = network_oracle.least(dag.nodes, edges)
        bound = network_bounds.semidefinite(dag, rng=rng(1))
        assert not bound.certified
        assert bound.value <= truth
        assert bound.verify(dag, rng=rng(2)).accepted


@pytest.mark.parametrize("plan", networks.PLANS)
def test_the_semidefinite_bound_of_an_operator_is_that_of_its_written_out_graph(plan):
    dag, _ = networks.network(plan, rng(5))
    graph = SignedGraph.from_adjacency(dag.adjacency())
    explicit = semidefinite.semidefinite_bound(graph, rng=rng(1)).value + (dag.total_weight - graph.total_weight) / 2
    assert network_bounds.semidefinite(dag, rng=rng(2), sweeps=2000).value == pytest.approx(
        explicit, abs=SHARE * dag.total_weight
    )


@pytest.mark.parametrize("plan", networks.PLANS)
def test_law_bounds_do_not_see_a_gauge_and_grow_with_the_weights(plan):
    dag, _ = networks.network(plan, rng(6))
    for make in (network_bounds.semidefinite, network_bounds.spectral):
        plain = make(dag, rng=rng(1)).value
        assert make(networks.gauged(dag, rng(2)), rng=rng(3)).value == pytest.approx(plain, abs=1e-4 * dag.total_weight)
        for factor in (0.01, 1e30, 1e-200):
            scaled = make(networks.times(dag, factor), rng=rng(1))
            assert scaled.value / factor == pytest.approx(plain, abs=1e-6 * dag.total_weight)
            assert scaled.verify(networks.times(dag, factor), rng=rng(2)).accepted


def test_the_estimate_of_a_larger_network_is_close_to_what_is_proved(monkeypatch):
    dag = networks.untrained(rng(0))
    proved = network_bounds.semidefinite(dag, rng=rng(1))
    monkeypatch.setattr(layer_elimination, "LEFT", -1)
    likely = network_bounds.semidefinite(dag, rng=rng(1))
    assert proved.certified
    assert not likely.certified
    assert "probability at most 1e-06" in likely.how
    assert proved.fraction - 0.002 < likely.fraction < proved.fraction
    assert likely.verify(dag, rng=rng(2)).accepted


def test_a_stalled_eigenvalue_costs_sharpness_and_not_the_bound(monkeypatch):
    dag = networks.untrained(rng(0))
    sharp = network_bounds.semidefinite(dag, rng=rng())

    def stalls(*given, **named):
        raise linalg.ArpackNoConvergence("no convergence", np.array([]), np.array([]))

    monkeypatch.setattr(linalg, "eigsh", stalls)
    found = network_bounds.semidefinite(dag, rng=rng())
    assert found.certified
    assert found.verify(dag, rng=rng(1)).accepted
    assert 0.9 * sharp.value < found.value < sharp.value


def test_the_semidefinite_bound_is_better_than_the_spectral():
    dag = networks.untrained(rng(0))
    assert (
        network_bounds.semidefinite(dag, rng=rng(1)).fraction > 0.02 + network_bounds.spectral(dag, rng=rng(1)).fraction
    )


@pytest.mark.parametrize("proved", [True, False])
def test_refuses_certificates_that_were_tampered_with(monkeypatch, proved):
    dag = networks.untrained(rng(0))
    if not proved:
        monkeypatch.setattr(layer_elimination, "LEFT", -1)
    bound = network_bounds.semidefinite(dag, rng=rng(1))
    assert bound.certified is proved
    assert bound.verify(dag, rng=rng(2)).accepted
    more = replace(bound, value=bound.value * 1.01)
    smaller = replace(bound, stretch=bound.stretch * 0.98, value=bound.value * 1.02)
    one = [d.copy() for d in bound.lengths]
    one[1][0] *= 0.5
    negative = [d.copy() for d in bound.lengths]
    negative[2][0, 0, 0] = -1
    missing = [d.copy() for d in bound.lengths]
    missing[2][0, 0, 0] = 0
    wrong = [
        more, smaller, replace(bound, lengths=tuple(one), value=bound.value * 1.01),
        replace(bound, lengths=tuple(negative)), replace(bound, lengths=tuple(missing)),
        replace(bound, lengths=bound.lengths[:-1]),
        replace(bound, lengths=tuple(d * np.float32(np.nan) for d in bound.lengths)),
    ]  # fmt: skip
    for other in wrong:
        assert not other.verify(dag, rng=rng(2)).accepted
    # The certificate of another network proves nothing about this one.
    assert not bound.verify(networks.untrained(rng(7)), rng=rng(2)).accepted


def test_networks_with_nothing_to_frustrate():
    single = Dag((Layer("only", (2, 3, 3)),), ())
    zero = Dag(
        (Layer("a", (2, 1, 1)), Layer("b", (2, 1, 1))), (Link(0, 1, LayerMap.dense(np.zeros((2, 2)))),)
    )  # fmt: skip
    tree = Dag((Layer("a", (1, 1, 1)), Layer("b", (3, 1, 1))), (Link(0, 1, LayerMap.dense([[-1.0], [2.0], [-3.0]])),))
    for dag in (single, zero, tree):
        for make in (network_bounds.semidefinite, network_bounds.spectral):
            bound = make(dag, rng=rng(0))
            assert bound.value == pytest.approx(0, abs=1e-5)
            assert bound.verify(dag, rng=rng(1)).accepted


def test_nodes_without_an_edge_have_no_multiplier_and_cost_nothing(unproved):
    dag, edges = networks.network("stride leaves pixels alone", rng(3))
    bound = network_bounds.semidefinite(dag, rng=rng(1))
    alone = sorted(set(range(dag.nodes)) - {v for u, v, _ in edges} - {u for u, v, _ in edges})
    assert len(alone) == 5
    y = dag.join(bound.multipliers)
    assert not y[alone].any()
    assert np.count_nonzero(y) == dag.nodes - 5
    assert np.isfinite(y).all()


@pytest.mark.parametrize("plan", networks.PLANS)
def test_oracle_the_top_is_never_below_the_largest_eigenvalue(plan):
    for seed in range(5):
        dag, _ = networks.network(plan, rng(seed))
        d = [np.where(s > 0, rng(seed).uniform(0.5, 2, s.shape), 0) for s in layer_vectors.strengths(dag)]
        flat = dag.join(d)
        root = np.where(flat > 0, 1 / np.sqrt(np.where(flat > 0, flat, 1)), 0)
        M = root[:, None] * full(dag) * root
        truth = np.linalg.eigvalsh(M)[-1]
        for steps in (10, 11, 60):
            top = largest_eigenvalues.probable_top(dag, d, rng=rng(seed + 1), steps=steps)
            assert truth <= top.value
            assert top.steps == steps
            assert 0 <= top.rounding < 1e-6
        assert top.value < truth + 0.08 * np.abs(np.linalg.eigvalsh(M)).max()
        assert top.estimate == pytest.approx(truth, rel=1e-3)
        sure = largest_eigenvalues.perron(dag, d)
        assert np.linalg.norm(root[:, None] * abs(dag.adjacency() + dag.adjacency().T).toarray() * root, 2) <= sure * (
            1 + 1e-12
        )


def test_a_wrong_idea_of_where_the_spectrum_ends_costs_sharpness_and_not_truth(monkeypatch):
    dag = networks.untrained(rng(0))
    d = layer_vectors.floored(dag, layer_vectors.layer_vectors(dag, rng=rng(1), rank=8, sweeps=30).lengths)
    true = largest_eigenvalues.probable_top(dag, d, rng=rng(2), steps=60)
    for factor in (0.5, 0.9, 1.5):
        monkeypatch.setattr(
            largest_eigenvalues, "_ends", lambda A, rng, f=factor: (-f * true.estimate, f * true.estimate)
        )
        found = largest_eigenvalues.probable_top(dag, d, rng=rng(2), steps=60)
        assert true.estimate < found.value


def test_what_rounding_takes_is_given_up(monkeypatch):
    dag = networks.untrained(rng(0))
    d = [np.maximum(s, 1e-9) for s in layer_vectors.strengths(dag)]
    fine = largest_eigenvalues.probable_top(dag, d, rng=rng(1))
    monkeypatch.setattr(largest_eigenvalues, "UNIT", 2.0**-33)
    coarse = largest_eigenvalues.probable_top(dag, d, rng=rng(1))
    assert coarse.rounding > 1e5 * fine.rounding
    assert coarse.value > fine.value
    monkeypatch.setattr(largest_eigenvalues, "UNIT", 2.0**-20)
    hopeless = largest_eigenvalues.probable_top(dag, d, rng=rng(1))
    assert hopeless.rounding == pytest.approx(1)
    # What is left is sure whatever the start: the norm of the absolute values.
    assert hopeless.value <= largest_eigenvalues.perron(dag, d)
    assert hopeless.value >= fine.value


def test_the_chance_is_what_the_quantile_says(monkeypatch):
    """With one column and a doubt of one half, the bound is wrong about half the time on a spectrum of one value."""
    edge = Dag((Layer("a", (1, 1, 1)), Layer("b", (1, 1, 1))), (Link(0, 1, LayerMap.dense([[1.0]])),))
    ones = [np.ones((1, 1, 1))] * 2
    monkeypatch.setattr(largest_eigenvalues, "DOUBT", 0.5)
    # Far below the truth, |T_k| = T_k(mu) |g|, so the bound is right exactly where |g| is at least its median.
    monkeypatch.setattr(largest_eigenvalues, "_ends", lambda A, rng: (-0.5, 0.5))
    right = [
        largest_eigenvalues.probable_top(edge, ones, rng=rng(seed), steps=20, columns=columns).value >= 1 - 1e-9
        for columns in (1, 3)
        for seed in range(300)
    ]
    assert 0.42 < np.mean(right[:300]) < 0.58
    assert 0.42 < np.mean(right[300:]) < 0.58


@pytest.mark.parametrize("plan", networks.PLANS)
def test_oracle_elimination_agrees_with_eigenvalues(plan):
    dag, _ = networks.network(plan, rng(8))
    d = [np.maximum(s, 1e-300) * rng(3).uniform(0.5, 1, s.shape) for s in layer_vectors.strengths(dag)]
    root = 1 / np.sqrt(dag.join(d))
    edge = np.linalg.eigvalsh(root[:, None] * full(dag) * root)[-1]
    assert layer_elimination.is_semidefinite(dag, [(edge + 1e-9) * x for x in d])
    assert not layer_elimination.is_semidefinite(dag, [(edge - 1e-9) * x for x in d])


def test_elimination_takes_layers_without_links_among_them():
    for plan in networks.PLANS:
        dag, _ = networks.network(plan, rng(0))
        gone = layer_elimination.eliminated(dag)
        assert gone
        assert not any(link.source in gone and link.target in gone for link in dag.links)


def test_elimination_refuses_what_is_no_multiplier():
    dag, _ = networks.network("chain", rng(0))
    y = [2 * s for s in layer_vectors.strengths(dag)]
    assert layer_elimination.is_semidefinite(dag, y)
    for bad in (-1.0, 0.0, np.inf, np.nan):
        other = [x.copy() for x in y]
        other[1][0, 0, 0] = bad
        assert not layer_elimination.is_semidefinite(dag, other)


def test_rounding_of_the_complement_is_subtracted(monkeypatch):
    dag = networks.untrained(rng(0))
    y = [1.01 * s for s in layer_vectors.strengths(dag)]
    assert layer_elimination.is_semidefinite(dag, y)
    monkeypatch.setattr(verifiers, "UNIT", 2.0**-7)
    monkeypatch.setattr(verifiers, "margin", lambda n, total: 0.0)
    assert not layer_elimination.is_semidefinite(dag, y)


def test_oracle_strengths_are_sums_over_edges():
    for plan in networks.PLANS:
        dag, edges = networks.network(plan, rng(4))
        found = np.zeros(dag.nodes)
        for u, v, w in edges:
            found[[u, v]] += abs(w)
        assert np.allclose(dag.join(layer_vectors.strengths(dag)), found)
        counts = np.bincount(np.array([(u, v) for u, v, _ in edges]).ravel(), minlength=dag.nodes)
        assert counts.max() <= largest_eigenvalues.most_edges(dag)


def test_vectors_are_unit_vectors_and_round_to_good_signs():
    dag = networks.untrained(rng(0))
    found = layer_vectors.layer_vectors(dag, rng=rng(1), rank=12, sweeps=40)
    for V in found.vectors:
        assert np.allclose(np.linalg.norm(V, axis=0), 1, atol=1e-5)
    J = full(dag)
    s = dag.join(found.rounded(rng=rng(2)))
    bound = network_bounds.semidefinite(dag, rng=rng(1)).value
    left = (dag.total_weight - s @ J @ s / 2) / 2
    assert bound <= left < 0.47 * dag.total_weight


def test_a_deadline_is_kept_and_leaves_a_bound(unproved):
    dag = networks.untrained(rng(0))
    bound = network_bounds.semidefinite(dag, rng=rng(1), deadline=0.0)
    assert bound.steps == largest_eigenvalues.FEWEST
    assert 0 <= bound.value <= 0.5 * dag.total_weight
    assert bound.verify(dag, rng=rng(2)).accepted


def test_progress_is_told(unproved):
    said = []
    network_bounds.semidefinite(networks.untrained(rng(0)), rng=rng(1), progress=said.append)
    assert any("sweep" in line for line in said)
    assert any("step" in line for line in said)


@pytest.mark.parametrize("name", ["rank", "sweeps", "steps"])
def test_refuses_no_work_at_all(name):
    with pytest.raises(errors.BadArgument, match=name):
        network_bounds.semidefinite(networks.untrained(rng(0)), rng=rng(0), **{name: 0})


def test_halves_have_no_links_inside_and_odd_cycles_have_none():
    for plan in networks.PLANS:
        dag, _ = networks.network(plan, rng(0))
        two = largest_eigenvalues.halves(dag)
        if two is None:
            assert plan in ("skip", "concatenated", "odd cycle of layers")
            continue
        assert sorted(two[0] + two[1]) == list(range(len(dag.layers)))
        assert all((link.source in two[0]) != (link.target in two[0]) for link in dag.links)


def test_the_value_is_that_of_the_multipliers():
    dag = networks.untrained(rng(0))
    bound = network_bounds.semidefinite(dag, rng=rng(1))
    graph = SignedGraph.from_adjacency(dag.adjacency())
    y = dag.join(bound.multipliers)
    assert verifiers.value_of_multipliers(graph, y) == pytest.approx(bound.value, rel=1e-9)
    assert bound.value < verifiers.value_of_multipliers(graph, y)
