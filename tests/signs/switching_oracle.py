"""Definitions of the second wing written out: slow, literal, importing nothing that they judge.

A graph is a number of nodes and a list of edges ``(u, v, w)`` with Python's own numbers, so answers are exact.
"""

from itertools import product


def frustrated_weight(edges, s):
    """The sum of ``|w|`` over the edges that do not get what they ask for."""
    return sum(abs(w) for u, v, w in edges if w * s[u] * s[v] < 0)


def switchings(n):
    """All switchings up to the global sign."""
    return ((1, *rest) for rest in product((1, -1), repeat=max(0, n - 1)))


def frustration(n, edges):
    """The least frustrated weight over all switchings."""
    return min((frustrated_weight(edges, s) for s in switchings(n)), default=0) if n else 0


def matrix(n, edges):
    """The symmetric matrix J."""
    J = [[0] * n for _ in range(n)]
    for u, v, w in edges:
        J[u][v] += w
        J[v][u] += w
    return J


def fields(n, edges, s):
    """``J s``."""
    return [sum(row[j] * s[j] for j in range(n)) for row in matrix(n, edges)]


def row_flips(n, edges, s):
    """The published heuristic on the full matrix: the nodes flipped, and the frustrated weights on the way."""
    J, s = matrix(n, edges), list(s)
    A = [[s[i] * J[i][j] * s[j] for j in range(n)] for i in range(n)]
    order, weights = [], [frustrated_weight(edges, s)]
    while n:
        sums = [sum(row) for row in A]
        least = min(sums)
        if least >= 0:
            break
        i = sums.index(least)
        for j in range(n):
            A[i][j], A[j][i] = -A[i][j], -A[j][i]
        s[i] = -s[i]
        order.append(i)
        weights.append(frustrated_weight(edges, s))
    return order, weights, s
