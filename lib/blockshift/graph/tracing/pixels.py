"""Copies of pixels: zeros around the maps made nodes, and maps that are cropped."""

from collections.abc import Callable

import numpy as np

from blockshift import errors
from blockshift.graph.layers import LayerMap
from blockshift.graph.tracing import layouts
from blockshift.graph.tracing.assembly import Assembly
from blockshift.graph.tracing.signals import Signal

Pair = tuple[int, int]


def plain(assembly: Assembly, x: Signal) -> Signal:
    """The signal with the zeros around its maps made nodes."""
    layouts.readable(x)
    if not any(x.border):
        return x
    rank, (top, left, bottom, right) = len(x.axes), x.border
    x = layouts.as_maps(assembly, x)
    size = (x.height + top + bottom, x.width + left + right)
    y = assembly.channelwise(x, "padded", _window((x.height, x.width), size, (top, left), (1, 1)), size)
    return layouts.ranked(y, rank)


def _window(
    given: Pair, size: Pair, padding: Pair, stride: Pair
) -> Callable[[int, np.ndarray], LayerMap]:  # fmt: skip
    """Copies of some pixels: a skip edge that crops, pads or leaves out."""

    def made(count: int, channels: np.ndarray) -> LayerMap:
        K = np.ones((count, 1, 1, 1), np.float32)
        return LayerMap(K, (count, *given), (count, *size), stride, padding, groups=count, kind="identity")

    return made


def cropped(assembly: Assembly, x: Signal, rows: range, columns: range) -> Signal:
    """Some rows and columns of the maps, evenly spaced."""
    rank, x = len(x.axes), layouts.as_maps(assembly, plain(assembly, x))
    if (rows, columns) == (range(x.height), range(x.width)):
        return layouts.ranked(x, rank)
    if not len(rows) or not len(columns) or rows.step < 1 or columns.step < 1:
        raise errors.BadArgument("an empty or reversed range of pixels is read; expected at least one, in order.")
    size, start, stride = (len(rows), len(columns)), (-rows.start, -columns.start), (rows.step, columns.step)
    y = assembly.channelwise(x, "cropped", _window((x.height, x.width), size, start, stride), size)
    return layouts.ranked(y, rank)
