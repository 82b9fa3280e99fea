"""The modes of a trained classifier, layer by layer: order kept, order turned, and a linear map for the rest.

The *linear substitution map* of layer ``l`` puts the identity in the place of every activation from ``l`` on. Then
one matrix ``M`` leads from the fields of the layer to the outputs, with batch-norm folded in, and the sign of
``M[k, i]`` says which way unit ``i`` pushes class ``k``. The map is an approximation; `Substitution` says how good
a one.

A monotone activation never turns the order for a unit alone, only where units are added. So the share of non-order-
preserving behaviour of a layer is counted at the outputs: pairs of samples whose order in an output changes when
the layer gets its activation back, everything above it being linear. For the identity it is 0. This measure is
ours.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.neurons import orders, ranks

#: A substituted network is affine up to rounding in single precision, summed over thousands of units.
AFFINE = 1e-3


@dataclass(frozen=True)
class Substitution:
    """How well the linear substitution map of a layer stands for the network.

    Parameters
    ----------
    agreement : float
        The share of samples for which it chooses the same class as the network.
    residual : float
        The norm of the difference of the outputs, each centred over samples and classes, by the norm of the network's.
        The map is scaled to fit best, since only directions matter to it: 0 is perfect, 1 is useless.
    wrong_signs : float
        The share of entries of ``M`` whose sign is not that of the network's own mean derivative: only signs enter the
        rank distribution.
    """

    agreement: float
    residual: float
    wrong_signs: float


@dataclass(frozen=True, eq=False, repr=False)
class LayerModes:
    """What is known of one layer.

    Parameters
    ----------
    layer : int
        From 1.
    distribution : RankDistribution
    turned : float
        The share of pairs of samples whose order at the outputs the activation of this layer changes.
    substitution : Substitution
    accuracy : float
        Of the network with the identity from this layer on.
    """

    layer: int
    distribution: ranks.RankDistribution
    turned: float
    substitution: Substitution
    accuracy: float

    @property
    def slope(self) -> float:
        """The slope of the rank probability distribution."""
        return self.distribution.slope

    def __repr__(self) -> str:
        return (
            f"LayerModes(layer {self.layer}: slope {self.slope:.2f}, {100 * self.turned:.1f} % of pairs turned, "
            f"linear from here {self.accuracy:.3f} right)"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Profile:
    """The modes of every layer of a classifier.

    Parameters
    ----------
    layers : tuple of LayerModes
    accuracy : float
        Of the network as it is.
    """

    layers: tuple[LayerModes, ...]
    accuracy: float

    @property
    def slopes(self) -> np.ndarray:
        """The slope of each layer."""
        return np.array([layer.slope for layer in self.layers])

    @property
    def turned(self) -> np.ndarray:
        """The share of turned pairs of each layer."""
        return np.array([layer.turned for layer in self.layers])

    @property
    def truncated(self) -> np.ndarray:
        """The accuracy with the identity from each layer on, and last that of the network."""
        return np.array([*(layer.accuracy for layer in self.layers), self.accuracy])

    def __repr__(self) -> str:
        low, high = self.slopes.min(), self.slopes.max()
        return f"Profile({len(self.layers)} layers, slopes {low:.2f} to {high:.2f}, accuracy {self.accuracy:.3f})"


def linear_map(model, X, layer: int, *, classes: Sequence[int] | None = None) -> np.ndarray:
    """The matrix ``M`` of the linear substitution map, from the fields of a layer to the outputs: (classes, units).

    Parameters
    ----------
    model : torch.nn.Module
        A classifier that takes samples and gives one output a class.
    X : array_like
        Samples; the map does not depend on them, but that it is linear is checked on them.
    layer : int
        From 1, in the order in which the activations are called.
    classes : sequence of int, optional
        Only these rows.

    Raises
    ------
    NotAffine
        If what is left after the substitution is not affine: something nonlinear that is neither an activation
        nor max-pooling.
    BadArgument
        If there is no such layer.

    Source: [lin2025dynamics], read second-hand; claim P3-C10.
    """
    from blockshift.neurons import passes

    some = X[: min(len(X), 64)]
    ends = passes.outputs(model, some, linear_from=layer)
    rows = list(range(ends.shape[1])) if classes is None else list(classes)
    _check_affine(model, some, ends, layer)
    return passes.linear_map(model, some, layer, rows)


def _check_affine(model, some, ends, layer: int) -> None:
    """An affine map takes the middle of two fields to the middle of what it takes them to."""
    from blockshift.neurons import passes

    first, last = some[:1], some[-1:]
    h = [passes.fields(model, x, layer) for x in (first, last)]
    # Skips round the layer see the first sample in all three passes, so only the fields differ.
    values = [passes.from_fields(model, first, layer, f) for f in (h[0], h[1], (h[0] + h[1]) / 2)]
    gap = np.abs(values[2] - (values[0] + values[1]) / 2).max()
    size = max(float(np.abs(values[0] - values[1]).max()), float(np.abs(ends - ends.mean(0)).max()), 1e-30)
    if not gap <= AFFINE * size:
        raise errors.NotAffine(
            f"above layer {layer} something is left that is not affine (off by {gap / size:.1e} of the "
            f"outputs); "
            f"expected activations, max-pooling, and affine maps only. Give the classifier up to its logits."
        )


def profile(
    model, X, y, *, batch_norm: str = "running", units: int | None = None, rng=None, bins: int = 20,
    ties: str = "average", slope: str = "line", over_classes: str = "mean",
) -> Profile:  # fmt: skip
    """The modes of every layer of a classifier.

    Parameters
    ----------
    model : torch.nn.Module
        A classifier; it is left as it was.
    X : array_like, shape (m, ...)
    y : array_like of int, shape (m,)
    batch_norm : {"running", "batch"}
        Whether batch-norm divides by its running statistics or by those of all of `X`.
    units : int, optional
        At most so many units of a layer, drawn with `rng`: a convolutional layer has one at each place of each channel.
    rng : numpy Generator, optional
        Needed with `units`.
    bins, ties, slope, over_classes
        As in `ranks.rank_distribution`.

    Raises
    ------
    BadArgument
        If the classifier has no activation, or `units` comes without `rng`.
    NotAffine
        As in `linear_map`.

    Source: [lin2025dynamics], read second-hand; claims P3-C7, P3-C10, P3-C25.
    """
    from blockshift.neurons import passes

    if units is not None and rng is None:
        raise errors.BadArgument("`units` needs `rng`, a NumPy generator that draws them.")
    y = np.asarray(y)
    if y.shape != (len(X),):
        raise errors.ShapeMismatch(f"{len(X)} samples have labels of shape {y.shape}; expected one label a sample.")
    if batch_norm == "batch":
        model = recalibrated(model, X)
    count = passes.layers(model, X)
    if not count:
        raise errors.BadArgument("the classifier calls no activation that is known here; there is no layer to look at.")
    full = passes.outputs(model, X)
    classes = np.unique(y)
    # What is affine above the first layer is affine above every layer.
    _check_affine(model, X, passes.outputs(model, X[:64], linear_from=1), 1)
    above, found = full, []
    for layer in range(count, 0, -1):
        linear = passes.outputs(model, X, linear_from=layer)
        M = passes.linear_map(model, X, layer, classes)
        chosen = None
        if units is not None and M.shape[1] > units:
            chosen = np.sort(rng.choice(M.shape[1], units, replace=False))
        h = passes.fields(model, X, layer, units=chosen)
        own = M if chosen is None else M[:, chosen]
        distribution = ranks.rank_distribution(
            h, own, np.searchsorted(classes, y), bins=bins, ties=ties, slope=slope, over_classes=over_classes
        )
        turned = float(orders.pairs(linear[:, classes].T, above[:, classes].T).turned_share.mean())
        quality = _substitution(full, linear, M, passes.mean_gradient(model, X, layer, classes))
        found.append(LayerModes(layer, distribution, turned, quality, float((linear.argmax(1) == y).mean())))
        above = linear
    return Profile(tuple(reversed(found)), float((full.argmax(1) == y).mean()))


def recalibrated(model, X):
    """A copy of a classifier whose batch-norm has the statistics of these samples as its running ones."""
    from blockshift.neurons import passes

    copied = copy.deepcopy(model)
    passes.set_statistics(copied, X)
    return copied


def _substitution(full, linear, M, mean) -> Substitution:
    """The three measures of error."""
    a, b = (Y - Y.mean(0) - (Y - Y.mean(0)).mean(1, keepdims=True) for Y in (full, linear))
    scale = float((a * b).sum()) / max(float((b * b).sum()), 1e-30)
    residual = float(np.linalg.norm(a - scale * b)) / max(float(np.linalg.norm(a)), 1e-30)
    agreement = float((full.argmax(1) == linear.argmax(1)).mean())
    return Substitution(agreement, residual, float((np.sign(M) != np.sign(mean)).mean()))
