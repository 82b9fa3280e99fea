"""Attraction basins of a trained classifier: how much noise its samples, or its weights, bear.

The *sample basin* is the amplitude of Gaussian noise on the samples at which the share of right answers falls to
one half; the *weight basin* is the same for noise on the weights, in units of the standard deviation of each weight
matrix. One half is the authors' choice, and arbitrary: ask for 0.3 and 0.7 as well. Whatever else is open in the
paper is a named parameter: which weights, in which units, with which batch-norm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from blockshift import errors
from blockshift.neurons import samples, thresholds

#: Units of the noise on weights: the standard deviation of each matrix, or one for all.
WEIGHT_UNITS = ("layer", "absolute")


@dataclass(frozen=True, eq=False, repr=False)
class Basin:
    """The radius of a basin.

    Parameters
    ----------
    radius : float
        Infinite if the level is never reached.
    interval : tuple of float
        Bootstrap over samples, and over draws of the noise where samples share them, at 95 %.
    level : float
    space : {"samples", "weights"}
    accuracy : float
        Without noise.
    draws, samples : int
    classes : mapping of int to float
        The radius of each class, or empty.
    """

    radius: float
    interval: tuple[float, float]
    level: float
    space: str
    accuracy: float
    draws: int
    samples: int
    classes: Mapping[int, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        low, high = self.interval
        return (
            f"Basin(of {self.space}: radius {self.radius:.3g} [{low:.3g}, {high:.3g}] at {self.level:.0%}, "
            f"{self.samples} samples, {self.draws} draws)"
        )


def sample_basin(
    model, X, y, *, rng, level: float = 0.5, draws: int = 4, by_class: bool = False, against_chance: bool = True,
    batch_norm: str = "running",
) -> Basin:  # fmt: skip
    """The basin in the space of samples: the amplitude of noise at which the share of right answers falls to a level.

    Parameters
    ----------
    model : torch.nn.Module
    X : array_like, shape (m, ...)
    y : array_like of int, shape (m,)
    rng : numpy Generator
    level : float
    draws : int
        Noises for each sample, the same at all amplitudes.
    by_class : bool
        Also a radius for each class.
    against_chance : bool
        For classes: count the right answers of a class less the share of *other* samples that are taken for it at the
        same amplitude. A class that pure noise is read as would have an endless basin otherwise.
    batch_norm : {"running", "batch"}

    Raises
    ------
    BelowThreshold
        If the classifier is not above the level without noise; a class that is not has the radius 0 instead.

    Source: [lin2025dynamics], read second-hand; claims P3-C12, P3-C15, P3-C20.
    """
    from blockshift.neurons import passes

    X, y = samples.labelled(X, y)
    _check_draws(draws)
    noise = rng.standard_normal((draws, *X.shape), dtype=np.float32)

    def chosen(amplitudes: np.ndarray) -> np.ndarray:
        """The answers, shape (draws, m), with the amplitude of each sample."""
        scale = amplitudes.reshape(-1, *[1] * (X.ndim - 1)).astype(np.float32)
        return np.stack([passes.answers(model, X + scale * part, batch_norm) for part in noise])

    everybody = np.ones(len(X))
    clean = float((passes.answers(model, X, batch_norm) == y).mean())
    thresholds.check_level(level, clean)
    radius = float(thresholds.crossing(lambda s: np.array([(chosen(s[0] * everybody) == y).mean()]), 1, level)[0])
    interval = thresholds.interval(radius, lambda s: chosen(s * everybody) == y, level, shared=False, rng=rng)
    classes = {}
    for k in np.unique(y) if by_class else ():

        def excess(s, k=k):
            found = chosen(s[0] * everybody) == k
            return np.array([found[:, y == k].mean() - (found[:, y != k].mean() if against_chance else 0.0)])

        classes[int(k)] = float(thresholds.crossing(excess, 1, level)[0])
    return Basin(radius, interval, level, "samples", clean, draws, len(X), classes)


def sample_radii(model, X, y, *, rng, level: float = 0.5, draws: int = 16, batch_norm: str = "running") -> np.ndarray:
    """The radius of each sample: the amplitude at which the share of draws that leave it right falls to a level.

    Samples that are wrong without noise have the radius 0; all are asked at once, each at its own amplitude.

    Returns
    -------
    ndarray, shape (m,)
    """
    from blockshift.neurons import passes

    X, y = samples.labelled(X, y)
    _check_draws(draws)
    noise = rng.standard_normal((draws, *X.shape), dtype=np.float32)

    def share(s: np.ndarray) -> np.ndarray:
        scale = s.reshape(-1, *[1] * (X.ndim - 1)).astype(np.float32)
        return np.mean([passes.answers(model, X + scale * part, batch_norm) == y for part in noise], axis=0)

    return thresholds.crossing(share, len(X), level)


def weight_basin(
    model, X, y, *, rng, level: float = 0.5, draws: int = 8, unit: str = "layer", by_class: bool = False,
    batch_norm: str = "running",
) -> Basin:  # fmt: skip
    """The basin in the space of weights: the amplitude of noise on weights at which right answers fall to a level.

    Matrices and kernels get noise; biases and batch-norm do not. The model is left as it was.

    Parameters
    ----------
    model : torch.nn.Module
    X : array_like, shape (m, ...)
    y : array_like of int, shape (m,)
    rng : numpy Generator
    level : float
    draws : int
        Noises on the weights, the same at all amplitudes.
    unit : {"layer", "absolute"}
        An amplitude of 1 is the standard deviation of each matrix, or 1.
    by_class : bool
    batch_norm : {"running", "batch"}

    Raises
    ------
    BelowThreshold
        If the classifier is not above the level without noise.
    UnknownName
        If the unit is not known.

    Source: [lin2025dynamics], read second-hand; claims P3-C12, P3-C13, P3-C23.
    """
    import torch

    from blockshift.neurons import passes

    X, y = samples.labelled(X, y)
    _check_draws(draws)
    if unit not in WEIGHT_UNITS:
        raise errors.UnknownName(f"`unit` is {unit!r}; there are {', '.join(map(repr, WEIGHT_UNITS))}.")
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    if not matrices:
        raise errors.BadArgument("the classifier has no weight matrix; there is nothing to put noise on.")
    clean = float((passes.answers(model, X, batch_norm) == y).mean())
    thresholds.check_level(level, clean)
    kept = [p.detach().clone() for p in matrices]
    sizes = [float(p.std(correction=0)) if unit == "layer" else 1.0 for p in kept]
    noise = [[torch.as_tensor(rng.standard_normal(p.shape, dtype=np.float32)) for p in kept] for _ in range(draws)]

    def right(amplitude: float) -> np.ndarray:
        """Whether each sample is right, shape (draws, m)."""
        found = []
        for draw in noise:
            with torch.no_grad():
                for p, was, size, part in zip(matrices, kept, sizes, draw, strict=True):
                    p.copy_(was + amplitude * size * part)
            found.append(passes.answers(model, X, batch_norm) == y)
        return np.stack(found)

    try:
        radius = float(thresholds.crossing(lambda s: np.array([right(s[0]).mean()]), 1, level)[0])
        interval = thresholds.interval(radius, right, level, shared=True, rng=rng)
        classes = {}
        for k in np.unique(y) if by_class else ():
            mine = y == k

            def share(s, mine=mine):
                return np.array([right(s[0])[:, mine].mean()])

            classes[int(k)] = float(thresholds.crossing(share, 1, level)[0])
    finally:
        with torch.no_grad():
            for p, was in zip(matrices, kept, strict=True):
                p.copy_(was)
    return Basin(radius, interval, level, "weights", clean, draws, len(X), classes)


def _check_draws(draws: int) -> None:
    """Nothing, if there is a noise to draw."""
    if draws < 1:
        raise errors.BadArgument(f"`draws` is {draws}; expected at least 1 noise.")
