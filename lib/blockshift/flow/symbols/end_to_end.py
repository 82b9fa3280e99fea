"""The equation of the end-to-end map, and how balance closes it.

Along gradient flow ``W = W_h ... W_1`` moves by ``dW/dt = sum_j K_j (Sigma - W) J_j`` with the Gram matrices
``K_j`` of ``W_h ... W_{j+1}`` and ``J_j`` of ``W_{j-1} ... W_1``. On 0-balanced networks these are fractional
powers of ``W W^T`` and ``W^T W``, and the layers drop out of the equation.
"""

from blockshift.flow.symbols.calculus import total
from blockshift.flow.symbols.letters import ALL, A, R, equation, flow, i, j, paths, variation
from blockshift.flow.symbols.transcripts import COMPUTED, Derivation, Line, latex_of_word, read_block
from blockshift.flow.symbols.words import ZERO, Affine, Letter, Word, h

m = Affine.letter("m")
AT, TA = Word.of((A, 1), (A.T, 1)), Word.of((A.T, 1), (A, 1))
#: The same products as letters of grade 0, to write their powers.
OUTGOING, INCOMING = Letter(r"(A A^{\mathsf{T}})", ZERO), Letter(r"(A^{\mathsf{T}} A)", ZERO)


def end_to_end(*, last: Affine = h) -> Derivation:
    """``d/dt A^h = sum_j A^(h-j) T^(h-j) R T^(j-1) A^(j-1)``, the equation of the end-to-end map.

    Source: INFERRED for [wendin2026gradient]; claim P1-C22. `last` spoils it by ending the sum early.

    Examples
    --------
    >>> end_to_end().holds, end_to_end(last=h - 1).holds
    (True, False)
    """
    moved = variation().substitute(r"\dot A", flow())
    word, k = moved.terms[0].word, Affine.letter(moved.terms[0].sums[0].index)
    outer, inner = (s.index for s in moved.terms[0].sums)
    claimed = total(lambda j: Word.of((A, h - j), (A.T, h - j), (R, 1), (A.T, j - 1), (A, j - 1)), 1, last)
    # 1 <= j <= h in slack letters: j = a + 1, h = a + b + 1.
    inside = [
        c.put("h", Affine.letter("a") + Affine.letter("b") + 1).put("j", Affine.letter("a") + 1).is_natural()
        for gram, start in ((Word.of((A, h - j), (A.T, h - j)), h), (Word.of((A.T, j - 1), (A, j - 1)), ZERO))
        for c in gram.conditions(start)
    ]
    lines = (
        Line(equation(r"\tfrac{d}{dt} A^{h}", variation()), "rule of Leibniz, and the power rule", COMPUTED),
        Line(equation(r"\tfrac{d}{dt} A^{h}", moved), "insert gradient flow: a sum over two indices", COMPUTED),
        Line(
            rf"{latex_of_word(word)} = 0 \text{{ unless }} {inner} = {outer}",
            "the path would leave the layers 0 to h on one side or the other",
            word.forced(inner) == k,
        ),
        Line(
            equation(r"\tfrac{d}{dt} A^{h}", claimed),
            "what is left is the diagonal of the double sum",
            moved.equals(claimed),
        ),
        Line(
            r"\dot W = \sum_{j=1}^{h} (W_h \cdots W_{j+1})(W_h \cdots W_{j+1})^{\mathsf{T}}\,(\Sigma - W)\,"
            r"(W_{j-1} \cdots W_1)^{\mathsf{T}}(W_{j-1} \cdots W_1)",
            "the block in the corner, read path by path: all stops lie between 0 and h",
            all(inside),
        ),
    )
    return Derivation(r"\dot W = \sum_j K_j\,(\Sigma - W)\,J_j", ALL, lines)


def swapped(pair: Word, after: Word, start: Affine, *, balanced: bool = True) -> Word | None:
    """``T A`` for ``A T``, or the other way round, where that is allowed; else None.

    On a 0-balanced network the two agree on hidden layers, so the path that reads layer `start` and takes the
    steps `after` must stand on one of the layers 1 to ``h - 1``, for every ``2 <= m <= h``.

    Examples
    --------
    >>> swapped(AT, Word.of((A.T, m - 1)), h)
    A' A
    >>> swapped(AT, Word.of((A.T, m)), h) is None
    True
    """
    at, a, b = start + after.grade(), Affine.letter("a"), Affine.letter("b")
    room = [c.put("h", a + b + 2).put("m", a + 2) for c in (at - 1, h - 1 - at)]
    allowed = balanced and all(c.is_natural() for c in room)
    return {AT: TA, TA: AT}.get(pair) if allowed else None


