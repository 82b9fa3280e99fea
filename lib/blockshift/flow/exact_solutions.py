"""Closed forms for one mode: how the product ``s`` of a chain of scalar weights grows to its singular value.

An aligned start makes of a network a handful of chains ``u_1, ..., u_h``, one for each singular value ``sigma``,
that move by ``du_j/dt = (sigma - s) s / u_j`` with ``s = u_1 ... u_h`` (claim P1-C21). The differences of the
squares stay, so one number is left, and time is an integral over it:

    ds/dt = (sigma - s) sum_j s^2 / u_j^2.

Balanced chains, with all ``u_j`` equal, have ``ds/dt = h s^(2 - 2/h) (sigma - s)`` (claim P1-C23): the logistic for
``h = 2``, and for every ``h`` logarithms and one power. Two layers out of balance by ``c = u_1^2 - u_2^2`` have
``ds/dt = sqrt(c^2 + 4 s^2) (sigma - s)``; in ``p = (u_1 + u_2)^2`` that is a Riccati equation, solved below (claim
O-S2). Other chains take one quadrature, in `chain_times`.
"""

import numpy as np

from blockshift import errors

#: Newton's method on a concave function needs far fewer steps than this; each is a handful of multiplications.
NEWTON = 60


def logistic(t, sigma: float, s0: float):
    """The product of a balanced two-layer mode at time `t`: ``sigma / (1 + (sigma / s0 - 1) e^(-2 sigma t))``.

    Parameters
    ----------
    t : array_like
        Times from 0 up.
    sigma, s0 : float
        The singular value and the product at time 0, not negative.

    Returns
    -------
    ndarray, of the shape of `t`

    Raises
    ------
    BadArgument
        If a number is negative or not finite.

    Source: [saxe2014exact]; claim P1-C23.

    Examples
    --------
    >>> logistic([1, 50], 3, 1e-3).round(6)
    array([0.355712, 3.      ])
    """
    t, sigma, s0 = _times(t), _size("sigma", sigma), _size("s0", s0)
    if sigma == 0:
        return s0 / (1 + 2 * s0 * t)
    left = np.exp(-2 * sigma * t)
    # Both summands are positive, also for a start beyond sigma: nothing cancels.
    return sigma * s0 / (s0 * -np.expm1(-2 * sigma * t) + sigma * left) if s0 else 0.0 * t


def balanced_time(s, sigma: float, s0: float, depth: int):
    """The time at which a balanced mode of any depth has come from `s0` to `s`, in closed form.

    With ``z = (s / sigma)^(1/h)`` and the ``h``-th roots of unity ``w`` it is ``sigma^(2/h - 2)`` times the increase of
    ``-z^(2 - h) / (h - 2) - (1/h) sum_w w^2 log(1 - z / w)``; for ``h = 2`` the power gives way to ``log z``.

    Parameters
    ----------
    s : array_like
        Products on the way from `s0` to `sigma`; the time of `sigma` itself is infinite.
    sigma, s0 : float
        Positive.
    depth : int
        ``h``, from 1 up.

    Returns
    -------
    ndarray, of the shape of `s`

    Raises
    ------
    BadArgument
        If a mode that starts at `s0` does not come by `s`, or a number is out of range.

    Source: [saxe2014exact] for ``h = 2``; ours for the sum over roots; claim P1-C23.

    Examples
    --------
    >>> [balanced_time(0.5, 1, 1e-3, h).round(9).item() for h in (2, 3, 4)]
    [3.453377389, 9.144747307, 15.529151651]
    """
    sigma, s0, depth = positive("sigma", sigma), positive("s0", s0), _depth(depth)
    s, beyond = between(s, s0, sigma), s0 > sigma
    with np.errstate(divide="ignore", invalid="ignore"):  # at sigma itself
        begin, end = (_primitive(_logit(x, sigma), sigma, depth, beyond) for x in (np.asarray(s0), s))
        return np.where(s == s0, 0.0, end - begin)


def balanced_mode(t, sigma: float, s0: float, depth: int):
    """The product of a balanced mode of any depth at time `t`: `balanced_time` inverted.

    Newton's method in ``log(s / |sigma - s|)``, of which time is a concave or a convex function: it converges from
    where it starts without a bracket.

    Parameters
    ----------
    t : array_like
    sigma, s0 : float
        Positive.
    depth : int

    Returns
    -------
    ndarray, of the shape of `t`

    Raises
    ------
    BadArgument
        If a number is out of range.

    Source: claim P1-C23.

    Examples
    --------
    >>> balanced_mode([0, 9.1447473066, 100], 1, 1e-3, 3).round(9)
    array([0.001, 0.5  , 1.   ])
    """
    t, sigma, s0, depth = _times(t), positive("sigma", sigma), positive("s0", s0), _depth(depth)
    if depth == 2 or s0 == sigma:
        return logistic(t, sigma, s0)
    if depth == 1:
        return sigma + (s0 - sigma) * np.exp(-t)
    beyond = s0 > sigma
    begin = float(_logit(np.asarray(s0), sigma))
    target = t + _primitive(np.asarray(begin), sigma, depth, beyond)
    place, last = np.full(t.shape, begin), np.full(t.shape, np.inf)
    for _ in range(NEWTON):
        slope = _product(place, sigma, beyond) ** (2 / depth - 1) / (depth * sigma)
        step = (target - _primitive(place, sigma, depth, beyond)) / slope
        place = np.maximum(place + step, begin)
        # Convergence is quadratic until rounding; then steps stop shrinking.
        if (np.abs(step) <= 1e-15 * (1 + np.abs(place))).all() or (last <= np.abs(step)).all():
            break
        last = np.where(np.abs(step) < 0.1, np.abs(step), np.inf)
    return _product(place, sigma, beyond)


