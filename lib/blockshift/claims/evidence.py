"""Kinds of evidence, from strong to weak; each computes for itself whether it holds.

A claim returns one of these, never a verdict. Only `Proof`, `Identity` and an accepted `Certificate` may say
"for all"; what each covers stands in its *scope*.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from scipy import stats

from blockshift import errors
from blockshift.flow.symbols.transcripts import Derivation


class Evidence(Protocol):
    """What every kind of evidence answers."""

    kind: ClassVar[str]

    @property
    def holds(self) -> bool:
        """Whether the evidence supports the statement."""

    @property
    def scope(self) -> str:
        """For which networks, in words."""

    @property
    def summary(self) -> str:
        """What was found, in a sentence with its numbers."""


@dataclass(frozen=True)
class Residual:
    """Numbers that theory says are zero, and the bound they must keep.

    Examples
    --------
    >>> Residual({"drift": 2e-12}, bound=1e-9, scope="one run").holds
    True
    """

    kind: ClassVar[str] = "Residual"
    values: Mapping[str, Any]
    bound: float
    scope: str

    @property
    def holds(self) -> bool:
        """Whether every number is within the bound; NaN is not, and neither is having no number."""
        return bool(self.values) and all(abs(v) <= self.bound for v in self.values.values())

    @property
    def summary(self) -> str:
        """The worst number and the bound."""
        name, worst = max(self.values.items(), key=lambda item: abs(item[1]), default=("nothing", float("nan")))
        if self.bound == 0:
            return f"{len(self.values)} exact residuals, {'all zero' if self.holds else f'{name} is not zero'}"
        return f"largest residual {float(abs(worst)):.1e} ({name}), bound {self.bound:.0e}"


@dataclass(frozen=True)
class Proof:
    """A derivation for all depths and widths, and instances that guard its translation into code.

    The derivation decides the statement. The instances evaluate the library's own code at named sizes by
    an independent road; they catch a derivation of the wrong thing, and code that does something else.
    """

    kind: ClassVar[str] = "Proof"
    derivation: Derivation
    instances: Sequence[Residual]

    @property
    def holds(self) -> bool:
        """Whether every line of the derivation and every instance does; at least one instance is needed."""
        return self.derivation.holds and bool(self.instances) and all(r.holds for r in self.instances)

    @property
    def scope(self) -> str:
        """That of the derivation."""
        return self.derivation.scope

    @property
    def summary(self) -> str:
        """The lines, and the instances."""
        broken = self.derivation.faults
        lines = f"breaks at “{broken[0].rule}”" if broken else self.derivation.tally
        return "; ".join([lines, *(f"{r.scope}: {r.summary}" for r in self.instances)])


@dataclass(frozen=True)
class Identity:
    """Differences that are the zero polynomial, for all weights, at named sizes."""

    kind: ClassVar[str] = "Identity"
    differences: Mapping[str, Any]
    scope: str

    @property
    def holds(self) -> bool:
        """Whether every difference is zero exactly; at least one is needed."""
        return bool(self.differences) and all(d == 0 for d in self.differences.values())

    @property
    def summary(self) -> str:
        """How many, and which is not zero."""
        wrong = [name for name, d in self.differences.items() if d != 0]
        return f"{len(self.differences)} sizes expanded, " + (f"not zero at {wrong[0]}" if wrong else "all zero")


@dataclass(frozen=True)
class Certificate:
    """A witness, and an acceptor written from the definition that looks at nothing else."""

    kind: ClassVar[str] = "Certificate"
    witness: Any
    acceptor: Callable[[Any], bool]
    scope: str

    @property
    def holds(self) -> bool:
        """Whether the acceptor accepts."""
        return bool(self.acceptor(self.witness))

    @property
    def summary(self) -> str:
        """The acceptor's name and answer."""
        return f"{self.acceptor.__name__.replace('_', ' ')}: {'accepted' if self.holds else 'refused'}"


@dataclass(frozen=True)
class Counterexample:
    """A witness against a general statement: the claim is that the statement is not general."""

    kind: ClassVar[str] = "Counterexample"
    witness: Any
    refutes: Callable[[Any], bool]
    scope: str

    @property
    def holds(self) -> bool:
        """Whether the witness refutes."""
        return bool(self.refutes(self.witness))

    @property
    def summary(self) -> str:
        """The test's name and answer."""
        return f"{self.refutes.__name__.replace('_', ' ')}: {'refuted' if self.holds else 'not refuted'}"


@dataclass(frozen=True)
class Bound:
    """A number between a lower and an upper bound."""

    kind: ClassVar[str] = "Bound"
    value: float
    lower: float
    upper: float
    scope: str

    @property
    def holds(self) -> bool:
        """Whether lower ≤ value ≤ upper; never with NaN."""
        return self.lower <= self.value <= self.upper

    @property
    def summary(self) -> str:
        """The three numbers."""
        return f"{self.lower:.6g} ≤ {self.value:.6g} ≤ {self.upper:.6g} is {str(self.holds).lower()}"


