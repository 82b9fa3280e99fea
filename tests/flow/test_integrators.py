"""Runs of gradient flow: against closed forms, another integrator, and what every run must satisfy."""

import numpy as np
import pytest

import oracles
from blockshift import errors
from blockshift.flow import conservation, gradient, integrators
from blockshift.flow.stepping import explicit, gauss
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
    # Methods of low order need many steps for many digits.
    rtol = 1e-6 if method in ("gauss1", "gauss2", "discrete-gradient") else 1e-8
    run = integrators.integrate(START, [3, 2, 1], 30.0, method=method, rtol=rtol)
    np.testing.assert_allclose(run.final.product(), np.diag([3.0, 2.0, 1.0]), atol=50 * rtol)
    assert run.method == method or (method == "auto" and run.method in ("gauss8", "dop853"))
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
    drift = [
        integrators.integrate(START, [3, 2, 1], 10.0, rtol=rtol, method="dop853").worst_drift
        for rtol in (1e-5, 1e-8, 1e-11)
    ]
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


@pytest.mark.parametrize(("method", "kind"), [("dop853", explicit.Explicit), ("gauss", gauss.Gauss)])
def test_refuses_to_go_on_when_no_step_can_be_taken_and_keeps_what_was_reached(monkeypatch, method, kind):
    step = kind.step
    monkeypatch.setattr(kind, "step", lambda self, bound: "stuck on purpose" if self.t > 0.1 else step(self, bound))
    with pytest.raises(errors.StepFailed, match="stuck on purpose") as caught:
        integrators.integrate(START, [3, 2, 1], 2.0, method=method)
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
        ({"project": True}, errors.BadArgument, "keep the laws without it"),
        ({"sigma": [1, 1, 1, 1]}, errors.ShapeMismatch, "at most 3"),
        ({"net": chain(1e200, 1e200)}, errors.NotFinite, "overflows"),
    ],
)
def test_refuses_arguments_out_of_range(changes, error, word):
    with pytest.raises(error, match=word):
        integrators.integrate(**({"net": START, "sigma": [3, 2, 1] if "net" not in changes else [1]} | changes))


@pytest.mark.parametrize("stages", range(1, 9))
def test_constraints_gauss_methods_keep_the_laws_to_rounding_at_any_tolerance(stages):
    for rtol in (1e-2, 1e-5):
        run = integrators.integrate(START, [3, 2, 1], 20.0, method=f"gauss{stages}", rtol=rtol, rest=0)
        assert run.worst_drift <= 1e-14
        assert run.t[-1] == 20.0


@pytest.mark.parametrize(
    ("widths", "scale", "t_end"),
    [((5, 5, 5, 5), 1e-2, 4000.0), ((16, 16, 16, 16), 0.03, 300.0), ((4, 7, 2, 6, 3), 0.4, 300.0)],
)
def test_constraints_the_drift_stays_at_rounding_over_plateaus(widths, scale, t_end):
    start = Network.random(widths, rng=np.random.default_rng(1), scale=scale)
    sigma = np.linspace(4, 0.5, min(widths[0], widths[-1]))
    run = integrators.integrate(start, sigma, t_end, method="gauss", rtol=1e-6)
    assert run.worst_drift <= 1e-12
    assert run.loss[-1] <= 1e-6 * run.loss[0] + 0.5 * np.sum(sigma[min(widths) :] ** 2) * (1 + 1e-6)


def test_general_solvers_do_not_keep_the_laws_to_rounding():
    run = integrators.integrate(START, [3, 2, 1], 20.0, method="dop853", rtol=1e-6)
    assert run.worst_drift > 1e-10


@pytest.mark.parametrize("method", ["dop853", "rk45"])
def test_projection_puts_the_laws_back_and_leaves_the_run_where_it_was(method):
    how = {"method": method, "rtol": 1e-6, "rest": 0}
    free = integrators.integrate(START, [3, 2, 1], 10.0, **how)
    held = integrators.integrate(START, [3, 2, 1], 10.0, project=True, **how)
    exact = integrators.integrate(START, [3, 2, 1], 10.0, method="gauss", rtol=1e-12, rest=0)
    assert held.worst_drift <= 1e-14 < free.worst_drift
    assert np.abs(held.states[-1] - exact.states[-1]).max() < 1e-4


