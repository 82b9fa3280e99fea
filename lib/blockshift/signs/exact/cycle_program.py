"""The linear program over cycle inequalities, solved again and again by HiGHS as rows come and bounds change.

Minimise the sum of ``w_e x_e`` over ``0 <= x <= 1`` and the inequalities found so far. Floating point proposes,
integers decide: from the multipliers ``y`` of a solved program, rounded down to integers, follows the lower bound

    sum of y_k rhs_k  +  sum over edges of the least of (w_e - sum of y_k a_ke) x_e over its interval,

which is true for every ``y >= 0``, however wrong the solver may be. Only this number is passed on.
"""

import contextlib
from dataclasses import dataclass, field

import highspy
import numpy as np

from blockshift import errors

#: How far HiGHS may leave a row violated, or a reduced cost negative. Costs are at most 1.
FEASIBLE = 1e-9
#: Solves after which a row that was slack in all of them leaves the program (and may come back).
IDLE = 12
#: Seconds between two looks at the keyboard while HiGHS runs.
WAIT = 0.1
#: Bits of the multipliers' denominators: total weight times this stays below 2^60.
MULTIPLIER_BITS = 60


@dataclass
class Rows:
    """Cycle inequalities by number: edges, which of them are in ``F``; each is kept once."""

    edges: list[np.ndarray] = field(default_factory=list)
    flips: list[np.ndarray] = field(default_factory=list)
    known: dict[tuple, int] = field(default_factory=dict)

    def add(self, edges: np.ndarray, flips: np.ndarray) -> int:
        """The number of a row, old or new."""
        order = np.argsort(edges)
        key = (edges[order].tobytes(), flips[order].tobytes())
        if key not in self.known:
            self.known[key] = len(self.edges)
            self.edges.append(edges[order].copy())
            self.flips.append(flips[order].copy())
        return self.known[key]


@dataclass(frozen=True)
class Solved:
    """A solved program: the point, the bound in integers that its multipliers prove, and the multipliers."""

    x: np.ndarray
    value: float
    bound: int
    rows: tuple[int, ...]
    multipliers: tuple[int, ...]


