"""The gradient of the loss by hand, fast.

The data enter through one matrix ``Sigma`` of shape ``(d_h, d_0)``, and the loss of the network is
``L = 1/2 |Sigma - W|^2`` with ``W = W_h ... W_1`` (Frobenius norm). Gradient flow is ``dA/dt = -grad L``;
layer by layer, with the residual ``R = Sigma - W``,

    dW_j/dt = (W_h ... W_{j+1})^T  R  (W_{j-1} ... W_1)^T.

This room computes it with two sweeps of partial products, ``O(h)`` matrix products in all. The same
gradient is derived symbolically in `derivations`; the two do not know each other.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from blockshift import errors
from blockshift.graph import blocks
from blockshift.graph.network import Network


def target(sigma, widths: Sequence[int]) -> np.ndarray:
    """The matrix ``Sigma`` of the data, shape ``(d_h, d_0)``.

    Parameters
    ----------
    sigma : array_like
        Either the matrix itself, or a list of singular values: they are put on the diagonal, in
        decreasing order, followed by zeros.
    widths : sequence of int, length h + 1

    Raises
    ------
    ShapeMismatch
        If a matrix has another shape, or there are more than ``min(d_0, d_h)`` singular values.
    BadArgument
        If a singular value is negative.
    NotFinite
        If an entry is NaN or infinite.

    Examples
    --------
    >>> target([1, 2], (3, 5, 2))
    array([[2., 0., 0.],
           [0., 1., 0.]])
    """
    rows, columns = widths[-1], widths[0]
    array = np.asarray(sigma)
    if array.ndim == 2:
        matrix = blocks.as_matrix(array, "sigma")
        if matrix.shape != (rows, columns):
            raise errors.ShapeMismatch(
                f"`sigma` has shape {matrix.shape}, but a network with widths {tuple(widths)} maps {columns} inputs "
                f"to {rows} outputs; it must be ({rows}, {columns})."
            )
        return matrix
    values = blocks.as_matrix(np.atleast_1d(array)[None], "sigma")[0] if array.size else np.zeros(0)
    if len(values) > min(rows, columns):
        raise errors.ShapeMismatch(
            f"{len(values)} singular values were given, but a map from {columns} inputs to {rows} outputs has at "
            f"most {min(rows, columns)}; leave some out or widen the network."
        )
    if any(values < 0):
        raise errors.BadArgument(f"singular values {values.tolist()} include a negative one; they must be ≥ 0.")
    matrix = np.zeros((rows, columns), dtype=values.dtype)
    for i, value in enumerate(sorted(values.tolist(), reverse=True)):
        matrix[i, i] = value
    return matrix


def residual(net: Network, sigma) -> np.ndarray:
    """``R = Sigma - W_h ... W_1``, shape ``(d_h, d_0)``: what is not yet learnt.

    Source: [wendin2026gradient]; claim P1-C3.
    """
    return target(sigma, net.widths) - net.product()


def loss(net: Network, sigma):
    """``L = 1/2 |Sigma - W_h ... W_1|^2``: a float, or a ``Fraction`` where weights and data are exact.

    Source: [wendin2026gradient]; claim P1-C3.

    Examples
    --------
    >>> loss(Network.from_weights([[[2]], [[3]]]), [10])
    8.0
    """
    R = residual(net, sigma)
    square = (R * R).sum()
    return Fraction(square) / 2 if R.dtype == object else float(square) / 2


def velocity(net: Network, sigma) -> tuple[np.ndarray, ...]:
    """``-grad L``, layer by layer: the direction in which gradient flow moves the weights.

    Parameters
    ----------
    net : Network
    sigma : array_like
        The matrix ``Sigma`` of shape ``(d_h, d_0)``, or its singular values.

    Returns
    -------
    tuple of ndarray
        ``dW_j/dt``, each of the shape of ``W_j``.

    Source: [wendin2026gradient], gradient flow; claim P1-C2.

    Examples
    --------
    >>> velocity(Network.from_weights([[[2]], [[3]]]), [10])
    (array([[12.]]), array([[8.]]))
    """
    return layer_velocities(net.weights, target(sigma, net.widths))


def layer_velocities(layers: Sequence[np.ndarray], Sigma: np.ndarray) -> tuple[np.ndarray, ...]:
    """The same without a look at the arguments, for the inner loop of an integrator."""
    behind = [layers[0]]  # behind[j] = W_{j+1} ... W_1
    for W in layers[1:]:
        behind.append(W @ behind[-1])
    pulled = Sigma - behind[-1]  # (W_h ... W_{j+1})^T R, from the last layer down
    velocities = []
    for j in range(len(layers) - 1, 0, -1):
        velocities.append(pulled @ behind[j - 1].T)
        pulled = layers[j].T @ pulled
    velocities.append(pulled)
    return tuple(reversed(velocities))


def speed(net: Network, sigma) -> float:
    """``|dA/dt|``, the Frobenius norm of the velocity; zero exactly at critical points."""
    return float(np.sqrt(sum((V * V).sum() for V in velocity(net, sigma))))
