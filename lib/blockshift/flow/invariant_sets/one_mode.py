"""One mode and h layers: where every start ends, without running it, and the starts that end at the saddle.

Here ``dw_j/dt = (sigma - w_1 ... w_h) prod_{k != j} w_k``. All ``w_i^2 - w_j^2`` are conserved, so the order of sizes
stays, and the limit is known up to one number x, the square of the smallest weight (claim P1-C19):

    prod_j sqrt(x + w_j^2 - min_k w_k^2) = sigma,   or x = 0 on the *tie set*.

The tie set holds the starts whose product is at most 0 and whose smallest size is attained at least twice. They alone
end at the loss ``sigma^2 / 2``: if one weight is the smallest, it goes through zero and changes the sign of the
product; if two are, they fall together. Among them are the starts that end at the origin, all sizes equal.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import brentq

from blockshift import errors
from blockshift.flow.invariant_sets.two_layers import SAME, checked_side
from blockshift.graph.network import Network

#: Rays are listed up to this depth; there are ``2^(h - 1)``.
DEEPEST = 16


def chain_weights(net: Network) -> np.ndarray:
    """``w_1, ..., w_h`` of a network whose layers all have one node, floats.

    Raises
    ------
    ShapeMismatch
        If a layer is wider.
    """
    if max(net.widths) > 1:
        raise errors.ShapeMismatch(f"the network has widths {net.widths}; one mode has one node in every layer.")
    return np.array([float(W[0, 0]) for W in net.weights])


def chain_network(w) -> Network:
    """The network with one node in every layer and these weights."""
    return Network(tuple(np.array([[entry]]) for entry in w))


def _checked(sigma: float, depth: int, least: int) -> None:
    """Nothing, if there is such a saddle."""
    if not (np.isfinite(sigma) and sigma >= 0):
        raise errors.BadArgument(f"sigma is {sigma}; a singular value is a number from 0 up.")
    if depth < least:
        raise errors.BadArgument(f"depth is {depth}; a single weight has no saddle. Give at least {least}.")


def limit_signs(w) -> np.ndarray:
    """The signs of the weights where a start that is not tied ends, shape ``(..., h)``: which branch of the minima.

    A positive product keeps all signs. Otherwise the smallest weight goes through zero and makes the product positive.

    Examples
    --------
    >>> limit_signs([[1.0, 2.0, 3.0], [-1.0, 2.0, 3.0], [3.0, 2.0, -1.0]]).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    w = np.asarray(w, dtype=float)
    signs, smallest = np.sign(w), np.argmin(np.abs(w), axis=-1)[..., None]
    others = signs.copy()
    np.put_along_axis(others, smallest, 1.0, axis=-1)
    turned = np.where(signs.prod(axis=-1) > 0, np.take_along_axis(signs, smallest, -1)[..., 0], others.prod(axis=-1))
    np.put_along_axis(signs, smallest, turned[..., None], axis=-1)
    return signs


def limit(net: Network, sigma: float) -> Network:
    """Where gradient flow takes a chain of single nodes, from the conserved differences of squares.

    Parameters
    ----------
    net : Network
        All widths 1.
    sigma : float

    Returns
    -------
    Network
        Sizes from the one equation of this room; signs are kept, but for the smallest weight of a start with a
        product up to 0: it changes its sign, unless it is tied.

    Source: INFERRED for [wendin2026gradient]; claim P1-C19.

    Examples
    --------
    >>> limit(Network.from_weights([[[1]], [[-1]], [[2]]]), 4).weights[2].round(6)
    array([[1.732051]])
    >>> [round(float(W[0, 0]), 6) for W in limit(Network.from_weights([[[2]], [[1]]]), 2).weights]
    [2.0, 1.0]
    """
    w = chain_weights(net)
    _checked(sigma, len(w), 1)
    smallest = int(np.argmin(np.abs(w)))
    gaps = w**2 - w[smallest] ** 2
    sign = np.sign(w)
    x = 0.0
    if sigma > 0 and not TieSet(sigma, len(w)).contains(net, tolerance=0.0):
        sign = limit_signs(w)
        x = float(
            brentq(lambda x: np.prod(np.sqrt(x + gaps)) - sigma, 0.0, sigma ** (2 / len(w)) * (1 + 1e-12), xtol=1e-300)
        )
    return chain_network(sign * np.sqrt(x + gaps))


def slow_size(t, sigma: float, depth: int):
    """``((h - 2) sigma t)^(-1 / (h - 2))``: the size of weights that fall into the origin, after a long time, h >= 3.

    Source: INFERRED for [wendin2026gradient]; claim P1-C19.

    Examples
    --------
    >>> slow_size(100.0, 1.0, 3)
    0.01
    """
    if depth < 3:
        raise errors.BadArgument(f"depth is {depth}; with fewer than 3 layers weights fall exponentially.")
    return ((depth - 2) * sigma * t) ** (-1 / (depth - 2))