class CycleProgram:
    """The program, warm between solves."""

    def __init__(self, w: np.ndarray):
        self.w = np.abs(w)
        self.unit = float(self.w.max())
        self.bits = max(0, MULTIPLIER_BITS - int(self.w.sum()).bit_length())
        self.rows = Rows()
        self.active: list[int] = []
        self._inside: set[int] = set()
        self._idle: list[int] = []
        m = len(w)
        self.lower, self.upper = np.zeros(m), np.ones(m)
        self.highs = highspy.Highs()
        options: dict[str, bool | int | float | str] = {
            "output_flag": False, "threads": 1, "solver": "simplex", "presolve": "off",
            "primal_feasibility_tolerance": FEASIBLE, "dual_feasibility_tolerance": FEASIBLE,
        }  # fmt: skip
        for option, value in options.items():
            self.highs.setOptionValue(option, value)
        self.highs.HandleKeyboardInterrupt = True
        none = np.empty(0)
        self.highs.addCols(m, self.w / self.unit, self.lower, self.upper, 0, none.astype(int), none.astype(int), none)

    def add(self, numbers: list[int]) -> int:
        """Put rows into the program; how many of them were not in it."""
        fresh = [k for k in dict.fromkeys(numbers) if k not in self._inside]
        if fresh:
            edges = [self.rows.edges[k] for k in fresh]
            flips = [self.rows.flips[k] for k in fresh]
            starts = np.r_[0, np.cumsum([len(e) for e in edges])[:-1]].astype(np.int32)
            right = np.array([1.0 - f.sum() for f in flips])
            values = np.where(np.concatenate(flips), -1.0, 1.0)
            self.highs.addRows(
                len(fresh), right, np.full(len(fresh), highspy.kHighsInf), len(values), starts,
                np.concatenate(edges).astype(np.int32), values,
            )  # fmt: skip
            self.active += fresh
            self._inside.update(fresh)
            self._idle += [0] * len(fresh)
        return len(fresh)

    def fix(self, lower: np.ndarray, upper: np.ndarray) -> None:
        """Set the interval of each edge."""
        changed = np.flatnonzero((lower != self.lower) | (upper != self.upper)).astype(np.int32)
        if len(changed):
            self.highs.changeColsBounds(
                len(changed), changed, lower[changed].astype(float), upper[changed].astype(float)
            )
            self.lower, self.upper = lower.astype(float), upper.astype(float)

    def solve(self, seconds: float) -> Solved | None:
        """The program solved, or what its multipliers prove when it stops early; None where there are none."""
        # HiGHS counts its time limit over all runs of one object.
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + max(seconds, 1e-3))
        self.highs.setOptionValue("simplex_iteration_limit", highspy.kHighsIInf)
        self._run()
        solution = self.highs.getSolution()
        if not solution.dual_valid or len(solution.row_dual) != len(self.active):
            return None
        x = np.clip(np.array(solution.col_value), self.lower, self.upper)
        duals = np.array(solution.row_dual)
        return self._proved(x, duals)

    def _run(self) -> None:
        """One run of HiGHS, in a thread of its own, so that an interruption from the keyboard arrives at once."""
        for attempt in (1, 2):
            self.highs.startSolve()
            try:
                done, status = self.highs.wait(WAIT)
                while not done:
                    done, status = self.highs.wait(WAIT)
            except KeyboardInterrupt:
                self.highs.cancelSolve()
                while not self.highs.wait(WAIT)[0]:
                    pass
                raise
            if status != highspy.HighsStatus.kError:
                return
            # Its threads are shared by the process; set up for another number of them, they refuse to run.
            if attempt == 1:
                highspy.Highs.resetGlobalScheduler(True)
        raise errors.SolverFailed("HiGHS could not run a linear program; nothing is known from it.")

    def trial(self, e: int, iterations: int) -> tuple[float, float]:
        """What the program rises to with an edge decided either way, after some iterations; the basis is as before."""
        basis, values = self.highs.getBasis(), []
        self.highs.setOptionValue("simplex_iteration_limit", iterations)
        for side in (0.0, 1.0):
            self.highs.changeColBounds(e, side, side)
            self._run()
            values.append(self.highs.getInfo().objective_function_value * self.unit)
            self.highs.changeColBounds(e, self.lower[e], self.upper[e])
            self.highs.setBasis(basis)
        return values[0], values[1]

    def _proved(self, x: np.ndarray, duals: np.ndarray) -> Solved:
        """What multipliers prove, in integers."""
        scale = self.unit * 2.0**self.bits
        y = np.floor(np.maximum(duals, 0.0) * scale)
        used = np.flatnonzero(y > 0)
        y = y[used].astype(np.int64)
        numbers = tuple(self.active[k] for k in used)
        bound = self.bound(numbers, y, self.lower, self.upper)
        return Solved(x, float(self.w @ x), bound, numbers, tuple(y.tolist()))

    def bound(self, numbers, y, lower: np.ndarray, upper: np.ndarray) -> int:
        """The lower bound that multipliers prove, in units of weight, rounded up as the answer is an integer."""
        total = 0
        reduced = self.w.astype(np.int64) << self.bits
        if len(numbers):
            lengths = [len(self.rows.edges[k]) for k in numbers]
            edges = np.concatenate([self.rows.edges[k] for k in numbers])
            flips = np.concatenate([self.rows.flips[k] for k in numbers])
            np.subtract.at(reduced, edges, np.where(flips, -1, 1) * np.repeat(y, lengths))
            right = [1 - int(self.rows.flips[k].sum()) for k in numbers]
            total = sum(int(a) * b for a, b in zip(y, right, strict=True))
        total += int(reduced[(lower == 1)].sum()) + int(np.minimum(reduced, 0)[(lower == 0) & (upper == 1)].sum())
        return -((-total) >> self.bits)

    def tidy(self) -> None:
        """Drop rows that have been slack for long."""
        solution = self.highs.getSolution()
        if len(solution.row_dual) != len(self.active):
            return
        slack = np.abs(np.array(solution.row_dual)) <= FEASIBLE
        self._idle = [idle + 1 if s else 0 for idle, s in zip(self._idle, slack, strict=True)]
        out = [k for k, idle in enumerate(self._idle) if idle > IDLE]
        if len(out) > max(50, len(self.active) // 4):
            self.highs.deleteRows(len(out), np.array(out, dtype=np.int32))
            gone = set(out)
            self._inside.difference_update(self.active[k] for k in out)
            self.active = [row for k, row in enumerate(self.active) if k not in gone]
            self._idle = [idle for k, idle in enumerate(self._idle) if k not in gone]

    def close(self) -> None:
        """Forget the program."""
        with contextlib.suppress(Exception):
            self.highs.clear()
