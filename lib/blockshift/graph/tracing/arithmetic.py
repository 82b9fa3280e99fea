"""Sums, differences, factors and concatenations of signals and constants."""

from typing import Any

import numpy as np

from blockshift import errors
from blockshift.graph.tracing import layouts, operations, pixels, signals
from blockshift.graph.tracing.functions import array, refused
from blockshift.graph.tracing.signals import Signal


def cat(place, tensors, dim=0, axis=None):
    """Channels one after the other."""
    dim = dim if axis is None else axis
    if not all(isinstance(x, Signal) for x in tensors):
        raise refused(place, "a concatenation with a constant")
    dim %= len(tensors[0].axes)
    plain = [pixels.plain(place.assembly, x) for x in tensors]
    rank = len(plain[0].axes)
    if dim != 1 or rank > 4:
        raise refused(place, f"a concatenation along axis {dim}, which is not that of the channels")
    plain = [layouts.as_maps(place.assembly, x) for x in plain]
    if len({(x.height, x.width) for x in plain}) > 1:
        raise errors.ShapeMismatch(f"{place.name!r} concatenates maps of different heights or widths.")
    return layouts.ranked(signals.concatenated(plain), rank)


def _constant(place, x: Signal, value: Any, function: str) -> np.ndarray:
    """A number, or one for each channel, as a vector of the signal's channels."""
    v = array(value).astype(np.float64)
    if v.size == 1:
        return np.full(x.channels, v.item())
    shape = (1,) * (len(x.axes) - v.ndim) + v.shape
    if len(shape) < 2 or v.size != shape[1] or x.shape[1] != v.size:
        raise refused(place, f"{function} with a constant of shape {tuple(v.shape)}, not one number for each channel")
    return v.ravel()


def add(place, a, b, alpha=1):
    """The sum of two signals, or of a signal and a constant."""
    if isinstance(a, Signal) and isinstance(b, Signal):
        if alpha not in (1, -1):
            b = mul(place, b, alpha)
            alpha = 1
        return operations.added(place.assembly, [a, b], place.name, (1, alpha))
    x, c, factor = (a, b, alpha) if isinstance(a, Signal) else (b, a, 1)
    if not isinstance(a, Signal) and alpha != 1:
        x = mul(place, b, alpha)
    return operations.affine(place.assembly, x, None, factor * _constant(place, x, c, "add"), name=place.name)


def sub(place, a, b, alpha=1):
    """The difference."""
    if isinstance(b, Signal):
        return add(place, a, b, -alpha)
    return add(place, a, -alpha * array(b))


def mul(place, a, b):
    """The product with a constant."""
    if isinstance(a, Signal) and isinstance(b, Signal):
        raise refused(place, "mul")
    x, c = (a, b) if isinstance(a, Signal) else (b, a)
    return operations.affine(place.assembly, x, _constant(place, x, c, "mul"), None, name=place.name)


def div(place, a, b):
    """The quotient by a constant."""
    if isinstance(b, Signal):
        raise refused(place, "div")
    return mul(place, a, 1 / array(b).astype(np.float64))


def neg(place, x):
    """The negative."""
    return mul(place, x, -1.0)
