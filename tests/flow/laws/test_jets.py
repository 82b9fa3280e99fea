"""Residues, jets, brackets and row spaces: against integers, against SymPy, against planted errors."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from blockshift.flow.laws import jets
from flow.laws import laws_oracle

P = jets.PRIMES[0]
small = st.integers(-9, 9)


def matrices(rows, columns):
    return st.lists(st.lists(small, min_size=columns, max_size=columns), min_size=rows, max_size=rows)


def as_residues(rows):
    return np.array(rows, dtype=float) % P


@pytest.mark.parametrize("p", jets.PRIMES)
def test_the_moduli_are_primes_for_which_sums_of_products_are_exact(p):
    assert sympy.isprime(p)
    assert jets.EXACT_TERMS * (p - 1) ** 2 < 2**30 * p < 2**53


@given(st.integers(-(2**30) * P, 2**30 * P))
def test_law_residue_is_exact_in_all_its_domain(x):
    assert int(jets.residue(np.array([float(x)]), P)[0]) == x % P


@pytest.mark.parametrize("x", [0, P - 1, P, -1, -P, P * (2**30) - 1, P * (2**30), -P * (2**30) + 1])
def test_residue_is_exact_beside_multiples_of_the_prime(x):
    assert int(jets.residue(np.array([float(x)]), P)[0]) == x % P


@pytest.mark.parametrize("inner", [0, 1, 128, 129, 300])
def test_oracle_matmul_agrees_with_python_integers(inner):
    rng = np.random.default_rng(inner)
    a, b = rng.integers(P - 5, P, size=(3, inner)), rng.integers(P - 5, P, size=(inner, 2))
    exact = [[sum(int(x) * int(y) for x, y in zip(row, col, strict=True)) % P for col in b.T] for row in a]
    assert jets.matmul(a.astype(float), b.astype(float), P).tolist() == exact


@given(st.lists(small, min_size=4, max_size=4), st.lists(small, min_size=4, max_size=4))
def test_oracle_product_multiplies_in_two_nilpotents(a, b):
    e, f = sympy.symbols("e f")
    basis = (1, e, f, e * f)
    exact = sympy.Poly(np.dot(a, basis), e, f) * sympy.Poly(np.dot(b, basis), e, f)
    got = jets.product(as_residues(a).reshape(4, 1, 1), as_residues(b).reshape(4, 1, 1), P).ravel()
    assert got.tolist() == [int(exact.coeff_monomial(m)) % P for m in basis]


@pytest.mark.parametrize(("long", "short"), [(2, 1), (4, 1), (4, 2)])
def test_a_jet_without_the_last_nilpotent_counts_as_constant(long, short):
    rng = np.random.default_rng(1)
    a, b = (rng.integers(P, size=(n, 2, 2)).astype(float) for n in (long, short))
    padded = np.concatenate([b, np.zeros((long - short, 2, 2))])
    assert (jets.product(a, b, P) == jets.product(a, padded, P)).all()
    assert (jets.product(b, a, P) == jets.product(padded, a, P)).all()


# Quadratic fields on 3-space: X(w)_i = w^T Q_i w, once as jets, once in SymPy.
def jet_field(Q):
    def field(w):
        row, column = w[:, :, None, :], w[:, :, :, None]
        parts = [jets.product(jets.product(row, as_residues(q)[None, None], P), column, P)[..., 0] for q in Q]
        return np.concatenate(parts, axis=-1)

    return field


SYMBOLS = sympy.symbols("x y z")


def symbolic_field(Q):
    w = sympy.Matrix(SYMBOLS)
    return sympy.Matrix([(w.T * sympy.Matrix(q) * w)[0] for q in Q])


FORMS = np.random.default_rng(7).integers(-3, 4, size=(3, 3, 3, 3)).tolist()
POINT = (2, -3, 5)


def nested(fields, bracket=jets.bracket):
    if len(fields) == 1:
        return fields[0]
    return lambda w: bracket(fields[0], nested(fields[1:], bracket), w, P)


def symbolic_nested(fields):
    if len(fields) == 1:
        return fields[0]
    return laws_oracle.bracket(fields[0], symbolic_nested(fields[1:]), SYMBOLS)


def exact_bracket(length):
    field = symbolic_nested([symbolic_field(Q) for Q in FORMS[:length]])
    return [int(x) % P for x in laws_oracle.value(field, dict(zip(SYMBOLS, POINT, strict=True)))]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_oracle_nested_brackets_agree_with_polynomials(length):
    got = nested([jet_field(Q) for Q in FORMS[:length]])(as_residues(POINT)[None, None])
    assert got.ravel().tolist() == exact_bracket(length)


def anticommutator(X, Y, point, p):
    """The planted error: a plus where the bracket has its minus."""
    here, along = np.split(Y(np.concatenate([point, X(point)])), 2)
    _, back = np.split(X(np.concatenate([point, here])), 2)
    return jets.residue(along + back, p)


@pytest.mark.parametrize("length", [2, 3])
def test_the_comparison_finds_a_wrong_sign_in_the_bracket(length):
    got = nested([jet_field(Q) for Q in FORMS[:length]], anticommutator)(as_residues(POINT)[None, None])
    assert got.ravel().tolist() != exact_bracket(length)


def test_law_brackets_are_antisymmetric_and_satisfy_the_jacobi_identity():
    X, Y, Z = (jet_field(Q) for Q in FORMS)
    w = as_residues(POINT)[None, None]

    def outer(A, B, C):
        return jets.bracket(A, lambda v: jets.bracket(B, C, v, P), w, P)

    assert not jets.residue(jets.bracket(X, Y, w, P) + jets.bracket(Y, X, w, P), P).any()
    assert not jets.residue(outer(X, Y, Z) + outer(Y, Z, X) + outer(Z, X, Y), P).any()
    assert not jets.bracket(X, X, w, P).any()


@given(matrices(5, 4))
def test_oracle_rank_of_small_integers_is_their_rational_rank(rows):
    # No minor of size 4 with entries below 10 reaches the prime, so nothing is lost.
    space = jets.RowSpace(4, P)
    assert space.add(as_residues(rows)) == laws_oracle.rank([[Fraction(x) for x in row] for row in rows])


@pytest.mark.parametrize(("rows", "columns", "inner"), [(100, 70, 33), (70, 200, 65), (40, 40, 0), (300, 150, 140)])
def test_rank_of_a_product_is_its_inner_dimension(rows, columns, inner):
    rng = np.random.default_rng(5)
    a, b = rng.integers(P, size=(rows, inner)).astype(float), rng.integers(P, size=(inner, columns)).astype(float)
    space = jets.RowSpace(columns, P)
    assert space.add(jets.matmul(a, b, P)) == space.rank == inner


def test_rank_is_lost_only_where_the_prime_divides():
    rows = np.array([[1.0, 0.0], [0.0, 7.0]])
    assert jets.RowSpace(2, P).add(rows) == 2
    assert jets.RowSpace(2, 7).add(jets.residue(rows, 7)) == 1


def test_rows_in_the_span_add_nothing_in_any_order_of_batches():
    rng = np.random.default_rng(3)
    rows = rng.integers(P, size=(50, 60)).astype(float)
    space = jets.RowSpace(60, P)
    assert [space.add(rows[:7]), space.add(rows[5:45]), space.add(rows)] == [7, 38, 5]
    mixed = jets.matmul(rng.integers(P, size=(9, 50)).astype(float), rows, P)
    assert space.add(mixed) == 0


def test_no_rows_and_zero_rows_have_rank_zero():
    space = jets.RowSpace(3, P)
    assert space.add(np.empty((0, 3))) == space.add(np.zeros((2, 3))) == space.rank == 0
