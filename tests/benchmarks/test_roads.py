"""The roads that the bench compares give the same answer, and a clock that repeats what is quick."""

import time

import numpy as np
import pytest

from benchmarks import derivations, timing


@pytest.mark.parametrize("size", [(1, 2), (2, 1), (2, 2), (3, 1)])
def test_all_roads_say_that_the_law_holds(size):
    assert derivations.by_sympy(*size)
    assert derivations.by_polynomials(*size)
    assert derivations.at_a_point(*size, np.random.default_rng(0))
    assert derivations.for_all_sizes()


def test_a_road_runs_as_often_as_it_has_rounds_and_its_median_is_positive():
    calls = []

    def slow():
        calls.append(1)
        end = time.process_time() + 0.03
        while time.process_time() < end:
            pass

    found = timing.medians({"slow": slow, "quick": lambda: None}, {"slow": 2, "quick": 1})
    assert len(calls) == 2
    assert 0 < found["quick"] < 1e-3 < found["slow"]
