"""Verifiers accept what is proved and refuse what was tampered with."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from blockshift.signs.bounds import packing, semidefinite, verifiers
from signs import graphs

TRIANGLE = graphs.all_negative(3, [(0, 1), (1, 2), (0, 2)])


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("graph", [graphs.COMPLETE_8, graphs.torus((6, 6), 0)], ids=["rational", "cholesky"])
def test_smaller_multipliers_are_refused_and_larger_claims_too(graph):
    bound = semidefinite.semidefinite_bound(graph, rng=rng())
    assert bound.verify(graph, rng=rng()).accepted
    for k in (0, graph.n - 1):
        y = bound.multipliers.copy()
        y[k] -= 0.01
        assert not dataclasses.replace(bound, multipliers=y).verify(graph, rng=rng()).accepted
    claim = dataclasses.replace(bound, value=bound.value + 1e-9)
    assert not claim.verify(graph, rng=rng()).accepted
    other = dataclasses.replace(bound, multipliers=bound.multipliers[1:])
    assert not other.verify(graph, rng=rng()).accepted
    broken = dataclasses.replace(bound, multipliers=np.full(graph.n, np.nan))
    assert not broken.verify(graph, rng=rng()).accepted


def test_multipliers_of_another_graph_are_refused():
    bound = semidefinite.semidefinite_bound(graphs.PETERSEN, rng=rng())
    heavier = graphs.graph(
        10, [(int(u), int(v), -2) for u, v in zip(graphs.PETERSEN.u, graphs.PETERSEN.v, strict=True)]
    )
    assert not bound.verify(heavier, rng=rng()).accepted


@settings(max_examples=60)
@given(graphs.edge_lists(most=7))
def test_oracle_elimination_agrees_with_eigenvalues_away_from_zero(case):
    n, edges = case
    graph = graphs.graph(n, edges)
    draw = np.random.default_rng(n + len(edges))
    y = draw.integers(0, 9, n).astype(float)
    smallest = np.linalg.eigvalsh(np.diag(y) - graph.adjacency().toarray()).min() if n else 1.0
    for decide in (verifiers.semidefinite_exactly, verifiers.semidefinite_by_cholesky):
        if abs(smallest) > 1e-9:
            assert decide(graph, y) == (smallest > 0)


def test_elimination_is_exact_at_the_edge_and_cholesky_stays_away_from_it():
    """``diag(1, 1) - J`` of one edge is singular; a multiplier smaller by one unit in the last place is not enough."""
    edge = graphs.all_negative(2, [(0, 1)])
    exact, below = np.ones(2), np.array([1.0, np.nextafter(1.0, 0.0)])
    assert verifiers.semidefinite_exactly(edge, exact)
    assert not verifiers.semidefinite_exactly(edge, below)
    assert not verifiers.semidefinite_by_cholesky(edge, exact)
    assert not verifiers.semidefinite_by_cholesky(edge, below)
    assert verifiers.semidefinite_by_cholesky(edge, exact + 2 * verifiers.margin(2, 2.0))


def test_a_zero_pivot_over_a_row_that_is_not_zero_is_indefinite():
    assert not verifiers.semidefinite_exactly(graphs.all_negative(2, [(0, 1)]), np.array([0.0, 5.0]))
    assert verifiers.semidefinite_exactly(graphs.graph(2, []), np.zeros(2))


@pytest.mark.parametrize("n", [30, 90])
def test_the_margin_is_larger_than_what_cholesky_gets_wrong(n):
    """Matrices that are singular in exact arithmetic, and therefore must not pass when moved down by a tenth of it."""
    draw = np.random.default_rng(n)
    B = draw.integers(-3, 4, (n, n - 1)).astype(float)
    M = B @ B.T
    weights = [(i, j, -M[i, j]) for i in range(n) for j in range(i) if M[i, j]]
    graph, y = graphs.graph(n, [(j, i, w) for i, j, w in weights]), np.diag(M).copy()
    c = verifiers.margin(n, float(y.sum()))
    assert not verifiers.semidefinite_by_cholesky(graph, y)
    assert not verifiers.semidefinite_by_cholesky(graph, y - 0.1 * c)
    assert verifiers.semidefinite_by_cholesky(graph, y + 2 * c)


@settings(max_examples=60)
@given(graphs.edge_lists(most=6))
def test_law_the_value_is_rounded_down(case):
    n, edges = case
    graph = graphs.graph(n, [(u, v, w / 10) for u, v, w in edges])
    y = np.random.default_rng(len(edges)).random(n)
    exact = (sum(abs(Fraction(w)) for w in graph.w.tolist()) - sum(map(Fraction, y.tolist())) / 2) / 2
    found = verifiers.value_of_multipliers(graph, y)
    assert Fraction(found) <= exact
    assert float(exact) - found <= 4 * np.spacing(abs(float(exact)) + 1e-300)


def test_values_near_the_largest_float_do_not_overflow():
    edge = graphs.graph(2, [(0, 1, -1.5e308)])
    assert verifiers.value_of_multipliers(edge, np.array([1.5e308, 1.5e308])) == pytest.approx(0.0, abs=1e300)


def test_the_probable_shift_is_enough_and_not_much_more():
    graph = graphs.torus((12, 12), 1)
    shift = verifiers.probable_shift(graph, np.zeros(graph.n), rng=rng())
    largest = np.linalg.eigvalsh(graph.adjacency().toarray())[-1]
    assert largest <= shift < 1.1 * largest


def test_oracle_ritz_values_reach_the_largest_eigenvalue():
    M = graphs.torus((7, 7), 3).adjacency().toarray()
    value, steps = verifiers.largest_ritz_value(lambda x: M @ x, 49, 49, rng=rng())
    assert value == pytest.approx(np.linalg.eigvalsh(M)[-1], rel=1e-9)
    assert steps <= 49
    assert verifiers.largest_ritz_value(lambda x: 3 * x, 5, 40, rng=rng()) == (pytest.approx(3.0), 1)


@pytest.mark.parametrize(
    ("nodes", "offsets", "shares", "word"),
    [
        ([0, 1, 2], [0, 3], [-0.5], "negative"),
        ([0, 1, 2], [0, 3], [np.nan], "finite"),
        ([0, 1, 2], [0, 3], [1 + 2.0**-52], "more than its weight"),
        ([0, 1, 2, 0, 2, 1], [0, 3, 6], [0.5, 0.5 + 2.0**-53], "more than its weight"),
        ([0, 1, 2], [0, 2], [0.5], "delimited"),
        ([0, 1, 2], [0, 3], [0.5, 0.5], "delimited"),
        ([0, 1], [0, 2], [0.5], "delimited"),
        ([0, 1, 3], [0, 3], [0.5], "not in the graph"),
        ([0, 1, -1], [0, 3], [0.5], "not in the graph"),
        ([0, 0, 1], [0, 3], [0.5], "no edge"),
        ([0, 1, 2, 0, 1, 2], [0, 6], [0.5], "positive"),
    ],
)
def test_refuses_cycles_that_prove_nothing(nodes, offsets, shares, word):
    found = verifiers.verify_cycles(TRIANGLE, nodes, offsets, shares, 0.0)
    assert not found.accepted
    assert word in found.how
    assert found.value == -np.inf


def test_cycles_that_fit_are_accepted_to_the_last_bit_and_not_beyond():
    found = verifiers.verify_cycles(TRIANGLE, [0, 1, 2, 0, 2, 1], [0, 3, 6], [0.5, 0.5], 1.0 - 1e-15)
    assert found.accepted
    assert found.certified
    assert not verifiers.verify_cycles(TRIANGLE, [0, 1, 2], [0, 3], [1.0], 1.0 + 1e-15).accepted


def test_a_positive_triangle_is_refused():
    assert not verifiers.verify_cycles(
        graphs.graph(3, [(0, 1, 1), (1, 2, 1), (0, 2, 1)]), [0, 1, 2], [0, 3], [1], 0
    ).accepted


def test_tampered_packings_are_refused():
    graph = graphs.torus((6, 6), 1)
    bound = packing.packing_bound(graph)
    assert bound.verify(graph).accepted
    more = dataclasses.replace(bound, shares=bound.shares * (1 + 1e-9), value=bound.value * (1 + 1e-9))
    assert not more.verify(graph).accepted
    assert not dataclasses.replace(bound, value=bound.value + 1e-6).verify(graph).accepted
    flipped = graphs.graph(
        36,
        [
            (int(u), int(v), -w if k == 0 else w)
            for k, (u, v, w) in enumerate(zip(graph.u, graph.v, graph.w, strict=True))
        ],
    )
    assert not bound.verify(flipped).accepted


def test_verdicts_are_sentences():
    assert repr(verifiers.Verified(True, 2.0, True, "by hand")) == "Verified(accepted: at least 2, by hand)"
