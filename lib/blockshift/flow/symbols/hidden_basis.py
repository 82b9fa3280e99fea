"""A change of basis in the hidden layers: what it leaves alone, and how it moves the gradient.

``P`` is an invertible matrix with one block for each layer, the identity on the first and on the last; in words
a letter of grade 0, with an inverse. It turns ``A`` into ``P A P^-1``. Two rules are all that is needed:
a letter beside its inverse cancels, and ``P`` beside what reads or writes an outer layer is the identity.
"""

from blockshift import errors
from blockshift.flow.symbols.calculus import Expression, Term, total
from blockshift.flow.symbols.letters import ALL, A, E, R, flow, one
from blockshift.flow.symbols.transcripts import COMPUTED, Derivation, Line, latex_of_expression, latex_of_word
from blockshift.flow.symbols.words import ZERO, Affine, Letter, Word, h

P, Q = Letter("P", ZERO), Letter("Q", ZERO)  # Q is the inverse of P


def simplify(word: Word, *, outer: bool = True) -> Word:
    """The word after both rules, as often as they apply; the second only if `outer`.

    Examples
    --------
    >>> simplify(Word.of((P, 1), (A, 2), (Q, 1), (P, 1), (A, 1), (Q, 1)))
    P A^(3) Q
    >>> simplify(Word.of((P, 1), (A, h), (Q, 1)))
    A^(h)
    """
    factors = word.factors
    for at, (letter, n) in enumerate(factors):
        if letter.name not in (P.name, Q.name) or n != Affine(1):
            continue
        if at + 1 < len(factors) and _are_inverse(letter, factors[at + 1][0]):
            return simplify(Word.of(*factors[:at], *factors[at + 2 :]), outer=outer)
        written = at + 1 < len(factors) and _outer_ends(factors[at + 1])[1]
        read = at > 0 and _outer_ends(factors[at - 1])[0]
        if outer and (written or read):
            return simplify(Word.of(*factors[:at], *factors[at + 1 :]), outer=outer)
    return word


def _are_inverse(a: Letter, b: Letter) -> bool:
    """Whether two letters are P and its inverse, both transposed or both not."""
    return {a.name, b.name} == {P.name, Q.name} and a.transposed == b.transposed


def _outer_ends(factor: tuple[Letter, Affine]) -> tuple[bool, bool]:
    """Whether a factor reads one outer layer only, and whether it writes one only."""
    word = Word.of(factor)
    try:
        found = word.layers()
    except errors.BadArgument:
        return False, False  # which layers depends on an index
    if found is None or found[0] != found[1]:
        return False, False
    return found[0] in (ZERO, h), found[0] + word.grade() in (ZERO, h)


def _each(expression: Expression, *, outer: bool) -> Expression:
    """Both rules in every word of an expression."""
    terms = (Term(t.coefficient, simplify(t.word, outer=outer), t.sums) for t in expression.terms)
    return Expression(tuple(terms))


def hidden_change_of_basis(*, outer: bool = True, inverse: bool = True) -> Derivation:
    """``B = P A P^-1`` has the loss of ``A``, and is critical exactly if ``A`` is.

    Source: INFERRED for [wendin2026gradient]; claim P1-C14. `outer` spoils it by letting P act on the outer
    layers as well, `inverse` by putting the transpose of P where its inverse belongs.

    Examples
    --------
    >>> hidden_change_of_basis().holds
    True
    >>> hidden_change_of_basis(outer=False).holds, hidden_change_of_basis(inverse=False).holds
    (False, False)
    """
    back = Q if inverse else P.T

    def power(n: Affine) -> Word:
        return Word.of((P, 1), (A, n), (back, 1))

    n = Affine.letter("n")
    moved = total(lambda j: power(h - j).T * Word.of((R, 1)) * power(j - 1).T, 1, h)
    claimed = one(back.T) * flow() * one(P.T)
    residual = one(E) - Expression((Term(one(A).terms[0].coefficient, simplify(power(h), outer=outer)),))
    step = power(n) * power(Affine(1))
    end = simplify(power(h), outer=outer)
    lines = (
        Line(
            rf"B = {latex_of_word(power(Affine(1)))}, \quad "
            r"P = \operatorname{diag}(I, P_1, \dots, P_{h-1}, I), \quad Q = P^{-1}",
            "a change of basis in the hidden layers; its grade is 0, so B is block-shift",
            power(Affine(1)).grade() == Affine(1),
        ),
        Line(
            rf"B^{{n}} B = {latex_of_word(step)} = {latex_of_word(simplify(step, outer=outer))}",
            "by induction on n: what stands between two factors cancels",
            simplify(step, outer=outer) == power(n + 1),
        ),
        Line(
            rf"B^{{h}} = {latex_of_word(power(h))} = {latex_of_word(end)}",
            "A^h writes layer h only and reads layer 0 only, and P is the identity there",
            end == Word.of((A, h)),
        ),
        Line(
            rf"E - B^{{h}} = {latex_of_expression(residual)} = R",
            "so residual and loss are those of A",
            residual.equals(one(E) - Expression.word((A, h))),
        ),
        Line(
            rf"-\nabla L(B) = {latex_of_expression(moved)}",
            "the formula of the gradient at B, powers and residual inserted",
            COMPUTED,
        ),
        Line(
            rf"-\nabla L(B) = {latex_of_expression(_each(moved, outer=outer))}",
            "R writes layer h only and reads layer 0 only, and P is the identity there",
            _each(moved, outer=outer).equals(claimed),
        ),
        Line(
            rf"-\nabla L(B) = {latex_of_word(Word.of((back.T, 1)))}\,\big(-\nabla L(A)\big)\,P^{{\mathsf{{T}}}}",
            "P is invertible: one side is zero exactly if the other is",
            _are_inverse(P, back) and _each(one(P.T) * claimed * one(Q.T), outer=outer).equals(flow()),
        ),
    )
    statement = r"L(PAP^{-1}) = L(A), \quad \nabla L(PAP^{-1}) = P^{-\mathsf{T}}\,\nabla L(A)\,P^{\mathsf{T}}"
    return Derivation(statement, ALL + " and every invertible hidden change of basis", lines)
