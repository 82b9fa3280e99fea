"""The network as one matrix: ``A`` and its powers.

A cell is a weight: its colour the sign (or the layer), its strength the size among all in the same matrix. Grey
cells are places for weights that are zero; white is where a matrix of this grade is zero by its shape.
"""

from fractions import Fraction
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from blockshift import errors
from blockshift.graph import blocks
from blockshift.graph.network import Network
from blockshift.plot import networks, style

#: A picture shows a cell for each pair of nodes; beyond this many nodes a cell is smaller than a pixel.
MOST_NODES = 1000

#: Powers side by side, and powers at all: two more rows would leave no room to see blocks.
ACROSS, MOST_POWERS = 4, 12

#: Inches below which blocks are drawn without their names.
NAMED = 1.0


def adjacency(net: Network, *, by: str = "sign", numbers: bool | None = None, ax: Axes | None = None) -> style.Drawing:
    """The picture of the adjacency matrix ``A = blk_1(W_1, ..., W_h)``, rows and columns ordered by layer.

    Parameters
    ----------
    net : Network
    by : {"sign", "layer"}
        What the colours stand for.
    numbers : bool, optional
        Write the weights into their cells; by default where they are short and there is room.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``A``, shape ``(n, n)``, and the ``widths``.

    Raises
    ------
    TooLarge
        If a cell would be smaller than a pixel.
    UnknownName
        If `by` is not known.

    Examples
    --------
    >>> print(adjacency(Network.from_weights([[[2]], [[-3]]])).alt)
    The adjacency matrix A, 3 by 3, cut into 3 by 3 blocks. Nonzero are only the blocks just below the diagonal: ...
    """
    check(net, by)
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 4.0, 4.0)
        A = matrix(ax, net, 1, by, numbers, 3.4)
        _layers(ax, net.widths)
        ax.set_title(power_name(1), fontsize=13, pad=4)
    data = {"A": A, "widths": np.array(net.widths)}
    return style.Drawing((ax,), data, _alt(net, A))


