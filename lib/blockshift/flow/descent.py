"""Gradient descent, with momentum or without, as the shadow of the flow: which laws survive, how the others bend.

A step of size ``eta`` with momentum ``beta`` (the heavy ball) is

    V(k+1) = beta V(k) + G(k),      W(k+1) = W(k) + eta V(k+1),      V(0) = 0,

with ``G = -grad L`` at ``W(k)``. It follows gradient flow at the *effective time* ``eta k / (1 - beta)``. Write
``C_i(X) = X_i X_i^T - X_{i+1}^T X_{i+1}`` and ``Omega_i(Y) = Y_i W_i^T - W_{i+1}^T Y_{i+1}``; the
gradient has ``Omega_i(G) = 0``. Hence, exactly and for every step size,

    Omega_i(k+1) = beta Omega_i(k) + eta C_i(V(k+1))        with Omega_i(k) = Omega_i(V(k)) at W(k),
    C_i(k+1) - C_i(k) = beta (C_i(k) - C_i(k-1)) + eta^2 (C_i(V(k+1)) + beta C_i(V(k))).

The second line is how the conserved matrices bend; without momentum it is claim P1-C30. The first says what does not:
``C_i(V)`` is symmetric, so that the *antisymmetric* part of ``Omega_i``, the angular momentum of hidden layer ``i``, is
multiplied by ``beta`` in each step, and stays zero where it was. Claim O-R4.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np

from blockshift import errors
from blockshift.flow import conservation, gradient
from blockshift.graph.network import Network

#: A descent is at rest when a step at its present speed changes the weights by less than this share of their size:
#: some ten times what rounding does to them anyway.
REST = 1e-15

#: A descent has diverged when its loss is this many times the larger of its first and of that of the zero network.
#: A step that is too long for one minimum throws it up by far less before it finds another.
DIVERGED = 1e8

#: The number of steps kept in a descent; a longer one is thinned by two whenever it is reached.
KEPT = 4096


@dataclass(frozen=True, repr=False)
class Descent:
    """One run of gradient descent.

    Parameters
    ----------
    k : ndarray of int, shape (m,)
        The numbers of the steps that were kept, beginning at 0.
    t : ndarray, shape (m,)
        Effective time ``step * k / (1 - momentum)``.
    states : ndarray, shape (m, N)
        The weights after these steps, layer after layer, row by row.
    loss, speed : ndarray, shape (m,)
        The loss and ``|grad L|``.
    drift : ndarray, shape (m, h - 1)
        ``|C_i(k) - C_i(0)|`` for each hidden layer, divided by the largest ``|W_i|^2`` met at the steps kept.
    predicted : ndarray, shape (m, h - 1)
        The same from the drift identity, which adds up the steps and never looks at the weights.
    mismatch : float
        The largest norm of measured minus predicted, in the same unit: rounding, if the identity is true.
    bent : tuple of ndarray
        The predicted ``C_i(k) - C_i(0)`` at the last step; exact where weights, data and step are.
    final : Network
    stopped : str
        Why it ended: ``"at rest"``, ``"steps are up"``, ``"diverged"`` or ``"interrupted"``.
    step, momentum : float
    """

    k: np.ndarray
    t: np.ndarray
    states: np.ndarray = field(repr=False)
    loss: np.ndarray
    speed: np.ndarray
    drift: np.ndarray
    predicted: np.ndarray
    mismatch: float
    bent: tuple[np.ndarray, ...] = field(repr=False)
    final: Network
    stopped: str
    step: float | Fraction
    momentum: float | Fraction

    @property
    def worst_drift(self) -> float:
        """The largest drift of any conserved matrix at any step kept; 0 where there is no hidden layer."""
        return float(self.drift.max(initial=0.0))

    def network(self, at: int) -> Network:
        """The network at place `at` of the descent."""
        return Network(_layers(self.states[at], self.final.widths))

    def products(self) -> np.ndarray:
        """The end-to-end map after each step kept, shape ``(m, d_h, d_0)``."""
        return np.array([self.network(at).product() for at in range(len(self.k))])

    def __repr__(self) -> str:
        momentum = f", momentum {float(self.momentum):g}" if self.momentum else ""
        return (
            f"Descent({self.k[-1]} steps of {float(self.step):g}{momentum}, loss {self.loss[0]:.3g} → "
            f"{self.loss[-1]:.3g}, drift {self.worst_drift:.0e}, stopped: {self.stopped})"
        )


# A descent that blows up stops as diverged, without a warning beforehand.
@np.errstate(over="ignore", invalid="ignore")
def descend(
    net: Network,
    sigma,
    *,
    step: float | Fraction,
    steps: int,
    momentum: float | Fraction = 0,
    rest: float = REST,
    progress: Callable[[int, float], None] | None = None,
) -> Descent:
    """The gradient descent that starts at a network.

    Parameters
    ----------
    net : Network
        The start; with weights, data, step and momentum of Python's integers and fractions all stays exact.
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_h, d_0)``, or its singular values.
    step : float
        ``eta``, above 0.
    steps : int
        How many at most.
    momentum : float
        ``beta``, from 0 to below 1.
    rest : float
        Stop when a step at the present speed would change the weights by less than this share of their norm; 0 to
        go on whatever happens.
    progress : callable, optional
        Called with the number of steps done and the loss after each.

    Returns
    -------
    Descent
        Also when it diverges, or is interrupted (Ctrl-C): then `stopped` says so and `final` is the last network
        that was reached with finite weights.

    Raises
    ------
    BadArgument
        If step, steps, momentum or rest are out of range.
    NotFinite
        If the weights are so large that the loss at the start cannot be written as a floating number.

    Source: INFERRED for [wendin2026gradient]; claims P1-C30, O-R4.

    Examples
    --------
    >>> chain = Network.from_weights([[[2]], [[1]]])
    >>> run = descend(chain, [3], step=0.25, steps=1)
    >>> run.final.weights, float(run.drift[-1, 0] * 2.25**2)
    ((array([[2.25]]), array([[1.5]])), 0.1875)
    """
    _check(step, steps, momentum, rest)
    # What the weights are in decides: a float step among fractions makes floats, since Python cannot do otherwise.
    Sigma = gradient.target(sigma, net.widths)
    layers = net.weights
    if not _exact(*layers, Sigma, np.array([step, momentum], dtype=object)):
        layers = tuple(np.asarray(W, dtype=np.float64) for W in layers)
        Sigma, step, momentum = np.asarray(Sigma, dtype=np.float64), float(step), float(momentum)
    G, size = gradient.layer_velocities(layers, Sigma), _loss(layers, Sigma)
    if not np.isfinite([size, _norm(G), _norm(layers)]).all():
        raise errors.NotFinite(
            f"the loss at the start or its gradient overflows: the largest weight is "
            f"{max(float(abs(W).max()) for W in layers):.1e}; scale the weights down."
        )
    roof = DIVERGED * max(size, 0.5 * _norm([Sigma]) ** 2)
    record = _Record(layers)
    record.keep(0, layers, size, _norm(G))
    V, bends, stopped, k = tuple(0 * W for W in layers), _Bends(layers, step, momentum), "steps are up", 0
    try:
        while k < steps:
            if float(step) * _norm(G) <= rest * _norm(layers) and _norm(V) * float(step) <= rest * _norm(layers):
                stopped = "at rest"
                break
            ahead = tuple(momentum * D + X for D, X in zip(V, G, strict=True))
            moved = tuple(W + step * D for W, D in zip(layers, ahead, strict=True))
            size, slope = _loss(moved, Sigma), gradient.layer_velocities(moved, Sigma)
            if not np.isfinite([size, _norm(slope)]).all():
                stopped = "diverged"
                break
            bends.add(ahead)
            layers, V, G, k = moved, ahead, slope, k + 1
            record.step(k, layers, size, G, bends)
            if progress is not None:
                progress(k, size)
            if size > roof:
                stopped = "diverged"
                break
    except KeyboardInterrupt:
        stopped = "interrupted"
    record.step(k, layers, size, G, bends, last=True)
    return record.descent(stopped, step, momentum, bends.total)


def _check(step, steps, momentum, rest) -> None:
    """Nothing, if the arguments are in range."""
    if not (np.isfinite(float(step)) and step > 0):
        raise errors.BadArgument(f"step is {step}; give a finite number above 0.")
    if isinstance(steps, bool) or steps != int(steps) or steps < 1:
        raise errors.BadArgument(f"steps is {steps}; give an integer from 1 up.")
    if not 0 <= momentum < 1:
        raise errors.BadArgument(f"momentum is {momentum}; expected a number from 0 to below 1.")
    if not rest >= 0:
        raise errors.BadArgument(f"rest is {rest}; expected a number from 0 up.")


def _exact(*arrays) -> bool:
    """Whether all numbers are Python's integers and fractions."""
    return all(isinstance(x, int | Fraction) for X in arrays for x in np.asarray(X).ravel().tolist()) and all(
        np.asarray(X).dtype == object for X in arrays
    )


