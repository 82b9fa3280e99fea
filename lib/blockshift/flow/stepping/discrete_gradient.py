"""Steps along which the loss falls by exactly what the flow says, however long they are.

The velocity of a step is the mean of the velocities on the chord, ``v = - int_0^1 grad L(x + theta dt v) dtheta``: then
``L(x + dt v) - L(x) = - dt |v|^2``, as for the flow, at any step size. The integrand is a polynomial in theta of degree
``2h - 1``, which ``h`` nodes of Gauss integrate without error. The order is 2, and the quadratic laws are not kept: no
method of this kind keeps both, only the flow itself does.
"""

from collections.abc import Sequence

import numpy as np
from numpy.polynomial import legendre

from blockshift.flow.stepping import frames, model, stages, states

#: Iterations after which the step is halved.
MOST = 50

#: A step may be this much longer, or shorter, than the one before, and uses this share of what the estimate allows.
LONGER, SHORTER, CAUTION = 3.0, 0.2, 0.9

#: A step this much smaller than the time reached cannot be told from none.
LEAST = 16 * 2.0**-53

#: Changes of an iterate below this many roundings of the largest weight, when they no longer shrink, are rounding.
LEFT = 64.0


class DiscreteGradient:
    """A run stepped by the mean velocity on chords.

    Parameters
    ----------
    state : ndarray, shape (N,)
    widths : sequence of int
    Sigma : ndarray, shape (d_h, d_0)
    rtol, atol : float
        What a step may err by, estimated by its difference from the trapezoidal rule.

    Source: [hairer2006geometric], V.5; [quispel2008new].
    """

    def __init__(self, state, widths: Sequence[int], Sigma, *, rtol: float, atol: float, t: float = 0.0):
        self.t, self.state, self.calls = t, np.array(state), 0
        self.t_old, self.state_old = t, self.state
        self._widths, self._shape, self._Sigma = tuple(widths), np.array(widths), np.array(Sigma)
        self._rtol, self._atol = rtol, atol
        x, weights = legendre.leggauss(len(widths) - 1)
        self._nodes, self._weights = (x + 1) / 2, weights / 2
        self._model, self._half = model.Model(widths), model.spectrum(np.array([[0.5]]))
        self._velocity = self._at(self.state)
        fast = float(np.linalg.norm(self._velocity))
        scale = max(float(np.linalg.norm(self.state)), atol / rtol)
        self._next = 0.1 * rtol ** (1 / 3) * scale / fast if fast else np.inf

    def _at(self, state):
        self.calls += 1
        return states.velocity(state, self._widths, self._Sigma)

    def step(self, bound: float) -> str | None:
        """Take one step, at most to `bound`; what prevented it, or None."""
        while True:
            dt = min(self._next, bound - self.t)
            if dt < LEAST * max(abs(self.t), abs(bound)):
                return f"the step would have to be {dt:.1e}"
            v = self._solve(self.state, dt)
            if v is None:
                self._next = 0.4 * dt
                continue
            new = self.state + dt * v
            velocity = self._at(new)
            allowed = self._atol + self._rtol * np.maximum(np.abs(self.state), np.abs(new))
            error = float(np.sqrt(np.mean((dt * ((self._velocity + velocity) / 2 - v) / allowed) ** 2)))
            factor = min(max(CAUTION * max(error, 1e-12) ** (-1 / 3), SHORTER), LONGER)
            if error > 1:
                self._next = dt * min(factor, 0.9)
                continue
            self.t_old, self.state_old = self.t, self.state
            self.t, self.state, self._velocity = bound if dt == bound - self.t else self.t + dt, new, velocity
            self._next = max(dt * factor, self._next if dt < self._next else 0.0)
            return None

    def between(self, t: float) -> np.ndarray:
        """The state at a time within the last step, by a shorter step."""
        if t in (self.t, self.t_old):
            return self.state if t == self.t else self.state_old
        v = self._solve(self.state_old, t - self.t_old)
        return self.state_old + (t - self.t_old) * v

    def _solve(self, x, dt):
        """The mean velocity on the chord, or None if the iteration does not settle."""
        frame = frames.frame(x, self._widths, self._Sigma)
        Sigma, start = frames.target(self._Sigma, frame), frames.turned(x, frame, self._shape)
        v = states.velocity(start, self._widths, Sigma)
        self.calls += 1
        if not self._model.put(start, Sigma):
            return None
        grain, before = 2.0**-53 * float(np.abs(x).max() or 1.0), np.inf
        K, residual = np.zeros((len(x), stages.LANES)), np.zeros((len(x), stages.LANES))
        room = np.zeros((2 * len(self._widths), stages.LANES))
        for _ in range(MOST):
            mean = sum(
                w * states.velocity(start + theta * dt * v, self._widths, Sigma)
                for theta, w in zip(self._nodes, self._weights, strict=True)
            )
            self.calls += len(self._nodes)
            residual[:, 0], K[:, 0] = v - mean, v
            if not np.isfinite(residual[:, 0]).all():
                return None
            places, starts, Q, squares, rates = self._model.blocks
            stages.correct(K, residual, dt, self._half, places, starts, Q, squares, rates, room)
            change = dt * float(np.abs(K[:, 0] - v).max()) / grain
            v = K[:, 0].copy()
            if change <= 2.0 or (change <= LEFT and change >= before):
                return frames.back(v, frame, self._shape)
            before = change
        return None
