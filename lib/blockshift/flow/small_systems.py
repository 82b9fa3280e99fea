"""A system of few equations, integrated to near rounding at given times: the servant of reduced dynamics.

SciPy's explicit method of order 8, with every step ending where a value is wanted: its interpolant would be five
digits worse than its steps. The tolerance of a number is relative to the largest of its group as it is now, so that a
small start is followed as closely as a large one, and what is zero to rounding does not hold up the run.
"""

from collections.abc import Callable

import numpy as np
import scipy.integrate

from blockshift import errors

#: Relative tolerance of a step: the errors of whole runs stay below 1e-10, see the tests of the rooms that use it.
TOLERANCE = 1e-13


def states(right_side: Callable, start: np.ndarray, t: np.ndarray, *, groups: int = 1) -> np.ndarray:
    """The states at increasing times, shape ``(m, N)``.

    Parameters
    ----------
    right_side : callable
        Of time and state.
    start : ndarray, shape (N,)
        The state at time 0.
    t : ndarray, shape (m,)
    groups : int
        The columns of the state when it is laid out in rows of that length, each with its own scale; 1 for one scale.

    Raises
    ------
    StepFailed
        If no step can be taken.

    Examples
    --------
    >>> states(lambda t, y: -y, np.array([1.0]), np.array([0.0, 1.0])).round(9)
    array([[1.        ],
           [0.36787944]])
    """

    def scale(state):
        largest = np.abs(state).reshape(-1, groups).max(axis=0, initial=0.0)
        return TOLERANCE * np.tile(np.where(largest > 0, largest, 1.0), len(state) // groups)

    found: list[np.ndarray] = []
    solver = scipy.integrate.DOP853(right_side, 0.0, start, np.inf, rtol=TOLERANCE, atol=scale(start))
    for stop in t:
        if stop > solver.t:
            solver.t_bound, solver.status = float(stop), "running"
        while solver.t < stop:
            fault = solver.step()
            if fault is not None or not np.isfinite(solver.y).all():
                raise errors.StepFailed(
                    f"no step could be taken at t = {solver.t:g} ({fault or 'the state is no longer finite'}); scale "
                    f"the start or Sigma down, or end earlier."
                )
            solver.atol = scale(solver.y)
        found.append(solver.y.copy())
    return np.array(found).reshape(len(t), len(start))


def times(at) -> np.ndarray:
    """Increasing times from 0 up, as an array.

    Raises
    ------
    BadArgument
        If they are not.
    """
    t = np.atleast_1d(np.asarray(at, dtype=float))
    if t.ndim != 1 or not len(t) or not np.isfinite(t).all() or t[0] < 0 or (np.diff(t) <= 0).any():
        raise errors.BadArgument("`at` must be increasing, finite times from 0 up; sort them and drop repetitions.")
    return t
