"""The count of laws: by hand, from the definition, on published shapes, with planted errors."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp

from blockshift import errors
from blockshift.flow.laws import jets, law_count, law_formulas, published_laws, weight_fields
from flow.laws import laws_oracle

# shape, known, total
BY_HAND = [
    ((1, 1), 0, 0),  # one weight, it moves
    ((2, 3), 0, 0),  # one layer: every weight is a coordinate
    ((1, 1, 1), 1, 1),  # w_2^2 - w_1^2
    ((1, 1, 1, 1), 2, 2),
    ((1, 2, 1), 3, 3),  # one field on 4 weights
    ((1, 3, 1), 5, 5),
    ((3, 4, 3), 10, 10),
    ((5, 30, 5), 255, 255),  # Menon and Yu, Marcotte and others: (n + m) r - (n + m)(n + m - 1) / 2
    ((1, 2, 2, 1), 6, 7),
    ((1, 3, 3, 1), 12, 14),
    ((2, 1, 2, 2, 1), 7, 8),
]
EXCEPTIONS = {
    *[(1, 2, 2, 1), (1, 2, 3, 1), (1, 3, 2, 1), (1, 3, 3, 1)],
    *[(1, 2, 2, 2, 1), (1, 1, 2, 2, 1), (1, 2, 2, 1, 1), (2, 1, 2, 2, 1), (1, 2, 2, 1, 2)],
}
shapes = st.lists(st.integers(1, 3), min_size=2, max_size=5).map(tuple)


def count(shape, net="linear", biases=False, seed=0, **options):
    return law_count.laws(shape, net, biases, rng=np.random.default_rng(seed), **options)


@pytest.mark.parametrize(("shape", "known", "total"), BY_HAND)
def test_counts_by_hand_are_found_and_certain(shape, known, total):
    found = count(shape)
    assert (found.known, found.total, found.certain, found.complete) == (known, total, True, known == total)


def test_the_scan_of_all_small_shapes_finds_nine_exceptions():
    scan = law_count.scan(rng=np.random.default_rng(0))
    assert len(scan.counts) == 140
    assert {c.shape for c in scan.exceptions} == EXCEPTIONS
    assert scan.certain
    assert repr(scan) == "Scan(140 shapes, 9 with more than the quadratic laws, all certain)"


def test_with_biases_no_small_shape_is_an_exception():
    scan = law_count.scan(biases=True, rng=np.random.default_rng(0))
    assert scan.certain
    assert not scan.exceptions


def test_the_fifty_published_linear_shapes_have_no_laws_but_the_known_ones():
    found = [count(shape) for shape, _ in published_laws.LINEAR.shapes]
    assert len(found) == 50
    assert all(f.certain and f.complete for f in found)


def test_the_fifty_published_relu_shapes_have_one_law_a_hidden_neuron():
    for shape, biases in published_laws.RELU.shapes:
        found = count(shape, "relu", biases)
        assert found.certain
        assert found.total == found.known == sum(shape[1:-1])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (((1, 2, 2, 1),), ["8 parameters", "7, by exact ranks; proved from both sides", "between layers 0 and 3"]),
        (((1, 2, 2, 1), "linear", True), ["linear with biases: 12 parameters", "6, by exact ranks"]),
        (((1, 2, 2, 1), "relu"), ["4, by exact ranks"]),
        (((2, 1, 1, 2),), ["known (quadratic) laws: 2"]),
    ],
)
def test_the_report_says_what_was_counted_and_how(arguments, words):
    report = count(*arguments).report()
    assert all(word in report for word in words)
    assert ("not quadratic" in report) == (arguments == ((1, 2, 2, 1),))


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 1), (2, 2, 1), (2, 1, 2), (1, 3, 2), (2, 2, 2), (1, 2, 2, 1)])
def test_oracle_linear_counts_agree_with_symbolic_brackets(shape):
    found = count(shape)
    assert (found.total, found.known) == (laws_oracle.total_laws(shape), laws_oracle.known_rank(shape))


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 1), (1, 1, 2), (1, 1, 1, 1)])
def test_oracle_linear_counts_with_biases_agree_with_symbolic_brackets(shape):
    found = count(shape, biases=True)
    assert found.total == laws_oracle.total_laws(shape, biases=True)
    assert found.known == laws_oracle.known_rank(shape, biases=True)


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("shape", [(2, 1), (1, 1, 1), (2, 3, 2), (1, 2, 2, 1)])
def test_oracle_relu_counts_agree_with_enumerated_paths(shape, biases):
    total = laws_oracle.total_laws(shape, "relu", biases, with_brackets=False)
    assert count(shape, "relu", biases).total == total == sum(shape[1:-1])


def test_oracle_without_brackets_the_definition_overcounts():
    assert laws_oracle.total_laws((2, 2, 2), with_brackets=False) > count((2, 2, 2)).total


@pytest.mark.parametrize("shape", [(1, 4, 2), (3, 1, 1), (1, 5, 1, 2), (2, 3, 2, 1), (1, 6, 3)])
@pytest.mark.parametrize("biases", [False, True])
def test_oracle_the_closed_form_is_the_rank_of_the_listed_gradients(shape, biases):
    assert law_formulas.known_laws(shape, "linear", biases) == laws_oracle.known_rank(shape, biases)


def test_known_laws_of_two_layers_are_the_published_formula():
    for n, r, m in itertools.product(range(1, 7), repeat=3):
        published = (n + m) * r - (n + m) * (n + m - 1) // 2 if n + m <= r else r * (r + 1) // 2
        assert law_formulas.known_laws((n, r, m)) == published


@given(shapes, st.booleans(), st.sampled_from(["linear", "relu"]), st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_constraints_every_count_respects_its_certificates_and_the_formulas(shape, biases, net, seed):
    found = count(shape, net, biases, seed)
    assert found.lower <= found.total <= found.upper <= found.parameters
    for certificate in found.certificates:
        assert certificate.known <= found.known
        assert certificate.lower <= found.lower
        assert found.upper <= found.parameters - certificate.ranks[-1]
        assert len(certificate.point) == found.parameters
    least, most = law_formulas.bounds(shape, net, biases)
    assert least <= found.total <= most


@given(shapes)
@settings(deadline=None, max_examples=30)
def test_law_the_transposed_network_has_as_many_laws(shape):
    assert count(shape).total == count(shape[::-1]).total


@given(shapes)
@settings(deadline=None, max_examples=30)
def test_law_the_count_is_known_laws_plus_those_of_scalar_stretches(shape):
    found = count(shape)
    assert found.certain
    assert found.total == found.known + law_formulas.extra_laws(shape)


def test_the_same_generator_gives_the_same_certificate():
    assert count((2, 3, 3, 2), seed=4) == count((2, 3, 3, 2), seed=4)
    assert count((2, 3, 3, 2), seed=4).certificates[0].point != count((2, 3, 3, 2), seed=5).certificates[0].point


def test_a_bracket_that_is_always_zero_leaves_the_count_uncertain(monkeypatch):
    monkeypatch.setattr(jets, "bracket", lambda X, Y, point, p: 0 * point)
    found = count((2, 2, 2))
    assert not found.certain
    assert (found.lower, found.total, found.upper) == (3, 4, 4)
    assert [c.prime for c in found.certificates] == list(jets.PRIMES)
    assert "probable, certainly 3 to 4" in repr(found)


def test_a_bracket_of_the_wrong_sign_contradicts_the_proved_bound(monkeypatch):
    def wrong(X, Y, point, p):
        here, along = np.split(Y(np.concatenate([point, X(point)])), 2)
        _, back = np.split(X(np.concatenate([point, here])), 2)
        return jets.residue(along + back, p)

    monkeypatch.setattr(jets, "bracket", wrong)
    found = count((2, 2, 2))
    assert found.upper < found.lower


def test_a_wrong_law_is_seen_because_fields_do_not_keep_it():
    slots, p, rng = weight_fields.Slots((2, 3, 2), False), jets.PRIMES[0], np.random.default_rng(0)
    point = rng.integers(p, size=(1, 1, slots.size)).astype(float)
    law = weight_fields.draw_known(slots, "linear", 4, point, p, rng)
    field = weight_fields.draw_field(slots, "linear", 4, p, rng)(np.broadcast_to(point, (1, 4, slots.size)))[0]
    assert not jets.matmul(law, field.T, p).any()
    law[:, : slots.ends[1]] = jets.residue(-law[:, : slots.ends[1]], p)  # W_2^T W_2 + W_1 W_1^T
    assert jets.matmul(law, field.T, p).any()


@pytest.mark.parametrize("net", ["linear", "relu"])
def test_large_shapes_get_the_closed_form_and_say_so(net):
    found = count((50, 60, 70, 80), net)
    assert found.method == "closed form"
    assert found.certain == (net == "relu")
    assert found.total == found.known == law_formulas.known_laws((50, 60, 70, 80), net)
    assert not found.certificates


def test_the_closed_form_is_certain_where_a_theorem_covers_it():
    assert count((90, 90, 90), largest=10).certain
    assert count((1, 2, 2, 1), largest=1).certain
    assert count((1, 2, 2, 1), largest=1).total == 7
    assert not count((2, 2, 2, 2), largest=1).certain


@pytest.mark.parametrize(("a", "b"), [(2, 2), (2, 4), (3, 2), (3, 3)])
def test_oracle_the_missing_laws_of_1_a_b_1_are_hyperelliptic_integrals(a, b):
    """Along a trajectory the sums of theorem 5 stay, to quadrature precision, while each term moves."""
    start = np.random.default_rng(2).normal(size=a + a * b + b)
    run = solve_ivp(lambda _, w: _scalar_velocity(w, a, b), (0, 0.03), start, rtol=1e-13, atol=1e-14)
    w1, W2, w3 = _split(start, a, b)
    r = min(a, b)
    roots = [np.linalg.eigvalsh(W2.T @ W2 - np.outer(w1, w1)), np.linalg.eigvalsh(W2 @ W2.T - np.outer(w3, w3))]
    padding = max(0, abs(a - b) - 1)  # eigenvalues 0 which the larger matrix has by its size alone
    roots = [x[np.argsort(abs(x))][padding * (len(x) > r) :] for x in roots]

    def P(z):
        return np.prod(z - roots[0]) * np.prod(z - roots[1]) / z ** (a != b)

    begin, signs = _singular(start, a, b)
    end, signs_at_end = _singular(run.y[:, -1], a, b)
    assert (signs == signs_at_end).all()  # no branch point between: each integral stays on its sheet
    for m in range(r - 1):
        terms = [
            sign * quad(lambda x, m=m: x ** (2 * m) / np.sqrt(P(x * x)), lower, upper, epsabs=1e-14, epsrel=1e-12)[0]
            for sign, lower, upper in zip(signs, begin, end, strict=True)
        ]
        assert abs(sum(terms)) < 1e-9 * np.abs(terms).max()  # quadrature beside an inverse square root


def _split(w, a, b):
    return w[:a], w[a : a + a * b].reshape(b, a), w[a + a * b :]


def _scalar_velocity(w, a, b):
    w1, W2, w3 = _split(w, a, b)
    return np.concatenate([W2.T @ w3, np.outer(w3, w1).ravel(), W2 @ w1])


def _singular(w, a, b):
    """Singular values of W_2, and the signs e_i of theorem 5."""
    w1, W2, w3 = _split(w, a, b)
    U, s, V = np.linalg.svd(W2)
    r = len(s)
    gaps = [np.prod([s[i] ** 2 - s[k] ** 2 for k in range(r) if k != i]) for i in range(r)]
    return s, np.sign((U.T @ w3)[:r] * (V @ w1)[:r] * gaps)


@pytest.mark.parametrize("shape", ["3-4-3", 3, (3, 4.0, 3), ("3", "4"), None])
def test_refuses_what_is_not_a_sequence_of_integers(shape):
    with pytest.raises(errors.BadArgument, match="integers"):
        count(shape)


@pytest.mark.parametrize("shape", [(), (3,), (3, 0, 3), (2, -1)])
def test_refuses_shapes_without_a_layer_or_with_an_empty_one(shape):
    with pytest.raises(errors.EmptyNetwork, match="two widths or more"):
        count(shape)


def test_refuses_unknown_kinds_of_network():
    with pytest.raises(errors.BadArgument, match="'linear' and 'relu'"):
        count((2, 2, 2), "transformer")
