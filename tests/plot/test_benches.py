"""Work against precision: what is drawn are the runs."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.plot import benches, style


def run(method, peer, rtol, error, seconds, calls=10, drift=1e-12):
    """One run of a record."""
    about = {"method": method, "peer": peer, "rtol": rtol}
    return about | {"error": error, "seconds": seconds, "calls": calls, "drift": drift}


PROBLEM = {
    "name": "some",
    "weights": 12,
    "runs": [
        run("scipy LSODA", True, 1e-9, 1e-8, 2.0),
        run("scipy LSODA", True, 1e-5, 1e-4, 1.0),
        run("heyoka Taylor", True, 1e-5, 1e-6, 0.5, calls=None),
        run("auto", False, 1e-5, 1e-7, 0.25, drift=0.0),
    ],
}


def test_the_points_are_the_runs_from_loose_to_tight():
    drawing = benches.work_precision(PROBLEM)
    assert np.array_equal(drawing.data["scipy LSODA"], [[1e-4, 1.0], [1e-8, 2.0]])
    lines = {line.get_label(): line for line in drawing.axes[0].lines}
    for name, points in drawing.data.items():
        assert np.array_equal(np.column_stack(lines[name].get_data()), points)
    assert drawing.axes[0].get_xscale() == drawing.axes[0].get_yscale() == "log"


def test_every_line_is_named_and_ours_stands_out():
    (ax,) = benches.work_precision(PROBLEM).axes
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["scipy LSODA", "heyoka Taylor", "auto"]
    tones = {line.get_label(): line.get_color() for line in ax.lines}
    assert tones["auto"] == style.ACCENT
    assert style.ACCENT not in (tones["scipy LSODA"], tones["heyoka Taylor"])


def test_a_package_has_a_colour_and_a_method_in_it_a_marker():
    more = PROBLEM | {"runs": [*PROBLEM["runs"], run("scipy RK45", True, 1e-5, 1e-3, 3.0)]}
    lines = {line.get_label(): line for line in benches.work_precision(more).axes[0].lines}
    assert lines["scipy RK45"].get_color() == lines["scipy LSODA"].get_color() != lines["heyoka Taylor"].get_color()
    assert lines["scipy RK45"].get_marker() != lines["scipy LSODA"].get_marker()


def test_a_method_that_does_not_count_its_calls_is_not_drawn_against_them():
    drawing = benches.work_precision(PROBLEM, y="calls")
    assert list(drawing.data) == ["scipy LSODA", "auto"]


def test_a_drift_of_zero_is_drawn_at_the_least():
    drawing = benches.work_precision(PROBLEM, x="error", y="drift", methods=["auto"])
    assert np.array_equal(drawing.data["auto"], [[1e-7, benches.LEAST]])


def test_the_words_tell_the_ranges():
    alt = benches.work_precision(PROBLEM).alt
    assert "problem some with 12 weights" in alt
    assert "scipy LSODA: global error 1e-08 to 0.0001, processor time in seconds 1 to 2" in alt


def test_refuses_what_is_not_there():
    with pytest.raises(errors.UnknownName, match="seconds"):
        benches.work_precision(PROBLEM, y="minutes")
    with pytest.raises(errors.UnknownName, match="heyoka Taylor"):
        benches.work_precision(PROBLEM, methods=["gauss"])
    with pytest.raises(errors.BadArgument, match="other quantities"):
        benches.work_precision(PROBLEM | {"runs": [PROBLEM["runs"][2]]}, y="calls")
