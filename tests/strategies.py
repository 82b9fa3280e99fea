"""Inputs that laws are tested on: small networks of integers, so that answers are exact."""

import itertools

import numpy as np
from hypothesis import strategies as st

WEIGHTS = st.integers(-3, 3)


def shapes(max_depth=4, max_width=3):
    """Widths, input first: one layer and width one among them."""
    return st.lists(st.integers(1, max_width), min_size=2, max_size=max_depth + 1).map(tuple)


def matrices(rows, columns, entries=WEIGHTS):
    """A matrix of integers, exact, as an array of dtype object."""
    row = st.lists(entries, min_size=columns, max_size=columns)
    return st.lists(row, min_size=rows, max_size=rows).map(lambda given: np.array(given, dtype=object))


@st.composite
def chains(draw, max_depth=4, max_width=3, entries=WEIGHTS):
    """The layers of a network."""
    widths = draw(shapes(max_depth, max_width))
    return [draw(matrices(d, c, entries)) for c, d in itertools.pairwise(widths)]


@st.composite
def problems(draw, max_depth=4, max_width=3):
    """The layers of a network, and a ``Sigma`` that fits them."""
    layers = draw(chains(max_depth, max_width))
    return layers, draw(matrices(len(layers[-1]), layers[0].shape[1]))


def exact(rows):
    """A matrix of Python's own numbers."""
    return np.array(rows, dtype=object)


def random_orthogonal(d, rng):
    """An orthogonal matrix, floats."""
    return np.linalg.qr(rng.standard_normal((d, d)))[0]
