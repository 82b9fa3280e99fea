"""The couplings as an operator: fields, parts, units, rounding."""

import numpy as np
import pytest
from hypothesis import given

from blockshift import errors
from blockshift.signs import couplings
from blockshift.signs.couplings import SparseCouplings
from signs import graphs, switching_oracle


@given(graphs.edge_lists())
def test_oracle_fields_are_those_of_the_matrix(case):
    n, edges = case
    J = SparseCouplings(graphs.graph(n, edges))
    s = np.where(np.arange(n) % 3 == 0, -1.0, 1.0)
    assert J.fields(s).tolist() == switching_oracle.fields(n, edges, s.tolist())
    for k, part in enumerate(J.parts):
        assert np.array_equal(J.fields(s, k), J.fields(s)[part])
    assert np.array_equal(J.fields(np.stack([s, -s], axis=1))[:, 1], -J.fields(s))


@given(graphs.edge_lists())
def test_law_parts_cover_all_nodes_and_no_edge_lies_in_one(case):
    n, edges = case
    J = SparseCouplings(graphs.graph(n, edges))
    assert sorted(i for part in J.parts for i in part) == list(range(n))
    assert all(J.colours[u] != J.colours[v] for u, v, _ in edges)


def test_layers_are_two_parts():
    assert len(SparseCouplings(graphs.dense_network((3, 4, 5, 2), 0)).parts) == 2
    assert len(SparseCouplings(graphs.torus((4, 6), 0)).parts) == 2


def test_the_unit_of_a_part_is_its_rms_field_at_random_signs():
    J = SparseCouplings(graphs.graph(4, [(0, 1, 3), (0, 2, 4)]))
    # Node 0 has the field +-3 +-4, mean square 25; nodes 1 and 2 have 3 and 4; node 3 has none and does not count.
    assert J.units.tolist() == [5.0, np.sqrt(12.5), np.sqrt(12.5), 5.0]
    assert SparseCouplings(graphs.graph(2, [])).units.tolist() == [1.0, 1.0]


def test_sums_of_integers_need_no_floor_and_others_do():
    assert not SparseCouplings(graphs.torus((3, 4), 0)).floor.any()
    assert (SparseCouplings(graphs.graph(2, [(0, 1, 0.1)])).floor > 0).all()
    assert (SparseCouplings(graphs.graph(2, [(0, 1, 2.0**53)])).floor > 0).all()


@pytest.mark.parametrize("size", [1e300, 1e-300, 5e-324, 1.0])
def test_huge_and_tiny_weights_have_finite_squares(size):
    J = SparseCouplings(graphs.graph(3, [(0, 1, size), (1, 2, -size)]))
    assert np.isfinite(J.units).all()
    assert J.strengths.max() == 2 * size * J.scale
    assert J.scale == 1.0 or 1e-30 < np.abs(J.matrix.data).max() < 1.0


def test_clusters_are_the_components_of_the_marked_nodes():
    J = SparseCouplings(graphs.graph(6, [(0, 1, 1), (1, 2, 1), (2, 3, 1), (4, 5, 1)]))
    marked = np.array([True, True, False, True, True, True])
    assert J.clusters(marked).tolist() == [0, 0, -1, 1, 2, 2]


def test_the_empty_graph_has_couplings_too():
    J = SparseCouplings(graphs.graph(0, []))
    assert (J.size, J.parts, J.reach, J.frustration(np.ones(0))) == (0, (), 0.0, 0.0)


def test_refuses_what_is_neither_a_graph_nor_couplings():
    with pytest.raises(errors.BadArgument, match="neither"):
        couplings.couplings_of([[0, 1], [1, 0]])


@pytest.mark.parametrize("start", [[1, 1], [1, 1, 0], [1, 1, 2], [[1, 1, 1]]])
def test_refuses_a_start_that_is_no_switching(start):
    with pytest.raises(errors.BadArgument, match="not a switching"):
        couplings.signs_of(SparseCouplings(graphs.graph(3, [])), start)
