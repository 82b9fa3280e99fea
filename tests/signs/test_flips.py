"""Flips in machine code: fields follow, probabilities are Metropolis' own, another layout fits the same loops."""

import numpy as np
import pytest
from numba import njit

from blockshift.signs import flips
from blockshift.signs.couplings import SparseCouplings
from signs import graphs

JUST_ONE = 1

# Compiled here, and not kept on disk: what is kept would not notice that `flips` has changed.


@njit
def _push(layout, s, fields, i):
    flips.push(layout, s, fields, i)


@njit
def _struck_root(layout, s, fields, i, locked):
    tree = flips.tournament(layout, s, fields, locked)
    flips.strike(layout, s, fields, i, tree, locked)
    return flips.winner(layout, s, fields, locked, tree), tree


def test_after_a_flip_the_fields_are_those_of_the_new_signs():
    J = SparseCouplings(graphs.torus((3, 5), 1))
    s = np.ones(J.size)
    fields = J.fields(s)
    for i in (4, 7, 4, 0):
        _push(J.layout, s, fields, i)
        assert np.array_equal(fields, J.fields(s))
    assert s.sum() == J.size - 4


def test_a_replayed_tournament_is_the_one_begun_anew():
    J = SparseCouplings(graphs.torus((3, 5), 2))
    s, locked = np.ones(J.size), np.zeros(J.size, dtype=bool)
    locked[6] = True
    for i in range(J.size):
        fields = J.fields(s)
        winner, tree = _struck_root(J.layout, s, fields, i, locked)
        assert np.array_equal(fields, J.fields(s))
        gains = np.where(locked, np.inf, s * fields)
        assert np.array_equal(tree.values[: J.size], gains)
        assert winner == np.argmin(gains)


def test_uniform_numbers_are_uniform_and_repeat():
    first, second = (np.array([12345], dtype=np.uint64) for _ in range(2))
    drawn = np.array([flips.uniform(first) for _ in range(20_000)])
    assert [flips.uniform(second) for _ in range(5)] == drawn[:5].tolist()
    assert drawn.min() >= 0
    assert drawn.max() < 1
    # Six standard deviations of a mean of 20,000 numbers, and of the share in each tenth.
    assert abs(drawn.mean() - 0.5) < 6 * np.sqrt(1 / 12 / 20_000)
    assert abs(np.histogram(drawn, 10, (0, 1))[0] / 20_000 - 0.1).max() < 6 * np.sqrt(0.09 / 20_000)


def test_flips_are_accepted_as_often_as_metropolis_says():
    pairs = 30_000
    J = SparseCouplings(graphs.graph(2 * pairs, [(2 * i, 2 * i + 1, 1) for i in range(pairs)]))
    s, state = np.ones(J.size), np.array([5], dtype=np.uint64)
    T = 1.5
    flips.anneal_sweeps(J.layout, s, J.fields(s), np.ones(J.size), np.full(30, T), state)
    apart = (s[::2] != s[1::2]).mean()
    # A pair of coupling 1 is in equilibrium at once: odds exp(-2 / T) of standing apart.
    expected = 1 / (1 + np.exp(2 / T))
    assert abs(apart - expected) < 6 * np.sqrt(expected * (1 - expected) / pairs)


def test_a_cold_sweep_is_a_descent_and_a_hot_one_flips_nearly_all():
    J = SparseCouplings(graphs.torus((4, 5), 3))
    s, state = np.ones(J.size), np.array([5], dtype=np.uint64)
    fields = J.fields(s)
    flips.anneal_sweeps(J.layout, s, fields, 1 / J.units, np.full(10, 1e-3), state)
    assert (s * fields >= 0).all()
    accepted = flips.anneal_sweeps(J.layout, s, fields, 1 / J.units, np.full(JUST_ONE, 1e9), state)
    assert accepted == J.size


def test_a_layout_without_a_push_is_refused_in_words():
    with pytest.raises(NotImplementedError, match="no push for tuple"):
        flips.push((), np.ones(1), np.ones(1), 0)
    with pytest.raises(NotImplementedError, match="no strike for tuple"):
        flips.strike((), np.ones(1), np.ones(1), 0, np.ones(1), np.ones(1))
    with pytest.raises(NotImplementedError, match="no tournament for tuple"):
        flips.tournament((), np.ones(1), np.ones(1), np.ones(1))
    with pytest.raises(NotImplementedError, match="no winner for tuple"):
        flips.winner((), np.ones(1), np.ones(1), np.ones(1), np.ones(2))
