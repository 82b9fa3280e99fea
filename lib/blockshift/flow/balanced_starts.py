"""Starts on which the conserved matrices are known: none, all of one size, or a multiple of the identity.

Every 0-balanced network, all ``C_i = 0``, is ``W_j = Q_j S^(1/h) Q_{j-1}^T`` with the singular values ``S`` of its
end-to-end map, ``Q_0`` and ``Q_h`` the singular vectors, and orthonormal columns ``Q_j`` in between that are free. So
a balanced start is an end-to-end map and a draw of hidden bases; its rank is at most the narrowest width.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import scipy.linalg
import scipy.optimize

from blockshift import errors
from blockshift.flow import conservation
from blockshift.graph import blocks
from blockshift.graph.network import Network

#: Singular values below this share of the largest are rounding of a lower rank.
RANK = 1e-13


def zero_balanced(
    widths: Sequence[int], *, rng: np.random.Generator, product=None, scale: float = 1.0
) -> Network:  # fmt: skip
    """A network with ``W_i W_i^T = W_{i+1}^T W_{i+1}`` for every hidden layer.

    Parameters
    ----------
    widths : sequence of int, length h + 1
    rng : Generator
        Draws the hidden bases.
    product : array_like, shape (d_h, d_0), optional
        The end-to-end map. By default that of a random network with weights of size `scale`.
    scale : float

    Returns
    -------
    Network
        All ``C_i`` are zero to rounding.

    Raises
    ------
    BadArgument
        If the rank of `product` is above the narrowest width, or `scale` is not a finite number from 0 up.
    ShapeMismatch
        If `product` does not fit.

    Source: [arora2018optimization]; INFERRED for [wendin2026gradient]; claim P1-C22.

    Examples
    --------
    >>> net = zero_balanced((1, 1, 1), rng=np.random.default_rng(0), product=[[9]])
    >>> [abs(W.item()) for W in net.weights]
    [3.0, 3.0]
    """
    widths = blocks.as_widths(widths)
    U, values, V = _modes(widths, product, scale, rng)
    root, bases = values ** (1 / (len(widths) - 1)), [V]
    bases += [orthonormal(d, len(values), rng) for d in widths[1:-1]]
    bases.append(U)
    return Network(tuple((Q * root) @ P.T for P, Q in pairwise(bases)))


def delta_balanced(
    widths: Sequence[int], delta: float, *, rng: np.random.Generator, product=None, scale: float = 1.0
) -> Network:
    """A network whose conserved matrices have norm at most `delta`, the largest of them exactly.

    A 0-balanced start is moved along its fiber, ``W_i -> P_i W_i P_{i-1}^{-1}`` with ``P_i = e^(x S_i)`` for random
    symmetric ``S_i``, so that the end-to-end map stays (claim P1-C14), until ``max_i |C_i|_F = delta``.

    Parameters
    ----------
    widths : sequence of int, length h + 1
    delta : float
    rng, product, scale
        As for `zero_balanced`; `product` must not vanish.

    Raises
    ------
    BadArgument
        If `delta` is negative, or cannot be reached: there is no hidden layer, or the end-to-end map is zero.

    Source: [arora2019convergence]; INFERRED for [wendin2026gradient]; claim P1-C25.

    Examples
    --------
    >>> net = delta_balanced((2, 3, 3, 2), 0.5, rng=np.random.default_rng(0))
    >>> max(np.linalg.norm(C) for C in conservation.conserved(net)).round(12).item()
    0.5
    """
    if not (np.isfinite(delta) and delta >= 0):
        raise errors.BadArgument(f"delta is {delta}; expected a finite number from 0 up.")
    net = zero_balanced(widths, rng=rng, product=product, scale=scale)
    if delta == 0:
        return net
    if net.depth == 1 or not net.product().any():
        reason = "one layer has no conserved matrix" if net.depth == 1 else "the end-to-end map is zero"
        raise errors.BadArgument(f"delta is {delta:g}, but {reason}; only delta = 0 is possible here.")
    turns = [_symmetric(d, rng) for d in net.widths[1:-1]]

    def moved(x):
        P = [np.eye(net.widths[0]), *(scipy.linalg.expm(x * S) for S in turns), np.eye(net.widths[-1])]
        back = [np.eye(net.widths[0]), *(scipy.linalg.expm(-x * S) for S in turns)]
        return Network(tuple(P[i + 1] @ W @ back[i] for i, W in enumerate(net.weights)))

    def excess(x):
        return max(float(np.linalg.norm(C)) for C in conservation.conserved(moved(x))) - delta

    end = 2.0**-40
    while excess(end) < 0:
        end *= 2
    return moved(scipy.optimize.brentq(excess, 0.0, end, xtol=1e-300, rtol=4 * np.finfo(float).eps))


def lambda_balanced(
    widths: Sequence[int], lam: float, *, rng: np.random.Generator, product=None, scale: float = 1.0
) -> Network:
    """A two-layer network with ``W_2^T W_2 - W_1 W_1^T = lam I``.

    There is one with the end-to-end map `product` exactly if its rank is at most every width and, for ``lam > 0``,
    the hidden layer is no wider than the output: ``W_2^T W_2`` is then at least ``lam I`` and has full rank. For
    ``lam < 0`` it must be no wider than the input, for the same reason.

    Parameters
    ----------
    widths : sequence of three int
    lam : float
        ``lambda``: positive if the second layer is the larger one. Minus ``C_1`` in units of the identity.
    rng, product, scale
        As for `zero_balanced`.

    Returns
    -------
    Network

    Raises
    ------
    BadArgument
        If there is no such network; the message says why.

    Source: [domine2025lazy]; claim O-S1.

    Examples
    --------
    >>> net = lambda_balanced((1, 1, 1), 3, rng=np.random.default_rng(0), product=[[2]])
    >>> [round(abs(W.item()), 12) for W in net.weights]
    [1.0, 2.0]
    """
    widths = blocks.as_widths(widths)
    if len(widths) != 3:
        raise errors.BadArgument(f"widths {widths} are of {len(widths) - 1} layers; lambda-balance is for two.")
    if not np.isfinite(lam):
        raise errors.BadArgument(f"lambda is {lam}; expected a finite number.")
    inputs, hidden, outputs = widths
    if hidden > (outputs if lam > 0 else inputs) and lam != 0:
        layer, side, width = ("W_2^T W_2", "output", outputs) if lam > 0 else ("W_1 W_1^T", "input", inputs)
        raise errors.BadArgument(
            f"with lambda = {lam:g} the matrix {layer} is at least {abs(lam):g} I on {hidden} hidden nodes, but its "
            f"rank is at most the {side} width {width}; take at most {width} hidden nodes"
            + (", or the other sign of lambda." if hidden <= max(inputs, outputs) else ".")
        )
    U, values, V = _modes(widths, product, scale, rng)
    # Modes of strength 0 belong to the rest of the hidden layer; of them the larger layer has sqrt(|lam|).
    strengths = np.zeros(hidden)
    strengths[: len(values)] = values
    larger = np.sqrt(0.5 * (abs(lam) + np.hypot(lam, 2 * strengths)))
    smaller = np.divide(strengths, larger, out=np.zeros(hidden), where=larger > 0)
    first, second = (smaller, larger) if lam > 0 else (larger, smaller)
    Q = orthonormal(hidden, hidden, rng)
    V, U = (_completed(X, min(hidden, len(X)), rng) for X in (V, U))
    return Network(
        (
            (Q[:, : V.shape[1]] * first[: V.shape[1]]) @ V.T,
            (U * second[: U.shape[1]]) @ Q[:, : U.shape[1]].T,
        )
    )


def _modes(widths, product, scale, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left vectors, positive singular values and right vectors of the end-to-end map that is wanted."""
    if product is None:
        M = Network.random(widths, rng=rng, scale=scale).product()
    else:
        M = np.asarray(blocks.as_matrix(product, "product"), dtype=float)
        if M.shape != (widths[-1], widths[0]):
            raise errors.ShapeMismatch(
                f"`product` has shape {M.shape}, but widths {tuple(widths)} map {widths[0]} inputs to {widths[-1]} "
                f"outputs; it must be ({widths[-1]}, {widths[0]})."
            )
    U, values, Vt = np.linalg.svd(M, full_matrices=False)
    rank = int((values > RANK * values[0]).sum())
    if rank > min(widths) and product is not None:
        raise errors.BadArgument(
            f"`product` has rank {rank}, but the narrowest layer of widths {tuple(widths)} has {min(widths)} nodes; "
            f"lower the rank or widen the network."
        )
    rank = min(rank, min(widths))
    return U[:, :rank], values[:rank], Vt[:rank].T


def orthonormal(d: int, k: int, rng) -> np.ndarray:
    """Orthonormal columns, shape ``(d, k)``, uniformly distributed."""
    Q, R = np.linalg.qr(rng.standard_normal((d, k)))
    return Q * np.where(np.diag(R) < 0, -1.0, 1.0)


def _completed(X: np.ndarray, k: int, rng) -> np.ndarray:
    """The orthonormal columns of `X` and further ones, `k` in all."""
    more = rng.standard_normal((len(X), k - X.shape[1]))
    for _ in range(2):  # once more, against rounding
        more = np.linalg.qr(more - X @ (X.T @ more))[0]
    return np.column_stack([X, more])


def _symmetric(d: int, rng) -> np.ndarray:
    """A random symmetric matrix of Frobenius norm 1."""
    S = rng.standard_normal((d, d))
    return (S + S.T) / np.linalg.norm(S + S.T)
