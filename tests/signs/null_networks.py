"""A small network with everything in it that a null model has to respect."""

import numpy as np

from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link

SHARED = "shared"


def everything(rng, dtype=np.float32) -> Dag:
    """Two banks into one layer, a bank used twice, one read in two parts, groups, a transpose, scales, fixed links."""
    shapes = [(2, 6, 6), (4, 6, 6), (4, 6, 6), (4, 6, 6), (4, 3, 3), (2, 6, 6), (6, 6, 6), (5, 1, 1)]
    layers = tuple(Layer(f"layer {i}", shape) for i, shape in enumerate(shapes))
    made = LayerMap.convolution

    def weights(*shape):
        W = rng.standard_normal(shape).astype(dtype)
        W.reshape(-1)[::5] = 0.0
        return W

    banks = {
        "first": weights(4, 2, 3, 3),
        SHARED: weights(4, 4, 3, 3),
        "around": weights(4, 4, 1, 1),
        "grouped": weights(4, 2, 3, 3),
        "up": weights(4, 1, 2, 2),
        "parted": weights(6, 6, 3, 3),
        "scale": np.array([2.0, -1.0, 0.5, 3.0], dtype).reshape(4, 1, 1, 1),
        "head": weights(5, 6, 6, 6),
    }
    gain = np.array([2.0, -1.0, 0.5, 1.0], dtype)
    columns = [(slice(None), slice(0, 2)), (slice(None), slice(2, 6))]
    links = (
        Link(0, 1, made(banks["first"], shapes[0], padding=(1, 1)), bank="first", name="first"),
        Link(1, 2, made(banks[SHARED], shapes[1], padding=(1, 1)).scaled(gain), bank=SHARED, gain=gain, name="again"),
        Link(2, 3, made(banks[SHARED], shapes[2], padding=(1, 1)), bank=SHARED, name="once more"),
        Link(1, 3, made(banks["around"], shapes[1]), bank="around", name="around"),
        Link(1, 2, LayerMap.identity(shapes[1]), name="skip"),
        Link(1, 3, LayerMap.diagonal(banks["scale"], shapes[1]), bank="scale", name="scale"),
        Link(3, 4, LayerMap.pooling(shapes[3], (2, 2), stride=(2, 2)), name="pooling"),
        Link(4, 5, transposed(banks["up"]), bank="up", name="up"),
        Link(5, 6, made(banks["parted"][columns[0]], shapes[5], padding=(1, 1)), bank="parted", part=columns[0]),
        Link(3, 6, made(banks["parted"][columns[1]], shapes[3], padding=(1, 1)), bank="parted", part=columns[1]),
        Link(2, 3, made(banks["grouped"], shapes[2], padding=(1, 1), groups=2), bank="grouped", name="grouped"),
        Link(6, 7, LayerMap.dense(banks["head"]), bank="head", name="head"),
    )
    return Dag(layers, links, banks)


def transposed(K):
    """An upsampling by 2: four channels of 3 × 3 pixels become two of 6 × 6, in two groups."""
    return LayerMap(K, (2, 6, 6), (4, 3, 3), (2, 2), groups=2, transposed=True)