def test_the_loss_of_a_discrete_gradient_falls_however_long_the_steps_are():
    run = integrators.integrate(START, [3, 2, 1], 50.0, method="discrete-gradient", rtol=1e-2, rest=0)
    moved = np.diff(run.states, axis=0)
    fall = np.sum(moved**2, axis=1) / np.diff(run.t)
    np.testing.assert_allclose(run.loss[:-1] - run.loss[1:], fall, rtol=1e-9, atol=1e-13)
    assert np.diff(run.t).max() > 1
    # No method of this kind keeps the laws as well.
    assert run.worst_drift > 1e-8


@pytest.fixture(scope="module")
def exact():
    """States at a few times, each at the end of a run of its own."""
    at = np.linspace(0.05, 6, 9)
    how = {"method": "dop853", "rtol": 1e-13, "rest": 0}
    return at, [integrators.integrate(START, [3, 2, 1], t, at=[t], **how).states[0] for t in at]


@pytest.mark.parametrize("method", ["gauss", "gauss3", "dop853", "rk45", "discrete-gradient"])
def test_times_asked_for_are_as_accurate_as_the_steps(method, exact):
    at, expected = exact
    low = method == "discrete-gradient"
    run = integrators.integrate(START, [3, 2, 1], 6.0, at=at, method=method, rtol=1e-6 if low else 1e-9, rest=0)
    assert np.abs(run.states - expected).max() < (2e-3 if low else 2e-7)


def test_a_trajectory_can_be_asked_for_any_time_and_stays_on_the_laws():
    run = integrators.integrate(START, [3, 2, 1], 5.0, method="gauss", rtol=1e-11)
    start = conservation.conserved(START)
    for t in (0.0, 0.123, 2.5, 4.99, float(run.t[3])):
        net = run.between(t)
        there = integrators.integrate(START, [3, 2, 1], 5.0, method="gauss", at=[t], rtol=1e-11).network(0)
        assert max(np.abs(V - W).max() for V, W in zip(net.weights, there.weights, strict=True)) < 1e-10
        assert conservation.drift(net, start).max() < 1e-14
    with pytest.raises(errors.BadArgument, match="kept"):
        run.between(5.1)


def test_a_trajectory_knows_the_singular_values_it_has_learnt_and_where_it_ended():
    run = integrators.integrate(START, [3, 2, 1], 60.0)
    np.testing.assert_allclose(run.singular_values()[-1], [3, 2, 1], atol=1e-7)
    assert run.singular_values().shape == (len(run.t), 3)
    assert (run.limit.kind, run.limit.learnt) == ("global minimum", (1, 2, 3))


#: Escape times of the 4 x 4 problem of two layers with weights 1e-6 N(0, 1), seed 0; from DOP853 at 1e-12 / 1e-18.
ESCAPES = (3.68, 4.71, 6.96, 14.98)


@pytest.mark.parametrize("method", ["auto", "gauss", "dop853"])
def test_modes_escape_when_they_should_from_a_tiny_start(method):
    rng = np.random.default_rng(0)
    start = Network.from_weights([1e-6 * rng.standard_normal((4, 4)) for _ in range(2)])
    at = np.linspace(3, 16, 1301)
    run = integrators.integrate(start, [4, 3, 2, 1], 16.0, method=method, at=at, rest=0)
    modes = np.einsum("kii->ki", run.products())
    passed = [at[np.argmax(modes[:, i] > (4 - i) / 2)] for i in range(4)]
    np.testing.assert_allclose(passed, ESCAPES, atol=0.011)


def test_an_absolute_tolerance_as_large_as_the_start_decides_when_modes_escape():
    rng = np.random.default_rng(0)
    start = Network.from_weights([1e-6 * rng.standard_normal((4, 4)) for _ in range(2)])
    at = np.linspace(3, 16, 1301)
    run = integrators.integrate(start, [4, 3, 2, 1], 16.0, method="lsoda", rtol=1e-3, atol=1e-6, at=at, rest=0)
    passed = at[np.argmax(run.products()[:, 0, 0] > 2)]
    assert abs(passed - ESCAPES[0]) > 0.02


def test_constraints_the_drift_stays_at_rounding_with_twelve_thousand_weights():
    start = Network.random((64, 64, 64, 64), rng=np.random.default_rng(1), scale=0.05)
    run = integrators.integrate(start, np.linspace(4, 0.5, 64), 12.0, method="gauss", rtol=1e-2)
    assert sum(W.size for W in start.weights) == 12288
    assert run.loss[-1] < 0.8 * run.loss[0]
    assert run.worst_drift <= 1e-12
