"""What the operations of a network do to signals, with weights: convolutions, dense maps, scales, activations, sums."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from blockshift import errors
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Activation, Link
from blockshift.graph.tracing import axes, layouts, pixels
from blockshift.graph.tracing.assembly import Assembly
from blockshift.graph.tracing.signals import Piece, Signal, Stack

Pair = tuple[int, int]


def convolution(
    assembly: Assembly, x: Signal, K: np.ndarray, *, bias: np.ndarray | None, bank: str | None, name: str,
    stride: Pair = (1, 1), padding: Sequence[int] = (0, 0, 0, 0), dilation: Pair = (1, 1), groups: int = 1,
    kind: str | None = None,
) -> Signal:  # fmt: skip
    """A convolution; padding top, left, bottom, right."""
    rank, x = len(x.axes), layouts.as_maps(assembly, x)
    c_out, per_group = K.shape[0], K.shape[1]
    _check_channels(name, x.channels, per_group * groups)
    top, left, bottom, right = (p + b for p, b in zip(padding, x.border, strict=True))
    around = (top, left, bottom, right)
    bank = bank if bank is None else assembly.bank(bank, K)
    depthwise = groups > 1 and per_group == 1
    kind = kind or ("depthwise" if depthwise else "convolution")
    pieces = assembly.pieces(x)
    stack, order, target = Stack(name, (c_out, 1, 1)), [], 0
    mixed = depthwise and c_out == groups and any(piece.step > 1 for piece in pieces)
    whole = LayerMap.convolution(
        np.broadcast_to(np.float32(0), (1, 1, *K.shape[2:])), (1, x.height, x.width), stride=stride, padding=around,
        dilation=dilation,
    )  # fmt: skip
    for piece, first, count in cuts(pieces, groups, per_group, keep=mixed):
        if groups == 1:
            part = (slice(None), piece.logical)
        elif mixed:
            part, first, target = (piece.logical, slice(None)), target, target + piece.count
            order.append(np.arange(c_out)[piece.logical])
        else:
            inside = slice(None) if count * per_group == piece.count else _shifted(piece.logical, -first * per_group)
            part = (slice(first * (c_out // groups), (first + count) * (c_out // groups)), inside)
        kernel = K[part]
        made = LayerMap(
            kernel, (piece.count, x.height, x.width), (len(kernel), *whole.base_out[1:]), stride, (top, left), dilation,
            count, kind=kind,
        )  # fmt: skip
        at = first if mixed else first * (c_out // groups)
        stack.links.append(Link(piece.stack.place or 0, -1, made, piece.first, at, bank, part, name=name))
    stack.shape, stack.bias = (c_out, *whole.base_out[1:]), _copied(bias)
    y = Signal.of(stack)
    if mixed:
        missing = np.flatnonzero(x.owner < 0)
        flat = np.concatenate([*order, missing])
        stack.bias = None if bias is None else np.asarray(bias)[flat]
        y = replace(y, channel=np.argsort(flat))
    return layouts.ranked(y, rank)


def _shifted(given: slice, by: int) -> slice:
    """The same range from another start."""
    return slice(given.start + by, given.stop + by, given.step)


def _copied(bias: np.ndarray | None) -> np.ndarray | None:
    """A bias of our own."""
    return None if bias is None else np.array(bias, np.float64)


def _check_channels(name: str, given: int, expected: int) -> None:
    """That a kernel reads as many channels as there are."""
    if given != expected:
        raise errors.ShapeMismatch(f"{name} reads {expected} channels, but {given} arrive; check the input shape.")


def cuts(
    pieces: Sequence[Piece], groups: int, per_group: int, keep: bool = False
) -> Iterator[tuple[Piece, int, int]]:  # fmt: skip
    """Pieces cut where groups begin and end: parts of one group, or whole groups, with the first and their number."""
    for piece in pieces:
        if groups == 1 or keep:
            yield piece, 0, 1 if groups == 1 else piece.count
            continue
        if piece.step > 1:
            for i in range(piece.count):
                at = piece.start + i * piece.step
                yield Piece(piece.stack, piece.first + i, 1, at), at // per_group, 1
            continue
        at, end = piece.start, piece.start + piece.count
        while at < end:
            first = at // per_group
            whole = (end - at) // per_group if at % per_group == 0 else 0
            stop = (first + whole) * per_group if whole else min(end, (first + 1) * per_group)
            yield Piece(piece.stack, piece.first + at - piece.start, stop - at, at), first, max(1, whole)
            at = stop


def transposed(
    assembly: Assembly, x: Signal, K: np.ndarray, *, bias: np.ndarray | None, bank: str | None, name: str,
    stride: Pair = (1, 1), padding: Sequence[int] = (0, 0, 0, 0), extra: Pair = (0, 0), dilation: Pair = (1, 1),
    groups: int = 1, kind: str = "convolution",
) -> Signal:  # fmt: skip
    """A transposed convolution, kernel ``(c_in, c_out / groups, k_1, k_2)``; `extra` rows and columns at the end."""
    rank, x = len(x.axes), layouts.as_maps(assembly, pixels.plain(assembly, x))
    _check_channels(name, x.channels, K.shape[0])
    per_group, out = K.shape[0] // groups, K.shape[1]
    top, left, bottom, right = padding
    size = [
        (n - 1) * s + d * (k - 1) + 1 - p + e
        for n, s, d, k, p, e in zip(
            (x.height, x.width), stride, dilation, K.shape[2:], (top + bottom, left + right), extra, strict=True
        )
    ]
    bank = bank if bank is None else assembly.bank(bank, K)
    stack = Stack(name, (groups * out, size[0], size[1]), bias=_copied(bias))
    for piece, first, count in cuts(assembly.pieces(x), groups, per_group):
        part = (piece.logical, slice(None))
        made = LayerMap(
            K[part], (count * out, size[0], size[1]), (piece.count, x.height, x.width), stride, (top, left), dilation,
            count, True, kind=kind,
        )  # fmt: skip
        link = Link(piece.stack.place or 0, -1, made, piece.first, first * out, bank, part, name=name)
        stack.links.append(link)
    return layouts.ranked(Signal.of(stack), rank)


def dense(
    assembly: Assembly, x: Signal, W: np.ndarray, *, bias: np.ndarray | None, bank: str | None, name: str
) -> Signal:  # fmt: skip
    """A dense map of the last axis, W of shape ``(d_out, d_in)``: of flattened maps, or of each pixel's channels."""
    x = pixels.plain(assembly, x)
    _check_channels(name, x.shape[-1], W.shape[1])
    order = layouts.features(x)
    if order is not None:
        K = np.empty((len(W), x.channels * x.height * x.width), W.dtype)
        if len(order) != K.shape[1]:
            raise errors.ShapeMismatch(f"{name} reads only a part of what was flattened; flatten what it reads.")
        K[:, order] = W
        K = K.reshape(len(W), x.channels, x.height, x.width)
        maps = x.picked(np.arange(x.channels))
        y = convolution(assembly, maps, K, bias=bias, bank=bank, name=name, kind="dense")
        rank = len(x.axes)
        return replace(y, axes=(*((),) * (rank - 1), axes.whole(axes.CHANNELS, len(W))))
    last, others = x.axes[-1], x.axes[:-1]
    around = [f for axis in others for f in axis]
    if not axes.reads_only(last, axes.CHANNELS) or any(f.along == axes.CHANNELS for f in around):
        raise errors.ShapeMismatch(
            f"{name} reads the last axis of a tensor of shape {x.shape}, which is neither all features nor the "
            f"channels of each pixel; flatten the maps, or put the channels last."
        )
    maps = x.picked(axes.places(last))
    y = convolution(assembly, maps, W[:, :, None, None], bias=bias, bank=bank, name=name)
    return replace(y, axes=(*others, axes.whole(axes.CHANNELS, len(W))))


