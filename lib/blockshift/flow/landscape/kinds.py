"""The kind of a critical point, and the certificate that goes with it.

Let the network be critical, with ``Sigma_S`` learnt, of rank ``r``, and let ``d`` be its least width.

- Nothing is unlearnt, or ``r = d`` and nothing unlearnt is larger than anything learnt: *global minimum*, by the
  theorem of Eckart and Young.
- Something unlearnt is larger than something learnt: *strict saddle*; turning one to the other is a way down.
- Otherwise a pair of layers is open (`ranks`): *strict saddle*; else *nonstrict saddle*: the Hessian has no negative
  eigenvalue, but a curve leads down at a higher order.

For distinct positive singular values and no more outputs than inputs this is the classification of Achour,
Malgouyres and Gerchinovitz. It holds as it stands for every ``Sigma``, of any rank, with repeated values, and for all
widths; the chapter on the landscape has the proof, which is ours. There are no other kinds: no other minima, and no
maxima.
"""

import math
from dataclasses import dataclass

import numpy as np

from blockshift.flow import gradient
from blockshift.flow.landscape import escape, hessian, ranks
from blockshift.flow.landscape.descent import ROUNDING, Descent
from blockshift.flow.landscape.modes import SAME, Learnt
from blockshift.flow.landscape.ranks import Ranks
from blockshift.graph.network import Network

MINIMUM, STRICT, NONSTRICT, NOT_CRITICAL = "global minimum", "strict saddle", "nonstrict saddle", "not critical"


@dataclass(frozen=True, eq=False, repr=False)
class Certificate:
    """Why a critical point is of its kind, in a form that can be checked.

    Parameters
    ----------
    kind : str
    network : Network
        What it is about: the network that was asked about if that is critical to rounding, and otherwise the critical
        point beside it.
    reason : str
        In a sentence.
    descent : Descent, optional
        For saddles: a way down, of order 2 for strict ones and higher for others.
    ranks : Ranks, optional
        Where ranks decided.
    least : float, optional
        For minima: the least loss that any network of these widths can have.
    slack : float
        For a network that is only nearly critical: what this makes of coefficients that should vanish.
    """

    kind: str
    network: Network
    reason: str
    descent: Descent | None = None
    ranks: Ranks | None = None
    least: float | None = None
    slack: float = 0.0

    @property
    def margin(self) -> float:
        """How clear the decisions about ranks were: the smallest number kept over the largest dropped."""
        if self.ranks is None:
            return np.inf
        return self.ranks.kept / self.ranks.dropped if self.ranks.dropped else np.inf

    def verify(self, sigma, *, rng: np.random.Generator | None = None) -> bool:
        """Whether the certificate holds, by definitions: loss, slope and curvature, and nothing about ranks.

        A minimum must have the least loss that the theorem of Eckart and Young allows. A saddle must have its curve.
        That a saddle is not strict is checked by the smallest eigenvalue of the Hessian, where the network is small or
        `rng` is given for the method of Lanczos.
        """
        net = self.network
        Sigma = np.asarray(gradient.target(sigma, net.widths), dtype=float)
        scale = float(np.linalg.norm(Sigma)) or 1.0
        if self.kind == MINIMUM:
            values = np.linalg.svd(Sigma, compute_uv=False)
            bound = 0.5 * float(np.sum(values[min(net.widths) :] ** 2))
            return bool(float(gradient.loss(net, sigma)) - bound <= (ROUNDING * scale + self.slack) * scale)
        if self.descent is None or not self.descent.verify(net, sigma, slack=self.slack):
            return False
        if self.kind == STRICT:
            return self.descent.order == 2
        if self.descent.order < 3:
            return False
        if net.size > hessian.DENSE and rng is None:
            return True
        lowest = hessian.smallest(net, sigma, rng=rng or np.random.default_rng(0))[0]
        return bool(lowest >= -curvature_room(net.weights, scale))

    def __repr__(self) -> str:
        return f"Certificate({self.kind}: {self.reason})"


def curvature_room(layers, scale: float) -> float:
    """What rounding can make of an eigenvalue of the Hessian that should not be negative."""
    norms = [float(np.linalg.norm(np.asarray(W, dtype=float), 2)) for W in layers]
    places = range(len(norms))
    ones = sum(math.prod(norms[q] for q in places if q != a) for a in places)
    twos = sum(math.prod(norms[q] for q in places if q not in (a, b)) for a in places for b in range(a))
    return ROUNDING * (ones**2 + (scale + math.prod(norms)) * twos)


def certificate(net: Network, sigma, learnt: Learnt, resolutions) -> Certificate:
    """The kind of a network that is critical, and why.

    Parameters
    ----------
    net : Network
    sigma : array_like
    learnt : Learnt
        What its end-to-end map has learnt.
    resolutions : sequence of float, length h
        What is not seen of each layer; see `ranks`. Not used where layers and data are exact.
    """
    room, r = min(net.widths), learnt.rank
    tie = SAME * float(learnt.missing)
    if learnt.wanted is None or (r == room and learnt.missing <= learnt.least + tie):
        loss = 0.5 * float((learnt.residual * learnt.residual).sum())
        full = f"the {r} largest are learnt, and the narrowest layer lets no more through"
        return Certificate(MINIMUM, net, full if learnt.wanted else "everything is learnt", least=loss)
    if learnt.missing > learnt.least + tie:
        down = escape.by_turning(net, sigma, learnt)
        why = f"{float(learnt.missing):.4g} is unlearnt and {float(learnt.least):.4g}, which is smaller, is learnt"
        return Certificate(STRICT, net, why, descent=down)
    exact = learnt.map.dtype == object and all(W.dtype == object for W in net.weights)
    if exact:
        found = ranks.exactly(net.weights, learnt.residual, r)
    else:
        found = ranks.of(net.weights, learnt.residual, r, resolutions)
    walk = escape.shortest_walk(found)
    down = escape.by_walk(net, sigma, learnt, walk)
    named = ", ".join(map(str, walk))
    if len(walk) == 2:
        why = f"layers {named} are an open pair: more than rank {r} passes between them, and the residual reaches them"
        return Certificate(STRICT, net, why, descent=down, ranks=found)
    why = f"no pair of layers is open; the shortest walk jumps in layers {named}"
    return Certificate(NONSTRICT, net, why, descent=down, ranks=found)
