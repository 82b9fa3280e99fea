"""Proofs that a signed graph is at least so frustrated, and their check, which uses nothing that found them.

A proof is a list of parts. Each takes some edges of the graph, no edge twice, gives them integer weights that are not
larger in modulus, replaces nodes one after another by edges between their neighbours, and what hangs between two nodes
by one edge between them. What is left, the *kernel*, is bounded in pieces that share no edge (`kernel_proofs`).

The check is in Python's integers and fractions, straight from the definitions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from blockshift.signs.exact.kernel_proofs import Cases, Edge, Enumerated, Piece, demand, piece_bound, raised

Around = dict[int, dict[int, int]]


@dataclass(frozen=True)
class Step:
    """A node that was chosen last and best: what stands in its place is a constant and at most three edges."""

    node: int
    edges: tuple[tuple[int, int], ...]
    constant: int
    pairs: tuple[Edge, ...]

    def choice(self, s: Mapping[int, int] | Sequence[int]) -> int:
        """The best sign of the node, given those of its neighbours."""
        return 1 if sum(w * s[a] for a, w in self.edges) >= 0 else -1

    @property
    def right(self) -> bool:
        """Whether the constant and the edges are right, whatever the signs of the neighbours are."""
        names = [a for a, _ in self.edges]
        for code in range(1 << len(names)):
            s = {a: 1 - 2 * (code >> k & 1) for k, a in enumerate(names)}
            best = abs(sum(w * s[a] for a, w in self.edges))
            if best != self.constant + sum(J * s[a] * s[b] for a, b, J in self.pairs):
                return False
        return True


@dataclass(frozen=True)
class Shrunk:
    """How a graph was made smaller, and the pieces of what was left of it."""

    steps: tuple["Step | Side", ...] = ()
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Side:
    """Nodes that two others separate from the rest: in their place stand a constant and at most one edge.

    `equal` and `opposite` bound the side with its two ends joined into the first one, as they are and after a switch
    of the second.
    """

    ends: tuple[int, int]
    inside: tuple[int, ...]
    constant: int
    pairs: tuple[Edge, ...]
    equal: Shrunk
    opposite: Shrunk


@dataclass(frozen=True)
class Part:
    """Some edges of the graph by number, their integer weights in units of `scale`, the steps in order and the
    kernel's pieces."""

    edges: tuple[int, ...]
    weights: tuple[int, ...]
    scale: Fraction
    steps: tuple[Step | Side, ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, repr=False)
class Proof:
    """A proof that a graph has at least some frustration; `lower_bound` says how much."""

    parts: tuple[Part, ...]

    def lower_bound(self, graph) -> Fraction:
        """The bound that the proof proves for the graph; in units of weight, exact.

        Raises
        ------
        NotAProof
            If a line of it is wrong, or is not about this graph.

        Examples
        --------
        >>> from blockshift.signs.signed_graph import SignedGraph
        >>> Proof(()).lower_bound(SignedGraph.from_edges([("a", "b", -1)]))
        Fraction(0, 1)
        """
        used = [e for part in self.parts for e in part.edges]
        demand(len(set(used)) == len(used) and all(0 <= e < graph.m for e in used), "parts share an edge of the graph")
        return sum((part.scale * _part_bound(graph, part) for part in self.parts), Fraction(0))

    def __repr__(self) -> str:
        pieces = [piece for part in self.parts for piece in part.pieces]
        leaves = sum(len(p.reason.leaves) for p in pieces if isinstance(p.reason, Cases))
        steps = sum(1 if isinstance(step, Step) else len(step.inside) for part in self.parts for step in part.steps)
        whole = sum(isinstance(p.reason, Enumerated) for p in pieces)
        return f"Proof({len(self.parts)} parts, {steps} nodes replaced, {whole} pieces enumerated, {leaves} cases)"


def _part_bound(graph, part: Part) -> Fraction:
    """What a part proves, in its own units."""
    demand(part.scale > 0 and len(part.edges) == len(part.weights), "a part has no scale, or other weights than edges")
    edges: list[Edge] = []
    for e, weight in zip(part.edges, part.weights, strict=True):
        given = Fraction(float(graph.w[e]))
        demand(abs(weight) * part.scale <= abs(given) and weight * given >= 0, "a weight is larger than the graph's")
        edges.append((int(graph.u[e]), int(graph.v[e]), weight))
    return _shrunk_bound(edges, part.steps, part.pieces)


def _shrunk_bound(edges: Sequence[Edge], steps: Sequence[Step | Side], pieces: Sequence[Piece]) -> Fraction:
    """What steps and pieces prove about edges, of which several may join the same two nodes."""
    around: Around = {}
    for a, b, w in edges:
        _add(around, a, b, w)
    constant = 0
    for step in steps:
        if isinstance(step, Step):
            demand(around.pop(step.node, {}) == dict(step.edges), "a node is replaced that does not have those edges")
            demand(step.right, "a node is replaced by something else")
            for a, _ in step.edges:
                del around[a][step.node]
        else:
            _replace_side(around, step)
        for a, b, w in step.pairs:
            _add(around, a, b, w)
        constant += step.constant
    kernel = {frozenset((a, b)): w for a, row in around.items() for b, w in row.items()}
    used: set[frozenset[int]] = set()
    lower = 0
    for piece in pieces:
        for a, b, w in piece.edges:
            pair = frozenset((a, b))
            demand(kernel.get(pair) == w and pair not in used, "a piece has an edge that is not the kernel's")
            used.add(pair)
        lower += piece_bound(piece)
    offset = Fraction(sum(abs(w) for _, _, w in edges) - constant - sum(map(abs, kernel.values())), 2)
    return raised(offset + lower, edges)


def _replace_side(around: Around, side: Side) -> None:
    """A side taken out, once it is shown that its energy is nowhere above that of what replaces it."""
    a, b = side.ends
    inside = set(side.inside)
    whole = a != b and not inside & {a, b} and len(inside) == len(side.inside) and inside <= around.keys()
    demand(whole, "a side has other nodes than the graph, or one of them twice")
    # An edge within the side is met first from the end that is taken out first, and then no more.
    edges = [(x, y, w) for x in side.inside for y, w in around.pop(x).items() if y in around]
    demand(all(y in inside or y in (a, b) for _, y, _ in edges), "a side is joined to the rest by more than two nodes")
    for y in (a, b):
        for x in inside & around.get(y, {}).keys():
            del around[y][x]
    elsewhere = len(side.pairs) > 1 or any({x, y} != {a, b} for x, y, _ in side.pairs)
    demand(not elsewhere, "a side is replaced by an edge elsewhere")
    J = sum(w for _, _, w in side.pairs)
    for sign, shrunk in ((1, side.equal), (-1, side.opposite)):
        joined = [(x, a, sign * w) if y == b else (x, y, w) for x, y, w in edges]
        most = sum(abs(w) for _, _, w in joined) - 2 * _shrunk_bound(joined, shrunk.steps, shrunk.pieces)
        demand(most <= side.constant + sign * J, "a side is replaced by something that is more frustrated than it")


def _add(around: Around, a: int, b: int, w: int) -> None:
    """An edge more; edges between the same two nodes add up, and vanish where they cancel."""
    for x, y in ((a, b), (b, a)):
        row = around.setdefault(x, {})
        row[y] = row.get(y, 0) + w
        if row[y] == 0:
            del row[y]
