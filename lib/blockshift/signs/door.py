"""The one question for everything that has a signed graph: how frustrated is it?"""

from typing import Any

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.network import Network
from blockshift.signs import intervals, network_intervals
from blockshift.signs.intervals import Frustration
from blockshift.signs.network_intervals import NetworkFrustration
from blockshift.signs.signed_graph import SignedGraph


def frustration(
    graph: SignedGraph | Dag | Network, *, rng: np.random.Generator, **options: Any
) -> Frustration | NetworkFrustration:
    """The frustration of a graph or of a network: an interval with its certificates.

    Parameters
    ----------
    graph : SignedGraph, Dag or Network
    rng : numpy.random.Generator
    **options
        Of ``intervals.frustration`` for a graph: `exact`, `time_limit`, `restarts`, `road`, `progress`. Of
        ``network_intervals.network_frustration`` for a network: `signs`, `time_limit`, `restarts`, `schedule`,
        `bound`, `progress`.

    Raises
    ------
    BadArgument
        If it is none of the three.

    Examples
    --------
    >>> triangle = SignedGraph.from_edges([("a", "b"), ("b", "c"), ("c", "a", -1)])
    >>> frustration(triangle, rng=np.random.default_rng(0)).upper
    1.0
    >>> frustration(Network.from_weights([[[1, 1], [1, -1]]]), rng=np.random.default_rng(0)).upper
    1.0
    """
    if isinstance(graph, SignedGraph):
        return intervals.frustration(graph, rng=rng, **options)
    if isinstance(graph, Network):
        graph = Dag.from_network(graph)
    if isinstance(graph, Dag):
        return network_intervals.network_frustration(graph, rng=rng, **options)
    raise errors.BadArgument(
        f"{type(graph).__name__} has no signed graph; expected a SignedGraph, a Network, or what bs.trace(module, "
        f"input_shape) makes of a network of torch."
    )
