"""Back onto the set where the conserved matrices have the values they started with.

The nearest point of that set is reached along its normals. For multipliers ``S_i``, symmetric, one a hidden layer,
the normal is

    dW_j = S_j W_j - W_j S_{j-1},    S_0 = S_h = 0,

and a step of Gauss and Newton chooses them so that the defects vanish to first order. The equations for the ``S_i``
are symmetric and positive semidefinite, and solved by conjugate gradients, which never form them.
"""

from collections.abc import Sequence

import numpy as np

from blockshift.flow import conservation

#: Steps of Gauss and Newton: an explicit step misses the set by little, and each of them squares that.
ROUNDS = 4

#: Defects below this share of the largest squared norm of a layer are rounding.
ROUNDING = 4e-16

#: The equations need not be solved better than the next round can repair.
ACCURACY, ITERATIONS = 1e-6, 60


def projected(layers: Sequence[np.ndarray], start: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """The layers moved, along the shortest way to first order, to where their conserved matrices are those given.

    Parameters
    ----------
    layers : sequence of ndarray
    start : sequence of ndarray
        The conserved matrices wanted, as `conservation.conserved` gives them.

    Source: [hairer2006geometric], algorithm IV.4.2.

    Examples
    --------
    >>> W, V = projected([np.array([[2.0]]), np.array([[1.0]])], [np.array([[0.0]])])
    >>> float((W**2 - V**2)[0, 0].round(12)), bool(abs(W - V).max() < 1e-12)
    (0.0, True)
    """
    layers = [np.array(W, dtype=float) for W in layers]
    scale = max(float(np.sum(W * W)) for W in layers)
    for _ in range(ROUNDS):
        defects = [B - C for C, B in zip(conservation.conserved(layers), start, strict=True)]
        if max((float(np.abs(D).max()) for D in defects), default=0.0) <= ROUNDING * scale:
            break
        for W, dW in zip(layers, _normal(layers, _multipliers(layers, defects)), strict=True):
            W += dW
    return tuple(layers)


def _normal(layers, S):
    """The direction that belongs to multipliers."""
    full = [None, *S, None]
    moves = []
    for j, W in enumerate(layers):
        move = np.zeros_like(W)
        if full[j + 1] is not None:
            move += full[j + 1] @ W
        if full[j] is not None:
            move -= W @ full[j]
        moves.append(move)
    return moves


def _multipliers(layers, defects):
    """The multipliers for which the conserved matrices change by the defects, by conjugate gradients."""

    def change(S):
        moves = _normal(layers, S)
        halves = [moves[i] @ layers[i].T - layers[i + 1].T @ moves[i + 1] for i in range(len(layers) - 1)]
        return [H + H.T for H in halves]

    S = [np.zeros_like(D) for D in defects]
    r = [D.copy() for D in defects]
    p = [D.copy() for D in defects]
    size = first = sum(float(np.sum(R * R)) for R in r)
    for _ in range(ITERATIONS):
        if size <= ACCURACY**2 * first:
            break
        q = change(p)
        curvature = sum(float(np.sum(P * Q)) for P, Q in zip(p, q, strict=True))
        if curvature <= 0:
            break
        step = size / curvature
        S = [A + step * P for A, P in zip(S, p, strict=True)]
        r = [R - step * Q for R, Q in zip(r, q, strict=True)]
        new = sum(float(np.sum(R * R)) for R in r)
        p = [R + new / size * P for R, P in zip(r, p, strict=True)]
        size = new
    return S
