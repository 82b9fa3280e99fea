"""The spectral bound: ``s^T J s <= n lambda_max(J)``, and the same with the nodes scaled by the weight they carry.

For any positive d, ``s^T J s <= lambda_max(D^(-1/2) J D^(-1/2)) sum d``. With ``d = 1`` this is the bound by the
largest eigenvalue; with d the sum of absolute weights at each node it is better where the nodes differ much. Both are
the multipliers ``y = lambda d``.
"""

import numpy as np

from blockshift.signs import relaxations
from blockshift.signs.bounds import multipliers
from blockshift.signs.couplings import SparseCouplings
from blockshift.signs.signed_graph import SignedGraph


def spectral_bound(graph: SignedGraph, *, rng: np.random.Generator, scaled: bool = True) -> multipliers.DualBound:
    """A lower bound on the frustrated weight from largest eigenvalues.

    Parameters
    ----------
    graph : SignedGraph
    rng : numpy.random.Generator
        For the start of Lanczos.
    scaled : bool
        Whether to try the scaling by absolute weights as well, and return the better.

    Examples
    --------
    All edges of K_4 negative: the largest eigenvalue is 1, and two of six edges must be frustrated.

    >>> from itertools import combinations
    >>> graph = SignedGraph.from_edges([(i, j, -1) for i, j in combinations(range(4), 2)])
    >>> round(spectral_bound(graph, rng=np.random.default_rng(0)).value, 6)
    2.0
    """
    J = SparseCouplings(graph)
    proposals = [np.zeros(graph.n)]
    if scaled and graph.m:
        d = relaxations.strengths(J)
        value = relaxations.largest_eigenpair(J, 1 / np.sqrt(d), 1e-9, rng=rng)[0]
        proposals.append(max(0.0, value) * d / J.scale)
    return multipliers.closed(graph, proposals, "spectral", rng=rng)
