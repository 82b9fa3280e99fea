"""Images: each class in turn, and the patterns are covariances."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow.correlations import correlations
from blockshift.graph.images import Images
from blockshift.plot import images

PIXELS = np.random.default_rng(0).random((12, 6))
SAMPLES = Images(PIXELS, np.repeat([0, 1, 2], 4), (2, 3), "noise")
FOUND = correlations(PIXELS, SAMPLES.labels, 4)


def test_the_classes_come_in_turn():
    drawing = images.contact_sheet(SAMPLES, 5, columns=3)
    assert drawing.data["places"].tolist() == [0, 4, 8, 1, 5]
    assert drawing.data["labels"].tolist() == [0, 1, 2, 0, 1]
    assert "labels are 0, 1, 2, 0, 1." in drawing.alt
    assert drawing.png()


def test_the_sheet_holds_the_images_with_white_between():
    sheet = images.contact_sheet(SAMPLES, 5, columns=3).data["sheet"]
    assert sheet.shape == (2 + 2 + 2, 3 + 2 + 3 + 2 + 3)
    assert np.array_equal(sheet[:2, 5:8], PIXELS[4].reshape(2, 3))
    assert not sheet[:2, 3:5].any()
    assert not sheet[4:, 10:].any()


def test_oracle_patterns_are_covariances_of_pixels_and_coordinates():
    drawing = images.directions(SAMPLES, FOUND, 2)
    for i in range(2):
        along = FOUND.V[:, i] @ FOUND.X
        expected = [np.cov(along, pixel, bias=True)[0, 1] for pixel in PIXELS.T]
        assert np.allclose(drawing.data["patterns"][i].ravel(), expected)
    assert np.array_equal(drawing.data["sigma"], FOUND.sigma[:2])
    assert f"{FOUND.sigma[0]:.3f}, {FOUND.sigma[1]:.3f}." in drawing.alt
    assert drawing.png()


def test_spare_panels_stay_empty():
    drawing = images.directions(SAMPLES, FOUND, 3, columns=2)
    assert len(drawing.axes) == 3
    assert [ax.get_visible() for ax in drawing.figure.axes] == [True, True, True, False]


@pytest.mark.parametrize("count", [0, 13, 2.5, True])
def test_refuses_a_count_out_of_range(count):
    with pytest.raises(errors.BadArgument, match="from 1 to 12"):
        images.contact_sheet(SAMPLES, count)


def test_refuses_correlations_of_other_images():
    fewer = Images(PIXELS[:8], SAMPLES.labels[:8], (2, 3), "less noise")
    with pytest.raises(errors.ShapeMismatch, match="12 samples, but there are 8"):
        images.directions(fewer, FOUND, 1)
