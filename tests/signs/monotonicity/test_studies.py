"""Portraits of networks at inputs: the same numbers as its parts give, at the stated effort."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph.tangents import Tangent
from blockshift.signs.monotonicity.coefficients import coefficients
from blockshift.signs.monotonicity.gauges import frustrated_weight, settled_gauge
from blockshift.signs.monotonicity.orders import Order
from blockshift.signs.monotonicity.studies import (
    PortraitEffort,
    global_switching,
    mean_interval,
    portrait,
    summary,
    without_biases,
)
from signs.monotonicity.networks import balanced, dag_of, integers

EFFORT = PortraitEffort(outputs=2, directions=3, sizes=(0.01, 1.0), noise=(0.1,), sweeps=10, runs=2)


def made(seed=0):
    rng = np.random.default_rng(seed)
    dag = dag_of(integers((4, 6, 5, 3), rng))
    s = global_switching(dag, EFFORT, rng=rng)
    x = rng.integers(1, 5, (4, 1, 1)).astype(float)
    return dag, x, s, portrait(dag, x, s, EFFORT, rng=rng)


def test_a_portrait_holds_what_its_parts_say():
    dag, x, s, found = made()
    seen, n = Tangent.at(dag, x), found.numbers
    order = Order.of(dag, s)
    assert n["lambda"]["jacobian"] == coefficients(seen, order, [0, 2]).mean
    assert n["lambda_top"]["jacobian"] == pytest.approx(coefficients(seen, order, [n["top"]]).mean, nan_ok=True)
    assert n["share"] == frustrated_weight(seen, s) / seen.total_weight
    own = settled_gauge(seen, s)
    assert np.array_equal(found.switching, own.switching)
    assert n["own_share"] == own.share <= n["share"]
    on = seen.join([m.astype(float) for m in seen.active]) > 0
    assert n["turned"] == (own.switching != s)[on].mean()
    assert n["active"] == on.mean()
    assert set(n["trials"]) == set(n["rank"]) == {"pixels", "halves", "rays"}
    assert [v["size"] for v in n["survival"]] == [0.1]


def test_survival_is_the_overlap_with_a_picture_that_was_moved():
    rng = np.random.default_rng(5)
    dag = dag_of(integers((6, 30, 20, 3), rng))
    x = rng.integers(1, 5, (6, 1, 1)).astype(float)
    effort = PortraitEffort(outputs=2, directions=1, sizes=(1.0,), noise=(1e-9, 3.0), sweeps=5)
    found = portrait(dag, x, global_switching(dag, effort, rng=rng), effort, rng=rng).numbers["survival"]
    assert found[0]["nodes"] == found[0]["common"] == 1
    assert found[1]["common"] < 1


def test_the_best_of_several_switchings_is_taken():
    dag = dag_of(integers((4, 6, 5, 3), np.random.default_rng(1)))
    rng = np.random.default_rng(2)
    tries = [settled_gauge(dag, rng=rng, sweeps=10).value for _ in range(2)]
    s = global_switching(dag, EFFORT, rng=np.random.default_rng(2))
    assert frustrated_weight(dag, s) == min(tries)


def test_a_balanced_network_has_a_perfect_portrait():
    layers, signs = balanced((4, 6, 5, 3), np.random.default_rng(3))
    dag, s = dag_of(layers), np.concatenate(signs)
    x = 4.0 * np.reshape(signs[0], (4, 1, 1))
    n = portrait(dag, x, s, EFFORT, rng=np.random.default_rng(0)).numbers
    assert n["lambda"] == n["own_lambda"] == {"jacobian": 1, "paths": 1, "signs": 1}
    assert (n["share"], n["own_share"], n["turned"], n["pairs"]) == (0, 0, 0, 1)


def test_a_summary_has_means_with_intervals():
    portraits = [made(seed)[3].numbers for seed in range(3)]
    found = summary(portraits, EFFORT)
    assert found["share"][0] == pytest.approx(np.mean([p["share"] for p in portraits]))
    assert len(found["agreement"]["rays"]) == 2


def test_an_interval_leaves_gaps_out_and_needs_two():
    assert mean_interval([1.0, np.nan, 3.0]) == mean_interval([1.0, 3.0])
    assert np.isnan(mean_interval([2.0])[1])
    assert np.isnan(mean_interval([])[0])


def test_without_biases_nothing_answers_to_nothing():
    dag = without_biases(dag_of(integers((2, 3, 2), np.random.default_rng(4))))
    assert (Tangent.at(dag, np.zeros(2)).y == 0).all()


def test_outputs_are_spread_over_all():
    assert PortraitEffort(outputs=3).chosen(1000).tolist() == [0, 499, 999]
    assert PortraitEffort(outputs=10).chosen(4).tolist() == [0, 1, 2, 3]


def test_refuses_an_effort_that_is_none():
    with pytest.raises(errors.BadArgument, match="at least one"):
        PortraitEffort(outputs=0)
