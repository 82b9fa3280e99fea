"""How fast, and how far: a lower bound on the rate at which the loss falls, an upper bound on the weights.

The loss falls at the rate ``|dA/dt|^2 = <R, D D^* R>``, with the tangent kernel ``D D^* = sum_j J_j (x) K_j``.
Replacing every factor by its smallest eigenvalue gives ``dL/dt <= -2 mu L`` (claim P1-C26). The weights stay where the
loss and the conserved matrices confine them (claim O-R1), so that every run is bounded (claim P1-C9).
"""

import numpy as np

from blockshift.flow import conservation, curvature, gradient
from blockshift.graph.network import Network


def rate_bound(net: Network) -> float:
    """The number ``mu`` with ``dL/dt <= -2 mu L``: how fast the loss falls here at least, whatever the data.

    ``mu = sum_j lambda_min(K_j) lambda_min(J_j)``: the smallest singular values, squared, of what comes after each
    layer as seen from the outputs, and of what comes before it as seen from the inputs. It is zero where every term
    passes a layer that is narrower than both ends, and it is nonlocal information: ``mu`` changes along the run.

    Returns
    -------
    float
        At most the smallest eigenvalue of `curvature.tangent_kernel`, which is a bound as well, and sharper.

    Source: INFERRED for [wendin2026gradient]; claim P1-C26.

    Examples
    --------
    >>> rate_bound(Network.from_weights([[[2]], [[3]]]))
    13.0
    """
    K, J = curvature.grams(net)
    least = (max(_least(after), 0.0) * max(_least(before), 0.0) for after, before in zip(K, J, strict=True))
    return float(sum(least))


def _least(X: np.ndarray) -> float:
    """The smallest eigenvalue of a symmetric matrix."""
    return float(np.linalg.eigvalsh(X)[0])


def weight_bound(net: Network, sigma) -> float:
    """A number that no singular value of any layer exceeds, ever, on the run that starts here.

    Let ``x`` be the largest squared singular value of any layer at some time, ``delta = max |C_i|`` (spectral norm,
    conserved) and ``B = |Sigma| + sqrt(2 L)``, which bounds the end-to-end map as long as the loss does not rise. From
    layer to layer the squared norm changes by at most ``delta``, and ``W W^T`` is ``(W_h W_h^T)^h`` up to
    ``h (h-1)/2 delta x^(h-1)`` (claim P1-C25). Together

        (x - (h-1) delta)^h <= B^2 + h (h-1)/2 delta x^(h-1),

    and the bound is the square root of the largest ``x`` that satisfies this.

    Source: ours; claim O-R1.

    Examples
    --------
    A balanced start has ``delta = 0``, and the bound is ``B^(1/h)``: here ``B = 4 + 4``, with the loss at 8.

    >>> round(weight_bound(Network.from_weights([[[1e-9]], [[1e-9]]]), [4]) ** 2, 6)
    8.0
    """
    h = net.depth
    Sigma = np.asarray(gradient.target(sigma, net.widths), dtype=np.float64)
    square = (float(np.linalg.norm(Sigma, 2)) + float(np.sqrt(2 * gradient.loss(net, sigma)))) ** 2
    C = [np.asarray(X, dtype=np.float64) for X in conservation.conserved(net)]
    delta = max((float(np.linalg.norm(X, 2)) for X in C), default=0.0)
    away, bend = (h - 1) * delta, h * (h - 1) / 2 * delta

    # x <= away + (square + bend x^(h-1))^(1/h) =: g(x), and g grows: whatever bounds x, g of it does. The first bound
    # is Lagrange's, for u = x^(1/h) with u^h <= (away + square^(1/h)) + bend^(1/h) u^(h-1).
    bound = (bend ** (1 / h) + (away + square ** (1 / h)) ** (1 / h)) ** h
    for _ in range(10_000):
        tighter = away + (square + bend * bound ** (h - 1)) ** (1 / h)
        if not tighter < bound * (1 - 1e-12):
            break
        bound = tighter
    return float(np.sqrt(bound))
