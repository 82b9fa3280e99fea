"""The singular vectors of ``Sigma``, in which aligned starts are diagonal; a diagonal ``Sigma`` keeps its coordinates.

A decomposition by LAPACK would turn equal singular values into each other, permute or flip what is in order already,
and hide behind rounding what is exactly zero. So where there is nothing to do, nothing is done.
"""

import numpy as np


def singular_bases(Sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``U``, the singular values in decreasing order, and ``V``, with ``Sigma = U D V^T``.

    Parameters
    ----------
    Sigma : ndarray, shape (d_h, d_0)

    Returns
    -------
    U : ndarray, shape (d_h, d_h)
        Orthogonal, output directions in its columns.
    values : ndarray, shape (min(d_h, d_0),)
    V : ndarray, shape (d_0, d_0)
        Orthogonal, input directions in its columns.

    Examples
    --------
    >>> U, values, V = singular_bases(np.array([[0.0, 2.0], [3.0, 0.0]]))
    >>> values
    array([3., 2.])
    >>> singular_bases(np.diag([2.0, 2.0]))[0]
    array([[1., 0.],
           [0., 1.]])
    """
    Sigma = np.asarray(Sigma, dtype=float)
    diagonal = np.diag(Sigma)
    if (diagonal >= 0).all() and np.count_nonzero(Sigma) == np.count_nonzero(diagonal):
        order = np.argsort(-diagonal, kind="stable")
        U, V = np.eye(len(Sigma)), np.eye(Sigma.shape[1])
        U[:, : len(order)], V[:, : len(order)] = U[:, order], V[:, order]
        return U, diagonal[order], V
    U, values, Vt = np.linalg.svd(Sigma)
    return U, values, Vt.T
