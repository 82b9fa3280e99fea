"""Polynomials with integer coefficients, fast enough to write identities of matrices out entry by entry.

A monomial is one integer: the exponent of variable number k stands in bits ``6k`` to ``6k + 5``, so a product of
monomials is a sum of integers. A polynomial is a dictionary from monomials to coefficients, a matrix a list of
rows. Everything is exact; a polynomial is zero exactly if its dictionary is empty.

This is the middle road between the calculus, which needs no size, and evaluation at a random point, which needs
a bound: for all weights, at a named size.
"""

from collections.abc import Iterator, Sequence

#: Bits of an exponent: degrees stay below 64.
BITS = 6

Polynomial = dict[int, int]
Matrix = list[list[Polynomial]]


def variables(rows: int, columns: int, number: Iterator[int]) -> Matrix:
    """A matrix of fresh variables, numbered by an iterator.

    Examples
    --------
    >>> from itertools import count
    >>> variables(1, 2, count())
    [[{1: 1}, {64: 1}]]
    """
    return [[{1 << BITS * next(number): 1} for _ in range(columns)] for _ in range(rows)]


def add(target: Polynomial, other: Polynomial, sign: int = 1) -> None:
    """Add a multiple of a polynomial to another, in place."""
    get = target.get
    for monomial, c in other.items():
        total = get(monomial, 0) + sign * c
        if total:
            target[monomial] = total
        else:
            del target[monomial]


def product(X: Matrix, Y: Matrix) -> Matrix:
    """The product of two matrices.

    Examples
    --------
    >>> product([[{1: 1, 64: 2}]], [[{1: 3}]])
    [[{2: 3, 65: 6}]]
    """
    columns = list(zip(*Y, strict=True))
    return [[_inner(row, column) for column in columns] for row in X]


def _inner(row: Sequence[Polynomial], column: Sequence[Polynomial]) -> Polynomial:
    """The sum of the products of the entries."""
    found: Polynomial = {}
    get = found.get
    for p, q in zip(row, column, strict=True):
        if len(p) < len(q):
            p, q = q, p
        for m, c in q.items():
            for n, d in p.items():
                found[m + n] = get(m + n, 0) + c * d
    return found if all(found.values()) else {m: c for m, c in found.items() if c}


def transpose(X: Matrix) -> Matrix:
    """The transpose."""
    return [list(row) for row in zip(*X, strict=True)]


def combine(X: Matrix, Y: Matrix, sign: int = 1) -> Matrix:
    """``X + sign Y``."""
    result = [[dict(p) for p in row] for row in X]
    for row, others in zip(result, Y, strict=True):
        for target, other in zip(row, others, strict=True):
            add(target, other, sign)
    return result


def is_zero(X: Matrix) -> bool:
    """Whether every entry is the zero polynomial."""
    return not any(p for row in X for p in row)


def conservation_defect(layers: Sequence[Matrix], Sigma: Matrix, sign: int = -1) -> list[Matrix]:
    """d/dt of ``W_i W_i^T - W_{i+1}^T W_{i+1}`` along gradient flow, one matrix for each hidden layer.

    Source: [wendin2026gradient]; claim P1-C6. Another `sign` leaves something over.

    Examples
    --------
    >>> from itertools import count
    >>> number = count()
    >>> layers = [variables(2, 1, number), variables(1, 2, number)]
    >>> Sigma = variables(1, 1, number)
    >>> [is_zero(X) for X in conservation_defect(layers, Sigma)]
    [True]
    >>> [is_zero(X) for X in conservation_defect(layers, Sigma, sign=+1)]
    [False]
    """
    behind = [layers[0]]
    for W in layers[1:]:
        behind.append(product(W, behind[-1]))
    pulled = combine(Sigma, behind[-1], -1)
    velocities: list[Matrix] = []
    for j in range(len(layers) - 1, 0, -1):
        velocities.insert(0, product(pulled, transpose(behind[j - 1])))
        pulled = product(transpose(layers[j]), pulled)
    velocities.insert(0, pulled)
    defects = []
    for i in range(len(layers) - 1):
        entering = product(velocities[i], transpose(layers[i]))
        leaving = product(transpose(layers[i + 1]), velocities[i + 1])
        half = combine(entering, leaving, sign)
        defects.append(combine(half, transpose(half)))
    return defects
