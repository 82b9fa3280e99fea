"""Orbits that are closed, one over each end-to-end map, and how the others come near them.

An orbit of hidden changes of basis is closed exactly if its chains either pass all layers or a single one: then each
layer and each partial product has the rank of W. These are the orbits that hold a
0-balanced network, and every other orbit over the same map has the closed one at its border (claim O-Q3). In the
language of invariant theory the conserved matrices are the moment map of the action [kempf1979length], and the
end-to-end map is all that its continuous invariants see [lebruyn1990semisimple].
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from blockshift import errors
from blockshift.flow.quotient import chains, orbits, subspaces
from blockshift.graph.network import Network


def is_closed(net: Network, *, tolerance: float = chains.SMALL) -> bool:
    """Whether the orbit of a network is closed: each of its chains passes all layers, or one.

    Equivalently, whether each layer and each partial product has the rank of W, and whether the orbit holds a
    0-balanced network.

    Source: ours, after [kempf1979length]; claim O-Q3.

    Examples
    --------
    >>> is_closed(Network.from_weights([[[1]], [[1]]])), is_closed(Network.from_weights([[[1]], [[0]]]))
    (True, False)
    """
    h = net.depth
    longer = {c for c in chains.intervals(net, tolerance=tolerance) if c[0] < c[1] and c != (0, h)}
    return h == 1 or not longer


def closed_representative(W, widths: Sequence[int]) -> Network:
    """A 0-balanced network over an end-to-end map: each layer has the h-th roots of its singular values.

    Parameters
    ----------
    W : array_like, shape (d_h, d_0)
    widths : sequence of int, length h + 1

    Raises
    ------
    ShapeMismatch
        If `W` has another shape, or a rank above the narrowest layer.

    Source: [arora2018optimization] for balance; claim O-Q3.

    Examples
    --------
    >>> closed_representative([[8]], (1, 2, 1, 1)).weights[0].round(12).tolist()
    [[2.0], [0.0]]
    """
    W = np.asarray(W, dtype=float)
    widths = tuple(widths)
    if W.shape != (widths[-1], widths[0]):
        raise errors.ShapeMismatch(f"the map has shape {W.shape}; widths {widths} want ({widths[-1]}, {widths[0]}).")
    U, values, Vt = np.linalg.svd(W)
    values = values[values > chains.SMALL * values.max(initial=0.0)]
    if len(values) > min(widths):
        raise errors.ShapeMismatch(
            f"the map has rank {len(values)}, the narrowest layer of widths {widths} has {min(widths)} nodes; "
            f"widen it, or give a map of smaller rank."
        )
    h, r = len(widths) - 1, range(len(values))
    layers = []
    for i in range(h):
        D = np.zeros((widths[i + 1], widths[i]))
        D[r, r] = values ** (1 / h)
        layers.append(D)
    layers[0] = layers[0] @ Vt
    layers[-1] = U @ layers[-1]
    return Network(tuple(layers))


def towards_closed(net: Network, t, *, tolerance: float = chains.SMALL) -> Network:
    """A network of the same orbit that comes, as t falls to 0, to a closed orbit: all chains but the whole ones fade.

    In a basis of chains every weight of a chain that does not reach from the input to the output is multiplied by t.

    Parameters
    ----------
    net : Network
    t : number
        Above 0; a ``Fraction`` or an integer for an exact network.

    Source: ours; claim O-Q3.

    Examples
    --------
    >>> towards_closed(Network.from_weights([[[5.0]], [[0.0]]]), 0.5).weights[0]
    array([[2.5]])
    """
    if not t > 0:
        raise errors.BadArgument(f"t is {t!r}; give a number above 0: at 0 the basis has no inverse.")
    if net.depth == 1:
        return net
    found = orbits.invariants(net, tolerance=tolerance)
    B = chains.bases(net, found.ranks, *orbits.outer_bases(found))
    h, labels = net.depth, chains.listed(chains.multiplicities(found.ranks))
    changes = []
    for i in range(1, h):
        # A chain that ends outside keeps its end there, so it fades from its other end; the others from their birth.
        powers = [0 if c[:2] == (0, h) else i - h if c[1] == h else i for c in labels if c[0] <= i <= c[1]]
        one = Fraction(t) if subspaces.is_exact(*net.weights) else float(t)
        changes.append(B[i] @ np.diag([one**k for k in powers]) @ subspaces.inverse(B[i]))
    return orbits.hidden_change(net, changes)
