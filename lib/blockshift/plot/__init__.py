"""The windows: the only room with a view. Every function returns its axes and the data it drew."""

from blockshift.plot.bands import bands
from blockshift.plot.benches import work_precision
from blockshift.plot.chance import against_chance, flipped, shares, through_training
from blockshift.plot.conserved import kept
from blockshift.plot.fibers import hyperbolas, intervals, tower
from blockshift.plot.frustration import bounds, descent, race, walk
from blockshift.plot.images import contact_sheet
from blockshift.plot.invariant_sets import basins, saddle, slow_fall
from blockshift.plot.landscape import critical_points, escapes, itinerary, surface
from blockshift.plot.laws import missing
from blockshift.plot.matrices import adjacency, powers
from blockshift.plot.networks import network
from blockshift.plot.order import against_nulls, cone, order_map, order_window, sizes_of_steps
from blockshift.plot.orders import ranks, strings
from blockshift.plot.overview import beside, overview
from blockshift.plot.play import held, imbalances, staircases
from blockshift.plot.rates import arrivals, falls, waits
from blockshift.plot.rays import rays
from blockshift.plot.runs import modes, staircase
from blockshift.plot.signs import camps
from blockshift.plot.starts import chains, growth, lazy_and_rich
from blockshift.plot.steps import bends, edge, plane

__all__ = [
    "adjacency",
    "against_chance",
    "against_nulls",
    "arrivals",
    "bands",
    "basins",
    "bends",
    "beside",
    "bounds",
    "camps",
    "chains",
    "cone",
    "contact_sheet",
    "critical_points",
    "descent",
    "edge",
    "escapes",
    "falls",
    "flipped",
    "growth",
    "held",
    "hyperbolas",
    "imbalances",
    "intervals",
    "itinerary",
    "kept",
    "lazy_and_rich",
    "missing",
    "modes",
    "network",
    "order_map",
    "order_window",
    "overview",
    "plane",
    "powers",
    "race",
    "ranks",
    "rays",
    "saddle",
    "shares",
    "sizes_of_steps",
    "slow_fall",
    "staircase",
    "staircases",
    "strings",
    "surface",
    "through_training",
    "tower",
    "waits",
    "walk",
    "work_precision",
]
