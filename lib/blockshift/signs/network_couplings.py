"""The couplings of a layered graph of operators, which never writes its matrix down.

Whole fields go through the convolutions of the graph, in float32 or float64; single flips go through the kernels,
copied once in the order in which a flip in either direction reads them (``flips.ConvolutionLayout``). Sums over edges,
as strengths and units need them, come from the sums of each tap times the number of pixels that it reaches.

The parts are the layers: no link joins two nodes of one layer.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from blockshift import errors
from blockshift.compiled import compiled
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Link
from blockshift.signs import flips
from blockshift.signs.flips import ConvolutionLayout

#: How far rounding may move a field, as a share of the strength of its node. A flip of a neighbour rounds the field
#: once, by at most half a unit in its last place; fields are some hundred times smaller than strengths, and roundings
#: of either sign add up like a random walk. 2^-19 is 32 units of float32 at the size of the strength, not of the field.
ROUNDING = {np.dtype(np.float32): 2.0**-19, np.dtype(np.float64): 2.0**-40}
#: Integers below this are exact.
EXACT = {np.dtype(np.float32): 2.0**24, np.dtype(np.float64): 2.0**53}
#: Kernels with an exponent beyond this are scaled by a power of two, so that squares neither overflow nor vanish.
EXPONENT = 40
#: Multiplications and additions that one flip makes in the time that a proposal takes.
SIMD = 8
#: Share of the nodes that a sweep flips, on average over our schedule.
ACCEPTED = 0.16
#: Edges up to which moves are worth their time that look at the whole network for each gain: chains and crossings.
THOROUGH = 3_000_000


@dataclass(frozen=True, eq=False, repr=False)
class NetworkCouplings:
    """The couplings of a layered graph of operators.

    Parameters
    ----------
    dag : Dag
    precision : "float32" or "float64"
        Of the fields and of the kernels that flips read. Networks of integers are exact in both, up to 2^24 and 2^53.

    Raises
    ------
    BadArgument
        If the precision is neither.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> J = NetworkCouplings(Dag.from_network(Network.from_weights([[[1, -2]], [[3]]])))
    >>> J
    NetworkCouplings(4 nodes in 3 layers, 3 edges, float32)
    >>> J.fields(np.ones(4))
    array([ 1., -2.,  2.,  3.], dtype=float32)
    >>> J.strengths, J.frustration(np.ones(4))
    (array([1., 2., 6., 3.]), 2.0)
    """

    dag: Dag
    precision: str = "float32"

    def __post_init__(self):
        if self.precision not in ("float32", "float64"):
            raise errors.BadArgument(f"the precision is {self.precision!r}; expected 'float32' or 'float64'.")

    @property
    def size(self) -> int:
        """The number of nodes n."""
        return self.dag.nodes

    @property
    def dtype(self) -> np.dtype:
        """The type of the fields."""
        return np.dtype(self.precision)

    @cached_property
    def scale(self) -> float:
        """The power of two that the weights are multiplied with: 1, but for huge and tiny weights."""
        largest = max((_largest(link.map) for link in self.dag.links), default=0.0)
        exponent = int(np.frexp(largest)[1])
        return 2.0 ** -max(-1000, exponent) if largest and abs(exponent) > EXPONENT else 1.0

    @cached_property
    def scaled(self) -> Dag:
        """The graph with all weights times the scale."""
        if self.scale == 1.0:
            return self.dag
        links = tuple(
            replace(k, map=k.map.with_kernel(k.map.kernel.astype(np.float64) * self.scale), bank=None, gain=None)
            for k in self.dag.links
        )
        return replace(self.dag, links=links, banks={})

    @cached_property
    def layout(self) -> ConvolutionLayout:
        """The arrays that machine code works on."""
        return _layout(self.scaled, self.dtype)

    @cached_property
    def strengths(self) -> np.ndarray:
        """The sum of the absolute couplings at each node, shape ``(n,)``; parallel edges count one by one."""
        return self._sums(np.abs)

    @property
    def reach(self) -> float:
        """The largest of the strengths."""
        return float(self.strengths.max(initial=0.0))

    @property
    def parts(self) -> tuple[np.ndarray, ...]:
        """The nodes of each layer; not kept, since they are as large as the graph."""
        return tuple(np.arange(a, b) for a, b in pairwise(self.dag.offsets))

    @cached_property
    def units(self) -> np.ndarray:
        """The root mean square field in the layer of each node, over random signs, nodes without coupling left out."""
        squares, found = self._sums(np.square), np.ones(self.size)
        for a, b in pairwise(self.dag.offsets):
            coupled = np.count_nonzero(squares[a:b])
            found[a:b] = math.sqrt(squares[a:b].sum() / coupled) if coupled else 1.0
        return found

    @cached_property
    def exact(self) -> bool:
        """Whether all weights are integers, and few and small enough that every sum of them is exact in float64."""
        whole = all(_whole(link.map) for link in self.dag.links)
        return whole and self.dag.total_weight < EXACT[np.dtype(np.float64)]

    @cached_property
    def floor(self) -> np.ndarray:
        """How far rounding may have moved the field of each node: not at all where integers stay small enough."""
        if self.exact and self.scale == 1.0 and self.reach < EXACT[self.dtype]:
            return np.zeros(self.size)
        return ROUNDING[self.dtype] * self.strengths

    @property
    def work(self) -> float:
        """What an annealing sweep costs, in proposals: flips cost as much as their edges."""
        return self.size + 2 * ACCEPTED / SIMD * self.dag.edges

    @property
    def thorough(self) -> bool:
        """Whether chains and crossings are worth their time."""
        return self.dag.edges <= THOROUGH

    def fields(self, s: np.ndarray, part: int | None = None) -> np.ndarray:
        """``J s``, or its rows of one layer; `s` of shape ``(n,)`` or ``(n, r)``."""
        s = np.asarray(s).astype(self.dtype, copy=False)
        if part is None:
            return self.scaled.fields(s)
        found = np.moveaxis(self.scaled.field(self.scaled.split(s), part), -3, -1)
        return found.ravel() if s.ndim == 1 else np.moveaxis(found, 0, -1).reshape(-1, s.shape[1])

    def frustrations(self, s: np.ndarray) -> np.ndarray:
        """The weight that a switching leaves frustrated in each link, shape ``(links,)``, summed up in float64.

        Each is exact where all weights are integers, and within `rounding` of the truth otherwise.
        """
        parts = self.dag.split(np.asarray(s, np.int8))
        return np.array([(link.map.weight - _aligned(link, link.map, parts)) / 2 for link in self.dag.links])

    @cached_property
    def rounding(self) -> np.ndarray:
        """How far the frustration of each link may be from its sum, shape ``(links,)``: zero for integers.

        A sum of floats in any order is within u times the number of additions times the sum of their sizes, for
        the unit roundoff u = 2^-53, up to terms in u^2 that the factor 2 covers.
        """
        if self.exact:
            return np.zeros(len(self.dag.links))
        return np.array([2.0**-52 * _additions(link.map) * link.map.weight for link in self.dag.links])

    def frustration(self, s: np.ndarray) -> float:
        """An upper bound on the weight that a switching leaves frustrated: the sum over all links, rounded outward.

        Exact where all weights are integers, and zero where no edge is frustrated.
        """
        found, slack = math.fsum(self.frustrations(s)), math.fsum(self.rounding)
        if self.exact:
            return found
        if found <= slack and self._is_balanced_by(s):
            return 0.0
        return math.nextafter(found + slack, math.inf)

    def clusters(self, members: np.ndarray) -> np.ndarray:
        """The connected components of the marked nodes, walked through the kernels: for small networks."""
        return _components(self.layout, np.asarray(members, bool))

    def _is_balanced_by(self, s: np.ndarray) -> bool:
        """Whether a switching leaves no edge frustrated: counted in integers, hence for certain."""
        parts = self.dag.split(np.asarray(s, np.int8))
        return all(_aligned(link, link.map.signed, parts) == link.map.edges for link in self.dag.links)

    def _sums(self, of) -> np.ndarray:
        """A function of the weights, summed up at each node, shape ``(n,)``."""
        total = np.zeros(self.size)
        for link in self.scaled.links:
            m, taps = link.map, of(link.map.kernel)
            taps = taps.reshape(m.groups, -1, *taps.shape[1:])
            own, other = (link.target, link.writes), (link.source, link.reads)
            if m.transposed:
                own, other = other, own
            for (place, channels), axis in ((own, 2), (other, 1)):
                by_channel = taps.sum(axis=axis, dtype=np.float64).reshape(-1, *m.kernel.shape[2:])
                down, across = (reached(m, k, of)[axis - 1] for k in (0, 1))
                sums = np.einsum("ya,cab,xb->yxc", down, by_channel, across, optimize=True)
                c, height, width = self.dag.layers[place].shape
                begin = self.dag.offsets[place]
                total[begin : begin + c * height * width].reshape(height, width, c)[:, :, channels] += sums
        return total

    def __repr__(self) -> str:
        return (
            f"NetworkCouplings({self.size:,} nodes in {len(self.dag.layers)} layers, {self.dag.edges:,} edges, "
            f"{self.precision})"
        )


def _largest(m: LayerMap) -> float:
    """The largest absolute value in a kernel."""
    return max(float(m.kernel.max(initial=0.0)), -float(m.kernel.min(initial=0.0)))


def _whole(m: LayerMap) -> bool:
    """Whether all weights of a map are integers."""
    arrays = (m.kernel, m.rows, m.columns)
    return all(array is None or np.array_equal(array, np.rint(array)) for array in arrays)


def _additions(m: LayerMap) -> int:
    """A number that no chain of roundings exceeds in the frustration of a link: taps, channels, pixels, factors."""
    c_out, c_in, *taps = m.kernel.shape
    pixels = max(math.prod(m.shape_in[1:]), math.prod(m.shape_out[1:]))
    return c_out * c_in + math.prod(taps) * (c_out + c_in) + pixels + 8


def _aligned(link: Link, m: LayerMap, parts: list[np.ndarray]) -> float:
    """The sum of ``w s_u s_v`` over the edges of a link, in float64, from signs split by layers."""
    # A map of its own, so that the kernel in float64 is forgotten at once.
    image = replace(m).apply(parts[link.source][link.reads].astype(np.float64))
    return math.fsum((image * parts[link.target][link.writes]).reshape(len(image), -1).sum(axis=1))


def reached(m: LayerMap, axis: int, of=np.asarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each row (axis 0) or column (axis 1) that the base convolution reads, and writes: its factors by taps.

    Shapes ``(places read, taps)`` and ``(places written, taps)``.
    """
    reads, factors = m.reads(axis), m.rows if axis == 0 else m.columns
    inside = (reads >= 0) & (reads < m.base_in[1 + axis])
    written = inside * (1.0 if factors is None else of(np.asarray(factors))[:, None])
    read = np.zeros((m.base_in[1 + axis], reads.shape[1]))
    y, tap = np.nonzero(inside)
    np.add.at(read, (reads[y, tap], tap), written[y, tap])
    return read, written


