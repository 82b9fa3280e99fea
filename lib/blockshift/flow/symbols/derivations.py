"""The identities of gradient flow, derived for every depth and all widths.

With ``A`` the adjacency matrix, ``T`` its transpose, ``E = blk_h(Sigma)`` the data and ``R = E - A^h`` the
residual, gradient flow of the loss ``L = 1/2 |R|^2`` is

    dA/dt = sum_j T^(h-j) R T^(j-1),   j = 1..h.

They follow in the calculus of `calculus`, with the depth a letter and no size at all. The second road,
every entry written out as a polynomial for networks of named sizes, is in `expansions`; the fast code is in
`gradient`. The three do not know one another, and are compared by tests and claims.

The first steps stand here; `by_layer`, `second_order`, `hidden_basis`, `end_to_end`, `other_flows`, `with_momentum` go
on from them, and all of them are found under this name. Each derivation has keyword arguments that spoil it on purpose
(a sign, a dropped term): a check that cannot fail says nothing.
"""

from blockshift.flow.symbols.by_layer import equal_sizes, necessary_conditions, norm_law, ties
from blockshift.flow.symbols.calculus import Expression, riesz, total
from blockshift.flow.symbols.end_to_end import balanced_end_to_end, balanced_powers, end_to_end
from blockshift.flow.symbols.hidden_basis import hidden_change_of_basis
from blockshift.flow.symbols.letters import ALL, DEEP, A, E, R, V, equation, flow, i, j, one, paths
from blockshift.flow.symbols.other_flows import descent_drift, general_loss
from blockshift.flow.symbols.reflections import both_mirrors, mirrored
from blockshift.flow.symbols.second_order import hessian, origin_is_flat
from blockshift.flow.symbols.transcripts import (
    COMPUTED,
    Derivation,
    LayerFactor,
    Line,
    latex_of_block,
    latex_of_expression,
    latex_of_word,
    read_block,
)
from blockshift.flow.symbols.with_momentum import heavy_ball
from blockshift.flow.symbols.words import ZERO, Affine, Letter, Word, h

__all__ = [
    "A",
    "E",
    "R",
    "balanced_end_to_end",
    "balanced_powers",
    "both_mirrors",
    "commutator",
    "conserved_matrices",
    "descent_drift",
    "end_to_end",
    "equal_sizes",
    "flow",
    "general_loss",
    "gradient",
    "h",
    "heavy_ball",
    "hessian",
    "hidden_change_of_basis",
    "j",
    "loss_decrease",
    "loss_is_layerwise",
    "mirrored",
    "necessary_conditions",
    "nilpotency",
    "norm_law",
    "origin_is_alone",
    "origin_is_flat",
    "spectrum",
    "ties",
]

_A, _T, _V = one(A), one(A.T), one(V)


def nilpotency(*, grade: int = 1) -> Derivation:
    """``A^h`` has a single block, the end-to-end product, and ``A^(h+1) = 0``.

    Source: [wendin2026gradient]; claim P1-C1. `grade` spoils it: a letter of grade 0 has loops.

    Examples
    --------
    >>> nilpotency().holds, nilpotency(grade=0).holds
    (True, False)
    """
    letter = Letter("A", Affine(grade))
    corner, beyond = Word.of((letter, h)), Word.of((letter, h + 1))
    ends = (ZERO, ZERO)
    lines = (
        Line(r"A^{k} \text{ raises layers by } k", "grades add under multiplication", grade == 1),
        Line(
            rf"{latex_of_word(corner)} \text{{ reads layer }} 0 \text{{ only, and writes layer }} h",
            "a word reads the layers from which it stays between 0 and h",
            corner.layers() == ends and corner.grade() == h,
        ),
        Line(
            rf"({latex_of_word(corner)})_{{h,0}} = W_{{h}} \cdots W_{{2}} W_{{1}}",
            "by induction: each step up multiplies by the next layer, from the left",
            read_block(Word.of((A, 1)), i) == (LayerFactor(i + 1, False),),
        ),
        Line(rf"{latex_of_word(beyond)} = 0", "no layer is left to read", beyond.layers() is None),
    )
    return Derivation(r"A^{h+1} = 0, \quad (A^{h})_{h,0} = W_h \cdots W_1", ALL, lines)


