"""Ways down from a saddle, made explicitly from what its ranks say.

Two reasons for a descent. If something learnt is smaller than something unlearnt, turning the one towards the other is
a direction of negative curvature. If not, an unlearnt mode has to find a way from the inputs to the outputs: along
chains that are there, with jumps from one chain to another, each a change of one layer by a matrix of rank one. A
*walk* of ``k`` jumps, in layers ``j_1 < ... < j_k``, exists exactly if ``K_{j_k j_1}`` is not zero and every
``M_{j_{l+1} j_l}`` lets through more than what is learnt; ``k = 2`` is an open pair. Along the shortest walk the loss
falls at order ``k``, or at order 4 where three jumps need a careful balance. Shortest walks meet no other ways but at
their ends, which is why the coefficients before that vanish; `descent` checks it afterwards, and not by this reasoning.
"""

import math
from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from blockshift.flow.landscape.descent import Descent, Jump, expansion
from blockshift.flow.landscape.modes import Learnt
from blockshift.flow.landscape.ranks import RESOLUTION, Ranks
from blockshift.graph.network import Network

#: A coefficient or a matrix counts as zero below this share of those beside it.
INSIDE = 1e-7


def shortest_walk(ranks: Ranks) -> tuple[int, ...]:
    """The layers, from 1, of a shortest walk; empty where there is none.

    Examples
    --------
    >>> from blockshift.flow.landscape import ranks
    >>> one, zero = np.ones((1, 1)), np.zeros((1, 1))
    >>> shortest_walk(ranks.of([zero, one, zero], 4 * one, 0, [0, 0, 0]))
    (1, 3)
    >>> shortest_walk(ranks.of([zero, zero, zero], 4 * one, 0, [0, 0, 0]))
    (1, 2, 3)
    """
    h = ranks.open.shape[-1]
    best: tuple[int, ...] = ()
    for first in range(h):
        come: dict[int, int | None] = {first: None}
        waiting = deque([first])
        while waiting:
            at = waiting.popleft()
            for onward in range(at + 1, h):
                if onward not in come and ranks.passes[onward, at]:
                    come[onward] = at
                    waiting.append(onward)
        for last in (i for i in range(first + 1, h) if i in come and ranks.reaches[i, first]):
            walk: list[int] = []
            stop: int | None = last
            while stop is not None:
                walk.insert(0, stop + 1)
                stop = come[stop]
            if not best or len(walk) < len(best):
                best = tuple(walk)
    return best


def by_turning(net: Network, sigma, learnt: Learnt) -> Descent:
    """The direction that turns the least mode learnt towards the largest one missing.

    With ``u, v`` the singular vectors of the one, of value ``s``, and ``u', v'`` those of the other, of value ``s'``,
    it is ``a W_1 v v'^T`` in the first layer and ``b u' u^T W_h`` in the last. The Hessian there is
    ``s² (a² + b²) - 2 a b s s'``.
    """
    assert learnt.weakest is not None
    assert learnt.wanted is not None
    u, v, s = learnt.weakest
    up, vp, sp = learnt.wanted
    first, last = np.outer(net.weights[0] @ v, vp), np.outer(up, u @ net.weights[-1])
    if first.dtype == object:
        return _with_coefficient(net, sigma, (Jump(1, 1, first), Jump(net.depth, 1, last)), 2)
    a, b = np.linalg.norm(first), np.linalg.norm(last)
    form = np.array([[s * s / a**2, -s * sp / (a * b)], [-s * sp / (a * b), s * s / b**2]])
    x, y = np.linalg.eigh(form)[1][:, 0]
    return _with_coefficient(net, sigma, (Jump(1, 1, x / a * first), Jump(net.depth, 1, y / b * last)), 2)


