"""Values between the operations of a network: which channels of which layers they are.

A *stack* is a layer to be: it collects links until something reads it, and then it is settled and becomes a layer. So
a batch-norm can still be folded into its links, a sum can take them over, and an activation can be written on it. A
*signal* is what a tensor of the network holds: for each of its channels a channel of a stack, or nothing, which is
zero. Concatenation, slices and shuffles of channels are new signals over the same stacks, and cost no layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from blockshift.graph.links import Link
from blockshift.graph.tracing import axes

#: Owner of a channel that is zero.
NOBODY = -1


@dataclass(eq=False)
class Stack:
    """Feature maps that are a layer, or may become one.

    Parameters
    ----------
    name : str
    shape : tuple of int
        ``(channels, height, width)``.
    links : list of Link
        Those that lead into it, their target still open.
    bias : ndarray, shape (channels,), optional
    place : int, optional
        That of its layer, once it is settled.
    """

    name: str
    shape: tuple[int, int, int]
    links: list[Link] = field(default_factory=list)
    bias: np.ndarray | None = None
    place: int | None = None


@dataclass(frozen=True)
class Piece:
    """Consecutive channels of a stack, and which channels of the signal they are: every `step`-th from `start` on."""

    stack: Stack
    first: int
    count: int
    start: int
    step: int = 1

    @property
    def logical(self) -> slice:
        """The channels of the signal."""
        return slice(self.start, self.start + self.step * (self.count - 1) + 1, self.step)


@dataclass(frozen=True, eq=False)
class Signal:
    """What a tensor of the network holds.

    Parameters
    ----------
    stacks : tuple of Stack
    owner, channel : ndarray of int, shape (channels,)
        The stack, by its place in `stacks`, and its channel there.
    height, width : int
    axes : tuple of axes
        Those of the tensor, as products of channels, rows and columns.
    shared : bool
        Whether more than one operation reads it.
    border : tuple of int
        Zeros around the maps: top, left, bottom, right; the next convolution takes them into its padding.
    dropped : str
        Name of the softmax that was left out before it.
    """

    stacks: tuple[Stack, ...]
    owner: np.ndarray
    channel: np.ndarray
    height: int
    width: int
    axes: axes.Axes
    shared: bool = False
    border: tuple[int, int, int, int] = (0, 0, 0, 0)
    dropped: str = ""

    @classmethod
    def of(cls, stack: Stack) -> "Signal":
        """All channels of a stack, as a batch of maps."""
        c, height, width = stack.shape
        return cls((stack,), np.zeros(c, int), np.arange(c), height, width, axes.maps(c, height, width))

    @property
    def channels(self) -> int:
        """Their number."""
        return len(self.owner)

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the tensor, the batch first."""
        shape = list(axes.sizes(self.axes))
        if any(self.border):  # only maps are padded
            shape[-1] += self.border[1] + self.border[3]
            if len(shape) > 3:
                shape[-2] += self.border[0] + self.border[2]
        return tuple(shape)

    @property
    def fresh(self) -> bool:
        """Whether these are stacks of which nobody else knows, each in full: links may still change."""
        if self.shared or any(self.border) or any(stack.place is not None for stack in self.stacks):
            return False
        if (self.owner < 0).any():
            return False
        counts = np.bincount(self.owner, minlength=len(self.stacks))
        return all(n == stack.shape[0] for n, stack in zip(counts, self.stacks, strict=True)) and not self.repeated

    @property
    def repeated(self) -> bool:
        """Whether a channel occurs twice."""
        known = self.owner >= 0
        pairs = np.stack([self.owner[known], self.channel[known]], axis=1)
        return len(np.unique(pairs, axis=0)) < len(pairs)

    def picked(self, channels: np.ndarray) -> "Signal":
        """Some of the channels, in that order, as a batch of maps."""
        owner, channel = self.owner[channels], self.channel[channels]
        return replace(
            self, owner=owner, channel=channel, axes=axes.maps(len(owner), self.height, self.width)
        ).compacted()  # fmt: skip

    def compacted(self) -> "Signal":
        """The same, without stacks that no channel belongs to."""
        used = np.unique(self.owner[self.owner >= 0])
        if len(used) == len(self.stacks):
            return self
        number = np.full(len(self.stacks) + 1, NOBODY)
        number[used] = np.arange(len(used))
        return replace(self, stacks=tuple(self.stacks[i] for i in used), owner=number[self.owner])

    def within(self, stack: Stack) -> tuple[np.ndarray, np.ndarray]:
        """Which channels of a stack belong to the signal, and where they are in it."""
        here = np.flatnonzero(self.owner == self.stacks.index(stack))
        return self.channel[here], here

    def pieces(self) -> list[Piece]:
        """The channels as few runs: consecutive in their stack, evenly spaced in the signal.

        A shuffle of channels in g groups is g such runs, and so a convolution that reads it needs g links.
        """
        known = np.flatnonzero(self.owner >= 0)
        plain = self._runs(known, np.ones(max(0, len(known) - 1), int))
        if len(plain) <= len(self.stacks) or self.repeated:
            return plain
        order = known[np.lexsort((self.channel[known], self.owner[known]))]
        spaced = self._runs(order, np.diff(order))
        return min(plain, sorted(spaced, key=lambda piece: piece.start), key=len)

    def _runs(self, order: np.ndarray, steps: np.ndarray) -> list[Piece]:
        """Maximal runs along `order` whose steps in the signal stay the same, and are positive."""
        if not len(order):
            return []
        owner, channel = self.owner[order], self.channel[order]
        along = (np.diff(owner) == 0) & (np.diff(channel) == 1) & (np.diff(order) == steps) & (steps > 0)
        found, begin = [], 0
        for end in range(1, len(order) + 1):
            together = end < len(order) and along[end - 1]
            if together and (end - begin < 2 or steps[end - 1] == steps[begin]):
                continue
            step = int(steps[begin]) if end - begin > 1 else 1
            stack = self.stacks[owner[begin]]
            found.append(Piece(stack, int(channel[begin]), end - begin, int(order[begin]), step))
            begin = end
        return found


def concatenated(signals: Sequence[Signal]) -> Signal:
    """The channels of several signals of equal height and width, one after the other, as a batch of maps."""
    stacks: list[Stack] = []
    owners = []
    for signal in signals:
        places = [stacks.index(stack) if stack in stacks else NOBODY for stack in signal.stacks]
        for i, stack in enumerate(signal.stacks):
            if places[i] == NOBODY:
                places[i] = len(stacks)
                stacks.append(stack)
        owners.append(np.array([*places, NOBODY])[signal.owner])
    owner = np.concatenate(owners)
    channel = np.concatenate([signal.channel for signal in signals])
    height, width = signals[0].height, signals[0].width
    known = axes.maps(len(owner), height, width)
    return Signal(tuple(stacks), owner, channel, height, width, known, any(signal.shared for signal in signals))
