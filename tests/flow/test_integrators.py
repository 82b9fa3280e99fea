"""Runs of gradient flow: against closed forms, another integrator, and what every run must satisfy."""

import numpy as np
import pytest

import oracles
from blockshift import errors
from blockshift.flow import conservation, gradient, integrators
from blockshift.graph.network import Network


def chain(*weights):
    """One node a layer."""
    return Network.from_weights([[[w]] for w in weights])


START = Network.random((3, 4, 5, 3), rng=np.random.default_rng(0), scale=0.3)


def logistic(t, sigma, s0):
    """The balanced mode of two layers, in closed form."""
    return sigma / (1 + (sigma / s0 - 1) * np.exp(-2 * sigma * t))


def test_a_balanced_mode_of_two_layers_is_logistic():
    at = np.linspace(0, 3, 7)
    run = integrators.integrate(chain(1e-3**0.5, 1e-3**0.5), [3], 3.0, at=at, rtol=1e-12, rest=0)
    np.testing.assert_allclose(run.products()[:, 0, 0], logistic(at, 3, 1e-3), rtol=1e-7)
    assert run.products()[2, 0, 0] == pytest.approx(0.35571247891886, rel=1e-8)


@pytest.mark.parametrize(("depth", "t"), [(2, 3.4533773893), (3, 9.1447473066), (4, 15.5291516513)])
def test_a_balanced_mode_reaches_half_when_quadrature_says(depth, t):
    start = chain(*[1e-3 ** (1 / depth)] * depth)
    run = integrators.integrate(start, [1], t, at=[t], rtol=1e-12)
    assert run.products()[0, 0, 0] == pytest.approx(0.5, abs=1e-8)


def test_oracle_a_run_ends_where_another_integrator_ends():
    layers = [W.tolist() for W in START.weights]
    sigma = gradient.target([3, 2, 1], START.widths).tolist()
    expected = oracles.runge_kutta(layers, sigma, 0.5, 200)
    run = integrators.integrate(START, [3, 2, 1], 0.5)
    for found, W in zip(run.final.weights, expected, strict=True):
        np.testing.assert_allclose(found, W, atol=1e-8)


def test_oracle_a_short_run_is_its_power_series():
    layers, sigma, t = [[[1, 2]], [[3], [-1]]], [[1, 0], [0, 2]], 1e-3
    series = oracles.taylor(layers, sigma, 6)
    run = integrators.integrate(Network.from_weights(layers), sigma, t, at=[t], rtol=1e-12)
    for found, coefficients in zip(run.network(0).weights, series, strict=True):
        expected = sum(np.array(c, dtype=float) * t**k for k, c in enumerate(coefficients))
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("method", integrators.METHODS)
def test_every_method_reaches_the_minimum(method):
    run = integrators.integrate(START, [3, 2, 1], 30.0, method=method, rtol=1e-8)
    np.testing.assert_allclose(run.final.product(), np.diag([3.0, 2.0, 1.0]), atol=1e-6)
    assert run.method == method
    assert run.calls >= run.steps > 0


def test_constraints_the_loss_never_rises_and_its_fall_is_the_integral_of_the_squared_speed():
    run = integrators.integrate(START, [3, 2, 1], 20.0, at=np.linspace(0, 20, 4001))
    assert (np.diff(run.loss) <= 1e-9).all()
    assert np.trapezoid(run.speed**2, run.t) == pytest.approx(run.loss[0] - run.loss[-1], rel=1e-4)


