"""Balanced modes of any depth: the product of a chain of equal weights, in closed form and backwards.

With all factors equal, ``ds/dt = h s^(2 - 2/h) (sigma - s)`` (claim P1-C23): the logistic for ``h = 2``, and for every
``h`` logarithms and one power, from the roots of unity. The time as a function of ``s`` is explicit; ``s`` as a
function of time is found from it by Newton's method.
"""

import numpy as np

from blockshift import errors

#: Newton's method on a concave function needs far fewer steps than this; each is a handful of multiplications.
NEWTON = 60

#: Terms of a series in a number below 1/2.
TERMS = 56

#: Beyond this ``log(s / |sigma - s|)`` the distance to sigma is below rounding, and its logarithm is asymptotic.
FAR = 36.0


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
    t, sigma, s0 = times(t), size("sigma", sigma), size("s0", s0)
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
    sigma, s0, depth = positive("sigma", sigma), positive("s0", s0), layers(depth)
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
    t, sigma, s0, depth = times(t), positive("sigma", sigma), positive("s0", s0), layers(depth)
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
        place = place + step
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
    sigma, s0, depth = positive("sigma", sigma), positive("s0", s0), layers(depth)
    if depth == 1:
        raise errors.BadArgument("one layer has no plateau to escape from; the depth must be at least 2.")
    if depth == 2:
        return float(np.log(sigma / s0) / (2 * sigma))
    return float(s0 ** (2 / depth - 1) / ((depth - 2) * sigma))


def _primitive(place, sigma: float, depth: int, beyond: bool):
    """Time up to a constant, as a function of ``log(s / |sigma - s|)``."""
    if depth == 2:
        return place / (2 * sigma)
    # log z, and the logarithm of its distance from 1, which far out is that of e^-place / h.
    near = np.minimum(place, FAR)
    log_z = (-np.log(-np.expm1(-near)) if beyond else -np.log1p(np.exp(-near))) / depth
    gap = np.where(place > FAR, -place - np.log(depth), np.log(np.abs(np.expm1(log_z))))
    if depth == 1:
        return -gap
    z = np.exp(log_z)
    total = -np.exp((2 - depth) * log_z) / (depth - 2)
    for k in range(depth):
        w = np.exp(2j * np.pi * k / depth)
        # Beyond sigma in 1 / z: the two differ by a constant, and this one tends to 0 far out.
        distance = gap - log_z * beyond if k == 0 else np.log(1 - (w / z if beyond else z * w.conjugate()))
        total = total - (w**2 * distance).real / depth
    if beyond:
        # Where z is large the sum cancels down to its second power; from there on it is a quick series.
        q = np.exp(-depth * log_z)
        tail = sum(q**k / (k * depth - 2) for k in range(2, TERMS)) * z * z
        total = np.where(q < 0.5, tail, total)
    return sigma ** (2 / depth - 2) * total


def _logit(s, sigma: float):
    """``log(s / |sigma - s|)``."""
    return np.where(s > sigma, np.log1p(sigma / np.abs(sigma - s)), np.log(s / np.abs(sigma - s)))


def _product(place, sigma: float, beyond: bool):
    """The product again."""
    return sigma / -np.expm1(-place) if beyond else sigma / (1 + np.exp(-place))


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


def times(t) -> np.ndarray:
    """Times from 0 up, as an array."""
    t = np.asarray(t, dtype=float)
    if not (np.isfinite(t) & (t >= 0)).all():
        raise errors.BadArgument(f"the times are {np.array2string(t)}; expected finite numbers from 0 up.")
    return t


def size(name: str, value) -> float:
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
    if size(name, value) == 0:
        raise errors.BadArgument(f"{name} is 0; expected a number above 0, or nothing moves here.")
    return float(value)


def layers(depth) -> int:
    """A number of layers."""
    if not (isinstance(depth, (int, np.integer)) and depth >= 1):
        raise errors.BadArgument(f"the depth is {depth!r}; expected an integer from 1 up.")
    return int(depth)