class _Tables:
    """Rows and columns of runs, one table after the other."""

    def __init__(self):
        self.starts: list[np.ndarray] = [np.empty(0, np.int64)]
        self.runs: list[np.ndarray] = [np.empty((0, 3), np.int64)]
        self.factors: list[np.ndarray] = [np.empty(0)]
        self.length = self.entries = 0

    def add(self, places: int, own: np.ndarray, runs: np.ndarray, factors: np.ndarray) -> int:
        """Put in the runs of so many own places; where the first of these places stands in `starts`."""
        begin = self.length
        self.starts.append(self.entries + np.concatenate([[0], np.cumsum(np.bincount(own, minlength=places))]))
        self.runs.append(runs)
        self.factors.append(factors)
        self.length, self.entries = begin + places + 1, self.entries + len(own)
        return begin


class _Kernels:
    """Where the kernels stand in one array, each in the order of the end that reads it; equal ones of a bank once."""

    def __init__(self):
        self.known: dict[tuple, list[tuple[np.ndarray, int]]] = {}
        self.size = 0

    def place(self, link: Link, reading: bool) -> int:
        """Where the kernel of a link begins."""
        m = link.map
        known = self.known.setdefault((link.bank, m.kernel.shape, m.groups, reading), [])
        for kernel, begin in known:
            if kernel is m.kernel or (link.bank is not None and np.array_equal(kernel, m.kernel)):
                return begin
        known.append((m.kernel, self.size))
        self.size += m.kernel.size
        return known[-1][1]

    def weights(self, dtype: np.dtype) -> np.ndarray:
        """All of them, one after the other."""
        weights = np.empty(self.size, dtype)
        for (_, _, groups, reading), known in self.known.items():
            for kernel, begin in known:
                K = kernel.reshape(groups, -1, *kernel.shape[1:])
                # Own channels first, then the taps, then the channels of the other end.
                ordered = K[..., ::-1, ::-1].transpose(0, 2, 3, 4, 1) if reading else K.transpose(0, 1, 3, 4, 2)
                weights[begin : begin + kernel.size].reshape(ordered.shape)[...] = ordered
        return weights


