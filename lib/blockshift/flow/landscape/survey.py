"""Thousands of random critical points, their kinds by ranks beside the eigenvalues of their Hessians.

The rank test and the Hessian are two roads to one answer: the first looks at ranks of products of layers, the second
at the second derivatives of the loss and at nothing else. A survey walks both, for many shapes, many systems of chains
and many bases, in stacks. It takes microseconds a point.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.flow import gradient
from blockshift.flow.landscape import chains, construction, hessian, ranks

#: An eigenvalue counts as negative below this share of the largest, or of the norm of Sigma. Between the two sides of
#: this there is a wide gap, which the survey reports.
NEGATIVE = 1e-10

#: Systems of chains tried at each shape; every one of them is then seen in many bases.
SYSTEMS = 4


@dataclass(frozen=True, eq=False, repr=False)
class Survey:
    """What was found at many critical points; all arrays have one entry a point.

    Parameters
    ----------
    depth : ndarray of int
    minimum : ndarray of bool
        Whether the point is a global minimum by what it has learnt.
    strict : ndarray of bool
        Whether the rank test calls it a strict saddle.
    lowest : ndarray
        The smallest eigenvalue of the Hessian, in units of the largest or of the norm of Sigma.
    """

    depth: np.ndarray
    minimum: np.ndarray
    strict: np.ndarray
    lowest: np.ndarray

    def __len__(self) -> int:
        return len(self.depth)

    @property
    def negative(self) -> np.ndarray:
        """Whether the Hessian has a negative eigenvalue."""
        return self.lowest < -NEGATIVE

    @property
    def nonstrict(self) -> np.ndarray:
        """Saddles that the rank test does not call strict."""
        return ~self.minimum & ~self.strict

    @property
    def mismatches(self) -> int:
        """At how many points the rank test and the Hessian disagree."""
        return int((self.strict != self.negative).sum())

    @property
    def gap(self) -> tuple[float, float]:
        """The eigenvalue nearest to zero that counted as negative, and the one furthest below zero that did not."""
        below, above = self.lowest[self.negative], self.lowest[~self.negative]
        return float(below.max(initial=-np.inf)), float(min(above.min(initial=0.0), 0.0))

    def __repr__(self) -> str:
        return (
            f"Survey({len(self)} critical points: {int(self.strict.sum())} strict and {int(self.nonstrict.sum())} "
            f"nonstrict saddles, {int(self.minimum.sum())} minima; {self.mismatches} mismatches)"
        )


def survey(
    shapes: Iterable[Sequence[int]],
    each: int,
    *,
    rng: np.random.Generator,
    excess: int = 1,
    plain_data: bool = True,
) -> Survey:
    """The kinds of random critical points of many shapes, by ranks and by Hessians.

    Parameters
    ----------
    shapes : iterable of widths
        With two layers of weights or more: a single layer has no saddle.
    each : int
        Points a shape, at least; rounded up to a multiple of `SYSTEMS`.
    rng : numpy.random.Generator
    excess : int
        By how much the rank of a product of layers must exceed what is learnt: 1. With 0 the inequality is weakened,
        and the test is wrong.
    plain_data : bool
        Distinct singular values, all positive; else repeated ones, some zero, in random bases.

    Source: [achour2024loss] for the rank test; claims P1-C16, P1-C17.

    Examples
    --------
    >>> survey([(2, 2, 2), (2, 3, 2, 2)], 40, rng=np.random.default_rng(0)).mismatches
    0
    """
    if each < 1:
        raise errors.BadArgument(f"{each} points a shape were asked for; give at least 1.")
    count = -(-each // SYSTEMS)
    parts = [_points(tuple(widths), count, rng, excess, plain_data) for widths in shapes for _ in range(SYSTEMS)]
    return Survey(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _points(widths, count: int, rng, excess: int, plain_data: bool):
    """One system of chains in many bases."""
    room = min(widths[0], widths[-1])
    Sigma, size = (_distinct if plain_data else _degenerate)(widths, room, rng)
    narrow = min(min(widths), size)
    learnt = int(rng.integers(0, narrow + 1))
    order = rng.permutation(size) if rng.random() < 1 / 3 else np.arange(size)
    places = sorted(int(place) + 1 for place in order[:learnt])
    system = chains.random(widths, learnt, size - learnt, rng=rng)
    layers = construction.stack(system, Sigma, places, count, rng=rng)
    product = layers[0]
    for W in layers[1:]:
        product = W @ product
    values = np.linalg.svd(Sigma, compute_uv=False)
    left_out = max((values[k] for k in range(size) if k + 1 not in places), default=0.0)
    weakest = min((values[k - 1] for k in places), default=np.inf)
    # By what is learnt: the wrong modes, everything there is room for, or neither.
    if left_out > weakest * (1 + NEGATIVE):
        minimum, strict = False, np.ones(count, dtype=bool)
    elif left_out == 0.0 or learnt == min(widths):
        minimum, strict = True, np.zeros(count, dtype=bool)
    else:
        resolutions = [ranks.RESOLUTION * np.linalg.norm(W, 2, axis=(-2, -1)) for W in layers]
        found = ranks.of(layers, Sigma - product, max(learnt + excess - 1, 0), resolutions)
        minimum, strict = False, np.asarray(found.open.any(axis=(-2, -1)))
    eigenvalues = np.linalg.eigvalsh(hessian.matrices(layers, Sigma))
    scale = np.maximum(np.abs(eigenvalues).max(axis=-1), np.linalg.norm(Sigma) or 1.0)
    depth = np.full(count, len(widths) - 1)
    return depth, np.full(count, minimum), strict, eigenvalues[:, 0] / scale


def _distinct(widths, room: int, rng):
    """Singular values that differ by more than a half, all positive."""
    values = np.arange(room, 0, -1) + rng.uniform(-0.2, 0.2, room)
    return gradient.target(values, widths), room


def _degenerate(widths, room: int, rng):
    """Singular values from 0, 1, 2, so that many are equal, in random bases on both sides."""
    values = np.sort(rng.integers(0, 3, room))[::-1].astype(float)
    U, V = (np.linalg.qr(rng.standard_normal((d, d)))[0] for d in (widths[-1], widths[0]))
    return U @ gradient.target(values, widths) @ V.T, int((values > 0).sum())
