"""How the axes of a tensor in the module relate to channels, rows and columns: reshapes without moving anything.

A network may flatten its maps, put channels last, cut them into groups, and shape all that back. None of it does
anything to the nodes: it only changes which index means which node. So each axis of a tensor is kept as a product of
*factors*, each of them a range of channels, rows or columns with a stride; the batch is an axis without factors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from blockshift import errors

CHANNELS, ROWS, COLUMNS = 0, 1, 2


@dataclass(frozen=True)
class Factor:
    """Every `stride`-th channel, row or column, `size` of them."""

    along: int
    size: int
    stride: int = 1


Axis = tuple[Factor, ...]
Axes = tuple[Axis, ...]


def whole(along: int, size: int) -> Axis:
    """The axis that counts all channels, rows or columns."""
    return (Factor(along, size),) if size > 1 else ()


def maps(channels: int, height: int, width: int) -> Axes:
    """The axes of a batch of feature maps.

    Examples
    --------
    >>> sizes(maps(3, 1, 5))
    (1, 3, 1, 5)
    """
    return ((), whole(CHANNELS, channels), whole(ROWS, height), whole(COLUMNS, width))


def sizes(axes: Axes) -> tuple[int, ...]:
    """The shape that a tensor with these axes has."""
    return tuple(prod(factor.size for factor in axis) for axis in axes)


def reshaped(axes: Axes, shape: Sequence[int]) -> Axes:
    """The axes after a reshape to `shape`, in which one entry may be -1.

    Raises
    ------
    ShapeMismatch
        If the sizes do not fit, or an axis would begin in the middle of another.

    Examples
    --------
    >>> sizes(reshaped(maps(6, 2, 1), (1, 2, 3, 2, 1)))
    (1, 2, 3, 2, 1)
    """
    total, wanted = prod(sizes(axes)), [int(n) for n in shape]
    if wanted.count(-1) == 1:
        rest = -prod(wanted)
        wanted[wanted.index(-1)] = total // rest if rest else 0
    if prod(wanted) != total or min(wanted, default=1) < 0:
        raise errors.ShapeMismatch(
            f"{sizes(axes)} cannot be reshaped to {tuple(shape)}; the sizes must multiply alike."
        )
    left = [factor for axis in axes for factor in axis][::-1]
    made = []
    for size in wanted:
        axis = []
        while size > 1:
            factor = left.pop()
            if size % factor.size == 0:
                axis.append(factor)
                size //= factor.size
            elif factor.size % size == 0:
                inner = factor.size // size
                axis.append(Factor(factor.along, size, factor.stride * inner))
                left.append(Factor(factor.along, inner, factor.stride))
                size = 1
            else:
                raise errors.ShapeMismatch(
                    f"the reshape of {sizes(axes)} to {tuple(shape)} cuts across channels and pixels; only reshapes "
                    f"that join or split whole axes can be traced."
                )
        made.append(_joined(axis))
    return tuple(made)


def _joined(axis: Sequence[Factor]) -> Axis:
    """The same axis with neighbours that count on as one factor."""
    made: list[Factor] = []
    for factor in axis:
        last = made[-1] if made else None
        if last and last.along == factor.along and last.stride == factor.size * factor.stride:
            made[-1] = Factor(factor.along, last.size * factor.size, factor.stride)
        else:
            made.append(factor)
    return tuple(made)


def places(axis: Axis, strides: Sequence[int] = (1, 1, 1)) -> np.ndarray:
    """Which node each index of an axis means, if channels, rows and columns count `strides`.

    Examples
    --------
    >>> places((Factor(CHANNELS, 2), Factor(CHANNELS, 3, 2)))  # a shuffle of six channels
    array([0, 2, 4, 1, 3, 5])
    """
    found = np.zeros(1, int)
    for factor in axis:
        steps = np.arange(factor.size) * factor.stride * strides[factor.along]
        found = (found[:, None] + steps).ravel()
    return found


def reads_only(axis: Axis, along: int) -> bool:
    """Whether an axis counts nothing but channels, or rows, or columns."""
    return all(factor.along == along for factor in axis)
