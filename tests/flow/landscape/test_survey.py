"""Surveys: ranks and Hessians agree, and disagree where the rank test is spoiled."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow.landscape import survey

SHAPES = [(2, 2, 2), (2, 3, 2), (2, 3, 4, 2), (3, 2, 2, 3), (4, 2, 3, 2, 3), (3, 3, 3, 3, 3)]


@pytest.mark.parametrize("plain_data", [True, False])
def test_ranks_and_hessians_agree(plain_data):
    found = survey.survey(SHAPES * 6, 20, rng=np.random.default_rng(0), plain_data=plain_data)
    assert found.mismatches == 0
    assert found.strict.any()
    assert found.nonstrict.any()
    assert found.minimum.any()
    assert not found.nonstrict[found.depth == 2].any()


def test_negative_eigenvalues_are_far_from_rounding():
    found = survey.survey(SHAPES * 4, 20, rng=np.random.default_rng(1))
    negative, rounding = found.gap
    assert negative < -1e-6
    assert rounding > -1e-12


def test_a_weakened_inequality_is_noticed():
    # Rank at least r in the place of rank above r.
    found = survey.survey(SHAPES * 4, 20, rng=np.random.default_rng(0), excess=0)
    assert found.mismatches > 0


def test_the_sentence_counts():
    found = survey.survey([(2, 2, 2)], 8, rng=np.random.default_rng(0))
    assert repr(found).startswith("Survey(8 critical points: ")
    assert len(found) == 8


def test_refuses_no_points():
    with pytest.raises(errors.BadArgument, match="at least 1"):
        survey.survey(SHAPES, 0, rng=np.random.default_rng(0))
