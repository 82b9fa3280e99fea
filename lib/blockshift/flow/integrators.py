"""Training as a flow: gradient flow integrated in time, keeping what it must.

The laws ``W_i W_i^T - W_{i+1}^T W_{i+1}`` are quadratic, so the methods of Gauss and Legendre keep them to rounding
at any step size, and the ones here cross plateaus with steps that no explicit method can take. For starts that are
not near any plateau a general explicit method is faster, and `integrate` chooses. Whatever takes the steps
(``stepping``), the drift of every law is measured along the run and reported with it.

The block-shift pattern is kept exactly, because only the layers are integrated.
"""

import sys
from collections.abc import Callable

import numpy as np

from blockshift import errors
from blockshift.flow import gradient, trajectories
from blockshift.flow.stepping import choice, discrete_gradient, explicit, gauss, general, states
from blockshift.flow.trajectories import Trajectory
from blockshift.graph.network import Network

#: What can be asked for by name.
METHODS = (
    "auto",
    "gauss",
    *(f"gauss{stages}" for stages in range(1, 9)),
    *explicit.METHODS,
    *general.SOLVERS,
    "discrete-gradient",
)

#: A run is at rest when, at its present speed, it would move by less than this share of its own size in the
#: whole time asked for. Leaving a saddle is slow too, but not as slow: its speed relative to the weights is
#: at least the smallest mode's share in them, which is 1e-6 for the smallest starts in this book.
REST = 1e-10

#: Near a global minimum the error of the steps keeps a run trembling, at a distance of this many times the relative
#: tolerance: there it is at rest when its loss is as low as that can make it. A Gauss method trembles much less.
TREMBLING, STILL = 10.0, 0.1

#: Whether a run is at rest is asked every so many steps: for small networks the question costs as much as a step.
LOOK = 4

#: The number of steps kept in a trajectory; a longer run is thinned by two whenever it is reached.
KEPT = 4096


