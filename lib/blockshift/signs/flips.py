"""Flips in machine code: what one flipped node does to the fields, and the loops that choose which node flips.

The loops (row flips, descent, annealing, variable depth) are written once. What they know of the coupling matrix J is
its *layout*, a named tuple of arrays, and one function, `push`, that adds to the fields what a flip changes. Numba
chooses the `push` that belongs to the type of the layout when it compiles, so a loop over sparse rows and a loop over
convolutions cost no more than if each had been written by hand. This is the seam: another layout brings a named tuple
and its branch of `push`, and nothing else here changes.

Both stand in this one file on purpose: compiled loops are kept on disk until the file they are written in changes.
(What changes in ``tournaments`` is seen here only after a change here.)

Conventions: ``s`` holds +1.0 and -1.0, ``fields = J s``, and flipping node i changes the frustration by
``s[i] * fields[i]`` and the Ising energy by twice that.
"""

from typing import NamedTuple

import numpy as np
from numba.extending import overload

from blockshift.compiled import INLINE, compiled, lean
from blockshift.signs import tournaments


class SparseLayout(NamedTuple):
    """J as compressed sparse rows, symmetric, without a diagonal."""

    starts: np.ndarray
    ends: np.ndarray
    values: np.ndarray


class ConvolutionLayout(NamedTuple):
    """J as convolutions between layers: the kernels, and for each layer what a flip in it does to which others.

    A link between two layers is two *halves*, one from each end. A half tells a flipped node where to add what: rows
    and columns of the other layer are looked up in tables, so strides, dilation, padding and transposition are
    settled before anything flips. Nodes are in the flat order, channels last, so the weights that a flip adds to one
    pixel stand side by side, in the kernel as in the fields; where a half writes whole pixels and neighbouring taps
    lead to neighbouring pixels, one *run* covers several.

    Attributes
    ----------
    begins, pixels : ndarray, shape (layers + 1,)
        The first node and the first pixel of each layer.
    channels, widths : ndarray, shape (layers,)
    first : ndarray, shape (layers + 1,)
        The first half of each layer.
    halves : ndarray, shape (halves, 11)
        The columns are named below.
    starts : ndarray
        Where the runs of a row or column begin, one row or column after the other.
    runs : ndarray, shape (runs, 3)
        First place in the other layer, first tap, number of places.
    factors : ndarray, shape (runs,)
    weights : ndarray of float32 or float64
        Kernels in the order (own channel, tap down, tap across, other channel), one half after the other.
    found : ndarray, shape (room, 6)
        Room for the runs of one node; its columns are named below.
    shares : ndarray, shape (room,)
        Room for their factors.
    """

    begins: np.ndarray
    pixels: np.ndarray
    channels: np.ndarray
    widths: np.ndarray
    first: np.ndarray
    halves: np.ndarray
    starts: np.ndarray
    runs: np.ndarray
    factors: np.ndarray
    weights: np.ndarray
    found: np.ndarray
    shares: np.ndarray


#: Columns of `halves`: the other layer; the first of the own channels, their number, and how many read one group; the
#: first of the other channels and how many a group has; where rows and columns are in `starts`; the taps down and
#: across; where the kernel begins in `weights`.
HALF = OTHER, OWN, COUNT, SHARE, WRITES, SPAN, ROWS, COLUMNS, DOWN, ACROSS, KERNEL = tuple(range(11))
#: Columns of `found`: first node and number of nodes, first weight; their layer, first pixel in it, and pixels.
RUN = NODE, SIZE, WEIGHT, LAYER, PIXEL, PIXELS = tuple(range(6))


def push(layout, s, fields, i):
    """Flip node i: ``s[i]`` changes its sign, and the fields of its neighbours follow.

    Plain Python sees this body; compiled code sees the one of the layout's type.
    """
    raise NotImplementedError(f"no push for {type(layout).__name__}")


@overload(push, jit_options=INLINE)
def _push_for(layout, s, fields, i):
    """The body of `push` for a layout, chosen by its type at compile time."""

    def push_sparse(layout, s, fields, i):
        s[i] = -s[i]
        twice = 2.0 * s[i]
        for k in range(layout.starts[i], layout.starts[i + 1]):
            fields[layout.ends[k]] += twice * layout.values[k]

    def push_convolution(layout, s, fields, i):
        s[i] = -s[i]
        twice = 2.0 * s[i]
        for k in range(touched(layout, i)):
            node, size, weight = layout.found[k, NODE], layout.found[k, SIZE], layout.found[k, WEIGHT]
            factor = twice * layout.shares[k]
            _add(fields[node : node + size], layout.weights[weight : weight + size], factor)

    return _of_type(layout, push_sparse, push_convolution)


