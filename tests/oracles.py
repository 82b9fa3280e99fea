"""Definitions written out: slow, literal, and importing nothing that they judge.

Layers are lists of matrices, first layer first; matrices are lists of rows. Numbers are Python's own, so that
with integers and fractions every answer is exact. An expression of the calculus of words is given as plain data:

- an integer affine in letters is a dictionary such as ``{"": -1, "h": 1}`` for ``h - 1``;
- a factor is ``(name, transposed, exponent)``, a word a list of factors, read from the left;
- a term is ``(coefficient, word, index, low, high)``, where `index` is None for a single word;
- an expression is a list of terms.
"""

from fractions import Fraction
from itertools import pairwise, product

# --- matrices -------------------------------------------------------------------------------------------------


def zeros(rows, columns):
    """A matrix of zeros."""
    return [[0] * columns for _ in range(rows)]


def identity(n):
    """The identity matrix."""
    return [[int(row == column) for column in range(n)] for row in range(n)]


def transpose(X):
    """Rows for columns."""
    return [[X[row][column] for row in range(len(X))] for column in range(len(X[0]))]


def times(X, Y):
    """The product, entry by entry; summands with a factor zero are skipped."""
    result = zeros(len(X), len(Y[0]))
    for row, column, middle in product(range(len(X)), range(len(Y[0])), range(len(Y))):
        if X[row][middle] != 0 and Y[middle][column] != 0:
            result[row][column] += X[row][middle] * Y[middle][column]
    return result


def power(X, n):
    """The product of `n` copies of a square matrix."""
    result = identity(len(X))
    for _ in range(n):
        result = times(result, X)
    return result


def combine(X, Y, c=1):
    """``X + c Y``."""
    return [[x + c * y for x, y in zip(row, other, strict=True)] for row, other in zip(X, Y, strict=True)]


def inner(X, Y):
    """The sum of the products of entries in the same place."""
    return sum(x * y for row, other in zip(X, Y, strict=True) for x, y in zip(row, other, strict=True))


# --- networks as graphs -------------------------------------------------------------------------------------


def widths(layers):
    """The number of nodes in each layer of nodes."""
    return [len(layers[0][0]), *(len(W) for W in layers)]


def edges(layers):
    """All edges ``(u, v, weight)``, zero weights included, nodes counted layer by layer."""
    found, begin = [], 0
    for W in layers:
        end = begin + len(W[0])
        for row, column in product(range(len(W)), range(len(W[0]))):
            found.append((begin + column, end + row, W[row][column]))
        begin = end
    return found


def adjacency(layers):
    """``A[v][u]`` is the weight of the edge from u to v."""
    n = sum(widths(layers))
    A = zeros(n, n)
    for u, v, weight in edges(layers):
        A[v][u] = weight
    return A


def path_sums(layers, k):
    """Entry ``[v][u]`` adds up the products of weights along all paths of `k` edges from u to v."""
    n, leaving = sum(widths(layers)), {}
    for u, v, weight in edges(layers):
        leaving.setdefault(u, []).append((v, weight))
    sums = zeros(n, n)

    def walk(first, at, left, weight):
        if left == 0:
            sums[at][first] += weight
            return
        for v, w in leaving.get(at, []):
            walk(first, v, left - 1, weight * w)

    for u in range(n):
        walk(u, u, k, 1)
    return sums


def data_matrix(layers, sigma):
    """``E``: over all nodes, zero but for `sigma` from the first layer of nodes to the last."""
    sizes = widths(layers)
    n = sum(sizes)
    E = zeros(n, n)
    for row, column in product(range(sizes[-1]), range(sizes[0])):
        E[n - sizes[-1] + row][column] = sigma[row][column]
    return E


# --- gradient flow --------------------------------------------------------------------------------------------


def end_to_end(layers):
    """Entry ``[v][u]`` adds up the products of weights along all paths from input u to output v."""
    result = []
    for last in range(len(layers[-1])):
        row = []
        for first in range(len(layers[0][0])):
            total = 0
            for hidden in product(*(range(len(W)) for W in layers[:-1])):
                stops, weight = (first, *hidden, last), 1
                for W, u, v in zip(layers, stops[:-1], stops[1:], strict=True):
                    weight = weight * W[v][u]
                total = total + weight
            row.append(total)
        result.append(row)
    return result


def loss(layers, sigma):
    """Half the sum of the squares of what the end-to-end map lacks."""
    W = end_to_end(layers)
    return sum(
        (Fraction(1, 2) * (sigma[row][column] - W[row][column]) * (sigma[row][column] - W[row][column]))
        for row, column in product(range(len(W)), range(len(W[0])))
    )


