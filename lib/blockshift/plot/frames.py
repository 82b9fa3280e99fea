"""One picture at each position of one or two knobs: a figure to play with, which needs no server and no kernel.

All pictures are made beforehand. The page carries them, a slider for each knob, and the words of the picture that is
shown. Where no script runs, the first picture and the words of all are there.
"""

import base64
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from blockshift import errors
from blockshift.plot import style

#: What moves the pictures: an attribute of the figure, so that it works in a book, a notebook and a file alone.
ON_INPUT = """
let place = 0;
for (const knob of this.querySelectorAll('input')) {
  const said = knob.getAttribute('data-at-' + knob.value);
  knob.setAttribute('aria-valuetext', said);
  knob.parentElement.querySelector('output').textContent = said;
  place = place * (Number(knob.max) + 1) + Number(knob.value);
}
const pictures = [...this.querySelectorAll('.frames-shown > img')];
pictures.forEach((picture, k) => { picture.hidden = k !== place; });
this.querySelector('.frames-said').textContent = pictures[place].alt;
"""
#: Pictures in one figure: more make a page heavy, and nobody visits them all.
MOST = 40


@dataclass(frozen=True, eq=False, repr=False)
class Frames:
    """Pictures at all positions of some knobs.

    Parameters
    ----------
    knobs : dict of str to tuple
        From the name of each knob to its positions, in order.
    drawings : tuple of Drawing
        One for each combination of positions, the last knob moving fastest.
    begin : tuple of int
        Which position of each knob is shown first.
    """

    knobs: Mapping[str, tuple]
    drawings: tuple[style.Drawing, ...]
    begin: tuple[int, ...]

    @property
    def data(self) -> dict[str, np.ndarray]:
        """The positions of each knob, and what all pictures have of equal shape, stacked in the order of the knobs."""
        shape = [len(places) for places in self.knobs.values()]
        found = {name: np.asarray(places) for name, places in self.knobs.items()}
        for name in self.drawings[0].data:
            rows = [np.asarray(d.data[name]) for d in self.drawings]
            if len({row.shape for row in rows}) == 1:
                found[name] = np.reshape(rows, (*shape, *rows[0].shape))
        return found

    @property
    def alt(self) -> str:
        """The words of the picture that is shown first."""
        return self.drawings[self._first].alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        """What a notebook shows: the pictures and their sliders; on paper the first one; words where nothing is."""
        at = ", ".join(f"{name} {_said(p[k])}" for (name, p), k in zip(self.knobs.items(), self.begin, strict=True))
        comment = f"One of {len(self.drawings)} pictures, with {at}. On the page of the book a slider moves each knob."
        picture = base64.b64encode(self.drawings[self._first].png(comment)).decode("ascii")
        return {"text/html": self.html(), "image/png": picture, "text/plain": self.alt}

    def html(self) -> str:
        """The figure for a page: the pictures, one of them shown, a slider for each knob, and all of it in words."""
        shown, rows, words = [], [], []
        for place, drawing in enumerate(self.drawings):
            hidden, picture = "" if place == self._first else " hidden", _svg(drawing)
            shown.append(f'<img src="data:image/svg+xml;base64,{picture}" alt="{escape(drawing.alt)}"{hidden}>')
        for (name, places), at in zip(self.knobs.items(), self.begin, strict=True):
            said = " ".join(f'data-at-{k}="{escape(_said(place))}"' for k, place in enumerate(places))
            rows.append(
                f"<label><span>{escape(name)}: <output>{escape(_said(places[at]))}</output></span> "
                f'<input type="range" autocomplete="off" min="0" max="{len(places) - 1}" step="1" value="{at}" '
                f'aria-valuetext="{escape(_said(places[at]))}" {said}></label>'
            )
        for places, drawing in zip(itertools.product(*self.knobs.values()), self.drawings, strict=True):
            where = ", ".join(f"{name} {_said(place)}" for name, place in zip(self.knobs, places, strict=True))
            words.append(f"<li>{escape(where)}: {escape(drawing.alt)}</li>")
        about = f'role="group" aria-label="A figure to play with: {escape(", ".join(self.knobs))}"'
        return (
            f'<div class="frames" oninput="{escape(" ".join(ON_INPUT.split()))}" {about}>'
            f'<div class="frames-shown">{"".join(shown)}</div>{"".join(rows)}'
            f'<p class="frames-said" aria-live="polite">{escape(self.alt)}</p>'
            f"<details><summary>All positions in words</summary><ul>{''.join(words)}</ul></details></div>"
        )

    def save(self, path) -> None:
        """Write all pictures to a page of their own, ``.html``, or the one that is shown first to ``.png`` or ``.svg``.

        Raises
        ------
        BadArgument
            If the name ends otherwise.
        """
        path = Path(path)
        if path.suffix == ".html":
            title = escape(f"A figure to play with: {', '.join(self.knobs)}")
            head = f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            path.write_text(f"{head}<main>{self.html()}</main></html>", encoding="utf-8")
        else:
            self.drawings[self._first].save(path)

    @property
    def _first(self) -> int:
        return int(np.ravel_multi_index(self.begin, [len(places) for places in self.knobs.values()]))

    def __repr__(self) -> str:
        knobs = ", ".join(f"{name} at {len(places)} positions" for name, places in self.knobs.items())
        return f"Frames({len(self.drawings)} pictures: {knobs})"


def frames(
    draw: Callable[..., style.Drawing], knobs: Mapping[str, Sequence], *, begin: Sequence[int] | None = None
) -> Frames:
    """A figure to play with: the picture that a function draws, at every combination of positions.

    Parameters
    ----------
    draw : callable
        Takes one position of each knob, in their order, and returns a `Drawing`.
    knobs : dict of str to sequence
        From the name of each knob, as a reader sees it, to its positions.
    begin : sequence of int, optional
        Which position of each knob is shown first; the first one if left out.

    Raises
    ------
    BadArgument
        If there are no knobs, a knob has fewer than two positions, or the beginning is no position.
    TooLarge
        If there are too many combinations for one page.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> from blockshift.plot.networks import network
    >>> frames(lambda width: network(Network.random((1, width, 1), rng=np.random.default_rng(0))), {"width": [1, 2]})
    Frames(2 pictures: width at 2 positions)
    """
    held = {name: tuple(places) for name, places in knobs.items()}
    if not held or min(map(len, held.values())) < 2:
        raise errors.BadArgument("there is nothing to move: expected at least one knob, with two positions or more.")
    first = tuple(begin) if begin is not None else (0,) * len(held)
    sizes = [len(places) for places in held.values()]
    if len(first) != len(sizes) or not all(0 <= at < size for at, size in zip(first, sizes, strict=True)):
        raise errors.BadArgument(f"`begin` is {first}; expected one index for each knob, below {tuple(sizes)}.")
    if np.prod(sizes) > MOST:
        raise errors.TooLarge(f"{np.prod(sizes)} pictures are too many for a page; at most {MOST} will do.")
    return Frames(held, tuple(draw(*places) for places in itertools.product(*held.values())), first)


def _svg(drawing: style.Drawing) -> str:
    """The picture as a drawing of lines, in the letters of a web address."""
    file = io.StringIO()
    with style.style():
        # Of one size, whatever is drawn: a figure must not jump when it is played with.
        drawing.figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return base64.b64encode(file.getvalue().encode()).decode("ascii")


def _said(place) -> str:
    """A position in letters."""
    return style.number(float(place)) if isinstance(place, (float, np.floating)) else str(place)