def _of_type(layout, sparse, convolution):
    """The one of two bodies that belongs to the type of a layout."""
    bodies = {SparseLayout: sparse, ConvolutionLayout: convolution}
    return bodies.get(getattr(layout, "instance_class", tuple))


@lean
def _add(fields, weights, factor):
    """Add a multiple of a stretch of weights to a stretch of fields, in the precision of the weights."""
    exact = weights.dtype.type(factor)
    for k in range(len(fields)):
        fields[k] += exact * weights[k]


@lean
def layer_of(begins, i):
    """The last layer that begins at i or before."""
    low, high = 0, len(begins) - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if begins[middle] <= i:
            low = middle
        else:
            high = middle
    return low


@lean
def touched(layout, i):
    """The number of runs of nodes that node i is joined to; they are in ``layout.found`` until the next call.

    A run of several pixels covers all of their channels; a run of one pixel may cover a part.
    """
    count = 0
    layer = layer_of(layout.begins, i)
    pixel, channel = divmod(i - layout.begins[layer], layout.channels[layer])
    row, column = divmod(pixel, layout.widths[layer])
    for h in range(layout.first[layer], layout.first[layer + 1]):
        half = layout.halves[h]
        own = channel - half[OWN]
        if own < 0 or own >= half[COUNT]:
            continue
        other, span = half[OTHER], half[SPAN]
        wide, width = layout.channels[other], layout.widths[other]
        writes = layout.begins[other] + half[WRITES] + own // half[SHARE] * span
        down, across = half[ROWS] + row, half[COLUMNS] + column
        for r in range(layout.starts[down], layout.starts[down + 1]):
            above = layout.runs[r, 0] * width
            taps = half[KERNEL] + (own * half[DOWN] + layout.runs[r, 1]) * half[ACROSS] * span
            for k in range(layout.starts[across], layout.starts[across + 1]):
                place, run = above + layout.runs[k, 0], layout.found[count]
                run[NODE], run[SIZE] = writes + place * wide, layout.runs[k, 2] * span
                run[WEIGHT] = taps + layout.runs[k, 1] * span
                run[LAYER], run[PIXEL], run[PIXELS] = other, place, layout.runs[k, 2]
                layout.shares[count] = layout.factors[r] * layout.factors[k]
                count += 1
    return count


