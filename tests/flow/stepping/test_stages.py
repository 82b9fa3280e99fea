"""The compiled loops against plain NumPy: velocities, the Jacobian of the diagonal model, and one correction."""

from itertools import pairwise

import numpy as np
import pytest

from blockshift.flow.stepping import frames, model, polynomials, stages, states, tableaux

SHAPES = [(1, 1), (3, 2), (2, 3, 2), (4, 2, 5), (3, 4, 2, 5), (1, 3, 1, 2), (2, 2, 2, 2, 2, 2)]


def drawn(widths, seed=0):
    rng = np.random.default_rng(seed)
    n = sum(widths[j] * widths[j + 1] for j in range(len(widths) - 1))
    return rng.standard_normal(n), rng.standard_normal((widths[-1], widths[0])), rng


def offsets(widths):
    return np.cumsum([0, *(widths[j + 1] * widths[j] for j in range(len(widths) - 1))])


@pytest.mark.parametrize("widths", SHAPES)
def test_oracle_velocities_of_all_lanes_are_those_of_each(widths):
    x, Sigma, rng = drawn(widths)
    Y = x[:, None] + 0.1 * rng.standard_normal((len(x), stages.LANES))
    expected = np.stack([states.velocity(y, widths, Sigma) for y in Y.T], axis=1)
    room = [np.zeros((200, stages.LANES)) for _ in range(3)]
    F, G = np.zeros_like(Y), np.zeros_like(Y)
    stages.velocities(Y, Sigma.ravel(), np.array(widths), offsets(widths), F, *room)
    stages.wide_velocities(Y, Sigma.ravel(), np.array(widths), offsets(widths), G, 5)
    np.testing.assert_allclose(F, expected, atol=1e-12)
    np.testing.assert_allclose(G[:, :5], expected[:, :5], atol=1e-12)
    assert not G[:, 5:].any()


@pytest.mark.parametrize("widths", SHAPES)
def test_oracle_the_model_is_the_jacobian_where_everything_is_diagonal(widths):
    rng = np.random.default_rng(1)
    layers = []
    for c, d in pairwise(widths):
        W = np.zeros((d, c))
        np.fill_diagonal(W, rng.standard_normal(min(c, d)))
        layers.append(W)
    Sigma = np.zeros((widths[-1], widths[0]))
    np.fill_diagonal(Sigma, rng.standard_normal(min(Sigma.shape)))
    x = states.pack(layers)
    step = 1e-6
    jacobian = np.stack(
        [
            (states.velocity(x + step * e, widths, Sigma) - states.velocity(x - step * e, widths, Sigma)) / (2 * step)
            for e in np.eye(len(x))
        ],
        axis=1,
    )
    found = model.Model(widths)
    assert found.put(x, Sigma)
    places, starts, vectors, squares, rates = found.blocks
    built = np.zeros_like(jacobian)
    for p in range(len(starts) - 1):
        where, n = places[starts[p] : starts[p + 1]], starts[p + 1] - starts[p]
        Q = vectors[squares[p] : squares[p + 1]].reshape(n, n)
        built[np.ix_(where, where)] = Q @ np.diag(rates[starts[p] : starts[p + 1]]) @ Q.T
    np.testing.assert_allclose(built, jacobian, atol=1e-7)


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 8])
def test_oracle_a_correction_solves_the_linear_equations_of_all_stages(count):
    widths = (2, 3, 2)
    x, Sigma, rng = drawn(widths, 2)
    method, found, dt = tableaux.gauss(count), model.Model(widths), 0.7
    found.put(x, Sigma)
    places, starts, vectors, squares, rates = found.blocks
    J = np.zeros((len(x), len(x)))
    for p in range(len(starts) - 1):
        where, n = places[starts[p] : starts[p + 1]], starts[p + 1] - starts[p]
        Q = vectors[squares[p] : squares[p + 1]].reshape(n, n)
        J[np.ix_(where, where)] = Q @ np.diag(rates[starts[p] : starts[p + 1]]) @ Q.T
    residual = np.zeros((len(x), stages.LANES))
    residual[:, :count] = rng.standard_normal((len(x), count))
    K = np.zeros_like(residual)
    stages.correct(
        K, residual, dt, model.spectrum(method.a), places, starts, vectors, squares, rates, np.zeros((9, stages.LANES))
    )
    whole = np.eye(len(x) * count) - dt * np.kron(J, method.a)
    expected = -np.linalg.solve(whole, residual[:, :count].ravel()).reshape(-1, count)
    np.testing.assert_allclose(K[:, :count], expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("widths", SHAPES)
def test_a_frame_is_orthogonal_and_turning_forth_and_back_changes_nothing(widths):
    x, Sigma, _ = drawn(widths, 3)
    shape = np.array(widths)
    bases = frames.frame(x, widths, Sigma)
    at = 0
    for d in widths:
        U = bases[at : at + d * d].reshape(d, d)
        np.testing.assert_allclose(U.T @ U, np.eye(d), atol=1e-14)
        at += d * d
    turned = frames.turned(x, bases, shape)
    np.testing.assert_allclose(frames.back(turned, bases, shape), x, atol=1e-13)
    # The flow does not see the change of bases.
    there = states.velocity(turned, widths, frames.target(Sigma, bases))
    np.testing.assert_allclose(frames.back(there, bases, shape), states.velocity(x, widths, Sigma), atol=1e-12)
    other = frames.frame(x + 0.1, widths, Sigma)
    np.testing.assert_allclose(
        frames.turned(turned, frames.between(other, bases, widths), shape), frames.turned(x, other, shape), atol=1e-12
    )


def test_a_balanced_network_is_diagonal_in_its_frame():
    rng = np.random.default_rng(4)
    U = [np.linalg.qr(rng.standard_normal((d, d)))[0] for d in (4, 3, 5, 4)]
    values = np.diag([1.5, 1e-3, 0.7])
    layers = [np.zeros(shape) for shape in ((3, 4), (5, 3), (4, 5))]
    for W in layers:
        W[:3, :3] = values
    x = states.pack([U[i + 1] @ W @ U[i].T for i, W in enumerate(layers)])
    Sigma = U[-1] @ np.diag([3.0, 2.0, 1.0, 0.5]) @ U[0].T
    turned = states.layers(frames.turned(x, frames.frame(x, (4, 3, 5, 4), Sigma), np.array([4, 3, 5, 4])), (4, 3, 5, 4))
    for W in turned:
        off = W.copy()
        np.fill_diagonal(off, 0)
        assert np.abs(off).max() < 1e-12


def test_a_guess_continues_a_polynomial_and_is_clipped():
    method = tableaux.gauss(5)
    kept, K = np.zeros((2, stages.LANES)), np.zeros((2, stages.LANES))
    kept[0, :5], kept[1, :5] = method.c**4 - method.c, 1.0
    polynomials.guess(K, kept, 1 + method.c, tableaux.coefficients(method), 1e9)
    np.testing.assert_allclose(K[0, :5], (1 + method.c) ** 4 - (1 + method.c), rtol=1e-12)
    np.testing.assert_allclose(K[1, :5], 1.0)
    polynomials.guess(K, kept, 1 + method.c, tableaux.coefficients(method), 2.0)
    assert np.abs(K[0]).max() == 2 * np.abs(kept[0]).max()


def test_the_model_says_when_it_cannot_be_set_up():
    assert not model.Model((2, 2)).put(np.array([np.inf, 0, 0, 1]), np.eye(2))
