"""Small layered networks for tests, with the list of their edges by the oracle."""

from dataclasses import replace

import numpy as np

from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from signs import network_oracle

#: Shapes of layers, and links (source, target, channels out, kernel side, stride, padding, groups, reads, writes).
PLANS = {
    "chain": ([(2, 2, 2), (2, 2, 2), (2, 1, 1)], [(0, 1, 2, 3, 1, 1, 1, 0, 0), (1, 2, 2, 2, 1, 0, 1, 0, 0)]),
    "stride leaves pixels alone": ([(1, 3, 3), (2, 1, 1), (3, 1, 1)], [(0, 1, 2, 2, 2, 0, 1, 0, 0), (1, 2, 3, 1, 1, 0, 1, 0, 0)]),
    "skip": (
        [(2, 2, 1), (2, 2, 1), (2, 2, 1), (1, 1, 1)],
        [(0, 1, 2, 1, 1, 0, 1, 0, 0), (1, 2, 2, 3, 1, 1, 1, 0, 0), (0, 2, 2, 1, 1, 0, 2, 0, 0), (2, 3, 1, 2, 1, 0, 1, 0, 0)],
    ),
    "parallel": ([(2, 2, 1), (2, 2, 1)], [(0, 1, 2, 3, 1, 1, 1, 0, 0), (0, 1, 2, 1, 1, 0, 2, 0, 0)]),
    "concatenated": (
        [(2, 2, 1), (1, 2, 1), (3, 2, 1)],
        [(0, 1, 1, 1, 1, 0, 1, 0, 0), (0, 2, 2, 1, 1, 0, 1, 0, 0), (1, 2, 1, 1, 1, 0, 1, 0, 2)],
    ),
    "odd cycle of layers": ([(2, 1, 1), (3, 1, 1), (2, 1, 1)], [(0, 1, 3, 1, 1, 0, 1, 0, 0), (1, 2, 2, 1, 1, 0, 1, 0, 0), (0, 2, 2, 1, 1, 0, 1, 0, 0)]),
}  # fmt: skip


def network(plan, rng, integers=False):
    """A network of a plan with random weights, and its edges as the oracle lists them."""
    shapes, wanted = PLANS[plan] if isinstance(plan, str) else plan
    links, listed = [], []
    for k, (source, target, out, side, stride, padding, groups, reads, writes) in enumerate(wanted):
        read = out if groups > 1 else shapes[source][0] - reads
        size = [min(side, n + 2 * padding) for n in shapes[source][1:]]
        draw = rng.integers(-3, 4, (out, read // groups, *size)) if integers else None
        K = draw.astype(float) if integers else rng.standard_normal((out, read // groups, *size))
        m = LayerMap(
            K, (read, *shapes[source][1:]), (out, *shapes[target][1:]), (stride, stride), (padding, padding), (1, 1), groups
        )
        links.append(Link(source, target, m, reads, writes, bank=f"W{k}", name=f"link {k}"))
        listed.append((source, target, K, stride, padding, groups, reads, writes))
    layers = tuple(Layer(f"layer {i}", shape) for i, shape in enumerate(shapes))
    dag = Dag(layers, tuple(links), {link.bank: link.map.kernel for link in links})
    return dag, list(network_oracle.edges(shapes, listed))


def gauged(dag, rng):
    """The network after a sign for each channel of each layer has been pushed through its weights."""
    signs = [rng.choice([-1.0, 1.0], layer.shape[0]) for layer in dag.layers]
    links = []
    for link in dag.links:
        K, into = link.map.kernel, signs[link.source][link.reads].reshape(link.map.groups, -1)
        by_output = np.repeat(into, len(K) // link.map.groups, axis=0)
        K = K * signs[link.target][link.writes][:, None, None, None] * by_output[:, :, None, None]
        links.append(replace(link, map=link.map.with_kernel(K), bank=None))
    return replace(dag, links=tuple(links), banks={})


def times(dag, factor):
    """The network with all weights multiplied."""
    links = tuple(replace(k, map=k.map.with_kernel(k.map.kernel * factor), bank=None) for k in dag.links)
    return replace(dag, links=links, banks={})


def untrained(rng, shape=(1, 12, 12), channels=(6, 8), dense=(10,)):
    """A plain network of He-random weights: convolutions, each with a pooling, then dense layers."""
    layers, links = [Layer("input", shape)], []

    def add(m, name):
        layers.append(Layer(name, m.shape_out))
        links.append(Link(len(layers) - 2, len(layers) - 1, m, bank=None, name=name))
        return m.shape_out

    for i, c in enumerate(channels):
        K = rng.standard_normal((c, shape[0], 3, 3)) * np.sqrt(2 / (9 * shape[0]))
        shape = add(LayerMap.convolution(K.astype(np.float32), shape, padding=(1, 1)), f"conv {i}")
        shape = add(LayerMap.pooling(shape, (2, 2), stride=(2, 2)), f"pool {i}")
    for i, d in enumerate(dense):
        W = rng.standard_normal((d, *shape)) * np.sqrt(2 / np.prod(shape))
        shape = add(LayerMap.dense(W.astype(np.float32)), f"dense {i}")
    return Dag(tuple(layers), tuple(links))
