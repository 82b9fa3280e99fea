"""Two layers in closed form: another integrator, the formula written out, exact power series, all shapes and signs."""

from fractions import Fraction

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import balanced_starts, exact_solutions, gradient, initializations, two_layers
from blockshift.graph.network import Network
from flow import starts_oracle

TIMES = np.array([0.0, 0.1, 0.5, 1.0, 2.0, 4.0])
#: The oracle's integrator at 3e-14, over a few hundred steps, with weights of up to 7 units.
RUN = 1e-11


def draw(seed=0):
    return np.random.default_rng(seed)


def towards(Sigma, widths, size):
    """An end-to-end map of the widest rank that lies on the way to ``Sigma``, so that no saddle is met."""
    U, values, Vt = np.linalg.svd(Sigma)
    rank = min(*widths, int((values > 1e-9).sum()))
    tilt = np.eye(rank) + 0.3 * draw(9).standard_normal((rank, rank))
    return size * U[:, :rank] @ (tilt @ tilt.T) @ Vt[:rank]


def layers_at(net, sigma, times):
    """The layers, by the oracle's integrator."""
    return starts_oracle.flow(list(net.weights), np.asarray(gradient.target(sigma, net.widths), dtype=float), times)


#: Widths and lambda: square, wide and narrow hidden layers, unequal ends, both signs, zero, large, tiny.
SHAPES = [
    ((3, 3, 3), 0.0),
    ((3, 3, 3), 0.7),
    ((3, 3, 3), -0.7),
    ((3, 3, 3), 1e-6),
    ((4, 2, 3), 1.5),
    ((4, 2, 3), -1.5),
    ((3, 2, 5), 0.0),
    ((2, 4, 5), 0.5),
    ((5, 4, 2), -0.5),
    ((3, 9, 4), 0.0),
    ((1, 1, 1), 2.0),
    ((3, 3, 3), 30.0),
    ((3, 3, 3), -30.0),
]
SIGMAS = {
    "full": lambda d0, d2: draw(3).standard_normal((d2, d0)),
    "diagonal": lambda d0, d2: gradient.target([2.0, 1.0][: min(d0, d2)], (d0, d2)),
    "rank 1": lambda d0, d2: np.outer(draw(4).standard_normal(d2), draw(5).standard_normal(d0)),
    "zero": lambda d0, d2: np.zeros((d2, d0)),
}


@pytest.mark.parametrize(("widths", "lam"), SHAPES)
@pytest.mark.parametrize("kind", SIGMAS)
def test_oracle_the_closed_form_is_where_an_integrator_is(widths, lam, kind):
    Sigma = SIGMAS[kind](widths[0], widths[2])
    product = towards(Sigma, widths, 0.05) if Sigma.any() else 0.3 * np.ones(Sigma.shape)
    net = balanced_starts.lambda_balanced(widths, lam, rng=draw(), product=product)
    found, expected = two_layers.two_layers(net, Sigma), layers_at(net, Sigma, TIMES)
    first, second = found.weights(TIMES)
    for k, (one, two) in enumerate(expected):
        Q = np.vstack([one.T, two])
        scale = 1 + np.linalg.norm(Q, 2) ** 2
        np.testing.assert_allclose(found.product(TIMES)[k], two @ one, atol=RUN)
        np.testing.assert_allclose(found.gram(TIMES)[k], Q @ Q.T, atol=RUN * scale)
        np.testing.assert_allclose(first[k], one, atol=RUN * scale)
        np.testing.assert_allclose(second[k], two, atol=RUN * scale)


@pytest.mark.parametrize(("widths", "lam"), SHAPES)
def test_oracle_the_closed_form_is_the_formula_written_out(widths, lam):
    Sigma = SIGMAS["full"](widths[0], widths[2])
    net = balanced_starts.lambda_balanced(widths, lam, rng=draw(), scale=0.3)
    times = np.array([0.0, 0.05, 0.4]) / (1 + abs(lam) / 8)
    found = two_layers.two_layers(net, Sigma).gram(times)
    for k, t in enumerate(times):
        expected = starts_oracle.one_shot(*net.weights, Sigma, lam, t)
        np.testing.assert_allclose(found[k], expected, atol=1e-13 * (1 + np.abs(expected).max()))


