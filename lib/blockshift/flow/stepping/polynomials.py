"""The velocity along a step as a polynomial: guessed ahead of it, and measured by its Legendre coefficients."""

import numpy as np

from blockshift.compiled import compiled


@compiled
def legendre(theta, count):
    """The polynomials ``P_0 ... P_(count-1)`` at ``2 theta - 1``, shape ``(len(theta), count)``.

    Examples
    --------
    >>> legendre(np.array([0.0, 1.0]), 3)
    array([[ 1., -1.,  1.],
           [ 1.,  1.,  1.]])
    """
    found = np.ones((len(theta), count))
    for i in range(len(theta)):
        x = 2 * theta[i] - 1
        if count > 1:
            found[i, 1] = x
        for k in range(2, count):
            found[i, k] = ((2 * k - 1) * x * found[i, k - 1] - (k - 1) * found[i, k - 2]) / k
    return found


@compiled
def guess(K, kept, nodes, to_modes, clip):
    """Write into K the polynomial whose stage values are kept, at other nodes, clipped at so many times its values.

    Nodes are in units of the step that was kept: between 0 and 1 within it, above 1 behind its end.
    """
    s = len(nodes)
    there = np.dot(legendre(nodes, s), to_modes)
    for z in range(len(K)):
        limit = 0.0
        for j in range(s):
            limit = max(limit, abs(kept[z, j]))
        limit *= clip
        for i in range(s):
            value = 0.0
            for j in range(s):
                value += there[i, j] * kept[z, j]
            K[z, i] = min(max(value, -limit), limit)
        for i in range(s, K.shape[1]):
            K[z, i] = 0.0


@compiled
def sizes(K, to_modes, allowed):
    """The root mean squares of the Legendre coefficients of the velocity, in units of what each weight is allowed."""
    s = len(to_modes)
    found = np.zeros(s)
    for z in range(len(K)):
        for k in range(s):
            coefficient = 0.0
            for i in range(s):
                coefficient += to_modes[k, i] * K[z, i]
            found[k] += (coefficient / allowed[z]) ** 2
    return np.sqrt(found / len(K))


@compiled
def combined(K, weights):
    """The sum of the stages with the given weights."""
    found = np.zeros(len(K))
    for z in range(len(K)):
        for i in range(len(weights)):
            found[z] += weights[i] * K[z, i]
    return found
