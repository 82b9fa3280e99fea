"""A graph solved by making it smaller: nodes with few neighbours, sides that hang between two nodes, then the pieces.

A *side* is what only two nodes, ``a`` and ``b``, join to the rest. All that the rest sees of it is its best energy
when the signs of ``a`` and ``b`` are equal, and when they are opposite: two numbers, which a constant and one edge
``ab`` give as well. So the side is solved twice, with ``a`` and ``b`` joined into one node, and replaced. A bound will
do in the place of an energy: then what replaces the side is at most as frustrated as it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from blockshift.signs.exact import integers, pieces, reductions, separations, ties
from blockshift.signs.exact.kernel_proofs import Edge, Piece
from blockshift.signs.exact.pieces import Block, Work
from blockshift.signs.exact.proofs import Shrunk, Side, Step
from blockshift.signs.exact.reductions import Neighbours


@dataclass(frozen=True)
class Solved:
    """Signs by node, the weight that they leave frustrated, a lower bound for it, and what proves the bound."""

    signs: dict[int, int]
    upper: int
    lower: int
    shrunk: Shrunk


@dataclass(frozen=True)
class _Filling:
    """The signs inside a side where its first end is +1, by the sign of the second end."""

    ends: tuple[int, int]
    signs: dict[int, dict[int, int]]

    def fill(self, s: dict[int, int]) -> None:
        """Put the signs inside the side in their place."""
        a, b = self.ends
        for x, sign in self.signs[s[a] * s[b]].items():
            s[x] = s[a] * sign


def solved(edges: list[Edge], start: Mapping[int, int], work: Work) -> Solved:
    """The graph of some edges, of which several may join the same two nodes, solved as far as time allows.

    Examples
    --------
    >>> work = Work(0.0, float("inf"), print)
    >>> found = solved([(0, 1, 4), (1, 2, 4), (2, 0, -4)], {0: 1, 1: 1, 2: -1}, work)
    >>> found.lower, found.upper
    (4, 4)
    """
    around = _gathered(edges)
    begin = {x: start[x] for x in around}
    steps: list[Step | Side] = list(reductions.eliminate(around))
    fillings: dict[int, _Filling] = {}
    exact = True
    while work.seconds_left() > 0 and (found := _sides(around, begin)):
        for side in found:
            in_place, fillings[len(steps)], tight = _replaced(around, side, begin, work)
            steps.append(in_place)
            exact &= tight
        work.methods.add("separators")
        steps += reductions.eliminate(around)
    if len(steps) > len(fillings):
        work.methods.add("reductions")
    u, v, w = (np.array(column, dtype=np.int64) for column in zip(*edges, strict=True))
    names, ends = np.unique(np.r_[u, v], return_inverse=True)
    step, rest = integers.lattice(len(names), ends[: len(u)], ends[len(u) :], w)
    left = int(np.abs(reductions.edges_of(around)[2]).sum())
    offset = reductions.offset(int(np.abs(w).sum()), steps, left)
    s, proved, lower = _kernel(around, begin, (step, (rest - offset) % step) if exact else None, work)
    for k, replaced in reversed(list(enumerate(steps))):
        if isinstance(replaced, Step):
            s[replaced.node] = replaced.choice(s)
        else:
            fillings[k].fill(s)
    upper, signs = min(((_left(edges, t), t) for t in (s, begin)), key=lambda pair: pair[0])
    return Solved(signs, upper, integers.rounded_up(offset + lower, step, rest), Shrunk(tuple(steps), proved))


def _gathered(edges: list[Edge]) -> Neighbours:
    """The edges by their ends; those between the same two nodes add up."""
    around: Neighbours = {x: {} for a, b, _ in edges for x in (a, b)}
    for a, b, w in edges:
        reductions.apply_edge(around, a, b, w)
    return around


def _left(edges: list[Edge], s: Mapping[int, int]) -> int:
    """The weight that signs leave frustrated."""
    return sum(abs(w) for a, b, w in edges if w * s[a] * s[b] < 0)


def _blocks(around: Neighbours, start: Mapping[int, int]) -> list[Block]:
    """The blocks of a kernel, pieces that no single node separates."""
    u, v, w = reductions.edges_of(around)
    names, ends = np.unique(np.r_[u, v], return_inverse=True)
    number = reductions.blocks(len(names), ends[: len(u)], ends[len(u) :])
    order = np.argsort(number, kind="stable")
    found = []
    for inside in np.split(order, np.flatnonzero(np.diff(number[order])) + 1) if len(order) else []:
        here, places = np.unique(np.r_[u[inside], v[inside]], return_inverse=True)
        signs = np.array([start[x] for x in here.tolist()], dtype=np.int64)
        found.append(Block(here, places[: len(inside)], places[len(inside) :], w[inside], signs))
    return found


def _sides(around: Neighbours, start: Mapping[int, int]) -> list[separations.Separated]:
    """The sides to be replaced, in blocks that cannot simply be enumerated."""
    found = []
    for block in _blocks(around, start):
        if block.flips(block.cover()) > pieces.QUICK_FLIPS:
            for side in separations.sides(block.n, block.u, block.v):
                ends, inside = (block.names[list(which)].tolist() for which in (side.ends, side.inside))
                # Where another block hangs on to a node inside, the ends do not separate it from the rest.
                if all(around[x].keys() <= {*ends, *inside} for x in inside):
                    found.append(separations.Separated(tuple(ends), tuple(inside)))
    return found


def _replaced(
    around: Neighbours, side: separations.Separated, start: Mapping[int, int], work: Work
) -> tuple[Side, _Filling, bool]:
    """A side replaced in `around`: the step, the signs that fill it in again, whether the step is exact."""
    a, b = side.ends
    edges = reductions.taken_out(around, side.inside)
    total = sum(abs(w) for _, _, w in edges)
    energy, signs, shrunk, tight = {}, {}, {}, True
    for sign in (1, -1):
        joined = [(x, a, sign * w) if y == b else (x, y, w) for x, y, w in edges]
        found = solved(joined, start, work)
        energy[sign], shrunk[sign] = total - 2 * found.lower, found.shrunk
        signs[sign] = {x: found.signs[x] * found.signs[a] for x in side.inside}
        tight &= found.lower == found.upper
    # The energies differ by an even number: each differs from the total by an even one.
    J = (energy[1] - energy[-1]) // 2
    reductions.apply_edge(around, a, b, J)
    pairs = ((a, b, J),) if J else ()
    step = Side(side.ends, side.inside, (energy[1] + energy[-1]) // 2, pairs, shrunk[1], shrunk[-1])
    return step, _Filling(side.ends, signs), tight


def _kernel(
    around: Neighbours, start: Mapping[int, int], lattice: tuple[int, int] | None, work: Work
) -> tuple[dict[int, int], tuple[Piece, ...], int]:
    """Signs for all nodes, those outside the kernel as at the start; the pieces of the proof; their bound."""
    blocks = _blocks(around, start)
    proved, lower, frustrated = [], 0, []
    for block in blocks:
        found = pieces.bounded(replace(block, lattice=lattice if len(blocks) == 1 else None), work)
        frustrated.append(found.frustrated)
        if (piece := found.piece(block)) is not None:
            proved.append(piece)
            lower += found.lower
    s = dict(start)
    if blocks:
        u, v, w = np.concatenate([(b.names[b.u], b.names[b.v], b.w) for b in blocks], axis=1)
        names, ends = np.unique(np.r_[u, v], return_inverse=True)
        order = np.arange(len(u))
        signs = ties.spanning(len(names), ends[: len(u)], ends[len(u) :], w < 0, order, np.concatenate(frustrated))
        s.update(zip(names.tolist(), signs.tolist(), strict=True))
    return s, tuple(proved), lower