def exact_start(lam, a, b):
    """A lambda-balanced start in fractions, of widths 3, 2, 2, and a ``Sigma`` of integers; b^2 - a^2 = lambda."""
    Q = [[Fraction(3, 5), Fraction(-4, 5)], [Fraction(4, 5), Fraction(3, 5)]]
    V = [[Fraction(2, 3), Fraction(-1, 3), Fraction(2, 3)], [Fraction(2, 3), Fraction(2, 3), Fraction(-1, 3)]]
    U = [[Fraction(5, 13), Fraction(12, 13)], [Fraction(-12, 13), Fraction(5, 13)]]
    first = [[sum(Q[i][k] * a[k] * V[k][j] for k in range(2)) for j in range(3)] for i in range(2)]
    second = [[sum(U[i][k] * b[k] * Q[j][k] for k in range(2)) for j in range(2)] for i in range(2)]
    return first, second, [[2, 1, 0], [-1, 0, 3]]


#: lambda, and factors of both layers with that difference of squares.
EXACT = [
    (3, (1, Fraction(1, 4)), (2, Fraction(7, 4))),
    (-3, (2, Fraction(-7, 4)), (1, Fraction(1, 4))),
    (0, (1, 2), (-1, 2)),
    (0, (1, 0), (1, 0)),
]


@pytest.mark.parametrize(("lam", "a", "b"), EXACT)
def test_oracle_the_formula_has_the_power_series_of_the_flow(lam, a, b):
    start = exact_start(lam, a, b)
    assert starts_oracle.riccati_series(*start, lam, 5) == starts_oracle.flow_series(*start, 5)
    wrong = starts_oracle.riccati_series(*start, lam + 1, 5)
    assert wrong != starts_oracle.flow_series(*start, 5)