def spectrum(*, grade: int = 1) -> Derivation:
    """All eigenvalues of ``A(t)`` are zero at all times.

    Source: [wendin2026gradient]; claim P1-C4. `grade` spoils it.

    Examples
    --------
    >>> spectrum().holds, spectrum(grade=0).holds
    (True, False)
    """
    word = flow().terms[0].word
    lines = (
        *nilpotency(grade=grade).lines[-1:],
        Line(r"A x = \lambda x,\ x \neq 0 \;\Rightarrow\; \lambda^{h+1} x = A^{h+1} x = 0", "so every eigenvalue is 0"),
        Line(
            rf"{latex_of_word(word)} \text{{ has grade }} 1 \text{{ for every }} j",
            "so the velocity is block-shift, and A(t) stays so",
            word.grade() == Affine(1),
        ),
    )
    return Derivation(r"\operatorname{spec} A(t) = \{0\}", ALL, lines)


def loss_is_layerwise(*, grade: Affine = h) -> Derivation:
    """``1/2 |E - A^h|^2`` is the loss ``1/2 |Sigma - W_h ... W_1|^2`` of the layers.

    Source: [wendin2026gradient]; claim P1-C3. `grade` spoils it by putting the data into other blocks.

    Examples
    --------
    >>> loss_is_layerwise().holds, loss_is_layerwise(grade=h - 1).holds
    (True, False)
    """
    data, corner = Word.of((Letter("E", grade), 1)), Word.of((A, h))
    same = data.grade() == corner.grade() and data.layers() == corner.layers() == (ZERO, ZERO)
    lines = (
        Line(r"E,\ A^{h} \text{ both read layer } 0 \text{ only and write layer } h", "grading", same),
        Line(r"R = E - A^{h} = \operatorname{blk}_h(\Sigma - W_h \cdots W_1)", "one block, hence one difference", same),
        Line(
            r"\|R\|_F^2 = \|\Sigma - W_h \cdots W_1\|_F^2",
            "the Frobenius norm of a matrix with one nonzero block is that of the block",
            same,
        ),
    )
    return Derivation(r"\tfrac12\|E - A^h\|_F^2 = \tfrac12\|\Sigma - W_h\cdots W_1\|_F^2", ALL, lines)


def gradient(*, last: Affine = h) -> Derivation:
    """``-grad L = sum_j T^(h-j) R T^(j-1)``, which is block-shift, from the first variation of L.

    Source: [wendin2026gradient]; claim P1-C2. `last` spoils it by ending the sum early.

    Examples
    --------
    >>> gradient().holds, gradient(last=h - 1).holds
    (True, False)
    """
    residual = Expression.word((E, 1)) - Expression.word((A, h))
    varied = residual.derivative({A: _V})
    power = -total(lambda j: Word.of((A, h - j), (V, 1), (A, j - 1)), 1, h)
    pairing = Expression.word((R.T, 1)) * varied
    steepest = riesz(-pairing, V.name)
    claimed = flow(last=last)
    word = flow().terms[0].word
    lines = (
        Line(equation(r"\delta R", varied), "rule of Leibniz, and the power rule", varied.equals(power)),
        Line(
            rf"\delta L = \langle R, \delta R\rangle = \operatorname{{tr}}\Big({latex_of_expression(pairing)}\Big)",
            "L is half the square of the norm of R",
        ),
        Line(
            rf"-\delta L = \Big\langle {latex_of_expression(claimed)},\; \dot A\Big\rangle",
            "rotate the word in the trace, transpose it",
            steepest.equals(claimed),
        ),
        Line(
            rf"{latex_of_word(word)} \text{{ has grade }} -(h-j) + h - (j-1) = 1",
            "grades add, so the gradient is block-shift: no projection is needed",
            word.grade() == Affine(1),
        ),
    )
    return Derivation(rf"-\nabla L(A) = {latex_of_expression(claimed)}", ALL, lines)


