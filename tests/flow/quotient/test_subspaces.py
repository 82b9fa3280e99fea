"""Subspaces: the same answers from fractions and from floats."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from blockshift import errors
from blockshift.flow.quotient import subspaces
from flow.quotient import quotient_oracle as oracle
from strategies import exact, matrices


@given(matrices(3, 4))
def test_oracle_the_echelon_form_is_that_of_elimination(X):
    found, pivots = subspaces.echelon(X)
    rows, expected = oracle.eliminated(X.tolist())
    assert found.tolist() == rows[: len(expected)]
    assert pivots == expected


@given(matrices(3, 4))
def test_constraints_the_kernel_is_sent_to_zero_and_is_all_of_it(X):
    rank = subspaces.exact_rank(X)
    for Y in (X, X.astype(float)):
        U = subspaces.kernel(Y, 4 - rank)
        assert U.shape == (4, 4 - rank)
        assert np.abs(Y @ U).max(initial=0) < 1e-12
        assert np.linalg.matrix_rank(U.astype(float)) == 4 - rank


@given(matrices(3, 2))
def test_law_canonical_bases_do_not_depend_on_the_basis(X):
    mixed = X @ exact([[2, 1], [1, 1]])
    assert np.array_equal(subspaces.canonical(X), subspaces.canonical(mixed))
    assert subspaces.gap(X, mixed) == 0


@given(matrices(4, 3))
def test_constraints_a_complement_completes(X):
    inner, outer = subspaces.canonical(X[:, :1]), subspaces.canonical(X)
    both = np.hstack([inner, subspaces.complement(inner, outer)])
    assert both.shape[1] == outer.shape[1] == subspaces.exact_rank(both)
    assert subspaces.gap(both, outer) == 0


def test_an_extension_is_independent_of_the_span_on_both_roads():
    span, target = exact([[1], [0], [0]]), exact([[1, 1], [0, 1], [0, 0]])
    assert subspaces.extension(span, target, 1).tolist() == [[1], [1], [0]]
    found = subspaces.extension(span.astype(float), target.astype(float), 1)
    assert np.linalg.matrix_rank(np.hstack([span.astype(float), found])) == 2


def test_a_solution_solves():
    B, Y = exact([[1, 2], [2, 4]]), exact([[3], [6]])
    X = subspaces.solution(B, Y)
    assert (B @ X == Y).all()
    assert np.allclose(B.astype(float) @ subspaces.solution(B.astype(float), Y.astype(float)), Y.astype(float))


def test_the_gap_is_the_sine_of_the_angle():
    U, V = np.array([[1.0], [0.0]]), np.array([[0.8], [0.6]])
    assert np.isclose(subspaces.gap(U, V), 0.6)
    assert subspaces.gap(U, np.eye(2)) == 1


def test_the_inverse_is_exact():
    assert subspaces.inverse(exact([[2]])).tolist() == [[Fraction(1, 2)]]


@pytest.mark.parametrize("X", [exact([[1, 1], [1, 1]]), np.zeros((2, 2))])
def test_refuses_a_singular_change(X):
    with pytest.raises(errors.BadArgument, match="no inverse"):
        subspaces.inverse(X)
