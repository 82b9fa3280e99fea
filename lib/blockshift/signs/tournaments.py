"""A tournament of numbers, in machine code: which is the least, and which is it after a few have changed.

The numbers are the leaves of a binary tree, the second half of an array; each place holds the lesser of the two below
it, so the least of all is at place 1. When a leaf changes, only the matches above it are played again.
"""

import numpy as np
from numba.extending import intrinsic

from blockshift.compiled import compiled


@compiled
def lift(tree, k):
    """Play again the matches above place k of the tree, as far up as the outcome is another one."""
    k >>= 1
    while k >= 1:
        a, b = tree[2 * k], tree[2 * k + 1]
        least = a if a <= b else b
        if least == tree[k]:
            return
        tree[k] = least
        k >>= 1


@compiled
def play(tree):
    """Play all matches, from the leaves up."""
    for k in range(len(tree) // 2 - 1, 0, -1):
        a, b = tree[2 * k], tree[2 * k + 1]
        tree[k] = a if a <= b else b


@compiled
def leaf(tree):
    """The leaf with the least value, the first of equals."""
    k, leaves = 1, len(tree) // 2  # ties go to the left, the smaller number
    while k < leaves:
        k = 2 * k if tree[2 * k] <= tree[2 * k + 1] else 2 * k + 1
    return k - leaves


@compiled
def empty_tree(players):
    """A tree with at least so many leaves, all of them infinite."""
    leaves = 1
    while leaves < players:
        leaves *= 2
    return np.full(2 * leaves, np.inf)


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


@compiled
def least_product(s, fields):
    """The least ``s_i h_i``, infinity if there is none."""
    least = fields.dtype.type(np.inf)
    for k in range(len(s)):
        least = lesser(least, fields.dtype.type(s[k]) * fields[k])  # type: ignore[call-arg]
    return least


@compiled
def least_free(s, fields, locked, begin, end):
    """The least ``s_i h_i`` from `begin` to `end`, locked nodes left out; an empty `locked` locks none."""
    if len(locked) == 0:
        return least_product(s[begin:end], fields[begin:end])
    least = np.inf
    for k in range(begin, end):
        if not locked[k]:
            least = min(least, s[k] * fields[k])
    return least
