"""Balance: whether some switching leaves no negative edge, with a certificate either way.

A signed graph is *balanced* when each of its cycles has an even number of negative edges. Harary's theorem says that
this is so if and only if the nodes fall into two camps with positive edges inside and negative ones between: switching
one camp then leaves no negative edge. So the question always has a short answer: the switching, or a negative cycle.

Main results: both answers in linear time, from a spanning forest; a shortest negative cycle by search in the *doubled
graph*, whose nodes are ``(v, +)`` and ``(v, -)`` and whose negative edges change the side: a negative cycle through
``v`` is a path from ``(v, +)`` to ``(v, -)`` (claim P2-C11).
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from blockshift.compiled import compiled
from blockshift.signs.signed_graph import SignedGraph


@dataclass(frozen=True)
class Balanced:
    """The answer yes, and its certificate: a switching, as a mapping of names to ±1, that leaves no negative edge."""

    balanced: ClassVar[bool] = True
    switching: dict[Hashable, int]

    def verify(self, graph: SignedGraph) -> bool:
        """Whether the certificate proves its answer for the graph; looks at each edge once, and at nothing else.

        Examples
        --------
        >>> Balanced({"a": 1, "b": 1}).verify(SignedGraph.from_edges([("a", "b", -1)]))
        False
        """
        if self.switching.keys() != set(graph.nodes) or any(s not in (-1, 1) for s in self.switching.values()):
            return False
        s = [self.switching[node] for node in graph.nodes]
        return all(w * s[u] * s[v] > 0 for u, v, w in zip(graph.u, graph.v, graph.w, strict=True))

    def __repr__(self) -> str:
        minus = sum(s < 0 for s in self.switching.values())
        return f"Balanced({len(self.switching) - minus} against {minus})"


@dataclass(frozen=True)
class Unbalanced:
    """The answer no, and its certificate: a negative cycle, as the names of its nodes in order."""

    balanced: ClassVar[bool] = False
    cycle: tuple[Hashable, ...]

    def verify(self, graph: SignedGraph) -> bool:
        """Whether the certificate proves its answer for the graph: a cycle in it, with an odd number of minus signs.

        Examples
        --------
        >>> triangle = SignedGraph.from_edges([("a", "b"), ("b", "c"), ("c", "a", -1)])
        >>> Unbalanced(("a", "b", "c")).verify(triangle)
        True
        """
        if len(self.cycle) < 3 or len(set(self.cycle)) != len(self.cycle):
            return False
        steps = {frozenset(pair) for pair in zip(self.cycle, (*self.cycle[1:], self.cycle[0]), strict=True)}
        signs = {}
        for u, v, w in zip(graph.u, graph.v, graph.w, strict=True):
            pair = frozenset((graph.nodes[u], graph.nodes[v]))
            if pair in steps:
                signs[pair] = bool(w < 0)
        return len(signs) == len(steps) and sum(signs.values()) % 2 == 1

    def __repr__(self) -> str:
        shown = [str(node) for node in self.cycle[:8]]
        if len(self.cycle) > 8:
            shown[7:] = ["…"]
        return f"Unbalanced(negative cycle of length {len(self.cycle)}: {' – '.join(shown)})"


def balance(graph: SignedGraph, *, shortest: bool = False) -> Balanced | Unbalanced:
    """Whether the graph is balanced, with the switching or the negative cycle that proves it.

    Parameters
    ----------
    graph : SignedGraph
    shortest : bool
        Look for a negative cycle with as few edges as possible, which takes a search from each node; without it the
        cycle is what a spanning tree closes first, in linear time.

    Returns
    -------
    Balanced or Unbalanced
        The first node of each component is switched by +1.

    Source: [harary1953]; claim P2-C11.

    Examples
    --------
    >>> balance(SignedGraph.from_edges([("a", "b", -1), ("b", "c", -1), ("c", "a")])).switching
    {'a': 1, 'b': -1, 'c': 1}
    >>> balance(SignedGraph.from_edges([("a", "b", -1), ("b", "c"), ("c", "a")]))
    Unbalanced(negative cycle of length 3: b – a – c)
    """
    if graph.n == 0:
        return Balanced({})
    starts, ends, negative = neighbourhoods(graph)
    s, parent = spanning_forest(starts, ends, negative)
    closing = np.flatnonzero(graph.w * s[graph.u] * s[graph.v] < 0)
    if not len(closing):
        return Balanced(dict(zip(graph.nodes, s.tolist(), strict=True)))
    if shortest:
        cycle = _shortest_negative_cycle(starts, ends, negative)
    else:
        cycle = _closed(parent, int(graph.u[closing[0]]), int(graph.v[closing[0]]))
    return Unbalanced(tuple(graph.nodes[k] for k in cycle))


def neighbourhoods(graph: SignedGraph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each node its neighbours: where their list begins, the list, and whether each edge is negative.

    Examples
    --------
    >>> neighbourhoods(SignedGraph.from_edges([("a", "b", -1)]))
    (array([0, 1, 2]), array([1, 0]), array([ True,  True]))
    """
    tails, heads = np.r_[graph.u, graph.v], np.r_[graph.v, graph.u]
    order = np.argsort(tails, kind="stable")
    starts = np.zeros(graph.n + 1, dtype=np.int64)
    np.cumsum(np.bincount(tails, minlength=graph.n), out=starts[1:])
    return starts, heads[order], np.r_[graph.w, graph.w][order] < 0


