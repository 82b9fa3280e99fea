"""Layered graphs of operators that laws are tested on: small, of integers, with every kind of link."""

import itertools

import numpy as np
from hypothesis import strategies as st

from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link

KINDS = ("convolution", "groups", "depthwise", "pooling", "transposed", "dense", "factors")


def kernel(rng, *shape):
    """Integers from -3 to 3, zeros among them."""
    return rng.integers(-3, 4, shape).astype(np.float32)


def made(kind, shape, rng) -> LayerMap:
    """A map of a kind that reads a stack of the given shape."""
    c, height, width = shape
    if kind == "dense":
        return LayerMap.dense(kernel(rng, int(rng.integers(1, 4)), *shape), shape)
    if kind == "pooling":
        window = (min(2, height), min(3, width))
        return LayerMap.pooling(shape, window, stride=(1, 2), padding=(1, 0), weight="ones")
    if kind == "transposed":
        out, window = int(rng.integers(1, 4)), (2, 3)
        stride = (2, int(rng.integers(1, 3)))
        size = [(n - 1) * s + k for n, s, k in zip((height, width), stride, window, strict=True)]
        return LayerMap(kernel(rng, c, out, *window), (out, *size), shape, stride, transposed=True)
    groups = {"groups": 2 if c % 2 == 0 else 1, "depthwise": c}.get(kind, 1)
    out = groups * int(rng.integers(1, 3))
    window = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    m = LayerMap.convolution(
        kernel(rng, out, c // groups, *window), shape, stride=tuple(rng.integers(1, 3, 2).tolist()),
        padding=(*(2 + rng.integers(0, 2, 2)).tolist(), *(2 + rng.integers(0, 2, 2)).tolist()),
        dilation=tuple(rng.integers(1, 3, 2).tolist()), groups=groups,
    )  # fmt: skip
    if kind != "factors":
        return m
    rows, columns = (1.0 + np.arange(n) % 3 for n in m.base_out[1:])
    return LayerMap(m.kernel, m.base_in, m.base_out, m.stride, m.padding, m.dilation, rows=rows, columns=columns)


@st.composite
def dags(draw, most=4) -> Dag:
    """A few layers, each made from a range of channels of an earlier one; skips, parallel links, shared banks."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    layers = [Layer("input", (int(rng.integers(1, 4)), int(rng.integers(1, 5)), int(rng.integers(1, 5))))]
    links: list[Link] = []
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=most)):
        place, source = len(layers), int(rng.integers(max(0, len(layers) - 2), len(layers)))
        c, height, width = layers[source].shape
        first = int(rng.integers(0, c))
        m = made(kind, (int(rng.integers(1, c - first + 1)), height, width), rng)
        if np.prod(m.shape_out) > 400:
            continue
        before, after = rng.integers(0, 2, 2).tolist()
        layers.append(Layer(kind, (before + m.shape_out[0] + after, *m.shape_out[1:])))
        links.append(Link(source, place, m, first, before, bank=kind))
        if rng.integers(2):
            twice = m if rng.integers(2) else m.with_kernel(kernel(rng, *m.kernel.shape))
            links.append(Link(source, place, twice, first, before, bank=kind))
        if rng.integers(2) and layers[source].shape[1:] == m.shape_out[1:]:
            links.append(Link(source, place, LayerMap.identity((1, *m.shape_out[1:])), first, before))
    return Dag(tuple(layers), tuple(links))


def network(widths, seed, largest=3) -> Dag:
    """A dense network of integers."""
    rng = np.random.default_rng(seed)
    layers = tuple(Layer(str(i), (d, 1, 1)) for i, d in enumerate(widths))
    links = tuple(
        Link(i, i + 1, LayerMap.dense(rng.integers(-largest, largest + 1, (b, a)).astype(float)))
        for i, (a, b) in enumerate(itertools.pairwise(widths))
    )
    return Dag(layers, links)


def convolutions(seed, size=3) -> Dag:
    """Two convolutions, a pooling and a head, weights Gaussian, small enough for a proof."""
    rng = np.random.default_rng(seed)
    maps = [LayerMap.convolution(rng.standard_normal((2, 1, 2, 2)), (1, size, size))]
    maps.append(LayerMap.convolution(rng.standard_normal((2, 2, 2, 2)), maps[-1].shape_out, padding=(1, 0)))
    maps.append(LayerMap.pooling(maps[-1].shape_out, (2, 2), stride=(1, 1), padding=(1, 1)))
    maps.append(LayerMap.dense(rng.standard_normal((2, *maps[-1].shape_out))))
    layers = [Layer("input", maps[0].shape_in), *(Layer(str(i), m.shape_out) for i, m in enumerate(maps))]
    return Dag(tuple(layers), tuple(Link(i, i + 1, m) for i, m in enumerate(maps)))
