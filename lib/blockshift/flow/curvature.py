"""How the loss bends: its second derivative without a matrix of it, and what a step of descent may be.

The Hessian is the derivative of the velocity, so that its product with a direction ``V`` costs about as much as two
gradients: every partial product is carried along with its slope. At a minimum where the residual is zero nothing is
left of it but ``D^* D``, with ``D V = sum_j W_h ... W_{j+1} V_j W_{j-1} ... W_1`` the derivative of the end-to-end map,
and its nonzero eigenvalues are those of the *tangent kernel* ``D D^*``, a matrix over the entries of ``Sigma``.

Main results: the spectrum at balanced minima, and that no factorisation of ``Sigma`` is flatter than a balanced one
(claim P1-C27). Which critical points are saddles, and of what kind, is the business of `landscape`.
"""

from collections.abc import Sequence

import numpy as np
import scipy.sparse.linalg

from blockshift import errors
from blockshift.flow import gradient
from blockshift.flow.landscape import hessian
from blockshift.graph.network import Network

#: Entries of Sigma up to which the tangent kernel is made: its square in floats is 128 MB here.
KERNEL_SIZE = 4096

#: Weights up to which all eigenvalues of the Hessian are computed and the largest picked; beyond, Lanczos finds it.
DENSE_WEIGHTS = 60

#: Eigenvalues below this share of the largest are zeros of the kernel with rounding on them.
ZERO = 1e-10


def sharpness(net: Network, sigma) -> float:
    """The largest eigenvalue of the Hessian of the loss: the curvature in the steepest direction.

    Found by Lanczos iteration on products with the Hessian, which is never formed, except for small networks.

    Source: INFERRED for [wendin2026gradient]; claims S18, P1-C27.

    Examples
    --------
    >>> sharpness(Network.from_weights([[[2]], [[3]]]), [6])
    13.0
    """
    layers = [np.asarray(W, dtype=np.float64) for W in net.weights]
    Sigma = np.asarray(gradient.target(sigma, net.widths), dtype=np.float64)
    places = np.cumsum([0, *(W.size for W in layers)])

    def times(v):
        V = [v[a:b].reshape(W.shape) for a, b, W in zip(places, places[1:], layers, strict=False)]
        return np.concatenate([X.ravel() for X in hessian.of_layers(layers, Sigma, V)])

    size = int(places[-1])
    if size <= DENSE_WEIGHTS:
        H = np.array([times(v) for v in np.eye(size)])
        return float(np.linalg.eigvalsh((H + H.T) / 2)[-1])
    H = scipy.sparse.linalg.LinearOperator((size, size), matvec=times, dtype=np.float64)
    first = np.random.default_rng(0).standard_normal(size)  # any start will do; a fixed one makes reruns agree
    return float(scipy.sparse.linalg.eigsh(H, k=1, which="LA", v0=first, return_eigenvectors=False)[0])


def stable_step(net: Network, sigma, *, momentum: float = 0.0) -> float:
    """The largest step with which descent stays at a minimum: ``2 (1 + momentum) / sharpness``.

    A larger step drives it away from this minimum, along the steepest direction.

    Raises
    ------
    BadArgument
        If the momentum is not in ``[0, 1)``, or there is no direction in which the loss rises.

    Examples
    --------
    >>> stable_step(Network.from_weights([[[1]], [[3]]]), [3])
    0.2
    """
    _proper(momentum)
    steepest = sharpness(net, sigma)
    if not steepest > 0:
        raise errors.BadArgument(
            f"the largest eigenvalue of the Hessian is {steepest:.3g}: the loss rises in no direction, so that no "
            f"step is too long. Ask at a minimum of a loss with `sigma` not zero."
        )
    return 2 * (1 + momentum) / steepest


def _proper(momentum: float) -> None:
    """Nothing, if a momentum is from 0 to below 1."""
    if not 0 <= momentum < 1:
        raise errors.BadArgument(f"momentum is {momentum}; expected a number from 0 to below 1.")


