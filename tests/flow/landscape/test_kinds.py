"""Which critical points are what: by hand, by the printed rank test, by Hessians, and each with its certificate."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from blockshift.flow import gradient
from blockshift.flow.landscape import chains, construction, descent, escape, hessian, kinds, modes, ranks, recognition
from blockshift.graph.network import Network
from flow.landscape import landscape_oracle as oracle
from flow.landscape.chain_systems import systems

Z, ONE = [[0]], [[1]]

# layers, singular values, kind, order of the way down
BY_HAND = {
    "1-1-1 origin": ([Z, Z], [4], kinds.STRICT, 2),
    "1-1-1-1 origin": ([Z, Z, Z], [4], kinds.NONSTRICT, 3),
    "one middle layer alive": ([Z, ONE, Z], [4], kinds.STRICT, 2),
    "first layer alive": ([ONE, Z, Z], [4], kinds.STRICT, 2),
    "last layer alive": ([Z, Z, ONE], [4], kinds.STRICT, 2),
    "depth four, origin": ([Z] * 4, [4], kinds.NONSTRICT, 4),
    "depth four, one alive": ([Z, ONE, Z, Z], [4], kinds.NONSTRICT, 3),
    "depth four, two alive": ([Z, ONE, ONE, Z], [4], kinds.STRICT, 2),
    "depth four, ends alive": ([ONE, Z, Z, ONE], [4], kinds.STRICT, 2),
    "wrong mode learnt": ([np.diag([0, 1]), np.diag([0, 1])], [4, 1], kinds.STRICT, 2),
    "equal modes, one of them learnt, two layers": ([np.diag([0, 1])] * 2, [1, 1], kinds.STRICT, 2),
    "equal modes, one of them learnt, three layers": ([np.diag([0, 1])] * 3, [1, 1], kinds.NONSTRICT, 3),
    "bottleneck full": ([[[1, 0]], [[1], [0]]], [1, 1], kinds.MINIMUM, None),
    "no data": ([[[0, 0]], [[0], [0]]], [0, 0], kinds.MINIMUM, None),
    "no data, not zero": ([[[0, 1]], [[0], [0]]], [0, 0], kinds.MINIMUM, None),
    "lower rank, three layers": ([np.diag([1, 0])] * 3, [1, 0], kinds.MINIMUM, None),
    "two inputs, both hidden stops on an outer chain": (
        [[[0, 1]], [[0]], [[0], [1]]],
        [[3, 0], [0, 0]],
        kinds.NONSTRICT,
        4,
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("kind_of_number", ["exact", "float"])
def test_kind_and_order_are_those_found_by_hand(name, kind_of_number):
    layers, sigma, kind, order = BY_HAND[name]
    dtype = object if kind_of_number == "exact" else float
    net = Network(tuple(np.array(W, dtype=dtype) for W in layers))
    point = recognition.critical_point(net, sigma)
    assert (point.kind, point.order) == (kind, order)
    assert point.certificate.verify(sigma)
    if dtype is object and order:
        assert isinstance(point.certificate.descent.coefficient, Fraction)


@given(systems(), st.integers(0, 10**6))
@settings(max_examples=50)
def test_oracle_the_kind_is_that_of_the_printed_rank_test(system, seed):
    rng = np.random.default_rng(seed)
    values = list(range(min(system.widths[0], system.widths[-1]), 0, -1))
    rest = len(values) - system.full
    full = chains.random(system.widths, system.full, rest, rng=rng)
    places = sorted(int(k) + 1 for k in rng.permutation(len(values))[: system.full])
    net = construction.prescribed(system.widths, values, places, chains=full, rng=rng, exact=True)
    point = recognition.critical_point(net, values)
    sigma = modes.rational(gradient.target(values, system.widths)).tolist()
    expected = oracle.strict_by_ranks([W.tolist() for W in net.weights], sigma, places)
    assert (point.kind == kinds.STRICT) == expected
    assert point.learnt == tuple(places)


@given(systems(), st.integers(0, 10**6))
@settings(max_examples=80)
def test_oracle_the_kind_is_that_of_the_hessian_for_all_data(system, seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 3, system.full + system.unlearnt).astype(float)
    U, V = (np.linalg.qr(rng.standard_normal((d, d)))[0] for d in (system.widths[-1], system.widths[0]))
    sigma = U @ gradient.target(values, system.widths) @ V.T
    places = sorted(int(k) + 1 for k in rng.permutation(len(values))[: system.full])
    net = construction.prescribed(system.widths, sigma, places, chains=system, rng=rng, condition=4)
    point = recognition.critical_point(net, sigma)
    spectrum = hessian.spectrum(net, sigma)
    assert (point.kind == kinds.STRICT) == (spectrum[0] < -1e-9 * max(spectrum[-1], 1.0))
    assert point.certificate.verify(sigma)


@given(systems(), st.integers(0, 10**6))
@settings(max_examples=40)
def test_law_ways_down_are_exact_where_entries_are(system, seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 3, system.full + system.unlearnt).tolist()
    net = construction.prescribed(system.widths, values, range(1, system.full + 1), chains=system, rng=rng, exact=True)
    proof = recognition.critical_point(net, values).certificate
    if proof.descent is None:
        assert proof.kind == kinds.MINIMUM
        return
    down = proof.descent
    coefficients = oracle.coefficients(
        lambda t: oracles.loss(
            [W.tolist() for W in down.network(net, t).weights],
            modes.rational(gradient.target(values, net.widths)).tolist(),
        ),
        2 * sum(max([j.power for j in down.jumps if j.layer == k], default=0) for k in range(1, net.depth + 1)),
    )
    assert not any(coefficients[1 : down.order])
    assert coefficients[down.order] == down.coefficient < 0


def test_a_network_two_hundred_wide_is_classified_without_its_hessian(monkeypatch):
    rng = np.random.default_rng(0)
    values = np.sort(rng.uniform(0.5, 3, 150))[::-1]
    net = construction.random((200,) * 4, values, range(1, 101), rng=rng)
    monkeypatch.setattr(hessian, "matrices", None)
    point = recognition.critical_point(net, values)
    assert point.kind == kinds.STRICT
    assert len(point.learnt) == 100
    assert hessian.quadratic_form(net, values, _direction(point, net)) == pytest.approx(
        2 * point.certificate.descent.coefficient, rel=1e-6
    )


def _direction(point, net):
    V = [np.zeros_like(W) for W in net.weights]
    for jump in point.certificate.descent.jumps:
        V[jump.layer - 1] += jump.matrix
    return V


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_direction_of_an_open_pair_is_steep(depth):
    # Of one unlearnt chain the best direction has the curvature of the whole Hessian.
    layers = [Z, *[ONE] * (depth - 2), Z]
    net = Network.from_weights(layers)
    found = recognition.critical_point(net, [4]).certificate.descent
    assert 2 * found.coefficient == pytest.approx(hessian.spectrum(net, [4])[0])


def test_a_certificate_of_another_kind_is_not_accepted():
    net = Network.from_weights([Z, Z, Z])
    proof = recognition.critical_point(net, [4]).certificate
    for kind in (kinds.STRICT, kinds.MINIMUM):
        assert not kinds.Certificate(kind, net, "claimed", proof.descent, proof.ranks).verify([4])
    assert not kinds.Certificate(kinds.NONSTRICT, net, "claimed").verify([4])
    strict = Network.from_weights([Z, ONE, Z])
    assert not kinds.Certificate(kinds.NONSTRICT, strict, "claimed", proof.descent).verify([4])


def test_a_flat_certificate_needs_a_curve_of_higher_order(monkeypatch):
    strict = Network.from_weights([Z, ONE, Z])
    straight = recognition.critical_point(strict, [4]).certificate.descent
    monkeypatch.setattr(hessian, "DENSE", 0)  # the Hessian is not looked at where the network is large
    assert not kinds.Certificate(kinds.NONSTRICT, strict, "claimed", straight).verify([4])


def test_a_curve_that_falls_at_a_lower_order_is_not_accepted():
    # L = ½ (4 - x (1 + y) z)² falls at order 2 already, along x = y = z = t with -4 at order 3 too.
    strict = Network.from_weights([Z, ONE, Z])
    jumps = tuple(descent.Jump(k, 1, np.ones((1, 1))) for k in (1, 2, 3))
    assert descent.expansion(strict, [4], jumps, 3)[0] == [8, 0, -4, -4]
    assert not descent.Descent(jumps, 3, -4.0).verify(strict, [4])


def test_a_curve_that_hardly_rises_is_not_accepted():
    origin = Network.from_weights([Z, Z, Z])
    rising = (descent.Jump(1, 1, -0.01 * np.ones((1, 1))), *(descent.Jump(k, 1, np.ones((1, 1))) for k in (2, 3)))
    assert not descent.Descent(rising, 3, 0.04).verify(origin, [4])
    assert not descent.Descent(rising[:2], 3, 0.0).verify(origin, [4])


def test_a_wrong_curve_is_not_accepted():
    origin = Network.from_weights([Z, Z, Z])
    right = recognition.critical_point(origin, [4]).certificate.descent
    assert right.verify(origin, [4])
    up = (descent.Jump(1, 1, -right.jumps[0].matrix), *right.jumps[1:])
    assert not descent.Descent(up, 3, -right.coefficient).verify(origin, [4])
    assert not descent.Descent(right.jumps, 3, 2 * right.coefficient).verify(origin, [4])
    assert not descent.Descent(right.jumps[:2], 3, right.coefficient).verify(origin, [4])
    assert not right.verify(Network.from_weights([ONE, Z, ONE]), [4])


def test_the_ranks_say_how_clear_they_are():
    rng = np.random.default_rng(3)
    net = construction.random((3, 3, 3, 3), [3, 2, 1], [1], rng=rng)
    found = recognition.critical_point(net, [3, 2, 1]).certificate
    assert found.ranks.kept > 1 > found.ranks.dropped
    assert found.margin > 1e3


def test_singular_values_that_differ_by_a_millionth_are_told_apart():
    values = [1 + 1e-6, 1.0]
    net = construction.prescribed((2, 2, 2, 2), values, [2])
    point = recognition.critical_point(net, values)
    assert (point.kind, point.learnt) == (kinds.STRICT, (2,))
    assert (
        recognition.critical_point(construction.prescribed((2, 2, 2, 2), values, [1]), values).kind == kinds.NONSTRICT
    )


@pytest.mark.parametrize("condition", [1e2, 1e3])
def test_skew_bases_do_not_deceive(condition):
    rng = np.random.default_rng(8)
    for _ in range(20):
        system = chains.random((3, 3, 3, 3), 1, 2, rng=rng)
        flat = construction.prescribed((3,) * 4, [3, 2, 1], [1], chains=system, exact=True)
        skew = construction.prescribed((3,) * 4, [3, 2, 1], [1], chains=system, rng=rng, condition=condition)
        assert recognition.critical_point(skew, [3, 2, 1]).kind == recognition.critical_point(flat, [3, 2, 1]).kind


def test_walks_are_found_by_hand():
    def walk(middle, outer, h=4):
        passes, reaches = np.zeros((h, h)), np.zeros((h, h))
        for i, j in middle:
            passes[i - 1, j - 1] = 1
        for i, j in outer:
            reaches[i - 1, j - 1] = 1
        return escape.shortest_walk(ranks.Ranks(0, passes, reaches, np.zeros((h, h)), np.zeros((h, h))))

    neighbours = [(2, 1), (3, 2), (4, 3)]
    assert walk(neighbours, [(4, 1)]) == (1, 2, 3, 4)
    assert walk([*neighbours, (3, 1)], [(4, 1)]) == (1, 3, 4)
    assert walk([*neighbours, (4, 1)], [(4, 1)]) == (1, 4)
    assert walk(neighbours, [(4, 1), (3, 2)]) == (2, 3)
    assert walk(neighbours, []) == ()
