"""Projection onto the conserved set: it gets there, by the shortest way, and stays where it need not move."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from blockshift.flow import conservation
from blockshift.flow.stepping import projection
from blockshift.graph.network import Network

WIDTHS = [(2, 3, 2), (3, 1, 4), (3, 4, 2, 3), (1, 1, 1, 1), (2, 5, 5, 2)]


@given(st.sampled_from(WIDTHS), st.integers(0, 99), st.sampled_from([1e-3, 1e-6, 1e-10]))
def test_law_a_disturbed_network_is_put_back_on_its_laws(widths, seed, size):
    rng = np.random.default_rng(seed)
    layers = Network.random(widths, rng=rng).weights
    start = conservation.conserved(layers)
    disturbed = [W + size * rng.standard_normal(W.shape) for W in layers]
    back = projection.projected(disturbed, start)
    scale = max(np.sum(W * W) for W in layers)
    assert conservation.drift(back, start, scale).max() < 1e-13
    moved = max(np.abs(V - W).max() for V, W in zip(back, disturbed, strict=True))
    assert moved < 300 * size


def test_the_way_is_the_shortest_to_first_order():
    rng = np.random.default_rng(5)
    layers = Network.random((2, 3, 2), rng=rng).weights
    start = conservation.conserved(layers)
    disturbed = [W + 1e-5 * rng.standard_normal(W.shape) for W in layers]
    back = projection.projected(disturbed, start)
    move = np.concatenate([(V - W).ravel() for V, W in zip(back, disturbed, strict=True)])
    # The rows of the derivative of the laws span their normals: the move lies in that span.
    rows = []
    for k in range(len(move)):
        e = np.zeros(len(move))
        e[k] = 1e-6
        E = [e[:6].reshape(3, 2), e[6:].reshape(2, 3)]
        plus = conservation.conserved([W + D for W, D in zip(back, E, strict=True)])[0]
        minus = conservation.conserved([W - D for W, D in zip(back, E, strict=True)])[0]
        rows.append(((plus - minus) / 2e-6)[np.triu_indices(3)])
    normals = np.array(rows)
    left = move - normals @ np.linalg.lstsq(normals, move, rcond=None)[0]
    assert np.linalg.norm(left) < 1e-4 * np.linalg.norm(move)


def test_a_network_on_its_laws_or_without_laws_is_left_alone():
    for widths in ((3, 2), (2, 3, 2)):
        layers = Network.random(widths, rng=np.random.default_rng(6)).weights
        back = projection.projected(layers, conservation.conserved(layers))
        assert all((V == W).all() for V, W in zip(back, layers, strict=True))
