"""The picture of a missing law: what is drawn is what was found."""

import numpy as np

from blockshift.flow import integrators
from blockshift.flow.laws import missing_laws
from blockshift.graph.network import Network
from blockshift.plot import laws

START = Network.random((1, 2, 2, 1), rng=np.random.default_rng(0), scale=0.7)
LAW = missing_laws.missing_laws(integrators.integrate(START, [3], t_end=1.5, rtol=1e-12))


def test_the_lines_are_the_singular_values_the_terms_and_their_sum():
    drawing = laws.missing(LAW)
    above, below = drawing.axes
    assert np.array_equal([line.get_ydata() for line in above.lines], LAW.singular_values.T)
    drawn = [line.get_ydata() for line in below.lines]
    assert np.array_equal(drawn[:2], LAW.terms[0].T)
    assert np.abs(drawn[2]).max() < 1e-8
    assert np.array_equal(drawing.data["sums"], LAW.sums)


def test_every_line_is_named():
    above, below = laws.missing(LAW).axes
    assert {text.get_text() for text in above.texts} == {"$s_1$", "$s_2$"}
    assert {text.get_text() for text in below.texts} == {"term 1", "term 2", "sum"}


def test_the_words_tell_the_turn_and_the_flat_line():
    alt = laws.missing(LAW).alt
    assert "turning around once" in alt
    assert "flat line" in alt
