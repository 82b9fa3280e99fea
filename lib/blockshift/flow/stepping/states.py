"""The weights of a network as one vector, layer after layer, row by row: what integrators step."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from blockshift.flow import gradient


def pack(layers: Sequence[np.ndarray]) -> np.ndarray:
    """The vector of all weights, shape ``(N,)``.

    Examples
    --------
    >>> pack([np.array([[1, 2]]), np.array([[3], [4]])])
    array([1., 2., 3., 4.])
    """
    return np.concatenate([np.asarray(W, dtype=np.float64).ravel() for W in layers])


def layers(state: np.ndarray, widths: Sequence[int]) -> tuple[np.ndarray, ...]:
    """The layers that a vector holds, as views.

    Examples
    --------
    >>> [W.tolist() for W in layers(np.arange(4.0), (2, 1, 2))]
    [[[0.0, 1.0]], [[2.0], [3.0]]]
    """
    found, begin = [], 0
    for c, d in pairwise(widths):
        found.append(state[begin : begin + c * d].reshape(d, c))
        begin += c * d
    return tuple(found)


def product(state: np.ndarray, widths: Sequence[int]) -> np.ndarray:
    """The end-to-end map of a vector of weights, shape ``(d_h, d_0)``."""
    first, *rest = layers(state, widths)
    for W in rest:
        first = W @ first
    return first


def velocity(state: np.ndarray, widths: Sequence[int], Sigma: np.ndarray) -> np.ndarray:
    """``-grad L`` as a vector."""
    return np.concatenate([V.ravel() for V in gradient.layer_velocities(layers(state, widths), Sigma)])


def loss(state: np.ndarray, widths: Sequence[int], Sigma: np.ndarray) -> float:
    """``1/2 |Sigma - W_h ... W_1|^2``."""
    return 0.5 * float(np.sum((Sigma - product(state, widths)) ** 2))
