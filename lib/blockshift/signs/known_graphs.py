"""Signed graphs that others have worked on, to compare with.

The *highland tribes* are sixteen communities of the Gahuku-Gama people in the highlands of New Guinea, with the
alliances and enmities among them that Read reported in 1954. Lists that go by this name differ; this one has 29 of
each. The tori with random signs are the Edwards-Anderson spin glass of statistical physics: each spin has two
neighbours in each direction, and each coupling is 1 or -1 with equal chance. Without the edges that close the torus,
the boundary is free, and in two dimensions the graph is planar.
"""

import math
from itertools import product

import numpy as np

from blockshift import errors
from blockshift.signs.signed_graph import SignedGraph

TRIBES = "Gavev Kotun Ove Alika Nagam Gahuk Masil Ukudz Notoh Kohik Geham Asaro Uheto Seuve Nagad Gama".split()
#: Pairs by their number in the list, from 1.
ALLIANCES = """
1-2 1-15 1-16 2-15 2-16 3-4 3-6 3-7 3-8 4-8 5-7 5-9 5-14 6-7 6-8 6-11 6-12 7-8 7-11 7-12 7-13 8-11 8-12 9-10 9-13
10-13 11-12 13-14 15-16
"""
ENMITIES = """
1-3 1-4 1-5 1-6 1-12 2-3 2-5 2-6 2-9 2-10 5-15 5-16 6-9 6-13 6-16 8-14 9-11 9-15 10-11 10-15 11-13 11-15 11-16 12-14
12-15 12-16 13-15 13-16 14-16
"""


def highland_tribes() -> SignedGraph:
    """The sixteen tribes: alliances are 1, enmities -1.

    Source: [read1954cultures].

    Examples
    --------
    >>> highland_tribes()
    SignedGraph(16 nodes, 58 edges, 29 negative)
    """
    listed = ((pair, sign) for pairs, sign in ((ALLIANCES, 1), (ENMITIES, -1)) for pair in pairs.split())
    edges = [(*(TRIBES[int(k) - 1] for k in pair.split("-")), sign) for pair, sign in listed]
    return SignedGraph.from_edges(edges, nodes=TRIBES)


def spin_glass(*sides: int, rng: np.random.Generator, free: bool = False) -> SignedGraph:
    """A torus with the given sides, each at least 3, and a random sign on each edge; the nodes are named by
    coordinates. With `free` boundaries, the part of the same torus whose edges do not wrap around.

    Examples
    --------
    >>> spin_glass(4, 5, rng=np.random.default_rng(0)).nodes[:3]
    ((0, 0), (0, 1), (0, 2))
    >>> spin_glass(4, 5, rng=np.random.default_rng(0), free=True)
    SignedGraph(20 nodes, 31 edges, 14 negative)
    """
    if not sides or min(sides) < 3:
        raise errors.BadArgument(f"the sides {sides} make no torus; expected lengths of at least 3.")
    places = list(product(*map(range, sides)))
    signs = iter(rng.choice((-1, 1), size=len(sides) * math.prod(sides)).tolist())
    edges = [
        (place, (*place[:k], (place[k] + 1) % side, *place[k + 1 :]), next(signs))
        for k, side in enumerate(sides)
        for place in places
    ]
    if free:
        edges = [(a, b, w) for a, b, w in edges if a < b and sum(b) == sum(a) + 1]
    return SignedGraph.from_edges(edges, nodes=places)
