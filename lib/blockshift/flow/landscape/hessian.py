"""The second variation of the loss without its matrix.

In a direction ``V`` the velocity ``-grad L`` changes at the rate ``-H V``, with ``H`` the Hessian. This room
differentiates the two sweeps of `gradient` by the rule of Leibniz, so that a product with ``H`` costs a few times as
much as a gradient: ``O(h)`` products of matrices, and no matrix with a row for each weight. All functions work on
stacks too: layers ``(..., d_i, d_{i-1})``, with leading axes that broadcast.

The formula of the second variation over the whole adjacency matrix is derived symbolically (claim S18); tests
compare.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import scipy.sparse.linalg

from blockshift import errors
from blockshift.flow import gradient
from blockshift.graph.network import Network

#: Up to this number of weights the whole Hessian is decomposed: 8 MB, and a second.
DENSE = 1000

Layers = Sequence[np.ndarray]


def product(net: Network, sigma, V: Layers) -> tuple[np.ndarray, ...]:
    """``H V``, layer by layer: the rate at which the gradient changes in the direction `V`.

    Parameters
    ----------
    net : Network
    sigma : array_like
        ``Sigma``, shape ``(d_h, d_0)``, or its singular values.
    V : sequence of ndarray
        A direction: arrays of the shapes of the layers, or stacks of such.

    Raises
    ------
    ShapeMismatch
        If `V` has not the shapes of the layers.

    Source: [wendin2026gradient] for the loss, formula INFERRED; claim S18.

    Examples
    --------
    >>> product(Network.from_weights([[[0]], [[0]]]), [4], [np.array([[1]]), np.array([[0]])])
    (array([[0.]]), array([[-4.]]))
    """
    expected = [W.shape for W in net.weights]
    shapes = [np.shape(D)[-2:] for D in V]
    if shapes != expected:
        raise errors.ShapeMismatch(f"the direction has layers of shapes {shapes}; the network has {expected}.")
    return of_layers(net.weights, gradient.target(sigma, net.widths), V)


def of_layers(layers: Layers, Sigma: np.ndarray, V: Layers) -> tuple[np.ndarray, ...]:
    """The same without a look at the arguments; stacks broadcast."""
    behind, moving = [layers[0]], [V[0]]  # W_j ... W_1, and its derivative
    for W, D in zip(layers[1:], V[1:], strict=True):
        moving.append(D @ behind[-1] + W @ moving[-1])
        behind.append(W @ behind[-1])
    pulled, turning = Sigma - behind[-1], -moving[-1]  # (W_h ... W_{j+1})^T R, and its derivative
    products = []
    for j in range(len(layers) - 1, 0, -1):
        products.append(0 - (turning @ _T(behind[j - 1]) + pulled @ _T(moving[j - 1])))
        turning = _T(V[j]) @ pulled + _T(layers[j]) @ turning
        pulled = _T(layers[j]) @ pulled
    products.append(0 - turning)
    return tuple(reversed(products))


def quadratic_form(net: Network, sigma, V: Layers):
    """``D²L[V, V] = <V, H V>``, exact where everything is.

    Source: [wendin2026gradient] for the loss, formula INFERRED; claim S18.

    Examples
    --------
    >>> quadratic_form(Network.from_weights([[[0]], [[0]]]), [4], [np.array([[1]]), np.array([[1]])])
    -8.0
    """
    total = sum((D * HD).sum() for D, HD in zip(V, product(net, sigma, V), strict=True))
    return total if isinstance(total, int) or np.asarray(total).dtype == object else float(total)


def matrix(net: Network, sigma) -> np.ndarray:
    """The Hessian, shape ``(N, N)`` for ``N`` weights, layer after layer, row by row.

    Raises
    ------
    TooLarge
        If the network has more than `DENSE` weights; `product` and `smallest` need no matrix.

    Examples
    --------
    >>> matrix(Network.from_weights([[[0]], [[0]]]), [4])
    array([[ 0., -4.],
           [-4.,  0.]])
    """
    if net.size > DENSE:
        raise errors.TooLarge(
            f"the Hessian of {net.size} weights has {net.size**2} entries; up to {DENSE} weights it is formed. "
            f"Use `product` or `smallest`, which do without."
        )
    layers = tuple(np.asarray(W, dtype=np.float64) for W in net.weights)
    return matrices(layers, np.asarray(gradient.target(sigma, net.widths), dtype=np.float64))


def matrices(layers: Layers, Sigma: np.ndarray) -> np.ndarray:
    """The Hessians of a stack of networks, shape ``(..., N, N)``."""
    units, sizes = [], [W.shape[-2] * W.shape[-1] for W in layers]
    total = sum(sizes)
    for W, begin in zip(layers, np.cumsum([0, *sizes[:-1]]), strict=True):
        unit = np.zeros((total, W.shape[-2] * W.shape[-1]))
        unit[begin : begin + unit.shape[1]] = np.eye(unit.shape[1])
        units.append(unit.reshape(total, *W.shape[-2:]))
    columns = of_layers([W[..., None, :, :] for W in layers], np.asarray(Sigma)[..., None, :, :], units)
    rows = np.broadcast_shapes(*(C.shape[:-2] for C in columns))
    return np.concatenate([np.broadcast_to(C, (*rows, *C.shape[-2:])).reshape(*rows, -1) for C in columns], axis=-1)


def spectrum(net: Network, sigma) -> np.ndarray:
    """All eigenvalues of the Hessian, increasing.

    Raises
    ------
    TooLarge
        As `matrix`.

    Examples
    --------
    >>> spectrum(Network.from_weights([[[0]], [[0]]]), [4])
    array([-4.,  4.])
    """
    H = matrix(net, sigma)
    return np.linalg.eigvalsh((H + H.T) / 2)


def smallest(net: Network, sigma, *, rng: np.random.Generator) -> tuple[float, tuple[np.ndarray, ...]]:
    """The smallest eigenvalue of the Hessian and a unit direction: by decomposition if it is small, by Lanczos if not.

    Parameters
    ----------
    net : Network
    sigma : array_like
    rng : numpy.random.Generator
        Draws the vector that the method of Lanczos starts from.

    Returns
    -------
    float, tuple of ndarray
        The direction is layer by layer.
    """
    if net.size <= DENSE:
        H = matrix(net, sigma)
        values, vectors = np.linalg.eigh((H + H.T) / 2)
        return float(values[0]), unstacked(vectors[:, 0], net.widths)
    start = rng.standard_normal(net.size)
    values, vectors = scipy.sparse.linalg.eigsh(operator(net, sigma), k=1, which="SA", v0=start)
    return float(values[0]), unstacked(vectors[:, 0], net.widths)


def operator(net: Network, sigma) -> scipy.sparse.linalg.LinearOperator:
    """The Hessian as a linear map of vectors with one entry for each weight, for the solvers of SciPy."""
    layers = tuple(np.asarray(W, dtype=np.float64) for W in net.weights)
    Sigma = np.asarray(gradient.target(sigma, net.widths), dtype=np.float64)

    def applied(vector):
        return stacked(of_layers(layers, Sigma, unstacked(np.ravel(vector), net.widths)))

    return scipy.sparse.linalg.LinearOperator((net.size, net.size), matvec=applied, dtype=np.float64)


def stacked(layers: Layers) -> np.ndarray:
    """One vector of all entries, layer after layer, row by row."""
    return np.concatenate([W.ravel() for W in layers])


def unstacked(vector: np.ndarray, widths: Sequence[int]) -> tuple[np.ndarray, ...]:
    """The layers that such a vector holds."""
    layers, begin = [], 0
    for c, d in pairwise(widths):
        layers.append(vector[begin : begin + c * d].reshape(d, c))
        begin += c * d
    return tuple(layers)


def _T(X: np.ndarray) -> np.ndarray:
    """The transpose of a matrix, or of each in a stack."""
    return np.swapaxes(X, -1, -2)
