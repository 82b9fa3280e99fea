"""Sums over several indices: their index sets as inequalities, and one form for sums that are written differently.

A sum such as ``sum(sum(A^(h-j-k) V A^(k-1) V A^(j-1), k=1..h-j), j=1..h)`` runs over the integer points of a
polygon whose sides are affine in the depth. Its normal form takes the *exponents of the word* as the indices
(here ``a + b + c = h - 2``), so that what a summand looks like no longer depends on how it was numbered.

Two sums with the same normal form are equal for every depth, because each step is an equality of sums:

1. new indices are old ones times 1 or -1, plus affine terms in the others: a bijection of integer points;
2. an inequality is left out only if another one, or the sum of two others, implies it: the set is the same;
3. summands that the grading makes zero may be left out: where a word reads no layer unless ``k = j``, the sum
   over both is the sum over the diagonal.

The converse is not claimed. Sums with different forms may be equal: then these rules do not prove it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from blockshift import errors
from blockshift.flow.symbols.words import Affine, Word

#: Bound indices in normal forms are called this, followed by a number; nothing else may be.
DUMMY = "·"


@dataclass(frozen=True)
class Sum:
    """A summation sign: an index that runs from `low` to `high`, both included."""

    index: str
    low: Affine
    high: Affine


#: The normal form of a sum over several indices: the word, and what is at least 0 on the index set.
Nested = tuple[Word, frozenset[Affine]]


def fresh(taken: Iterable[str]) -> str:
    """The first name for an index that is not taken."""
    used = set(taken)
    return next(name for name in "jklmnopqrstuvw" if name not in used)


def normal(word: Word, sums: Sequence[Sum]) -> Nested:
    """The word with its exponents as indices, and the index set as inequalities none of which is superfluous.

    Raises
    ------
    BadArgument
        If the exponents do not determine the indices.

    Examples
    --------
    >>> from blockshift.flow.symbols.words import Letter, h
    >>> A, V, j, k = Letter("A", Affine(1)), Letter("V", Affine(1)), Affine.letter("j"), Affine.letter("k")
    >>> word = Word.of((A, h - j - k), (V, 1), (A, k - 1), (V, 1), (A, j - 1))
    >>> form, sides = normal(word, [Sum("j", Affine(1), h), Sum("k", Affine(1), h - j)])
    >>> form
    A^(·0) V A^(·1) V A^(h - ·0 - ·1 - 2)
    >>> sorted(map(repr, sides))
    ['h - ·0 - ·1 - 2', '·0', '·1']
    """
    sides = [side for s in sums for side in (Affine.letter(s.index) - s.low, s.high - Affine.letter(s.index))]
    left = {s.index for s in sums}
    for number in range(len(sums)):
        exponent = next((n for _, n in word.factors if any(n.coefficient(name) for name in left)), None)
        if exponent is None:
            raise errors.BadArgument(f"{word} does not depend on {min(left)}; write the sum as a multiple.")
        name = next((name for name in sorted(left) if abs(exponent.coefficient(name)) == 1), None)
        if name is None:
            raise errors.BadArgument(f"no index occurs exactly once in the exponent {exponent} of {word}.")
        slope = exponent.coefficient(name)
        value = (Affine.letter(f"{DUMMY}{number}") - exponent.put(name, Affine())).times(slope)
        word, sides = word.put(name, value), [side.put(name, value) for side in sides]
        left.remove(name)
    return word, frozenset(irredundant(sides))


def irredundant(sides: Iterable[Affine]) -> list[Affine]:
    """The inequalities ``side >= 0`` without those that one other, or the sum of two others, implies."""
    kept = [side for side in dict.fromkeys(sides) if side.at_least(0) is not True]
    for side in list(kept):
        others = [s for s in kept if s != side]
        reasons = [*others, *(s + t for n, s in enumerate(others) for t in others[: n + 1])]
        if any((side - reason).at_least(0) for reason in reasons):
            kept.remove(side)
    return kept


def diagonal(word: Word, sums: Sequence[Sum]) -> tuple[Word, tuple[Sum, ...]]:
    """The same sum of words over fewer indices, where the grading forces one index to be a function of the others.

    Examples
    --------
    >>> from blockshift.flow.symbols.words import Letter, h
    >>> A, R, j, k = Letter("A", Affine(1)), Letter("R", h), Affine.letter("j"), Affine.letter("k")
    >>> word = Word.of((A, h - j), (A.T, h - k), (R, 1), (A.T, k - 1), (A, j - 1))
    >>> diagonal(word, [Sum("j", Affine(1), h), Sum("k", Affine(1), h)])
    (A^(h - j) A'^(h - j) R A'^(j - 1) A^(j - 1), (Sum(index='j', low=1, high=h),))
    """
    for s in reversed(sums):
        value = word.forced(s.index)
        if value is None:
            continue
        others = tuple(o for o in sums if o is not s)
        inner = [o for o in others if o.low.coefficient(s.index) or o.high.coefficient(s.index)]
        bounds = [(value - s.low.put(s.index, value)), s.high - value]
        if inner or not _implied(bounds, others):
            continue
        return word.put(s.index, value), others
    return word, tuple(sums)


def _implied(bounds: Sequence[Affine], sums: Sequence[Sum]) -> bool:
    """Whether inequalities hold all over an index set, so that leaving them out does not enlarge it."""
    sides = [side for s in sums for side in (Affine.letter(s.index) - s.low, s.high - Affine.letter(s.index))]
    reasons = [Affine(), *sides, *(s + t for n, s in enumerate(sides) for t in sides[:n])]
    return all(any((bound - reason).at_least(0) for reason in reasons) for bound in bounds)
