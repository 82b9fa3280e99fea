"""The saddles that a trajectory lingers at, recognised from the trajectory.

A run that learns one mode after another does not come to any saddle; it passes by. What does it mean to linger?
Here: at a time ``t`` the run *lingers* if

- every mode is settled: the end-to-end map is ``Sigma_S`` for some ``S``, to within `SETTLED` of each singular value it
  mixes, measured in the basis of the modes with row i and column j in units of ``sqrt(s_i s_j)``;
- it is slow: its speed is below `SLOW` times ``s^(2 - 1/h)``, the speed at which weights of the size they will have
  learn the largest mode that is missing, of value ``s``.

Singular values within `BLUR` of one another are one group for the first test: a run learns a mixture of such modes
first, and turns to the right ones so slowly that it has gone on before. The saddle that is named has learnt those
modes of each group that the mixture contains most of.

The kind is that of the critical point beside the run at the slowest moment of its stay (`beside`), or, where layers are
large outside of what is learnt, that of the run itself with ranks decided at the resolution of `recognition`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.flow import gradient
from blockshift.flow.landscape import beside, modes, recognition
from blockshift.flow.landscape.kinds import NOT_CRITICAL, Certificate
from blockshift.flow.landscape.modes import Modes
from blockshift.flow.landscape.recognition import CriticalPoint

#: Singular values nearer than this share are learnt as mixtures, which turn to the modes during the stay or later.
BLUR = 0.1

#: A mode is settled within this share of its singular value: well on one side of the half at which it counts as learnt.
SETTLED = 0.2

#: The share of the speed of learning the next mode below which a run lingers.
SLOW = 0.1


@dataclass(frozen=True, eq=False, repr=False)
class Stay:
    """An interval of time in which a run lingers at one critical point, or in which it is on its way.

    Parameters
    ----------
    begin, end : float
        Times of the first and the last state of the run that belong to it.
    slowest : float
        The time at which the run was slowest.
    point : CriticalPoint
        Its `speed` and `distance` are those at the slowest moment.
    apart : float
        ``|A - B|`` there, with B the critical point that the certificate is about, divided by the norm of a balanced
        network that has learnt everything; NaN on the way.
    margin : float
        The smallest weight learnt over the largest that is not, layer by layer in spectral norm: how clear it is what
        has been learnt.
    """

    begin: float
    end: float
    slowest: float
    point: CriticalPoint
    apart: float = float("nan")
    margin: float = float("nan")

    @property
    def kind(self) -> str:
        """The kind of the critical point; "not critical" on the way."""
        return self.point.kind

    @property
    def learnt(self) -> tuple[int, ...]:
        """The places, from 1, of the singular values learnt."""
        return self.point.learnt

    def __repr__(self) -> str:
        learnt = modes.listed(self.learnt)
        where = "not critical" if self.kind == NOT_CRITICAL else f"{self.kind}, learnt: {learnt}"
        return f"Stay({self.begin:.4g} ≤ t ≤ {self.end:.4g}, {where})"


def visited(run: Any, sigma, *, blur: float = BLUR, settled: float = SETTLED, slow: float = SLOW) -> tuple[Stay, ...]:
    """Where a run lingered, in order of time, with "not critical" in between.

    Parameters
    ----------
    run : Trajectory
        Anything with times ``t`` and networks ``network(k)`` will do.
    sigma : array_like
        ``Sigma``, shape ``(d_h, d_0)``, or its singular values.
    blur, settled, slow : float
        See above; shares between 0 and 1.

    Raises
    ------
    BadArgument
        If a share is not between 0 and 1, or `sigma` is zero: then there is nothing to learn.

    Source: ours.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from blockshift.graph.network import Network
    >>> chain = [Network.from_weights([[[w]], [[w]]]) for w in (0.0, 1.0, 2.0)]
    >>> visited(SimpleNamespace(t=[0, 5, 9], network=chain.__getitem__), [4])
    (Stay(0 ≤ t ≤ 0, strict saddle, learnt: nothing), Stay(5 ≤ t ≤ 5, not critical),
     Stay(9 ≤ t ≤ 9, global minimum, learnt: 1))
    """
    if not all(0 <= share < 1 for share in (blur, settled, slow)):
        raise errors.BadArgument(f"blur = {blur}, settled = {settled}, slow = {slow}; give shares from 0 up to 1.")
    count = len(run.t)
    found = modes.of(gradient.target(sigma, run.network(0).widths))
    if not found.count:
        raise errors.BadArgument("sigma is zero: there is nothing to learn, and no saddle to linger at.")
    groups = found.groups(blur)
    states = [_state(run.network(k), found, groups, settled, slow) for k in range(count)]
    stays, begin = [], 0
    for k in range(1, count + 1):
        if k == count or states[k][0] != states[begin][0]:
            slowest = min(range(begin, k), key=lambda m: states[m][1])
            stays.append(_stay(run, found, groups, states[begin][0], begin, k - 1, slowest))
            begin = k
    return tuple(stays)


def _state(net, found: Modes, groups, settled: float, slow: float):
    """How many modes of each group are learnt, or None on the way; and the speed."""
    W, h = found.U.T @ net.product() @ found.V, net.depth
    nearest, counts = np.zeros_like(W), []
    for group in groups:
        value, at = float(found.values[group].mean()), np.ix_(group, group)
        share, basis = np.linalg.eigh((W[at] + W[at].T) / 2)
        kept = basis[:, share > value / 2]
        nearest[at] = value * kept @ kept.T
        counts.append(kept.shape[1])
    units = np.full(max(W.shape), found.values[found.count - 1])
    units[: found.count] = found.values[: found.count]
    away = (W - nearest) / np.sqrt(np.outer(units[: len(W)], units[: W.shape[1]]))
    speed = gradient.speed(net, found.Sigma)
    open_groups = [group for group, learnt in zip(groups, counts, strict=True) if learnt < len(group)]
    next_one = found.values[open_groups[0][0] if open_groups else found.count - 1]
    lingers = np.linalg.norm(away, 2) <= settled and speed <= slow * next_one ** (2 - 1 / h)
    return (tuple(counts) if lingers else None), speed


def _stay(run, found: Modes, groups, counts, begin: int, end: int, slowest: int) -> Stay:
    """What is said of the states from `begin` to `end`."""
    net = run.network(slowest)
    W, speed = net.product(), gradient.speed(net, found.Sigma)
    times = float(run.t[begin]), float(run.t[end]), float(run.t[slowest])
    if counts is None:
        learnt = modes.learnt(W, found)
        value = 0.5 * float(np.sum(learnt.residual**2))
        distance = float(np.linalg.norm(W - learnt.map)) / found.scale
        return Stay(*times, CriticalPoint(NOT_CRITICAL, learnt.places, value, speed / found.scale, distance))
    learnt = modes.learnt(found.chosen(_places(W, found, groups, counts)), found)
    proof = recognition.nearby(net, found.Sigma, learnt, speed)
    distance, value = float(np.linalg.norm(W - learnt.map)), 0.5 * float(np.sum(learnt.residual**2))
    point = CriticalPoint(proof.kind, learnt.places, value, speed / found.scale, distance / found.scale, proof)
    return Stay(*times, point, _apart(net, proof, found), _margin(net, learnt.rank))


def _places(W, found: Modes, groups, counts) -> list[int]:
    """The modes of each group that the mixture learnt contains most of; of equal values the first."""
    places = []
    for group, count in zip(groups, counts, strict=True):
        strength = np.einsum("qi,qp,pi->i", found.U[:, group], W, found.V[:, group])
        if found.values[group[0]] - found.values[group[-1]] <= modes.SAME * found.values[0]:
            strength = -np.arange(len(group))
        places += [int(group[k]) + 1 for k in np.argsort(-strength, kind="stable")[:count]]
    return places


def _apart(net, proof: Certificate, found: Modes) -> float:
    """The distance of a network from the one its certificate is about, relative to a balanced minimum."""
    square = sum(float(np.sum((W - V) ** 2)) for W, V in zip(net.weights, proof.network.weights, strict=True))
    return float(np.sqrt(square / (net.depth * np.sum(found.values ** (2 / net.depth)))))


def _margin(net, rank: int) -> float:
    """The smallest weight learnt over the largest that is not."""
    kept = beside.on_full_chains(net, rank)
    if rank == 0 or kept is None:
        return float("inf")
    least = min(float(np.linalg.svd(W, compute_uv=False)[rank - 1]) for W in kept)
    most = max(beside.unlearnt(net, rank))
    return least / most if most else float("inf")
