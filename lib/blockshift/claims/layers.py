"""The plan of a drawing of what uses what: in columns, each thing to the right of all it uses.

The column of a thing is the length of the longest chain below it. An arrow that passes columns is given a place in
each of them, so that it runs between things and not across them. The order in a column is that of the means of its
neighbours, swept to and fro, and the sweep with the fewest crossings is kept. Heights then come as near to the means
of their neighbours as the order and the gaps allow, which is a least-squares problem with an exact answer.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from blockshift import errors

#: Sweeps over the columns: crossings of graphs of some hundred nodes no longer change after a dozen.
SWEEPS = 24
#: The room of a passing arrow, where that of a thing is 1.
NARROW = 0.45


@dataclass(frozen=True)
class Plan:
    """Where each thing stands, and which way each arrow goes.

    Parameters
    ----------
    places : mapping of str to (int, float)
        Column and height of each thing; heights in a column are at least 1 apart.
    routes : mapping of (str, str) to tuple of (int, float)
        From what is used to what uses it, a point in every column on the way.
    """

    places: Mapping[str, tuple[int, float]]
    routes: Mapping[tuple[str, str], tuple[tuple[int, float], ...]]

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return 1 + max((column for column, _ in self.places.values()), default=-1)

    @property
    def height(self) -> float:
        """The largest height; the smallest is 0."""
        return max((y for points in (self.places.values(), *self.routes.values()) for _, y in points), default=0.0)


def columns(uses: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The column of each thing: 0 for what uses nothing, else one more than the last of what it uses.

    Raises
    ------
    BadArgument
        If something rests on itself in the end.

    Examples
    --------
    >>> columns({"a": (), "b": ("a",), "c": ("a", "b")})
    {'a': 0, 'b': 1, 'c': 2}
    """
    found: dict[str, int] = {}

    def column(name: str, above: tuple[str, ...]) -> int:
        if name in above:
            raise errors.BadArgument(
                f"{' uses '.join((*above, name))}; expected that nothing rests on itself. Take one of these away."
            )
        if name not in found:
            found[name] = 1 + max((column(below, (*above, name)) for below in uses[name]), default=-1)
        return found[name]

    return {name: column(name, ()) for name in uses}


def plan(uses: Mapping[str, Sequence[str]]) -> Plan:
    """The plan of a drawing of `uses`; whatever is used has an entry of its own.

    Raises
    ------
    BadArgument
        If something rests on itself in the end.
    """
    column = columns(uses)
    stops: dict[tuple[str, str], list] = {}
    rows: dict[int, list] = defaultdict(list)
    links: list[tuple] = []
    for name, at in column.items():
        rows[at].append(name)
    for name, below in uses.items():
        for used in below:
            between = [(used, name, at) for at in range(column[used] + 1, column[name])]
            stops[used, name] = [used, *between, name]
            for stop in between:
                rows[stop[2]].append(stop)
            links += pairwise(stops[used, name])
    left: dict = defaultdict(list)
    right: dict = defaultdict(list)
    for a, b in links:
        right[a].append(b)
        left[b].append(a)
    order = _ordered([rows[at] for at in sorted(rows)], left, right)
    heights = _heights(order, left, right)
    low = min(heights.values(), default=0.0)
    at_column = {node: at for at, row in enumerate(order) for node in row}
    places = {name: (column[name], heights[name] - low) for name in uses}
    routes = {ends: tuple((at_column[n], heights[n] - low) for n in nodes) for ends, nodes in stops.items()}
    return Plan(places, routes)


def _ordered(rows: list[list], left, right) -> list[list]:
    """The columns, each in an order in which few arrows cross."""
    best, least = rows, _crossings(rows, right)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        rows = [list(row) for row in rows]
        for k in range(1, len(rows)) if forward else range(len(rows) - 2, -1, -1):
            place = {node: i for i, node in enumerate(rows[k - 1 if forward else k + 1])}
            near = left if forward else right
            rows[k].sort(key=_mean_place(rows[k], near, place))
        now = _crossings(rows, right)
        if now < least:
            best, least = rows, now
    return best


def _mean_place(row, near, place):
    """A key to sort a column by: the mean place of the neighbours, or one's own place where there is none."""
    own = {node: i for i, node in enumerate(row)}
    scale = len(place) / max(len(row), 1)

    def key(node):
        found = [place[other] for other in near[node]]
        return sum(found) / len(found) if found else own[node] * scale

    return key


def _crossings(rows: list[list], right) -> int:
    """How many pairs of arrows cross between neighbouring columns."""
    count = 0
    for row, after in pairwise(rows):
        place = {node: i for i, node in enumerate(after)}
        ends = [place[b] for a in row for b in sorted(right[a], key=place.__getitem__)]
        count += sum(ends[i] > ends[j] for j in range(len(ends)) for i in range(j))
    return count


def _heights(rows: list[list], left, right) -> dict:
    """A height for each node: near the mean of its neighbours, in the order of its column, with room between."""
    heights = {node: float(i) for row in rows for i, node in enumerate(row)}
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = []
            for node in row:
                near = [heights[other] for other in (*left[node], *right[node])]
                wanted.append(sum(near) / len(near) if near else heights[node])
            heights.update(zip(row, spaced(wanted, [_room(node) for node in row]), strict=True))
    return heights


def _room(node) -> float:
    """The room a node needs: things have names, passing arrows have pairs of them."""
    return 1.0 if isinstance(node, str) else NARROW


def spaced(wanted: Sequence[float], rooms: Sequence[float]) -> list[float]:
    """Heights nearest to those wanted, in squares, that leave half of both rooms between neighbours.

    With the gaps taken off this is the nearest non-decreasing sequence: pools of neighbours that would be out of
    order take their mean.

    Examples
    --------
    >>> spaced([0, 0, 5], [1, 1, 1])
    [-0.5, 0.5, 5.0]
    """
    offsets = [0.0]
    for a, b in pairwise(rooms):
        offsets.append(offsets[-1] + (a + b) / 2)
    pools: list[list[float]] = []
    for want, offset in zip(wanted, offsets, strict=False):
        pools.append([want - offset, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            value, size = pools.pop()
            before, count = pools[-1]
            pools[-1] = [(before * count + value * size) / (count + size), count + size]
    flat = [value for value, size in pools for _ in range(int(size))]
    return [value + offset for value, offset in zip(flat, offsets, strict=False)]
