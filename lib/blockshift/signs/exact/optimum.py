"""The frustration of a graph with its proof: from blocks to kernels to pieces, and back to signs.

Blocks of the graph are taken one by one, each in integers. A block loses the nodes with at most three neighbours;
what is left falls into pieces, and each piece is enumerated where that is quick, or searched. Then signs are put
together again. At any moment there are signs, and a proof of a lower bound: to stop early costs the certificate, not
the truth.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from blockshift.compiled import was_interrupted
from blockshift.signs import balance
from blockshift.signs.exact import branching, enumeration, integers, proofs, reductions
from blockshift.signs.signed_graph import SignedGraph

#: Flips of an enumeration that take a fraction of a second, and that take ten seconds.
QUICK_FLIPS, LONG_FLIPS = 3e7, 2e9
#: Seconds of search before a long enumeration takes over.
SEARCH_FIRST = 5.0


@dataclass(frozen=True, eq=False)
class Optimum:
    """Signs, the lower bound with its proof, why it stopped, and which of the methods were needed."""

    signs: np.ndarray
    lower: Fraction
    proof: proofs.Proof
    stopped: str
    methods: tuple[str, ...]


@dataclass
class _Work:
    """What the blocks have in common: the clock, whoever watches, and the notes that are taken."""

    begin: float
    time_limit: float
    progress: Callable[[float, float], None]
    methods: set[str]
    stopped: str = "proved"
    lower: float = 0.0
    upper: float = 0.0

    def seconds_left(self) -> float:
        return -1.0 if self.stopped == "interrupted" else self.time_limit - (time.monotonic() - self.begin)


def optimum(
    graph: SignedGraph,
    start: np.ndarray | None = None,
    *,
    time_limit: float = math.inf,
    progress: Callable[[float, float], None] = lambda lower, upper: None,
) -> Optimum:
    """The least frustrated weight that a switching of the graph leaves, between two bounds that meet if time allows.

    Parameters
    ----------
    graph : SignedGraph
    start : ndarray, shape (n,), optional
        Signs to begin with; the better they are, the fewer branches.
    time_limit : float
        Seconds.
    progress : callable
        Called now and then with the bounds so far.

    Source: ours; the inequalities are those of [barahona1986cut].

    Examples
    --------
    >>> found = optimum(SignedGraph.from_edges([(0, 1), (1, 2), (2, 0, -1), (2, 3, -1)]))
    >>> found.lower, found.proof
    (Fraction(1, 1), Proof(1 parts, 3 nodes replaced, 0 pieces enumerated, 0 cases))
    """
    work = _Work(time.monotonic(), time_limit, progress, set())
    signs = np.ones(graph.n, dtype=np.int64) if start is None else start.astype(np.int64)
    work.upper = graph.frustrated_weight(signs)
    wanted = signs[graph.u] * signs[graph.v]
    parts, lower = [], Fraction(0)
    try:
        bridges, blocks = _blocks(graph.n, graph.u, graph.v)
        wanted[bridges] = np.sign(graph.w[bridges])
        for edges in blocks:
            wanted[edges], part, bound = _block(graph, edges, signs, work)
            if part is not None:
                parts.append(part)
                lower += part.scale * bound
            work.lower = float(lower)
            progress(work.lower, work.upper)
    except (KeyboardInterrupt, SystemError) as problem:
        if not was_interrupted(problem):
            raise
        work.stopped = "interrupted"
    together = _combined(graph.n, graph.u, graph.v, wanted)
    return Optimum(together, lower, proofs.Proof(tuple(parts)), work.stopped, tuple(sorted(work.methods)))


def _blocks(n: int, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The bridges, which can always be satisfied, and the edges of each other block, the small ones first."""
    number = reductions.blocks(n, u, v)
    alone = np.bincount(number)[number] == 1
    order = np.argsort(number, kind="stable")
    order = order[~alone[order]]
    pieces = np.split(order, np.flatnonzero(np.diff(number[order])) + 1)
    return np.flatnonzero(alone), sorted((piece for piece in pieces if len(piece)), key=len)


def _combined(n: int, u: np.ndarray, v: np.ndarray, product: np.ndarray) -> np.ndarray:
    """Signs with the given products along all edges."""
    order = np.argsort(np.r_[u, v], kind="stable")
    starts = np.searchsorted(np.r_[u, v][order], np.arange(n + 1))
    return balance.spanning_forest(starts, np.r_[v, u][order], np.r_[product, product][order] < 0)[0]


