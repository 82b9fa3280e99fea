"""Monotone over a whole box of inputs, certified: intervals for every entry of the Jacobian at once.

Samples can say that a network is near-monotone where one has looked. For small networks more can be had. Bounds on
every sum of every layer follow from bounds on the inputs; they bound the slope of every activation; and the slopes,
multiplied through the layers from the outputs back, bound every entry of the Jacobian over the whole box. An entry
whose lower bound is not negative, both ends turned up by the order, belongs to a pair of input and output that moves as
the order says *everywhere in the box*: between two points of the box the output changes by the integral of the
derivative along the segment.

The price is width. Intervals forget that the same node is met on two paths, so what is left open is not refuted; the
smaller the box, the fewer pairs are left open. The network is unrolled into sparse matrices, so this is for small
networks. Sums are rounded to nearest and then widened by more than rounding can be.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.links import Link
from blockshift.signs.monotonicity.orders import Order

#: A sum of m products in float64 is wrong by less than m * 2^-52 of the sum of their absolute values; this covers
#: sums of 4096.
ROUNDING = 2.0**-40
#: Terms of the longest sum that this covers.
LONGEST = 4096

Range = tuple[np.ndarray, np.ndarray]


def _step(low: np.ndarray, high: np.ndarray, at: tuple[float, ...], slopes: tuple[float, ...]) -> Range:
    """The least and largest slope over intervals, of a function with one slope on each piece between kinks."""
    pieces = list(zip((-np.inf, *at), (*at, np.inf), slopes, strict=True))
    least, most = np.full(low.shape, np.inf), np.full(low.shape, -np.inf)
    for begin, end, slope in pieces:
        # A kink belongs to both pieces: there the derivative is anything in between.
        touched = (high >= begin) & (low <= end)
        least = np.where(touched, np.minimum(least, slope), least)
        most = np.where(touched, np.maximum(most, slope), most)
    return least, most


def _bell(slope: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray) -> Range:
    """The range of a slope that is even and falls away from zero."""
    far = np.maximum(np.abs(low), np.abs(high))
    near = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    return slope(far) * (1 - ROUNDING), slope(near) * (1 + ROUNDING)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    """The logistic function."""
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def _hill(z: np.ndarray) -> np.ndarray:
    """Its slope, without the cancellation in ``y (1 - y)``; that of tanh is four times the hill at ``2 z``."""
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


#: The increasing activations by name: the function, and the range of its slope over an interval.
KNOWN: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray, np.ndarray], Range]]] = {
    "identity": (lambda z: z, lambda a, b: (np.ones_like(a), np.ones_like(a))),
    "relu": (lambda z: np.maximum(z, 0), lambda a, b: _step(a, b, (0.0,), (0.0, 1.0))),
    "relu6": (lambda z: np.clip(z, 0, 6), lambda a, b: _step(a, b, (0.0, 6.0), (0.0, 1.0, 0.0))),
    "tanh": (np.tanh, lambda a, b: _bell(lambda z: 4 * _hill(2 * z), a, b)),
    "sigmoid": (_sigmoid, lambda a, b: _bell(_hill, a, b)),
}


@dataclass(frozen=True, eq=False, repr=False)
class BoxCertificate:
    """What is proved of the Jacobian over a box of inputs, both ends turned up by the order.

    Attributes
    ----------
    low, high : ndarray, shape (K, inputs)
        Bounds on ``s_k J[k, i] s_i`` over the box, inputs in the flat order of the network.
    """

    low: np.ndarray
    high: np.ndarray

    @property
    def monotone(self) -> np.ndarray:
        """Which outputs are proved to be monotone in the order over the whole box, shape ``(K,)``."""
        return np.asarray((self.low >= 0).all(axis=1))

    @property
    def certain(self) -> float:
        """The share of pairs of input and output that are proved to move as the order says."""
        return float((self.low >= 0).mean())

    @property
    def opposed(self) -> float:
        """The share of pairs that are proved to move against it, everywhere in the box."""
        return float((self.high < 0).mean())

    @property
    def undecided(self) -> float:
        """The share of pairs that the intervals leave open."""
        return float(((self.low < 0) & (self.high >= 0)).mean())

    @property
    def least(self) -> np.ndarray:
        """A lower bound on λ of each output in the whole box, shape ``(K,)``; NaN where the output may stand still.

        λ grows with each turned entry, so it is least where all entries are.
        """
        size = np.abs(self.low).sum(axis=1)
        return np.divide(self.low.sum(axis=1), size, out=np.full(len(size), np.nan), where=size > 0)

    def __repr__(self) -> str:
        return (
            f"BoxCertificate({int(self.monotone.sum())} of {len(self.low)} outputs monotone over the box; of the pairs "
            f"{self.certain:.1%} as the order says, {self.opposed:.1%} against, {self.undecided:.1%} open)"
        ).replace("%", " %")


def monotone_over_box(dag: Dag, low: np.ndarray, high: np.ndarray, order: Order) -> BoxCertificate:
    """What can be proved of the order of a network over all inputs between `low` and `high`.

    Parameters
    ----------
    dag : Dag
        Small: its layer maps are made into sparse matrices.
    low, high : ndarray, shape (C, H, W)
    order : Order

    Raises
    ------
    BadArgument
        If a lower end is above the upper one, or an activation is not known to increase.
    ShapeMismatch
        If box and network do not fit.
    TooLarge
        If a node sums more than 4096 edges, which the allowance for rounding does not cover.

    Source: ours; interval arithmetic as in [moore2009introduction].

    Examples
    --------
    >>> from blockshift.graph.perceptrons import perceptron
    >>> bend = perceptron([[[1], [1]], [[2, -1]]], [[0, -1], [0]])    # slope 2 below 1, and 1 above
    >>> plain = Order(np.ones((1, 1, 1)), np.ones(1))
    >>> monotone_over_box(bend, np.full((1, 1, 1), 0.5), np.full((1, 1, 1), 3.0), plain).monotone
    array([ True])
    """
    for layer in dag.layers:
        if not layer.activation.monotone:
            raise errors.BadArgument(
                f"the activation {layer.activation.name!r} of layer {layer.name!r} may decrease; intervals are carried "
                f"through increasing ones only."
            )
    low, high = (np.asarray(end, np.float64) for end in (low, high))
    if low.shape != dag.layers[0].shape or high.shape != low.shape or order.inputs.shape != low.shape:
        raise errors.ShapeMismatch(
            f"the box has shape {low.shape}, the order {order.inputs.shape}; the network reads {dag.layers[0].shape}."
        )
    if not (np.isfinite(low).all() and np.isfinite(high).all() and (low <= high).all()):
        raise errors.BadArgument("the box is empty or not finite; expected finite numbers with low <= high.")
    unrolled = {place: link.map.sparse() for place, link in enumerate(dag.links)}
    slopes, routes = _forward(dag, (_flat(low), _flat(high)), unrolled)
    found = _backward(dag, slopes, routes, unrolled)
    signs = order.outputs.astype(np.float64)[:, None] * _flat(order.inputs)
    turned = found[0] * signs, found[1] * signs
    return BoxCertificate(np.minimum(*turned), np.maximum(*turned))


def _flat(values: np.ndarray) -> np.ndarray:
    """Pixel by pixel, channels last."""
    return np.moveaxis(values, 0, -1).ravel()


def _numbers(dag: Dag, place: int, channels: slice) -> np.ndarray:
    """The places of a range of channels within a layer, flat."""
    c, height, width = dag.layers[place].shape
    return np.arange(height * width * c).reshape(-1, c)[:, channels].ravel()


def _known(dag: Dag, place: int):
    """The activation of a layer and the range of its slope."""
    name = dag.layers[place].activation.name.replace("_", " ")
    if dag.layers[place].activation.function is None:
        name = "identity"
    if name == "leaky relu":
        # A slope that was chosen stands among the keywords of the function.
        below = float(getattr(dag.layers[place].activation.function, "keywords", {}).get("negative_slope", 0.01))
        return lambda z: np.where(z > 0, z, below * z), lambda a, b: _step(a, b, (0.0,), (below, 1.0))
    if name not in KNOWN:
        raise errors.BadArgument(
            f"layer {dag.layers[place].name!r} has the activation {name!r}; the slopes of {', '.join(KNOWN)} and "
            f"leaky relu can be bounded over a box."
        )
    return KNOWN[name]


def _parts(z):
    """The positive part, and the size of the negative one."""
    return np.maximum(z, 0), np.maximum(-z, 0)


def _gathered(gains: Range, losses: Range) -> Range:
    """Bounds from the sums of what adds and of what takes away, at the lower end and at the upper.

    Each sum has terms of one sign, so rounding is a small share of it. What has no losses keeps its sign: a network
    without a frustrated edge is certified.
    """
    less, more = 1 - ROUNDING, 1 + ROUNDING
    return gains[0] * less - losses[0] * more, gains[1] * more - losses[1] * less


def _image(M: sp.csr_array, low: np.ndarray, high: np.ndarray) -> Range:
    """Bounds on ``M z`` for z between two vectors or, column by column, two matrices."""
    plus, minus = M.maximum(0), (-M).maximum(0)
    (low_up, low_down), (high_up, high_down) = _parts(low), _parts(high)
    gains = plus @ low_up + minus @ high_down, plus @ high_up + minus @ low_down
    losses = plus @ low_down + minus @ high_up, plus @ high_down + minus @ low_up
    return _gathered(gains, losses)


def _forward(dag: Dag, inputs: Range, unrolled) -> tuple[list[Range], dict[int, tuple[np.ndarray, np.ndarray]]]:
    """Bounds on the slopes of every layer, and for each maximum which edges may and which must be taken."""
    first, slope = _known(dag, 0)
    slopes, values = [slope(*inputs)], [(first(inputs[0]), first(inputs[1]))]
    routes: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for place, layer in enumerate(dag.layers[1:], 1):
        low, high = np.zeros(layer.nodes), np.zeros(layer.nodes)
        for number, link in enumerate(dag.links):
            if link.target != place:
                continue
            M, source = unrolled[number], _numbers(dag, link.source, link.reads)
            if M.shape[0] and np.diff(M.indptr).max() > LONGEST:
                raise errors.TooLarge(
                    f"a node of layer {layer.name!r} sums {np.diff(M.indptr).max()} edges; at most {LONGEST} are "
                    f"covered by the allowance for rounding."
                )
            a, b = values[link.source][0][source], values[link.source][1][source]
            if link.map.kind == "max pooling":
                image, routes[number] = _maximum(M, a, b)
            else:
                image = _image(M, a, b)
            writes = _numbers(dag, place, link.writes)
            low[writes] += image[0]
            high[writes] += image[1]
        if layer.bias is not None:
            bias = np.tile(np.asarray(layer.bias, np.float64), layer.nodes // len(layer.bias))
            low, high = low + bias, high + bias
        # Adding a few links and a bias rounds a few times more.
        slack = ROUNDING * (np.abs(low) + np.abs(high))
        low, high = low - slack, high + slack
        function, slope = _known(dag, place)
        slopes.append(slope(low, high))
        image = function(low), function(high)
        slack = ROUNDING * (np.abs(image[0]) + np.abs(image[1]))
        values.append((image[0] - slack, image[1] + slack))
    return slopes, routes


def _maximum(M: sp.csr_array, low: np.ndarray, high: np.ndarray) -> tuple[Range, tuple[np.ndarray, np.ndarray]]:
    """Bounds on the maxima over windows, and for each edge whether it may and whether it must carry the maximum."""
    starts, counts = M.indptr[:-1], np.diff(M.indptr)
    at_least, at_most = (np.maximum.reduceat(end[M.indices], starts) for end in (low, high))
    may = high[M.indices] >= np.repeat(at_least, counts)
    must = may & (np.repeat(np.add.reduceat(may.astype(int), starts), counts) == 1)
    return (at_least, at_most), (may, must)


def _backward(dag: Dag, slopes: list[Range], routes, unrolled) -> Range:
    """Bounds on the Jacobian, shape ``(K, inputs)``."""
    count = sum(dag.layers[place].nodes for place in dag.outputs)
    totals = [(np.zeros((layer.nodes, count)), np.zeros((layer.nodes, count))) for layer in dag.layers]
    begin = 0
    for place in dag.outputs:
        c, height, width = dag.layers[place].shape
        # Outputs are counted channels first, nodes pixel by pixel.
        nodes = np.arange(height * width * c).reshape(height, width, c).transpose(2, 0, 1).ravel()
        for end in totals[place]:
            end[nodes, begin + np.arange(len(nodes))] += 1.0
        begin += len(nodes)
    for place in range(len(dag.layers) - 1, -1, -1):
        low, high = totals[place] = _product(totals[place], slopes[place])
        for number, link in enumerate(dag.links):
            if link.target != place:
                continue
            rows = _numbers(dag, place, link.writes)
            back = _returned(link, unrolled[number], routes.get(number), low[rows], high[rows])
            source = _numbers(dag, link.source, link.reads)
            for end, image in zip(totals[link.source], back, strict=True):
                end[source] += image
    return totals[0][0].T, totals[0][1].T


def _returned(link: Link, M: sp.csr_array, route, low: np.ndarray, high: np.ndarray) -> Range:
    """Bounds on what comes back through a link."""
    if link.map.kind != "max pooling":
        return _image(sp.csr_array(M.T), low, high)
    may, must = (sp.csr_array((flag.astype(float), M.indices, M.indptr), M.shape).T for flag in route)
    # An edge that must be taken carries all; one that may, between nothing and all.
    (low_up, low_down), (high_up, high_down) = _parts(low), _parts(high)
    return _gathered((must @ low_up, may @ high_up), (may @ low_down, must @ high_down))


def _product(value: Range, slope: Range) -> Range:
    """Bounds on the product of two intervals, rows of the first with entries of the second."""
    corners = [end * side[:, None] for end in value for side in slope]
    low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
    return low - ROUNDING * np.abs(low), high + ROUNDING * np.abs(high)
