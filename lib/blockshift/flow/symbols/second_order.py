"""The second variation of the loss: a Hessian for every depth, without an index of a weight.

The loss is varied twice by the rule of Leibniz. Powers inside a sum vary into sums over two indices; both that
arise are one, numbered differently, and `nested` shows it.
"""

from fractions import Fraction

from blockshift.flow.symbols.calculus import Expression, Term
from blockshift.flow.symbols.letters import ALL, A, R, equation, i, j, one, variation
from blockshift.flow.symbols.nested import Sum
from blockshift.flow.symbols.transcripts import COMPUTED, Derivation, Line, latex_of_expression, latex_of_integer
from blockshift.flow.symbols.words import Affine, Letter, Word, h

V = Letter("V", Affine(1))  # a direction on the pattern


def pairs() -> Expression:
    """``sum_{i > j} A^(h-i) V A^(i-j-1) V A^(j-1)``: the ways to put two steps V into a path of h steps.

    Examples
    --------
    >>> pairs()
    sum(sum(A^(h - i) V A^(i - j - 1) V A^(j - 1), j=1..i - 1), i=1..h)
    """
    word = Word.of((A, h - i), (V, 1), (A, i - j - 1), (V, 1), (A, j - 1))
    return Expression((Term(Fraction(1), word, (Sum("i", Affine(1), h), Sum("j", Affine(1), i - 1))),))


def hessian(*, factor: int = 2, sign: int = -1, transposed: bool = True) -> Derivation:
    """``D^2 L[V, V] = |sum_j A^(h-j) V A^(j-1)|^2 - 2 <R, sum_{i>j} A^(h-i) V A^(i-j-1) V A^(j-1)>``.

    Source: INFERRED for [wendin2026gradient]; claim S18. `factor` spoils it by dropping one of the two equal
    sums, `sign` by adding them, `transposed` by reading the residual the wrong way.

    Examples
    --------
    >>> hessian().holds, hessian(factor=1).holds, hessian(sign=+1).holds, hessian(transposed=False).holds
    (True, False, False, False)
    """
    X = variation(V)
    residual = one(R.T if transposed else R)
    first = -(one(R.T) * X)
    second = first.derivative({A: one(V), R: -X})
    square, rest = Expression(second.terms[:1]), Expression(second.terms[1:])
    claimed = (sign * factor) * (residual * pairs())
    lines = (
        Line(equation(r"X := \delta A^{h}", X), "power rule; V is any direction on the pattern", COMPUTED),
        Line(
            rf"\delta L = \langle R, \delta R\rangle = \operatorname{{tr}}\Big({latex_of_expression(first)}\Big)",
            "L is half the square of the norm of R, and R = E - A^h",
            (one(R.T) * (one(Letter("E", h)) - Expression.word((A, h))).derivative({A: one(V)})).equals(first),
        ),
        Line(
            rf"\delta^2 L = \operatorname{{tr}}\Big({latex_of_expression(second)}\Big)",
            "rule of Leibniz once more: R moves by -X, each power by the power rule",
            COMPUTED,
        ),
        Line(
            rf"\operatorname{{tr}}\Big({latex_of_expression(square)}\Big) = \langle X, X\rangle = \|X\|_F^2",
            "two independent sums are a product of sums",
            square.equals(X.T * X),
        ),
        Line(
            equation(latex_of_expression(rest), claimed),
            "both sums run over all exponents a + b + c = h - 2, so they are the same sum",
            rest.equals(claimed),
        ),
        Line(
            rf"D^2 L[V, V] = \|X\|_F^2 - {factor}\Big\langle R,\; {latex_of_expression(pairs())}\Big\rangle",
            "collect",
            second.equals(X.T * X + claimed),
        ),
    )
    statement = (
        r"D^2 L[V,V] = \Big\|\sum_j A^{h-j}VA^{j-1}\Big\|_F^2 - "
        r"2\Big\langle R, \sum_{i>j} A^{h-i}VA^{i-j-1}VA^{j-1}\Big\rangle"
    )
    return Derivation(statement, ALL, lines)


def origin_is_flat(*, least: int = 3) -> Derivation:
    """At ``A = 0`` the Hessian vanishes for every depth from three on: each of its words has a factor ``A``.

    Source: INFERRED for [wendin2026gradient]; claim P1-C18. `least` spoils it by starting from depth two.

    Examples
    --------
    >>> origin_is_flat().holds, origin_is_flat(least=2).holds
    (True, False)
    """
    X, P = variation(V), pairs()
    first, second = (sum((n for a, n in e.terms[0].word.factors if a == A), Affine(0)) for e in (X, P))
    deep = Affine.letter("a") + least

    def counted(name: str, value: Expression, n: Affine) -> str:
        """How many factors A there are, in LaTeX."""
        return (
            rf"{equation(name, value)} \text{{ has }} {latex_of_integer(n)} \text{{ factors }} A \text{{ in each word}}"
        )

    def appears(n: Affine) -> bool:
        """Whether an exponent is at least 1 for every depth ``h = least + a``."""
        return (n.put("h", deep) - 1).is_natural()

    lines = (
        Line(r"D^2 L[V, V] = \|X\|_F^2 - 2\langle R, P\rangle", "the second variation", hessian().holds),
        Line(
            counted("X", X, first),
            "add up the exponents",
            first == h - 1 and appears(first),
        ),
        Line(
            counted("P", P, second),
            "add up the exponents",
            second == h - 2,
        ),
        Line(
            rf"A = 0,\ h \ge {least}: \quad X = 0,\ P = 0",
            f"h - 2 is at least 1, so every word has a factor A; with h = a + {least}",
            appears(second),
        ),
    )
    return Derivation(
        r"D^2 L[V, V] = 0 \text{ at } A = 0 \text{ for } h \ge 3", "every depth h ≥ 3 and all widths", lines
    )