def _block(graph: SignedGraph, edges: np.ndarray, start: np.ndarray, work: _Work):
    """The products of signs along the edges of a block; its part of the proof, if any; the bound, in its units."""
    nodes, ends = np.unique(np.r_[graph.u[edges], graph.v[edges]], return_inverse=True)
    u, v, w = ends[: len(edges)], ends[len(edges) :], graph.w[edges]
    n, begin = len(nodes), start[nodes]
    forest = _combined(n, u, v, np.sign(w))
    if (w * forest[u] * forest[v] > 0).all():
        return np.sign(w), None, 0
    units = integers.scaled(w)
    around = reductions.neighbours(u, v, units.weights)
    steps = reductions.eliminate(around)
    a, b, left = reductions.edges_of(around)
    if steps:
        work.methods.add("reductions")
    offset = reductions.offset(int(np.abs(units.weights).sum()), steps, int(np.abs(left).sum()))
    step, rest = integers.lattice(n, u, v, units.weights)
    numbers = reductions.blocks(n, a, b)
    several = len(np.unique(numbers)) > 1
    pieces, lower, wanted = [], offset, np.ones(len(left), dtype=np.int64)
    for number in range(numbers.max(initial=-1) + 1):
        inside = np.flatnonzero(numbers == number)
        lattice = None if several else (step, (rest - offset) % step)
        found, piece, bound = _piece(nodes, a[inside], b[inside], left[inside], begin, lattice, work)
        wanted[inside] = found
        if piece is not None:
            pieces.append(piece)
            lower += bound
    s = np.where(np.isin(np.arange(n), np.r_[a, b]), _combined(n, a, b, wanted), begin)
    for replaced in reversed(steps):
        s[replaced.node] = replaced.choice(s.tolist())
    # Cut weights may prefer other signs than the weights do; and time may run out before the start is met.
    best = min(s, begin, key=lambda t: float(np.abs(w[w * t[u] * t[v] < 0]).sum()))
    named = tuple(step.renamed(nodes.tolist()) for step in steps)
    part = proofs.Part(tuple(edges.tolist()), tuple(units.weights.tolist()), units.scale, named, tuple(pieces))
    return best[u] * best[v], part, integers.rounded_up(lower, step, rest)


def _piece(names, u, v, w, start, lattice, work: _Work):
    """The products of signs along the edges of a piece, its place in the proof under names, and its bound."""
    here, ends = np.unique(np.r_[u, v], return_inverse=True)
    a, b = ends[: len(u)], ends[len(u) :]
    n, nodes, signs = len(here), names[here], start[here]
    edges = tuple(zip(names[u].tolist(), names[v].tolist(), w.tolist(), strict=True))
    if work.seconds_left() <= 0:
        work.stopped = "time limit" if work.stopped == "proved" else work.stopped
        return signs[a] * signs[b], None, 0
    covering = enumeration.cover(n, a, b) if n <= 5000 else np.arange(n)
    flips = enumeration.flips(n, a, b, covering) if len(covering) <= proofs.CHECKED_SIGNS else math.inf
    searched = None
    if flips > QUICK_FLIPS:
        limit = min(work.seconds_left(), SEARCH_FIRST if flips <= LONG_FLIPS else math.inf)
        searched = _searched(n, a, b, w, signs, lattice, limit, work)
        if searched.stopped in ("proved", "interrupted") or flips > LONG_FLIPS:
            if searched.stopped != "proved":
                work.stopped = searched.stopped
            return searched.signs[a] * searched.signs[b], proofs.Piece(edges, _cases(searched)), searched.lower
    try:
        found = enumeration.optimum(n, a, b, w, covering, stop=lambda: work.seconds_left() <= 0)
    except (KeyboardInterrupt, SystemError) as problem:
        if not was_interrupted(problem):
            raise
        found, work.stopped = None, "interrupted"
    if found is not None:
        work.methods.add("enumeration")
        bound = int(np.abs(w[w * found[a] * found[b] < 0]).sum())
        reason = proofs.Enumerated(tuple(nodes[covering].tolist()))
        return found[a] * found[b], proofs.Piece(edges, reason), bound
    work.stopped = "time limit" if work.stopped == "proved" else work.stopped
    if searched is not None:
        return searched.signs[a] * searched.signs[b], proofs.Piece(edges, _cases(searched)), searched.lower
    return signs[a] * signs[b], None, 0


def _searched(n, a, b, w, signs, lattice, limit, work: _Work) -> branching.Searched:
    """A piece searched for a while."""
    until = time.monotonic() + limit
    lattice = lattice or integers.lattice(n, a, b, w)
    search = branching.Search(
        n, a, b, w, signs, lattice,
        lambda: min(until - time.monotonic(), work.seconds_left()),
        lambda lower, upper, branches: work.progress(work.lower, work.upper),
    )  # fmt: skip
    found = search.run()
    work.methods.add("cycle program" if len(found.leaves) <= 1 else "branch and bound")
    return found


def _cases(searched: branching.Searched) -> proofs.Cases:
    """The leaves of a search, with the rows that they use."""
    used = sorted({k for leaf in searched.leaves for k in leaf.rows})
    edges, flips = searched.rows.edges, searched.rows.flips
    rows = {k: tuple(zip(edges[k].tolist(), flips[k].tolist(), strict=True)) for k in used}
    return proofs.Cases(rows, searched.leaves, searched.bits)
