"""A signed graph with its two camps: what agrees, what disagrees, and what is frustrated."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from blockshift import errors
from blockshift.plot import style
from blockshift.signs.signed_graph import SignedGraph

#: Nodes that fit around a circle with their names.
MOST_NODES = 40


def camps(graph: SignedGraph, switching=None, *, ax: Axes | None = None) -> style.Drawing:
    """The picture of a signed graph on a circle, its edges coloured by sign, the frustrated ones drawn heavily.

    Parameters
    ----------
    graph : SignedGraph
    switching : mapping or array_like of ±1, shape (n,), optional
        Nodes of one sign lie on the left, those of the other on the right. A frustrated edge is a positive one
        between the camps or a negative one inside. If left out, all nodes are in one camp.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds the ``edges`` (shape ``(m, 2)``), which are ``negative`` and ``frustrated``, and the ``signs``.

    Raises
    ------
    TooLarge
        If there are more nodes than fit around a circle with their names.

    Examples
    --------
    >>> triangle = SignedGraph.from_edges([("a", "b"), ("b", "c"), ("c", "a", -1)])
    >>> camps(triangle).data["frustrated"]
    array([False,  True, False])
    """
    if graph.n > MOST_NODES:
        raise errors.TooLarge(f"{graph.n} nodes do not fit around a circle with their names; at most {MOST_NODES} do.")
    s = graph.signs(np.ones(graph.n) if switching is None else switching)
    data = {
        "edges": np.c_[graph.u, graph.v],
        "negative": graph.w < 0,
        "frustrated": graph.frustrated(s),
        "signs": s,
    }
    with style.style():
        if ax is None:
            side = 2.7 if graph.n <= 8 else 4.9
            (ax,) = style.panels(1, 1, side + 1.2, side + 0.3)
        at = _places(s)
        _edges(graph, data, at, ax)
        _nodes(graph, s, at, ax)
    return style.Drawing((ax,), data, _alt(graph, data))


def _places(s: np.ndarray) -> np.ndarray:
    """Points on a circle, the camps on its two sides with a gap between them."""
    at = np.empty((len(s), 2))
    one_camp = len(set(s.tolist())) < 2
    for sign in set(s.tolist()):
        members = np.flatnonzero(s == sign)
        if one_camp:
            angles = np.pi / 2 - 2 * np.pi * np.arange(len(members)) / max(len(members), 1)
        else:
            # Each camp takes a share of the circle by its size; half a place stays free at either end.
            width = 2 * np.pi * len(members) / (len(s) + 2)
            middle = np.pi if sign > 0 else 0.0
            angles = middle + (width / 2 - width * (np.arange(len(members)) + 0.5) / len(members)) * sign * -1
        at[members] = np.c_[np.cos(angles), np.sin(angles)]
    return at


def _edges(graph: SignedGraph, data, at: np.ndarray, ax: Axes) -> None:
    """Draw the edges: satisfied ones thin and pale, frustrated ones heavy and on top."""
    for frustrated in (False, True):
        chosen = np.flatnonzero(data["frustrated"] == frustrated)
        if not len(chosen):
            continue
        tones = [style.NEGATIVE if data["negative"][e] else style.POSITIVE for e in chosen]
        strength = 1.0 if frustrated else 0.5 if graph.n > 8 else 0.8
        ax.add_collection(
            LineCollection(
                [at[data["edges"][e]] for e in chosen],
                colors=np.array([style.tint(tone, strength) for tone in tones]),
                linewidths=2.8 if frustrated else 1.1 if graph.n > 8 else 1.6,
                linestyles=[(0, (3, 2)) if data["negative"][e] else "solid" for e in chosen],
                zorder=2 if frustrated else 1,
            )
        )


def _nodes(graph: SignedGraph, s: np.ndarray, at: np.ndarray, ax: Axes) -> None:
    """Draw the nodes, filled in the camp of -1, and their names outside the circle."""
    filled = [style.INK if sign < 0 else "white" for sign in s]
    ax.scatter(at[:, 0], at[:, 1], s=56, c=filled, edgecolor=style.INK, linewidth=1.1, zorder=3)
    for name, (x, y) in zip(graph.nodes, at, strict=True):
        across = "left" if x > 0.1 else "right" if x < -0.1 else "center"
        up = "bottom" if y > 0.9 else "top" if y < -0.9 else "center"
        ax.annotate(str(name), (x, y), (9 * x, 9 * y), textcoords="offset points", ha=across, va=up, fontsize=9.5)
    words = {"solid: positive": style.POSITIVE, "dashed: negative": style.NEGATIVE, "heavy: frustrated": style.INK}
    # One below the other: side by side they collide in a small picture.
    for line, (word, tone) in enumerate(words.items()):
        below = (0, -12 * line)
        ax.annotate(word, (0, -1.3), below, textcoords="offset points", ha="center", va="top", fontsize=9, color=tone)
    ax.set_xlim(-1.45, 1.45)
    ax.set_ylim(-1.75, 1.2)
    ax.set_aspect("equal")
    ax.axis("off")


def _alt(graph: SignedGraph, data) -> str:
    """The picture in words."""
    plus, minus = int((data["signs"] > 0).sum()), int((data["signs"] < 0).sum())
    positive, negative = (int((data["frustrated"] & (data["negative"] == sign)).sum()) for sign in (False, True))
    camps_of = f"{plus} nodes on the left against {minus} on the right" if plus and minus else f"{graph.n} nodes"
    return (
        f"A signed graph on a circle, {camps_of}, with {graph.m} edges, {graph.negative} of them negative. Frustrated: "
        f"{positive} positive edges between the camps and {negative} negative ones inside."
    )