def escape_time(sigma: float, s0: float, depth: int) -> float:
    """When a balanced mode that starts small leaves its plateau: ``s0^(2/h - 1) / ((h - 2) sigma)`` for ``h > 2``.

    The leading term as `s0` tends to 0. For two layers it is ``log(sigma / s0) / (2 sigma)``, far shorter.

    Source: INFERRED for [wendin2026gradient]; claim P1-C23.

    Examples
    --------
    >>> round(escape_time(1, 1e-6, 3), 9), round(escape_time(1, 1e-6, 4), 9)
    (100.0, 500.0)
    """
    sigma, s0, depth = positive("sigma", sigma), positive("s0", s0), _depth(depth)
    if depth == 1:
        raise errors.BadArgument("one layer has no plateau to escape from; the depth must be at least 2.")
    if depth == 2:
        return float(np.log(sigma / s0) / (2 * sigma))
    return float(s0 ** (2 / depth - 1) / ((depth - 2) * sigma))


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
    t, sigma = _times(t), _size("sigma", sigma)
    c = _imbalance(first, second)
    if c == 0 and first * second <= 0:  # on the line u_1 = -u_2: into the origin, never across
        a = abs(first * second)
        if sigma == 0:
            return -logistic(t, 0.0, a)
        return -sigma * a * np.exp(-2 * sigma * t) / (sigma - a * np.expm1(-2 * sigma * t))
    if c == 0:
        return logistic(t, sigma, first * second)
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
    sigma, s0, c = positive("sigma", sigma), float(first) * float(second), _imbalance(first, second)
    if c == 0:
        if s0 == 0:
            raise errors.BadArgument("both weights are 0: the mode is at rest and comes by nothing; start elsewhere.")
        if s0 > 0:
            return balanced_time(s, sigma, s0, 2)
        s = between(s, s0, 0.0)
        return np.log(s0 * (sigma - s) / (s * (sigma - s0))) / (2 * sigma)
    s = between(s, s0, sigma)
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


def _primitive(place, sigma: float, depth: int, beyond: bool):
    """Time up to a constant, as a function of ``log(s / |sigma - s|)``."""
    if depth == 2:
        return place / (2 * sigma)
    side = np.log1p(-np.exp(-place)) if beyond else -np.logaddexp(0.0, -place)  # log(s / sigma), up to its sign
    log_z = (-side if beyond else side) / depth
    z = np.exp(log_z)
    if depth == 1:
        return -np.log(np.abs(np.expm1(log_z)))
    total = -np.exp((2 - depth) * log_z) / (depth - 2)
    for k in range(depth):
        w = np.exp(2j * np.pi * k / depth)
        distance = np.log(np.abs(np.expm1(log_z))) if k == 0 else np.log(1 - z * w.conjugate())
        total = total - (w**2 * distance).real / depth
    return sigma ** (2 / depth - 2) * total


def _logit(s, sigma: float):
    """``log(s / |sigma - s|)``."""
    return np.log(s) - np.log(np.abs(sigma - s))


def _product(place, sigma: float, beyond: bool):
    """The product again."""
    return sigma / -np.expm1(-place) if beyond else sigma / (1 + np.exp(-place))


def _imbalance(first, second) -> float:
    """``u_1^2 - u_2^2``, factored so that nothing cancels."""
    if not np.isfinite([first, second]).all():
        raise errors.BadArgument(f"the weights are {first} and {second}; both must be finite.")
    return (float(first) - float(second)) * (float(first) + float(second))


def between(s, begin: float, end: float) -> np.ndarray:
    """Products on the way from `begin` to `end`, as an array.

    Raises
    ------
    BadArgument
        If there are others among them.
    """
    s = np.asarray(s, dtype=float)
    low, high = sorted((begin, end))
    slack = 1e-14 * max(abs(low), abs(high))  # a product that was multiplied in another order is the same product
    if not ((s >= low - slack) & (s <= high + slack)).all():
        raise errors.BadArgument(
            f"the product starts at {begin:g} and tends to {end:g}; it does not come by {np.array2string(s)}. "
            f"Ask for values between."
        )
    return np.clip(s, low, high)


def _times(t) -> np.ndarray:
    """Times from 0 up, as an array."""
    t = np.asarray(t, dtype=float)
    if not (np.isfinite(t) & (t >= 0)).all():
        raise errors.BadArgument(f"the times are {np.array2string(t)}; expected finite numbers from 0 up.")
    return t


def _size(name: str, value) -> float:
    """A number from 0 up, as a float."""
    if not (np.isfinite(value) and value >= 0):
        raise errors.BadArgument(f"{name} is {value}; expected a finite number from 0 up.")
    return float(value)


def positive(name: str, value) -> float:
    """A number above 0, as a float.

    Raises
    ------
    BadArgument
        If it is not one.
    """
    if _size(name, value) == 0:
        raise errors.BadArgument(f"{name} is 0; expected a number above 0, or nothing moves here.")
    return float(value)


def _depth(depth) -> int:
    """A number of layers."""
    if not (isinstance(depth, (int, np.integer)) and depth >= 1):
        raise errors.BadArgument(f"the depth is {depth!r}; expected an integer from 1 up.")
    return int(depth)
