"""The reduced dynamics of aligned starts: one chain of scalars for each mode, ``h r`` numbers for all weights.

On an aligned network every mode ``i`` is a chain of factors ``u_1, ..., u_h``, and the flow moves each chain alone by
``du_j/dt = (sigma_i - u_h ... u_1) prod_{k != j} u_k`` (claim P1-C21). This room finds the chains of a network, says
how far it is from being aligned, runs all chains at once, and puts the network together again at any time.
"""

from dataclasses import dataclass, field

import numpy as np

from blockshift import errors
from blockshift.flow import gradient, singular_bases, small_systems
from blockshift.graph.network import Network

#: Off-diagonal parts above this share of the largest weight are not rounding of an aligned start.
ALIGNED = 1e-10

#: Factors below this share of the largest weight are 0, and singular values of Sigma likewise.
ZERO = 1e-14


@dataclass(frozen=True, eq=False, repr=False)
class Chains:
    """The modes of an aligned network, each a chain of scalars.

    Parameters
    ----------
    net : Network
        The start.
    sigma : ndarray, shape (r,)
        The singular value that each mode learns, decreasing; 0 for a mode that only decays.
    factors : ndarray, shape (h, r)
        ``u_j`` of mode ``i`` at ``[j - 1, i]``.
    bases : tuple of ndarray
        Item ``j``, shape ``(d_j, r)``, holds the direction of each mode in layer ``j`` in its columns.
    misalignment : float
        The largest entry of ``W_j`` and of ``Sigma`` that these modes do not account for and that the flow would move,
        as a share of the largest: zero to rounding for an aligned network.
    """

    net: Network
    sigma: np.ndarray
    factors: np.ndarray
    bases: tuple[np.ndarray, ...] = field(repr=False)
    misalignment: float

    def run(self, at) -> "ChainRun":
        """The factors at the times `at`, increasing from 0 up, all chains integrated at once."""
        depth, modes = self.factors.shape
        others = [[k for k in range(depth) if k != j] for j in range(depth)]

        def right_side(t, state):
            u = state.reshape(depth, modes)
            left = self.sigma - u.prod(axis=0)
            return np.concatenate([left * u[rest].prod(axis=0) for rest in others])

        t = small_systems.times(at)
        states = small_systems.states(right_side, self.factors.ravel(), t, groups=modes) if modes else np.zeros(0)
        return ChainRun(self, t, states.reshape(len(t), depth, modes))

    def __repr__(self) -> str:
        return (
            f"Chains({len(self.sigma)} of depth {len(self.factors)}, σ = {', '.join(f'{s:.3g}' for s in self.sigma)}, "
            f"misalignment {self.misalignment:.0e})"
        )


@dataclass(frozen=True, eq=False, repr=False)
class ChainRun:
    """The chains in time.

    Parameters
    ----------
    chains : Chains
    t : ndarray, shape (m,)
    factors : ndarray, shape (m, h, r)
    """

    chains: Chains
    t: np.ndarray
    factors: np.ndarray = field(repr=False)

    @property
    def strengths(self) -> np.ndarray:
        """The product of each chain at every time, shape ``(m, r)``: the modes of the end-to-end map."""
        return self.factors.prod(axis=1)

    def network(self, at: int) -> Network:
        """The whole network at place `at`: the start, with the change of every factor along its directions."""
        Q, change = self.chains.bases, self.factors[at] - self.chains.factors
        layers = enumerate(self.chains.net.weights)
        return Network(tuple(W + (Q[j + 1] * change[j]) @ Q[j].T for j, W in layers))

    def products(self) -> np.ndarray:
        """The end-to-end map at every time, shape ``(m, d_h, d_0)``."""
        return np.array([self.network(k).product() for k in range(len(self.t))])

    def __repr__(self) -> str:
        return f"ChainRun({self.factors.shape[2]} chains, {self.t[0]:g} ≤ t ≤ {self.t[-1]:g}, {len(self.t)} times)"


