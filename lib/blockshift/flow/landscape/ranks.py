"""The ranks that decide whether a saddle is strict, with the numbers that each decision was made on.

Let a critical point have learnt ``Sigma_S``, of rank ``r``, and put ``R = Sigma - Sigma_S``. For layers ``i > j`` let

    M_ij = W_{i-1} ... W_{j+1}                   (the identity for i = j + 1),
    K_ij = W_{j-1} ... W_1 R^T W_h ... W_{i+1}.

The pair is *open* if ``rank M_ij > r`` and ``K_ij`` is not zero. An open pair is a way around: changing layer i and
layer j a little, what is unlearnt gets through, at second order. In the paper of Achour, Malgouyres and Gerchinovitz
the second condition reads ``rank(W_{j-1} ... W_1 Sigma^T W_h ... W_{i+1}) > r``, which is the same: the part of that
product that has been learnt has rank ``r``, and lives on other chains.

Every function takes stacks of networks: layers ``(..., d_i, d_{i-1})``.

A rank is a decision when entries are floats. Here it stands on a resolution, a size below which a change of a layer is
not seen: a singular value counts if no change of the layers within their resolutions could bring it to zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

#: Relative to its norm, what is not seen of a layer at a point that is critical to rounding. Constructed points are
#: exact to 1e-14 or so, times the condition of their bases.
RESOLUTION = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class Ranks:
    """The decisions for all pairs of layers ``i > j``.

    Parameters
    ----------
    learnt : int
        ``r``.
    middle : ndarray, shape (..., h, h)
        Entry ``[i - 1, j - 1]`` is singular value number ``r + 1`` of ``M_ij``; 0 where ``i <= j``.
    outer : ndarray, shape (..., h, h)
        The largest singular value of ``K_ij``.
    middle_room, outer_room : ndarray, shape (..., h, h)
        What a change of the layers within their resolution can make of these.
    """

    learnt: int
    middle: np.ndarray
    outer: np.ndarray
    middle_room: np.ndarray
    outer_room: np.ndarray

    @property
    def passes(self) -> np.ndarray:
        """Where more than what is learnt gets through between two layers: ``rank M_ij > r``."""
        return self.middle > self.middle_room

    @property
    def reaches(self) -> np.ndarray:
        """Where the residual can be reached from two layers: ``K_ij`` is not zero."""
        return self.outer > self.outer_room

    @property
    def open(self) -> np.ndarray:
        """The open pairs, shape ``(..., h, h)``."""
        return self.passes & self.reaches

    @property
    def kept(self) -> float:
        """The smallest number that counted as not zero, in units of its room; infinite where none did."""
        return _extreme(self, True)

    @property
    def dropped(self) -> float:
        """The largest number that counted as zero, in units of its room; 0 where none did."""
        return _extreme(self, False)

    def __repr__(self) -> str:
        pairs = [f"({i + 1}, {j + 1})" for i, j in np.argwhere(self.open)] if self.open.ndim == 2 else ["in a stack"]
        return (
            f"Ranks(r = {self.learnt}, open pairs: {', '.join(pairs) or 'none'}; smallest kept {self.kept:.1e}, "
            f"largest dropped {self.dropped:.1e} of the resolution)"
        )


def _extreme(ranks: Ranks, kept: bool) -> float:
    """The decision that was nearest to falling the other way, on one side."""
    ratios = []
    for value, room in ((ranks.middle, ranks.middle_room), (ranks.outer, ranks.outer_room)):
        here = (value > room) == kept
        here &= np.tril(np.ones(value.shape[-2:], dtype=bool), -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios += list(np.where(value[here] > 0, value[here] / room[here], 0.0))
    return float(min(ratios, default=np.inf) if kept else max(ratios, default=0.0))


def of(layers: Sequence[np.ndarray], R: np.ndarray, learnt: int, resolutions: Sequence) -> Ranks:
    """The ranks of a network, or of a stack of them, in floats.

    Parameters
    ----------
    layers : sequence of ndarray, shapes (..., d_i, d_{i-1})
    R : ndarray, shape (..., d_h, d_0)
        ``Sigma - Sigma_S``.
    learnt : int
        ``r``.
    resolutions : sequence of float or ndarray
        For each layer what is not seen of it, in spectral norm.
    """
    h, norms = len(layers), [np.linalg.norm(W, 2, axis=(-2, -1)) for W in layers]
    stack = np.broadcast_shapes(R.shape[:-2], *(W.shape[:-2] for W in layers))
    numbers = {name: np.zeros((*stack, h, h)) for name in ("middle", "outer", "middle_room", "outer_room")}
    size = np.linalg.norm(R, 2, axis=(-2, -1))
    for j in range(h - 1):
        M = np.eye(layers[j].shape[-2])
        behind = _before(layers, R, j)  # W_{j-1} ... W_1 R^T, with j counted from 1
        for i in range(j + 1, h):
            if i > j + 1:
                M = layers[i - 1] @ M
            inside, outside = range(j + 1, i), [*range(j), *range(i + 1, h)]
            values = np.linalg.svd(M, compute_uv=False)
            numbers["middle"][..., i, j] = values[..., learnt] if values.shape[-1] > learnt else 0.0
            K = behind
            for q in range(h - 1, i, -1):
                K = K @ layers[q]
            numbers["outer"][..., i, j] = np.linalg.svd(K, compute_uv=False)[..., 0]
            numbers["middle_room"][..., i, j] = _reach(norms, resolutions, inside)
            numbers["outer_room"][..., i, j] = size * _reach(norms, resolutions, outside)
    return Ranks(learnt, **numbers)


def exactly(layers: Sequence[np.ndarray], R: np.ndarray, learnt: int) -> Ranks:
    """The same for integers and fractions: numbers are 1 or 0, and there is no room."""
    h = len(layers)
    middle, outer = np.zeros((h, h)), np.zeros((h, h))
    for j in range(h - 1):
        M = np.eye(len(layers[j]), dtype=int).astype(object)
        behind = _before(layers, R, j)
        for i in range(j + 1, h):
            if i > j + 1:
                M = layers[i - 1] @ M
            K = behind
            for q in range(h - 1, i, -1):
                K = K @ layers[q]
            middle[i, j], outer[i, j] = exact_rank(M) > learnt, bool(K.any())
    return Ranks(learnt, middle, outer, np.zeros((h, h)), np.zeros((h, h)))


def _before(layers, R, j: int):
    """``W_{j-1} ... W_1 R^T``, with `j` counted from 0."""
    K = np.swapaxes(R, -1, -2)
    for W in layers[:j]:
        K = W @ K
    return K


def _reach(norms, resolutions, which):
    """How far a product of layers can move while each of them moves within its resolution."""
    at, far = 1.0, 1.0
    for q in which:
        at, far = at * norms[q], far * (norms[q] + resolutions[q])
    return far - at


def exact_rank(X: np.ndarray) -> int:
    """The rank of a matrix of integers and fractions, by elimination.

    Examples
    --------
    >>> exact_rank(np.array([[1, 2], [2, 4]], dtype=object))
    1
    """
    rows, rank = [[Fraction(entry) for entry in row] for row in X.tolist()], 0
    for column in range(X.shape[1]):
        pivot = next((k for k in range(rank, len(rows)) if rows[k][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for k in range(rank + 1, len(rows)):
            factor = rows[k][column] / rows[rank][column]
            if factor:
                rows[k] = [x - factor * y for x, y in zip(rows[k], rows[rank], strict=True)]
        rank += 1
    return rank
