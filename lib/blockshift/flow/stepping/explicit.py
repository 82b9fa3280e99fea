"""Steps of SciPy's general solvers, projected back onto the laws where that is asked for."""

from collections.abc import Sequence

import numpy as np
import scipy.integrate

from blockshift.flow import conservation
from blockshift.flow.stepping import projection, states

#: Name: the class of ``scipy.integrate`` that takes the steps.
SOLVERS = {
    "dop853": scipy.integrate.DOP853,
    "rk45": scipy.integrate.RK45,
    "radau": scipy.integrate.Radau,
    "lsoda": scipy.integrate.LSODA,
}

#: Those that start anew at every step, so that a state may be moved between two of them.
ONE_STEP = ("dop853", "rk45")


class General:
    """A run stepped by a solver of SciPy.

    Parameters
    ----------
    name : str
        A key of `SOLVERS`.
    state : ndarray, shape (N,)
    widths : sequence of int
    Sigma : ndarray, shape (d_h, d_0)
    t_end : float
    rtol, atol : float
    project : bool
        Move every accepted state to where the conserved matrices are those of the start.
    """

    def __init__(self, name, state, widths: Sequence[int], Sigma, *, t_end, rtol, atol, project=False, t=0.0):
        self._name, self._widths, self._Sigma = name, tuple(widths), Sigma
        self._solver = SOLVERS[name](self._velocity, t, np.array(state), t_end, rtol=rtol, atol=atol)
        self._tolerances = {"rtol": rtol, "atol": atol}
        self._laws = conservation.conserved(states.layers(np.array(state), widths)) if project else None
        self._extra = 0
        self.t_old, self.state_old = t, np.array(state)

    def _velocity(self, t, state):
        return states.velocity(state, self._widths, self._Sigma)

    @property
    def t(self) -> float:
        """The time reached."""
        return self._solver.t

    @property
    def state(self) -> np.ndarray:
        """The weights there."""
        return self._solver.y

    @property
    def calls(self) -> int:
        """Evaluations of the velocity."""
        return self._solver.nfev + self._extra

    def step(self, bound: float) -> str | None:
        """Take one step; what prevented it, or None."""
        self.t_old, self.state_old = self._solver.t, self._solver.y.copy()
        message = self._solver.step()
        if message is None and self._laws is not None and np.isfinite(self._solver.y).all():
            layers = states.layers(self._solver.y, self._widths)
            self._solver.y = states.pack(projection.projected(layers, self._laws))
            self._solver.f = self._velocity(self._solver.t, self._solver.y)
            self._extra += 1
        return message

    def between(self, t: float) -> np.ndarray:
        """The state at a time within the last step.

        SciPy's interpolants are of lower order than its explicit steps (1e-8 where the steps are 1e-12), so for those a
        shorter step is taken instead.
        """
        if t == self.t:
            return self.state
        if self._name not in ONE_STEP or t == self.t_old:
            return self._solver.dense_output()(t)
        shorter = SOLVERS[self._name](
            self._velocity, self.t_old, self.state_old, t, first_step=t - self.t_old, **self._tolerances
        )
        while shorter.status == "running":
            shorter.step()
        self._extra += shorter.nfev
        if self._laws is None:
            return shorter.y
        return states.pack(projection.projected(states.layers(shorter.y, self._widths), self._laws))
