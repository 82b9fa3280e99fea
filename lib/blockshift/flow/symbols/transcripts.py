"""Derivations as transcripts: one rewriting a line, the rule named, each rewriting checked when it is written.

A `Derivation` is primary and its verdict derived: it holds if none of its lines was refused. A line holds
a formula in LaTeX, the rule that leads to it, and whether the machine could follow; definitions and steps in
words are marked as *stated*. The formulas are
printed from the expressions that are checked, so that text and check cannot part ways.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from blockshift import errors
from blockshift.flow.symbols.calculus import Expression, Term
from blockshift.flow.symbols.words import Affine, Letter, Word

#: For a line whose formula is what the machine itself arrived at by the rule that is named.
COMPUTED = True


@dataclass(frozen=True)
class Line:
    """One line of a derivation: what it says (LaTeX), by which rule, and what the machine made of it.

    Parameters
    ----------
    formula, rule : str
    holds : bool or None
        Whether the rule was followed by the machine; None for what it was told: a definition, or a step in words.
    quoted : bool
        Whether the line is a theorem of others, taken over without a check.

    Examples
    --------
    >>> Line("1 + 1 = 2", "addition", True).status, Line("e = 1", "notation").status
    ('verified', 'stated')
    """

    formula: str
    rule: str
    holds: bool | None = None
    quoted: bool = False

    @property
    def status(self) -> str:
        """``"verified"``, ``"not verified"``, ``"quoted"`` or ``"stated"``."""
        if self.holds is None:
            return "quoted" if self.quoted else "stated"
        return "verified" if self.holds else "not verified"

    @property
    def mark(self) -> str:
        """What to say of it beside its rule: nothing where it was verified."""
        return {"verified": "", "quoted": "quoted, not checked"}.get(self.status, self.status)


@dataclass(frozen=True)
class Derivation:
    """A chain of checked lines that ends in a statement.

    Parameters
    ----------
    statement : str
        What is derived, in LaTeX.
    scope : str
        For which networks, in words.
    lines : tuple of Line
    """

    statement: str
    scope: str
    lines: tuple[Line, ...]

    @property
    def holds(self) -> bool:
        """Whether no line was refused, and at least one was verified."""
        return not self.faults and any(line.holds for line in self.lines)

    @property
    def faults(self) -> tuple[Line, ...]:
        """The lines that could not be verified."""
        return tuple(line for line in self.lines if line.holds is False)

    @property
    def tally(self) -> str:
        """How many lines have which status, in words."""
        counts = Counter(line.status for line in self.lines)
        shown = [f"{counts[word]} {word}" for word in ("verified", "stated", "quoted", "not verified") if counts[word]]
        return f"of {len(self.lines)} lines {', '.join(shown)}"

    def latex(self) -> str:
        """The transcript as an aligned block of LaTeX, the rule of each line to its right."""
        rows = [
            rf"& {line.formula} && \text{{{line.mark.upper() + ': ' if line.mark else ''}{line.rule}}}"
            for line in self.lines
        ]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def _repr_html_(self) -> str:
        items = "".join(
            f'<li class="{line.status.replace("not ", "un")}">'
            f'<span class="rule">{escape(line.rule)}{f": <strong>{line.mark}</strong>" if line.mark else ""}</span> '
            f'<div class="math notranslate nohighlight">\\[{escape(line.formula)}\\]</div></li>'
            for line in self.lines
        )
        verdict = "Derived" if self.holds else "<strong>Not derived</strong>"
        return f'<div class="derivation"><p>{verdict}, for {escape(self.scope)}.</p><ol>{items}</ol></div>'

    def __repr__(self) -> str:
        state = "holds" if self.holds else "nothing verified"
        if self.faults:
            state = f"breaks at line {self.lines.index(self.faults[0]) + 1}"
        return f"Derivation({len(self.lines)} lines, {state}, for {self.scope})"


def latex_of_integer(n: Affine) -> str:
    """An affine integer in LaTeX."""
    return repr(n).replace(" ", "")


def latex_of_word(word: Word) -> str:
    """A word in LaTeX; transposed powers are written as powers of the transpose."""
    if not word.factors:
        return "I"
    return r"\,".join(_latex_of_factor(letter, n) for letter, n in word.factors)


def _latex_of_factor(letter: Letter, n: Affine) -> str:
    """One letter with its exponent."""
    base = rf"{letter.name}^{{\mathsf{{T}}}}" if letter.transposed else letter.name
    if n == Affine(1):
        return base
    return rf"({base})^{{{latex_of_integer(n)}}}" if letter.transposed else rf"{base}^{{{latex_of_integer(n)}}}"


def latex_of_expression(expression: Expression) -> str:
    """An expression as it was written."""
    text = ""
    for term in expression.terms:
        text += (" - " if term.coefficient < 0 else " + ") + _latex_of_term(term)
    text = text or "0"
    return text[3:] if text.startswith(" + ") else text.strip()


def _latex_of_term(term: Term) -> str:
    """One term without its sign."""
    c = abs(term.coefficient)
    number = "" if c == 1 else str(c) if c.denominator == 1 else rf"\tfrac{{{c.numerator}}}{{{c.denominator}}}"
    signs = "".join(rf"\sum_{{{s.index}={latex_of_integer(s.low)}}}^{{{latex_of_integer(s.high)}}} " for s in term.sums)
    return number + signs + latex_of_word(term.word)


@dataclass(frozen=True)
class LayerFactor:
    """A layer map ``W_index`` or its transpose, as a word reads it on its way through the layers."""

    index: Affine
    transposed: bool


def read_block(word: Word, start: Affine, letter: str = "A") -> tuple[LayerFactor, ...]:
    """The layer maps that a word in ``A`` and its transpose multiplies when it reads layer `start`.

    ``A`` leaves layer ``l`` through ``W_{l+1}``, its transpose through ``W_l`` transposed.

    Parameters
    ----------
    word : Word
        A word in one letter of grade 1 and its transpose, with integer exponents.
    start : Affine
        The layer read, such as the letter ``i``.
    letter : str

    Returns
    -------
    tuple of LayerFactor
        From the left, as one writes the product.
    """
    factors: list[LayerFactor] = []
    at = start
    for base, n in reversed(word.factors):
        if base.name != letter or n.parts:
            raise errors.BadArgument(f"{word} is not a word in {letter} and its transpose with integer exponents.")
        for _ in range(n.constant):
            factors.append(LayerFactor(at if base.transposed else at + 1, base.transposed))
            at = at - 1 if base.transposed else at + 1
    return tuple(reversed(factors))


def latex_of_block(factors: Sequence[LayerFactor]) -> str:
    """A product of layer maps in LaTeX."""
    marks = (r"^{\mathsf{T}}" if f.transposed else "" for f in factors)
    return r"\,".join(rf"W_{{{latex_of_integer(f.index)}}}{mark}" for f, mark in zip(factors, marks, strict=True))
