"""The windows: the only room with a view. Every function returns its axes and the data it drew."""

from blockshift.plot.conserved import kept
from blockshift.plot.frustration import bounds, descent, race, walk
from blockshift.plot.images import contact_sheet
from blockshift.plot.laws import missing
from blockshift.plot.matrices import adjacency, powers
from blockshift.plot.networks import network
from blockshift.plot.overview import beside, overview
from blockshift.plot.runs import modes, staircase
from blockshift.plot.signs import camps

__all__ = [
    "adjacency",
    "beside",
    "bounds",
    "camps",
    "contact_sheet",
    "descent",
    "kept",
    "missing",
    "modes",
    "network",
    "overview",
    "powers",
    "race",
    "staircase",
    "walk",
]
