"""Bases of the layers of nodes in which a critical point is made of chains.

Any basis will do in the hidden layers. In the first and in the last layer of nodes what is learnt sits on its singular
vectors, and the residual must carry the end of each bridge to its beginning; all bases with this property occur.
"""

from fractions import Fraction

import numpy as np

from blockshift import errors
from blockshift.flow.landscape.chains import Chains
from blockshift.flow.landscape.modes import Modes

#: For each layer of nodes a basis and its inverse.
Pairs = list[tuple[np.ndarray, np.ndarray]]


class Seats:
    """Which chain has which place in the basis of each layer of nodes: the order of `Chains.all`, everywhere."""

    def __init__(self, system: Chains):
        self.chains = list(system.all())
        self.order = [[k for k, (a, b) in enumerate(self.chains) if a <= i <= b] for i in range(system.depth + 1)]

    def shift(self, i: int) -> np.ndarray:
        """Layer i in these bases: every chain goes on where it does."""
        rows, columns = self.order[i], self.order[i - 1]
        N = np.zeros((len(rows), len(columns)), dtype=int).astype(object)
        for column, k in enumerate(columns):
            if k in rows:
                N[rows.index(k), column] = 1
        return N


def _split(system: Chains) -> tuple[list[int], list[int], list[int], list[int]]:
    """Places of bridges and of loose chains, in the basis of the last and of the first layer, full chains left out."""
    seats, r, bridges = Seats(system), system.full, 2 * system.unlearnt
    joined = range(r, r + bridges)
    last, first = seats.order[-1][r:], seats.order[0][r:]
    return (
        [n for n, k in enumerate(last) if k in joined],
        [n for n, k in enumerate(last) if k not in joined],
        [n for n, k in enumerate(first) if k in joined],
        [n for n, k in enumerate(first) if k not in joined],
    )