@lean
def uniform(state):
    """The next number in [0, 1) of the generator whose state is ``state[0]`` (splitmix64: one word, full period)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@lean
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


@lean
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


def tournament(layout, s, fields, locked):
    """A tournament whose winner is the least ``s_i h_i`` of all nodes not locked; an empty `locked` locks none.

    Its players are nodes, or pixels: blocks of nodes whose fields change together.
    """
    raise NotImplementedError(f"no tournament for {type(layout).__name__}")


@overload(tournament)
def _tournament_for(layout, s, fields, locked):
    """The body of `tournament` for a layout, chosen by its type at compile time."""

    def tournament_sparse(layout, s, fields, locked):
        tree = tournaments.empty_tournament(len(s), fields)
        for i in range(len(s)):
            tree.values[i] = tournaments.least_free(s, fields, locked, i, i + 1)
        tournaments.play(tree)
        return tree

    def tournament_convolution(layout, s, fields, locked):
        tree = tournaments.empty_tournament(layout.pixels[-1], fields)
        for layer in range(len(layout.channels)):
            begin, wide = layout.begins[layer], layout.channels[layer]
            for pixel in range(layout.pixels[layer + 1] - layout.pixels[layer]):
                node = begin + pixel * wide
                tree.values[layout.pixels[layer] + pixel] = tournaments.least_free(s, fields, locked, node, node + wide)
        tournaments.play(tree)
        return tree

    return _of_type(layout, tournament_sparse, tournament_convolution)


def winner(layout, s, fields, locked, tree):
    """The node with the least ``s_i h_i``, the first of equals."""
    raise NotImplementedError(f"no winner for {type(layout).__name__}")


@overload(winner, jit_options=INLINE)
def _winner_for(layout, s, fields, locked, tree):
    """The body of `winner` for a layout, chosen by its type at compile time."""

    def winner_sparse(layout, s, fields, locked, tree):
        return tournaments.leader(tree)

    def winner_convolution(layout, s, fields, locked, tree):
        pixel, value = tournaments.leader(tree), tournaments.least(tree)
        layer = layer_of(layout.pixels, pixel)
        begin = layout.begins[layer] + (pixel - layout.pixels[layer]) * layout.channels[layer]
        for i in range(begin, begin + layout.channels[layer]):
            if s[i] * fields[i] == value and (len(locked) == 0 or not locked[i]):
                return i
        return begin

    return _of_type(layout, winner_sparse, winner_convolution)


def strike(layout, s, fields, i, tree, locked):
    """Flip node i as `push` does, and play again its own matches and those of its neighbours that are not locked.

    Plain Python sees this body; compiled code sees the one of the layout's type.
    """
    raise NotImplementedError(f"no strike for {type(layout).__name__}")


@overload(strike, jit_options=INLINE)
def _strike_for(layout, s, fields, i, tree, locked):
    """The body of `strike` for a layout, chosen by its type at compile time."""

    def strike_sparse(layout, s, fields, i, tree, locked):
        push(layout, s, fields, i)
        tree.values[i] = tournaments.least_free(s, fields, locked, i, i + 1)
        tournaments.lift(tree, i)
        for k in range(layout.starts[i], layout.starts[i + 1]):
            j = layout.ends[k]
            if len(locked) == 0 or not locked[j]:
                tree.values[j] = s[j] * fields[j]
                tournaments.lift(tree, j)

    def strike_convolution(layout, s, fields, i, tree, locked):
        s[i] = -s[i]
        twice, own = 2.0 * s[i], layer_of(layout.begins, i)
        for k in range(-1, touched(layout, i)):
            if k < 0:
                layer, first, pixels = own, (i - layout.begins[own]) // layout.channels[own], 1
            else:
                layer, first, pixels = layout.found[k, LAYER], layout.found[k, PIXEL], layout.found[k, PIXELS]
                node, size, weight = layout.found[k, NODE], layout.found[k, SIZE], layout.found[k, WEIGHT]
                factor = twice * layout.shares[k]
                _add(fields[node : node + size], layout.weights[weight : weight + size], factor)
            wide, place = layout.channels[layer], layout.pixels[layer] + first
            begin = layout.begins[layer] + first * wide
            for p in range(place, place + pixels):
                tree.values[p] = tournaments.least_free(s, fields, locked, begin, begin + wide)
                begin += wide
                # Neighbours meet in one match, mostly.
                if p + 1 == place + pixels or (p + 1) % tournaments.MATCH == 0:
                    tournaments.lift(tree, p)

    return _of_type(layout, strike_sparse, strike_convolution)


@compiled
def flip_rows(layout, s, fields, floor, order, gains):
    """Flip the node with the most negative ``s_i h_i``, the first of equals, until none is negative or `order` is full.

    The nodes flipped go into `order`, what each flip changed into `gains`; the number of flips is returned.
    """
    # Signs as wide as the fields: a product of the two needs no conversion.
    locked, signs = np.zeros(0, np.bool_), s.astype(fields.dtype)
    tree = tournament(layout, signs, fields, locked)
    count = _flip_rows(layout, signs, fields, floor, order, gains, tree, locked)
    s[:] = signs
    return count


@lean
def _flip_rows(layout, s, fields, floor, order, gains, tree, locked):
    """The same with a tree that is grown, and without a lock."""
    for count in range(len(order)):
        i = winner(layout, s, fields, locked, tree)
        if not tournaments.least(tree) < -floor[i]:
            return count
        order[count], gains[count] = i, tournaments.least(tree)
        strike(layout, s, fields, i, tree, locked)
    return len(order)


@compiled
def flip_chain(layout, s, fields, floor, patience):
    """Kernighan and Lin's chain: flip each node at most once, the best first, uphill too; keep the best prefix.

    The chain ends when it has found nothing better for `patience` flips. Returns how much lower the frustration is;
    the fields follow the switching back to the best prefix.
    """
    locked = np.zeros(len(s), np.bool_)
    tree = tournament(layout, s, fields, locked)
    chain = np.empty(len(s), np.int64)
    change, best, kept, length = 0.0, 0.0, 0, 0
    while length < len(s) and length - kept < patience:
        i = winner(layout, s, fields, locked, tree)
        change += tournaments.least(tree)
        locked[i] = True
        strike(layout, s, fields, i, tree, locked)
        chain[length] = i
        length += 1
        if change < best - floor[i]:
            best, kept = change, length
    for k in range(kept, length):
        push(layout, s, fields, chain[k])
    return -best
