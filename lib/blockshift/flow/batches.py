"""Many runs of gradient flow at once: networks of one shape, each with its own time and its own steps.

One small network keeps a processor busy with bookkeeping. A thousand of them, side by side in one array with the runs
along the last axis, cost about as much as a few; statements about *every* start are tried on thousands this way. The
method is the explicit one of order 5 of Dormand and Prince, with a step length for each run; runs that have come to
rest leave the array. The length of each path is integrated along.

A single run with a record of what happened on the way is the business of `integrators`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import scipy.integrate

from blockshift import errors
from blockshift.flow import gradient
from blockshift.graph.network import Network

#: A run is at rest when its speed is below this share of what the data set in motion: |Sigma|^(2 - 1/h), the speed
#: that a network of the size of a minimum has when nothing is learnt.
REST = 1e-8

#: Near a minimum the flow contracts, and the method with it as long as step times curvature stays below 3.3; at 3 it
#: does so by a factor 0.57 a step. Left to the error alone, steps hover at the edge, and runs tremble for ever.
CONTRACTING = 3.0

#: The next step is the present one times ``(1 / error)^(1/5)``, times this, within these bounds: the customary values.
SAFETY, LEAST, MOST = 0.9, 0.2, 5.0

_A, _B, _E = scipy.integrate.RK45.A, scipy.integrate.RK45.B, scipy.integrate.RK45.E


@dataclass(frozen=True, repr=False)
class Batch:
    """The ends of many runs of gradient flow.

    Parameters
    ----------
    layers : tuple of ndarray
        Item ``j - 1`` has shape ``(m, d_j, d_{j-1})``: where each of the ``m`` runs ended.
    t : ndarray, shape (m,)
        When.
    loss, speed, length : ndarray, shape (m,)
        The loss and ``|dA/dt|`` there, and the length ``∫ |dA/dt| dt`` of the path.
    at_rest : ndarray of bool, shape (m,)
        Whether the run came to rest before its time was up.
    steps : int
        The largest number of steps that a run took.
    """

    layers: tuple[np.ndarray, ...] = field(repr=False)
    t: np.ndarray
    loss: np.ndarray
    speed: np.ndarray
    length: np.ndarray
    at_rest: np.ndarray
    steps: int

    def network(self, run: int) -> Network:
        """The network at the end of a run."""
        return Network(tuple(W[run] for W in self.layers))

    def products(self) -> np.ndarray:
        """The end-to-end map of every run, shape ``(m, d_h, d_0)``."""
        W = self.layers[0]
        for layer in self.layers[1:]:
            W = layer @ W
        return W

    def __repr__(self) -> str:
        return (
            f"Batch({len(self.t)} runs, {int(self.at_rest.sum())} at rest, loss {self.loss.min():.3g} to "
            f"{self.loss.max():.3g}, paths of length {self.length.min():.3g} to {self.length.max():.3g})"
        )


# A step that blows up is refused and tried again shorter, without a warning.
@np.errstate(over="ignore", invalid="ignore")
def integrate_many(
    layers: Sequence, sigma, t_end: float = 100.0, *, rtol: float = 1e-9, rest: float = REST, most: int = 100_000
) -> Batch:
    """The ends of the runs of gradient flow that start at many networks of one shape.

    Parameters
    ----------
    layers : sequence of array_like
        Item ``j - 1`` has shape ``(m, d_j, d_{j-1})``: the layers ``W_j`` of ``m`` networks.
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_h, d_0)``, or its singular values: the same for all.
    t_end : float
        When to stop at the latest.
    rtol : float
        Tolerance of a step relative to the largest weight of its run.
    rest : float
        A run is at rest when its speed is below this share of ``|Sigma|^(2 - 1/h)``. Much below ten times `rtol` the
        errors of the steps keep a run trembling, and it never is.
    most : int
        The number of steps after which a run that has not arrived is left where it is.

    Returns
    -------
    Batch

    Raises
    ------
    ShapeMismatch, NotFinite
        If the layers do not fit one another, or a number is NaN or infinite.
    BadArgument
        If `t_end`, `rtol`, `rest` or `most` is out of range.

    Source: [hairer1993solving] for the method; claim P1-C9.

    Examples
    --------
    >>> found = integrate_many([[[[1.0]], [[2.0]]], [[[1.0]], [[1.0]]]], [4])
    >>> found.products().ravel().round(6)
    array([4., 4.])
    """
    if not (np.isfinite(t_end) and t_end > 0 and 1e-13 <= rtol < 1 and rest >= 0 and most >= 1):
        raise errors.BadArgument(
            f"t_end = {t_end}, rtol = {rtol}, rest = {rest}, most = {most}; expected a finite t_end > 0, "
            f"1e-13 ≤ rtol < 1, rest ≥ 0, most ≥ 1."
        )
    stacks = _stacks(layers)
    widths = (stacks[0].shape[2], *(W.shape[1] for W in stacks))
    Sigma = np.asarray(gradient.target(sigma, widths), dtype=np.float64)
    runs = _Runs(stacks, widths, Sigma, t_end, rtol)
    slow = rest * float(np.linalg.norm(Sigma)) ** (2 - 1 / (len(widths) - 1))
    steps = 0
    while len(runs.active) and steps < most:
        runs.leave(slow)
        if len(runs.active):
            runs.step()
        steps += 1
    runs.leave(np.inf)
    return runs.batch(slow)


def _stacks(layers) -> list[np.ndarray]:
    """The layers as arrays, after a look at their shapes."""
    stacks = [np.asarray(W, dtype=np.float64) for W in layers]
    if not stacks or any(W.ndim != 3 for W in stacks) or len({len(W) for W in stacks}) > 1 or not len(stacks[0]):
        raise errors.ShapeMismatch(
            f"the layers have shapes {[W.shape for W in stacks]}; expected (runs, d_j, d_(j-1)), at least one layer "
            f"and one run, the same number of runs in each."
        )
    if any(W.shape[1] != V.shape[2] for W, V in pairwise(stacks)) or 0 in stacks[0].shape:
        raise errors.ShapeMismatch(
            f"the layers have shapes {[W.shape for W in stacks]}; consecutive layers share a width, of 1 at least."
        )
    if not all(np.isfinite(W).all() for W in stacks):
        raise errors.NotFinite("a weight is NaN or infinite; the runs cannot start there.")
    return stacks


class _Runs:
    """The runs that are still moving, as columns of one array of weights, and the ends of those that are not."""

    def __init__(self, stacks, widths, Sigma, t_end, rtol):
        self.widths, self.Sigma, self.t_end, self.rtol = widths, Sigma[:, :, None], t_end, rtol
        count = len(stacks[0])
        self.y = np.concatenate([W.reshape(count, -1).T for W in stacks])
        self.f = self.velocity(self.y)
        self.active, self.t, self.length = np.arange(count), np.zeros(count), np.zeros(count)
        # The first step moves no run by more than a hundredth of its size.
        self.dt = np.minimum(t_end, 0.01 * self._size(self.y) / (self._size(self.f) + np.finfo(float).tiny))
        self.taken = np.zeros(count, dtype=int)
        self.floor = rtol * np.abs(self.y).max(axis=0)
        self.ends = np.empty_like(self.y)
        self.report, self.longest = np.empty((4, count)), 0

    @staticmethod
    def _size(columns) -> np.ndarray:
        return np.sqrt(np.einsum("nm,nm->m", columns, columns))

    def layers(self, y) -> list[np.ndarray]:
        """The layers, runs along the last axis, as views."""
        places = np.cumsum([0, *(c * d for c, d in pairwise(self.widths))])
        return [
            y[a:b].reshape(d, c, -1) for (a, b), (c, d) in zip(pairwise(places), pairwise(self.widths), strict=True)
        ]

    def velocity(self, y) -> np.ndarray:
        """``-grad L`` of every run, by the two sweeps of `gradient`."""
        W = self.layers(y)
        behind = [W[0]]
        for layer in W[1:]:
            behind.append(np.einsum("ikm,kjm->ijm", layer, behind[-1]))
        pulled, found = self.Sigma - behind[-1], []
        for j in range(len(W) - 1, 0, -1):
            found.append(np.einsum("ikm,jkm->ijm", pulled, behind[j - 1]))
            pulled = np.einsum("kim,kjm->ijm", W[j], pulled)
        found.append(pulled)
        return np.concatenate([V.reshape(-1, y.shape[1]) for V in reversed(found)])

    def step(self) -> None:
        """One step of every run, accepted or shortened run by run."""
        stages = np.empty((7, *self.y.shape))
        stages[0] = self.f
        for s in range(1, 6):
            last = self.y + self.dt * np.tensordot(_A[s, :s], stages[:s], 1)
            stages[s] = self.velocity(last)
        moved = self.y + self.dt * np.tensordot(_B, stages[:6], 1)
        stages[6] = self.velocity(moved)
        wrong = np.abs(self.dt * np.tensordot(_E, stages, 1)).max(axis=0)
        allowed = self.floor + self.rtol * np.maximum(np.abs(self.y), np.abs(moved)).max(axis=0)
        error = wrong / np.maximum(allowed, np.finfo(float).tiny)
        error[~np.isfinite(error)] = np.inf
        good = error <= 1
        speeds = np.array([self._size(stage) for stage in stages[:6]])
        self.t = np.where(good, self.t + self.dt, self.t)
        self.length += np.where(good, self.dt * (_B @ np.where(good, speeds, 0)), 0)
        self.y, self.f = np.where(good, moved, self.y), np.where(good, stages[6], self.f)
        self.taken += good
        with np.errstate(divide="ignore"):
            factor = np.clip(SAFETY * error**-0.2, LEAST, MOST)
        # The last two stages belong to the same time; they lie apart along the steepest direction, with its curvature.
        curvature = self._size(stages[6] - stages[5]) / (self._size(moved - last) + np.finfo(float).tiny)
        short = CONTRACTING / np.maximum(np.nan_to_num(curvature, posinf=0), np.finfo(float).tiny)
        self.dt = np.minimum(
            self.dt * np.where(good, factor, np.minimum(factor, 1)), np.maximum(short, LEAST * self.dt)
        )
        self.dt = np.minimum(self.dt, self.t_end - self.t)

    def leave(self, slow: float) -> None:
        """Runs slower than that, and runs whose time is up, are written down and leave."""
        speed = self._size(self.f)
        # Rounding may leave a last bit of time that no step can cover.
        done = (speed <= slow) | (self.t_end - self.t <= 1e-12 * self.t_end)
        if not done.any():
            return
        at = self.active[done]
        W = self.layers(self.y[:, done])
        product = W[0]
        for layer in W[1:]:
            product = np.einsum("ikm,kjm->ijm", layer, product)
        R = self.Sigma - product
        self.ends[:, at] = self.y[:, done]
        self.report[:, at] = self.t[done], 0.5 * np.einsum("ijm,ijm->m", R, R), speed[done], self.length[done]
        self.longest = max(self.longest, int(self.taken[done].max()))
        rest = ~done
        self.y, self.f = self.y[:, rest], self.f[:, rest]
        self.t, self.dt, self.length, self.floor = self.t[rest], self.dt[rest], self.length[rest], self.floor[rest]
        self.active, self.taken = self.active[rest], self.taken[rest]

    def batch(self, slow: float) -> Batch:
        """What is reported of all runs."""
        t, loss, speed, length = self.report
        stacks = tuple(np.ascontiguousarray(np.moveaxis(W, -1, 0)) for W in self.layers(self.ends))
        return Batch(stacks, t, loss, speed, length, speed <= slow, self.longest)
