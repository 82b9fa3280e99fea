"""A signed graph: nodes, and edges with weights whose signs say who agrees with whom.

A signed graph is undirected, and has at most one edge between two nodes. Its edge of weight ``w`` asks the two ends to
take equal signs where ``w > 0`` and opposite ones where ``w < 0``. *Switching* by signs ``s`` (a *gauge
transformation*) multiplies each weight by the signs of its ends; it changes neither ``|w|`` nor the sign of any cycle.

Main results: parallel edges act together as one whose weight is their sum; the sign of a cycle, the product of the
signs of its edges, is invariant under switching (claim P2-T4).

Weights are floats, and what is said about them exactly is said about these floats. Nodes are known by their names, and
inside by their index ``0, ..., n - 1`` in the order of appearance.
"""

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse import csgraph

from blockshift import errors


@dataclass(frozen=True, eq=False, repr=False)
class SignedGraph:
    """A weighted signed graph without loops.

    Parameters
    ----------
    nodes : tuple, length n
        Names, in order of appearance, each once.
    u, v : ndarray of int64, shape (m,)
        The ends of each edge by index, ``u < v``; no pair twice, pairs in increasing order.
    w : ndarray of float64, shape (m,)
        Weights, finite and not zero.

    Raises
    ------
    BadArgument, NotFinite
        If the arrays are none of that; `from_edges` takes edges in any form and order.

    Source: [harary1953]; claim P2-C11.

    Examples
    --------
    >>> graph = SignedGraph.from_edges([("a", "b"), ("b", "c"), ("c", "a", -1)])
    >>> graph
    SignedGraph(3 nodes, 3 edges, 1 negative)
    >>> graph.switched([1, 1, -1]).w
    array([ 1.,  1., -1.])
    """

    nodes: tuple
    u: np.ndarray
    v: np.ndarray
    w: np.ndarray

    def __post_init__(self):
        object.__setattr__(self, "nodes", tuple(self.nodes))
        for name, dtype in (("u", np.int64), ("v", np.int64), ("w", np.float64)):
            array = np.array(getattr(self, name), dtype=dtype)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if not (self.u.shape == self.v.shape == self.w.shape == (len(self.w),)):
            raise errors.BadArgument("there are not as many ends as weights; give two ends and a weight for each edge.")
        if len(self.w) == 0:
            return
        keys = self.u * self.n + self.v
        inside = self.u.min() >= 0 and self.v.max() < self.n
        if not (inside and (self.u < self.v).all() and (np.diff(keys) > 0).all()):
            raise errors.BadArgument("edges are pairs u < v of indices of nodes in increasing order; use `from_edges`.")
        if not np.isfinite(self.w).all() or not self.w.all():
            raise errors.NotFinite("a weight is zero, NaN or infinite; an edge has a finite weight that is not zero.")
        with np.errstate(over="ignore"):
            total = np.abs(self.w).sum()
        if not np.isfinite(total):
            raise errors.NotFinite("the weights add up to more than the largest float; divide them by a power of two.")

    @classmethod
    def from_edges(cls, edges: Iterable, nodes: Iterable[Hashable] = ()) -> "SignedGraph":
        """The graph with the given edges ``(u, v)`` or ``(u, v, w)``; the weight is 1 where it is left out.

        Edges between the same two nodes add up, in whichever direction they are given; where they cancel, the nodes
        stay without the edge. `nodes` come first in the order, and may have no edge.

        Raises
        ------
        BadArgument
            If an edge is not of that form, is a loop, or has weight zero.
        NotFinite
            If a weight, or a sum of weights, is NaN or infinite.

        Examples
        --------
        >>> SignedGraph.from_edges([("a", "b", 2), ("b", "a", -1), ("b", "c", 1), ("c", "b", -1)], nodes="cd")
        SignedGraph(4 nodes, 1 edge, 0 negative)
        """
        index: dict[Hashable, int] = {}
        for node in nodes:
            index.setdefault(node, len(index))
        if isinstance(edges, np.ndarray):
            edges = edges.tolist()
        ends: list[int] = []
        weights: list[float] = []
        for edge in edges:
            try:
                a, b, w = edge if len(edge) == 3 else (*edge, 1.0)
                ends.append(index.setdefault(a, len(index)))
                ends.append(index.setdefault(b, len(index)))
                weights.append(float(w))
            except OverflowError:
                raise errors.NotFinite(f"the weight of edge {edge!r} is larger than the largest float.") from None
            except (TypeError, ValueError):
                raise errors.BadArgument(
                    f"{edge!r} is not an edge; expected (u, v) or (u, v, w) with hashable names and a number w."
                ) from None
        pairs = np.array(ends, dtype=np.int64).reshape(-1, 2)
        return cls._gathered(tuple(index), pairs[:, 0], pairs[:, 1], np.array(weights))

    @classmethod
    def _gathered(cls, nodes: tuple, a: np.ndarray, b: np.ndarray, w: np.ndarray) -> "SignedGraph":
        """The graph in which edges between the same two nodes are one; weights of any order add up to the same."""
        for wrong, what in ((a == b, "joins a node to itself"), (w == 0, "has weight zero")):
            if wrong.any():
                k = int(np.argmax(wrong))
                raise errors.BadArgument(
                    f"edge {nodes[a[k]]!r} - {nodes[b[k]]!r} {what}; expected two nodes and a weight that is not "
                    f"zero. Leave it out."
                )
        if not np.isfinite(w).all():
            k = int(np.argmin(np.isfinite(w)))
            raise errors.NotFinite(f"edge {nodes[a[k]]!r} - {nodes[b[k]]!r} has weight {w[k]}; expected a number.")
        u, v = np.minimum(a, b), np.maximum(a, b)
        order = np.lexsort((v, u))
        u, v, w = u[order], v[order], w[order]
        first = np.flatnonzero(np.r_[True, (np.diff(u) != 0) | (np.diff(v) != 0)]) if len(w) else np.empty(0, np.int64)
        count = np.diff(np.r_[first, len(w)])
        total = w[first]
        with np.errstate(over="ignore"):
            total[count == 2] += w[first[count == 2] + 1]
        for g in np.flatnonzero(count > 2):
            try:
                total[g] = math.fsum(w[first[g] : first[g] + count[g]])
            except OverflowError:
                total[g] = math.inf
        if not np.isfinite(total).all():
            at = first[np.argmin(np.isfinite(total))]
            ends = f"{nodes[u[at]]!r} - {nodes[v[at]]!r}"
            raise errors.NotFinite(f"the weights between {ends} add up to more than a float holds; scale them down.")
        kept = total != 0
        return cls(nodes, u[first][kept], v[first][kept], total[kept])

    @classmethod
    def from_adjacency(cls, A, nodes: Iterable[Hashable] | None = None) -> "SignedGraph":
        """The graph of a square matrix, dense or ``scipy.sparse``: that of ``A`` if symmetric, of ``A + A^T`` if not.

        For a layered network ``A + A^T`` has each weight once, as the papers count it. Entries that are zero are no
        edges. The nodes are ``0, ..., n - 1`` unless names are given.

        Raises
        ------
        ShapeMismatch
            If the matrix is not square, or the names are not as many as its rows.
        BadArgument, NotFinite
            If the diagonal is not zero, or an entry is not a finite number.

        Examples
        --------
        >>> SignedGraph.from_adjacency([[0, 0], [-2, 0]]).w
        array([-2.])
        >>> SignedGraph.from_adjacency([[0, -2], [-2, 0]]).w
        array([-2.])
        """
        try:
            matrix = sp.coo_array(A, dtype=np.float64)
        except (TypeError, ValueError):
            raise errors.BadArgument(
                "the adjacency matrix is not of real numbers; give rows of equal length."
            ) from None
        if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1]:
            raise errors.ShapeMismatch(f"the adjacency matrix has shape {matrix.shape}; expected a square one.")
        names = tuple(range(matrix.shape[0])) if nodes is None else tuple(nodes)
        if len(names) != matrix.shape[0] or len(set(names)) != len(names):
            raise errors.ShapeMismatch(f"{len(set(names))} names for {matrix.shape[0]} rows; give each its own.")
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        rows, columns, values = matrix.row, matrix.col, matrix.data
        # Compared as sorted triples, and not by a difference of matrices: infinity minus itself is not zero.
        there, back = np.lexsort((columns, rows)), np.lexsort((rows, columns))
        same_places = np.array_equal(rows[there], columns[back]) and np.array_equal(columns[there], rows[back])
        if same_places and np.array_equal(values[there], values[back], equal_nan=True):
            half = rows <= columns
            rows, columns, values = rows[half], columns[half], values[half]
        return cls._gathered(names, columns.astype(np.int64), rows.astype(np.int64), values)

    @classmethod
    def from_networkx(cls, graph, weight: str = "weight", sign: str = "sign") -> "SignedGraph":
        """The graph of a NetworkX graph, directed or not, with or without parallel edges.

        The weight of an edge is its attribute `weight` where it has one, else `sign`, else 1. NetworkX writes
        ``A[u, v]`` for the edge from u to v where this library writes ``A[v, u]``; since directions are dropped here,
        and edges in both directions add up, this is the one place where the two meet.

        Examples
        --------
        >>> import networkx as nx
        >>> SignedGraph.from_networkx(nx.DiGraph([("a", "b", {"sign": -1}), ("b", "a", {"weight": -2})])).w
        array([-3.])
        """
        listed = graph.edges(data=True)
        edges = ((a, b, data.get(weight, data.get(sign, 1))) for a, b, data in listed)
        return cls.from_edges(edges, nodes=graph.nodes)

    @classmethod
    def from_network(cls, net) -> "SignedGraph":
        """The graph of a `Network`: one node a neuron, one edge a weight that is not zero.

        Examples
        --------
        >>> from blockshift.graph.network import Network
        >>> SignedGraph.from_network(Network.from_weights([[[1, -2], [0, 3]]]))
        SignedGraph(4 nodes, 3 edges, 1 negative)
        """
        matrix = sp.coo_array(net.adjacency(sparse=True).astype(np.float64))
        return cls._gathered(
            tuple(range(net.nodes)), matrix.col.astype(np.int64), matrix.row.astype(np.int64), matrix.data
        )

    @property
    def n(self) -> int:
        """The number of nodes."""
        return len(self.nodes)

    @property
    def m(self) -> int:
        """The number of edges."""
        return len(self.w)

    @property
    def negative(self) -> int:
        """The number of edges with negative weight."""
        return int((self.w < 0).sum())

    @property
    def total_weight(self) -> float:
        """The sum of ``|w|``, rounded once."""
        return math.fsum(np.abs(self.w))

    def adjacency(self) -> sp.csr_array:
        """The symmetric adjacency matrix, shape ``(n, n)``, each weight in two places."""
        rows, columns = np.r_[self.v, self.u], np.r_[self.u, self.v]
        return sp.csr_array((np.r_[self.w, self.w], (rows, columns)), shape=(self.n, self.n))

    def signs(self, switching) -> np.ndarray:
        """The switching as an array of ±1, shape ``(n,)``, from such an array or from a mapping of names to ±1.

        Raises
        ------
        BadArgument
            If it is not one sign for each node.
        """
        if hasattr(switching, "keys"):
            missing = [node for node in self.nodes if node not in switching]
            if missing or len(switching) != self.n:
                raise errors.BadArgument(f"the switching has {len(switching)} names; expected the {self.n} nodes' own.")
            switching = [switching[node] for node in self.nodes]
        s = np.asarray(switching)
        if s.shape != (self.n,) or not np.isin(s, (-1, 1)).all():
            raise errors.BadArgument(f"a switching is one sign, 1 or -1, for each of the {self.n} nodes.")
        return s.astype(np.int8)

    def switched(self, switching) -> "SignedGraph":
        """The graph after switching: each weight times the signs of its two ends.

        Examples
        --------
        >>> SignedGraph.from_edges([(0, 1), (1, 2, -3)]).switched({0: 1, 1: -1, 2: 1}).w
        array([-1.,  3.])
        """
        s = self.signs(switching)
        return SignedGraph(self.nodes, self.u, self.v, self.w * s[self.u] * s[self.v])

    def frustrated(self, switching) -> np.ndarray:
        """Which edges a switching leaves negative, shape ``(m,)``, booleans."""
        s = self.signs(switching)
        return self.w * s[self.u] * s[self.v] < 0

    def frustrated_weight(self, switching) -> float:
        """The sum of ``|w|`` over the edges that a switching leaves negative, rounded once.

        Examples
        --------
        >>> SignedGraph.from_edges([(0, 1), (1, 2), (0, 2, -3)]).frustrated_weight([1, 1, 1])
        3.0
        """
        return math.fsum(np.abs(self.w[self.frustrated(switching)]))

    def components(self) -> np.ndarray:
        """The number of the connected component of each node, shape ``(n,)``, counted from 0.

        Examples
        --------
        >>> SignedGraph.from_edges([("a", "b"), ("c", "d")]).components()
        array([0, 0, 1, 1])
        """
        if self.n == 0:
            return np.empty(0, dtype=np.int64)
        return csgraph.connected_components(self.adjacency(), directed=False)[1].astype(np.int64)

    def __repr__(self) -> str:
        nodes = f"{self.n} {'node' if self.n == 1 else 'nodes'}"
        return f"SignedGraph({nodes}, {self.m} {'edge' if self.m == 1 else 'edges'}, {self.negative} negative)"
