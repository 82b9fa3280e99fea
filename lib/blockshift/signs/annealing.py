"""Simulated annealing: descent that may climb, less and less.

At temperature T a node is flipped with probability ``min(1, exp(-dE / T))``, where ``dE = 2 s_i h_i`` is the change of
the Ising energy. The local fields are kept up to date, so a proposal costs a multiplication and only an accepted flip
costs a visit to the neighbours. Temperatures are in units of the rms local field of each part of the nodes (layer, or
colour class), so that the same schedule serves weights of any size and layers of any width.

The schedule is linear from 1.0 to 0.05. At the hot end many flips against the field are accepted, at the cold end
hardly any. In trials on tori, a random graph and a dense network a start at 2.0 cost time and gained nothing; starts
at 0.6 and 0.8 did about as well.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.signs import flips
from blockshift.signs.couplings import Couplings, couplings_of, signs_of

#: Proposals between two looks at the clock or the keyboard: a few tenths of a second.
PROPOSALS = 10_000_000


@dataclass(frozen=True)
class Schedule:
    """Temperatures of the sweeps: equally spaced from `hot` to `cold`, in units of the rms field of each part.

    Raises
    ------
    BadArgument
        Unless there is at least one sweep and ``hot >= cold > 0``.

    Examples
    --------
    >>> Schedule(sweeps=3, hot=1.0, cold=0.5).temperatures
    array([1.  , 0.75, 0.5 ])
    """

    sweeps: int = 1000
    hot: float = 1.0
    cold: float = 0.05

    def __post_init__(self):
        if self.sweeps < 1:
            raise errors.BadArgument(f"{self.sweeps} sweeps anneal nothing; expected at least 1.")
        if not (np.inf > self.hot >= self.cold > 0):
            raise errors.BadArgument(
                f"temperatures go from {self.hot} to {self.cold}; expected finite numbers hot >= cold > 0."
            )

    @property
    def temperatures(self) -> np.ndarray:
        """One for each sweep, shape ``(sweeps,)``."""
        return np.linspace(self.hot, self.cold, self.sweeps)


def annealed(graph, schedule: Schedule, *, rng: np.random.Generator, start=None) -> np.ndarray:
    """The switching that one run of simulated annealing ends with, shape ``(n,)``; the same for the same `rng`.

    Parameters
    ----------
    graph : SignedGraph or Couplings
    schedule : Schedule
    rng : numpy.random.Generator
    start : array_like of ±1, optional
        Drawn at random if left out.

    Raises
    ------
    BadArgument
        If `start` is not a switching.

    Examples
    --------
    >>> from blockshift.signs.signed_graph import SignedGraph
    >>> triangle = SignedGraph.from_edges([(0, 1, -1), (1, 2, -1), (0, 2, -1)])
    >>> s = annealed(triangle, Schedule(100), rng=np.random.default_rng(0))
    >>> triangle.frustrated_weight(s)
    1.0
    """
    J = couplings_of(graph)
    s = random_signs(J.size, rng=rng) if start is None else signs_of(J, start)
    anneal(J, s, schedule.temperatures, rng=rng)
    return s.astype(np.int8)


def anneal(
    J: Couplings,
    s: np.ndarray,
    temperatures: np.ndarray,
    *,
    rng: np.random.Generator,
    pause: Callable[[], bool] = lambda: False,
) -> int:
    """The same in place, on floats; stops early where `pause` says so. Returns the number of accepted flips."""
    state = rng.integers(0, 2**64, size=1, dtype=np.uint64)
    if J.size == 0:
        return 0
    inverse, fields, accepted = 1.0 / J.units, J.fields(s), 0
    step = max(1, PROPOSALS // J.size)
    for begin in range(0, len(temperatures), step):
        accepted += flips.anneal_sweeps(J.layout, s, fields, inverse, temperatures[begin : begin + step], state)
        if pause():
            break
    return accepted


def random_signs(n: int, *, rng: np.random.Generator) -> np.ndarray:
    """Signs drawn with equal chances, as floats, shape ``(n,)``."""
    return 2.0 * rng.integers(0, 2, n) - 1.0
