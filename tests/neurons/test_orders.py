"""Pairs of samples, kept, tied and turned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from blockshift import errors
from blockshift.neurons import orders
from neurons import neurons_oracle

ROWS = st.integers(1, 12).flatmap(lambda m: st.tuples(*[st.lists(st.integers(-3, 3), min_size=m, max_size=m)] * 2))


@given(ROWS)
def test_oracle_pairs_are_those_that_are_counted_one_by_one(rows):
    h, y = rows
    found = orders.pairs(h, y)
    assert (int(found.kept), int(found.tied), int(found.turned)) == neurons_oracle.pair_counts(h, y)


@given(st.lists(st.lists(st.integers(0, 9), min_size=6, max_size=6), min_size=1, max_size=4))
def test_oracle_inversions_are_those_of_two_loops(rows):
    slow = [sum(r[a] > r[b] for b in range(6) for a in range(b)) for r in rows]
    assert orders.inversions(rows).tolist() == slow


def test_oracle_tau_is_scipys_where_nothing_is_tied():
    rng = np.random.default_rng(0)
    h, y = rng.standard_normal((2, 3, 40))
    slow = [stats.kendalltau(a, b).statistic for a, b in zip(h, y, strict=True)]
    assert np.allclose(orders.pairs(h, y).tau, slow, atol=1e-12)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=20))
def test_law_a_monotone_unit_keeps_the_weak_order(h):
    for f in (np.tanh, lambda x: np.maximum(x, 0), lambda x: x):
        assert orders.pairs(h, f(np.array(h))).keeps_order()


@given(ROWS)
def test_law_turning_the_values_over_swaps_kept_and_turned(rows):
    h, y = rows
    one, other = orders.pairs(h, y), orders.pairs(h, [-v for v in y])
    assert (one.kept, one.tied, one.turned) == (other.turned, other.tied, other.kept)


def test_a_tie_keeps_the_weak_order_and_not_the_strict_one():
    found = orders.pairs([-1, -2, 3], [0, 0, 3])
    assert found.keeps_order()
    assert not found.keeps_order("strict")
    assert orders.pairs([-1, -2, 3], [1, 0, 9]).keeps_order("strict")


def test_equal_fields_ask_nothing_even_if_the_values_differ():
    found = orders.pairs([1, 1, 2], [5, 3, 9])
    assert (found.kept, found.tied, found.turned) == (2, 0, 0)


def test_many_units_are_counted_each_for_itself():
    rng = np.random.default_rng(1)
    h, y = rng.integers(0, 5, (2, 2, 3, 9))
    found = orders.pairs(h, y)
    assert found.turned.shape == (2, 3)
    assert found.turned[1, 2] == orders.pairs(h[1, 2], y[1, 2]).turned


def test_one_sample_has_no_pairs():
    found = orders.pairs([3.0], [1.0])
    assert found.compared == 0
    assert found.keeps_order()
    assert found.turned_share == 0


def test_the_count_is_fast_enough_for_many_samples_because_it_has_no_table_of_pairs():
    y = np.arange(20000)[::-1]
    assert orders.pairs(np.arange(20000), y).turned == 20000 * 19999 // 2


def test_refuses_shapes_that_differ_and_numbers_without_a_place():
    with pytest.raises(errors.ShapeMismatch, match="samples along the last axis"):
        orders.pairs([1, 2], [1, 2, 3])
    with pytest.raises(errors.NotFinite, match="values are NaN"):
        orders.pairs([1.0, 2.0], [1.0, np.nan])
    with pytest.raises(errors.UnknownName, match="'weak'"):
        orders.pairs([1, 2], [1, 2]).keeps_order("loose")
