"""The roads that the bench of two layers compares give the same answer."""

import numpy as np
import pytest

from benchmarks import two_layers


@pytest.mark.parametrize("lam", [0.0, 0.5])
def test_both_roads_reach_the_same_products(lam):
    start, Sigma, times = two_layers.problem(4, lam)
    found, expected = two_layers.exact(start, Sigma, times), two_layers.stepped(start, Sigma, times)
    # The interpolant of DOP853 is what is off here.
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert two_layers.disagreement(start, Sigma, times) < 10 * two_layers.AGREEMENT
