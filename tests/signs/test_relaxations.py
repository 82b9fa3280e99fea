"""Eigenvectors and unit vectors in the place of signs."""

import numpy as np
import pytest

from blockshift.signs import relaxations
from blockshift.signs.couplings import SparseCouplings
from signs import graphs


@pytest.mark.parametrize("graph", [graphs.torus((5, 5), 0), graphs.torus((9, 9), 0), graphs.dense_network((40, 40), 1)])
def test_oracle_the_largest_eigenpair_is_that_of_the_dense_matrix(graph):
    J = SparseCouplings(graph)
    scaling = 1 + np.arange(graph.n) / graph.n
    value, vector = relaxations.largest_eigenpair(J, scaling, 1e-10, rng=np.random.default_rng(0))
    M = scaling[:, None] * graph.adjacency().toarray() * scaling
    assert value == pytest.approx(np.linalg.eigvalsh(M)[-1], rel=1e-8)
    assert np.linalg.norm(M @ vector - value * vector) < 1e-5 * value


def test_the_spectral_start_of_a_balanced_graph_balances_it():
    rng = np.random.default_rng(1)
    graph = graphs.graph(80, [(i, (i + k) % 80, 1) for i in range(80) for k in (1, 2)]).switched(
        rng.choice([-1, 1], 80)
    )
    assert graph.frustrated_weight(relaxations.spectral_start(graph, rng=rng)) == 0


def test_unit_vectors_are_unit_and_at_rest():
    J = SparseCouplings(graphs.torus((6, 6), 2))
    found = relaxations.low_rank(J, rng=np.random.default_rng(0), rest=1e-13, sweeps=5000)
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(36))
    assert J.fields(found.vectors) == pytest.approx(found.lengths[:, None] * found.vectors, abs=1e-4)
    rounded = found.rounded(5, rng=np.random.default_rng(0))
    assert rounded.shape == (5, 36)
    assert set(np.unique(rounded)) == {-1, 1}


def test_sweeps_are_counted_and_limited():
    J = SparseCouplings(graphs.torus((6, 6), 2))
    assert relaxations.low_rank(J, rng=np.random.default_rng(0), sweeps=3).sweeps == 3
    assert "36 unit vectors in 24 dimensions" in repr(relaxations.low_rank(J, rng=np.random.default_rng(0), sweeps=3))


@pytest.mark.parametrize("n", [0, 1, 3])
def test_without_edges_there_is_nothing_to_relax(n):
    graph = graphs.graph(n, [])
    rng = np.random.default_rng(0)
    assert relaxations.spectral_start(graph, rng=rng).shape == (n,)
    assert relaxations.low_rank(graph, rng=rng).lengths.tolist() == [0.0] * n


def test_a_pause_ends_the_relaxations_and_leaves_something_to_start_from():
    J = SparseCouplings(graphs.torus((20, 20), 0))
    rng = np.random.default_rng(0)
    assert relaxations.low_rank(J, rng=rng, pause=lambda: True).sweeps == 0
    assert set(np.unique(relaxations.spectral_start(J, rng=rng, pause=lambda: True))) == {-1, 1}
    with pytest.raises(relaxations.TimeOver):
        relaxations.largest_eigenpair(J, np.ones(J.size), 1e-3, rng=rng, pause=lambda: True)
