"""Which method a run is worth: a rule, and what is done when it was wrong.

An explicit method of order 8 is stable while the step times the largest rate is below about six, so that a time ``T``
costs about ``2.2 rate T`` velocities, and the largest rate of a learnt network is ``h sigma_1^(2 - 2/h)``. A Gauss
method crosses plateaus in a few steps and pays about 200 iterations for a run and 150 for each mode that is learnt; one
iteration of all stages costs as much as `iteration_cost` velocities. That holds for starts that are balanced, or small:
where the conserved matrices are large, no frame makes the network diagonal, and the iteration is slow.

The benchmark of integrators shows where this leads. A rule can be wrong: when stages are not found, or plateaus come
unexpected, the other method takes over.
"""

from collections.abc import Sequence

import numpy as np

from blockshift.flow import conservation
from blockshift.flow.stepping import explicit, gauss, states

#: Velocities that an explicit run needs per unit of (largest rate) times (time).
PER_RATE = 2.2

#: Iterations of a Gauss method for a run, and for each mode that it learns.
ITERATIONS, PER_MODE = 200, 150

#: What one iteration costs in velocities: so much for small networks, and so much per node of the widest layer.
AT_LEAST, PER_NODE = 10.0, 0.85

#: Conserved matrices above this share of what learnt layers measure are large.
IMBALANCE = 0.25

#: An explicit run looks again after so many steps; a Gauss run after so many attempts, of which this share failed.
LOOK, ATTEMPTS, FAILED = 400, 24, 0.5


def iteration_cost(widths: Sequence[int]) -> float:
    """What one iteration of a Gauss method costs, in velocities.

    Examples
    --------
    >>> iteration_cost((5, 6, 6, 4)), iteration_cost((100, 100, 100))
    (10.0, 85.0)
    """
    return max(AT_LEAST, PER_NODE * max(widths))


def imbalance(state: np.ndarray, widths: Sequence[int], Sigma: np.ndarray) -> float:
    """The largest conserved matrix, relative to the squared weights of a balanced network that has learnt ``Sigma``.

    Examples
    --------
    >>> imbalance(np.array([2.0, 1.0]), (1, 1, 1), np.array([[6.0]]))
    0.5
    """
    depth = len(widths) - 1
    largest = max(np.linalg.norm(Sigma, 2), np.linalg.norm(states.product(state, widths), 2))
    conserved = conservation.conserved(states.layers(state, widths))
    size = max((float(np.linalg.norm(C, 2)) for C in conserved), default=0.0)
    return size / float(largest) ** (2 / depth) if largest else 0.0


def iterations(widths: Sequence[int], Sigma: np.ndarray) -> int:
    """About how many iterations a Gauss method needs for a run."""
    singular = np.linalg.svd(Sigma, compute_uv=False)[: min(widths)]
    return ITERATIONS + PER_MODE * int(np.sum(singular > 1e-12 * max(singular[0], 1e-300)))


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
    largest = max(float(np.linalg.norm(Sigma, 2)), float(np.linalg.norm(states.product(state, widths), 2)))
    explicitly = PER_RATE * depth * largest ** (2 - 2 / depth) * t_end
    implicitly = iteration_cost(widths) * iterations(widths, Sigma)
    return "gauss8" if explicitly > implicitly and imbalance(state, widths, Sigma) < IMBALANCE else "dop853"


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
        self._inner: gauss.Gauss | explicit.Explicit
        if name == "gauss8":
            self._inner = gauss.Gauss(state, self._widths, self._Sigma, **how)
        else:
            self._inner = explicit.Explicit(name, state, self._widths, self._Sigma, **how)
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
        ahead = 12 * (bound - self.t) / pace
        worth = self._patience * iteration_cost(self._widths) * iterations(self._widths, self._Sigma)
        fits = imbalance(self.state, self._widths, self._Sigma) < IMBALANCE
        return "gauss8" if ahead > worth and fits else None

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
