"""Bounds from multipliers: ``diag(y) - J`` positive semidefinite gives ``s^T J s <= sum y`` for all signs.

`DualBound` is what ``spectral`` and ``semidefinite`` return. Both propose multipliers; `closed` shifts them until the
matrix is semidefinite, and has that verified.
"""

import math
from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.signs import relaxations
from blockshift.signs.bounds import verifiers
from blockshift.signs.couplings import SparseCouplings
from blockshift.signs.signed_graph import SignedGraph

#: First margin beyond the computed eigenvalue, in units of the reach, and its growth where that is refused.
FIRST_MARGIN, GROWTH = 1e-12, 30.0


@dataclass(frozen=True, eq=False, repr=False)
class DualBound:
    """A lower bound on the frustrated weight, with the multipliers it rests on.

    Attributes
    ----------
    value : float
        ``(sum |w| - sum y / 2) / 2``, rounded down, and not below 0.
    multipliers : ndarray, shape (n,)
    method : str
    certified : bool
        Whether the verifier has proved it; otherwise it is an estimate that is wrong with a stated probability.
    how : str
        How the verifier knows.
    """

    value: float
    multipliers: np.ndarray
    method: str
    certified: bool
    how: str

    def verify(self, graph: SignedGraph, *, rng: np.random.Generator) -> verifiers.Verified:
        """What the multipliers prove, found anew by the verifier."""
        # A bound of 0 needs no certificate: no weight is negative.
        claimed = self.value if self.value > 0 else -math.inf
        return verifiers.verify_multipliers(graph, self.multipliers, claimed, rng=rng)

    def __repr__(self) -> str:
        return (
            f"DualBound(at least {self.value:.6g}, {self.method}, {'' if self.certified else 'estimate, '}{self.how})"
        )


def closed(graph: SignedGraph, proposals, method: str, *, rng: np.random.Generator) -> DualBound:
    """The best bound from some proposed multipliers, each shifted until the matrix is semidefinite.

    Parameters
    ----------
    graph : SignedGraph
    proposals : iterable of ndarray, shape (n,)
        In the units of the graph's weights.
    method : str
    rng : numpy.random.Generator
    """
    J = SparseCouplings(graph)
    # Nodes without an edge need no multiplier; a shift that the others need must not be paid for them.
    joined = J.strengths > 0
    candidates = []
    for y in proposals:
        reach = J.reach + float(np.abs(y * J.scale).max(initial=0.0))
        if graph.n > verifiers.DENSE:
            shift = verifiers.probable_shift(graph, np.where(joined, y, 0.0), rng=rng)
        else:
            shift = -smallest_eigenvalue(J, np.where(joined, y * J.scale, 2 * reach), rng=rng) / J.scale
        candidates.append(np.where(joined, y + shift, 0.0))
    best = min(candidates, key=lambda y: float(y.sum()))
    extra = FIRST_MARGIN * J.reach + 4 * verifiers.margin(graph.n, float(np.abs(best * J.scale).sum()))
    if graph.n > verifiers.DENSE:
        value = verifiers.value_of_multipliers(graph, best)
        how = f"Lanczos, wrong with probability at most {verifiers.DOUBT:g}"
        return DualBound(max(0.0, value), best, method, False, how)
    for _ in range(20):
        y = np.where(joined, best + extra / J.scale, 0.0)
        found = verifiers.verify_multipliers(graph, y, -math.inf, rng=rng)
        if found.accepted and found.certified:
            return DualBound(max(0.0, found.value), y, method, True, found.how)
        extra *= GROWTH
    raise errors.BlockshiftError(
        "no shift of the multipliers could be verified, which should not happen: even the sums of absolute weights are "
        "multipliers. Please report the graph."
    )


def smallest_eigenvalue(J: SparseCouplings, y: np.ndarray, *, rng: np.random.Generator) -> float:
    """The smallest eigenvalue of ``diag(y) - J``, in the scale of the couplings, from Lanczos or a dense matrix."""
    if J.size == 0:
        return 0.0
    top = float(np.abs(y).max()) + J.reach
    shifted = _Shifted(J, top - y)
    return top - relaxations.largest_eigenpair(shifted, np.ones(J.size), 1e-9, rng=rng)[0]


class _Shifted:
    """``J + diag(d)``, as far as an eigenvalue needs it."""

    def __init__(self, J: SparseCouplings, diagonal: np.ndarray):
        self.J, self.diagonal, self.size = J, diagonal, J.size
        self.reach = J.reach + float(np.abs(diagonal).max(initial=0.0))

    def fields(self, x):
        """``(J + diag(d)) x``."""
        return self.J.fields(x) + (self.diagonal * x if x.ndim == 1 else self.diagonal[:, None] * x)
