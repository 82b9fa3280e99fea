"""How the hidden basis turns while a two-layer network learns: the part of the weights that has no closed form.

``Q(t) = e^(F t) Q_0 N^(-1/2) O`` solves ``dQ/dt = F Q - 1/2 Q Q^T Q`` if ``O`` is orthogonal and ``dO/dt = T O``. In
the eigenvectors of ``N``, with eigenvalues ``l_i``, and with ``H`` the matrix of ``dN/dt`` there,

    T_ij = H_ij (sqrt(l_i) - sqrt(l_j)) / (2 sqrt(l_i l_j) (sqrt(l_i) + sqrt(l_j))).

It is the turn by which ``Q^T dQ/dt`` stays symmetric: parallel transport along the curve ``Q Q^T``. It vanishes where
``N`` commutes with its derivative. Here it is integrated by collocation at Gauss points, in steps whose Legendre
coefficients say that they are short enough.
"""

import numpy as np

from blockshift import errors

#: Gauss points of a step, and from values there to Legendre coefficients.
POINTS, WEIGHTS = np.polynomial.legendre.leggauss(14)
_DEGREES = np.arange(len(POINTS))
TO_COEFFICIENTS = (_DEGREES[:, None] + 0.5) * np.polynomial.legendre.legvander(POINTS, len(POINTS) - 1).T * WEIGHTS

#: The last Legendre coefficients of the turn over a step, which are the error: near rounding.
TAIL = 1e-13

#: |rates| times a step is at most this: N is then well enough conditioned for its eigenvectors.
LONGEST, SHORTEST = 3.0, 1e-9

#: Picard iterations of a step; a step turns by a fraction of a radian, so they converge fast.
PICARD = 60


def growth(rates, t):
    """``int_0^t e^(2 rates s) ds``, which is `t` where the rate is 0.

    Examples
    --------
    >>> growth(np.array([0.0, 0.5]), 1.0).round(6)
    array([1.      , 1.718282])
    """
    still = rates == 0
    return np.where(still, t, np.expm1(2 * rates * t) / np.where(still, 1.0, 2 * rates))


def lifted(G, rates, t) -> np.ndarray:
    """``Q`` at increasing times, shape ``(m, n, r)``, in the eigenvectors of ``F``, whose eigenvalues are `rates`.

    Parameters
    ----------
    G : ndarray, shape (n, r)
        ``Q`` at time 0.
    rates : ndarray, shape (n,)
    t : ndarray, shape (m,)

    Raises
    ------
    StepFailed
        If steps become too short.
    """
    found, now = [], 0.0
    fastest = float(np.abs(rates).max()) or 1.0
    tau, k = LONGEST / fastest, 0
    while k < len(t):
        tau = min(tau, LONGEST / fastest)
        slope, tail = _turned(G, rates, tau)
        while tail > TAIL:
            tau /= 2
            if tau * fastest < SHORTEST:
                raise errors.StepFailed(f"the turn of the hidden basis could not be resolved at t = {now:g}.")
            slope, tail = _turned(G, rates, tau)
        while k < len(t) and t[k] <= now + tau:
            found.append(_at(G, rates, slope, tau, t[k] - now))
            k += 1
        G, now = _at(G, rates, slope, tau, tau), now + tau
        if tail < 1e-3 * TAIL:
            tau *= 2
    return np.array(found).reshape(len(t), *G.shape)


def _spectrum(G, rates, t):
    """Eigenvalues and eigenvectors of ``N`` at times of shape ``(m, 1)``."""
    N = np.eye(G.shape[1]) + G.T @ (growth(rates, t)[:, :, None] * G)
    return np.linalg.eigh(N)


def _turned(G, rates, tau):
    """Legendre coefficients of ``dO/dt`` over a step, and the size of the last of them."""
    t = 0.5 * tau * (1 + POINTS)[:, None]
    values, E = _spectrum(G, rates, t)
    Y = np.exp(rates * t)[:, :, None] * (G @ E)
    root = np.sqrt(values)
    a, b = root[:, :, None], root[:, None, :]
    T = E @ ((Y.mT @ Y) * (a - b) / (2 * a * b * (a + b))) @ E.mT
    integral = 0.5 * tau * _integrals(POINTS) @ TO_COEFFICIENTS
    turn = np.broadcast_to(np.eye(G.shape[1]), T.shape)
    for _ in range(PICARD):
        before, slopes = turn, T @ turn
        turn = np.eye(G.shape[1]) + np.tensordot(integral, slopes, axes=1)
        if np.abs(turn - before).max(initial=0.0) < 1e-15:
            break
    else:
        return slopes, np.inf
    coefficients = np.tensordot(TO_COEFFICIENTS, T @ turn, axes=1)
    return coefficients, tau * float(np.abs(coefficients[-2:]).max(initial=0.0))


def _integrals(x) -> np.ndarray:
    """The integrals of the Legendre polynomials from -1 to `x`, shape ``(len(x), points)``."""
    P = np.polynomial.legendre.legvander(np.atleast_1d(x), len(POINTS))
    first = P[:, :1] + P[:, 1:2]
    return np.concatenate([first, (P[:, 2:] - P[:, :-2]) / (2 * _DEGREES[1:] + 1)], axis=1)


def _at(G, rates, slope, tau, after):
    """``Q`` a time `after` into a step."""
    turn = np.eye(G.shape[1]) + 0.5 * tau * np.tensordot(_integrals(2 * after / tau - 1)[0], slope, axes=1)
    values, E = _spectrum(G, rates, np.array([[after]]))
    root = (E[0] / np.sqrt(values[0])) @ E[0].T
    # What the collocation leaves of orthogonality is rounding; the polar factor takes it off, so that it cannot add up.
    X, _, Yt = np.linalg.svd(turn)
    return (np.exp(rates * after)[:, None] * G) @ root @ (X @ Yt)
