"""The letters in which gradient flow is written, and the flow itself.

Every derivation begins here: what stands in the words, which layers it connects, and the right side of the
equation. What follows from it is in the rooms above.
"""

from collections.abc import Sequence

from blockshift.flow.symbols.calculus import Expression, total
from blockshift.flow.symbols.transcripts import LayerFactor, latex_of_expression
from blockshift.flow.symbols.words import Affine, Letter, Word, h

A = Letter("A", Affine(1))  # the adjacency matrix: one layer up
E = Letter("E", h)  # the data: from the first layer to the last
R = Letter("R", h)  # the residual, likewise
V = Letter(r"\dot A", Affine(1))  # the velocity, or any direction on the pattern
i, j, layer = Affine.letter("i"), Affine.letter("j"), Affine.letter("l")

ALL = "every depth h ≥ 1 and all widths"
DEEP = "every depth h ≥ 2 and all widths, and every hidden layer"


def one(letter: Letter) -> Expression:
    """The expression that is one letter."""
    return Expression.word((letter, 1))


def flow(*, last: Affine = h, force: Letter = R) -> Expression:
    """The right side of gradient flow, ``sum_j T^(h-j) R T^(j-1)``; `last` ends the sum elsewhere.

    Examples
    --------
    >>> flow()
    sum(A'^(h - j) R A'^(j - 1), j=1..h)
    """
    return total(lambda j: Word.of((A.T, h - j), (force, 1), (A.T, j - 1)), 1, last)


def variation(direction: Letter = V) -> Expression:
    """The first variation of ``A^h``: ``sum_j A^(h-j) V A^(j-1)``."""
    return Expression.word((A, h)).derivative({A: one(direction)})


def equation(left: str, *right: Expression) -> str:
    """``left = right = right ...`` in LaTeX."""
    return " = ".join([left, *(latex_of_expression(r) for r in right)])


def paths(factors: Sequence[LayerFactor]) -> list[tuple[Affine, bool]]:
    """The layers that a word multiplies, and whether they are transposed, from the left."""
    return [(f.index, f.transposed) for f in factors]
