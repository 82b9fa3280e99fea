"""Fibers of the end-to-end map: their dimensions, in closed form from ranks.

Over an end-to-end map W of rank r lie all networks with this product (equivalence Q1). The fiber falls into pieces
by the ranks ``c_i = rank(W_i ... W_1)`` that fall from ``d_0`` to ``r``; each is a manifold, and

    dim = D - sum_i (d_i - c_i)(c_{i-1} - c_i) - r (d_0 + d_h - r)

with D the number of weights (claim O-Q2): a layer that lowers the rank of what reaches it from ``c_{i-1}`` to
``c_i`` has that many conditions to fulfil, and the last summand counts the maps of rank r.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from blockshift import errors
from blockshift.flow.quotient import chains, subspaces
from blockshift.graph import blocks
from blockshift.graph.network import Network

#: Up to this, relative to the larger one, two end-to-end maps of floats are the same.
SAME = 1e-7


def same_map(net: Network, other: Network, *, tolerance: float = SAME) -> bool:
    """Whether two networks have the same end-to-end map: the equivalence Q1.

    Exact networks are compared exactly; widths in between may differ.

    Source: INFERRED for [wendin2026gradient]; claim P1-C13.

    Examples
    --------
    >>> same_map(Network.from_weights([[[2]], [[3]]]), Network.from_weights([[[6]]]))
    True
    """
    W, V = net.product(), other.product()
    if W.shape != V.shape:
        return False
    scale = max(subspaces.norms(net.weights), subspaces.norms(other.weights))
    return subspaces.same_map(W, V, tolerance, scale)


@dataclass(frozen=True, repr=False)
class Dimensions:
    """The dimensions of what passes through a network: its orbit, its piece of the fiber, the fiber.

    Parameters
    ----------
    weights : int
        ``D``, of the space of all networks.
    stabiliser : int
        Of the hidden changes of basis that leave the network alone.
    orbit : int
        Of its orbit under hidden changes of basis.
    piece : int
        Of the networks with this end-to-end map and the same ranks ``c_i``.
    tangent : int
        Of the kernel of the derivative of ``(W_1, ..., W_h) -> W``: ``D`` minus the rank of the Jacobian.
    fiber : int
        Of the whole fiber, the largest of its pieces.
    """

    weights: int
    stabiliser: int
    orbit: int
    piece: int
    tangent: int
    fiber: int

    def __repr__(self) -> str:
        return (
            f"Dimensions(orbit {self.orbit} within a piece of dimension {self.piece} of a fiber of dimension "
            f"{self.fiber}, among {self.weights} weights)"
        )


def dimensions(net: Network, *, tolerance: float = chains.SMALL) -> Dimensions:
    """The dimensions of orbit, stabiliser and fiber at a network, in closed form from its ranks.

    Parameters
    ----------
    net : Network
    tolerance : float
        For the ranks, as in `chains.ranks`.

    Source: ours; for the tangent [trager2020pure]; claim O-Q2.

    Examples
    --------
    >>> dimensions(Network.from_weights([[[1, 0], [0, 1]], [[1, 0], [0, 0]]]))
    Dimensions(orbit 4 within a piece of dimension 4 of a fiber of dimension 4, among 8 weights)
    """
    d, h = net.widths, net.depth
    r = chains.ranks(net, tolerance=tolerance)
    D, c, W = net.size, r[:, 0], int(r[h, 0])
    conditions = sum((d[i] - c[i]) * (c[i - 1] - c[i]) for i in range(1, h + 1))
    written = [0, *(int(r[h, j]) for j in range(1, h + 1))]
    jacobian = sum((written[j] - written[j - 1]) * c[j - 1] for j in range(1, h + 1))
    stabiliser = _stabiliser(chains.multiplicities(r), h)
    return Dimensions(
        weights=D,
        stabiliser=stabiliser,
        orbit=sum(k * k for k in d[1:-1]) - stabiliser,
        piece=int(D - conditions - W * (d[0] + d[-1] - W)),
        tangent=int(D - jacobian),
        fiber=fiber_dimension(d, W),
    )


def _stabiliser(found: chains.Intervals, h: int) -> int:
    """The number of ways in which one chain can be added to another without a change outside.

    A chain from a to b maps to one from c to d, and to no other, if c <= a <= d <= b; it moves the input if a = 0, the
    output if d = h.
    """
    return sum(
        m * n for (a, b), m in found.items() for (c, d), n in found.items() if c <= a <= d <= b and a > 0 and d < h
    )


def fiber_dimension(widths: Sequence[int], rank: int) -> int:
    """The dimension of the set of networks over an end-to-end map of the given rank.

    Parameters
    ----------
    widths : sequence of int, length h + 1
    rank : int
        Between 0 and the narrowest width.

    Raises
    ------
    BadArgument
        If no network of these widths has that rank.

    Source: ours; claim O-Q2.

    Examples
    --------
    >>> fiber_dimension((2, 2, 2), 2), fiber_dimension((2, 2, 2), 0), fiber_dimension((3, 4), 2)
    (4, 5, 0)
    """
    d = blocks.as_widths(widths)
    if isinstance(rank, bool) or not isinstance(rank, (int, np.integer)) or not 0 <= rank <= min(d):
        raise errors.BadArgument(f"no network of widths {d} has rank {rank!r}; give an integer from 0 to {min(d)}.")
    # The fewest conditions on the way from rank d_0 to a rank c after each layer, layer by layer.
    fewest = {d[0]: 0}
    for width in d[1:]:
        fewest = {
            c: min(cost + (width - c) * (before - c) for before, cost in fewest.items() if before >= c)
            for c in range(rank, min(width, max(fewest)) + 1)
        }
    D = sum(a * b for a, b in pairwise(d))
    return int(D - fewest[int(rank)] - rank * (d[0] + d[-1] - rank))
