"""What a run of gradient flow leaves behind: states in time, and with them everything that should be kept or fall."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from blockshift import errors
from blockshift.flow import conservation, landscape
from blockshift.flow.landscape import recognition
from blockshift.flow.stepping import states
from blockshift.graph.network import Network


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
        Why it ended: ``"at rest"``, ``"time is up"``, ``"interrupted"``, or ``"no step could be taken"``.
    steps, calls : int
        Accepted steps, and evaluations of the right side.
    method : str
        What took the steps; with ``"auto"`` the methods it chose, in their order.
    Sigma : ndarray, shape (d_h, d_0)
        The data.
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
    Sigma: np.ndarray = field(repr=False)
    _onward: Callable[[np.ndarray, float], np.ndarray] = field(repr=False)

    @property
    def worst_drift(self) -> float:
        """The largest drift of any conserved matrix at any time; 0 where there is no hidden layer."""
        return float(self.drift.max(initial=0.0))

    @property
    def limit(self) -> recognition.CriticalPoint:
        """The critical point that the run ended at, or ``"not critical"``; claims P1-C10, P1-C11."""
        return landscape.critical_point(self.final, self.Sigma)

    def network(self, at: int) -> Network:
        """The network at place `at` of the trajectory."""
        return Network(states.layers(self.states[at], self.final.widths))

    def between(self, t: float) -> Network:
        """The network at any time of the run.

        It is found by stepping on from the nearest state kept before, with the method and the tolerances of the run: as
        accurate as the run itself and, unlike an interpolating polynomial, on the conserved set if the run is.

        Raises
        ------
        BadArgument
            If the run did not get there.

        Examples
        --------
        >>> from blockshift.flow import integrators
        >>> run = integrators.integrate(Network.from_weights([[[1e-2]], [[1e-2]]]), [3], 3.0, rest=0)
        >>> half = run.between(np.log(3 / 1e-4 - 1) / 6)
        >>> half.product().round(8)
        array([[1.5]])
        """
        if not self.t[0] <= t <= self.t[-1]:
            raise errors.BadArgument(
                f"t = {t} was asked for, but what was kept of the run is {self.t[0]:g} ≤ t ≤ {self.t[-1]:g}."
            )
        before = int(np.searchsorted(self.t, t, side="right")) - 1
        if t == self.t[before]:
            return self.network(before)
        return Network(states.layers(self._onward(self.states[before], t - self.t[before]), self.final.widths))

    def products(self) -> np.ndarray:
        """The end-to-end map at every time, shape ``(m, d_h, d_0)``."""
        return np.array([states.product(state, self.final.widths) for state in self.states])

    def singular_values(self) -> np.ndarray:
        """The singular values of the end-to-end map at every time, decreasing, shape ``(m, min(d_0, d_h))``."""
        return np.linalg.svd(self.products(), compute_uv=False)

    def conserved(self) -> tuple[np.ndarray, ...]:
        """The conserved matrices at every time: item ``i - 1`` has shape ``(m, d_i, d_i)``."""
        along = [conservation.conserved(self.network(k)) for k in range(len(self.t))]
        return tuple(np.array(C) for C in zip(*along, strict=True))

    def __repr__(self) -> str:
        return (
            f"Trajectory(0 ≤ t ≤ {self.t[-1]:g}, loss {self.loss[0]:.3g} → {self.loss[-1]:.3g}, "
            f"drift {self.worst_drift:.0e}, stopped: {self.stopped})"
        )


def measured(t, along, net: Network, Sigma, **how) -> Trajectory:
    """The trajectory through given states, with everything that is reported along it."""
    widths, m = net.widths, len(along)
    layers, begin = [], 0
    for c, d in pairwise(widths):
        layers.append(along[:, begin : begin + c * d].reshape(m, d, c))
        begin += c * d
    ahead = [layers[0]]  # W_j ... W_1, at all times at once
    for W in layers[1:]:
        ahead.append(W @ ahead[-1])
    pulled = Sigma - ahead[-1]
    loss, squares = 0.5 * np.sum(pulled**2, axis=(1, 2)), np.zeros(m)
    for j in range(len(layers) - 1, 0, -1):
        squares += np.sum((pulled @ ahead[j - 1].swapaxes(1, 2)) ** 2, axis=(1, 2))
        pulled = layers[j].swapaxes(1, 2) @ pulled
    squares += np.sum(pulled**2, axis=(1, 2))
    drift = np.zeros((m, len(layers) - 1))
    for i, C in enumerate(conservation.conserved(net)):
        W, V = layers[i], layers[i + 1]
        drift[:, i] = np.linalg.norm(W @ W.swapaxes(1, 2) - V.swapaxes(1, 2) @ V - C, axis=(1, 2))
    scale = max(float(np.max(np.sum(W * W, axis=(1, 2)))) for W in layers)
    return Trajectory(
        t=t,
        states=along,
        loss=loss,
        drift=drift / (scale or 1.0),
        speed=np.sqrt(squares),
        final=Network(states.layers(along[-1], widths)),
        Sigma=Sigma,
        **how,
    )
