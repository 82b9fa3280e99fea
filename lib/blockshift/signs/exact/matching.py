"""Perfect matchings of least cost, with the dual values that prove it: Edmonds' blossoms in integers.

Each node carries a *radius*; two nodes may be matched where the radii add up to what the pair costs. Trees of
alternating paths grow from the nodes that are not matched yet: in their *outer* nodes radii grow, in their *inner*
ones they shrink, until another pair becomes tight. A tight pair of outer nodes of two trees makes the matching larger.
Within one tree it closes an odd cycle, a *blossom*, which from then on acts as a single outer node and owns what its
nodes grow together. Inner blossoms whose own growth is used up fall apart again.

At every moment the radii are feasible: they add up to at most the cost of each pair, once what both ends have grown
within a common blossom is left out. So a matching that is stopped halfway still has a bound. Where costs are distances,
no radius is ever negative.
"""

from collections.abc import Callable

import numpy as np

from blockshift.compiled import compiled
from blockshift.signs.exact import blossoms
from blockshift.signs.exact.blossoms import FREE, INNER, OUTER, Forest

#: Events between two looks at the clock; at a thousand nodes, hundredths of a second.
EVENTS = 500


def matched(distances: np.ndarray, stop: Callable[[], bool] = lambda: False) -> Forest:
    """A perfect matching of least total distance with its radii, in units of 1/2; not yet perfect if `stop` says so.

    Parameters
    ----------
    distances : ndarray of int64, shape (n, n)
        Symmetric, between an even number of nodes, with the triangle inequality.
    stop : callable
        Asked now and then whether time is up.

    Source: [edmonds1965maximum].

    Examples
    --------
    >>> line = np.array([0, 1, 3, 4])
    >>> matched(np.abs(line[:, None] - line)).mate
    array([1, 0, 3, 2])
    """
    n = len(distances)
    size, nodes = 2 * n, np.arange(n)
    none = np.full(size, -1, dtype=np.int64)
    forest = Forest(
        parent=np.where(np.arange(size) < n, -1, -2), first=none.copy(), after=none.copy(), before=none.copy(),
        leave=none.copy(), enter=none.copy(), base=np.where(np.arange(size) < n, np.arange(size), -1),
        own=np.zeros(size, dtype=np.int64), label=np.where(np.arange(size) < n, OUTER, FREE),
        tree=np.where(np.arange(size) < n, np.arange(size), -1), link_out=none.copy(), link_in=none.copy(),
        top=nodes.copy(), radius=np.zeros(n, dtype=np.int64), mate=none[:n].copy(), near=none[:n].copy(),
    )  # fmt: skip
    # Twice the distances: the radii of outer nodes are then all even or all odd, and what is halved is even.
    costs = 2 * np.ascontiguousarray(distances, dtype=np.int64)
    while (forest.mate < 0).any() and not stop():
        _advance(costs, forest, EVENTS)
    return forest


@compiled
def _advance(costs, forest, events):
    """So many events, or as many as it takes to match all nodes."""
    left = 0
    for v in range(len(forest.mate)):
        if forest.mate[v] < 0:
            left += 1
    for _ in range(events):
        if left == 0:
            return
        growth, u, v, spent = _next_event(costs, forest)
        _grow(forest, growth)
        if spent >= 0:
            blossoms.fall_apart(costs, forest, spent)
        elif forest.label[forest.top[v]] == FREE:
            blossoms.take_in(costs, forest, u, v)
        elif forest.tree[forest.top[u]] == forest.tree[forest.top[v]]:
            blossoms.close(costs, forest, u, v)
        else:
            blossoms.augment(forest, u, v)
            left -= 2


@compiled
def _next_event(costs, forest):
    """How much outer nodes can grow, and what happens then: a pair that becomes tight, or a blossom that is spent."""
    n = len(forest.mate)
    growth, best_u, best_v, spent = np.int64(-1), -1, -1, -1
    for v in range(n):
        t = forest.top[v]
        if forest.label[t] == INNER:
            continue
        if forest.near[v] < 0:
            forest.near[v] = _nearest(costs, forest, v)
        u = forest.near[v]
        if u < 0:
            continue
        slack = costs[u, v] - forest.radius[u] - forest.radius[v]
        if forest.label[t] == OUTER:
            slack //= 2
        if growth < 0 or slack < growth:
            growth, best_u, best_v = slack, u, v
    for b in range(n, 2 * n):
        if forest.parent[b] == -1 and forest.label[b] == INNER and (growth < 0 or forest.own[b] < growth):
            growth, spent = forest.own[b], b
    return growth, best_u, best_v, spent


@compiled
def _nearest(costs, forest, v):
    """The outer node, not in the blossom of `v`, that becomes tight with it first; -1 if there is none."""
    best, least = -1, np.int64(0)
    for u in range(len(forest.mate)):
        if forest.label[forest.top[u]] == OUTER and forest.top[u] != forest.top[v]:
            slack = costs[u, v] - forest.radius[u]
            if best < 0 or slack < least:
                best, least = u, slack
    return best


@compiled
def _grow(forest, growth):
    """Outer nodes larger, inner ones smaller."""
    n = len(forest.mate)
    for v in range(n):
        if forest.label[forest.top[v]] == OUTER:
            forest.radius[v] += growth
        elif forest.label[forest.top[v]] == INNER:
            forest.radius[v] -= growth
    for b in range(2 * n):
        if forest.parent[b] == -1:
            if forest.label[b] == OUTER:
                forest.own[b] += growth
            elif forest.label[b] == INNER:
                forest.own[b] -= growth
