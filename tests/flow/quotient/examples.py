"""Networks to test on, exact and random, of all kinds of ranks."""

import numpy as np

from blockshift.flow import quotient
from blockshift.graph.network import Network


def exact(*layers):
    """A network of Python's own integers."""
    return Network(tuple(np.array(W, dtype=object) for W in layers))


def rows(net):
    """The layers as an oracle takes them."""
    return [W.tolist() for W in net.weights]


def floats(net):
    """The same network in floats."""
    return Network(tuple(W.astype(float) for W in net.weights))


def random_exact(rng, depths=(1, 2, 3, 4)):
    """A network of chains of any kind, turned outside by integers and scrambled inside."""
    while True:
        h = int(rng.choice(depths))
        m = {(a, b): int(rng.integers(0, 3) * (rng.random() < 0.4)) for a in range(h + 1) for b in range(a, h + 1)}
        d = [sum(n for (a, b), n in m.items() if a <= i <= b) for i in range(h + 1)]
        if min(d) >= 1 and max(d) <= 4:
            break
    layers = list(quotient.network_of_intervals(m, h).weights)
    layers[0] = layers[0] @ rng.integers(-2, 3, (d[0], d[0])).astype(object)
    layers[-1] = rng.integers(-2, 3, (d[-1], d[-1])).astype(object) @ layers[-1]
    return quotient.scrambled(Network(tuple(layers)), rng=rng)
