"""Functions of torch that only change what an index means: reshapes, slices, shuffles; and those that add pixels."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.graph.tracing import axes, layouts, pixels, pooling
from blockshift.graph.tracing.functions import Place, pair, refused
from blockshift.graph.tracing.signals import Signal


def _ints(given: Sequence[Any]) -> tuple[int, ...]:
    """Sizes, given one by one or as one sequence."""
    if len(given) == 1 and isinstance(given[0], Sequence):
        given = given[0]
    return tuple(int(n) for n in given)


def reshape(place: Place, x: Signal, *shape):
    """The same entries, counted otherwise."""
    x = pixels.plain(place.assembly, x)
    return replace(x, axes=axes.reshaped(x.axes, _ints(shape)))


def flatten(place: Place, x: Signal, start_dim=0, end_dim=-1):
    """Some axes as one."""
    x = pixels.plain(place.assembly, x)
    shape, rank = x.shape, len(x.axes)
    start, end = start_dim % rank, end_dim % rank
    return reshape(place, x, (*shape[:start], -1, *shape[end + 1 :]))


def unflatten(place: Place, x: Signal, dim, sizes):
    """One axis as several."""
    dim %= len(x.axes)
    return reshape(place, x, (*x.shape[:dim], *sizes, *x.shape[dim + 1 :]))


def permute(place: Place, x: Signal, *dims):
    """The axes in another order."""
    x = pixels.plain(place.assembly, x)
    return replace(x, axes=tuple(x.axes[d] for d in _ints(dims)))


def transpose(place: Place, x: Signal, dim0, dim1):
    """Two axes exchanged."""
    dims = list(range(len(x.axes)))
    dims[dim0], dims[dim1] = dims[dim1], dims[dim0]
    return permute(place, x, dims)


def squeeze(place: Place, x: Signal, dim=None):
    """Without axes of size one."""
    x, rank = pixels.plain(place.assembly, x), len(x.axes)
    over = range(rank) if dim is None else [d % rank for d in (dim if isinstance(dim, Sequence) else (dim,))]
    return replace(x, axes=tuple(axis for d, axis in enumerate(x.axes) if axis or d not in over))


def unsqueeze(place: Place, x: Signal, dim):
    """With one more axis of size one."""
    x = pixels.plain(place.assembly, x)
    dim %= len(x.axes) + 1
    return replace(x, axes=(*x.axes[:dim], (), *x.axes[dim:]))


def channel_shuffle(place: Place, x: Signal, groups):
    """Channels read in columns."""
    _, c, height, width = x.shape
    y = reshape(place, x, (1, groups, c // groups, height, width))
    return reshape(place, transpose(place, y, 1, 2), (1, c, height, width))


def pixel_shuffle(place: Place, x: Signal, upscale_factor):
    """Channels laid out as pixels."""
    return pooling.shuffled(place.assembly, x, upscale_factor, place.name)


def pixel_unshuffle(place: Place, x: Signal, downscale_factor):
    """Pixels as channels."""
    return pooling.shuffled(place.assembly, x, downscale_factor, place.name, back=True)


def chunk(place: Place, x: Signal, chunks, dim=0):
    """Equal parts of the channels."""
    size = x.shape[dim % len(x.axes)]
    return split(place, x, -(-size // chunks), dim)


def split(place: Place, x: Signal, split_size_or_sections, dim=0):
    """Parts of the channels."""
    dim %= len(x.axes)
    total, parts = x.shape[dim], split_size_or_sections
    if not isinstance(parts, Sequence):
        parts = [min(parts, total - i) for i in range(0, total, parts)]
    ends = np.cumsum(parts).tolist()
    index = [slice(None)] * dim
    return tuple(getitem(place, x, (*index, slice(e - n, e))) for n, e in zip(parts, ends, strict=True))


def narrow(place: Place, x: Signal, dim, start, length):
    """A part of one axis."""
    return getitem(place, x, (*[slice(None)] * (dim % len(x.axes)), slice(start, start + length)))


def getitem(place: Place, x: Any, index: Any):
    """Channels, rows and columns by slices; one of several tensors by its number."""
    if not isinstance(x, Signal):
        return x[index]
    given = index if isinstance(index, tuple) else (index,)
    if any(item is Ellipsis for item in given):
        at = [item is Ellipsis for item in given].index(True)
        given = (*given[:at], *[slice(None)] * (len(x.axes) - len(given) + 1), *given[at + 1 :])
    x = pixels.plain(place.assembly, x)
    shape, rank = x.shape, len(x.axes)
    given = (*given, *[slice(None)] * (rank - len(given)))
    if not all(isinstance(item, slice) or (item == 0 and n == 1) for item, n in zip(given, shape, strict=True)):
        raise refused(place, "an index that is not a slice")
    ranges = [range(n)[item] if isinstance(item, slice) else range(1) for item, n in zip(given, shape, strict=True)]
    gone = [d for d, item in enumerate(given) if not isinstance(item, slice)]
    if all(r == range(n) for r, n in zip(ranges, shape, strict=True)):
        return squeeze(place, x, gone) if gone else x
    if len(ranges[0]) != 1:
        raise errors.BadArgument(f"{place.name!r} cuts the batch; a network is traced for one input.")
    y = layouts.as_maps(place.assembly, x)
    channels = np.array(ranges[1])
    if not len(channels):
        raise errors.ShapeMismatch(f"{place.name!r} takes no channel of {shape[1]}; expected at least one.")
    if ranges[1] != range(shape[1]):
        y = y.picked(channels)
    rows = ranges[2] if rank == 4 else range(1)
    columns = ranges[-1] if rank > 2 else range(1)
    y = layouts.ranked(pixels.cropped(place.assembly, y, rows, columns), rank)
    return squeeze(place, y, gone) if gone else y


def pad(place: Place, x: Signal, pad, mode="constant", value=None):
    """Zeros around the maps, which the next convolution takes into its padding; or channels of zeros."""
    if mode != "constant" or (value not in (None, 0, 0.0)):
        raise refused(place, f"a padding with {mode if mode != 'constant' else value!r}, which is not zero,")
    sizes = [(int(pad[i]), int(pad[i + 1])) for i in range(0, len(pad), 2)]
    rank = len(x.axes)
    if len(sizes) > rank - 1:
        raise refused(place, "a padding of the batch")
    sizes += [(0, 0)] * (3 - len(sizes))
    if rank == 3:
        sizes = [sizes[0], (0, 0), sizes[1]]
    if rank == 2:
        sizes = [(0, 0), (0, 0), sizes[0]]
    (left, right), (top, bottom), channels = sizes
    y = layouts.as_maps(place.assembly, x)
    if min(left, right, top, bottom, *channels) < 0:
        y = pixels.plain(place.assembly, y)
        y = y.picked(np.arange(max(0, -channels[0]), y.channels - max(0, -channels[1])))
        y = pixels.cropped(
            place.assembly, y, range(max(0, -top), y.height - max(0, -bottom)),
            range(max(0, -left), y.width - max(0, -right)),
        )  # fmt: skip
        left, right, top, bottom = (max(0, n) for n in (left, right, top, bottom))
    if max(channels) > 0:
        before, after = max(0, channels[0]), max(0, channels[1])
        owner = np.concatenate([np.full(before, -1), y.owner, np.full(after, -1)])
        channel = np.concatenate([np.zeros(before, int), y.channel, np.zeros(after, int)])
        y = replace(y, owner=owner, channel=channel, axes=axes.maps(len(owner), y.height, y.width))
    border = np.add(y.border, (top, left, bottom, right)).tolist()
    return layouts.ranked(replace(y, border=tuple(border)), rank)


def interpolate(
    place: Place, x: Signal, size=None, scale_factor=None, mode="nearest", align_corners=None,
    recompute_scale_factor=None, antialias=False,
):  # fmt: skip
    """Every pixel repeated a whole number of times."""
    flat, given = len(x.axes) == 3, x.shape[2:]
    if size is None:
        factors = scale_factor if isinstance(scale_factor, Sequence) else (scale_factor,) * len(given)
        size = [int(n * f) for n, f in zip(given, factors, strict=True)]
    size = tuple(size) if isinstance(size, Sequence) else (size,) * len(given)
    if tuple(size) == tuple(given):
        return x
    if mode not in ("nearest", "nearest-exact") or any(a % b for a, b in zip(size, given, strict=True)):
        raise errors.BadArgument(
            f"{place.name!r} resizes {given} pixels to {tuple(size)} by {mode!r}; only 'nearest' by a whole factor can "
            f"be traced. Use that, or a transposed convolution."
        )
    factors = pair([a // b for a, b in zip(size, given, strict=True)], flat)
    return pooling.upsampled(place.assembly, x, factors, place.name)
