"""Many runs at once: each as if it were alone."""

from itertools import pairwise

import numpy as np
import pytest

import oracles
from blockshift import errors
from blockshift.flow import batches, gradient, integrators
from blockshift.graph.network import Network

SHAPES = [
    ((3, 2), [2, 1]),
    ((2, 3, 2), [2, 1]),
    ((3, 4, 5, 3), [3, 2, 1]),
    ((1, 1, 1, 1, 1), [1.5]),
    ((3, 1, 2), [2, 1]),
]


def starts(widths, count, seed=0):
    """Layers of random networks."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((count, d, c)) for c, d in pairwise(widths)]


@pytest.mark.parametrize(("widths", "sigma"), SHAPES)
def test_each_run_of_a_batch_is_the_run_of_its_network(widths, sigma):
    layers = starts(widths, 5)
    found = batches.integrate_many(layers, sigma, 1.5, rest=0)
    assert (found.t == 1.5).all()
    for m in range(5):
        at = np.linspace(0, 1.5, 3001)
        run = integrators.integrate(Network(tuple(W[m] for W in layers)), sigma, 1.5, at=at, rest=0)
        for V, W in zip(found.network(m).weights, run.final.weights, strict=True):
            np.testing.assert_allclose(V, W, atol=1e-6)
        assert found.loss[m] == pytest.approx(run.loss[-1], abs=1e-6)
        assert found.speed[m] == pytest.approx(run.speed[-1], abs=1e-5)
        assert found.length[m] == pytest.approx(np.trapezoid(run.speed, run.t), rel=1e-3)
    np.testing.assert_allclose(found.products(), [found.network(m).product() for m in range(5)])


def test_oracle_a_batch_ends_where_the_classical_method_ends():
    layers = starts((2, 3, 2), 2, seed=3)
    found = batches.integrate_many(layers, [2, 1], 0.4, rest=0)
    for m in range(2):
        expected = oracles.runge_kutta([W[m].tolist() for W in layers], [[2, 0], [0, 1]], 0.4, 150)
        for V, W in zip(found.network(m).weights, expected, strict=True):
            np.testing.assert_allclose(V, W, atol=1e-7)


def test_the_company_that_a_run_keeps_does_not_matter():
    layers = starts((2, 3, 2), 6)
    together, alone = batches.integrate_many(layers, [2, 1]), batches.integrate_many([W[2:3] for W in layers], [2, 1])
    np.testing.assert_allclose(together.network(2).product(), alone.network(0).product(), atol=1e-12)
    assert together.t[2] == pytest.approx(alone.t[0], rel=1e-9)
    assert together.length[2] == pytest.approx(alone.length[0], rel=1e-9)


@pytest.mark.parametrize(("widths", "sigma"), SHAPES)
def test_constraints_all_runs_come_to_rest_at_critical_points(widths, sigma):
    found = batches.integrate_many(starts(widths, 40), sigma, 1e4)
    assert found.at_rest.all()
    for m in range(40):
        net = found.network(m)
        assert gradient.speed(net, sigma) == pytest.approx(found.speed[m], rel=1e-6, abs=1e-13)
        assert gradient.loss(net, sigma) == pytest.approx(found.loss[m], rel=1e-6, abs=1e-15)
        assert found.speed[m] < 1e-8 * np.linalg.norm(sigma) ** 2


def test_the_error_follows_the_tolerance():
    layers = starts((3, 4, 3), 3)
    exact, off = batches.integrate_many(layers, [3, 2, 1], 1.0, rtol=1e-12, rest=0), []
    for rtol in (1e-4, 1e-7, 1e-10):
        found = batches.integrate_many(layers, [3, 2, 1], 1.0, rtol=rtol, rest=0)
        off.append(max(np.abs(V - W).max() for V, W in zip(found.layers, exact.layers, strict=True)))
    assert off[1] < off[0] / 50
    assert off[2] < off[1] / 50


def test_a_step_that_errs_too_much_is_refused_and_tried_again_shorter():
    runs = batches._Runs([np.full((2, 1, 1), 2.0), np.ones((2, 1, 1))], (1, 1, 1), np.array([[9.0]]), 10.0, 1e-9)
    before, runs.dt = runs.y.copy(), np.array([0.02, 1e-4])
    runs.step()
    assert (runs.y[:, 0] == before[:, 0]).all()
    assert (runs.y[:, 1] != before[:, 1]).all()
    assert runs.t.tolist() == [0, 1e-4]
    assert runs.length[0] == 0
    assert runs.dt[0] < 0.02


def test_a_run_at_a_saddle_stays_and_has_no_length():
    found = batches.integrate_many([np.zeros((2, 1, 1)), np.array([[[0.0]], [[1.0]]])], [2])
    assert found.at_rest.all()
    assert found.length[0] == 0
    np.testing.assert_allclose(found.products().ravel(), [0, 2], atol=1e-6)
    assert repr(found).startswith("Batch(2 runs, 2 at rest, loss ")


def test_runs_that_run_out_of_steps_say_that_they_are_not_at_rest():
    found = batches.integrate_many(starts((2, 3, 2), 3), [2, 1], most=4)
    assert not found.at_rest.any()
    assert found.steps <= 4


@pytest.mark.parametrize(
    ("layers", "options", "error", "word"),
    [
        ([], {}, errors.ShapeMismatch, "at least one layer"),
        ([np.ones((2, 2))], {}, errors.ShapeMismatch, "expected"),
        ([np.ones((0, 1, 1))], {}, errors.ShapeMismatch, "one run"),
        ([np.ones((2, 1, 1)), np.ones((3, 1, 1))], {}, errors.ShapeMismatch, "same number"),
        ([np.ones((2, 2, 1)), np.ones((2, 1, 1))], {}, errors.ShapeMismatch, "share a width"),
        ([np.full((1, 1, 1), np.nan)], {}, errors.NotFinite, "NaN"),
        ([np.ones((1, 1, 1))], {"t_end": np.inf}, errors.BadArgument, "finite"),
        ([np.ones((1, 1, 1))], {"rtol": 0}, errors.BadArgument, "rtol"),
        ([np.ones((1, 1, 1))], {"rest": -1}, errors.BadArgument, "rest"),
        ([np.ones((1, 1, 1))], {"most": 0}, errors.BadArgument, "most"),
    ],
)
def test_refuses_what_is_no_batch(layers, options, error, word):
    with pytest.raises(error, match=word):
        batches.integrate_many(layers, [1], **options)
