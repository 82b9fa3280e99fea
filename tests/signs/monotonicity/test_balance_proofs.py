"""What proves a network monotone, and what stands in the way."""

from dataclasses import replace

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.graph.perceptrons import perceptron
from blockshift.signs.monotonicity.balance_proofs import monotone_by_balance
from signs.monotonicity.networks import balanced, convolutional, dag_of


def test_a_balanced_network_is_proved_by_its_hidden_switching_and_by_its_reverse():
    layers, signs = balanced((4, 6, 5, 3), np.random.default_rng(0))
    s = np.concatenate(signs)
    assert monotone_by_balance(dag_of(layers), s).holds
    assert monotone_by_balance(dag_of(layers), -s).holds


def test_a_single_flipped_sign_is_found_wherever_it_is():
    layers, signs = balanced((3, 4, 2), np.random.default_rng(1))
    s = np.concatenate(signs)
    for number, (W, _) in enumerate(layers):
        for place in np.argwhere(np.array(W)):
            spoiled = [np.array(V) for V, _ in layers]
            spoiled[number][tuple(place)] *= -1
            found = monotone_by_balance(perceptron(spoiled), s)
            assert found.frustrated == {f"W_{number + 1}": 1}
            assert not found.holds


def test_oracle_the_count_is_that_of_the_edges_one_by_one():
    rng = np.random.default_rng(2)
    dag = convolutional(rng)
    s = rng.choice([-1, 1], dag.nodes)
    expected = 0
    for link in dag.links:
        M = link.map.sparse().tocoo()
        target, source = dag._numbers(link.target, link.writes), dag._numbers(link.source, link.reads)
        expected += int((M.data * s[target[M.coords[0]]] * s[source[M.coords[1]]] < 0).sum())
    found = monotone_by_balance(dag, s)
    assert sum(found.frustrated.values()) == expected > 0
    assert found.decreasing == ()


def test_a_window_of_a_maximum_with_two_signs_stands_in_the_way():
    shape = (1, 1, 2)
    pool = LayerMap.pooling(shape, (1, 2), stride=(1, 2), kind="max pooling")
    dag = Dag((Layer("input", shape), Layer("largest", (1, 1, 1))), (Link(0, 1, pool, name="pool"),))
    assert monotone_by_balance(dag, [1, 1, 1]).holds
    assert monotone_by_balance(dag, [-1, -1, -1]).holds
    assert monotone_by_balance(dag, [1, -1, 1]).frustrated == {"pool": 1}


def test_an_activation_that_may_decrease_is_named():
    dag = perceptron([[[1]], [[1]]])
    layers = list(dag.layers)
    layers[1] = replace(layers[1], activation=replace(layers[1].activation, monotone=False))
    found = monotone_by_balance(replace(dag, layers=tuple(layers)), [1, 1, 1])
    assert found.decreasing == ("layer 1",)
    assert "may decrease" in repr(found)


def test_refuses_what_is_no_switching():
    with pytest.raises(errors.BadArgument, match="one sign"):
        monotone_by_balance(perceptron([[[1]]]), [1, 0])
