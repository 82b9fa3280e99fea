"""Flips in machine code: what one flipped node does to the fields, and the loops that choose which node flips.

The loops (row flips, descent, annealing, variable depth) are written once. What they know of the coupling matrix J is
its *layout*, a named tuple of arrays, and one function, `push`, that adds to the fields what a flip changes. Numba
chooses the `push` that belongs to the type of the layout when it compiles, so a loop over sparse rows and a loop over
convolutions cost no more than if each had been written by hand. This is the seam: another layout brings a named tuple
and its branch of `push`, and nothing else here changes.

Both stand in this one file on purpose: compiled loops are kept on disk until the file they are written in changes.

Conventions: ``s`` holds +1.0 and -1.0, ``fields = J s``, and flipping node i changes the frustration by
``s[i] * fields[i]`` and the Ising energy by twice that.
"""

from typing import NamedTuple

import numpy as np
from numba.extending import overload

from blockshift.compiled import compiled


class SparseLayout(NamedTuple):
    """J as compressed sparse rows, symmetric, without a diagonal."""

    starts: np.ndarray
    ends: np.ndarray
    values: np.ndarray


def push(layout, s, fields, i):
    """Flip node i: ``s[i]`` changes its sign, and the fields of its neighbours follow.

    Plain Python sees this body; compiled code sees the one of the layout's type.
    """
    raise NotImplementedError(f"no push for {type(layout).__name__}")


@overload(push)
def _push_for(layout, s, fields, i):
    """The body of `push` for a layout, chosen by its type at compile time."""
    if getattr(layout, "instance_class", None) is not SparseLayout:
        return None

    def push_sparse(layout, s, fields, i):
        s[i] = -s[i]
        twice = 2.0 * s[i]
        for k in range(layout.starts[i], layout.starts[i + 1]):
            fields[layout.ends[k]] += twice * layout.values[k]

    return push_sparse


@compiled
def uniform(state):
    """The next number in [0, 1) of the generator whose state is ``state[0]`` (splitmix64: one word, full period)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def anneal_sweeps(layout, s, fields, inverse, temperatures, state):
    """One sweep of Metropolis' rule at each of the temperatures; how many flips were accepted.

    Node i is flipped with probability ``exp(-2 s_i h_i inverse_i / temperature)``, where `inverse` holds one over the
    unit of temperature of each node. A rejected proposal costs one multiplication: fields are kept, not computed.
    """
    accepted = 0
    for t in range(len(temperatures)):
        beta = 2.0 / temperatures[t]
        for i in range(len(s)):
            rise = beta * s[i] * fields[i] * inverse[i]
            # exp(-40) < 2^-57: such a rise would never be accepted by a uniform number with 53 bits.
            if rise <= 0.0 or (rise < 40.0 and uniform(state) < np.exp(-rise)):
                push(layout, s, fields, i)
                accepted += 1
    return accepted


@compiled
def descend(layout, s, fields, floor, limit):
    """Flip every node whose field opposes it, in the order of the nodes, until none is left; the number of flips.

    A field opposes its node if ``s_i h_i < -floor_i``: with fields that carry rounding errors, `floor` is their size.
    """
    flips, moved = 0, True
    while moved and flips < limit:
        moved = False
        for i in range(len(s)):
            if s[i] * fields[i] < -floor[i]:
                push(layout, s, fields, i)
                flips += 1
                moved = True
    return flips


@compiled
def _lift(tree, leaves, i):
    """Play again the matches above leaf i; ties go to the left, the smaller node."""
    k = (leaves + i) >> 1
    while k >= 1:
        a, b = tree[2 * k], tree[2 * k + 1]
        tree[k] = a if a <= b else b
        k >>= 1


@compiled
def _winner(tree, leaves):
    """The leaf with the least value, the first of equals."""
    k = 1
    while k < leaves:
        k = 2 * k if tree[2 * k] <= tree[2 * k + 1] else 2 * k + 1
    return k - leaves


@compiled
def _tournament(s, fields, leaves):
    """A tree over the nodes whose root is the least ``s_i h_i``."""
    tree = np.full(2 * leaves, np.inf)
    for i in range(len(s)):
        tree[leaves + i] = s[i] * fields[i]
    for k in range(leaves - 1, 0, -1):
        a, b = tree[2 * k], tree[2 * k + 1]
        tree[k] = a if a <= b else b
    return tree


def replay(layout, s, fields, i, tree, leaves, locked):
    """After a flip of node i, play again the matches of its neighbours that are not locked, and its own.

    Plain Python sees this body; compiled code sees the one of the layout's type.
    """
    raise NotImplementedError(f"no replay for {type(layout).__name__}")


@overload(replay)
def _replay_for(layout, s, fields, i, tree, leaves, locked):
    """The body of `replay` for a layout, chosen by its type at compile time."""
    if getattr(layout, "instance_class", None) is not SparseLayout:
        return None

    def replay_sparse(layout, s, fields, i, tree, leaves, locked):
        tree[leaves + i] = np.inf if locked[i] else s[i] * fields[i]
        _lift(tree, leaves, i)
        for k in range(layout.starts[i], layout.starts[i + 1]):
            j = layout.ends[k]
            if not locked[j]:
                tree[leaves + j] = s[j] * fields[j]
                _lift(tree, leaves, j)

    return replay_sparse


@compiled
def flip_rows(layout, s, fields, floor, leaves, order, gains):
    """Flip the node with the most negative ``s_i h_i``, the first of equals, until none is negative or `order` is full.

    The nodes flipped go into `order`, what each flip changed into `gains`; the number of flips is returned.
    """
    locked = np.zeros(len(s), np.bool_)
    tree = _tournament(s, fields, leaves)
    for count in range(len(order)):
        i = _winner(tree, leaves)
        if not tree[leaves + i] < -floor[i]:
            return count
        order[count], gains[count] = i, tree[leaves + i]
        push(layout, s, fields, i)
        replay(layout, s, fields, i, tree, leaves, locked)
    return len(order)


@compiled
def flip_chain(layout, s, fields, floor, leaves, patience):
    """Kernighan and Lin's chain: flip each node at most once, the best first, uphill too; keep the best prefix.

    The chain ends when it has found nothing better for `patience` flips. Returns how much lower the frustration is;
    the fields follow the switching back to the best prefix.
    """
    locked = np.zeros(len(s), np.bool_)
    tree = _tournament(s, fields, leaves)
    chain = np.empty(len(s), np.int64)
    change, best, kept, length = 0.0, 0.0, 0, 0
    while length < len(s) and length - kept < patience:
        i = _winner(tree, leaves)
        change += tree[leaves + i]
        push(layout, s, fields, i)
        locked[i] = True
        replay(layout, s, fields, i, tree, leaves, locked)
        chain[length] = i
        length += 1
        if change < best - floor[i]:
            best, kept = change, length
    for k in range(kept, length):
        push(layout, s, fields, chain[k])
    return -best
