"""Steps of Gauss and Legendre, with a size that follows the solution and laws kept to rounding at any size.

Each step is taken in a frame where the network is nearly diagonal (``frames``); the stage equations are solved to
rounding there (``stages``), so the quadratic laws survive whatever the step. Three things make long steps cheap:

- the polynomial of the last step, extrapolated and clipped, is the first guess for the stages of the next;
- the velocity along a step is a polynomial; how fast its Legendre coefficients fall off tells the error of the
  method, whose order is twice their number, from the step itself;
- increments are summed with compensation, so that thousands of steps do not lose what each of them keeps.
"""

from collections.abc import Sequence

import numpy as np

from blockshift.flow.stepping import frames, model, polynomials, stages, states, tableaux

#: Half the distance from one to the next double.
EPS = 2.0**-53

#: From this many nodes in the widest layer on, BLAS is faster than loops over the lanes (measured from 8 to 24).
NARROW = 12

#: Iterations after which the step is given up and halved; where the frame fits, six to fifteen are enough.
MOST = 40

#: With more iterations than these, the next step is only made longer if the last lengthening saved work per time.
SLOW = 16

#: A step whose stages are not found is tried again this much shorter, and so many steps after it do not grow.
GIVEN_UP, HOLD = 0.5, 6

#: A step may be this much longer, or shorter, than the one before.
LONGER, SHORTER = 3.0, 0.2

#: The share of the step that the error estimate allows.
CAUTION = 0.85

#: A guess for a stage may exceed the largest velocity of the last step by this factor: what grows e-fold per
#: mean life does so about three times in one step.
CLIP = 32.0

#: Steps after which a frame is made anew at the latest.
FRAME_LIFE = 4

#: Where the change no longer shrinks, this many roundings of the largest weight are accepted for what rounding leaves.
LEFT = 64.0

#: Errors below this share of what is allowed all count the same: the step may grow as much as it ever may.
LOWEST = 1e-30

#: A step this much smaller than the time reached cannot be told from none.
LEAST = 16 * EPS


