"""The layered graph while it grows: stacks are settled as layers when they are read, and the Dag is what results."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import IDENTITY, Activation, Layer, Link
from blockshift.graph.tracing import axes
from blockshift.graph.tracing.signals import Piece, Signal, Stack

#: How max-pooling and batch-norm are read; the first of each is the default.
POOLING = ("average", "ones")
BATCH_NORM = ("fold", "diagonal")


class Assembly:
    """Layers and links found so far.

    Parameters
    ----------
    pooling : {"average", "ones"}
    batch_norm : {"fold", "diagonal"}
    dtype : type
        float32 or float64: of weights that are computed, such as 1 / count.

    Raises
    ------
    UnknownName
        If there is no such convention.
    """

    def __init__(self, pooling: str = "average", batch_norm: str = "fold", dtype: type = np.float32):
        for name, given, known in (("pooling", pooling, POOLING), ("batch_norm", batch_norm, BATCH_NORM)):
            if given not in known:
                raise errors.UnknownName(f"{name} {given!r} is not known; there are {' and '.join(map(repr, known))}.")
        self.pooling, self.batch_norm = pooling, batch_norm
        self.dtype = dtype
        self.layers: list[Layer] = []
        self.links: list[Link] = []
        self.banks: dict[str, np.ndarray] = {}
        self.conventions: dict[str, str] = {}
        self._names: set[str] = set()

    def input(self, shape: tuple[int, ...]) -> Signal:
        """The signal of the input: shape ``(d,)``, ``(channels, length)`` or ``(channels, height, width)``."""
        c, height, width = (*shape, 1, 1) if len(shape) == 1 else (shape[0], 1, shape[1]) if len(shape) == 2 else shape
        stack = Stack("input", (c, height, width))
        self.settle(stack)
        return replace(Signal.of(stack), axes=axes.reshaped(axes.maps(c, height, width), (1, *shape)))

    def settle(self, stack: Stack, activation: Activation = IDENTITY) -> int:
        """The place of a stack among the layers; it becomes one now if it was none."""
        if stack.place is None:
            stack.place = len(self.layers)
            name = self._unused(stack.name)
            bias = stack.bias if stack.bias is None else np.asarray(stack.bias, np.float64)
            self.layers.append(Layer(name, stack.shape, activation, bias))
            self.links += [replace(link, target=stack.place) for link in stack.links]
        return stack.place

    def _unused(self, name: str) -> str:
        """The name, with a number behind it where it is taken: a module that is called twice makes two layers."""
        count, unused = 1, name
        while unused in self._names:
            count, unused = count + 1, f"{name}@{count + 1}"
        self._names.add(unused)
        return unused

    def pieces(self, x: Signal) -> list[Piece]:
        """The channels of a signal as few runs, all of them settled."""
        for stack in x.stacks:
            self.settle(stack)
        return x.pieces()

    def bank(self, name: str, weights: np.ndarray) -> str:
        """The name under which these weights are kept."""
        count, unused = 1, name
        while unused in self.banks and not np.array_equal(self.banks[unused], weights):
            count, unused = count + 1, f"{name}@{count + 1}"
        self.banks[unused] = weights
        return unused

    def channelwise(
        self, x: Signal, name: str, make: Callable[[int, np.ndarray], LayerMap], size: tuple[int, int],
    ) -> Signal:  # fmt: skip
        """A new stack of `size`, each channel of which comes from one of `x` by ``make(count, channels)``.

        Channels that are interleaved in the signal stay together in the stack, so that there are few links; channels
        that are zero get nodes without edges.
        """
        pieces = self.pieces(x)
        empty = np.flatnonzero(x.owner < 0)
        order = [np.arange(x.channels)[piece.logical] for piece in pieces]
        if all(piece.step == 1 for piece in pieces):
            order = [np.arange(x.channels)]
        flat = np.concatenate([*order, empty]) if len(order) != 1 or len(order[0]) != x.channels else order[0]
        where = np.argsort(flat)
        stack = Stack(name, (x.channels, *size))
        for piece in pieces:
            channels = np.arange(x.channels)[piece.logical]
            made = make(piece.count, channels)
            target = int(where[piece.start])
            stack.links.append(Link(piece.stack.place or 0, -1, made, piece.first, target, name=name))
        return replace(Signal.of(stack), channel=where)

    def finished(self, outputs: Iterable[Signal], name: str) -> Dag:
        """The Dag with these outputs; a signal that is several layers one after the other gives several."""
        places = [piece.stack.place or 0 for signal in outputs for piece in self.pieces(signal)]
        return Dag(tuple(self.layers), tuple(self.links), dict(self.banks), tuple(places), dict(self.conventions), name)
