"""A network as a bundle of chains: the ranks of all its partial products, and a basis in which it is chains only.

Forget the weights of a network but for a change of basis in every layer of nodes, outer ones included. What is left
is known since [gabriel1972unzerlegbare]: the network falls apart into *chains*, each of which is born in a layer a,
passes one node a layer, and ends in a layer b. How many chains there are of each kind, ``m[a, b]``, and the ranks of
the partial products ``r[i, j] = rank(W_i ... W_{j+1})`` are the same knowledge:

    r[i, j] = number of chains that are alive in both layers j and i,
    m[a, b] = r[b, a] - r[b, a-1] - r[b+1, a] + r[b+1, a-1].

The outer layers keep their basis in this library, so more is to be kept there: that is in `orbits`.
"""

from collections.abc import Mapping
from itertools import pairwise, product

import numpy as np

from blockshift import errors
from blockshift.flow.quotient import subspaces
from blockshift.graph.network import Network

#: A singular value of a partial product below this share of the product of the norms of its layers is zero.
#: Rounding alone gives shares of about 1e-15 a layer; a network read from a run at rest has errors near 1e-10.
SMALL = 1e-9

Intervals = dict[tuple[int, int], int]


def partial(net: Network, i: int, j: int) -> np.ndarray:
    """``W_i ... W_{j+1}``, the map from layer j to layer i; the identity for ``i = j``."""
    result = np.eye(net.widths[j], dtype=net.weights[0].dtype)
    if result.dtype == object:
        result = np.eye(net.widths[j], dtype=int).astype(object)
    for W in net.weights[j:i]:
        result = W @ result
    return result


def ranks(net: Network, *, tolerance: float = SMALL) -> np.ndarray:
    """The ranks of all partial products.

    Parameters
    ----------
    net : Network
    tolerance : float
        Singular values of ``W_i ... W_{j+1}`` up to this share of ``|W_i| ... |W_{j+1}|`` (spectral norms) count as
        zero. Networks of Python's own numbers are exact, and need none.

    Returns
    -------
    ndarray of int, shape (h + 1, h + 1)
        Entry ``[i, j]`` is ``rank(W_i ... W_{j+1})`` for ``i > j``, the width ``d_i`` for ``i = j``, else 0.

    Source: [achour2024loss] decides by these ranks; claim O-Q1.

    Examples
    --------
    >>> ranks(Network.from_weights([[[1, 0]], [[0], [0]]]))
    array([[2, 0, 0],
           [1, 1, 0],
           [0, 0, 2]])
    """
    h = net.depth
    table = np.diag(net.widths)
    exact = subspaces.is_exact(*net.weights)
    norms = [0.0 if exact else float(np.linalg.norm(W, 2)) for W in net.weights]
    for j in range(h):
        B = partial(net, j, j)
        for i in range(j + 1, h + 1):
            B = net.weights[i - 1] @ B
            if exact:
                table[i, j] = subspaces.exact_rank(B)
            else:
                least = tolerance * float(np.prod(norms[j:i]))
                table[i, j] = int((np.linalg.svd(B, compute_uv=False) > least).sum())
    return table


def multiplicities(table: np.ndarray) -> Intervals:
    """How many chains a table of ranks has for each pair of layers of birth and end; pairs with none are left out.

    Raises
    ------
    BadArgument
        If a number comes out negative: no network has such ranks.

    Examples
    --------
    >>> multiplicities(np.array([[2, 0, 0], [1, 1, 0], [0, 0, 2]]))
    {(0, 0): 1, (0, 1): 1, (2, 2): 2}
    """
    h = len(table) - 1
    padded = np.zeros((h + 2, h + 2), dtype=int)  # one row of zeros below, one column of zeros before
    padded[:-1, 1:] = table
    found = {
        (a, b): int(padded[b, a + 1] - padded[b, a] - padded[b + 1, a + 1] + padded[b + 1, a])
        for a in range(h + 1)
        for b in range(a, h + 1)
    }
    if min(found.values()) < 0:
        raise errors.BadArgument(
            "these ranks belong to no network: some inequality of Frobenius between them fails. "
            "If they come from floats, another tolerance decides them otherwise."
        )
    return {place: m for place, m in found.items() if m}


