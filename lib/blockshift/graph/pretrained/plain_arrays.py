"""Arrays out of a pickle, and nothing else.

A pickle is a program. This reader lets it name three things, which are what it takes to put a NumPy array together, and
refuses every other name before anything is called. Of the three, the function that begins an array is our own, and the
class of arrays is a token that cannot be called; so that a file can make arrays of numbers, and nothing else.
"""

import io
import pickle
from typing import Any, NoReturn

import numpy as np

from blockshift import errors

#: Stands for ``numpy.ndarray`` while a pickle is read.
_NDARRAY = "an array"


def _begun(kind: Any, shape: Any, code: Any) -> np.ndarray:
    """The empty array that a pickled array begins as, before its state is set."""
    if kind is not _NDARRAY or shape != (0,):
        raise errors.UnsafeFile(f"the pickle begins {kind!r} of shape {shape!r} as an array; expected an empty one.")
    return np.ndarray(0, dtype=np.int8)


#: What a pickle may name. NumPy 1 and 2 have the first in different places.
ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _begun,
    ("numpy._core.multiarray", "_reconstruct"): _begun,
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): np.dtype,
}


class _ArraysOnly(pickle.Unpickler):
    """An unpickler for which the world consists of arrays."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise errors.UnsafeFile(
                f"the pickle asks for {module}.{name}, which is no part of an array; it was not read. "
                f"Expected arrays only: save the weights as safetensors or ONNX."
            )
        return ALLOWED[module, name]

    def persistent_load(self, pid: Any) -> NoReturn:
        raise errors.UnsafeFile(f"the pickle refers to something outside of itself ({pid!r}); expected arrays only.")


def load(content: bytes) -> Any:
    """The lists, dictionaries, numbers, words and arrays of numbers in a pickle.

    Raises
    ------
    UnsafeFile
        If it names anything that is not needed to put an array together, or holds an array of objects.
    BadArgument
        If it is no pickle.

    Examples
    --------
    >>> load(pickle.dumps({"kernel": [1, 2.5]}))
    {'kernel': [1, 2.5]}
    """
    try:
        found = _ArraysOnly(io.BytesIO(content)).load()
    except errors.BlockshiftError:
        raise
    except Exception as problem:  # a broken pickle may fail in as many ways as it has instructions
        raise errors.BadArgument(
            f"the file is no pickle of arrays ({type(problem).__name__}); expected lists and dictionaries of arrays."
        ) from None
    _numbers_only(found)
    return found


def _numbers_only(found: Any) -> None:
    """Refuses arrays that hold objects in place of numbers."""
    if isinstance(found, np.ndarray) and found.dtype.hasobject:
        raise errors.UnsafeFile("the pickle holds an array of objects; expected arrays of numbers.")
    for part in found.values() if isinstance(found, dict) else found if isinstance(found, list | tuple) else ():
        _numbers_only(part)
