"""The largest eigenvalue of a layered graph of operators from above, but for one chance in a million.

Lanczos approaches an eigenvalue from below, so what it returns is no bound. Chebyshev's polynomials T_k give one. For a
symmetric A with largest eigenvalue ``mu > 1`` and unit eigenvector v, and a block Y of q independent Gaussian columns,
``|T_k(A) Y| >= T_k(mu) |v^T Y|``, where ``|v^T Y|^2`` is a chi-squared variable with q degrees of freedom: it exceeds
its quantile s^2 at 1e-6 but for one chance in a million. Hence

    ``mu <= cosh(arcosh(|T_k(A) Y| / s) / k)``,

whatever the rest of the spectrum. Inside ``[-1, 1]`` the polynomial is at most 1, so the left side stays about
``sqrt(q n)`` and the bound exceeds 1 by about ``ln(2 sqrt(q n) / s)^2 / (2 k^2)``. Three columns make s ten thousand
times larger than one column does.

Rounding is accounted for. Each step of the recurrence ``Y_j+1 = 2 A Y_j - Y_j-1`` commits an error E_j whose norm the
standard model of floating-point sums bounds. At the end it counts ``U_k-j(mu) |E_j|``, and ``U_m <= (m + 1) T_m`` and
``T_k-j T_j <= T_k`` from 1 on. So in exact arithmetic, for the block as it was computed,

    ``T_k(mu) (s - sum_j (k - j + 1) |E_j| / T_j(mu)) <= |Y_k|``,

where the left side grows with mu: no mu for which it is larger than the right side is possible. This assumes that inner
products are sums of products in some order, as they are for convolutions in double precision.

Where the layers fall in two halves without links inside, the block starts in one half and changes sides at each step,
which costs half. Compare [kuczynski1992estimating] for Lanczos, which needs exact arithmetic.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaincinv

from blockshift.graph.dag import Dag

#: Chance with which the statement may be wrong.
DOUBT = 1e-6
#: Columns of the block. One needs fewer products for the same bound, but leaves no room for rounding.
COLUMNS = 3
#: Steps after which the bound exceeds the eigenvalue by seven thousandths in a network of a million nodes.
STEPS = 100
#: Fewest steps: with fewer than this the statement is hardly worth its cost.
FEWEST = 10
#: Steps of the estimate that tells where the spectrum ends. It need not be right, only useful.
PROBE = 40
#: Rounds of the power method on absolute values that tell how large rounding can be.
ROUNDS = 8
#: Unit roundoff of double precision.
UNIT = 2.0**-53


@dataclass(frozen=True)
class Top:
    """What is known of a largest eigenvalue.

    Attributes
    ----------
    value : float
        The eigenvalue is at most this, but for one chance in a million over the random start.
    estimate : float
        What Lanczos found, from below.
    steps : int
    rounding : float
        The share of the start's strength that was given up for rounding.
    """

    value: float
    estimate: float
    steps: int
    rounding: float

    def __repr__(self) -> str:
        return f"Top(at most {self.value:.6g}, about {self.estimate:.6g}, {self.steps} steps)"


class Scaled:
    """``D^(-1/2) J D^(-1/2)`` for a layered graph and a nonnegative d, acting on one array a layer.

    Rows and columns where d is 0 are 0; d must be 0 at nodes without an edge only.
    """

    def __init__(self, dag: Dag, d: list[np.ndarray], dtype: type = np.float64):
        self.dag, self.dtype = dag, dtype
        wide = [np.asarray(x, np.float64) for x in d]
        self.inverse: list[np.ndarray] = [
            np.where(x > 0, 1 / np.sqrt(np.where(x > 0, x, 1)), 0).astype(dtype) for x in wide
        ]
        self.halves = halves(dag)

    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes of the layers."""
        return [layer.shape for layer in self.dag.layers]

    def rows(self, Y: list[np.ndarray], places) -> Iterator[tuple[int, np.ndarray]]:
        """The product with a block, one layer after the other of those asked for.

        Each is made when it is asked for, from what its neighbours are by then: no second block of all layers is held.
        """
        for place in places:
            near = {link.source + link.target - place for link in (*self.dag.into[place], *self.dag.out_of[place])}
            scaled = {k: Y[k] * self.inverse[k] for k in near} | {place: Y[place]}
            row = self.dag.field(scaled, place)
            row *= self.inverse[place]
            yield place, row


