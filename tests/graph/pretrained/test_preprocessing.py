"""From pictures to inputs, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from blockshift import errors
from blockshift.graph.pretrained import preprocessing
from blockshift.graph.pretrained.preprocessing import Preprocessing

#: A row of two pixels, twice.
PIXELS = np.array([[[10, 20, 30], [40, 50, 60]]] * 2, dtype=np.uint8)


def test_blue_comes_first_where_it_should_and_the_means_go_with_the_channels():
    plan = Preprocessing("BGR", (1.0, 2.0, 3.0), (1.0, 2.0, 4.0))
    assert plan.of(PIXELS, 2).tolist() == [[[29, 59]] * 2, [[9, 24]] * 2, [[1.75, 9.25]] * 2]


def test_red_comes_first_where_it_should():
    plan = Preprocessing("RGB", (1.0, 2.0, 3.0), (1.0, 2.0, 4.0))
    assert plan.of(PIXELS, 2).tolist() == [[[9, 39]] * 2, [[9, 24]] * 2, [[6.75, 14.25]] * 2]


def test_a_grey_picture_keeps_its_pixels():
    grey = np.array([[0, 51], [102, 255]], dtype=np.uint8)
    np.testing.assert_array_equal(preprocessing.UNIT.of(grey, 2), np.float32([[[0, 0.2], [0.4, 1]]]))


def test_the_middle_of_a_wide_picture_is_looked_at():
    wide = np.zeros((2, 6, 3), dtype=np.uint8)
    wide[:, 2:4] = PIXELS
    np.testing.assert_array_equal(preprocessing.PLAIN.of(wide, 2), preprocessing.PLAIN.of(PIXELS, 2))


def test_what_lies_beyond_the_reach_of_the_filter_has_no_influence():
    # 40 of 80 pixels become 16: the filter reaches 2 · 40/16 = 5 pixels out of them, and the frame begins after 10.
    framed = np.pad(np.full((60, 60), 7, dtype=np.uint8), 10, constant_values=255)
    plan = Preprocessing("grey", (0.0,), (1.0,), part=0.5)
    assert plan.of(framed, 16).tolist() == [[[7] * 16] * 16]


@given(st.integers(0, 255), st.integers(2, 40), st.integers(2, 40), st.integers(1, 20))
def test_law_a_picture_of_one_colour_stays_of_one_colour(value, height, width, size):
    found = preprocessing.PLAIN.of(np.full((height, width, 3), value, dtype=np.uint8), size)
    assert found.shape == (3, size, size)
    assert found.dtype == np.float32
    assert (found == value).all()


def test_the_published_constants_are_these():
    black, white = (np.full((1, 1, 3), value, dtype=np.uint8) for value in (0, 255))
    assert preprocessing.SIGNED.of(white, 1).ravel().tolist() == [1, 1, 1]
    np.testing.assert_allclose(preprocessing.CAFFE.of(black, 1).ravel(), [-103.939, -116.779, -123.68], rtol=1e-6)
    np.testing.assert_allclose(preprocessing.TORCHVISION.of(black, 1).ravel() * [0.229, 0.224, 0.225],
                               [-0.485, -0.456, -0.406], rtol=1e-6)  # fmt: skip
    assert preprocessing.HALVES.of(white, 1).ravel().tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "picture", [np.zeros((2, 2)), np.zeros((2, 2, 4), dtype=np.uint8), np.zeros(3, dtype=np.uint8)]
)
def test_refuses_what_is_no_picture(picture):
    with pytest.raises(errors.ShapeMismatch, match="from 0 to 255"):
        preprocessing.PLAIN.of(picture, 2)


def test_oracle_it_is_the_middle_of_the_whole_picture_resized():
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    whole = np.asarray(Image.fromarray(picture).resize((32, 32), Image.Resampling.BICUBIC), dtype=np.float32)
    found = Preprocessing("RGB", (0.0,) * 3, (1.0,) * 3, part=0.75).of(picture, 24)
    np.testing.assert_array_equal(found, whole[4:-4, 4:-4].transpose(2, 0, 1))
