"""Signs pushed through the weights of a network: what they change, and what they cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.signs.channel_gauges import expanded, gauged
from blockshift.signs.network_couplings import NetworkCouplings
from signs import dags


def signs_of(dag, rng):
    return rng.choice([-1, 1], sum(layer.shape[0] for layer in dag.layers))


@given(dags.dags(), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_law_the_matrix_of_the_gauged_network_is_the_matrix_between_two_diagonals(dag, seed):
    signs = signs_of(dag, np.random.default_rng(seed))
    turn = expanded(dag, signs).astype(float)
    assert np.array_equal(gauged(dag, signs).adjacency().toarray(), turn[:, None] * dag.adjacency().toarray() * turn)


def test_law_a_transposed_convolution_in_groups_is_turned_at_the_right_ends():
    rng = np.random.default_rng(3)
    K = rng.integers(1, 4, (4, 3, 2, 2)).astype(float)
    m = LayerMap(K, (6, 5, 5), (4, 4, 4), groups=2, transposed=True)
    dag = Dag((Layer("a", m.shape_in), Layer("b", m.shape_out)), (Link(0, 1, m),))
    signs = signs_of(dag, rng)
    turn = expanded(dag, signs).astype(float)
    assert np.array_equal(gauged(dag, signs).adjacency().toarray(), turn[:, None] * dag.adjacency().toarray() * turn)


def test_a_gauge_twice_is_none():
    dag = dags.convolutions(5)
    signs = signs_of(dag, np.random.default_rng(1))
    s = np.random.default_rng(2).choice([-1.0, 1.0], dag.nodes)
    twice = gauged(gauged(dag, signs), signs)
    assert NetworkCouplings(twice).frustration(s) == NetworkCouplings(dag).frustration(s)


@pytest.mark.parametrize("signs", [[1], [1, 0, 1, 1], [[1, 1, 1, 1]]])
def test_refuses_what_is_not_one_sign_for_each_channel(signs):
    dag = Dag((Layer("a", (2, 1, 1)), Layer("b", (2, 1, 1))), ())
    with pytest.raises(errors.ShapeMismatch, match="expected 4 of 1 and -1"):
        gauged(dag, signs)
