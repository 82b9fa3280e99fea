"""A tournament of numbers, in machine code: which is the least, and which is it after a few have changed.

The numbers are the leaves of a binary tree, the second half of an array; each place holds the lesser of the two below
it, so the least of all is at place 1. When a leaf changes, only the matches above it are played again.
"""

from functools import partial

import numpy as np

from blockshift.compiled import compiled


@compiled
def lift(tree, k):
    """Play again the matches above place k of the tree; ties go to the left, the smaller node."""
    k >>= 1
    while k >= 1:
        a, b = tree[2 * k], tree[2 * k + 1]
        tree[k] = a if a <= b else b
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
    k, leaves = 1, len(tree) // 2
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


@partial(compiled, fastmath={"nnan", "nsz"})
def least_product(s, fields):
    """The least ``s_i h_i``; without NaN the order of comparisons is free, so several are made at once."""
    least = np.inf
    for k in range(len(s)):
        least = min(least, s[k] * fields[k])
    return least


@compiled
def least_free(s, fields, locked, begin, end):
    """The least ``s_i h_i`` from `begin` to `end`, without those that are locked; nothing is locked if `locked` is empty."""
    if len(locked) == 0:
        return least_product(s[begin:end], fields[begin:end])
    least = np.inf
    for k in range(begin, end):
        if not locked[k]:
            least = min(least, s[k] * fields[k])
    return least