# A run that blows up must end in StepFailed, which names the remedy, not in a warning beforehand.
@np.errstate(over="ignore", invalid="ignore")
def integrate(
    net: Network,
    sigma,
    t_end: float = 20.0,
    *,
    method: str = "auto",
    rtol: float = 1e-10,
    atol: float | None = None,
    at=None,
    rest: float = REST,
    project: bool = False,
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
    method : str
        ``"gauss"`` (8 stages, order 16) and ``"gauss1"`` to ``"gauss8"`` keep the laws to rounding; ``"dop853"``,
        ``"rk45"``, ``"radau"`` and ``"lsoda"`` are SciPy's; along ``"discrete-gradient"`` the loss falls at any step
        size as it does along the flow. ``"auto"`` takes ``"gauss"`` where a stable explicit run would
        need more velocities, about ``2.2 h sigma_1^(2 - 2/h) t_end``, than the iterations of a Gauss method are worth
        (about 200 and 150 for each mode, each as much as ten velocities, or ``0.85 max(d_i)``), and the conserved
        matrices are below a quarter of ``sigma_1^(2/h)``; else ``"dop853"``; and it changes from one to the other
        when it sees that it was wrong.
    rtol, atol : float
        Relative and absolute tolerance of a step; a Gauss method takes no `rtol` below 1e-11, which its rounding would
        hide. `atol` defaults to `rtol` times the largest starting weight: an absolute tolerance as large as a small
        start would decide when it escapes.
    at : array_like, shape (m,), optional
        Times to record, increasing and within ``[0, t_end]``; by default the accepted steps.
    rest : float
        Stop when the present speed would carry the weights by less than this share of their size until `t_end`, or
        when the loss has reached its global minimum to within the tolerance; 0 to go on whatever happens.
    project : bool
        Move every state back to where the laws have their starting values: for ``"dop853"`` and ``"rk45"``.
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

    Source: [wendin2026gradient], gradient flow; [hairer2006geometric] for the methods; claims P1-C6, P1-C8.

    Examples
    --------
    >>> run = integrate(Network.from_weights([[[1]], [[1]]]), [4], t_end=10)
    >>> run.stopped, run.final.product().round(6)
    ('at rest', array([[4.]]))
    """
    net = Network(tuple(np.asarray(W, dtype=np.float64) for W in net.weights))
    widths = net.widths
    Sigma = np.asarray(gradient.target(sigma, widths), dtype=np.float64)
    times = _checked(t_end, method, rtol, atol, at, rest, project)
    start = states.pack(net.weights)
    if atol is None:
        atol = rtol * (float(np.abs(start).max()) or 1.0)

    first = states.velocity(start, widths, Sigma)
    if not np.isfinite([states.loss(start, widths, Sigma), np.sum(start**2), np.sum(first**2)]).all():
        raise errors.NotFinite(
            f"the loss at the start or its gradient overflows: the largest weight is {np.abs(start).max():.1e}, of "
            f"Sigma {np.abs(Sigma).max():.1e}; scale them down."
        )
    stepper = _stepper(method, start, widths, Sigma, t_end, rtol, atol, project)
    at_rest = _rest_of(widths, Sigma, t_end, rtol, rest)
    record = _Record(times)
    record.start(start)
    stopped, steps, fault = "time is up", 0, None
    try:
        while stepper.t < t_end:
            if rest and steps % LOOK == 0 and at_rest(stepper):
                stopped = "at rest"
                record.rest()
                break
            fault = stepper.step(t_end)
            if fault is not None or not np.isfinite(stepper.state).all():
                fault = fault or "the weights are no longer finite"
                stopped = "no step could be taken"
                break
            steps += 1
            record.step(stepper)
            if progress is not None:
                progress(stepper.t, states.loss(stepper.state, widths, Sigma))
    except KeyboardInterrupt:
        stopped = "interrupted"

    def onward(state, time):
        other = _stepper(method, state, widths, Sigma, time, rtol, atol, project)
        while other.t < time:
            other.step(time)
        return other.state

    t, along = record.arrays()
    run = trajectories.measured(
        t,
        along,
        net,
        Sigma,
        stopped=stopped,
        steps=steps,
        calls=stepper.calls,
        method=" then ".join(stepper.names) if isinstance(stepper, choice.Auto) else method,
        _onward=onward,
    )
    if fault is not None:
        raise errors.StepFailed(
            f"{run.method} could take no step at t = {t[-1]:g} ({str(fault).rstrip('.')}); what was reached is in the "
            f"exception's `trajectory`. Try method='radau', or a looser rtol than {rtol:g}.",
            run,
        )
    return run


def _stepper(method, state, widths, Sigma, t_end, rtol, atol, project):
    """What takes the steps."""
    if method == "auto":
        return choice.Auto(state, widths, Sigma, t_end=t_end, rtol=rtol, atol=atol)
    if method == "discrete-gradient":
        return discrete_gradient.DiscreteGradient(state, widths, Sigma, rtol=rtol, atol=atol)
    if method.startswith("gauss"):
        return gauss.Gauss(state, widths, Sigma, rtol=rtol, atol=atol, stages=int(method[5:] or 8))
    if method in explicit.METHODS:
        return explicit.Explicit(method, state, widths, Sigma, rtol=rtol, atol=atol, project=project)
    return general.General(method, state, widths, Sigma, t_end=t_end, rtol=rtol, atol=atol)


def _rest_of(widths, Sigma, t_end, rtol, rest):
    """The question whether a run is at rest."""
    # No network with these widths has a smaller loss; the last factor is what rounding may hide of it.
    left_out = np.linalg.svd(Sigma, compute_uv=False)[min(widths) :]
    least = 0.5 * float(np.sum(left_out**2)) * (1 + 8 * sys.float_info.epsilon)
    size = rtol * float(np.linalg.norm(Sigma))

    def at_rest(stepper):
        state = stepper.state
        if np.linalg.norm(states.velocity(state, widths, Sigma)) * t_end <= rest * np.linalg.norm(state):
            return True
        near = (TREMBLING if stepper.trembles else STILL) * size
        return states.loss(state, widths, Sigma) <= least + 0.5 * near**2

    return at_rest


def _checked(t_end, method, rtol, atol, at, rest, project) -> np.ndarray | None:
    """The times to record, after a look at all arguments."""
    if method not in METHODS:
        raise errors.UnknownName(f"no integrator is called {method!r}; there are {', '.join(METHODS)}.")
    if project and method not in explicit.METHODS:
        raise errors.BadArgument(
            f"project=True was asked of {method!r}, but only {' and '.join(explicit.METHODS)} can be moved between "
            f"two steps; the Gauss methods keep the laws without it."
        )
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

    def step(self, stepper):
        self.last = (stepper.t, stepper.state.copy())
        if self.times is not None:
            for t in self.times[(self.times > stepper.t_old) & (self.times <= stepper.t)]:
                self._keep(t, stepper.between(t))
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
