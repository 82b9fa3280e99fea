"""The network as a graph: a column of nodes for each layer, an edge for each weight."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from blockshift import errors
from blockshift.graph import blocks
from blockshift.graph.network import Network
from blockshift.plot import style

#: What the colours can stand for.
COLOURS = ("sign", "layer")

#: Layers of nodes that fit side by side into a column of text.
MOST_LAYERS = 17


def network(net: Network, *, by: str = "sign", shown: int = 12, ax: Axes | None = None) -> style.Drawing:
    """The picture of a network as a layered graph, input at the left.

    Parameters
    ----------
    net : Network
    by : {"sign", "layer"}
        What the colours of edges stand for. By layer, negative edges are dashed. An edge is as wide as its weight is
        large among all that are drawn; a weight that is zero has no edge.
    shown : int
        The most nodes drawn for a layer, at least 3. Of a wider one the first ``shown - 2`` are drawn, then dots,
        then the last, with the edges between nodes that are drawn; the width beneath is always the true one.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``edges`` (shape ``(m, 2)``, from and to, nodes counted from 0 layer by layer), their ``weights``
        and the ``nodes`` that are drawn.

    Raises
    ------
    TooLarge
        If there are more layers than fit into a picture.
    BadArgument, UnknownName
        If `shown` is below 3, or `by` is not known.

    Examples
    --------
    >>> network(Network.from_weights([[[1, 2], [0, -1]], [[3, 1]]])).data["weights"]
    array([ 1.,  2., -1.,  3.,  1.])
    """
    style.one_of("by", by, COLOURS)
    _check(net, shown)
    with style.style():
        if ax is None:
            width, height = extent(net, shown)
            (ax,) = style.panels(1, 1, width, height)
        at = _places(net.widths, shown)
        edges, weights = _edges(net, at, by, ax)
        _nodes(net, at, ax)
        _labels(net, at, weights, by, ax)
    data = {"edges": edges, "weights": weights, "nodes": np.array(sorted(at))}
    return style.Drawing((ax,), data, _alt(net, data))


def extent(net: Network, shown: int = 12) -> tuple[float, float]:
    """Width and height in inches of the picture of a network."""
    tallest = min(max(net.widths), shown)
    slot = 0.36 if tallest <= 8 else 0.3
    return float(np.clip(1.4 * net.depth, 2.4, 6.6)) + 0.7, slot * max(tallest - 1, 0.4) + 0.95


def _check(net: Network, shown: int) -> None:
    """Whether the network fits."""
    if isinstance(shown, bool) or not isinstance(shown, (int, np.integer)) or shown < 3:
        raise errors.BadArgument(f"`shown` is {shown!r}; a shortened layer needs 3 places: the first, dots, the last.")
    if len(net.widths) > MOST_LAYERS:
        raise errors.TooLarge(
            f"the network has {len(net.widths)} layers of nodes, and at most {MOST_LAYERS} fit side by side; "
            f"draw its matrix with matrices.adjacency."
        )


def _places(widths, shown: int) -> dict[int, tuple[float, float]]:
    """Where each node that is drawn lies: node number to (layer, height above the middle)."""
    at = {}
    for layer, (begin, d) in enumerate(zip(blocks.offsets(widths), widths, strict=False)):
        slots = min(d, shown)
        which = list(range(d)) if d <= shown else [*range(shown - 2), None, d - 1]
        for slot, node in enumerate(which):
            if node is not None:
                at[begin + node] = (float(layer), (slots - 1) / 2 - slot)
    return at


def _edges(net: Network, at, by, ax):
    """Draw the edges, large ones on top; their ends and weights in the order of `Network.edges`."""
    nodes = np.array(sorted(at))
    found = []
    for W, (rows, columns) in zip(net.weights, blocks.positions(net.widths), strict=True):
        ends, starts = (nodes[(nodes >= s.start) & (nodes < s.stop)] for s in (rows, columns))
        drawn = W[np.ix_(ends - rows.start, starts - columns.start)].astype(float)
        found += [(starts[j], ends[i], drawn[i, j]) for i, j in zip(*np.nonzero(drawn), strict=True)]
    edges = np.array([(u, v) for u, v, _ in found], dtype=int).reshape(-1, 2)
    weights = np.array([w for *_, w in found])
    if len(weights):
        sizes = np.abs(weights) / np.abs(weights).max()
        # Many edges between two layers would become a carpet: the widest grow thinner with their number.
        widest = float(np.clip(3.4 - 0.035 * max(W[:20, :20].size for W in net.weights), 1.5, 3.0))
        order = np.argsort(sizes, kind="stable")
        colours = [colour(by, int(at[u][0]), w) for (u, v), w in zip(edges, weights, strict=True)]
        rgb = np.array([style.tint(c, 0.3 + 0.7 * s) for c, s in zip(colours, sizes, strict=True)])
        dashed = [(0, (2.2, 1.8)) if by == "layer" and w < 0 else "solid" for w in weights]
        ax.add_collection(
            LineCollection(
                [(at[u], at[v]) for u, v in edges[order]],
                colors=rgb[order],
                linewidths=(0.35 + (widest - 0.35) * sizes)[order],
                linestyles=[dashed[i] for i in order],
                capstyle="butt" if by == "layer" else "round",
                zorder=1,
            )
        )
    return edges, weights


def colour(by: str, layer: int, weight: float) -> str:
    """The colour of a weight of layer ``layer + 1``."""
    if by == "layer":
        return style.LAYERS[layer % len(style.LAYERS)]
    return style.POSITIVE if weight >= 0 else style.NEGATIVE


def _nodes(net: Network, at, ax) -> None:
    """Draw the nodes, and dots where some are left out."""
    x, y = np.array(list(at.values())).T
    ax.scatter(x, y, s=52, color="white", edgecolor=style.INK, linewidth=1.1, zorder=3)
    for layer, d in enumerate(net.widths):
        drawn = sorted(height for column, height in at.values() if column == layer)
        if len(drawn) < d:
            middle = (drawn[0] + drawn[1]) / 2
            ax.scatter([layer] * 3, middle + np.array([-0.28, 0, 0.28]), s=4, color=style.INK, zorder=3)


def _labels(net: Network, at, weights, by, ax) -> None:
    """Write W_i above, widths and the meaning of colours beneath, and put everything in its frame."""
    top = max(height for _, height in at.values())
    below = dict(textcoords="offset points", ha="center", va="top")
    for i in range(1, net.depth + 1):
        tone = colour(by, i - 1, 0) if by == "layer" else style.INK
        ax.annotate(
            f"$W_{{{i}}}$", (i - 0.5, top), (0, 9), textcoords="offset points", ha="center", fontsize=12, color=tone
        )
    for i, d in enumerate(net.widths):
        text = f"$d_{{{i}}}={d}$" if net.depth <= 5 else f"$d_{{{i}}}$\n${d}$"
        ax.annotate(text, (i, -top), (0, -11), color=style.QUIET, fontsize=10.5, **below)
    positive, negative = bool((weights > 0).any()), bool((weights < 0).any())
    words = [("positive", style.POSITIVE)] * positive + [("negative", style.NEGATIVE)] * negative
    if by == "layer":
        words = [("dashed: negative", style.QUIET)] * negative
    down = -29 if net.depth <= 5 else -42
    for (word, tone), side in zip(words, ["right", "left"] if len(words) == 2 else ["center"], strict=False):
        place = dict(below, ha=side)
        shift = {"right": -5, "left": 5, "center": 0}[side]
        ax.annotate(word, (net.depth / 2, -top), (shift, down), color=tone, fontsize=9.5, **place)
    ax.set_xlim(-0.25, net.depth + 0.25)
    ax.set_ylim(-top - 0.2, top + 0.2)
    ax.axis("off")


def _alt(net: Network, data) -> str:
    """The picture in words."""
    weights, nodes = data["weights"], data["nodes"]
    chain = " to ".join(map(str, net.widths))
    text = (
        f"A layered graph, from left to right {chain} nodes, with {len(weights)} edges: "
        f"{(weights > 0).sum()} positive, {(weights < 0).sum()} negative."
    )
    if len(nodes) < net.nodes:
        total = sum(int(np.count_nonzero(W)) for W in net.weights)
        text += f" Wide layers are shortened: {len(nodes)} of {net.nodes} nodes are drawn, of {total} edges the others"
        text += " are left out."
    return text
