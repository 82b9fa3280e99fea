"""Fibers over critical values: each value once in the quotient, and the way of its critical points to infinity."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np

from blockshift import errors
from blockshift.flow import gradient
from blockshift.flow.quotient import fibers, subspaces
from blockshift.graph import blocks
from blockshift.graph.network import Network

#: Sets of singular values are listed up to this many; the chapter draws a dozen.
MOST = 2**14


def is_alone(net: Network, sigma) -> bool:
    """Whether a critical point is the only one over its end-to-end map: an exact ``Sigma`` decides exactly.

    That is so for one layer, and for the origin of a network of two layers with an invertible ``Sigma`` (E1).

    Source: ours; claims E1, P1-C12.

    Examples
    --------
    >>> is_alone(Network.from_weights([[[0]], [[0]]]), [1]), is_alone(Network.from_weights([[[0]], [[0]]]), [0])
    (True, False)
    """
    if net.depth == 1:
        return True
    if net.depth > 2 or any(np.any(W != 0) for W in net.weights):
        return False
    Sigma = gradient.target(sigma, net.widths)
    return Sigma.shape[0] == Sigma.shape[1] == _rank(Sigma)


def unbounded_path(net: Network, sigma, t) -> Network:
    """A critical point with the end-to-end map of another one, and a norm that grows with t beyond all bounds.

    Where some weight is not zero, it is the hidden change of basis by t in one layer; from the origin a layer grows
    that nothing reads, or that reads only what ``Sigma`` ignores.

    Parameters
    ----------
    net : Network
        A critical point.
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_h, d_0)``, or its singular values.
    t : number
        Above 0; a ``Fraction`` or an integer keeps exact networks exact.

    Raises
    ------
    BadArgument
        If the critical point is alone over its map (E1), or t is not above 0.

    Source: [wendin2026gradient] for the statement, path INFERRED; claim P1-C12.

    Examples
    --------
    >>> unbounded_path(Network.from_weights([[[1]], [[4]]]), [4], 10).weights
    (array([[10.]]), array([[0.4]]))
    """
    if not t > 0:
        raise errors.BadArgument(f"t is {t!r}; the path runs over the numbers above 0.")
    if is_alone(net, sigma):
        raise errors.BadArgument(
            "this critical point is the only one over its end-to-end map (E1): no path leaves it. "
            "Take another critical point, a third layer, or a Sigma with a kernel."
        )
    layers = list(net.weights)
    exact = subspaces.is_exact(*layers)
    one = Fraction(t) if exact else float(t)
    at = next((i for i, W in enumerate(layers) if np.any(W != 0)), None)
    if at is None:
        grown, W = _ignored(net, sigma, exact)
        layers[grown] = one * W
    elif at < net.depth - 1:
        layers[at], layers[at + 1] = one * layers[at], layers[at + 1] / one
    else:
        layers[at] = one * layers[at]  # the layer before is zero
    return Network(tuple(layers))


def _rank(Sigma: np.ndarray) -> int:
    """The rank of ``Sigma``."""
    return subspaces.exact_rank(Sigma) if Sigma.dtype == object else int(np.linalg.matrix_rank(Sigma))


def _ignored(net: Network, sigma, exact: bool) -> tuple[int, np.ndarray]:
    """A layer, and weights of it that keep the origin critical, however large."""
    if net.depth > 2:
        W = 0 * net.weights[1]
        W[0, 0] = 1
        return 1, W
    Sigma = gradient.target(sigma, net.widths)
    if exact and Sigma.dtype != object:
        Sigma = Sigma.astype(int).astype(object) if (Sigma == Sigma.astype(int)).all() else Sigma
    rank = _rank(Sigma)
    if rank < Sigma.shape[1]:
        v = subspaces.kernel(Sigma, Sigma.shape[1] - rank)[:, 0]
        W = 0 * net.weights[0]
        W[0] = v
        return 0, W
    v = subspaces.kernel(Sigma.T, Sigma.shape[0] - rank)[:, 0]
    W = 0 * net.weights[1]
    W[:, 0] = v
    return 1, W


@dataclass(frozen=True, repr=False)
class CriticalClass:
    """A point of the quotient: a critical end-to-end map, with the value of the loss on the fiber over it.

    Parameters
    ----------
    learnt : tuple of int
        The places, from 1, of the singular values that are learnt; of equal ones the first places.
    value : number
        ½ Σσ² over the others; an exact number for exact singular values.
    rank : int
    fiber : int
        The dimension of the fiber over it.
    family : int
        The dimension of the set of such maps: 0, but for singular values that are equal (E3).
    """

    learnt: tuple[int, ...]
    value: float
    rank: int
    fiber: int
    family: int

    def __repr__(self) -> str:
        family = f", in a family of dimension {self.family}" if self.family else ""
        return (
            f"CriticalClass(learnt: {', '.join(map(str, self.learnt)) or 'nothing'}, loss {float(self.value):g}, "
            f"fiber of dimension {self.fiber}{family})"
        )


def critical_classes(sigma, widths: Sequence[int]) -> tuple[CriticalClass, ...]:
    """The critical points of the quotient, from the largest critical value to the least.

    Parameters
    ----------
    sigma : array_like
        Singular values, or a diagonal ``Sigma``.
    widths : sequence of int, length h + 1

    Returns
    -------
    tuple of CriticalClass
        One for each set of distinct singular values that can be learnt, and of equal ones for each number of them.

    Raises
    ------
    BadArgument
        If `sigma` is a matrix that is not diagonal with entries from 0 up.
    TooLarge
        If there are more than `MOST`.

    Source: [wendin2026gradient] in words, formulas INFERRED; claims P1-C11, P1-C13.

    Examples
    --------
    >>> critical_classes([2, 1], (2, 1, 2))[-1]
    CriticalClass(learnt: 1, loss 0.5, fiber of dimension 1)
    """
    d = blocks.as_widths(widths)
    Sigma = gradient.target(sigma, d)
    values = np.diag(Sigma)
    if np.count_nonzero(Sigma) != np.count_nonzero(values) or (values < 0).any():
        raise errors.BadArgument("`sigma` is not diagonal with entries ≥ 0; pass the singular values of the data.")
    places = {v: [i + 1 for i, w in enumerate(values) if w == v] for v in dict.fromkeys(values) if v > 0}
    room = min(d)
    count = sum(comb(sum(map(len, places.values())), k) for k in range(room + 1))
    if count > MOST:
        raise errors.TooLarge(f"there are {count} sets of singular values to learn; up to {MOST} are listed.")
    whole, found = (Sigma * Sigma).sum(), {}
    nonzero = [i for group in places.values() for i in group]
    for k in range(room + 1):
        for chosen in combinations(nonzero, k):
            taken = {v: sum(i in chosen for i in group) for v, group in places.items()}
            learnt = tuple(sorted(i for v, group in places.items() for i in group[: taken[v]]))
            if learnt in found:
                continue
            family = sum(m * (len(places[v]) - m) for v, m in taken.items())
            value = (whole - sum(v * v * m for v, m in taken.items())) * Fraction(1, 2)
            found[learnt] = CriticalClass(
                learnt, value if Sigma.dtype == object else float(value), k, fibers.fiber_dimension(d, k), family
            )
    return tuple(sorted(found.values(), key=lambda c: (-c.value, c.learnt)))
