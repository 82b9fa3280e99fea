"""One sign for each channel: switchings that look the same from every pixel.

Under such a switching all edges between two channels do the same, up to their own signs, so the network collapses
exactly: to a graph with one node for each channel, whose weights are those of the network summed up over all edges
between two channels. A VGG16 of 15 * 10^9 edges becomes a graph of 14,891 nodes, which is solved in seconds.

What is found there is a switching of the network, hence an *upper* bound on its frustration, and nothing else. The
optimum of the collapsed graph is no lower bound, proven or not: it is the least over a few switchings, and the least
over all of them may be lower. Nor does its own frustration say anything of the network's: weights of opposite signs
cancel in its sums, and what cancels is frustrated whatever the signs.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.signs import annealing, descent
from blockshift.signs.couplings import Couplings
from blockshift.signs.network_couplings import NetworkCouplings
from blockshift.signs.network_layout import reached

#: Channels up to which all switchings are tried: 2^15 of them, since the first sign is free.
TRIED = 16
#: Annealing runs, proposals of all of them together, and sweeps of one at most.
RUNS, BUDGET, MOST = 4, 400_000_000, 500


def collapsed(dag: Dag) -> Dag:
    """The graph between channels: each layer one pixel, each weight the sum over all edges between two channels.

    Examples
    --------
    >>> m = LayerMap.convolution([[[[1.0, -3.0, 1.0]]]], (1, 1, 4), padding=(0, 1))
    >>> dag = Dag((Layer("a", (1, 1, 4)), Layer("b", (1, 1, 4))), (Link(0, 1, m),))
    >>> collapsed(dag).adjacency().toarray()
    array([[ 0.,  0.],
           [-6.,  0.]])
    """
    layers = tuple(Layer(layer.name, (layer.shape[0], 1, 1)) for layer in dag.layers)
    links = tuple(
        Link(k.source, k.target, _summed(k.map), k.source_channel, k.target_channel, name=k.name) for k in dag.links
    )
    return Dag(layers, links, name=dag.name)


def _summed(m: LayerMap) -> LayerMap:
    """A map between channels: each tap counts as often as it reaches a pixel, factors included."""
    down, across = (reached(m, axis)[1].sum(axis=0) for axis in (0, 1))
    counts = np.outer(down, across).astype(m.kernel.dtype)
    K = m.kernel.reshape(*m.kernel.shape[:2], -1) @ counts.ravel()
    channels_in, channels_out = m.base_in[0], m.base_out[0]
    return LayerMap(
        K[..., None, None], (channels_in, 1, 1), (channels_out, 1, 1), groups=m.groups, transposed=m.transposed,
        kind=m.kind,
    )  # fmt: skip


def expanded(dag: Dag, signs: Sequence[int] | np.ndarray) -> np.ndarray:
    """The switching of the network with the given sign in each channel of each layer, shape ``(n,)``, int8.

    Examples
    --------
    >>> expanded(Dag((Layer("a", (2, 1, 2)),), ()), [1, -1])
    array([ 1, -1,  1, -1], dtype=int8)
    """
    signs = np.asarray(signs, np.int8)
    ends = np.cumsum([layer.shape[0] for layer in dag.layers])
    parts = np.split(signs, ends[:-1])
    return np.concatenate(
        [np.tile(part, layer.shape[1] * layer.shape[2]) for part, layer in zip(parts, dag.layers, strict=True)]
    )


def gauged(dag: Dag, signs: Sequence[int] | np.ndarray) -> Dag:
    """The network after a sign for each channel has been pushed through its weights, all of them without banks.

    Each weight is multiplied with the signs of the two channels it joins. Its frustration is that of the given network,
    and ``expanded(dag, signs)`` takes the switchings of one to those of the other.

    Parameters
    ----------
    dag : Dag
    signs : sequence of int
        1 or -1 for each channel of each layer, layer after layer.

    Raises
    ------
    ShapeMismatch
        If there is not one sign for each channel.

    Source: ours; claim O-T2.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> dag = Dag.from_network(Network.from_weights([[[1, 2], [3, 4]]]))
    >>> gauged(dag, [1, -1, 1, -1]).links[0].map.kernel.reshape(2, 2)
    array([[ 1., -2.],
           [-3.,  4.]])
    """
    signs = np.asarray(signs, np.int8)
    counts = [layer.shape[0] for layer in dag.layers]
    if signs.shape != (sum(counts),) or not (np.abs(signs) == 1).all():
        raise errors.ShapeMismatch(
            f"signs of shape {signs.shape} were given; expected {sum(counts)} of 1 and -1, one for each channel."
        )
    parts = np.split(signs, np.cumsum(counts)[:-1])
    links = []
    for k in dag.links:
        # A transposed map has the kernel of its base, which runs the other way.
        out, into = parts[k.target][k.writes], parts[k.source][k.reads]
        if k.map.transposed:
            out, into = into, out
        K, groups = k.map.kernel, k.map.groups
        by_group = np.repeat(into.reshape(groups, -1), len(K) // groups, axis=0)
        turned = K * (out[:, None] * by_group)[:, :, None, None].astype(K.dtype)
        links.append(replace(k, map=k.map.with_kernel(turned), bank=None, gain=None))
    return replace(dag, links=tuple(links), banks={})


def channel_gauge(dag: Dag, *, rng: np.random.Generator) -> np.ndarray:
    """The best switching found with one sign for each channel, shape ``(n,)``: the start for a search, an upper bound.

    Up to 16 channels all are tried; beyond, annealing runs on the collapsed graph, each with a descent.

    Parameters
    ----------
    dag : Dag
    rng : numpy.random.Generator

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> dag = Dag.from_network(Network.from_weights([[[-1, -2], [-1, 3]]]))
    >>> NetworkCouplings(dag).frustration(channel_gauge(dag, rng=np.random.default_rng(0)))
    1.0
    """
    J = NetworkCouplings(collapsed(dag))
    return expanded(dag, _tried(J) if J.size <= TRIED else _annealed(J, rng))


def _tried(J: Couplings) -> np.ndarray:
    """The best of all switchings."""
    numbers = np.arange(1 << (J.size - 1))
    signs = 1.0 - 2.0 * (numbers >> np.arange(J.size)[:, None] & 1)
    aligned = (signs * J.fields(signs)).sum(axis=0)
    return signs[:, int(np.argmax(aligned))]


def _annealed(J: Couplings, rng: np.random.Generator) -> np.ndarray:
    """The best of a few runs."""
    schedule = annealing.Schedule(int(np.clip(BUDGET / (RUNS * J.work), 1, MOST)))
    best, most = np.ones(J.size), -np.inf
    for _ in range(RUNS):
        s = annealing.random_signs(J.size, rng=rng)
        annealing.anneal(J, s, schedule.temperatures, rng=rng)
        descent.settle(J, s)
        if (aligned := float(s @ J.fields(s))) > most:
            best, most = s, aligned
    return best
