"""Where a network is: the critical point it is at, or near to, what has been learnt there, and what kind it is.

At a critical point the end-to-end map is ``Sigma`` with some singular values set to zero; those that are left have
been *learnt*, and the loss is half the sum of the squares of the others (claims P1-C10, P1-C11). Its kind is decided
in `kinds`.

How near is near is a decision that has to be stated. A network is *critical to rounding* if its velocity is no larger
than rounding can make it; then its ranks are decided at the resolution of `ranks.RESOLUTION`. A network is *near* to a
critical point if its velocity and the distance of its map are below a tolerance. Weights of size ``a`` on an unlearnt
chain move the network at a speed of about ``s a^(h-1)``, with ``s`` the singular value; so at a given speed weights up
to ``(speed / s)^(1/(h-1))`` may be there that are zero at the critical point; the resolution is `UNSEEN` times that.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from blockshift import errors
from blockshift.flow import gradient
from blockshift.flow.landscape import beside, kinds, modes, ranks
from blockshift.flow.landscape.kinds import NOT_CRITICAL, Certificate
from blockshift.flow.landscape.modes import Learnt
from blockshift.graph.network import Network

#: How near a network must be to a critical point, in its speed and in its map, relative to Sigma.
NEAR = 1e-5

#: Roundings, of one part in 2^53, that a velocity of this size can collect beside the product of the norms in it.
COLLECTED = 200 * np.finfo(float).eps

#: How much larger than the speed suggests the weights may be that are zero at the critical point: unlearnt weights
#: differ in size from layer to layer and from mode to mode.
UNSEEN = 10.0


@dataclass(frozen=True, eq=False, repr=False)
class CriticalPoint:
    """What a network is at, or near to, with the numbers that say so.

    Parameters
    ----------
    kind : {"global minimum", "strict saddle", "nonstrict saddle", "not critical"}
    learnt : tuple of int
        The places, counted from 1 in the order of decreasing singular values, of those whose mode has been learnt.
    loss : float or Fraction
        ½ Σσ² over the singular values that have not been learnt: the critical value.
    speed : float
        ``|dA/dt|`` at the network, divided by ``|Sigma|``.
    distance : float
        ``|W - Sigma_S|`` divided by ``|Sigma|``, with ``S`` the learnt places.
    certificate : Certificate or None
        Why it is of this kind; None where it is not critical.
    """

    kind: str
    learnt: tuple[int, ...]
    loss: float | Fraction
    speed: float
    distance: float
    certificate: Certificate | None = None

    @property
    def order(self) -> int | None:
        """The order at which the loss falls along the curve found: 2 at a strict saddle; None where it is none."""
        found = self.certificate and self.certificate.descent
        return found.order if found else None

    def __repr__(self) -> str:
        learnt = modes.listed(self.learnt)
        return (
            f"CriticalPoint({self.kind}, learnt: {learnt}, loss {float(self.loss):.3g}, "
            f"to within {max(self.speed, self.distance):.0e})"
        )


def critical_point(net: Network, sigma, *, tolerance: float = NEAR) -> CriticalPoint:
    """The critical point that a network is at, with its kind and a certificate, or ``"not critical"``.

    Parameters
    ----------
    net : Network
    sigma : array_like
        ``Sigma``, shape ``(d_h, d_0)``, or its singular values. It may be any matrix: of lower rank, with repeated
        singular values, not diagonal, zero.
    tolerance : float
        For the speed and for the distance of the end-to-end map from ``Sigma_S``, both relative to ``|Sigma|``. Where
        weights and data are exact nothing is tolerated.

    Returns
    -------
    CriticalPoint
        A mode counts as learnt where it is nearer to its singular value than to zero. Of modes that share a singular
        value any orthogonal mixture may be learnt; as many of their first places are named.

    Raises
    ------
    BadArgument
        If `tolerance` is negative, or the layers are so large beside their product that rounding may hide the velocity.

    Source: [achour2024loss] for the kinds, [wendin2026gradient] in words, formulas INFERRED; claims P1-C10, P1-C11,
    P1-C17.

    Examples
    --------
    >>> critical_point(Network.from_weights([[[0]], [[0]]]), [4]).kind
    'strict saddle'
    >>> critical_point(Network.from_weights([[[0]], [[0]], [[0]]]), [4]).certificate
    Certificate(nonstrict saddle: no pair of layers is open; the shortest walk jumps in layers 1, 2, 3)
    >>> critical_point(Network.from_weights([[[2]], [[2]]]), [4]).learnt
    (1,)
    """
    if not tolerance >= 0:
        raise errors.BadArgument(f"the tolerance is {tolerance}; give a number from 0 up.")
    Sigma = gradient.target(sigma, net.widths)
    if all(W.dtype == object for W in net.weights):
        # A float is a fraction too; but data in floats may be rounded, and then the second look below is the right one.
        exact = _exact(net, modes.rational(Sigma))
        if exact is not None and (exact.certificate or Sigma.dtype == object):
            return exact
    net = Network(tuple(np.asarray(W, dtype=np.float64) for W in net.weights))
    found = modes.of(np.asarray(Sigma, dtype=np.float64))
    learnt = modes.learnt(net.product(), found)
    speed, noise = gradient.speed(net, found.Sigma), rounding(net.weights, found.scale)
    distance = float(np.linalg.norm(net.product() - learnt.map))
    value = 0.5 * float(np.sum(learnt.residual**2))
    numbers = learnt.places, value, speed / found.scale, distance / found.scale
    if speed <= noise and noise > max(tolerance, NEAR) * found.scale:
        raise errors.BadArgument(
            f"the layers are so large beside their product that rounding alone makes a speed of up to {noise:.1e}, "
            f"with |Sigma| = {found.scale:.3g}: whether the network is critical cannot be told. Bring the layers to "
            f"similar norms by a change of basis in the hidden layers, or use exact fractions."
        )
    if speed <= noise and distance <= noise * max(1.0, found.scale):
        resolutions = [ranks.RESOLUTION * float(np.linalg.norm(W, 2)) for W in net.weights]
        proof = kinds.certificate(net, found.Sigma, learnt, resolutions)
    elif max(speed, distance) <= tolerance * found.scale:
        proof = nearby(net, found.Sigma, learnt, speed)
    else:
        return CriticalPoint(NOT_CRITICAL, *numbers)
    return CriticalPoint(proof.kind, *numbers, proof)


def rounding(layers, scale: float) -> float:
    """The speed that rounding alone can make of a network whose velocity is zero."""
    norms = [float(np.linalg.norm(W, 2)) for W in layers]
    others = [float(np.prod(norms[:q] + norms[q + 1 :])) for q in range(len(norms))]
    return COLLECTED * sum(others) * (scale + float(np.prod(norms)))


def _exact(net: Network, Sigma: np.ndarray) -> CriticalPoint | None:
    """The same in exact arithmetic, for diagonal data; None for other data, whose singular vectors are not exact."""
    try:
        found = modes.exact(Sigma)
    except errors.BadArgument:
        return None
    at_rest = not any(V.any() for V in gradient.velocity(net, Sigma))
    learnt = modes.learnt_exactly(net.product(), found) if at_rest else None
    if learnt is None:
        near = critical_point(Network(tuple(np.asarray(W, dtype=float) for W in net.weights)), np.asarray(Sigma, float))
        return CriticalPoint(NOT_CRITICAL, near.learnt, near.loss, near.speed, near.distance)
    proof = kinds.certificate(net, Sigma, learnt, ())
    value = Fraction((learnt.residual * learnt.residual).sum()) / 2
    return CriticalPoint(proof.kind, learnt.places, value, 0.0, 0.0, proof)


def nearby(net: Network, Sigma: np.ndarray, learnt: Learnt, speed: float) -> Certificate:
    """The certificate of the critical point beside a network that is nearly critical."""
    unseen, left = resolution(net, learnt, speed), beside.unlearnt(net, learnt.rank)
    if learnt.wanted is None or max(left) <= unseen:
        point = beside.full_chains_only(net, learnt)
        if point is not None:
            sharp = [ranks.RESOLUTION * float(np.linalg.norm(W, 2)) for W in point.weights]
            return kinds.certificate(point, Sigma, learnt, sharp)
    found = kinds.certificate(net, Sigma, learnt, [unseen] * net.depth)
    slack = 10 * speed * (1 + float(np.linalg.norm(Sigma)))
    return Certificate(found.kind, net, found.reason, found.descent, found.ranks, found.least, slack)


def resolution(net: Network, learnt: Learnt, speed: float) -> float:
    """The size of weights that may be there at a given speed and be zero at the critical point.

    At most half of what a balanced chain has in each layer for the smallest mode learnt, or if none is, for the largest
    one missing: that is between what counts as learnt and what does not.
    """
    if learnt.wanted is None or net.depth == 1:
        return 0.0
    most = 0.5 * float(learnt.least if learnt.rank else learnt.missing) ** (1 / net.depth)
    return min(UNSEEN * float((speed / learnt.missing) ** (1 / (net.depth - 1))), most)
