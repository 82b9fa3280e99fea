"""The look of every picture: its colours and letters, and the object a drawing function returns.

Pictures are drawn on white, in the inks of the book and one accent; blue and orange tell the signs apart, also
for eyes that do not tell red from green. Nothing here touches matplotlib's global state: figures are made without
``pyplot``, settings hold inside ``with style():`` only, so a drawing never depends on the one before it.
"""

import base64
import io
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from scipy.optimize import isotonic_regression

from blockshift import errors

INK = "#23262b"  #: letters and nodes
QUIET = "#5c6470"  #: axes, and letters that stand back
LINE = "#c6ccd4"  #: rules and targets
PALE = "#eef0f3"  #: a place for a weight where the weight is zero
ACCENT = "#1b7a72"  #: what the picture is about
POSITIVE = "#2f62ad"
NEGATIVE = "#b85610"
#: One colour a layer, in the order of the logo; deeper networks begin again.
LAYERS = ("#ad5e0e", "#1f8178", "#4269b8", "#85508f", "#68771d", "#a8435a")

#: Pixels an inch in the file, and in the page: twice as many as shown, for screens with small pixels.
DPI, SHOWN_DPI = 200, 100

_SEQUENCE = LinearSegmentedColormap.from_list("modes", ["#1f2a56", "#2f6db0", "#1c8278"])

_SETTINGS: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # matplotlib brings it along: the same picture on every machine
    "font.size": 9.5,
    "mathtext.fontset": "stix",
    "text.color": INK,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": QUIET,
    "axes.labelcolor": QUIET,
    "axes.labelsize": 9.5,
    "axes.titlesize": 11,
    "axes.titlecolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "lines.linewidth": 1.7,
    "lines.solid_capstyle": "round",
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "svg.hashsalt": "blockshift",  # otherwise an SVG has new ids each time
}


def style() -> AbstractContextManager:
    """The settings of the book's pictures, for as long as a ``with`` block lasts.

    Examples
    --------
    >>> before = mpl.rcParams["font.size"]
    >>> with style():
    ...     mpl.rcParams["font.size"]
    9.5
    >>> mpl.rcParams["font.size"] == before
    True
    """
    return mpl.rc_context(_SETTINGS)


@dataclass(frozen=True, eq=False, repr=False)
class Drawing:
    """A picture, the numbers in it, and a sentence for those who cannot see it.

    Parameters
    ----------
    axes : tuple of Axes
    data : dict of ndarray
        What was drawn, by name.
    alt : str
        The picture in words, written from `data`.

    Examples
    --------
    >>> with style():
    ...     Drawing(panels(1, 1, 3, 2), {"t": np.zeros(3)}, "Nothing.")
    Drawing(1 panel, data: t)
    """

    axes: tuple[Axes, ...]
    data: dict[str, np.ndarray] = field(repr=False)
    alt: str

    @property
    def figure(self) -> Figure:
        """The figure that the axes belong to."""
        return cast(Figure, self.axes[0].get_figure(root=True))

    def png(self, comment: str | None = None) -> bytes:
        """The picture as a PNG file, with `alt` as its description; the same bytes whenever it is asked for."""
        file = io.BytesIO()
        with style():
            about = {"Software": None, "Description": self.alt} | ({"Comment": comment} if comment else {})
            self.figure.savefig(file, format="png", dpi=DPI, bbox_inches="tight", pad_inches=0.08, metadata=about)
        return file.getvalue()

    def save(self, path) -> None:
        """Write the picture to a file, PNG, SVG or PDF as its name says; the same bytes each time.

        Raises
        ------
        BadArgument
            If the name ends otherwise.
        """
        path = Path(path)
        if path.suffix == ".png":
            path.write_bytes(self.png())
        elif path.suffix == ".svg":
            with style():
                about = {"Date": None, "Description": self.alt}
                self.figure.savefig(path, bbox_inches="tight", pad_inches=0.08, metadata=about)
        elif path.suffix == ".pdf":
            with style():
                about = {"CreationDate": None, "Producer": None, "Creator": None, "Subject": self.alt}
                self.figure.savefig(path, bbox_inches="tight", pad_inches=0.08, metadata=about)
        else:
            raise errors.BadArgument(
                f"{path.name!r} says neither .png nor .svg nor .pdf; end the name in one of these."
            )

    def _repr_mimebundle_(self, include=None, exclude=None):
        """What a notebook shows: the picture, at the size it was drawn for; its words where pictures are not shown."""
        picture = self.png()
        width = int.from_bytes(picture[16:20], "big")  # where PNG has it
        shown = {"width": round(width * SHOWN_DPI / DPI)}
        return (
            {"image/png": base64.b64encode(picture).decode("ascii"), "text/plain": self.alt},
            {"image/png": shown},
        )

    def __repr__(self) -> str:
        panels = "1 panel" if len(self.axes) == 1 else f"{len(self.axes)} panels"
        return f"Drawing({panels}, data: {', '.join(self.data)})"


def panels(rows: int, columns: int, width: float, height: float, **grid) -> tuple[Axes, ...]:
    """The axes of a new figure of that size in inches, row by row."""
    figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06))
    return tuple(figure.subplots(rows, columns, squeeze=False, **grid).flat)


def one_of(name: str, value, known: Sequence[str]) -> None:
    """Nothing, if a choice is one of those there are.

    Raises
    ------
    UnknownName
        If it is not.
    """
    if value not in known:
        raise errors.UnknownName(f"`{name}` is {value!r}; there are {', '.join(map(repr, known))}.")


def tint(colour: str, strength) -> np.ndarray:
    """A colour mixed with white: all of it at strength 1, a trace at 0, shape ``(..., 3)``."""
    share = 0.14 + 0.86 * np.clip(np.asarray(strength, dtype=float), 0, 1)[..., None]
    return 1 - share * (1 - np.array(to_rgb(colour)))


def readable(rgb) -> str:
    """Ink or white, whichever stands out more on a colour.

    Examples
    --------
    >>> readable((1, 1, 1)) == INK, readable((0, 0, 0))
    (True, 'white')
    """
    back, ink = (_luminance(colour) for colour in (rgb, to_rgb(INK)))
    return INK if (back + 0.05) / (ink + 0.05) > 1.05 / (back + 0.05) else "white"


def _luminance(rgb) -> float:
    """Relative luminance, as the Web Content Accessibility Guidelines define it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


def sequence(count: int) -> list:
    """That many colours from dark to light, for things that have an order."""
    return [_SEQUENCE(x) for x in np.linspace(0, 1, max(count, 2))[:count]]


def spread(places, least: float) -> np.ndarray:
    """Positions for labels: as near to their increasing places as a smallest distance between them allows.

    Examples
    --------
    >>> spread([0.0, 0.1, 3.0], 1.0)
    array([-0.45,  0.55,  3.  ])
    """
    steps = least * np.arange(len(places))
    return isotonic_regression(np.asarray(places, dtype=float) - steps).x + steps


def grouped(places, least: float) -> list[list[int]]:
    """Indices of increasing places, those together that follow one another closer than `least`.

    Examples
    --------
    >>> grouped([0.0, 0.1, 3.0], 1.0)
    [[0, 1], [2]]
    """
    groups: list[list[int]] = []
    for i, place in enumerate(places):
        if groups and place - places[groups[-1][-1]] < least:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def number(value: float) -> str:
    """A number in three digits, for sentences.

    Examples
    --------
    >>> number(1204.6), number(0.0079412), number(3e-9)
    ('1200', '0.00794', '3e-09')
    """
    return f"{float(f'{value:.3g}'):g}"
