"""The model of the Jacobian that makes implicit steps cheap: diagonal layers, hence small symmetric blocks.

Where the frame fits, the model is the Jacobian but for what lies off the diagonals, and a few iterations do; where
it does not, the iteration is slow and the step short. The answer is the same: the model only serves to find it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blockshift.flow.stepping import stages


@dataclass(frozen=True)
class Pattern:
    """Which weights move one another in the diagonal model of the Jacobian.

    Parameters
    ----------
    members : ndarray of int, shape (N, 3)
        Layer, row and column of each weight, sorted by blocks.
    places : ndarray of int, shape (N,)
        Where each of these stands in the vector of weights.
    starts, squares : ndarray of int, shape (blocks + 1,)
        Where each block begins among the members, and where its square matrix begins among all.
    """

    members: np.ndarray
    places: np.ndarray
    starts: np.ndarray
    squares: np.ndarray


def pattern(widths: Sequence[int]) -> Pattern:
    """The blocks for a network of the given widths: entries ``(a, b)`` and ``(b, a)`` of all layers belong together.

    Examples
    --------
    >>> pattern((2, 1, 2)).members.tolist()
    [[0, 0, 0], [1, 0, 0], [0, 0, 1], [1, 1, 0]]
    """
    rows = []
    for layer in range(len(widths) - 1):
        a, b = np.divmod(np.arange(widths[layer + 1] * widths[layer]), widths[layer])
        rows.append(np.stack([np.full_like(a, layer), a, b], axis=1))
    members = np.concatenate(rows)
    low, high = members[:, 1:].min(axis=1), members[:, 1:].max(axis=1)
    order = np.lexsort((high, low))
    key = (low * (max(widths) + 1) + high)[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(key)) + 1, [len(key)]])
    squares = np.concatenate([[0], np.cumsum(np.diff(starts) ** 2)])
    return Pattern(members[order], order, starts, squares)


class Model:
    """The blocks at one state, in a frame."""

    def __init__(self, widths: Sequence[int]):
        self._widths, self._pattern = np.array(widths), pattern(widths)
        self._vectors = np.zeros(self._pattern.squares[-1])
        self.rates = np.zeros(len(self._pattern.places))

    @property
    def blocks(self) -> tuple[np.ndarray, ...]:
        """What the compiled loops take: places, starts, eigenvectors, squares, and the rates, their eigenvalues."""
        return (self._pattern.places, self._pattern.starts, self._vectors, self._pattern.squares, self.rates)

    def put(self, state: np.ndarray, Sigma: np.ndarray) -> bool:
        """Set the model up at a state of a frame; False where its entries are not finite."""
        at = self._pattern
        return stages.jacobian_blocks(
            state, Sigma, self._widths, at.members, at.starts, self._vectors, at.squares, self.rates
        )


def spectrum(a: np.ndarray) -> tuple[np.ndarray, ...]:
    """Eigenvalues and eigenvectors of the matrix of a method, in lanes: what ``stages.correct`` takes.

    One of each pair of complex conjugates is kept and counts twice.
    """
    s = len(a)
    found, T = np.linalg.eig(a)
    V = np.linalg.inv(T)
    keep = found.imag > -1e-12
    T = T[:, keep] * np.where(found[keep].imag > 1e-12, 2.0, 1.0)
    pairs = ((0, stages.PAIRS - int(keep.sum())),)
    lanes = ((0, stages.LANES - s),)
    return (
        *(np.pad(part, pairs) for part in (found[keep].real, found[keep].imag)),
        *(np.ascontiguousarray(np.pad(part.T, pairs + lanes)) for part in (T.real, T.imag)),
        *(np.ascontiguousarray(np.pad(part.T, lanes + pairs)) for part in (V[keep].real, V[keep].imag)),
    )
