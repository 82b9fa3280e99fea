"""Upper bounds on the frustration of a signed graph: the best switching that a budget of work finds.

The paper's row flips come first, so that nothing returned is worse than they are. Then follow the roundings of two
relaxations, each with a descent, and annealing runs. What a run ends with is improved by chains and crossed with the
best switchings of the runs before: where two good switchings differ, the better choice of every cluster survives. On
sparse graphs that is worth more than longer annealing; on dense ones clusters are few and it costs next to nothing.
Of three runs one starts from random signs, two from a kept switching at a lower temperature: that finds what lies near.

What is returned is recomputed from the switching, added up exactly and rounded once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.signs import annealing, channel_gauges, descent, relaxations
from blockshift.signs.annealing import Schedule
from blockshift.signs.couplings import Couplings, couplings_of
from blockshift.signs.network_couplings import NetworkCouplings

#: Proposals that all runs together may make where no number of sweeps is given: seconds to a minute.
BUDGET = 200_000_000
#: The same where a sweep is so much work that chains and crossings are left out: seconds to a minute, too.
LARGE_BUDGET = 2_000_000_000
#: Least and most sweeps of a run where no number is given.
FEWEST, MOST = 30, 1000
#: One run in so many starts from random signs; the others reheat a kept switching to one of these shares of the heat.
FRESH, REHEATED = 3, (0.3, 0.4, 0.5)
#: Runs of one length, where lengths double, and how many before the first is reheated.
SAME_LENGTH, FIRST = 10, 5
#: Switchings that are kept for crossings.
KEPT = 12
#: Roundings of the low-rank vectors that are tried.
ROUNDINGS = 8
#: Nodes times rank up to which the low-rank start is computed: it needs this many floats a few times over.
LARGEST_LOW_RANK = 5_000_000


@dataclass(frozen=True, eq=False, repr=False)
class UpperBound:
    """A switching, and the weight it leaves frustrated.

    Attributes
    ----------
    value : float
        The frustrated weight of the switching, added up exactly and rounded once: the frustration is at most this.
    switching : ndarray of int8, shape (n,)
    method : str
        What found it first: "row flips", "channel gauge", "spectral", "low rank" or "annealing".
    row_flips : float
        What the paper's heuristic alone reached from all plus.
    runs : ndarray, shape (runs,)
        Where each annealing run ended, crossings included.
    stopped : str
        "finished", "time limit", "enough" or "interrupted".
    seconds : float
    """

    value: float
    switching: np.ndarray
    method: str
    row_flips: float
    runs: np.ndarray
    stopped: str
    seconds: float

    def __repr__(self) -> str:
        return (
            f"UpperBound({self.value:g} by {self.method}, row flips alone {self.row_flips:g}, "
            f"{len(self.runs)} annealing runs, {self.stopped})"
        )


def upper_bound(
    graph,
    *,
    rng: np.random.Generator,
    restarts: int | None = None,
    schedule: Schedule | None = None,
    time_limit: float = np.inf,
    enough: float = -np.inf,
    progress: Callable[[int, float], None] | None = None,
) -> UpperBound:
    """The least frustrated weight that was found, and the switching that attains it.

    Parameters
    ----------
    graph : SignedGraph, Dag or Couplings
    rng : numpy.random.Generator
        The same generator gives the same answer, unless the clock or a key ended the search.
    restarts : int, optional
        Annealing runs. If left out: 20; with a time limit, as many as there is time for.
    schedule : Schedule, optional
        If left out, from 1.0 to 0.05 times the rms field. The number of sweeps is then between 30 and 1000, such that
        twenty runs make 2 * 10^8 proposals; in large networks there are fewer runs, every second one from the best
        switching so far. With a time limit and no number of restarts it doubles from 30 on, ten
        runs at each length.
    time_limit : float
        Seconds after which the best is returned; looked at a few times a second.
    enough : float
        Stop once the value is at most this, a lower bound for instance.
    progress : callable, optional
        Called with the number of runs and the least value, after each run.

    Notes
    -----
    Ctrl-C ends the search and keeps the best switching; `stopped` says so.

    Raises
    ------
    BadArgument
        If the number of restarts is negative, or the time limit is NaN.

    Source: [wendin2025frustration] for the row flips; the rest is ours.

    Examples
    --------
    >>> from blockshift.signs.signed_graph import SignedGraph
    >>> friends = SignedGraph.from_edges([(0, 1, -1), (1, 2, -1), (0, 2, -1), (2, 3, 5)])
    >>> upper_bound(friends, rng=np.random.default_rng(0), restarts=2)
    UpperBound(1 by row flips, row flips alone 1, 2 annealing runs, finished)
    """
    if restarts is not None and restarts < 0:
        raise errors.BadArgument(f"{restarts} restarts were asked for; expected 0 or more.")
    if np.isnan(time_limit):
        raise errors.BadArgument("the time limit is NaN; expected a number of seconds, or infinity.")
    search = _Search(couplings_of(graph), time_limit, enough, rng)
    try:
        search.take_starts()
        search.take_runs(restarts, schedule, progress)
    except KeyboardInterrupt:
        search.stopped = "interrupted"
    return search.result()


class _Search:
    """The best so far, and what the next run may use."""

    def __init__(self, J: Couplings, time_limit: float, enough: float, rng: np.random.Generator):
        self.J, self.rng, self.enough = J, rng, enough
        self.begin = time.monotonic()
        self.deadline = self.begin + time_limit
        self.kept: list[tuple[float, np.ndarray]] = []
        self.runs: list[float] = []
        self.stopped, self.method = "finished", "row flips"
        # All plus is a switching, so there is something to return before anything has been tried.
        self.best = np.ones(J.size, np.int8)
        self.value = J.frustration(self.best)
        self.row_flips = self.value

    def late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self.deadline

    def over(self) -> bool:
        """Whether to stop, and why."""
        if self.value <= self.enough:
            self.stopped = "enough"
        elif self.late():
            self.stopped = "time limit"
        return self.stopped != "finished"

    def offer(self, s: np.ndarray, method: str) -> float:
        """Keep a switching among the best if it belongs there; its value."""
        value = self.J.frustration(s)
        if value < self.value:
            self.best, self.value, self.method = s.astype(np.int8), value, method
        if all(value != other or abs(s @ t) < len(s) for other, t in self.kept):
            self.kept = sorted([*self.kept, (value, s.astype(np.int8))], key=lambda pair: pair[0])[:KEPT]
        return value

    def take_starts(self) -> None:
        """The row flips, and the signs of the two relaxations after a descent."""
        J = self.J
        found = descent.row_flips(J)
        self.row_flips = self.offer(found.switching.astype(float), "row flips")
        if isinstance(J, NetworkCouplings) and not self.over():
            self._settled(channel_gauges.channel_gauge(J.dag, rng=self.rng), "channel gauge")
        if J.size < 2 or not J.thorough or self.over():
            return
        self._settled(relaxations.spectral_start(J, rng=self.rng, pause=self.late), "spectral")
        if J.size * relaxations.RANK > LARGEST_LOW_RANK or self.over():
            return
        vectors = relaxations.low_rank(J, rng=self.rng, sweeps=50, pause=self.late)
        for signs in vectors.rounded(ROUNDINGS, rng=self.rng):
            self._settled(signs, "low rank")

    def _settled(self, signs: np.ndarray, method: str) -> None:
        """Descend from a start and keep where it ends."""
        s = signs.astype(float)
        descent.settle(self.J, s)
        self.offer(s, method)

    def take_runs(self, restarts: int | None, schedule: Schedule | None, progress) -> None:
        """Annealing runs, each followed by chains and crossings."""
        doubling = restarts is None and schedule is None and np.isfinite(self.deadline)
        runs, sweeps = _effort(self.J)
        limit = restarts if restarts is not None else runs if np.isinf(self.deadline) else np.inf
        chosen = schedule or Schedule(sweeps)
        while len(self.runs) < limit and not self.over():
            if doubling:
                chosen = Schedule(FEWEST << min(len(self.runs) // SAME_LENGTH, 20))
            s, warm = self._start(chosen)
            annealing.anneal(self.J, s, warm.temperatures, rng=self.rng, pause=self.late)
            descent.settle(self.J, s)
            self.improve(s)
            self.runs.append(self.offer(s, "annealing"))
            if progress is not None:
                progress(len(self.runs), self.value)

    def _start(self, schedule: Schedule) -> tuple[np.ndarray, Schedule]:
        """Where the next run begins, and its schedule: random signs and all of it, or a kept switching and its end."""
        runs = len(self.runs)
        fresh = runs < FIRST or runs % FRESH == 0 if self.J.thorough else runs % 2 == 1
        if fresh:
            return annealing.random_signs(self.J.size, rng=self.rng), schedule
        _, s = self.kept[int(self.rng.integers(len(self.kept))) if self.J.thorough else 0]
        hot = max(schedule.cold, schedule.hot * float(self.rng.choice(REHEATED)))
        return s.astype(float), Schedule(schedule.sweeps, hot, schedule.cold)

    def improve(self, s: np.ndarray) -> None:
        """Chains, then crossings with those kept, as long as a round of both helps."""
        before = np.inf if self.J.thorough else -np.inf
        while (now := self.J.frustration(s)) < before and not self.late():
            before = now
            descent.chain(self.J, s)
            for _, other in self.kept:
                descent.cross(self.J, s, other)
            descent.settle(self.J, s)

    def result(self) -> UpperBound:
        """What was found."""
        return UpperBound(
            self.value,
            self.best,
            self.method,
            self.row_flips,
            np.array(self.runs),
            self.stopped,
            time.monotonic() - self.begin,
        )


def _effort(J: Couplings) -> tuple[int, int]:
    """Annealing runs, and the sweeps of one, within the budget: fewer runs where not even twenty short ones fit in."""
    if J.thorough:
        return 20, int(np.clip(BUDGET // (20 * max(1.0, J.work)), FEWEST, MOST))
    sweeps = LARGE_BUDGET / J.work
    runs = int(np.clip(sweeps // FEWEST, 1, 20))
    return runs, int(np.clip(sweeps / runs, FEWEST // 3, MOST))