def chains(net: Network, sigma, *, tol: float = ALIGNED) -> Chains:
    """The chains of scalars that an aligned network falls apart into.

    Directions are followed from the singular vectors of ``Sigma`` through the layers, from both ends. A mode with
    two factors 0 is at rest and is left out.

    Parameters
    ----------
    net : Network
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_h, d_0)``, or its singular values.
    tol : float
        The largest misalignment that is let pass; infinite to see how far the chains are off for any start.

    Returns
    -------
    Chains

    Raises
    ------
    NotAligned
        If the misalignment is above `tol`; the message says how far.

    Source: [saxe2014exact]; INFERRED for [wendin2026gradient]; claim P1-C21.

    Examples
    --------
    >>> found = chains(Network.from_weights([[[1, 0], [0, 2]], [[3, 0], [0, 1]]]), [5, 4])
    >>> found.factors
    array([[1., 2.],
           [3., 1.]])
    >>> found.run([0, 10]).strengths.round(6)
    array([[3., 2.], [5., 4.]])
    """
    net = Network(tuple(np.asarray(W, dtype=float) for W in net.weights))
    Sigma = np.asarray(gradient.target(sigma, net.widths), dtype=float)
    U, values, V = _turned(net, *singular_bases.singular_bases(Sigma))
    size = max(float(np.abs(W).max()) for W in net.weights)
    directions, kept, found = [], [], []
    for i, value in enumerate(values):
        path = _path(net.weights, V[:, i], U[:, i] if value > 0 else None, ZERO * size)
        if path is not None:
            directions.append(path)
            kept.append(value)
            found.append([q @ W @ p for p, W, q in zip(path, net.weights, path[1:], strict=False)])
    r = len(kept)
    bases = tuple(np.array([path[j] for path in directions]).reshape(r, d).T for j, d in enumerate(net.widths))
    factors = np.array(found).reshape(r, net.depth).T
    result = Chains(net, np.array(kept), factors, bases, _misalignment(net, Sigma, bases, factors, size))
    if not result.misalignment <= tol:
        raise errors.NotAligned(
            f"the singular vectors of consecutive layers or of Sigma do not match: the flow moves parts of size "
            f"{result.misalignment:.1e} of the largest weight that belong to no chain, allowed are {tol:.0e}. Start "
            f"from an aligned network, or integrate the whole flow."
        )
    return result


def _turned(net, U, values, V):
    """The bases, turned within equal singular values such that the network's own modes are their columns.

    There is a value for every input direction, 0 for those that ``Sigma`` ignores.
    """
    top = float(values.max(initial=0.0))
    values = np.concatenate([values, np.zeros(len(V) - len(values))]) if len(values) < len(V) else values.copy()
    values[values <= ZERO * top] = 0.0
    U, V = U.copy(), V.copy()
    # Aligned modes diagonalise the Gram matrices of all partial products at once; a sum with odd weights tells them
    # apart where one layer alone does not.
    behind, gram = np.eye(len(V)), np.zeros((len(V), len(V)))
    for k, W in enumerate(net.weights):
        behind = W @ behind
        gram += np.sqrt(k + 2) * behind.T @ behind / (np.linalg.norm(behind) ** 2 or 1.0)
    begin = 0
    while begin < len(values):
        end = begin + 1
        while end < len(values) and values[begin] - values[end] <= 1e-12 * top:
            end += 1
        block = V[:, begin:end]
        inside = block.T @ gram @ block
        if np.abs(inside - np.diag(np.diag(inside))).max() > ZERO * np.abs(inside).max():
            turn = np.linalg.eigh(inside)[1][:, ::-1]
            V[:, begin:end] = block @ turn
            if values[begin] > 0:
                U[:, begin:end] = U[:, begin:end] @ turn
        begin = end
    return U, values, V


def _path(layers, first, last, least):
    """The direction of a mode in every layer, or None if it is at rest; `last` is None where it learns nothing."""
    forward, backward = [first], [last]
    for W in layers:
        image = W @ forward[-1]
        norm = float(np.linalg.norm(image))
        if norm <= least:
            break
        forward.append(image / norm)
    if last is None:
        return forward if len(forward) == len(layers) + 1 else None
    for W in layers[::-1]:
        image = W.T @ backward[-1]
        norm = float(np.linalg.norm(image))
        if norm <= least:
            break
        backward.append(image / norm)
    # Where the two walks meet the chain closes with the sign, or with the 0, that is left for one factor.
    if len(forward) + len(backward) < len(layers) + 1:
        return None
    ahead = min(len(forward), len(layers))
    return forward[:ahead] + backward[: len(layers) + 1 - ahead][::-1]


def _misalignment(net, Sigma, bases, factors, size) -> float:
    """How much of the velocity, and of the pairs of directions, the chains do not account for."""
    off = 0.0
    for j, W in enumerate(net.weights):
        P, Q = bases[j], bases[j + 1]
        off = max(
            off, np.abs(W @ P - Q * factors[j]).max(initial=0.0), np.abs(W.T @ Q - P * factors[j]).max(initial=0.0)
        )
    left = np.array([bases[-1][:, i] @ Sigma @ bases[0][:, i] for i in range(factors.shape[1])]) - factors.prod(axis=0)
    off /= size or 1.0
    scale = float(np.linalg.norm(Sigma)) + float(np.linalg.norm(net.product()))
    largest = max(size, 1e-300) ** (net.depth - 1) * scale
    for j, velocity in enumerate(gradient.layer_velocities(net.weights, Sigma)):
        rest = np.delete(factors, j, axis=0).prod(axis=0)
        off = max(off, float(np.abs(velocity - (bases[j + 1] * (left * rest)) @ bases[j].T).max()) / (largest or 1.0))
    return float(off)
