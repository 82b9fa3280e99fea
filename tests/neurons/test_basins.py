"""Radii of basins: bisection, intervals, classes, single samples, rays."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from blockshift import errors
from blockshift.neurons import basins, passes, rays, thresholds, training
from neurons import nets, neurons_oracle


def easy(seed=0, m=120, batch_norm=False):
    """Three clouds in four dimensions and a classifier that has learnt them."""
    rng = np.random.default_rng(seed)
    y = np.arange(m) % 3
    X = (4 * np.eye(4)[y] + rng.standard_normal((m, 4))).astype(np.float32)
    model = training.dense((4, 16, 3), rng=rng, batch_norm=batch_norm)
    training.train(model, X, y, training.Recipe(rate=0.01, batch=40, epochs=30), rng=rng)
    return model, X, y


def test_a_threshold_at_a_known_distance_is_found():
    # One coordinate at distance 1 from the border: half of the draws are lost when half of the noise is beyond it,
    # which never happens; 30 % are lost at the amplitude whose upper 30 % lies beyond 1.
    model, X, y = nets.step_classifier(), np.full((4000, 1), 1.5, np.float32), np.ones(4000, int)
    found = basins.sample_basin(model, X, y, rng=np.random.default_rng(0), level=0.7, draws=4)
    assert np.isclose(found.radius, 1 / stats.norm.ppf(0.7), rtol=0.03)
    assert found.interval[0] < 1 / stats.norm.ppf(0.7) < found.interval[1]
    never = basins.sample_basin(model, X, y, rng=np.random.default_rng(0), level=0.4)
    assert never.radius == np.inf
    assert never.interval == (np.inf, np.inf)


def test_oracle_the_radius_is_where_a_fine_scan_first_crosses():
    model, X, y = easy()
    found = basins.sample_basin(model, X, y, rng=np.random.default_rng(5), draws=2)
    noise = np.random.default_rng(5).standard_normal((2, *X.shape), dtype=np.float32)

    def predict(x):
        return int(passes.outputs(model, x[None]).argmax())

    def share(s):
        return neurons_oracle.share_right(predict, X[:], y, noise, np.float32(s))

    slow = neurons_oracle.first_crossing(share, 0.5, found.radius * np.linspace(0.9, 1.1, 21))
    assert np.isclose(found.radius, slow, rtol=0.02)


@pytest.mark.parametrize("measure", [basins.sample_basin, basins.weight_basin])
def test_the_same_seed_repeats_to_the_last_bit_and_another_lies_in_the_interval(measure):
    model, X, y = easy()
    one, again = (measure(model, X, y, rng=np.random.default_rng(1), draws=12) for _ in range(2))
    assert (one.radius, one.interval) == (again.radius, again.interval)
    others = [measure(model, X, y, rng=np.random.default_rng(seed), draws=12).radius for seed in (2, 3, 4)]
    assert one.radius not in others
    assert all(one.interval[0] <= radius <= one.interval[1] for radius in others)


@pytest.mark.parametrize("measure", [basins.sample_basin, basins.weight_basin])
def test_a_lower_level_is_further_away(measure):
    model, X, y = easy()
    radii = [measure(model, X, y, rng=np.random.default_rng(0), level=level).radius for level in (0.8, 0.65, 0.5)]
    assert radii[0] < radii[1] < radii[2]


def test_weights_are_as_before_and_noise_is_in_units_of_their_spread():
    model, X, y = easy()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    one = basins.weight_basin(model, X, y, rng=np.random.default_rng(0))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    with torch.no_grad():
        model.linear[0].weight.mul_(4.0)
        model.linear[0].bias.mul_(4.0)
    scaled = basins.weight_basin(model, X, y, rng=np.random.default_rng(0))
    # A rectifier passes the factor on, and the bias of the end is small: in these units hardly anything changes.
    assert np.isclose(one.radius, scaled.radius, rtol=0.1)


def test_with_one_matrix_the_units_differ_by_its_standard_deviation():
    _, X, y = easy()
    model = training.dense((4, 3), rng=np.random.default_rng(0))
    training.train(model, X, y, training.Recipe(rate=0.05, epochs=20), rng=np.random.default_rng(0))
    layer, absolute = (
        basins.weight_basin(model, X, y, rng=np.random.default_rng(0), unit=word).radius
        for word in ("layer", "absolute")
    )
    spread = model.linear[0].weight.detach().numpy().std()
    assert np.isclose(absolute, spread * layer, rtol=0.02)
    assert not np.isclose(spread, 1, rtol=0.1)


def test_noise_on_weights_is_what_a_loop_would_put_there():
    model, X, y = easy()
    found = basins.weight_basin(model, X, y, rng=np.random.default_rng(3), draws=3)
    rng, matrices = np.random.default_rng(3), [linear.weight.detach().numpy().copy() for linear in model.linear]
    noise = [[rng.standard_normal(W.shape, dtype=np.float32) for W in matrices] for _ in range(3)]
    biases = [linear.bias.detach().numpy() for linear in model.linear]

    def share(s):
        right = 0
        for draw in noise:
            x = X.astype(float)
            for place, (W, part, b) in enumerate(zip(matrices, draw, biases, strict=True)):
                x = x @ (W + s * W.std() * part).T + b
                x = np.maximum(x, 0) if place == 0 else x
            right += (x.argmax(1) == y).sum()
        return right / (3 * len(X))

    assert share(found.radius * 0.99) > 0.5 >= share(found.radius * 1.01)


def test_each_sample_has_its_own_radius_whoever_else_is_asked():
    model, X, y = easy()
    noise = np.random.default_rng(0)
    radii = basins.sample_radii(model, X[:20], y[:20], rng=noise, draws=9)
    assert radii.shape == (20,)
    assert (radii > 0).any()
    wrong = (y[:20] + 1) % 3
    assert not basins.sample_radii(model, X[:20], wrong, rng=np.random.default_rng(0)).any()


def test_a_class_that_noise_is_read_as_has_a_finite_basin_only_against_chance():
    # Far out, everything is taken for class 1.
    model = nn.Sequential(nn.Linear(1, 2, bias=False), nn.ReLU(), nn.Linear(2, 2)).eval()
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0], [-1.0]]))
        model[2].weight.copy_(torch.tensor([[0.0, 0.0], [1.0, 1.0]]))
        model[2].bias.copy_(torch.tensor([1.0, 0.0]))
    X, y = np.array([[0.0], [3.0]] * 50, np.float32), np.array([0, 1] * 50)
    plain, fair = (
        basins.sample_basin(
            model, X, y, rng=np.random.default_rng(0), draws=20, by_class=True, against_chance=word
        ).classes
        for word in (False, True)
    )
    assert plain[1] == np.inf
    assert 0 < fair[1] < 4
    assert 0 < plain[0] < 2


def test_batch_norm_by_batch_is_another_question():
    model, X, y = easy(batch_norm=True)
    modes = [
        basins.sample_basin(model, X, y, rng=np.random.default_rng(0), batch_norm=word).radius
        for word in ("running", "batch")
    ]
    assert modes[0] != modes[1]


def test_refuses_a_classifier_that_is_below_the_level_without_noise():
    model, X, y = easy()
    for measure in (basins.sample_basin, basins.weight_basin):
        with pytest.raises(errors.BelowThreshold, match="without noise"):
            measure(model, X, (y + 1) % 3, rng=np.random.default_rng(0))
    with pytest.raises(errors.BadArgument, match="between 0 and 1"):
        basins.sample_basin(model, X, y, rng=np.random.default_rng(0), level=1.5)
    with pytest.raises(errors.UnknownName, match="'layer'"):
        basins.weight_basin(model, X, y, rng=np.random.default_rng(0), unit="percent")
    with pytest.raises(errors.BadArgument, match="at least 1 noise"):
        basins.sample_basin(model, X, y, rng=np.random.default_rng(0), draws=0)
    with pytest.raises(errors.ShapeMismatch, match="one label a sample"):
        basins.sample_basin(model, X, y[:3], rng=np.random.default_rng(0))


def test_a_crossing_is_found_for_each_group_alone():
    borders = np.array([0.01, 1.0, 3.7, 200.0])
    together = thresholds.crossing(lambda s: (s < borders).astype(float), 4, 0.5)
    alone = [thresholds.crossing(lambda s, b=b: (s < b).astype(float), 1, 0.5)[0] for b in borders]
    assert together.tolist() == alone
    assert np.allclose(together, borders, rtol=thresholds.CLOSE)
    assert thresholds.crossing(lambda s: np.zeros(1), 1, 0.5).tolist() == [0.0]
    assert thresholds.crossing(lambda s: np.ones(1), 1, 0.5).tolist() == [np.inf]


def test_of_several_crossings_the_first_on_the_doubling_scale_is_taken():
    def share(s):
        return 1.0 - ((s > 0.9) & (s < 1.1)) - (s > 50)

    assert np.isclose(thresholds.crossing(share, 1, 0.5)[0], 0.9, rtol=0.01)


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    truth, hits = 1.0, 0
    at = truth * thresholds.AROUND
    rng = np.random.default_rng(0)
    for _ in range(60):
        limits = rng.lognormal(0.0, 0.5, (2, 80))
        curve = thresholds.Curve(at, limits[None] > at[:, None, None], shared=False)
        low, high = curve.interval(0.5, rng=rng)
        hits += low <= truth <= high
    assert 51 <= hits <= 60


def test_where_draws_are_shared_the_interval_knows_it():
    at, rng = thresholds.AROUND, np.random.default_rng(1)
    limits = rng.lognormal(0.0, 0.5, (6, 1)) * np.ones((6, 200))
    right = limits[None] > at[:, None, None]
    shared, own = (
        thresholds.Curve(at, right, shared=word).interval(0.5, rng=np.random.default_rng(0)) for word in (True, False)
    )
    assert shared[1] / shared[0] > 1.2 * own[1] / own[0]


def test_oracle_pieces_of_rays_are_those_of_a_walk():
    own = np.random.default_rng(0).random((3, 5, 30)) < 0.6
    found = rays.Rays(np.linspace(0, 1, 30), own)
    slow = [[neurons_oracle.pieces(row) for row in rows] for rows in own]
    assert found.intervals.tolist() == slow
    assert np.isclose(found.reentering.mean(), (np.array(slow) > 1).mean())


def test_a_half_line_is_left_once_and_the_exit_is_at_its_border():
    model, X, y = nets.step_classifier(), np.array([[1.5]], np.float32), np.array([1])
    found = rays.rays(model, X, y, rng=np.random.default_rng(0), directions=6, reach=4, steps=401)
    assert (found.intervals == 1).all()
    assert found.reentering.tolist() == [0.0]
    exits = found.exits[np.isfinite(found.exits)]
    assert np.allclose(exits, 1.0, atol=0.02)
    assert rays.chords(model, np.array([[1.5], [2.0]]), np.array([1, 1]), rng=np.random.default_rng(0), pairs=5) == 1.0


def test_refuses_lines_inside_classes_of_one():
    model, X, y = easy()
    one_each = np.array([np.flatnonzero(y == k)[0] for k in range(3)])
    for some in (one_each, one_each[:1]):
        with pytest.raises(errors.BadArgument, match="both of its ends"):
            rays.chords(model, X[some], y[some], rng=np.random.default_rng(0))
    with pytest.raises(errors.ShapeMismatch, match="one label"):
        rays.chords(model, X, y[:2], rng=np.random.default_rng(0))


def test_refuses_rays_that_go_nowhere():
    model, X, y = easy()
    with pytest.raises(errors.BadArgument, match="nowhere"):
        rays.rays(model, X, y, rng=np.random.default_rng(0), reach=0)
    with pytest.raises(errors.ShapeMismatch, match="one label"):
        rays.rays(model, X, y[:2], rng=np.random.default_rng(0))
