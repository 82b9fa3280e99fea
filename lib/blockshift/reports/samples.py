"""The inputs at which a network is looked at: pictures of the catalogue, one's own, or noise that is called so."""

import os
import zipfile
from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.graph.pretrained import pictures
from blockshift.graph.pretrained.trained import Model

#: Samples at most: enough for pairs, and for ten of each of ten classes.
MOST = 200
#: How many random inputs stand in where nothing better is there.
RANDOM = 50
#: What the inputs are.
CATALOGUE, OWN, NOISE = "catalogue", "own", "random"


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs of a network.

    Parameters
    ----------
    inputs : ndarray of float32, shape (m, c, H, W)
        Preprocessed.
    labels : ndarray of int, shape (m,), or None
    names : tuple of str
    kind : {"catalogue", "own", "random"}
    said : str
        What they are, in a sentence's part.
    """

    inputs: np.ndarray
    labels: np.ndarray | None
    names: tuple[str, ...]
    kind: str
    said: str

    def __len__(self) -> int:
        return len(self.inputs)


def samples(model: Model, path: str | None = None, *, seed: int) -> Samples:
    """The inputs at which a network is looked at.

    Parameters
    ----------
    model : Model
    path : path, optional
        One's own: ``.npy``, an array of preprocessed inputs, or ``.npz`` with the array ``inputs`` and perhaps
        ``labels``. If left out, the pictures that go with a network of the catalogue, and random numbers where there
        are none.
    seed : int
        Of the random numbers.

    Raises
    ------
    BadArgument, ShapeMismatch, NotFinite
        If the file is not such a file, or does not fit the network.
    """
    if path is not None:
        return _own(model, path)
    why = "nobody told this page how the network wants its pictures"
    if model.preprocessing is not None:
        try:
            found = pictures.pictures(model)
        except errors.NotInstalled as problem:
            why = str(problem).partition(";")[0]
        else:
            count = min(MOST, len(found))
            labels = None if found.labels is None else found.labels[:count]
            said = f"{count} pictures of the collection {found.collection}"
            return Samples(found.inputs[:count], labels, found.names[:count], CATALOGUE, said)
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((RANDOM, *model.input_shape)).astype(np.float32)
    names = tuple(f"random input {k + 1}" for k in range(RANDOM))
    said = f"{RANDOM} random inputs, standard normal numbers with seed {seed}, no pictures at all ({why})"
    return Samples(inputs, None, names, NOISE, said)


def _own(model: Model, path: str) -> Samples:
    """The inputs of a file."""
    expected = (
        f"a .npy file with inputs of shape (m, {', '.join(map(str, model.input_shape))}), or an .npz file that holds "
        f"them as 'inputs', perhaps with 'labels'"
    )
    try:
        read = np.load(path, allow_pickle=False)
        arrays = {"inputs": read} if isinstance(read, np.ndarray) else {name: read[name] for name in read.files}
    except OSError as problem:
        raise errors.BadArgument(
            f"cannot open the inputs in {path} ({problem.strerror or 'not readable'}); expected {expected}."
        ) from None
    except (ValueError, EOFError, AttributeError, zipfile.BadZipFile):
        # NumPy recommends to unpickle here, which is what no file of inputs must make us do.
        raise errors.BadArgument(f"{path} is no file of plain arrays; expected {expected}.") from None
    inputs, labels = arrays.get("inputs"), arrays.get("labels")
    if inputs is None or inputs.dtype.kind not in "fiu" or inputs.ndim < 2 or not len(inputs):
        raise errors.BadArgument(f"{path} holds no inputs; expected {expected}.")
    if inputs[0].size != int(np.prod(model.input_shape)):
        raise errors.ShapeMismatch(f"{path} holds inputs of shape {inputs.shape}; expected {expected}.")
    if not np.isfinite(inputs).all():
        raise errors.NotFinite(f"{path} holds inputs that are NaN or infinite; every number must be finite.")
    if labels is not None and (labels.shape != (len(inputs),) or labels.dtype.kind not in "iu"):
        raise errors.ShapeMismatch(f"{path} holds labels of shape {labels.shape}; expected one integer for each input.")
    count, name = min(MOST, len(inputs)), os.path.basename(path)
    inputs = inputs[:count].reshape(count, *model.input_shape).astype(np.float32)
    kept = None if labels is None else labels[:count].astype(np.int64)
    said = f"{count} inputs of {name}"
    return Samples(inputs, kept, tuple(f"{name}, row {k}" for k in range(count)), OWN, said)
