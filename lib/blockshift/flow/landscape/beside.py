"""The critical point beside a network that is only near to one.

What a network has learnt runs on full chains. Its layers are split, in the bases of its hidden layers as they are, into
the part on these chains and the rest; the critical point beside it keeps the first, corrected so that the end-to-end
map is ``Sigma_S`` exactly, and has zeros for the second.
"""

import numpy as np

from blockshift.flow.landscape.modes import Learnt
from blockshift.graph.network import Network

#: Directions of the product that are this much weaker than the strongest are not learnt ones.
WEAK = 1e-8


def on_full_chains(net: Network, rank: int) -> list[np.ndarray] | None:
    """The part of each layer on the chains of the `rank` strongest modes of the map; None if there are fewer."""
    layers, h = net.weights, net.depth
    U, values, Vt = np.linalg.svd(net.product())
    if rank and values[rank - 1] <= 0.0:
        return None
    inverse = (Vt[:rank].T / values[:rank]) @ U[:, :rank].T
    before, after = [np.eye(net.widths[0])], [np.eye(net.widths[-1])]
    for W in layers:
        before.append(W @ before[-1])
    for W in reversed(layers):
        after.append(after[-1] @ W)
    after.reverse()
    full = [before[i] @ inverse @ after[i] for i in range(h + 1)]
    return [full[i] @ layers[i - 1] @ full[i - 1] for i in range(1, h + 1)]


def unlearnt(net: Network, rank: int) -> list[float]:
    """The size, layer by layer, of what is not on the chains of the `rank` strongest modes; its spectral norm."""
    inner = on_full_chains(net, rank)
    if inner is None:
        return [np.inf] * net.depth
    return [float(np.linalg.norm(W - V, 2)) for W, V in zip(net.weights, inner, strict=True)]


def full_chains_only(net: Network, learnt: Learnt) -> Network | None:
    """The critical point that has learnt `learnt`, on the chains of the network and on no others.

    None where the network has no such chains, or is a single layer with something left to learn.
    """
    if net.depth == 1:
        return Network((learnt.map,)) if learnt.wanted is None else None
    if learnt.rank == 0:
        return Network(tuple(np.zeros_like(W) for W in net.weights))
    inner = on_full_chains(net, learnt.rank)
    if inner is None:
        return None
    inner[0] = inner[0] @ (learnt.inverse @ learnt.map)
    product = inner[0]
    for W in inner[1:]:
        product = W @ product
    inner[-1] = learnt.map @ np.linalg.pinv(product, rcond=WEAK) @ inner[-1]
    return Network(tuple(inner))