@pytest.mark.parametrize("pair", [(0.1, 0.2), (7.2, 1.0), (1e-3, 1e-3), (-0.2, 0.1), (1e-5, 7.07), (0.0, 1.0)])
def test_width_one_is_the_mode_in_closed_form(pair):
    times = np.array([0.0, 0.1, 1.0, 5.0, 50.0])
    found = two_layers.two_layers(Network.from_weights([[[pair[0]]], [[pair[1]]]]), [1.5])
    expected = exact_solutions.two_layer_mode(times, 1.5, *pair)
    np.testing.assert_allclose(found.product(times)[:, 0, 0], expected, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(found.loss(times), 0.5 * (1.5 - expected) ** 2, rtol=1e-9, atol=1e-28)


def test_aligned_modes_each_have_their_closed_form_far_into_time():
    sigma, product = [10.0, 3.0, 0.5], [1e-8, 1e-5, 1e-3]
    net = initializations.aligned((4, 5, 3), sigma, rng=draw(), product=product)
    times = np.array([0.5, 1.0, 3.0, 40.0, 2000.0])
    found = two_layers.two_layers(net, sigma).product(times)
    for i in range(3):
        np.testing.assert_allclose(found[:, i, i], exact_solutions.logistic(times, sigma[i], product[i]), rtol=1e-9)
        found[:, i, i] = 0
    assert np.abs(found).max() < 1e-10


def test_the_semigroup_composes():
    net = balanced_starts.lambda_balanced((4, 3, 5), 0.8, rng=draw(), scale=0.3)
    Sigma = SIGMAS["full"](4, 5)
    whole = two_layers.two_layers(net, Sigma)
    then = two_layers.two_layers(whole.network(0.9), Sigma)
    np.testing.assert_allclose(then.gram(1.3), whole.gram(2.2), atol=1e-12)
    for W, V in zip(then.network(1.3).weights, whole.network(2.2).weights, strict=True):
        np.testing.assert_allclose(W, V, atol=1e-12)


def test_constraints_weights_gram_and_product_belong_together_and_balance_stays():
    net = balanced_starts.lambda_balanced((4, 3, 5), 0.8, rng=draw(), scale=0.3)
    found = two_layers.two_layers(net, SIGMAS["full"](4, 5))
    times = np.array([[3.0, 0.0], [7.0, 0.2]])
    first, second = found.weights(times)
    assert first.shape == (2, 2, 3, 4)
    assert second.shape == (2, 2, 5, 3)
    Q = np.concatenate([first.mT, second], axis=-2)
    np.testing.assert_allclose(Q @ Q.mT, found.gram(times), atol=1e-12)
    np.testing.assert_allclose(second @ first, found.product(times), atol=1e-12)
    np.testing.assert_allclose(
        second.mT @ second - first @ first.mT, np.broadcast_to(0.8 * np.eye(3), (2, 2, 3, 3)), atol=1e-12
    )
    np.testing.assert_allclose(first[0, 1], net.weights[0], atol=1e-14)


def test_it_learns_the_best_map_that_its_rank_allows():
    Sigma = SIGMAS["full"](4, 5)
    U, values, Vt = np.linalg.svd(Sigma)
    net = balanced_starts.zero_balanced((4, 2, 5), rng=draw(), scale=0.3)
    best = (U[:, :2] * values[:2]) @ Vt[:2]
    np.testing.assert_allclose(two_layers.two_layers(net, Sigma).product(200.0), best, atol=1e-12)


def test_one_time_many_and_none():
    net = balanced_starts.lambda_balanced((2, 2, 3), 0.5, rng=draw())
    found = two_layers.two_layers(net, [2, 1])
    assert found.product(1.0).shape == (3, 2)
    assert found.product([]).shape == (0, 3, 2)
    assert found.gram([[1.0, 2.0]]).shape == (1, 2, 5, 5)
    assert found.weights([])[0].shape == (0, 2, 2)
    np.testing.assert_array_equal(found.product([2.0, 0.5]), found.product([0.5, 2.0])[::-1])
    assert found.loss(0.0) == pytest.approx(gradient.loss(net, [2, 1]), rel=1e-13)


def test_many_times_are_cut_into_batches(monkeypatch):
    net = balanced_starts.lambda_balanced((2, 2, 3), 0.5, rng=draw())
    whole = two_layers.two_layers(net, [2, 1]).product(np.linspace(0, 9, 50))
    monkeypatch.setattr(two_layers, "BATCH", 30)
    np.testing.assert_array_equal(two_layers.two_layers(net, [2, 1]).product(np.linspace(0, 9, 50)), whole)


def test_zero_weights_rest_at_any_width():
    found = two_layers.two_layers(Network.from_weights([np.zeros((3, 2)), np.zeros((2, 3))]), [2, 1])
    assert not found.product([0.0, 9.0]).any()
    assert not found.weights(9.0)[0].any()
    assert found.loss(3.0) == 2.5


def test_it_reports_itself_in_a_sentence():
    found = two_layers.two_layers(Network.from_weights([[[1]], [[2]]]), [3])
    assert repr(found) == "TwoLayers(Network(1→1→1, 2 weights, 0 negative), λ = 3, balanced to 0e+00)"


def test_refuses_a_start_that_is_not_balanced_and_says_how_far():
    net = balanced_starts.lambda_balanced((3, 3, 3), 1.0, rng=draw())
    moved = Network((net.weights[0] + 1e-6, net.weights[1]))
    with pytest.raises(errors.NotBalanced, match=r"by \d.\de-0[67]"):
        two_layers.two_layers(moved, [3, 2, 1])
    with pytest.raises(errors.NotBalanced, match="lambda balanced"):
        two_layers.two_layers(Network.random((3, 4, 3), rng=draw()), [3, 2, 1])


@pytest.mark.parametrize(
    ("call", "error", "word"),
    [
        (lambda flow: two_layers.two_layers(Network.from_weights([[[1]]] * 3), [1]), errors.BadArgument, "has 3"),
        (lambda flow: two_layers.two_layers(flow.start, [1, 2]), errors.ShapeMismatch, "at most 1"),
        (lambda flow: flow.product(-1.0), errors.BadArgument, "from 0 up"),
        (lambda flow: flow.weights(np.nan), errors.BadArgument, "finite"),
        (lambda flow: flow.gram(1e9), errors.TooLarge, "ask for an earlier"),
    ],
)
def test_refuses_what_does_not_fit(call, error, word):
    with pytest.raises(error, match=word):
        call(two_layers.two_layers(Network.from_weights([[[1]], [[1]]]), [3]))
