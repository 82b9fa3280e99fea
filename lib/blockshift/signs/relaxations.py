"""Vectors in the place of signs: the leading eigenvector, and unit vectors that maximise ``sum J_ij <v_i, v_j>``.

Both relax the same problem, maximise ``s^T J s`` over signs. An eigenvector forgets that all entries have the same
size; the low-rank form forgets that they lie on a line. The first has no false optima, the second has none either once
the rank r satisfies ``r (r + 1) / 2 > n``, up to exceptional matrices, and in practice long before. Taking signs,
directly or after projecting on random directions, gives starts for a descent; their duals give the bounds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import linalg

from blockshift.signs.couplings import Couplings, couplings_of

#: Below this size eigenvalues come from a dense matrix; the iteration needs more nodes than vectors.
DENSE = 64
#: Rank of the vectors: measured, from 16 to 32 the bound gains a thousandth.
RANK = 24
#: Relative change of the objective in one sweep at which the vectors have come to rest, as starts for a descent.
AT_REST = 1e-7
#: How far a vector goes beyond its best place, as a share of the way there. Any share below 1 still climbs; with this
#: one a hundred sweeps reach what a thousand reach without.
BEYOND = 0.8


class TimeOver(Exception):
    """Raised inside an iteration of another package, which has no other way out."""


def never() -> bool:
    """No reason to stop."""
    return False


def largest_eigenpair(
    J, scaling: np.ndarray, tolerance: float, *, rng, pause: Callable[[], bool] = never
) -> tuple[float, np.ndarray]:
    """The largest eigenvalue of ``D J D`` for ``D = diag(scaling)``, up to rounding and Lanczos, and its vector.

    Of J no more is asked than `size`, `reach` and `fields`. Where `pause` says so before the end, `TimeOver` is raised.
    """
    n = J.size

    def product(x):
        if pause():
            raise TimeOver
        return scaling * J.fields(scaling * x.ravel())

    if n <= DENSE:
        values, vectors = np.linalg.eigh(scaling[:, None] * J.fields(np.diag(scaling)))
        return float(values[-1]), vectors[:, -1]
    operator = linalg.LinearOperator((n, n), matvec=product, dtype=np.float64)
    start = rng.standard_normal(n)
    try:
        values, vectors = linalg.eigsh(operator, 1, which="LA", v0=start, tol=tolerance, ncv=min(n - 1, 40))
    except linalg.ArpackNoConvergence as stopped:
        if not len(stopped.eigenvalues):
            return J.reach * float(scaling.max()) ** 2, start / np.linalg.norm(start)
        values, vectors = stopped.eigenvalues, stopped.eigenvectors
    return float(values[-1]), vectors[:, -1]


def spectral_start(graph, *, rng: np.random.Generator, pause: Callable[[], bool] = never) -> np.ndarray:
    """The signs of the leading eigenvector of J, scaled by the strengths of the nodes, shape ``(n,)``.

    Where `pause` says so before the eigenvector is there, random signs.

    Examples
    --------
    >>> from blockshift.signs.signed_graph import SignedGraph
    >>> path = SignedGraph.from_edges([(0, 1, -1), (1, 2, 5)])
    >>> s = spectral_start(path, rng=np.random.default_rng(0))
    >>> path.frustrated_weight(s)
    0.0
    """
    J = couplings_of(graph)
    if J.size == 0:
        return np.empty(0, np.int8)
    try:
        vector = largest_eigenpair(J, 1 / np.sqrt(strengths(J)), 1e-3, rng=rng, pause=pause)[1]
    except TimeOver:
        vector = rng.standard_normal(J.size)
    return np.where(vector < 0, -1, 1).astype(np.int8)


def strengths(J: Couplings) -> np.ndarray:
    """A positive size for each node: the sum of its absolute couplings, or 1 where it has none."""
    found = J.strengths
    return np.where(found > 0, found, 1.0)


@dataclass(frozen=True, eq=False, repr=False)
class LowRank:
    """Unit vectors, one a node, that no single vector can improve.

    Attributes
    ----------
    vectors : ndarray, shape (n, r)
    lengths : ndarray, shape (n,)
        ``|(J V)_i|``, the multipliers of the constraints ``|v_i| = 1``.
    sweeps : int
    """

    vectors: np.ndarray
    lengths: np.ndarray
    sweeps: int

    def rounded(self, count: int, *, rng: np.random.Generator) -> np.ndarray:
        """Signs of the projections on `count` random directions, shape ``(count, n)``."""
        directions = rng.standard_normal((self.vectors.shape[1], count))
        return np.where(self.vectors @ directions < 0, -1, 1).T.astype(np.int8)

    def __repr__(self) -> str:
        n, r = self.vectors.shape
        return f"LowRank({n} unit vectors in {r} dimensions, at rest after {self.sweeps} sweeps)"


def low_rank(
    graph,
    *,
    rng: np.random.Generator,
    rank: int = RANK,
    sweeps: int = 500,
    rest: float = AT_REST,
    pause: Callable[[], bool] = never,
) -> LowRank:
    """Unit vectors that maximise ``sum J_ij <v_i, v_j>`` locally, by the mixing method with over-relaxation.

    The best place of ``v_i``, the others fixed, is ``(JV)_i / |(JV)_i|``; it goes there and somewhat beyond. One part
    of the nodes moves at a time, all of its vectors at once.

    Parameters
    ----------
    graph : SignedGraph or Couplings
    rng : numpy.random.Generator
    rank : int
    sweeps : int
        At most so many.
    rest : float
        Relative change of the objective in a sweep at which they end.
    pause : callable
        Asked before each sweep whether to end here.

    Source: [wang2017mixing]; the over-relaxation is ours.

    Examples
    --------
    >>> from blockshift.signs.signed_graph import SignedGraph
    >>> triangle = SignedGraph.from_edges([(0, 1, -1), (1, 2, -1), (0, 2, -1)])
    >>> V = low_rank(triangle, rng=np.random.default_rng(0)).vectors
    >>> (V @ V.T).round(3) + 0.0
    array([[ 1. , -0.5, -0.5],
           [-0.5,  1. , -0.5],
           [-0.5, -0.5,  1. ]])
    """
    J = couplings_of(graph)
    rank = max(2, min(rank, J.size))
    V = rng.standard_normal((J.size, rank))
    V /= np.linalg.norm(V, axis=1, keepdims=True) if J.size else 1.0
    lengths, before, done = np.zeros(J.size), -np.inf, 0
    while done < sweeps and not pause():
        done += 1
        for k, part in enumerate(J.parts):
            field = J.fields(V, k)
            lengths[part] = np.linalg.norm(field, axis=1)
            pulled = lengths[part] > 0
            moved = part[pulled]
            place = (1 + BEYOND) * field[pulled] / lengths[moved, None] - BEYOND * V[moved]
            V[moved] = place / np.linalg.norm(place, axis=1, keepdims=True)
        total = float(lengths.sum())
        if abs(total - before) <= rest * total:
            break
        before = total
    return LowRank(V, np.linalg.norm(J.fields(V), axis=1) if J.size else lengths, done)
