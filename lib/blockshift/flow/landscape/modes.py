"""The modes of the data: singular vectors and values of ``Sigma``, and which of them a map has learnt.

At a critical point ``W^T R = 0`` and ``R W^T = 0``, so the singular vectors of the end-to-end map are singular vectors
of ``Sigma``: the map is ``Sigma_S``, the data with the singular values outside of ``S`` set to zero (claim P1-C10).
Where a singular value is repeated its modes are a subspace, and any part of that may be learnt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from blockshift import errors

#: Singular values that differ by less than this share of the largest are one value with several modes, and those
#: below are zero: what is computed from data as equal comes out equal to rounding.
SAME = 1e-12

#: More places than this in a row are named by the first and the last.
LONG = 4


@dataclass(frozen=True, eq=False, repr=False)
class Modes:
    """The singular value decomposition of ``Sigma``, in full.

    Parameters
    ----------
    Sigma : ndarray, shape (d_h, d_0)
    U : ndarray, shape (d_h, d_h)
    values : ndarray, shape (min(d_0, d_h),)
        In decreasing order; zeros are exactly zero.
    V : ndarray, shape (d_0, d_0)
    """

    Sigma: np.ndarray
    U: np.ndarray
    values: np.ndarray
    V: np.ndarray

    @property
    def count(self) -> int:
        """``p``, the number of nonzero singular values."""
        return int((self.values > 0).sum())

    @property
    def scale(self) -> float:
        """The Frobenius norm of ``Sigma``; 1 for a ``Sigma`` that is zero."""
        return float(np.linalg.norm(self.values)) or 1.0

    def groups(self, blur: float = 0.0) -> list[np.ndarray]:
        """The places, from 0, of the modes of each nonzero singular value, largest first.

        With `blur`, values that follow one another within this share count as one.

        Examples
        --------
        >>> [g.tolist() for g in of(np.diag([1.0, 0.95, 0.5])).groups(0.1)]
        [[0, 1], [2]]
        """
        values = self.values[: self.count]
        room = 0 if values.dtype == object else SAME * self.values.max(initial=0.0)
        apart = [k for k in range(1, self.count) if values[k - 1] - values[k] > max(room, blur * values[k - 1])]
        return [group for group in np.split(np.arange(self.count), apart) if len(group)]

    def chosen(self, places) -> np.ndarray:
        """``Sigma_S`` for places counted from 1."""
        at = [place - 1 for place in places]
        return (self.U[:, at] * self.values[at]) @ self.V[:, at].T

    def __repr__(self) -> str:
        return f"Modes({self.count} of {len(self.values)} singular values are not zero)"


def of(Sigma: np.ndarray) -> Modes:
    """The modes of a matrix; of a diagonal one with decreasing entries in the bases as they are.

    Examples
    --------
    >>> of(np.diag([2.0, 1.0])).values
    array([2., 1.])
    """
    Sigma = np.asarray(Sigma, dtype=np.float64)
    diagonal, rest = np.diag(Sigma).copy(), Sigma.copy()
    np.fill_diagonal(rest, 0.0)
    if not rest.any() and (diagonal >= 0).all():
        order = np.argsort(-diagonal, kind="stable")
        U, V = (np.eye(d)[:, [*order, *range(len(order), d)]] for d in Sigma.shape)
        values = diagonal[order]
    else:
        U, values, Vt = np.linalg.svd(Sigma)
        V = Vt.T
    values = np.where(values <= SAME * values.max(initial=0.0), 0.0, values)
    return Modes(Sigma, U, values, V)


def exact(Sigma: np.ndarray) -> Modes:
    """The same in exact arithmetic, for a diagonal matrix with entries that are not negative.

    Raises
    ------
    BadArgument
        If the matrix is not so: singular vectors of rational matrices are seldom rational.
    """
    diagonal, rest = [Sigma[i, i] for i in range(min(Sigma.shape))], Sigma.copy()
    np.fill_diagonal(rest, 0)
    if any(rest.flat) or any(value < 0 for value in diagonal):
        raise errors.BadArgument(
            "exact critical points need a diagonal Sigma with entries ≥ 0; pass its singular values."
        )
    order = sorted(range(len(diagonal)), key=lambda i: -diagonal[i])
    U, V = (_exact_unit(d)[:, [*order, *range(len(order), d)]] for d in Sigma.shape)
    return Modes(Sigma, U, np.array([diagonal[i] for i in order], dtype=object), V)


def rational(sigma) -> np.ndarray:
    """Numbers as they are, but exact: integers and fractions stay, floats become the fractions that they are.

    Examples
    --------
    >>> rational([0.5, 2.0])
    array([Fraction(1, 2), 2], dtype=object)
    """
    given = np.asarray(sigma, dtype=object)
    whole = [Fraction(entry) for entry in given.flat]
    entries = [int(q) if q.denominator == 1 else q for q in whole]
    return np.array([*entries, None], dtype=object)[:-1].reshape(given.shape)


def _exact_unit(d: int) -> np.ndarray:
    """The identity, exact."""
    return np.eye(d, dtype=int).astype(object)


Vectors = tuple[np.ndarray, np.ndarray, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Learnt:
    """The critical map nearest to an end-to-end map.

    Parameters
    ----------
    places : tuple of int
        ``S``, counted from 1 in the order of decreasing singular values. Of modes that share a singular value as many
        of the first places are named as are learnt.
    map : ndarray, shape (d_h, d_0)
        ``Sigma_S``, with the subspaces of repeated singular values that are learnt.
    residual : ndarray, shape (d_h, d_0)
        ``Sigma - Sigma_S``.
    inverse : ndarray, shape (d_0, d_h)
        The pseudo-inverse of ``Sigma_S``.
    weakest : (u, v, s) or None
        Singular vectors and value of the smallest mode learnt. Exact ones need not have length 1; they have the same.
    wanted : (u, v, s) or None
        Those of the largest mode not learnt.
    clarity : float
        How far the nearest decision was from a draw: 1 if every mode is at its singular value or at zero, 0 if one is
        half way.
    """

    places: tuple[int, ...]
    map: np.ndarray
    residual: np.ndarray
    inverse: np.ndarray
    weakest: Vectors | None
    wanted: Vectors | None
    clarity: float

    @property
    def rank(self) -> int:
        """``r``."""
        return len(self.places)

    @property
    def least(self):
        """The smallest singular value learnt; infinite where nothing is."""
        return np.inf if self.weakest is None else self.weakest[2]

    @property
    def missing(self):
        """The largest singular value not learnt; 0 where all are."""
        return 0.0 if self.wanted is None else self.wanted[2]

    def __repr__(self) -> str:
        return f"Learnt({listed(self.places)})"


def learnt(W: np.ndarray, modes: Modes) -> Learnt:
    """What an end-to-end map has learnt: of each mode more than half, or not.

    Examples
    --------
    >>> learnt(np.diag([1.9, 0.1]), of(np.diag([2.0, 1.0])))
    Learnt(1)
    """
    places: list[int] = []
    clarity = 1.0
    kept: list[tuple] = []
    left_out: list[tuple] = []
    for group in modes.groups():
        U, V, value = modes.U[:, group], modes.V[:, group], modes.values[group[0]]
        block = U.T @ W @ V
        share, basis = np.linalg.eigh((block + block.T) / 2)
        clarity = min(clarity, float(np.abs(2 * share / value - 1).min()))
        order = [*np.flatnonzero(share > value / 2)[::-1], *np.flatnonzero(share <= value / 2)[::-1]]
        count = int((share > value / 2).sum())
        places += [int(place) + 1 for place in group[:count]]
        vectors = [(U @ basis[:, k], V @ basis[:, k], value) for k in order]
        kept += vectors[:count]
        left_out += vectors[count:]
    shape = modes.Sigma.shape
    nearest = sum((s * np.outer(u, v) for u, v, s in kept), np.zeros(shape))
    residual = sum((s * np.outer(u, v) for u, v, s in left_out), np.zeros(shape))
    inverse = sum((np.outer(v, u) / s for u, v, s in kept), np.zeros(shape[::-1]))
    return Learnt(
        tuple(sorted(places)),
        nearest,
        residual,
        inverse,
        kept[-1] if kept else None,
        next(iter(left_out), None),
        clarity,
    )


def learnt_exactly(W: np.ndarray, modes: Modes) -> Learnt | None:
    """The same in exact arithmetic; None if the map is not critical: not ``Sigma_S`` in any bases of the modes."""
    R = modes.Sigma - W
    if (W.T @ R).any() or (R @ W.T).any():
        return None
    places: list[int] = []
    kept: list[tuple] = []
    left_out: list[tuple] = []
    inverse = np.zeros(W.shape[::-1], dtype=int).astype(object)
    for group in modes.groups():
        U, V, value = modes.U[:, group], modes.V[:, group], modes.values[group[0]]
        share = U.T @ W @ V * (Fraction(1) / Fraction(value))  # an orthogonal projection, with W as above
        rest = _exact_unit(len(group)) - share
        count = int(np.trace(share))
        places += [int(place) + 1 for place in group[:count]]
        kept += [(U @ column, V @ column, value) for column in share.T if column.any()][:1]
        left_out += [(U @ column, V @ column, value) for column in rest.T if column.any()][:1]
        inverse = inverse + V @ share @ U.T * (Fraction(1) / Fraction(value))
    weakest, wanted = (kept[-1] if kept else None), next(iter(left_out), None)
    return Learnt(tuple(sorted(places)), W, R, inverse, weakest, wanted, 1.0)


def listed(places: Sequence[int]) -> str:
    """Places in words, long runs of them by their ends.

    Examples
    --------
    >>> listed([]), listed([1, 3]), listed(range(1, 101))
    ('nothing', '1, 3', '1 to 100')
    """
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    words = [f"{r[0]} to {r[-1]}" if len(r) > LONG else ", ".join(map(str, r)) for r in runs]
    return ", ".join(words) or "nothing"


def check_places(learnt, count: int, room: int) -> tuple[int, ...]:
    """The places of learnt singular values as an increasing tuple.

    Raises
    ------
    BadArgument
        If one is repeated or not among the nonzero singular values, or if they are more than the network lets through.
    """
    places = tuple(sorted(learnt))
    if any(isinstance(place, bool) or not isinstance(place, (int, np.integer)) for place in places):
        raise errors.BadArgument(f"learnt places are {places}; give integers from 1 to {count}.")
    if len(set(places)) < len(places) or any(not 1 <= place <= count for place in places):
        raise errors.BadArgument(
            f"learnt places are {places}; expected different ones of the {count} nonzero singular values, from 1 up."
        )
    if len(places) > room:
        raise errors.BadArgument(
            f"{len(places)} singular values cannot be learnt by a network whose narrowest layer has {room} nodes."
        )
    return tuple(int(place) for place in places)
