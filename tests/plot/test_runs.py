"""Runs: the plateaus are the critical values, computed here a second time."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import integrators, landscape
from blockshift.graph.network import Network
from blockshift.plot import runs

SIGMA = [3.0, 2.0, 1.0]
START = Network.random((3, 4, 3), rng=np.random.default_rng(0), scale=1e-3)
RUN = integrators.integrate(START, SIGMA, t_end=20)


def levels(drawing):
    """The heights of the horizontal rules across the axes, in the order drawn."""
    return [line.get_ydata()[0] for line in drawing.axes[0].lines if list(line.get_xdata()) == [0, 1]]


def labels(drawing):
    """The texts on the axes."""
    return [text.get_text() for text in drawing.axes[0].texts]


def test_plateaus_are_half_the_sum_of_squares_of_what_is_not_learnt():
    drawing = runs.staircase(RUN, SIGMA)
    assert np.allclose(drawing.data["critical"], [7.0, 2.5, 0.5, 0.0])
    assert np.allclose(levels(drawing), [7.0, 2.5, 0.5, 0.0])
    assert {"0", "1", "2", "3"} <= set(labels(drawing))


def test_oracle_plateaus_agree_with_the_landscape():
    for r, critical in enumerate(runs.staircase(RUN, SIGMA).data["critical"]):
        D = np.diag([s if i < r else 0.0 for i, s in enumerate(SIGMA)])
        net = Network.from_weights([np.vstack([np.eye(3), np.zeros((1, 3))]), np.hstack([D, np.zeros((3, 1))])])
        assert np.isclose(landscape.critical_point(net, SIGMA).loss, critical)


def test_the_loss_comes_to_rest_at_each_plateau_of_a_small_start():
    drawing = runs.staircase(RUN, SIGMA)
    for critical in drawing.data["critical"]:
        near = np.abs(drawing.data["loss"] - critical) < 0.03
        assert near.any()


def test_loss_and_time_are_those_of_the_run():
    drawing = runs.staircase(RUN, SIGMA)
    assert np.array_equal(drawing.data["t"], RUN.t)
    assert np.array_equal(drawing.data["loss"], RUN.loss)
    assert "falling from 7 at t = 0" in drawing.alt
    assert "7, 2.5, 0.5, 0, for 0 to 3 modes learnt" in drawing.alt
    assert drawing.alt.endswith("nearest to the value with 3 learnt.")


def test_a_narrow_layer_ends_the_stairs_above_zero():
    net = Network.random((3, 1, 3), rng=np.random.default_rng(0))
    assert np.allclose(runs.staircase(integrators.integrate(net, SIGMA), SIGMA).data["critical"], [7.0, 2.5])


def test_singular_values_that_are_rounding_are_no_modes():
    net = Network.random((3, 3), rng=np.random.default_rng(0))
    assert len(runs.staircase(integrators.integrate(net, [1, 1e-17]), [1, 1e-17]).data["critical"]) == 2


def test_equal_singular_values_keep_their_own_modes():
    run = integrators.integrate(START, [2, 2, 1], t_end=20)
    drawing = runs.modes(run, [2, 2, 1])
    assert np.array_equal(drawing.data["strengths"], np.array([np.diag(W) for W in run.products()]))


def test_levels_that_nearly_agree_share_a_label():
    drawing = runs.staircase(RUN, [3.0, 0.01, 0.001])
    assert "1–3" in labels(drawing)


def test_a_logarithmic_axis_leaves_out_time_zero():
    for draw in (runs.staircase, runs.modes):
        drawing = draw(RUN, SIGMA, log=True)
        assert drawing.axes[0].get_xscale() == "log"
        assert np.array_equal(drawing.data["t"], RUN.t[1:])
        assert len(drawing.data["t"]) == len(drawing.data.get("loss", drawing.data.get("strengths")))
        assert drawing.png()


def test_a_logarithmic_axis_begins_before_the_first_fall_and_ends_with_the_run():
    begin, end = runs.staircase(RUN, SIGMA, log=True).axes[0].get_xlim()
    assert RUN.t[1] < begin
    assert RUN.loss[RUN.t < 2 * begin].min() > 0.99 * RUN.loss[0]
    assert end == RUN.t[-1]


def test_modes_are_the_diagonal_of_the_end_to_end_map():
    drawing = runs.modes(RUN, SIGMA)
    assert np.allclose(drawing.data["strengths"], np.array([np.diag(W) for W in RUN.products()]))
    assert np.allclose(levels(drawing), SIGMA)
    assert np.allclose(drawing.data["strengths"][-1], SIGMA, atol=1e-2)
    assert "$\\sigma_{3}$" in labels(drawing)
    assert "3 of them have passed half" in drawing.alt


def test_law_modes_do_not_depend_on_the_basis():
    rng = np.random.default_rng(1)
    U, V = (np.linalg.qr(rng.standard_normal((3, 3)))[0] for _ in range(2))
    W1, W2 = START.weights
    turned = integrators.integrate(Network.from_weights([W1 @ V.T, U @ W2]), U @ np.diag(SIGMA) @ V.T, at=[0, 5, 9])
    plain = integrators.integrate(START, SIGMA, at=[0, 5, 9])
    strengths = runs.modes(turned, U @ np.diag(SIGMA) @ V.T).data["strengths"]
    assert np.allclose(strengths, runs.modes(plain, SIGMA).data["strengths"], atol=1e-7)


def test_drawing_leaves_the_run_as_it_was():
    before = RUN.states.copy(), RUN.loss.copy()
    runs.staircase(RUN, SIGMA).png()
    runs.modes(RUN, SIGMA).png()
    assert np.array_equal(before[0], RUN.states)
    assert np.array_equal(before[1], RUN.loss)


def test_refuses_a_run_of_one_moment():
    run = integrators.integrate(START, SIGMA, at=[0.0])
    with pytest.raises(errors.BadArgument, match="at least 2"):
        runs.staircase(run, SIGMA)


def test_refuses_a_sigma_of_another_shape():
    with pytest.raises(errors.ShapeMismatch, match="at most 3"):
        runs.staircase(RUN, [4, 3, 2, 1])


def test_refuses_modes_of_nothing():
    with pytest.raises(errors.BadArgument, match="no mode"):
        runs.modes(RUN, [0, 0, 0])
