"""Ranks and chains: by hand, against elimination with fractions, and as laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.flow.quotient import chains
from blockshift.graph.network import Network
from flow.quotient import quotient_oracle as oracle
from flow.quotient.examples import exact, floats, random_exact, rows
from strategies import chains as layer_chains

BY_HAND = [
    pytest.param([[[3]]], {(0, 1): 1}, id="one layer, width one"),
    pytest.param([[[0]]], {(0, 0): 1, (1, 1): 1}, id="one layer, zero"),
    pytest.param([[[1]], [[0]], [[1]]], {(0, 1): 1, (2, 3): 1}, id="cut in the middle"),
    pytest.param([[[0]], [[2]], [[0]]], {(0, 0): 1, (1, 2): 1, (3, 3): 1}, id="a chain inside"),
    pytest.param([[[1, 0], [0, 0]], [[0, 1]]], {(0, 0): 1, (0, 1): 1, (1, 2): 1}, id="what is written is not read"),
    pytest.param([[[1], [1]], [[1, 1]]], {(0, 2): 1, (1, 1): 1}, id="bottleneck outside"),
]


@pytest.mark.parametrize(("layers", "expected"), BY_HAND)
def test_chains_by_hand(layers, expected):
    assert chains.intervals(exact(*layers)) == expected
    assert chains.intervals(floats(exact(*layers))) == expected


@given(layer_chains())
def test_oracle_ranks_are_those_of_elimination(layers):
    net = Network.from_weights(layers)
    assert chains.ranks(net).tolist() == oracle.ranks(rows(net))
    assert chains.ranks(floats(net)).tolist() == oracle.ranks(rows(net))


@given(layer_chains())
def test_law_chains_alive_in_two_layers_are_the_rank_between_them(layers):
    net = Network.from_weights(layers)
    m, r = chains.intervals(net), chains.ranks(net)
    for j in range(net.depth + 1):
        for i in range(j, net.depth + 1):
            assert r[i, j] == sum(n for (a, b), n in m.items() if a <= j and i <= b)


@given(st.integers(0, 2**32 - 1))
def test_law_the_network_of_its_chains_has_the_same_chains(seed):
    net = random_exact(np.random.default_rng(seed))
    assert chains.intervals(chains.network_of_intervals(chains.intervals(net), net.depth)) == chains.intervals(net)


def test_a_small_share_decides_which_singular_value_is_zero():
    net = Network.from_weights([np.diag([1.0, 1e-8]), np.eye(2)])
    assert chains.ranks(net)[2, 0] == 2
    assert chains.ranks(net, tolerance=1e-7)[2, 0] == 1


def test_a_product_that_is_zero_but_for_rounding_has_rank_zero():
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((2, 2)))[0]
    net = Network.from_weights([turn[:, :1] @ turn[:, :1].T, turn[:, 1:] @ turn[:, 1:].T])
    assert np.abs(net.product()).max() < 1e-15
    assert chains.ranks(net)[2, 0] == 0


def test_refuses_ranks_of_no_network():
    with pytest.raises(errors.BadArgument, match="no network"):
        chains.multiplicities(np.array([[1, 0], [2, 1]]))


@pytest.mark.parametrize("wrong", [{(0, 3): 1}, {(1, 0): 1}, {(0, 2): -1}])
def test_refuses_chains_that_do_not_fit(wrong):
    with pytest.raises(errors.BadArgument, match="fit"):
        chains.network_of_intervals(wrong, 2)


def test_refuses_a_layer_without_chains():
    with pytest.raises(errors.EmptyNetwork, match="layer 1"):
        chains.network_of_intervals({(0, 0): 1, (2, 2): 1}, 2)
