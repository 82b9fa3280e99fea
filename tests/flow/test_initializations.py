"""Starts by name: what each promises, exactly or to rounding, at square, narrow and wide shapes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
from blockshift import errors
from blockshift.flow import initializations
from strategies import shapes

#: Products of a few matrices of width up to 7 with entries of a few units, in double precision.
ROUNDING = 1e-13

WIDTHS = [(3, 4, 2), (5, 2, 4), (2, 6, 6, 3), (1, 1), (1, 3, 1), (4, 4, 4, 4, 4), (2, 1, 2)]


def rng(seed=0):
    return np.random.default_rng(seed)


def conserved(net):
    """By the oracle."""
    return [np.array(C) for C in oracles.conserved([W.tolist() for W in net.weights])]


def low_rank(widths, seed=1):
    """A map of the rank of the narrowest layer."""
    draw = rng(seed)
    narrow = min(widths)
    return draw.standard_normal((widths[-1], narrow)) @ draw.standard_normal((narrow, widths[0]))


# --- aligned and decoupled ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("name", ["aligned", "decoupled"])
def test_an_aligned_start_has_its_products_in_the_bases_of_sigma(name, widths):
    Sigma = rng(3).standard_normal((widths[-1], widths[0]))
    product = np.linspace(0.3, 0.1, min(widths))
    net = initializations.start(name, widths, Sigma, rng=rng(), product=product)
    U, _, Vt = np.linalg.svd(Sigma)
    expected = (U[:, : len(product)] * product) @ Vt[: len(product)]
    np.testing.assert_allclose(net.product(), expected, atol=ROUNDING)


@pytest.mark.parametrize("widths", WIDTHS)
def test_an_aligned_start_shares_singular_vectors_between_neighbours(widths):
    factors = rng(5).uniform(0.1, 1, (len(widths) - 1, min(widths)))
    net = initializations.start(
        "aligned", widths, rng(3).standard_normal((widths[-1], widths[0])), rng=rng(), factors=factors
    )
    for j, (W, V) in enumerate(zip(net.weights, net.weights[1:], strict=False)):
        incoming, outgoing = W @ W.T, V.T @ V
        np.testing.assert_allclose(incoming @ outgoing, outgoing @ incoming, atol=ROUNDING)
        np.testing.assert_allclose(
            np.sort(np.linalg.svd(W, compute_uv=False))[::-1][: min(widths)], np.sort(factors[j])[::-1], atol=ROUNDING
        )


def test_a_decoupled_start_for_a_diagonal_sigma_is_diagonal_by_hand():
    net = initializations.start("decoupled", (2, 3, 2), [5, 4], rng=rng(), factors=[[1, 2], [3, -1]])
    assert net.weights[0].tolist() == [[1, 0], [0, 2], [0, 0]]
    assert net.weights[1].tolist() == [[3, 0, 0], [0, -1, 0]]


def test_a_diagonal_sigma_out_of_order_keeps_its_coordinates():
    net = initializations.start("decoupled", (2, 2, 2), [[1, 0], [0, 9]], rng=rng(), product=[0.5, 0.25])
    assert net.product().round(15).tolist() == [[0.25, 0], [0, 0.5]]


def test_factors_are_broadcast_by_mode_and_by_layer():
    by_layer = initializations.start("decoupled", (2, 2, 2), [2, 1], rng=rng(), factors=[[2], [3]])
    by_mode = initializations.start("decoupled", (2, 2, 2), [2, 1], rng=rng(), factors=[2, 3])
    assert [np.diag(W).tolist() for W in by_layer.weights] == [[2, 2], [3, 3]]
    assert [np.diag(W).tolist() for W in by_mode.weights] == [[2, 3], [2, 3]]


def test_an_aligned_start_with_a_product_is_balanced():
    net = initializations.start("aligned", (3, 5, 4, 3), [3, 2, 1], rng=rng(), product=[1e-3, 0.2, 7])
    assert max(np.abs(C).max() for C in conserved(net)) < ROUNDING


# --- balanced ----------------------------------------------------------------------------------------------------


@given(shapes(max_depth=5, max_width=5), st.integers(0, 10**6))
def test_law_a_zero_balanced_start_is_balanced(widths, seed):
    net = initializations.start("zero balanced", widths, rng=rng(seed))
    assert net.widths == widths
    size = max(np.abs(W).max() for W in net.weights)
    assert all(np.abs(C).max() <= ROUNDING * max(size, 1e-300) ** 2 for C in conserved(net))


PRESCRIBED = [
    *(("zero balanced", widths, {}) for widths in WIDTHS),
    *(("delta balanced", widths, {"delta": 0.3}) for widths in WIDTHS if len(widths) > 2),
    *(("lambda balanced", widths, {"lam": 0.0}) for widths in WIDTHS if len(widths) == 3),
]


@pytest.mark.parametrize(("name", "widths", "options"), PRESCRIBED)
def test_a_balanced_start_has_the_product_asked_for(name, widths, options):
    M = low_rank(widths)
    net = initializations.start(name, widths, rng=rng(), product=M, **options)
    np.testing.assert_allclose(net.product(), M, atol=50 * ROUNDING)


@pytest.mark.parametrize("widths", [w for w in WIDTHS if len(w) > 2])
@pytest.mark.parametrize("delta", [1e-9, 0.3, 20.0])
def test_the_largest_conserved_matrix_of_a_delta_balanced_start_has_norm_delta(widths, delta):
    net = initializations.start("delta-balanced", widths, rng=rng(), delta=delta)
    assert max(np.linalg.norm(C) for C in conserved(net)) == pytest.approx(delta, rel=1e-6 if delta < 1e-6 else 1e-12)


def test_a_delta_of_zero_is_balance():
    net = initializations.start("delta_balanced", (2, 3, 2), rng=rng(), delta=0.0)
    assert np.abs(conserved(net)[0]).max() < ROUNDING


# widths and lambda for which there is a start
LAMBDAS = [
    ((3, 3, 3), 2.0),
    ((3, 3, 3), -2.0),
    ((2, 4, 5), 1.5),
    ((5, 4, 2), -1.5),
    ((4, 2, 3), 50.0),
    ((4, 2, 3), -50.0),
    ((1, 1, 1), 1e-9),
    ((2, 9, 3), 0.0),
    ((1, 2, 2), 0.5),
]


@pytest.mark.parametrize(("widths", "lam"), LAMBDAS)
@pytest.mark.parametrize("rank", [0, 1, None])
def test_a_lambda_balanced_start_has_a_multiple_of_the_identity(widths, lam, rank):
    M = low_rank(widths)
    if rank is not None:
        M = rank * np.outer(np.arange(1, widths[2] + 1), np.arange(2, widths[0] + 2))
    net = initializations.start("lambda balanced", widths, rng=rng(), lam=lam, product=M)
    size = max(1.0, max(np.linalg.norm(W) ** 2 for W in net.weights))
    np.testing.assert_allclose(conserved(net)[0], -lam * np.eye(widths[1]), atol=ROUNDING * size)
    np.testing.assert_allclose(net.product(), M, atol=ROUNDING * size)


def test_hidden_bases_differ_from_draw_to_draw_and_not_otherwise():
    for name, options in [("zero balanced", {}), ("lambda balanced", {"lam": 1.0}), ("delta balanced", {"delta": 1.0})]:
        one, same, other = (
            initializations.start(name, (2, 2, 2), rng=rng(seed), product=[[1, 0], [0, 2]], **options)
            for seed in (0, 0, 1)
        )
        assert one == same
        assert one != other


def test_a_small_start_is_as_small_as_asked():
    net = initializations.start("small", (30, 40, 30), rng=rng(), scale=1e-5)
    assert np.std(net.weights[0]) == pytest.approx(1e-5, rel=0.1)


REFUSALS = [
    (("nothing", (1, 1)), {}, errors.UnknownName, "aligned, decoupled"),
    ((7, (1, 1)), {}, errors.UnknownName, "7"),
    (("aligned", (1, 1)), {"product": 1}, errors.BadArgument, "cannot do without 'sigma'"),
    (("aligned", (1, 1), [1]), {}, errors.BadArgument, "either"),
    (("aligned", (1, 1), [1]), {"product": 1, "factors": 1}, errors.BadArgument, "either"),
    (("decoupled", (1, 1), [1]), {"product": -1}, errors.BadArgument, "negative"),
    (("decoupled", (2, 2), [1]), {"factors": [1, 2, 3]}, errors.ShapeMismatch, "broadcasts"),
    (("decoupled", (2, 2), [1]), {"product": np.nan}, errors.NotFinite, "product"),
    (("small", (1, 1)), {"lam": 1}, errors.BadArgument, "no option 'lam'"),
    (("small", (1, 1), [[1, 2]]), {}, errors.ShapeMismatch, "sigma"),
    (("small", (1, 0)), {}, errors.EmptyNetwork, "width"),
    (("zero balanced", (2, 1, 2)), {"product": np.eye(2)}, errors.BadArgument, "rank 2"),
    (("zero balanced", (2, 1, 2)), {"product": np.eye(3)}, errors.ShapeMismatch, "must be \\(2, 2\\)"),
    (("zero balanced", (1, 1)), {"scale": -1}, errors.BadArgument, "scale"),
    (("delta balanced", (2, 2)), {"delta": 1}, errors.BadArgument, "one layer"),
    (("delta balanced", (1, 1, 1)), {"delta": 1, "product": [[0]]}, errors.BadArgument, "is zero"),
    (("delta balanced", (1, 1, 1)), {"delta": -1}, errors.BadArgument, "from 0 up"),
    (("delta balanced", (1, 1, 1)), {}, errors.BadArgument, "cannot do without 'delta'"),
    (("lambda balanced", (1, 1, 1, 1)), {"lam": 1}, errors.BadArgument, "3 layers"),
    (("lambda balanced", (1, 1, 1)), {"lam": np.inf}, errors.BadArgument, "finite"),
    (("lambda balanced", (3, 3, 2)), {"lam": 1}, errors.BadArgument, "at most 2 hidden nodes, or the other sign"),
    (("lambda balanced", (2, 3, 3)), {"lam": -1}, errors.BadArgument, "input width 2"),
    (("lambda balanced", (2, 3, 2)), {"lam": 1}, errors.BadArgument, "at most 2 hidden nodes\\."),
]


@pytest.mark.parametrize(("given", "options", "error", "word"), REFUSALS)
def test_refuses_starts_that_do_not_exist(given, options, error, word):
    with pytest.raises(error, match=word):
        initializations.start(*given, rng=rng(), **options)
