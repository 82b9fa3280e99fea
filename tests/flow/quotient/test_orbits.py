"""Hidden changes of basis: certificates, complete invariants, representatives, closed orbits."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.flow.quotient import chains, orbits
from blockshift.graph.network import Network
from flow.quotient import quotient_oracle as oracle
from flow.quotient.examples import exact, floats, random_exact, rows

SEEDS = st.integers(0, 2**32 - 1)
# Two networks with one end-to-end map, and the invariant in which they differ; "" for none.
PAIRS = [
    pytest.param([[[1]]], [[[1]]], "", id="one layer"),
    pytest.param([[[1]]], [[[2]]], "end-to-end map", id="one layer, other map"),
    pytest.param([[[2]], [[3]]], [[[-1]], [[-6]]], "", id="width one, sign flipped"),
    pytest.param([[[1]], [[0]]], [[[0]], [[1]]], "rank", id="the other weight is zero"),
    pytest.param([[[1, 0]], [[0]]], [[[0, 1]], [[0]]], "kernel of W_1", id="another input is read"),
    pytest.param([[[0]], [[1], [0]]], [[[0]], [[0], [1]]], "image of W_2", id="another output is written"),
    pytest.param([[[0]], [[1]], [[0]]], [[[0]], [[0]], [[0]]], "rank of W_2", id="a chain inside"),
    pytest.param([[[0, 0]], [[0], [0]]], [[[0, 0]], [[0], [0]]], "", id="zero"),
    pytest.param([[[1], [0]], [[1, 0]]], [[[1], [1]], [[0, 1]]], "", id="bottleneck outside"),
]


@pytest.mark.parametrize(("one", "two", "differs"), PAIRS)
def test_equivalence_by_hand(one, two, differs):
    for make in (lambda x: x, floats):
        found = orbits.equivalence(make(exact(*one)), make(exact(*two)))
        assert found.same == (not differs), found
        assert found.differs.startswith(differs)
    assert ("yes" in repr(found)) == found.same


@given(SEEDS)
def test_law_a_hidden_change_is_found_and_its_matrices_carry_one_network_to_the_other(seed):
    rng = np.random.default_rng(seed)
    net = random_exact(rng)
    other = orbits.scrambled(net, rng=rng)
    found = orbits.equivalence(net, other)
    assert found.same
    assert found.residual == 0
    assert orbits.hidden_change(net, found.bases) == other


@given(SEEDS)
def test_law_the_same_in_floats_to_within_the_tolerance(seed):
    rng = np.random.default_rng(seed)
    net = floats(random_exact(rng))
    other = orbits.scrambled(net, rng=rng)
    found = orbits.equivalence(net, other)
    assert found.same
    for W, V in zip(orbits.hidden_change(net, found.bases).weights, other.weights, strict=True):
        assert np.allclose(W, V, rtol=0, atol=1e-5 * max(1.0, np.abs(V).max()))


@given(st.lists(st.integers(1, 2), min_size=3, max_size=5), st.integers(0, 2**32 - 1))
def test_oracle_equivalence_is_decided_as_by_solving_for_all_entries(widths, seed):
    rng = np.random.default_rng(seed)
    one, two = (exact(*(rng.choice([0, 0, 0, 1, -1], (d, c)) for c, d in pairwise(widths))) for _ in range(2))
    expected = oracle.equivalent(rows(one), rows(two), lambda: int(rng.integers(oracle.P)))
    assert orbits.equivalence(one, two).same == (expected and np.array_equal(one.product(), two.product()))


def test_oracle_ranks_alone_are_not_enough():
    one, two = exact([[1, 0]], [[0]]), exact([[0, 1]], [[0]])
    assert oracle.ranks(rows(one)) == oracle.ranks(rows(two))
    assert not oracle.equivalent(rows(one), rows(two), lambda: 7)
    assert not orbits.equivalence(one, two).same


@given(SEEDS)
def test_law_the_representative_is_one_for_an_orbit_and_lies_in_it(seed):
    rng = np.random.default_rng(seed)
    net = random_exact(rng)
    found = orbits.representative(net)
    assert orbits.representative(orbits.scrambled(net, rng=rng)) == found
    assert orbits.representative(found) == found
    assert orbits.equivalence(net, found).same
    for W, V in zip(orbits.representative(floats(net)).weights, found.weights, strict=True):
        assert np.allclose(W, V.astype(float), rtol=0, atol=1e-6)


def test_the_layers_inside_a_representative_are_zeros_and_ones():
    net = random_exact(np.random.default_rng(3), depths=(4,))
    for W in orbits.representative(net).weights[1:-1]:
        assert set(W.flat) <= {0, 1}


def test_a_hidden_change_is_conjugation_of_the_one_matrix():
    rng = np.random.default_rng(0)
    net = Network.random((2, 3, 2, 1), rng=rng)
    bases = [rng.standard_normal((d, d)) for d in (3, 2)]
    P = np.zeros((8, 8))
    for block, at in zip([np.eye(2), *bases, np.eye(1)], (0, 2, 5, 7), strict=True):
        P[at : at + len(block), at : at + len(block)] = block
    moved = orbits.hidden_change(net, bases).adjacency()
    assert np.allclose(moved, P @ net.adjacency() @ np.linalg.inv(P))


def test_invariants_of_a_network_far_from_the_origin_are_found_all_the_same():
    net = Network.random((3, 3, 3, 3), rng=np.random.default_rng(0))
    far = orbits.hidden_change(net, [1e6 * np.eye(3), 1e-6 * np.eye(3)])
    assert orbits.equivalence(net, far).same


def test_networks_of_forty_nodes_a_layer_are_compared():
    rng = np.random.default_rng(0)
    net = Network.random((40, 40, 40, 40), rng=rng)
    other = orbits.scrambled(net, rng=rng)
    found = orbits.equivalence(net, other, small=1e-12)
    assert found.same
    assert "rank" in orbits.equivalence(net, other, small=1e-5).differs


def test_an_exact_network_and_its_floats_are_equivalent():
    net = exact([[1, 2]], [[3], [4]])
    assert orbits.equivalence(net, floats(net)).same


def test_the_invariants_say_what_they_are():
    assert repr(orbits.invariants(exact([[1]]))) == (
        "Invariants(W of rank 1, kernels of dimensions none, images of dimensions none)"
    )
    assert chains.ranks(exact([[1]])).tolist() == [[1, 0], [1, 1]]


def test_refuses_other_widths():
    with pytest.raises(errors.ShapeMismatch, match="differ"):
        orbits.equivalence(exact([[1]]), exact([[1, 2]]))


@pytest.mark.parametrize("bases", [[], [[[1]]], [np.eye(2), np.eye(2)]])
def test_refuses_bases_that_do_not_fit(bases):
    with pytest.raises(errors.ShapeMismatch, match="square matrix for each"):
        orbits.hidden_change(exact([[1], [1]], [[1, 1]]), bases)


def test_refuses_a_singular_basis():
    with pytest.raises(errors.BadArgument, match="inverse"):
        orbits.hidden_change(exact([[1]], [[1]]), [[[0]]])
