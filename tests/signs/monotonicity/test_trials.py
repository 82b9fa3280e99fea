"""The direct test: what outputs do when the input moves up."""

import numpy as np
import pytest
from scipy.stats import binomtest

from blockshift import errors
from blockshift.graph.perceptrons import perceptron
from blockshift.graph.tangents import Tangent
from blockshift.signs.monotonicity.coefficients import coefficients
from blockshift.signs.monotonicity.orders import KINDS, Order
from blockshift.signs.monotonicity.trials import order_trials, wilson
from signs.monotonicity import monotonicity_oracle as oracle
from signs.monotonicity.networks import balanced, convolutional, dag_of, integers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_oracle_the_scores_are_their_transcription(kind, seed):
    rng = np.random.default_rng(seed)
    layers, x = integers((3, 5, 4, 3), rng), rng.integers(1, 4, 3).astype(float)
    order = Order.random((3, 1, 1), 3, rng=rng)
    found = order_trials(
        dag_of(layers), x.reshape(3, 1, 1), order, rng=np.random.default_rng(9), kinds=[kind], sizes=[0.01, 2.0],
        count=11, batch=4,
    )  # fmt: skip
    directions = order.directions(kind, 11, rng=np.random.default_rng(9)).reshape(11, 3)
    for place, size in enumerate((0.01, 2.0)):
        steps = (size * np.linalg.norm(x) * directions).tolist()
        agreement, alignment = oracle.scores(layers, x.tolist(), order.outputs.tolist(), steps)
        assert np.isclose(found.agreement[0, place], agreement)
        assert np.isclose(found.alignment[0, place], alignment)


def test_a_balanced_network_moves_up_at_every_size():
    rng = np.random.default_rng(0)
    layers, signs = balanced((4, 6, 5, 3), rng)
    order = Order(np.reshape(signs[0], (-1, 1, 1)), np.array(signs[-1]))
    x = np.abs(rng.standard_normal((4, 1, 1))) * order.inputs
    found = order_trials(dag_of(layers), x, order, rng=rng, sizes=[1e-3, 1.0, 100.0])
    assert found.down.sum() == 0
    assert found.up.sum() > 0
    assert np.nanmin(found.agreement) == 1
    against = order_trials(dag_of(layers), x, Order(order.inputs, -order.outputs), rng=rng, sizes=[1.0])
    assert np.nanmax(against.agreement) == 0


def test_small_steps_along_rays_are_what_lambda_says():
    rng = np.random.default_rng(3)
    dag = perceptron([rng.standard_normal(s) for s in ((30, 400), (5, 30))])
    x = rng.standard_normal(400)
    order = Order.random((400, 1, 1), 5, rng=rng)
    J = Tangent.at(dag, x).jacobian().reshape(5, -1)
    found = order_trials(dag, x.reshape(400, 1, 1), order, rng=rng, kinds=["rays"], sizes=[1e-6], count=2000)
    # The mean direction of the rays is the same in every input, so the mean rise is that of the numerator of λ.
    expected = order.outputs * (J @ order.inputs.ravel()) / np.sqrt(2 * 400)
    assert np.allclose(found.gain[0, 0] / 2000, expected, rtol=0.1, atol=0.05 * np.abs(expected).max())
    assert np.sign(coefficients(Tangent.at(dag, x), order).jacobian).tolist() == np.sign(expected).tolist()


def test_an_order_that_knows_nothing_scores_a_half():
    rng = np.random.default_rng(4)
    dag = convolutional(rng)
    scores = []
    for _ in range(40):
        order = Order.random(dag.layers[0].shape, dag.layers[6].nodes + dag.layers[7].nodes, rng=rng)
        made = order_trials(dag, rng.standard_normal(order.inputs.shape), order, rng=rng, sizes=[0.1], count=8)
        scores.append(made.agreement.mean())
    assert abs(np.mean(scores) - 0.5) < 0.03


def test_outputs_that_stand_still_do_not_count():
    dag = perceptron([[[1], [0]]])
    order = Order(np.ones((1, 1, 1)), np.ones(2))
    found = order_trials(dag, np.ones((1, 1, 1)), order, rng=np.random.default_rng(0), count=4)
    assert (found.agreement == 1).all()
    assert (found.up[..., 1] == 0).all()
    assert np.isnan(found.of_outputs("rays", 0)[1])
    still = order_trials(
        perceptron([[[0]]]), np.ones((1, 1, 1)), Order(np.ones((1, 1, 1)), [1]), rng=np.random.default_rng(0)
    )
    assert np.isnan(still.agreement).all()
    assert np.isnan(still.low).all()


def test_in_single_precision_rounding_is_no_move():
    dag = perceptron([[[1], [1e-9]]], [[1.0, 1.0]], dtype=np.float32)
    order = Order(np.ones((1, 1, 1)), np.array([1, -1]))
    x = np.ones((1, 1, 1), np.float32)
    found = order_trials(dag, x, order, rng=np.random.default_rng(0), sizes=[0.1])
    assert (found.agreement == 1).all()
    assert (found.down == 0).all()


def test_a_zero_input_is_moved_all_the_same():
    found = order_trials(
        perceptron([[[1, 1]]]), np.zeros((2, 1, 1)), Order(np.ones((2, 1, 1)), [1]), rng=np.random.default_rng(0)
    )
    assert (found.agreement == 1).all()


@pytest.mark.parametrize(("up", "count"), [(0, 5), (3, 7), (19, 20), (20, 20)])
def test_oracle_the_interval_is_that_of_wilson(up, count):
    expected = binomtest(up, count).proportion_ci(method="wilson")
    assert np.allclose(wilson(up / count, count), (expected.low, expected.high))


def test_refuses_steps_of_no_length_and_orders_of_another_shape():
    dag, order = perceptron([[[1]]]), Order(np.ones((1, 1, 1)), np.ones(1))
    with pytest.raises(errors.BadArgument, match="positive"):
        order_trials(dag, np.ones((1, 1, 1)), order, rng=np.random.default_rng(0), sizes=[0.0])
    with pytest.raises(errors.ShapeMismatch, match="reads"):
        order_trials(dag, np.ones((2, 1, 1)), order, rng=np.random.default_rng(0))
