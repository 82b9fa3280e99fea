"""Subspaces by their bases, on two roads: exact for Python's own numbers, by singular values for floats.

A subspace is a matrix whose columns are a basis. Fractions are eliminated, and every answer is exact. Floats never
decide a rank here: the dimension that is wanted is given, and was decided once, by `chains.ranks`.
"""

from fractions import Fraction

import numpy as np

from blockshift import errors

#: A pivot of an orthonormal basis below this is rounding: orthonormal bases are exact to about 1e-15, and a random
#: one of a hundred columns has pivots above 1e-5.
PIVOT = 1e-8

#: A product of up to ten layers of a hundred nodes errs by less than this share of the product of their norms.
ROUNDING = 1e-12


def is_exact(*arrays: np.ndarray) -> bool:
    """Whether all the arrays hold Python's own numbers."""
    return all(X.dtype == object for X in arrays)


def echelon(X: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """The reduced row echelon form without its zero rows, and the columns of its pivots.

    Examples
    --------
    >>> rows, pivots = echelon(np.array([[2, 4], [1, 2]], dtype=object))
    >>> rows.tolist() == [[1, 2]], pivots
    (True, [0])
    """
    exact = is_exact(X)
    rows = X * Fraction(1) if exact else np.array(X, dtype=float)
    pivots: list[int] = []
    for column in range(rows.shape[1]):
        at = len(pivots)
        if at == len(rows):
            break
        if exact:
            best = next((r for r in range(at, len(rows)) if rows[r, column]), None)
        else:
            best = at + int(np.argmax(np.abs(rows[at:, column])))
            best = best if abs(rows[best, column]) > PIVOT else None
        if best is None:
            continue
        rows[[at, best]] = rows[[best, at]]
        rows[at] = rows[at] / rows[at, column]
        for other in range(len(rows)):
            if other != at and rows[other, column]:
                rows[other] = rows[other] - rows[other, column] * rows[at]
        pivots.append(column)
    return rows[: len(pivots)], pivots


def exact_rank(X: np.ndarray) -> int:
    """The rank of a matrix of Python's own numbers."""
    return len(echelon(X)[1])


def kernel(X: np.ndarray, dimension: int) -> np.ndarray:
    """A basis of the vectors that a matrix sends to zero, shape ``(n, dimension)``.

    Examples
    --------
    >>> kernel(np.array([[1, 1]], dtype=object), 1).tolist() == [[-1], [1]]
    True
    """
    n = X.shape[1]
    if not is_exact(X):
        return np.linalg.svd(X)[2][n - dimension :].T
    rows, pivots = echelon(X)
    free = [c for c in range(n) if c not in pivots]
    basis = np.full((n, len(free)), Fraction(0), dtype=object)
    for k, column in enumerate(free):
        basis[column, k] = Fraction(1)
        basis[pivots, k] = -rows[:, column]
    return basis


def image(X: np.ndarray, dimension: int) -> np.ndarray:
    """A basis of what a matrix reaches, shape ``(m, dimension)``."""
    if is_exact(X):
        return canonical(X)
    return np.linalg.svd(X, full_matrices=False)[0][:, :dimension]


def canonical(basis: np.ndarray) -> np.ndarray:
    """The one basis of a subspace that depends on the subspace alone: its reduced column echelon form.

    Examples
    --------
    >>> canonical(np.array([[2, 0], [0, 3], [2, 3]], dtype=object)).tolist() == [[1, 0], [0, 1], [1, 1]]
    True
    """
    return echelon(basis.T)[0].T


def complement(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Vectors that complete a subspace to a larger one, chosen by the two subspaces alone.

    These are the vectors of the canonical basis of the larger one whose pivots the smaller one does not have.

    Examples
    --------
    >>> complement(np.array([[1], [1]], dtype=object), np.eye(2, dtype=int).astype(object)).tolist() == [[0], [1]]
    True
    """
    taken = set(echelon(inner.T)[1])
    rows, pivots = echelon(outer.T)
    return rows[[k for k, column in enumerate(pivots) if column not in taken]].T


def extension(span: np.ndarray, target: np.ndarray, count: int) -> np.ndarray:
    """Vectors of a second subspace, `count` of them, that are independent modulo a first one."""
    if is_exact(span, target):
        pivots = echelon(np.hstack([span, target]))[1]
        chosen = [c - span.shape[1] for c in pivots if c >= span.shape[1]]
        return target[:, chosen] * Fraction(1)
    if span.shape[1]:
        # Without the first subspace nothing is left of what lies in it; the largest directions are furthest off it.
        Q = np.linalg.qr(span)[0]
        turns = np.linalg.svd(target - Q @ (Q.T @ target))[2]
        return target @ turns[:count].T
    return target[:, :count]


def solution(B: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Some ``X`` with ``B X = Y``, where there is one; for floats the one of least norm."""
    if not is_exact(B, Y):
        return np.linalg.lstsq(B, Y, rcond=None)[0] if B.size else np.zeros((B.shape[1], Y.shape[1]))
    n = B.shape[1]
    rows, pivots = echelon(np.hstack([B, Y]))
    X = np.full((n, Y.shape[1]), Fraction(0), dtype=object)
    kept = [(k, c) for k, c in enumerate(pivots) if c < n]
    for k, column in kept:
        X[column] = rows[k, n:]
    return X


def inverse(X: np.ndarray) -> np.ndarray:
    """The inverse of a square matrix.

    Raises
    ------
    BadArgument
        If there is none.
    """
    if not is_exact(X):
        try:
            return np.linalg.inv(X)
        except np.linalg.LinAlgError:
            raise _singular(X) from None
    rows, pivots = echelon(np.hstack([X, np.eye(len(X), dtype=int).astype(object)]))
    if pivots != list(range(len(X))):
        raise _singular(X)
    return rows[:, len(X) :]


def _singular(X: np.ndarray) -> errors.BadArgument:
    """The refusal of a matrix that is not a change of basis."""
    return errors.BadArgument(f"a {len(X)} by {len(X)} change of basis has no inverse; give an invertible matrix.")


def same_map(W: np.ndarray, V: np.ndarray, tolerance: float, scale: float) -> bool:
    """Whether two maps are equal: exactly where both are exact, else up to a share of their size.

    `scale` is the product of the norms of their layers: rounding alone moves a product by `ROUNDING` of that.
    """
    if is_exact(W, V):
        return bool(np.array_equal(W, V))
    W, V = (np.asarray(X, dtype=float) for X in (W, V))
    size = max(float(np.linalg.norm(X)) for X in (W, V))
    return float(np.linalg.norm(W - V)) <= max(tolerance * size, ROUNDING * scale)


def norms(layers) -> float:
    """The product of the spectral norms of layers."""
    return float(np.prod([np.linalg.norm(np.asarray(W, dtype=float), 2) for W in layers]))


def gap(U: np.ndarray, V: np.ndarray) -> float:
    """The sine of the largest angle between two subspaces; 1 if their dimensions differ, 0 for exact equality."""
    if U.shape[1] != V.shape[1]:
        return 1.0
    if is_exact(U, V):
        return float(not np.array_equal(canonical(U), canonical(V)))
    if not U.shape[1]:
        return 0.0
    P, Q = (np.linalg.qr(X)[0] for X in (U, V))
    return float(np.linalg.norm(Q - P @ (P.T @ Q), 2))
