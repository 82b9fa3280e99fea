"""Sides: parts of a graph that only two nodes, their *ends*, join to the rest.

Without one end, the other end of a side is a node whose removal leaves the graph in pieces; depth-first search finds
all such nodes at once. So one search for each node finds, for each, the smallest side that ends there.
"""

from dataclasses import dataclass

import numpy as np

from blockshift.compiled import compiled

#: Nodes up to which sides are looked for: the searches take a second then.
SEARCHED = 5000


@dataclass(frozen=True)
class Separated:
    """A side: its two ends, and the nodes inside, in increasing order."""

    ends: tuple[int, int]
    inside: tuple[int, ...]


def sides(n: int, u: np.ndarray, v: np.ndarray) -> list[Separated]:
    """Sides with at most half of the other nodes in a graph that no single node separates, the smallest first.

    No node lies in two of them or is the end of one and inside another, so that all of them can be replaced.

    Examples
    --------
    >>> diamond = np.array([0, 0, 1, 1, 0]), np.array([1, 2, 2, 3, 3])
    >>> sides(4, *diamond)
    [Separated(ends=(0, 1), inside=(2,))]
    """
    if not 4 <= n <= SEARCHED:
        return []
    tails, heads = np.r_[u, v], np.r_[v, u]
    order = np.argsort(tails, kind="stable")
    starts = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(tails, minlength=n), out=starts[1:])
    heads = heads[order]
    sizes, others, within = _smallest_sides(starts, heads)
    taken, ends, chosen = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool), []
    for a in np.argsort(sizes, kind="stable").tolist():
        b = int(others[a])
        if b < 0 or taken[a] or taken[b]:
            continue
        inside = _reached(starts, heads, a, b, int(within[a]))
        if 2 * inside.sum() > n - 2:
            inside = ~inside
            inside[[a, b]] = False
        if not (inside & (taken | ends)).any():
            taken |= inside
            ends[[a, b]] = True
            chosen.append(Separated((a, b), tuple(np.flatnonzero(inside).tolist())))
    return chosen


@compiled
def _smallest_sides(starts, heads):
    """For each node the size of the smallest side that ends there, its other end (-1 if there is none), and a node that
    lies inside of it or of what is left.

    A subtree of the search from which no edge leads above its parent is a side; the rest is another.
    """
    n = len(starts) - 1
    sizes, others = np.full(n, n, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    within = np.full(n, -1, dtype=np.int64)
    entered, low, size = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    at, path = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for without in range(n):
        entered[:] = -1
        at[:] = starts[:-1]
        root = 1 if without == 0 else 0
        entered[root] = low[root] = 0
        size[root] = 1
        clock, depth = 1, 1
        path[0] = root
        while depth:
            x = path[depth - 1]
            if at[x] < starts[x + 1]:
                y = heads[at[x]]
                at[x] += 1
                if y == without:
                    continue
                if entered[y] < 0:
                    entered[y] = low[y] = clock
                    size[y] = 1
                    clock += 1
                    path[depth] = y
                    depth += 1
                else:
                    # The edge back to the parent is harmless: what counts is whether one leads above the parent.
                    low[x] = min(low[x], entered[y])
                continue
            depth -= 1
            if depth:
                above = path[depth - 1]
                low[above] = min(low[above], low[x])
                size[above] += size[x]
                smaller = min(size[x], n - 2 - size[x])
                if low[x] >= entered[above] and 0 < smaller < sizes[without]:
                    sizes[without], others[without], within[without] = smaller, above, x
    return sizes, others, within


def _reached(starts: np.ndarray, heads: np.ndarray, a: int, b: int, start: int) -> np.ndarray:
    """The nodes that can be reached from one without two others, as booleans."""
    reached = np.zeros(len(starts) - 1, dtype=bool)
    reached[[a, b, start]] = True
    waiting = [start]
    while waiting:
        x = waiting.pop()
        for y in heads[starts[x] : starts[x + 1]].tolist():
            if not reached[y]:
                reached[y] = True
                waiting.append(y)
    reached[[a, b]] = False
    return reached
