"""What gradient flow says layer by layer: norms, and what holds where it rests.

Multiplied by the transpose of ``A``, the sum over ``j`` on the right side of the equation falls apart: each of
its words reads one layer only, another one for each ``j``. So an equation for ``A`` is one for every layer.
"""

from blockshift.flow.symbols.letters import ALL, A, R, equation, flow, i, j, layer, one, paths
from blockshift.flow.symbols.transcripts import COMPUTED, Derivation, Line, latex_of_word, read_block
from blockshift.flow.symbols.words import ZERO, Affine, Word, h


def is_rotation(word: Word, other: Word) -> bool:
    """Whether two words are ``x y`` and ``y x``: then they have the same trace.

    Examples
    --------
    >>> is_rotation(Word.of((A.T, h - j), (R, 1), (A.T, j)), Word.of((A.T, h), (R, 1)))
    True
    """
    cuts = range(len(word.factors) + 1)
    return any(Word.of(*word.factors[cut:], *word.factors[:cut]) == other for cut in cuts)


def norm_law(*, last: Affine = h, transposed: bool = True) -> Derivation:
    """``d/dt |W_i|^2 = 2 <Sigma - W, W>`` for every layer, and ``d/dt |A|^2 = 2 h <R, A^h>``.

    Source: INFERRED for [wendin2026gradient]; claim S6. `last` spoils it by ending the sum early,
    `transposed` by multiplying with A where its transpose belongs.

    Examples
    --------
    >>> norm_law().holds, norm_law(last=h - 1).holds, norm_law(transposed=False).holds
    (True, False, False)
    """
    right = A.T if transposed else A
    product = flow(last=last) * one(right)
    word, bounds = product.terms[0].word, product.terms[0].sums[0]
    mine, end = word.put("j", i), Word.of((A.T, h), (R, 1))
    lines = (
        Line(
            equation(rf"\dot A\,{latex_of_word(Word.of((right, 1)))}", product),
            "multiply the equation by the transpose of A",
            COMPUTED,
        ),
        Line(
            rf"{latex_of_word(word)} \text{{ reads layer }} j \text{{ only, and writes layer }} j",
            "from layer l the path visits l - j and l - j + h; both lie between 0 and h only for l = j",
            word.forced("l", start=layer) == j and word.grade() == ZERO,
        ),
        Line(
            rf"\dot W_i\,W_i^{{\mathsf{{T}}}} = \big({latex_of_word(mine)}\big)_{{i,i}}, \quad i = 1, \dots, h",
            "block (i, i) of both sides; of the sum the word with j = i is left",
            paths(read_block(Word.of((A, 1), (A.T, 1)), i)) == [(i, False), (i, True)]
            and (bounds.low, bounds.high) == (Affine(1), h),
        ),
        Line(
            rf"\operatorname{{tr}}\big({latex_of_word(mine)}\big) = \operatorname{{tr}}\big({latex_of_word(end)}\big) "
            r"= \langle R, A^{h}\rangle",
            "rotate the word in the trace: the layer i is no longer in it",
            is_rotation(mine, end),
        ),
        Line(
            r"\tfrac{d}{dt}\|W_i\|_F^2 = 2\operatorname{tr}\big(\dot W_i\,W_i^{\mathsf{T}}\big) "
            r"= 2\langle \Sigma - W, W\rangle",
            "R and A^h have one block each, in the same corner",
            Word.of((R, 1)).layers() == Word.of((A, h)).layers() == (ZERO, ZERO),
        ),
        Line(
            r"\tfrac{d}{dt}\|A\|_F^2 = \sum_{i=1}^{h} \tfrac{d}{dt}\|W_i\|_F^2 = 2h\langle R, A^{h}\rangle",
            "h layers, the same rate for each",
            bounds.high - bounds.low + 1 == h,
        ),
    )
    statement = (
        r"\tfrac{d}{dt}\|W_i\|_F^2 = 2\langle\Sigma-W, W\rangle, \quad \tfrac{d}{dt}\|A\|_F^2 = 2h\langle R,A^h\rangle"
    )
    return Derivation(statement, ALL, lines)


