"""Perceptrons: chains of dense layers with biases and one activation, as layered graphs, from plain matrices."""

from collections.abc import Sequence

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import IDENTITY, Activation, Layer, Link
from blockshift.graph.network import Network

#: The activations that a perceptron may have; all of them increase.
KNOWN = ("relu", "leaky relu", "tanh", "sigmoid", "identity")


def activation_of(name: str) -> Activation:
    """The increasing activation of that name.

    Raises
    ------
    UnknownName
        If there is none.

    Examples
    --------
    >>> activation_of("relu").monotone
    True
    """
    if name not in KNOWN:
        raise errors.UnknownName(f"no activation is called {name!r}; there are {', '.join(KNOWN)}.")
    if name == "identity":
        return IDENTITY
    import torch

    functions = {
        "relu": torch.relu,
        "leaky relu": torch.nn.functional.leaky_relu,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
    }
    return Activation(name, functions[name])


def perceptron(
    weights: Sequence, biases: Sequence | None = None, *, activation: str = "relu", name: str = "", dtype=np.float64
) -> Dag:
    """The perceptron with the given layers as a layered graph, the activation after each layer but the last.

    Parameters
    ----------
    weights : sequence of array_like
        ``W_1, ..., W_h``, ``W_i`` of shape ``(d_i, d_{i-1})``.
    biases : sequence of array_like, optional
        ``b_i`` of shape ``(d_i,)``, one for each layer; none if left out.
    activation : {"relu", "leaky relu", "tanh", "sigmoid", "identity"}
    name : str
    dtype : dtype
        Of the weights, float64 or float32.

    Raises
    ------
    ShapeMismatch
        If consecutive layers, or biases and layers, do not fit.
    UnknownName
        If there is no such activation.

    Examples
    --------
    >>> perceptron([[[1, -2]], [[3]]], [[1], [0]]).forward(np.array([[[2.0]], [[1.0]]]))[-1][1].item()
    3.0
    """
    net = Network.from_weights(weights)
    if biases is not None and [np.shape(b) for b in biases] != [(d,) for d in net.widths[1:]]:
        raise errors.ShapeMismatch(
            f"the biases have shapes {[np.shape(b) for b in biases]}; expected one number for each node: "
            f"{[(d,) for d in net.widths[1:]]}."
        )
    between = activation_of(activation)
    layers = [Layer("input", (net.widths[0], 1, 1))]
    for i, d in enumerate(net.widths[1:], 1):
        bias = None if biases is None else np.asarray(biases[i - 1], dtype)
        layers.append(Layer(f"layer {i}", (d, 1, 1), between if i < net.depth else IDENTITY, bias))
    banks = {f"W_{i}": np.asarray(W, dtype)[:, :, None, None] for i, W in enumerate(net.weights, 1)}
    links = [Link(i, i + 1, LayerMap.dense(W), bank=name, name=name) for i, (name, W) in enumerate(banks.items())]
    return Dag(tuple(layers), tuple(links), banks, name=name)
