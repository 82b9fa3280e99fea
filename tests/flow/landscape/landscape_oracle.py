"""The landscape from definitions, in fractions: ranks by elimination, the Hessian by interpolation. Imports no room."""

from fractions import Fraction
from itertools import pairwise, product

import oracles


def rank(X):
    """By elimination with exact fractions."""
    rows, found = [[Fraction(x) for x in row] for row in X], 0
    for column in range(len(rows[0])):
        pivot = next((row for row in rows[found:] if row[column] != 0), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for k in range(found + 1, len(rows)):
            factor = rows[k][column] / pivot[column]
            rows[k] = [x - factor * y for x, y in zip(rows[k], pivot, strict=True)]
        found += 1
    return found


def chain(layers, size):
    """The product of some layers, the first of them first; the identity of a size if there is none."""
    result = oracles.identity(size)
    for W in layers:
        result = oracles.times(W, result)
    return result


def is_critical(layers, sigma):
    """Whether no entry of the velocity is different from zero."""
    return not any(entry for V in oracles.velocity(layers, sigma) for row in V for entry in row)


def strict_by_ranks(layers, sigma, learnt):
    """The test as it is printed: a pair i > j with both ranks above what is learnt, or a wrong set of modes.

    `sigma` is diagonal with distinct positive entries in decreasing order, `learnt` the places from 1.
    """
    h, d, r = len(layers), oracles.widths(layers), len(learnt)
    p = min(d[0], d[-1])
    if list(learnt) != list(range(1, r + 1)):
        return True
    if r in (min(d), p):
        return False
    for i in range(1, h + 1):
        for j in range(1, i):
            middle = chain(layers[j : i - 1], d[j])
            before, after = chain(layers[: j - 1], d[0]), chain(layers[i:], d[i])
            outer = oracles.times(oracles.times(before, oracles.transpose(sigma)), after)
            if rank(middle) > r and rank(outer) > r:
                return True
    return False


def second_derivative(layers, sigma, one, other):
    """The mixed second derivative of the loss in two directions, exactly, by four values of a polynomial of degree 2h.

    ``D²L[U, V]`` from the coefficients of ``t²`` along U + V and along U - V.
    """

    def along(sign):
        direction = [oracles.combine(U, V, sign) for U, V in zip(one, other, strict=True)]
        return quadratic_coefficient(layers, sigma, direction)

    return Fraction(along(1) - along(-1), 2)


def quadratic_coefficient(layers, sigma, direction):
    """That of ``t²`` in the loss along a line."""
    return coefficients(
        lambda t: oracles.loss([oracles.combine(W, V, t) for W, V in zip(layers, direction, strict=True)], sigma),
        2 * len(layers),
    )[2]


def coefficients(function, degree):
    """Of a polynomial, from its values at 0, 1, ..., degree, by Newton's divided differences."""
    points = [Fraction(k) for k in range(degree + 1)]
    table = [Fraction(function(t)) for t in points]
    newton = [table[0]]
    for width in range(1, degree + 1):
        table = [(b - a) / (points[k + width] - points[k]) for k, (a, b) in enumerate(pairwise(table))]
        newton.append(table[0])
    result = [Fraction(0)]
    for k in range(degree, -1, -1):
        shifted = [Fraction(0), *result]
        result = [a - points[k] * b for a, b in zip(shifted, [*result, Fraction(0)], strict=True)]
        result[0] += newton[k]
    return result[: degree + 1]


def hessian(layers, sigma):
    """All second derivatives, weights in the order layer, row, column."""
    places = [(k, a, b) for k, W in enumerate(layers) for a, b in product(range(len(W)), range(len(W[0])))]

    def unit(place):
        k, a, b = place
        V = [oracles.zeros(len(W), len(W[0])) for W in layers]
        V[k][a][b] = 1
        return V

    return [[second_derivative(layers, sigma, unit(p), unit(q)) for q in places] for p in places]
