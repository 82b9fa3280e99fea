"""Branch and bound over cycle programs: an interval that closes, and at each moment a proof of its lower end.

A branch decides of some edges whether they are frustrated; that ties signs of nodes to one another, and so decides
other edges too. Its program gives a lower bound; its fractional point, read as advice on which edges to satisfy,
gives signs. Branches that cannot beat the best signs are leaves. The leaves and the open branches together cover all
switchings.
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.compiled import was_interrupted
from blockshift.signs.exact import cycles, ties
from blockshift.signs.exact.cycle_program import CycleProgram, Rows, Solved
from blockshift.signs.exact.integers import rounded_up
from blockshift.signs.exact.kernel_proofs import Leaf

#: Edges tried out before one is branched on, and iterations of the simplex method for each trial.
TRIED, TRIAL = 8, 25
#: Rounds of cuts over which the bound must rise by a share of the gap, else the branch is divided.
PATIENCE, SHARE = 5, 0.03
#: Nodes whose cycles are looked for between two looks at the clock.
SOURCES = 1000


@dataclass(frozen=True)
class Searched:
    """Where a search ended: signs and their weight, the lower bound, the leaves that prove it, why it stopped."""

    signs: np.ndarray
    upper: int
    lower: int
    leaves: tuple[Leaf, ...]
    rows: Rows
    bits: int
    stopped: str


class Search:
    """One search; `run` may be called once."""

    def __init__(
        self, n: int, u: np.ndarray, v: np.ndarray, w: np.ndarray, start: np.ndarray,
        lattice: tuple[int, int], seconds_left: Callable[[], float], progress: Callable[[int, int, int], None],
    ):  # fmt: skip
        self.n, self.u, self.v, self.w = n, u, v, w
        self.negative = w < 0
        order = np.argsort(np.r_[u, v], kind="stable")
        self.starts = np.searchsorted(np.r_[u, v][order], np.arange(n + 1))
        self.heads = np.r_[v, u][order]
        self.edges = np.r_[np.arange(len(u)), np.arange(len(u))][order]
        self.around = np.r_[w, w][order]
        self.lattice, self.seconds_left, self.progress = lattice, seconds_left, progress
        self.program = CycleProgram(w)
        self.signs, self.upper = start.astype(np.int64), self.weight(start)
        self.offer(start)
        self.closed: list[Leaf] = []
        self.open: list[tuple[int, int, Leaf]] = []
        self.count = itertools.count()

    def weight(self, s: np.ndarray) -> int:
        """The frustrated weight that signs leave."""
        return int(np.abs(self.w[self.w * s[self.u] * s[self.v] < 0]).sum())

    def offer(self, s: np.ndarray) -> None:
        """Keep signs that are better than the best, after descent."""
        s = ties.descended(self.starts, self.heads, self.around, s.astype(np.int64))
        weight = self.weight(s)
        if weight < self.upper:
            self.signs, self.upper = s, weight

    def run(self) -> Searched:
        """Branches, the most promising bound first, until they are closed or time is up."""
        stopped = "proved"
        heapq.heappush(self.open, (0, next(self.count), Leaf((), (), (), 0)))
        try:
            while self.open and self.open[0][0] < self.upper:
                if self.seconds_left() <= 0:
                    stopped = "time limit"
                    break
                leaf = self.open[0][2]
                # Only when it is done does a branch leave the list: whatever interrupts, the list covers everything.
                children = self._divided(leaf)
                heapq.heappop(self.open)
                for child in children:
                    heapq.heappush(self.open, (child.bound, next(self.count), child))
                self.progress(self.lower, self.upper, len(self.open))
        except (KeyboardInterrupt, SystemError) as problem:
            if not was_interrupted(problem):
                raise
            stopped = "interrupted"
        finally:
            self.program.close()
        leaves = (*self.closed, *(leaf for _, _, leaf in self.open))
        return Searched(self.signs, self.upper, self.lower, leaves, self.program.rows, self.program.bits, stopped)

    @property
    def lower(self) -> int:
        """The least bound of a branch."""
        return min(self.upper, min((leaf.bound for _, _, leaf in self.open), default=self.upper))

    def _divided(self, leaf: Leaf) -> list[Leaf]:
        """The two halves of a branch; itself, if time ran out; nothing, if it was closed."""
        decided = np.array([e for e, _ in leaf.decided], dtype=np.int64)
        frustrated = np.array([f for _, f in leaf.decided], dtype=np.bool_)
        value, _ = ties.tied(self.n, self.u, self.v, self.negative, decided, frustrated)
        lower, upper = (value == 1).astype(float), (value != 0).astype(float)
        self.program.fix(lower, upper)
        best, solved = self._bounded(leaf, lower, upper)
        if best.bound >= self.upper:
            self.closed.append(best)
            return []
        if solved is None:
            return [best]
        e = self._branching_edge(solved, value)
        return [Leaf((*leaf.decided, (e, f)), best.rows, best.multipliers, best.bound) for f in (False, True)]

    def _bounded(self, leaf: Leaf, lower: np.ndarray, upper: np.ndarray) -> tuple[Leaf, Solved | None]:
        """The branch with the best bound that rounds of cuts gave, and the last program solved."""
        best, history = leaf, []
        flipping = bool(leaf.decided)
        sources = np.arange(self.n)
        while True:
            if self.seconds_left() <= 0:
                return best, None
            solved = self.program.solve(self.seconds_left())
            if solved is None:
                return best, None
            bound = rounded_up(solved.bound, *self.lattice)
            if bound > best.bound:
                best = Leaf(leaf.decided, solved.rows, solved.multipliers, bound)
                if not leaf.decided:
                    heapq.heapreplace(self.open, (bound, next(self.count), best))
                    self.progress(self.lower, self.upper, 1)
            self._round(solved.x)
            if best.bound >= self.upper:
                return best, solved
            history.append(solved.value)
            if len(history) > PATIENCE and history[-1] - history[-1 - PATIENCE] < SHARE * (self.upper - history[-1]):
                return best, solved
            self.program.tidy()
            if not self._cut(solved.x, flipping, sources):
                return best, solved

    def _cut(self, x: np.ndarray, flipping: bool, sources: np.ndarray) -> int:
        """Rows put into the program, for violated inequalities through each of the sources."""
        numbers: list[int] = []
        for some in np.array_split(sources, 1 + len(sources) // SOURCES):
            if self.seconds_left() <= 0:
                break
            ends, edges, flips = cycles.violated(self.starts, self.heads, self.edges, self.negative, x, flipping, some)
            begins = np.r_[0, ends[:-1]] if len(ends) else ends
            numbers += [self.program.rows.add(edges[a:b], flips[a:b]) for a, b in zip(begins, ends, strict=True)]
        return self.program.add(numbers)

    def _round(self, x: np.ndarray) -> None:
        """Signs from a fractional point: a spanning tree of the edges on which it is clearest."""
        order = np.argsort(-np.abs(x - 0.5), kind="stable")
        self.offer(ties.spanning(self.n, self.u, self.v, self.negative, order, x > 0.5))

    def _branching_edge(self, solved: Solved, value: np.ndarray) -> int:
        """An undecided edge: of those nearest to one half, that whose two decisions raise the bound most."""
        x = solved.x
        undecided = np.flatnonzero(value == -1)
        if not len(undecided):
            raise errors.SolverFailed("every edge is decided and the bound is not reached; this is a fault of ours.")
        nearness = np.abs(self.w[undecided]) * (0.5 - np.abs(x[undecided] - 0.5))
        candidates = undecided[np.argsort(-nearness, kind="stable")[:TRIED]]
        candidates = candidates[np.minimum(x[candidates], 1 - x[candidates]) > 1e-6]
        if len(candidates) <= 1:
            return int(candidates[0]) if len(candidates) else int(undecided[0])
        scores = []
        for e in candidates:
            gains = [max(gain - solved.value, 1e-6 * self.program.unit) for gain in self.program.trial(int(e), TRIAL)]
            scores.append(gains[0] * gains[1])
        return int(candidates[int(np.argmax(scores))])
