"""Polynomial identities tested at random points of a prime field.

A polynomial of degree D that is not zero modulo p vanishes at a random point of the field with p elements with
probability at most ``D / p`` (Schwartz, Zippel). With ``p = 2^61 - 1`` one point settles what expansion would
take minutes for. An identity over the integers is tested too, where p does not divide all coefficients of the
difference: those here are sums of a few paths, far below p.

Matrices are arrays of Python's integers: they are multiplied as they are, and reduced when that is asked for.
"""

from collections.abc import Sequence

import numpy as np

#: A Mersenne prime.
P = 2**61 - 1


def draw(rows: int, columns: int, *, rng: np.random.Generator) -> np.ndarray:
    """A matrix of independent random residues, shape ``(rows, columns)``."""
    return rng.integers(0, P, (rows, columns)).astype(object)


def residue(X: np.ndarray) -> np.ndarray:
    """The entries modulo p.

    Examples
    --------
    >>> residue(np.array([[P, -1]], dtype=object)) == [[0, P - 1]]
    array([[ True,  True]])
    """
    return X % P


def nonzero(*arrays: np.ndarray) -> int:
    """How many entries are not zero modulo p.

    Examples
    --------
    >>> nonzero(np.array([0, P, 1], dtype=object))
    1
    """
    return sum(int(entry % P != 0) for X in arrays for entry in np.asarray(X, dtype=object).flat)


def inverse(X: np.ndarray) -> np.ndarray:
    """The inverse of a square matrix modulo p, by elimination.

    Examples
    --------
    >>> inverse(np.array([[1, 1], [0, 1]], dtype=object)).tolist() == [[1, P - 1], [0, 1]]
    True
    """
    n = len(X)
    rows = np.hstack([residue(X), np.eye(n, dtype=int).astype(object)])
    for at in range(n):
        pivot = next(r for r in range(at, n) if rows[r, at])
        rows[[at, pivot]] = rows[[pivot, at]]
        rows[at] = rows[at] * pow(int(rows[at, at]), -1, P) % P
        for other in set(range(n)) - {at}:
            rows[other] = (rows[other] - rows[other, at] * rows[at]) % P
    return rows[:, n:]


def coefficients(values: Sequence[int]) -> list[int]:
    """The coefficients modulo p of the polynomial with the given values at 0, 1, 2, ..., constant first.

    Examples
    --------
    >>> coefficients([1, 2, 5, 10])
    [1, 0, 1, 0]
    """
    # Newton's divided differences, then the nested form multiplied out.
    table = [int(v) % P for v in values]
    for step in range(1, len(table)):
        scale = pow(step, -1, P)
        for at in range(len(table) - 1, step - 1, -1):
            table[at] = (table[at] - table[at - 1]) * scale % P
    result: list[int] = []
    for at in range(len(table) - 1, -1, -1):
        shifted = [0, *result]
        result = [(a - at * b) % P for a, b in zip(shifted, [*result, 0], strict=True)]
        result[0] = (result[0] + table[at]) % P
    return result
