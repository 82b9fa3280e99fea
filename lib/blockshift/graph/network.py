"""A network: widths and layer maps; the adjacency matrix is a view of them.

A *deep linear network* of depth ``h`` is the chain of matrices ``W_1, ..., W_h``. As a graph it has
one node for each neuron and one edge for each weight, and its adjacency matrix is the block-shift
matrix ``A = blk_1(W_1, ..., W_h)``. The list of layers is the data; ``A`` is made from it on
request, dense for small networks, sparse for large ones.

Main results: ``A`` is nilpotent, ``A^h`` holds the end-to-end map in its last corner, and
``(A^k)[v, u]`` sums the products of weights over all paths of length ``k`` from ``u`` to ``v``
(claim P1-C1).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from blockshift import errors
from blockshift.graph import blocks

#: Nodes up to which a dense adjacency matrix is made without being asked twice: 12,000² floats are 1.2 GB.
DENSE_NODES = 12_000


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A deep linear network, given by its layers.

    Parameters
    ----------
    weights : tuple of ndarray
        ``W_1, ..., W_h``, ``W_i`` of shape ``(d_i, d_{i-1})``. They are copied and made read-only.
        Arrays of dtype ``object`` (Python's ``int`` and ``Fraction``) stay exact, all else becomes float64.

    Raises
    ------
    EmptyNetwork
        If there is no layer, or one without nodes.
    ShapeMismatch
        If consecutive layers do not share a width.
    NotFinite
        If a weight is NaN or infinite.

    Source: [wendin2026gradient], definition of the adjacency matrix; claim P1-C1.

    Examples
    --------
    >>> net = Network.from_weights([[[1, 2], [0, -1]], [[3, 1]]])
    >>> net
    Network(2→2→1, 6 weights, 1 negative)
    >>> net.product()
    array([[3., 5.]])
    """

    weights: tuple[np.ndarray, ...]

    def __post_init__(self):
        layers = tuple(np.array(blocks.as_matrix(W, f"weights[{i}]")) for i, W in enumerate(self.weights))
        blocks.widths_of(layers)
        for W in layers:
            W.flags.writeable = False
        object.__setattr__(self, "weights", layers)

    @classmethod
    def from_weights(cls, weights: Sequence) -> "Network":
        """The network with the given layers, first layer first."""
        if not isinstance(weights, Iterable):
            raise errors.BadArgument(f"the weights are {weights!r}; expected a list of matrices, first layer first.")
        return cls(tuple(weights))

    @classmethod
    def from_adjacency(cls, A, widths: Sequence[int]) -> "Network":
        """The network with adjacency matrix `A`, shape ``(n, n)``, over layers of the given widths.

        Raises
        ------
        NotBlockShift
            If `A` has an entry away from the first block sub-diagonal.

        Examples
        --------
        >>> Network.from_adjacency([[0, 0], [5, 0]], (1, 1))
        Network(1→1, 1 weight, 0 negative)
        """
        A = blocks.as_matrix(A, "A")
        strange = sorted(blocks.grades(A, widths) - {1})
        if strange:
            raise errors.NotBlockShift(
                f"the matrix has entries at block grades {strange}; over widths {tuple(widths)} a network has "
                f"grade 1 only (edges from each layer to the next). Is it transposed, or are the widths others?"
            )
        return cls(blocks.split(A, widths))

    @classmethod
    def random(cls, widths: Sequence[int], *, rng: np.random.Generator, scale: float = 1.0) -> "Network":
        """A network whose weights are independent normal numbers with standard deviation `scale`.

        Examples
        --------
        >>> Network.random((3, 4, 2), rng=np.random.default_rng(0)).widths
        (3, 4, 2)
        """
        if not (np.isfinite(scale) and scale >= 0):
            raise errors.BadArgument(f"the scale {scale} is not a finite number from 0 up.")
        widths = blocks.as_widths(widths)
        return cls(tuple(scale * rng.standard_normal((d, c)) for c, d in pairwise(widths)))

    @property
    def widths(self) -> tuple[int, ...]:
        """``(d_0, ..., d_h)``, input first."""
        return blocks.widths_of(self.weights)

    @property
    def depth(self) -> int:
        """``h``, the number of layers of weights."""
        return len(self.weights)

    @property
    def nodes(self) -> int:
        """``n``, the number of nodes: the sum of the widths."""
        return sum(self.widths)

    @property
    def size(self) -> int:
        """The number of weights."""
        return sum(W.size for W in self.weights)

    def adjacency(self, *, sparse: bool = False):
        """The adjacency matrix ``A = blk_1(W_1, ..., W_h)``, shape ``(n, n)``; ``A[v, u]`` for the edge u → v.

        Dense and read-only, or a ``scipy.sparse.csr_array`` with `sparse`.

        Raises
        ------
        TooLarge
            If a dense matrix over more than `DENSE_NODES` nodes is asked for.

        Examples
        --------
        >>> Network.from_weights([[[2]], [[3]]]).adjacency()
        array([[0., 0., 0.],
               [2., 0., 0.],
               [0., 3., 0.]])
        """
        return self.power(1, sparse=sparse)

    def power(self, k: int, *, sparse: bool = False):
        """``A^k``, shape ``(n, n)``, from partial products; zero from ``k = h + 1`` on.

        Examples
        --------
        >>> Network.from_weights([[[2]], [[3]]]).power(2)
        array([[0., 0., 0.],
               [0., 0., 0.],
               [6., 0., 0.]])
        """
        if not sparse and self.nodes > DENSE_NODES:
            raise errors.TooLarge(
                f"a dense matrix over {self.nodes} nodes takes {self.nodes**2 * 8 / 2**30:.0f} GB; "
                f"ask for it with sparse=True, or work with the layers in `weights`."
            )
        A = blocks.assemble(blocks.partial_products(self.weights, k), self.widths, k, sparse=sparse)
        if not sparse:
            A.flags.writeable = False
        return A

    def product(self) -> np.ndarray:
        """The end-to-end map ``W = W_h ... W_1``, shape ``(d_h, d_0)``: the corner block of ``A^h``."""
        return blocks.partial_products(self.weights, self.depth)[0]

    def edges(self) -> Iterator[tuple[int, int, float]]:
        """All edges ``(u, v, weight)`` with nonzero weight, nodes counted from 0 layer by layer.

        Examples
        --------
        >>> list(Network.from_weights([[[2, -1]]]).edges())
        [(0, 2, 2.0), (1, 2, -1.0)]
        """
        for W, (rows, columns) in zip(self.weights, blocks.positions(self.widths), strict=True):
            for v, u in zip(*np.nonzero(W), strict=True):
                weight = W[v, u]
                yield (
                    columns.start + int(u),
                    rows.start + int(v),
                    weight if W.dtype == object else float(weight),
                )

    def __eq__(self, other) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        return self.widths == other.widths and all(
            np.array_equal(V, W) for V, W in zip(self.weights, other.weights, strict=True)
        )

    def __hash__(self) -> int:
        return hash((self.widths, *(tuple(W.flat) for W in self.weights)))

    def __repr__(self) -> str:
        negative = sum(int((W < 0).sum()) for W in self.weights)
        noun = "weight" if self.size == 1 else "weights"
        return f"Network({'→'.join(map(str, self.widths))}, {self.size} {noun}, {negative} negative)"
