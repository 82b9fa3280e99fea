"""The coupling matrix J as an operator: what every heuristic and every bound needs to know of a signed graph.

J is symmetric with zero diagonal; a switching s is a vector of signs. The *local fields* are ``h = J s``. Of the
frustrated weight ``F(s) = (sum |w| - s^T J s / 2) / 2`` they know everything: flipping node i changes it by
``s_i h_i``. The nodes come in *parts* of mutually non-adjacent nodes (layers of a network, colour classes of a graph),
whose fields do not depend on each other.

`Couplings` says what an operator has to answer, `SparseCouplings` answers it for a signed graph in sparse rows. An
operator that never writes its matrix down, a convolutional network for one, can answer as well: then everything in
``annealing``, ``descent`` and ``relaxations`` works on it. What costs one flip instead of one product is in ``flips``.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp

from blockshift import errors
from blockshift.compiled import compiled
from blockshift.graph.dag import Dag
from blockshift.signs import flips
from blockshift.signs.network_couplings import NetworkCouplings
from blockshift.signs.signed_graph import SignedGraph

#: A field kept up to date through flips carries one rounding a flip of a neighbour, at most 2^-52 of the sum of the
#: absolute weights at the node; 2^-40 leaves room for four thousand of them in the same direction.
ROUNDING = 2.0**-40
#: Weights with an exponent beyond this are scaled by a power of two, so that their squares neither overflow nor vanish.
EXPONENT = 300
#: Sums of integers below this are exact in floating point.
EXACT = 2.0**53


class Couplings(Protocol):
    """What an operator answers."""

    @property
    def size(self) -> int:
        """The number of nodes n."""

    @property
    def layout(self) -> Any:
        """The arrays that machine code works on; its type says which `push` belongs to it."""

    @property
    def scale(self) -> float:
        """The power of two between the unit of the fields and that of the frustration."""

    @property
    def strengths(self) -> np.ndarray:
        """The sum of the absolute couplings at each node, shape ``(n,)``."""

    @property
    def reach(self) -> float:
        """The largest of the strengths: no field and no eigenvalue is larger."""

    @property
    def parts(self) -> tuple[np.ndarray, ...]:
        """Sets of mutually non-adjacent nodes that cover all nodes, as arrays of indices."""

    @property
    def units(self) -> np.ndarray:
        """The unit of temperature of each node, shape ``(n,)``: the rms field of its part at random signs."""

    @property
    def floor(self) -> np.ndarray:
        """How far rounding may have moved the field of each node, shape ``(n,)``; zero where sums are exact."""

    @property
    def work(self) -> float:
        """What an annealing sweep costs, in proposals."""

    @property
    def thorough(self) -> bool:
        """Whether moves are worth their time that look at the whole for each gain: chains, crossings, eigenvectors."""

    def fields(self, s: np.ndarray, part: int | None = None) -> np.ndarray:
        """``J s``, or its rows of one part; `s` of shape ``(n,)`` or ``(n, r)``."""

    def frustration(self, s: np.ndarray) -> float:
        """The weight that a switching leaves frustrated: added up exactly and rounded once, or rounded upward."""

    def clusters(self, members: np.ndarray) -> np.ndarray:
        """The connected components of the nodes marked in `members`, counted from 0; -1 for the other nodes."""


@dataclass(frozen=True, eq=False, repr=False)
class SparseCouplings:
    """The couplings of a signed graph, in compressed sparse rows.

    Examples
    --------
    >>> triangle = SparseCouplings(SignedGraph.from_edges([(0, 1), (1, 2), (0, 2, -3)]))
    >>> triangle.fields(np.array([1.0, 1.0, 1.0]))
    array([-2.,  2., -2.])
    >>> triangle
    SparseCouplings(3 nodes in 3 parts, 3 edges)
    """

    graph: SignedGraph

    @property
    def size(self) -> int:
        """The number of nodes n."""
        return self.graph.n

    @cached_property
    def scale(self) -> float:
        """The power of two that the weights are multiplied with: 1, but for huge and tiny weights."""
        exponent = int(np.frexp(np.abs(self.graph.w).max() if self.graph.m else 1.0)[1])
        return 2.0 ** -max(-1000, exponent) if self.graph.m and abs(exponent) > EXPONENT else 1.0

    @cached_property
    def matrix(self) -> sp.csr_array:
        """J, shape ``(n, n)``, times the scale."""
        matrix = sp.csr_array(self.graph.adjacency() * self.scale)
        matrix.sort_indices()
        return matrix

    @cached_property
    def layout(self) -> flips.SparseLayout:
        """The same arrays for machine code."""
        J = self.matrix
        return flips.SparseLayout(J.indptr.astype(np.int64), J.indices.astype(np.int32), J.data.astype(np.float64))

    @cached_property
    def strengths(self) -> np.ndarray:
        """The sum of the absolute couplings at each node, shape ``(n,)``."""
        return np.asarray(abs(self.matrix).sum(axis=1)).ravel()

    @property
    def reach(self) -> float:
        """The largest of the strengths."""
        return float(self.strengths.max(initial=0.0))

    @cached_property
    def colours(self) -> np.ndarray:
        """A colour for each node, different for neighbours; two colours where two are enough."""
        return _greedy_colours(self.layout.starts, self.layout.ends)

    @cached_property
    def parts(self) -> tuple[np.ndarray, ...]:
        """The colour classes."""
        order = np.argsort(self.colours, kind="stable")
        return tuple(np.split(order, np.cumsum(np.bincount(self.colours))[:-1])) if self.size else ()

    @cached_property
    def units(self) -> np.ndarray:
        """The root mean square field in the part of each node, over random signs, nodes without coupling left out."""
        squares = np.asarray((self.matrix * self.matrix).sum(axis=1)).ravel()
        coupled = np.bincount(self.colours, squares > 0)
        mean = np.sqrt(np.bincount(self.colours, squares) / np.maximum(coupled, 1))
        return np.where(mean > 0, mean, 1.0)[self.colours]

    @cached_property
    def floor(self) -> np.ndarray:
        """Zero where all weights are integers, a share of the strengths otherwise."""
        w = self.graph.w
        exact = self.scale == 1.0 and np.array_equal(w, np.rint(w)) and np.abs(w).sum() < EXACT
        return np.zeros(self.size) if exact else ROUNDING * self.strengths

    @property
    def work(self) -> float:
        """The number of nodes: on sparse graphs flips cost little."""
        return self.size

    @property
    def thorough(self) -> bool:
        """Yes: in sparse rows every move is quick."""
        return True

    @cached_property
    def _rows(self) -> tuple[sp.csr_array, ...]:
        """The rows of J, part by part."""
        return tuple(self.matrix[part] for part in self.parts)

    def fields(self, s: np.ndarray, part: int | None = None) -> np.ndarray:
        """``J s``, or its rows of one part."""
        return (self.matrix if part is None else self._rows[part]) @ s

    def frustration(self, s: np.ndarray) -> float:
        """The weight that a switching leaves frustrated, in the graph's own units."""
        return self.graph.frustrated_weight(s)

    def clusters(self, members: np.ndarray) -> np.ndarray:
        """The connected components of the marked nodes."""
        return _components(self.layout.starts, self.layout.ends, members)

    def __repr__(self) -> str:
        return f"SparseCouplings({self.size} nodes in {len(self.parts)} parts, {self.graph.m} edges)"


