"""Ways down without a temperature: the paper's row flips, single flips, chains, and crossings of two switchings.

Four moves, from weak to strong; each ends with a switching no worse than it began with.

* `row_flips`: the heuristic as published. Flip the row with the most negative sum until no row sum is negative.
* `one_flip`: flip any node that its field opposes, in the order of the nodes, until there is none.
* `chains`: Kernighan and Lin's variable depth. Flip the best node that was not flipped yet, uphill too; go back to the
  best place of the walk; repeat while that helps.
* `crossing`: where two switchings differ, the differing nodes fall into *clusters*, connected components. Flipping one
  cluster does not change what flipping another would change; so the best choice of clusters is found one by one, and
  the child is at least as good as both parents.
"""

from dataclasses import dataclass

import numpy as np

from blockshift.signs import flips
from blockshift.signs.couplings import Couplings, couplings_of, signs_of

#: Flips without a better place after which a chain is given up: long enough to leave a valley of a sparse lattice.
PATIENCE = 200
#: Room for flips in one call of the compiled loop; it is called again where there are more.
BATCH = 1 << 16


@dataclass(frozen=True, eq=False, repr=False)
class RowFlips:
    """What the paper's heuristic did.

    Attributes
    ----------
    switching : ndarray of int8, shape (n,)
    value : float
        The frustrated weight at the end, recomputed from the switching.
    flipped : ndarray of int64
        The nodes, in the order in which they were flipped.
    frustration : ndarray, shape (len(flipped) + 1,)
        The frustrated weight before the first flip, and after each: exact where the weights are integers.
    """

    switching: np.ndarray
    value: float
    flipped: np.ndarray
    frustration: np.ndarray

    def __repr__(self) -> str:
        return f"RowFlips({len(self.flipped)} flips, frustration {self.frustration[0]:g} → {self.value:g})"


def row_flips(graph, start=None) -> RowFlips:
    """The paper's heuristic: flip the row with the most negative sum, until no row sum is negative.

    The row sums are those of ``S J S``, so the sum of row i is ``s_i h_i``, and a flip lowers the frustrated weight by
    exactly its absolute value; hence it ends. The paper does not say which of several equal rows is taken; here
    it is the first. With weights that are not integers, a sum within rounding of zero counts as zero.

    Parameters
    ----------
    graph : SignedGraph or Couplings
    start : array_like of ±1, optional
        All plus, as in the paper, if left out.

    Raises
    ------
    BadArgument
        If `start` is not a switching.

    Source: [wendin2025frustration], heuristic; claim P2-C12.

    Examples
    --------
    >>> from blockshift.signs.signed_graph import SignedGraph
    >>> square = SignedGraph.from_edges([(0, 1, -1), (1, 2, -1), (2, 3), (3, 0)])
    >>> found = row_flips(square)
    >>> found, found.flipped
    (RowFlips(1 flips, frustration 2 → 0), array([1]))
    """
    J = couplings_of(graph)
    s = signs_of(J, start)
    first = J.frustration(s)
    fields = J.fields(s)
    orders, gains = [np.empty(0, np.int64)], [np.array([first])]
    while J.size:
        order, gain = np.empty(BATCH, np.int64), np.empty(BATCH)
        count = flips.flip_rows(J.layout, s, fields, J.floor, order, gain)
        orders.append(order[:count])
        gains.append(gain[:count] / J.scale)
        if count < BATCH:
            break
    walk = np.cumsum(np.concatenate(gains))
    return RowFlips(s.astype(np.int8), J.frustration(s), np.concatenate(orders), walk)


def one_flip(graph, start=None) -> np.ndarray:
    """A switching that no single flip improves, reached by flipping opposed nodes in the order of the nodes.

    Parameters
    ----------
    graph : SignedGraph or Couplings
    start : array_like of ±1, optional
        All plus if left out.

    Examples
    --------
    >>> from blockshift.signs.signed_graph import SignedGraph
    >>> one_flip(SignedGraph.from_edges([(0, 1, -1), (1, 2, -1)]))
    array([-1,  1, -1], dtype=int8)
    """
    J = couplings_of(graph)
    s = signs_of(J, start)
    settle(J, s)
    return s.astype(np.int8)