def commutator(*, sign: int = -1, last: Affine = h) -> Derivation:
    """``d/dt (A A^T - A^T A) = M + M^T`` with ``M = R (A^h)^T - (A^h)^T R``.

    Source: INFERRED for [wendin2026gradient]; claim P1-C7. `sign` and `last` spoil it.

    Examples
    --------
    >>> commutator().holds, commutator(sign=+1).holds, commutator(last=h - 1).holds
    (True, False, False)
    """
    velocity = flow(last=last)
    left, right = _T * velocity, velocity * _T
    M = Expression.word((R, 1), (A.T, h)) - Expression.word((A.T, h), (R, 1))
    gram = _A * _T + sign * (_T * _A)
    rate = gram.derivative({A: _V})
    product = velocity * _T + _A * velocity.T + sign * (velocity.T * _A + _T * velocity)
    lines = (
        Line(equation(r"\dot A", velocity), "gradient flow, with T the transpose of A"),
        Line(
            equation(r"A^{\mathsf{T}}\dot A - \dot A A^{\mathsf{T}}", left - right),
            "multiply out; neighbours that are equal add exponents",
            COMPUTED,
        ),
        Line(
            equation(r"A^{\mathsf{T}}\dot A - \dot A A^{\mathsf{T}}", -M),
            "the sums telescope: all terms but the two ends cancel",
            (left - right).equals(-M),
        ),
        Line(
            equation(rf"\tfrac{{d}}{{dt}}\big({latex_of_expression(gram)}\big)", rate),
            "rule of Leibniz",
            rate.substitute(V.name, velocity).equals(product),
        ),
        Line(
            rf"\tfrac{{d}}{{dt}}\big({latex_of_expression(gram)}\big) = M + M^{{\mathsf{{T}}}}, "
            rf"\quad M = {latex_of_expression(M)}",
            "insert the line before last, and its transpose",
            product.equals(M + M.T),
        ),
    )
    return Derivation(r"\tfrac{d}{dt}(A A^{\mathsf{T}} - A^{\mathsf{T}} A) = M + M^{\mathsf{T}}", ALL, lines)


def conserved_matrices(*, sign: int = -1) -> Derivation:
    """``W_i W_i^T - W_{i+1}^T W_{i+1}`` is constant for every hidden layer ``0 < i < h``.

    Source: [wendin2026gradient]; claim P1-C6. `sign` spoils it.

    Examples
    --------
    >>> conserved_matrices().holds, conserved_matrices(sign=+1).holds
    (True, False)
    """
    entering, leaving = (read_block(word, i) for word in (Word.of((A, 1), (A.T, 1)), Word.of((A.T, 1), (A, 1))))
    ends = [Word.of((R, 1), (A.T, h)), Word.of((A.T, h), (R, 1))]
    block = f"{latex_of_block(entering)} {'-' if sign < 0 else '+'} {latex_of_block(leaving)}"
    lines = (
        *commutator(sign=sign).lines,
        Line(
            rf"{latex_of_word(ends[0])} \text{{ reads layer }} h \text{{ only}},\quad "
            rf"{latex_of_word(ends[1])} \text{{ reads layer }} 0 \text{{ only}}",
            "grading; their transposes have the same grade and layers",
            [w.layers() for w in ends] == [w.T.layers() for w in ends] == [(h, h), (ZERO, ZERO)],
        ),
        Line(r"(M + M^{\mathsf{T}})_{i,i} = 0 \quad (0 < i < h)", "a hidden layer is neither the first nor the last"),
        Line(
            rf"\tfrac{{d}}{{dt}}\big({block}\big) = 0",
            "block (i, i) of the left side, read path by path",
            paths(entering + leaving) == [(i, False), (i, True), (i + 1, True), (i + 1, False)],
        ),
    )
    return Derivation(r"W_i W_i^{\mathsf{T}} - W_{i+1}^{\mathsf{T}} W_{i+1} \text{ is constant}", DEEP, lines)


