"""Gradient flow integrated forwards and backwards, straight from its definition, for the tests of this folder."""

import numpy as np
from scipy.integrate import solve_ivp


def run(layers, sigma, t_end, rtol=1e-10):
    """The layers after a time, which may be negative; the product rule written out."""
    shapes = [W.shape for W in layers]
    cuts = np.cumsum([W.size for W in layers])[:-1]
    direction = np.sign(t_end)

    def unpacked(state):
        return [part.reshape(shape) for part, shape in zip(np.split(state, cuts), shapes, strict=True)]

    def right_side(_, state):
        W = unpacked(state)
        velocities = []
        for j in range(len(W)):
            before, after = np.eye(W[0].shape[1]), np.eye(W[-1].shape[0])
            for X in W[:j]:
                before = X @ before
            for X in reversed(W[j + 1 :]):
                after = after @ X
            velocities.append(after.T @ (sigma - after @ W[j] @ before) @ before.T)
        return direction * np.concatenate([V.ravel() for V in velocities])

    start = np.concatenate([np.asarray(W, dtype=float).ravel() for W in layers])
    found = solve_ivp(right_side, (0, abs(t_end)), start, rtol=rtol, atol=1e-13, method="DOP853")
    assert found.success, found.message
    return unpacked(found.y[:, -1])
