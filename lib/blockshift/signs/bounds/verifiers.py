"""Verifiers: from a certificate alone to the bound that it proves, on a road that the bound's maker did not take.

**Multipliers.** If ``diag(y) - J`` is positive semidefinite then ``s^T J s <= sum y`` for all signs s, so the
frustrated weight is at least ``(sum |w| - sum y / 2) / 2``. That the matrix is semidefinite is decided by elimination:
in rational numbers for small graphs, and by a Cholesky factorisation in floating point for larger ones. If the
factorisation of ``M - c I`` runs to its end, its factor is exact for a matrix that differs by at most ``gamma trace /
(1 - gamma)`` in norm, ``gamma = (n + 1) u / (1 - (n + 1) u)`` ([higham2002accuracy], theorem 10.3, and ``| |R^T| |R| |
<= |R|_F^2``); if c is larger than that, M itself is semidefinite, in exact arithmetic. We take twice as much, which
covers the rounding of ``y - c`` and factorisations that multiply by reciprocals. Where the matrix is too large to be
factored, Lanczos from a random start gives a statement that holds with a stated probability, in exact arithmetic: an
estimate, and called that.

**Cycles.** A switching leaves an odd number of edges of a negative cycle frustrated, so at least one. If cycles C have
shares ``y_C >= 0`` such that through no edge passes more than its ``|w|``, the frustrated weight is at least
``sum y_C``. Signs, shares and loads are compared exactly.

Nothing here calls what makes the bounds: no ARPACK, no linear program, no couplings.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import scipy.linalg
from scipy.linalg import eigh_tridiagonal

from blockshift.signs.signed_graph import SignedGraph

#: Nodes up to which elimination is done in rational numbers, a fraction of a second.
RATIONAL = 24
#: Nodes up to which a dense matrix is factored: 128 MB and a few seconds.
DENSE = 4000
#: Unit roundoff of double precision.
UNIT = 2.0**-53
#: Added to every margin: what underflow can lose in matrices whose largest entry is about 1.
TINY = 1e-280
#: Steps of Lanczos, and the probability with which its statement may be wrong.
STEPS, DOUBT = 300, 1e-6


@dataclass(frozen=True)
class Verified:
    """What a verifier found.

    Attributes
    ----------
    accepted : bool
        Whether the certificate proves at least the value that was claimed.
    value : float
        What it proves, rounded down; ``-inf`` if it proves nothing.
    certified : bool
        Whether that is a proof; otherwise it is an estimate.
    how : str
    """

    accepted: bool
    value: float
    certified: bool
    how: str

    def __repr__(self) -> str:
        return f"Verified({'accepted' if self.accepted else 'refused'}: at least {self.value:.6g}, {self.how})"


def value_of_multipliers(graph: SignedGraph, y: np.ndarray) -> float:
    """``(sum |w| - sum y / 2) / 2``, rounded down.

    Examples
    --------
    >>> triangle = SignedGraph.from_edges([(0, 1, -1), (1, 2, -1), (0, 2, -1)])
    >>> round(value_of_multipliers(triangle, np.ones(3)), 12)
    0.75
    """
    terms = np.concatenate([np.abs(graph.w), -0.5 * y])
    if np.abs(terms).max(initial=0.0) > 2.0**900:
        # Divided by a power of two, so that no partial sum overflows; what that loses is far below the last digit.
        return 2.0**63 * float(np.nextafter(math.fsum(terms * 2.0**-64), -np.inf))
    return 0.5 * sum_rounded_down(terms.tolist())


def sum_rounded_down(terms: list[float]) -> float:
    """The largest float that is not above the exact sum; what `math.fsum` returns is rounded to the nearest.

    Examples
    --------
    >>> sum_rounded_down([0.5, 0.5, 1e-30]), sum_rounded_down([1.0, -1e-30]) < 1.0
    (1.0, True)
    """
    near = math.fsum(terms)
    return near if math.fsum([*terms, -near]) >= 0 else math.nextafter(near, -math.inf)


def verify_multipliers(graph: SignedGraph, y, claimed: float, *, rng: np.random.Generator) -> Verified:
    """What multipliers prove.

    Parameters
    ----------
    graph : SignedGraph
    y : array_like, shape (n,)
    claimed : float
    rng : numpy.random.Generator
        For the random start of Lanczos, which only graphs of more than 4,000 nodes need.

    Examples
    --------
    >>> triangle = SignedGraph.from_edges([(0, 1, -1), (1, 2, -1), (0, 2, -1)])
    >>> rng = np.random.default_rng(0)
    >>> verify_multipliers(triangle, [1, 1, 1], 0.74, rng=rng)
    Verified(accepted: at least 0.75, elimination in rational numbers)
    >>> verify_multipliers(triangle, [1, 1, 0.9], 0.77, rng=rng)
    Verified(refused: at least -inf, elimination in rational numbers)
    """
    y = np.asarray(y, dtype=np.float64)
    if y.shape != (graph.n,) or not np.isfinite(y).all():
        return Verified(False, -math.inf, False, f"no {graph.n} finite multipliers")
    value = value_of_multipliers(graph, y)
    if graph.n <= RATIONAL:
        good, certified, how = semidefinite_exactly(graph, y), True, "elimination in rational numbers"
    elif graph.n <= DENSE:
        good, certified, how = semidefinite_by_cholesky(graph, y), True, "Cholesky beyond its backward error"
    else:
        shift = probable_shift(graph, y, rng=rng)
        value = value_of_multipliers(graph, y + shift)
        good, certified, how = True, False, f"Lanczos, wrong with probability at most {DOUBT:g}"
    value = value if good else -math.inf
    # An estimate repeats with another start: it may differ by its own resolution, here a millionth of the weight.
    slack = 0.0 if certified else 1e-6 * graph.total_weight
    return Verified(bool(good and value >= claimed - slack), value, certified and good, how)


def semidefinite_exactly(graph: SignedGraph, y: np.ndarray) -> bool:
    """Whether ``diag(y) - J`` is positive semidefinite, by elimination in rational numbers.

    Examples
    --------
    >>> edge = SignedGraph.from_edges([(0, 1, -2)])
    >>> semidefinite_exactly(edge, np.array([2.0, 2.0])), semidefinite_exactly(edge, np.array([2.0, 1.999]))
    (True, False)
    """
    M = [[Fraction(0)] * graph.n for _ in range(graph.n)]
    for i, value in enumerate(y.tolist()):
        M[i][i] = Fraction(value)
    for i, j, w in zip(graph.u.tolist(), graph.v.tolist(), graph.w.tolist(), strict=True):
        M[i][j] = M[j][i] = -Fraction(w)
    for k in range(graph.n):
        pivot = M[k][k]
        if pivot < 0 or (pivot == 0 and any(M[k][k + 1 :])):
            return False
        for i in range(k + 1, graph.n):
            if M[i][k]:
                ratio = M[i][k] / pivot
                for j in range(i, graph.n):
                    M[i][j] -= ratio * M[k][j]
                    M[j][i] = M[i][j]
    return True


def margin(n: int, total: float) -> float:
    """The shift c beyond which a completed Cholesky factorisation of ``M - c I`` proves M semidefinite.

    `total` is at least the sum of the absolute diagonal of M.
    """
    gamma = (n + 8) * UNIT / (1 - (n + 8) * UNIT)
    return 2 * gamma / (1 - gamma) * total + TINY


def semidefinite_by_cholesky(graph: SignedGraph, y: np.ndarray) -> bool:
    """Whether a Cholesky factorisation proves that ``diag(y) - J`` is positive semidefinite; no is no proof of no.

    Examples
    --------
    >>> edge = SignedGraph.from_edges([(0, 1, -2)])
    >>> semidefinite_by_cholesky(edge, np.array([2.001, 2.0])), semidefinite_by_cholesky(edge, np.array([2.0, 1.999]))
    (True, False)
    """
    joined = np.zeros(graph.n, dtype=bool)
    joined[graph.u] = joined[graph.v] = True
    if (y[~joined] < 0).any():
        return False
    if not joined.any():
        return True
    largest = max(np.abs(graph.w).max(), np.abs(y).max())
    scale = _scale(largest)
    M = np.zeros((graph.n, graph.n))
    M[graph.u, graph.v] = M[graph.v, graph.u] = -graph.w * scale
    diagonal = y * scale
    np.fill_diagonal(M, diagonal - margin(graph.n, float(np.abs(diagonal).sum())))
    # A node without an edge is a row of its own, semidefinite if its multiplier is not negative.
    M = M if joined.all() else M[np.ix_(joined, joined)]
    try:
        scipy.linalg.cholesky(M, lower=True, overwrite_a=True, check_finite=False)
    except scipy.linalg.LinAlgError:
        return False
    return True


def _scale(largest: float) -> float:
    """A power of two that brings the largest entry near 1, so that scaling is exact and products do not overflow."""
    return 2.0 ** -max(-1000, int(np.frexp(largest)[1]))


def probable_shift(graph: SignedGraph, y: np.ndarray, *, rng: np.random.Generator) -> float:
    """A shift that makes ``diag(y) - J + shift I`` positive semidefinite, but for one chance in a million.

    For a positive semidefinite matrix and k steps of Lanczos from a random direction, the largest eigenvalue is at
    most the largest Ritz value over ``1 - e``, but for a chance of ``1.648 sqrt(n) exp(-sqrt(e) (2k - 1))``
    ([kuczynski1992estimating]); so in exact arithmetic. The matrix here is ``c I - diag(y) + J``, with c from
    Gershgorin's circles.
    """
    scale = _scale(np.abs(graph.w).max() if graph.m else 1.0)
    J, y = graph.adjacency() * scale, y * scale
    strengths = np.asarray(abs(J).sum(axis=1)).ravel()
    c = float((y + strengths).max()) * (1 + 1e-12)
    lift = max(0.0, float((y - c - strengths).min()))
    ritz, steps = largest_ritz_value(lambda x: (c - y) * x + J @ x, graph.n, STEPS, rng=rng)
    e = (math.log(1.648 * math.sqrt(graph.n) / DOUBT) / (2 * steps - 1)) ** 2
    shift = ritz / (1 - e) - c + lift if e < 1 else float((strengths - y).max())
    return shift / scale


def largest_ritz_value(product, n: int, steps: int, *, rng: np.random.Generator) -> tuple[float, int]:
    """The largest Ritz value after that many steps of Lanczos from a random direction, and the steps that were made.

    Without reorthogonalisation: it brings copies of Ritz values, and moves the largest by rounding only.
    """
    x = rng.standard_normal(n)
    x /= np.linalg.norm(x)
    before, beta = np.zeros(n), 0.0
    diagonal, beside = [], []
    for _ in range(steps):
        z = product(x) - beta * before
        alpha = float(x @ z)
        z -= alpha * x
        beta = float(np.linalg.norm(z))
        diagonal.append(alpha)
        beside.append(beta)
        if beta <= 1e-14 * max(map(abs, diagonal)):
            break
        before, x = x, z / beta
    last = len(diagonal) - 1
    value = eigh_tridiagonal(diagonal, beside[:-1], eigvals_only=True, select="i", select_range=(last, last))[0]
    return float(value), last + 1


def verify_cycles(graph: SignedGraph, nodes, offsets, shares, claimed: float) -> Verified:
    """What a packing of negative cycles proves.

    Parameters
    ----------
    graph : SignedGraph
    nodes : array_like of int
        The nodes of all cycles, one cycle after the other.
    offsets : array_like of int, shape (cycles + 1,)
        Where each begins in `nodes`.
    shares : array_like, shape (cycles,)
    claimed : float

    Examples
    --------
    >>> triangle = SignedGraph.from_edges([(0, 1, -1), (1, 2, -1), (0, 2, -1)])
    >>> verify_cycles(triangle, [0, 1, 2], [0, 3], [1.0], 1.0)
    Verified(accepted: at least 1, signs, shares and loads compared exactly)
    >>> verify_cycles(triangle, [0, 1, 2], [0, 3], [1.5], 1.5)
    Verified(refused: at least -inf, an edge carries more than its weight)
    """

    def refused(why):
        return Verified(False, -math.inf, False, why)

    nodes, offsets = np.asarray(nodes, dtype=np.int64), np.asarray(offsets, dtype=np.int64)
    shares = np.asarray(shares, dtype=np.float64)
    lengths = np.diff(offsets)
    if len(offsets) != len(shares) + 1 or offsets[0] != 0 or offsets[-1] != len(nodes) or (lengths < 3).any():
        return refused("the cycles are not delimited")
    if not np.isfinite(shares).all() or (shares < 0).any():
        return refused("a share is negative or not finite")
    if len(nodes) and (nodes.min() < 0 or nodes.max() >= graph.n):
        return refused("a node is not in the graph")
    following = np.roll(nodes, -1)
    following[offsets[1:] - 1] = nodes[offsets[:-1]]
    keys = np.minimum(nodes, following) * graph.n + np.maximum(nodes, following)
    known = graph.u * graph.n + graph.v
    edges = np.minimum(np.searchsorted(known, keys), max(0, graph.m - 1))
    if len(keys) and (graph.m == 0 or (known[edges] != keys).any()):
        return refused("a step of a cycle is no edge")
    negatives = np.add.reduceat(graph.w[edges] < 0, offsets[:-1], dtype=np.int64) if len(shares) else np.empty(0, int)
    if (negatives % 2 == 0).any():
        return refused("a cycle is positive")
    if not _loads_fit(graph, edges, np.repeat(shares, lengths)):
        return refused("an edge carries more than its weight")
    value = sum_rounded_down(shares.tolist())
    return Verified(value >= claimed, value, True, "signs, shares and loads compared exactly")


def _loads_fit(graph: SignedGraph, edges: np.ndarray, loads: np.ndarray) -> bool:
    """Whether the loads of each edge add up to at most its weight, exactly: a sum rounded once has the right sign."""
    weights = np.abs(graph.w)
    sums = np.bincount(edges, loads, minlength=graph.m)
    if np.array_equal(loads, np.rint(loads)) and loads.sum() < 2.0**53:
        return bool((sums <= weights).all())
    # Only sums within rounding of the weight need care.
    near = sums > weights * (1 - 1e-6)
    order = np.argsort(edges, kind="stable")
    bounds = np.searchsorted(edges[order], np.arange(graph.m + 1))
    close = np.flatnonzero(near)
    return all(math.fsum([*loads[order[bounds[e] : bounds[e + 1]]], -weights[e]]) <= 0 for e in close)
