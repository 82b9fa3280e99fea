"""The picture of two camps: what is heavy is what is frustrated."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.plot import signs
from blockshift.signs.known_graphs import highland_tribes, spin_glass
from blockshift.signs.signed_graph import SignedGraph

TRIANGLE = SignedGraph.from_edges([("a", "b"), ("b", "c"), ("c", "a", -1)])


def test_heavy_lines_are_the_frustrated_edges():
    drawing = signs.camps(TRIANGLE, [1, 1, -1])
    assert drawing.data["frustrated"].tolist() == [False, False, True]
    satisfied, frustrated = drawing.axes[0].collections[:2]
    assert len(satisfied.get_segments()) == 2
    assert len(frustrated.get_segments()) == 1
    assert frustrated.get_linewidth()[0] > satisfied.get_linewidth()[0]


def test_the_camps_lie_on_two_sides_and_every_node_has_its_own_place():
    graph = highland_tribes()
    s = np.where(np.arange(16) % 3 == 0, -1, 1)
    at = signs._places(s)
    assert np.allclose(np.hypot(*at.T), 1)
    assert len({tuple(p) for p in at.round(6)}) == graph.n
    assert at[s > 0, 0].mean() < 0 < at[s < 0, 0].mean()


def test_the_words_count_what_is_drawn():
    alt = signs.camps(TRIANGLE, [1, 1, -1]).alt
    assert "2 nodes on the left against 1 on the right" in alt
    assert "1 positive edges between the camps and 0 negative ones inside" in alt
    assert "3 nodes, with 3 edges" in signs.camps(TRIANGLE).alt


def test_every_node_is_named():
    texts = {text.get_text() for text in signs.camps(TRIANGLE).axes[0].texts}
    assert {"a", "b", "c", "solid: positive", "dashed: negative", "heavy: frustrated"} == texts


def test_refuses_more_than_fits():
    with pytest.raises(errors.TooLarge, match="40"):
        signs.camps(spin_glass(7, 7, rng=np.random.default_rng(0)))