def _runs(m: LayerMap, axis: int, reading: bool, merged: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For all rows (or columns) of one end, in order: the own place, the run ``(place, tap, length)``, its factor.

    Seen from the end that is read, the taps are counted backwards: then neighbouring places have neighbouring taps.
    """
    reads, factors = m.reads(axis), m.rows if axis == 0 else m.columns
    y, tap = np.nonzero((reads >= 0) & (reads < m.base_in[1 + axis]))
    factor = np.ones(len(y)) if factors is None else np.asarray(factors, float)[y]
    own, place = (reads[y, tap], y) if reading else (y, reads[y, tap])
    tap = reads.shape[1] - 1 - tap if reading else tap
    order = np.lexsort((place, own))
    own, place, tap, factor = own[order], place[order], tap[order], factor[order]
    first = np.ones(len(own), bool)
    if merged:
        first[1:] = (np.diff(own) != 0) | (np.diff(place) != 1) | (np.diff(tap) != 1) | (np.diff(factor) != 0)
    begin = np.flatnonzero(first)
    length = np.diff(np.append(begin, len(own)))
    return own[begin], np.stack([place[begin], tap[begin], length], axis=1), factor[begin]


def _half(dag: Dag, link: Link, inward: bool, kernels: _Kernels, tables: _Tables) -> list[int]:
    """What a flip at one end of a link does at the other: a row of ``ConvolutionLayout.halves``."""
    m = link.map
    reading = inward == m.transposed
    c_out, each, down, across = m.kernel.shape
    share, span = (each, c_out // m.groups) if reading else (c_out // m.groups, each)
    ends = (link.target, link.writes), (link.source, link.reads)
    (_, own), (other, writes) = ends if inward else ends[::-1]
    merged = m.groups == 1 and span == dag.layers[other].shape[0]
    places = m.base_in[1:] if reading else m.base_out[1:]
    rows, columns = (tables.add(places[k], *_runs(m, k, reading, merged and k == 1)) for k in (0, 1))
    kernel = kernels.place(link, reading)
    return [other, own.start, own.stop - own.start, share, writes.start, span, rows, columns, down, across, kernel]


def _room(starts: np.ndarray, dag: Dag, layer: int, halves: list[list[int]]) -> int:
    """The most runs that a node of a layer may have."""
    _, height, width = dag.layers[layer].shape
    most = 0
    for half in halves:
        down, across = (
            int(np.diff(starts[begin : begin + places + 1]).max())
            for begin, places in ((half[flips.ROWS], height), (half[flips.COLUMNS], width))
        )
        most += down * across
    return most


def _layout(dag: Dag, dtype: np.dtype) -> ConvolutionLayout:
    """The layout of a graph."""
    channels, height, width = np.array([layer.shape for layer in dag.layers], np.int64).T
    kernels, tables, halves, first = _Kernels(), _Tables(), [], [0]
    for layer in range(len(dag.layers)):
        halves += [_half(dag, link, True, kernels, tables) for link in dag.into[layer]]
        halves += [_half(dag, link, False, kernels, tables) for link in dag.out_of[layer]]
        first.append(len(halves))
    starts = np.concatenate(tables.starts)
    room = max((_room(starts, dag, layer, halves[a:b]) for layer, (a, b) in enumerate(pairwise(first))), default=0)
    return ConvolutionLayout(
        begins=dag.offsets.astype(np.int64),
        pixels=np.concatenate([[0], np.cumsum(height * width)]),
        channels=channels.copy(),
        widths=width.copy(),
        first=np.array(first),
        halves=np.array(halves, np.int64).reshape(-1, len(flips.HALF)),
        starts=starts,
        runs=np.concatenate(tables.runs),
        factors=np.concatenate(tables.factors),
        weights=kernels.weights(dtype),
        found=np.empty((room, len(flips.RUN)), np.int64),
        shares=np.empty(room),
    )


@compiled
def _components(layout, members):
    """Breadth first among the members."""
    labels = np.full(len(members), -1)
    queue = np.empty(len(members), np.int64)
    count = 0
    for root in range(len(members)):
        if not members[root] or labels[root] >= 0:
            continue
        labels[root] = count
        head, tail = 0, 1
        queue[0] = root
        while head < tail:
            i = queue[head]
            head += 1
            for r in range(flips.touched(layout, i)):
                run = layout.found[r]
                for k in range(run[flips.SIZE]):
                    j = run[flips.NODE] + k
                    if members[j] and labels[j] < 0 and layout.weights[run[flips.WEIGHT] + k] * layout.shares[r] != 0:
                        labels[j] = count
                        queue[tail] = j
                        tail += 1
        count += 1
    return labels
