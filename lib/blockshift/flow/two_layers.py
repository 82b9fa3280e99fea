"""Two layers, solved: the matrix closed form for starts whose conserved matrix is a multiple of the identity.

Let ``W_2^T W_2 - W_1 W_1^T = lambda I`` at the start, and so always. Stack ``Q = [W_1^T; W_2]``, one row for each input
and each output. Gradient flow is then (claim O-S1)

    dQ/dt = F Q - 1/2 Q Q^T Q,    F = [[0, Sigma^T], [Sigma, 0]] - lambda/2 diag(I, -I),

a Riccati equation for ``M = Q Q^T``, which holds the end-to-end map and both outer Gram matrices. Its solution is

    M(t) = e^(F t) Q_0 N(t)^-1 Q_0^T e^(F t),    N(t) = I + int_0^t Q_0^T e^(2 F s) Q_0 ds,

for any widths and any rank, of ``Sigma`` or of the start: nothing but ``N`` is ever inverted. In the singular bases of
``Sigma`` the matrix ``F`` falls apart into blocks of two, so that its exponentials are numbers. The formula overflows
if it is used at once; it is a semigroup, and is applied in steps of bounded ``|F| t``.

The weights themselves are ``e^(F t) Q_0 N^(-1/2) O`` with an orthogonal ``O`` of hidden size, which obeys a linear
equation (`weights`); where ``N`` and its derivative commute it is the identity, as for aligned starts.
"""

from dataclasses import dataclass, field

import numpy as np
import scipy.linalg

from blockshift import errors
from blockshift.flow import conservation, gradient, hidden_turn, singular_bases
from blockshift.graph.network import Network

#: The conserved matrix of a start may differ from a multiple of the identity by this share of the squared weights.
BALANCED = 1e-10

#: Steps of the semigroup have |F| t up to this: N stays so well conditioned that rounding does (see the tests).
STEP = 4.0

#: Steps up to which a time is reached; beyond them somebody asked for a time by mistake.
STEPS = 200_000

#: Numbers in one batch of times: enough that a loop costs nothing, few enough to stay in a processor's cache.
BATCH = 2**15

#: Singular values of a start below this share of the largest are rounding of a lower rank.
RANK = 1e-14


@dataclass(frozen=True, eq=False, repr=False)
class TwoLayers:
    """Gradient flow of a two-layer network, in closed form.

    Parameters
    ----------
    start : Network
    sigma : ndarray, shape (d_2, d_0)
        The matrix ``Sigma``.
    lam : float
        ``lambda`` with ``W_2^T W_2 - W_1 W_1^T = lambda I``.
    deviation : float
        ``|W_2^T W_2 - W_1 W_1^T - lambda I|_F`` over the largest squared norm of a layer: rounding.
    """

    start: Network
    sigma: np.ndarray = field(repr=False)
    lam: float
    deviation: float
    _flow: "_Flow" = field(repr=False)

    def product(self, t) -> np.ndarray:
        """The end-to-end map ``W_2 W_1`` at times from 0 up: shape ``(m, d_2, d_0)``, or ``(d_2, d_0)`` for a number.

        Examples
        --------
        >>> net = Network.from_weights([[[1e-3 ** 0.5]], [[1e-3 ** 0.5]]])
        >>> two_layers(net, [3]).product([0.0, 1.0, 100.0]).ravel().round(9)
        array([1.00000000e-03, 3.55712479e-01, 3.00000000e+00])
        """
        U, V = self._flow.U, self._flow.V
        return self._flow.along(t, lambda into, out, N: U @ (out @ np.linalg.solve(N, into.mT)) @ V.T)

    def gram(self, t) -> np.ndarray:
        """``M = Q Q^T``, shape ``(m, d_0 + d_2, d_0 + d_2)``: ``[[W_1^T W_1, W^T], [W, W_2 W_2^T]]``."""
        flow = self._flow

        def outer(into, out, N):
            rows = np.concatenate([flow.V @ into, flow.U @ out], axis=1)
            half = np.linalg.solve(np.linalg.cholesky(N), rows.mT)
            return half.mT @ half

        return flow.along(t, outer)

    def loss(self, t) -> np.ndarray:
        """``1/2 |Sigma - W|^2`` at times from 0 up."""
        return 0.5 * np.sum((self.sigma - self.product(t)) ** 2, axis=(-2, -1))

    def weights(self, t) -> tuple[np.ndarray, np.ndarray]:
        """``W_1`` and ``W_2`` at times from 0 up, shapes ``(m, d_1, d_0)`` and ``(m, d_2, d_1)``.

        The part that no formula gives is the turn ``O`` of the hidden basis: it is integrated, by collocation at Gauss
        points to near rounding. So this takes longer than `product`, and no less than a run of an integrator.
        """
        times = _times(t)
        flow, order = self._flow, np.argsort(times.ravel(), kind="stable")
        found = hidden_turn.lifted(flow.G, flow.rates, times.ravel()[order])
        into, out = flow.sides(found[np.argsort(order)] @ flow.hidden.T)
        first, second = (flow.V @ into).mT, flow.U @ out
        return first.reshape(*times.shape, *first.shape[1:]), second.reshape(*times.shape, *second.shape[1:])

    def network(self, t: float) -> Network:
        """The whole network at one time."""
        return Network(tuple(self.weights(float(t))))

    def __repr__(self) -> str:
        return f"TwoLayers({self.start!r}, λ = {self.lam:.6g}, balanced to {self.deviation:.0e})"


