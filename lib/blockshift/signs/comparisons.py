"""How a network's frustration compares with that of its null draws: z, p, and certified separation.

What is known of each frustration is an interval of its share of the total weight. The upper ends are what one search
found, for the network and for each draw with the same effort; z and p compare them, and say nothing about better
searches. The intervals say more: where the network's upper end lies below the lower end of a draw, the network *is*
less frustrated than the draw, however good the searches were. Such a draw is *separated*, with the guarantee that the
lower bound carries.

All uncertainties come from the number of draws alone, at 95 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import scipy.optimize
import scipy.special

from blockshift import errors

#: Probability with which an interval holds what it is about.
CONFIDENCE = 0.95
#: Shares this close count as one: sums of 10^10 weights, rounded one after the other, leave less than that.
RESOLUTION = 1e-9
#: Points of the midpoint rule that averages over the spread of a sample; four digits of a probability need fewer.
POINTS = 4000
#: z is looked for up to this many of its own standard errors away.
ERRORS = 20.0


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """The interval of a network among those of null draws of one kind.

    Parameters
    ----------
    kind : str
        Of the null model.
    network : pair of float
        Lower and upper end of the network's frustration, as shares of its total weight.
    lower, upper : ndarray, shape (draws,)
        The same for each draw.
    guarantee : str
        What the lower ends rest on.

    Raises
    ------
    BadArgument
        If there is no draw, or an interval is not one.

    Source: [wendin2025frustration] compares with null models; intervals and certified separation are ours. Claim P2-C1.

    Examples
    --------
    >>> found = Comparison("sign-random", (0.25, 0.3), [0.28, 0.35, 0.36], [0.39, 0.4, 0.41])
    >>> found.separated, found.p
    (2, 0.25)
    >>> round(found.z, 6)
    -10.0
    """

    kind: str
    network: tuple[float, float]
    lower: np.ndarray
    upper: np.ndarray
    guarantee: str = ""

    def __post_init__(self):
        lower, upper = (np.array(ends, np.float64) for ends in (self.lower, self.upper))
        if lower.ndim != 1 or lower.shape != upper.shape or not len(lower):
            raise errors.BadArgument(
                f"{lower.size} lower and {upper.size} upper ends of draws were given; expected as many "
                f"of both, at least one."
            )
        ends = np.array([self.network, *zip(lower, upper, strict=True)], np.float64)
        if not (np.isfinite(ends).all() and (ends[:, 0] <= ends[:, 1] + RESOLUTION).all()):
            raise errors.BadArgument("an interval has no finite ends in order; expected lower <= upper for each.")
        for name, array in (("lower", lower), ("upper", upper)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def count(self) -> int:
        """The number of draws n."""
        return len(self.upper)

    @property
    def mean(self) -> float:
        """The mean of the upper ends of the draws."""
        return float(self.upper.mean())

    @property
    def sd(self) -> float:
        """Their standard deviation, with n - 1; NaN for one draw."""
        return float(self.upper.std(ddof=1)) if self.count > 1 else float("nan")

    @property
    def least(self) -> float:
        """The least upper end of a draw."""
        return float(self.upper.min())

    @property
    def z(self) -> float:
        """By how many standard deviations the network's upper end lies above the mean; NaN where there is no spread."""
        return (self.network[1] - self.mean) / self.sd if self._spread else float("nan")

    @property
    def _spread(self) -> bool:
        """Whether the draws differ by more than rounding."""
        return self.count > 1 and self.sd > RESOLUTION

    @cached_property
    def z_interval(self) -> tuple[float, float]:
        """What z would be with infinitely many draws, at 95 %, if their upper ends are normal.

        With n draws, ``-sqrt(n) z`` has a noncentral t distribution about ``-sqrt(n)`` times that number; these are the
        two values of the number at which what was seen is just not too extreme.
        """
        if not self._spread:
            return float("nan"), float("nan")
        n = self.count
        spreads, root, z = _spreads(n), np.sqrt(n), self.z
        error = np.sqrt(1 / n + z**2 / (2 * (n - 1)))

        def excess(true: float, share: float) -> float:
            """The probability of a z as low as ours, less a share."""
            return float(scipy.special.ndtr(root * (z * spreads - true)).mean()) - share

        tail = (1 - CONFIDENCE) / 2
        ends = [
            scipy.optimize.brentq(excess, z - ERRORS * error, z + ERRORS * error, args=(share,))
            for share in (1 - tail, tail)
        ]
        return float(ends[0]), float(ends[1])

    @property
    def as_low(self) -> int:
        """How many draws have an upper end that is not above the network's."""
        return int((self.upper <= self.network[1]).sum())

    @property
    def p(self) -> float:
        """The empirical p-value ``(1 + as_low) / (1 + n)``: valid for any distribution, never below ``1 / (1 + n)``."""
        return (1 + self.as_low) / (1 + self.count)

    @property
    def p_interval(self) -> tuple[float, float]:
        """Where the probability that a draw comes out as low lies, at 95 % (Clopper and Pearson)."""
        k, n, tail = self.as_low, self.count, (1 - CONFIDENCE) / 2
        low = scipy.special.betaincinv(k, n - k + 1, tail) if k else 0.0
        high = scipy.special.betaincinv(k + 1, n - k, 1 - tail) if k < n else 1.0
        return float(low), float(high)

    @property
    def separated(self) -> int:
        """How many draws are certainly more frustrated than the network: their lower end is above its upper end."""
        return int((self.lower > self.network[1] + RESOLUTION).sum())

    @property
    def separated_p(self) -> float:
        """The p-value that holds however good the searches were: draws that are not separated count against us."""
        return (1 + self.count - self.separated) / (1 + self.count)

    @property
    def contradicted(self) -> int:
        """How many draws are certainly less frustrated than the network: their upper end is below its lower end."""
        return int((self.upper < self.network[0] - RESOLUTION).sum())

    def to_json(self) -> dict[str, Any]:
        """All of this as JSON has it; what is not defined is null."""
        low, high = self.z_interval
        found = {
            "kind": self.kind,
            "count": self.count,
            "mean": self.mean,
            "sd": self.sd,
            "min": self.least,
            "z": self.z,
            "z_low": low,
            "z_high": high,
            "p": self.p,
            "p_low": self.p_interval[0],
            "p_high": self.p_interval[1],
            "confidence": CONFIDENCE,
            "separated": self.separated,
            "separated_p": self.separated_p,
            "contradicted": self.contradicted,
            "guarantee": self.guarantee,
            "lower": self.lower.tolist(),
            "upper": self.upper.tolist(),
        }
        return {key: None if isinstance(value, float) and np.isnan(value) else value for key, value in found.items()}

    def __repr__(self) -> str:
        z = f"z {self.z:.1f} ({self.z_interval[0]:.1f} to {self.z_interval[1]:.1f})" if self._spread else "no spread"
        return (
            f"Comparison({self.kind}: network {self.network[1]:.4f}, {self.count} draw{'s' * (self.count != 1)} from "
            f"{self.least:.4f}, mean {self.mean:.4f}; {z}, p {self.p:.2g}; {self.separated} certainly above)"
        )


@cache
def _spreads(n: int) -> np.ndarray:
    """What standard deviations of n normal numbers are, in units of the true one, at equally likely values."""
    return np.sqrt(2 * scipy.special.gammaincinv((n - 1) / 2, (np.arange(POINTS) + 0.5) / POINTS) / (n - 1))


def compared(
    kind: str, network: tuple[float, float], draws: Sequence[tuple[float, float]], guarantee: str = ""
) -> Comparison:
    """The comparison of an interval with those of the draws, each ``(lower, upper)``.

    Examples
    --------
    >>> compared("uniform", (0.1, 0.2), [(0.1, 0.3), (0.25, 0.3)])
    Comparison(uniform: network 0.2000, 2 draws from 0.3000, mean 0.3000; no spread, p 0.33; 1 certainly above)
    """
    lower, upper = zip(*draws, strict=True) if draws else ((), ())
    return Comparison(kind, network, np.array(lower), np.array(upper), guarantee)
