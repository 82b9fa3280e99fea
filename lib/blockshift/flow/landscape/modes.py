"""The modes of the data: singular vectors and values of ``Sigma``, and which of them a map has learnt.

At a critical point ``W^T R = 0`` and ``R W^T = 0``, so the singular vectors of the end-to-end map are singular vectors
of ``Sigma``: the map is ``Sigma_S``, the data with the singular values outside of ``S`` set to zero (claim P1-C10).
Where a singular value is repeated its modes are a subspace, and any part of that may be learnt.
"""

from dataclasses import dataclass

import numpy as np

from blockshift import errors

#: Singular values that differ by less than this share of the largest are one value with several modes, and those
#: below are zero: what is computed from data as equal comes out equal to rounding.
SAME = 1e-12


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

    def groups(self) -> list[np.ndarray]:
        """The places, from 0, of the modes of each nonzero singular value, largest first."""
        places, found = np.arange(self.count), []
        while len(places):
            near = self.values[places[0]] - self.values[places] <= SAME * self.values[0]
            found.append(places[near])
            places = places[~near]
        return found

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
    U, V = (_unit(d)[:, [*order, *range(len(order), d)]] for d in Sigma.shape)
    return Modes(Sigma, U, np.array([diagonal[i] for i in order], dtype=object), V)


def _unit(d: int) -> np.ndarray:
    """The identity, exact."""
    return np.eye(d, dtype=int).astype(object)


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
    inverse : ndarray, shape (d_0, d_h)
        Its pseudo-inverse.
    least : float
        The smallest singular value learnt; infinite where nothing is.
    missing : float
        The largest singular value not learnt; 0 where all are.
    clarity : float
        How far the nearest decision was from a draw: 1 if every mode is at its singular value or at zero, 0 if one is
        half way.
    """

    places: tuple[int, ...]
    map: np.ndarray
    inverse: np.ndarray
    least: float
    missing: float
    clarity: float

    @property
    def rank(self) -> int:
        """``r``."""
        return len(self.places)

    def __repr__(self) -> str:
        return f"Learnt({', '.join(map(str, self.places)) or 'nothing'})"


def learnt(W: np.ndarray, modes: Modes) -> Learnt:
    """What an end-to-end map has learnt: of each mode more than half, or not.

    Examples
    --------
    >>> learnt(np.diag([1.9, 0.1]), of(np.diag([2.0, 1.0])))
    Learnt(1)
    """
    places: list[int] = []
    left, right, values, clarity = [], [], [], 1.0
    for group in modes.groups():
        U, V, value = modes.U[:, group], modes.V[:, group], modes.values[group[0]]
        block = U.T @ W @ V
        share, basis = np.linalg.eigh((block + block.T) / 2)
        kept = share > value / 2
        clarity = min(clarity, *np.abs(2 * share / value - 1))
        order = np.flatnonzero(kept)[::-1]
        places += [int(place) + 1 for place in group[: len(order)]]
        left.append(U @ basis[:, order])
        right.append(V @ basis[:, order])
        values += [value] * len(order)
    if not places:
        empty = np.zeros(modes.Sigma.shape)
        return Learnt((), empty, empty.T, np.inf, _largest(modes, ()), clarity)
    U, V, sizes = np.hstack(left), np.hstack(right), np.array(values)
    inverse = (V / sizes) @ U.T
    return Learnt(tuple(places), (U * sizes) @ V.T, inverse, float(sizes.min()), _largest(modes, places), clarity)


def _largest(modes: Modes, places) -> float:
    """The largest singular value whose place is not among those given."""
    rest = [value for place, value in enumerate(modes.values, 1) if place not in places]
    return float(max(rest, default=0.0))


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