def affine(
    assembly: Assembly, x: Signal, gain: np.ndarray | None, shift: np.ndarray | None, *, name: str,
    bank: tuple[str, np.ndarray, np.ndarray] | None = None, fold: bool = False,
) -> Signal:  # fmt: skip
    """A factor and a shift for each channel of the signal.

    Folded, the factor goes into the gains of the links that arrive, if all of them have weights of their own;
    otherwise it is a diagonal link into a new layer. `bank` is the name of the trained part of the factor, that part,
    and the rest of the factor.
    """
    rank, x = len(x.axes), layouts.as_maps(assembly, pixels.plain(assembly, x))
    trivial = gain is None or bool((gain == 1).all())
    weighted = all(link.bank is not None for stack in x.stacks for link in stack.links)
    if x.fresh and (trivial or (fold and weighted)):
        for stack in x.stacks:
            inside, here = x.within(stack)
            if gain is not None and not trivial:
                factor = np.empty(len(inside))
                factor[inside] = np.asarray(gain, np.float64)[here]
                rescale(stack, factor)
            if shift is not None:
                stack.bias = np.zeros(len(inside)) if stack.bias is None else stack.bias
                stack.bias[inside] += np.asarray(shift, np.float64)[here]
        return layouts.ranked(x, rank)
    factors: np.ndarray = (np.ones(x.channels) if gain is None else np.asarray(gain)).astype(assembly.dtype)
    known = None if bank is None else assembly.bank(bank[0], bank[1].reshape(-1, 1, 1, 1))

    def made(count: int, channels: np.ndarray) -> LayerMap:
        shape = (count, x.height, x.width)
        return LayerMap.identity(shape) if trivial else LayerMap.diagonal(factors[channels], shape)

    y = assembly.channelwise(x, name, made, (x.height, x.width))
    stack = y.stacks[0]
    if bank is not None and not trivial and known is not None:
        stack.links = [_trained(link, known, bank[2], y) for link in stack.links]
    if shift is not None:
        stack.bias = np.empty(x.channels)
        stack.bias[y.channel] = shift
    return layouts.ranked(y, rank)


