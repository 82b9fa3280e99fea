"""Verdicts as a page shows them: a word, a sign for those who do not see its colour, and a place in the register."""

from html import escape

from blockshift.claims import report
from blockshift.claims.ledger import FAILS, HOLDS, NOT_REPRODUCED, OPEN

#: One sign a word, so that colour is never the only difference.
SIGNS = {HOLDS: "✓", FAILS: "✗", NOT_REPRODUCED: "≠", OPEN: "○", report.STALE: "↻", report.ABSENT: "?"}
#: What a word that is no verdict is called in a style sheet.
NAMES = {report.STALE: "stale", report.ABSENT: "unverified"}


def style(word: str) -> str:
    """The class of a word in a style sheet.

    Examples
    --------
    >>> style("not reproduced")
    'verdict-not-reproduced'
    """
    return f"verdict-{NAMES.get(word, word.replace(' ', '-'))}"


def badge(word: str) -> str:
    """A word as a badge, coloured by what it says."""
    return f'<span class="verdict {style(word)}">{escape(word)}</span>'


def anchor(name: str) -> str:
    """The place of a claim on the register's page.

    Examples
    --------
    >>> anchor("P1-C6")
    'claim-p1-c6'
    """
    return f"claim-{name.lower()}"