def test_constraints_what_is_reported_is_what_the_networks_say():
    run = integrators.integrate(START, [3, 2, 1], 1.0)
    start = conservation.conserved(START)
    scale = max(np.sum(W**2) for k in range(len(run.t)) for W in run.network(k).weights)
    for k in (0, len(run.t) // 2, -1):
        net = run.network(k)
        assert run.loss[k] == pytest.approx(gradient.loss(net, [3, 2, 1]))
        assert run.speed[k] == pytest.approx(gradient.speed(net, [3, 2, 1]))
        np.testing.assert_allclose(run.drift[k], conservation.drift(net, start, scale), atol=1e-16)
    assert run.network(0) == START
    assert run.network(-1) == run.final
    assert run.drift.shape == (len(run.t), 2)
    assert [C.shape for C in run.conserved()] == [(len(run.t), 4, 4), (len(run.t), 5, 5)]


def test_rate_the_drift_shrinks_with_the_tolerance():
    drift = [integrators.integrate(START, [3, 2, 1], 10.0, rtol=rtol).worst_drift for rtol in (1e-5, 1e-8, 1e-11)]
    assert drift[1] < drift[0] / 100
    assert drift[2] < drift[1] / 100


def test_the_absolute_tolerance_follows_the_size_of_the_start():
    # With a fixed one of 1e-6 the start below would be noise, and the mode would wake at another time.
    t = np.log(3 / 1e-16 - 1) / 6
    run = integrators.integrate(chain(1e-8, 1e-8), [3], t, at=[t])
    assert run.products()[0, 0, 0] == pytest.approx(1.5, rel=1e-5)


def test_a_start_at_rest_stays_there():
    run = integrators.integrate(chain(0, 0, 0), [3])
    assert (run.stopped, run.steps, run.t.tolist()) == ("at rest", 0, [0.0])
    assert run.loss.tolist() == [4.5]


def test_a_tiny_start_is_not_taken_for_rest():
    run = integrators.integrate(Network.random((2, 2, 2, 2), rng=np.random.default_rng(3), scale=1e-4), [2, 1], 1e5)
    assert run.final.product() == pytest.approx(np.diag([2.0, 1.0]), abs=1e-5)


def test_a_run_that_has_arrived_stops_before_its_time():
    run = integrators.integrate(chain(1, 1), [4], 1e6)
    assert run.stopped == "at rest"
    assert run.t[-1] < 100
    assert integrators.integrate(chain(1, 1), [4], 50.0, rest=0).stopped == "time is up"


def test_the_times_asked_for_are_the_times_recorded():
    at = [0.0, 0.3, 0.30001, 2.0]
    run = integrators.integrate(START, [3, 2, 1], 2.0, at=at)
    assert run.t.tolist() == at
    fine = integrators.integrate(START, [3, 2, 1], 0.3, at=[0.3], rtol=1e-12)
    np.testing.assert_allclose(run.states[1], fine.states[0], atol=1e-7)


def test_times_after_the_run_has_come_to_rest_are_recorded_too():
    run = integrators.integrate(chain(1, 1), [4], 1e6, at=[0.0, 1e5, 1e6])
    assert run.stopped == "at rest"
    assert run.t.tolist() == [0.0, 1e5, 1e6]
    assert run.products()[1:, 0, 0] == pytest.approx(4.0)


def test_one_layer_has_nothing_to_keep_and_decays():
    run = integrators.integrate(Network.from_weights([[[2.0]]]), [1], 1.0, at=[1.0])
    assert run.worst_drift == 0.0
    assert run.final.product()[0, 0] == pytest.approx(1 + np.exp(-1))


def test_an_interrupted_run_keeps_what_it_reached_and_can_go_on():
    def stop(t, loss):
        if t > 0.5:
            raise KeyboardInterrupt

    run = integrators.integrate(START, [3, 2, 1], 2.0, progress=stop)
    assert run.stopped == "interrupted"
    assert 0.5 < run.t[-1] < 2.0
    whole = integrators.integrate(START, [3, 2, 1], 2.0)
    rest = integrators.integrate(run.final, [3, 2, 1], 2.0 - run.t[-1])
    np.testing.assert_allclose(rest.states[-1], whole.states[-1], atol=1e-8)


def test_progress_is_told_time_and_loss():
    told = []
    run = integrators.integrate(START, [3, 2, 1], 1.0, progress=lambda t, loss: told.append((t, loss)))
    assert len(told) == run.steps
    assert told[-1] == (pytest.approx(run.t[-1]), pytest.approx(run.loss[-1]))


def test_a_long_run_is_thinned_and_keeps_its_ends(monkeypatch):
    monkeypatch.setattr(integrators, "KEPT", 16)
    run = integrators.integrate(START, [3, 2, 1], 20.0, rest=0)
    assert len(run.t) <= 17
    assert run.steps > 50
    assert (run.t[0], run.t[-1]) == (0.0, 20.0)
    assert (np.diff(run.t) > 0).all()


def test_a_thinned_run_holds_every_so_many_steps_of_the_full_one(monkeypatch):
    full = integrators.integrate(START, [3, 2, 1], 20.0, rest=0)
    monkeypatch.setattr(integrators, "KEPT", 16)
    thin = integrators.integrate(START, [3, 2, 1], 20.0, rest=0)
    assert thin.steps == full.steps
    places = np.searchsorted(full.t, thin.t)
    assert (full.t[places] == thin.t).all()
    assert len(set(np.diff(places[:-1]))) == 1  # the end is kept wherever it falls


def test_the_sentence_of_a_run_says_time_loss_drift_and_why_it_stopped():
    text = repr(integrators.integrate(chain(1, 1), [4], 50.0))
    assert all(word in text for word in ("0 ≤ t ≤", "loss 4.5 →", "drift", "stopped: at rest"))


def test_refuses_to_go_on_when_no_step_can_be_taken_and_keeps_what_was_reached(monkeypatch):
    class Stuck(integrators.METHODS["dop853"]):
        def _step_impl(self):
            return (False, "stuck on purpose") if self.t > 0.1 else super()._step_impl()

    monkeypatch.setitem(integrators.METHODS, "stuck", Stuck)
    with pytest.raises(errors.StepFailed, match="stuck on purpose") as caught:
        integrators.integrate(START, [3, 2, 1], 2.0, method="stuck")
    reached = caught.value.trajectory
    assert reached.t[-1] > 0.1
    assert np.isfinite(reached.states).all()


@pytest.mark.parametrize(
    ("changes", "error", "word"),
    [
        ({"t_end": 0.0}, errors.BadArgument, "t_end"),
        ({"t_end": np.inf}, errors.BadArgument, "finite"),
        ({"method": "euler"}, errors.UnknownName, "dop853"),
        ({"rtol": 0.0}, errors.BadArgument, "rtol"),
        ({"rtol": 1e-16}, errors.BadArgument, "rtol"),
        ({"atol": -1.0}, errors.BadArgument, "atol"),
        ({"rest": -1.0}, errors.BadArgument, "rest"),
        ({"at": [1.0, 0.5]}, errors.BadArgument, "increasing"),
        ({"at": [30.0]}, errors.BadArgument, "t_end"),
        ({"at": []}, errors.BadArgument, "increasing"),
        ({"sigma": [1, 1, 1, 1]}, errors.ShapeMismatch, "at most 3"),
        ({"net": chain(1e200, 1e200)}, errors.NotFinite, "overflows"),
    ],
)
def test_refuses_arguments_out_of_range(changes, error, word):
    with pytest.raises(error, match=word):
        integrators.integrate(**({"net": START, "sigma": [3, 2, 1] if "net" not in changes else [1]} | changes))
