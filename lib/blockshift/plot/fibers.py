"""The quotient and its fibers: chains of a network, fibers of two weights, and each critical value once."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from blockshift import errors
from blockshift.flow import quotient
from blockshift.graph.network import Network
from blockshift.plot import style

#: Chains that are drawn; more of them would be a grey field.
MOST_CHAINS = 60

#: Points of the quotient that have room in a picture.
MOST_CLASSES = 40


def intervals(net: Network, *, ax: Axes | None = None) -> style.Drawing:
    """The chains of a network: one line for each, from the layer where it is born to the layer where it ends.

    Parameters
    ----------
    net : Network
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``births`` and ``ends``, one entry for each chain from the top.

    Raises
    ------
    TooLarge
        If there are more than `MOST_CHAINS`.
    """
    h = net.depth
    found = [(a, b) for (a, b), m in sorted(quotient.intervals(net).items()) for _ in range(m)]
    # Whole chains first, then those that read the input, those that write the output, those that do neither.
    found.sort(key=lambda c: (_kind(c, h), c))
    if len(found) > MOST_CHAINS:
        raise errors.TooLarge(f"the network has {len(found)} chains; up to {MOST_CHAINS} are drawn.")
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 0.9 + 0.24 * len(found))
        for row, (a, b) in enumerate(found):
            tone = (style.ACCENT, style.POSITIVE, style.NEGATIVE, style.QUIET)[_kind((a, b), h)]
            ax.plot([a, b], [-row, -row], color=tone, lw=2.2, zorder=2)
            ax.plot(range(a, b + 1), [-row] * (b - a + 1), ls="", marker="o", ms=6, color=tone, mec="white", zorder=3)
        ax.set_xlim(-0.4, h + 0.4)
        ax.set_ylim(-len(found) + 0.4, 0.6)
        ax.set_xticks(range(h + 1), [f"{i}\n{d}" for i, d in enumerate(net.widths)])
        ax.set_xlabel("layer of nodes, and its width")
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        for i in range(h + 1):
            ax.axvline(i, color=style.PALE, lw=0.8, zorder=1)
    counts = [sum(_kind(c, h) == k for c in found) for k in range(4)]
    alt = (
        f"{len(found)} chains over the layers 0 to {h}, each a horizontal line with a dot on every layer it passes: "
        f"{counts[0]} whole, {counts[1]} that begin in the input and end before the output, {counts[2]} that begin "
        f"later and end in the output, {counts[3]} inside."
    )
    data = {"births": np.array([a for a, _ in found]), "ends": np.array([b for _, b in found])}
    return style.Drawing((ax,), data, alt)


def _kind(c: tuple[int, int], h: int) -> int:
    """0 for a whole chain, 1 for one from the input, 2 for one to the output, 3 for one inside."""
    return (0 if c[1] == h else 1) if c[0] == 0 else (2 if c[1] == h else 3)


def hyperbolas(sigma: float, *, reach: float = 3.0, ax: Axes | None = None) -> style.Drawing:
    """The plane of two weights, cut into the fibers of their product; the critical ones stand out.

    Parameters
    ----------
    sigma : float
        Above 0.
    reach : float
        The plane is drawn from minus this to this.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``values``, the products whose fibers are drawn, and ``minima``, points of one branch of the
        fiber over `sigma`, shape ``(m, 2)``.
    """
    if not (sigma > 0 and reach > np.sqrt(sigma)):
        raise errors.BadArgument(f"sigma is {sigma} and the reach {reach}; give 0 < sigma < reach squared.")
    side = np.linspace(-reach, reach, 401)
    step = sigma / 2
    values = step * np.arange(-int(reach**2 / step) // 2, int(reach**2 / step) // 2 + 1)
    along = np.geomspace(sigma / reach, reach, 101)
    minima = np.column_stack([along, sigma / along])
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 4.4, 4.4)
        X, Y = np.meshgrid(side, side)
        others = [v for v in values if v not in (0.0, sigma)]
        ax.contour(X, Y, X * Y, levels=others, colors=style.LINE, linewidths=0.8, linestyles="solid", zorder=1)
        for axis in ((side, 0 * side), (0 * side, side)):
            ax.plot(*axis, color=style.NEGATIVE, lw=1.6, zorder=2)
        for sign in (1, -1):
            ax.plot(*(sign * minima.T), color=style.ACCENT, lw=2.6, zorder=3)
            for k, ahead in ((22, -6), (78, 6)):  # arrows along the fiber, both ways to infinity
                start, tip = sign * minima[k], sign * minima[k + ahead]
                ax.annotate(
                    "", tip, start, arrowprops={"arrowstyle": "-|>", "color": style.ACCENT, "lw": 1.6}, zorder=4
                )
        ax.plot([0], [0], "o", ms=8, color=style.NEGATIVE, mec="white", zorder=5)
        ax.annotate("the saddle", (0, 0), (8, -14), textcoords="offset points", color=style.NEGATIVE, fontsize=10)
        at = np.sqrt(sigma)
        ax.annotate(
            f"minima: $w_2 w_1 = {sigma:g}$", (at, at), (9, 9), textcoords="offset points", fontsize=10,
            color=style.ACCENT, bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"},
        )  # fmt: skip
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$w_1$", ylabel="$w_2$")
    alt = (
        f"The plane of the weights w_1 and w_2, cut into the hyperbolas on which their product is constant. Both "
        f"branches of one, w_2 w_1 = {style.number(sigma)}, are bold: all their points are minima, and arrows along "
        f"them lead to infinity. The fiber over 0 is the cross of the two axes, and of it only the centre is critical."
    )
    return style.Drawing((ax,), {"values": values, "minima": minima}, alt)


def tower(sigma, widths: Sequence[int], *, ax: Axes | None = None) -> style.Drawing:
    """The quotient: one point for each critical map, at the height of its critical value, one learnt mode a step.

    Parameters
    ----------
    sigma : array_like
        Singular values, or a diagonal ``Sigma``.
    widths : sequence of int, length h + 1
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``values`` and ``fibers``: the critical values, largest first, and the dimensions of the fibers.

    Raises
    ------
    TooLarge
        If there are more than `MOST_CLASSES` points.
    """
    found = quotient.critical_classes(sigma, widths)
    if len(found) > MOST_CLASSES:
        raise errors.TooLarge(f"the quotient has {len(found)} critical points; up to {MOST_CLASSES} are drawn.")
    values = np.array([float(c.value) for c in found])
    ranks = [c.rank for c in found]
    places = np.zeros(len(found))
    for r in set(ranks):  # points of one rank side by side, the higher ones to the right
        row = [k for k, rank in enumerate(ranks) if rank == r]
        places[row] = np.arange(len(row))[::-1] - (len(row) - 1) / 2
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 4.4)
        top = float(values.max()) or 1.0
        for low in range(len(found)):
            for high in range(len(found)):
                if ranks[low] == ranks[high] + 1 and set(found[high].learnt) <= set(found[low].learnt):
                    ax.plot(places[[high, low]], values[[high, low]], color=style.LINE, lw=1.1, zorder=2)
        for value in values:
            ax.axhline(value, color=style.PALE, lw=0.8, zorder=1)
        least = values.min()
        for k, c in enumerate(found):
            tone = style.ACCENT if values[k] == least else style.NEGATIVE
            ax.plot(places[k], values[k], "o", ms=9, color=tone, mec="white", zorder=4)
            text = "{" + ",".join(map(str, c.learnt)) + "}" if c.learnt else "nothing"
            ax.annotate(
                f"{text}  dim {c.fiber}", (places[k], values[k]), (8, 5), textcoords="offset points", fontsize=9,
                color=style.INK, zorder=5,
            )  # fmt: skip
        room = float(np.abs(places).max())
        ax.set(xlim=(-room - 0.4, room + 0.9), ylim=(-0.05 * top, 1.09 * top))
        ax.yaxis.set_major_locator(MaxNLocator(6))
        ax.set_ylabel("critical value of the loss")
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
    twice = len(values) - len(set(values.tolist()))
    alt = (
        f"{len(found)} points at the heights of the critical values {', '.join(map(style.number, values))}; "
        f"{'no value is taken twice' if not twice else f'{twice} of the values are taken by another point as well'}. "
        f"Lines join sets of learnt singular values that differ by one. The fibers have dimensions "
        f"{min(c.fiber for c in found)} to {max(c.fiber for c in found)}."
    )
    return style.Drawing((ax,), {"values": values, "fibers": np.array([c.fiber for c in found])}, alt)
