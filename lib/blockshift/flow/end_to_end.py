"""The end-to-end map alone: its equation on 0-balanced networks, and how far balance that is not exact may lead off.

On 0-balanced networks ``W = W_h ... W_1`` obeys (claim P1-C22)

    dW/dt = sum_j (W W^T)^((h - j)/h) (Sigma - W) (W^T W)^((j - 1)/h),

whatever the hidden widths are, as long as they carry the rank of ``W``. In the singular bases of ``W`` the sum is a
product entry by entry. For a start that is balanced up to ``delta`` there is a bound on what the powers are off
(claim P1-C25).
"""

from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.flow import conservation, gradient, small_systems
from blockshift.graph import blocks
from blockshift.graph.network import Network

#: Singular values of a start below this share of the largest are rounding of a lower rank.
RANK = 1e-13


def velocity(W: np.ndarray, Sigma: np.ndarray, depth: int, rank: int | None = None) -> np.ndarray:
    """``dW/dt`` of a 0-balanced network of that depth with end-to-end map `W`, shape ``(d_h, d_0)``.

    The flow keeps the rank of `W`, and does so unstably: a singular value that is rounding would grow as any small
    one does. With `rank`, those beyond it count as 0.

    Source: [arora2018optimization]; claim P1-C22.

    Examples
    --------
    >>> velocity(np.array([[8.0]]), np.array([[9.0]]), 3)
    array([[48.]])
    """
    U, values, Vt = np.linalg.svd(W)
    root = np.where(np.arange(len(values)) < (len(values) if rank is None else rank), values, 0.0) ** (2 / depth)
    a, b = np.zeros(len(U)), np.zeros(len(Vt))
    a[: len(root)] = b[: len(root)] = root
    weight = sum(a[:, None] ** (depth - j) * b ** (j - 1) for j in range(1, depth + 1))
    return U @ (weight * (U.T @ (Sigma - W) @ Vt.T)) @ Vt


def end_to_end(product, sigma, depth: int, at) -> np.ndarray:
    """The end-to-end map of a 0-balanced network at given times, shape ``(m, d_h, d_0)``.

    Parameters
    ----------
    product : array_like, shape (d_h, d_0)
        The end-to-end map at time 0.
    sigma : array_like
        The matrix ``Sigma`` of the same shape, or its singular values.
    depth : int
        ``h``, from 1 up.
    at : array_like, shape (m,)
        Increasing times from 0 up.

    Raises
    ------
    BadArgument, ShapeMismatch, NotFinite
        If something does not fit or is out of range.

    Source: [arora2018optimization]; INFERRED for [wendin2026gradient]; claim P1-C22.

    Examples
    --------
    >>> end_to_end([[1e-3]], [3], 2, [1.0]).round(9)
    array([[[0.35571248]]])
    """
    if not (isinstance(depth, (int, np.integer)) and depth >= 1):
        raise errors.BadArgument(f"the depth is {depth!r}; expected an integer from 1 up.")
    M = np.asarray(blocks.as_matrix(product, "product"), dtype=float)
    Sigma = np.asarray(gradient.target(sigma, (M.shape[1], M.shape[0])), dtype=float)

    values = np.linalg.svd(M, compute_uv=False)
    rank = int((values > RANK * values[0]).sum())

    def right_side(t, state):
        return velocity(state.reshape(M.shape), Sigma, depth, rank).ravel()

    t = small_systems.times(at)
    return small_systems.states(right_side, M.ravel(), t).reshape(len(t), *M.shape)


@dataclass(frozen=True)
class BalanceGap:
    """How far ``W W^T`` is from the power that it is on balanced networks, and the bound that delta gives.

    Parameters
    ----------
    gap : float
        ``|W W^T - (W_h W_h^T)^h|_2``.
    bound : float
        ``h (h - 1)/2 delta M^(2 (h - 1))`` with ``delta = max_i |C_i|_2`` and ``M = max_j |W_j|_2``.
    delta : float
    """

    gap: float
    bound: float
    delta: float

    def __repr__(self) -> str:
        return f"BalanceGap({self.gap:.3g} ≤ {self.bound:.3g}, δ = {self.delta:.3g})"


def balance_gap(net: Network) -> BalanceGap:
    """The distance of a network from balance, as the end-to-end map sees it, and its bound.

    Source: INFERRED for [wendin2026gradient], after [arora2018optimization]; claim P1-C25.

    Examples
    --------
    >>> balance_gap(Network.from_weights([[[1]], [[2]]]))
    BalanceGap(12 ≤ 12, δ = 3)
    """
    layers = [np.asarray(W, dtype=float) for W in net.weights]
    h, W, last = net.depth, np.asarray(net.product(), dtype=float), layers[-1]
    delta = max((float(np.linalg.norm(C, 2)) for C in conservation.conserved(layers)), default=0.0)
    M = max(float(np.linalg.norm(layer, 2)) for layer in layers)
    gap = np.linalg.norm(W @ W.T - np.linalg.matrix_power(last @ last.T, h), 2)
    return BalanceGap(float(gap), h * (h - 1) / 2 * delta * M ** (2 * (h - 1)), delta)
