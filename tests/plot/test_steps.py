"""Pictures of steps: what is drawn is what the descents say."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import curvature, descent
from blockshift.graph.network import Network
from blockshift.plot import steps

START = Network.random((2, 3, 2), rng=np.random.default_rng(0))
RUN = descent.descend(START, [2, 1], step=0.05, steps=60)
HEAVY = descent.descend(START, [2, 1], step=0.02, steps=60, momentum=0.5)


def pair(w1, w2, step=0.3):
    """A descent of two weights to 2."""
    return descent.descend(Network.from_weights([[[w1]], [[w2]]]), [2], step=step, steps=300)


def test_the_drift_and_its_prediction_are_those_of_the_descent():
    drawing = steps.bends({"plain": RUN, "heavy": HEAVY})
    np.testing.assert_array_equal(drawing.data["drift, plain"], RUN.drift[1:, 0])
    np.testing.assert_array_equal(drawing.data["predicted, heavy"], HEAVY.predicted[1:, 0])
    np.testing.assert_array_equal(drawing.data["t, heavy"], HEAVY.t[1:])
    assert len(drawing.axes[0].lines) == 4
    assert "plain ends at" in drawing.alt


def test_minima_are_full_where_the_step_is_stable():
    drawing = steps.plane([pair(3.0, 0.2), pair(0.9, 3.1)], 2)
    assert drawing.data["stable"] == pytest.approx(2 / 0.3)
    full, dashed = drawing.axes[0].lines[-2:]
    for line, inside in ((full, True), (dashed, False)):
        x, y = line.get_xdata(), line.get_ydata()
        drawn = ~np.isnan(x)
        sharp = np.array([curvature.sharpness(Network.from_weights([[[a]], [[2 / a]]]), [2]) for a in x[drawn][::40]])
        np.testing.assert_allclose(y[drawn] * x[drawn], 2)
        assert ((sharp < 2 / 0.3) == inside).all()
    assert drawing.data["states 0"][0].tolist() == [3.0, 0.2]


def test_the_edge_is_where_a_step_becomes_unstable():
    drawing = steps.edge(HEAVY, [2, 1])
    assert drawing.data["edge"] == pytest.approx(2 * 1.5 / 0.02)
    assert drawing.data["sharpness"][-1] == pytest.approx(curvature.sharpness(HEAVY.final, [2, 1]))
    assert drawing.data["k"].tolist() == list(range(61))
    assert "edge of stability" in drawing.alt
    np.testing.assert_array_equal(drawing.data["loss"], HEAVY.loss)


def test_refuses_what_cannot_be_drawn():
    flat = descent.descend(Network.from_weights([[[1.0]]]), [2], step=0.1, steps=3)
    rest = descent.descend(Network.from_weights([[[0.0]], [[0.0]]]), [2], step=0.1, steps=3)
    with pytest.raises(errors.BadArgument, match="at least one"):
        steps.bends({})
    with pytest.raises(errors.BadArgument, match="nothing drifts"):
        steps.bends({"flat": flat})
    with pytest.raises(errors.BadArgument, match="widths 1, 1, 1"):
        steps.plane([RUN], 2)
    with pytest.raises(errors.BadArgument, match="the same"):
        steps.plane([pair(2, 2), pair(2, 2, step=0.1)], 2)
    with pytest.raises(errors.BadArgument, match="fewer than two"):
        steps.edge(rest, [2])