def halves(dag: Dag) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Two sets of layers such that every link leads from one to the other, the one with fewer nodes first, or none.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> halves(Dag.from_network(Network.from_weights([[[1.0]], [[1.0]]])))
    ((1,), (0, 2))
    """
    side: dict[int, int] = {}
    for root in range(len(dag.layers)):
        if root in side:
            continue
        side[root], queue = 0, [root]
        while queue:
            at = queue.pop()
            for link in (*dag.into[at], *dag.out_of[at]):
                other = link.source + link.target - at
                if other not in side:
                    side[other] = 1 - side[at]
                    queue.append(other)
                elif side[other] == side[at]:
                    return None
    both = [tuple(sorted(place for place in side if side[place] == k)) for k in (0, 1)]
    sizes = [sum(dag.layers[place].nodes for place in half) for half in both]
    return (both[0], both[1]) if sizes[0] <= sizes[1] else (both[1], both[0])


def probable_top(
    dag: Dag, d: list[np.ndarray], *, rng: np.random.Generator, steps: int = STEPS, columns: int = COLUMNS,
    deadline: float = np.inf, progress: Callable[[int, int], None] = lambda step, steps: None,
) -> Top:  # fmt: skip
    """The largest eigenvalue of ``D^(-1/2) J D^(-1/2)``, from above.

    Parameters
    ----------
    dag : Dag
    d : list of ndarray, one a layer, shape (C, H, W)
        Positive, but for nodes without an edge.
    rng : numpy.random.Generator
        The chance of being wrong is over this.
    steps : int
        Half as many products with a block are made where the layers fall in two halves.
    columns : int
    deadline : float
        Value of ``time.monotonic()`` at which to come to an end; at least ten steps are made.
    progress : callable, optional

    Source: ours; see the head of this module.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> edge = Dag.from_network(Network.from_weights([[[-2.0]]]))
    >>> probable_top(edge, [np.ones((1, 1, 1))] * 2, rng=np.random.default_rng(0))
    Top(at most 2, about 2, 100 steps)
    """
    s = math.sqrt(2 * float(gammaincinv(columns / 2, DOUBT))) * (1 - 1e-9)
    reach = perron(dag, d)
    if reach == 0.0:
        return Top(0.0, 0.0, 0, 0.0)
    low, high = _ends(Scaled(dag, d, np.float32), rng=rng)
    A = Scaled(dag, d)
    two = A.halves
    low = -high if two is not None else low
    middle, half = (high + low) / 2, max((high - low) / 2, 1e-3 * reach)
    # All sums at a node, products and scalings; a node has at most so many edges.
    gamma = (most_edges(dag) + 20) * UNIT * 1.01
    spread = (reach + abs(middle)) / half
    start = two[0] if two is not None else tuple(range(len(dag.layers)))
    Y = [
        rng.standard_normal((columns, *shape)) if place in start else np.zeros((columns, *shape))
        for place, shape in enumerate(A.shapes())
    ]
    before, lost = [np.zeros_like(y) for y in Y] if two is None else Y, []
    norms, began = [0.0, _norm(Y[i] for i in start)], time.monotonic()
    done = 0
    while done < steps:
        done += 1
        places = tuple(range(len(Y))) if two is None else two[done % 2]
        factor = 1 if done == 1 else 2
        for place, row in A.rows(Y, places):
            row *= factor / half
            if two is None:
                row -= (factor * middle / half) * Y[place]
            # In two halves the block before last lies where the next one will, and no row needs what it replaces.
            row -= before[place]
            before[place] = row
        if two is None:
            Y, before = before, Y
        lost.append(gamma * (2 * spread * norms[-1] + norms[-2]))
        norms.append(_norm(Y[i] for i in places))
        progress(done, steps)
        if done >= FEWEST and time.monotonic() + (time.monotonic() - began) / done > deadline:
            break
    mu, rounding = _excluded(norms[-1], s, lost)
    return Top(min((middle + half * mu) * (1 + 1e-12), reach), high, done, rounding)


def _excluded(norm: float, s: float, lost: list[float]) -> tuple[float, float]:
    """The least mu that is impossible, up to bisection from above, and the share of s that rounding takes there."""
    k = len(lost)

    def left_side(angle):
        taken = sum((k - j) * x / math.cosh(min((j + 1) * angle, 700.0)) for j, x in enumerate(lost))
        return math.cosh(min(k * angle, 700.0)) * (s - taken), taken / s

    # At 700 / k the polynomial is as large as a float can be.
    below, above = 0.0, 700.0 / k
    if left_side(above)[0] <= norm * (1 + 1e-9):
        return math.inf, 1.0
    for _ in range(60):
        angle = (below + above) / 2
        below, above = (below, angle) if left_side(angle)[0] > norm * (1 + 1e-9) else (angle, above)
    return math.cosh(above), left_side(above)[1]


def perron(dag: Dag, d: list[np.ndarray]) -> float:
    """A bound on the norm of ``D^(-1/2) |J| D^(-1/2)``, and so on every eigenvalue with the signs, sure and coarse.

    For a matrix without negative entries and any positive x, ``max_i (|M| x)_i / x_i`` is one.
    """
    M = Scaled(replace(dag, links=tuple(replace(link, map=link.map.absolute) for link in dag.links)), d)
    x: list[np.ndarray] = [np.sqrt(np.where(y > 0, y, 1), dtype=np.float64) for y in d]
    least = math.inf
    for _ in range(ROUNDS):
        rows = dict(M.rows(x, range(len(x))))
        bound = max(float((rows[i] / x[i]).max()) for i in range(len(x)))
        least = min(least, bound)
        # Half of the old, so that no entry vanishes and no two halves take turns.
        x = [(rows[i] / max(bound, 1e-300) + x[i]) / 2 for i in range(len(x))]
    # Sums without cancellation: each is right up to as many roundings as it has terms.
    return least * (1 + (most_edges(dag) + 20) * UNIT * 1.01)


def most_edges(dag: Dag) -> int:
    """The largest number of edges at a node, or more."""
    most = [0]
    for place in range(len(dag.layers)):
        into = sum(_terms(link.map, False) for link in dag.into[place])
        most.append(into + sum(_terms(link.map, True) for link in dag.out_of[place]))
    return max(most)


def _terms(m, backward: bool) -> int:
    """The number of products that one entry of an image is the sum of, or of an image under the transpose."""
    k = int(np.prod(m.kernel.shape[2:]))
    return k * (m.kernel.shape[1] if m.transposed == backward else m.kernel.shape[0] // m.groups)


def _norm(parts) -> float:
    """The Euclidean norm of several arrays together, rounded up."""
    return math.sqrt(sum(float(np.vdot(y, y)) for y in parts)) * (1 + 1e-9)


def _ends(A: Scaled, *, rng: np.random.Generator) -> tuple[float, float]:
    """The smallest and the largest Ritz value of a few steps of Lanczos: where the spectrum ends, roughly."""
    x: list[np.ndarray] = [rng.standard_normal(shape).astype(A.dtype) for shape in A.shapes()]
    size = _norm(x)
    x = [part / A.dtype(size) for part in x]
    before, beta, diagonal, beside = [np.zeros_like(part) for part in x], 0.0, [], []
    for _ in range(PROBE):
        rows = dict(A.rows(x, range(len(x))))
        z = [rows[i] - A.dtype(beta) * before[i] for i in range(len(x))]
        alpha = sum(float(np.vdot(a, b)) for a, b in zip(x, z, strict=True))
        z = [a - A.dtype(alpha) * b for a, b in zip(z, x, strict=True)]
        beta = _norm(z)
        diagonal.append(alpha)
        beside.append(beta)
        if beta <= 1e-5 * max(map(abs, [*diagonal, *beside])):
            break
        before, x = x, [part / A.dtype(beta) for part in z]
    T = np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1)
    values = np.linalg.eigvalsh(T)
    return float(values[0]), float(values[-1])
