"""What the motion keeps: the conserved matrices, and how far a computed run drifts off them.

Along gradient flow every hidden layer keeps the Gram matrix of the weights entering it minus that of
the weights leaving it, ``C_i = W_i W_i^T - W_{i+1}^T W_{i+1}`` (claim P1-C6). In the language of one
matrix these are the interior diagonal blocks of ``A A^T - A^T A`` (claim P1-C7). The spectrum is kept
as well, being zero by the shape of ``A`` alone (claim P1-C4).

How many independent numbers these matrices hold, and whether there are others, is a question of its
own that this room does not answer.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from blockshift.graph.network import Network


def conserved(net: Network | Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """The matrices that gradient flow keeps constant, one per hidden layer.

    For hidden layer ``i`` this is the Gram matrix of the weights entering it minus that of the weights
    leaving it, ``C_i = W_i W_i^T - W_{i+1}^T W_{i+1}``.

    Parameters
    ----------
    net : Network, or sequence of ndarray
        The layers ``W_1, ..., W_h``.

    Returns
    -------
    tuple of ndarray
        Item ``i - 1`` has shape ``(d_i, d_i)`` and is symmetric, for ``0 < i < h``; empty for ``h = 1``.

    Source: [wendin2026gradient]; claim P1-C6.

    Examples
    --------
    >>> conserved(Network.from_weights([[[2]], [[3]]]))
    (array([[-5.]]),)
    """
    layers = net.weights if isinstance(net, Network) else [np.asarray(W) for W in net]
    return tuple(W @ W.T - V.T @ V for W, V in pairwise(layers))


def drift(net: Network | Sequence[np.ndarray], start: Sequence[np.ndarray], scale: float = 1.0) -> np.ndarray:
    """How far each conserved matrix is from where it started, divided by `scale`.

    Parameters
    ----------
    net : Network, or sequence of ndarray
        The layers now.
    start : sequence of ndarray
        The conserved matrices at the start, as `conserved` gave them.
    scale : float
        A number in units of weights squared; the largest ``|W_i|^2`` is a natural one.

    Returns
    -------
    ndarray, shape (h - 1,)
        Frobenius norms; all of them zero for the exact flow.

    Examples
    --------
    >>> then = conserved(Network.from_weights([[[2]], [[3]]]))
    >>> drift(Network.from_weights([[[3]], [[4]]]), then, scale=4)
    array([0.5])
    """
    return np.array([np.linalg.norm(C - B) / scale for C, B in zip(conserved(net), start, strict=True)])


def is_balanced(net: Network, delta: float = 0.0) -> bool:
    """Whether every conserved matrix has Frobenius norm at most `delta` (0-balanced by default).

    Source: [arora2019convergence]; INFERRED for [wendin2026gradient].

    Examples
    --------
    >>> is_balanced(Network.from_weights([[[2]], [[2]]])), is_balanced(Network.from_weights([[[2]], [[1]]]))
    (True, False)
    """
    return all(np.linalg.norm(C.astype(float)) <= delta for C in conserved(net))
