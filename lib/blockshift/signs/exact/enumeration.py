"""All switchings, one flip at a time: a Gray code over a set of nodes that covers every edge.

Nodes outside the cover are not joined to one another, so each takes its best sign by itself, and only the signs in
the cover are enumerated. Where the graph is layered, the even or the odd layers are such a set, and an exact answer
for a small network takes milliseconds. The enumeration is in integers, and is a proof.
"""

import math
from collections.abc import Callable

import numpy as np

from blockshift.compiled import compiled
from blockshift.signs import balance

#: Flips between two looks at the clock; a few milliseconds to a second.
CHUNK = 1 << 21


def cover(n: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Nodes that touch every edge, the busiest last: the smaller colour class, or fewer by leaving out nodes of least
    degree.

    Examples
    --------
    >>> cover(4, np.array([0, 0, 0]), np.array([1, 2, 3]))
    array([0])
    """
    around: list[set[int]] = [set() for _ in range(n)]
    for a, b in zip(u.tolist(), v.tolist(), strict=True):
        around[a].add(b)
        around[b].add(a)
    degree = [len(row) for row in around]
    # Buckets of nodes by the number of neighbours that are still undecided.
    undecided = degree.copy()
    buckets: list[set[int]] = [set() for _ in range(max(degree, default=0) + 1)]
    for node, d in enumerate(degree):
        buckets[d].add(node)
    covering = []
    lowest = 0
    while lowest < len(buckets):
        if not buckets[lowest]:
            lowest += 1
            continue
        free = min(buckets[lowest])
        buckets[lowest].discard(free)
        undecided[free] = -1
        for a in around[free]:
            if undecided[a] < 0:
                continue
            buckets[undecided[a]].discard(a)
            undecided[a] = -1
            covering.append(a)
            for b in around[a]:
                if undecided[b] > 0:
                    buckets[undecided[b]].discard(b)
                    undecided[b] -= 1
                    buckets[undecided[b]].add(b)
                    lowest = min(lowest, undecided[b])
    classes = colour_classes(n, u, v)
    if classes is not None:
        smaller = min((np.flatnonzero((classes == c) & (np.array(degree) > 0)).tolist() for c in (1, -1)), key=len)
        covering = min(covering, smaller, key=len)
    return np.array(sorted(covering, key=lambda x: (degree[x], x)), dtype=np.int64)


def colour_classes(n: int, u: np.ndarray, v: np.ndarray) -> np.ndarray | None:
    """A sign for each node such that every edge joins opposite signs; None where the graph is not bipartite.

    Examples
    --------
    >>> colour_classes(3, np.array([0, 1]), np.array([1, 2]))
    array([ 1, -1,  1])
    """
    order = np.argsort(np.r_[u, v], kind="stable")
    starts = np.searchsorted(np.r_[u, v][order], np.arange(n + 1))
    s, _ = balance.spanning_forest(starts, np.r_[v, u][order], np.ones(2 * len(u), dtype=bool))
    return s if (s[u] != s[v]).all() else None


def flips(n: int, u: np.ndarray, v: np.ndarray, covering: np.ndarray) -> float:
    """Steps that an enumeration takes: switchings of the cover, times the neighbours that hear of a flip."""
    degree = np.bincount(np.r_[u, v], minlength=n)[covering[:-1]]
    return math.ldexp(1.0, max(len(covering) - 1, 0)) * (1 + float(degree @ 0.5 ** np.arange(1, len(degree) + 1)))


def optimum(
    n: int, u: np.ndarray, v: np.ndarray, w: np.ndarray, covering: np.ndarray, stop: Callable[[], bool] = lambda: False
) -> np.ndarray | None:
    """The signs, shape ``(n,)``, that leave the least frustrated weight; None where `stop` says so before the end.

    Examples
    --------
    >>> optimum(3, np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([1, 1, -3]), np.array([1, 2]))
    array([ 1, -1,  1])
    """
    position = np.full(n, -1, dtype=np.int64)
    position[covering] = np.arange(len(covering))
    tails, heads, weights = np.r_[u, v], np.r_[v, u], np.r_[w, w]
    order = np.argsort(tails, kind="stable")
    starts = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(tails, minlength=n), out=starts[1:])
    heads, weights = heads[order], weights[order]
    s = np.zeros(n, dtype=np.int64)
    s[covering] = 1
    field = np.zeros(n, dtype=np.int64)
    np.add.at(field, tails, np.r_[w, w] * s[np.r_[v, u]])
    inside = position >= 0
    energy = int(field[inside].sum()) // 2  # both ends of an edge inside the cover feel it
    free = int(np.abs(field[~inside]).sum())
    best, best_at = energy + free, 0
    total = 1 << max(len(covering) - 1, 0)
    begin = 1
    while begin < total:
        if stop():
            return None
        end = min(begin + CHUNK, total)
        energy, free, best, best_at = _walk(
            begin, end, energy, free, best, best_at, covering, inside, starts, heads, weights, s, field
        )
        begin = end
    code = best_at ^ (best_at >> 1)
    s[covering] = [1 - 2 * (code >> k & 1) for k in range(len(covering))]
    field = np.zeros(n, dtype=np.int64)
    np.add.at(field, tails, np.r_[w, w] * np.where(inside, s, 0)[np.r_[v, u]])
    return np.where(inside, s, np.where(field >= 0, 1, -1))


@compiled
def _walk(begin, end, energy, free, best, best_at, covering, inside, starts, heads, weights, s, field):
    """The switchings `begin` to `end` of the Gray code: energy inside the cover, sum of |field| outside, the best."""
    for i in range(begin, end):
        k = 0
        while not (i >> k) & 1:
            k += 1
        x = covering[k]
        energy -= 2 * s[x] * field[x]
        s[x] = -s[x]
        for j in range(starts[x], starts[x + 1]):
            y = heads[j]
            change = 2 * weights[j] * s[x]
            if inside[y]:
                field[y] += change
            else:
                free -= abs(field[y])
                field[y] += change
                free += abs(field[y])
        if energy + free > best:
            best = energy + free
            best_at = i
    return energy, free, best, best_at
