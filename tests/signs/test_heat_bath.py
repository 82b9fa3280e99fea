"""Heat baths of whole layers: equilibrium, optimum, seeds."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.signs import frustration
from blockshift.signs.heat_bath import heat_bath
from blockshift.signs.network_couplings import NetworkCouplings
from signs import dags


def test_a_pair_stands_apart_as_often_as_its_temperature_says():
    m = LayerMap.diagonal([2.0], (1, 1, 1))
    dag = Dag((Layer("a", (1, 1, 1)), Layer("b", (1, 1, 1))), (Link(0, 1, m),))
    T, pairs = 1.5, 40_000
    s = heat_bath(dag, np.full(3, T), pairs, rng=np.random.default_rng(0))
    # The unit is the field 2; apart costs 2 * 2 in Ising energy: odds exp(-2 / T).
    expected = 1 / (1 + np.exp(2 / T))
    assert abs((s[:, 0] != s[:, 1]).mean() - expected) < 6 * np.sqrt(expected * (1 - expected) / pairs)


@pytest.mark.parametrize("seed", range(2))
def test_cooled_batches_reach_what_single_flips_reach(seed):
    dag = dags.convolutions(seed)
    J = NetworkCouplings(dag)
    batch = heat_bath(dag, np.linspace(1, 0, 200), 60, rng=np.random.default_rng(seed))
    best = frustration.upper_bound(dag, rng=np.random.default_rng(seed), restarts=5).value
    assert np.isclose(min(J.frustration(s) for s in batch), best, rtol=1e-9)


def test_at_zero_every_sign_of_the_last_layer_follows_its_field_and_seeds_repeat():
    dag = dags.convolutions(1)
    first, again = (heat_bath(dag, np.zeros(3), 4, rng=np.random.default_rng(2)) for _ in range(2))
    assert np.array_equal(first, again)
    last = slice(dag.offsets[-2], None)
    for s in first:
        assert (NetworkCouplings(dag).fields(s)[last] * s[last] >= 0).all()


@pytest.mark.parametrize(("temperatures", "restarts"), [([1.0], 0), ([-1.0], 1), ([np.nan], 1)])
def test_refuses_no_restart_and_no_temperature(temperatures, restarts):
    with pytest.raises(errors.BadArgument, match="restart"):
        heat_bath(dags.convolutions(0), temperatures, restarts, rng=np.random.default_rng(0))
