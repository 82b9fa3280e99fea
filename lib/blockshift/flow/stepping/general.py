"""Steps of SciPy's implicit solvers, which take the sizes of their steps and orders from what they have seen before."""

from collections.abc import Sequence

import numpy as np
import scipy.integrate

from blockshift.flow.stepping import states

#: Name: the class of ``scipy.integrate`` that takes the steps.
SOLVERS = {"radau": scipy.integrate.Radau, "lsoda": scipy.integrate.LSODA}


class General:
    """A run stepped by a solver of SciPy.

    Parameters
    ----------
    name : str
        A key of `SOLVERS`.
    state : ndarray, shape (N,)
    widths : sequence of int
    Sigma : ndarray, shape (d_h, d_0)
    t_end, rtol, atol : float
    """

    def __init__(self, name, state, widths: Sequence[int], Sigma, *, t_end: float, rtol: float, atol: float):
        def velocity(t, x):
            return states.velocity(x, widths, Sigma)

        self._solver = SOLVERS[name](velocity, 0.0, np.array(state), t_end, rtol=rtol, atol=atol)
        self.t_old = 0.0

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
        return self._solver.nfev

    def step(self, bound: float) -> str | None:
        """Take one step; what prevented it, or None."""
        self.t_old = self._solver.t
        return self._solver.step()

    def between(self, t: float) -> np.ndarray:
        """The state at a time within the last step, by the interpolant of the solver."""
        return self.state if t == self.t else self._solver.dense_output()(t)
