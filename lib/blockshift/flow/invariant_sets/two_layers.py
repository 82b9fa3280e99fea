"""The origin of two layers: which networks fall into it, and which come out of it, for every ``Sigma``.

Write the network in the modes of ``Sigma = U D V^T``, with its p nonzero singular values in D, which the book calls
``Sigma_p``: ``X = W_1 V`` and ``Y = U^T W_2``, and ``X_0``, ``Y_0`` for what the first layer reads and the second
writes where ``Sigma`` is zero.
Then (claims P1-C19, O-I1)

- the *stable* set of the origin is ``Y = -X^T`` and ``X_0 X_0^T = Y_0^T Y_0``;
- the *unstable* set is ``Y = X^T``, ``X_0 = 0``, ``Y_0 = 0`` and ``X^T X < D`` (the difference positive definite).

Why: on both, ``W_1 W_1^T = W_2^T W_2 = G``, since the difference is conserved and zero at the origin. Then
``d/dt (Y + X^T) = D (Y + X^T) - (Y + X^T) G`` and ``d/dt (Y - X^T) = -D (Y - X^T) - (Y - X^T) G``: near the origin,
where G is small, the sum can only grow, and the difference only shrink. In the unstable set ``X^T X`` solves a
Riccati equation; backwards in time it tends to 0 exactly if it begins below D.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.flow import gradient
from blockshift.graph import blocks
from blockshift.graph.network import Network

#: Up to this share of the size of the weights, an equation between them holds.
SAME = 1e-9

#: A singular value of ``Sigma`` below this share of the largest is zero.
NO_MODE = 1e-12

SIDES = ("stable", "unstable")


def checked_side(side: str) -> None:
    """Nothing, if a side is one of the two there are.

    Raises
    ------
    UnknownName
        If it is not.
    """
    if side not in SIDES:
        raise errors.UnknownName(f"`side` is {side!r}; there are 'stable' and 'unstable'.")


@dataclass(frozen=True, eq=False, repr=False)
class TwoLayerSet:
    """The stable or the unstable set of the origin, for two layers.

    Parameters
    ----------
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_2, d_0)``, or its singular values.
    widths : tuple of int, length 3
    side : {"stable", "unstable"}

    Raises
    ------
    BadArgument
        If there are not two layers.
    UnknownName
        If the side is another.

    Source: INFERRED for [wendin2026gradient] where ``Sigma`` is square and invertible, else ours; claim P1-C19.

    Examples
    --------
    >>> falling = TwoLayerSet([2], (1, 1, 1), "stable")
    >>> falling.contains(Network.from_weights([[[3]], [[-3]]])), falling.dimension
    (True, 1)
    """

    sigma: Any
    widths: Sequence[int]
    side: str

    def __post_init__(self):
        widths = blocks.as_widths(self.widths)
        if len(widths) != 3:
            raise errors.BadArgument(f"widths {widths} have {len(widths) - 1} layers; this set is one of two layers.")
        checked_side(self.side)
        object.__setattr__(self, "widths", widths)
        object.__setattr__(self, "sigma", np.asarray(gradient.target(self.sigma, widths), dtype=float))

    def _modes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """``U``, the nonzero singular values, and ``V``; the bases square, modes first."""
        off_diagonal = self.sigma.copy()
        np.fill_diagonal(off_diagonal, 0.0)
        if off_diagonal.any():
            U, values, Vt = np.linalg.svd(self.sigma)
            V = Vt.T
        else:
            values = np.diag(self.sigma)
            order = np.argsort(-np.abs(values), kind="stable")
            U, V = (np.eye(d)[:, [*order, *range(len(order), d)]] for d in self.sigma.shape)
            U[:, : len(order)] *= np.where(values[order] < 0, -1.0, 1.0)
            values = np.abs(values[order])
        p = int((values > NO_MODE * values.max(initial=0.0)).sum())
        return U, values[:p], V

    def _parts(self, net: Network):
        """``X, X_0, Y, Y_0`` and D of a network."""
        if net.widths != self.widths:
            raise errors.ShapeMismatch(f"the network has widths {net.widths}, the set {self.widths}.")
        U, values, V = self._modes()
        p = len(values)
        first, second = (np.asarray(W, dtype=float) for W in net.weights)
        read, written = first @ V, U.T @ second
        return read[:, :p], read[:, p:], written[:p], written[p:], values

    def _network(self, X, X0, Y, Y0) -> Network:
        """The network with these parts."""
        U, _, V = self._modes()
        return Network((np.hstack([X, X0]) @ V.T, U @ np.vstack([Y, Y0])))

    @property
    def dimension(self) -> int | None:
        """The dimension of the set; None for the stable one where ``Sigma`` has a kernel on both sides.

        There it is the product of a linear space and of the pairs with ``X_0 X_0^T = Y_0^T Y_0``, which has a
        singular point.
        """
        p, hidden = len(self._modes()[1]), self.widths[1]
        if self.side == "stable" and p < min(self.widths[0], self.widths[2]):
            return None
        return p * hidden

    def defect(self, net: Network) -> float:
        """By how much the equations of the set are missed, in units of weights; 0 exactly where they hold.

        The condition ``X^T X < D`` of the unstable set is an inequality, and is not in here.
        """
        X, X0, Y, Y0, _ = self._parts(net)
        if self.side == "unstable":
            return float(max(np.linalg.norm(Y - X.T), np.linalg.norm(X0), np.linalg.norm(Y0)))
        # The difference of two Gram matrices is a square of weights: divided by their size it is in units of them.
        size = float(np.linalg.norm(X0) + np.linalg.norm(Y0))
        unbalanced = float(np.linalg.norm(X0 @ X0.T - Y0.T @ Y0)) / size if size else 0.0
        return max(float(np.linalg.norm(Y + X.T)), unbalanced)

    def contains(self, net: Network, *, tolerance: float = SAME) -> bool:
        """Whether a network lies in the set, its equations fulfilled up to a share of the size of the weights."""
        size = float(np.sqrt(sum((W * W).sum() for W in net.weights)))
        inside = True
        if self.side == "unstable":
            X, _, _, _, values = self._parts(net)
            inside = bool(np.linalg.norm(X / np.sqrt(values), 2) < 1) if len(values) else True
        return inside and self.defect(net) <= tolerance * size

    def distance(self, net: Network) -> float:
        """The distance of a network from the solutions of the equations of the set.

        Raises
        ------
        BadArgument
            For the stable set where ``Sigma`` has kernels of two different dimensions, neither of them 0: that
            distance has no formula. `defect` says how far the equations are missed.
        """
        X, X0, Y, Y0, _ = self._parts(net)
        sign = 1 if self.side == "stable" else -1
        square = float(np.sum((Y + sign * X.T) ** 2)) / 2
        if self.side == "unstable" or not min(X0.shape[1], Y0.shape[0]):
            return float(np.sqrt(square + np.sum(X0**2) + np.sum(Y0**2)))
        if X0.shape[1] != Y0.shape[0]:
            raise errors.BadArgument(
                f"Sigma ignores {X0.shape[1]} inputs and {Y0.shape[0]} outputs: the distance from the stable set has "
                f"no formula there. Take `defect`."
            )
        # A rotation of X_0 brings it nearest to Y_0^T: the problem of Procrustes, solved by the nuclear norm.
        turned = np.linalg.svd(Y0 @ X0, compute_uv=False).sum()
        square += max(0.0, float(np.sum(X0**2) + np.sum(Y0**2)) / 2 - turned)
        return float(np.sqrt(square))

    def sample(self, *, rng: np.random.Generator, scale: float = 1.0) -> Network:
        """A random network of the set.

        Parameters
        ----------
        rng : numpy.random.Generator
        scale : float
            Of the weights, standard deviation; the unstable set is bounded, and is filled for a scale of 1.
        """
        (_, values, _), (inputs, hidden, outputs) = self._modes(), self.widths
        p = len(values)
        X = scale * rng.standard_normal((hidden, p))
        X0, Y0 = np.zeros((hidden, inputs - p)), np.zeros((outputs - p, hidden))
        if self.side == "unstable":
            if p:
                share = min(scale, 1.0) * rng.uniform() / np.linalg.norm(X, 2)
                X = share * X * np.sqrt(values)
            return self._network(X, X0, X.T, Y0)
        k = min(inputs - p, outputs - p)
        root = scale * rng.standard_normal((hidden, k))
        for part in (X0, Y0.T):
            if k:
                part[:] = root @ np.linalg.qr(rng.standard_normal((part.shape[1], k)))[0].T
        return self._network(X, X0, -X.T, Y0)

    def velocity(self, net: Network) -> tuple[np.ndarray, ...]:
        """The flow on the set, layer by layer: ``dX/dt = -X D - G X`` or ``X D - G X``, with ``G = W_1 W_1^T``.

        For a network that is not in the set this is not its velocity.
        """
        X, X0, _, Y0, values = self._parts(net)
        sign = -1 if self.side == "stable" else 1
        G = X @ X.T + X0 @ X0.T
        V = sign * X * values - G @ X
        return self._network(V, -G @ X0, sign * V.T, -Y0 @ G).weights

    def __repr__(self) -> str:
        size = "a cone over balanced pairs" if self.dimension is None else f"dimension {self.dimension}"
        return f"TwoLayerSet({self.side} set of the origin, widths {'→'.join(map(str, self.widths))}, {size})"
