"""A convolution as one matrix: by hand, against the definition, and band by band."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.graph import convolutions


def by_definition(kernel, image, padding):
    """Every output pixel as the sum that defines it."""
    K, X = np.asarray(kernel).tolist(), np.asarray(image).tolist()
    height, width = len(X[0]), len(X[0][0])
    k1, k2 = len(K[0][0]), len(K[0][0][0])

    def pixel(c, i, j):
        return X[c][i][j] if 0 <= i < height and 0 <= j < width else 0

    return [
        [
            [
                sum(
                    K[o][c][a][b] * pixel(c, i + a - padding, j + b - padding)
                    for c in range(len(X))
                    for a in range(k1)
                    for b in range(k2)
                )
                for j in range(width + 2 * padding - k2 + 1)
            ]
            for i in range(height + 2 * padding - k1 + 1)
        ]
        for o in range(len(K))
    ]


@given(st.tuples(*[st.integers(1, 3)] * 4), st.integers(3, 5), st.integers(3, 5), st.integers(0, 2), st.integers(0, 99))
def test_oracle_both_roads_give_the_sum_that_defines_a_convolution(shape, height, width, padding, seed):
    rng = np.random.default_rng(seed)
    K, X = rng.integers(-9, 10, shape), rng.integers(-9, 10, (shape[1], height, width))
    expected = by_definition(K, X, padding)
    assert convolutions.convolved(K, X, padding).tolist() == expected
    matrix = convolutions.toeplitz(K, height, width, padding)
    assert (matrix @ X.ravel()).tolist() == np.ravel(expected).tolist()


def test_each_entry_depends_on_the_difference_of_places_only():
    T = convolutions.toeplitz(np.arange(1, 10).reshape(1, 1, 3, 3), 5, 6, padding=1).reshape(5, 6, 5, 6)
    for i, j, k, m in np.ndindex(4, 5, 4, 5):
        assert T[i, j, k, m] == T[i + 1, j + 1, k + 1, m + 1]


def test_a_network_of_convolutions_has_a_multibanded_adjacency_matrix():
    T = convolutions.toeplitz(np.ones((2, 1, 2, 2), dtype=int), 3, 3)
    assert T.shape == (8, 9)
    assert (T.sum(axis=1) == 4).all()


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: convolutions.toeplitz([[1]], 3, 3), "expected"),
        (lambda: convolutions.toeplitz(np.ones((1, 1, 4, 1)), 3, 3), "does not fit"),
        (lambda: convolutions.toeplitz(np.ones((1, 1, 2, 2)), 3, 3, padding=-1), "does not fit"),
        (lambda: convolutions.convolved(np.ones((1, 2, 1, 1)), np.ones((1, 3, 3))), "channels"),
        (lambda: convolutions.convolved(np.ones((1, 1, 1, 1)), np.ones((3, 3))), "channels, height"),
    ],
)
def test_refuses_shapes_that_do_not_fit(call, word):
    with pytest.raises(errors.ShapeMismatch, match=word):
        call()
