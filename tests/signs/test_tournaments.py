"""Tournaments against the least of a list, after any changes, for any number of players."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from blockshift.signs import tournaments

# Compiled here, and not kept on disk: what is kept would not notice that `tournaments` has changed.


@njit
def _played(numbers):
    tree = tournaments.empty_tournament(len(numbers), numbers)
    tree.values[: len(numbers)] = numbers
    tournaments.play(tree)
    return tree


@njit
def _changed(tree, k, number):
    tree.values[k] = number
    tournaments.lift(tree, k)
    return tournaments.least(tree), tournaments.leader(tree)


@njit
def _least(s, fields, locked, begin, end):
    return tournaments.least_free(s, fields, locked, begin, end)


#: Around one match, around a match of matches, and what is in between.
PLAYERS = (1, 2, 15, 16, 17, 31, 33, 255, 256, 257, 272, 4096, 4097)


@pytest.mark.parametrize("players", PLAYERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_oracle_the_leader_is_the_first_of_the_least_after_every_change(players, dtype):
    # Few different numbers, so that there are ties; changes up and down.
    rng = np.random.default_rng(players)
    numbers = rng.integers(-3, 4, players).astype(dtype)
    tree = _played(numbers)
    assert tree.values.dtype == dtype
    for k in rng.integers(0, players, 60):
        numbers[k] = rng.integers(-5, 6)
        assert _changed(tree, k, numbers[k]) == (numbers.min(), np.argmin(numbers))
        assert np.array_equal(tree.values, _played(numbers).values)


def test_no_player_is_no_winner():
    tree = _played(np.empty(0))
    assert tree.values[-1] == np.inf


def test_all_infinite_is_infinite():
    assert _changed(_played(np.full(20, np.inf)), 3, np.inf)[0] == np.inf


@given(st.lists(st.integers(-9, 9), max_size=40), st.integers(0, 2**32), st.booleans())
@settings(max_examples=100, deadline=None)
def test_oracle_the_least_product_leaves_the_locked_out(values, seed, lock):
    rng, n = np.random.default_rng(seed), len(values)
    s, fields = rng.choice([-1.0, 1.0], n), np.array(values, np.float32)
    locked = rng.random(n) < 0.5 if lock else np.zeros(0, bool)
    begin = int(rng.integers(0, n + 1))
    end = int(rng.integers(begin, n + 1))
    free = [s[k] * fields[k] for k in range(begin, end) if not lock or not locked[k]]
    assert _least(s, fields, locked, begin, end) == min(free, default=np.inf)
