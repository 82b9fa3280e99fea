"""Two layers that mirror one another: the equation that decides which starts fall into the origin, or come from it.

Bring ``Sigma`` to its modes: matrices ``u`` and ``v`` with ``u Sigma = D v`` and ``v Sigma^T = D u``, where D, printed
as ``Sigma_p``, is the diagonal matrix of its p nonzero singular values. ``u W_2`` and ``v W_1^T`` have the same shape,
and their sum and their difference each obey a linear equation wherever ``W_1 W_1^T = W_2^T W_2``.
"""

from blockshift.flow.symbols.calculus import Expression, Term
from blockshift.flow.symbols.letters import equation, one
from blockshift.flow.symbols.transcripts import COMPUTED, Derivation, Line, latex_of_expression
from blockshift.flow.symbols.words import ZERO, Letter, Word

W1, W2, SIGMA = Letter("W_1", ZERO), Letter("W_2", ZERO), Letter(r"\Sigma", ZERO)
D, G, u, v = (Letter(name, ZERO) for name in (r"\Sigma_p", "G", "u", "v"))


def rewritten(word: Word, *, balanced: bool = True, modes: bool = True) -> Word:
    """The word with ``D v`` for ``u Sigma``, ``D u`` for ``v Sigma^T``, and ``G`` for both Gram matrices.

    Examples
    --------
    >>> rewritten(Word.of((u, 1), (W2, 1), (W1, 1), (W1.T, 1)))
    u W_2 G
    >>> rewritten(Word.of((v, 1), (SIGMA.T, 1), (W2, 1))) == Word.of((D, 1), (u, 1), (W2, 1))
    True
    """
    rules: dict[tuple[Letter, Letter], tuple[tuple[Letter, int], ...]] = {}
    if modes:
        rules |= {(u, SIGMA): ((D, 1), (v, 1)), (v, SIGMA.T): ((D, 1), (u, 1))}
    if balanced:
        rules |= {(W1, W1.T): ((G, 1),), (W2.T, W2): ((G, 1),)}
    letters = [letter for letter, _ in word.factors]
    for at in range(len(letters) - 1):
        put = rules.get((letters[at], letters[at + 1]))
        if put:
            after = Word.of(*word.factors[:at], *put, *word.factors[at + 2 :])
            return rewritten(after, balanced=balanced, modes=modes)
    return word


def mirrored(*, sign: int = +1, balanced: bool = True, modes: bool = True) -> Derivation:
    """With ``U = u W_2 + sign v W_1^T`` and ``G = W_1 W_1^T = W_2^T W_2``: ``dU/dt = sign D U - U G``.

    Source: INFERRED for [wendin2026gradient]; claim P1-C19. `balanced` spoils it by taking away that the two Gram
    matrices are equal, `modes` that u and v belong to ``Sigma``.

    Examples
    --------
    >>> mirrored().holds, mirrored(sign=-1).holds, mirrored(balanced=False).holds, mirrored(modes=False).holds
    (True, True, False, False)
    """
    R = one(SIGMA) - one(W2) * one(W1)
    velocity = {W1: one(W2.T) * R, W2: R * one(W1.T)}
    U = one(u) * one(W2) + sign * (one(v) * one(W1.T))
    moved = U.derivative(velocity)
    found = Expression(
        tuple(Term(t.coefficient, rewritten(t.word, balanced=balanced, modes=modes), t.sums) for t in moved.terms)
    )
    claimed = sign * (one(D) * U) - U * one(G)
    plus = "" if sign > 0 else "-"
    lines = (
        Line(
            r"\dot W_1 = W_2^{\mathsf{T}} R,\quad \dot W_2 = R\,W_1^{\mathsf{T}},\quad R = \Sigma - W_2 W_1",
            "gradient flow for h = 2",
        ),
        Line(
            r"W_1 W_1^{\mathsf{T}} = W_2^{\mathsf{T}} W_2 =: G",
            "the difference is conserved, and it is zero at the origin, where the run ends or begins",
        ),
        Line(
            r"u\,\Sigma = \Sigma_p\,v,\quad v\,\Sigma^{\mathsf{T}} = \Sigma_p\,u",
            "u and v hold the singular vectors of the p nonzero singular values, Sigma_p these values",
        ),
        Line(equation(rf"\tfrac{{d}}{{dt}}\big({latex_of_expression(U)}\big)", moved), "rule of Leibniz", COMPUTED),
        Line(equation(rf"U = {latex_of_expression(U)}, \quad \dot U", found), "insert the hypotheses", COMPUTED),
        Line(
            equation(rf"\dot U = {plus}\Sigma_p\,U - U\,G", claimed),
            "collect: the equation is linear in U, so U = 0 stays",
            found.equals(claimed),
        ),
    )
    scope = "h = 2, every Σ, and all widths"
    return Derivation(rf"\dot U = {plus}\Sigma_p\,U - U\,G, \quad U = {latex_of_expression(U)}", scope, lines)


def both_mirrors(*, balanced: bool = True, modes: bool = True) -> Derivation:
    """Sum and difference of the mirrored layers, ``dU/dt = D U - U G`` and ``dU/dt = -D U - U G``, and what follows.

    Source: INFERRED for [wendin2026gradient]; claim P1-C19. `balanced` and `modes` spoil it, as in `mirrored`.

    Examples
    --------
    >>> both_mirrors().holds, both_mirrors(balanced=False).holds
    (True, False)
    """
    grows, shrinks = (mirrored(sign=sign, balanced=balanced, modes=modes) for sign in (1, -1))
    lines = (
        *grows.lines,
        *shrinks.lines[3:],
        Line(
            r"A \to 0 \text{ forwards} \;\Rightarrow\; u W_2 + v W_1^{\mathsf{T}} = 0",
            "near the origin G is below every nonzero singular value, so a sum that is not zero grows",
        ),
        Line(
            r"A \to 0 \text{ backwards} \;\Rightarrow\; u W_2 - v W_1^{\mathsf{T}} = 0",
            "and a difference that is not zero grows backwards",
        ),
    )
    return Derivation(r"u W_2 = \mp\, v W_1^{\mathsf{T}}", grows.scope, lines)
