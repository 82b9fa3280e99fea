"""Graphs made smaller without changing the question.

Let ``E(s)`` be the sum of ``w s_u s_v`` over the edges, so that a switching leaves the frustrated weight ``(sum |w| -
E(s)) / 2``. A node ``x`` with neighbours ``a, b, c`` can be chosen last and best: its edges then contribute ``|w_a
s_a + w_b s_b + w_c s_c|``, a function of three signs that does not change when all of them do. Such a function has
four values and is therefore a constant plus three edges, ``ab``, ``bc``, ``ca``: the node is gone. With two
neighbours it is a constant plus one edge, with one neighbour a constant.

Edges within different *blocks* (pieces that no single node separates) do not meet in a cycle; their frustrations add
up.
"""

from collections.abc import Sequence

import numpy as np

from blockshift.compiled import compiled
from blockshift.signs.exact.proofs import Side, Step

#: Weights between neighbours, as integers: one dictionary a node.
Neighbours = dict[int, dict[int, int]]


def star(edges: list[tuple[int, int]]) -> tuple[int, tuple[tuple[int, int, int], ...]] | None:
    """The constant and the edges that replace a node with at most three edges; None where they are not integers.

    Examples
    --------
    >>> star([(0, 2), (1, -4)])
    (4, ((0, 1, -2),))
    >>> star([(0, 4), (1, 4), (2, 4)])
    (6, ((0, 1, 2), (0, 2, 2), (1, 2, 2)))
    """
    if len(edges) <= 1:
        return (abs(edges[0][1]) if edges else 0), ()
    if len(edges) == 2:
        (a, p), (b, q) = edges
        J = min(abs(p), abs(q))
        return abs(p) + abs(q) - J, ((a, b, J if (p > 0) == (q > 0) else -J),)
    (a, p), (b, q), (c, r) = edges
    all_equal, c_other, b_other, a_other = abs(p + q + r), abs(p + q - r), abs(p - q + r), abs(q + r - p)
    sums = (
        all_equal + c_other + b_other + a_other,
        all_equal + c_other - b_other - a_other,
        all_equal - c_other + b_other - a_other,
        all_equal - c_other - b_other + a_other,
    )
    if any(x % 4 for x in sums):
        return None
    constant, ab, ac, bc = (x // 4 for x in sums)
    return constant, tuple(pair for pair in ((a, b, ab), (a, c, ac), (b, c, bc)) if pair[2])


def neighbours(u, v, w) -> Neighbours:
    """The edges of a graph by their ends."""
    around: Neighbours = {}
    for a, b, weight in zip(np.asarray(u).tolist(), np.asarray(v).tolist(), np.asarray(w).tolist(), strict=True):
        if weight:
            around.setdefault(a, {})[b] = weight
            around.setdefault(b, {})[a] = weight
    return around


def eliminate(around: Neighbours, degree: int = 3) -> tuple[Step, ...]:
    """The steps that remove, one after another, each node with at most `degree` neighbours; `around` is changed.

    Examples
    --------
    >>> triangle = neighbours([0, 0, 1], [1, 2, 2], [1, 1, -1])
    >>> [step.node for step in eliminate(triangle)], triangle
    ([0, 1, 2], {})
    """
    steps = []
    waiting = sorted(around, reverse=True)
    while waiting:
        x = waiting.pop()
        if x not in around or len(around[x]) > degree:
            continue
        edges = sorted(around[x].items())
        replaced = star(edges)
        if replaced is None:
            continue
        del around[x]
        for a, _ in edges:
            del around[a][x]
        for a, b, J in replaced[1]:
            apply_edge(around, a, b, J)
        steps.append(Step(x, tuple(edges), *replaced))
        waiting.extend(a for a, _ in reversed(edges))
    return tuple(steps)


def apply_edge(around: Neighbours, a: int, b: int, J: int) -> None:
    """An edge more; edges between the same two nodes add up, and vanish where they cancel."""
    total = around[a].get(b, 0) + J
    for x, y in ((a, b), (b, a)):
        if total:
            around[x][y] = total
        else:
            around[x].pop(y, None)


def taken_out(around: Neighbours, nodes: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """The edges at some nodes, as ``(a, b, w)`` with ``a`` one of the nodes; nodes and edges leave `around`.

    Examples
    --------
    >>> path = neighbours([0, 1], [1, 2], [5, -7])
    >>> taken_out(path, (1,)), path
    ([(1, 0, 5), (1, 2, -7)], {0: {}, 2: {}})
    """
    edges = []
    for x in nodes:
        for y, w in around.pop(x).items():
            del around[y][x]
            edges.append((x, y, w))
    return edges


def offset(total: int, steps: Sequence[Step | Side], kernel_total: int) -> int:
    """What the frustration of a graph is more than that of its kernel, from their total weights and the steps."""
    return (total - sum(step.constant for step in steps) - kernel_total) // 2


def edges_of(around: Neighbours) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The edges as arrays ``u < v`` and ``w``."""
    triples = sorted((a, b, w) for a, row in around.items() for b, w in row.items() if a < b)
    u, v, w = np.array(triples, dtype=np.int64).reshape(-1, 3).T
    return u, v, w


def blocks(n: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The number of the block of each edge, counted from 0.

    Examples
    --------
    >>> blocks(4, np.array([0, 0, 1, 2]), np.array([1, 2, 2, 3]))
    array([1, 1, 1, 0])
    """
    if not len(u):
        return np.empty(0, dtype=np.int64)
    tails, heads = np.r_[u, v], np.r_[v, u]
    order = np.argsort(tails, kind="stable")
    starts = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(tails, minlength=n), out=starts[1:])
    found = _blocks(starts, heads[order], np.r_[np.arange(len(u)), np.arange(len(u))][order], len(u))
    return np.unique(found, return_inverse=True)[1]


@compiled
def _blocks(starts, heads, edges, m):
    """Depth first, by the lowest entry time that a subtree reaches; the path is kept by hand and so can be long."""
    n = len(starts) - 1
    block = np.full(m, -1, dtype=np.int64)
    entered = np.full(n, -1, dtype=np.int64)
    low = np.zeros(n, dtype=np.int64)
    at = starts[:-1].copy()
    path = np.empty(n, dtype=np.int64)
    into = np.full(n, -1, dtype=np.int64)
    stack = np.empty(m, dtype=np.int64)
    height, clock, count = 0, 0, 0
    for root in range(n):
        if entered[root] >= 0:
            continue
        entered[root] = low[root] = clock
        clock += 1
        path[0] = root
        depth = 1
        while depth:
            x = path[depth - 1]
            if at[x] < starts[x + 1]:
                y, e = heads[at[x]], edges[at[x]]
                at[x] += 1
                if entered[y] < 0:
                    stack[height] = e
                    height += 1
                    entered[y] = low[y] = clock
                    clock += 1
                    into[y] = e
                    path[depth] = y
                    depth += 1
                elif e != into[x] and entered[y] < entered[x]:
                    stack[height] = e
                    height += 1
                    low[x] = min(low[x], entered[y])
                continue
            depth -= 1
            if depth:
                above = path[depth - 1]
                low[above] = min(low[above], low[x])
                if low[x] >= entered[above]:
                    while True:
                        height -= 1
                        block[stack[height]] = count
                        if stack[height] == into[x]:
                            break
                    count += 1
    return block
