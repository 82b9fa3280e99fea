"""Pictures of ways down: what is drawn is what happened."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.plot import frustration
from blockshift.signs import descent
from signs import graphs

PAIRS = [(0, 1, -1), (1, 2, -1), (3, 4, -1), (4, 5, 1), (6, 7, 1), (7, 8, -1)]
PAIRS += [(0, 3, 1), (1, 4, 1), (2, 5, 1), (3, 6, -1), (4, 7, 1), (5, 8, -1)]
GRID = graphs.graph(9, PAIRS)
MEASURED = {
    "instances": {
        "a": {"best": 10.0, "certified": True, "nodes": 4, "edges": 5},
        "b": {"best": 20.0, "certified": False, "nodes": 4, "edges": 5},
    },
    "runs": [
        {"instance": i, "budget": b, "solver": n, "values": v}
        for i, b, n, v in [
            ("a", 1.0, "x", [10, 10, 12]),
            ("a", 10.0, "x", [10, 10, 10]),
            ("a", 1.0, "y", [15, 11, 11]),
            ("a", 10.0, "y", [11, 11, 11]),
            ("b", 1.0, "x", [21, 21, 22]),
            ("b", 10.0, "x", [20, 21, 21]),
            ("b", 1.0, "y", [20, 20, 20]),
            ("b", 10.0, "y", [20, 20, 20]),
        ]
    ],
}


def test_a_walk_shows_the_row_sums_before_each_flip():
    found = descent.row_flips(GRID)
    drawing = frustration.walk(GRID, found)
    sums, frustrated = drawing.data["sums"], drawing.data["frustrated"]
    assert found.flipped.tolist() == [8, 1, 3]
    assert sums[0].tolist() == [0, -1, 0, -1, 2, 1, 0, 1, -2]
    for k, node in enumerate(found.flipped):
        assert sums[k][node] == sums[k].min() < 0
    assert sums[-1].min() >= 0
    assert frustrated.sum(axis=1).tolist() == found.frustration.tolist() == [6, 4, 3, 2]
    assert len(drawing.axes) == 4
    assert "Nodes 8, 1, 3 are flipped" in drawing.alt
    assert drawing.png()


def test_a_long_walk_is_refused():
    with pytest.raises(errors.TooLarge, match="curve"):
        frustration.walk(graphs.torus((8, 8), 0), descent.row_flips(graphs.torus((8, 8), 0)))


def test_a_graph_at_rest_is_one_picture():
    graph = graphs.graph(2, [(0, 1, 1)])
    assert len(frustration.walk(graph, descent.row_flips(graph), [[0, 0], [1, 0]]).axes) == 1


@pytest.mark.parametrize(("lower", "upper", "word"), [(1, 1, "optimum, 1."), (0.5, 1, "between 0.5 and 1")])
def test_the_curve_is_the_walk_over_the_interval(lower, upper, word):
    drawing = frustration.descent(descent.row_flips(GRID), lower, upper)
    assert drawing.data["frustration"].tolist() == [6, 4, 3, 2]
    assert drawing.data["interval"].tolist() == [lower, upper]
    assert word in drawing.alt
    assert drawing.png()


def test_bounds_are_shares_of_the_total_weight():
    table = {"a": {"total": 10, "spectral": 1, "upper": 3}, "b": {"total": 4, "upper": 1, "row flips": 2}}
    drawing = frustration.bounds(table)
    assert drawing.data["names"].tolist() == ["spectral", "upper", "row flips"]
    assert np.array_equal(drawing.data["shares"], [[0.1, 0.3, np.nan], [np.nan, 0.25, 0.5]], equal_nan=True)
    assert "a: spectral 0.100, upper 0.300; b: upper 0.250" in drawing.alt
    assert drawing.png()
    with pytest.raises(errors.BadArgument, match="no graph"):
        frustration.bounds({})


def test_gaps_are_medians_over_the_best_value():
    drawing = frustration.race(MEASURED)
    assert np.allclose(drawing.data["gaps"], [[[0, 0.1], [0, 0.1]], [[0.05, 0], [0.05, 0]]])
    assert drawing.data["solvers"].tolist() == ["x", "y"]
    assert "b: x 5 %, y 0 %" in drawing.alt
    assert len(drawing.axes) == 2
    assert drawing.png()
    assert frustration.race(MEASURED, solvers=["y"]).data["gaps"].shape == (2, 2, 1)


def test_a_solver_that_was_not_measured_has_no_dot():
    fewer = MEASURED | {"runs": MEASURED["runs"][:-1]}
    drawing = frustration.race(fewer)
    assert np.isnan(drawing.data["gaps"]).sum() == 1
    assert "b: x 5 %." in drawing.alt
    assert drawing.png()
