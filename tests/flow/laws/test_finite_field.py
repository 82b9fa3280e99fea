"""Arithmetic modulo 2^61 - 1."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from blockshift.flow.laws import finite_field

P = finite_field.P
residues = st.integers(0, P - 1)


def test_the_modulus_is_prime_by_lucas_and_lehmer():
    s = 4
    for _ in range(59):
        s = (s * s - 2) % P
    assert s == 0


@given(st.lists(residues, min_size=1, max_size=8))
def test_law_interpolation_recovers_the_coefficients(expected):
    values = [sum(c * pow(x, n, P) for n, c in enumerate(expected)) % P for x in range(len(expected))]
    assert finite_field.coefficients(values) == expected


@given(st.integers(1, 5), st.integers(0, 1000))
def test_law_a_matrix_times_its_inverse_is_the_identity(size, seed):
    X = finite_field.draw(size, size, rng=np.random.default_rng(seed))
    unit = np.eye(size, dtype=int).astype(object)
    assert finite_field.nonzero(X @ finite_field.inverse(X) - unit) == 0


def test_an_inverse_needs_rows_exchanged_where_the_corner_is_zero():
    swap = np.array([[0, 1], [1, 0]], dtype=object)
    assert (finite_field.inverse(swap) == swap).all()


def test_multiples_of_the_modulus_count_as_zero():
    assert finite_field.nonzero(np.array([[P, -P, 0]], dtype=object), np.array([1], dtype=object)) == 1
