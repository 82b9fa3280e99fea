"""The rank probability distribution and its slope."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.neurons import ranks
from neurons import neurons_oracle


def case(seed, m=23, units=5, classes=3, tied=False):
    rng = np.random.default_rng(seed)
    h = rng.integers(-3, 4, (m, units)).astype(float) if tied else rng.standard_normal((m, units))
    signs = rng.integers(-1, 2, (classes, units))
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, m - classes)])
    return h, signs, labels


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("bins", [2, 5, 20])
def test_oracle_histograms_and_slopes_are_those_of_loops(tied, bins):
    for seed in range(4):
        h, signs, labels = case(seed, tied=tied)
        found = ranks.rank_distribution(h, signs, labels, bins=bins)
        slow = neurons_oracle.rank_histograms(h.tolist(), signs.tolist(), labels.tolist(), bins)
        # No rank of 23 samples lies on the border of two bins, so rounding decides nothing here.
        assert np.allclose(found.density, slow, atol=1e-12)
        assert np.allclose(found.slopes, [neurons_oracle.slope_of(row) for row in slow], atol=1e-12)
        assert np.isclose(found.slope, found.slopes.mean())


@given(st.integers(0, 50))
def test_law_a_monotone_change_of_a_field_changes_nothing(seed):
    h, signs, labels = case(seed)
    one, other = (ranks.rank_distribution(g, signs, labels) for g in (h, np.arctan(h) * np.arange(1, 6)))
    assert np.array_equal(one.density, other.density)


@given(st.integers(0, 50))
def test_law_turning_a_unit_and_its_way_over_changes_nothing(seed):
    h, signs, labels = case(seed)
    flip = np.array([1, -1, 1, -1, -1])
    one, other = ranks.rank_distribution(h, signs, labels), ranks.rank_distribution(h * flip, signs * flip, labels)
    assert np.allclose(one.density, other.density, atol=1e-12)


@given(st.integers(0, 50))
def test_law_the_whole_sample_is_flat(seed):
    h, *_ = case(seed, m=40)
    found = ranks.rank_distribution(h, np.ones((1, 5)), np.zeros(40, int), bins=8)
    assert np.allclose(found.density, 1)
    assert np.isclose(found.slope, 0)


def test_with_fine_bins_the_line_has_twelve_times_the_excess_of_the_mean():
    h, signs, labels = case(3, m=400, units=40)
    line = ranks.rank_distribution(h, signs, labels, bins=2000)
    mean = ranks.rank_distribution(h, signs, labels, bins=2000, slope="mean")
    assert np.allclose(line.slopes, mean.slopes, atol=2e-3)


def test_a_perfect_layer_of_two_classes_has_slope_three_in_the_limit():
    labels = np.repeat([0, 1], 500)
    h = np.arange(1000.0)[:, None]
    found = ranks.rank_distribution(h, [[-1], [1]], labels, slope="mean")
    assert np.isclose(found.slope, 12 * 0.25)


def test_pooled_classes_weigh_by_their_size():
    h = np.array([[0.0], [1.0], [2.0], [3.0]])
    labels = np.array([0, 0, 0, 1])
    mean, pooled = (
        ranks.rank_distribution(h, [[1], [1]], labels, slope="mean", over_classes=word) for word in ("mean", "pooled")
    )
    assert np.isclose(mean.slope, (12 * (0.375 - 0.5) + 12 * (0.875 - 0.5)) / 2)
    assert np.isclose(pooled.slope, 0)


def test_a_unit_without_a_way_to_a_class_says_nothing_about_it():
    h, signs, labels = case(0)
    signs[:, 2] = 0
    one = ranks.rank_distribution(h, signs, labels)
    other = ranks.rank_distribution(np.delete(h, 2, 1), np.delete(signs, 2, 1), labels)
    assert np.array_equal(one.density, other.density)
    assert ranks.rank_distribution(h, 0 * signs, labels, slope="mean").slope == 0


def test_refuses_what_does_not_fit():
    h, signs, labels = case(0)
    with pytest.raises(errors.ShapeMismatch, match="fit together"):
        ranks.rank_distribution(h, signs[:, :3], labels)
    with pytest.raises(errors.BadArgument, match="integers from 0 to 2"):
        ranks.rank_distribution(h, signs, labels + 1)
    with pytest.raises(errors.BadArgument, match="at least 2"):
        ranks.rank_distribution(h, signs, labels, bins=1)
    with pytest.raises(errors.UnknownName, match="'average'"):
        ranks.rank_distribution(h, signs, labels, ties="first")
