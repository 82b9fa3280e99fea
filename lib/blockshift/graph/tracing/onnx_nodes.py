"""Nodes of ONNX that have weights or windows: their attributes, and what they are as operations on signals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.graph.tracing import functions, operations, pooling
from blockshift.graph.tracing.functions import Place, pair
from blockshift.graph.tracing.signals import Signal

Around = tuple[int, int, int, int]


@dataclass(frozen=True)
class Node:
    """A node of a file.

    Parameters
    ----------
    place : Place
    word : str
        What it does.
    inputs : list
        Signals, arrays, and nothing where one is left out.
    given : dict
        Its attributes.
    outputs : int
        How many of its outputs have a name.
    """

    place: Place
    word: str
    inputs: list[Any]
    given: dict[str, Any]
    outputs: int = 1

    def constant(self, i: int, name: str, default: Any = None) -> Any:
        """What is an attribute in old files and an input in new ones."""
        found = self.given.get(name, default)
        if len(self.inputs) > i and self.inputs[i] is not None:
            found = self.inputs[i]
        if isinstance(found, Signal):
            raise errors.BadArgument(
                f"{self.place.name!r} takes its {name} from a signal; expected a constant. {functions.OTHERWISE}."
            )
        return found

    @property
    def x(self) -> Signal:
        """The signal that it reads first."""
        if not isinstance(self.inputs[0], Signal):
            raise errors.BadArgument(
                f"{self.place.name!r} applies {self.word} to a constant first and a signal second; exchange them."
            )
        return self.inputs[0]

    @property
    def flat(self) -> bool:
        """Whether it reads maps of one dimension."""
        return len(self.x.axes) == 3

    @property
    def kernel(self) -> np.ndarray:
        """The kernel with two axes of pixels."""
        K = self.constant(1, "kernel")
        return K[:, :, None, :] if self.flat else K

    def steps(self, name: str) -> tuple[int, int]:
        """Strides or dilations, one if left out."""
        return pair(self.given.get(name) or [1, 1], self.flat)

    def around(self, window: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Around:
        """The padding: top, left, bottom, right."""
        rule = self.given.get("auto_pad", "NOTSET")
        if not rule.startswith("SAME"):
            pads = list(self.given.get("pads", ())) if rule == "NOTSET" else []
            top, left, bottom, right = [0, *pads[:1], 0, *pads[1:]] if len(pads) == 2 else pads or [0] * 4
            return (top, left, bottom, right)
        size = (self.x.height, self.x.width)
        total = [
            max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
            for n, k, s, d in zip(size, window, stride, dilation, strict=True)
        ]
        return _halves(total, more_after=rule == "SAME_UPPER")


def _halves(total: Sequence[int], more_after: bool) -> Around:
    """Rows and columns shared out to both sides."""
    (top, left), (bottom, right) = [n // 2 for n in total], [n - n // 2 for n in total]
    return (top, left, bottom, right) if more_after else (bottom, right, top, left)


def conv(node: Node) -> Signal:
    """A convolution."""
    K, stride, dilation = node.kernel, node.steps("strides"), node.steps("dilations")
    return operations.convolution(
        node.place.assembly, node.x, K, bias=node.constant(2, "bias"), bank=node.place.bank(node.inputs[1]),
        name=node.place.name, stride=stride, padding=node.around(K.shape[2:], stride, dilation), dilation=dilation,
        groups=node.given.get("group", 1),
    )  # fmt: skip


def conv_transpose(node: Node) -> Signal:
    """A transposed convolution; its padding may be said by the size of what it gives."""
    K, stride, dilation = node.kernel, node.steps("strides"), node.steps("dilations")
    extra = pair(node.given.get("output_padding") or [0, 0], node.flat, 0)
    rule, wanted, x = node.given.get("auto_pad", "NOTSET"), node.given.get("output_shape"), node.x
    if rule.startswith("SAME") or wanted:
        size = pair(wanted[-(len(x.axes) - 2) :], node.flat) if wanted else (x.height * stride[0], x.width * stride[1])
        steps = zip((x.height, x.width), stride, dilation, K.shape[2:], extra, size, strict=True)
        total = [(n - 1) * s + d * (k - 1) + 1 + e - m for n, s, d, k, e, m in steps]
        around = _halves(total, more_after=rule != "SAME_LOWER")
    else:
        around = node.around(K.shape[2:], stride, dilation)
    return operations.transposed(
        node.place.assembly, x, K, bias=node.constant(2, "bias"), bank=node.place.bank(node.inputs[1]),
        name=node.place.name, stride=stride, padding=around, extra=extra, dilation=dilation,
        groups=node.given.get("group", 1),
    )  # fmt: skip


def gemm(node: Node) -> Signal:
    """A dense map."""
    W, C = node.constant(1, "matrix"), node.constant(2, "bias")
    if node.given.get("transA"):
        raise functions.refused(node.place, "Gemm with its first matrix transposed")
    W = W if node.given.get("transB") else W.T
    alpha, beta = node.given.get("alpha", 1.0), node.given.get("beta", 1.0)
    W = np.ascontiguousarray(W if alpha == 1 else np.asarray(alpha, W.dtype) * W)
    bias = None if C is None else beta * np.broadcast_to(np.ravel(C), (len(W),))
    bank = node.place.bank(node.inputs[1])
    return operations.dense(node.place.assembly, node.x, W, bias=bias, bank=bank, name=node.place.name)


def batch_norm(node: Node) -> Signal:
    """A factor and a shift for each channel."""
    scale, bias, mean, variance = (node.constant(i, "statistics") for i in range(1, 5))
    training = bool(node.given.get("training_mode"))
    eps = node.given.get("epsilon", 1e-5)
    return functions.batch_norm(node.place, node.x, mean, variance, scale, bias, training=training, eps=eps)


def pool(maximum: bool) -> Callable:
    """MaxPool or AveragePool."""

    def call(node: Node) -> Signal:
        if node.outputs > 1:
            raise functions.refused(node.place, "max pooling with indices")
        window = pair(node.given["kernel_shape"], node.flat)
        stride, dilation = node.steps("strides"), node.steps("dilations")
        return pooling.pooled(
            node.place.assembly, node.x, window, name=node.place.name, maximum=maximum, stride=stride,
            padding=node.around(window, stride, dilation), dilation=dilation, ceil=bool(node.given.get("ceil_mode")),
            padded=bool(node.given.get("count_include_pad")),
        )  # fmt: skip

    return call


def pool_all(maximum: bool) -> Callable:
    """GlobalMaxPool or GlobalAveragePool."""

    def call(node: Node) -> Signal:
        window = (node.x.height, node.x.width)
        return pooling.pooled(
            node.place.assembly, node.x, window, name=node.place.name, maximum=maximum, stride=window
        )  # fmt: skip

    return call
