"""The pattern: by hand in integers, against edges and paths, and in laws that hold with ==."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
from blockshift import errors
from blockshift.graph import blocks
from strategies import chains, exact, matrices, shapes

# layers, widths, adjacency matrix
BY_HAND = [
    pytest.param([[[5]]], (1, 1), [[0, 0], [5, 0]], id="one layer, width one"),
    pytest.param([[[2]], [[3]]], (1, 1, 1), [[0, 0, 0], [2, 0, 0], [0, 3, 0]], id="width one"),
    pytest.param([[[1, 2]]], (2, 1), [[0, 0, 0], [0, 0, 0], [1, 2, 0]], id="one layer, not square"),
    pytest.param([[[0]], [[0]]], (1, 1, 1), [[0, 0, 0], [0, 0, 0], [0, 0, 0]], id="zero weights"),
    pytest.param(
        [[[1], [2]], [[3, 4]]], (1, 2, 1), [[0, 0, 0, 0], [1, 0, 0, 0], [2, 0, 0, 0], [0, 3, 4, 0]], id="1-2-1"
    ),
]

# layers, power, its blocks
POWERS = [
    ([[[2]], [[3]]], 0, ([[1]], [[1]], [[1]])),
    ([[[2]], [[3]]], 1, ([[2]], [[3]])),
    ([[[2]], [[3]]], 2, ([[6]],)),
    ([[[2]], [[3]]], 3, ()),
    ([[[2]], [[3]]], 9, ()),
    ([[[1], [2]], [[3, 4]]], 2, ([[11]],)),
    ([[[0]], [[3]], [[4]]], 2, ([[0]], [[12]])),
]


@pytest.mark.parametrize(("layers", "widths", "A"), BY_HAND)
def test_layers_stand_on_the_first_block_sub_diagonal(layers, widths, A):
    assert (blocks.assemble(layers) == A).all()
    assert (blocks.assemble(layers, widths) == A).all()
    assert (blocks.assemble(layers, sparse=True).toarray() == A).all()


def test_a_sparse_matrix_does_not_store_zeros():
    assert blocks.assemble([[[0, 2]], [[0]]], sparse=True).nnz == 1


def test_a_sparse_matrix_without_any_block_is_zero():
    assert blocks.assemble([], (1, 2), 5, sparse=True).toarray().tolist() == np.zeros((3, 3)).tolist()


def test_exact_entries_stay_exact():
    A = blocks.assemble([exact([[10**40]])])
    assert A.dtype == object
    assert A[1, 0] == 10**40


def test_blocks_of_negative_grade_lie_above_the_diagonal():
    assert blocks.assemble([[[7]], [[8]]], (1, 1, 1), -1).tolist() == [[0, 7, 0], [0, 0, 8], [0, 0, 0]]


@pytest.mark.parametrize(("layers", "k", "expected"), POWERS)
def test_the_blocks_of_a_power_are_products_of_consecutive_layers(layers, k, expected):
    found = blocks.partial_products([exact(W) for W in layers], k)
    assert [P.tolist() for P in found] == list(expected)


def test_the_blocks_of_a_split_cannot_be_written_but_the_matrix_still_can():
    A = np.zeros((2, 2))
    (block,) = blocks.split(A, (1, 1))
    with pytest.raises(ValueError, match="read-only"):
        block[0, 0] = 1.0
    A[1, 0] = 4.0
    assert block[0, 0] == 4.0


@given(chains())
def test_oracle_adjacency_is_filled_edge_by_edge(layers):
    assert blocks.assemble(layers).tolist() == oracles.adjacency(layers)


@given(chains(), st.integers(0, 6))
def test_oracle_powers_add_up_paths(layers, k):
    widths = blocks.widths_of(layers)
    by_blocks = blocks.assemble(blocks.partial_products(layers, k), widths, k)
    assert by_blocks.tolist() == oracles.path_sums(layers, k)
    assert by_blocks.tolist() == oracles.power(oracles.adjacency(layers), k)


@given(chains(), st.integers(0, 6))
def test_law_the_power_k_has_grade_k_alone_and_vanishes_beyond_the_depth(layers, k):
    A = blocks.assemble(layers)
    power = exact(oracles.power(A, k))
    assert blocks.grades(power, blocks.widths_of(layers)) <= {k}
    assert k <= len(layers) or not power.any()


@given(st.data(), shapes(), st.integers(-4, 4))
def test_law_split_undoes_assemble(data, widths, k):
    places = list(blocks.positions(widths, k))
    given_blocks = [data.draw(matrices(r.stop - r.start, c.stop - c.start)) for r, c in places]
    found = blocks.split(blocks.assemble(given_blocks, widths, k), widths, k)
    assert len(found) == len(given_blocks)
    assert all((a == b).all() for a, b in zip(found, given_blocks, strict=True))


@given(st.data(), shapes(max_depth=3))
def test_law_projections_add_up_to_the_matrix_and_each_is_idempotent(data, widths):
    n, h = sum(widths), len(widths) - 1
    A = data.draw(matrices(n, n))
    parts = {k: blocks.project(A, widths, k) for k in range(-h, h + 1)}
    assert (sum(parts.values()) == A).all()
    for k, part in parts.items():
        assert (blocks.project(part, widths, k) == part).all()
        assert blocks.grades(part, widths) <= {k}
    assert blocks.grades(A, widths) == {k for k, part in parts.items() if part.any()}


@given(st.data(), shapes(max_depth=3), st.integers(-3, 3), st.integers(-3, 3))
def test_law_grades_add_under_multiplication(data, widths, k, m):
    n = sum(widths)
    X, Y = (blocks.project(data.draw(matrices(n, n)), widths, grade) for grade in (k, m))
    assert blocks.grades(exact(oracles.times(X, Y)), widths) <= {k + m}


@given(shapes())
def test_law_blocks_of_all_grades_tile_the_matrix_once(widths):
    h = len(widths) - 1
    covered = np.zeros((sum(widths), sum(widths)), dtype=int)
    for k in range(-h, h + 1):
        for rows, columns in blocks.positions(widths, k):
            covered[rows, columns] += 1
    assert (covered == 1).all()


def test_arguments_are_left_as_they_were():
    A = np.ones((2, 2))
    blocks.project(A, (1, 1), 1)
    assert (A == 1).all()
    assert A.flags.writeable


def test_an_edge_against_the_direction_is_not_block_shift():
    assert blocks.is_block_shift([[0, 0], [5, 0]], (1, 1))
    assert not blocks.is_block_shift([[0, 5], [0, 0]], (1, 1))
    assert not blocks.is_block_shift([[1, 0], [0, 0]], (1, 1))
    assert blocks.is_block_shift(np.zeros((2, 2)), (1, 1))


# what is called, the error, a word of its message
REFUSALS = [
    (lambda: blocks.as_widths([2.5, 1]), errors.BadArgument, "integers"),
    (lambda: blocks.as_widths([True, 1]), errors.BadArgument, "integers"),
    (lambda: blocks.as_widths(["3", 1]), errors.BadArgument, "integers"),
    (lambda: blocks.as_widths([3]), errors.EmptyNetwork, "at least two"),
    (lambda: blocks.as_widths([]), errors.EmptyNetwork, "at least two"),
    (lambda: blocks.as_widths([3, 0, 2]), errors.EmptyNetwork, "positive"),
    (lambda: blocks.as_matrix([[1j]], "W"), errors.BadArgument, "complex"),
    (lambda: blocks.as_matrix([["a"]], "W"), errors.BadArgument, "not a matrix of numbers"),
    (lambda: blocks.as_matrix([[1, 2], [3]], "W"), errors.BadArgument, "equal length"),
    (lambda: blocks.as_matrix([1, 2], "W"), errors.ShapeMismatch, "1 dimensions"),
    (lambda: blocks.as_matrix(3, "W"), errors.ShapeMismatch, "0 dimensions"),
    (lambda: blocks.as_matrix([[[1]]], "W"), errors.ShapeMismatch, "3 dimensions"),
    (lambda: blocks.as_matrix(np.zeros((0, 2)), "W"), errors.EmptyNetwork, "at least one node"),
    (lambda: blocks.as_matrix([[np.nan]], "W"), errors.NotFinite, "NaN"),
    (lambda: blocks.as_matrix([[-np.inf]], "W"), errors.NotFinite, "infinite"),
    (lambda: blocks.as_matrix(exact([[float("inf")]]), "W"), errors.NotFinite, "infinite"),
    (lambda: blocks.assemble([[[1]]], k=2), errors.BadArgument, "give `widths`"),
    (lambda: blocks.assemble([[[1]]], (1, 1, 1)), errors.ShapeMismatch, "1 blocks were given"),
    (lambda: blocks.assemble([[[1]], [[1]]], (1, 1, 2)), errors.ShapeMismatch, "must be"),
    (lambda: blocks.assemble([exact([[1]])], sparse=True), errors.BadArgument, "floats only"),
    (lambda: blocks.assemble([]), errors.EmptyNetwork, "no layer"),
    (lambda: blocks.widths_of([]), errors.EmptyNetwork, "no layer"),
    (lambda: blocks.widths_of([np.ones((3, 2)), np.ones((1, 4))]), errors.ShapeMismatch, "share a width"),
    (lambda: blocks.split(np.ones((2, 3)), (1, 1)), errors.ShapeMismatch, "2 nodes"),
    (lambda: blocks.project(np.ones((3, 3)), (1, 1)), errors.ShapeMismatch, "2 nodes"),
    (lambda: blocks.grades(np.ones(4), (1, 1)), errors.ShapeMismatch, "2 nodes"),
    (lambda: blocks.partial_products([np.ones((1, 1))], -1), errors.BadArgument, "negative"),
]


@pytest.mark.parametrize(("call", "error", "word"), REFUSALS)
def test_refuses_what_is_not_the_pattern(call, error, word):
    with pytest.raises(error, match=word):
        call()


def test_refuses_with_the_place_of_the_layer_in_the_message():
    with pytest.raises(errors.ShapeMismatch, match=r"`weights\[2\]` starts from 5 nodes but `weights\[1\]` ends in 4"):
        blocks.widths_of([np.ones((3, 2)), np.ones((4, 3)), np.ones((1, 5))])