def _norm(arrays) -> float:
    """The Frobenius norm of matrices taken together."""
    return float(np.sqrt(_float(sum((X * X).sum() for X in arrays))))


def _float(x) -> float:
    """A number as a float: infinite where a fraction is too large for one."""
    try:
        return float(x)
    except OverflowError:
        return float("inf")


def _loss(layers, Sigma) -> float:
    """The loss of layers, as a float."""
    W = layers[0]
    for layer in layers[1:]:
        W = layer @ W
    return 0.5 * _float(((Sigma - W) ** 2).sum())


class _Bends:
    """The drift identity, added up: the increments of the C_i from the steps alone."""

    def __init__(self, layers, step, momentum):
        zero = tuple(0 * C for C in conservation.conserved(layers))
        self.step, self.momentum = step, momentum
        self.total, self.rate, self.bend = zero, zero, zero

    def add(self, V) -> None:
        """One step along V: D(k+1) = beta (D(k) + eta^2 C(V(k))) + eta^2 C(V(k+1))."""
        bend = tuple(self.step**2 * C for C in conservation.conserved(V))
        old = zip(self.rate, self.bend, bend, strict=True)
        self.rate = tuple(self.momentum * (D + before) + now for D, before, now in old)
        self.total = tuple(T + D for T, D in zip(self.total, self.rate, strict=True))
        self.bend = bend


