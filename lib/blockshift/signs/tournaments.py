"""A tournament of numbers, in machine code: which is the least, and which is it after a few have changed.

Sixteen numbers play at once, and the least of them plays on in the next round, until one is left. When a number
changes, only the matches that lead on from it are played again, and only as long as their outcome is another one. With
sixteen in a match that is mostly the first: the processor expects it, and compares a register at once.
"""

from typing import NamedTuple

import numpy as np
from numba.extending import intrinsic

from blockshift.compiled import compiled, lean

#: Numbers in a match.
MATCH = 16


class Tournament(NamedTuple):
    """All rounds of a tournament, the players first, each padded with infinities to whole matches.

    Attributes
    ----------
    values : ndarray
    rounds : ndarray, shape (rounds + 1,)
        Where each round begins; the last is the place of the winner.
    """

    values: np.ndarray
    rounds: np.ndarray


@compiled
def empty_tournament(players, like):
    """A tournament of so many players, all of them infinite, in the precision of an array."""
    rounds, places, size = np.zeros(64, np.int64), 0, max(players, 1)
    count = 0
    while size > 1 or count == 0:
        matches = (size + MATCH - 1) // MATCH
        places += matches * MATCH
        count, size = count + 1, matches
        rounds[count] = places
    return Tournament(np.full(places + 1, like.dtype.type(np.inf), like.dtype), rounds[: count + 1].copy())


@lean
def _outcome(values, begin):
    """The least in one match."""
    least = values[begin]
    for k in range(1, MATCH):
        least = lesser(least, values[begin + k])  # type: ignore[call-arg]
    return least


@lean
def lift(tree, k):
    """Play again the matches that lead on from player k, as far as the outcome is another one."""
    values, rounds = tree.values, tree.rounds
    for r in range(len(rounds) - 1):
        k //= MATCH
        place, least = rounds[r + 1] + k, _outcome(values, rounds[r] + k * MATCH)
        if least == values[place]:
            return
        values[place] = least


@lean
def play(tree):
    """Play all matches, round by round."""
    values, rounds = tree.values, tree.rounds
    for r in range(len(rounds) - 1):
        for k in range((rounds[r + 1] - rounds[r]) // MATCH):
            values[rounds[r + 1] + k] = _outcome(values, rounds[r] + k * MATCH)


@lean
def least(tree):
    """The least of all numbers."""
    return tree.values[tree.rounds[-1]]


@lean
def leader(tree):
    """The player with the least number, the first of equals."""
    values, rounds = tree.values, tree.rounds
    k, value = 0, values[rounds[-1]]
    for r in range(len(rounds) - 2, -1, -1):
        begin, found = rounds[r] + k * MATCH, 0
        for j in range(MATCH - 1, -1, -1):
            found = j if values[begin + j] == value else found
        k = k * MATCH + found
    return k


@intrinsic
def lesser(typing, a, b):
    """The lesser of two floats of one type, neither of them NaN: a comparison that may be made in any order.

    Python's own `min` may not, so a loop over it compares one after the other; this one compares a register at once,
    six times as fast.
    """

    def code(context, builder, signature, arguments):
        free = ("nnan", "nsz")
        return builder.select(builder.fcmp_ordered("<", *arguments, flags=free), *arguments, flags=free)

    return a(a, b), code


@lean
def least_product(s, fields):
    """The least ``s_i h_i``, infinity if there is none."""
    least = fields.dtype.type(np.inf)
    for k in range(len(s)):
        least = lesser(least, fields.dtype.type(s[k]) * fields[k])  # type: ignore[call-arg]
    return least


@lean
def least_free(s, fields, locked, begin, end):
    """The least ``s_i h_i`` from `begin` to `end`, locked nodes left out; an empty `locked` locks none."""
    if len(locked) == 0:
        return least_product(s[begin:end], fields[begin:end])
    least = fields.dtype.type(np.inf)
    for k in range(begin, end):
        if not locked[k]:
            least = min(least, fields.dtype.type(s[k]) * fields[k])
    return least
