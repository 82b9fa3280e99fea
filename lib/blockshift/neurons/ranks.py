"""The rank probability distribution of a layer, and its slope.

For class ``k`` the field of unit ``i`` is turned by the sign of its way to the output ``k``: ``s_i = h_i
sign(M_ki)``. Every sample has a rank among all samples in ``s_i``. The ranks of the samples of class ``k``, pooled
over the units, have a distribution: flat where the layer knows nothing of the class, and steeper the more units
push the class upwards.

What the paper leaves open is a parameter here: the scale of the ranks (``(rank - 1/2) / m``, so that the flat
distribution has mean 1/2 for any number of samples), ties, bins, the way to a slope, and the way from classes to a
layer.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from blockshift import errors

#: Ways to give equal numbers a rank; "average" leaves a flat distribution flat.
TIES = ("average", "min", "max")
#: "line": least squares through the histogram. "mean": 12 (mean rank - 1/2), the same for bins that are very fine.
SLOPES = ("line", "mean")
#: "mean" of the slopes of the classes, or the slope of all classes "pooled".
OVER_CLASSES = ("mean", "pooled")


@dataclass(frozen=True, eq=False, repr=False)
class RankDistribution:
    """The rank probability distribution of one layer.

    Parameters
    ----------
    classes : ndarray of int, shape (k,)
    density : ndarray, shape (k, bins)
        Each row has mean 1; 1 everywhere is flat.
    slopes : ndarray, shape (k,)
    slope : float
        Of the layer.
    units : int
    samples : int
    """

    classes: np.ndarray
    density: np.ndarray
    slopes: np.ndarray
    slope: float
    units: int
    samples: int

    def __repr__(self) -> str:
        return f"RankDistribution({self.units} units, {self.samples} samples, slope {self.slope:.3f})"


def rank_distribution(
    h, signs, labels, *, bins: int = 20, ties: str = "average", slope: str = "line", over_classes: str = "mean"
) -> RankDistribution:
    """The distribution of the ranks that the samples of each class have in the fields of a layer, turned to the class.

    Parameters
    ----------
    h : array_like, shape (m, units)
        Fields, a sample a row.
    signs : array_like, shape (classes, units)
        Row ``k`` is the way to output ``k``; only its signs matter. A unit with sign 0 says nothing about the class
        and is left out of it.
    labels : array_like of int, shape (m,)
    bins : int
    ties : {"average", "min", "max"}
    slope : {"line", "mean"}
    over_classes : {"mean", "pooled"}

    Raises
    ------
    ShapeMismatch
        If the shapes do not fit together.
    UnknownName
        If one of the words is not known.

    Source: [lin2025dynamics], read second-hand; claims P3-C4, P3-C5, P3-C7.

    Examples
    --------
    Two samples, one unit that puts class 1 above class 0: as steep as it gets with two bins.

    >>> found = rank_distribution([[-1], [1]], [[-1], [1]], [0, 1], bins=2)
    >>> found.density
    array([[0., 2.],
           [0., 2.]])
    >>> found.slope
    4.0
    """
    h, signs, labels = np.asarray(h, dtype=float), np.sign(np.asarray(signs, dtype=float)), np.asarray(labels)
    if h.ndim != 2 or signs.ndim != 2 or signs.shape[1] != h.shape[1] or labels.shape != (len(h),):
        raise errors.ShapeMismatch(
            f"fields {h.shape}, signs {signs.shape}, labels {labels.shape} do not fit together; expected (m, units), "
            f"(classes, units) and (m,)."
        )
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0 or labels.max() >= len(signs):
        raise errors.BadArgument(
            f"labels are not integers from 0 to {len(signs) - 1}; number the classes as the rows of `signs`."
        )
    for name, word, known in (
        ("ties", ties, TIES),
        ("slope", slope, SLOPES),
        ("over_classes", over_classes, OVER_CLASSES),
    ):
        if word not in known:
            raise errors.UnknownName(f"`{name}` is {word!r}; there are {', '.join(map(repr, known))}.")
    if bins < 2:
        raise errors.BadArgument(f"`bins` is {bins}; a slope needs at least 2.")
    m = len(h)
    up = (rankdata(h, method=ties, axis=0) - 0.5) / m
    # The rank of -h counts from above; for average ties it is one minus the rank of h.
    down = (rankdata(-h, method=ties, axis=0) - 0.5) / m
    classes = np.unique(labels)
    counts, means, sizes = np.zeros((len(classes), bins)), np.zeros(len(classes)), np.zeros(len(classes))
    for row, k in enumerate(classes):
        own = labels == k
        pooled = np.concatenate([up[np.ix_(own, signs[k] > 0)].ravel(), down[np.ix_(own, signs[k] < 0)].ravel()])
        counts[row] = np.bincount(np.minimum((pooled * bins).astype(int), bins - 1), minlength=bins)
        means[row], sizes[row] = pooled.sum(), len(pooled)
    density = counts * bins / np.maximum(sizes, 1)[:, None]
    slopes = _slopes(density, means / np.maximum(sizes, 1), sizes, slope)
    if over_classes == "mean":
        whole = float(slopes.mean())
    else:
        total = max(sizes.sum(), 1)
        pooled = counts.sum(0) * bins / total
        whole = float(_slopes(pooled[None], np.array([means.sum() / total]), sizes.sum(), slope)[0])
    return RankDistribution(classes, density, slopes, whole, h.shape[1], m)


def _slopes(density: np.ndarray, means: np.ndarray, sizes, way: str) -> np.ndarray:
    """The slope of each row; 0 where there is nothing."""
    if way == "mean":
        return np.where(np.asarray(sizes) > 0, 12 * (means - 0.5), 0.0)
    bins = density.shape[1]
    centred = (np.arange(bins) + 0.5) / bins - 0.5
    return (density @ centred) / (centred @ centred)
