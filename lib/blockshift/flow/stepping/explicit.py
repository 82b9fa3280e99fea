"""Explicit steps of order 8 and 5, compiled, and projected back onto the laws where that is asked for.

The coefficients and the control of the step size are those of Hairer's DOP853 and of Dormand and Prince, read from
SciPy's classes. For small networks a velocity takes a microsecond in compiled loops and ten in NumPy; that is the
difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.integrate

from blockshift.compiled import compiled
from blockshift.flow import conservation
from blockshift.flow.stepping import projection, states

#: From this many nodes in the widest layer on, BLAS is faster than loops.
NARROW = 20

#: Changes of the step size from one step to the next, and the share of the allowed error that is aimed at.
LONGER, SHORTER, CAUTION = 10.0, 0.2, 0.9

#: A step this much smaller than the time reached cannot be told from none.
LEAST = 16 * 2.0**-53


@dataclass(frozen=True)
class Pair:
    """An explicit method with an estimate of its error.

    Parameters
    ----------
    a : ndarray, shape (s, s)
    b : ndarray, shape (s,)
    main, other : ndarray, shape (s + 1,)
        Combinations of the stages and of the velocity at the end that estimate the error. Where there are two, they are
        weighed as in DOP853; `other` is zero where there is one.
    estimated : int
        The order of the estimate.
    """

    a: np.ndarray
    b: np.ndarray
    main: np.ndarray
    other: np.ndarray
    estimated: int


#: What can be asked for by name.
METHODS = {
    "dop853": Pair(
        np.ascontiguousarray(scipy.integrate.DOP853.A),
        np.array(scipy.integrate.DOP853.B),
        np.array(scipy.integrate.DOP853.E5),
        np.array(scipy.integrate.DOP853.E3),
        7,
    ),
    "rk45": Pair(
        np.ascontiguousarray(scipy.integrate.RK45.A),
        np.array(scipy.integrate.RK45.B),
        np.array(scipy.integrate.RK45.E),
        np.zeros(len(scipy.integrate.RK45.E)),
        4,
    ),
}


class Explicit:
    """A run stepped by an explicit method.

    Parameters
    ----------
    name : str
        A key of `METHODS`.
    state : ndarray, shape (N,)
    widths : sequence of int
    Sigma : ndarray, shape (d_h, d_0)
    rtol, atol : float
    project : bool
        Move every accepted state to where the conserved matrices are those of the start.

    Source: [hairer1993solving], II.5 and II.10.
    """

    def __init__(self, name, state, widths: Sequence[int], Sigma, *, rtol, atol, project=False, t: float = 0.0):
        self._pair, self._widths = METHODS[name], tuple(widths)
        self._rtol, self._atol = rtol, atol
        self.t, self.state, self.calls = t, np.array(state), 0
        self.t_old, self.state_old = t, self.state
        self._laws = conservation.conserved(states.layers(self.state, widths)) if project else None
        shape = np.array(widths)
        offsets = np.cumsum([0, *(widths[j + 1] * widths[j] for j in range(len(widths) - 1))])
        panel = max(widths) * widths[0]
        room = tuple(np.zeros(k) for k in (max(1, sum(d * widths[0] for d in widths[1:])), panel, panel))
        self._flow = (np.ascontiguousarray(Sigma).ravel(), shape, offsets, max(widths) < NARROW, *room)
        self._K = np.zeros((len(self._pair.main), len(self.state)))
        self._velocity = self._at(self.state)
        self._next = self._begin()

    def _at(self, state):
        self.calls += 1
        found = np.empty_like(state)
        velocity(state, found, *self._flow)
        return found

    def _begin(self):
        """The first step, from the size of the velocity and how fast it changes."""
        allowed = self._atol + self._rtol * np.abs(self.state)
        size, speed = (np.sqrt(np.mean((v / allowed) ** 2)) for v in (self.state, self._velocity))
        guess = 1e-6 if size < 1e-5 or speed < 1e-5 else 0.01 * size / speed
        there = self._at(self.state + guess * self._velocity)
        bend = np.sqrt(np.mean(((there - self._velocity) / allowed) ** 2)) / guess
        steepest = max(speed, bend)
        small = max(1e-6, guess * 1e-3) if steepest <= 1e-15 else (0.01 / steepest) ** (1 / (self._pair.estimated + 1))
        return float(min(100 * guess, small))

    def step(self, bound: float) -> str | None:
        """Take one step, at most to `bound`; what prevented it, or None."""
        power, rejected = -1 / (self._pair.estimated + 1), False
        while True:
            dt = min(self._next, bound - self.t)
            if not dt >= LEAST * max(abs(self.t), abs(bound)):
                return f"the step would have to be {dt:.1e}"
            new, error = self._attempt(self.state, self._velocity, dt)
            factor = LONGER if error == 0 else min(LONGER, max(SHORTER, CAUTION * error**power))
            if error <= 1.0:
                break
            # NaN and infinity end here as well.
            self._next, rejected = dt * (factor if error < np.inf else SHORTER), True
        self.t_old, self.state_old = self.t, self.state
        self.t = bound if dt == bound - self.t else self.t + dt
        self._next = max(dt * (min(factor, 1.0) if rejected else factor), self._next if dt < self._next else 0.0)
        if self._laws is None:
            self.state, self._velocity = new, self._K[-1].copy()
        else:
            self.state = states.pack(projection.projected(states.layers(new, self._widths), self._laws))
            self._velocity = self._at(self.state)
        return None

    def _attempt(self, state, start, dt):
        new = np.empty_like(state)
        pair = self._pair
        error = attempt(
            state, start, dt, pair.a, pair.b, pair.main, pair.other, self._rtol, self._atol, self._K, new, *self._flow
        )
        self.calls += len(pair.b)
        return new, error if np.isfinite(error) else np.inf

    def between(self, t: float) -> np.ndarray:
        """The state at a time within the last step, by a shorter step: interpolants are of lower order."""
        if t in (self.t, self.t_old):
            return self.state if t == self.t else self.state_old
        kept = self._K.copy()
        new, _ = self._attempt(self.state_old, self._at(self.state_old), t - self.t_old)
        self._K[:] = kept
        if self._laws is None:
            return new
        return states.pack(projection.projected(states.layers(new, self._widths), self._laws))


@compiled
def velocity(x, found, Sigma, widths, offsets, narrow, ahead, pulled, spare):
    """Write into found the velocity at x; ahead, pulled and spare are room to work in."""
    h, inputs = len(widths) - 1, widths[0]
    if not narrow:
        first = x[: offsets[1]].reshape(widths[1], inputs)
        products = [first]
        for j in range(1, h):
            products.append(np.dot(x[offsets[j] : offsets[j + 1]].reshape(widths[j + 1], widths[j]), products[j - 1]))
        back = Sigma.reshape(widths[h], inputs) - products[h - 1]
        for j in range(h - 1, 0, -1):
            found[offsets[j] : offsets[j + 1]] = np.dot(back, products[j - 1].T).ravel()
            back = np.dot(x[offsets[j] : offsets[j + 1]].reshape(widths[j + 1], widths[j]).T, back)
        found[: offsets[1]] = back.ravel()
        return
    n = widths[1] * inputs
    for z in range(n):
        ahead[z] = x[z]
    last, begin = 0, n
    for j in range(1, h):
        rows, inner, o = widths[j + 1], widths[j], offsets[j]
        for a in range(rows):
            for b in range(inputs):
                ahead[begin + a * inputs + b] = 0.0
            for k in range(inner):
                w = x[o + a * inner + k]
                for b in range(inputs):
                    ahead[begin + a * inputs + b] += w * ahead[last + k * inputs + b]
        last = begin
        begin += rows * inputs
    for z in range(widths[h] * inputs):
        pulled[z] = Sigma[z] - ahead[last + z]
    for j in range(h - 1, 0, -1):
        rows, columns, o = widths[j + 1], widths[j], offsets[j]
        last -= columns * inputs
        for a in range(rows):
            for b in range(columns):
                total = 0.0
                for k in range(inputs):
                    total += pulled[a * inputs + k] * ahead[last + b * inputs + k]
                found[o + a * columns + b] = total
        for z in range(columns * inputs):
            spare[z] = 0.0
        for k in range(rows):
            for a in range(columns):
                w = x[o + k * columns + a]
                for b in range(inputs):
                    spare[a * inputs + b] += w * pulled[k * inputs + b]
        for z in range(columns * inputs):
            pulled[z] = spare[z]
    for z in range(n):
        found[z] = pulled[z]


@compiled
def attempt(x, start, dt, a, b, main, other, rtol, atol, K, new, Sigma, widths, offsets, narrow, ahead, pulled, spare):
    """Write into new the state after a step and into K its velocities: the error in units of what is allowed."""
    n, s = len(x), len(b)
    K[0] = start
    for i in range(1, s):
        for z in range(n):
            new[z] = 0.0
        for j in range(i):
            if a[i, j] != 0.0:
                for z in range(n):
                    new[z] += a[i, j] * K[j, z]
        for z in range(n):
            new[z] = x[z] + dt * new[z]
        velocity(new, K[i], Sigma, widths, offsets, narrow, ahead, pulled, spare)
    for z in range(n):
        new[z] = 0.0
    for j in range(s):
        for z in range(n):
            new[z] += b[j] * K[j, z]
    for z in range(n):
        new[z] = x[z] + dt * new[z]
    velocity(new, K[s], Sigma, widths, offsets, narrow, ahead, pulled, spare)
    first, second = 0.0, 0.0
    for z in range(n):
        allowed = atol + rtol * max(abs(x[z]), abs(new[z]))
        e, f = 0.0, 0.0
        for j in range(s + 1):
            e += main[j] * K[j, z]
            f += other[j] * K[j, z]
        first += (e / allowed) ** 2
        second += (f / allowed) ** 2
    if first == 0.0 and second == 0.0:
        return 0.0
    if second == 0.0:
        return dt * np.sqrt(first / n)
    return dt * first / np.sqrt((first + 0.01 * second) * n)