def two_layers(net: Network, sigma) -> TwoLayers:
    """Gradient flow of a lambda-balanced network of two layers, in closed form.

    Parameters
    ----------
    net : Network
        The start, of any three widths; `balanced_starts.lambda_balanced` makes some.
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_2, d_0)``, or its singular values; of any rank.

    Returns
    -------
    TwoLayers

    Raises
    ------
    BadArgument
        If the network has not two layers.
    NotBalanced
        If its conserved matrix is not a multiple of the identity; the message says how far.

    Source: [fukumizu1998effect], [braun2022exact], [domine2025lazy]; ours for unequal widths and any rank; claim O-S1.

    Examples
    --------
    >>> two_layers(Network.from_weights([[[1, 0]], [[2], [0]]]), [3, 1])
    TwoLayers(Network(2→1→2, 4 weights, 0 negative), λ = 3, balanced to 0e+00)
    """
    if net.depth != 2:
        raise errors.BadArgument(
            f"the closed form is for two layers; this network has {net.depth}. Integrate it, or look at its chains."
        )
    net = Network(tuple(np.asarray(W, dtype=float) for W in net.weights))
    Sigma = np.array(gradient.target(sigma, net.widths), dtype=float)
    C = -conservation.conserved(net)[0]
    lam = float(np.trace(C) / len(C))
    size = max(float(np.linalg.norm(W)) ** 2 for W in net.weights)
    if abs(lam) <= 16 * np.finfo(float).eps * size:  # rounding of 0-balanced weights
        lam = 0.0
    deviation = float(np.linalg.norm(C - lam * np.eye(len(C)))) / (size or 1.0)
    if deviation > BALANCED:
        raise errors.NotBalanced(
            f"W_2^T W_2 - W_1 W_1^T differs from {lam:.3g} I, the nearest multiple of the identity, by {deviation:.1e} "
            f"of the largest |W|^2; at most {BALANCED:.0e} is let pass. Start from start('lambda balanced', ...), or "
            f"integrate."
        )
    Sigma.flags.writeable = False
    return TwoLayers(net, Sigma, lam, deviation, _Flow(net, Sigma, lam))


