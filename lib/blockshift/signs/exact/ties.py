"""Ties: nodes whose signs are known relative to one another, by the edges that a branch has decided."""

import numpy as np

from blockshift.compiled import compiled


@compiled
def tied(n, u, v, negative, decided, frustrated):
    """For each edge -1 if it is open, else whether it is frustrated (1) or not (0); as follows from decided edges.

    `decided` lists edges, `frustrated` what was decided of each. Union and find with signs relative to the root. The
    second answer is False where the decisions contradict each other.
    """
    root = np.arange(n)
    sign = np.ones(n, dtype=np.int64)
    sound = True
    for k in range(len(decided)):
        e = decided[k]
        want = -1 if negative[e] != frustrated[k] else 1
        a, sa = _find(root, sign, u[e])
        b, sb = _find(root, sign, v[e])
        if a == b:
            sound = sound and sa * sb == want
        else:
            root[a] = b
            sign[a] = sa * sb * want
    value = np.full(len(u), -1, dtype=np.int64)
    for e in range(len(u)):
        a, sa = _find(root, sign, u[e])
        b, sb = _find(root, sign, v[e])
        if a == b:
            product = -sa * sb if negative[e] else sa * sb
            value[e] = 1 if product < 0 else 0
    return value, sound


@compiled
def _find(root, sign, node):
    """The root of a node, and its sign relative to it; the way is made shorter by halves."""
    s = 1
    while root[node] != node:
        up = root[node]
        sign[node] = sign[node] * sign[up] if root[up] != up else sign[node]
        root[node] = root[up]
        s *= sign[node]
        node = root[node]
    return node, s


@compiled
def spanning(n, u, v, negative, order, frustrated):
    """Signs that satisfy or frustrate edges as told, in the given order, wherever earlier ones leave it open."""
    root = np.arange(n)
    sign = np.ones(n, dtype=np.int64)
    for e in order:
        a, sa = _find(root, sign, u[e])
        b, sb = _find(root, sign, v[e])
        if a != b:
            want = -1 if negative[e] != frustrated[e] else 1
            root[a] = b
            sign[a] = sa * sb * want
    s = np.empty(n, dtype=np.int64)
    for node in range(n):
        _, s[node] = _find(root, sign, node)
    return s


@compiled
def descended(starts, heads, weights, s):
    """The signs after flips of single nodes that lower the frustrated weight, until none does; `s` is changed."""
    n = len(s)
    field = np.zeros(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    waiting = np.ones(n, dtype=np.bool_)
    for a in range(n):
        for j in range(starts[a], starts[a + 1]):
            field[a] += weights[j] * s[heads[j]]
        queue[a] = a
    head, count = 0, n
    while count:
        a = queue[head]
        head = (head + 1) % n
        count -= 1
        waiting[a] = False
        if field[a] * s[a] >= 0:
            continue
        s[a] = -s[a]
        for j in range(starts[a], starts[a + 1]):
            b = heads[j]
            field[b] += 2 * weights[j] * s[a]
            if not waiting[b]:
                waiting[b] = True
                queue[(head + count) % n] = b
                count += 1
    return s
