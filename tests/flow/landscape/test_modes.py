"""What a map has learnt of its data: by hand, with repeated values, and half way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift.flow.landscape import modes


@given(st.lists(st.floats(-0.2, 1.2), min_size=3, max_size=3))
def test_law_what_is_learnt_and_what_is_not_make_up_the_data(shares):
    sigma = np.diag([3.0, 2.0, 1.0])
    found = modes.learnt(np.diag(shares) @ sigma, modes.of(sigma))
    assert np.allclose(found.map + found.residual, sigma)
    assert found.places == tuple(k + 1 for k, share in enumerate(shares) if share > 0.5)
    assert np.allclose(found.inverse, np.linalg.pinv(found.map))


def test_the_weakest_learnt_and_the_strongest_missing_are_named():
    found = modes.learnt(np.diag([3.0, 0, 1.0]), modes.of(np.diag([3.0, 2.0, 1.0])))
    assert (found.least, found.missing) == (1.0, 2.0)
    assert found.weakest[0].tolist() == [0, 0, 1]
    assert found.wanted[0].tolist() == [0, 1, 0]


def test_a_decision_half_way_is_not_clear():
    sigma = modes.of(np.diag([2.0]))
    clarity = [modes.learnt(np.array([[w]]), sigma).clarity for w in (0.0, 1.0, 2.0)]
    assert clarity == pytest.approx([1, 0, 1])


def test_data_of_any_form_have_modes():
    rng = np.random.default_rng(0)
    sigma = rng.standard_normal((3, 5))
    found = modes.of(sigma)
    assert found.U.shape == (3, 3)
    assert found.V.shape == (5, 5)
    assert np.allclose(found.U[:, :3] * found.values @ found.V[:, :3].T, sigma)


def test_rounding_is_no_mode_and_equal_to_rounding_is_equal():
    found = modes.of(np.diag([1.0, 1.0 - 1e-15, 1e-15]))
    assert found.count == 2
    assert [group.tolist() for group in found.groups()] == [[0, 1]]


def test_exact_modes_tell_fractions_apart():
    sigma = np.diag([10**15 + 1, 10**15]).astype(object)
    assert len(modes.exact(sigma).groups()) == 2
    assert modes.learnt_exactly(np.diag([10**15 + 1, 1]).astype(object), modes.exact(sigma)) is None
    assert modes.learnt_exactly(np.diag([0, 10**15]).astype(object), modes.exact(sigma)).places == (2,)
