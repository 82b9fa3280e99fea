"""From a picture to what a network takes in: the middle of it, resized, its channels in order, centred and scaled."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from blockshift import errors


@dataclass(frozen=True)
class Preprocessing:
    """What a network expects of its pictures, ``(pixel - mean) / scale`` in the order of its channels.

    Parameters
    ----------
    channels : {"RGB", "BGR", "grey"}
    mean, scale : tuple of float
        One number for each channel, for pixels from 0 to 255.
    part : float
        Side of the square in the middle that is looked at, in sides of the picture.

    Examples
    --------
    >>> white = np.full((2, 2, 3), 255, dtype=np.uint8)
    >>> Preprocessing("RGB", (127.0, 127.0, 127.0), (128.0, 128.0, 128.0)).of(white, 1).tolist()
    [[[1.0]], [[1.0]], [[1.0]]]
    """

    channels: str
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    part: float = 1.0

    def of(self, pixels: np.ndarray, size: int) -> np.ndarray:
        """One picture as input, shape ``(c, size, size)``, float32.

        Parameters
        ----------
        pixels : ndarray of uint8, shape (H, W, 3) or (H, W)
            Red, green, blue, or grey.
        size : int

        Raises
        ------
        ShapeMismatch
            If it is no picture.
        """
        from PIL import Image

        pixels = np.asarray(pixels)
        if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)):
            raise errors.ShapeMismatch(
                f"a picture of shape {pixels.shape} and type {pixels.dtype} was given; "
                f"expected (H, W, 3) or (H, W) of uint8, from 0 to 255."
            )
        image = Image.fromarray(pixels).convert("L" if self.channels == "grey" else "RGB")
        side = self.part * min(image.size)
        left, top = (image.width - side) / 2, (image.height - side) / 2
        if (side, side) != (size, size):
            image = image.resize((size, size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
        elif image.size != (size, size):
            image = image.crop((round(left), round(top), round(left) + size, round(top) + size))
        planes = np.atleast_3d(np.asarray(image, dtype=np.float32))
        if self.channels == "BGR":
            planes = planes[:, :, ::-1]
        centred = (planes - np.array(self.mean, dtype=np.float32)) / np.array(self.scale, dtype=np.float32)
        return np.ascontiguousarray(centred.transpose(2, 0, 1))

    def as_json(self) -> dict[str, Any]:
        """The same in plain values."""
        return {"channels": self.channels, "mean": list(self.mean), "scale": list(self.scale), "part": self.part}


#: How much of a picture the published accuracies look at.
MIDDLE = 0.875
#: As SqueezeNet's first home, Caffe, has it: blue, green, red, minus the mean of ImageNet.
CAFFE = Preprocessing("BGR", (103.939, 116.779, 123.68), (1.0, 1.0, 1.0), MIDDLE)
#: The edge detector's own means.
EDGES = Preprocessing("BGR", (104.007, 116.669, 122.679), (1.0, 1.0, 1.0), MIDDLE)
#: TensorFlow's: about -1 to 1.
SIGNED = Preprocessing("RGB", (127.0,) * 3, (128.0,) * 3, MIDDLE)
#: torchvision's: (pixel / 255 - mean) / deviation.
TORCHVISION = Preprocessing(
    "RGB", (0.485 * 255, 0.456 * 255, 0.406 * 255), (0.229 * 255, 0.224 * 255, 0.225 * 255), MIDDLE
)  # fmt: skip
#: torchvision's GoogLeNet, whose weights came from elsewhere.
HALVES = Preprocessing("RGB", (127.5,) * 3, (127.5,) * 3, MIDDLE)
#: Pixels as they are.
PLAIN = Preprocessing("RGB", (0.0,) * 3, (1.0,) * 3)
#: Grey from 0 to 1.
UNIT = Preprocessing("grey", (0.0,), (255.0,))
