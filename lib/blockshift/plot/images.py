"""Images as pictures: a sheet of samples, and the directions among pixels along which a data set is learnt."""

import numpy as np

from blockshift import errors
from blockshift.flow.correlations import Correlations
from blockshift.graph.images import Images
from blockshift.plot import style

#: White around each image, in pixels.
GAP = 2


def contact_sheet(images: Images, count: int = 20, *, columns: int = 10, ax=None) -> style.Drawing:
    """Some of the images in rows, dark on white, the classes in turn.

    Parameters
    ----------
    images : Images
    count : int
        How many: the first of each class, then the second of each, and so on.
    columns : int
        How many in a row.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds the ``places`` of the images in the data set, their ``labels`` and the ``sheet``.

    Raises
    ------
    BadArgument
        If `count` is not between 1 and the number of images, or `columns` below 1.
    """
    _check_count("count", count, len(images.labels))
    _check_count("columns", columns, None)
    places = _in_turn(images.labels)[:count]
    tiles = images.pixels[places].reshape(-1, *images.size)
    sheet = _mosaic(tiles, min(columns, count))
    with style.style():
        if ax is None:
            rows, across = -(-count // columns), min(columns, count)
            height, width = images.size
            (ax,) = style.panels(1, 1, 0.62 * across, 0.62 * rows * height / width)
        ax.imshow(sheet, cmap="gray_r", vmin=0, vmax=1)
        ax.axis("off")
    labels = images.labels[places]
    alt = (
        f"{count} images of {images.size[0]} by {images.size[1]} pixels from {images.name}, in rows of "
        f"{min(columns, count)}, dark on white; their labels are {', '.join(map(str, labels))}."
    )
    return style.Drawing((ax,), {"places": places, "labels": labels, "sheet": sheet}, alt)


def directions(images: Images, found: Correlations, count: int = 5, *, columns: int = 5) -> style.Drawing:
    """The leading input directions of a data set as patterns of pixels, each with its singular value.

    Pixel ``p`` of pattern ``i`` is the covariance of that pixel with the coordinate ``v_i^T x`` of the samples: how
    ink at ``p`` goes along with mode ``i``. Blue and orange are the two signs; which of them is which is a choice of
    the singular value decomposition, and means nothing.

    Parameters
    ----------
    images : Images
        The images that `found` was computed from.
    found : Correlations
    count : int
        How many, at most the number of singular values.
    columns : int
        How many in a row.

    Returns
    -------
    Drawing
        `data` holds the ``patterns``, shape ``(count, height, width)``, and ``sigma``.

    Raises
    ------
    ShapeMismatch
        If `found` has another number of samples than there are images.
    BadArgument
        If `count` or `columns` is out of range.
    """
    samples = found.X.shape[1]
    if samples != len(images.pixels):
        raise errors.ShapeMismatch(
            f"the correlations are of {samples} samples, but there are {len(images.pixels)} images; "
            f"give the images that they were computed from."
        )
    _check_count("count", count, len(found.sigma))
    _check_count("columns", columns, None)
    coordinates = found.V[:, :count].T @ found.X
    patterns = (coordinates @ (images.pixels - images.pixels.mean(axis=0)) / samples).reshape(count, *images.size)
    sigma = found.sigma[:count]
    with style.style():
        across, rows = min(columns, count), -(-count // columns)
        axes = style.panels(rows, across, 1.15 * across, 1.42 * rows)
        for i, (ax, pattern) in enumerate(zip(axes, patterns, strict=False)):
            sizes = np.abs(pattern) / (np.abs(pattern).max() or 1.0)
            rgb = np.where((pattern >= 0)[..., None], *(_wash(c, sizes) for c in (style.POSITIVE, style.NEGATIVE)))
            ax.imshow(rgb, interpolation="nearest")
            ax.set_title(f"$\\sigma_{{{i + 1}}} = {sigma[i]:.3f}$", fontsize=11, pad=4)
        for ax in axes:
            ax.set_visible(ax in axes[:count])
            ax.set_xticks([])
            ax.set_yticks([])
            ax.spines[:].set(visible=True, color=style.LINE, linewidth=0.7)
    alt = (
        f"{count} patterns of {images.size[0]} by {images.size[1]} pixels, the leading input directions of "
        f"{images.name}, positive pixels blue, negative ones orange. Their singular values are "
        f"{', '.join(f'{s:.3f}' for s in sigma)}."
    )
    return style.Drawing(axes[:count], {"patterns": patterns, "sigma": sigma}, alt)


def _wash(colour: str, strength: np.ndarray) -> np.ndarray:
    """A colour mixed with white in proportion; no trace of it at 0, where a pattern changes sign."""
    pure = style.tint(colour, np.ones_like(strength))
    return 1 - strength[..., None] * (1 - pure)


def _check_count(name: str, value, most: int | None) -> None:
    """Whether a number of things is a whole number in range."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < 1 or (most is not None and value > most):
        raise errors.BadArgument(
            f"`{name}` is {value!r}; give a whole number from 1" + (f" to {most}." if most is not None else " up.")
        )


def _in_turn(labels: np.ndarray) -> np.ndarray:
    """Places of the samples, dealt out one of each class at a time."""
    turn = np.empty(len(labels), dtype=int)
    for label in np.unique(labels):
        mine = labels == label
        turn[mine] = np.arange(mine.sum())
    return np.lexsort((np.arange(len(labels)), labels, turn))


def _mosaic(tiles: np.ndarray, columns: int) -> np.ndarray:
    """Tiles in rows, white between them."""
    count, height, width = tiles.shape
    rows = -(-count // columns)
    sheet = np.zeros((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP))
    for i, tile in enumerate(tiles):
        y, x = (i // columns) * (height + GAP), (i % columns) * (width + GAP)
        sheet[y : y + height, x : x + width] = tile
    return sheet
