"""Gradient descent: by hand, against a literal loop, and against the identities it obeys exactly."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
from blockshift import errors
from blockshift.flow import conservation, curvature, descent, gradient, integrators
from blockshift.graph.network import Network
from strategies import exact, problems

START = Network.random((3, 4, 5, 3), rng=np.random.default_rng(0), scale=0.3)
SIGMA = [3.0, 2.0, 1.0]


def chain(*weights):
    """One node a layer."""
    return Network.from_weights([[[w]] for w in weights])


def heavy_ball(layers, sigma, step, steps, momentum):
    """The definition, in lists: layers and directions after each step."""
    V = [oracles.zeros(len(W), len(W[0])) for W in layers]
    points, directions = [layers], [V]
    for _ in range(steps):
        G = oracles.velocity(layers, sigma)
        V = [oracles.combine(g, v, momentum) for g, v in zip(G, V, strict=True)]
        layers = [oracles.combine(W, v, step) for W, v in zip(layers, V, strict=True)]
        points.append(layers)
        directions.append(V)
    return points, directions


def turn(layers, directions, i):
    """``V_i W_i^T - W_{i+1}^T V_{i+1}`` at the hidden layer after layer i, counted from 0."""
    first = oracles.times(directions[i], oracles.transpose(layers[i]))
    return oracles.combine(first, oracles.times(oracles.transpose(layers[i + 1]), directions[i + 1]), -1)


def test_two_steps_by_hand():
    # w = (2, 1), sigma = 3: the residual is 1, G = (1, 2); then w = (9/4, 3/2), the residual -3/8, G = (-9/16, -27/32).
    net = Network.from_weights([exact([[2]]), exact([[1]])])
    run = descent.descend(net, exact([[3]]), step=Fraction(1, 4), steps=2, momentum=Fraction(1, 2))
    assert [W[0, 0] for W in run.final.weights] == [
        Fraction(9, 4) + Fraction(1, 4) * (Fraction(1, 2) - Fraction(9, 16)),
        Fraction(3, 2) + Fraction(1, 4) * (1 - Fraction(27, 32)),
    ]
    assert list(run.k) == [0, 1, 2]
    assert list(run.t) == [0, 0.5, 1]
    assert run.loss[:2].tolist() == [0.5, 9 / 128]


@given(problems(max_depth=3, max_width=2), st.sampled_from([0, Fraction(1, 3)]))
def test_oracle_each_step_is_the_one_of_the_definition(problem, momentum):
    layers, sigma = problem
    points, _ = heavy_ball([W.tolist() for W in layers], sigma.tolist(), Fraction(1, 999), 2, momentum)
    run = descent.descend(Network(tuple(layers)), sigma, step=Fraction(1, 999), steps=2, momentum=momentum, rest=0)
    assert [W.tolist() for W in run.final.weights] == points[-1]


@given(problems(max_depth=4), st.sampled_from([0, Fraction(1, 2), Fraction(9, 10)]))
def test_law_the_drift_is_exactly_what_the_identity_predicts(problem, momentum):
    layers, sigma = problem
    net = Network(tuple(layers))
    run = descent.descend(net, sigma, step=Fraction(1, 7), steps=2, momentum=momentum, rest=0)
    then, now = conservation.conserved(net), conservation.conserved(run.final)
    assert all(((a - b - c) == 0).all() for a, b, c in zip(now, then, run.bent, strict=True))
    assert run.mismatch == 0


@given(problems(max_depth=4), st.sampled_from([0, Fraction(2, 3)]))
def test_law_the_angular_momentum_of_each_hidden_layer_stays_zero(problem, momentum):
    layers, sigma = problem
    points, directions = heavy_ball([W.tolist() for W in layers], sigma.tolist(), Fraction(1, 3), 2, momentum)
    for i in range(len(layers) - 1):
        K = turn(points[-1], directions[-1], i)
        assert oracles.transpose(K) == K


def test_momentum_breaks_the_ordinary_laws_sooner_than_descent_by_the_factor_of_the_book():
    # The same effective step 0.001 with momentum 0.9: (1 + beta) / (1 - beta) = 19 times the drift.
    plain = descent.descend(START, SIGMA, step=0.001, steps=3000, rest=0)
    heavy = descent.descend(START, SIGMA, step=0.0001, steps=3000, momentum=0.9, rest=0)
    assert plain.t[-1] == pytest.approx(heavy.t[-1])
    ratio = heavy.drift[-1] / plain.drift[-1]
    np.testing.assert_allclose(ratio, 19, rtol=0.05)


@pytest.mark.parametrize("momentum", [0, 0.5])
def test_rate_descent_follows_the_flow_to_first_order(momentum):
    flow = integrators.integrate(START, SIGMA, 1.0, rest=0).final
    off = []
    for step in (0.01, 0.005, 0.0025):
        run = descent.descend(START, SIGMA, step=step * (1 - momentum), steps=round(1 / step), momentum=momentum)
        assert run.t[-1] == pytest.approx(1)
        off.append(max(np.abs(V - W).max() for V, W in zip(run.final.weights, flow.weights, strict=True)))
    slopes = np.diff(np.log(off)) / np.log(0.5)
    assert (np.abs(slopes - 1) < 0.1).all()


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_measured_and_predicted_drift_differ_by_rounding(momentum):
    run = descent.descend(START, SIGMA, step=0.02, steps=500, momentum=momentum)
    np.testing.assert_allclose(run.drift, run.predicted, atol=1e-13)
    assert run.worst_drift > 1e-3
    assert 0 < run.mismatch < 1e-13


def test_constraints_what_is_reported_is_what_the_networks_say():
    run = descent.descend(START, SIGMA, step=0.02, steps=40)
    then = conservation.conserved(START)
    scale = max(np.sum(W**2) for at in range(len(run.k)) for W in run.network(at).weights)
    for at in (0, 7, -1):
        net = run.network(at)
        assert run.loss[at] == pytest.approx(gradient.loss(net, SIGMA))
        assert run.speed[at] == pytest.approx(gradient.speed(net, SIGMA))
        np.testing.assert_allclose(run.drift[at], conservation.drift(net, then, scale), atol=1e-15)
    assert run.network(0) == START
    assert run.network(-1) == run.final
    np.testing.assert_allclose(run.products()[-1], run.final.product())


def test_a_descent_comes_to_rest_at_a_minimum_and_says_so():
    run = descent.descend(START, SIGMA, step=0.05, steps=10_000)
    assert run.stopped == "at rest"
    np.testing.assert_allclose(run.final.product(), np.diag(SIGMA), atol=1e-12)
    assert repr(run).startswith(f"Descent({run.k[-1]} steps of 0.05, loss 7.2")
    assert repr(run).endswith("stopped: at rest)")


def test_a_saddle_is_rest_at_once():
    run = descent.descend(chain(0, 0), [2], step=0.1, steps=5)
    assert (run.stopped, run.k.tolist(), run.worst_drift) == ("at rest", [0], 0)


def test_steps_that_are_up_are_counted():
    run = descent.descend(START, SIGMA, step=0.01, steps=7, momentum=0.25)
    assert (run.stopped, run.k[-1]) == ("steps are up", 7)
    assert "momentum 0.25" in repr(run)


def test_a_step_that_is_too_long_diverges_and_ends_with_finite_weights():
    run = descent.descend(START, SIGMA, step=3.0, steps=1000)
    assert run.stopped == "diverged"
    assert all(np.isfinite(W).all() for W in run.final.weights)
    assert np.isfinite(run.loss).all()


def test_an_interrupted_descent_keeps_what_it_reached():
    def stop(k, loss):
        if k == 12:
            raise KeyboardInterrupt

    run = descent.descend(START, SIGMA, step=0.01, steps=100, progress=stop)
    assert (run.stopped, run.k[-1]) == ("interrupted", 12)
    expected = descent.descend(START, SIGMA, step=0.01, steps=12)
    assert run.final == expected.final
    np.testing.assert_array_equal(run.drift, expected.drift)


def test_a_long_descent_is_thinned_and_keeps_its_last_step(monkeypatch):
    monkeypatch.setattr(descent, "KEPT", 16)
    run = descent.descend(START, SIGMA, step=0.001, steps=101, rest=0)
    assert len(run.k) <= 17
    assert (run.k[0], run.k[-1]) == (0, 101)
    assert len(set(np.diff(run.k)[:-1])) == 1


def test_a_single_layer_has_no_law_to_bend():
    run = descent.descend(Network.from_weights([[[1, 0], [0, 2]]]), [1, 1], step=0.5, steps=3)
    assert run.drift.shape == run.predicted.shape == (4, 0)
    assert (run.worst_drift, run.mismatch, run.bent) == (0, 0, ())


def test_a_float_among_exact_numbers_makes_floats():
    net = Network.from_weights([exact([[2]]), exact([[1]])])
    assert descent.descend(net, exact([[3]]), step=0.25, steps=1).final.weights[0].dtype == np.float64


def test_one_mode_is_balanced_by_the_factor_of_the_book():
    net = Network.from_weights([exact([[1], [2]]), exact([[3, -1]])])
    run = descent.descend(net, exact([[5]]), step=Fraction(1, 10), steps=1)
    r = 5 - (3 * 1 - 2)
    (then,), (now,) = conservation.conserved(net), conservation.conserved(run.final)
    assert ((now - (1 - Fraction(r * r, 100)) * then) == 0).all()


def test_beyond_the_stable_step_descent_leaves_a_sharp_minimum_for_a_flatter_one():
    # The minimum (4, 1/2) has sharpness 16.25, a balanced one 4: a step of 0.2 is too long for the first only.
    sharp = chain(4, 0.5)
    step = 0.2
    assert curvature.stable_step(sharp, [2]) < step < 2 / 4
    run = descent.descend(chain(4.001, 0.5), [2], step=step, steps=5000)
    assert run.stopped == "at rest"
    assert curvature.sharpness(run.final, [2]) < 2 / step < curvature.sharpness(sharp, [2])
    C = np.array([conservation.conserved(run.network(at))[0][0, 0] for at in range(len(run.k))])
    assert abs(C[-1]) < abs(C[0]) / 1.5


@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_the_stable_step_is_where_a_minimum_stops_attracting(momentum):
    limit = curvature.stable_step(chain(1, 3), [3], momentum=momentum)
    near = chain(1 + 1e-6, 3)
    below = descent.descend(near, [3], step=0.99 * limit, steps=4000, momentum=momentum)
    above = descent.descend(near, [3], step=1.01 * limit, steps=200, momentum=momentum)
    assert below.loss[-1] < 1e-18
    assert above.loss.max() > 100 * above.loss[0]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"step": 0}, "above 0"),
        ({"step": np.nan}, "finite"),
        ({"steps": 0}, "from 1 up"),
        ({"steps": 2.5}, "integer"),
        ({"steps": True}, "integer"),
        ({"momentum": 1}, "below 1"),
        ({"momentum": -0.1}, "from 0"),
        ({"rest": -1}, "from 0 up"),
    ],
)
def test_refuses_what_makes_no_descent(change, word):
    with pytest.raises(errors.BadArgument, match=word):
        descent.descend(START, SIGMA, **({"step": 0.1, "steps": 3} | change))


def test_refuses_a_start_whose_loss_overflows():
    with pytest.raises(errors.NotFinite, match="scale"):
        descent.descend(chain(1e200, 1e200), [1], step=0.1, steps=3)
