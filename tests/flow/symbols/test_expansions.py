"""The slow road: every entry a polynomial, against the definition and against differentiation."""

import pytest
import sympy as sp

import oracles
from blockshift.flow.symbols import expansions

SHAPES = [(1, 1), (2, 3), (1, 1, 1), (2, 1, 2), (1, 2, 1, 2)]


@pytest.mark.parametrize("widths", SHAPES)
def test_the_formula_is_minus_the_derivative_of_the_loss(widths):
    formula, derivative = expansions.entrywise_flow(widths)
    assert formula == derivative


@pytest.mark.parametrize("widths", SHAPES)
def test_oracle_the_polynomials_take_the_values_of_the_matrix_formula(widths):
    layers = expansions.symbolic_layers(widths)
    data = expansions.symbolic_data(widths)
    symbols = sorted({s for M in (*layers, data) for s in M.free_symbols}, key=str)
    values = {symbol: (7 * place) % 5 - 2 for place, symbol in enumerate(symbols)}
    numbers = [[[int(e.subs(values)) for e in row] for row in M.tolist()] for M in (*layers, data)]
    expected = oracles.flow_matrix(numbers[:-1], numbers[-1])
    found = expansions.entrywise_flow(widths)[0].subs(values)
    assert found == sp.Matrix(expected)


@pytest.mark.parametrize("widths", SHAPES)
def test_the_degree_is_twice_the_depth_less_one(widths):
    assert expansions.flow_degree(widths) == 2 * (len(widths) - 1) - 1


def test_the_adjacency_matrix_has_its_layers_below_the_diagonal():
    layers = expansions.symbolic_layers((1, 2, 1))
    A = expansions.symbolic_adjacency(layers)
    assert A[1:3, 0] == layers[0]
    assert A[3, 1:3] == layers[1]
    assert sum(e != 0 for e in A) == 4


@pytest.mark.parametrize(
    ("matrix", "rank"),
    [([[0]], 0), ([[5]], 1), ([[1, 2], [2, 4]], 1), ([[1, 2], [2, 5]], 2), ([[sp.Rational(1, 3), 1], [1, 3]], 1)],
)
def test_the_exact_rank_is_the_rank(matrix, rank):
    assert expansions.exact_rank(matrix) == rank
