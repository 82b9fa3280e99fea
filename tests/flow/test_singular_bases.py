"""Singular bases: a decomposition, and the coordinates where they are one already."""

import numpy as np
import pytest

from blockshift.flow.singular_bases import singular_bases

MATRICES = [
    np.diag([3.0, 2.0]),
    np.array([[1.0, 0, 0], [0, 4, 0]]),
    np.diag([2.0, 2.0, 0.0]),
    np.array([[-1.0, 0], [0, 2]]),
    np.array([[0.0, 1], [1, 0]]),
    np.random.default_rng(0).standard_normal((3, 5)),
    np.random.default_rng(0).standard_normal((5, 3)),
    np.zeros((2, 3)),
    np.array([[5.0]]),
]


@pytest.mark.parametrize("Sigma", MATRICES)
def test_constraints_bases_are_orthogonal_and_rebuild_the_matrix(Sigma):
    U, values, V = singular_bases(Sigma)
    D = np.zeros(Sigma.shape)
    np.fill_diagonal(D, values)
    np.testing.assert_allclose(U @ D @ V.T, Sigma, atol=1e-14)
    np.testing.assert_allclose(U @ U.T, np.eye(len(U)), atol=1e-14)
    np.testing.assert_allclose(V @ V.T, np.eye(len(V)), atol=1e-14)
    assert (np.diff(values) <= 0).all()
    assert (values >= 0).all()


def test_a_diagonal_matrix_keeps_its_coordinates_exactly():
    for Sigma in MATRICES[:3]:
        U, _, V = singular_bases(Sigma)
        assert set(np.abs(U).ravel()) | set(np.abs(V).ravel()) <= {0.0, 1.0}
