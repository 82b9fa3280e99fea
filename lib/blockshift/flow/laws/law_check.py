"""A second road to the number of laws of a linear network: definitions, written out in whole numbers.

A count carries the prime and the point at which its ranks were found. Here the gradients of the quadratic
laws, the gradient fields and their brackets are computed there once more: every entry instead of random
combinations, derivatives by interpolation of polynomials instead of jets, plain elimination. Nothing of
``flow.laws.jets`` or ``flow.laws.weight_fields`` is used, so that this road can judge that one. It is slower, and
for linear networks without biases only.
"""

from itertools import combinations, pairwise

import numpy as np

from blockshift.flow.laws import law_formulas

#: Fields in the longest bracket that is tried.
LONGEST = 6


def rank(rows, p):
    """The rank of a matrix modulo p, by Gauss elimination.

    Parameters
    ----------
    rows : array_like of int, shape (m, n)
    p : int
        A prime below ``2**31``, so that a product fits into 64 bits.

    Returns
    -------
    int

    Source: definition.

    Examples
    --------
    >>> rank([[1, 2], [3, 6]], 101), rank([[1, 2], [3, 7]], 101)
    (1, 2)
    """
    rows, found = np.array(rows, dtype=np.int64) % p, 0
    for column in range(rows.shape[1]):
        below = np.flatnonzero(rows[found:, column])
        if len(below):
            rows[[found, found + below[0]]] = rows[[found + below[0], found]]
            rows[found] = rows[found] * pow(int(rows[found, column]), -1, p) % p
            rows[found + 1 :] = (rows[found + 1 :] - rows[found + 1 :, [column]] * rows[found]) % p
            found += 1
        if found == len(rows):
            break
    return found


def layers(shape, points):
    """The layer matrices of points of shape (m, D), each of shape (m, n_i, n_(i-1)).

    Source: definition.

    Examples
    --------
    >>> [W.tolist() for W in layers((1, 2, 1), np.array([[1, 2, 3, 4]]))]
    [[[[1], [2]]], [[[3, 4]]]]
    """
    ends = np.cumsum([0, *(a * b for a, b in pairwise(shape))])
    sizes = list(pairwise(shape))
    return [points[:, i:j].reshape(-1, b, a) for (i, j), (a, b) in zip(pairwise(ends), sizes, strict=True)]


def law_gradients(shape, point, p):
    """The gradients of all entries of ``W_(i+1)^T W_(i+1) - W_i W_i^T``, on and above the diagonal.

    Parameters
    ----------
    shape : tuple of int, length L + 1
    point : ndarray of int, shape (D,)
    p : int

    Returns
    -------
    ndarray of int, shape (sum of n_i (n_i + 1) / 2, D)

    Source: [marcotte2023abide]; by the rule of Leibniz.

    Examples
    --------
    Of ``w_2^2 - w_1^2`` at (2, 5).

    >>> law_gradients((1, 1, 1), np.array([2, 5]), 101)
    array([[97, 10]])
    """
    weights, rows = [W[0] for W in layers(shape, point[None])], []
    for i in range(1, len(weights)):
        for u in range(shape[i]):
            for v in range(u, shape[i]):
                slopes = [np.zeros_like(W) for W in weights]
                slopes[i][:, u] += weights[i][:, v]
                slopes[i][:, v] += weights[i][:, u]
                slopes[i - 1][u] -= weights[i - 1][v]
                slopes[i - 1][v] -= weights[i - 1][u]
                rows.append(np.concatenate([slope.ravel() for slope in slopes]) % p)
    return np.array(rows, dtype=np.int64).reshape(-1, len(point))


def field(shape, row, column, p):
    """The gradient of one entry of ``W_L ... W_1``, as a function of points of shape (m, D).

    Parameters
    ----------
    shape : tuple of int, length L + 1
    row, column : int
    p : int

    Returns
    -------
    callable
        Its values have the shape of the points; they are polynomials of degree L - 1.

    Source: definition.

    Examples
    --------
    The product w_2 w_1 has the gradient (w_2, w_1).

    >>> field((1, 1, 1), 0, 0, 101)(np.array([[2, 5]]))
    array([[5, 2]])
    """

    def values(points):
        weights = layers(shape, points)
        before = [np.broadcast_to(np.eye(shape[0], dtype=np.int64)[:, column], (len(points), shape[0]))]
        for W in weights[:-1]:
            before.append(np.einsum("mij,mj->mi", W, before[-1]) % p)
        after = [np.broadcast_to(np.eye(shape[-1], dtype=np.int64)[row], (len(points), shape[-1]))]
        for W in weights[:0:-1]:
            after.append(np.einsum("mi,mij->mj", after[-1], W) % p)
        parts = [u[:, :, None] * v[:, None, :] % p for u, v in zip(after[::-1], before, strict=True)]
        return np.concatenate([part.reshape(len(points), -1) for part in parts], axis=1)

    return values


