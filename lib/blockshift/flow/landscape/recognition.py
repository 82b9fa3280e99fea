"""Where a run has come to: the critical point nearest to a network, and which singular values it has learnt.

At a critical point the end-to-end map is ``Sigma`` with some singular values set to zero; those that are
left have been *learnt*, and the loss is half the sum of the squares of the others (claims P1-C10, P1-C11).
All critical points but the global minima are saddles. Which saddles are strict is not decided here yet.
"""

from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.flow import gradient
from blockshift.graph.network import Network

#: How near a network must be to a critical point, in its speed and in its map, relative to Sigma.
NEAR = 1e-5

#: Singular values that differ by less than this share are one value with several modes: what is computed from data
#: as equal comes out equal to rounding.
SAME = 1e-12


@dataclass(frozen=True, repr=False)
class CriticalPoint:
    """What a network is near to, with the numbers that say so.

    Parameters
    ----------
    kind : {"global minimum", "saddle", "not critical"}
    learnt : tuple of int
        The places, counted from 1, of the singular values whose mode has been learnt.
    loss : float
        ½ Σσ² over the singular values that have not been learnt.
    speed : float
        ``|dA/dt|`` at the network, divided by ``|Sigma|``.
    distance : float
        ``|W - Sigma_S|`` divided by ``|Sigma|``, with ``S`` the learnt places.
    """

    kind: str
    learnt: tuple[int, ...]
    loss: float
    speed: float
    distance: float

    def __repr__(self) -> str:
        learnt = ", ".join(map(str, self.learnt)) or "nothing"
        return (
            f"CriticalPoint({self.kind}, learnt: {learnt}, loss {self.loss:.3g}, "
            f"to within {max(self.speed, self.distance):.0e})"
        )


def critical_point(net: Network, sigma, *, tolerance: float = NEAR) -> CriticalPoint:
    """The critical point that a network is at, or ``"not critical"``.

    Parameters
    ----------
    net : Network
    sigma : array_like
        A diagonal ``Sigma``, shape ``(d_h, d_0)``, or its singular values.
    tolerance : float
        For the speed and for the distance of the end-to-end map from ``Sigma_S``, both relative to ``|Sigma|``.

    Returns
    -------
    CriticalPoint
        A mode counts as learnt where its diagonal entry is nearer to ``sigma_i`` than to zero. Of modes that share
        a singular value any orthogonal mixture may be learnt; as many of their first places are named.

    Raises
    ------
    BadArgument
        If `sigma` is not diagonal: take its singular value decomposition first.

    Source: [wendin2026gradient] in words, formulas INFERRED; claims P1-C10, P1-C11.

    Examples
    --------
    >>> critical_point(Network.from_weights([[[0]], [[0]]]), [4]).kind
    'saddle'
    >>> critical_point(Network.from_weights([[[2]], [[2]]]), [4]).learnt
    (1,)
    """
    Sigma = np.asarray(gradient.target(sigma, net.widths), dtype=np.float64)
    values = np.diag(Sigma)
    off_diagonal = Sigma.copy()
    np.fill_diagonal(off_diagonal, 0.0)
    if off_diagonal.any() or (values < 0).any():
        raise errors.BadArgument(
            "`sigma` is not diagonal with entries ≥ 0; pass the singular values of the data and turn the outer "
            "layers into their bases."
        )
    W = net.product()
    nearest, learnt = _nearest(W, values)
    size = float(np.linalg.norm(Sigma)) or 1.0
    speed, distance = gradient.speed(net, sigma) / size, float(np.linalg.norm(W - nearest)) / size
    value = 0.5 * float(np.sum(values[~learnt] ** 2))
    room = min(net.widths)
    least = 0.5 * float(np.sum(np.sort(values)[::-1][room:] ** 2))
    if max(speed, distance) > tolerance:
        kind = "not critical"
    else:
        kind = "global minimum" if value - least <= (tolerance * size) ** 2 else "saddle"
    places = tuple(int(i) + 1 for i in np.flatnonzero(learnt))
    return CriticalPoint(kind, places, value, speed, distance)


def _nearest(W: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The critical map near an end-to-end map, and which of the singular values it has learnt.

    Modes that share a singular value are one block of W, at a critical point that value times an orthogonal
    projector (claim P1-C10, edge case E3). Its rank says how many of them are learnt; the first places are named.
    """
    nearest, learnt = np.zeros_like(W), np.zeros(len(values), dtype=bool)
    for value in np.unique(values[values > 0]):
        group = np.flatnonzero(np.abs(values - value) <= SAME * value)
        block = W[np.ix_(group, group)]
        share, basis = np.linalg.eigh((block + block.T) / 2)
        kept = share > value / 2
        nearest[np.ix_(group, group)] = value * basis[:, kept] @ basis[:, kept].T
        learnt[group] = np.arange(len(group)) < kept.sum()
    return nearest, learnt
