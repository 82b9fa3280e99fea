"""Whether multipliers prove a bound for a layered graph, by elimination of whole layers: a proof, where it fits.

``diag(y) - J`` is positive semidefinite if and only if its Schur complement is, after some nodes with positive
multipliers have been eliminated. Layers that no link joins have a diagonal block, so they are eliminated at the cost of
a sparse product; only the others need a dense Cholesky factorisation. In a plain network every second layer goes, and
what is left is often a quarter of the nodes: a sixty-fourth of the work.

Rounding is on the safe side. The computed complement differs from the true one by a symmetric matrix that is bounded
entry by entry, so its norm is at most the largest of the row sums of those bounds; together with the backward error of
the factorisation ([higham2002accuracy], theorem 10.3) that is subtracted from the diagonal beforehand.
"""

from collections.abc import Sequence

import numpy as np
import scipy.linalg
import scipy.sparse as sp

from blockshift.graph.dag import Dag
from blockshift.signs.bounds import verifiers

#: Nodes left after elimination up to which a dense matrix is factored: 300 MB and a few seconds.
LEFT = 6000
#: Edges up to which the sparse matrices are made: a few hundred megabytes.
EDGES = 20_000_000


def eliminated(dag: Dag) -> tuple[int, ...]:
    """Places of layers without links among them, with many nodes: the better of two halves and of largest first.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> eliminated(Dag.from_network(Network.random((2, 5, 2, 3), rng=np.random.default_rng(0))))
    (1, 3)
    """
    beside: dict[int, set[int]] = {place: set() for place in range(len(dag.layers))}
    for link in dag.links:
        beside[link.source].add(link.target)
        beside[link.target].add(link.source)
    sizes = [layer.nodes for layer in dag.layers]

    def taken(order):
        found: set[int] = set()
        for place in order:
            if not beside[place] & found:
                found.add(place)
        return tuple(sorted(found))

    places = list(range(len(sizes)))
    orders = (sorted(places, key=lambda i: -sizes[i]), places, places[1:] + places[:1])
    return max(map(taken, orders), key=lambda found: sum(sizes[i] for i in found))


def fits(dag: Dag) -> bool:
    """Whether the elimination is a matter of seconds."""
    gone = sum(dag.layers[i].nodes for i in eliminated(dag))
    return dag.edges <= EDGES and dag.nodes - gone <= LEFT


def is_semidefinite(dag: Dag, y: Sequence[np.ndarray]) -> bool:
    """Whether elimination proves that ``diag(y) - J`` is positive semidefinite; no is no proof of no.

    Parameters
    ----------
    dag : Dag
    y : list of ndarray, one a layer, shape (C, H, W)

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> edge = Dag.from_network(Network.from_weights([[[-2.0]]]))
    >>> [is_semidefinite(edge, [np.full((1, 1, 1), x)] * 2) for x in (2.001, 1.999)]
    [True, False]
    """
    flat = dag.join([np.asarray(part, np.float64) for part in y])
    A = dag.adjacency()
    J = sp.csr_array(A + A.T)
    # Every entry was rounded when it was made, and once for each parallel edge that was added to it.
    entries = (4 + len(dag.links)) * verifiers.UNIT
    joined = np.diff(J.indptr) > 0
    if not np.isfinite(flat).all() or (flat[joined] <= 0).any() or (flat[~joined] < 0).any():
        return False
    gone = np.zeros(dag.nodes, dtype=bool)
    for place in eliminated(dag):
        gone[dag.offsets[place] : dag.offsets[place + 1]] = True
    out, left = np.flatnonzero(gone & joined), np.flatnonzero(~gone & joined)
    if not len(left):
        return True
    # Scaled by the roots of the multipliers of what stays, so that the diagonal is 1 and one margin suits all.
    root = 1 / np.sqrt(np.where(joined, flat, 1))
    rows = scaled(J[left], root[left], root)
    G, N = rows[:, out], rows[:, left]
    S = -(G @ G.T).toarray()
    S -= N.toarray()
    S[np.diag_indices(len(left))] += 1.0
    absolute, ones = abs(G), np.ones(len(left))
    sizes = absolute @ (absolute.T @ ones) + abs(N) @ ones + 1.0
    terms = int(np.diff(G.indptr).max(initial=0)) + int(np.diff(N.indptr).max(initial=0)) + 40
    wrong = 1.01 * (terms * verifiers.UNIT + 4 * entries) * float(sizes.max())
    S[np.diag_indices(len(left))] -= wrong + verifiers.margin(len(left), float(2 * len(left)))
    try:
        scipy.linalg.cholesky(S, lower=True, overwrite_a=True, check_finite=False)
    except scipy.linalg.LinAlgError:
        return False
    return True


def scaled(matrix: sp.csr_array, rows: np.ndarray, columns: np.ndarray) -> sp.csr_array:
    """A sparse matrix with its rows and columns multiplied."""
    data = matrix.data * np.repeat(rows, np.diff(matrix.indptr)) * columns[matrix.indices]
    return sp.csr_array((data, matrix.indices, matrix.indptr), matrix.shape)
