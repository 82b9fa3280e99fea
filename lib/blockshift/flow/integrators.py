"""Training as a flow: gradient flow integrated in time, with what it should keep reported beside it.

A first, honest version: general solvers of SciPy at tight tolerance, by default the explicit method of
order 8 of Dormand and Prince, stepped one by one so that a run can stop at rest, show how far it is, and
be interrupted without losing what it reached. None of them knows the conservation laws; the drift of every
conserved matrix is therefore measured along the run, in units of the largest squared norm of a layer.

The block-shift pattern is kept exactly, because only the layers are integrated.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import scipy.integrate

from blockshift import errors
from blockshift.flow import conservation, gradient
from blockshift.graph.network import Network

#: What can be asked for by name; all are classes of ``scipy.integrate``.
METHODS = {
    "dop853": scipy.integrate.DOP853,
    "rk45": scipy.integrate.RK45,
    "radau": scipy.integrate.Radau,
    "lsoda": scipy.integrate.LSODA,
}

#: A run is at rest when, at its present speed, it would move by less than this share of its own size in the
#: whole time asked for. Leaving a saddle is slow too, but not as slow: its speed relative to the weights is
#: at least the smallest mode's share in them, which is 1e-6 for the smallest starts in this book.
REST = 1e-10

#: Near a global minimum the error of the steps keeps an explicit method trembling, at a speed of this many times
#: the relative tolerance: there the run is at rest when its loss is as low as that can make it.
TREMBLING = 10.0

#: The number of steps kept in a trajectory; a longer run is thinned by two whenever it is reached.
KEPT = 4096


@dataclass(frozen=True, repr=False)
class Trajectory:
    """One run of gradient flow.

    Parameters
    ----------
    t : ndarray, shape (m,)
        Times, beginning at 0: the accepted steps, or the times asked for.
    states : ndarray, shape (m, N)
        The weights at these times, layer after layer, row by row.
    loss : ndarray, shape (m,)
    drift : ndarray, shape (m, h - 1)
        ``|C_i(t) - C_i(0)|`` for each hidden layer, divided by the largest ``|W_i|^2`` met along the run.
    speed : ndarray, shape (m,)
        ``|dA/dt|``; the loss falls at the rate ``speed**2``.
    final : Network
        Where the run ended.
    stopped : str
        Why it ended: ``"at rest"``, ``"time is up"``, or ``"interrupted"``.
    steps, calls : int
        Accepted steps, and evaluations of the right side.
    method : str
    """

    t: np.ndarray
    states: np.ndarray = field(repr=False)
    loss: np.ndarray
    drift: np.ndarray
    speed: np.ndarray
    final: Network
    stopped: str
    steps: int
    calls: int
    method: str

    @property
    def worst_drift(self) -> float:
        """The largest drift of any conserved matrix at any time; 0 where there is no hidden layer."""
        return float(self.drift.max(initial=0.0))

    def network(self, at: int) -> Network:
        """The network at place `at` of the trajectory."""
        return Network(_layers(self.states[at], self.final.widths))

    def products(self) -> np.ndarray:
        """The end-to-end map at every time, shape ``(m, d_h, d_0)``."""
        return np.array([self.network(k).product() for k in range(len(self.t))])

    def conserved(self) -> tuple[np.ndarray, ...]:
        """The conserved matrices at every time: item ``i - 1`` has shape ``(m, d_i, d_i)``."""
        along = [conservation.conserved(self.network(k)) for k in range(len(self.t))]
        return tuple(np.array(C) for C in zip(*along, strict=True))

    def __repr__(self) -> str:
        return (
            f"Trajectory(0 ≤ t ≤ {self.t[-1]:g}, loss {self.loss[0]:.3g} → {self.loss[-1]:.3g}, "
            f"drift {self.worst_drift:.0e}, stopped: {self.stopped})"
        )


# A run that blows up must end in StepFailed, which names the remedy, not in a warning beforehand.
@np.errstate(over="ignore", invalid="ignore")
def integrate(
    net: Network,
    sigma,
    t_end: float = 20.0,
    *,
    method: str = "dop853",
    rtol: float = 1e-10,
    atol: float | None = None,
    at=None,
    rest: float = REST,
    progress: Callable[[float, float], None] | None = None,
) -> Trajectory:
    """The run of gradient flow that starts at a network.

    Parameters
    ----------
    net : Network
        The start, ``A(0)``.
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_h, d_0)``, or its singular values.
    t_end : float
        When to stop at the latest.
    method : {"dop853", "rk45", "radau", "lsoda"}
    rtol, atol : float
        Relative and absolute tolerance of a step. `atol` defaults to `rtol` times the largest starting weight:
        an absolute tolerance as large as a small start would decide when it escapes.
    at : array_like, shape (m,), optional
        Times to record, increasing and within ``[0, t_end]``; by default the accepted steps.
    rest : float
        Stop when the present speed would carry the weights by less than this share of their size until `t_end`, or
        when the loss has reached its global minimum to within the tolerance; 0 to go on whatever happens.
    progress : callable, optional
        Called with the time reached and the loss after each step.

    Returns
    -------
    Trajectory
        Also when the run is interrupted (Ctrl-C): then `stopped` says so and `final` is where it was, from
        where it can go on.

    Raises
    ------
    BadArgument, UnknownName
        If an argument is out of range, or the method is not known.
    NotFinite
        If the weights are so large that the loss cannot be written as a floating number.
    StepFailed
        If no step can be taken; its ``trajectory`` holds what was reached.

    Source: [wendin2026gradient], gradient flow; [hairer1993solving] for the method; claims P1-C6, P1-C8.

    Examples
    --------
    >>> run = integrate(Network.from_weights([[[1]], [[1]]]), [4], t_end=10)
    >>> run.stopped, run.final.product().round(6)
    ('at rest', array([[4.]]))
    """
    net = Network(tuple(np.asarray(W, dtype=np.float64) for W in net.weights))
    Sigma = np.asarray(gradient.target(sigma, net.widths), dtype=np.float64)
    times = _checked(t_end, method, rtol, atol, at, rest)
    start = np.concatenate([W.ravel() for W in net.weights])
    if atol is None:
        atol = rtol * (float(np.abs(start).max()) or 1.0)

    def right_side(t, state):
        return np.concatenate([V.ravel() for V in gradient.layer_velocities(_layers(state, net.widths), Sigma)])

    first = right_side(0.0, start)
    if not np.isfinite([np.sum((Sigma - net.product()) ** 2), np.sum(start**2), np.sum(first**2)]).all():
        raise errors.NotFinite(
            f"the loss at the start or its gradient overflows: the largest weight is {np.abs(start).max():.1e}, of "
            f"Sigma {np.abs(Sigma).max():.1e}; scale them down."
        )

    # No network with these widths has a smaller loss; the last summand is what rounding may hide of it.
    left_out = np.linalg.svd(Sigma, compute_uv=False)[min(net.widths) :]
    least = 0.5 * float(np.sum(left_out**2)) * (1 + 8 * sys.float_info.epsilon)
    bottom = least + 0.5 * (TREMBLING * rtol * float(np.linalg.norm(Sigma))) ** 2

    def at_rest(t, state):
        if np.linalg.norm(right_side(t, state)) * t_end <= rest * np.linalg.norm(state):
            return True
        return 0.5 * float(np.sum((Sigma - _product(state, net.widths)) ** 2)) <= bottom

    solver = METHODS[method](right_side, 0.0, start, t_end, rtol=rtol, atol=atol)
    record = _Record(times)
    record.start(start)
    stopped, steps, fault = "time is up", 0, None
    try:
        while solver.status == "running":
            if rest and at_rest(solver.t, solver.y):
                stopped = "at rest"
                record.rest()
                break
            fault = solver.step()
            if fault is not None or not np.isfinite(solver.y).all():
                fault = fault or "the weights are no longer finite"
                stopped = "no step could be taken"
                break
            steps += 1
            record.step(solver)
            if progress is not None:
                progress(solver.t, 0.5 * float(np.sum((Sigma - _product(solver.y, net.widths)) ** 2)))
    except KeyboardInterrupt:
        stopped = "interrupted"
    t, states = record.arrays()
    run = _trajectory(t, states, net, Sigma, stopped=stopped, steps=steps, calls=solver.nfev, method=method)
    if fault is not None:
        raise errors.StepFailed(
            f"{method} could take no step at t = {t[-1]:g} ({str(fault).rstrip('.')}); what was reached is in the "
            f"exception's `trajectory`. Try method='radau', or a looser rtol than {rtol:g}.",
            run,
        )
    return run


def _checked(t_end, method, rtol, atol, at, rest) -> np.ndarray | None:
    """The times to record, after a look at all arguments."""
    if method not in METHODS:
        raise errors.UnknownName(f"no integrator is called {method!r}; there are {', '.join(METHODS)}.")
    if not (np.isfinite(t_end) and t_end > 0):
        raise errors.BadArgument(f"t_end is {t_end}; give a finite time after 0.")
    # Below this SciPy raises the tolerance by itself, with a warning; we would rather say so at once.
    least = 100 * sys.float_info.epsilon
    if not (least <= rtol < 1) or not (atol is None or atol > 0) or not rest >= 0:
        raise errors.BadArgument(
            f"tolerances are rtol = {rtol}, atol = {atol}, rest = {rest}; expected {least:.1e} ≤ rtol < 1, "
            f"atol > 0 (or None), rest ≥ 0."
        )
    if at is None:
        return None
    times = np.asarray(at, dtype=float)
    if times.ndim != 1 or not len(times) or times[0] < 0 or times[-1] > t_end or (np.diff(times) <= 0).any():
        raise errors.BadArgument(f"`at` must be increasing times between 0 and t_end = {t_end}.")
    return times


class _Record:
    """What is kept of a run: the states at accepted steps, thinned when there are many, or at given times."""

    def __init__(self, times):
        self.times, self.t, self.states = times, [], []
        self.stride, self.seen, self.last = 1, 0, (0.0, None)

    def start(self, state):
        self.last = (0.0, state)
        if self.times is None or self.times[0] == 0:
            self._keep(0.0, state)

    def step(self, solver):
        self.last = (solver.t, solver.y.copy())
        if self.times is not None:
            due = self.times[(self.times > solver.t_old) & (self.times <= solver.t)]
            if len(due):
                between = solver.dense_output()
                for t in due:
                    self._keep(t, between(t))
            return
        self.seen += 1
        if self.seen % self.stride == 0:
            self._keep(*self.last)
        if len(self.t) >= KEPT:
            self.t, self.states, self.stride = self.t[::2], self.states[::2], 2 * self.stride

    def _keep(self, t, state):
        self.t.append(float(t))
        self.states.append(np.array(state))

    def rest(self):
        """Whatever is asked for later is where the run has come to rest."""
        if self.times is not None:
            for t in self.times[self.times > self.last[0]]:
                self._keep(t, self.last[1])

    def arrays(self):
        """Times and states, the last state reached at their end unless the times were given."""
        t, state = self.last
        if not self.t or (self.times is None and self.t[-1] < t):
            self._keep(t, state)
        return np.array(self.t), np.array(self.states)


def _layers(state: np.ndarray, widths: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """The layers that a state vector holds, as views."""
    layers, begin = [], 0
    for c, d in pairwise(widths):
        layers.append(state[begin : begin + c * d].reshape(d, c))
        begin += c * d
    return tuple(layers)


def _product(state, widths) -> np.ndarray:
    """The end-to-end map of a state vector."""
    layers = _layers(state, widths)
    W = layers[0]
    for layer in layers[1:]:
        W = layer @ W
    return W


def _trajectory(t, states, net, Sigma, **how) -> Trajectory:
    """The trajectory with everything that is reported along it."""
    widths, start = net.widths, conservation.conserved(net)
    loss, speed, drift, scale = [], [], [], 0.0
    for state in states:
        layers = _layers(state, widths)
        loss.append(0.5 * float(np.sum((Sigma - _product(state, widths)) ** 2)))
        speed.append(float(np.sqrt(sum(np.sum(V * V) for V in gradient.layer_velocities(layers, Sigma)))))
        drift.append(conservation.drift(layers, start))
        scale = max(scale, *(float(np.sum(W * W)) for W in layers))
    return Trajectory(
        t=t,
        states=states,
        loss=np.array(loss),
        drift=np.array(drift).reshape(len(t), -1) / (scale or 1.0),
        speed=np.array(speed),
        final=Network(_layers(states[-1], widths)),
        **how,
    )
