"""Sums of words: a small calculus in which identities are proved for every depth and all widths.

To the grading of words it adds two facts:

1. **Sums telescope.** ``sum(w(j), j=a..b)`` is the difference ``P(b) - P(a-1)`` of prefix sums, and prefix
   sums whose bounds differ by an integer differ by that many explicit words. Shifting and reversing the
   index makes the summand unique. So every expression has one normal form, and an identity holds if the
   normal form of the difference is empty: for every depth ``h >= 1`` and all widths at once. (Prefix sums
   need no lower end: their coefficients add up to zero for each summand, so it cancels. Words outside the
   range of a sum may be given any value, for the same reason.)
2. **Derivatives** obey the rule of Leibniz, and **transposition** reverses words.

It is a decision procedure on one side only: an empty normal form is a proof, one that is not empty says
that these rules do not prove the identity. What follows for neural networks stands in `derivations`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from blockshift import errors
from blockshift.flow.words import ZERO, Affine, Letter, Word

#: The name of the bound index in normal forms; no other index may be called so.
DUMMY = "·"


@dataclass(frozen=True)
class Term:
    """A multiple of a word, or of the sum of a word over an index from `low` to `high`."""

    coefficient: Fraction
    word: Word
    index: str | None = None
    low: Affine = ZERO
    high: Affine = ZERO


#: A word, or a prefix sum P of a word (in the index `DUMMY`) up to a bound without constant.
Atom = Word | tuple[Word, Affine]


@dataclass(frozen=True)
class Expression:
    """A sum of terms, kept as it was written; `normal` is its unique form.

    Examples
    --------
    >>> from blockshift.flow.words import h
    >>> A, R = Letter("A", Affine(1)), Letter("R", h)
    >>> flow = total(lambda j: Word.of((A.T, h - j), (R, 1), (A.T, j - 1)), 1, h)
    >>> T = Expression.word((A.T, 1))
    >>> (T * flow - flow * T).collapse()
    A'^(h) R - R A'^(h)
    """

    terms: tuple[Term, ...] = ()

    @classmethod
    def word(cls, *factors: tuple[Letter, Affine | int]) -> "Expression":
        """The expression that is one word."""
        return cls((Term(Fraction(1), Word.of(*factors)),))

    def __add__(self, other: "Expression") -> "Expression":
        return Expression(self.terms + other.terms)

    def __neg__(self) -> "Expression":
        return Fraction(-1) * self

    def __sub__(self, other: "Expression") -> "Expression":
        return self + -other

    def __rmul__(self, number: int | Fraction) -> "Expression":
        return Expression(tuple(replace(t, coefficient=number * t.coefficient) for t in self.terms))

    def __mul__(self, other: "Expression") -> "Expression":
        for s, t in product(self.terms, other.terms):
            _refuse_capture(s, t)
        return Expression(tuple(_times(s, t) for s in self.terms for t in other.terms))

    @property
    def T(self) -> "Expression":
        """The transpose."""
        return Expression(tuple(replace(t, word=t.word.T) for t in self.terms))

    def normal(self) -> dict[Atom, Fraction]:
        """The unique form: words and prefix sums with their coefficients; empty exactly for zero.

        A word that reads no layer is zero and is left out.
        """
        form: dict[Atom, Fraction] = {}
        for t in self.terms:
            for atom, c in _atoms(t):
                form[atom] = form.get(atom, Fraction(0)) + c
        return {a: c for a, c in form.items() if c and not (isinstance(a, Word) and _is_zero(a))}

    def equals(self, other: "Expression") -> bool:
        """Whether two expressions are the same for every depth h >= 1 and all widths."""
        return not (self - other).normal()

    def collapse(self) -> "Expression":
        """The normal form as an expression, where no prefix sum is left in it.

        Raises
        ------
        BadArgument
            If sums remain that do not telescope.
        """
        form = self.normal()
        if any(not isinstance(atom, Word) for atom in form):
            raise errors.BadArgument(f"{self} has sums that do not telescope away.")
        return Expression(tuple(Term(c, a) for a, c in form.items() if isinstance(a, Word)))

    def derivative(self, directions: Mapping[Letter, "Expression"]) -> "Expression":
        """The first variation, each letter moving in its direction (a word), by the rule of Leibniz.

        A power moves by the power rule: ``A^n`` by ``sum(A^(n-j) V A^(j-1), j=1..n)``.

        Raises
        ------
        BadArgument
            If a power inside a sum would have to be varied (a double sum).
        """
        moved: list[Term] = []
        for t in self.terms:
            for place, (letter, n) in enumerate(t.word.factors):
                base = letter.T if letter.transposed else letter
                if base not in directions:
                    continue
                before, after = Word.of(*t.word.factors[:place]), Word.of(*t.word.factors[place + 1 :])
                direction = directions[base].T if letter.transposed else directions[base]
                for d in direction.terms:
                    moved.extend(_vary_power(t, before, letter, n, d, after))
        return Expression(tuple(moved))

    def substitute(self, name: str, value: "Expression") -> "Expression":
        """The same with a letter (and its transpose) replaced wherever it stands to the first power."""
        result: list[Term] = []
        for t in self.terms:
            pieces = [replace(t, word=Word())]
            for letter, n in t.word.factors:
                factor = Expression.word((letter, n))
                if letter.name == name and n == Affine(1):
                    factor = value.T if letter.transposed else value
                    for d in factor.terms:
                        _refuse_capture(t, d)
                pieces = [_times(piece, d) for piece in pieces for d in factor.terms]
            result.extend(pieces)
        return Expression(tuple(result))

    def __repr__(self) -> str:
        pieces = []
        for t in self.terms:
            c = abs(t.coefficient)
            body = f"{t.word}" if t.index is None else f"sum({t.word}, {t.index}={t.low}..{t.high})"
            pieces.append(f"{'-' if t.coefficient < 0 else '+'} {'' if c == 1 else f'{c} '}{body}")
        text = " ".join(pieces) or "0"
        return text[2:] if text.startswith("+ ") else text


def total(summand: Callable[[Affine], Word], low: Affine | int, high: Affine | int, index: str = "j") -> Expression:
    """The sum of a word over an index from `low` to `high`, both included; empty for ``high = low - 1``."""
    word = summand(Affine.letter(index))
    return Expression((Term(Fraction(1), word, index, Affine.of(low), Affine.of(high)),))


def riesz(linear: Expression, name: str) -> Expression:
    """The matrix ``G`` with ``tr(linear) = <G, V>`` for every ``V``, where `linear` holds the letter V once a term.

    The trace does not change when its word is rotated or transposed: ``tr(x V y) = <(y x)^T, V>``.

    Examples
    --------
    >>> A, V = Letter("A", Affine(1)), Letter("V", Affine(1))
    >>> riesz(Expression.word((A.T, 2), (V, 1), (A, 1)), "V")
    A^(2) A'
    """
    gradient: list[Term] = []
    for t in linear.terms:
        places = [i for i, (letter, _) in enumerate(t.word.factors) if letter.name == name]
        if len(places) != 1 or t.word.factors[places[0]][1] != Affine(1):
            raise errors.BadArgument(f"{t.word} holds powers of {name} {len(places)} times; exactly once is linear.")
        at = places[0]
        x, y = Word.of(*t.word.factors[:at]), Word.of(*t.word.factors[at + 1 :])
        rotated = y * x
        gradient.append(replace(t, word=rotated if t.word.factors[at][0].transposed else rotated.T))
    return Expression(tuple(gradient))


def _times(s: Term, t: Term) -> Term:
    """The product of two terms, at most one of which is a sum."""
    if s.index and t.index:
        raise errors.BadArgument("the product of two sums is a double sum, which this calculus does not hold.")
    bound = s if s.index else t
    return replace(bound, coefficient=s.coefficient * t.coefficient, word=s.word * t.word)


def _refuse_capture(s: Term, t: Term) -> None:
    """A sum may not take in a word where its index stands free: the sum would bind it."""
    for bound, other in ((s, t), (t, s)):
        if bound.index and bound.index != other.index and other.word.has(bound.index):
            raise errors.BadArgument(f"{bound.index} is free in {other.word} and bound in {bound.word}; rename one.")


def _vary_power(t: Term, before: Word, letter: Letter, n: Affine, d: Term, after: Word) -> Iterable[Term]:
    """One power of one word moving in one direction."""
    c = t.coefficient * d.coefficient
    if (t.index and d.index) or ((t.index or d.index) and n != Affine(1)):
        raise errors.BadArgument("varying a sum would give a double sum, which this calculus does not hold.")
    if n == Affine(1):
        _refuse_capture(t, d)
        yield replace(t if t.index else d, coefficient=c, word=before * d.word * after)
        return
    j = Affine.letter("j")
    power = Term(c, Word.of((letter, n - j), (letter, j - 1)), "j", Affine(1), n)
    for other in (t, d):
        _refuse_capture(power, other)
    yield replace(power, word=before * Word.of((letter, n - j)) * d.word * Word.of((letter, j - 1)) * after)


def _atoms(t: Term) -> Iterable[tuple[Atom, Fraction]]:
    """The normal form of one term."""
    if t.index is None:
        yield t.word, t.coefficient
        return
    if not t.word.has(t.index):
        raise errors.BadArgument(f"{t.word} does not depend on {t.index}; write the sum as a multiple.")
    # Make the first exponent that holds the index the index itself; then the summand is unique.
    exponent = next(n for _, n in t.word.factors if n.coefficient(t.index))
    slope = exponent.coefficient(t.index)
    if abs(slope) != 1:
        raise errors.BadArgument(
            f"the index occurs {slope} times in an exponent of {t.word}; once is what can be shifted."
        )
    rest = exponent.put(t.index, Affine())
    word = t.word.put(t.index, (Affine.letter(DUMMY) - rest).times(slope))
    low, high = (t.low + rest, t.high + rest) if slope == 1 else (rest - t.high, rest - t.low)
    for bound, c in ((high, t.coefficient), (low - 1, -t.coefficient)):
        yield from _prefix(word, bound, c)


def _prefix(word: Word, bound: Affine, c: Fraction) -> Iterable[tuple[Atom, Fraction]]:
    """``c P(bound)``, as ``c P(bound without its constant)`` and explicit words."""
    base = replace(bound, constant=0)
    yield (word, base), c
    steps = range(1, bound.constant + 1) if bound.constant > 0 else range(bound.constant + 1, 1)
    for step in steps:
        yield word.put(DUMMY, base + step), c if bound.constant > 0 else -c


def _is_zero(word: Word) -> bool:
    """Whether a word reads no layer; undecided words count as nonzero."""
    try:
        return word.layers() is None
    except errors.BadArgument:
        return False