class _Record:
    """What is kept of a descent, thinned by two when there is too much of it, and always the last step."""

    def __init__(self, layers):
        self.widths = (layers[0].shape[1], *(len(W) for W in layers))
        self.start, self.stride = conservation.conserved(layers), 1
        self.rows: list[tuple] = []

    def keep(self, k, layers, loss, speed, bends=None) -> None:
        total = bends.total if bends else tuple(0 * C for C in self.start)
        state = np.concatenate([W.ravel() for W in layers])
        now = conservation.conserved(layers)
        measured = tuple(C - B for C, B in zip(now, self.start, strict=True))
        norms = [_norm([D]) for D in measured], [_norm([D]) for D in total]
        apart = max((_norm([D - T]) for D, T in zip(measured, total, strict=True)), default=0.0)
        self.rows.append((k, state, loss, speed, *norms, apart, max(_norm([W]) ** 2 for W in layers)))

    def step(self, k, layers, loss, G, bends, last=False) -> None:
        if (last and self.rows[-1][0] < k) or (not last and k % self.stride == 0):
            self.keep(k, layers, loss, _norm(G), bends)
        if len(self.rows) > KEPT and not last:
            self.rows, self.stride = self.rows[::2], 2 * self.stride

    def descent(self, stopped, step, momentum, bent) -> Descent:
        k, states, loss, speed, drift, predicted, apart, sizes = zip(*self.rows, strict=True)
        scale, steps = max(sizes) or 1.0, np.array(k)
        return Descent(
            k=steps,
            t=float(step) * steps / (1 - float(momentum)),
            states=np.array(states),
            loss=np.array(loss),
            speed=np.array(speed),
            drift=np.array(drift).reshape(len(k), -1) / scale,
            predicted=np.array(predicted).reshape(len(k), -1) / scale,
            mismatch=max(apart) / scale,
            bent=bent,
            final=Network(_layers(states[-1], self.widths)),
            stopped=stopped,
            step=step,
            momentum=momentum,
        )


def _layers(state: np.ndarray, widths: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """The layers that a state vector holds, as views."""
    layers, begin = [], 0
    for c, d in pairwise(widths):
        layers.append(state[begin : begin + c * d].reshape(d, c))
        begin += c * d
    return tuple(layers)
