"""Neighbours of gradient flow: gradient descent, and losses that are not quadratic.

Descent takes steps of finite length, and the conserved matrices drift by an amount that is known exactly. A loss
that is another function of the end-to-end map changes the residual into another matrix of the same grade, and no
derivation had used more of it than that.
"""

from blockshift.flow.symbols.calculus import Expression, Term, riesz
from blockshift.flow.symbols.letters import ALL, DEEP, A, V, equation, flow, i, one, paths, variation
from blockshift.flow.symbols.transcripts import (
    Derivation,
    Line,
    latex_of_block,
    latex_of_expression,
    latex_of_word,
    read_block,
)
from blockshift.flow.symbols.words import ZERO, Affine, Letter, Word, h

G = Letter("G", Affine(1))  # the direction of a step
STEP = Letter(r"\eta", ZERO)  # a number, which commutes with everything
N = Letter("N", h)  # minus the gradient of a loss with respect to the end-to-end map, in the corner
AT, TA = Word.of((A, 1), (A.T, 1)), Word.of((A.T, 1), (A, 1))


def orders(expression: Expression) -> dict[int, Expression]:
    """The expression as a polynomial in the step size: the coefficient of each power.

    Examples
    --------
    >>> orders(one(A) + Expression.word((STEP, 1), (A, 1), (STEP, 1)))
    {0: A, 2: A}
    """
    found: dict[int, Expression] = {}
    for t in expression.terms:
        steps = [n.constant for letter, n in t.word.factors if letter.name == STEP.name]
        rest = Word.of(*(factor for factor in t.word.factors if factor[0].name != STEP.name))
        order = sum(steps)
        found[order] = found.get(order, Expression()) + Expression((Term(t.coefficient, rest, t.sums),))
    return found


def _commutator_ends(force: Letter) -> Expression:
    """``M = R T^h - T^h R`` for a force R."""
    return Expression.word((force, 1), (A.T, h)) - Expression.word((A.T, h), (force, 1))


def _lives_outside(force: Letter) -> bool:
    """Whether the two words of M read the last layer only, and the first layer only."""
    ends = [t.word for t in _commutator_ends(force).terms]
    return [w.layers() for w in ends] == [w.T.layers() for w in ends] == [(h, h), (ZERO, ZERO)]


def _difference(letter: Letter, sign: int) -> str:
    """``W_i W_i^T - W_{i+1}^T W_{i+1}`` with the given letter for W."""
    squares = Word.of((letter, 1), (letter.T, 1)), Word.of((letter.T, 1), (letter, 1))
    text = (latex_of_block(read_block(w, i, letter.name)).replace("W_", f"{letter.name}_") for w in squares)
    return (" - " if sign < 0 else " + ").join(text)


def descent_drift(*, sign: int = -1, second: bool = True) -> Derivation:
    """A step of gradient descent changes ``C_i`` by ``eta^2 (G_i G_i^T - G_{i+1}^T G_{i+1})``, exactly.

    Source: INFERRED for [wendin2026gradient]; claim P1-C30. `sign` spoils it; `second` does by claiming that
    nothing of second order is left.

    Examples
    --------
    >>> descent_drift().holds, descent_drift(sign=+1).holds, descent_drift(second=False).holds
    (True, False, False)
    """
    gram = one(A) * one(A.T) + sign * (one(A.T) * one(A))
    stepped = one(A) + one(STEP) * one(G)
    parts = orders(gram.substitute("A", stepped))
    rate, M = parts[1].substitute("G", flow()), _commutator_ends(Letter("R", h))
    quadratic = one(G) * one(G.T) + sign * (one(G.T) * one(G))
    left = rf"\big({latex_of_expression(gram)}\big)\big|_{{A + \eta G}}"
    drift = rf"\eta^2\big({_difference(G, sign)}\big)" if second else "0"
    lines = (
        Line(equation(r"G", flow()), "a step of gradient descent goes from A to A + ηG"),
        Line(
            r"G \text{ has grade } 1, \text{ so } (A + \eta G)^{h+1} = 0",
            "block shape and nilpotency stay exact, whatever the step size",
            flow().terms[0].word.grade() == Affine(1) and Word.of((Letter("B", Affine(1)), h + 1)).layers() is None,
        ),
        Line(
            rf"{left} = {latex_of_expression(parts[0])} + \eta\big({latex_of_expression(parts[1])}\big) "
            rf"+ \eta^2\big({latex_of_expression(parts[2])}\big)",
            "multiply out; a number commutes with everything",
            sorted(parts) == [0, 1, 2] and parts[0].equals(gram),
        ),
        Line(
            rf"{latex_of_expression(parts[1])} = M + M^{{\mathsf{{T}}}}, \quad M = {latex_of_expression(M)}",
            "the sums telescope, as they do along the flow",
            rate.equals(M + M.T),
        ),
        Line(
            r"(M + M^{\mathsf{T}})_{i,i} = 0 \quad (0 < i < h)",
            "its words read the last layer only, or the first layer only",
            _lives_outside(Letter("R", h)),
        ),
        Line(
            rf"C_i(k+1) - C_i(k) = {drift}",
            "block (i, i) of what is left, read path by path",
            parts[2].equals(quadratic if second else Expression())
            and paths(read_block(Word.of((G, 1), (G.T, 1)), i, "G")) == paths(read_block(AT, i))
            and paths(read_block(Word.of((G.T, 1), (G, 1)), i, "G")) == paths(read_block(TA, i)),
        ),
    )
    statement = r"C_i(k+1) - C_i(k) = \eta^2\,(G_i G_i^{\mathsf{T}} - G_{i+1}^{\mathsf{T}} G_{i+1})"
    return Derivation(statement, DEEP + ", every step size", lines)


