"""Words in block-shift matrices, in which the depth is a letter.

A *word* is a product of letters with integer exponents, such as ``T^(h-j) R T^(j-1)``; exponents are
affine in the depth ``h`` and in indices. A letter moves a layer up by its *grade*: ``A`` by 1, its
transpose ``T`` by -1, the data ``E`` and the residual ``R`` by ``h``. Layers are numbered 0 to ``h``, so a
word reads only those layers from which it never leaves this range; where there is none, the word is
zero. ``A^(h+1) = 0`` is the first example (claim P1-C1).

Sums of words, and what can be proved with them, are in `calculus`. Nothing here is a number and nothing
but the standard library is needed: grades are integers.
"""

from dataclasses import dataclass, replace

from blockshift import errors


@dataclass(frozen=True)
class Affine:
    """An integer that is affine in letters: ``constant + sum of coefficient * letter``.

    Examples
    --------
    >>> h, j = Affine.letter("h"), Affine.letter("j")
    >>> h - j + 1
    h - j + 1
    >>> (h + 1).at_least(h), h.at_least(1), (h - 2).at_least(0)
    (True, True, None)
    """

    constant: int = 0
    parts: tuple[tuple[str, int], ...] = ()

    @classmethod
    def letter(cls, name: str) -> "Affine":
        """The letter itself."""
        return cls(0, ((name, 1),))

    @classmethod
    def of(cls, value: "Affine | int") -> "Affine":
        """An integer, or what is affine already."""
        return value if isinstance(value, Affine) else cls(int(value))

    def coefficient(self, name: str) -> int:
        """How often the letter occurs."""
        return dict(self.parts).get(name, 0)

    def __add__(self, other: "Affine | int") -> "Affine":
        other = Affine.of(other)
        parts = dict(self.parts)
        for name, c in other.parts:
            parts[name] = parts.get(name, 0) + c
        return Affine(self.constant + other.constant, tuple(sorted((n, c) for n, c in parts.items() if c)))

    __radd__ = __add__

    def __neg__(self) -> "Affine":
        return Affine(-self.constant, tuple((n, -c) for n, c in self.parts))

    def __sub__(self, other: "Affine | int") -> "Affine":
        return self + -Affine.of(other)

    def __rsub__(self, other: int) -> "Affine":
        return Affine.of(other) - self

    def times(self, factor: int) -> "Affine":
        """The product with an integer."""
        return Affine(self.constant * factor, tuple((n, c * factor) for n, c in self.parts if factor))

    def put(self, name: str, value: "Affine") -> "Affine":
        """The same with a letter replaced by an affine expression."""
        c = self.coefficient(name)
        rest = Affine(self.constant, tuple(p for p in self.parts if p[0] != name))
        return rest + value.times(c)

    def at_least(self, other: "Affine | int") -> bool | None:
        """Whether this is >= `other` for every h >= 1; None where that depends on h or on another letter."""
        gap = self - other
        c = gap.coefficient("h")
        if any(name != "h" for name, _ in gap.parts):
            return None
        if c >= 0 and gap.constant + c >= 0:
            return True
        if c <= 0 and gap.constant + c < 0:
            return False
        return None

    def is_natural(self) -> bool:
        """Whether this is at least 0 wherever all its letters are: no coefficient is negative.

        Ranges are put in as slack: for ``2 <= m <= h`` write ``m = a + 2`` and ``h = a + b + 2``.
        """
        return self.constant >= 0 and all(c >= 0 for _, c in self.parts)

    def __repr__(self) -> str:
        pieces = sorted(self.parts, key=lambda p: -p[1])
        text = "".join(f" {'+' if c > 0 else '-'} {'' if abs(c) == 1 else abs(c)}{n}" for n, c in pieces)
        if self.constant or not pieces:
            text += f" {'+' if self.constant >= 0 else '-'} {abs(self.constant)}"
        text = text.strip()
        return text[2:] if text.startswith("+ ") else text.replace("- ", "-", 1) if text.startswith("- ") else text


h = Affine.letter("h")
ZERO = Affine()


@dataclass(frozen=True)
class Letter:
    """A matrix over the nodes that moves every layer up by the same `grade`."""

    name: str
    grade: Affine
    transposed: bool = False

    @property
    def T(self) -> "Letter":
        """The transpose, which moves down what the letter moves up."""
        return replace(self, grade=-self.grade, transposed=not self.transposed)


