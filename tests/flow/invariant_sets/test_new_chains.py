"""New chains: the loss along them as an exact polynomial, and the flow on them."""

from fractions import Fraction

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import gradient, quotient
from blockshift.flow.invariant_sets.new_chains import new_chain
from blockshift.graph.network import Network
from flow.invariant_sets.backwards import run
from flow.quotient.examples import exact, floats


def critical(chains, depth, sigma, learnt, *, rng=None):
    """A critical point of chains; the whole ones carry the learnt values. Scrambled inside where `rng` is given."""
    net = quotient.network_of_intervals(chains, depth)
    layers, r = [W.copy() for W in net.weights], len(learnt)
    # Whole chains are the last to begin in the input, and the first to end in the output.
    for k, i in enumerate(learnt):
        layers[0][:, net.widths[0] - r + k] *= sigma[i - 1]
    places = [i - 1 for i in learnt]
    inputs = [*(k for k in range(net.widths[0]) if k not in places), *places]
    outputs = [*places, *(k for k in range(net.widths[-1]) if k not in places)]
    layers[0] = layers[0][:, np.argsort(inputs)]
    layers[-1] = layers[-1][np.argsort(outputs)]
    found = Network(tuple(layers))
    return quotient.scrambled(found, rng=rng) if rng else found


# chains besides the whole ones, depth, singular values, learnt
POINTS = [
    pytest.param({(0, 0): 1, (1, 1): 1, (2, 2): 1}, 2, [2], [], id="origin of 1-1-1"),
    pytest.param({(0, 0): 2, (1, 1): 1, (2, 2): 1, (3, 3): 2}, 3, [2, 1], [], id="origin of 2-1-1-2"),
    pytest.param({(0, 0): 1, (1, 1): 1, (2, 2): 2, (3, 3): 1}, 3, [3, 2], [1], id="one learnt"),
    pytest.param({(0, 0): 1, (1, 1): 1, (2, 2): 1, (3, 3): 1, (4, 4): 1}, 4, [3, 2], [2], id="the wrong one learnt"),
    pytest.param(
        {(0, 0): 1, (1, 1): 1, (2, 2): 1, (1, 2): 1, (3, 3): 1, (4, 4): 1}, 4, [3, 2], [1], id="a chain inside"
    ),
]


@pytest.mark.parametrize("scramble", [False, True])
@pytest.mark.parametrize(("others", "depth", "sigma", "learnt"), POINTS)
def test_the_loss_along_the_chain_is_the_polynomial_it_says(others, depth, sigma, learnt, scramble):
    rng = np.random.default_rng(0) if scramble else None
    chains = {(0, depth): len(learnt), **others}
    net = critical(chains, depth, sigma, learnt, rng=rng)
    Sigma = np.diag(np.array(sigma, dtype=object)) * Fraction(1)
    assert not any(np.any(V != 0) for V in gradient.velocity(net, Sigma))
    found = new_chain(net, Sigma)
    unlearnt = max(set(range(1, len(sigma) + 1)) - set(learnt), key=lambda i: sigma[i - 1])
    assert found.mode == unlearnt
    assert (found.order, found.coefficient) == (depth, -sigma[unlearnt - 1])
    rest = gradient.loss(net, Sigma)
    for a in (Fraction(1, 3), Fraction(2), Fraction(-1, 2)):
        fall = found.coefficient * a**depth + a ** (2 * depth) / 2
        assert gradient.loss(found.network(a), Sigma) - rest == fall
        flipped = [-a, *[a] * (depth - 1)]
        assert (
            gradient.loss(found.network(flipped), Sigma) - rest == -found.coefficient * a**depth + a ** (2 * depth) / 2
        )


@pytest.mark.parametrize(("others", "depth", "sigma", "learnt"), POINTS)
def test_the_plane_of_sizes_is_invariant_and_moves_as_one_mode(others, depth, sigma, learnt):
    net = floats(critical({(0, depth): len(learnt), **others}, depth, sigma, learnt))
    found = new_chain(net, sigma)
    assert found.flows
    a = np.linspace(0.3, 0.9, depth)
    rate = [(found.sigma - a.prod()) * np.delete(a, j).prod() for j in range(depth)]
    V = gradient.velocity(found.network(a), sigma)
    for j in range(depth):
        assert np.allclose(V[j], rate[j] * np.outer(found.vectors[j + 1], found.functionals[j]), rtol=0, atol=1e-12)


def test_a_flipped_sign_falls_back_and_equal_signs_leave():
    net = floats(critical({(0, 3): 1, (0, 0): 1, (1, 1): 1, (2, 2): 1, (3, 3): 1}, 3, [3, 2], [1]))
    found, Sigma = new_chain(net, [3, 2]), np.diag([3.0, 2.0])
    back = run(found.network([-0.5, 0.5, 0.5]).weights, Sigma, 200.0)
    assert max(np.abs(W - V).max() for W, V in zip(back, net.weights, strict=True)) < 0.01
    left = run(found.network([0.1, 0.1, 0.1]).weights, Sigma, 30.0)
    assert np.allclose(left[2] @ left[1] @ left[0], Sigma, atol=1e-6)


def test_a_skew_scramble_leaves_a_curve_and_no_invariant_plane():
    rng = np.random.default_rng(1)
    net = critical({(0, 3): 1, (0, 0): 1, (1, 1): 1, (2, 2): 1, (3, 3): 1}, 3, [3, 2], [1])
    skew = quotient.hidden_change(floats(net), [rng.standard_normal((2, 2)) for _ in range(2)])
    found = new_chain(skew, [3, 2])
    assert not found.flows
    assert "curve" in repr(found)
    a = 0.1
    fall = gradient.loss(found.network(a), [3, 2]) - gradient.loss(skew, [3, 2])
    assert np.isclose(fall, -2 * a**3 + a**6 / 2, rtol=1e-9)


def test_the_mode_can_be_chosen():
    found = new_chain(exact([[0, 0]], [[0], [0]]), [2, 1], mode=2)
    assert found.coefficient == -1
    with pytest.raises(errors.ShapeMismatch, match="3 sizes"):
        found.network([1, 2, 3])


def test_refuses_what_is_learnt_and_what_has_no_room():
    with pytest.raises(errors.BadArgument, match="every singular value"):
        new_chain(exact([[1]], [[2]]), [2])
    with pytest.raises(errors.BadArgument, match="left to learn; these are: 2"):
        new_chain(exact([[2, 0]], [[1], [0]]), [2, 1], mode=1)
    for make in (lambda x: x, floats):
        with pytest.raises(errors.BadArgument, match="hidden layer 1"):
            new_chain(make(exact([[2, 0]], [[1], [0]])), [2, 1])


def test_one_layer_learns_directly():
    found = new_chain(exact([[0]]), [3])
    assert found.order == 1
    assert found.network(3).product() == 3
