"""Bounds on the rate of the loss and on the weights: by hand, attained, and never crossed."""

import numpy as np
import pytest

from blockshift.flow import conservation, curvature, gradient, integrators, rates
from blockshift.graph.network import Network
from strategies import random_orthogonal

SHAPES = [(3, 2), (1, 1, 1), (2, 3, 2), (3, 2, 3), (2, 4, 4, 3), (2, 3, 3, 3, 2)]


def literal_rate(net):
    """The definition, from the singular values of partial products as maps from outputs and from inputs."""
    total, h = 0.0, net.depth
    for j in range(1, h + 1):
        after, before = np.eye(net.widths[-1]), np.eye(net.widths[0])
        for W in reversed(net.weights[j:]):
            after = after @ W
        for W in net.weights[: j - 1]:
            before = W @ before
        total += injective(after.T) * injective(before)
    return total


def injective(X):
    """The smallest of |X v|^2 over unit vectors v."""
    rows, columns = X.shape
    return np.linalg.svd(X, compute_uv=False)[-1] ** 2 if rows >= columns else 0.0


@pytest.mark.parametrize("widths", SHAPES)
def test_oracle_the_rate_is_that_of_the_definition(widths):
    net = Network.random(widths, rng=np.random.default_rng(0))
    assert rates.rate_bound(net) == pytest.approx(literal_rate(net), rel=1e-9, abs=1e-12)


def test_a_bottleneck_leaves_no_rate_and_one_layer_has_rate_one():
    rng = np.random.default_rng(1)
    assert rates.rate_bound(Network.random((3, 2, 3), rng=rng)) == pytest.approx(0, abs=1e-12)
    assert rates.rate_bound(Network.random((3, 2), rng=rng)) == 1


@pytest.mark.parametrize("widths", SHAPES)
def test_constraints_the_loss_falls_at_least_as_fast_and_the_kernel_says_more(widths):
    rng = np.random.default_rng(2)
    for _ in range(20):
        net = Network.random(widths, rng=rng)
        Sigma = rng.standard_normal((widths[-1], widths[0]))
        fall, loss = gradient.speed(net, Sigma) ** 2, gradient.loss(net, Sigma)
        least = np.linalg.eigvalsh(curvature.tangent_kernel(net))[0]
        assert rates.rate_bound(net) <= least + 1e-9
        assert 2 * least * loss <= fall * (1 + 1e-9)


def test_the_rate_is_attained_by_a_chain():
    net = Network.from_weights([[[2]], [[-3]], [[0.5]]])
    assert 2 * rates.rate_bound(net) * gradient.loss(net, [7]) == pytest.approx(gradient.speed(net, [7]) ** 2)


@pytest.mark.parametrize("widths", SHAPES)
def test_constraints_no_weight_ever_crosses_the_bound(widths):
    rng = np.random.default_rng(3)
    for scale in (0.1, 1.5):
        net = Network.random(widths, rng=rng, scale=scale)
        sigma = rng.standard_normal((widths[-1], widths[0]))
        bound = rates.weight_bound(net, sigma)
        run = integrators.integrate(net, sigma, 3.0, rtol=1e-8, at=np.linspace(0, 3, 30))
        assert max(np.linalg.norm(W, 2) for k in range(len(run.t)) for W in run.network(k).weights) <= bound


def test_the_bound_of_one_layer_is_the_norm_of_what_it_can_be():
    net = Network.from_weights([[[3.0]]])
    assert rates.weight_bound(net, [1.0]) == pytest.approx(1 + 2)


def test_the_bound_is_attained_by_a_balanced_chain_that_starts_from_the_other_sign():
    # |W| can be as large as |Sigma| + |R(0)|; with both weights -a the product is positive, and the bound exact at 0.
    rng = np.random.default_rng(4)
    Q = random_orthogonal(3, rng)
    net = Network.from_weights([2 * Q, -2 * Q.T])
    sigma = np.zeros((3, 3))
    assert all(np.abs(C).max() < 1e-12 for C in conservation.conserved(net))
    # The product is -4 I, of Frobenius norm 4 sqrt(3): what the bound knows of it.
    assert rates.weight_bound(net, sigma) == pytest.approx(np.sqrt(4 * np.sqrt(3)))


def test_the_bound_solves_its_equation():
    net = Network.from_weights([[[3.0]], [[1.0]], [[1.0]]])
    bound = rates.weight_bound(net, [2.0])
    x, delta, square = bound**2, 8.0, (2 + 1) ** 2
    assert (x - 2 * delta) ** 3 == pytest.approx(square + 3 * delta * x**2, rel=1e-6)
    # Anything larger violates the inequality.
    for more in (1.01, 2, 10, 1000):
        assert (more * x - 2 * delta) ** 3 > square + 3 * delta * (more * x) ** 2