class Gauss:
    """A run stepped by a Gauss method.

    Parameters
    ----------
    state : ndarray, shape (N,)
    widths : sequence of int
    Sigma : ndarray, shape (d_h, d_0)
    rtol, atol : float
        A step may change a weight by ``atol + rtol |weight|`` in error, as estimated, in the frame of the step.
    stages : int
        From 1 to 8; the order is twice that.

    Source: [hairer2006geometric], II.1.3, IV.2 and VIII.6.
    """

    def __init__(
        self, state, widths: Sequence[int], Sigma, *, rtol: float, atol: float, stages: int = 8, t: float = 0.0
    ):
        self.t, self.state, self.calls, self.failures = t, np.array(state), 0, 0
        self.t_old, self.state_old = t, self.state
        self._widths, self._shape, self._Sigma = tuple(widths), np.array(widths), np.array(Sigma)
        self._rtol, self._floor = rtol, atol / rtol
        self._method = tableaux.gauss(stages)
        self._lost = np.zeros_like(self.state)
        self._setup()
        self._set(frames.frame(self.state, self._widths, self._Sigma))
        self._last, self._error, self._pace, self._hold = 0.0, 0.0, np.inf, 0
        self._kept = np.zeros_like(self._K)
        fast = float(np.linalg.norm(states.velocity(self.state, widths, self._Sigma)))
        self.calls += 1
        # The first step moves the weights by a tenth at their present speed.
        self._next = 0.1 * max(float(np.linalg.norm(self.state)), self._floor) / fast if fast else np.inf

    def _setup(self):
        """What the loops need, once."""
        method, widths = self._method, self._widths
        s, n, lanes = method.stages, len(self.state), stages.LANES
        self._offsets = np.cumsum([0, *(widths[j + 1] * widths[j] for j in range(len(widths) - 1))])
        self._a = np.zeros((lanes, lanes))
        self._a[:s, :s] = method.a.T
        self._to_modes = tableaux.coefficients(method)
        self._middle = method.a[s // 2] if s % 2 else (method.a[s // 2 - 1] + method.a[s // 2]) / 2
        self._model, self._spectrum = model.Model(widths), model.spectrum(method.a)
        panel = max(widths) * widths[0]
        ahead = max(1, sum(d * widths[0] for d in widths[2:]))
        self._room = tuple(np.zeros((k, lanes)) for k in (n, n, ahead, panel, panel, 2 * len(widths)))
        self._K = np.zeros((n, lanes))

    @property
    def order(self) -> int:
        """Of the method."""
        return self._method.order

    def step(self, bound: float) -> str | None:
        """Take one step, at most to `bound`; what prevented it, or None."""
        while True:
            dt = min(self._next, bound - self.t)
            if dt < LEAST * max(abs(self.t), abs(bound)):
                return f"the step would have to be {dt:.1e}"
            found = self._attempt(dt)
            if found is not None:
                K, error, count = found
                factor = self._factor(error, dt, count)
                if error <= 1.0:
                    break
                self._next = dt * min(factor, 0.9)
            else:
                self.failures += 1
                self._next, self._age, self._hold = GIVEN_UP * dt, FRAME_LIFE, HOLD
        self.t_old, self.state_old = self.t, self.state
        increment = frames.back(dt * polynomials.combined(K, self._method.b), self._frame, self._shape) - self._lost
        self.state = self.state_old + increment
        self._lost = (self.state - self.state_old) - increment
        self.t = bound if dt == bound - self.t else self.t + dt
        self._kept[:], self._last, self._error = K, dt, max(error, LOWEST)
        self._age, self._hold, self._pace = self._age + 1, max(self._hold - 1, 0), count / dt
        # A last step that was cut short says nothing about the next one.
        self._next = max(dt * factor, self._next if dt < self._next else 0.0)
        return None

    def between(self, t: float) -> np.ndarray:
        """The state at a time within the last step, by a shorter one of the same method: as accurate, on the laws."""
        if t == self.t:
            return self.state
        if t == self.t_old:
            return self.state_old
        dt, K = t - self.t_old, np.zeros_like(self._K)
        polynomials.guess(K, self._kept, dt / self._last * self._method.c, self._to_modes, np.inf)
        self._solve(frames.turned(self.state_old, self._frame, self._shape), dt, K)
        return self.state_old + frames.back(dt * polynomials.combined(K, self._method.b), self._frame, self._shape)

    def _set(self, frame):
        """Another frame from now on."""
        self._frame, self._age = frame, 0
        self._target = frames.target(self._Sigma, frame)
        self._flat_target = self._target.ravel()

    def _attempt(self, dt):
        """Stage velocities of a step, its error in units of what is allowed, and iterations; None if none was found."""
        method, widths, K = self._method, self._widths, self._K
        if self._age >= FRAME_LIFE:
            new = frames.frame(self.state, widths, self._Sigma)
            change = frames.between(new, self._frame, widths)
            for i in range(method.stages):
                self._kept[:, i] = frames.turned(np.ascontiguousarray(self._kept[:, i]), change, self._shape)
            self._set(new)
        x = frames.turned(self.state, self._frame, self._shape)
        if self._last:
            polynomials.guess(K, self._kept, 1 + method.c * dt / self._last, self._to_modes, CLIP)
        else:
            K[:] = 0.0
            K[:, : method.stages] = self._velocity(x)[:, None]
        count, change, done = self._solve(x, dt, K)
        if not done:
            return None
        # The coefficients of the velocity along the step, in units of what a step may err by. They fall off like
        # rho^k; the first one that the quadrature of the method does not see has degree 2 s.
        allowed = self._rtol * (np.abs(x) + self._floor)
        sizes = dt * polynomials.sizes(K, self._to_modes, allowed)
        if method.stages == 1:  # one stage knows a constant only; the start of the step tells the slope
            slope = (K[:, 0] - self._velocity(x)) / allowed
            sizes = np.append(sizes, dt * np.sqrt(np.mean(slope**2)))
        noise = 2 * change * EPS / self._rtol
        return K, _extrapolated(np.maximum(sizes - noise, 0.0), sizes.max(), method.order), count

    def _velocity(self, x):
        """The velocity at a state of the frame."""
        self.calls += 1
        return states.velocity(x, self._widths, self._target)

    def _solve(self, x, dt, K):
        """The stage equations from a guess K, in the frame: iterations, the last change, and whether they hold."""
        if not self._model.put(x + dt * polynomials.combined(K, self._middle), self._target):
            return 0, np.inf, False
        size = np.abs(x)
        count, change, done = stages.solve(
            K,
            x,
            self._flat_target,
            dt,
            self._a,
            self._method.stages,
            self._spectrum,
            (self._shape, self._offsets, max(self._widths) < NARROW),
            self._model.blocks,
            EPS * (size + self._floor),
            LEFT * (size.max() + self._floor) / self._floor,
            MOST,
            self._room,
        )
        self.calls += count * self._method.stages
        return count, change, done

    def _factor(self, error, dt, count) -> float:
        """By how much the next step may be longer."""
        exponent = 1 / (self._method.order + 1)
        error = max(error, LOWEST)
        factor = CAUTION * error**-exponent
        if self._last and self._error:
            # What grew from step to step will grow again: Gustafsson's predictive controller.
            factor = min(factor, factor * dt / self._last * (self._error / error) ** exponent)
        if self._hold or (count > SLOW and count / dt > self._pace):
            factor = min(factor, 1.0)
        return min(max(factor, SHORTER), LONGER)


def _extrapolated(sizes: np.ndarray, largest: float, degree: int) -> float:
    """The size of the coefficient of the given degree, from those of low degree."""
    if largest == 0:
        return 0.0
    known = len(sizes)
    ratios = [(sizes[k] / largest) ** (1 / k) for k in range(max(1, known - 2), known)]
    return float(largest * max(ratios) ** degree)
