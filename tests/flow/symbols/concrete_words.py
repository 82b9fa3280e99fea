"""From the calculus to plain data that the oracle reads, and matrices of integers for its letters."""

import itertools
import random

import oracles
from blockshift.flow.symbols.words import Affine, Letter, Word, h

A = Letter("A", Affine(1))
R = Letter("R", h)
V = Letter("V", Affine(1))
DEPTHS = (1, 2, 3, 4, 5)


def plain_integer(affine):
    """``{"": constant, letter: coefficient}``."""
    return {"": affine.constant, **dict(affine.parts)}


def plain_word(word):
    """``(name, transposed, exponent)`` for each factor."""
    return [(letter.name, letter.transposed, plain_integer(n)) for letter, n in word.factors]


def plain(expression):
    """The terms of an expression, as the oracle reads them."""
    return [
        (t.coefficient, plain_word(t.word), [(s.index, plain_integer(s.low), plain_integer(s.high)) for s in t.sums])
        for t in expression.terms
    ]


def instance(depth, seed, entries=(-3, 3), max_width=2):
    """Random widths for a depth, and matrices of integers for the letters A, V (grade 1) and R (grade h)."""
    dice = random.Random(f"{depth} {seed}")
    sizes = [dice.randint(1, max_width) for _ in range(depth + 1)]

    def fill(rows, columns):
        return [[dice.randint(*entries) for _ in range(columns)] for _ in range(rows)]

    def chain():
        return [fill(d, c) for c, d in itertools.pairwise(sizes)]

    layers = chain()
    matrices = {
        "A": oracles.adjacency(layers),
        "V": oracles.adjacency(chain()),
        "R": oracles.data_matrix(layers, fill(sizes[-1], sizes[0])),
    }
    return sizes, matrices


def value(expression, depth, matrices, **letters):
    """An expression at concrete matrices."""
    return oracles.value_of_expression(plain(expression), matrices, depth, **letters)


def is_zero(X):
    """Whether a matrix is."""
    return not any(entry for row in X for entry in row)


def agree(left, right, seed=0, depths=DEPTHS):
    """Whether two expressions have the same value at random matrices of every depth."""
    for depth in depths:
        _, matrices = instance(depth, seed)
        if value(left, depth, matrices) != value(right, depth, matrices):
            return False
    return True


__all__ = ["DEPTHS", "A", "R", "V", "Word", "agree", "h", "instance", "is_zero", "plain", "plain_word", "value"]
