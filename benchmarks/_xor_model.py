"""One run of one exact solver in a process of its own: ``python -m benchmarks._xor_model SOLVER FILE SECONDS``.

The generic solvers get the standard model: a binary variable for each node, the node with most edges fixed, and for
each edge a variable that says whether it is frustrated, at least ``x_u - x_v`` and ``x_v - x_u`` where the edge is
positive, and at least ``x_u + x_v - 1`` and ``1 - x_u - x_v`` where it is negative. They run on one thread, as ours
does. The answer is a line of JSON: lower, upper, whether they meet, seconds of wall time, the version; a solver that
is not installed says so.
"""

import json
import sys
import time
from importlib import metadata

import numpy as np


def instance(path):
    """Nodes, ends and integer weights of the edges in a file with an edge a line."""
    rows = np.loadtxt(path, dtype=np.int64, ndmin=2)
    u, v, w = rows.T
    n = int(max(u.max(), v.max())) + 1
    return n, u, v, w, int(np.argmax(np.bincount(np.r_[u, v], minlength=n)))


def ours(path, seconds):
    """The interval of this library."""
    from blockshift.signs import edge_lists
    from blockshift.signs.intervals import frustration

    found = frustration(edge_lists.read(path), rng=np.random.default_rng(0), exact=True, time_limit=seconds)
    return found.lower, found.upper


def highs(path, seconds):
    """HiGHS's branch and cut."""
    import highspy

    n, u, v, w, fixed = instance(path)
    m, h = len(w), highspy.Highs()
    for option, value in {"output_flag": False, "threads": 1, "time_limit": float(seconds), "mip_rel_gap": 0.0}.items():
        h.setOptionValue(option, value)
    upper = np.r_[np.ones(n), np.ones(m)]
    upper[fixed] = 0.0
    none = np.empty(0, dtype=np.int32)
    h.addCols(n + m, np.r_[np.zeros(n), np.abs(w)].astype(float), np.zeros(n + m), upper, 0, none, none, np.empty(0))
    h.changeColsIntegrality(n, np.arange(n, dtype=np.int32), np.full(n, highspy.HighsVarType.kInteger))
    for e in range(m):
        sign = 1.0 if w[e] > 0 else -1.0
        # f - x_u + sign x_v >= (sign - 1) / 2 and f + x_u - sign x_v >= (1 - sign) / 2
        ends = np.array([n + e, u[e], v[e]], dtype=np.int32)
        h.addRow((sign - 1) / 2, highspy.kHighsInf, 3, ends, np.array([1.0, -1.0, sign]))
        h.addRow((1 - sign) / 2, highspy.kHighsInf, 3, ends, np.array([1.0, 1.0, -sign]))
    if h.run() == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS did not run")
    info = h.getInfo()
    return info.mip_dual_bound, info.objective_function_value


def scip(path, seconds):
    """SCIP's branch and cut."""
    import pyscipopt

    n, u, v, w, fixed = instance(path)
    model = pyscipopt.Model()
    model.hideOutput()
    model.setParam("limits/time", seconds)
    x = [model.addVar(vtype="B", ub=0 if k == fixed else 1) for k in range(n)]
    f = [model.addVar(lb=0, ub=1, obj=float(abs(k))) for k in w]
    for e in range(len(w)):
        difference = x[u[e]] - x[v[e]] if w[e] > 0 else x[u[e]] + x[v[e]] - 1
        model.addCons(f[e] >= difference)
        model.addCons(f[e] >= -difference)
    model.optimize()
    return model.getDualbound(), model.getPrimalbound()


def cpsat(path, seconds):
    """CP-SAT of OR-Tools."""
    from ortools.sat.python import cp_model

    n, u, v, w, fixed = instance(path)
    model = cp_model.CpModel()
    x = [model.new_bool_var(f"x{k}") for k in range(n)]
    f = [model.new_bool_var(f"f{e}") for e in range(len(w))]
    model.add(x[fixed] == 0)
    for e in range(len(w)):
        difference = x[u[e]] - x[v[e]] if w[e] > 0 else x[u[e]] + x[v[e]] - 1
        model.add(f[e] >= difference)
        model.add(f[e] >= -difference)
    model.minimize(sum(int(abs(k)) * y for k, y in zip(w, f, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.solve(model)
    return solver.best_objective_bound, solver.objective_value


#: Solver: the function that runs it, and the package it comes in.
SOLVERS = {
    "ours": (ours, "blockshift"),
    "HiGHS": (highs, "highspy"),
    "SCIP": (scip, "pyscipopt"),
    "CP-SAT": (cpsat, "ortools"),
}


def version(package: str) -> str:
    """The version of a package; nothing for one that is only on the path."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    name, path, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    run, package = SOLVERS[name]
    begin = time.perf_counter()
    try:
        lower, upper = run(path, seconds)
    except ImportError:
        print(json.dumps({"missing": package}))
    else:
        # All weights are integers, so a bound may be rounded up; a ten-thousandth is left for the solvers' tolerances.
        lower = float(np.ceil(lower - 1e-4))
        print(json.dumps({"lower": lower, "upper": float(np.round(upper)), "certified": bool(lower >= upper - 1e-4),
                          "seconds": time.perf_counter() - begin, "version": version(package)}))  # fmt: skip
