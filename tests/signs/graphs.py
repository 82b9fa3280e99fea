"""Signed graphs that the laws of the second wing are tested on."""

from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from blockshift.signs.signed_graph import SignedGraph

INTEGERS = st.integers(-3, 3)


@st.composite
def edge_lists(draw, most=9, weights=INTEGERS):
    """A number of nodes, and edges between them with weights that are not zero."""
    n = draw(st.integers(0, most))
    pairs = list(combinations(range(n), 2))
    chosen = draw(st.lists(weights, min_size=len(pairs), max_size=len(pairs)))
    return n, [(u, v, w) for (u, v), w in zip(pairs, chosen, strict=True) if w]


def graph(n, edges):
    """The graph of an edge list."""
    return SignedGraph.from_edges(edges, nodes=range(n))


def all_negative(n, pairs):
    """A graph with all edges -1."""
    return graph(n, [(u, v, -1) for u, v in pairs])


def torus(shape, seed):
    """A periodic lattice with signs drawn with equal chances."""
    rng = np.random.default_rng(seed)
    index = np.arange(np.prod(shape)).reshape(shape)
    pairs = [(index, np.roll(index, -1, axis)) for axis in range(len(shape))]
    edges = [(int(a), int(b), int(rng.choice([-1, 1]))) for x, y in pairs for a, b in zip(x.flat, y.flat, strict=True)]
    return graph(index.size, edges)


def dense_network(widths, seed):
    """A layered graph with Gaussian weights."""
    rng = np.random.default_rng(seed)
    ends = np.cumsum([0, *widths])
    edges = [
        (i, j, float(rng.normal()))
        for a, b, c in zip(ends, ends[1:], ends[2:], strict=False)
        for i in range(a, b)
        for j in range(b, c)
    ]
    return graph(int(ends[-1]), [(int(i), int(j), w) for i, j, w in edges])


COMPLETE_8 = all_negative(8, combinations(range(8), 2))
PETERSEN = all_negative(
    10,
    [
        *((i, (i + 1) % 5) for i in range(5)),
        *((i, i + 5) for i in range(5)),
        *((5 + i, 5 + (i + 2) % 5) for i in range(5)),
    ],
)
#: Two poles and two rings of five.
ICOSAHEDRON = all_negative(
    12,
    [
        *((10, i) for i in range(5)),
        *((11, 5 + i) for i in range(5)),
        *((i, (i + 1) % 5) for i in range(5)),
        *((5 + i, 5 + (i + 1) % 5) for i in range(5)),
        *((i, 5 + i) for i in range(5)),
        *((i, 5 + (i + 1) % 5) for i in range(5)),
    ],
)
