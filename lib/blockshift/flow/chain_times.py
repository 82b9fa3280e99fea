"""How long a chain of scalar weights takes, at any depth and out of any balance: one quadrature.

Of a chain ``u_1, ..., u_h`` the differences of the squares stay, so that its smallest factor decides the others and
time is an integral over it. The integrand has a logarithmic end at the singular value and, for small starts, spans
many orders of magnitude; a change of variable makes it smooth, and panels that shrink towards the end do the rest.
"""

import numpy as np

from blockshift import errors
from blockshift.flow import balanced_modes

#: Nodes of a panel of the quadrature; a panel is so short that the nearest pole leaves an error below rounding.
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)


def chain_time(s, sigma: float, factors):
    """The time at which the product of a chain of any depth has come to `s`: one quadrature.

    Let ``v`` be the factor of smallest square, and ``c_k = u_k^2 - v^2``, which are kept. Along ``v = sqrt(c) sinh y``
    with ``c`` the smallest of the others, ``dt = dy / ((sigma - s) prod u_k)`` over the ``h - 2`` factors left.

    Parameters
    ----------
    s : array_like
        Products that the chain comes by.
    sigma : float
        Positive.
    factors : array_like, shape (h,)
        ``u_1, ..., u_h`` at time 0.

    Returns
    -------
    ndarray, of the shape of `s`

    Raises
    ------
    BadArgument
        If the chain does not come by `s`, or is at rest.

    Source: claims P1-C21, P1-C23.

    Examples
    --------
    >>> chain_time([0.5], 1, [0.1, 0.1, 0.1]).round(6), chain_time([0.5], 1, [0.3, 0.2, 0.1]).round(6)
    (array([9.144747]), array([4.21321]))
    """
    sigma, u = balanced_modes.positive("sigma", sigma), np.asarray(factors, dtype=float)
    if u.ndim != 1 or not len(u) or not np.isfinite(u).all():
        raise errors.BadArgument(f"the factors are {factors!r}; expected a list of finite numbers, one a layer.")
    s0, depth = float(np.prod(u)), len(u)
    if depth == 1:
        s = balanced_modes.between(s, s0, sigma)
        with np.errstate(divide="ignore"):
            return np.log((sigma - s0) / (sigma - s)) if s0 != sigma else 0.0 * s
    squares = np.sort(u * u)
    v0, c = np.copysign(np.sqrt(squares[0]), s0), squares[1:] - squares[0]
    if v0 == 0 and c[0] == 0:
        raise errors.BadArgument("two factors are 0: the chain is at rest and comes by nothing; start elsewhere.")
    end = sigma if s0 > 0 or c[0] > 0 else 0.0
    s = balanced_modes.between(s, s0, end)
    chain = _Chain(sigma, c, v0)
    marks = [chain.place(x) if x != s0 else chain.begin for x in s.ravel()]
    times, at, total = {chain.begin: 0.0}, chain.begin, 0.0
    for mark in sorted(marks, key=lambda y: abs(y - chain.begin)):
        if mark not in times:
            total += chain.time(at, mark)
            times[mark], at = total, mark
    arrived = s == end
    return np.where(arrived & (s != s0), np.inf, np.array([times[mark] for mark in marks]).reshape(s.shape))


class _Chain:
    """A chain along the variable in which its motion is smooth."""

    def __init__(self, sigma, c, v0):
        self.sigma, self.c, self.sign = sigma, c, 1.0 if v0 >= 0 else -1.0
        self.begin = self._of_smallest(v0)
        self.pole = self.place(sigma) if v0 > 0 or c[0] > 0 else np.inf

    def _of_smallest(self, v):
        """The variable that belongs to a smallest factor."""
        if self.c[0] > 0:
            return float(np.arcsinh(v / np.sqrt(self.c[0])))
        with np.errstate(divide="ignore"):  # a balanced chain comes to 0 at infinity
            return float(self.sign * np.log(abs(v)))

    def smallest(self, y):
        """And back."""
        return np.sqrt(self.c[0]) * np.sinh(y) if self.c[0] > 0 else self.sign * np.exp(self.sign * y)

    def product(self, y):
        """The product of the chain."""
        v = self.smallest(y)
        return v * np.prod([np.sqrt(v * v + c) for c in self.c], axis=0)

    def place(self, s):
        """Where the product is `s`: bisection in the smallest factor, then Newton to the end."""
        low, high = sorted((0.0, np.copysign(1.0 + abs(s), s)))
        while high - low > 1e-3 * max(abs(low), abs(high)) and max(abs(low), abs(high)) > 0:
            middle = 0.5 * (low + high)
            inside = middle * np.prod(np.sqrt(middle * middle + self.c)) < s
            low, high = (middle, high) if inside else (low, middle)
        v = high if abs(high) > abs(low) else low
        for _ in range(8 if v else 0):
            u = np.sqrt(v * v + self.c)
            value = v * np.prod(u)
            v -= (value - s) / (np.prod(u) + value * np.sum(v / (u * u)))
        return self._of_smallest(v)

    def time(self, y0, y1):
        """The integral from `y0` to `y1`, over panels that are short against the distance to every pole."""
        longest, total, at = min(1.0, 4 / (len(self.c) + 1)), 0.0, y0
        while at != y1 and np.isfinite(y1 + total):
            length = min(longest, 0.5 * abs(self.pole - at), abs(y1 - at))
            end = y1 if abs(y1 - at) <= length * (1 + 1e-12) else at + np.copysign(length, y1 - at)
            y = 0.5 * (at + end) + 0.5 * (end - at) * NODES
            v = self.smallest(y)
            rest = np.prod([np.sqrt(v * v + c) for c in self.c[1:]], axis=0)
            with np.errstate(divide="ignore"):  # within rounding of the end
                total += 0.5 * (end - at) * float(np.sum(WEIGHTS / ((self.sigma - self.product(y)) * rest)))
            at = end
        return total