def by_walk(net: Network, sigma, learnt: Learnt, walk: Sequence[int]) -> Descent:
    """A curve of jumps in the layers of a walk."""
    exact = all(W.dtype == object for W in net.weights) and learnt.map.dtype == object
    if len(walk) == 2 and not exact:
        return _by_open_pair(net, sigma, learnt, *walk)
    parts = _Parts(net, learnt)
    K = parts.outer(walk[0], walk[-1])
    x_last, z_first = _pair(K.T)  # z_first^T K x_last is not zero
    z, x = [z_first], []  # jump l is x_l z_l^T, from the chain before it to the one after it
    number = len(walk)
    loose = [False, False]  # whether the first stop also hangs on an input, the last one also on an output
    for stop, (j, i) in enumerate(pairwise(walk), 1):
        arriving, leaving, free = parts.stop(i, j, avoid_input=stop == 1, avoid_output=stop == number - 1)
        x.append(arriving)
        z.append(leaving)
        if stop == 1:
            loose[0] = not free[0]
        if stop == number - 1:
            loose[1] = not free[1]
    x.append(x_last)
    powers = [1] * number
    if number == 3 and all(loose):
        powers[1] = 2
    # Where the way has a companion of the same order, the jump that both share is made small enough.
    shared = 0 if number == 2 and not loose[0] else 1
    jumps = [Jump(layer, power, np.outer(a, b)) for layer, power, a, b in zip(walk, powers, x, z, strict=True)]
    order = sum(powers)
    one = expansion(net, sigma, jumps, order)[0][order]
    doubled = [_scaled(jump, 2 if k == shared else 1) for k, jump in enumerate(jumps)]
    two = expansion(net, sigma, doubled, order)[0][order]
    # The coefficient is a quadratic polynomial in the size of the shared jump, and zero without it.
    square, slope = (two - 2 * one) / 2, (4 * one - two) / 2
    tiny = 0 if exact else INSIDE * abs(slope)
    factor = -slope / (2 * square) if square > tiny else (-1 if slope > 0 else 1)
    jumps[shared] = _scaled(jumps[shared], factor)
    return _with_coefficient(net, sigma, tuple(jumps), order)


def _by_open_pair(net: Network, sigma, learnt: Learnt, j: int, i: int) -> Descent:
    """The best direction of negative curvature with jumps of rank one in two layers, their outer ends given.

    The outer ends are the strongest singular vectors of ``K_ij``. In the inner ends the Hessian is a quadratic form of
    ``d_{i-1} + d_j`` variables, whose smallest eigenvalue needs no decision about any rank.
    """
    parts = _Parts(net, learnt)
    K, M = parts.outer(j, i), parts.middle(i, j)
    left, values, right = np.linalg.svd(K)
    x, y, size = left[:, 0], right[0], values[0]
    Vi, Vj, Ui, Uj = parts.before(i), parts.before(j), parts.after(i), parts.after(j)
    corner = np.outer(Vi @ (Vj.T @ x), Uj.T @ (Ui @ y)) - size * M
    above = np.hstack([np.sum((Ui @ y) ** 2) * (Vi @ Vi.T), corner])
    below = np.hstack([corner.T, np.sum((Vj.T @ x) ** 2) * (Uj.T @ Uj)])
    vector = np.linalg.eigh(np.vstack([above, below]))[1][:, 0]
    z, w = vector[: len(M)], vector[len(M) :]
    return _with_coefficient(net, sigma, (Jump(j, 1, np.outer(w, x)), Jump(i, 1, np.outer(y, z))), 2)


