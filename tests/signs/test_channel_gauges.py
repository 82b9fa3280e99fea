"""One sign for each channel: the collapsed graph scores as the network does."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from blockshift.signs import channel_gauges, frustration
from blockshift.signs.network_couplings import NetworkCouplings
from signs import dags


@given(dags.dags(), st.integers(0, 2**32))
@settings(max_examples=80, deadline=None)
def test_oracle_the_collapsed_graph_is_the_matrix_summed_up_by_channels(dag, seed):
    channels = np.concatenate(
        [
            np.tile(100 * k + np.arange(layer.shape[0]), layer.nodes // layer.shape[0])
            for k, layer in enumerate(dag.layers)
        ]
    )
    names, number = np.unique(channels, return_inverse=True)
    member = (number[:, None] == np.arange(len(names))).astype(float)
    small = channel_gauges.collapsed(dag)
    assert np.array_equal(small.adjacency().toarray(), member.T @ dag.adjacency().toarray() @ member)
    signs = np.random.default_rng(seed).choice([-1, 1], len(names))
    assert np.array_equal(channel_gauges.expanded(dag, signs), signs[number])


def test_the_best_of_few_channels_is_the_best_of_all():
    dag = dags.convolutions(3)
    channels = sum(layer.shape[0] for layer in dag.layers)
    J = NetworkCouplings(dag)
    best = min(J.frustration(channel_gauges.expanded(dag, s)) for s in itertools.product((1, -1), repeat=channels))
    assert J.frustration(channel_gauges.channel_gauge(dag, rng=np.random.default_rng(0))) == best


def test_many_channels_are_annealed_to_the_best_of_all():
    dag = dags.network((6, 6, 6), 0)
    J, rng = NetworkCouplings(dag), np.random.default_rng(0)
    outer = np.array(list(itertools.product((1.0, -1.0), repeat=12)))
    s = np.concatenate([outer[:, :6], np.ones((len(outer), 6)), outer[:, 6:]], axis=1)
    # Given the outer layers, the middle one is optimal at the signs of its fields.
    least = (dag.total_weight - abs(J.fields(s.T, 1)).sum(axis=0).max()) / 2
    assert J.frustration(channel_gauges.channel_gauge(dag, rng=rng)) == least


def test_the_collapsed_optimum_is_no_lower_bound():
    # Two channels of opposite taps: summed up they cancel, and the network itself does better pixel by pixel.
    dag = dags.convolutions(2)
    J = NetworkCouplings(dag)
    gauge = J.frustration(channel_gauges.channel_gauge(dag, rng=np.random.default_rng(0)))
    assert frustration.upper_bound(dag, rng=np.random.default_rng(0), restarts=3).value < gauge
