"""Signed graphs in text files: one edge a line.

A line is ``u v`` or ``u v w``, separated by blanks, tabs or commas; ``#`` begins a comment. Names of nodes are any
strings without separators; the weight ``w`` is a finite number that is not zero, and 1 where it is left out. Edges
between the same two nodes add up. Whatever is wrong is refused with the number of its line.
"""

import math
from pathlib import Path

from blockshift import errors
from blockshift.signs.signed_graph import SignedGraph

#: What a line of an edge list is, for every refusal.
EXPECTED = "expected an edge a line, 'u v' or 'u v w' with w a finite number that is not zero"


def read(path: str | Path) -> SignedGraph:
    """The graph in a file.

    Raises
    ------
    BadArgument
        If the file cannot be read as text, or a line is not an edge.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise errors.BadArgument(f"{path} is not a text file; {EXPECTED}.") from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise errors.BadArgument(f"cannot open {path} ({reason}); {EXPECTED}.") from None
    return parse(text, str(path))


def parse(text: str, name: str = "the edge list") -> SignedGraph:
    """The graph in a text; `name` is what refusals call it.

    Raises
    ------
    BadArgument
        If a line is not an edge; the message begins with its number.

    Examples
    --------
    >>> parse("a b  # friends\\nb,c,-1\\n\\na\\tc\\t2.5")
    SignedGraph(3 nodes, 3 edges, 1 negative)
    """
    edges = []
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.partition("#")[0].replace(",", " ").split()
        if not words:
            continue
        edges.append(_edge(words, f"line {number} of {name} is {line.strip()!r}"))
    return SignedGraph.from_edges(edges)


def _edge(words: list[str], given: str) -> tuple[str, str, float]:
    """The edge that a line names."""
    if len(words) not in (2, 3):
        raise errors.BadArgument(f"{given}: {len(words)} {'word' if len(words) == 1 else 'words'}; {EXPECTED}.")
    weight = 1.0
    if len(words) == 3:
        try:
            # Python reads 1_000 as a number; other programs that read the same file do not.
            weight = float(words[2].replace("_", "?"))
        except ValueError:
            raise errors.BadArgument(f"{given}: {words[2]!r} is not a number; {EXPECTED}.") from None
        if weight == 0 or not math.isfinite(weight):
            raise errors.BadArgument(f"{given}: the weight is {weight:g}; {EXPECTED}.")
    if words[0] == words[1]:
        raise errors.BadArgument(f"{given}: a loop from a node to itself; {EXPECTED}. Leave loops out.")
    return words[0], words[1], weight
