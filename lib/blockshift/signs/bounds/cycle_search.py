"""Negative cycles: short ones, and those that are short in given lengths of the edges.

Both live in the *doubled graph*: every node i has two copies, i+ and i-, a positive edge joins copies of equal sign and
a negative edge copies of opposite sign. A walk from i+ to i- is a closed walk through i with an odd number of negative
edges; the shortest such walk, over all i, is a negative cycle.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from blockshift.compiled import compiled
from blockshift.signs.couplings import SparseCouplings
from blockshift.signs.signed_graph import SignedGraph

#: Entries of one table of distances: 4 million floats, and as many predecessors.
TABLE = 4_000_000
#: How much shorter than 1 a cycle must be to be worth a column.
SHORTER = 1e-7
#: Steps of all breadth-first searches of one depth, for each entry of J and at least: hubs must not hold up everybody.
STEPS, LEAST_STEPS = 10, 20_000_000


def short_cycles(
    J: SparseCouplings, longest: int, pause: Callable[[], bool] = lambda: False
) -> tuple[list[np.ndarray], np.ndarray]:
    """Negative cycles taken greedily, shortest first, and what each takes from its edges.

    Parameters
    ----------
    J : SparseCouplings
    longest : int
        Edges of the longest cycle that is looked for.
    pause : callable
        Asked before each length but the first whether to end here.

    Returns
    -------
    tuple of (list of ndarray, ndarray)
        The cycles as arrays of nodes, and their shares in the graph's units.
    """
    starts, ends, values = J.layout
    residual = np.abs(values) / J.scale
    twins = _twins(starts, ends)
    found: list[np.ndarray] = []
    shares: list[np.ndarray] = []
    work = max(LEAST_STEPS, STEPS * len(values))
    for depth in sorted({3, 4, 6, 8, 12, longest}):
        if depth > longest or (shares and pause()):
            break
        nodes, offsets, taken = _take_cycles(starts, ends, values < 0, residual, twins, depth, work)
        found.extend(np.split(nodes, offsets[1:-1]) if len(taken) else [])
        shares.append(taken)
    return found, np.concatenate(shares) if shares else np.empty(0)


def squares_and_triangles(J: SparseCouplings, most: int) -> list[np.ndarray]:
    """Negative cycles of three and four edges, at most so many of each, in the order of their smallest node."""
    starts, ends, values = J.layout
    triangles = _triangles(starts, ends, values < 0, most)
    squares = _squares(starts, ends, values < 0, most)
    return [*triangles, *squares]


def priced_cycles(graph: SignedGraph, prices: np.ndarray) -> list[np.ndarray]:
    """For every node, the shortest negative cycle through it where it is shorter than 1 in the prices of its edges.

    Parameters
    ----------
    graph : SignedGraph
    prices : ndarray, shape (m,)
        Not negative.
    """
    n, m = graph.n, graph.m
    if m == 0:
        return []
    # A tiny price for each step prefers the fewest edges where many are free, and keeps zeros from vanishing.
    cost = prices + 1e-9
    cross = n * (graph.w < 0)
    tails = np.r_[graph.u, graph.u + n, graph.v, graph.v + n]
    heads = np.r_[graph.v + cross, graph.v + n - cross, graph.u + cross, graph.u + n - cross]
    doubled = sp.csr_matrix((np.tile(cost, 4), (tails, heads)), shape=(2 * n, 2 * n))
    found = []
    step = max(1, TABLE // (2 * n))
    for begin in range(0, n, step):
        roots = np.arange(begin, min(n, begin + step))
        far, before = dijkstra(doubled, indices=roots, limit=1.0, return_predecessors=True)
        for row in np.flatnonzero(far[np.arange(len(roots)), roots + n] < 1 - SHORTER):
            walk = _walk(before[row], int(roots[row]) + n, int(roots[row]))
            nodes = np.array(walk) % n
            if len(set(nodes.tolist())) == len(nodes):
                found.append(nodes)
    return found


def _walk(before: np.ndarray, at: int, root: int) -> list[int]:
    """The nodes of the doubled graph on the way back to the root, the last left out."""
    walk = []
    while at != root:
        walk.append(at)
        at = int(before[at])
    return walk


@compiled
def _twins(starts, ends):
    """For each entry (i, j) of the sparse rows, the place of (j, i); rows are sorted."""
    twins = np.empty(len(ends), np.int64)
    filled = starts[:-1].copy()
    for i in range(len(starts) - 1):
        for k in range(starts[i], starts[i + 1]):
            # Rows are met in increasing order, so entry (j, i) is the next of row j.
            twins[k] = filled[ends[k]]
            filled[ends[k]] += 1
    return twins


@compiled
def _take_cycles(starts, ends, negative, residual, twins, depth, work):
    """Breadth-first searches in the doubled graph over edges with something left, from every node in turn."""
    n = len(starts) - 1
    nodes = np.empty(1024, np.int64)
    offsets = np.zeros(len(ends) // 2 + 1, np.int64)
    shares = np.empty(len(ends) // 2, np.float64)
    count = 0
    seen = np.full(2 * n, -1)
    came = np.empty(2 * n, np.int64)  # the entry by which a copy was reached
    level = np.empty(2 * n, np.int64)
    queue = np.empty(2 * n, np.int64)
    path = np.empty(depth, np.int64)
    stamp = 0
    for root in range(n):
        again = True
        while again and work > 0 and count < len(shares):
            again = False
            stamp += 1
            seen[2 * root], level[2 * root] = stamp, 0
            queue[0] = 2 * root
            head, tail, done = 0, 1, False
            while head < tail and not done:
                at = queue[head]
                head += 1
                if level[at] == depth:
                    break
                i, sign = at // 2, at % 2
                for k in range(starts[i], starts[i + 1]):
                    work -= 1
                    if residual[k] <= 0.0:
                        continue
                    other = 2 * ends[k] + (sign ^ 1 if negative[k] else sign)
                    if seen[other] == stamp:
                        continue
                    seen[other], level[other], came[other] = stamp, level[at] + 1, k
                    queue[tail] = other
                    tail += 1
                    if other == 2 * root + 1:
                        done = True
                        break
            if not done:
                continue
            length, at, least = 0, 2 * root + 1, np.inf
            while at != 2 * root:
                k = came[at]
                path[length] = k
                length += 1
                least = min(least, residual[k])
                sign = at % 2
                at = 2 * ends[twins[k]] + (sign ^ 1 if negative[k] else sign)
            simple = True
            for a in range(length):
                for b in range(a):
                    if ends[path[a]] == ends[path[b]]:
                        simple = False
            if not simple:
                continue  # a shorter negative cycle hangs on this walk; it is found from its own nodes
            if offsets[count] + length > len(nodes):
                larger = np.empty(2 * len(nodes) + length, np.int64)
                larger[: len(nodes)] = nodes
                nodes = larger
            for a in range(length):
                residual[path[a]] -= least
                residual[twins[path[a]]] = residual[path[a]]
                nodes[offsets[count] + a] = ends[path[a]]
            shares[count] = least
            count += 1
            offsets[count] = offsets[count - 1] + length
            again = True
    return nodes[: offsets[count]], offsets[: count + 1], shares[:count]


@compiled
def _triangles(starts, ends, negative, most):
    """Negative triangles i < j < k."""
    n = len(starts) - 1
    found = [np.empty(0, np.int64) for _ in range(0)]
    place = np.full(n, -1)
    for i in range(n):
        for a in range(starts[i], starts[i + 1]):
            place[ends[a]] = a
        for a in range(starts[i], starts[i + 1]):
            j = ends[a]
            if j < i:
                continue
            for b in range(starts[j], starts[j + 1]):
                k = ends[b]
                if k > j and place[k] >= 0 and (negative[a] ^ negative[b] ^ negative[place[k]]):
                    found.append(np.array([i, j, k]))
                    if len(found) >= most:
                        return found
        for a in range(starts[i], starts[i + 1]):
            place[ends[a]] = -1
    return found


@compiled
def _squares(starts, ends, negative, most):
    """Negative squares i, j, k, l with i the smallest node: two ways from i to k with different signs."""
    n = len(starts) - 1
    found = [np.empty(0, np.int64) for _ in range(0)]
    ways = np.zeros(n, np.int64)
    for i in range(n):
        reached = [0 for _ in range(0)]
        for a in range(starts[i], starts[i + 1]):
            j = ends[a]
            for b in range(starts[j], starts[j + 1]):
                if j > i and ends[b] > i:
                    if ways[ends[b]] == 0:
                        reached.append(ends[b])
                    ways[ends[b]] += 1
        for k in reached:
            if ways[k] > 1:
                _join_squares(starts, ends, negative, i, k, found, most)
            ways[k] = 0
        if len(found) >= most:
            return found[:most]
    return found


@compiled
def _join_squares(starts, ends, negative, i, k, found, most):
    """All negative squares with the opposite corners i and k and other corners above i."""
    plus, minus = [0 for _ in range(0)], [0 for _ in range(0)]
    a, b = starts[i], starts[k]
    while a < starts[i + 1] and b < starts[k + 1]:
        if ends[a] == ends[b]:
            if ends[a] > i:
                (minus if negative[a] ^ negative[b] else plus).append(ends[a])
            a += 1
            b += 1
        elif ends[a] < ends[b]:
            a += 1
        else:
            b += 1
    for j in plus:
        for other in minus:
            if len(found) < most:
                found.append(np.array([i, j, k, other]))
