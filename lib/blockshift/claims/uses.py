"""Which result uses which: drawn, with each claim in its verdict's colour and sign, and the same as a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from blockshift.claims import layers
from blockshift.claims.badges import SIGNS, anchor, badge, style

#: Sizes in pixels: a box, the way from one column to the next, the way from one box down to the next.
BOX, ACROSS, DOWN, EDGE = (82, 24), 150, 31, 12


@dataclass(frozen=True)
class Mark:
    """A claim in the drawing: its id, its statement, and the word it is shown with."""

    id: str
    statement: str
    word: str


@dataclass(frozen=True, repr=False)
class Uses:
    """The claims with what each rests on.

    Parameters
    ----------
    marks : sequence of Mark
    uses : mapping of str to sequence of str
        For each claim the ids of those that it uses.
    """

    marks: Sequence[Mark]
    uses: Mapping[str, Sequence[str]]

    @property
    def users(self) -> dict[str, list[str]]:
        """For each claim the ids of those that use it."""
        return {m.id: [name for name, below in self.uses.items() if m.id in below] for m in self.marks}

    @property
    def linked(self) -> list[Mark]:
        """The claims that use one or are used by one."""
        users = self.users
        return [m for m in self.marks if self.uses[m.id] or users[m.id]]

    def __repr__(self) -> str:
        arrows, linked = sum(map(len, self.uses.values())), len(self.linked)
        return f"Uses({arrows} arrows between {linked} claims, {len(self.marks) - linked} claims alone)"

    def lines(self) -> list[str]:
        """The text twin of the drawing, a sentence for each claim that has an arrow.

        Examples
        --------
        >>> Uses([Mark("A", "a", "holds"), Mark("B", "b", "open")], {"A": (), "B": ("A",)}).lines()
        ['A (holds) uses no other; is used by B.', 'B (open) uses A; is used by no other.']
        """
        users = self.users
        return [
            f"{m.id} ({m.word}) uses {', '.join(self.uses[m.id]) or 'no other'}; "
            f"is used by {', '.join(users[m.id]) or 'no other'}."
            for m in self.linked
        ]

    def _repr_html_(self) -> str:
        words = sorted({m.word for m in self.linked}, key=list(SIGNS).index)
        legend = " ".join(map(badge, words))
        return (
            '<div class="uses"><p><a class="uses-skip" href="#after-uses">Past the drawing</a> '
            f"What a claim uses stands to its left. {legend}</p>"
            '<div class="uses-window" role="region" tabindex="0" aria-label="Which claim uses which, a drawing">'
            f'{self._drawing()}</div><div id="after-uses">{self._list()}</div></div>'
        )

    def _drawing(self) -> str:
        """The SVG."""
        linked = self.linked
        plan = layers.plan({m.id: self.uses[m.id] for m in linked})
        width = 2 * EDGE + (plan.columns - 1) * ACROSS + BOX[0]
        height = 2 * EDGE + round(plan.height * DOWN) + BOX[1]
        title = f"{sum(map(len, self.uses.values()))} arrows between {len(linked)} claims"
        arrows = "".join(_arrow(*ends, points) for ends, points in plan.routes.items())
        boxes = "".join(_box(m, *_corner(plan.places[m.id])) for m in linked)
        return (
            f'<svg role="group" aria-label="{title}; the same is below as a list" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}">{arrows}{boxes}</svg>'
        )

    def _list(self) -> str:
        """The folded list with the same arrows, and the claims that have none."""
        users = self.users
        rows = "".join(
            f"<li>{_link(m.id)} {badge(m.word)} uses {_links(self.uses[m.id])}; is used by {_links(users[m.id])}.</li>"
            for m in self.linked
        )
        alone = [m.id for m in self.marks if m not in self.linked]
        rest = f"<p>Used by no other and using none: {_links(alone)}.</p>" if alone else ""
        return f"<details><summary>the same as a list</summary><ul>{rows}</ul>{rest}</details>"


def _corner(place: tuple[int, float]) -> tuple[float, float]:
    """The upper left corner of the box at a place of the plan."""
    column, y = place
    return EDGE + column * ACROSS, round(EDGE + y * DOWN, 1)


def _arrow(used: str, user: str, points) -> str:
    """A curve from the right side of one box to the left side of another, level at each column that it passes."""
    stops = []
    for place in points:
        x, y = _corner(place)
        stops.append((x, x + BOX[0], round(y + BOX[1] / 2, 1)))
    _, x, y = stops[0]
    path = f"M{x} {y}"
    for left, right, level in stops[1:]:
        half = (ACROSS - BOX[0]) / 2
        path += f" C{x + half:g} {y} {left - half:g} {level} {left} {level}"
        x, y = right, level
        path += f" H{right}" if (left, right, level) != stops[-1] else ""
    return f'<path class="uses-arrow" data-from="{escape(used)}" data-to="{escape(user)}" d="{path}"/>'


def _box(mark: Mark, x: float, y: float) -> str:
    """A box with the claim's sign and id, linked to its entry."""
    name = escape(mark.id)
    middle = y + BOX[1] / 2 + 4
    return (
        f'<a class="uses-box {style(mark.word)}" href="#{anchor(mark.id)}" data-id="{name}" '
        f'aria-label="{name}, {escape(mark.word)}"><title>{name} {escape(mark.word)}: {escape(mark.statement)}</title>'
        f'<rect x="{x:g}" y="{y:g}" width="{BOX[0]}" height="{BOX[1]}" rx="5"/>'
        f'<text class="uses-sign" aria-hidden="true" x="{x + 13:g}" y="{middle:g}">{SIGNS[mark.word]}</text>'
        f'<text x="{x + 24:g}" y="{middle:g}">{name}</text></a>'
    )


def _link(name: str) -> str:
    """A claim's id, linked to its entry."""
    return f'<a href="#{anchor(name)}">{escape(name)}</a>'


def _links(names: Sequence[str]) -> str:
    """Ids with links, or the words for none."""
    return ", ".join(map(_link, names)) or "no other"
