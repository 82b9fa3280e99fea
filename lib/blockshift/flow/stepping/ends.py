"""How long a step is that must not pass an end, and when it is too short to be one."""

#: A step this much smaller than the time reached cannot be told from none.
LEAST = 16 * 2.0**-53

#: What would be left of the way to the end after a step is taken with it, if it is less than this share.
SLIVER = 1e-10


def length(wanted: float, t: float, bound: float) -> float:
    """The step to take from `t`: as long as wanted, but onto the bound where that is nearer or as good as reached.

    Examples
    --------
    >>> length(0.3, 0.5, 1.0), length(0.7, 0.5, 1.0), length(0.5 - 1e-16, 0.5, 1.0)
    (0.3, 0.5, 0.5)
    """
    left = bound - t
    return left if wanted >= (1 - SLIVER) * left else wanted


def too_short(dt: float, t: float, bound: float) -> str | None:
    """The complaint about a step that cannot be told from none, or that is not a number; None if it can.

    Examples
    --------
    >>> too_short(1e-3, 0.0, 1.0), too_short(1e-20, 0.0, 1.0)
    (None, 'the step would have to be 1.0e-20')
    """
    return None if dt >= LEAST * max(abs(t), abs(bound)) else f"the step would have to be {dt:.1e}"
