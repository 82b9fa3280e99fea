"""Planar graphs: the frustration as a matching of negative faces, and the bound as a packing of negative cycles.

Draw the graph without crossings. Around a face an odd number of edges is frustrated exactly if the face is negative;
and every set of edges with this property is what some switching leaves frustrated. Edges are the links between the
faces on their two sides, so the question is which links of least weight have an odd number of ends at the negative
faces and an even number at the others: shortest ways between negative faces, matched in pairs.

The dual values of the matching draw disks and rings, *moats*, around the negative faces, so narrow that no two overlap.
Each moat encloses an odd number of negative faces, so its circumference is made of cycles of which one is negative, and
their packing is the bound. Whoever checks it needs neither the drawing nor the matching.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy.sparse import coo_array, csgraph

from blockshift import errors
from blockshift.signs.exact import matching
from blockshift.signs.exact.blossoms import Forest
from blockshift.signs.exact.kernel_proofs import Cases, Leaf

#: Radii are multiples of 1/2.
BITS = 1


@dataclass(frozen=True)
class Drawing:
    """The faces on the two sides of each edge, the number of faces, and which of them are negative."""

    left: np.ndarray
    right: np.ndarray
    faces: int
    negative: np.ndarray


@dataclass(frozen=True)
class Matched:
    """Which edges are frustrated, the bound with its packing, and whether time was enough for both to meet."""

    frustrated: np.ndarray | None
    lower: int
    cases: Cases


def drawing(n: int, u: np.ndarray, v: np.ndarray, negative: np.ndarray) -> Drawing | None:
    """A drawing of a connected graph without crossings; None where there is none.

    Examples
    --------
    >>> drawing(3, np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([True, False, False])).negative
    array([ True,  True])
    """
    if n > 2 and len(u) > 3 * n - 6:
        return None
    planar, embedding = nx.check_planarity(nx.Graph(zip(u.tolist(), v.tolist(), strict=True)))
    if not planar:
        return None
    face: dict[tuple[int, int], int] = {}
    faces = 0
    for a, b in embedding.edges:
        if (a, b) not in face:
            around = embedding.traverse_face(a, b)
            face.update(dict.fromkeys(zip(around, (*around[1:], around[0]), strict=True), faces))
            faces += 1
    left = np.array([face[pair] for pair in zip(u.tolist(), v.tolist(), strict=True)], dtype=np.int64)
    right = np.array([face[pair] for pair in zip(v.tolist(), u.tolist(), strict=True)], dtype=np.int64)
    odd = np.bincount(np.r_[left[negative], right[negative]], minlength=faces) % 2 == 1
    return Drawing(left, right, faces, odd)


def optimum(
    u: np.ndarray, v: np.ndarray, w: np.ndarray, drawn: Drawing, stop: Callable[[], bool] = lambda: False
) -> Matched:
    """The frustrated edges of least weight in a graph that is drawn, and a packing of negative cycles of that weight.

    Source: [hadlock1975finding] and [bieche1980ground], the packing [edmonds1973matching]; claim O-F2.

    Examples
    --------
    >>> u, v, w = np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([-3, 2, 4])
    >>> found = optimum(u, v, w, drawing(3, u, v, w < 0))
    >>> found.frustrated, found.lower
    (array([False,  True, False]), 2)
    """
    terminals = np.flatnonzero(drawn.negative)
    if not len(terminals):
        return Matched(np.zeros(len(w), dtype=bool), 0, Cases({}, (Leaf((), (), (), 0),), BITS))
    links, edge = _links(drawn, np.abs(w))
    far, before = csgraph.dijkstra(links, indices=terminals, return_predecessors=True)
    # Sums of integers below 2^53 are exact in floats.
    distances = far.astype(np.int64)
    forest = matching.matched(distances[:, terminals], stop)
    frustrated = None
    if (forest.mate >= 0).all():
        frustrated = np.zeros(len(w), dtype=bool)
        for one in np.flatnonzero(np.arange(len(terminals)) < forest.mate):
            at, goal = int(terminals[forest.mate[one]]), int(terminals[one])
            while at != goal:
                up = int(before[one, at])
                frustrated[edge[min(at, up), max(at, up)]] ^= True
                at = up
    return _packed(u, v, w, drawn, _moats(forest, distances), frustrated)


def _links(drawn: Drawing, weight: np.ndarray) -> tuple[coo_array, dict[tuple[int, int], int]]:
    """Faces and their distances where they share an edge, and the lightest edge that they share."""
    edge: dict[tuple[int, int], int] = {}
    for e in np.argsort(weight, kind="stable").tolist():
        a, b = int(drawn.left[e]), int(drawn.right[e])
        edge.setdefault((min(a, b), max(a, b)), e)
    ends = np.array(list(edge), dtype=np.int64)
    lengths = weight[list(edge.values())].astype(float)
    shape = (drawn.faces, drawn.faces)
    both = np.r_[ends[:, 0], ends[:, 1]], np.r_[ends[:, 1], ends[:, 0]]
    return coo_array((np.r_[lengths, lengths], both), shape=shape).tocsr(), edge


def _moats(forest: Forest, distances: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
    """Sets of faces with an odd number of negative ones, and the width of the ring around each, in units of 1/2."""
    count = len(distances)
    outside: dict[int, np.ndarray] = {}
    inside: dict[int, list[int]] = {}
    for b in np.flatnonzero(forest.parent >= 0).tolist():
        inside.setdefault(int(forest.parent[b]), []).append(b)
    waiting = [(b, False) for b in np.flatnonzero(forest.parent == -1).tolist()]
    while waiting:
        b, ready = waiting.pop()
        if b >= count and not ready:
            waiting += [(b, True), *((child, False) for child in inside[b])]
            continue
        # How far each face is from the set, once the sets within have grown.
        from_here = 2 * distances[b] if b < count else np.min([outside.pop(child) for child in inside[b]], axis=0)
        width = int(forest.own[b])
        outside[b] = from_here - width
        reached = np.maximum(from_here, 0)
        stages = np.r_[np.unique(reached[reached < width]), width]
        for begin, end in zip(stages[:-1].tolist(), stages[1:].tolist(), strict=True):
            yield reached <= begin, end - begin


def _packed(u, v, w, drawn: Drawing, moats, frustrated) -> Matched:
    """The packing of the negative cycles around moats, and what it proves."""
    rows: dict[tuple[int, ...], int] = {}
    left = np.abs(w) << BITS
    for inside, width in moats:
        around = np.flatnonzero(inside[drawn.left] != inside[drawn.right])
        cycle = _negative_cycle(u[around].tolist(), v[around].tolist(), (w[around] < 0).tolist())
        chosen = around[cycle]
        left[chosen] -= width
        key = tuple(chosen.tolist())
        rows[key] = rows.get(key, 0) + width
    lower = -((-sum(rows.values()) - int(np.minimum(left, 0).sum())) >> BITS)
    leaf = Leaf((), tuple(range(len(rows))), tuple(rows.values()), lower)
    named = {k: tuple((e, False) for e in sorted(row)) for k, row in enumerate(rows)}
    return Matched(frustrated, lower, Cases(named, (leaf,), BITS))


def _negative_cycle(u: list[int], v: list[int], negative: list[bool]) -> list[int]:
    """A negative cycle, as positions of edges, of a graph in which all degrees are even and the product is negative."""
    at: dict[int, list[int]] = {}
    for e, (a, b) in enumerate(zip(u, v, strict=True)):
        at.setdefault(a, []).append(e)
        at.setdefault(b, []).append(e)
    gone = [False] * len(u)
    for start in at:
        # Walk on, and cut off each cycle when it closes; what is left over is still even everywhere.
        path: list[int] = []
        nodes, place, node = [start], {start: 0}, start
        while True:
            while at[node] and gone[at[node][-1]]:
                at[node].pop()
            if not at[node]:
                break
            e = at[node].pop()
            gone[e] = True
            path.append(e)
            node = v[e] if u[e] == node else u[e]
            if node in place:
                cycle = path[place[node] :]
                if sum(negative[e] for e in cycle) % 2:
                    return cycle
                for x in nodes[place[node] + 1 :]:
                    del place[x]
                del path[place[node] :], nodes[place[node] + 1 :]
            else:
                nodes.append(node)
                place[node] = len(path)
    raise errors.SolverFailed("no negative cycle around an odd number of negative faces; this is a fault of ours.")
