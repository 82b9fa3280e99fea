"""The second road to the count: by hand, against symbols, and seen to refuse what is wrong."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockshift.flow.laws import jets, law_check, law_count
from flow.laws import laws_oracle

P = jets.PRIMES[0]


def count(shape, net="linear", biases=False, seed=0):
    return law_count.laws(shape, net, biases, rng=np.random.default_rng(seed))


@given(st.lists(st.integers(1, 3), min_size=2, max_size=5).map(tuple), st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_law_every_count_of_a_small_network_is_confirmed(shape, seed):
    assert law_check.confirms(count(shape, seed=seed))


@pytest.mark.parametrize("change", [{"known": 5}, {"known": 7}, {"total": 6}, {"total": 8}, {"certificates": ()}])
def test_a_wrong_count_is_not_confirmed(change):
    found = count((1, 2, 2, 1))
    assert law_check.confirms(found)
    assert not law_check.confirms(replace(found, **change))


def test_a_count_without_its_brackets_is_not_confirmed(monkeypatch):
    monkeypatch.setattr(jets, "bracket", lambda X, Y, point, p: 0 * point)
    found = count((1, 2, 2))
    assert found.total == 4
    assert not law_check.confirms(found)


@pytest.mark.parametrize("arguments", [("relu", False), ("linear", True)])
def test_what_it_does_not_know_is_not_confirmed(arguments):
    assert not law_check.confirms(count((2, 2, 2), *arguments))


def test_it_uses_nothing_of_the_first_road(monkeypatch):
    found = count((2, 2, 2))
    for name in ("matmul", "product", "bracket", "residue", "RowSpace"):
        monkeypatch.delattr(jets, name)
    assert law_check.confirms(found)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 1), (1, 2, 2, 1), (2, 1, 3)])
def test_oracle_gradients_of_laws_and_of_entries_are_those_of_sympy(shape):
    matrices, vectors, symbols = laws_oracle.weights(shape)
    point = laws_oracle.integer_point(symbols)
    w = np.array([int(point[x]) for x in symbols])
    rows = law_check.law_gradients(shape, w, P)
    expected = laws_oracle.gradients(laws_oracle.known_functions(matrices, vectors), symbols)
    # Of each symmetric matrix SymPy lists every entry, and the room the upper half.
    values = {tuple(int(x) % P for x in laws_oracle.value(g, point)) for g in expected}
    assert {tuple(map(int, row)) for row in rows} == values
    entries = laws_oracle.gradients(laws_oracle.linear_coordinates(matrices, vectors), symbols)
    for k, (i, j) in enumerate(np.ndindex(shape[-1], shape[0])):
        found = law_check.field(shape, i, j, P)(w[None])[0]
        assert [int(x) for x in found] == [int(x) % P for x in laws_oracle.value(entries[k], point)]


@given(st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=1, max_size=4))
@settings(deadline=None, max_examples=50)
def test_oracle_rank_modulo_a_prime_is_that_of_fractions(rows):
    assert law_check.rank(rows, P) == laws_oracle.rank(rows)  # minors stay below the prime


def test_a_derivative_by_interpolation_needs_the_whole_degree():
    cube = (lambda w: w**3 % 101, np.array([[2]]), np.array([[1]]))
    assert law_check.derivative(cube[0], 3, *cube[1:], 101) == 12
    assert law_check.derivative(cube[0], 2, *cube[1:], 101) != 12