@dataclass(frozen=True)
class Word:
    """A product of powers of letters; neighbours that are the same letter are one power.

    Examples
    --------
    >>> A = Letter("A", Affine(1))
    >>> Word.of((A, h - 1)) * Word.of((A, 2))
    A^(h + 1)
    >>> (Word.of((A, h)) * Word.of((A, 1))).layers() is None
    True
    """

    factors: tuple[tuple[Letter, Affine], ...] = ()

    @classmethod
    def of(cls, *factors: tuple[Letter, "Affine | int"]) -> "Word":
        """The product of the given powers."""
        merged: list[tuple[Letter, Affine]] = []
        for letter, power in factors:
            exponent = Affine.of(power)
            if merged and merged[-1][0] == letter:
                exponent = merged.pop()[1] + exponent
            if exponent != Affine():
                merged.append((letter, exponent))
        return cls(tuple(merged))

    def __mul__(self, other: "Word") -> "Word":
        return Word.of(*self.factors, *other.factors)

    @property
    def T(self) -> "Word":
        """The transpose: the letters transposed, in reverse order."""
        return Word.of(*((letter.T, n) for letter, n in reversed(self.factors)))

    def put(self, name: str, value: Affine) -> "Word":
        """The same with an index replaced in every exponent."""
        return Word.of(*((letter, n.put(name, value)) for letter, n in self.factors))

    def has(self, name: str) -> bool:
        """Whether an index occurs in an exponent."""
        return any(n.coefficient(name) for _, n in self.factors)

    def grade(self) -> Affine:
        """By how much the word moves a layer up.

        Raises
        ------
        BadArgument
            If that is not affine, as for a letter of grade ``h`` with exponent ``h``.
        """
        total = Affine()
        for letter, n in self.factors:
            total = total + _product(letter.grade, n)
        return total

    def moves(self) -> tuple[Affine, ...]:
        """How far a path has moved at each stop: 0, then the grades of the suffixes from the right."""
        stops = [Affine()]
        for letter, n in reversed(self.factors):
            stops.append(stops[-1] + _product(letter.grade, n))
        return tuple(stops)

    def conditions(self, start: Affine | None = None) -> tuple[Affine, ...]:
        """What must all be at least 0 for the word to read layer `start`, or any layer at all.

        From layer ``l`` a path stops at ``l`` plus each of the `moves`, and must stay between 0 and ``h``. Some
        ``l`` does that exactly if no two stops are further apart than ``h``.

        Examples
        --------
        >>> A, R, j = Letter("A", Affine(1)), Letter("R", h), Affine.letter("j")
        >>> layer = Word.of((A.T, h - j), (R, 1), (A.T, j)).forced("l", start=Affine.letter("l"))
        >>> layer
        j
        """
        stops = self.moves()
        if start is None:
            return tuple(h + s - t for s in stops for t in stops)
        return tuple(c for stop in stops for c in (start + stop, h - start - stop))

    def forced(self, name: str, start: Affine | None = None) -> Affine | None:
        """The one value of a letter for which the word can be nonzero, if the `conditions` leave one only."""
        found = self.conditions(start)
        for c in found:
            slope = c.coefficient(name)
            if abs(slope) == 1 and -c in found:
                return c.put(name, Affine()).times(-slope)
        return None

    def layers(self) -> tuple[Affine, Affine] | None:
        """First and last layer that the word reads, or None if it is zero for every h >= 1.

        A word read from the right visits layer ``l`` plus the grades of its suffixes; all of them must
        lie between 0 and ``h``. Powers of one letter move in one direction, so their ends suffice.
        """
        low, high, moved = Affine(), h, Affine()
        for letter, n in reversed(self.factors):
            moved = moved + _product(letter.grade, n)
            low = _larger(low, -moved)
            high = -_larger(-high, moved - h)
        return None if (high - low).at_least(0) is False else (low, high)

    def __repr__(self) -> str:
        return (
            " ".join(
                letter.name + ("'" if letter.transposed else "") + ("" if n == Affine(1) else f"^({n})")
                for letter, n in self.factors
            )
            or "1"
        )


def _product(a: Affine, b: Affine) -> Affine:
    """The product of a grade and an exponent, one of which must be a plain integer."""
    if a.parts and b.parts:
        raise errors.BadArgument(f"a letter of grade {a} to the power {b} has a grade that is not affine in h.")
    return b.times(a.constant) if not a.parts else a.times(b.constant)


def _larger(a: Affine, b: Affine) -> Affine:
    """The larger of two integers that are affine in h, for every h >= 1."""
    if a.at_least(b):
        return a
    if b.at_least(a):
        return b
    raise errors.BadArgument(f"whether {a} or {b} is larger depends on h or on an index; split the sum there.")