def intervals(net: Network, *, tolerance: float = SMALL) -> Intervals:
    """How many chains are born in layer a and end in layer b, as a dictionary ``{(a, b): m}``.

    Source: [gabriel1972unzerlegbare]; claim O-Q1.

    Examples
    --------
    >>> intervals(Network.from_weights([[[1, 0], [0, 1]], [[1, 1]]]))
    {(0, 1): 1, (0, 2): 1}
    """
    return multiplicities(ranks(net, tolerance=tolerance))


def network_of_intervals(chains: Mapping[tuple[int, int], int], depth: int) -> Network:
    """The network of zeros and ones that is these chains side by side, exact.

    Parameters
    ----------
    chains : mapping
        ``{(a, b): m}`` with ``0 <= a <= b <= depth``.
    depth : int
        ``h``.

    Raises
    ------
    BadArgument
        If a chain leaves the layers 0 to h, or a number is negative.
    EmptyNetwork
        If no chain passes some layer.

    Examples
    --------
    >>> network_of_intervals({(0, 2): 1, (1, 1): 1}, 2).weights[0].tolist()
    [[1], [0]]
    """
    for (a, b), m in chains.items():
        if not (0 <= a <= b <= depth and m >= 0):
            raise errors.BadArgument(f"{m} chains from layer {a} to {b} do not fit the layers 0 to {depth}.")
    alive = [[c for c in listed(chains) if c[0] <= i <= c[1]] for i in range(depth + 1)]
    empty = [i for i, labels in enumerate(alive) if not labels]
    if empty:
        raise errors.EmptyNetwork(f"no chain passes layer {empty[0]}; every layer of nodes needs one.")
    layers = []
    for before, after in pairwise(alive):
        W = np.zeros((len(after), len(before)), dtype=int).astype(object)
        for row, column in product(range(len(after)), range(len(before))):
            W[row, column] = int(after[row] == before[column])
        layers.append(W)
    return Network(tuple(layers))


def listed(chains: Mapping[tuple[int, int], int]) -> list[tuple[int, int, int]]:
    """One label ``(a, b, number)`` for each chain, in the order in which they are put side by side."""
    return [(a, b, k) for (a, b), m in sorted(chains.items()) for k in range(m)]


def bases(net: Network, table: np.ndarray, first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, ...]:
    """A basis of every layer, by columns, in which the network is chains: ``W_i B_{i-1} = B_i (zeros and ones)``.

    Parameters
    ----------
    net : Network
    table : ndarray of int
        Its ranks.
    first, last : ndarray
        The bases of the outer layers, in the order of `listed`: first adapted to the kernels of the partial
        products, last to their images, and the chains that pass all layers end where W sends them.

    Returns
    -------
    tuple of ndarray
        ``h + 1`` matrices; the columns stand in the order of `listed`.
    """
    h, m = net.depth, multiplicities(table)
    labels = listed(m)
    born = [c for c in labels if c[0] == 0]
    alive = {c: first[:, k : k + 1] for k, c in enumerate(born)}
    result = [first]
    ends = {c: last[:, k : k + 1] for k, c in enumerate(c for c in labels if c[1] == h)}
    for i in range(1, h):
        alive = {c: net.weights[i - 1] @ v for c, v in alive.items() if c[1] >= i}
        through = partial(net, h, i)
        for b in range(i, h + 1):
            new = [(i, b, k) for k in range(m.get((i, b), 0))]
            if not new:
                continue
            if b == h:
                found = subspaces.solution(through, np.hstack([ends[c] for c in new]))
            else:
                inside = subspaces.kernel(partial(net, b + 1, i), net.widths[i] - int(table[b + 1, i]))
                span = [v for c, v in alive.items() if c[1] <= b]
                found = subspaces.extension(np.hstack([inside[:, :0], *span]), inside, len(new))
            alive |= {c: found[:, k : k + 1] for k, c in enumerate(new)}
        result.append(np.hstack([alive[c] for c in labels if c in alive]))
    return (*result, last)
