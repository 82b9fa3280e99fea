"""Gradient descent with momentum: how the conserved matrices bend, and the angular momentum that does not.

The heavy ball goes from ``A`` to ``A + eta V'`` with ``V' = beta V + G``, where ``G`` is the negative gradient and
``V`` the direction of the step before. What is used of the gradient is one fact: ``G A^T - A^T G = M`` lives
on the first and on the last layer only.
"""

from blockshift.flow.symbols.calculus import Expression, Term
from blockshift.flow.symbols.letters import DEEP, A, equation, flow, one
from blockshift.flow.symbols.other_flows import STEP, G
from blockshift.flow.symbols.transcripts import Derivation, Line, latex_of_expression
from blockshift.flow.symbols.words import ZERO, Affine, Letter, Word, h

MOMENTUM = Letter(r"\beta", ZERO)  # a number, like the step
U = Letter("V", Affine(1))  # the direction of the step before
X = Letter("V'", Affine(1))  # the direction of this step
NUMBERS = (STEP.name, MOMENTUM.name)


def collected(expression: Expression) -> dict[tuple[int, int], Expression]:
    """The expression as a polynomial in step and momentum: the coefficient for each pair of powers.

    Examples
    --------
    >>> collected(one(MOMENTUM) * one(A) * one(STEP) + one(A))
    {(1, 1): A, (0, 0): A}
    """
    found: dict[tuple[int, int], Expression] = {}
    for t in expression.terms:
        powers = {name: 0 for name in NUMBERS}
        for letter, n in t.word.factors:
            if letter.name in powers:
                powers[letter.name] += n.constant
        rest = Word.of(*(factor for factor in t.word.factors if factor[0].name not in powers))
        place = powers[STEP.name], powers[MOMENTUM.name]
        found[place] = found.get(place, Expression()) + Expression((Term(t.coefficient, rest, t.sums),))
    return found


def _same(left: Expression, right: Expression) -> bool:
    """Whether two expressions agree for all values of the numbers in them."""
    zero = Expression()
    sides = collected(left), collected(right)
    return all(sides[0].get(place, zero).equals(sides[1].get(place, zero)) for place in {*sides[0], *sides[1]})


def heavy_ball(*, sign: int = -1, lag: bool = True) -> Derivation:
    """What momentum does to the laws: ``Omega' = beta Omega + eta C(V')``, so that its antisymmetric part decays.

    With ``C(X) = X X^T - X^T X`` and ``Omega = V A^T - A^T V``, at interior blocks, and for every step and momentum.

    Source: ours; claim O-R4. `sign` spoils it; `lag` does by forgetting the step before in the drift identity.

    Examples
    --------
    >>> heavy_ball().holds, heavy_ball(sign=+1).holds, heavy_ball(lag=False).holds
    (True, False, False)
    """

    def gram(letter: Letter) -> Expression:
        return one(letter) * one(letter.T) + sign * (one(letter.T) * one(letter))

    def turn(direction: Expression, at: Expression) -> Expression:
        return direction * at.T + sign * (at.T * direction)

    step, momentum, here = one(STEP), one(MOMENTUM), one(A)
    there, before = here + step * one(X), here - step * one(U)
    R = Letter("R", h)
    M = Expression.word((R, 1), (A.T, h)) - Expression.word((A.T, h), (R, 1))
    ends = [t.word.layers() for t in M.terms]
    rate = turn(one(X), here)
    # eta (Omega + Omega^T) of the step before, where it ends, and what the drift of that step was.
    past = step * (turn(one(U), here) + turn(one(U), here).T)
    drifted = gram(A) - gram(A).substitute("A", before)
    lagged = drifted + (step * step * gram(U) if lag else Expression())
    moved = gram(A).substitute("A", there)
    lines = (
        Line(
            r"A \to A + \eta V', \quad V' = \beta V + G, \quad " + equation("G", flow()),
            "a step with momentum",
        ),
        Line(
            rf"{latex_of_expression(turn(one(G), here))} = M, \quad M = {latex_of_expression(M)}",
            "the sums telescope, as they do along the flow",
            turn(flow(), here).equals(M),
        ),
        Line(
            r"M_{i,i} = 0 \quad (0 < i < h)",
            "its words read the last layer only, or the first layer only",
            ends == [(h, h), (ZERO, ZERO)],
        ),
        Line(
            rf"{latex_of_expression(rate)} = \beta\big({latex_of_expression(turn(one(U), here))}\big) + M",
            "V' = βV + G, and the left side is linear in it",
            _same(turn(momentum * one(U) + flow(), here), momentum * turn(one(U), here) + M),
        ),
        Line(
            r"\Omega_i(k+1) = \beta \Omega_i(k) + \eta\, C_i(V')",
            "put A + ηV' for A: the second summand is what the move adds",
            _same(turn(one(X), there), rate + step * gram(X)),
        ),
        Line(
            r"\Omega_i(k+1) - \Omega_i(k+1)^{\mathsf{T}} = \beta\,\big(\Omega_i(k) - \Omega_i(k)^{\mathsf{T}}\big)",
            "C(V') is symmetric: the angular momentum decays, whatever the step",
            gram(X).T.equals(gram(X)),
        ),
        Line(
            r"C_i(k+1) - C_i(k) = \eta\beta\,\big(\Omega_i(k) + \Omega_i(k)^{\mathsf{T}}\big) + \eta^2\, C_i(V')",
            "multiply out C at A + ηV'",
            _same(moved, gram(A) + step * (rate + rate.T) + step * step * gram(X)),
        ),
        Line(
            r"\eta\,\big(\Omega_i(k) + \Omega_i(k)^{\mathsf{T}}\big) = C_i(k) - C_i(k-1)"
            + (r" + \eta^2 C_i(V)" if lag else ""),
            "the same for the step before, from A - ηV to A",
            _same(past, lagged),
        ),
    )
    statement = (
        r"C_i(k+1) - C_i(k) = \beta\,\big(C_i(k) - C_i(k-1)\big) + \eta^2\big(C_i(V') + \beta\, C_i(V)\big), \quad "
        r"\operatorname{skew} \Omega_i(k+1) = \beta \operatorname{skew} \Omega_i(k)"
    )
    return Derivation(statement, DEEP + ", every step size and momentum", lines)
