"""The semidefinite bound, by the low-rank mixing method and a correction that makes it rigorous.

The dual of "maximise ``sum J_ij <v_i, v_j>`` over unit vectors" is "minimise ``sum y`` with ``diag(y) - J`` positive
semidefinite". At rest, the vectors' own multipliers ``y_i = |(J V)_i|`` solve it. Before, they are nearly feasible, and
are made so by a shift or a stretch, whichever costs less. So the bound holds however far the iteration came.
"""

import numpy as np

from blockshift.signs import relaxations
from blockshift.signs.bounds import multipliers
from blockshift.signs.couplings import SparseCouplings
from blockshift.signs.signed_graph import SignedGraph

#: Relative change of the objective in a sweep at which the multipliers are as good as they get.
AT_REST = 1e-12


def semidefinite_bound(
    graph: SignedGraph, *, rng: np.random.Generator, rank: int = relaxations.RANK, sweeps: int = 2000
) -> multipliers.DualBound:
    """A lower bound on the frustrated weight, at least as good as the spectral one up to how far the iteration came.

    Parameters
    ----------
    graph : SignedGraph
    rng : numpy.random.Generator
    rank : int
        Dimension of the vectors; more than ``sqrt(2 n)`` brings nothing.
    sweeps : int
        At most so many.

    Source: [goemans1995improved], [wang2017mixing].

    Examples
    --------
    A pentagon with all edges negative: 5/2 (1 - cos(pi/5)) in place of 1.

    >>> graph = SignedGraph.from_edges([(i, (i + 1) % 5, -1) for i in range(5)])
    >>> round(semidefinite_bound(graph, rng=np.random.default_rng(0)).value, 4)
    0.4775
    """
    J = SparseCouplings(graph)
    rank = min(rank, int(np.sqrt(2 * graph.n)) + 2)
    y = relaxations.low_rank(J, rng=rng, rank=rank, sweeps=sweeps, rest=AT_REST).lengths
    proposals = [y]
    if graph.m:
        d = np.maximum(y, 1e-3 * relaxations.strengths(J))
        value = relaxations.largest_eigenpair(J, 1 / np.sqrt(d), 1e-9, rng=rng)[0]
        proposals.append(max(0.0, value) * d)
    return multipliers.closed(graph, [y / J.scale for y in proposals], "semidefinite", rng=rng)
