"""Closed forms for one mode: how the product ``s`` of a chain of scalar weights grows to its singular value.

An aligned start makes of a network a handful of chains ``u_1, ..., u_h``, one for each singular value ``sigma``,
that move by ``du_j/dt = (sigma - s) s / u_j`` with ``s = u_1 ... u_h`` (claim P1-C21). The differences of the
squares stay, so one number is left, and time is an integral over it:

    ds/dt = (sigma - s) sum_j s^2 / u_j^2.

Balanced chains of any depth are solved in `balanced_modes`. Two layers out of balance by ``c = u_1^2 - u_2^2`` have
``ds/dt = sqrt(c^2 + 4 s^2) (sigma - s)`` (claim P1-C24); in ``p = (u_1 + u_2)^2`` that is a Riccati equation, solved
here (claim O-S2). Other chains take one quadrature, in `chain_times`.
"""

import numpy as np

from blockshift import errors
from blockshift.flow import balanced_modes
from blockshift.flow.balanced_modes import balanced_mode, balanced_time, escape_time, logistic

__all__ = ["balanced_mode", "balanced_time", "escape_time", "logistic", "two_layer_mode", "two_layer_time"]


def two_layer_mode(t, sigma: float, first: float, second: float):
    """The product of a two-layer mode at time `t` from any two weights, balanced or not.

    ``p = (u_1 + u_2)^2`` obeys ``dp/dt = 2 sigma p - (p^2 - c^2) / 2`` with ``c = u_1^2 - u_2^2``. So with
    ``w = sqrt(4 sigma^2 + c^2)`` and ``T = tanh(w t / 2)``

        p(t) = (w p_0 + (2 sigma p_0 + c^2) T) / (w + (p_0 - 2 sigma) T),    s = (p - c^2 / p) / 4.

    Parameters
    ----------
    t : array_like
    sigma : float
        Not negative.
    first, second : float
        ``u_1`` and ``u_2`` at time 0.

    Returns
    -------
    ndarray, of the shape of `t`

    Raises
    ------
    BadArgument
        If a number is out of range.

    Source: ours, for the law of [tarmoun2021understanding]; claims P1-C24, O-S2.

    Examples
    --------
    >>> two_layer_mode([0, 1, 20], 2, 3, 0).round(6)
    array([0.      , 1.999879, 2.      ])
    """
    t, sigma = balanced_modes.times(t), balanced_modes.size("sigma", sigma)
    c = _imbalance(first, second)
    if c == 0 and first * second <= 0:  # on the line u_1 = -u_2: into the origin, never across
        a = abs(first * second)
        if sigma == 0:
            return -balanced_modes.logistic(t, 0.0, a)
        return -sigma * a * np.exp(-2 * sigma * t) / (sigma - a * np.expm1(-2 * sigma * t))
    if c == 0:
        return balanced_modes.logistic(t, sigma, first * second)
    w = np.hypot(2 * sigma, c)
    T, left = np.tanh(w * t / 2), np.exp(-w * t)
    # From a positive product on, every summand below is positive: p is exact to rounding, and so is p - |c|.
    more, less = (first + second) ** 2, 2 * min(abs(first), abs(second)) * abs(first + second)
    less = less if first * second >= 0 else more - abs(c)
    below = more * T + c * c / (w + 2 * sigma) + 4 * sigma * left / (1 + left)
    p = (w * more + (2 * sigma * more + c * c) * T) / below
    over = ((w - abs(c) * T) * less + 2 * sigma * T * (more + abs(c))) / below
    return over * (p + abs(c)) / (4 * p)


def two_layer_time(s, sigma: float, first: float, second: float):
    """The time at which a two-layer mode has come from ``first * second`` to `s`; `two_layer_mode` inverted.

    Source: ours; claim O-S2.

    Examples
    --------
    >>> two_layer_time(1.5, 3, 1e-3 ** 0.5, 1e-3 ** 0.5).round(12).item()
    1.334339029792
    """
    sigma, s0, c = balanced_modes.positive("sigma", sigma), float(first) * float(second), _imbalance(first, second)
    if c == 0:
        if s0 == 0:
            raise errors.BadArgument("both weights are 0: the mode is at rest and comes by nothing; start elsewhere.")
        if s0 > 0:
            return balanced_modes.balanced_time(s, sigma, s0, 2)
        s = balanced_modes.between(s, s0, 0.0)
        return np.log(s0 * (sigma - s) / (s * (sigma - s0))) / (2 * sigma)
    s = balanced_modes.between(s, s0, sigma)
    w = np.hypot(2 * sigma, c)

    def p(x):
        root = np.hypot(2 * x, c)
        return np.where(x > 0, 2 * x + root, c * c / np.where(x > 0, 1.0, root - 2 * x))

    def lacking(x):  # p(sigma) - p(x)
        return (sigma - x) * (2 + 4 * (sigma + x) / (w + np.hypot(2 * x, c)))

    low = c * c / (w + 2 * sigma)
    with np.errstate(divide="ignore"):
        start = np.asarray(s0)
        ratio = (p(s) + low) / (p(start) + low) * (lacking(start) / lacking(s)) if s0 != sigma else np.ones(s.shape)
        return np.log(ratio) / w


def _imbalance(first, second) -> float:
    """``u_1^2 - u_2^2``, factored so that nothing cancels."""
    if not np.isfinite([first, second]).all():
        raise errors.BadArgument(f"the weights are {first} and {second}; both must be finite.")
    return (float(first) - float(second)) * (float(first) + float(second))
