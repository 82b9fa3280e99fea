"""Critical points on demand: what is learnt is prescribed, and so are the ranks of all partial products.

Every critical point is a sum of chains and bridges (`chains`) in some bases of its layers of nodes. In the hidden
layers any basis will do. In the first and the last layer of nodes the full chains take the singular vectors that are
learnt; the other bases span the rest, and the residual must carry the basis vector at the end of each bridge to the
one at its beginning. This room draws chains and bases, or takes the plainest, and multiplies out. Whatever it returns
is critical by construction, in exact arithmetic where exact arithmetic is asked for.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from blockshift import errors
from blockshift.flow import gradient
from blockshift.flow.landscape import bases
from blockshift.flow.landscape import chains as chain_systems
from blockshift.flow.landscape import modes as data_modes
from blockshift.flow.landscape.chains import Chains
from blockshift.flow.landscape.modes import Modes
from blockshift.graph import blocks
from blockshift.graph.network import Network

#: The condition number of a random basis, unless another is asked for: bases as skew as those of random square
#: matrices of moderate size, and far from losing digits that rank decisions need.
CONDITION = 10.0


def prescribed(
    widths: Sequence[int],
    sigma,
    learnt: Sequence[int],
    ranks: Mapping[tuple[int, int], int] | None = None,
    *,
    chains: Chains | None = None,
    rng: np.random.Generator | None = None,
    condition: float = CONDITION,
    exact: bool = False,
) -> Network:
    """A critical point with given learnt singular values and given ranks of its partial products.

    Parameters
    ----------
    widths : sequence of int, length h + 1
    sigma : array_like
        ``Sigma``, shape ``(d_h, d_0)``, or its singular values. It need not be diagonal, nor have full rank.
    learnt : sequence of int
        ``S``: places, from 1, in the order of decreasing singular values.
    ranks : mapping of (a, b) to int, optional
        ``rank(W_b ... W_{a+1})`` for all ``0 <= a < b <= h``; by default all are ``len(learnt)``.
    chains : Chains, optional
        In place of `ranks`: the chains and bridges themselves.
    rng : numpy.random.Generator, optional
        Draws the bases of all layers, and which subspace of a repeated singular value is learnt. Without it the bases
        are the singular vectors, and the layers as sparse as can be.
    condition : float
        The condition number of the bases drawn.
    exact : bool
        Fractions in place of floats; `sigma` must then be diagonal and rational.

    Raises
    ------
    BadArgument
        If there is no such critical point; the message says why.

    Source: [achour2024loss] for the points, the chains are ours; claims P1-C10, P1-C17.

    Examples
    --------
    >>> net = prescribed((2, 2, 2), [4, 1], [1], exact=True)
    >>> [W.tolist() for W in net.weights]
    [[[4, 0], [0, 0]], [[1, 0], [0, 0]]]
    """
    widths = blocks.as_widths(widths)
    Sigma = gradient.target(data_modes.rational(sigma) if exact else sigma, widths)
    modes = data_modes.exact(Sigma) if exact else data_modes.of(Sigma)
    places = data_modes.check_places(learnt, modes.count, min(widths))
    system = _system(widths, modes.count, places, ranks, chains)
    pairs = bases.exact(system, modes, places, rng) if exact else bases.floating(system, modes, places, rng, condition)
    return Network(tuple(_layers(system, modes, places, pairs, exact)))


def random(
    widths: Sequence[int],
    sigma,
    learnt: Sequence[int] | None = None,
    *,
    rng: np.random.Generator,
    condition: float = CONDITION,
    exact: bool = False,
) -> Network:
    """A random critical point: random chains, in random bases.

    Parameters
    ----------
    widths, sigma, condition, exact
        As for `prescribed`.
    learnt : sequence of int, optional
        ``S``; by default a random set, of random size.

    Raises
    ------
    BadArgument
        If there is no such critical point.

    Source: [achour2024loss]; claim P1-C17.

    Examples
    --------
    >>> net = random((3, 4, 3), [3, 2, 1], [2], rng=np.random.default_rng(0))
    >>> gradient.speed(net, [3, 2, 1]) < 1e-12
    True
    """
    widths = blocks.as_widths(widths)
    Sigma = gradient.target(data_modes.rational(sigma) if exact else sigma, widths)
    modes = data_modes.exact(Sigma) if exact else data_modes.of(Sigma)
    if learnt is None:
        room = min(min(widths), modes.count)
        least = room if len(widths) == 2 else 0
        size = int(rng.integers(least, room + 1))
        learnt = [int(place) + 1 for place in rng.permutation(modes.count)[:size]]
    places = data_modes.check_places(learnt, modes.count, min(widths))
    system = chain_systems.random(widths, len(places), modes.count - len(places), rng=rng)
    return prescribed(widths, sigma, places, chains=system, rng=rng, condition=condition, exact=exact)


def stack(
    system: Chains,
    sigma,
    learnt: Sequence[int],
    count: int,
    *,
    rng: np.random.Generator,
    condition: float = CONDITION,
) -> tuple[np.ndarray, ...]:
    """That many critical points with the same chains in different random bases, for experiments with thousands.

    Returns
    -------
    tuple of ndarray
        Layers of shape ``(count, d_i, d_{i-1})``.

    Raises
    ------
    BadArgument
        As for `prescribed`.
    """
    modes = data_modes.of(gradient.target(sigma, system.widths))
    places = data_modes.check_places(learnt, modes.count, min(system.widths))
    _system(system.widths, modes.count, places, None, system)
    pairs = bases.floating(system, modes, places, rng, condition, (count,))
    return tuple(np.broadcast_to(W, (count, *W.shape[-2:])) for W in _layers(system, modes, places, pairs, False))


def _system(widths, count: int, places, ranks, chains) -> Chains:
    """The chains asked for, by name, by ranks, or the plainest."""
    if ranks is not None and chains is not None:
        raise errors.BadArgument("both `ranks` and `chains` were given; either decides, so give one.")
    unlearnt = count - len(places)
    if chains is None:
        if ranks is None:
            return chain_systems.plain(widths, len(places), unlearnt)
        chains = chain_systems.with_ranks(widths, unlearnt, ranks)
    if (chains.widths, chains.full, chains.unlearnt) != (widths, len(places), unlearnt):
        raise errors.BadArgument(
            f"{chains} was asked for, with {len(places)} singular values learnt of {count} by a network of widths "
            f"{widths}; it needs as many full chains as are learnt, and as many bridges as are not."
        )
    return chains


def _layers(system: Chains, modes: Modes, places, pairs, exact: bool):
    """The layers: chains go on, and the full ones carry their singular values."""
    seats, r, h = bases.Seats(system), system.full, system.depth
    values = modes.values[[place - 1 for place in places]]
    for i in range(1, h + 1):
        N = seats.shift(i)
        if exact:
            if i == 1:
                N[range(r), range(r)] = values
        else:
            N = N.astype(np.float64)
            N[range(r), range(r)] = values ** (1 / h)
        W = pairs[i][0] @ N @ pairs[i - 1][1]
        if exact:
            W = data_modes.rational(W)
        yield W
