"""The benchmark of integrators: problems, references, peers, and a results file that says what it could not do."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import comparison, default_tolerances, integrators, peers, problems, references
from blockshift.flow import conservation, gradient
from blockshift.graph.network import Network

TINY = problems.Problem("tiny", (2, 3, 2), (2.0, 1.0), 3.0, 0.5, "ordinary")
SHAPES = [(2, 3, 2), (1, 1), (3, 4, 1, 2), (2, 2, 2, 2, 2)]


def a_problem(widths):
    """A problem of that shape with singular values that count down."""
    values = tuple(float(k) for k in range(min(widths[0], widths[-1]), 0, -1))
    return problems.Problem("some", widths, values, 1.0, 0.7, "ordinary")


@pytest.mark.parametrize("widths", SHAPES)
def test_oracle_the_flat_right_side_is_the_velocity_of_the_library(widths):
    problem = a_problem(widths)
    net = Network(tuple(problem.layers(problem.start)))
    expected = np.concatenate([V.ravel() for V in gradient.velocity(net, problem.Sigma)])
    assert np.allclose(problem.velocity(0.0, problem.start), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("widths", SHAPES)
def test_oracle_the_jacobian_is_the_derivative_of_the_right_side(widths):
    problem = a_problem(widths)
    # The right side is a polynomial of degree 2h - 1 < 8: along each axis this stencil of order 8 is exact.
    weights = {1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280}
    columns = [
        sum(w * sum(s * problem.velocity(0.0, problem.start + s * k * e) for s in (1, -1)) for k, w in weights.items())
        for e in np.eye(problem.size)
    ]
    assert np.allclose(problem.jacobian(0.0, problem.start), np.array(columns).T, atol=1e-9)


def test_oracle_the_drift_is_that_of_the_library():
    states = [TINY.start + 0.1, TINY.start - 0.3]
    nets = [Network(tuple(TINY.layers(state))) for state in (TINY.start, *states)]
    largest = max(float((W**2).sum()) for net in nets for W in net.weights)
    expected = max(conservation.drift(net, conservation.conserved(nets[0]), largest).max() for net in nets)
    assert TINY.drift(states) == pytest.approx(expected, rel=1e-13)
    assert TINY.drift([TINY.start]) == 0


def test_every_problem_has_a_reference_that_two_runs_agree_on():
    for problem in problems.PROBLEMS.values():
        known = references.reference(problem)
        assert known.states.shape == (problems.TIMES, len(problem.kept))
        assert known.doubt < 1e-12, problem.name


@pytest.mark.skipif(not references.EXTENDED, reason="this machine's long double is a double")
def test_oracle_a_reference_agrees_with_the_closed_form_of_one_layer():
    problem = problems.Problem("one", (2, 2), (2.0, 1.0), 1.5, 0.7, "ordinary")
    start = problem.layers(problem.start)[0]
    found = references.solve(problem, 16).astype(float)
    expected = [(problem.Sigma + np.exp(-t) * (start - problem.Sigma)).ravel() for t in problem.times]
    assert np.allclose(found, expected, rtol=1e-14, atol=1e-15)


@pytest.mark.skipif(not references.EXTENDED, reason="this machine's long double is a double")
def test_two_orders_and_an_other_method_give_the_same_states():
    first, second = (references.solve(TINY, order).astype(float) for order in (16, 9))
    assert references.relative(second, first) < 1e-15
    run = peers.PEERS["scipy DOP853"].prepare(TINY, 1e-12)()
    assert references.relative(run.states, first) < 1e-10


@pytest.mark.skipif(not references.EXTENDED, reason="this machine's long double is a double")
def test_a_run_that_has_arrived_would_not_have_gone_further(monkeypatch):
    problem = replace(TINY, t_end=60.0)
    stopped = references.solve(problem, 16).astype(float)
    steps = []
    monkeypatch.setattr(references, "_arrived", lambda *_: steps.append(1) is not None)
    onward = references.solve(problem, 16).astype(float)
    assert steps
    assert references.relative(stopped, onward) < 1e-15


def test_an_error_is_the_worst_over_the_times_and_what_is_no_number_is_infinite():
    expected = np.array([[3.0, 4.0], [6.0, 8.0]])
    assert references.relative(expected + np.diag([0.0, 1.0]), expected) == pytest.approx(0.1)
    assert references.relative(expected * np.nan, expected) == float("inf")
    assert references.relative(expected[:1], expected) == float("inf")


def test_a_large_problem_is_judged_by_a_sample_of_its_weights():
    large = problems.PROBLEMS["plateaus-h2-d100"]
    assert len(large.kept) == problems.SAMPLE
    assert len(set(large.kept.tolist())) == problems.SAMPLE
    assert len(TINY.kept) == TINY.size


SCIPY = [name for name in peers.PEERS if name.startswith("scipy")]


@pytest.mark.parametrize("name", [*SCIPY, "auto"])
def test_a_contestant_comes_close_at_a_tight_tolerance(name):
    everyone = peers.PEERS | peers.ours()
    contestant = everyone.get(name) or next(iter(peers.ours().values()))
    run = contestant.prepare(TINY, 1e-10)()
    exact = peers.PEERS["scipy DOP853"].prepare(TINY, 1e-13)().states
    assert references.relative(run.states, exact) < 1e-6
    assert run.calls > 0
    assert run.steps > 0


@pytest.mark.parametrize("name", [name for name in peers.PEERS if name not in SCIPY])
def test_a_peer_of_another_package_comes_close_or_is_said_to_be_missing(name):
    contestant = peers.PEERS[name]
    why = contestant.refuses(TINY)
    if why:
        assert why == f"{contestant.package} is not installed"
        return
    exact = peers.PEERS["scipy DOP853"].prepare(TINY, 1e-13)().states
    assert references.relative(contestant.prepare(TINY, 1e-10)().states, exact) < 1e-6


@pytest.fixture
def known(monkeypatch):
    """A reference for the tiny problem, and the tiny problem among the others."""
    states = peers.PEERS["scipy DOP853"].prepare(TINY, 1e-13)().states
    monkeypatch.setattr(references, "reference", lambda problem: references.Reference(problem, states, 1e-13))
    monkeypatch.setitem(problems.PROBLEMS, "tiny", TINY)


def measured(*contestants, **how):
    """The results on the tiny problem, nothing printed."""
    return integrators.measured(TINY, contestants, rounds=1, say=lambda *_: None, **how)


def test_a_package_that_is_not_there_is_reported(known):
    missing = replace(peers.PEERS["scipy RK45"], name="of nowhere", package="there-is-no-such-package")
    found = measured((missing, True), tolerances=(1e-3,))
    assert found["left_out"] == [
        {"method": "of nowhere", "rtol": None, "why": "there-is-no-such-package is not installed"}
    ]
    assert found["runs"] == []


def test_a_problem_that_is_too_large_is_reported(known):
    small = replace(peers.PEERS["scipy Radau"], largest=5)
    (out,) = measured((small, True), tolerances=(1e-3,))["left_out"]
    assert out["why"].startswith("more than 5 weights: it would need the Jacobian")


def test_a_run_that_breaks_is_reported_and_the_others_go_on(known):
    def broken(problem, rtol):
        raise ArithmeticError("no step")

    contestant = replace(peers.PEERS["scipy RK45"], name="broken", prepare=broken)
    found = measured((contestant, True), (peers.PEERS["scipy RK45"], True), tolerances=(1e-3, 1e-5))
    assert [out["why"] for out in found["left_out"]] == ["ArithmeticError: no step"] * 2
    assert [run["method"] for run in found["runs"]] == ["scipy RK45"] * 2


def test_a_run_over_its_time_is_given_up_and_so_are_tighter_ones(known):
    def slow(problem, rtol):
        def run():
            end = time.process_time() + 5
            while time.process_time() < end:
                pass

        return run

    contestant = replace(peers.PEERS["scipy RK45"], name="slow", prepare=slow)
    found = measured((contestant, True), tolerances=(1e-3, 1e-5), limit=0.05)
    assert found["left_out"] == [{"method": "slow", "rtol": 1e-3, "why": "more than 0.05 s"}]


def test_the_results_have_what_the_page_relies_on(known, capsys):
    results = integrators.compared(["tiny"], ["scipy RK45", "dop853"], tolerances=(1e-4, 1e-11), rounds=1)
    assert json.loads(json.dumps(results)) == results
    keys = "made default command machine versions levels limit tolerances problems".split()
    assert set(keys) == set(results)
    assert {"processor", "cores", "used", "system"} == set(results["machine"])
    assert {"python", "commit", "numpy", "scipy", "diffrax", "heyoka", "torchdiffeq"} <= set(results["versions"])
    (problem,) = results["problems"]
    keys = "name kind widths sigma t_end scale seed weights doubt runs left_out ratios".split()
    assert set(keys) == set(problem)
    for run in problem["runs"]:
        assert set(run) == set("method peer rtol error drift seconds prepared calls steps rounds".split())
        assert run["seconds"] > 0
    loose, tight = (run for run in problem["runs"] if run["method"] == "scipy RK45")
    assert tight["error"] < loose["error"]
    assert tight["drift"] < loose["drift"]
    assert {r["method"] for r in problem["ratios"]} == {"dop853"}
    assert {r["at"] for r in problem["ratios"]} == set(comparison.LEVELS)
    assert "tiny: 12 weights" in capsys.readouterr().out


def test_what_our_default_does_not_reach_is_a_complaint(known):
    default = next(iter(peers.ours()))
    loose = integrators.compared(["tiny"], [default], tolerances=(1e-3,), rounds=1)
    assert f"tiny: {default} does not reach error 1e-09" in integrators.reached(loose)
    tight = integrators.compared(["tiny"], [default], tolerances=(1e-12,), rounds=1)
    assert not [line for line in integrators.reached(tight) if "error" in line]


def test_a_new_measurement_replaces_the_same_methods_only(known):
    both = ["scipy RK45", "dop853"]
    before = integrators.compared(["tiny"], both, tolerances=(1e-11,), rounds=1)
    now = integrators.compared(["tiny"], ["dop853"], tolerances=(1e-3, 1e-12), rounds=1)
    # "scipy DOP853" is not among them: the part of a name is taken as it is written.
    assert {run["method"] for run in now["problems"][0]["runs"]} == {"dop853"}
    (problem,) = integrators.merged(before, now, ["dop853"])["problems"]
    assert [(run["method"], run["rtol"]) for run in problem["runs"]] == [
        ("scipy RK45", 1e-11), ("dop853", 1e-3), ("dop853", 1e-12)
    ]  # fmt: skip
    assert {r["best_peer"] for r in problem["ratios"] if r["at"] == "error"} == {"scipy RK45"}


def test_refuses_to_mix_two_machines(known):
    before = integrators.compared(["tiny"], ["dop853"], tolerances=(1e-3,), rounds=1)
    elsewhere = before | {"machine": before["machine"] | {"cores": 128}}
    with pytest.raises(ValueError, match="measure --all"):
        integrators.merged(elsewhere, before, ["dop853"])


def test_default_tolerances_mislead_and_scaled_ones_do_not():
    true = default_tolerances.escapes("DOP853", *default_tolerances.TIGHT)
    assert np.allclose(true, [3.68, 4.71, 6.96, 14.98], atol=0.005)
    rows = default_tolerances.compared()["rows"]
    off = {(row["method"], row["tolerance"]): row["off"] for row in rows}
    assert off["BDF", "default"] > 0.1
    assert all(value < default_tolerances.ALLOWED for (_, words), value in off.items() if words == "scaled")
