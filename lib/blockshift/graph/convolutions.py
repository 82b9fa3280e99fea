"""A convolution as one matrix, for sizes at which a matrix can be looked at.

A layer of a convolutional network slides a kernel over an image with several channels. It is linear, so it is a matrix:
from all pixels of all channels to all pixels of all channels. That matrix is *multibanded*: for each pair of channels
and each place in the kernel one band of equal entries, so it is a block of the adjacency matrix like any other, with
the same number again and again (claim P2-C10).

Images have shape ``(channels, height, width)``, kernels ``(channels out, channels in, height, width)``; the kernel is
not mirrored, as in every library of neural networks. No stride, zeros around the image.
"""

import numpy as np

from blockshift import errors


def toeplitz(kernel, height: int, width: int, padding: int = 0) -> np.ndarray:
    """The matrix of a convolution, shape ``(c_out * H * W, c_in * height * width)``.

    ``H = height + 2 padding - k_1 + 1`` and ``W`` likewise; pixels are counted channel by channel, row by row.

    Parameters
    ----------
    kernel : array_like, shape (c_out, c_in, k_1, k_2)
    height, width : int
        Of the image.
    padding : int
        Rows and columns of zeros on each side.

    Raises
    ------
    ShapeMismatch
        If the kernel has another number of axes, or is larger than the padded image.

    Source: [wendin2025frustration], adjacency matrix; claim P2-C10.

    Examples
    --------
    >>> toeplitz([[[[5, 7]]]], height=1, width=4)
    array([[5, 7, 0, 0],
           [0, 5, 7, 0],
           [0, 0, 5, 7]])
    """
    K = _checked(kernel, height, width, padding)
    out, into, k1, k2 = K.shape
    rows = [_shift(height, k1, a, padding) for a in range(k1)]
    columns = [_shift(width, k2, b, padding) for b in range(k2)]
    bands = np.array([[np.kron(down, across) for across in columns] for down in rows])
    blocks = np.tensordot(K, bands, axes=2)  # out, in, pixels out, pixels in
    return blocks.transpose(0, 2, 1, 3).reshape(out * bands.shape[2], into * bands.shape[3])


def convolved(kernel, image, padding: int = 0) -> np.ndarray:
    """The image after the convolution, shape ``(c_out, H, W)``, by sliding the kernel over it.

    Parameters
    ----------
    kernel : array_like, shape (c_out, c_in, k_1, k_2)
    image : array_like, shape (c_in, height, width)
    padding : int

    Raises
    ------
    ShapeMismatch
        As for `toeplitz`, or if image and kernel differ in channels.

    Examples
    --------
    >>> convolved([[[[5, 7]]]], [[[1, 0, 2, 1]]])
    array([[[ 5, 14, 17]]])
    """
    image = np.asarray(image)
    if image.ndim != 3:
        raise errors.ShapeMismatch(f"the image has shape {image.shape}; expected (channels, height, width).")
    K = _checked(kernel, image.shape[1], image.shape[2], padding)
    if K.shape[1] != len(image):
        raise errors.ShapeMismatch(f"the kernel reads {K.shape[1]} channels, but the image has {len(image)}.")
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, K.shape[2:], axis=(1, 2))
    return np.einsum("ocab,chwab->ohw", K, windows)


def _checked(kernel, height: int, width: int, padding: int) -> np.ndarray:
    """The kernel as an array, if it fits over the padded image."""
    K = np.asarray(kernel)
    if K.ndim != 4:
        raise errors.ShapeMismatch(f"the kernel has shape {K.shape}; expected (channels out, channels in, k_1, k_2).")
    if padding < 0 or K.shape[2] > height + 2 * padding or K.shape[3] > width + 2 * padding:
        raise errors.ShapeMismatch(
            f"a kernel of {K.shape[2]} × {K.shape[3]} does not fit over {height} × {width} pixels with padding "
            f"{padding}; make the image or the padding larger."
        )
    return K


def _shift(size: int, k: int, offset: int, padding: int) -> np.ndarray:
    """The matrix that reads entry ``i + offset - padding`` of a line, zero beyond its ends."""
    return np.eye(size + 2 * padding - k + 1, size, offset - padding, dtype=int)