class _Parts:
    """Partial products of a network, and what in its layers of nodes belongs to full chains."""

    def __init__(self, net: Network, learnt: Learnt):
        self.layers, self.learnt = net.weights, learnt
        self.R = learnt.residual
        kind = object if net.weights[0].dtype == object else np.float64
        units = [np.eye(d, dtype=int).astype(kind) for d in net.widths]
        self.units, h = units, net.depth
        self._before, self._after = [units[0]], [units[h]]
        for W in net.weights:
            self._before.append(W @ self._before[-1])
        for W in reversed(net.weights):
            self._after.append(self._after[-1] @ W)
        self._after.reverse()
        self.norms = [0.0 if W.dtype == object else float(np.linalg.norm(W, 2)) for W in net.weights]

    def before(self, j: int) -> np.ndarray:
        """``W_{j-1} ... W_1``."""
        return self._before[j - 1]

    def after(self, i: int) -> np.ndarray:
        """``W_h ... W_{i+1}``."""
        return self._after[i]

    def middle(self, i: int, j: int) -> np.ndarray:
        """``W_{i-1} ... W_{j+1}``."""
        M = self.units[j]
        for q in range(j, i - 1):
            M = self.layers[q] @ M
        return M

    def outer(self, j: int, i: int) -> np.ndarray:
        """``W_{j-1} ... W_1 R^T W_h ... W_{i+1}``."""
        return self.before(j) @ self.R.T @ self.after(i)

    def others(self, i: int) -> np.ndarray:
        """The projection, in layer i of nodes, along the full chains onto all others."""
        return self.units[i] - self._before[i] @ self.learnt.inverse @ self._after[i]

    def stop(self, i: int, j: int, *, avoid_input: bool, avoid_output: bool):
        """Where a jump in layer j arrives, from where one in layer i leaves, and whether input and output are avoided.

        The chain between the two is not full; if possible it begins after the input, or ends before the output.
        """
        lonely = _complement(self.before(i), RESOLUTION * math.prod(self.norms[: i - 1]))
        deaf = _complement(self.after(j).T, RESOLUTION * math.prod(self.norms[j:]))
        M = self.middle(i, j)
        neither, rest_in, rest_out = lonely @ M @ deaf, lonely @ M @ self.others(j), self.others(i - 1) @ M @ deaf
        scale = _size(self.others(i - 1) @ M @ self.others(j))
        choices = [(neither, lonely, deaf, (True, True))]
        inputs = (rest_in, lonely, self.others(j), (True, False))
        outputs = (rest_out, self.others(i - 1), deaf, (False, True))
        choices += [inputs, outputs] if avoid_input or not avoid_output else [outputs, inputs]
        tiny = 0 if M.dtype == object else INSIDE * scale
        for matrix, before, behind, free in choices:
            if _size(matrix) > tiny:
                right, left = _pair(matrix.T)
                return behind @ right, left @ before, free
        raise AssertionError("a chain that is not full misses the input or the output")


def _pair(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors a, b with ``a^T X b`` as large as can be, or, exactly, a place at which X is not zero."""
    if X.dtype != object:
        left, _, right = np.linalg.svd(X)
        return left[:, 0], right[0]
    p, q = np.argwhere(X != 0)[0]
    units = [np.eye(d, dtype=int).astype(object) for d in X.shape]
    return units[0][p], units[1][q]


def _complement(X: np.ndarray, room: float) -> np.ndarray:
    """The projection onto what is orthogonal to the columns of X, singular values within `room` being zero."""
    unit = np.eye(len(X), dtype=int).astype(X.dtype)
    if X.dtype != object:
        left, values, _ = np.linalg.svd(X)
        kept = left[:, : int((values > room).sum())]
        return unit - kept @ kept.T
    for k in range(X.shape[1]):
        column = unit @ X[:, k]
        square = (column * column).sum()
        if square:
            unit = unit - np.outer(column, column) * Fraction(1, 1) / square
    return unit


def _size(X: np.ndarray) -> float:
    """The Frobenius norm, as a float."""
    return float(np.linalg.norm(np.asarray(X, dtype=float)))


def _scaled(jump: Jump, factor) -> Jump:
    """The same jump, larger or smaller."""
    return Jump(jump.layer, jump.power, factor * jump.matrix)


def _with_coefficient(net, sigma, jumps, order: int) -> Descent:
    """The curve, with the coefficient that the loss has along it."""
    return Descent(jumps, order, expansion(net, sigma, jumps, order)[0][order])
