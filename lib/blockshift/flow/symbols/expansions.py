"""Gradient flow written out: every entry a polynomial, for networks of named sizes.

The slow road to the identities of `derivations`: matrices of SymPy symbols, the adjacency matrix filled in
block by block, its powers multiplied out, the loss differentiated weight by weight. Nothing is used that
the derivations prove. It is exact for all weights, and for the sizes it was run at.
"""

from collections.abc import Sequence
from itertools import pairwise

import sympy as sp


def symbolic_layers(widths: Sequence[int]) -> tuple[sp.Matrix, ...]:
    """Layers whose entries are the symbols ``w1_11, w1_12, ...``."""
    return tuple(
        sp.Matrix(d, c, lambda row, col, layer=layer: sp.Symbol(f"w{layer}_{row + 1}{col + 1}"))
        for layer, (c, d) in enumerate(pairwise(widths), 1)
    )


def symbolic_data(widths: Sequence[int]) -> sp.Matrix:
    """A matrix ``Sigma`` of symbols ``s_11, s_12, ...``: not diagonal, to hide nothing."""
    return sp.Matrix(widths[-1], widths[0], lambda row, col: sp.Symbol(f"s_{row + 1}{col + 1}"))


def symbolic_adjacency(layers: Sequence[sp.Matrix]) -> sp.Matrix:
    """The adjacency matrix, written entry by entry."""
    widths = [layers[0].shape[1], *(W.shape[0] for W in layers)]
    adjacency = sp.zeros(sum(widths), sum(widths))
    for place, W in enumerate(layers):
        adjacency[sum(widths[: place + 1]), sum(widths[:place])] = W
    return adjacency


def entrywise_flow(widths: Sequence[int]) -> tuple[sp.Matrix, sp.Matrix]:
    """The right side of gradient flow twice: the matrix formula, and minus the derivatives of the loss.

    Returns
    -------
    tuple of sympy.Matrix, each of shape (n, n)
        ``sum_j (A^(h-j))^T (E - A^h) (A^(j-1))^T``, and ``-dL/dA[v, u]`` where there is an edge u → v.

    Examples
    --------
    >>> formula, derivative = entrywise_flow((1, 1, 1))
    >>> (formula - derivative).expand() == sp.zeros(3, 3)
    True
    >>> formula[1, 0].expand()
    s_11*w2_11 - w1_11*w2_11**2
    """
    layers, Sigma = symbolic_layers(widths), symbolic_data(widths)
    depth, adjacency = len(layers), symbolic_adjacency(layers)
    data = sp.zeros(*adjacency.shape)
    data[sum(widths[:-1]), 0] = Sigma
    residual = data - adjacency**depth
    formula = sp.zeros(*adjacency.shape)
    for step in range(1, depth + 1):
        formula += (adjacency ** (depth - step)).T * residual * (adjacency ** (step - 1)).T
    loss = sum((entry**2 for entry in residual), sp.Integer(0)) / 2
    derivative = adjacency.applyfunc(lambda edge: -sp.diff(loss, edge) if edge != 0 else sp.Integer(0))
    return formula.expand(), derivative.expand()


def flow_degree(widths: Sequence[int]) -> int:
    """The degree of the right side of gradient flow as a polynomial in the weights, by expansion.

    Source: [wendin2026gradient] for polynomial, degree INFERRED; claim P1-C5.

    Examples
    --------
    >>> [flow_degree((1,) * (h + 1)) for h in (1, 2, 3)]
    [1, 3, 5]
    """
    formula, _ = entrywise_flow(widths)
    weights = [w for W in symbolic_layers(widths) for w in W]
    return max(sp.Poly(entry, *weights).total_degree() for entry in formula if entry != 0)


def exact_rank(matrix) -> int:
    """The rank of a matrix of integers or fractions, by exact elimination.

    Examples
    --------
    >>> exact_rank([[1, 2], [2, 4]])
    1
    """
    rows = [[int(entry) if entry == int(entry) else sp.Rational(entry) for entry in row] for row in matrix]
    return sp.Matrix(rows).rank()
