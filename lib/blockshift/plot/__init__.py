"""The windows: the only room with a view. Every function returns its axes and the data it drew."""

from blockshift.plot.conserved import kept
from blockshift.plot.fibers import chains, hyperbolas, tower
from blockshift.plot.images import contact_sheet
from blockshift.plot.invariant_sets import basins, saddle, slow_fall
from blockshift.plot.landscape import critical_points, escapes, itinerary, surface
from blockshift.plot.laws import missing
from blockshift.plot.matrices import adjacency, powers
from blockshift.plot.networks import network
from blockshift.plot.overview import beside, overview
from blockshift.plot.runs import modes, staircase

__all__ = [
    "adjacency",
    "basins",
    "beside",
    "chains",
    "contact_sheet",
    "critical_points",
    "escapes",
    "hyperbolas",
    "itinerary",
    "kept",
    "missing",
    "modes",
    "network",
    "overview",
    "powers",
    "saddle",
    "slow_fall",
    "staircase",
    "surface",
    "tower",
]