@dataclass(frozen=True)
class Rate:
    """An order of convergence, fitted as the slope of log error over log step.

    Examples
    --------
    >>> Rate([0.1, 0.01], [3e-2, 3e-4], order=2, tolerance=0.1, scope="two steps").slope.round(6)
    np.float64(2.0)
    """

    kind: ClassVar[str] = "Rate"
    steps: Sequence[float]
    errors: Sequence[float]
    order: float
    tolerance: float
    scope: str

    @property
    def slope(self) -> float:
        """The fitted order."""
        if len(self.steps) < 2 or min(*self.steps, *self.errors) <= 0:
            raise errors.BadArgument("a rate needs at least two positive steps with positive errors.")
        return np.polyfit(np.log(self.steps), np.log(self.errors), 1)[0]

    @property
    def holds(self) -> bool:
        """Whether the fitted order is the one claimed, within the tolerance."""
        return bool(abs(self.slope - self.order) <= self.tolerance)

    @property
    def summary(self) -> str:
        """Both orders."""
        return f"fitted order {self.slope:.3f}, claimed {self.order:g} ± {self.tolerance:g}"


@dataclass(frozen=True)
class Sample:
    """A statistic against its null distribution; below all of it, or above all of it.

    Examples
    --------
    >>> Sample(0.1, [0.3, 0.4, 0.5], side="below", seed=0, scope="one network").holds
    True
    """

    kind: ClassVar[str] = "Sample"
    statistic: float
    null: Sequence[float]
    side: str
    seed: int
    scope: str

    @property
    def holds(self) -> bool:
        """Whether the statistic lies on the claimed side of every draw."""
        if self.side not in ("below", "above"):
            raise errors.BadArgument(f"the side is {self.side!r}; expected 'below' or 'above'.")
        null = np.asarray(self.null, dtype=float)
        return bool(len(null)) and bool(
            (self.statistic < null).all() if self.side == "below" else (self.statistic > null).all()
        )

    @property
    def summary(self) -> str:
        """The statistic, the null's mean and spread, and the number of draws."""
        null = np.asarray(self.null, dtype=float)
        return (
            f"{self.statistic:.4g} {self.side} {len(null)} draws with mean {null.mean():.4g}, "
            f"sd {null.std(ddof=1) if len(null) > 1 else 0:.2g}, seed {self.seed}"
        )


@dataclass(frozen=True)
class Measured:
    """One number a seed, and the range in which the claim wants its mean."""

    name: str
    values: Sequence[float] | np.ndarray
    lower: float = -math.inf
    upper: float = math.inf

    @property
    def interval(self) -> tuple[float, float]:
        """The interval of the mean at 95 %, by Student's distribution; endless for fewer than two seeds."""
        x = np.asarray(self.values, dtype=float)
        if len(x) < 2:
            return -math.inf, math.inf
        half = float(stats.t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x)))
        return float(x.mean()) - half, float(x.mean()) + half

    @property
    def holds(self) -> bool:
        """Whether the whole interval lies in the range; never with NaN."""
        low, high = self.interval
        return self.lower <= low and high <= self.upper

    @property
    def summary(self) -> str:
        """Mean, interval, and the range."""
        low, high = self.interval
        ends = [f"≥ {self.lower:g}"] * bool(self.lower > -math.inf) + [f"≤ {self.upper:g}"] * bool(
            self.upper < math.inf
        )
        mean = float(np.mean(self.values)) if len(self.values) else math.nan
        return f"{self.name} {mean:.3g} [{low:.3g}, {high:.3g}], claimed {' and '.join(ends)}"


@dataclass(frozen=True)
class Repeats:
    """Runs with several seeds: the mean of each number, with its interval, against what is claimed.

    Examples
    --------
    >>> Repeats([Measured("gap", [0.1, 0.2, 0.3, 0.2, 0.2], lower=0)], scope="five seeds").holds
    True
    """

    kind: ClassVar[str] = "Repeats"
    measured: Sequence[Measured]
    scope: str

    @property
    def holds(self) -> bool:
        """Whether every interval lies in its range; at least one number is needed."""
        return bool(self.measured) and all(m.holds for m in self.measured)

    @property
    def summary(self) -> str:
        """All numbers, and how many seeds."""
        seeds = sorted({len(m.values) for m in self.measured})
        return f"{'; '.join(m.summary for m in self.measured)} ({'/'.join(map(str, seeds))} seeds, 95 %)"


@dataclass(frozen=True)
class Broken:
    """What is left when a check raised: nothing holds, and the reason is kept."""

    kind: ClassVar[str] = "none"
    reason: str
    scope: str = "no network: the check itself broke"
    holds: bool = False

    @property
    def summary(self) -> str:
        """The reason."""
        return self.reason
