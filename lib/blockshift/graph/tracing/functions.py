"""Functions of torch by name, as operations on signals; what cannot be part of a signed graph is refused by name.

Every function takes the *place* where it is called, then its own arguments as torch names them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from blockshift import errors
from blockshift.graph.tracing import activations, axes, layouts, operations, pooling
from blockshift.graph.tracing.assembly import Assembly
from blockshift.graph.tracing.signals import Signal

#: What to do about functions that are refused.
_NORMALISES = (
    "it divides by statistics of the signal itself, so no edge has a fixed weight; trace the network with batch-norms, "
    "or only the part before it"
)
_MULTIPLIES = (
    "a product of two signals (a gate, attention, squeeze-and-excitation) has no fixed weights; trace a network "
    "without it, or only the parts between such products"
)
ADVICE = {
    **dict.fromkeys(
        ("layer_norm", "group_norm", "instance_norm", "local_response_norm", "rms_norm", "normalize"), _NORMALISES
    ),
    **dict.fromkeys(("mul", "matmul", "bmm", "einsum", "div", "pow", "scaled_dot_product_attention"), _MULTIPLIES),
    **dict.fromkeys(
        ("multi_head_attention_forward", "MultiheadAttention", "TransformerEncoderLayer"), _MULTIPLIES
    ),
    **dict.fromkeys(
        ("LSTM", "GRU", "RNN"), "a recurrent network has cycles; write out the steps as layers, without gates"
    ),
    **dict.fromkeys(("embedding", "Embedding"), "its input is no signal but a number of a row; trace what follows it"),
}  # fmt: skip
OTHERWISE = (
    "it is not known to be linear, a monotone activation or a pooling; replace it, or trace the parts before and after"
)


@dataclass
class Place:
    """Where in a network a function is called.

    Parameters
    ----------
    assembly : Assembly
    name : str
        Of the module or the node: the name of the layer that results.
    banks : dict of int to str
        The names of the parameters by their identity.
    """

    assembly: Assembly
    name: str
    banks: dict[int, str]

    def bank(self, weight: Any) -> str:
        """The name of a parameter, or of this place where it is none."""
        return self.banks.get(id(weight), f"{self.name}.weight")


def refused(place: Place, function: str) -> errors.BadArgument:
    """The sentence that says no."""
    return errors.BadArgument(f"{place.name!r} calls {function}: {ADVICE.get(function, OTHERWISE)}.")


def array(values: Any) -> np.ndarray:
    """Parameters as an array of float32 or float64."""
    if not torch.is_tensor(values):
        return np.asarray(values)
    values = values.detach().cpu()
    return (values if values.dtype in (torch.float32, torch.float64) else values.float()).numpy()


def pair(given: Any, flat: bool = False, neutral: int = 1) -> tuple[int, int]:
    """Down and across; in one dimension only across."""
    given = tuple(given) if isinstance(given, Sequence) else (given,)
    if flat:
        return (neutral, int(given[0]))
    return (int(given[0]), int(given[-1]))


def _kernel(weight: Any, flat: bool) -> np.ndarray:
    """The kernel with two axes of pixels."""
    K = array(weight)
    return K[:, :, None, :] if flat else K


def convolved(flat: bool) -> Callable:
    """conv1d or conv2d."""

    def call(place, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        K, steps = _kernel(weight, flat), pair(dilation, flat)
        if padding == "same":
            total = [d * (k - 1) for d, k in zip(steps, K.shape[2:], strict=True)]
            around = (total[0] // 2, total[1] // 2, total[0] - total[0] // 2, total[1] - total[1] // 2)
        else:
            around = (*pair(0 if padding == "valid" else padding, flat, 0),) * 2
        return operations.convolution(
            place.assembly, x, K, bias=None if bias is None else array(bias), bank=place.bank(weight), name=place.name,
            stride=pair(stride, flat), padding=around, dilation=steps, groups=groups,
        )  # fmt: skip

    return call


def transposed(flat: bool) -> Callable:
    """conv_transpose1d or conv_transpose2d."""

    def call(place, x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        return operations.transposed(
            place.assembly, x, _kernel(weight, flat), bias=None if bias is None else array(bias),
            bank=place.bank(weight), name=place.name, stride=pair(stride, flat), padding=pair(padding, flat, 0) * 2,
            extra=pair(output_padding, flat, 0), dilation=pair(dilation, flat), groups=groups,
        )  # fmt: skip

    return call


def linear(place, x, weight, bias=None):
    """A dense map of the last axis."""
    bias = None if bias is None else array(bias)
    return operations.dense(place.assembly, x, array(weight), bias=bias, bank=place.bank(weight), name=place.name)


def matmul(place, x, other):
    """A product with a constant matrix from the right."""
    if isinstance(other, Signal) or not isinstance(x, Signal) or np.ndim(other) != 2:
        raise refused(place, "matmul")
    W = np.ascontiguousarray(array(other).T)
    return operations.dense(place.assembly, x, W, bias=None, bank=place.bank(other), name=place.name)


def batch_norm(
    place, x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):  # fmt: skip
    """A factor and a shift for each channel, from the statistics of the training data."""
    if running_mean is None or running_var is None or training:
        raise errors.BadArgument(f"{place.name!r} is a batch-norm without running statistics: {ADVICE['layer_norm']}.")
    rest = 1 / np.sqrt(array(running_var).astype(np.float64) + eps)
    trained = np.ones(len(rest)) if weight is None else array(weight)
    gain = trained * rest
    shift = (0.0 if bias is None else array(bias)) - array(running_mean).astype(np.float64) * gain
    fold = place.assembly.batch_norm == "fold"
    place.assembly.conventions["batch_norm"] = (
        "folded into the convolution before it, or a diagonal layer where there is none"
        if fold
        else "a diagonal layer of its own"
    )
    bank = None if weight is None else (place.bank(weight), trained, rest)
    return operations.affine(place.assembly, x, gain, shift, name=place.name, bank=bank, fold=fold)


def max_pooled(flat: bool) -> Callable:
    """max_pool1d or max_pool2d."""

    def call(
        place, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
    ):  # fmt: skip
        if return_indices:
            raise refused(place, "max pooling with indices")
        window = pair(kernel_size, flat)
        return pooling.pooled(
            place.assembly, x, window, name=place.name, maximum=True,
            stride=pair(stride, flat) if stride or stride == 0 else window, padding=pair(padding, flat, 0) * 2,
            dilation=pair(dilation, flat), ceil=ceil_mode,
        )  # fmt: skip

    return call


def averaged(flat: bool) -> Callable:
    """avg_pool1d or avg_pool2d."""

    def call(
        place, x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
    ):
        window = pair(kernel_size, flat)
        return pooling.pooled(
            place.assembly, x, window, name=place.name, maximum=False, stride=pair(stride, flat) if stride else window,
            padding=pair(padding, flat, 0) * 2, ceil=ceil_mode, padded=count_include_pad, divisor=divisor_override,
        )  # fmt: skip

    return call


def adaptive(flat: bool, maximum: bool) -> Callable:
    """Adaptive poolings of one or two dimensions."""

    def call(place, x, output_size, return_indices=False):
        given = tuple(output_size) if isinstance(output_size, Sequence) else (output_size,)
        size = (1, given[0]) if flat else (given[0], given[-1])
        return pooling.adaptive(place.assembly, x, size, name=place.name, maximum=maximum)

    return call


def mean(place, x, dim=None, keepdim=False, dtype=None):
    """The mean over rows, columns, or both."""
    rank = len(x.axes)
    over = range(1, rank) if dim is None else sorted(d % rank for d in (dim if isinstance(dim, Sequence) else (dim,)))
    axis = [f for d in over for f in x.axes[d]]
    rows, columns = axes.whole(axes.ROWS, x.height), axes.whole(axes.COLUMNS, x.width)
    if any(x.border) or tuple(axis) not in (rows + columns, rows, columns):
        raise refused(place, "a mean over channels or parts of the maps")
    window = (x.height if axis and axis[0].along == axes.ROWS else 1, x.width if columns and columns[0] in axis else 1)
    maps = replace(x, axes=axes.maps(x.channels, x.height, x.width))
    y = pooling.pooled(place.assembly, maps, window, name=place.name, maximum=False, stride=window)
    left = [() if d in over else axis for d, axis in enumerate(x.axes)]
    return replace(y, axes=tuple(axis for d, axis in enumerate(left) if keepdim or d not in over))


def activated(name: str, *parameters: str) -> Callable:
    """The activation of that name; the positional parameters in their order."""

    def call(place, x, *given, inplace=False, **named):
        values = {**dict(zip(parameters, given, strict=False)), **named}
        values = {key: float(value) for key, value in values.items() if value is not None and key in parameters}
        return operations.activated(place.assembly, x, activations.named(name, **values), place.name)

    return call


def gelu(place, x, approximate="none"):
    """The GELU, exact or by a hyperbolic tangent."""
    act = activations.named("gelu", approximate=approximate) if approximate != "none" else activations.named("gelu")
    return operations.activated(place.assembly, x, act, place.name)


def prelu(place, x, weight):
    """The parametric ReLU."""
    slopes = np.broadcast_to(array(weight).ravel(), (x.channels,))
    return operations.activated(
        place.assembly, x, lambda channels: activations.sloped(slopes[channels]), place.name
    )  # fmt: skip


def softmax(place, x, *args, **kwargs):
    """Nothing, at the end of a network; noted in the conventions."""
    place.assembly.conventions["softmax"] = "at the end, left out"
    return replace(layouts.readable(x), dropped="softmax")


def unchanged(place, x, *args, **kwargs):
    """Nothing."""
    return x


def dropout(place, x, p=0.5, training=True, inplace=False):
    """Nothing, outside of training."""
    return x
