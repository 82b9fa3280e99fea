"""The graph: as many edges as weights, and what is left out is said."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from blockshift import errors
from blockshift.graph.network import Network
from blockshift.plot import networks, style

SMALL = Network.from_weights([[[1, 2], [0, -1]], [[3, 1]]])
RNG = np.random.default_rng(0)

NETWORKS = {
    "one layer, width one": Network.from_weights([[[2]]]),
    "a chain": Network.from_weights([[[2]], [[-3]]]),
    "small": SMALL,
    "only zeros": Network.from_weights([[[0, 0]], [[0]]]),
    "twelve a layer": Network.random((12, 12, 12), rng=RNG),
    "deep": Network.random((2,) * 17, rng=RNG),
}


def lines(drawing):
    """The edges that are really on the axes."""
    return [
        segment for c in drawing.axes[0].collections if isinstance(c, LineCollection) for segment in c.get_segments()
    ]


@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("by", networks.COLOURS)
def test_there_is_an_edge_for_each_nonzero_weight(net, by):
    drawing = networks.network(net, by=by)
    nonzero = sum(int(np.count_nonzero(W)) for W in net.weights)
    assert len(lines(drawing)) == len(drawing.data["edges"]) == nonzero
    assert len(drawing.data["nodes"]) == net.nodes
    assert drawing.png()


def test_oracle_edges_are_those_of_the_network():
    drawing = networks.network(NETWORKS["twelve a layer"])
    expected = {(u, v): w for u, v, w in NETWORKS["twelve a layer"].edges()}
    drawn = zip(map(tuple, drawing.data["edges"].tolist()), drawing.data["weights"].tolist(), strict=True)
    assert dict(drawn) == expected


def test_positive_edges_are_blue_and_the_largest_is_widest():
    drawing = networks.network(Network.from_weights([[[4, -1]]]))
    (edges,) = (c for c in drawing.axes[0].collections if isinstance(c, LineCollection))
    small, large = edges.get_colors()
    assert np.allclose(large[:3], style.tint(style.POSITIVE, 1))
    assert small[0] > small[2], "the negative edge is rather red than blue"
    assert edges.get_linewidths()[1] > edges.get_linewidths()[0]


def test_wide_layers_are_shortened_and_it_is_said():
    net = Network.random((784, 30, 10), rng=np.random.default_rng(1))
    drawing = networks.network(net, shown=6)
    nodes = drawing.data["nodes"]
    assert nodes.tolist() == [0, 1, 2, 3, 783, 784, 785, 786, 787, 813, 814, 815, 816, 817, 823]
    assert len(lines(drawing)) == 25 + 25
    assert "784 to 30 to 10" in drawing.alt
    assert "15 of 824 nodes are drawn" in drawing.alt
    assert "$d_{0}=784$" in {text.get_text() for text in drawing.axes[0].texts}


def test_alt_counts_the_signs():
    assert networks.network(SMALL).alt == (
        "A layered graph, from left to right 2 to 2 to 1 nodes, with 5 edges: 4 positive, 1 negative."
    )


def test_axes_that_are_given_are_drawn_on():
    ax = Figure().subplots()
    drawing = networks.network(SMALL, ax=ax)
    assert drawing.axes == (ax,)
    assert drawing.figure is ax.figure


def test_labels_do_not_overlap():
    for net in NETWORKS.values():
        drawing = networks.network(net)
        drawing.png()
        boxes = [text.get_window_extent() for text in drawing.axes[0].texts]
        clashes = [
            (a, b)
            for i, a in enumerate(boxes)
            for b in boxes[:i]
            if a.shrunk(0.98, 0.98).overlaps(b.shrunk(0.98, 0.98))
        ]
        assert not clashes


def test_refuses_colours_that_are_not_known():
    with pytest.raises(errors.UnknownName, match="'sign', 'layer'"):
        networks.network(SMALL, by="mood")


@pytest.mark.parametrize("shown", [2, 0, 3.5, True])
def test_refuses_layers_shortened_to_nothing(shown):
    with pytest.raises(errors.BadArgument, match="shown"):
        networks.network(SMALL, shown=shown)


def test_refuses_networks_deeper_than_the_page_is_wide():
    with pytest.raises(errors.TooLarge, match="adjacency"):
        networks.network(Network.random((1,) * 18, rng=RNG))