def _ends(system: Chains, D: np.ndarray, blocks: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Bases of what is not learnt, in the last and in the first layer of nodes, in singular vectors.

    The residual is ``diag(D)`` there. Ends of bridges are the columns of ``[K; L]``, their beginnings those of
    ``[D K; 0]``, to which the residual carries them. Loose chains have the columns of ``[0; M]`` and ``[N; Q]``.
    """
    K, L, M, N, Q = blocks
    ends_of_bridges, loose_ends, begins_of_bridges, loose_begins = _split(system)
    rho = len(D)
    H = np.zeros((*K.shape[:-2], *(len(ends_of_bridges) + len(loose_ends),) * 2), dtype=K.dtype)
    G = np.zeros((*K.shape[:-2], *(len(begins_of_bridges) + len(loose_begins),) * 2), dtype=K.dtype)
    H[..., :rho, ends_of_bridges], H[..., rho:, ends_of_bridges], H[..., rho:, loose_ends] = K, L, M
    G[..., :rho, begins_of_bridges], G[..., :rho, loose_begins], G[..., rho:, loose_begins] = D[:, None] * K, N, Q
    return H, G


def _outer(modes: Modes, places) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Singular vectors on both sides, learnt first; learnt and unlearnt values."""
    learnt = [place - 1 for place in places]
    rest = [k for k in range(modes.count) if k not in learnt]
    left = [*learnt, *rest, *range(modes.count, modes.U.shape[-1])]
    right = [*learnt, *rest, *range(modes.count, modes.V.shape[-1])]
    return modes.U[..., left], modes.V[..., right], modes.values[learnt], modes.values[rest]


def floating(system: Chains, modes: Modes, places, rng, condition: float, stack: tuple[int, ...] = ()) -> Pairs:
    """A basis of each layer of nodes and its inverse, in floats; or a stack of such."""
    if not condition >= 1:
        raise errors.BadArgument(f"the condition number {condition} of a basis is less than 1; give 1 or more.")
    if rng is not None:
        modes = _turned(modes, rng, stack)
    U, V, _, D = _outer(modes, places)
    outer, inner = (d - system.full - len(D) for d in (U.shape[-1], V.shape[-1]))

    def drawn(d):
        return np.eye(d) if rng is None else _skew(d, rng, condition, stack)

    def mixed(rows, columns):
        return np.zeros((rows, columns)) if rng is None else rng.standard_normal((*stack, rows, columns))

    # Half of what the residual stretches goes to either end, so that neither basis is skewer than need be.
    K = drawn(len(D)) if rng is None else drawn(len(D)) / np.sqrt(D)[:, None]
    H, G = _ends(system, D, (K, mixed(outer, len(D)), drawn(outer), mixed(len(D), inner), drawn(inner)))
    last, first = (np.zeros((*H.shape[:-2], d, d)) + np.eye(d) for d in (U.shape[-1], V.shape[-1]))
    last[..., system.full :, system.full :], first[..., system.full :, system.full :] = H, G
    hidden = [drawn(d) for d in system.widths[1:-1]]
    pairs = [(P, np.linalg.inv(P)) for P in (first, *hidden, last)]
    pairs[0] = (V @ pairs[0][0], pairs[0][1] @ np.swapaxes(V, -1, -2))
    pairs[-1] = (U @ pairs[-1][0], pairs[-1][1] @ np.swapaxes(U, -1, -2))
    return pairs


def exact(system: Chains, modes: Modes, places, rng) -> Pairs:
    """The same in integers of determinant 1 where that is possible, and fractions where not."""
    U, V, _, D = _outer(modes, places)
    rho = len(D)
    outer, inner = (d - system.full - rho for d in (len(U), len(V)))

    def drawn(d):
        return _unimodular(d, rng)

    def mixed(rows, columns):
        drawn = np.zeros((rows, columns), dtype=int) if rng is None else rng.integers(-1, 2, (rows, columns))
        return drawn.astype(object)

    K, k = drawn(rho)
    (M, m), (Q, q) = drawn(outer), drawn(inner)
    L, N = mixed(outer, rho), mixed(rho, inner)
    H, G = _ends(system, D, (K, L, M, N, Q))
    # Inverses block by block: [[K, 0], [L, M]] and [[D K, N], [0, Q]], with the seats of bridges and loose chains.
    ends_of_bridges, loose_ends, begins_of_bridges, loose_begins = _split(system)
    h, g = np.zeros_like(H), np.zeros_like(G)
    h[ends_of_bridges, :rho], h[loose_ends, :rho], h[loose_ends, rho:] = k, -m @ L @ k, m
    inverse_D = np.array([Fraction(1) / value for value in D], dtype=object)
    scaled = k * inverse_D[None, :] if rho else k
    g[begins_of_bridges, :rho], g[begins_of_bridges, rho:], g[loose_begins, rho:] = scaled, -scaled @ N @ q, q
    last, last_inverse, first, first_inverse = (_exact_unit(d) for d in (len(U), len(U), len(V), len(V)))
    r = system.full
    last[r:, r:], last_inverse[r:, r:], first[r:, r:], first_inverse[r:, r:] = H, h, G, g
    hidden = [drawn(d) for d in system.widths[1:-1]]
    return [(V @ first, first_inverse @ V.T), *hidden, (U @ last, last_inverse @ U.T)]


def _turned(modes: Modes, rng, stack: tuple[int, ...]) -> Modes:
    """The same data with the modes of each repeated singular value turned at random."""
    U, V = modes.U, modes.V
    for group in modes.groups():
        if len(group) > 1:
            Q = np.linalg.qr(rng.standard_normal((*stack, len(group), len(group))))[0]
            U, V = (np.broadcast_to(X, (*stack, *X.shape[-2:])).copy() for X in (U, V))
            U[..., group], V[..., group] = U[..., group] @ Q, V[..., group] @ Q
    return Modes(modes.Sigma, U, modes.values, V)


def _skew(d: int, rng, condition: float, stack: tuple[int, ...]) -> np.ndarray:
    """A random matrix with singular values spread between the root of the condition number and its inverse."""
    left, right = (np.linalg.qr(rng.standard_normal((*stack, d, d)))[0] for _ in range(2))
    spread = condition ** rng.uniform(-0.5, 0.5, (*stack, 1, d))
    return (left * spread) @ right


def _exact_unit(d: int) -> np.ndarray:
    """The identity, exact."""
    return np.eye(d, dtype=int).astype(object)


def _unimodular(d: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """A random matrix of small integers with determinant 1, and its inverse; without chance the identity."""
    P, Q = _exact_unit(d), _exact_unit(d)
    if rng is None or d < 2:
        return P, Q
    for _ in range(2 * d):
        i, j = rng.permutation(d)[:2]
        sign = int(rng.choice([-1, 1]))
        P[i] = P[i] + sign * P[j]
        Q[:, j] = Q[:, j] - sign * Q[:, i]
    return P, Q