class _Flow:
    """The semigroup in the eigenvectors of ``F``, where it is ``G -> e^(rates t) G N^(-1/2)``.

    Rows of ``G`` come in this order: for each singular value its growing and its decaying direction, first all of the
    one and then all of the other, and then the inputs or the outputs that are left over.
    """

    def __init__(self, net, Sigma, lam):
        self.U, values, self.V = singular_bases.singular_bases(Sigma)
        self.inputs, self.pairs = len(self.V), len(values)
        rho, angle = np.hypot(values, lam / 2), 0.5 * np.arctan2(values, -lam / 2)
        self.cos, self.sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
        left_over = abs(len(self.U) - self.inputs) * [-lam / 2 if self.inputs > self.pairs else lam / 2]
        self.rates = np.concatenate([rho, -rho, left_over])
        first, second = net.weights
        into, out = self.V.T @ first.T, self.U.T @ second
        a, b = into[: self.pairs], out[: self.pairs]
        rest = (into if self.inputs > self.pairs else out)[self.pairs :]
        G = np.concatenate([self.cos * a + self.sin * b, self.cos * b - self.sin * a, rest])
        # Hidden directions that no weight reaches stay so. What is left is at most d_0 + d_2 wide.
        X, values, Yt = np.linalg.svd(G, full_matrices=False)
        rank = int((values > RANK * values[0]).sum())
        self.G: np.ndarray = G
        self.hidden: np.ndarray = np.eye(G.shape[1])
        if rank < G.shape[1]:
            self.G, self.hidden = X[:, :rank] * values[:rank], Yt[:rank].T
        self.longest = STEP / float(np.abs(self.rates).max() or 1.0)
        self.reached = [self.G]

    def sides(self, G):
        """The rows of inputs and of outputs, in the singular bases of ``Sigma``."""
        grow, decay, rest = np.split(G, [self.pairs, 2 * self.pairs], axis=-2)
        into, out = self.cos * grow - self.sin * decay, self.sin * grow + self.cos * decay
        if self.inputs > self.pairs:
            return np.concatenate([into, rest], axis=-2), out
        return into, np.concatenate([out, rest], axis=-2)

    def along(self, t, result):
        """What `result` makes of both sides and of ``N`` at every time."""
        times = _times(t)
        flat = times.ravel()
        places = np.floor(flat / self.longest).astype(np.int64)
        if places.max(initial=0) > STEPS:
            raise errors.TooLarge(
                f"time {flat.max():g} is {places.max()} steps of |F| t = {STEP:g} away, more than {STEPS}; "
                f"ask for an earlier one: the flow is at rest long before."
            )
        while len(self.reached) <= places.max(initial=0):
            self.reached.append(_step(self.reached[-1], self.rates, self.longest))
        after, size = (flat - places * self.longest)[:, None], max(1, BATCH // max(self.G.size, 1))
        found = []
        for begin in range(0, max(len(flat), 1), size):  # once for no times, which have a shape too
            part = slice(begin, begin + size)
            G = np.array([self.reached[k] for k in places[part]]).reshape(len(places[part]), *self.G.shape)
            into, out = self.sides(np.exp(self.rates * after[part])[:, :, None] * G)
            found.append(result(into, out, _normal(G, hidden_turn.growth(self.rates, after[part]))))
        values = np.concatenate(found)
        return values.reshape(*times.shape, *values.shape[1:])


def _step(G, rates, tau):
    """The same flow a time `tau` later, up to a turn of the hidden basis."""
    N = _normal(G[None], hidden_turn.growth(rates, tau)[None])[0]
    moved = (np.exp(rates * tau)[:, None] * G).T
    return scipy.linalg.solve_triangular(np.linalg.cholesky(N), moved, lower=True, check_finite=False).T


def _normal(G, growth) -> np.ndarray:
    """``N``, one for each row of `growth`; one by one, because BLAS forms ``X^T X`` in half the time of a product."""
    rank, scaled = G.shape[2], np.sqrt(growth)[:, :, None] * G
    return np.eye(rank) + np.array([X.T @ X for X in scaled]).reshape(len(scaled), rank, rank)


def _times(t) -> np.ndarray:
    """Times from 0 up, in any order."""
    times = np.asarray(t, dtype=float)
    if not (np.isfinite(times) & (times >= 0)).all():
        raise errors.BadArgument("the times must be finite numbers from 0 up.")
    return times
