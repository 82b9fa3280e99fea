"""Network: its views, its equality, what it refuses."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
from blockshift import errors
from blockshift.graph import network
from blockshift.graph.network import Network
from strategies import chains, exact

# layers, widths, number of weights, end-to-end map, repr
BY_HAND = [
    ([[[5]]], (1, 1), 1, [[5]], "Network(1→1, 1 weight, 0 negative)"),
    ([[[2]], [[-3]]], (1, 1, 1), 2, [[-6]], "Network(1→1→1, 2 weights, 1 negative)"),
    ([[[1, 2], [0, -1]], [[3, 1]]], (2, 2, 1), 6, [[3, 5]], "Network(2→2→1, 6 weights, 1 negative)"),
    ([[[0, 0]]], (2, 1), 2, [[0, 0]], "Network(2→1, 2 weights, 0 negative)"),
    ([[[1], [2]], [[3, 4]]], (1, 2, 1), 4, [[11]], "Network(1→2→1, 4 weights, 0 negative)"),
]


@pytest.mark.parametrize(("layers", "widths", "size", "product", "text"), BY_HAND)
def test_a_network_knows_its_numbers(layers, widths, size, product, text):
    net = Network.from_weights(layers)
    assert net.widths == widths
    assert net.depth == len(widths) - 1
    assert net.nodes == sum(widths)
    assert net.size == size
    assert net.product().tolist() == product
    assert repr(net) == text


def test_the_weights_are_copied_and_cannot_be_written():
    W = np.ones((1, 1))
    net = Network.from_weights([W])
    W[0, 0] = 7.0
    assert net.weights[0][0, 0] == 1.0
    for array in (net.weights[0], net.adjacency()):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 3.0


def test_what_is_not_exact_becomes_a_double():
    assert Network.from_weights([[[1]]]).weights[0].dtype == np.float64
    assert Network.from_weights([np.ones((1, 1), dtype=np.float32)]).weights[0].dtype == np.float64
    assert Network.from_weights([[[True]]]).weights[0].dtype == np.float64


def test_fractions_stay_exact_through_every_view():
    net = Network.from_weights([exact([[Fraction(1, 3)]]), exact([[3]])])
    assert net.product()[0, 0] == 1
    assert net.power(2)[2, 0] == 1
    assert next(iter(net.edges())) == (0, 1, Fraction(1, 3))


@given(chains())
def test_oracle_edges_are_those_with_weight(layers):
    net = Network.from_weights(layers)
    assert list(net.edges()) == [edge for edge in oracles.edges(layers) if edge[2] != 0]


@given(chains(), st.integers(0, 6))
def test_oracle_powers_are_sums_over_paths(layers, k):
    net = Network.from_weights(layers)
    assert net.power(k).tolist() == oracles.path_sums(layers, k)
    floats = Network.from_weights([W.astype(float) for W in layers])
    assert floats.power(k, sparse=True).toarray().tolist() == oracles.path_sums(layers, k)


@given(chains())
def test_oracle_the_product_is_the_corner_of_the_last_power(layers):
    net = Network.from_weights(layers)
    assert net.product().tolist() == oracles.end_to_end(layers)
    corner = net.power(net.depth)[-net.widths[-1] :, : net.widths[0]]
    assert (corner == net.product()).all()


@given(chains())
def test_law_a_network_is_its_adjacency_matrix(layers):
    net = Network.from_weights(layers)
    again = Network.from_adjacency(net.adjacency(), net.widths)
    assert again == net
    assert hash(again) == hash(net)


@given(chains(), st.data())
def test_law_equality_sees_every_weight(layers, data):
    place = data.draw(st.integers(0, len(layers) - 1))
    row = data.draw(st.integers(0, layers[place].shape[0] - 1))
    column = data.draw(st.integers(0, layers[place].shape[1] - 1))
    other = [W.copy() for W in layers]
    other[place][row, column] += 1
    assert Network.from_weights(layers) != Network.from_weights(other)
    assert Network.from_weights(layers) == Network.from_weights([W.copy() for W in layers])


def test_equal_weights_of_other_widths_are_another_network():
    assert Network.from_weights([[[0, 0]]]) != Network.from_weights([[[0], [0]]])
    assert Network.from_weights([[[2]]]) != Network.from_weights([[[2]], [[2]]])
    assert Network.from_weights([[[2]]]) != 2


def test_exact_and_floating_networks_with_the_same_weights_are_equal_and_hash_alike():
    exactly, floating = Network.from_weights([exact([[2]])]), Network.from_weights([[[2.0]]])
    assert exactly == floating
    assert hash(exactly) == hash(floating)
    assert hash(Network.from_weights([[[0.0]]])) == hash(Network.from_weights([[[-0.0]]]))


def test_random_networks_are_drawn_from_the_generator_alone():
    one, two = (Network.random((3, 4, 2), rng=np.random.default_rng(5)) for _ in range(2))
    assert one == two
    assert one != Network.random((3, 4, 2), rng=np.random.default_rng(6))


def test_the_scale_multiplies_the_weights():
    one, three = (Network.random((2, 2), rng=np.random.default_rng(0), scale=s) for s in (1.0, 3.0))
    assert (three.weights[0] == 3.0 * one.weights[0]).all()
    assert not Network.random((2, 2), rng=np.random.default_rng(0), scale=0.0).weights[0].any()


def test_a_large_network_gives_its_adjacency_sparse_only(monkeypatch):
    monkeypatch.setattr(network, "DENSE_NODES", 2)
    net = Network.from_weights([[[1]], [[1]]])
    assert net.adjacency(sparse=True).shape == (3, 3)
    with pytest.raises(errors.TooLarge, match="sparse=True"):
        net.adjacency()


# what is called, the error, a word of its message
REFUSALS = [
    (lambda: Network.from_weights([]), errors.EmptyNetwork, "no layer"),
    (lambda: Network.from_weights([np.zeros((2, 0))]), errors.EmptyNetwork, "at least one node"),
    (lambda: Network.from_weights([[[1, 2]], [[1, 2]]]), errors.ShapeMismatch, "share a width"),
    (lambda: Network.from_weights([[1, 2]]), errors.ShapeMismatch, "dimensions"),
    (lambda: Network.from_weights([[[np.nan]]]), errors.NotFinite, r"weights\[0\]"),
    (lambda: Network.from_weights([[[1]], [[np.inf]]]), errors.NotFinite, r"weights\[1\]"),
    (lambda: Network.from_weights([[["x"]]]), errors.BadArgument, "numbers"),
    (lambda: Network.from_adjacency([[0, 5], [0, 0]], (1, 1)), errors.NotBlockShift, "transposed"),
    (lambda: Network.from_adjacency([[1, 0], [0, 0]], (1, 1)), errors.NotBlockShift, r"grades \[0\]"),
    (lambda: Network.from_adjacency(np.ones((3, 3)), (1, 1, 1)), errors.NotBlockShift, "-2, -1, 0, 2"),
    (lambda: Network.from_adjacency(np.zeros((3, 3)), (1, 1)), errors.ShapeMismatch, "2 nodes"),
    (lambda: Network.from_adjacency([[np.nan, 0], [0, 0]], (1, 1)), errors.NotFinite, "NaN"),
    (lambda: Network.random((2, 2), rng=np.random.default_rng(0), scale=-1), errors.BadArgument, "scale"),
    (lambda: Network.random((2, 2), rng=np.random.default_rng(0), scale=np.nan), errors.BadArgument, "scale"),
    (lambda: Network.random((2,), rng=np.random.default_rng(0)), errors.EmptyNetwork, "at least two"),
    (lambda: Network.from_weights([[[1]]]).power(-1), errors.BadArgument, "negative"),
]


@pytest.mark.parametrize(("call", "error", "word"), REFUSALS)
def test_refuses_what_is_not_a_network(call, error, word):
    with pytest.raises(error, match=word):
        call()


def test_refuses_what_is_no_list_of_layers_and_a_power_that_is_no_integer():
    with pytest.raises(errors.BadArgument, match="list of matrices"):
        Network.from_weights(5)
    with pytest.raises(errors.BadArgument, match="not an integer"):
        Network.from_weights([[[1]]]).power(1.5)
