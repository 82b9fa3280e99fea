"""Activations by name: which never decrease, and the functions that compute them.

A monotone activation keeps the order of its inputs, whatever its weights; others are traced as well, since frustration
is a matter of the weights alone, but the network is then no order-preserving one, and its conventions say so.
Functions are picklable, since layered graphs are sent to other processes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from blockshift.graph.links import Activation

#: Name: function of a tensor and, where it has any, of keyword parameters. These never decrease.
MONOTONE: dict[str, Callable] = {
    "relu": functional.relu,
    "relu6": functional.relu6,
    "hardtanh": functional.hardtanh,
    "clamp": torch.clamp,
    "elu": functional.elu,
    "selu": functional.selu,
    "celu": functional.celu,
    "leaky_relu": functional.leaky_relu,
    "softplus": functional.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "hardsigmoid": functional.hardsigmoid,
    "logsigmoid": functional.logsigmoid,
    "softsign": functional.softsign,
    "atan": torch.atan,
    "sinh": torch.sinh,
    "asinh": torch.asinh,
    "erf": torch.erf,
    "exp": torch.exp,
    "threshold": functional.threshold,
    "sign": torch.sign,
    "floor": torch.floor,
    "ceil": torch.ceil,
    "hardshrink": functional.hardshrink,
    "softshrink": functional.softshrink,
    "tanhshrink": functional.tanhshrink,
    "round": torch.round,
}
#: These decrease somewhere.
NOT_MONOTONE: dict[str, Callable] = {
    "silu": functional.silu,
    "gelu": functional.gelu,
    "mish": functional.mish,
    "hardswish": functional.hardswish,
    "abs": torch.abs,
    "cos": torch.cos,
    "sin": torch.sin,
    "square": torch.square,
}


@dataclass(frozen=True)
class Slopes:
    """Slope one above zero, one slope for each channel below.

    Parameters
    ----------
    below : tuple of float
        One for all channels, or one for each.
    """

    below: tuple[float, ...]

    def __call__(self, t):
        slopes = torch.as_tensor(self.below, dtype=t.dtype, device=t.device)
        return torch.where(t >= 0, t, t * slopes[:, None, None])


@dataclass(frozen=True)
class ScaledSigmoid:
    """``min(1, max(0, slope t + shift))``: the hard sigmoid with the parameters that ONNX gives it."""

    slope: float
    shift: float

    def __call__(self, t):
        return torch.clamp(self.slope * t + self.shift, 0.0, 1.0)


def named(name: str, **parameters: Any) -> Activation:
    """The activation of that name.

    Examples
    --------
    >>> named("relu6")
    Activation(name='relu6', function=<function relu6 at ...>, monotone=True)
    >>> named("leaky_relu", negative_slope=-0.1).monotone
    False
    """
    monotone = name in MONOTONE
    function = MONOTONE[name] if monotone else NOT_MONOTONE[name]
    if name == "leaky_relu":
        monotone = parameters.get("negative_slope", 0.01) >= 0
    if name in ("elu", "celu"):
        monotone = parameters.get("alpha", 1.0) >= 0
    if name == "threshold":
        monotone = parameters["value"] <= parameters["threshold"]
    return Activation(name, partial(function, **parameters) if parameters else function, monotone)


def sloped(slopes: np.ndarray) -> Activation:
    """The parametric ReLU with these slopes below zero."""
    below = tuple(float(slope) for slope in slopes)
    return Activation("prelu", Slopes(below), min(below) >= 0)


def hard_sigmoid(slope: float, shift: float) -> Activation:
    """The hard sigmoid with a given slope."""
    return Activation("hardsigmoid", ScaledSigmoid(slope, shift), slope >= 0)
