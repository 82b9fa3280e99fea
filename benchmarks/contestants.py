"""What a contestant of the benchmark of integrators is: a name, a package, and a way to prepare a run."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

import numpy as np

from benchmarks.problems import Problem


@dataclass(frozen=True)
class Run:
    """What a run gave: states at the problem's times, shape ``(m, N)``, and what it counted, where it counts."""

    states: np.ndarray
    calls: int | None
    steps: int | None


@dataclass(frozen=True)
class Contestant:
    """A solver under a name.

    Parameters
    ----------
    name : str
    package : str
        The distribution that brings it.
    prepare : callable
        ``prepare(problem, rtol)`` gives a function without arguments that makes the run.
    largest : int
        The largest problem it is given, in weights.
    because : str
        Why no larger one.
    """

    name: str
    package: str
    prepare: Callable[[Problem, float], Callable[[], Run]]
    largest: int = 10**9
    because: str = ""

    def refuses(self, problem: Problem) -> str:
        """Why it does not take part, or nothing."""
        try:
            metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return f"{self.package} is not installed"
        if problem.size > self.largest:
            return f"more than {self.largest:,} weights: {self.because}"
        return ""


def absolute(problem: Problem, rtol: float) -> float:
    """The absolute tolerance that belongs to a relative one."""
    return rtol * float(np.abs(problem.start).max())