def derivative(X, degree, points, directions, p):
    """The derivative of a polynomial field along directions, from its values on a line.

    Parameters
    ----------
    X : callable
    degree : int
        That of X; it is evaluated at ``degree + 1`` points of each line.
    points, directions : ndarray of int, shape (m, D)
    p : int

    Returns
    -------
    ndarray of int, shape (m, D)

    Source: Lagrange's interpolation.

    Examples
    --------
    >>> derivative(lambda w: w**2, 2, np.array([[3]]), np.array([[1]]), 101)
    array([[6]])
    """
    total = np.zeros_like(points)
    for k, weight in enumerate(_slopes_at_zero(degree, p)):
        total = (total + weight * X((points + k * directions) % p)) % p
    return total


def _slopes_at_zero(degree, p):
    """What each of the values at 0, ..., degree contributes to the derivative at 0, modulo p."""
    weights = []
    for k in range(1, degree + 1):
        weight = pow(k, -1, p)
        for other in range(1, degree + 1):
            if other != k:
                weight = weight * other * pow(other - k, -1, p) % p
        weights.append(weight)
    return [-sum(weights) % p, *weights]


def field_rank(shape, point, p, enough):
    """The rank of gradient fields and brackets at a point, or `enough` as soon as that is reached.

    Right-nested brackets, level by level, where a level begins from those fields of the one before that added
    to the rank; any of them is a proof from below.

    Source: [marcotte2023abide].

    Examples
    --------
    >>> field_rank((2, 2, 2), np.arange(1, 9), 101, 8)
    5
    """
    depth, D = len(shape) - 1, len(point)
    base = [field(shape, i, j, p) for i in range(shape[-1]) for j in range(shape[0])]
    rows = np.array([X(point[None])[0] for X in base])
    found, level, degree = rank(rows, p), base, depth - 1
    for _ in range(LONGEST - 1):
        if found >= enough or not level or depth == 1:
            break
        gained: list = []
        pairs = combinations(base, 2) if level is base else ((X, Z) for Z in level for X in base)
        for X, Z in pairs:
            Y = _bracket(X, depth - 1, Z, degree, p)
            longer = np.vstack([rows, Y(point[None])])
            if rank(longer, p) > found:
                rows, found = longer, found + 1
                gained.append(Y)
            if found >= enough:
                break
        level, degree = gained, degree + depth - 2
    return min(found, D)


def _bracket(X, m, Y, n, p):
    """``[X, Y] = DY X - DX Y`` for polynomial fields of degrees m and n."""

    def values(points):
        return (derivative(Y, n, points, X(points), p) - derivative(X, m, points, Y(points), p)) % p

    return values


def confirms(found):
    """Whether a count of a linear network is proved by the ranks at its own points, computed again here.

    Parameters
    ----------
    found : LawCount
        Of a linear network without biases, with its certificates.

    Returns
    -------
    bool
        True if the known laws have the rank it says, and the bounds from both sides meet at its total.

    Source: ours; theorem 3 of ``flow.laws.law_formulas`` for the laws of scalar stretches.

    Examples
    --------
    >>> from blockshift.flow.laws import law_count
    >>> confirms(law_count.laws((1, 2, 2, 1), rng=np.random.default_rng(0)))
    True
    """
    if found.net != "linear" or found.biases or not found.certificates:
        return False
    shape, lower, upper, known = found.shape, 0, found.parameters, 0
    for certificate in found.certificates:
        p, point = certificate.prime, np.array(certificate.point, dtype=np.int64)
        rows = law_gradients(shape, point, p)
        known = max(known, rank(rows, p))
        lower = max(lower, rank(np.vstack([rows, *_normals(shape, point, p)]), p))
        upper = min(upper, found.parameters - field_rank(shape, point, p, found.parameters - lower))
    return known == found.known and lower == found.total == upper


def _normals(shape, point, p):
    """For each scalar stretch, what is normal to the one direction in which its weights move."""
    ends = np.cumsum([0, *(a * b for a, b in pairwise(shape))])
    for i, j in law_formulas.scalar_stretches(shape):
        start, end = ends[i], ends[j]
        v = field(shape[i : j + 1], 0, 0, p)(point[None, start:end])[0]
        pivot = int(np.flatnonzero(v)[0])
        rows = np.zeros((end - start, len(point)), dtype=np.int64)
        rows[:, start:end] = np.eye(end - start, dtype=np.int64) * v[pivot]
        rows[:, start + pivot] -= v
        yield rows % p
