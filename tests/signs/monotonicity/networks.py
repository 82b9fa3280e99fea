"""Small networks for the tests of near-monotonicity."""

from itertools import pairwise

import numpy as np
import torch

from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Activation, Layer, Link
from blockshift.graph.perceptrons import perceptron

ACTIVATIONS = {
    "relu": torch.relu,
    "relu6": torch.nn.functional.relu6,
    "leaky relu": torch.nn.functional.leaky_relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "silu": torch.nn.functional.silu,
}


def convolutional(rng, activation="relu", scale=1.0) -> Dag:
    """Two branches that are concatenated, a batch-norm with a negative scale, a skip edge, overlapping maxima over a
    border, an average, and two layers of outputs.
    """
    act = Activation(activation, ACTIVATIONS[activation])
    shapes = [(2, 7, 6), (3, 7, 6), (5, 7, 6), (5, 7, 6), (5, 4, 3), (5, 2, 2), (4, 1, 1), (2, 7, 6)]
    rnd = lambda *shape: scale * rng.standard_normal(shape)  # noqa: E731
    kinds = [Activation("identity"), act, act, act, Activation("identity"), Activation("identity"), act, act]
    biased = (1, 2, 3, 6)
    layers = tuple(
        Layer(f"layer {i}", shape, kinds[i], rnd(shape[0]) if i in biased else None) for i, shape in enumerate(shapes)
    )
    made, pool = LayerMap.convolution, LayerMap.pooling
    links = (
        Link(0, 1, made(rnd(3, 2, 3, 3), shapes[0], padding=(1, 1))),
        Link(1, 2, made(rnd(2, 3, 1, 1), shapes[1])),
        Link(1, 2, made(rnd(3, 3, 3, 3), shapes[1], padding=(1, 1)), target_channel=2),
        Link(2, 3, LayerMap.diagonal(np.array([1.5, -0.5, 0.7, -2.0, 1.0]), shapes[2])),
        Link(1, 3, LayerMap.identity(shapes[1]), target_channel=2),
        Link(3, 4, pool(shapes[3], (3, 3), stride=(2, 2), padding=(1, 1), kind="max pooling")),
        Link(4, 5, pool(shapes[4], (2, 2), stride=(2, 1))),
        Link(5, 6, LayerMap.dense(rnd(4, 5, 2, 2))),
        Link(1, 7, made(rnd(2, 1, 3, 3), (1, 7, 6), padding=(1, 1)), source_channel=2),
    )
    return Dag(layers, links, outputs=(6, 7))


def integers(widths, rng, size=4):
    """Layers of small integers as lists, with biases."""
    layers = []
    for c, d in pairwise(widths):
        layers.append((rng.integers(-size, size + 1, (d, c)).tolist(), rng.integers(-size, size + 1, d).tolist()))
    return layers


def balanced(widths, rng, size=4):
    """Layers of small integers that a hidden switching makes non-negative, and the switching, a list a layer."""
    signs = [rng.choice([-1, 1], d) for d in widths]
    layers = []
    for (c, d), s, t in zip(pairwise(widths), signs, signs[1:], strict=False):
        layers.append(((t[:, None] * rng.integers(0, size + 1, (d, c)) * s).tolist(), rng.integers(-3, 4, d).tolist()))
    return layers, [s.tolist() for s in signs]


def dag_of(layers, **options) -> Dag:
    """The perceptron with these layers."""
    return perceptron([W for W, _ in layers], [b for _, b in layers], **options)
