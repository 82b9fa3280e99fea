"""Machine code for loops that no array operation expresses, kept on disk where there is a place to keep it.

Numba compiles a function when it is first called and can keep the result beside the source, in ``NUMBA_CACHE_DIR`` or
in the user's cache folder. Where none of these can be written it refuses to work at all; here it then compiles anew in
every process instead.
"""

from collections.abc import Callable
from typing import Any

import numba
from numba.core.options import DefaultOptions


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


#: Numba counts the references to every array that a function touches, by two atomic additions each, which for loops of
#: a microsecond is a third of the time. A function that makes no array can do without. The option is Numba's own, not
#: part of what it promises: where a version lacks it, nothing is lost but time.
LEAN: Any = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}

#: The same, for pieces of a loop that LLVM is told to put into the place where they are called.
INLINE: Any = LEAN | {"forceinline": True}


def lean(function: Callable) -> Callable:
    """The function as machine code that counts no references: for loops that make no array, called from such that do.

    Examples
    --------
    >>> @lean
    ... def parity(n):
    ...     return n % 2
    >>> parity(7)
    1
    """
    try:
        return numba.njit(function, cache=True, **LEAN)
    except RuntimeError:
        return numba.njit(function, **LEAN)


def was_interrupted(problem: BaseException | None) -> bool:
    """Whether an exception is an interruption from the keyboard, or came from one.

    An interruption that arrives while compiled code is loaded or run reaches the caller as a SystemError.
    """
    while problem is not None:
        if isinstance(problem, KeyboardInterrupt):
            return True
        problem = problem.__cause__ or problem.__context__
    return False