@dataclass(frozen=True, repr=False)
class EqualRays:
    """The stable or the unstable set of the origin, for one mode: rays on which all weights have one size a.

    Parameters
    ----------
    sigma : float
    depth : int
        ``h``, at least 2.
    side : {"stable", "unstable"}
        The stable rays are those with a product up to 0; the unstable ones those with a positive product below
        sigma: from ``a^h > sigma`` a run backwards goes to infinity.

    Source: INFERRED for [wendin2026gradient], the bound ours; claim P1-C19.

    Examples
    --------
    >>> EqualRays(2.0, 3, "stable").rays().tolist()
    [[-1, -1, -1], [-1, 1, 1], [1, -1, 1], [1, 1, -1]]
    """

    sigma: float
    depth: int
    side: str

    def __post_init__(self):
        _checked(self.sigma, self.depth, 2)
        checked_side(self.side)

    @property
    def reach(self) -> float:
        """The bound for the size a on these rays."""
        return np.inf if self.side == "stable" else self.sigma ** (1 / self.depth)

    def rays(self) -> np.ndarray:
        """The signs of the weights along each ray, shape ``(2^(h - 1), h)``; twice as many for sigma = 0, stable."""
        if self.depth > DEEPEST:
            raise errors.TooLarge(f"there are 2^{self.depth - 1} rays; they are listed up to depth {DEEPEST}.")
        signs = np.array(list(product((-1, 1), repeat=self.depth)))
        if self.side == "stable":
            return signs if self.sigma == 0 else signs[signs.prod(axis=1) < 0]
        return signs[signs.prod(axis=1) > 0]

    def distance(self, net: Network) -> float:
        """The distance of a network from the closed rays."""
        w = self._weights(net)
        # The nearest ray has the signs of w; where their product is wrong, but for the sign of the smallest.
        along = float(np.abs(w).sum())
        wrong = np.prod(w) * (1 if self.side == "stable" else -1) > 0
        if wrong and not (self.side == "stable" and self.sigma == 0):
            along -= 2 * float(np.abs(w).min())
        size = min(max(along, 0.0) / self.depth, self.reach)
        return float(np.sqrt(max(0.0, (w**2).sum() - 2 * size * along + self.depth * size**2)))

    def contains(self, net: Network, *, tolerance: float = SAME) -> bool:
        """Whether a network lies on a ray, to within a share of its size."""
        w = self._weights(net)
        inside = not np.any(w) or bool(np.abs(w).max() < self.reach)
        return inside and self.distance(net) <= tolerance * float(np.linalg.norm(w))

    def sample(self, *, rng: np.random.Generator, scale: float = 1.0) -> Network:
        """A random network on a random ray: its size uniform up to the scale, or to the bound of the unstable rays."""
        signs = rng.choice([-1.0, 1.0], self.depth)
        wanted = -1.0 if self.side == "stable" else 1.0
        if not (self.side == "stable" and self.sigma == 0):
            signs[-1] *= wanted * np.prod(signs)
        return chain_network(min(scale, self.reach) * rng.uniform() * signs)

    def velocity(self, net: Network) -> tuple[np.ndarray, ...]:
        """The flow on the rays, layer by layer: ``da/dt = -(sigma + a^h) a^(h-1)``, or ``(sigma - a^h) a^(h-1)``."""
        w = self._weights(net)
        return chain_network(np.sign(w) * self.rate(float(np.abs(w).max()), float(np.prod(np.sign(w))))).weights

    def rate(self, a, sign: float | None = None):
        """``da/dt`` for the common size a; the sign of the product is that of the side, where it is not given."""
        sign = (-1 if self.side == "stable" else 1) if sign is None else sign
        return (sign * self.sigma - a**self.depth) * a ** (self.depth - 1)

    def _weights(self, net: Network) -> np.ndarray:
        w = chain_weights(net)
        if len(w) != self.depth:
            raise errors.ShapeMismatch(f"the network has {len(w)} layers, the set {self.depth}.")
        return w

    def __repr__(self) -> str:
        return f"EqualRays({2 ** (self.depth - 1)} {self.side} rays of the origin, {self.depth} layers)"


@dataclass(frozen=True, repr=False)
class TieSet:
    """The starts that end at a saddle, for one mode: their product is at most 0, and their smallest size is tied.

    Parameters
    ----------
    sigma : float
        Above 0.
    depth : int
        ``h``; with a single layer the set is empty.

    Source: INFERRED for [wendin2026gradient]; claim P1-C19.

    Examples
    --------
    >>> ties = TieSet(1.0, 3)
    >>> ties.contains(Network.from_weights([[[1]], [[-1]], [[5]]]))
    True
    >>> ties.contains(Network.from_weights([[[1]], [[-2]], [[5]]]))
    False
    """

    sigma: float
    depth: int

    def __post_init__(self):
        _checked(self.sigma, self.depth, 1)
        if self.sigma == 0:
            raise errors.BadArgument(
                "sigma is 0: there all starts end at the loss 0, and no saddle is there to end at."
            )

    def distance(self, net: Network) -> float:
        """The distance of a network from the tie set; infinite for a single layer, where the set is empty."""
        w = self._weights(net)
        if self.depth == 1:
            return np.inf
        least, next_ = np.sort(np.abs(w))[:2]
        # With a positive product the smallest weight has to go through zero to meet the other one.
        return float(next_ + (least if np.prod(w) > 0 else -least)) / np.sqrt(2)

    def contains(self, net: Network, *, tolerance: float = SAME) -> bool:
        """Whether a network lies in the set, to within a share of its size."""
        return bool(self.distance(net) <= tolerance * float(np.linalg.norm(self._weights(net))))

    def sample(self, *, rng: np.random.Generator, scale: float = 1.0) -> Network:
        """A random network of the set: normal weights, the two smallest tied, the product made negative.

        Raises
        ------
        BadArgument
            For a single layer: the set is empty.
        """
        _checked(self.sigma, self.depth, 2)
        w = scale * rng.standard_normal(self.depth)
        first, second = np.argsort(np.abs(w))[:2]
        w[second] = np.copysign(w[first], w[second])
        if np.prod(w) > 0:
            w[first] *= -1
        return chain_network(w)

    def _weights(self, net: Network) -> np.ndarray:
        w = chain_weights(net)
        if len(w) != self.depth:
            raise errors.ShapeMismatch(f"the network has {len(w)} layers, the set {self.depth}.")
        return w

    def __repr__(self) -> str:
        return f"TieSet(starts of {self.depth} layers that end at the loss {self.sigma**2 / 2:g})"