def balanced_powers(*, balanced: bool = True, sign: int = -1) -> Derivation:
    """On a 0-balanced network ``(W_h ... W_{j+1})(W_h ... W_{j+1})^T = (W W^T)^((h-j)/h)``, and so at the other end.

    Source: INFERRED for [wendin2026gradient], after [arora2018optimization]; claim P1-C22. `balanced` and `sign`
    spoil it by taking the hypothesis away, or one of its signs.

    Examples
    --------
    >>> balanced_powers().holds, balanced_powers(balanced=False).holds, balanced_powers(sign=+1).holds
    (True, False, False)
    """
    hypothesis = paths(read_block(AT, i)) + paths(read_block(TA, i)) == [
        (i, False),
        (i, True),
        (i + 1, True),
        (i + 1, False),
    ]
    lines = [
        Line(
            rf"(A A^{{\mathsf{{T}}}} {'-' if sign < 0 else '+'} A^{{\mathsf{{T}}}} A)_{{i,i}} = 0 \quad (0 < i < h)",
            "0-balanced: so a step down and up again is a step up and down, on hidden layers",
            hypothesis and sign == -1,
        )
    ]
    # From layer h down with T, and from layer 0 up with A: the same argument in two directions.
    ends = ((A, A.T, h, AT, OUTGOING), (A.T, A, ZERO, TA, INCOMING))
    for first, then, start, pair, gram in ends:
        turned = swapped(pair, Word.of((then, m - 1)), start, balanced=balanced and sign == -1)
        whole = Word.of((first, 1), (then, m))
        moved = Word.of((then, m - 1)) * pair
        before = Word.of((then, m - 2)) * pair  # what the induction supposes for m - 1
        lines += [
            Line(
                rf"{latex_of_word(whole)} = {latex_of_word((turned or pair) * Word.of((then, m - 1)))}",
                f"reading layer {start!r}: the path stands on a hidden layer, for 2 ≤ m ≤ h",
                turned is not None and pair * Word.of((then, m - 1)) == whole,
            ),
            Line(
                rf"{latex_of_word(whole)} = {latex_of_word(moved)}",
                "by induction on m; for m = 1 both sides are the same word",
                turned is not None
                and turned == Word.of((then, 1), (first, 1))
                and Word.of((then, 1)) * before == moved
                and moved.put("m", Affine(1)) == whole.put("m", Affine(1)),
            ),
            Line(
                rf"{latex_of_word(Word.of((first, m), (then, m)))} = {latex_of_word(Word.of((gram, m)))}",
                "by induction on m, once more: move one factor to the right, and it is a loop at the layer read",
                Word.of((first, m - 1)) * whole == Word.of((first, m), (then, m))
                and Word.of((first, m - 1)) * moved == Word.of((first, m - 1), (then, m - 1)) * pair
                and Word.of((gram, m - 1)) * Word.of((gram, 1)) == Word.of((gram, m))
                and pair.grade() == ZERO,
            ),
        ]
    top, bottom = read_block(AT, h), read_block(TA, ZERO)
    lines += [
        Line(
            r"(W_h \cdots W_{j+1})(W_h \cdots W_{j+1})^{\mathsf{T}} = (W_h W_h^{\mathsf{T}})^{h-j}, \quad "
            r"W W^{\mathsf{T}} = (W_h W_h^{\mathsf{T}})^{h}",
            "block (h, h), with m = h - j and with m = h",
            paths(top) == [(h, False), (h, True)],
        ),
        Line(
            r"(W_{j-1} \cdots W_1)^{\mathsf{T}}(W_{j-1} \cdots W_1) = (W_1^{\mathsf{T}} W_1)^{j-1}, \quad "
            r"W^{\mathsf{T}} W = (W_1^{\mathsf{T}} W_1)^{h}",
            "block (0, 0), with m = j - 1 and with m = h",
            paths(bottom) == [(Affine(1), True), (Affine(1), False)],
        ),
        Line(
            r"W_h W_h^{\mathsf{T}} = (W W^{\mathsf{T}})^{1/h}, \quad W_1^{\mathsf{T}} W_1 = (W^{\mathsf{T}} W)^{1/h}",
            "a positive semidefinite matrix has exactly one positive semidefinite root",
            quoted=True,
        ),
    ]
    statement = (
        r"\dot W = \sum_{j=1}^{h} (W W^{\mathsf{T}})^{\frac{h-j}{h}}\,(\Sigma - W)\,(W^{\mathsf{T}} W)^{\frac{j-1}{h}}"
    )
    return Derivation(statement, ALL + ", every 0-balanced network", tuple(lines))


def balanced_end_to_end(*, last: Affine = h, balanced: bool = True, sign: int = -1) -> Derivation:
    """``dW/dt = sum_j (W W^T)^((h-j)/h) (Sigma - W) (W^T W)^((j-1)/h)`` on the 0-balanced set.

    The two derivations above, one after the other; exponent 0 is the identity.

    Source: INFERRED for [wendin2026gradient], after [arora2018optimization]; claim P1-C22.

    Examples
    --------
    >>> balanced_end_to_end().holds, balanced_end_to_end(balanced=False).holds
    (True, False)
    """
    general, powers = end_to_end(last=last), balanced_powers(balanced=balanced, sign=sign)
    collected = Line(powers.statement, "insert both powers into the equation of the end-to-end map")
    return Derivation(powers.statement, powers.scope, (*general.lines, *powers.lines, collected))
