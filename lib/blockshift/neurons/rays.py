"""The shape of the basin of one sample: what the classifier answers along random rays from it.

A basin that is a cone, or any star, is left once along a ray and not entered again. A basin that is mixed with others
is entered again.
"""

from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.neurons import samples


@dataclass(frozen=True, eq=False, repr=False)
class Rays:
    """Answers along rays.

    Parameters
    ----------
    at : ndarray, shape (steps,)
        Distances from the sample, root mean square a coordinate, the first of them 0.
    own : ndarray of bool, shape (samples, rays, steps)
        Whether the answer is the right one.
    """

    at: np.ndarray
    own: np.ndarray

    @property
    def intervals(self) -> np.ndarray:
        """In how many pieces each ray lies in the basin, shape (samples, rays); 1 if it is left once or never."""
        entries = self.own[..., 1:] & ~self.own[..., :-1]
        return self.own[..., 0] + entries.sum(axis=-1)

    @property
    def exits(self) -> np.ndarray:
        """The distance at which each ray first has another answer; infinite if it has none."""
        lost = ~self.own
        return np.where(lost.any(axis=-1), self.at[lost.argmax(axis=-1)], np.inf)

    @property
    def reentering(self) -> np.ndarray:
        """For each sample, the share of its rays that come back into the basin."""
        return (self.intervals > 1).mean(axis=-1)

    def __repr__(self) -> str:
        samples, rays, steps = self.own.shape
        return f"Rays({samples} samples, {rays} rays of {steps} steps, {self.reentering.mean():.1%} come back)"


def rays(
    model, X, y, *, rng, directions: int = 32, reach: float = 4.0, steps: int = 200, batch_norm: str = "running"
) -> Rays:
    """What a classifier answers along random rays from samples.

    Parameters
    ----------
    model : torch.nn.Module
    X : array_like, shape (m, ...)
    y : array_like of int, shape (m,)
    rng : numpy Generator
    directions : int
        Rays from each sample, the same for all of them.
    reach : float
        How far, root mean square a coordinate.
    steps : int

    Source: [lin2025dynamics], read second-hand; claim P3-C16.
    """
    from blockshift.neurons import passes

    X, y = samples.labelled(X, y)
    if min(directions, steps - 1) < 1 or not reach > 0:
        raise errors.BadArgument(
            f"{directions} rays of {steps} steps up to {reach} go nowhere; expected 1, 2, and more than 0."
        )
    ways = rng.standard_normal((directions, *X.shape[1:]), dtype=np.float32)
    sides = tuple(range(1, ways.ndim))
    ways /= np.sqrt((ways**2).mean(axis=sides, keepdims=True))
    at = np.linspace(0, reach, steps, dtype=np.float32)
    along = ways[:, None] * at.reshape(-1, *[1] * (X.ndim - 1))
    answers = [passes.answers(model, (x + along).reshape(-1, *x.shape), batch_norm) for x in X]
    own = np.stack([(found == k).reshape(directions, steps) for found, k in zip(answers, y, strict=True)])
    return Rays(at.astype(float), own)


def chords(model, X, y, *, rng, pairs: int = 200, steps: int = 50, batch_norm: str = "running") -> float:
    """The share of straight lines between two samples of a class on which every answer is that class.

    A class whose basin is convex has 1. Pairs of samples are drawn among those that the classifier has right.

    Raises
    ------
    BadArgument
        If no class has two of them.
    """
    from blockshift.neurons import passes

    X, y = samples.labelled(X, y)
    right = np.flatnonzero(passes.answers(model, X, batch_norm) == y)
    if not len(right) or np.bincount(y[right]).max() < 2:
        raise errors.BadArgument(
            "the classifier has no two samples of one class right; a line inside a class needs both of its ends."
        )
    ends: list = []
    while len(ends) < pairs:
        a, b = rng.choice(right, 2, replace=False)
        if y[a] == y[b]:
            ends.append((a, b))
    start, end = np.array(ends).T
    part = np.linspace(0, 1, steps, dtype=np.float32).reshape(-1, *[1] * X.ndim)
    lines = (1 - part) * X[start] + part * X[end]
    answers = passes.answers(model, lines.reshape(-1, *X.shape[1:]), batch_norm)
    return float((answers.reshape(steps, pairs) == y[start]).all(axis=0).mean())
