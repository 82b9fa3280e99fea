"""The definitions of the quotient written out: linear systems entry by entry, and lists of all cases.

Matrices are lists of rows of integers or fractions, layers are lists of matrices, first layer first.
"""

from fractions import Fraction
from itertools import product

P = 2**31 - 1


def times(X, Y):
    """The product."""
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*Y, strict=True)] for row in X]


def unit(n):
    """The identity."""
    return [[int(i == j) for j in range(n)] for i in range(n)]


def widths(layers):
    """The number of nodes in each layer."""
    return [len(layers[0][0]), *(len(W) for W in layers)]


def chain(layers, i, j):
    """``W_i ... W_{j+1}``."""
    result = unit(widths(layers)[j])
    for W in layers[j:i]:
        result = times(W, result)
    return result


def eliminated(rows, p=None):
    """The rows in echelon form, and the columns of the pivots; over the rationals, or modulo p."""
    rows = [[entry % p if p else Fraction(entry) for entry in row] for row in rows]
    pivots = []
    for column in range(len(rows[0]) if rows else 0):
        at = len(pivots)
        best = next((r for r in range(at, len(rows)) if rows[r][column]), None)
        if best is None:
            continue
        rows[at], rows[best] = rows[best], rows[at]
        scale = pow(rows[at][column], -1, p) if p else 1 / rows[at][column]
        rows[at] = [entry * scale % p if p else entry * scale for entry in rows[at]]
        for other in range(len(rows)):
            if other != at and rows[other][column]:
                c = rows[other][column]
                rows[other] = [(x - c * y) % p if p else x - c * y for x, y in zip(rows[other], rows[at], strict=True)]
        pivots.append(column)
    return rows, pivots


def rank(rows):
    """The rank over the rationals."""
    return len(eliminated(rows)[1])


def ranks(layers):
    """All ranks of partial products, as a table."""
    d = widths(layers)
    table = [[0] * len(d) for _ in d]
    for i in range(len(d)):
        for j in range(i + 1):
            table[i][j] = rank(chain(layers, i, j))
    return table


def jacobian(layers):
    """The derivative of the end-to-end map, one row for each weight."""
    rows = []
    for place, W in enumerate(layers):
        for r, c in product(range(len(W)), range(len(W[0]))):
            moved = [[int((i, j) == (r, c)) for j in range(len(W[0]))] for i in range(len(W))]
            after, before = chain(layers, len(layers), place + 1), chain(layers, place, 0)
            rows.append([entry for row in times(times(after, moved), before) for entry in row])
    return rows


def intertwiners(layers, others):
    """The equations ``P_i W_i = V_i P_{i-1}`` in the entries of ``P_1 ... P_{h-1}``: rows ``coefficients, right``."""
    d = widths(layers)
    start, count = [0] * len(d), 0
    for i in range(1, len(d) - 1):
        start[i] = count
        count += d[i] ** 2
    rows = []
    for i in range(1, len(d)):
        W, V = layers[i - 1], others[i - 1]
        for r, c in product(range(d[i]), range(d[i - 1])):
            row = [0] * (count + 1)
            for k in range(d[i]):  # P_i[r][k] W[k][c]
                if i < len(d) - 1:
                    row[start[i] + r * d[i] + k] += W[k][c]
                elif k == r:
                    row[count] -= W[k][c]
            for k in range(d[i - 1]):  # - V[r][k] P_{i-1}[k][c]
                if i > 1:
                    row[start[i - 1] + k * d[i - 1] + c] -= V[r][k]
                elif k == c:
                    row[count] += V[r][k]
            rows.append(row)
    return rows, count


def stabiliser(layers):
    """The dimension of the hidden changes of basis that leave the layers alone: of the linear ones, zero outside."""
    rows, count = intertwiners(layers, layers)
    return count - (rank([row[:-1] for row in rows]) if count else 0)


def equivalent(layers, others, draw):
    """Whether some invertible ``P`` solves the equations: a random solution modulo a prime is tried, and tells.

    If one solution is invertible, the determinants are polynomials on the solutions that are not zero, so that a
    random solution is invertible but for about one in 10^8. `draw` gives random integers.
    """
    rows, count = intertwiners(layers, others)
    reduced, pivots = eliminated(rows, P)
    if count in pivots:
        return False
    free = [draw() % P for _ in range(count)]
    value = list(free)
    for row, column in zip(reduced, pivots, strict=False):
        value[column] = (row[count] - sum(row[k] * free[k] for k in range(count) if k != column and row[k])) % P
    d, at = widths(layers), 0
    for size in d[1:-1]:
        block = [[value[at + r * size + c] for c in range(size)] for r in range(size)]
        at += size * size
        if len(eliminated(block, P)[1]) < size:
            return False
    return True


def all_intervals(d, r):
    """All ways to cover layers of widths d with chains, r of them through all layers: dictionaries (a, b) -> m."""
    h = len(d) - 1
    places = [(a, b) for a in range(h + 1) for b in range(a, h + 1) if (a, b) != (0, h)]

    def fill(left, at, chosen):
        if at == len(places):
            if not any(left):
                yield dict(chosen)
            return
        a, b = places[at]
        for m in range(min(left[a : b + 1]) + 1):
            rest = [n - m if a <= i <= b else n for i, n in enumerate(left)]
            yield from fill(rest, at + 1, {**chosen, (a, b): m})

    yield from fill([n - r for n in d], 0, {(0, h): r})


def fiber_dimension(d, r):
    """The largest orbit of all changes of basis, outer ones included, minus the dimension of the maps of rank r."""
    best = 0
    for m in all_intervals(d, r):
        same = sum(x * y for (a, b), x in m.items() for (c, e), y in m.items() if c <= a <= e <= b)
        best = max(best, sum(n * n for n in d) - same)
    return best - r * (d[0] + d[-1] - r)