@compiled
def spanning_forest(starts, ends, negative):
    """Signs along a breadth-first forest that leave its edges positive, and the parent of each node (-1 at a root)."""
    n = len(starts) - 1
    s = np.zeros(n, dtype=np.int64)
    parent = np.full(n, -1, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    for root in range(n):
        if s[root]:
            continue
        s[root] = 1
        queue[0] = root
        head, tail = 0, 1
        while head < tail:
            a = queue[head]
            head += 1
            for k in range(starts[a], starts[a + 1]):
                b = ends[k]
                if s[b] == 0:
                    s[b] = -s[a] if negative[k] else s[a]
                    parent[b] = a
                    queue[tail] = b
                    tail += 1
    return s, parent


def _closed(parent: np.ndarray, a: int, b: int) -> list[int]:
    """The cycle that the edge between `a` and `b` closes in a forest."""
    up = [a]
    while parent[up[-1]] >= 0:
        up.append(int(parent[up[-1]]))
    place = {node: k for k, node in enumerate(up)}
    down = [b]
    while down[-1] not in place:
        down.append(int(parent[down[-1]]))
    return up[: place[down[-1]] + 1] + down[-2::-1]


@compiled
def _shortest_negative_cycle(starts, ends, negative):
    """The nodes of a negative cycle with as few edges as there are: breadth first in the doubled graph from each node.

    A shortest one has no node twice: cut there, one of its two parts would be a shorter negative cycle. Node ``v`` on
    side ``p`` has number ``2v + p``.
    """
    n = len(starts) - 1
    best = np.empty(0, dtype=np.int64)
    least = 2 * n + 1
    seen = np.full(2 * n, -1, dtype=np.int64)
    come_from = np.empty(2 * n, dtype=np.int64)
    depth = np.empty(2 * n, dtype=np.int64)
    queue = np.empty(2 * n, dtype=np.int64)
    for root in range(n):
        start, goal = 2 * root, 2 * root + 1
        seen[start] = root
        depth[start] = 0
        queue[0] = start
        head, tail = 0, 1
        while head < tail and seen[goal] != root:
            state = queue[head]
            head += 1
            if depth[state] + 1 >= least:
                break
            for k in range(starts[state // 2], starts[state // 2 + 1]):
                after = 2 * ends[k] + ((state % 2) ^ negative[k])
                # Nodes before the root were roots already: no shorter cycle goes through them.
                if ends[k] >= root and seen[after] != root:
                    seen[after] = root
                    come_from[after] = state
                    depth[after] = depth[state] + 1
                    queue[tail] = after
                    tail += 1
        if seen[goal] == root and depth[goal] < least:
            least = depth[goal]
            best = np.empty(least, dtype=np.int64)
            state = goal
            for k in range(least):
                state = come_from[state]
                best[k] = state // 2
    return best
