"""Statements written out in letters: evaluated at numbers they are what the library and the definitions say."""

import numpy as np
import pytest

from blockshift.flow import conservation, gradient
from blockshift.graph.network import Network
from blockshift.reruns import letters, written_out

SHAPES = ((1, 1), (2, 3), (2, 3, 2), (1, 2, 2, 1), (3, 1, 2))


def put(matrix, values):
    """A matrix of polynomials at a point."""
    result = np.zeros(matrix.shape, dtype=object)
    for at, entry in matrix.to_dok().items():
        result[at] = int(entry.evaluate(list(zip(matrix.domain.gens, values, strict=True))))
    return result


def at_random(net, seed=1):
    """Whole numbers for all letters, and the library's network and Sigma with the same ones."""
    values = [int(v) for v in np.random.default_rng(seed).integers(-9, 10, len(net.ring.gens))]
    return values, Network(tuple(put(W, values) for W in net.weights)), put(net.Sigma, values)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_flow_is_the_librarys_velocity(shape):
    net = letters.letters(shape)
    values, known, Sigma = at_random(net)
    for mine, theirs in zip(letters.velocities(net), gradient.velocity(known, Sigma), strict=True):
        assert np.array_equal(put(mine, values), theirs)


@pytest.mark.parametrize("shape", SHAPES)
def test_adjacency_and_product_are_the_librarys(shape):
    net = letters.letters(shape)
    values, known, Sigma = at_random(net, seed=2)
    assert np.array_equal(put(net.adjacency, values), known.adjacency())
    assert np.array_equal(put(net.product, values), known.product())
    assert letters.squared(net.residual).evaluate(list(zip(net.ring.gens, values, strict=True))) == 2 * gradient.loss(
        known, Sigma
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shorter_sum_misses_its_last_terms(shape):
    net = letters.letters(shape)
    values, known, Sigma = at_random(net, seed=3)
    velocity = gradient.velocity(known, Sigma)
    shorter = letters.velocities(net, missing=1)
    for k, (mine, theirs) in enumerate(zip(shorter, velocity, strict=True)):
        assert np.array_equal(put(mine, values), 0 * theirs if k == net.depth - 1 else theirs)


def test_with_a_flipped_sign_the_rate_is_that_of_the_sum():
    net = letters.letters((2, 3, 2))
    values, known, Sigma = at_random(net, seed=4)
    (W, U), (V, X) = known.weights, gradient.velocity(known, Sigma)
    rate = put(written_out.conserved_matrices((2, 3, 2), sign=+1)[0], values)
    assert np.array_equal(rate, V @ W.T + W @ V.T + X.T @ U + U.T @ X)


def test_the_slope_of_the_loss_is_minus_the_squared_speed():
    net = letters.letters((2, 2, 2))
    values, known, Sigma = at_random(net, seed=5)
    speed = sum((D * D).sum() for D in gradient.velocity(known, Sigma))
    # At the flipped sign what is left over is twice the slope, that is -4 / 2 times the squared speed, twice.
    assert put(written_out.loss_decrease((2, 2, 2), sign=+1)[0], values)[0, 0] == -4 * speed


def test_a_step_without_its_second_order_leaves_that_over():
    net = letters.letters((2, 3, 2), single=("eta",))
    values, known, Sigma = at_random(net, seed=6)
    eta = values[-1]
    bent = conservation.conserved(Network(gradient.velocity(known, Sigma)))
    left = put(written_out.descent_drift((2, 3, 2), second=False)[0], values)
    assert eta != 0
    # The library's matrix and ours agree up to the sign of the definition.
    assert any(np.array_equal(left, s * eta**2 * bent[0]) for s in (1, -1))


def test_a_basis_changed_outside_moves_the_loss():
    inside, outside = (written_out.hidden_change_of_basis((2, 2, 2), outer=outer)[0] for outer in (True, False))
    assert not inside.to_dok()
    assert outside.to_dok()


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_basis_and_its_inverse_are_inverse_and_no_identity(size):
    ring = letters.letters((1, 1)).ring
    P, back = written_out._unimodular(size, ring, plain=False)
    unit = letters.identity(size, ring)
    assert unit == P * back
    assert unit != P


def test_law_roots_are_roots_and_the_layers_balanced():
    layers, left, right, _ = written_out._balanced((2, 3, 4), balanced=True)
    W = letters.chain(layers)
    assert left**2 == W * W.transpose()
    assert right**2 == W.transpose() * W
    assert len(W.to_dok()) == 8  # full: nothing is diagonal by luck


def test_the_hessian_along_a_line_is_not_zero_itself():
    found = written_out.hessian((2, 2, 2), factor=0)[0].to_dok()
    assert len(found[0, 0]) > 20


def test_degree_reads_the_weights_alone():
    """Sigma counts as a number: W^T Sigma has degree 1, and the degree at h = 1 comes from W itself."""
    assert not written_out.degree((1, 1))[0].to_dok()
    assert written_out.degree((2, 2, 2), less=3)[0].to_dok()[0, 0] == 2


def test_with_loops_the_top_power_is_neither_zero_nor_the_corner():
    beyond, corner = written_out.nilpotency((2, 3, 2), grade=0)
    assert beyond.to_dok()
    assert corner.to_dok()


def test_leaving_the_balance_does_not_move_the_product():
    balanced, other = (letters.chain(written_out._balanced((2, 3, 2), flag)[0]) for flag in (True, False))
    assert balanced == other
