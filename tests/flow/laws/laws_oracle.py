"""The number of laws from the definition: symbols, brackets of polynomials, fractions. Slow; no room imported."""

import itertools
import random
from fractions import Fraction

import sympy

# The shapes of the 50 linear networks in github.com/sibyllema/Conservation_laws, main.ipynb, input and output as
# there: the stream of np.random.seed(0), with one vector of D numbers drawn for the known laws, one for the
# brackets, and one more where its fast variant has to be rerun (8 shapes, by our simulation of it).
PUBLISHED_LINEAR = """
    532 55445 3424 222 425 3233 24522 233 2543 2422 24344 324 453 323 552 5532 34542 523 345 35532 555 55445
    523 34323 543 254 3235 4555 325 5535 2452 3534 353 3242 333 3333 44544 452 52324 5332 2424 235 223 224
    33552 35555 53353 5522 454 425
"""


def published_linear_shapes():
    """The 50 shapes, as tuples of widths."""
    return [tuple(map(int, word)) for word in PUBLISHED_LINEAR.split()]


def rank(rows):
    """Rank over the rationals by Gauss elimination of fractions."""
    rows = [[Fraction(int(x.p), int(x.q)) if isinstance(x, sympy.Rational) else Fraction(x) for x in r] for r in rows]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column] != 0), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for i in range(found + 1, len(rows)):
            factor = rows[i][column] / rows[found][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[found], strict=True)]
        found += 1
    return found


def weights(shape, biases=False):
    """Symbolic layer matrices, hidden biases (or zeros), and the list of all symbols."""
    matrices = [
        sympy.Matrix(shape[i + 1], shape[i], lambda r, c, i=i: sympy.Symbol(f"w{i}_{r}_{c}"))
        for i in range(len(shape) - 1)
    ]
    vectors = [
        sympy.Matrix(n, 1, lambda r, _, i=i: sympy.Symbol(f"b{i}_{r}") if biases else sympy.Integer(0))
        for i, n in enumerate(shape[1:-1])
    ]
    symbols = [x for m in [*matrices, *vectors] for x in m if x != 0]
    return matrices, vectors, symbols


def linear_coordinates(matrices, vectors):
    """The entries of the end-to-end matrix and of the end-to-end bias."""
    A, b = matrices[0], vectors[0] if vectors else None
    for i, W in enumerate(matrices[1:], 1):
        A = W * A
        b = W * b + (vectors[i] if i < len(vectors) else sympy.zeros(W.rows, 1))
    return [sympy.expand(x) for x in [*A, *(b or [])] if x != 0]


def relu_coordinates(matrices, vectors):
    """The products of weights along all paths from an input, or from a bias, to an output."""
    widths = [matrices[0].cols, *(W.rows for W in matrices)]
    products = []
    for start in range(len(matrices)):
        for path in itertools.product(*map(range, widths[start:])):
            factors = [matrices[start + i][path[i + 1], path[i]] for i in range(len(path) - 1)]
            if start == 0:
                products.append(sympy.prod(factors))
            if start > 0:
                products.append(vectors[start - 1][path[0]] * sympy.prod(factors))
    return [x for x in products if x != 0]


def known_functions(matrices, vectors):
    """All entries of the quadratic laws of a linear network."""
    laws = []
    for i, b in enumerate(vectors):
        C = matrices[i + 1].T * matrices[i + 1] - matrices[i] * matrices[i].T - b * b.T
        laws += list(C)
    return laws


def bracket(X, Y, symbols):
    """DY X - DX Y, expanded."""
    return (Y.jacobian(symbols) * X - X.jacobian(symbols) * Y).expand()


def gradients(functions, symbols):
    return [sympy.Matrix([sympy.diff(f, x) for x in symbols]) for f in functions]


def integer_point(symbols, seed=0):
    draw = random.Random(seed)
    return {x: draw.choice([-1, 1]) * draw.randint(1, 50) for x in symbols}


def value(field, point):
    return [x.subs(point) for x in field]


def known_rank(shape, biases=False):
    matrices, vectors, symbols = weights(shape, biases)
    point = integer_point(symbols)
    rows = [value(g, point) for g in gradients(known_functions(matrices, vectors), symbols)]
    return rank(rows) if rows else 0


def total_laws(shape, net="linear", biases=False, with_brackets=True):
    """D minus the rank of fields and brackets at an integer point, level by level until nothing is gained."""
    matrices, vectors, symbols = weights(shape, biases)
    coordinates = (linear_coordinates if net == "linear" else relu_coordinates)(matrices, vectors)
    point = integer_point(symbols)
    base = level = gradients(coordinates, symbols)
    rows = [value(X, point) for X in base]
    found = rank(rows)
    while with_brackets and level:
        gained = []
        for X, Y in itertools.product(base, level):
            Z = bracket(X, Y, symbols)
            row = value(Z, point)
            if rank([*rows, row]) > found:
                rows, found = [*rows, row], found + 1
                gained.append(Z)
        level = gained
    return len(symbols) - found
