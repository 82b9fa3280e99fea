"""The windows: the only room with a view. Every function returns its axes and the data it drew."""

from blockshift.plot.benches import work_precision
from blockshift.plot.conserved import kept
from blockshift.plot.images import contact_sheet
from blockshift.plot.laws import missing
from blockshift.plot.matrices import adjacency, powers
from blockshift.plot.networks import network
from blockshift.plot.overview import beside, overview
from blockshift.plot.runs import modes, staircase

__all__ = [
    "adjacency",
    "beside",
    "contact_sheet",
    "kept",
    "missing",
    "modes",
    "network",
    "overview",
    "powers",
    "staircase",
    "work_precision",
]