def equal_sizes(*, last: Affine = h) -> Derivation:
    """For one node in every layer, all ``w_i^2`` move alike: what is equal stays equal, and the order of sizes stays.

    Source: INFERRED for [wendin2026gradient]; claims S21, S22. `last` spoils it by ending the sum early.

    Examples
    --------
    >>> equal_sizes().holds, equal_sizes(last=h - 1).holds
    (True, False)
    """
    lines = (
        *norm_law(last=last).lines[:-1],
        Line(
            r"\tfrac{d}{dt}\,w_i^2 = 2(\sigma - \pi)\,\pi, \quad \pi = w_h \cdots w_1",
            "all widths are 1: the right side does not depend on i",
        ),
        Line(
            r"w_i^2 - w_j^2 \text{ is constant}",
            "so at the origin all sizes are equal, and the smallest stays the smallest",
        ),
        Line(
            r"|w_i| = a:\quad \dot a = (\pm\sigma - a^{h})\,a^{h-1}",
            "the sign is that of the product; it stays, since a = 0 is at rest",
        ),
    )
    statement = r"\tfrac{d}{dt}(w_i^2 - w_j^2) = 0, \quad \dot a = (\pm\sigma - a^h)\,a^{h-1}"
    return Derivation(statement, "one mode at every depth h ≥ 1", lines)


def ties(*, last: Affine = h) -> Derivation:
    """One node a layer: a start ends at a saddle exactly if its product is at most 0 and its smallest size is tied.

    Source: INFERRED for [wendin2026gradient]; claim S22. `last` spoils it by ending the sum early.

    Examples
    --------
    >>> ties().holds, ties(last=h - 1).holds
    (True, False)
    """
    lines = (
        *equal_sizes(last=last).lines[:-1],
        Line(
            r"\dot\pi = (\sigma - \pi)\sum_j \prod_{k \ne j} w_k^2 \ge 0 \quad (\pi \le \sigma)",
            "rule of Leibniz; at rest the product is sigma, or two weights are zero",
        ),
        Line(
            r"\text{tied, } \pi \le 0:\quad \pi \to 0",
            "the two smallest are zero together or not at all, and together they are at rest: no sign changes",
        ),
        Line(
            r"\text{not tied, } \pi \le 0:\quad \pi \text{ becomes positive}",
            "all but the smallest stay away from zero, so it moves to zero with a speed bounded below, and through",
        ),
        Line(
            r"\pi > 0:\quad \pi \to \sigma",
            "the product comes monotonically nearer to sigma, and cannot rest before",
        ),
    )
    return Derivation(
        r"L \to \tfrac12\sigma^2 \iff \pi \le 0,\ \text{smallest size tied}", "one mode at every depth h ≥ 1", lines
    )


def necessary_conditions(*, last: Affine = h, transposed: bool = True) -> Derivation:
    """Where the flow rests, ``(A^h)^T R = 0`` and ``R (A^h)^T = 0``: ``W^T Sigma = W^T W``, ``Sigma W^T = W W^T``.

    Source: INFERRED for [wendin2026gradient]; claim S10. `last` spoils it by ending the sum early,
    `transposed` by multiplying with A where its transpose belongs.

    Examples
    --------
    >>> necessary_conditions().holds, necessary_conditions(last=h - 1).holds
    (True, False)
    >>> necessary_conditions(transposed=False).holds
    False
    """
    factor = A.T if transposed else A
    velocity, name = flow(last=last), latex_of_word(Word.of((factor, 1)))
    lines = [Line(r"\dot A = 0", "a critical point: the flow rests")]
    sides = (
        (one(factor) * velocity, rf"{name}\,\dot A", j - 1, ZERO, Affine(1), Word.of((A.T, h), (R, 1))),
        (velocity * one(factor), rf"\dot A\,{name}", j, h, h, Word.of((R, 1), (A.T, h))),
    )
    for product, left, read, at, index, end in sides:
        word, bounds = product.terms[0].word, product.terms[0].sums[0]
        lines += [
            Line(f"{equation(left, product)} = 0", "multiply by the transpose of A, from either side", COMPUTED),
            Line(
                rf"{latex_of_word(word)} \text{{ reads layer }} {read!r} \text{{ only}}",
                "grading; so the words stand in different blocks, and each of them is zero",
                word.forced("l", start=layer) == read and word.grade() == ZERO,
            ),
            Line(
                rf"{latex_of_word(end)} = 0",
                f"the word with j = {index!r}, the one that reads layer {at!r}",
                word.put("j", index) == end
                and read.put("j", index) == at
                and index in (bounds.low, bounds.high)
                and end.layers() == (at, at),
            ),
        ]
    lines.append(
        Line(
            r"W^{\mathsf{T}}(\Sigma - W) = 0, \quad (\Sigma - W)\,W^{\mathsf{T}} = 0",
            "the one block of each: R and A^h have theirs in the same corner",
            Word.of((R, 1)).layers() == Word.of((A, h)).layers() == (ZERO, ZERO),
        )
    )
    return Derivation(r"(A^h)^{\mathsf{T}} R = 0, \quad R\,(A^h)^{\mathsf{T}} = 0", ALL, tuple(lines))