def grams(net: Network) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """The Gram matrices of what comes after each layer, and of what comes before it.

    Returns
    -------
    K : tuple of ndarray
        ``K_j = (W_h ... W_{j+1})(W_h ... W_{j+1})^T``, shape ``(d_h, d_h)``; ``K_h`` is the identity.
    J : tuple of ndarray
        ``J_j = (W_{j-1} ... W_1)^T (W_{j-1} ... W_1)``, shape ``(d_0, d_0)``; ``J_1`` is the identity.

    Examples
    --------
    >>> K, J = grams(Network.from_weights([[[2]], [[3]]]))
    >>> [int(X[0, 0]) for X in K], [int(X[0, 0]) for X in J]
    ([9, 1], [1, 4])
    """
    layers = [np.asarray(W, dtype=np.float64) for W in net.weights]
    after, before = [np.eye(net.widths[-1])], [np.eye(net.widths[0])]
    for W in reversed(layers[1:]):
        after.append(after[-1] @ W)
    for W in layers[:-1]:
        before.append(W @ before[-1])
    return tuple(P @ P.T for P in reversed(after)), tuple(Q.T @ Q for Q in before)


def tangent_kernel(net: Network) -> np.ndarray:
    """``D D^*``, the matrix ``sum_j J_j (x) K_j`` by which the residual pulls at the end-to-end map.

    Along gradient flow ``dW/dt = D D^* R``; where the residual is zero its nonzero eigenvalues are those of the
    Hessian of the loss.

    Returns
    -------
    ndarray, shape (d_h d_0, d_h d_0)
        Symmetric and positive semidefinite, over the entries of ``W`` column by column.

    Raises
    ------
    TooLarge
        If ``Sigma`` has more than `KERNEL_SIZE` entries.

    Source: INFERRED for [wendin2026gradient]; claims P1-C22, P1-C26.

    Examples
    --------
    >>> tangent_kernel(Network.from_weights([[[2]], [[3]]]))
    array([[13.]])
    """
    entries = net.widths[0] * net.widths[-1]
    if entries > KERNEL_SIZE:
        raise errors.TooLarge(
            f"the tangent kernel of {entries} entries is a matrix of {entries**2 * 8 / 2**30:.0f} GB; "
            f"`sharpness` finds its largest eigenvalue without it."
        )
    K, J = grams(net)
    return np.asarray(sum(np.kron(before, after) for after, before in zip(K, J, strict=True)))


def tangent_spectrum(net: Network) -> np.ndarray:
    """The eigenvalues of the tangent kernel above rounding, decreasing.

    At a minimum where the loss is zero they are all the nonzero eigenvalues of the Hessian: the first is the
    sharpness, the last the rate ``lambda`` of the final approach, ``|R| ~ exp(-lambda t)``.

    Source: INFERRED for [wendin2026gradient]; claim P1-C27.

    Examples
    --------
    >>> tangent_spectrum(Network.from_weights([[[1, 0], [0, 2]], [[1, 0], [0, 2]]]))
    array([8., 5., 5., 2.])
    """
    values = np.linalg.eigvalsh(tangent_kernel(net))[::-1]
    return values[values > ZERO * values[0]]


def balanced_spectrum(sigma, widths: Sequence[int]) -> np.ndarray:
    """The nonzero eigenvalues of the Hessian at a balanced minimum, known from the singular values alone.

    For an output direction with singular value ``s`` and an input direction with ``u`` it is
    ``sum_j s^(2(h-j)/h) u^(2(j-1)/h)``, where ``0^0 = 1``. The largest is ``h sigma_1^(2-2/h)``.

    Parameters
    ----------
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_h, d_0)``, or its singular values.
    widths : sequence of int, length h + 1

    Returns
    -------
    ndarray
        Decreasing.

    Raises
    ------
    BadArgument
        If a layer is too narrow for all nonzero singular values: then no minimum has a residual of zero.

    Source: ours; claim P1-C27.

    Examples
    --------
    >>> balanced_spectrum([4, 1], (2, 2, 2))
    array([8., 5., 5., 2.])
    """
    Sigma = np.asarray(gradient.target(sigma, widths), dtype=np.float64)
    values, depth = np.linalg.svd(Sigma, compute_uv=False), len(widths) - 1
    values[values <= max(Sigma.shape) * np.finfo(float).eps * values[0]] = 0.0
    modes = int((values > 0).sum())
    if modes > min(widths):
        raise errors.BadArgument(
            f"`sigma` has {modes} nonzero singular values, the narrowest layer {min(widths)} nodes; widen it, or leave "
            f"the smallest singular values out."
        )
    roots = np.zeros(max(Sigma.shape))
    roots[: len(values)] = values ** (2 / depth)
    after, before = roots[: widths[-1], None], roots[None, : widths[0]]
    total = np.sort(sum(after ** (depth - j) * before ** (j - 1) for j in range(1, depth + 1)).ravel())[::-1]
    return total[total > 0]
