"""Whether a layered graph of operators is balanced, without its matrix: signs that flood the layers.

From a node with sign + each neighbour gets the sign that its edge asks for. In a balanced graph all known neighbours
of a node ask for the same, so the field of the signs through the weights' signs is as large as the number of edges to
known nodes. Where it is not, there is a negative cycle. A sweep through all layers and back costs as much as a few
products; an unbalanced network is found out in its first layers.
"""

from dataclasses import replace

import numpy as np

from blockshift.graph.dag import Dag

#: Sweeps, each down the layers and back up, and components that are tried; beyond it nothing is said.
SWEEPS, COMPONENTS = 1000, 1000


def balancing(dag: Dag) -> np.ndarray | None:
    """A switching that leaves no edge frustrated, int8, shape ``(n,)``; none where there is none, or it was not found.

    Claim P2-T4 for what balance means.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> balancing(Dag.from_network(Network.from_weights([[[1, -2], [-1, 2]], [[3, -3]]])))
    array([ 1, -1,  1, -1,  1], dtype=int8)
    >>> balancing(Dag.from_network(Network.from_weights([[[1, -2], [1, 2]], [[3, -3]]]))) is None
    True
    """
    signs = replace(dag, links=tuple(replace(k, map=_in_double(k.map.signed)) for k in dag.links))
    edges = replace(signs, links=tuple(replace(k, map=k.map.absolute) for k in signs.links))
    s = [np.zeros(layer.shape) for layer in dag.layers]
    places = list(range(len(s)))
    sweeps = 0
    for _ in range(COMPONENTS):
        seed = next((place for place in places if not s[place].all()), None)
        if seed is None:
            return dag.join(s).astype(np.int8)
        s[seed].reshape(-1)[np.flatnonzero(s[seed] == 0)[0]] = 1.0
        grown = True
        while grown:
            sweeps, grown = sweeps + 1, False
            for place in (*places, *places[::-1]):
                known = edges.field([np.abs(x) for x in s], place)
                field = signs.field(s, place)
                if (np.abs(field) != known).any() or (s[place] * field < 0).any():
                    return None
                fresh = (s[place] == 0) & (known > 0)
                grown = grown or bool(fresh.any())
                s[place] = np.where(fresh, np.sign(field), s[place])
            if sweeps > SWEEPS:
                return None
        # Nodes without an edge need no seed of their own.
        alone = [(x == 0) & (edges.field([np.ones_like(y) for y in s], i) == 0) for i, x in enumerate(s)]
        s = [np.where(a, 1.0, x) for a, x in zip(alone, s, strict=True)]
    return None


def _in_double(m):
    """The map in double precision, in which numbers of edges are exact."""
    return m.with_kernel(m.kernel.astype(np.float64))