def settle(J: Couplings, s: np.ndarray) -> None:
    """The same in place, on floats."""
    if J.size:
        fields = J.fields(s)
        flips.descend(J.layout, s, fields, J.floor, np.iinfo(np.int64).max)


def chain_flips(graph, start=None, patience: int = PATIENCE) -> np.ndarray:
    """A switching that neither a single flip nor a Kernighan-Lin chain improves.

    Parameters
    ----------
    graph : SignedGraph or Couplings
    start : array_like of ±1, optional
    patience : int
        Flips without a better place after which a chain is given up.

    Examples
    --------
    >>> from blockshift.signs.signed_graph import SignedGraph
    >>> pair = SignedGraph.from_edges([(0, 1, 2), (2, 3, 2), (0, 2, -1), (1, 3, -1)])
    >>> one_flip(pair), chain_flips(pair)
    (array([1, 1, 1, 1], dtype=int8), array([-1, -1,  1,  1], dtype=int8))
    """
    J = couplings_of(graph)
    s = signs_of(J, start)
    settle(J, s)
    chain(J, s, patience)
    return s.astype(np.int8)


def chain(J: Couplings, s: np.ndarray, patience: int = PATIENCE) -> None:
    """The same in place, on floats, from where single flips have come to rest."""
    if not J.size:
        return
    value, before = J.frustration(s), s.copy()
    while flips.flip_chain(J.layout, s, J.fields(s), J.floor, patience) > 0:
        # Beside weights of 1e30 a gain of 1 may be rounding: without a look at the whole, chains could go in circles.
        if not (now := J.frustration(s)) < value:
            s[:] = before
            return
        value, before = now, s.copy()


def crossing(graph, s, t) -> np.ndarray:
    """The best switching among those that agree with `s` or with `t` on each cluster of nodes where they differ.

    The frustrated weight is at most the smaller of the two. Since ``t`` and ``-t`` are the same up to the global sign,
    clusters of disagreement with either are tried.

    Parameters
    ----------
    graph : SignedGraph or Couplings
    s, t : array_like of ±1, shape (n,)

    Examples
    --------
    Two triangles, each frustrated once; each switching is good on one of them.

    >>> from blockshift.signs.signed_graph import SignedGraph
    >>> edges = [(0, 1, -1), (1, 2, -1), (2, 0, -1), (3, 4, -1), (4, 5, -1), (5, 3, -1), (2, 3, 1)]
    >>> graph = SignedGraph.from_edges(edges)
    >>> s, t = [1, 1, -1, -1, -1, -1], [-1, -1, -1, -1, 1, 1]
    >>> graph.frustrated_weight(s), graph.frustrated_weight(t), graph.frustrated_weight(crossing(graph, s, t))
    (4.0, 4.0, 2.0)
    """
    J = couplings_of(graph)
    child = signs_of(J, s)
    cross(J, child, signs_of(J, t))
    return child.astype(np.int8)


def cross(J: Couplings, s: np.ndarray, t: np.ndarray) -> None:
    """The same in place, on floats."""
    for other in (t, -t):
        apart = s != other
        count = int(apart.sum())
        if count == 0 or count == J.size:
            continue
        cluster = J.clusters(apart)
        # What flipping a cluster changes is decided at its rim: all its neighbours outside are nodes of agreement.
        rim = s * J.fields(np.where(apart, 0.0, s))
        gain = np.bincount(cluster[apart], rim[apart])
        slack = np.bincount(cluster[apart], J.floor[apart])
        s[apart] *= np.where(gain < -slack, -1.0, 1.0)[cluster[apart]]
