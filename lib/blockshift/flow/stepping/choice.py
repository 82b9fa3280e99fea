"""Which method a run is worth: a rule, and what is done when it was wrong.

An explicit method of order 8 is stable while ``dt times the largest rate`` is below about six, so that a time ``T``
costs about ``2.2 rate T`` velocities; the largest rate of a learnt network is ``h sigma_1^(2 - 2/h)``. A Gauss method
crosses plateaus in a few steps and pays about 150 iterations for each mode that is learnt; one iteration costs as
much as so many velocities of SciPy as `Choice` says. The benchmark of integrators shows where this leads. When a
network fits no frame, a Gauss method makes short steps; when plateaus come unexpected, an explicit one makes many:
both are noticed, and the other takes over.
"""

from collections.abc import Sequence

import numpy as np

from blockshift.flow.stepping import explicit, gauss, states

#: Velocities that an explicit step needs per unit of (largest rate) times (time).
PER_RATE = 2.2

#: Iterations of a Gauss method for a run, and for each mode that it learns.
ITERATIONS, PER_MODE = 200, 150

#: Nodes a layer for which one iteration of all stages costs as much as one velocity of NumPy; it costs at least this
#: many.
NODES, AT_LEAST = 5.0, 1.0

#: An explicit run looks again after so many steps; a Gauss run after so many attempts, of which this share failed.
LOOK, ATTEMPTS, FAILED = 400, 24, 0.5


def iteration_cost(widths: Sequence[int]) -> float:
    """What one iteration of a Gauss method costs, in velocities."""
    return max(max(widths) / NODES, AT_LEAST)


def first(state: np.ndarray, widths: Sequence[int], Sigma: np.ndarray, t_end: float) -> str:
    """The method to begin with: ``"gauss8"`` or ``"dop853"``.

    Examples
    --------
    >>> small = np.full(75, 1e-2)
    >>> first(small, (5, 5, 5, 5), np.diag([10.0, 8, 6, 4, 2]), 4000.0)
    'gauss8'
    >>> first(30 * small, (5, 5, 5, 5), np.diag([10.0, 8, 6, 4, 2]), 1.0)
    'dop853'
    """
    depth = len(widths) - 1
    singular = np.linalg.svd(Sigma, compute_uv=False)
    largest = max(float(singular[0]), float(np.linalg.norm(states.product(state, widths), 2)))
    modes = int(np.sum(singular[: min(widths)] > 1e-12 * singular[0]))
    explicitly = PER_RATE * depth * largest ** (2 - 2 / depth) * t_end
    implicitly = iteration_cost(widths) * (ITERATIONS + PER_MODE * modes)
    return "gauss8" if explicitly > implicitly else "dop853"


class Auto:
    """A run that begins with one of two methods and may change to the other.

    Parameters
    ----------
    state, widths, Sigma, rtol, atol
        As for the methods.
    t_end : float
    """

    def __init__(self, state, widths: Sequence[int], Sigma, *, t_end: float, rtol: float, atol: float):
        self._rtol, self._atol = rtol, atol
        self._widths, self._Sigma, self._t_end = tuple(widths), Sigma, t_end
        self._before, self._patience = 0, 1
        self._begin(first(state, widths, Sigma, t_end), 0.0, state)
        self.names = [self._name]

    def _begin(self, name, t, state):
        self._name, how = name, {"rtol": self._rtol, "atol": self._atol, "t": t}
        self._inner: gauss.Gauss | explicit.General
        if name == "gauss8":
            self._inner = gauss.Gauss(state, self._widths, self._Sigma, **how)
        else:
            self._inner = explicit.General(name, state, self._widths, self._Sigma, t_end=self._t_end, **how)
        self._steps, self._since = 0, t

    def step(self, bound: float) -> str | None:
        """Take one step; what prevented it, or None."""
        other = self._other(bound)
        if other is not None:
            self._change(other)
        message = self._inner.step(bound)
        if message is not None and self._name == "gauss8":
            self._change("dop853")
            message = self._inner.step(bound)
        self._steps += 1
        return message

    def _change(self, name):
        self._before += self._inner.calls
        self._begin(name, self.t, self.state)
        self.names.append(name)

    def _other(self, bound):
        """The method that should go on instead, or None."""
        if isinstance(self._inner, gauss.Gauss):
            attempts = self._steps + self._inner.failures
            if attempts >= ATTEMPTS and self._inner.failures > FAILED * attempts:
                self._patience *= 4
                return "dop853"
            if attempts >= ATTEMPTS:
                self._steps, self._inner.failures = 0, 0
            return None
        if self._steps < LOOK * self._patience:
            return None
        pace = (self.t - self._since) / self._steps
        self._steps, self._since = 0, self.t
        modes = min(self._Sigma.shape)
        ahead = 12 * (bound - self.t) / pace
        return (
            "gauss8"
            if ahead > self._patience * iteration_cost(self._widths) * (ITERATIONS + PER_MODE * modes)
            else None
        )

    def between(self, t: float) -> np.ndarray:
        """The state at a time within the last step."""
        return self._inner.between(t)

    @property
    def t(self) -> float:
        """The time reached."""
        return self._inner.t

    @property
    def state(self) -> np.ndarray:
        """The weights there."""
        return self._inner.state

    @property
    def t_old(self) -> float:
        """The time before the last step."""
        return self._inner.t_old

    @property
    def calls(self) -> int:
        """Evaluations of the velocity."""
        return self._before + self._inner.calls
