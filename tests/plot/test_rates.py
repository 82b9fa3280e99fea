"""Pictures of rates: what is drawn is what was computed, here a second time."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import escapes, integrators
from blockshift.graph.network import Network
from blockshift.plot import rates

SIGMA = [3.0, 2.0, 1.0]
START = Network.random((3, 4, 3), rng=np.random.default_rng(0), scale=1e-3)
RUN = integrators.integrate(START, SIGMA, t_end=12)
SAID = escapes.escape_times(SIGMA, 2, escapes.starting_strengths(START, SIGMA))


def rings(drawing):
    """The places of the rings."""
    lines = [line for line in drawing.axes[0].lines if line.get_marker() == "o"]
    return np.array([[x, y] for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)])


@pytest.mark.parametrize("log", [False, True])
def test_rings_stand_at_half_of_each_value_at_the_time_predicted(log):
    drawing = rates.arrivals(RUN, SIGMA, SAID, log=log)
    np.testing.assert_allclose(rings(drawing), np.column_stack([SAID, [1.5, 1.0, 0.5]]))
    np.testing.assert_array_equal(drawing.data["predicted"], SAID)
    np.testing.assert_allclose(drawing.data["measured"], SAID, rtol=1e-2)
    assert "the curves pass 3 of them" in drawing.alt


def test_a_mode_that_is_never_learnt_has_no_ring():
    drawing = rates.arrivals(RUN, SIGMA, [*SAID[:2], np.inf])
    assert len(rings(drawing)) == 2
    assert "the curves pass 2 of them" in drawing.alt


def test_waits_are_the_times_of_escape_and_what_was_measured_lies_where_it_was_measured():
    starts = np.geomspace(1e-4, 0.1, 5)
    drawing = rates.waits(1.0, starts, (2, 3), measured={3: ([1e-3], [9.1447473066])})
    np.testing.assert_array_equal(drawing.data["times"][1], escapes.escape_times(np.ones(5), 3, starts))
    assert rings(drawing).tolist() == [[1e-3, 9.1447473066]]
    assert "at depth 3" in drawing.alt
    assert [text.get_text() for text in drawing.axes[0].texts] == ["$h = 2$", "$h = 3$"]


def test_falls_leave_out_what_rounding_decides():
    drawing = rates.falls({"one": RUN}, floor=1e-6)
    assert drawing.data["loss, one"].min() > 1e-6
    assert drawing.axes[0].get_yscale() == "log"
    assert "one reaches" in drawing.alt


def test_refuses_what_cannot_be_drawn():
    with pytest.raises(errors.ShapeMismatch, match="one for each"):
        rates.arrivals(RUN, SIGMA, SAID[:2])
    with pytest.raises(errors.BadArgument, match="two numbers above 0"):
        rates.waits(1.0, [0.0, 0.1])
    with pytest.raises(errors.BadArgument, match="at least one"):
        rates.falls({})
    with pytest.raises(errors.BadArgument, match="fewer than two"):
        rates.falls({"one": RUN}, floor=1e9)
