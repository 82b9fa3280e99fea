"""Curves along which the loss falls, and their checking from the definition.

The acceptor of this room knows nothing of chains and ranks: it multiplies out the layers, as polynomials in the
parameter ``t`` of the curve, takes half the squared norm of the residual, and looks at the coefficients. Those before
the order of the curve must vanish, and that one be negative. With fractions this is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from blockshift.flow import gradient
from blockshift.flow.landscape import modes
from blockshift.graph.network import Network

#: What a coefficient that should be zero may be, beside the numbers that cancel in it: a thousand roundings.
ROUNDING = 1000 * np.finfo(float).eps


@dataclass(frozen=True, eq=False, repr=False)
class Jump:
    """A change of one layer along a curve.

    Parameters
    ----------
    layer : int
        Which layer of weights, from 1.
    power : int
        Of the parameter.
    matrix : ndarray
        Of the shape of the layer; `t ** power` times it is added.
    """

    layer: int
    power: int
    matrix: np.ndarray

    def __repr__(self) -> str:
        return f"Jump(t^{self.power} in layer {self.layer})"


@dataclass(frozen=True, eq=False, repr=False)
class Descent:
    """A curve ``A(t)`` from a critical point, along which the loss falls by ``coefficient * t ** order`` at first.

    Order 2 is a straight line in a direction in which the Hessian is negative, the value of it twice the coefficient.

    Parameters
    ----------
    jumps : tuple of Jump
    order : int
    coefficient : float or Fraction
        Negative.

    Examples
    --------
    >>> origin = Network.from_weights([[[0]], [[0]], [[0]]])
    >>> one = np.ones((1, 1))
    >>> Descent(tuple(Jump(layer, 1, one) for layer in (1, 2, 3)), 3, -4.0).verify(origin, [4])
    True
    """

    jumps: tuple[Jump, ...]
    order: int
    coefficient: float | Fraction

    def network(self, net: Network, t) -> Network:
        """``A(t)`` for a start `net`."""
        layers = list(net.weights)
        for jump in self.jumps:
            layers[jump.layer - 1] = layers[jump.layer - 1] + t**jump.power * jump.matrix
        return Network(tuple(layers))

    def coefficients(self, net: Network, sigma) -> list:
        """Those of ``1, t, ..., t ** order`` in ``L(A(t))``."""
        return expansion(net, sigma, self.jumps, self.order)[0]

    def verify(self, net: Network, sigma, *, slack: float = 0.0) -> bool:
        """Whether the loss along the curve falls at this order, with this coefficient.

        Parameters
        ----------
        net : Network
        sigma : array_like
        slack : float
            What the lower coefficients may be beside rounding: 0 at a critical point, and where the network is only
            near to one what its distance makes of them.
        """
        found, rooms = expansion(net, sigma, self.jumps, self.order)
        last = found[self.order]
        flat = all(abs(c) <= room + slack for c, room in zip(found[1:-1], rooms[1:-1], strict=True))
        return bool(flat and last < -rooms[-1] and abs(last - self.coefficient) <= rooms[-1] + slack)

    def __repr__(self) -> str:
        layers = ", ".join(str(jump.layer) for jump in self.jumps)
        return f"Descent(L falls like {float(self.coefficient):.3g} t^{self.order}, layers {layers})"


def expansion(net: Network, sigma, jumps: Sequence[Jump], order: int) -> tuple[list, list]:
    """The coefficients of ``L(A(t))`` up to an order, and how far rounding can have moved each: 0 for fractions."""
    Sigma = gradient.target(sigma, net.widths)
    exact = all(X.dtype == object for X in (*net.weights, *(jump.matrix for jump in jumps)))
    if exact:
        Sigma = modes.rational(Sigma)
    total: list[np.ndarray] = []
    for number, W in enumerate(net.weights, 1):
        layer = [W, *(np.zeros_like(W) for _ in range(order))]
        for jump in jumps:
            if jump.layer == number and jump.power <= order:
                layer[jump.power] = layer[jump.power] + jump.matrix
        total = layer if not total else _multiplied(layer, total, order)
    residual = [Sigma - total[0], *(-X for X in total[1:])]
    size = max(float(np.linalg.norm(np.asarray(X, dtype=float))) for X in [Sigma, *total])
    reach = 1.0
    for number, W in enumerate(net.weights, 1):
        moved = sum(float(np.linalg.norm(np.asarray(j.matrix, dtype=float))) for j in jumps if j.layer == number)
        reach *= float(np.linalg.norm(np.asarray(W, dtype=float))) + moved
    room = 0.0 if exact else ROUNDING * (reach + size) * (size + float(np.linalg.norm(np.asarray(Sigma, dtype=float))))
    coefficients = []
    for n in range(order + 1):
        value = sum((residual[k] * residual[n - k]).sum() for k in range(n + 1))
        coefficients.append(Fraction(value) / 2 if exact else float(value) / 2)
    return coefficients, [room] * (order + 1)


def _multiplied(X: list[np.ndarray], Y: list[np.ndarray], order: int) -> list[np.ndarray]:
    """The product of two polynomials of matrices, up to an order; what is zero is not multiplied."""
    rows, columns = X[0].shape[0], Y[0].shape[1]
    result = [np.zeros((rows, columns), dtype=(X[0] @ Y[0]).dtype) for _ in range(order + 1)]
    for i, A in enumerate(X):
        if not A.any():
            continue
        for j in range(order + 1 - i):
            if Y[j].any():
                result[i + j] = result[i + j] + A @ Y[j]
    return result
