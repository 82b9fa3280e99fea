"""What pooling, upsampling and shuffles of pixels do to signals: maps with weights that nobody trained."""

from collections.abc import Sequence

import numpy as np

from blockshift import errors
from blockshift.graph.layers import LayerMap
from blockshift.graph.tracing import layouts, operations, pixels
from blockshift.graph.tracing.assembly import Assembly
from blockshift.graph.tracing.signals import Signal

Pair = tuple[int, int]

#: How max-pooling is read, for the conventions of a network.
MAX_POOLING = {
    "average": "a max-pooling is counted like an average: weights 1 / count",
    "ones": "a max-pooling is counted with weight 1 for each pixel it reads",
}


def pooled(
    assembly: Assembly, x: Signal, window: Pair, *, name: str, maximum: bool, stride: Pair,
    padding: Sequence[int] = (0, 0, 0, 0), dilation: Pair = (1, 1), ceil: bool = False, padded: bool = False,
    divisor: int | None = None,
) -> Signal:  # fmt: skip
    """The maxima or averages over windows; padding top, left, bottom, right.

    Parameters
    ----------
    ceil : bool
        Whether windows may reach beyond the end, as long as they begin inside.
    padded : bool
        Whether an average counts the padding.
    divisor : int, optional
        What an average divides by, instead of a count.
    """
    rank = len(x.axes)
    x = layouts.as_maps(assembly, pixels.plain(assembly, x))
    given = (x.height, x.width)
    size, factors = [], []
    for axis, n in enumerate(given):
        k, s, d, before, after = window[axis], stride[axis], dilation[axis], padding[axis], padding[axis + 2]
        span = n + before + after - d * (k - 1) - 1
        if span < 0:
            raise errors.ShapeMismatch(
                f"{name} pools windows of {window[0]} × {window[1]} over {given[0]} × {given[1]} pixels; make the "
                f"input larger."
            )
        count = (-(-span // s) if ceil else span // s) + 1
        if ceil and (count - 1) * s >= n + before:
            count -= 1
        places = np.arange(count)[:, None] * s - before + np.arange(k) * d
        low, high = (-before, n + after) if padded else (0, n)
        size.append(count)
        factors.append(1.0 / np.maximum(1, ((places >= low) & (places < high)).sum(axis=1)))
    if maximum:
        assembly.conventions["pooling"] = MAX_POOLING[assembly.pooling]
    equal = all((factor == factor[0]).all() for factor in factors)
    level = factors[0][0] * factors[1][0] if divisor is None else 1 / divisor
    ones = maximum and assembly.pooling == "ones"
    level, kind = (1.0, "max pooling") if ones else (level, "max pooling" if maximum else "average pooling")
    rows, columns = (None, None) if equal or ones or divisor else factors
    if rows is not None:
        level = 1.0

    def made(count: int, channels: np.ndarray) -> LayerMap:
        K: np.ndarray = np.full((count, 1, *window), level, assembly.dtype)
        return LayerMap(
            K, (count, *given), (count, size[0], size[1]), stride, (padding[0], padding[1]), dilation, count,
            rows=rows, columns=columns, kind=kind,
        )  # fmt: skip

    return layouts.ranked(assembly.channelwise(x, name, made, (size[0], size[1])), rank)


def adaptive(assembly: Assembly, x: Signal, size: Sequence[int | None], *, name: str, maximum: bool) -> Signal:
    """The maxima or averages over as many windows as wanted, if all of them are of one size."""
    rank = len(x.axes)
    x = layouts.as_maps(assembly, pixels.plain(assembly, x))
    given = (x.height, x.width)
    wanted = tuple(n if w is None else w for n, w in zip(given, size, strict=True))
    if wanted == given:
        return layouts.ranked(x, rank)
    if all(w % n == 0 for n, w in zip(given, wanted, strict=True)):
        factors = (wanted[0] // given[0], wanted[1] // given[1])
        return layouts.ranked(upsampled(assembly, x, factors, name), rank)
    if any(n % w for n, w in zip(given, wanted, strict=True)):
        raise errors.BadArgument(
            f"{name} pools {given[0]} × {given[1]} pixels to {wanted[0]} × {wanted[1]}: its windows have different "
            f"sizes. Trace the network with an input for which they divide, or replace it by a plain pooling."
        )
    window = (given[0] // wanted[0], given[1] // wanted[1])
    return layouts.ranked(pooled(assembly, x, window, name=name, maximum=maximum, stride=window), rank)


def upsampled(assembly: Assembly, x: Signal, factors: Pair, name: str) -> Signal:
    """Every pixel repeated: the transpose of a sum over windows."""
    rank = len(x.axes)
    x = layouts.as_maps(assembly, pixels.plain(assembly, x))
    size = (x.height * factors[0], x.width * factors[1])

    def made(count: int, channels: np.ndarray) -> LayerMap:
        K = np.ones((count, 1, *factors), np.float32)
        shape = (count, x.height, x.width)
        return LayerMap(K, (count, *size), shape, factors, groups=count, transposed=True, kind="upsampling")

    return layouts.ranked(assembly.channelwise(x, name, made, size), rank)


def shuffled(assembly: Assembly, x: Signal, factor: int, name: str, back: bool = False) -> Signal:
    """Channels laid out as pixels, `factor` squared of them to one, or back."""
    x = layouts.as_maps(assembly, pixels.plain(assembly, x))
    block, count = factor**2, x.channels if back else x.channels // factor**2
    K = np.tile(np.eye(block, dtype=np.float32).reshape(block, 1, factor, factor), (count, 1, 1, 1))
    step = (factor, factor)
    if back:
        return operations.convolution(
            assembly, x, K, bias=None, bank=None, name=name, stride=step, groups=count, kind="identity"
        )
    return operations.transposed(
        assembly, x, K, bias=None, bank=None, name=name, stride=step, groups=count, kind="identity"
    )
