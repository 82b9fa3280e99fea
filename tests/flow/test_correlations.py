"""From data to Sigma: the loss on the data and the loss with Sigma differ by a constant, and descend alike."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import correlations, gradient
from blockshift.graph.network import Network

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, 60)
INPUTS = RNG.standard_normal((60, 5)) + LABELS[:, None] * np.array([1.0, -0.5, 0.2, 0, 0])
FOUND = correlations.correlations(INPUTS, LABELS, 4)


def test_constraints_inputs_are_white_and_outputs_standardised():
    np.testing.assert_allclose(FOUND.X @ FOUND.X.T / 60, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(FOUND.X.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(FOUND.Y.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(FOUND.Y.var(axis=1), 1, atol=1e-12)


def test_constraints_sigma_is_the_correlation_in_its_own_bases():
    C = FOUND.Y @ FOUND.X.T / 60
    np.testing.assert_allclose(FOUND.U.T @ C @ FOUND.V, gradient.target(FOUND.sigma, (4, 3)), atol=1e-12)
    np.testing.assert_allclose(FOUND.U.T @ FOUND.U, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(FOUND.V.T @ FOUND.V, np.eye(4), atol=1e-12)


def test_the_indicators_of_all_classes_are_dependent_so_the_last_singular_value_is_exactly_zero():
    assert FOUND.sigma[-1] == 0.0
    assert (FOUND.sigma[:-1] > 0.1).all()


def on_the_data(net):
    """The squared error of the network that `net` is in the original bases."""
    return np.sum((FOUND.Y - FOUND.U @ net.product() @ FOUND.V.T @ FOUND.X) ** 2) / 120


def test_law_the_error_on_the_data_is_the_loss_plus_a_constant():
    nets = [Network.random((4, 3, 3), rng=np.random.default_rng(seed)) for seed in range(5)]
    constants = [on_the_data(net) - gradient.loss(net, FOUND.sigma) for net in nets]
    np.testing.assert_allclose(constants, constants[0], rtol=1e-10)


def test_rate_its_gradient_is_that_of_the_loss():
    net, steps = Network.random((4, 3, 3), rng=np.random.default_rng(9)), np.array([1e-2, 1e-3])
    V = gradient.velocity(net, FOUND.sigma)
    slope = -sum(np.sum(v * v) for v in V)
    moved = [Network(tuple(W + s * v for W, v in zip(net.weights, V, strict=True))) for s in steps]
    left = [abs(on_the_data(m) - on_the_data(net) - s * slope) for m, s in zip(moved, steps, strict=True)]
    assert np.log10(left[0] / left[1]) == pytest.approx(2, abs=0.1)


def test_the_sentence_says_sizes_and_singular_values():
    assert "4 inputs, 3 outputs, 60 samples" in repr(FOUND)


@pytest.mark.parametrize(
    ("inputs", "labels", "components", "error", "word"),
    [
        (INPUTS, LABELS[:-1], 2, errors.ShapeMismatch, "labels"),
        (INPUTS[:, 0], LABELS, 1, errors.ShapeMismatch, "pixels"),
        (INPUTS, LABELS, 0, errors.BadArgument, "1 to 5"),
        (INPUTS, LABELS, 6, errors.BadArgument, "1 to 5"),
        (np.ones((60, 5)), LABELS, 1, errors.BadArgument, "components"),
        (INPUTS, np.zeros(60), 1, errors.BadArgument, "class"),
        (INPUTS * np.nan, LABELS, 1, errors.NotFinite, "NaN"),
    ],
)
def test_refuses_data_that_cannot_be_correlated(inputs, labels, components, error, word):
    with pytest.raises(error, match=word):
        correlations.correlations(inputs, labels, components)


def test_two_classes_by_hand():
    # One input and two opposite indicators: the one singular value is the correlation times the root of 2.
    for inputs, sigma in ([0, 0, 1, 1], 2**0.5), ([0, 1, 0, 1], 0.0):
        found = correlations.correlations(np.array(inputs)[:, None], [0, 0, 1, 1], 1)
        assert found.sigma == pytest.approx([sigma], abs=1e-12)


def test_law_order_of_samples_and_units_of_inputs_do_not_matter():
    order = np.random.default_rng(1).permutation(60)
    for inputs, labels in ((INPUTS[order], LABELS[order]), (1000 * INPUTS + 7, LABELS)):
        np.testing.assert_allclose(correlations.correlations(inputs, labels, 4).sigma, FOUND.sigma, atol=1e-12)


def test_the_largest_entry_of_a_component_is_positive_whatever_the_solver_returns():
    for sign in (1, -1):
        X = correlations.correlations(sign * INPUTS, LABELS, 5).X
        assert (X[np.arange(5), np.abs(X).argmax(axis=1)] > 0).all()
