"""z, p and certified separation against their definitions, by simulation and by hand."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
import scipy.stats

from blockshift import errors
from blockshift.signs.comparisons import Comparison, compared


def sample(network, upper, lower=None):
    upper = np.asarray(upper, float)
    return Comparison("kind", (network - 0.1, network), upper - 0.05 if lower is None else lower, upper)


def test_oracle_mean_spread_and_z_are_those_of_the_definitions():
    upper = [Fraction(40, 100), Fraction(41, 100), Fraction(45, 100)]
    mean = sum(upper) / 3
    variance = sum((x - mean) ** 2 for x in upper) / 2
    found = sample(0.3, [float(x) for x in upper])
    assert (found.count, found.least) == (3, 0.4)
    assert found.mean == pytest.approx(float(mean))
    assert found.sd**2 == pytest.approx(float(variance))
    assert found.z == pytest.approx((0.3 - float(mean)) / float(variance) ** 0.5)


@pytest.mark.parametrize(("n", "distance"), [(2, -1.0), (3, 0.0), (10, -3.0), (20, 2.0), (100, -8.0)])
def test_oracle_the_interval_of_z_is_that_of_the_noncentral_t(n, distance):
    upper = 0.4 + 0.01 * np.random.default_rng(n).standard_normal(n)
    found = sample(upper.mean() + distance * upper.std(ddof=1), upper)
    t = -np.sqrt(n) * found.z
    low, high = found.z_interval
    assert scipy.stats.nct.cdf(t, n - 1, -np.sqrt(n) * low) == pytest.approx(0.025, abs=2e-4)
    assert scipy.stats.nct.cdf(t, n - 1, -np.sqrt(n) * high) == pytest.approx(0.975, abs=2e-4)
    assert low < found.z < high


def test_rate_the_interval_of_z_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    truth, n, trials = -4.0, 8, 1000
    inside = 0
    for _ in range(trials):
        low, high = sample(0.5 + truth * 0.01, 0.5 + 0.01 * rng.standard_normal(n)).z_interval
        inside += low <= truth <= high
    assert abs(inside / trials - 0.95) < 4 * np.sqrt(0.95 * 0.05 / trials)


def test_a_z_far_out_still_has_an_interval():
    upper = 0.4 + 1e-4 * np.random.default_rng(0).standard_normal(100)
    found = sample(0.3, upper)
    low, high = found.z_interval
    assert found.z < -800
    assert low < found.z < high
    # A sample of 100 knows a standard deviation to about 7 %.
    assert 0.10 < (high - low) / abs(found.z) < 0.40


def test_the_p_value_counts_the_network_among_the_draws():
    found = sample(0.4, [0.39, 0.4, 0.41, 0.42])
    assert (found.as_low, found.p) == (2, 0.6)
    assert sample(0.3, [0.39, 0.4, 0.41]).p == 0.25
    assert sample(0.5, [0.39, 0.4, 0.41]).p == 1.0


@pytest.mark.parametrize(("k", "n"), [(0, 20), (3, 20), (20, 20), (1, 1), (0, 1)])
def test_oracle_the_interval_of_p_is_where_the_tails_of_the_binomial_are(k, n):
    found = sample(0.4, [0.3] * k + [0.5] * (n - k))
    low, high = found.p_interval

    def at_most(j, q):
        return sum(comb(n, i) * q**i * (1 - q) ** (n - i) for i in range(j + 1))

    assert low == 0 if k == 0 else 1 - at_most(k - 1, low) == pytest.approx(0.025)
    assert high == 1 if k == n else at_most(k, high) == pytest.approx(0.025)


def test_rate_under_chance_alone_p_is_below_a_level_at_most_that_often():
    rng = np.random.default_rng(1)
    values = rng.standard_normal((4000, 20)) / 10 + 0.5
    small = np.mean([sample(row[0], row[1:]).p <= 0.1 for row in values])
    assert small == pytest.approx(0.1, abs=4 * np.sqrt(0.1 * 0.9 / 4000))


def test_a_draw_is_separated_only_where_its_whole_interval_lies_above():
    found = Comparison("kind", (0.2, 0.3), [0.29, 0.3, 0.3 + 1e-12, 0.31, 0.5], [0.4, 0.4, 0.4, 0.4, 0.5])
    assert found.separated == 2
    assert found.separated_p == pytest.approx(4 / 6)
    assert found.contradicted == 0
    assert (found.as_low, found.p) == (0, 1 / 6)


def test_a_draw_contradicts_only_where_its_whole_interval_lies_below():
    found = Comparison("kind", (0.2, 0.3), [0.1, 0.1, 0.1], [0.15, 0.2, 0.25])
    assert (found.contradicted, found.separated, found.as_low) == (1, 0, 3)


@pytest.mark.parametrize("upper", [[0.4], [0.4, 0.4, 0.4], [0.4, 0.4 + 1e-12]])
def test_without_spread_there_is_no_z_and_json_says_null(upper):
    found = sample(0.3, upper)
    assert np.isnan(found.z)
    assert np.isnan(found.z_interval).all()
    record = found.to_json()
    assert (record["z"], record["z_low"], record["z_high"]) == (None, None, None)
    assert record["sd"] is None if len(upper) == 1 else record["sd"] < 1e-9
    assert "no spread" in repr(found)


def test_the_record_has_the_keys_of_the_contract_and_the_guarantee():
    record = compared("uniform", (0.1, 0.2), [(0.1, 0.3), (0.25, 0.32)], "for certain").to_json()
    assert {"kind", "count", "mean", "sd", "min", "z"} <= set(record)
    assert record["guarantee"] == "for certain"
    assert (record["lower"], record["upper"]) == ([0.1, 0.25], [0.3, 0.32])
    assert (record["count"], record["min"], record["separated"]) == (2, 0.3, 1)


def test_repr_is_a_sentence():
    found = Comparison("sign-random", (0.25, 0.3), [0.28, 0.35, 0.36], [0.39, 0.4, 0.41])
    assert repr(found) == (
        "Comparison(sign-random: network 0.3000, 3 draws from 0.3900, mean 0.4000; z -10.0 (-19.3 to -1.5), p 0.25; "
        "2 certainly above)"
    )


@pytest.mark.parametrize(
    ("network", "draws"),
    [((0.2, 0.3), []), ((0.3, 0.2), [(0.1, 0.2)]), ((0.1, 0.2), [(0.3, 0.2)]), ((0.1, np.nan), [(0.1, 0.2)])],
)
def test_refuses_what_is_no_interval_and_no_draws(network, draws):
    with pytest.raises(errors.BadArgument):
        compared("kind", network, draws)
