"""Runge-Kutta methods as data, checked when they are made.

A method with ``s`` stages is a matrix ``a``, weights ``b`` and nodes ``c``. Butcher's simplifying assumptions

    B(p):  sum_i b_i c_i^(k-1) = 1/k,                      k <= p
    C(q):  sum_j a_ij c_j^(k-1) = c_i^k / k,               k <= q
    D(r):  sum_i b_i c_i^(k-1) a_ij = b_j (1 - c_j^k) / k, k <= r

give order ``p`` whenever ``p <= q + r + 1`` and ``p <= 2q + 2``. A method keeps every quadratic invariant, whatever the
step, exactly when ``b_i a_ij + b_j a_ji = b_i b_j`` for all stages: the laws of gradient flow are quadratic. The
methods of Gauss and Legendre have both properties with the highest order that ``s`` stages allow, ``2s``.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.polynomial import legendre

from blockshift import errors

#: What the conditions may miss by: sums of at most eight products of numbers below one, each rounded.
ROUNDING = 1e-14


@dataclass(frozen=True, repr=False)
class Tableau:
    """A Runge-Kutta method.

    Parameters
    ----------
    name : str
    a : ndarray, shape (s, s)
    b, c : ndarray, shape (s,)
    order : int
        The order claimed; the constructor checks it by B, C and D.
    symplectic : bool
        Whether quadratic invariants are kept; checked as well.

    Raises
    ------
    BadArgument
        If the coefficients do not have the order or the property claimed, and which condition they miss by how much.

    Source: [hairer2006geometric], theorems IV.2.1 and IV.2.2; [hairer1993solving], theorem II.7.4.

    Examples
    --------
    >>> Tableau("midpoint", np.array([[0.5]]), np.array([1.0]), np.array([0.5]), 2, True)
    Tableau(midpoint, 1 stage, order 2, keeps quadratic invariants)
    """

    name: str
    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    order: int
    symplectic: bool

    def __post_init__(self):
        s = len(self.b)
        if self.a.shape != (s, s) or self.c.shape != (s,):
            raise errors.ShapeMismatch(
                f"{self.name}: {s} weights go with a {s} by {s} matrix and {s} nodes; given were {self.a.shape} and "
                f"{self.c.shape}."
            )
        if self.guaranteed() < self.order:
            raise errors.BadArgument(
                f"{self.name}: order {self.order} is claimed, but Butcher's conditions give {self.guaranteed()} only."
            )
        if self.symplectic and self.defect() > ROUNDING:
            raise errors.BadArgument(
                f"{self.name}: quadratic invariants are said to be kept, but b_i a_ij + b_j a_ji - b_i b_j is up to "
                f"{self.defect():.1e}; it must vanish."
            )

    @property
    def stages(self) -> int:
        """``s``, the number of stages."""
        return len(self.b)

    def defect(self) -> float:
        """``max |b_i a_ij + b_j a_ji - b_i b_j|``, zero exactly when quadratic invariants are kept."""
        weighted = self.b[:, None] * self.a
        return float(np.abs(weighted + weighted.T - np.outer(self.b, self.b)).max())

    def guaranteed(self) -> int:
        """The order that B(p), C(q) and D(r) guarantee."""
        a, b, c = self.a, self.b, self.c
        powers = range(1, 2 * self.stages + 2)
        p = _holds(abs(b @ c ** (k - 1) - 1 / k) for k in powers)
        q = _holds(np.abs(a @ c ** (k - 1) - c**k / k).max() for k in powers)
        r = _holds(np.abs((b * c ** (k - 1)) @ a - b * (1 - c**k) / k).max() for k in powers)
        return min(p, q + r + 1, 2 * q + 2)

    def __repr__(self) -> str:
        stages = f"{self.stages} stage{'s' if self.stages > 1 else ''}"
        return f"Tableau({self.name}, {stages}, order {self.order}{', keeps quadratic invariants' * self.symplectic})"


def _holds(defects) -> int:
    """How many of the conditions hold, up to the first that does not."""
    count = 0
    for defect in defects:
        if defect > ROUNDING:
            break
        count += 1
    return count


@cache
def gauss(stages: int) -> Tableau:
    """The method of Gauss and Legendre with the given number of stages, of order ``2 s``.

    Parameters
    ----------
    stages : int
        From 1 (the implicit midpoint rule) to 8.

    Source: [hairer2006geometric], II.1.3.

    Examples
    --------
    >>> gauss(2)
    Tableau(gauss2, 2 stages, order 4, keeps quadratic invariants)
    >>> gauss(2).a.round(4)
    array([[ 0.25  , -0.0387],
           [ 0.5387,  0.25  ]])
    """
    if stages not in range(1, 9):
        raise errors.BadArgument(f"{stages} stages were asked for; Gauss methods are here with 1 to 8.")
    x, weights = legendre.leggauss(stages)
    b, c = weights / 2, (x + 1) / 2
    # a_ij is the integral from 0 to c_i of the polynomial that is 1 at c_j and 0 at the other nodes. In Legendre
    # polynomials P_k it has the coefficients (2k + 1) b_j P_k(x_j), and the integral of P_k is a difference of two.
    a = np.outer(c, b)
    for k in range(1, stages):
        integral = (_legendre(k + 1, x) - _legendre(k - 1, x)) / (2 * (2 * k + 1))
        a += (2 * k + 1) * np.outer(integral, b * _legendre(k, x))
    # What rounding has spoilt of the symmetry is put right: the condition then holds to the last bit.
    skew = b[:, None] * a - np.outer(b, b) / 2
    a = ((skew - skew.T) / 2 + np.outer(b, b) / 2) / b[:, None]
    return Tableau(f"gauss{stages}", a, b, c, 2 * stages, True)


def coefficients(tableau: Tableau) -> np.ndarray:
    """The matrix that turns stage values of a polynomial of degree below ``s`` into its Legendre coefficients.

    Returns
    -------
    ndarray, shape (s, s)
        Row ``k`` gives the coefficient of ``P_k(2 theta - 1)``, for a Gauss method.

    Examples
    --------
    >>> g = gauss(3)
    >>> (coefficients(g) @ (2 * g.c - 1)).round(12) + 0.0
    array([0., 1., 0.])
    """
    x = 2 * tableau.c - 1
    return np.array([(2 * k + 1) * tableau.b * _legendre(k, x) for k in range(tableau.stages)])


def values(count: int, theta: np.ndarray) -> np.ndarray:
    """The Legendre polynomials ``P_0 ... P_(count-1)`` at ``2 theta - 1``, shape ``(len(theta), count)``."""
    return legendre.legvander(2 * np.asarray(theta) - 1, count - 1)


def _legendre(k: int, x: np.ndarray) -> np.ndarray:
    return legendre.legval(x, np.eye(k + 1)[k])