class Dual:
    """A number ``value + slope * e`` with ``e * e = 0``: what a polynomial makes of it holds its exact derivative."""

    def __init__(self, value, slope=0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    __rmul__ = __mul__

    def __neg__(self):
        return Dual(-self.value, -self.slope)

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other


def directional_derivative(function, layers, direction):
    """The exact derivative of a polynomial of the layers in a direction."""
    moving = [
        [[Dual(w, v) for w, v in zip(*rows, strict=True)] for rows in zip(W, V, strict=True)]
        for W, V in zip(layers, direction, strict=True)
    ]
    return function(moving).slope


def velocity(layers, sigma):
    """Minus the gradient of the loss, one exact directional derivative for each weight."""
    result = []
    for place, W in enumerate(layers):
        V = zeros(len(W), len(W[0]))
        for row, column in product(range(len(W)), range(len(W[0]))):
            unit = [zeros(len(X), len(X[0])) for X in layers]
            unit[place][row][column] = 1
            V[row][column] = -directional_derivative(lambda moving: loss(moving, sigma), layers, unit)
        result.append(V)
    return result


def flow_matrix(layers, sigma):
    """``sum_j (A^(h-j))^T (E - A^h) (A^(j-1))^T``, over all nodes."""
    A, h = adjacency(layers), len(layers)
    residual = combine(data_matrix(layers, sigma), power(A, h), -1)
    result = zeros(len(A), len(A))
    for j in range(1, h + 1):
        summand = times(times(transpose(power(A, h - j)), residual), transpose(power(A, j - 1)))
        result = combine(result, summand)
    return result


def conserved(layers):
    """``C_i[a][b]``: over the weights into a and b, minus over the weights out of a and b."""
    result = []
    for W, V in pairwise(layers):
        C = zeros(len(W), len(W))
        for a, b in product(range(len(W)), repeat=2):
            C[a][b] = sum(W[a][u] * W[b][u] for u in range(len(W[0]))) - sum(V[v][a] * V[v][b] for v in range(len(V)))
        result.append(C)
    return result


def matrix_velocity(layers, sigma):
    """The velocity cut out of `flow_matrix`, layer by layer; for floats, where exactness is not at stake."""
    flow, sizes = flow_matrix(layers, sigma), widths(layers)
    result, begin = [], 0
    for c, d in pairwise(sizes):
        result.append([row[begin : begin + c] for row in flow[begin + c : begin + c + d]])
        begin += c
    return result


def runge_kutta(layers, sigma, t_end, steps):
    """Gradient flow by the classical method of order 4 with equal steps, in floats."""
    step = t_end / steps

    def moved(velocities, c):
        return [combine(W, V, c) for W, V in zip(layers, velocities, strict=True)]

    for _ in range(steps):
        one = matrix_velocity(layers, sigma)
        two = matrix_velocity(moved(one, step / 2), sigma)
        three = matrix_velocity(moved(two, step / 2), sigma)
        four = matrix_velocity(moved(three, step), sigma)
        for weight, V in ((1, one), (2, two), (2, three), (1, four)):
            layers = moved(V, weight * step / 6)
    return layers


def taylor(layers, sigma, order):
    """The coefficients ``c_0, c_1, ...`` of the solution as a power series in t, exactly; one for each layer.

    ``(k + 1) c_{k+1}`` is the coefficient of ``t^k`` on the right side, found by multiplying the series out.
    """
    h = len(layers)
    series = [[W] for W in layers]

    def coefficient(chain, k):
        """That of ``t^k`` in a product of series of matrices, adding up all ways to share k among them."""
        result = None
        for shares in product(range(k + 1), repeat=len(chain)):
            if sum(shares) == k:
                term = chain[0][shares[0]]
                for factor, share in zip(chain[1:], shares[1:], strict=True):
                    term = times(term, factor[share])
                result = term if result is None else combine(result, term)
        return result

    for k in range(order):
        known = [list(s) for s in series]
        residual = []
        for m in range(k + 1):
            W = coefficient(list(reversed(known)), m)
            residual.append(combine(sigma if m == 0 else zeros(len(sigma), len(sigma[0])), W, -1))
        for j in range(h):
            turned = [[transpose(X) for X in s] for s in known]
            rate = coefficient([*turned[j + 1 :], residual, *turned[:j]], k)
            series[j].append([[Fraction(entry) / (k + 1) for entry in row] for row in rate])
    return series


# --- words and sums of words ----------------------------------------------------------------------------------


def value_of(affine, letters):
    """The integer that an affine expression is where its letters have values."""
    return sum(c * (1 if name == "" else letters[name]) for name, c in affine.items())


def value_of_word(word, matrices, letters):
    """The product of powers of concrete matrices, every exponent of which must be at least 0."""
    n = len(next(iter(matrices.values())))
    result = identity(n)
    for name, transposed, exponent in word:
        times_taken = value_of(exponent, letters)
        if times_taken < 0:
            raise ValueError(f"{name} to the power {times_taken}")
        X = transpose(matrices[name]) if transposed else matrices[name]
        for _ in range(times_taken):
            result = times(result, X)
    return result


def value_of_expression(expression, matrices, depth, **letters):
    """The sum of all terms, sums written out."""
    n = len(next(iter(matrices.values())))
    result = zeros(n, n)
    for coefficient, word, index, low, high in expression:
        if index is None:
            places = [{}]
        else:
            first, last = (value_of(bound, {"h": depth, **letters}) for bound in (low, high))
            places = [{index: at} for at in range(first, last + 1)]
        for place in places:
            result = combine(result, value_of_word(word, matrices, {"h": depth, **letters, **place}), coefficient)
    return result


def blocks_that_are_not_zero(X, sizes):
    """The pairs (layer written, layer read) at which a matrix over the nodes has a nonzero entry."""
    layer = [number for number, size in enumerate(sizes) for _ in range(size)]
    return {(layer[row], layer[column]) for row in range(len(X)) for column in range(len(X)) if X[row][column] != 0}