def powers(net: Network, *, by: str = "sign", axes=None) -> style.Drawing:
    """The pictures of ``A, A^2, ..., A^{h+1} = 0``: the blocks move down the sub-diagonals, and out.

    Parameters
    ----------
    net : Network
    by : {"sign", "layer"}
        By layer, a product of layers has the colour of the first.
    axes : sequence of Axes, length h + 1, optional

    Returns
    -------
    Drawing
        `data` holds ``A^1``, ``A^2``, ...; the strength of colours is relative to the largest entry of each power.

    Raises
    ------
    TooLarge
        If there are too many powers, or a cell would be smaller than a pixel.
    BadArgument, UnknownName
        If there are not ``h + 1`` axes, or `by` is not known.

    Examples
    --------
    >>> powers(Network.from_weights([[[2]], [[-3]]])).data["A^2"]
    array([[ 0.,  0.,  0.],
           [ 0.,  0.,  0.],
           [-6.,  0.,  0.]])
    """
    check(net, by)
    count = net.depth + 1
    if count > MOST_POWERS:
        raise errors.TooLarge(
            f"a network of depth {net.depth} has {count} powers to draw, at most {MOST_POWERS} fit; "
            f"take a shallower network, or draw one power's blocks from net.power(k)."
        )
    with style.style():
        if axes is None:
            rows = -(-count // ACROSS)
            across = -(-count // rows)
            axes = style.panels(rows, across, 1.68 * across, 1.98 * rows)
        elif len(axes) != count:
            raise errors.BadArgument(f"{len(axes)} axes were given; A, ..., A^{count} need {count}.")
        data = {}
        for k, ax in enumerate(axes, start=1):
            data[f"A^{k}"] = matrix(ax, net, k, by, False, 1.5)
            ax.set_title(power_name(k) + ("$\\,=\\,0$" if k == count else ""), fontsize=13, pad=5)
    shown, spare = tuple(axes[:count]), axes[count:]
    for ax in spare:
        ax.set_visible(False)
    corner = " by ".join(map(str, net.product().shape))
    alt = (
        f"The powers of A, {net.nodes} by {net.nodes}. Blocks in A, just below the diagonal: {net.depth}; with each "
        f"power they move one block down and are one fewer. A to the power {net.depth} has one block left, the "
        f"end-to-end map, {corner}, in the corner at the lower left; A to the power {count} is zero."
    )
    return style.Drawing(shown, data, alt)


def power_name(k: int) -> str:
    """``A^k`` in mathematical letters."""
    return "$A$" if k == 1 else f"$A^{{{k}}}$"


def check(net: Network, by: str) -> None:
    """Whether there is a pixel for each cell, and a meaning for the colours."""
    style.one_of("by", by, networks.COLOURS)
    if net.nodes > MOST_NODES:
        raise errors.TooLarge(
            f"the network has {net.nodes} nodes, and in a picture of its matrix a cell would be smaller than a pixel; "
            f"draw at most {MOST_NODES} nodes, or the graph with networks.network, which shortens wide layers."
        )


def matrix(ax: Axes, net: Network, k: int, by: str, numbers: bool | None, inches: float) -> np.ndarray:
    """Draw ``A^k`` with its blocks framed and named; the matrix."""
    n = net.nodes
    products = [B.astype(float) for B in blocks.partial_products(net.weights, k)]
    largest = max((float(np.abs(B).max()) for B in products), default=0.0) or 1.0
    at = blocks.offsets(net.widths)
    for edge in at[1:-1]:
        ax.plot([edge, edge], [0, n], color=style.LINE, lw=0.5, zorder=1)
        ax.plot([0, n], [edge, edge], color=style.LINE, lw=0.5, zorder=1)
    cell = inches / n
    for i, (B, (rows, columns)) in enumerate(zip(products, blocks.positions(net.widths, k), strict=True)):
        extent = (columns.start, columns.stop, rows.stop, rows.start)
        rgb = _cells(B, by, i, largest)
        ax.imshow(rgb, extent=extent, aspect="equal", zorder=2)
        if cell > 0.055:
            _gaps(ax, rows, columns, min(0.9, 7 * cell))
        (tone, width) = (networks.colour(by, i, 0), 1.3) if by == "layer" else (style.QUIET, 0.8)
        x, y = [columns.start, columns.stop], [rows.start, rows.stop]
        ax.plot([x[0], x[1], x[1], x[0], x[0]], [y[0], y[0], y[1], y[1], y[0]], color=tone, lw=width, zorder=4)
        if numbers or (numbers is None and _fits(net.weights, cell)):
            _write(ax, net.weights[i] if k == 1 else B, rgb, rows, columns, cell)
        elif by == "layer" and cell > 0.08:
            _dashes(ax, B, rgb, rows, columns)
    if inches > NAMED:
        _names(ax, net, k, by, 11 if inches < 2 else 12, inches)
    if not products:
        ax.text(n / 2, n / 2, "$0$", ha="center", va="center", fontsize=18, color=style.QUIET, backgroundcolor="white")
    _brackets(ax, n)
    return blocks.assemble(products, net.widths, k)


def _cells(B: np.ndarray, by: str, layer: int, largest: float) -> np.ndarray:
    """The colours of a block's cells, shape ``(d_i, d_j, 3)``."""
    sizes = np.abs(B) / largest
    rgb = np.where((B >= 0)[..., None], *(style.tint(networks.colour(by, layer, s), sizes) for s in (1, -1)))
    rgb[B == 0] = to_rgb(style.PALE)
    return rgb


def _gaps(ax, rows, columns, width: float) -> None:
    """White lines between the cells of a block."""
    for x in range(columns.start + 1, columns.stop):
        ax.plot([x, x], [rows.start, rows.stop], color="white", lw=width, zorder=3, solid_capstyle="butt")
    for y in range(rows.start + 1, rows.stop):
        ax.plot([columns.start, columns.stop], [y, y], color="white", lw=width, zorder=3, solid_capstyle="butt")


def _text(value) -> str:
    """A weight as it is written into its cell."""
    if isinstance(value, Fraction) or float(value).is_integer():
        return str(Fraction(value)).replace("-", "−")
    return f"{float(value):.2g}".replace("-", "−")


def _fits(weights, cell: float) -> bool:
    """Whether every weight is short, exact as written, and has room in a cell of that many inches."""
    texts = [(_text(w), w) for W in weights for w in W.flat] if cell >= 0.19 else []
    return bool(texts) and all(
        len(text) <= 3 and Fraction(text.replace("−", "-")) == Fraction(w).limit_denominator(10**6) for text, w in texts
    )


def _write(ax, values, rgb, rows, columns, cell: float) -> None:
    """The weights in their cells."""
    size = float(np.clip(30 * cell, 6.5, 12))
    for i, j in np.ndindex(values.shape):
        place = (columns.start + j + 0.5, rows.start + i + 0.52)
        tone = style.readable(rgb[i, j])
        ax.text(*place, _text(values[i, j]), ha="center", va="center", color=tone, fontsize=size, zorder=5)


def _dashes(ax, B, rgb, rows, columns) -> None:
    """A dash in each negative cell, where the colour does not tell."""
    for i, j in zip(*np.nonzero(B < 0), strict=True):
        x, y = columns.start + j + 0.5, rows.start + i + 0.5
        ax.plot([x - 0.2, x + 0.2], [y, y], color=style.readable(rgb[i, j]), lw=1.1, zorder=5)


def _names(ax, net: Network, k: int, by: str, size: float, inches: float) -> None:
    """The blocks' names in the white beside them; names that would touch share a line, or stay away."""
    n = net.nodes
    unit = size / 72 * n / inches  # the size of a letter, in cells
    places = list(blocks.positions(net.widths, k))
    middles = [(rows.start + rows.stop) / 2 for rows, _ in places]
    groups = style.grouped(middles, 1.2 * unit)
    if inches < 2 and len(groups) < len(places):
        return
    for group in groups:
        texts = [_product(i + k, i + 1) for i in group]
        width = unit * (0.25 + 0.4 * len(group) + sum(1.25 * text.count("W") + text.count("dots") for text in texts))
        begin, end = min(places[i][1].start for i in group), max(places[i][1].stop for i in group)
        x, y, ha, va = end + 0.25 * unit, float(np.mean([middles[i] for i in group])), "left", "center"
        if end + width > n and begin > width:
            x, ha = begin - 0.25 * unit, "right"
        elif end + width > n:
            x, y, ha, va = n, places[group[0]][0].start - 0.3 * unit, "right", "bottom"
        tone = networks.colour(by, group[0], 0) if by == "layer" and len(group) == 1 else style.INK
        ax.text(x, y, "$" + ",\\,".join(texts) + "$", ha=ha, va=va, fontsize=size, color=tone, zorder=6)


def _product(last: int, first: int) -> str:
    """``W_last ... W_first``, in full up to three factors."""
    if last - first < 3:
        return "".join(f"W_{{{i}}}" for i in range(last, first - 1, -1))
    return f"W_{{{last}}}\\cdots W_{{{first}}}"


def _brackets(ax, n: int) -> None:
    """The frame of a matrix, and nothing else of the axes."""
    arm, out = 0.035 * n, 0.02 * n
    for x, way in ((-out, 1), (n + out, -1)):
        line = [x + way * arm, x, x, x + way * arm], [-out, -out, n + out, n + out]
        ax.plot(*line, color=style.QUIET, lw=1.3, clip_on=False, solid_joinstyle="round")
    ax.set_xlim(-1.6 * out, n + 1.6 * out)
    ax.set_ylim(n + 1.6 * out, -1.6 * out)
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def _layers(ax, widths) -> None:
    """The numbers of the layers along the top and the left; thin neighbours share one."""
    n, at = sum(widths), blocks.offsets(widths)
    middles = [(a + b) / 2 for a, b in pairwise(at)]
    groups = style.grouped(middles, 0.05 * n)
    ticks = [float(np.mean([middles[i] for i in group])) for group in groups]
    texts = [f"${group[0]}$" if len(group) == 1 else f"${group[0]}$–${group[-1]}$" for group in groups]
    ax.set_xticks(ticks, texts)
    ax.set_yticks(ticks, texts)
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False, labelsize=10.5, pad=3)
    ax.xaxis.set_label_position("top")
    ax.set_xlabel("from layer", labelpad=5)
    ax.set_ylabel("to layer", labelpad=4)


def _alt(net: Network, A: np.ndarray) -> str:
    """The matrix in words."""
    count = len(net.widths)
    shapes = ", ".join(f"W_{i} of {W.shape[0]} by {W.shape[1]}" for i, W in enumerate(net.weights, start=1))
    return (
        f"The adjacency matrix A, {net.nodes} by {net.nodes}, cut into {count} by {count} blocks. Nonzero are only the "
        f"blocks just below the diagonal: {shapes}, with {(A > 0).sum()} positive and {(A < 0).sum()} negative entries."
    )