def loss_decrease(*, sign: int = -1) -> Derivation:
    """``dL/dt = -|dA/dt|^2``: the loss never increases.

    Source: [wendin2026gradient] for the statement, formula INFERRED; claim P1-C8. `sign` spoils it.

    Examples
    --------
    >>> loss_decrease().holds, loss_decrease(sign=+1).holds
    (True, False)
    """
    rate = Expression.word((R.T, 1)) * (-Expression.word((A, h))).derivative({A: _V})
    slope = riesz(rate, V.name)
    minus = "-" if sign < 0 else ""
    lines = (
        Line(
            rf"\dot L = \langle R, \dot R\rangle = \operatorname{{tr}}\Big({latex_of_expression(rate)}\Big)",
            "rule of Leibniz, and the power rule",
            COMPUTED,
        ),
        Line(
            rf"\dot L = \Big\langle {latex_of_expression(slope)},\; \dot A\Big\rangle",
            "rotate the word in the trace, transpose it",
            COMPUTED,
        ),
        Line(
            rf"\dot L = {minus}\langle \dot A, \dot A\rangle = {minus}\|\dot A\|_F^2",
            "the left factor is the right side of gradient flow, with a minus",
            slope.equals(sign * flow()),
        ),
    )
    return Derivation(r"\dot L = -\|\dot A\|_F^2 \le 0", ALL, lines)


def origin_is_alone(*, invertible: bool = True) -> Derivation:
    """For two layers and invertible ``Sigma``, ``A = 0`` is the only critical point that has learnt nothing.

    At a critical point with ``W_2 W_1 = 0`` the residual is ``Sigma``, and the gradient vanishes when
    ``W_2^T Sigma = 0`` and ``Sigma W_1^T = 0``.

    Source: ours; edge case E1 of the claim that critical sets are unbounded (P1-C12). Without an inverse the
    last step has nothing to multiply with.

    Examples
    --------
    >>> origin_is_alone().holds, origin_is_alone(invertible=False).holds
    (True, False)
    """
    one, two = Letter("W_1", Affine(1)), Letter("W_2", Affine(1))
    data = Letter(r"\Sigma", Affine(2))
    inverse = Letter(r"\Sigma^{-1}", Affine(-2)) if invertible else Letter("X", Affine(-2))
    rows, columns = Word.of((two.T, 1), (data, 1)), Word.of((data, 1), (one.T, 1))
    lines = (
        Line(r"\dot W_2 = R\,W_1^{\mathsf{T}},\quad \dot W_1 = W_2^{\mathsf{T}} R", "gradient flow for h = 2"),
        Line(r"W_2 W_1 = 0 \;\Rightarrow\; R = \Sigma", "nothing is learnt"),
        Line(
            rf"{latex_of_word(rows)} = 0 \;\Rightarrow\; W_2 = 0",
            "multiply by the inverse from the right",
            _cancel(rows * Word.of((inverse, 1)), data) == Word.of((two.T, 1)),
        ),
        Line(
            rf"{latex_of_word(columns)} = 0 \;\Rightarrow\; W_1 = 0",
            "multiply by the inverse from the left",
            _cancel(Word.of((inverse, 1)) * columns, data) == Word.of((one.T, 1)),
        ),
    )
    scope = "h = 2, every invertible Σ and every hidden width"
    return Derivation(r"W_2 W_1 = 0,\ \nabla L = 0 \;\Rightarrow\; A = 0", scope, lines)


def _cancel(word: Word, letter: Letter) -> Word:
    """The word without a letter standing beside its inverse."""
    names = [f.name for f, _ in word.factors]
    for at in range(len(names) - 1):
        if sorted(names[at : at + 2]) == sorted([letter.name, letter.name + "^{-1}"]):
            return Word.of(*word.factors[:at], *word.factors[at + 2 :])
    return word
