"""Whether a unit keeps the order in which its samples come in, counted over all pairs of samples.

A unit gets the local fields ``h(mu)`` and gives the values ``y(mu)``. A pair of samples with ``h(mu) < h(nu)`` is
*kept* if ``y(mu) < y(nu)``, *tied* if the values are equal, and *turned* if ``y(mu) > y(nu)``. Pairs of equal
fields ask nothing. The paper does not say what it does with ties; here they are counted on their own, and the
caller chooses.
"""

from dataclasses import dataclass

import numpy as np

from blockshift import errors

#: What a tie means: with "weak" order a tie keeps the order, with "strict" order it does not.
TIES = ("weak", "strict")


@dataclass(frozen=True, eq=False, repr=False)
class Pairs:
    """Numbers of pairs of samples, one entry a unit.

    Parameters
    ----------
    kept, tied, turned : ndarray of int, shape (...,)
        Pairs with different fields, by what the unit makes of them.
    samples : int
    """

    kept: np.ndarray
    tied: np.ndarray
    turned: np.ndarray
    samples: int

    @property
    def compared(self) -> np.ndarray:
        """Pairs whose fields differ."""
        return self.kept + self.tied + self.turned

    @property
    def turned_share(self) -> np.ndarray:
        """The share of compared pairs that are turned; 0 where nothing was compared."""
        return self.turned / np.maximum(self.compared, 1)

    @property
    def tau(self) -> np.ndarray:
        """Kendall's ``(kept - turned) / compared``: 1 if all are kept; less than 1 with ties."""
        return (self.kept - self.turned) / np.maximum(self.compared, 1)

    def keeps_order(self, ties: str = "weak") -> np.ndarray:
        """Whether each unit keeps the order of its samples.

        Parameters
        ----------
        ties : {"weak", "strict"}
            Whether a unit may give two samples of different fields the same value, as a rectifier does below zero.
        """
        _one_of_ties(ties)
        return (self.turned == 0) if ties == "weak" else (self.turned == 0) & (self.tied == 0)

    def __repr__(self) -> str:
        units = int(np.size(self.turned))
        keep = int(np.sum(self.keeps_order()))
        return (
            f"Pairs({units} unit{'s' * (units != 1)}, {self.samples} samples, {keep} keep the weak order, "
            f"{100 * float(np.mean(self.turned_share)):.2f} % of pairs turned)"
        )


def pairs(h, y) -> Pairs:
    """What each unit does to the order of every pair of samples.

    Parameters
    ----------
    h, y : array_like, shape (..., m)
        Fields and values; the last axis is the samples.

    Raises
    ------
    ShapeMismatch
        If the shapes differ, or there are no samples.
    NotFinite
        If a number is NaN or infinite: it has no place in an order.

    Source: [lin2025dynamics], the definition of order-preserving transformations; claim P3-C1.

    Examples
    --------
    A rectifier ties what is below zero; a square turns it over.

    >>> h = [-2, -1, 1, 3]
    >>> pairs(h, [0, 0, 1, 3])
    Pairs(1 unit, 4 samples, 1 keep the weak order, 0.00 % of pairs turned)
    >>> square = pairs(h, [4, 1, 1, 9])
    >>> int(square.kept), int(square.tied), int(square.turned)
    (3, 1, 2)
    """
    h, y = np.asarray(h), np.asarray(y)
    if h.shape != y.shape or not h.ndim or not h.shape[-1]:
        raise errors.ShapeMismatch(
            f"fields have shape {h.shape} and values {y.shape}; expected the same, with samples along the last axis."
        )
    for name, given in (("fields", h), ("values", y)):
        if not np.isfinite(given).all():
            raise errors.NotFinite(
                f"some {name} are NaN or infinite; they have no place in an order. Remove those samples."
            )
    m, shape = h.shape[-1], h.shape[:-1]
    h, y = _places(h.reshape(-1, m)), _places(y.reshape(-1, m))
    # Within equal fields the values rise, so that no pair among them counts as turned.
    order = np.argsort(h * np.int64(m) + y, axis=1, kind="stable")
    turned = inversions(np.take_along_axis(y, order, axis=1))
    total = m * (m - 1) // 2
    compared = total - _equal_pairs(h)
    tied = _equal_pairs(y) - _equal_pairs(_places(h * np.int64(m) + y))
    kept = compared - tied - turned
    return Pairs(kept.reshape(shape), tied.reshape(shape), turned.reshape(shape), m)


def inversions(places) -> np.ndarray:
    """The number of pairs in each row whose earlier entry is the larger.

    Parameters
    ----------
    places : array_like of int, shape (units, m)
        Not negative.

    Notes
    -----
    Bit by bit from the highest: among entries that agree so far, every one before a zero is an inversion, and an
    entry is compared with another in exactly one bit. No loop over units or samples, and no table of all pairs.

    Examples
    --------
    >>> inversions([[0, 1, 2], [2, 1, 0], [1, 0, 1]])
    array([0, 3, 1])
    """
    a = np.asarray(places, dtype=np.int64)
    found = np.zeros(len(a), dtype=np.int64)
    if not a.size:
        return found
    for bit in reversed(range(int(a.max()).bit_length())):
        # Entries that agree above this bit stand together, in the order in which they came.
        a = np.take_along_axis(a, np.argsort(a >> (bit + 1), axis=1, kind="stable"), axis=1)
        ones = (a >> bit) & 1
        before = np.cumsum(ones, axis=1) - ones
        group = a >> (bit + 1)
        first = np.ones_like(group, dtype=bool)
        first[:, 1:] = group[:, 1:] != group[:, :-1]
        # Ones before the group began do not count; `before` never falls, so the latest beginning is the largest.
        begun = np.maximum.accumulate(np.where(first, before, 0), axis=1)
        found += ((before - begun) * (1 - ones)).sum(axis=1)
    return found


def _places(rows: np.ndarray) -> np.ndarray:
    """Dense ranks from 0 along the last axis; equal numbers share one."""
    order = np.argsort(rows, axis=1, kind="stable")
    sorted_ = np.take_along_axis(rows, order, axis=1)
    steps = np.zeros(rows.shape, dtype=np.int64)
    steps[:, 1:] = sorted_[:, 1:] != sorted_[:, :-1]
    ranks = np.empty_like(steps)
    np.put_along_axis(ranks, order, np.cumsum(steps, axis=1), axis=1)
    return ranks


def _equal_pairs(places: np.ndarray) -> np.ndarray:
    """Pairs of equal entries in each row of dense ranks."""
    units, m = places.shape
    counts = np.bincount((places + m * np.arange(units)[:, None]).ravel(), minlength=units * m).reshape(units, m)
    return (counts * (counts - 1) // 2).sum(axis=1)


def _one_of_ties(ties: str) -> None:
    """Nothing, if the word is known."""
    if ties not in TIES:
        raise errors.UnknownName(f"`ties` is {ties!r}; there are {', '.join(map(repr, TIES))}.")
