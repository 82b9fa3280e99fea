"""The packing bound: negative cycles that share the weight of the edges.

Every negative cycle has a frustrated edge, whatever the switching. If cycles C carry shares ``y_C >= 0`` such that
through no edge passes more than its ``|w|``, then the frustrated weight is at least ``sum y_C``. The best shares solve
a linear program whose columns are all negative cycles. `packing_bound` begins with short cycles and adds those that the
prices of the edges ask for, found as shortest paths in the doubled graph, until none is missing or time is over: every
intermediate packing is a bound too. `greedy_packing` takes short cycles as they come, in time that suits a million
edges.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from blockshift.signs.bounds import cycle_search, verifiers
from blockshift.signs.bounds.cycle_program import CycleProgram
from blockshift.signs.couplings import SparseCouplings
from blockshift.signs.signed_graph import SignedGraph

#: Rounds of column generation at most; each finds a cycle through every node where there is a useful one.
ROUNDS = 200


@dataclass(frozen=True, eq=False, repr=False)
class PackingBound:
    """A lower bound on the frustrated weight, with the negative cycles it rests on.

    Attributes
    ----------
    value : float
        The sum of the shares, rounded down.
    nodes : ndarray of int64
        The nodes of all cycles, one cycle after the other.
    offsets : ndarray of int64, shape (cycles + 1,)
    shares : ndarray, shape (cycles,)
    method : str
    complete : bool
        Whether no cycle is missing: then no packing is larger, up to the tolerance of the linear program.
    certified : bool
        Always, by exact comparison.
    """

    value: float
    nodes: np.ndarray
    offsets: np.ndarray
    shares: np.ndarray
    method: str
    complete: bool
    certified: bool = True

    @property
    def cycles(self) -> list[np.ndarray]:
        """The cycles as arrays of indices of nodes."""
        return np.split(self.nodes, self.offsets[1:-1]) if len(self.shares) else []

    def verify(self, graph: SignedGraph, *, rng: np.random.Generator | None = None) -> verifiers.Verified:
        """What the cycles prove, found anew by the verifier; no chance is needed."""
        return verifiers.verify_cycles(graph, self.nodes, self.offsets, self.shares, self.value)

    def __repr__(self) -> str:
        which = "no cycle missing" if self.complete else "more cycles may help"
        return f"PackingBound(at least {self.value:.6g}, {self.method} of {len(self.shares)} negative cycles, {which})"


def greedy_packing(graph: SignedGraph, longest: int = 16, *, pause: Callable[[], bool] = lambda: False) -> PackingBound:
    """A lower bound from short negative cycles, each given as much as its edges have left.

    Parameters
    ----------
    graph : SignedGraph
    longest : int
        Edges of the longest cycle that is looked for.
    pause : callable
        Asked between one length of cycles and the next whether what has been found is enough.

    Examples
    --------
    >>> edges = [(0, 1, -1), (1, 2, -1), (0, 2, -1), (2, 3, 5), (3, 4, -2), (4, 2, 2)]
    >>> greedy_packing(SignedGraph.from_edges(edges))
    PackingBound(at least 3, greedy packing of 2 negative cycles, more cycles may help)
    """
    cycles, shares = cycle_search.short_cycles(SparseCouplings(graph), longest, pause)
    return _bound(graph, cycles, shares, "greedy packing", False)


def packing_bound(graph: SignedGraph, *, time_limit: float = 60.0, rounds: int = ROUNDS) -> PackingBound:
    """A lower bound from the best fractional packing of negative cycles that was found.

    Parameters
    ----------
    graph : SignedGraph
    time_limit : float
        Seconds after which what has been found is returned; looked at between rounds.
    rounds : int
        Rounds of column generation at most.

    Examples
    --------
    All edges of K_4 negative. Four triangles with half a unit each use every edge up; two edges must be frustrated.

    >>> from itertools import combinations
    >>> graph = SignedGraph.from_edges([(i, j, -1) for i, j in combinations(range(4), 2)])
    >>> packing_bound(graph)
    PackingBound(at least 2, packing of 4 negative cycles, no cycle missing)
    """
    begin = time.monotonic()
    J = SparseCouplings(graph)
    cycles, _ = cycle_search.short_cycles(J, 16)
    cycles += cycle_search.squares_and_triangles(J, most=20_000)
    program = CycleProgram(graph, J.scale)
    program.add(cycles)
    complete = False
    for _ in range(rounds):
        program.solve()
        missing = cycle_search.priced_cycles(graph, program.prices)
        if not program.add(missing):
            complete = True
            break
        if time.monotonic() - begin > time_limit:
            break
    shares = program.shares()
    used = np.flatnonzero(shares > 0)
    return _bound(graph, [program.cycles[k] for k in used], shares[used], "packing", complete)


def _bound(graph: SignedGraph, cycles: list, shares: np.ndarray, method: str, complete: bool) -> PackingBound:
    """Cycles and shares as a bound, the shares made small enough that no edge carries more than its weight."""
    nodes = np.concatenate(cycles).astype(np.int64) if cycles else np.empty(0, np.int64)
    offsets = np.cumsum([0, *map(len, cycles)]).astype(np.int64)
    shares = np.asarray(shares, dtype=np.float64)
    found = verifiers.verify_cycles(graph, nodes, offsets, shares, -math.inf)
    for _ in range(60):
        if found.accepted:
            break
        shares = _shrunk(graph, nodes, offsets, shares)
        found = verifiers.verify_cycles(graph, nodes, offsets, shares, -math.inf)
    if not found.accepted:
        nodes, offsets, shares = nodes[:0], offsets[:1], shares[:0]
        found = verifiers.verify_cycles(graph, nodes, offsets, shares, -math.inf)
    return PackingBound(max(0.0, found.value), nodes, offsets, shares, method, complete)


def _shrunk(graph: SignedGraph, nodes, offsets, shares) -> np.ndarray:
    """Smaller shares where an edge is overloaded, by a little more than the overload."""
    following = np.roll(nodes, -1)
    following[offsets[1:] - 1] = nodes[offsets[:-1]]
    keys = np.minimum(nodes, following) * graph.n + np.maximum(nodes, following)
    edges = np.searchsorted(graph.u * graph.n + graph.v, keys)
    lengths = np.diff(offsets)
    load = np.bincount(edges, np.repeat(shares, lengths), minlength=graph.m)
    weight = np.abs(graph.w)
    fits = weight * (1 - 2.0**-50)
    allowed = np.where(load > fits, fits / np.maximum(load, np.finfo(float).tiny) * (1 - 2.0**-50), 1.0)
    return shares * np.minimum.reduceat(allowed[edges], offsets[:-1])
