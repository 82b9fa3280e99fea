"""The layout of a layered graph of operators: its kernels and the tables by which a flip finds its neighbours."""

from itertools import pairwise

import numpy as np

from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Link
from blockshift.signs import flips
from blockshift.signs.flips import ConvolutionLayout


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


def layout_of(dag: Dag, dtype: np.dtype) -> ConvolutionLayout:
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
