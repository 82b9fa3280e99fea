"""Signed graphs that laws are tested on, as lists of edges."""

import itertools

from hypothesis import strategies as st

UNITS = st.sampled_from([-1, 1])
INTEGERS = st.integers(-4, 4).filter(bool)
FLOATS = st.floats(-1e3, 1e3, allow_subnormal=False).filter(lambda x: abs(x) > 1e-3)


@st.composite
def edge_lists(draw, most=8, weights=INTEGERS):
    """Nodes 0 ... n - 1, and edges (u, v, w) among them, each pair at most once."""
    n = draw(st.integers(0, most))
    pairs = list(itertools.combinations(range(n), 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return list(range(n)), [(u, v, draw(weights)) for u, v in chosen]


def switched(edges, s):
    """The edges after switching."""
    return [(u, v, w * s[u] * s[v]) for u, v, w in edges]
