"""The frustration of a graph with its proof: from blocks to kernels to pieces, and back to signs.

Blocks of the graph are taken one by one, each in integers. A block loses the nodes with at most three neighbours and
the sides that hang between two nodes (`kernels`); what is left falls into pieces, and each piece is enumerated,
matched or searched (`pieces`). Then signs are put together again. At any moment there are signs, and a proof of a
lower bound: to stop early costs the certificate, not the truth.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from blockshift.compiled import was_interrupted
from blockshift.signs import balance
from blockshift.signs.exact import integers, kernels, pieces, proofs, reductions
from blockshift.signs.exact.pieces import Work
from blockshift.signs.signed_graph import SignedGraph


@dataclass(frozen=True, eq=False)
class Optimum:
    """Signs, the lower bound with its proof, why it stopped, and which of the methods were needed."""

    signs: np.ndarray
    lower: Fraction
    proof: proofs.Proof
    stopped: str
    methods: tuple[str, ...]


def optimum(
    graph: SignedGraph,
    start: np.ndarray | None = None,
    *,
    road: str | None = None,
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
    road : str, optional
        "enumeration", "matching" (planar graphs) or "cycle program" for every piece, instead of the rule of `pieces`.
    progress : callable
        Called now and then with the bounds so far.

    Raises
    ------
    UnknownName, BadArgument
        If there is no such road, or it does not lead through this graph.

    Source: ours; the inequalities are those of [barahona1986cut].

    Examples
    --------
    >>> found = optimum(SignedGraph.from_edges([(0, 1), (1, 2), (2, 0, -1), (2, 3, -1)]))
    >>> found.lower, found.proof
    (Fraction(1, 1), Proof(1 parts, 3 nodes replaced, 0 pieces enumerated, 0 cases))
    """
    pieces.refuse_unknown(road)
    work = Work(time.monotonic(), time_limit, progress, road)
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


def _block(graph: SignedGraph, edges: np.ndarray, start: np.ndarray, work: Work):
    """The products of signs along the edges of a block; its part of the proof, if any; the bound, in its units."""
    u, v, w = graph.u[edges], graph.v[edges], graph.w[edges]
    nodes, ends = np.unique(np.r_[u, v], return_inverse=True)
    forest = _combined(len(nodes), ends[: len(u)], ends[len(u) :], np.sign(w))
    if (w * forest[ends[: len(u)]] * forest[ends[len(u) :]] > 0).all():
        return np.sign(w), None, 0
    units = integers.scaled(w)
    begin = dict(zip(nodes.tolist(), start[nodes].tolist(), strict=True))
    listed = [(a, b, k) for a, b, k in zip(u.tolist(), v.tolist(), units.weights.tolist(), strict=True)]
    found = kernels.solved(listed, begin, work)
    # Cut weights may prefer other signs than the weights do.
    choices = [np.array([s[a] * s[b] for a, b, _ in listed]) for s in (found.signs, begin)]
    best = min(choices, key=lambda products: float(np.abs(w[w * products < 0]).sum()))
    weights = tuple(units.weights.tolist())
    part = proofs.Part(tuple(edges.tolist()), weights, units.scale, found.shrunk.steps, found.shrunk.pieces)
    return best, part, found.lower
