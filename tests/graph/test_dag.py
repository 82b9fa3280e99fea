"""Layered graphs of operators against their adjacency matrices."""

import numpy as np
import pytest
import torch

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Activation, Layer, Link
from blockshift.graph.network import Network

RELU = Activation("relu", torch.relu)


def fire(rng) -> Dag:
    """A squeeze, two expansions written into one layer, a skip edge around a convolution, a pooling, a head."""
    shapes = [(3, 6, 5), (2, 6, 5), (4, 6, 5), (4, 6, 5), (4, 3, 2), (3, 1, 1)]
    layers = [Layer(f"layer {i}", shape, RELU if i else Activation("input")) for i, shape in enumerate(shapes)]
    banks = {
        "squeeze": rng.standard_normal((2, 3, 1, 1)),
        "one": rng.standard_normal((2, 2, 1, 1)),
        "three": rng.standard_normal((2, 2, 3, 3)),
        "around": rng.standard_normal((4, 4, 3, 3)),
        "head": rng.standard_normal((3, 4, 3, 2)),
    }
    gain = np.array([2.0, -1.0, 0.5, 1.0])
    made = LayerMap.convolution
    links = [
        Link(0, 1, made(banks["squeeze"], shapes[0]), bank="squeeze"),
        Link(1, 2, made(banks["one"], shapes[1]), bank="one"),
        Link(1, 2, made(banks["three"], shapes[1], padding=(1, 1)), target_channel=2, bank="three"),
        Link(2, 3, made(banks["around"], shapes[2], padding=(1, 1)).scaled(gain), bank="around", gain=gain),
        Link(1, 3, LayerMap.identity(shapes[1]), target_channel=1),
        Link(3, 4, LayerMap.pooling(shapes[3], (2, 2), stride=(2, 2), kind="max pooling")),
        Link(4, 5, LayerMap.dense(banks["head"]), bank="head"),
    ]
    return Dag(tuple(layers), tuple(links), banks)


def test_oracle_the_fields_are_those_of_the_adjacency_matrix():
    rng = np.random.default_rng(0)
    dag = fire(rng)
    A = dag.adjacency()
    s = rng.choice([-1.0, 1.0], (dag.nodes, 3))
    assert np.allclose(dag.fields(s), (A + A.T) @ s, atol=1e-12)
    assert np.allclose(dag.fields(s[:, 0]), (A + A.T) @ s[:, 0], atol=1e-12)
    assert (dag.edges, dag.negative_edges) == (A.nnz, (A.data < 0).sum())
    assert np.isclose(dag.total_weight, abs(A).sum())


def test_the_field_of_one_layer_is_its_part_of_all():
    rng = np.random.default_rng(1)
    dag = fire(rng)
    s = rng.choice([-1.0, 1.0], dag.nodes)
    whole = dag.split(dag.fields(s))
    for place in range(len(dag.layers)):
        assert np.allclose(dag.field(dag.split(s), place), whole[place])


def test_law_join_undoes_split():
    dag = fire(np.random.default_rng(2))
    for s in (np.arange(dag.nodes), np.arange(2 * dag.nodes).reshape(-1, 2)):
        assert np.array_equal(dag.join(dag.split(s)), s)


def test_the_flat_order_goes_pixel_by_pixel_with_the_channels_last():
    dag = Dag((Layer("input", (2, 1, 3)),), ())
    assert dag.split(np.arange(6))[0][0].tolist() == [[0, 2, 4]]


def test_the_network_runs_with_maxima_biases_and_activations():
    layers = (
        Layer("input", (1, 1, 4)),
        Layer("scaled", (1, 1, 4), RELU, np.array([1.0])),
        Layer("largest", (1, 1, 2)),
    )
    links = (
        Link(0, 1, LayerMap.diagonal([-2.0], (1, 1, 4))),
        Link(1, 2, LayerMap.pooling((1, 1, 4), (1, 2), stride=(1, 2), kind="max pooling")),
    )
    states = Dag(layers, links).forward(np.array([[[0.0, 1.0, -3.0, 0.0]]]))
    assert states[1][0].tolist() == [[[1.0, -1.0, 7.0, 1.0]]]
    assert states[2][1].tolist() == [[[1.0, 7.0]]]


def test_other_banks_give_other_kernels_and_gains_stay():
    dag = fire(np.random.default_rng(3))
    other = dag.replaced({"around": np.ones((4, 4, 3, 3)), "one": 2 * dag.banks["one"]})
    assert np.array_equal(other.links[3].map.kernel[1], -np.ones((4, 3, 3)))
    assert np.array_equal(other.links[1].map.kernel, 2 * dag.links[1].map.kernel)
    assert other.links[0].map is dag.links[0].map


def test_folding_changes_no_edge_and_leaves_no_gain():
    dag = fire(np.random.default_rng(4))
    folded = dag.folded()
    assert abs(folded.adjacency() - dag.adjacency()).max() == 0
    assert all(link.gain is None for link in folded.links)
    assert abs(folded.replaced(folded.banks).adjacency() - dag.adjacency()).max() == 0


def test_parallel_edges_count_one_by_one_and_add_up_in_the_matrix():
    shape = (1, 1, 1)
    links = (Link(0, 1, LayerMap.dense([[-3.0]])), Link(0, 1, LayerMap.identity(shape)))
    dag = Dag((Layer("a", shape), Layer("b", shape)), links)
    assert (dag.edges, dag.total_weight, dag.adjacency()[1, 0]) == (2, 4.0, -2.0)


def test_a_bank_read_with_two_gains_folds_into_two():
    shape, K = (2, 1, 1), np.array([[1.0, 2.0], [3.0, 4.0]])[:, :, None, None]
    once, twice = np.array([1.0, 2.0]), np.array([5.0, 1.0])
    links = tuple(
        Link(i, i + 1, LayerMap.dense(K).scaled(gain), bank="W", gain=gain)
        for i, gain in enumerate((once, twice, once))
    )
    folded = Dag(tuple(Layer(str(i), shape) for i in range(4)), links, {"W": K}).folded()
    assert [link.bank for link in folded.links] == ["W", "W@2", "W"]
    assert np.array_equal(folded.banks["W@2"], links[1].map.kernel)


def test_signs_only_keeps_the_sign_of_every_edge():
    dag = fire(np.random.default_rng(5))
    assert abs(dag.signed().adjacency() - dag.adjacency().sign()).max() == 0


def test_a_linear_network_is_one_of_them():
    net = Network.from_weights([[[1, 2], [0, -1]], [[3, 1]]])
    assert np.array_equal(Dag.from_network(net).adjacency().toarray(), net.adjacency())


@pytest.mark.parametrize(
    ("link", "error", "word"),
    [
        (Link(1, 0, LayerMap.dense([[1.0]])), errors.BadArgument, "later"),
        (Link(0, 1, LayerMap.dense([[1.0, 1.0]])), errors.ShapeMismatch, "channels must exist"),
        (Link(0, 1, LayerMap.identity((1, 2, 1))), errors.ShapeMismatch, "height and width"),
    ],
)
def test_refuses_links_that_do_not_fit(link, error, word):
    with pytest.raises(error, match=word):
        Dag((Layer("a", (1, 1, 1)), Layer("b", (1, 1, 1))), (link,))


def test_refuses_an_empty_network_and_unknown_banks():
    with pytest.raises(errors.EmptyNetwork, match="no layer"):
        Dag((), ())
    with pytest.raises(errors.UnknownName, match="no bank"):
        fire(np.random.default_rng(0)).replaced({"V": np.zeros(1)})
