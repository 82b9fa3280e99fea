"""Default tolerances against a small start: when each mode escapes, according to solvers as they come out of the box.

Two layers of width 4, singular values 4, 3, 2, 1, weights of size 1e-6. A mode escapes when it first passes half its
singular value. SciPy's defaults are rtol = 1e-3 and atol = 1e-6, and an absolute tolerance as large as the whole state
says that any step is fine while the modes grow out of nothing. The same solvers with an absolute tolerance that is
small against the start are right to within their relative one.
"""

from collections.abc import Sequence

import numpy as np
import scipy.integrate

from benchmarks.problems import Problem

PROBLEM = Problem("escapes", (4, 4, 4), (4.0, 3.0, 2.0, 1.0), 30.0, 1e-6, "small start")

METHODS = ("RK45", "DOP853", "Radau", "BDF", "LSODA")
#: What SciPy takes if nothing is said.
DEFAULTS = (1e-3, 1e-6)
#: An absolute tolerance that is small against the start.
SCALED = 1e-3 * PROBLEM.scale
#: What the times are compared with.
TIGHT = (1e-12, 1e-18)
#: With the scaled tolerance no time may be off by more than this share: three times the relative tolerance.
ALLOWED = 3e-3


def escapes(method: str, rtol: float, atol: float) -> list[float]:
    """When each mode first passes half its singular value, according to a method of ``scipy.integrate``."""

    def passing(k):
        def event(t, state):
            first, second = PROBLEM.layers(state)
            return second[k] @ first[:, k] - PROBLEM.sigma[k] / 2

        return event

    found = scipy.integrate.solve_ivp(
        PROBLEM.velocity, (0.0, PROBLEM.t_end), PROBLEM.start, method, rtol=rtol, atol=atol,
        events=[passing(k) for k in range(len(PROBLEM.sigma))],
    )  # fmt: skip
    return [float(times[0]) for times in found.t_events]


def compared() -> dict:
    """The escape times of all methods with either tolerance, and how far they are off, as a share."""
    true = np.array(escapes("DOP853", *TIGHT))
    rows = []
    for method in METHODS:
        for words, atol in (("default", DEFAULTS[1]), ("scaled", SCALED)):
            times = escapes(method, DEFAULTS[0], atol)
            off = float(np.max(np.abs(np.array(times) / true - 1)))
            rows.append({"method": method, "tolerance": words, "atol": atol, "times": times, "off": off})
    return {"true": true.tolist(), "scale": PROBLEM.scale, "rtol": DEFAULTS[0], "rows": rows}


def line(times: Sequence[float]) -> str:
    """Times as they are printed."""
    return ", ".join(f"{t:.2f}" for t in times)


def main() -> bool:
    """Print the times; whether all methods are right once the tolerance fits the start."""
    found = compared()
    print(f"escape times at rtol {TIGHT[0]:.0e}, atol {TIGHT[1]:.0e}: {line(found['true'])}")
    for row in found["rows"]:
        off = f"off by up to {100 * row['off']:.2f} %"
        print(f"  {row['method']:7s} atol {row['atol']:.0e}: {line(row['times'])}; {off}")
    return all(row["off"] < ALLOWED for row in found["rows"] if row["tolerance"] == "scaled")


if __name__ == "__main__":
    main()
