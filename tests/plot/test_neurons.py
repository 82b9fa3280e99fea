"""Pictures of neurons: strings, ranks, bands and rays; what is drawn are the numbers."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.neurons import ranks as measured
from blockshift.neurons.rays import Rays
from blockshift.plot import bands, ranks, rays, strings, style


def test_a_string_goes_from_each_field_to_its_value_and_the_caption_counts():
    drawing = strings([([0, 1, 2], [0, 2, 1]), ([0, 1], [5, 5])], names=["one", "two"])
    lines = drawing.axes[0].lines
    assert [line.get_ydata().tolist() for line in lines] == [[0, 0], [0.5, 1], [1, 0.5]]
    assert drawing.data["turned"].tolist() == [1, 0]
    assert "1 turned" in drawing.axes[0].get_xlabel()
    assert "1 tied of 1" in drawing.axes[1].get_xlabel()


def test_refuses_more_strings_than_can_be_told_apart():
    with pytest.raises(errors.TooLarge, match="draw some"):
        strings([(np.arange(100), np.arange(100))])


def test_ranks_are_the_mean_density_over_the_classes():
    found = measured.rank_distribution([[-1], [1]], [[-1], [1]], [0, 1], bins=2)
    drawing = ranks([found, found], names=["a", "b"])
    assert drawing.data["density"].tolist() == [[0, 2], [0, 2]]
    assert drawing.data["slopes"].tolist() == [4, 4]
    assert "slope 4.00" in drawing.axes[0].get_legend().get_texts()[0].get_text()


def test_a_band_goes_from_the_least_to_the_largest_and_the_line_is_the_mean():
    rows = np.array([[1.0, 2.0], [3.0, 6.0]])
    drawing = bands({"right": {"a": rows, "b": rows + 1}}, [1, 2], xlabel="x")
    line = drawing.axes[0].lines[0]
    assert line.get_ydata().tolist() == [2, 4]
    edges = drawing.axes[0].collections[0].get_paths()[0].vertices
    assert edges[:, 1].min() == 1
    assert edges[:, 1].max() == 6
    assert np.array_equal(drawing.data["right: b"], rows + 1)


def test_a_zero_on_a_logarithmic_axis_is_drawn_beside_the_next():
    drawing = bands({"right": {"a": [[1.0, 2.0, 3.0]]}}, [0, 4, 8], xlabel="steps", log=True)
    assert drawing.axes[0].lines[0].get_xdata().tolist() == [2, 4, 8]


def test_refuses_a_curve_of_another_length():
    with pytest.raises(errors.ShapeMismatch, match="3 points on an axis of 2"):
        bands({"right": {"a": np.ones((2, 3))}}, [1, 2], xlabel="x")


def test_rays_are_drawn_where_the_answer_is_right_and_returns_in_another_colour():
    own = np.array([[[True, True, False, False], [True, False, True, False]]])
    drawing = rays(Rays(np.arange(4.0), own))
    colours = [line.get_color() for line in drawing.axes[0].lines]
    assert sorted(map(str, colours)) == sorted([style.ACCENT, style.ACCENT, style.NEGATIVE])
    assert "1 of them" in drawing.alt
    assert drawing.data["own"].tolist() == [[True, False, True, False], [True, True, False, False]]


def test_the_words_of_bands_follow_the_data():
    x = [1.0, 2.0, 4.0]
    rising, falling = np.array([[0.0, 1.0, 2.0]]), np.array([[2.0, 1.5, 0.0]])
    told = bands({"right": {"a": rising, "b": falling}}, x, xlabel="x").alt
    assert "right, a: from 0 to 2; right, b: from 2 to 0; right: a crosses b near 2.4." in told
    assert "crosses" not in bands({"right": {"a": rising, "b": rising + 1}}, x, xlabel="x").alt
    humped = bands({"right": {"a": np.array([[0.0, 3.0, 1.0]])}}, x, xlabel="x").alt
    assert "from 0 to 1, at most 3 at 2" in humped
