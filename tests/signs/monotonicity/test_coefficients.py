"""λ in its three readings, against sums over paths."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph.perceptrons import perceptron
from blockshift.graph.tangents import Tangent
from blockshift.signs.monotonicity.coefficients import READINGS, coefficients
from blockshift.signs.monotonicity.orders import Order
from signs.monotonicity import monotonicity_oracle as oracle
from signs.monotonicity.networks import balanced, convolutional, dag_of, integers


def plain(d, k):
    return Order(np.ones((d, 1, 1)), np.ones(k))


@pytest.mark.parametrize("seed", range(12))
def test_oracle_lambda_is_its_transcription(seed):
    rng = np.random.default_rng(seed)
    widths = [(3, 4, 3, 2), (2, 3, 2), (3, 2)][seed % 3]
    layers, x = integers(widths, rng), rng.integers(-3, 4, widths[0]).tolist()
    s, t = (rng.choice([-1, 1], d).tolist() for d in (widths[0], widths[-1]))
    order = Order(np.reshape(s, (-1, 1, 1)), np.array(t))
    found = coefficients(Tangent.at(dag_of(layers), np.array(x)), order)
    for k in range(widths[-1]):
        expected = oracle.coefficient(layers, x, s, t, k)
        for name, value in zip(READINGS, expected, strict=True):
            got = found.reading(name)[k]
            assert np.isnan(got) if value is None else np.isclose(got, value, atol=1e-12), (name, k)
    J = np.array(oracle.jacobian(layers, x)) * np.array(t)[:, None] * np.array(s)
    assert (found.agreeing.tolist(), found.opposed.tolist()) == ((J > 0).sum(1).tolist(), (J < 0).sum(1).tolist())


def test_law_lambda_lies_between_minus_one_and_one_and_paths_are_stricter():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        dag = convolutional(rng)
        seen = Tangent.at(dag, rng.standard_normal(dag.layers[0].shape))
        found = coefficients(seen, Order.random(seen.x.shape, seen.outputs, rng=rng))
        kept = ~np.isnan(found.jacobian)
        assert (np.abs(found.jacobian[kept]) <= 1 + 1e-12).all()
        assert (np.abs(found.paths[kept]) <= np.abs(found.jacobian[kept]) + 1e-12).all()


def test_law_turning_the_order_around_changes_nothing_and_one_output_its_sign():
    rng = np.random.default_rng(1)
    dag = convolutional(rng)
    seen = Tangent.at(dag, rng.standard_normal(dag.layers[0].shape))
    order = Order.random(seen.x.shape, seen.outputs, rng=rng)
    at = int(np.flatnonzero(~np.isnan(coefficients(seen, order).jacobian))[0])
    signs = order.outputs.copy()
    signs[at] *= -1
    a, b, c = (coefficients(seen, o) for o in (order, order.reversed, Order(order.inputs, signs)))
    for name in READINGS:
        assert np.array_equal(a.reading(name), b.reading(name), equal_nan=True)
        assert c.reading(name)[at] == -a.reading(name)[at]
        assert np.array_equal(np.delete(c.reading(name), at), np.delete(a.reading(name), at), equal_nan=True)


@pytest.mark.parametrize("seed", range(5))
def test_a_balanced_network_has_lambda_one_at_every_input(seed):
    rng = np.random.default_rng(seed)
    layers, signs = balanced((4, 6, 5, 3), rng)
    dag, order = dag_of(layers), Order(np.reshape(signs[0], (-1, 1, 1)), np.array(signs[-1]))
    for x in 5 * rng.standard_normal((10, 4)):
        found = coefficients(Tangent.at(dag, x), order)
        for name in READINGS:
            value = found.reading(name)
            assert (np.isnan(value) | (np.abs(value - 1) < 1e-12)).all()


def test_paths_that_cancel_are_seen_by_the_reading_of_paths_alone():
    # x goes to the output as 3x through one neuron and as -2x through another.
    seen = Tangent.at(perceptron([[[1], [1]], [[3, -2]]]), np.ones(1))
    found = coefficients(seen, plain(1, 1))
    assert (found.jacobian.item(), found.paths.item(), found.signs.item()) == (1.0, 0.2, 1.0)


def test_an_output_that_does_not_move_has_no_lambda():
    found = coefficients(Tangent.at(perceptron([[[1]], [[1], [0]]]), np.array([-1.0])), plain(1, 2))
    assert found.flat == 2
    assert np.isnan([found.mean, found.monotone_pairs]).all()
    mixed = coefficients(Tangent.at(perceptron([[[2], [0]]]), np.ones(1)), plain(1, 2))
    assert (mixed.flat, mixed.mean, mixed.monotone_pairs) == (1, 1.0, 1.0)


def test_some_outputs_are_the_same_as_in_all():
    rng = np.random.default_rng(2)
    dag = convolutional(rng)
    seen = Tangent.at(dag, rng.standard_normal(dag.layers[0].shape))
    order = Order.random(seen.x.shape, seen.outputs, rng=rng)
    whole, some = coefficients(seen, order, batch=7), coefficients(seen, order, [3, 1])
    assert some.outputs.tolist() == [3, 1]
    for name in READINGS:
        assert np.allclose(some.reading(name), whole.reading(name)[[3, 1]], equal_nan=True)


def test_the_share_of_monotone_pairs_counts_entries_with_the_right_sign():
    seen = Tangent.at(perceptron([[[1, -1, 0, 2], [0, 0, 3, 0]]]), np.ones(4))
    assert coefficients(seen, plain(4, 2)).monotone_pairs == 3 / 4


def test_refuses_an_order_of_another_network_no_output_and_unknown_readings():
    seen = Tangent.at(perceptron([[[1]]]), np.ones(1))
    with pytest.raises(errors.ShapeMismatch, match="this network"):
        coefficients(seen, plain(2, 1))
    with pytest.raises(errors.BadArgument, match="no output"):
        coefficients(seen, plain(1, 1), [])
    with pytest.raises(errors.UnknownName, match="there are"):
        coefficients(seen, plain(1, 1)).reading("mean")


def test_an_entry_within_rounding_of_zero_is_not_counted():
    found = coefficients(Tangent.at(perceptron([[[1, -1e-9]]]), np.ones(2)), plain(2, 1))
    assert (found.agreeing.item(), found.opposed.item()) == (1, 0)