def _trained(link: Link, bank: str, rest: np.ndarray, y: Signal) -> Link:
    """A diagonal link whose weights are a trained scale times the rest of the factor."""
    places = np.argsort(y.channel)[link.writes]  # the channels of the signal
    step = int(places[1] - places[0]) if len(places) > 1 else 1
    part = slice(int(places[0]), int(places[-1]) + 1, step)
    return replace(link, bank=bank, part=(part, slice(None)), gain=np.asarray(rest, np.float64)[part])


def rescale(stack: Stack, factor: np.ndarray) -> None:
    """A factor on each channel of a stack that is not settled yet."""
    made = []
    for link in stack.links:
        gain = factor[link.writes]
        both = gain if link.gain is None else link.gain * gain
        made.append(replace(link, map=link.map.scaled(gain), gain=both))
    stack.links = made
    if stack.bias is not None:
        stack.bias = stack.bias * factor


def activated(assembly: Assembly, x: Signal, act: Activation | Callable[[np.ndarray], Activation], name: str) -> Signal:
    """The signal after an activation; a function of the channels where it differs between them."""
    x = pixels.plain(assembly, x)
    rank = len(x.axes)
    if not isinstance(act, Activation):
        x = layouts.as_maps(assembly, x)
    note(assembly, act if isinstance(act, Activation) else act(np.arange(1)))
    if x.fresh:
        for stack in x.stacks:
            inside, here = x.within(stack)
            assembly.settle(stack, act if isinstance(act, Activation) else act(here[np.argsort(inside)]))
        return x if isinstance(act, Activation) else layouts.ranked(x, rank)
    y = copied(assembly, x, name)
    stack = y.stacks[0]
    assembly.settle(stack, act if isinstance(act, Activation) else act(np.argsort(y.channel)))
    return y if isinstance(act, Activation) else layouts.ranked(y, rank)


def copied(assembly: Assembly, x: Signal, name: str) -> Signal:
    """The same tensor in a stack of its own, over skip edges."""
    shape = (x.height, x.width)
    y = assembly.channelwise(x, name, lambda count, channels: LayerMap.identity((count, *shape)), shape)
    return replace(y, axes=x.axes)


def note(assembly: Assembly, act: Activation) -> None:
    """A line in the conventions for an activation that decreases somewhere."""
    if not act.monotone:
        names = assembly.conventions.get("not monotone", "")
        if act.name not in names.split(", "):
            assembly.conventions["not monotone"] = f"{names}, {act.name}".strip(", ")


def added(assembly: Assembly, operands: Sequence[Signal], name: str, signs: Sequence[int] = ()) -> Signal:
    """The sum of signals of one shape: one layer, in which the links of convolutions that only it reads end.

    The others reach it over skip edges.
    """
    operands = [pixels.plain(assembly, x) for x in operands]
    shapes = {x.shape for x in operands}
    if len(shapes) > 1:
        raise errors.ShapeMismatch(
            f"tensors of shapes {' and '.join(map(str, sorted(shapes)))} are added; expected equal shapes, or a "
            f"constant for each channel."
        )
    layouts_agree = {(x.axes, x.channels, x.height, x.width) for x in operands}
    rank, final = len(operands[0].axes), operands[0].axes
    if len(layouts_agree) > 1:
        try_maps = 2 <= rank <= 4
        operands = [layouts.as_maps(assembly, x) if try_maps else layouts.as_features(assembly, x) for x in operands]
        final = layouts.ranked(operands[0], rank).axes if try_maps else axes.reshaped(operands[0].axes, min(shapes))
    first = operands[0]
    total = Stack(name, (first.channels, first.height, first.width))
    for x, sign in zip(operands, signs or (1,) * len(operands), strict=True):
        alone = sum(stack in other.stacks for other in operands for stack in x.stacks) == 1
        straight = len(x.stacks) == 1 and (x.channel == np.arange(x.channels)).all()
        if x.fresh and straight and alone and (sign > 0 or all(k.bank for k in x.stacks[0].links)):
            stack = x.stacks[0]
            if sign < 0:
                rescale(stack, np.full(x.channels, -1.0))
            total.links += stack.links
            if stack.bias is not None:
                total.bias = stack.bias if total.bias is None else total.bias + stack.bias
            continue
        for piece in assembly.pieces(x):
            for i in range(piece.count) if piece.step > 1 else (0,):
                count = 1 if piece.step > 1 else piece.count
                shape = (count, x.height, x.width)
                made = LayerMap.identity(shape) if sign > 0 else LayerMap.diagonal(-np.ones(count, np.float32), shape)
                at = piece.start + i * piece.step
                total.links.append(Link(piece.stack.place or 0, -1, made, piece.first + i, at, name=name))
    return replace(Signal.of(total), axes=final)


def whole(assembly: Assembly, x: Signal, name: str) -> Signal:
    """The signal as layers one after the other, each in full; where it is only a part of one, a layer copies it."""
    x = pixels.plain(assembly, replace(x, dropped=""))
    if layouts.are_maps(x):
        x = layouts.ranked(layouts.as_maps(assembly, x), len(x.axes))
    pieces = assembly.pieces(x)
    full = all(piece.first == 0 and piece.step == 1 and piece.count == piece.stack.shape[0] for piece in pieces)
    return x if full and not (x.owner < 0).any() else added(assembly, [x], name)
