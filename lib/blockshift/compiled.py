"""Machine code for loops that no array operation expresses, kept on disk where there is a place to keep it.

Numba compiles a function when it is first called and can keep the result beside the source, in ``NUMBA_CACHE_DIR`` or
in the user's cache folder. Where none of these can be written it refuses to work at all; here it then compiles anew in
every process instead.
"""

from collections.abc import Callable

import numba


def compiled(function: Callable) -> Callable:
    """The function as machine code, compiled at its first call.

    Parameters
    ----------
    function : callable
        Numbers and arrays in, numbers and arrays out: what Numba calls its "nopython" mode.

    Examples
    --------
    >>> @compiled
    ... def triangle(n):
    ...     total = 0
    ...     for k in range(n + 1):
    ...         total += k
    ...     return total
    >>> triangle(4)
    10
    """
    try:
        return numba.njit(function, cache=True)
    except RuntimeError:
        return numba.njit(function)


def was_interrupted(problem: BaseException | None) -> bool:
    """Whether an exception is an interruption from the keyboard, or came from one.

    An interruption that arrives while compiled code is loaded or run reaches the caller as a SystemError.
    """
    while problem is not None:
        if isinstance(problem, KeyboardInterrupt):
            return True
        problem = problem.__cause__ or problem.__context__
    return False
