"""Time at equal accuracy: read off curves made by hand."""

import pytest

from benchmarks import comparison


def curve(*points, what="error", **about):
    """Runs of one method: values of error or drift, and seconds, loosest tolerance first."""
    return [
        {"rtol": 10.0 ** -(3 + i), "error": 1.0, "drift": 1.0, what: value, "seconds": seconds} | about
        for i, (value, seconds) in enumerate(points)
    ]


def test_between_two_runs_both_axes_are_logarithmic():
    assert comparison.seconds_at(curve((1e-8, 1.0), (1e-10, 4.0)), "error", 1e-9) == pytest.approx(2.0)
    assert comparison.seconds_at(curve((1e-6, 1.0), (1e-10, 16.0)), "error", 1e-9) == pytest.approx(8.0)


def test_a_run_that_is_accurate_and_cheap_counts_as_it_is():
    assert comparison.seconds_at(curve((1e-12, 0.5), (1e-13, 4.0)), "error", 1e-9) == 0.5


def test_what_was_never_reached_is_none():
    assert comparison.seconds_at(curve((1e-5, 1.0), (1e-8, 2.0)), "error", 1e-9) is None
    assert comparison.seconds_at([], "error", 1e-9) is None


def test_a_run_that_is_neither_finite_nor_accurate_is_no_help():
    assert comparison.seconds_at(curve((float("inf"), 1.0), (1e-10, 4.0)), "error", 1e-9) == 4.0


def test_a_curve_that_turns_back_is_read_where_it_is_cheapest():
    turning = curve((1e-8, 1.0), (1e-10, 4.0), (1e-8, 5.0), (1e-10, 6.0))
    assert comparison.seconds_at(turning, "error", 1e-9) == pytest.approx(2.0)


def test_a_drift_of_zero_is_a_drift_below_every_level():
    runs = curve((1e-9, 1.0), (0.0, 3.0), what="drift")
    assert 1.0 < comparison.seconds_at(runs, "drift", 1e-13) < 3.0


def both(ours, *peers):
    """The ratios of one of our methods against peers."""
    runs = curve(*ours, method="auto", peer=False)
    for i, points in enumerate(peers):
        runs += curve(*points, method=f"peer {i}", peer=True)
    return {r["at"]: r for r in comparison.ratios(runs)}


def test_the_ratio_is_against_the_fastest_peer_that_gets_there():
    found = both([(1e-10, 2.0)], [(1e-10, 3.0)], [(1e-10, 8.0)], [(1e-7, 0.1)])["error"]
    assert (found["best_peer"], found["ratio"]) == ("peer 0", 1.5)


def test_where_nobody_gets_there_no_ratio_is_made_up():
    found = both([(1e-7, 2.0)], [(1e-7, 3.0)])
    assert found["error"]["ratio"] is None
    assert found["error"]["best_peer"] is None
    assert comparison.lost(found.values()) == []


def test_a_peer_that_wins_is_named():
    slower = both([(1e-10, 6.0)], [(1e-10, 3.0)])
    assert comparison.lost([slower["error"]]) == ["peer 0 is 2.00x faster than auto at error 1e-09"]
    alone = both([(1e-7, 6.0)], [(1e-10, 3.0)])
    assert comparison.lost([alone["error"]]) == ["auto did not reach error 1e-09; peer 0 did"]
    faster = both([(1e-10, 1.0)], [(1e-10, 3.0)])
    assert comparison.lost([faster["error"]]) == []


def test_runs_are_put_in_the_order_of_their_tolerances():
    runs = curve((1e-5, 1.0), (1e-8, 6.0), (1e-10, 8.0), method="auto", peer=False)
    for order in ([0, 1, 2], [0, 2, 1], [2, 0, 1]):
        found = comparison.ratios([runs[i] for i in order])[0]
        assert found["seconds"] == pytest.approx(48**0.5)
