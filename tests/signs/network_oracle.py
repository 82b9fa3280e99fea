"""Frustration of layered networks from its definition: edges listed one by one, every switching. Imports no room."""

import itertools

import numpy as np


def edges(layers, links):
    """The edges ``(u, v, w)``, parallel ones apart, in the flat order: pixel by pixel, the channels together.

    `layers` are shapes (C, H, W); `links` are tuples (source, target, kernel, stride, padding, groups, first channel
    read, first channel written).
    """
    offsets = np.concatenate([[0], np.cumsum([np.prod(shape) for shape in layers])])

    def number(place, c, y, x):
        channels, _, width = layers[place]
        return int(offsets[place] + (y * width + x) * channels + c)

    for source, target, K, stride, padding, groups, reads, writes in links:
        out, per_group, k1, k2 = K.shape
        (_, h_in, w_in), (_, h_out, w_out) = layers[source], layers[target]
        for o, i, a, b, y, x in itertools.product(*map(range, (out, per_group, k1, k2, h_out, w_out))):
            row, column = y * stride - padding + a, x * stride - padding + b
            if K[o, i, a, b] and 0 <= row < h_in and 0 <= column < w_in:
                channel = (o // (out // groups)) * per_group + i
                yield (
                    number(source, reads + channel, row, column),
                    number(target, writes + o, y, x),
                    float(K[o, i, a, b]),
                )


def weight_left(edges, s):
    """The weight of the edges that a switching leaves negative."""
    return sum(abs(w) for u, v, w in edges if w * s[u] * s[v] < 0)


def least(n, edges):
    """The least of it over all switchings of n nodes, all at once."""
    states = 1 - 2 * ((np.arange(2 ** (n - 1))[:, None] >> np.arange(n - 1)) & 1).astype(np.int8)
    states = np.hstack([np.ones((len(states), 1), np.int8), states])
    total = np.zeros(len(states))
    for u, v, w in edges:
        total += np.where(states[:, u] * states[:, v] * np.sign(w) < 0, abs(w), 0.0)
    return float(total.min())
