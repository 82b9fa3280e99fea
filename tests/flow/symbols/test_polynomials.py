"""Polynomials packed into integers, against SymPy's."""

from itertools import count, pairwise

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from blockshift.flow.symbols import polynomials

SYMBOLS = sp.symbols("x0:3")
polynomial = st.dictionaries(
    st.tuples(*(st.integers(0, 3) for _ in SYMBOLS)), st.integers(-4, 4).filter(bool), max_size=4
)
square = st.lists(st.lists(polynomial, min_size=2, max_size=2), min_size=2, max_size=2)


def packed(exponents):
    """The integer of a monomial."""
    return sum(n << polynomials.BITS * k for k, n in enumerate(exponents))


def pack(X):
    """A matrix of polynomials, packed."""
    return [[{packed(e): c for e, c in p.items()} for p in row] for row in X]


def in_sympy(X):
    """The same as a SymPy matrix."""
    return sp.Matrix(2, 2, [sp.Poly(p or {(0, 0, 0): 0}, *SYMBOLS).as_expr() for row in X for p in row])


@given(square, square, st.sampled_from([1, -1]))
def test_oracle_products_and_sums_are_those_of_sympy(X, Y, sign):
    expected = {
        "product": in_sympy(X) * in_sympy(Y),
        "combine": in_sympy(X) + sign * in_sympy(Y),
    }
    found = {
        "product": polynomials.product(pack(X), pack(Y)),
        "combine": polynomials.combine(pack(X), pack(Y), sign),
    }
    for name, matrix in expected.items():
        terms = [dict(sp.Poly(entry, *SYMBOLS).terms()) for entry in matrix]
        assert [p for row in found[name] for p in row] == [{packed(e): c for e, c in t.items() if c} for t in terms]


@given(square)
def test_law_a_matrix_minus_itself_is_zero_and_nothing_is_changed(X):
    before = pack(X)
    assert polynomials.is_zero(polynomials.combine(before, before, -1))
    assert before == pack(X)
    assert polynomials.transpose(polynomials.transpose(before)) == before


@pytest.mark.parametrize("widths", [(1, 1, 1), (2, 3, 1), (1, 2, 2, 1), (2, 2, 2, 2), (3,) * 4, (1, 2, 1, 2, 1)])
def test_the_conserved_matrices_are_conserved_for_all_weights(widths):
    number = count()
    layers = [polynomials.variables(d, c, number) for c, d in pairwise(widths)]
    Sigma = polynomials.variables(widths[-1], widths[0], number)
    defects = polynomials.conservation_defect(layers, Sigma)
    assert [len(X) for X in defects] == list(widths[1:-1])
    assert all(map(polynomials.is_zero, defects))
    assert not any(map(polynomials.is_zero, polynomials.conservation_defect(layers, Sigma, sign=+1)))


def test_one_layer_has_nothing_to_conserve():
    number = count()
    layer, Sigma = (polynomials.variables(2, 2, number) for _ in range(2))
    assert polynomials.conservation_defect([layer], Sigma) == []
