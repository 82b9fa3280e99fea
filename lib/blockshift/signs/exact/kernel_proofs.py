"""Bounds of the pieces of a kernel, and their check: by cycle inequalities, or by all switchings.

A piece is bounded by going through all its switchings, or by leaves: cases that exhaust all possibilities, each with
multipliers of cycle inequalities. The check is in Python's integers and fractions, straight from the definitions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

import numpy as np

from blockshift import errors

#: Signs up to which the check goes through all switchings of a piece, 2^(k - 1) of them; the rest is refused.
CHECKED_SIGNS = 26

Edge = tuple[int, int, int]


@dataclass(frozen=True)
class Leaf:
    """A case, and the multipliers that prove its bound.

    `decided` are pairs of an edge and whether it is frustrated, in the order in which they were decided.
    """

    decided: tuple[tuple[int, bool], ...]
    rows: tuple[int, ...]
    multipliers: tuple[int, ...]
    bound: int


@dataclass(frozen=True)
class Cases:
    """A bound by cycle inequalities: rows by number, as edges and whether each is in F; leaves; bits of
    denominators."""

    rows: Mapping[int, tuple[tuple[int, bool], ...]]
    leaves: tuple[Leaf, ...]
    bits: int


@dataclass(frozen=True)
class Enumerated:
    """A bound by all switchings of the nodes of a cover, to be gone through again."""

    cover: tuple[int, ...]


@dataclass(frozen=True)
class Piece:
    """Some edges of a kernel, and why they are at least so frustrated."""

    edges: tuple[Edge, ...]
    reason: Cases | Enumerated


def demand(true: bool, otherwise: str) -> None:
    """Refuse a proof that is none."""
    if not true:
        raise errors.NotAProof(f"this is not a proof for this graph: {otherwise}.")


def raised(bound: Fraction, edges: Iterable[Edge]) -> Fraction:
    """The bound, raised to the next number that a frustrated weight can be.

    These are multiples of the common divisor ``g`` of the weights. Flipping nodes changes the frustrated weight by a
    signed sum of weights between them and the rest; if each node's weights add up to an even multiple of ``g``, by an
    even one.
    """
    edges = list(edges)
    g = gcd(*(w for _, _, w in edges))
    if g == 0:
        return bound
    degree: dict[int, int] = {}
    for a, b, w in edges:
        degree[a] = degree.get(a, 0) + w // g
        degree[b] = degree.get(b, 0) + w // g
    step = 2 * g if all(d % 2 == 0 for d in degree.values()) else g
    unswitched = sum(-w for _, _, w in edges if w < 0)
    return Fraction(unswitched - step * ((unswitched - bound) // step))


def piece_bound(piece: Piece) -> int:
    """What a piece proves."""
    if isinstance(piece.reason, Enumerated):
        return _enumerated(piece.edges, piece.reason.cover)
    cases = piece.reason
    used = {k for leaf in cases.leaves for k in leaf.rows}
    for k in used:
        demand(k in cases.rows and _is_cycle_inequality(piece.edges, cases.rows[k]), "a row is not a cycle inequality")
    demand(_exhaustive([leaf.decided for leaf in cases.leaves]), "the cases leave something out")
    bounds = [raised(_leaf_bound(piece.edges, cases, leaf), piece.edges) for leaf in cases.leaves]
    return int(min(bounds))


def _is_cycle_inequality(edges: tuple[Edge, ...], row: tuple[tuple[int, bool], ...]) -> bool:
    """Whether the edges form one cycle, and the set F has the parity that makes the inequality true."""
    at: dict[int, list[int]] = {}
    odd = False
    for e, flipped in row:
        a, b, w = edges[e]
        odd ^= (w < 0) != flipped
        at.setdefault(a, []).append(b)
        at.setdefault(b, []).append(a)
    if not odd or any(len(ends) != 2 for ends in at.values()) or len({e for e, _ in row}) != len(row):
        return False
    reached, waiting = set(), [next(iter(at))]
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting.extend(at[node])
    return len(reached) == len(at)


def _exhaustive(paths: list[tuple[tuple[int, bool], ...]]) -> bool:
    """Whether the decisions, read from the first on, are a tree in which both answers to each question appear."""
    waiting = [paths]
    while waiting:
        here = waiting.pop()
        if any(len(path) == 0 for path in here):
            continue
        if not here or len({path[0][0] for path in here}) != 1:
            return False
        waiting.extend([path[1:] for path in here if path[0][1] is answer] for answer in (False, True))
    return True


def _leaf_bound(edges: tuple[Edge, ...], cases: Cases, leaf: Leaf) -> Fraction:
    """What the multipliers of a leaf prove under its decisions: the formula of weak duality, in integers."""
    demand(
        len(leaf.rows) == len(leaf.multipliers) and all(y >= 0 for y in leaf.multipliers), "a multiplier is negative"
    )
    sign = _ties(edges, leaf.decided)
    reduced = [abs(w) << cases.bits for _, _, w in edges]
    total = 0
    for k, y in zip(leaf.rows, leaf.multipliers, strict=True):
        total += y
        for e, flipped in cases.rows[k]:
            reduced[e] += y if flipped else -y
            total -= y if flipped else 0
    for (a, b, w), rest in zip(edges, reduced, strict=True):
        (ra, sa), (rb, sb) = sign.get(a, (a, 1)), sign.get(b, (b, 1))
        if ra == rb:
            total += rest if w * sa * sb < 0 else 0
        else:
            total += min(rest, 0)
    return Fraction(total, 1 << cases.bits)


def _ties(edges: tuple[Edge, ...], decided: tuple[tuple[int, bool], ...]) -> dict[int, tuple[int, int]]:
    """For each node of a decided edge the first node that its sign is tied to, and their product."""
    around: dict[int, list[tuple[int, int]]] = {}
    for e, frustrated in decided:
        a, b, w = edges[e]
        product = 1 if (w > 0) != frustrated else -1
        around.setdefault(a, []).append((b, product))
        around.setdefault(b, []).append((a, product))
    sign: dict[int, tuple[int, int]] = {}
    for first in around:
        if first in sign:
            continue
        sign[first] = (first, 1)
        waiting = [first]
        while waiting:
            node = waiting.pop()
            for other, product in around[node]:
                if other not in sign:
                    sign[other] = (first, sign[node][1] * product)
                    waiting.append(other)
    return sign


def _enumerated(edges: tuple[Edge, ...], cover: tuple[int, ...]) -> int:
    """The frustration, by all switchings of a cover: matrix products of integers that floats hold exactly."""
    place = {node: k for k, node in enumerate(cover)}
    others = {x: k for k, x in enumerate(sorted({x for a, b, _ in edges for x in (a, b)} - set(cover)))}
    demand(len(cover) <= CHECKED_SIGNS, f"{len(cover)} signs are too many to go through once more")
    demand(sum(abs(w) for _, _, w in edges) < 2**53, "the weights are too large for floats to hold their sums")
    inside = np.zeros((len(cover), len(cover)))
    outside = np.zeros((len(cover), len(others)))
    for a, b, w in edges:
        demand(a in place or b in place, "the cover leaves an edge out")
        if a in place and b in place:
            inside[place[a], place[b]] += w
        else:
            a, b = (a, b) if a in place else (b, a)
            outside[place[a], others[b]] += w
    # The last sign is +1: to flip all changes nothing. The first ones go through all cases for each case of the rest.
    first = min(11, max(len(cover) - 1, 0))
    s = _all_signs(first)
    energy, field = np.einsum("ij,ij->i", s @ inside[:first, :first], s), s @ outside[:first]
    best = -np.inf
    both = inside + inside.T
    for t in _all_signs(max(len(cover) - 1 - first, 0)):
        others_of = np.r_[t, np.ones(len(cover) - first - len(t))]
        across = s @ (both[:first, first:] @ others_of) + others_of @ inside[first:, first:] @ others_of
        best = max(best, float((energy + across + np.abs(field + others_of @ outside[first:]).sum(axis=1)).max()))
    return (sum(abs(w) for _, _, w in edges) - int(best)) // 2


def _all_signs(k: int) -> np.ndarray:
    """All ``2^k`` rows of `k` signs."""
    return 1.0 - 2.0 * (np.arange(1 << k)[:, None] >> np.arange(k) & 1)
