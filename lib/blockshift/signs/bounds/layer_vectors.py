"""Unit vectors in the place of signs for a layered graph of operators, a layer at a time: multipliers without a matrix.

The nodes of one layer are joined to other layers only, so the best place of all of its vectors, the others fixed, is
``v_i = (J V)_i / |(J V)_i|``: one convolution and one transposed convolution a link, with the r coordinates of the
vectors as the batch. The lengths ``d_i = |(J V)_i|`` at the end are nearly multipliers; ``network_bounds`` makes a
bound of them.

Measured on untrained networks: from rank 8 to 16 the bound gains more than from 20 to 100 sweeps.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from blockshift.graph.dag import Dag

#: How far a vector goes beyond its best place, as a share of the way there, as in ``relaxations``.
BEYOND = 0.8
#: Relative change of the objective in one sweep at which the lengths are as good as they get. They are off by about
#: its root. In single precision (False) no smaller change can be seen.
AT_REST = {True: 1e-12, False: 1e-7}
#: Edges up to which double precision costs nothing that one would notice.
DOUBLE = 50_000
#: Least length as a share of the strength of a node: keeps the scaled couplings within a factor of a thousand, so
#: that rounding stays small beside what is proved. Costs at most this share of a bound.
FLOOR = 1e-3


@dataclass(frozen=True, eq=False, repr=False)
class LayerVectors:
    """Unit vectors for the nodes of each layer, and the lengths of their fields.

    Attributes
    ----------
    vectors : list of ndarray, one a layer, shape (r, C, H, W)
    lengths : list of ndarray, one a layer, shape (C, H, W), float32
        At least a thousandth of the strength of the node; 0 for nodes without an edge, and for those only.
    sweeps : int
    """

    vectors: list[np.ndarray]
    lengths: list[np.ndarray]
    sweeps: int

    def rounded(self, *, rng: np.random.Generator) -> list[np.ndarray]:
        """Signs of the projections on a random direction, one array of shape ``(C, H, W)`` a layer."""
        direction = rng.standard_normal(len(self.vectors[0])).astype(self.vectors[0].dtype)
        return [np.where(np.tensordot(direction, V, 1) < 0, -1, 1).astype(np.int8) for V in self.vectors]

    def __repr__(self) -> str:
        n = sum(d.size for d in self.lengths)
        return f"LayerVectors({n} unit vectors in {len(self.vectors[0])} dimensions, after {self.sweeps} sweeps)"


def strengths(dag: Dag) -> list[np.ndarray]:
    """The sum of the absolute weights at each node, one array of shape ``(C, H, W)`` a layer, float64.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> [x.ravel().tolist() for x in strengths(Dag.from_network(Network.from_weights([[[1, -2]], [[-3]]])))]
    [[1.0, 2.0], [6.0], [3.0]]
    """
    absolute = replace(dag, links=tuple(replace(link, map=link.map.absolute) for link in dag.links))
    ones = [np.ones(layer.shape) for layer in dag.layers]
    return [absolute.field(ones, place) for place in range(len(ones))]


def floored(dag: Dag, lengths: list[np.ndarray]) -> list[np.ndarray]:
    """Lengths raised to a thousandth of the strengths; 0 at nodes without an edge only."""
    return [np.maximum(d, FLOOR * s).astype(np.float32) for d, s in zip(lengths, strengths(dag), strict=True)]


def layer_vectors(
    dag: Dag, *, rng: np.random.Generator, rank: int, sweeps: int, deadline: float = np.inf,
    progress: Callable[[int, float], None] = lambda sweep, share: None,
) -> LayerVectors:  # fmt: skip
    """Unit vectors that nearly maximise ``sum J_ij <v_i, v_j>``, by the mixing method with over-relaxation.

    Parameters
    ----------
    dag : Dag
    rng : numpy.random.Generator
    rank : int
    sweeps : int
        At most so many; at least one is made.
    deadline : float
        Value of ``time.monotonic()`` after which no sweep begins.
    progress : callable, optional
        Called after each sweep with their number and ``(1 - sum J_ij <v_i, v_j> / (2 W)) / 2``.

    Source: [wang2017mixing]; a layer at a time, and the over-relaxation, are ours.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> net = Dag.from_network(Network.from_weights([[[1, 1], [1, -1]], [[1, 1]]]))
    >>> found = layer_vectors(net, rng=np.random.default_rng(0), rank=4, sweeps=50)
    >>> found
    LayerVectors(5 unit vectors in 4 dimensions, after ... sweeps)
    """
    precise = dag.edges <= DOUBLE
    dtype = np.dtype(np.float64 if precise else np.float32)
    V: list[np.ndarray] = [
        rng.standard_normal((rank, *layer.shape), dtype=np.float32).astype(dtype) for layer in dag.layers
    ]
    for v in V:
        v /= np.sqrt(np.einsum("r...,r...->...", v, v))
    before, done, total_weight = -np.inf, 0, max(dag.total_weight, np.finfo(float).tiny)
    while done < sweeps and (done == 0 or time.monotonic() < deadline):
        done += 1
        total = 0.0
        for place in range(len(V)):
            field, length = _field(dag, V, place)
            total += float(length.sum(dtype=np.float64))
            # In place: these arrays are the largest there are.
            field *= (1 + BEYOND) / np.where(length > 0, length, 1)
            V[place] *= -BEYOND
            V[place] += field
            # A node without a field keeps its vector: up to its length, which is restored.
            V[place] /= np.sqrt(np.einsum("r...,r...->...", V[place], V[place]))
        progress(done, (1 - total / (2 * total_weight)) / 2)
        if abs(total - before) <= AT_REST[precise] * total:
            break
        before = total
    return LayerVectors(V, floored(dag, [_field(dag, V, place)[1] for place in range(len(V))]), done)


def _field(dag: Dag, V: list[np.ndarray], place: int) -> tuple[np.ndarray, np.ndarray]:
    """The fields of the vectors of one layer, and their lengths."""
    field = dag.field(V, place)
    return field, np.sqrt(np.einsum("r...,r...->...", field, field))
