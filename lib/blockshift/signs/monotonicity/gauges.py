"""The order of an active subnetwork: a switching found layer by layer, and its overlap with another.

No two nodes of a layer are joined, so all nodes of a layer can be decided at once when the others are given: each takes
the sign of its field. Going back and forth through the layers lowers the frustrated weight until nothing moves. With
heat the decision is drawn instead. That needs the fields of one layer at a time and nothing else, so it works on a
network and on the active subnetwork of an input alike, at the same effort.

Two switchings are compared on the nodes that are active in both, up to turning all of one around.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from blockshift import errors
from blockshift.graph.tangents import Tangent

#: Rounds back and forth after which a descent ends even if something still moves.
ROUNDS = 100
#: Temperatures of annealing, in units of the rms field of a layer at random signs.
HOT, COLD = 1.0, 0.05
#: Fields below this share of the rms field of the layer decide nothing: rounding in float32.
SMALL = 1e-5


class Layered(Protocol):
    """What answers fields layer by layer: a `Dag`, a `Tangent`."""

    @property
    def nodes(self) -> int:
        """The number of nodes."""

    @property
    def total_weight(self) -> float:
        """The sum of the absolute weights."""

    def split(self, s: np.ndarray) -> list[np.ndarray]:
        """Flat values, layer by layer."""

    def join(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """The inverse."""

    def field(self, parts: Sequence[np.ndarray], place: int) -> np.ndarray:
        """The fields of one layer."""

    def fields(self, s: np.ndarray) -> np.ndarray:
        """All fields."""


@dataclass(frozen=True, eq=False, repr=False)
class Gauge:
    """A switching of all nodes, and the share of the weight that it leaves frustrated.

    Attributes
    ----------
    switching : ndarray of int8, shape (n,)
    value, share : float
        The frustrated weight, and divided by all of it (0 where there is none).
    """

    switching: np.ndarray
    value: float
    share: float

    def __repr__(self) -> str:
        return f"Gauge({len(self.switching):,} nodes, frustrated share {self.share:.4f})"


def frustrated_weight(net: Layered, s: np.ndarray) -> float:
    """The weight that a switching leaves frustrated: half of what is not satisfied on balance.

    Examples
    --------
    >>> from blockshift.graph.perceptrons import perceptron
    >>> frustrated_weight(perceptron([[[1, -2]]]), np.ones(3))
    2.0
    """
    s = np.asarray(s, np.float64)
    return max(0.0, (net.total_weight - float(s @ net.fields(s)) / 2) / 2)


def settled_gauge(
    net: Layered,
    start: np.ndarray | None = None,
    *,
    rng: np.random.Generator | None = None,
    sweeps: int = 0,
    dtype: type = np.float64,
) -> Gauge:
    """A switching that no change within one layer improves.

    Parameters
    ----------
    net : Layered
        A network, or the active subnetwork of an input.
    start : ndarray of ±1, shape (n,), optional
        Where to begin: all plus if left out; random with `rng` and heat.
    rng : numpy.random.Generator, optional
        Needed for `sweeps`.
    sweeps : int
        Rounds with heat before the descent, at temperatures that fall from 1 to 0.05 of the rms field of each layer.
    dtype : dtype
        Of the fields: float32 is twice as fast on large networks.

    Raises
    ------
    BadArgument
        If there is heat and no generator, or the start is not a switching.

    Examples
    --------
    >>> from blockshift.graph.perceptrons import perceptron
    >>> settled_gauge(perceptron([[[1, -2], [-1, 2]], [[1, -1]]]), rng=np.random.default_rng(0), sweeps=20).share
    0.0
    """
    if sweeps and rng is None:
        raise errors.BadArgument(f"{sweeps} sweeps with heat were asked for; give a generator `rng` to draw from.")
    chance = rng or np.random.default_rng(0)  # without heat nothing is drawn
    s: np.ndarray = np.ones(net.nodes, dtype) if start is None else np.array(start, dtype)
    if s.shape != (net.nodes,) or not (np.abs(s) == 1).all():
        raise errors.BadArgument(f"the start is not a switching: expected {net.nodes} numbers 1 or -1.")
    if sweeps and start is None:
        s = (2 * chance.integers(0, 2, net.nodes) - 1).astype(dtype)
    # `join` of the parts copies: from here on the parts are the switching, one writable array a layer.
    parts = [np.ascontiguousarray(part) for part in net.split(s)]
    units = _units(net, dtype)
    for temperature in np.linspace(HOT, COLD, sweeps):
        for place in _order(len(parts)):
            h = net.field(parts, place) / (temperature * units[place])
            drawn = chance.random(h.shape) < 0.5 + 0.5 * np.tanh(h)
            parts[place] = np.where(drawn, 1, -1).astype(dtype)
    for _ in range(ROUNDS):
        moved = 0
        for place in _order(len(parts)):
            h = net.field(parts, place)
            wrong = h * parts[place] < -SMALL * units[place]
            moved += int(wrong.sum())
            parts[place] = np.where(wrong, -parts[place], parts[place])
        if not moved:
            break
    found = net.join(parts)
    value, total = frustrated_weight(net, found), net.total_weight
    return Gauge(found.astype(np.int8), value, value / total if total else 0.0)


def _order(layers: int) -> list[int]:
    """Forth and back."""
    return [*range(layers), *range(layers - 2, 0, -1)]


def _units(net: Layered, dtype: type) -> list[float]:
    """The rms field of each layer at fixed random signs; 1 where there is none."""
    signs: np.ndarray = (2 * np.random.default_rng(0).integers(0, 2, net.nodes) - 1).astype(dtype)
    return [float(np.sqrt((h.astype(np.float64) ** 2).mean())) or 1.0 for h in net.split(net.fields(signs))]


@dataclass(frozen=True)
class Overlap:
    """How far two switchings agree, between 0 and 1, where the nodes are active in both.

    Attributes
    ----------
    nodes, inputs, outputs : float
        The mean of ``s t``, up to turning one around as a whole, over all nodes, over inputs, over outputs. At inputs
        and outputs the turn is the one that suits all nodes, so these can be negative.
    common : float
        The share of the nodes active in either that are active in both.
    layers : tuple of float
        The same mean layer by layer, the turn that of all nodes; NaN where no node is common.
    """

    nodes: float
    inputs: float
    outputs: float
    common: float
    layers: tuple[float, ...]


def overlap(a: Tangent, s: np.ndarray, b: Tangent, t: np.ndarray) -> Overlap:
    """The overlap of two switchings on the nodes that are active for both of two inputs of one network.

    Examples
    --------
    >>> from blockshift.graph.perceptrons import perceptron
    >>> seen = Tangent.at(perceptron([[[1, 1]]]), np.array([1.0, 1.0]))
    >>> overlap(seen, np.array([1, 1, 1]), seen, np.array([-1, -1, 1])).nodes.__round__(3)
    0.333
    """
    either, both, product = [], [], []
    for x, y, u, v in zip(a.active, b.active, a.split(np.asarray(s)), b.split(np.asarray(t)), strict=True):
        both.append(x & y)
        either.append(int((x | y).sum()))
        product.append(u.astype(float) * v)
    sums = [float(p[m].sum()) for p, m in zip(product, both, strict=True)]
    counts = [int(m.sum()) for m in both]
    turn = 1.0 if sum(sums) >= 0 else -1.0
    ends = a.dag.outputs

    def share(places) -> float:
        return turn * sum(sums[p] for p in places) / max(1, sum(counts[p] for p in places))

    by_layer = tuple(share([p]) if counts[p] else float("nan") for p in range(len(sums)))
    return Overlap(share(range(len(sums))), share([0]), share(ends), sum(counts) / max(1, sum(either)), by_layer)


def rank_correlation(a, b) -> float:
    """Spearman's correlation of two lists of numbers, ties sharing their mean rank; pairs with NaN are left out.

    NaN where fewer than three pairs are left, or one list is constant.

    Examples
    --------
    >>> rank_correlation([1, 2, 3, 4], [10, 20, 40, 30])
    0.8
    """
    from scipy.stats import rankdata

    a, b = np.asarray(a, float), np.asarray(b, float)
    kept = np.isfinite(a) & np.isfinite(b)
    if kept.sum() < 3:
        return float("nan")
    u, v = rankdata(a[kept]), rankdata(b[kept])
    u, v = u - u.mean(), v - v.mean()
    size = float(np.sqrt((u @ u) * (v @ v)))
    return float(u @ v / size) if size > 0 else float("nan")
