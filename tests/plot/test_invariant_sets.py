"""Pictures of stable and unstable sets, and that their fields are what the runs found."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import invariant_sets
from blockshift.plot import invariant_sets as pictures


def test_runs_end_on_the_hyperbola_on_their_side_of_the_line():
    drawing = pictures.saddle(1.0, runs=6)
    ends, starts = drawing.data["ends"], drawing.data["starts"]
    assert np.allclose(ends.prod(axis=1), 1.0, atol=1e-6)
    assert (np.sign(ends.sum(axis=1)) == np.sign(starts.sum(axis=1))).all()
    assert "Of 6 runs" in drawing.alt
    assert drawing.png()


@pytest.mark.parametrize("third", [1.0, -0.7, 4.0])
def test_starts_end_in_the_field_that_was_foretold(third):
    drawing = pictures.basins(third=third, runs=12, rng=np.random.default_rng(1))
    assert np.array_equal(drawing.data["foretold"], drawing.data["found"])
    assert (drawing.data["found"].prod(axis=1) == 1).all()
    assert "12 have the colour of their field" in " ".join(drawing.alt.split())
    assert drawing.png()


@pytest.mark.parametrize("third", [1.0, -1.0])
def test_the_drawn_lines_are_ties(third):
    ties = invariant_sets.TieSet(1.0, 3)
    for path in pictures._tie_lines(third, 2.5):
        for share in (0.2, 0.5, 0.9):
            x, y = (1 - share) * path[0] + share * path[1]
            assert ties.contains(invariant_sets.chain_network([x, y, third]))


def test_the_fall_follows_its_law_after_a_while():
    drawing = pictures.slow_fall(depths=(2, 3, 4))
    sizes, laws = drawing.data["sizes"], drawing.data["laws"]
    assert np.isnan(laws[0]).all()
    assert np.allclose(sizes[1:, -1], laws[1:, -1], rtol=1e-3)
    assert "for h = 3" in drawing.alt
    assert drawing.png()


def test_refuses_what_cannot_be_drawn():
    with pytest.raises(errors.BadArgument, match="above 0"):
        pictures.saddle(0.0)
    with pytest.raises(errors.BadArgument, match="another value"):
        pictures.basins(third=0.0, rng=np.random.default_rng(0))