def general_loss(*, sign: int = -1, last: Affine = h) -> Derivation:
    """For any differentiable loss of the end-to-end map: the form of the flow, conservation, and decrease.

    With ``N = -grad l(A^h)`` in the place of the residual.

    Source: INFERRED for [wendin2026gradient]; claim P1-C31. `sign` and `last` spoil it.

    Examples
    --------
    >>> general_loss().holds, general_loss(sign=+1).holds, general_loss(last=h - 1).holds
    (True, False, False)
    """
    varied, velocity = -(one(N.T) * variation()), flow(last=last, force=N)
    T, M = one(A.T), _commutator_ends(N)
    gram = one(A) * T + sign * (T * one(A))
    rate = gram.derivative({A: one(V)})
    moving = rf"\tfrac{{d}}{{dt}}\big({latex_of_expression(gram)}\big)"
    lines = (
        Line(
            r"\delta\ell = -\langle N, \delta A^{h}\rangle = "
            rf"\operatorname{{tr}}\Big({latex_of_expression(varied)}\Big)",
            "N is minus the gradient of the loss, a matrix in the corner as A^h; then the power rule",
            Word.of((N, 1)).layers() == Word.of((A, h)).layers() and N.grade == Word.of((A, h)).grade(),
        ),
        Line(
            equation(r"\dot A = -\nabla L", velocity),
            "rotate the word in the trace, transpose it: gradient flow, with N in the place of R",
            riesz(-varied, V.name).equals(velocity),
        ),
        Line(
            rf"{latex_of_word(velocity.terms[0].word)} \text{{ has grade }} 1",
            "so A stays block-shift and nilpotent, and its spectrum zero",
            velocity.terms[0].word.grade() == Affine(1),
        ),
        Line(
            equation(r"A^{\mathsf{T}}\dot A - \dot A A^{\mathsf{T}}", -M),
            "the sums telescope",
            (T * velocity - velocity * T).equals(-M),
        ),
        Line(
            rf"{equation(moving, rate)} = M + M^{{\mathsf{{T}}}}",
            "rule of Leibniz; insert the line before, and its transpose",
            rate.substitute(V.name, velocity).equals(M + M.T),
        ),
        Line(
            rf"\tfrac{{d}}{{dt}}\big({_difference(Letter('W', Affine(1)), sign)}\big) = 0",
            "M lives on the last and on the first layer only; block (i, i), read path by path",
            _lives_outside(N)
            and paths(read_block(AT, i)) + paths(read_block(TA, i))
            == [(i, False), (i, True), (i + 1, True), (i + 1, False)],
        ),
        Line(
            r"\dot L = \langle \nabla L, \dot A\rangle = -\|\dot A\|_F^2",
            "the same trace with the velocity as direction",
            riesz(varied, V.name).equals(-velocity),
        ),
    )
    statement = (
        r"\dot A = \sum_j (A^{h-j})^{\mathsf{T}} N (A^{j-1})^{\mathsf{T}}, \quad \dot C_i = 0, \quad "
        r"\dot L = -\|\dot A\|_F^2"
    )
    return Derivation(statement, ALL + ", every differentiable loss of the end-to-end map", lines)
