"""Brackets of vector fields and exact ranks, in arithmetic modulo a prime.

Three ideas live here. *Residues*: a matrix over GF(p) is a float64 array of whole numbers in
``[0, p)``, because then BLAS multiplies it; with ``p < 2**23`` a sum of 128 products stays below
``2**30 p < 2**53`` and nothing is ever rounded. *Jets*: an element of GF(p)[e_1, ..., e_k] / (e_i^2 = 0), its
``2**k`` coefficients along the first axis, the top half being the part with e_k. A field evaluated
at ``w + e v`` shows its derivative along ``v`` in the top half, and so a Lie bracket is two
evaluations and no polynomial is ever written down. *Row spaces*: a reduced basis that grows.

What makes the answers proofs: reducing integers modulo p can lose rank but never create it, so a
rank found here, at any point, is at most the generic rank over the rationals.

Not here: which fields, and what their rank means. That is ``flow.laws.law_count``.
"""

import numpy as np

#: Two primes just below 2**23, for a first count and a second opinion.
PRIMES = (8388593, 8388587)
#: Longest sum of products that stays exact: 128 (p - 1)**2 < 2**30 p < 2**53.
EXACT_TERMS = 128
#: Rows eliminated together by single steps; BLAS does the rest.
_PANEL = 32


def residue(x, p):
    """The representative of x modulo p in ``[0, p)``.

    Exact for whole numbers up to ``2**30 p`` in size: the quotient is then at most ``2**30``, where rounding
    moves it by at most ``2**-24 < 1 / p``, too little to reach the next integer.

    Parameters
    ----------
    x : ndarray, any shape
        Whole numbers.
    p : int
        A prime below ``2**23``.

    Returns
    -------
    ndarray, shape of x

    Source: ours.

    Examples
    --------
    >>> residue(np.array([9.0, -1.0]), 7)
    array([2., 6.])
    """
    return x - p * np.floor(x / p)


def matmul(a, b, p):
    """The product a b modulo p, exactly.

    Parameters
    ----------
    a : ndarray, shape (..., m, k)
    b : ndarray, shape (..., k, n)
        Residues.
    p : int

    Returns
    -------
    ndarray, shape (..., m, n)

    Source: ours.

    Examples
    --------
    >>> matmul(np.array([[3.0, 4.0]]), np.array([[5.0], [2.0]]), 7)
    array([[2.]])
    """
    inner = a.shape[-1]
    if inner <= EXACT_TERMS:
        return residue(a @ b, p)
    total = 0.0
    for i in range(0, inner, EXACT_TERMS):
        total = total + residue(a[..., i : i + EXACT_TERMS] @ b[..., i : i + EXACT_TERMS, :], p)
    return residue(total, p)


def product(a, b, p):
    """The product of two matrices of jets; the shorter jet counts as constant in the missing e.

    ``(a_0 + e a_1)(b_0 + e b_1) = a_0 b_0 + e (a_0 b_1 + a_1 b_0)``.

    Parameters
    ----------
    a : ndarray, shape (2**j, ..., m, k)
    b : ndarray, shape (2**i, ..., k, n)
    p : int

    Returns
    -------
    ndarray, shape (2**max(i, j), ..., m, n)

    Source: ours.

    Examples
    --------
    >>> x = np.array([3.0, 1.0]).reshape(2, 1, 1)  # 3 + e
    >>> product(x, x, 101).ravel()  # 9 + 6 e
    array([9., 6.])
    """
    if len(a) == len(b) == 1:
        return matmul(a, b, p)
    if len(a) == len(b):
        (a0, a1), (b0, b1) = np.split(a, 2), np.split(b, 2)
        return np.concatenate([product(a0, b0, p), residue(product(a0, b1, p) + product(a1, b0, p), p)])
    if len(a) > len(b):
        return np.concatenate([product(part, b, p) for part in np.split(a, 2)])
    return np.concatenate([product(a, part, p) for part in np.split(b, 2)])


def bracket(X, Y, point, p):
    """The Lie bracket ``[X, Y] = DY X - DX Y`` of two vector fields at a point.

    Parameters
    ----------
    X, Y : callable
        Takes a point, an ndarray of shape (2**j, batch, D), and returns an array of that shape: a polynomial
        vector field in jet arithmetic, possibly a different one for each item of the batch. Hence a bracket
        is again such a field, once X, Y and p are fixed.
    point : ndarray, shape (2**j, batch, D)
    p : int

    Returns
    -------
    ndarray, shape (2**j, batch, D)

    Source: ours.

    Examples
    --------
    On the plane, with X = (y, 0) and Y = (0, x), the bracket is (-x, y).

    >>> def X(w):
    ...     return w[..., ::-1] * [1, 0]
    >>> def Y(w):
    ...     return w[..., ::-1] * [0, 1]
    >>> bracket(X, Y, np.array([[[2.0, 3.0]]]), 7)
    array([[[5., 3.]]])
    """
    here, along = np.split(Y(np.concatenate([point, X(point)])), 2)
    _, back = np.split(X(np.concatenate([point, here])), 2)
    return residue(along - back, p)


class RowSpace:
    """The span over GF(p) of the rows added so far.

    Parameters
    ----------
    columns : int
    p : int

    Attributes
    ----------
    rank : int
        Dimension of the span.

    Source: ours.

    Examples
    --------
    >>> rows = RowSpace(3, 7)
    >>> rows.add(np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 5.0]]))
    2
    >>> rows.add(np.array([[1.0, 2.0, 0.0]])), rows.rank
    (0, 2)
    """

    # Invariant: the basis is reduced, ``basis[:rank, pivots]`` is the identity matrix.

    def __init__(self, columns, p):
        self._p = p
        self._basis = np.empty((0, columns))
        self._pivots = np.empty(0, dtype=int)

    @property
    def rank(self):
        """Dimension of the span."""
        return len(self._pivots)

    def add(self, rows):
        """The number of dimensions gained by adding rows of shape (m, columns)."""
        before = self.rank
        for start in range(0, len(rows), _PANEL):
            self._add_panel(rows[start : start + _PANEL])
        return self.rank - before

    def _add_panel(self, rows):
        """Reduce a few rows by the basis, then among themselves, then the basis by what is left."""
        p = self._p
        rows = residue(rows - matmul(rows[:, self._pivots], self._basis, p), p)
        pivots, kept = [], []
        for i in range(len(rows)):
            pivot = int(np.argmax(rows[i] != 0))
            scale = int(rows[i, pivot])
            if scale == 0:
                continue
            rows[i] = residue(rows[i] * pow(scale, -1, p), p)
            factors = rows[:, pivot].copy()
            factors[i] = 0
            touched = np.flatnonzero(factors)
            rows[touched] = residue(rows[touched] - factors[touched, None] * rows[i], p)
            pivots.append(pivot)
            kept.append(i)
        fresh = rows[kept]
        basis = residue(self._basis - matmul(self._basis[:, pivots], fresh, p), p)
        self._basis = np.concatenate([basis, fresh])
        self._pivots = np.concatenate([self._pivots, np.array(pivots, dtype=int)])
