"""The amplitude at which a share falls to a level: bracketed by doubling, found by bisection, with an interval.

All amplitudes meet the same noise (common random numbers), so the share is a function of the amplitude and not a
random process, and the same `rng` gives the same answer to the last bit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from blockshift import errors

#: The search begins at SMALLEST and doubles up to LARGEST; beyond it a share is said never to fall.
SMALLEST, LARGEST = 2.0**-10, 2.0**10
#: Bisection stops when the ends of the bracket differ by this share.
CLOSE = 0.005
#: Where the interval looks: amplitudes from half to twice the radius.
AROUND = 2.0 ** np.linspace(-1.0, 1.0, 17)
RESAMPLES, CONFIDENCE = 400, 0.95


def crossing(share: Callable[[np.ndarray], np.ndarray], groups: int, level: float) -> np.ndarray:
    """The first amplitude on a doubling scale, then by bisection, at which each group's share is no more than a level.

    Parameters
    ----------
    share : callable
        Takes amplitudes, shape (groups,), and returns shares of the same shape. Groups do not influence each other.
    groups : int
    level : float

    Returns
    -------
    ndarray, shape (groups,)
        Infinite where the share stays above the level up to `LARGEST`; 0 where it is not above it without noise.

    Examples
    --------
    >>> crossing(lambda s: 1 / (1 + s), 1, 0.5).round(2)
    array([1.])
    """
    low = np.full(groups, SMALLEST)
    high = np.full(groups, np.inf)
    lost = share(np.zeros(groups)) <= level
    amplitude = np.full(groups, SMALLEST)
    open_ = ~lost
    while open_.any() and amplitude[open_].max() <= LARGEST:
        below = share(np.where(open_, amplitude, low)) <= level
        found = open_ & below
        high[found] = amplitude[found]
        low[found] = amplitude[found] / 2
        open_ &= ~below
        amplitude = np.where(open_, amplitude * 2, amplitude)
    # Each group stops on its own, so that its answer does not depend on who else is asked.
    wide = np.isfinite(high)
    while wide.any():
        middle = np.sqrt(low * np.where(np.isfinite(high), high, low))
        below = share(middle) <= level
        high = np.where(wide & below, middle, high)
        low = np.where(wide & ~below, middle, low)
        wide &= high > low * (1 + CLOSE)
    radius = np.where(np.isfinite(high), np.sqrt(low * np.where(np.isfinite(high), high, 1.0)), np.inf)
    return np.where(lost, 0.0, radius)


@dataclass(frozen=True, eq=False, repr=False)
class Curve:
    """Whether each sample is right under each draw of the noise, at amplitudes around a radius.

    Parameters
    ----------
    amplitudes : ndarray, shape (a,)
    right : ndarray of bool, shape (a, draws, m)
    shared : bool
        Whether a draw is one noise for all samples, as of weights, or each sample has its own.
    """

    amplitudes: np.ndarray
    right: np.ndarray
    shared: bool

    def interval(self, level: float, *, rng, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """The bootstrap interval of the radius: samples are drawn again, and draws too where they are shared.

        A resample that does not cross the level on the curve counts as its first or last amplitude.
        """
        _, draws, m = self.right.shape
        if not self.shared:
            each = self.right.mean(axis=1)
            weights = rng.multinomial(m, np.full(m, 1 / m), size=RESAMPLES) / m
            shares = weights @ each.T
        else:
            weights = rng.multinomial(m, np.full(m, 1 / m), size=RESAMPLES) / m
            of_draws = rng.multinomial(draws, np.full(draws, 1 / draws), size=RESAMPLES) / draws
            # The spread of d draws drawn again is too small by (d - 1) / d.
            middle = 1 / draws
            of_draws = middle + (of_draws - middle) * np.sqrt(draws / max(draws - 1, 1))
            shares = np.stack([((weights @ np.asarray(at, float).T) * of_draws).sum(1) for at in self.right], axis=1)
        radii = _interpolated(self.amplitudes, shares, level)
        tail = (1 - confidence) / 2
        low, high = np.quantile(radii, [tail, 1 - tail])
        return float(low), float(high)


def interval(radius: float, right: Callable[[float], np.ndarray], level: float, *, shared: bool, rng) -> tuple:
    """The bootstrap interval of a radius, from a curve around it; endless where the radius is.

    Parameters
    ----------
    radius, level : float
    right : callable
        Takes an amplitude, and returns whether each sample is right under each draw, shape (draws, m).
    shared : bool
        As in `Curve`.
    rng : numpy Generator
    """
    if not np.isfinite(radius):
        return np.inf, np.inf
    at = radius * AROUND
    return Curve(at, np.stack([right(amplitude) for amplitude in at]), shared).interval(level, rng=rng)


def _interpolated(amplitudes: np.ndarray, shares: np.ndarray, level: float) -> np.ndarray:
    """Where each row of shares first falls to the level, linear in the logarithm of the amplitude."""
    below = shares <= level
    first = np.where(below.any(axis=1), below.argmax(axis=1), len(amplitudes) - 1)
    rows, left = np.arange(len(shares)), np.maximum(first - 1, 0)
    log = np.log(amplitudes)
    top, bottom = shares[rows, left], shares[rows, first]
    part = np.clip((top - level) / np.where(top > bottom, top - bottom, 1.0), 0.0, 1.0)
    return np.exp(log[left] + part * (log[first] - log[left]))


def check_level(level: float, without_noise: float) -> None:
    """Nothing, if a classifier is above the level without noise.

    Raises
    ------
    BadArgument
        If the level is not between 0 and 1.
    BelowThreshold
        If it is not above it.
    """
    if not 0 < level < 1:
        raise errors.BadArgument(f"`level` is {level}; expected a share between 0 and 1, such as 0.5.")
    if not without_noise > level:
        raise errors.BelowThreshold(
            f"the classifier is right for {without_noise:.1%} of the samples without noise; a basin at the level "
            f"{level:.0%} needs more. Train it further, or give a lower `level`."
        )
