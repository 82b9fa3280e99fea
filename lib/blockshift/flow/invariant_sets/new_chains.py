"""A new chain through unused hidden directions: the way out of a saddle where the Hessian sees none.

At a critical point with an unlearnt mode, let every hidden layer have a direction ``v_i`` that the next layer does not
read, ``W_{i+1} v_i = 0``, and a functional ``u_i`` that sees nothing of what the layer before writes, ``u_i W_i = 0``,
with ``u_i v_i = 1``. Such a pair exists exactly if some chain of the network is that one node and nothing else
(``m[i, i] >= 1`` in `quotient.intervals`). Add ``a_j v_j u_{j-1}`` to each layer, from the mode's input to its output.
The new chain meets none of the old ones, so

    W -> W + a_1 ... a_h  f e^T,   L -> L - sigma a_1 ... a_h + 1/2 (a_1 ... a_h)^2,

exactly (claim P1-C20). With all sizes equal to a, the loss falls at order h with coefficient -sigma; with one sign
flipped it rises. Where ``u_i`` is the transpose of ``v_i``, and no old chain touches the mode, the sizes obey the
equation of one mode, so that everything in `one_mode` holds at this saddle too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.flow import gradient
from blockshift.flow.quotient import chains, subspaces
from blockshift.graph.network import Network

#: Up to this share of the size of ``Sigma`` or of a layer, a product that should vanish does.
ZERO = 1e-7


@dataclass(frozen=True, eq=False, repr=False)
class NewChain:
    """A chain to be added to a critical point, along one unlearnt mode.

    Parameters
    ----------
    point : Network
        The critical point.
    sigma : number
        The singular value of the mode.
    mode : int
        Its place, from 1.
    vectors, functionals : tuple of ndarray
        ``v_0, ..., v_h`` and ``u_0, ..., u_h``, with ``v_0 = u_0`` the input of the mode and ``v_h = u_h`` its output.
    flows : bool
        Whether every functional is the transpose of its vector, of length 1, and no old chain touches the mode. Then
        the networks of the chain stay among themselves, and their sizes obey the equation of one mode.
    """

    point: Network
    sigma: float
    mode: int
    vectors: tuple[np.ndarray, ...]
    functionals: tuple[np.ndarray, ...]
    flows: bool

    def network(self, sizes) -> Network:
        """The critical point with the new chain.

        Parameters
        ----------
        sizes : number or sequence, length h
            ``a_1, ..., a_h``, or one size for all.
        """
        h = self.point.depth
        a = list(sizes) if isinstance(sizes, Sequence | np.ndarray) else [sizes] * h
        if len(a) != h:
            raise errors.ShapeMismatch(f"{len(a)} sizes were given for {h} layers.")
        return Network(
            tuple(
                W + a[j] * np.outer(self.vectors[j + 1], self.functionals[j]) for j, W in enumerate(self.point.weights)
            )
        )

    @property
    def order(self) -> int:
        """The order at which the loss moves along equal sizes: h."""
        return self.point.depth

    @property
    def coefficient(self):
        """The coefficient of ``a^h`` in the loss along equal sizes: ``-sigma``."""
        return -self.sigma

    def __repr__(self) -> str:
        inside = "an invariant plane" if self.flows else "a curve"
        return f"NewChain(mode {self.mode}, loss falls as -{float(self.sigma):g} a^{self.order}, along {inside})"


def new_chain(net: Network, sigma, mode: int | None = None) -> NewChain:
    """A new chain along an unlearnt mode of a critical point.

    Parameters
    ----------
    net : Network
        A critical point.
    sigma : array_like
        A diagonal ``Sigma``, shape ``(d_h, d_0)``, or its singular values.
    mode : int, optional
        The place of the mode, from 1; the largest unlearnt one by default.

    Raises
    ------
    BadArgument
        If nothing is left to learn, the mode is learnt already, or some hidden layer has no unused direction.

    Source: INFERRED for [wendin2026gradient]; claim P1-C20.

    Examples
    --------
    >>> origin = Network.from_weights([[[0]], [[0]], [[0]]])
    >>> new_chain(origin, [2])
    NewChain(mode 1, loss falls as -2 a^3, along an invariant plane)
    """
    Sigma = gradient.target(sigma, net.widths)
    exact = subspaces.is_exact(*net.weights)
    R = Sigma - net.product()
    size = float(np.abs(Sigma).max()) or 1.0
    learnable = [
        i
        for i in range(min(Sigma.shape))
        if Sigma[i, i] > 0 and abs(R[i, i] - Sigma[i, i]) <= (0 if exact else ZERO * size)
    ]
    if mode is None:
        if not learnable:
            raise errors.BadArgument("every singular value is learnt: no mode is left for a new chain.")
        mode = max(learnable, key=lambda i: Sigma[i, i]) + 1
    if mode - 1 not in learnable:
        left = ", ".join(str(i + 1) for i in learnable) or "none"
        raise errors.BadArgument(f"mode {mode} is not one that is left to learn; these are: {left}.")
    one = np.eye(net.widths[0], dtype=int).astype(object) if exact else np.eye(net.widths[0])
    two = np.eye(net.widths[-1], dtype=int).astype(object) if exact else np.eye(net.widths[-1])
    e, f = one[mode - 1], two[mode - 1]
    table = chains.ranks(net)
    pairs = [_unused(net, table, i) for i in range(1, net.depth)]
    flows = all(np.array_equal(u, v) or (not exact and np.allclose(u, v, rtol=0, atol=ZERO)) for v, u in pairs)
    if net.depth > 1:
        touched = (net.weights[0] @ e, f @ net.weights[-1])
        largest = max(float(np.abs(W).max()) for W in net.weights) or 1.0
        flows = flows and max(float(np.abs(x).max()) for x in touched) <= (0 if exact else ZERO * largest)
    return NewChain(
        point=net,
        sigma=Sigma[mode - 1, mode - 1],
        mode=mode,
        vectors=(e, *(v for v, _ in pairs), f),
        functionals=(e, *(u for _, u in pairs), f),
        flows=bool(flows),
    )


def _unused(net: Network, table: np.ndarray, i: int) -> tuple[np.ndarray, np.ndarray]:
    """A direction of hidden layer i that is not read, and a functional on it that nothing written is seen by."""
    before, after, d = net.weights[i - 1], net.weights[i], net.widths[i]
    silent = subspaces.kernel(after, d - int(table[i + 1, i]))  # not read
    blind = subspaces.kernel(before.T, d - int(table[i, i - 1]))  # sees nothing written
    refusal = errors.BadArgument(
        f"hidden layer {i} has no unused direction: whatever the layer before does not write, the next one reads. "
        f"The way out of this point, if there is one, goes along its chains."
    )
    if not (silent.shape[1] and blind.shape[1]):
        raise refusal
    if not subspaces.is_exact(before, after):
        U, values, Vt = np.linalg.svd(blind.T @ silent)
        if values[0] <= ZERO:
            raise refusal
        # The pair that is closest to being one vector; it is one where the two subspaces meet.
        v, u = silent @ Vt[0], blind @ U[:, 0]
        return v, u / (u @ v)
    # Where the two subspaces meet, one vector serves as both; it should have a rational length.
    both = subspaces.kernel(np.vstack([after, before.T]), 0)
    for v in both.T:
        if (v @ v) == 1:
            return v, v
    candidates = [(v, u) for v in [*both.T, *silent.T] for u in [*both.T, *blind.T] if u @ v]
    if not candidates:
        raise refusal
    v, u = next(((v, u) for v, u in candidates if np.array_equal(u, v)), candidates[0])
    return v, u / (u @ v)