def couplings_of(graph) -> Couplings:
    """The couplings of a signed graph or of a layered graph of operators; what is couplings already stays as it is.

    Raises
    ------
    BadArgument
        If it is neither.
    """
    if isinstance(graph, SignedGraph):
        return SparseCouplings(graph)
    if isinstance(graph, Dag):
        return NetworkCouplings(graph)
    if hasattr(graph, "fields") and hasattr(graph, "layout"):
        return graph
    raise errors.BadArgument(
        f"{type(graph).__name__} is neither a SignedGraph nor a Dag nor couplings; make a graph of it."
    )


def signs_of(couplings: Couplings, start) -> np.ndarray:
    """A switching as floats, shape ``(n,)``; all plus if there is none.

    Raises
    ------
    BadArgument
        If it is not one sign a node.
    """
    if start is None:
        return np.ones(couplings.size)
    s = np.array(start, dtype=np.float64)
    if s.shape != (couplings.size,) or not (np.abs(s) == 1).all():
        raise errors.BadArgument(f"the start is not a switching: expected {couplings.size} numbers 1 or -1.")
    return s


@compiled
def _greedy_colours(starts, ends):
    """Each node in turn, neighbours of neighbours first, takes the smallest colour that no neighbour has."""
    n = len(starts) - 1
    colours = np.full(n, -1)
    taken = np.full(n + 1, -1)
    queue = np.empty(n, np.int64)
    waiting = np.zeros(n, np.bool_)
    for root in range(n):
        if waiting[root]:
            continue
        head, tail = 0, 1
        queue[0], waiting[root] = root, True
        while head < tail:
            i = queue[head]
            head += 1
            for k in range(starts[i], starts[i + 1]):
                j = ends[k]
                if colours[j] >= 0:
                    taken[colours[j]] = i
                if not waiting[j]:
                    waiting[j] = True
                    queue[tail] = j
                    tail += 1
            colour = 0
            while taken[colour] == i:
                colour += 1
            colours[i] = colour
    return colours


@compiled
def _components(starts, ends, members):
    """Breadth first among the members."""
    n = len(starts) - 1
    labels = np.full(n, -1)
    queue = np.empty(n, np.int64)
    count = 0
    for root in range(n):
        if not members[root] or labels[root] >= 0:
            continue
        labels[root] = count
        head, tail = 0, 1
        queue[0] = root
        while head < tail:
            i = queue[head]
            head += 1
            for k in range(starts[i], starts[i + 1]):
                j = ends[k]
                if members[j] and labels[j] < 0:
                    labels[j] = count
                    queue[tail] = j
                    tail += 1
        count += 1
    return labels
