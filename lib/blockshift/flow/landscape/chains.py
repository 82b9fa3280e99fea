"""The chains a critical point is made of, and the ranks of partial products that they leave.

A network is a sequence of linear maps, and such a sequence is a direct sum of *chains*: a chain ``(a, b)`` has one
basis vector in each of the layers of nodes ``a, ..., b``, and every map sends each of them to the next and the last
one to zero. So ``rank(W_b ... W_{a+1})`` is the number of chains that cover ``a, ..., b``.

Let ``r`` be the rank of the end-to-end map, and ``R = Sigma - W``. At a critical point ``W^T R = 0`` and
``R W^T = 0``, and the transpose of the residual leads from the last layer of nodes back to the first: it joins
the end of one chain ``(a, h)`` to the beginning of another ``(0, b)``, once for each of its dimensions. The
network is critical exactly if no closed walk leaves out one layer only, that is, if at each joint ``b <= a - 2``.
Such a joined pair is a *bridge* ``(a, b)`` here. Together with a basis for each layer of nodes, chains and bridges
say all there is to say about a critical point.

This room counts; it makes no matrix.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement

import numpy as np

from blockshift import errors
from blockshift.graph import blocks

Place = tuple[int, int]

#: How often random chains are thrown away because ends do not fit beginnings, before the plainest are taken.
TRIES = 50


@dataclass(frozen=True, repr=False)
class Chains:
    """The chains of a critical point.

    Parameters
    ----------
    widths : tuple of int, length h + 1
    full : int
        ``r``, the number of chains from the first layer of nodes to the last: the rank of the end-to-end map.
    bridges : mapping of (a, b) to int
        Pairs of chains ``(a, h)`` and ``(0, b)`` that the residual joins, with ``b <= a - 2``.
    loose : mapping of (a, b) to int
        All other chains.

    Raises
    ------
    BadArgument
        If a number is negative, a place is outside of the network, a bridge breaks criticality, or the chains do not
        fill the layers.

    Source: [achour2024loss] for the ranks; the chains are ours.

    Examples
    --------
    >>> Chains((1, 1, 1), 0, {(2, 0): 1}, {(1, 1): 1})
    Chains(1→1→1: 0 full, 1 bridge, 1 loose)
    """

    widths: tuple[int, ...]
    full: int
    bridges: Mapping[Place, int] = field(default_factory=dict)
    loose: Mapping[Place, int] = field(default_factory=dict)

    def __post_init__(self):
        widths = blocks.as_widths(self.widths)
        object.__setattr__(self, "widths", widths)
        h = len(widths) - 1
        counts = [self.full, *self.bridges.values(), *self.loose.values()]
        if any(count < 0 for count in counts):
            raise errors.BadArgument(f"numbers of chains are {counts}; none can be negative.")
        for a, b in (place for place, count in self.bridges.items() if count):
            if not (1 <= a <= h and 0 <= b <= a - 2):
                raise errors.BadArgument(
                    f"a bridge joins the end of a chain ({a}, {h}) to the beginning of a chain (0, {b}); at a critical "
                    f"point 0 ≤ b ≤ a - 2 ≤ {h - 2}: else the loss has a slope along it."
                )
        for a, b in (place for place, count in self.loose.items() if count):
            if not 0 <= a <= b <= h or (a, b) == (0, h):
                raise errors.BadArgument(
                    f"({a}, {b}) is no loose chain of a network with layers of nodes 0 to {h}; a chain from 0 to {h} "
                    f"counts as full."
                )
        covered = tuple(self.rank(i, i) for i in range(h + 1))
        if covered != widths:
            raise errors.BadArgument(f"the chains fill layers of widths {covered}; expected {widths}.")

    @property
    def depth(self) -> int:
        """``h``."""
        return len(self.widths) - 1

    @property
    def unlearnt(self) -> int:
        """The rank of the residual: the number of bridges."""
        return sum(self.bridges.values())

    def all(self) -> Iterator[Place]:
        """Every chain, one by one: the full ones, the two of each bridge, the loose ones."""
        h = self.depth
        yield from ((0, h) for _ in range(self.full))
        for (a, b), count in sorted(self.bridges.items()):
            yield from ((0, b) for _ in range(count))
            yield from ((a, h) for _ in range(count))
        for place, count in sorted(self.loose.items()):
            yield from (place for _ in range(count))

    def rank(self, a: int, b: int) -> int:
        """The rank of ``W_b ... W_{a+1}``: how many chains cover the layers of nodes ``a, ..., b``."""
        return sum(first <= a and b <= last for first, last in self.all())

    def ranks(self) -> dict[Place, int]:
        """The rank of ``W_b ... W_{a+1}`` for all ``a < b``."""
        return {(a, b): self.rank(a, b) for b in range(1, self.depth + 1) for a in range(b)}

    def __repr__(self) -> str:
        bridges, loose = self.unlearnt, sum(self.loose.values())
        noun = "bridge" if bridges == 1 else "bridges"
        return f"Chains({'→'.join(map(str, self.widths))}: {self.full} full, {bridges} {noun}, {loose} loose)"


def multiplicities(widths: Sequence[int], ranks: Mapping[Place, int]) -> dict[Place, int]:
    """How many chains ``(a, b)`` a network has whose product ``W_b ... W_{a+1}`` has rank ``ranks[a, b]``.

    Parameters
    ----------
    widths : sequence of int, length h + 1
    ranks : mapping of (a, b) to int
        For all ``0 <= a < b <= h``.

    Raises
    ------
    BadArgument
        If a rank is missing, or no network has these ranks: then the number of some chains would be negative.

    Examples
    --------
    >>> multiplicities((2, 2, 2), {(0, 1): 1, (1, 2): 1, (0, 2): 1})
    {(0, 0): 1, (0, 2): 1, (1, 1): 1, (2, 2): 1}
    """
    widths = blocks.as_widths(widths)
    h = len(widths) - 1
    wanted = {(a, b) for b in range(1, h + 1) for a in range(b)}
    if set(ranks) != wanted:
        raise errors.BadArgument(
            f"ranks are given for {sorted(ranks)}; expected one for each product W_b ... W_(a+1): {sorted(wanted)}."
        )

    def rank(a, b):
        if a < 0 or b > h:
            return 0
        return widths[a] if a == b else ranks[a, b]

    found = {}
    for a in range(h + 1):
        for b in range(a, h + 1):
            count = rank(a, b) - rank(a - 1, b) - rank(a, b + 1) + rank(a - 1, b + 1)
            if count < 0:
                raise errors.BadArgument(
                    f"no network with widths {widths} has these ranks: between layers of nodes {a} and {b} the rank is "
                    f"{rank(a, b)}, one layer further to either side {rank(a - 1, b)} and {rank(a, b + 1)}, to both "
                    f"sides {rank(a - 1, b + 1)}, which leaves {count} chains from {a} to {b}; no number may be "
                    f"negative."
                )
            if count:
                found[a, b] = int(count)
    return found


def with_ranks(widths: Sequence[int], unlearnt: int, ranks: Mapping[Place, int]) -> Chains:
    """The chains of a critical point with given ranks whose residual has rank `unlearnt`.

    Raises
    ------
    BadArgument
        If no network has these ranks, or none that is critical with such a residual.

    Examples
    --------
    >>> with_ranks((1, 1, 1, 1), 1, {(0, 1): 0, (1, 2): 1, (2, 3): 0, (0, 2): 0, (1, 3): 0, (0, 3): 0})
    Chains(1→1→1→1: 0 full, 1 bridge, 1 loose)
    """
    widths = blocks.as_widths(widths)
    h = len(widths) - 1
    loose = Counter(multiplicities(widths, ranks))
    full = loose.pop((0, h), 0)
    begins = sorted(b for (a, b), count in loose.items() if a == 0 for _ in range(count))[:unlearnt]
    ends = sorted(a for (a, b), count in loose.items() if b == h for _ in range(count))[::-1][:unlearnt][::-1]
    if len(begins) < unlearnt or len(ends) < unlearnt:
        raise errors.BadArgument(
            f"the residual has rank {unlearnt}, but beside what is learnt there are {len(begins)} inputs and "
            f"{len(ends)} outputs; lower the rank of the whole product, now {full}, or give fewer singular values."
        )
    # The shortest beginnings with the longest ends, in order: if any way to join them is critical, then this one.
    bridges = Counter(zip(ends, begins, strict=True))
    for a, b in bridges:
        if b > a - 2:
            raise errors.BadArgument(
                f"no critical point has these ranks: {unlearnt} dimensions of the residual have to join chains "
                f"(a, {h}) to chains (0, b) with b ≤ a - 2, and however one pairs them, one has a = {a} and b = {b}."
            )
    for (a, b), count in bridges.items():
        loose[a, h] -= count
        loose[0, b] -= count
    return Chains(widths, full, dict(bridges), {place: count for place, count in loose.items() if count})


def plain(widths: Sequence[int], full: int, unlearnt: int) -> Chains:
    """The chains of a critical point all of whose products of layers have the same rank `full`.

    Raises
    ------
    BadArgument
        If the network is too narrow, or has one layer and something unlearnt.

    Examples
    --------
    >>> plain((2, 3, 2), 1, 1).ranks()
    {(0, 1): 1, (0, 2): 1, (1, 2): 1}
    """
    widths = blocks.as_widths(widths)
    _enough(widths, full, unlearnt)
    loose = {(i, i): d - full for i, d in enumerate(widths)}
    loose[0, 0] -= unlearnt
    loose[len(widths) - 1, len(widths) - 1] -= unlearnt
    return Chains(widths, full, {(len(widths) - 1, 0): unlearnt} if unlearnt else {}, loose)


def random(widths: Sequence[int], full: int, unlearnt: int, *, rng: np.random.Generator) -> Chains:
    """Random chains of a critical point: in each layer of nodes every chain goes on or ends, as it happens.

    Every possible system of chains has a positive probability; they are not equally likely.

    Raises
    ------
    BadArgument
        If the network is too narrow, or has one layer and something unlearnt.
    """
    widths = blocks.as_widths(widths)
    _enough(widths, full, unlearnt)
    h = len(widths) - 1
    for _ in range(TRIES):
        chains = _grown(widths, full, rng)
        begins = [b for a, b in chains if a == 0]
        ends = [a for a, b in chains if b == h]
        pairs = _joined(begins, ends, unlearnt, rng)
        if pairs is None:
            continue
        loose = Counter(chains)
        for a, b in pairs:
            loose[a, h] -= 1
            loose[0, b] -= 1
        return Chains(widths, full, dict(Counter(pairs)), {place: count for place, count in loose.items() if count})
    return plain(widths, full, unlearnt)


def every(widths: Sequence[int], full: int, unlearnt: int) -> Iterator[Chains]:
    """All systems of chains of critical points of a network, each once, one after another; they are many soon.

    Examples
    --------
    >>> len(list(every((1, 1, 1, 1), 0, 1)))
    4
    """
    widths = blocks.as_widths(widths)
    _enough(widths, full, unlearnt)
    h = len(widths) - 1
    possible = [(a, b) for a in range(1, h + 1) for b in range(a - 1)]
    for chosen in combinations_with_replacement(possible, unlearnt):
        left = [d - full for d in widths]
        for a, b in chosen:
            for i in (*range(b + 1), *range(a, h + 1)):
                left[i] -= 1
        if min(left) >= 0:
            for loose in _fillings(tuple(left), 0, h):
                yield Chains(widths, full, dict(Counter(chosen)), loose)


def _fillings(left: tuple[int, ...], first: int, h: int) -> Iterator[dict[Place, int]]:
    """All ways to fill what is left of the layers with chains that begin at `first` or later, none of them full."""
    if first > h:
        yield {}
        return
    lasts = [b for b in range(first, h + 1) if (first, b) != (0, h)]
    for chosen in combinations_with_replacement(lasts, left[first]):
        rest = list(left)
        for b in chosen:
            for i in range(first, b + 1):
                rest[i] -= 1
        if min(rest) >= 0:
            counts = {(first, b): count for b, count in Counter(chosen).items()}
            for more in _fillings(tuple(rest), first + 1, h):
                yield {**counts, **more}


def _grown(widths, full: int, rng) -> list[Place]:
    """Chains grown from the first layer of nodes to the last, none of them full; with a random will to go on."""
    h, will = len(widths) - 1, rng.random()
    alive, done = [0] * (widths[0] - full), []
    for i in range(1, h + 1):
        going = [a for a in alive if rng.random() < will and not (a == 0 and i == h)]
        rng.shuffle(going)
        going = going[: widths[i] - full]
        ended = Counter(alive)
        ended.subtract(going)
        done += [(a, i - 1) for a in ended.elements()]
        alive = going + [i] * (widths[i] - full - len(going))
    return done + [(a, h) for a in alive]


def _joined(begins, ends, unlearnt: int, rng) -> list[Place] | None:
    """A random way to join ends to beginnings; None where there is none among those drawn."""
    if min(len(begins), len(ends)) < unlearnt:
        return None
    chosen = sorted((begins[k] for k in rng.permutation(len(begins))[:unlearnt]), reverse=True)
    free = [ends[k] for k in rng.permutation(len(ends))[:unlearnt]]
    pairs = []
    for b in chosen:  # the longest first: what fits it fits the shorter ones too
        at = next((k for k, a in enumerate(free) if b <= a - 2), None)
        if at is None:
            return None
        pairs.append((int(free.pop(at)), int(b)))
    return pairs


def _enough(widths, full: int, unlearnt: int) -> None:
    """Nothing, if there is a critical point with these numbers at all."""
    if full < 0 or full > min(widths):
        raise errors.BadArgument(
            f"{full} singular values cannot be learnt by a network with widths {widths}; its narrowest layer lets "
            f"through 0 to {min(widths)}."
        )
    if unlearnt < 0 or full + unlearnt > min(widths[0], widths[-1]):
        raise errors.BadArgument(
            f"{full} learnt and {unlearnt} unlearnt singular values do not fit into {widths[0]} inputs and "
            f"{widths[-1]} outputs."
        )
    if len(widths) == 2 and unlearnt:
        raise errors.BadArgument(
            f"a single layer has learnt everything at its only critical point; {unlearnt} singular values are unlearnt."
        )
