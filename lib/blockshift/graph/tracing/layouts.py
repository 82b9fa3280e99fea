"""Signals as feature maps or as features: what convolutions and dense maps read.

Mostly this only sorts channels. Where a network makes pixels of channels, or channels of pixels, a layer of its own
copies the nodes to their new places.
"""

from dataclasses import replace

import numpy as np

from blockshift import errors
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Link
from blockshift.graph.tracing import axes
from blockshift.graph.tracing.assembly import Assembly
from blockshift.graph.tracing.signals import Signal, Stack

#: Entries of a kernel that moves pixels into channels: one row for each node, as large as a map.
MOVED = 50_000_000


def readable(x: Signal) -> Signal:
    """The signal, if nothing has been left out before it."""
    if x.dropped:
        raise errors.BadArgument(
            f"a {x.dropped} stands inside the network; only one at its end can be left out. Normalisations over a "
            f"layer are no signed graph: trace the network up to there."
        )
    return x


def as_maps(assembly: Assembly, x: Signal) -> Signal:
    """The signal of a batch of maps ``(1, C, H, W)``, ``(1, C, L)`` or ``(1, C)`` with axes in that order."""
    rank = len(readable(x).axes)
    if not 2 <= rank <= 4 or x.axes[0]:
        raise errors.ShapeMismatch(
            f"a tensor of shape {x.shape} is read as feature maps; expected (1, channels), (1, channels, length) or "
            f"(1, channels, height, width)."
        )
    if x.axes[1:] == axes.maps(x.channels, x.height, x.width)[1:] and rank == 4:
        return x
    if not are_maps(x):
        return _moved(assembly, x)
    return x.picked(axes.places(x.axes[1]))


def are_maps(x: Signal) -> bool:
    """Whether the axes are the batch, channels in any order, and pixels in theirs."""
    rank = len(x.axes)
    rows, columns = axes.whole(axes.ROWS, x.height), axes.whole(axes.COLUMNS, x.width)
    pixels = {4: (rows, columns), 3: (rows + columns,), 2: ()}.get(rank)
    flat = (rank == 3 and x.height > 1) or (rank == 2 and x.height * x.width > 1)
    return not flat and x.axes[2:] == pixels and axes.reads_only(x.axes[1], axes.CHANNELS)


def ranked(y: Signal, rank: int) -> Signal:
    """Maps as a tensor of that rank again: ``(1, C, L)`` has no rows, ``(1, C)`` no pixels."""
    kept = {4: (0, 1, 2, 3), 3: (0, 1, 3), 2: (0, 1)}[rank]
    return replace(y, axes=tuple(y.axes[i] for i in kept))


def features(x: Signal) -> np.ndarray | None:
    """For each entry of ``(1, F)`` the number of its node, counted channel, row, column; nothing for other shapes."""
    if any(readable(x).axes[:-1]) or any(x.border):
        return None
    return axes.places(x.axes[-1], (x.height * x.width, x.width, 1))


def as_features(assembly: Assembly, x: Signal) -> Signal:
    """The same nodes as channels of a single pixel, in the order in which the tensor counts them."""
    readable(x)
    order = axes.places(tuple(f for axis in x.axes for f in axis), (x.height * x.width, x.width, 1))
    pixels = x.height * x.width
    if pixels > 1:
        if x.channels * pixels**2 > MOVED:
            raise errors.TooLarge(
                f"{x.channels} maps of {x.height} × {x.width} pixels would have to be copied to other places one by "
                f"one; trace the network with a smaller input."
            )
        stack = Stack("moved", (x.channels * pixels, 1, 1))
        for piece in assembly.pieces(x):
            for i in range(piece.count) if piece.step > 1 else (0,):
                count = 1 if piece.step > 1 else piece.count
                made = _pixels_to_channels(count, x.height, x.width)
                target = (piece.start + i * piece.step) * pixels
                stack.links.append(Link(piece.stack.place or 0, -1, made, piece.first + i, target))
        x = Signal.of(stack)
    return x.picked(order)


def _pixels_to_channels(channels: int, height: int, width: int) -> LayerMap:
    """The map that copies each pixel of each channel into a channel of its own."""
    pixels = height * width
    K = np.tile(np.eye(pixels, dtype=np.float32).reshape(pixels, 1, height, width), (channels, 1, 1, 1))
    shape = (channels, height, width)
    return LayerMap(K, shape, (channels * pixels, 1, 1), groups=channels, kind="identity")


def _moved(assembly: Assembly, x: Signal) -> Signal:
    """The signal as maps when its axes cut across channels and pixels."""
    if any(x.border):
        raise errors.BadArgument("a padded tensor is reshaped across pixels; pad after the reshape, or in a layer.")
    shape = (*axes.sizes(x.axes)[1:], 1, 1)[:3] if len(x.axes) != 3 else (x.shape[1], 1, x.shape[2])
    flat = as_features(assembly, x)
    c, height, width = shape
    if height * width == 1:
        return flat
    pieces = assembly.pieces(flat)
    if len(pieces) != 1 or pieces[0].step != 1:
        raise errors.BadArgument(
            f"a reshape to {(1, *shape)} mixes channels and pixels in an order that cannot be traced; put the channels "
            f"before the pixels."
        )
    stack = Stack("moved", (c, height, width))
    made = _pixels_to_channels(c, height, width).T
    stack.links.append(Link(pieces[0].stack.place or 0, -1, made, pieces[0].first))
    return Signal.of(stack)
