"""A deep linear network whose weights are letters: every entry a polynomial of SymPy, every product SymPy's own.

Nothing of the calculus of words is used here, and nothing of the fast code: matrices are filled in block by block, as
the definitions say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sympy import QQ, ZZ
from sympy.polys.matrices import DomainMatrix


@dataclass(frozen=True)
class Letters:
    """Matrices of letters over one ring, and the widths they have.

    Parameters
    ----------
    widths : tuple of int
    weights : tuple of DomainMatrix
        ``W_1, ..., W_h``.
    Sigma : DomainMatrix
    others : dict of str to DomainMatrix or tuple of DomainMatrix
        Further letters: ``"V"``, directions of the weights' shapes; ``"N"``, of the shape of Sigma; single letters.
    """

    widths: tuple[int, ...]
    weights: tuple[DomainMatrix, ...]
    Sigma: DomainMatrix
    others: dict = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """The number h of layers of weights."""
        return len(self.weights)

    @property
    def ring(self):
        """The ring of polynomials in all letters."""
        return self.Sigma.domain

    @property
    def product(self) -> DomainMatrix:
        """``W = W_h ... W_1``."""
        return chain(self.weights)

    @property
    def adjacency(self) -> DomainMatrix:
        """The matrix ``A``, whose blocks below the diagonal are the layers."""
        return assemble(self.weights, self.widths)

    @property
    def residual(self) -> DomainMatrix:
        """``R = E - A^h``, with ``E`` the matrix whose last block row and first block column is Sigma."""
        return corner(self.Sigma, self.widths) - self.adjacency**self.depth


def letters(widths: Sequence[int], *, directions=False, force=False, single: Sequence[str] = (), field=ZZ) -> Letters:
    """A network of letters ``w1_11, w1_12, ...``, with ``s_11, ...`` for Sigma, and more where it is asked for.

    Examples
    --------
    >>> letters((1, 1, 1)).product.to_Matrix()
    Matrix([[w1_11*w2_11]])
    """
    widths = tuple(widths)
    shapes = [(f"w{k}", d, c) for k, (c, d) in enumerate(pairwise(widths), 1)]
    shapes.append(("s", widths[-1], widths[0]))
    if directions:
        shapes += [(f"v{k}", d, c) for k, (c, d) in enumerate(pairwise(widths), 1)]
    if force:
        shapes.append(("n", widths[-1], widths[0]))
    names = [f"{name}_{row + 1}{col + 1}" for name, rows, cols in shapes for row in range(rows) for col in range(cols)]
    ring = field[(*names, *single)]
    generators = iter(ring.gens)
    made = [_filled(generators, rows, cols, ring) for _, rows, cols in shapes]
    depth = len(widths) - 1
    others: dict = dict(zip(single, generators, strict=True))
    if directions:
        others["V"] = tuple(made[depth + 1 : 2 * depth + 1])
    if force:
        others["N"] = made[-1]
    return Letters(widths, tuple(made[:depth]), made[depth], others)


def _filled(generators, rows: int, cols: int, ring) -> DomainMatrix:
    """The next letters, row by row."""
    return DomainMatrix([[next(generators) for _ in range(cols)] for _ in range(rows)], (rows, cols), ring).to_sparse()


def chain(layers: Sequence[DomainMatrix]) -> DomainMatrix:
    """The product of layers, the first one rightmost."""
    result = layers[0]
    for W in layers[1:]:
        result = W * result
    return result


def assemble(layers: Sequence[DomainMatrix], widths: Sequence[int]) -> DomainMatrix:
    """The matrix over all nodes with the layers below the diagonal."""
    return _placed([(k + 1, k, W) for k, W in enumerate(layers)], widths, layers[0].domain)


def corner(block: DomainMatrix, widths: Sequence[int], grade: int | None = None) -> DomainMatrix:
    """The matrix over all nodes with one block, in column 0; at another `grade` than h as much of it as has room."""
    return _placed([(len(widths) - 1 if grade is None else grade, 0, block)], widths, block.domain)


def _placed(blocks, widths: Sequence[int], ring) -> DomainMatrix:
    """Blocks at their places (block row, block column), zero elsewhere."""
    starts = [sum(widths[:k]) for k in range(len(widths))]
    entries: dict[int, dict[int, object]] = {}
    for row, col, block in blocks:
        for (i, j), value in block.to_dok().items():
            if i < widths[row] and j < widths[col]:
                entries.setdefault(starts[row] + i, {})[starts[col] + j] = value
    return DomainMatrix(entries, (sum(widths), sum(widths)), ring)


def block(matrix: DomainMatrix, row: int, col: int, widths: Sequence[int]) -> DomainMatrix:
    """One block of a matrix over all nodes."""
    rows, cols = ((sum(widths[:k]), sum(widths[: k + 1])) for k in (row, col))
    return matrix[slice(*rows), slice(*cols)].to_sparse()


def flow(net: Letters, *, missing: int = 0, residual: DomainMatrix | None = None) -> DomainMatrix:
    """``sum_j (A^(h-j))^T R (A^(j-1))^T`` over all nodes, without the last `missing` terms.

    Examples
    --------
    >>> flow(letters((1, 1))).to_Matrix()
    Matrix([
    [             0, 0],
    [s_11 - w1_11, 0]])
    """
    A, R = net.adjacency, net.residual if residual is None else residual
    total = DomainMatrix.zeros(A.shape, net.ring)
    for j in range(1, net.depth + 1 - missing):
        total += (A ** (net.depth - j)).transpose() * R * (A ** (j - 1)).transpose()
    return total


def velocities(net: Letters, **options) -> tuple[DomainMatrix, ...]:
    """The blocks of `flow` that belong to the layers."""
    V = flow(net, **options)
    return tuple(block(V, k + 1, k, net.widths) for k in range(net.depth))


def squared(X: DomainMatrix):
    """The sum of the squares of the entries."""
    return inner(X, X)


def inner(X: DomainMatrix, Y: DomainMatrix):
    """``tr(X^T Y)``."""
    other = Y.to_dok()
    return sum((value * other[at] for at, value in X.to_dok().items() if at in other), X.domain.zero)


def identity(size: int, ring) -> DomainMatrix:
    """The identity, sparse."""
    return DomainMatrix.eye(size, ring).to_sparse()


#: A field of fractions for what is divided by whole numbers.
FRACTIONS = QQ
