"""From data to ``Sigma``: how images and labels enter the flow through singular values alone.

For inputs ``X`` (a sample a column) and outputs ``Y``, centred, the network is trained on
``1/(2m) |Y - W X|^2``. If the inputs are *whitened*, ``X X^T / m = I``, this is
``1/2 |C - W|^2`` plus a constant, with ``C = Y X^T / m``; and with the singular value decomposition
``C = U Sigma V^T``, the orthogonal changes ``W_h -> U^T W_h`` and ``W_1 -> W_1 V`` leave gradient flow as it
is and put ``Sigma`` in the place of ``C``.

Whitening is a real assumption: without it the critical points are the same up to a linear change of the
first layer, but the flow between them is another one.
"""

from dataclasses import dataclass

import numpy as np

from blockshift import errors


@dataclass(frozen=True, eq=False, repr=False)
class Correlations:
    """The input-output correlations of a data set, taken apart.

    Parameters
    ----------
    sigma : ndarray, shape (min(p, q),)
        Singular values of ``Y X^T / m``, decreasing: with standardised outputs, the canonical correlations.
    U : ndarray, shape (q, q)
        Output directions, one a column.
    V : ndarray, shape (p, p)
        Input directions, likewise.
    X : ndarray, shape (p, m)
        The whitened inputs.
    Y : ndarray, shape (q, m)
        The standardised outputs.
    """

    sigma: np.ndarray
    U: np.ndarray
    V: np.ndarray
    X: np.ndarray
    Y: np.ndarray

    def __repr__(self) -> str:
        values = ", ".join(f"{s:.3f}" for s in self.sigma)
        return f"Correlations({len(self.X)} inputs, {len(self.Y)} outputs, {self.X.shape[1]} samples, σ = {values})"


def correlations(inputs, labels, components: int) -> Correlations:
    """The correlations between the leading principal components of inputs and the classes of their labels.

    Parameters
    ----------
    inputs : array_like, shape (m, pixels)
        A sample a row.
    labels : array_like of int, shape (m,)
        Each class becomes one output: its indicator, centred and divided by its standard deviation.
    components : int
        How many principal components are kept and whitened: the width ``d_0``.

    Returns
    -------
    Correlations

    Raises
    ------
    BadArgument
        If there are fewer independent inputs than components, or only one class.
    ShapeMismatch, NotFinite
        If the two do not fit, or a number is NaN or infinite.

    Source: [saxe2014exact] for the reduction; INFERRED for [wendin2026gradient].

    Examples
    --------
    >>> found = correlations([[0.0], [1.0], [1.0], [6.0]], [0, 0, 1, 1], 1)
    >>> found.X.round(3)
    array([[-0.853, -0.426, -0.426,  1.706]])
    >>> found.sigma.round(3)
    array([0.905])
    """
    X, y = np.asarray(inputs, dtype=np.float64), np.asarray(labels)
    if X.ndim != 2 or y.shape != X.shape[:1]:
        raise errors.ShapeMismatch(
            f"inputs have shape {X.shape} and labels {y.shape}; expected (samples, pixels) and (samples,)."
        )
    if not np.isfinite(X).all():
        raise errors.NotFinite("the inputs hold NaN or infinite values; clean them first.")
    classes = np.unique(y)
    if len(classes) < 2:
        raise errors.BadArgument(f"the labels name {len(classes)} class; at least two are needed to correlate with.")
    samples = len(X)
    directions, values, _ = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    usable = int((values > values[0] * max(X.shape) * np.finfo(float).eps).sum())
    if not 1 <= components <= usable:
        raise errors.BadArgument(f"{components} components were asked for; these inputs have 1 to {usable}.")
    white = _signed(directions[:, :components]).T * np.sqrt(samples)
    indicators = (y[None, :] == classes[:, None]).astype(float)
    outputs = (indicators - indicators.mean(axis=1, keepdims=True)) / indicators.std(axis=1, keepdims=True)
    U, sigma, Vt = np.linalg.svd(outputs @ white.T / samples)
    # The indicators of all classes add up to one, so that centred they are dependent: what is left of the last
    # singular value is rounding, and a flow would learn the rounding.
    sigma[sigma <= sigma[0] * samples * np.finfo(float).eps] = 0.0
    return Correlations(sigma, U, Vt.T, white, outputs)


def _signed(columns: np.ndarray) -> np.ndarray:
    """Each column with the sign that makes its largest entry positive, so that a rerun gives the same."""
    largest = columns[np.abs(columns).argmax(axis=0), np.arange(columns.shape[1])]
    return columns * np.where(largest < 0, -1.0, 1.0)
