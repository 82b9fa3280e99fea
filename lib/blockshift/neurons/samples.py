"""Labelled samples as the measures take them: one label each, in single precision."""

import numpy as np

from blockshift import errors


def labelled(X, y) -> tuple[np.ndarray, np.ndarray]:
    """Samples and labels that fit.

    Raises
    ------
    ShapeMismatch
        If there are no samples, or not one label for each.

    Examples
    --------
    >>> X, y = labelled([[1, 2]], [0])
    >>> X.dtype, y.shape
    (dtype('float32'), (1,))
    """
    X, y = np.asarray(X, dtype=np.float32), np.asarray(y)
    if y.shape != (len(X),) or not len(X):
        raise errors.ShapeMismatch(f"{len(X)} samples have labels of shape {y.shape}; expected one label a sample.")
    return X, y
