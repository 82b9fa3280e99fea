"""One piece of a kernel: by enumeration where that is quick, by matching where it is planar, else by search.

The rule is measured (``benchmarks/exact_frustration.py``). To go through the switchings of a small cover takes less
than a second. A matching of a few thousand negative faces takes seconds, and on planar graphs the cycle program, which
would give the same bound, takes longer the larger they are. All else is searched, and where that does not end soon
but a long enumeration would, the enumeration takes over.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from blockshift import errors
from blockshift.compiled import was_interrupted
from blockshift.signs.exact import branching, enumeration, integers, kernel_proofs, planar
from blockshift.signs.exact.kernel_proofs import Piece

#: Flips of an enumeration that take a fraction of a second, and that take ten seconds.
QUICK_FLIPS, LONG_FLIPS = 3e7, 2e9
#: Seconds of search before a long enumeration takes over.
SEARCH_FIRST = 5.0
#: Nodes up to which a small cover is looked for.
COVERED = 5000
#: Edges up to which a drawing is tried, which takes a second; negative faces up to which they are matched, whose table
#: of distances then takes a gigabyte.
DRAWN, MATCHED_FACES = 20_000, 5000
#: The ways to bound a piece, by name.
ROADS = ("enumeration", "matching", "cycle program")


def refuse_unknown(road: str | None) -> None:
    """An error where a road is asked for that is none."""
    if road is not None and road not in ROADS:
        raise errors.UnknownName(f"{road!r} is no road to the optimum; expected one of {', '.join(ROADS)}.")


@dataclass
class Work:
    """What all pieces have in common: the clock, whoever watches, the notes that are taken, and a road if one is asked
    for."""

    begin: float
    time_limit: float
    progress: Callable[[float, float], None]
    road: str | None = None
    methods: set[str] = field(default_factory=set)
    stopped: str = "proved"
    lower: float = 0.0
    upper: float = 0.0

    def seconds_left(self) -> float:
        return -1.0 if self.stopped == "interrupted" else self.time_limit - (time.monotonic() - self.begin)

    def out_of_time(self) -> None:
        """A note that time ran out, unless something else stopped the work before."""
        self.stopped = "time limit" if self.stopped == "proved" else self.stopped


@dataclass(frozen=True)
class Block:
    """A piece with nodes counted from 0, their names, signs to begin with, and the lattice of its weights, if known."""

    names: np.ndarray
    u: np.ndarray
    v: np.ndarray
    w: np.ndarray
    start: np.ndarray
    lattice: tuple[int, int] | None = None

    @property
    def n(self) -> int:
        return len(self.names)

    def cover(self) -> np.ndarray:
        """Nodes that touch every edge."""
        return enumeration.cover(self.n, self.u, self.v) if self.n <= COVERED else np.arange(self.n)

    def flips(self, covering: np.ndarray) -> float:
        """What an enumeration of a cover takes; infinitely much where no proof may be made of it."""
        few = len(covering) <= kernel_proofs.CHECKED_SIGNS
        return enumeration.flips(self.n, self.u, self.v, covering) if few else math.inf

    def weight(self, frustrated: np.ndarray) -> int:
        """The weight of frustrated edges."""
        return int(np.abs(self.w[frustrated]).sum())

    def frustrated(self, s: np.ndarray) -> np.ndarray:
        """Which edges signs frustrate."""
        return self.w * s[self.u] * s[self.v] < 0


@dataclass(frozen=True)
class Bounded:
    """Which edges are frustrated in the best answer known, the bound, and its place in the proof, if there is one."""

    frustrated: np.ndarray
    lower: int = 0
    reason: kernel_proofs.Cases | kernel_proofs.Enumerated | None = None

    def piece(self, block: Block) -> Piece | None:
        """The bound as a piece of a proof."""
        if self.reason is None:
            return None
        ends = block.names[block.u].tolist(), block.names[block.v].tolist()
        return Piece(tuple(zip(*ends, block.w.tolist(), strict=True)), self.reason)


def bounded(block: Block, work: Work) -> Bounded:
    """The piece bounded, by the road that is asked for or else by the rule above.

    Raises
    ------
    BadArgument
        If the road that is asked for does not lead through this piece.
    """
    if work.seconds_left() <= 0:
        work.out_of_time()
        return Bounded(block.frustrated(block.start))
    if work.road is not None:
        return _by_road(block, work)
    covering = block.cover()
    flips = block.flips(covering)
    if flips > QUICK_FLIPS:
        drawn = _drawn(block)
        if drawn is not None and drawn.negative.sum() <= MATCHED_FACES:
            return _matched(block, drawn, work)
        limit = SEARCH_FIRST if flips <= LONG_FLIPS else math.inf
        searched, stopped = _searched(block, limit, work)
        if stopped in ("proved", "interrupted") or flips > LONG_FLIPS:
            work.stopped = stopped if stopped != "proved" else work.stopped
            return searched
        return _enumerated(block, covering, work) or searched
    return _enumerated(block, covering, work) or Bounded(block.frustrated(block.start))


def _by_road(block: Block, work: Work) -> Bounded:
    """The piece bounded as asked for, or a refusal."""
    if work.road == "enumeration":
        covering = block.cover()
        if block.flips(covering) > LONG_FLIPS:
            raise errors.BadArgument(
                f"{len(covering)} signs of a piece of {block.n} nodes are too many to enumerate; leave the road out."
            )
        return _enumerated(block, covering, work) or Bounded(block.frustrated(block.start))
    if work.road == "matching":
        drawn = planar.drawing(block.n, block.u, block.v, block.w < 0)
        if drawn is None:
            raise errors.BadArgument(
                f"a piece of {block.n} nodes and {len(block.u)} edges cannot be drawn without crossings; matching is "
                f"for planar graphs. Leave the road out."
            )
        return _matched(block, drawn, work)
    searched, stopped = _searched(block, math.inf, work)
    work.stopped = stopped if stopped != "proved" else work.stopped
    return searched


def _drawn(block: Block) -> planar.Drawing | None:
    """A drawing, unless there is none or it would take long to see that."""
    return planar.drawing(block.n, block.u, block.v, block.w < 0) if len(block.u) <= DRAWN else None


def _matched(block: Block, drawn: planar.Drawing, work: Work) -> Bounded:
    """A piece bounded by a matching of its negative faces; where time runs out, by the radii reached so far."""
    found = planar.optimum(block.u, block.v, block.w, drawn, stop=lambda: work.seconds_left() <= 0)
    work.methods.add("matching")
    if found.frustrated is not None:
        return Bounded(found.frustrated, found.lower, found.cases)
    work.out_of_time()
    lower = integers.rounded_up(found.lower, *integers.lattice(block.n, block.u, block.v, block.w))
    return Bounded(block.frustrated(block.start), lower, found.cases)


def _enumerated(block: Block, covering: np.ndarray, work: Work) -> Bounded | None:
    """A piece by all switchings of a cover; None where time ran out."""
    out_of_time = lambda: work.seconds_left() <= 0  # noqa: E731
    try:
        s = enumeration.optimum(block.n, block.u, block.v, block.w, covering, stop=out_of_time)
    except (KeyboardInterrupt, SystemError) as problem:
        if not was_interrupted(problem):
            raise
        s, work.stopped = None, "interrupted"
    if s is None:
        work.out_of_time()
        return None
    work.methods.add("enumeration")
    frustrated = block.frustrated(s)
    return Bounded(
        frustrated, block.weight(frustrated), kernel_proofs.Enumerated(tuple(block.names[covering].tolist()))
    )


def _searched(block: Block, limit: float, work: Work) -> tuple[Bounded, str]:
    """A piece searched, for a while, and why that ended."""
    until = time.monotonic() + limit
    lattice = block.lattice or integers.lattice(block.n, block.u, block.v, block.w)
    found = branching.Search(
        block.n, block.u, block.v, block.w, block.start, lattice,
        lambda: min(until - time.monotonic(), work.seconds_left()),
        lambda lower, upper, branches: work.progress(work.lower, work.upper),
    ).run()  # fmt: skip
    work.methods.add("cycle program" if len(found.leaves) <= 1 else "branch and bound")
    return Bounded(block.frustrated(found.signs), found.lower, _cases(found)), found.stopped


def _cases(searched: branching.Searched) -> kernel_proofs.Cases:
    """The leaves of a search, with the rows that they use."""
    used = sorted({k for leaf in searched.leaves for k in leaf.rows})
    edges, flips = searched.rows.edges, searched.rows.flips
    rows = {k: tuple(zip(edges[k].tolist(), flips[k].tolist(), strict=True)) for k in used}
    return kernel_proofs.Cases(rows, searched.leaves, searched.bits)
