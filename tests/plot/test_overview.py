"""Several pictures in one hold what each of them holds."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import integrators
from blockshift.graph.network import Network
from blockshift.plot import matrices, networks, runs
from blockshift.plot.overview import beside, overview

NET = Network.from_weights([[[1, 2], [0, -1], [1, 1]], [[3, 1, -2], [1, 0, 1]]])
RUN = integrators.integrate(NET, [4, 2], t_end=2)


def same(left, right):
    """Whether two drawings' data agree where they have the same names."""
    return all(np.array_equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("by", networks.COLOURS)
def test_beside_is_the_graph_and_the_matrix(by):
    drawing = beside(NET, by=by)
    graph, matrix = networks.network(NET, by=by), matrices.adjacency(NET, by=by)
    assert same(graph.data, drawing.data)
    assert same(matrix.data, drawing.data)
    assert drawing.alt == f"Left: {graph.alt} Right: {matrix.alt}"
    assert drawing.png()


def test_overview_holds_graph_powers_and_staircase():
    drawing = overview(NET, RUN, [4, 2])
    assert same(runs.staircase(RUN, [4, 2]).data, drawing.data)
    assert same(networks.network(NET, shown=8).data, drawing.data)
    A = NET.adjacency()
    assert np.array_equal(drawing.data["A^2"], A @ A)
    assert not drawing.data["A^3"].any()
    assert len(drawing.axes) == 1 + 3 + 1
    assert "A to the power 3, which is zero" in drawing.alt


def test_overview_is_sixteen_hundred_pixels_wide():
    picture = overview(NET, RUN, [4, 2]).png()
    assert 1540 <= int.from_bytes(picture[16:20], "big") <= 1660


def test_refuses_what_has_no_room():
    with pytest.raises(errors.TooLarge, match="depth 7"):
        overview(Network.from_weights([[[1]]] * 7), RUN, [4, 2])
