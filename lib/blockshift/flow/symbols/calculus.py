"""Sums of words: a small calculus in which identities are proved for every depth and all widths.

To the grading of words it adds two facts:

1. **Sums telescope.** ``sum(w(j), j=a..b)`` is the difference ``P(b) - P(a-1)`` of prefix sums, and prefix
   sums whose bounds differ by an integer differ by that many explicit words. Shifting and reversing the
   index makes the summand unique. So every expression has one normal form, and an identity holds if the
   normal form of the difference is empty: for every depth ``h >= 1`` and all widths at once. (Prefix sums
   need no lower end: their coefficients add up to zero for each summand, so it cancels. Words outside the
   range of a sum may be given any value, for the same reason.) Sums over several indices do not telescope
   here; `nested` says when two of them are the same.
2. **Derivatives** obey the rule of Leibniz, and **transposition** reverses words.

It is a decision procedure on one side only: an empty normal form is a proof, one that is not empty says
that these rules do not prove the identity. What follows for neural networks stands in `derivations`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from blockshift import errors
from blockshift.flow.symbols import nested
from blockshift.flow.symbols.nested import DUMMY, Nested, Sum
from blockshift.flow.symbols.words import Affine, Letter, Word


@dataclass(frozen=True)
class Term:
    """A multiple of a word, or of its sum over indices; the bounds of a sign may hold the indices before it."""

    coefficient: Fraction
    word: Word
    sums: tuple[Sum, ...] = ()

    def names(self) -> set[str]:
        """All letters in exponents and bounds, bound or free."""
        found = {name for _, n in self.word.factors for name, _ in n.parts}
        return found.union(*({s.index, *dict(s.low.parts), *dict(s.high.parts)} for s in self.sums))

    def renamed(self, taken: Iterable[str]) -> "Term":
        """The same with bound indices that are called otherwise than `taken`."""
        taken, word, sums = set(taken), self.word, self.sums
        for s in self.sums:
            if s.index not in taken:
                continue
            name = nested.fresh(taken | self.names())
            new = Affine.letter(name)
            word = word.put(s.index, new)
            sums = tuple(
                Sum(name if o.index == s.index else o.index, o.low.put(s.index, new), o.high.put(s.index, new))
                for o in sums
            )
            taken.add(name)
        return replace(self, word=word, sums=sums)


#: A word, or a prefix sum P of a word (in the index `DUMMY`) up to a bound without constant, or a nested sum.
Atom = Word | tuple[Word, Affine] | Nested


@dataclass(frozen=True)
class Expression:
    """A sum of terms, kept as it was written; `normal` is its unique form.

    Examples
    --------
    >>> from blockshift.flow.symbols.words import h
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

        Examples
        --------
        >>> from blockshift.flow.symbols.words import h
        >>> A, V = Letter("A", Affine(1)), Letter("V", Affine(1))
        >>> Expression.word((A, h)).derivative({A: Expression.word((V, 1))})
        sum(A^(h - j) V A^(j - 1), j=1..h)
        """
        moved: list[Term] = []
        free = {name for d in directions.values() for t in d.terms for name in t.names()}
        for t in (t.renamed(free) for t in self.terms):
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
        free = {name for v in value.terms for name in v.names()}
        for t in (t.renamed(free) for t in self.terms):
            products = [replace(t, word=Word())]
            for letter, n in t.word.factors:
                if letter.name != name or n != Affine(1):
                    products = [replace(p, word=p.word * Word.of((letter, n))) for p in products]
                    continue
                put = value.T if letter.transposed else value
                pairs = [(p, v.renamed(p.names() | t.names())) for p in products for v in put.terms]
                products = [Term(p.coefficient * v.coefficient, p.word * v.word, p.sums + v.sums) for p, v in pairs]
            result.extend(products)
        return Expression(tuple(result))

    def __repr__(self) -> str:
        pieces = []
        for t in self.terms:
            c = abs(t.coefficient)
            body = f"{t.word}"
            for s in reversed(t.sums):
                body = f"sum({body}, {s.index}={s.low}..{s.high})"
            pieces.append(f"{'-' if t.coefficient < 0 else '+'} {'' if c == 1 else f'{c} '}{body}")
        text = " ".join(pieces) or "0"
        return text[2:] if text.startswith("+ ") else text


def total(summand: Callable[[Affine], Word], low: Affine | int, high: Affine | int, index: str = "j") -> Expression:
    """The sum of a word over an index from `low` to `high`, both included; empty for ``high = low - 1``.

    Raises
    ------
    BadArgument
        If an exponent is negative at an end of the range for every depth: such a power means nothing.
    """
    word = summand(Affine.letter(index))
    for end in (Affine.of(low), Affine.of(high)):
        if any(n.at_least(0) is False for _, n in word.put(index, end).factors):
            raise errors.BadArgument(f"{word} has a negative exponent at {index} = {end}; shorten the sum.")
    return Expression((Term(Fraction(1), word, (Sum(index, Affine.of(low), Affine.of(high)),)),))


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
    """The product of two terms; the sums of the second get names of their own."""
    t = t.renamed(s.names())
    s = s.renamed(t.names())
    return Term(s.coefficient * t.coefficient, s.word * t.word, s.sums + t.sums)


def _vary_power(t: Term, before: Word, letter: Letter, n: Affine, d: Term, after: Word) -> Iterable[Term]:
    """One power of one word moving in one direction."""
    d = d.renamed(t.names())
    c, sums = t.coefficient * d.coefficient, t.sums + d.sums
    if n == Affine(1):
        yield Term(c, before * d.word * after, sums)
        return
    index = nested.fresh(t.names() | d.names())
    j = Affine.letter(index)
    word = before * Word.of((letter, n - j)) * d.word * Word.of((letter, j - 1)) * after
    yield Term(c, word, (*t.sums, Sum(index, Affine(1), n), *d.sums))


def _atoms(t: Term) -> Iterable[tuple[Atom, Fraction]]:
    """The normal form of one term."""
    word, sums = t.word, t.sums
    if len(sums) > 1:
        word, sums = nested.diagonal(word, sums)
    if len(sums) > 1:
        yield nested.normal(word, sums), t.coefficient
        return
    if not sums:
        yield word, t.coefficient
        return
    index, low, high = sums[0].index, sums[0].low, sums[0].high
    if (high - low + 1).at_least(0) is not True:
        # For some depth it would end more than one before it begins, and prefix sums would count backwards.
        yield nested.normal(word, sums), t.coefficient
        return
    if not word.has(index):
        raise errors.BadArgument(f"{word} does not depend on {index}; write the sum as a multiple.")
    # Make the first exponent that holds the index the index itself; then the summand is unique.
    exponent = next(n for _, n in word.factors if n.coefficient(index))
    slope = exponent.coefficient(index)
    if abs(slope) != 1:
        raise errors.BadArgument(
            f"the index occurs {slope} times in an exponent of {word}; once is what can be shifted."
        )
    rest = exponent.put(index, Affine())
    word = word.put(index, (Affine.letter(DUMMY) - rest).times(slope))
    low, high = (low + rest, high + rest) if slope == 1 else (rest - high, rest - low)
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
