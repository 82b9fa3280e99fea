"""The linear program of the packing bound, column by column, on HiGHS.

Maximise the sum of the shares of the cycles known so far, such that the shares through each edge add up to at most its
weight. Cycles are added between solutions, and each solution starts from the one before.
"""

import highspy
import numpy as np

from blockshift import errors
from blockshift.signs.signed_graph import SignedGraph

#: A share below this part of the largest weight is rounding.
NO_SHARE = 1e-11


class CycleProgram:
    """The program with the cycles added so far."""

    def __init__(self, graph: SignedGraph, scale: float = 1.0):
        self.graph, self.scale = graph, scale
        self.cycles: list[np.ndarray] = []
        self._known: set[tuple] = set()
        self._keys = graph.u * graph.n + graph.v
        self._unit = float(np.abs(graph.w).max()) if graph.m else 1.0
        self._solver = highspy.Highs()
        # Primal simplex, number 4: new columns leave the point of the last solution feasible.
        options: dict[str, bool | int | str] = {
            "output_flag": False,
            "threads": 1,
            "presolve": "off",
            "solver": "simplex",
            "simplex_strategy": 4,
        }
        for option, value in options.items():
            self._solver.setOptionValue(option, value)
        self._solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        none = np.empty(0, dtype=np.int32)
        for weight in (np.abs(graph.w) / self._unit).tolist():
            self._solver.addRow(-highspy.kHighsInf, weight, 0, none, np.empty(0))
        self.prices = np.zeros(graph.m)

    def add(self, cycles) -> int:
        """Add the cycles that are not there yet, given as arrays of nodes; how many there were."""
        starts: list[int] = []
        rows: list[int] = []
        for cycle in cycles:
            following = np.roll(cycle, -1)
            keys = np.minimum(cycle, following) * self.graph.n + np.maximum(cycle, following)
            edges = np.sort(np.searchsorted(self._keys, keys))
            name = tuple(edges.tolist())
            if name not in self._known:
                self._known.add(name)
                self.cycles.append(np.asarray(cycle, dtype=np.int64))
                starts.append(len(rows))
                rows.extend(name)
        if starts:
            count = len(starts)
            self._solver.addCols(
                count, np.ones(count), np.zeros(count), np.full(count, highspy.kHighsInf), len(rows),
                np.array(starts, dtype=np.int32), np.array(rows, dtype=np.int32), np.ones(len(rows)),
            )  # fmt: skip
        return len(starts)

    def solve(self) -> float:
        """The sum of the best shares of the cycles known; `prices` then holds one price for each edge."""
        if not self.cycles:
            return 0.0
        status = self._solver.run()
        if status == highspy.HighsStatus.kError:
            # Its threads are shared by the process; one set up for another number of them refuses to run.
            highspy.Highs.resetGlobalScheduler(True)
            status = self._solver.run()
        if status == highspy.HighsStatus.kError or self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise errors.BlockshiftError(
                f"HiGHS ended with {self._solver.getModelStatus()} on a packing of {len(self.cycles)} cycles, which "
                f"has an optimum; use the greedy packing."
            )
        self.prices = np.maximum(0.0, np.array(self._solver.getSolution().row_dual))
        return float(self._solver.getInfo().objective_function_value) * self._unit

    def shares(self) -> np.ndarray:
        """The shares of the last solution, in the graph's units; those that are rounding are zero."""
        found = np.array(self._solver.getSolution().col_value) if self.cycles else np.empty(0)
        return np.where(found > NO_SHARE, found, 0.0) * self._unit
