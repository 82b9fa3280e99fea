"""The windows: the only room with a view. Every function returns its axes and the data it drew."""

from blockshift.plot.bands import bands
from blockshift.plot.benches import work_precision
from blockshift.plot.conserved import kept
from blockshift.plot.fibers import hyperbolas, intervals, tower
from blockshift.plot.frustration import bounds, descent, race, walk
from blockshift.plot.images import contact_sheet
from blockshift.plot.invariant_sets import basins, saddle, slow_fall
from blockshift.plot.landscape import critical_points, escapes, itinerary, surface
from blockshift.plot.laws import missing
from blockshift.plot.matrices import adjacency, powers
from blockshift.plot.networks import network
from blockshift.plot.orders import ranks, strings
from blockshift.plot.overview import beside, overview
from blockshift.plot.rates import arrivals, falls, waits
from blockshift.plot.rays import rays
from blockshift.plot.runs import modes, staircase
from blockshift.plot.signs import camps
from blockshift.plot.starts import chains, growth, lazy_and_rich
from blockshift.plot.steps import bends, edge, plane

__all__ = [
    "adjacency",
    "arrivals",
    "bands",
    "basins",
    "bends",
    "beside",
    "bounds",
    "camps",
    "chains",
    "contact_sheet",
    "critical_points",
    "descent",
    "edge",
    "escapes",
    "falls",
    "growth",
    "hyperbolas",
    "intervals",
    "itinerary",
    "kept",
    "lazy_and_rich",
    "missing",
    "modes",
    "network",
    "overview",
    "plane",
    "powers",
    "race",
    "ranks",
    "rays",
    "saddle",
    "slow_fall",
    "staircase",
    "strings",
    "surface",
    "tower",
    "waits",
    "walk",
    "work_precision",
]
