"""Orthogonal bases of the layers in which a network is as diagonal as it can be made.

The flow does not see an orthogonal change of basis of a hidden layer, and one of input and output only turns ``Sigma``
with the network. Near a critical point, or for a small or balanced start, there are bases in which the layers, their
product and the residual are all diagonal up to something small; in these the Jacobian falls apart (``model``).

A frame is one vector: the bases ``U_0 ... U_h``, each ``(d_i, d_i)`` and orthogonal, row by row, one after the other.
What is done in every step is compiled: for small networks a step costs no more than a dozen calls of NumPy.
"""

from collections.abc import Sequence

import numpy as np

from blockshift.compiled import compiled
from blockshift.flow.stepping import states

#: The bases of input and output are the singular vectors of ``Sigma`` plus this multiple of the product: of Sigma where
#: little is learnt or the learnt part agrees with it, of the product where Sigma has equal singular values and
#: leaves a choice. Not a simple fraction, so that two different singular values do not become equal by accident.
SHARE = 0.7368062997280774


def frame(state: np.ndarray, widths: Sequence[int], Sigma: np.ndarray) -> np.ndarray:
    """Bases in which the network and its residual are nearly diagonal, where there are such.

    Modes are ordered by their share in the product, the largest first: each hidden basis then comes from the one
    before by orthogonalisation, and a mode that is still small cannot spoil one that is learnt.

    Parameters
    ----------
    state : ndarray, shape (N,)
    widths : sequence of int, length h + 1
    Sigma : ndarray, shape (d_h, d_0)

    Examples
    --------
    >>> quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    >>> state = states.pack([quarter @ np.diag([2.0, 1.0]), np.diag([2.0, 1.0]) @ quarter.T])
    >>> widths = np.array([2, 2, 2])
    >>> np.abs(turned(state, frame(state, widths, np.diag([5.0, 3.0])), widths)).round(12) + 0.0
    array([2., 0., 0., 1., 2., 0., 0., 1.])
    """
    product = states.product(state, widths)
    left, _, right = np.linalg.svd(Sigma + SHARE * product)
    common = min(Sigma.shape)
    share = np.abs(((left[:, :common].T @ product) * right[:common]).sum(axis=1))
    order = np.argsort(-share, kind="stable")
    bases = [np.concatenate([right[order], right[common:]]).T]
    for W in states.layers(state, widths)[:-1]:
        bases.append(np.linalg.qr(W @ bases[-1], mode="complete")[0])
    bases.append(np.concatenate([left[:, order], left[:, common:]], axis=1))
    return np.concatenate([U.ravel() for U in bases])


@compiled
def turned(state, bases, widths):
    """The state in the bases of a frame: ``U_i^T W_i U_{i-1}``."""
    return _changed(state, bases, widths, True)


@compiled
def back(state, bases, widths):
    """The state in the bases of the network, from one in those of a frame: ``U_i W_i U_{i-1}^T``."""
    return _changed(state, bases, widths, False)


def target(Sigma: np.ndarray, bases: np.ndarray) -> np.ndarray:
    """``U_h^T Sigma U_0``, the data in the bases of a frame."""
    d, c = Sigma.shape
    first, last = bases[: c * c].reshape(c, c), bases[len(bases) - d * d :].reshape(d, d)
    return np.ascontiguousarray(last.T @ Sigma @ first)


def between(new: np.ndarray, old: np.ndarray, widths: Sequence[int]) -> np.ndarray:
    """The frame in which what is given in the old frame becomes what it is in the new one."""
    change, at = [], 0
    for d in widths:
        U, V = (bases[at : at + d * d].reshape(d, d) for bases in (new, old))
        change.append((V.T @ U).ravel())
        at += d * d
    return np.concatenate(change)


@compiled
def _changed(state, bases, widths, forward):
    result = np.empty_like(state)
    begin, at = 0, 0
    for i in range(len(widths) - 1):
        c, d = widths[i], widths[i + 1]
        stop, middle = begin + c * d, at + c * c
        U, V = bases[at:middle].reshape(c, c), bases[middle : middle + d * d].reshape(d, d)
        W = state[begin:stop].reshape(d, c)
        if forward:
            result[begin:stop] = np.dot(np.dot(V.T, W), U).ravel()
        else:
            result[begin:stop] = np.dot(np.dot(V, W), U.T).ravel()
        begin, at = stop, middle
    return result
