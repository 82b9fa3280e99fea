"""Ways down and how far they lead: row flips step by step, walks, bounds, and solvers at equal time."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from blockshift import errors
from blockshift.plot import style
from blockshift.signs.descent import RowFlips
from blockshift.signs.signed_graph import SignedGraph

#: Pictures of one walk that fit into a page.
MOST_STEPS = 8
#: Below this gap, as a share, a solver has found the best value; the axis of gaps is linear up to it.
FOUND = 1e-4


def walk(graph: SignedGraph, found: RowFlips, places=None) -> style.Drawing:
    """The row flips step by step: the graph before each flip and at the end, row sums in the nodes.

    Parameters
    ----------
    graph : SignedGraph
    found : RowFlips
        What `bs.row_flips` returned for it, from all plus.
    places : array_like, shape (n, 2), optional
        Where the nodes lie; on a circle if left out.

    Returns
    -------
    Drawing
        `data` holds ``sums``, shape ``(steps + 1, n)``, the row sums before each flip and at the end, ``flipped``, and
        ``frustrated``, shape ``(steps + 1, m)``, the edges that are negative then.

    Raises
    ------
    TooLarge
        If the walk has more steps than fit side by side.
    """
    steps = len(found.flipped)
    if steps >= MOST_STEPS:
        raise errors.TooLarge(f"the walk has {steps} flips; at most {MOST_STEPS - 1} fit. Draw the curve instead.")
    turn = 2 * np.pi * np.arange(graph.n) / max(1, graph.n)
    at = np.stack([np.sin(turn), np.cos(turn)], axis=1) if places is None else np.asarray(places, dtype=float)
    s, J = np.ones(graph.n), graph.adjacency()
    sums, negative, signs = [], [], []
    for flip in [*found.flipped.tolist(), None]:
        sums.append(s * (J @ s))
        negative.append(graph.frustrated(s))
        signs.append(s.copy())
        if flip is not None:
            s[flip] = -s[flip]
    columns = min(4, steps + 1)
    rows = -(-(steps + 1) // columns)
    with style.style():
        axes = style.panels(rows, columns, 1.75 * columns, 1.95 * rows)
        for k, ax in enumerate(axes):
            ax.set_axis_off()
            if k > steps:
                continue
            _edges(ax, graph, at, negative[k])
            nxt = int(found.flipped[k]) if k < steps else None
            _nodes(ax, at, sums[k], signs[k], nxt)
            ax.set_title(f"{found.frustration[k]:g} frustrated", fontsize=10)
            ax.set_aspect("equal")
            ax.margins(0.18)
    data = {"sums": np.array(sums), "flipped": found.flipped, "frustrated": np.array(negative)}
    order = ", ".join(str(graph.nodes[i]) for i in found.flipped)
    alt = (
        f"{steps + 1} pictures of a graph with {graph.n} nodes and {graph.m} edges. Nodes {order} are flipped one "
        f"after the other, each time the one with the most negative row sum; the frustrated weight goes "
        f"{', '.join(f'{x:g}' for x in found.frustration)}. At the end the smallest row sum is {min(sums[-1]):g}."
    )
    return style.Drawing(axes, data, alt)


def _edges(ax: Axes, graph: SignedGraph, at: np.ndarray, negative: np.ndarray) -> None:
    """Positive edges thin, negative ones heavy."""
    lines = at[np.stack([graph.u, graph.v], axis=1)]
    for which, colour, width in ((~negative, style.POSITIVE, 1.2), (negative, style.NEGATIVE, 2.8)):
        ax.add_collection(LineCollection(list(lines[which]), colors=colour, linewidths=width, zorder=1 + width / 9))


def _nodes(ax: Axes, at: np.ndarray, sums: np.ndarray, s: np.ndarray, chosen: int | None) -> None:
    """Row sums in circles: dark where the node has been flipped, ringed where it is flipped next."""
    for i, (x, y) in enumerate(at):
        dark = s[i] < 0
        ring = style.ACCENT if i == chosen else style.INK
        face = style.QUIET if dark else "white"
        ax.scatter([x], [y], s=190, color=face, edgecolor=ring, linewidth=2.6 if i == chosen else 1.0, zorder=3)
        text = f"{sums[i]:g}".replace("-", "−")
        ax.text(x, y, text, ha="center", va="center", fontsize=8.5, color="white" if dark else style.INK, zorder=4)


def descent(found: RowFlips, lower: float, upper: float) -> style.Drawing:
    """The frustrated weight along a walk of row flips, over the interval in which the optimum lies.

    Parameters
    ----------
    found : RowFlips
    lower, upper : float
        The ends of the interval; equal where the optimum is certified.

    Returns
    -------
    Drawing
        `data` holds ``frustration``, one number before the first flip and one after each, and ``interval``.
    """
    values = found.frustration
    with style.style():
        (ax,) = style.panels(1, 1, 5.8, 3.1)
        ax.axhspan(lower, upper, color=style.PALE, zorder=0)
        for level in {lower, upper}:
            ax.axhline(level, color=style.QUIET, lw=0.9, ls=(0, (4, 3)), zorder=1)
        ax.step(np.arange(len(values)), values, where="post", color=style.ACCENT, zorder=3)
        ax.set_ylim(0, 1.06 * values[0])
        ax.set_xlim(0, max(1, len(values) - 1))
        ax.set_xlabel("flips")
        ax.set_ylabel("frustrated weight")
        name = f"optimum {upper:g}" if lower == upper else f"optimum between {lower:.4g} and {upper:.4g}"
        marks = [(found.value, f"row flips end at {found.value:.4g}"), (upper, name)]
        # Below what they name: above the end of a walk is the walk.
        for height, label in marks:
            ax.annotate(
                label, (1, height), (-2, -4), xycoords=("axes fraction", "data"), textcoords="offset points",
                ha="right", va="top", fontsize=9.5, color=style.INK,
            )  # fmt: skip
    alt = (
        f"A staircase going down from {values[0]:.4g} to {found.value:.4g} in {len(values) - 1} flips, and ending "
        f"{'on' if found.value <= upper else 'above'} a dashed line at the optimum, "
        f"{f'{upper:.4g}' if lower == upper else f'between {lower:.4g} and {upper:.4g}'}."
    )
    return style.Drawing((ax,), {"frustration": values, "interval": np.array([lower, upper])}, alt)


def bounds(table: Mapping[str, Mapping[str, float]]) -> style.Drawing:
    """For each graph a line from its bounds below to what was found above, as shares of its total weight.

    Parameters
    ----------
    table : mapping of str to mapping
        By graph: ``"total"`` the total weight, ``"upper"`` the best switching's weight, and by any other name a lower
        bound or, above `upper`, another heuristic's value.

    Returns
    -------
    Drawing
        `data` holds ``names``, the kinds of value, and ``shares``, one row a graph, NaN where there is none.
    """
    if not table:
        raise errors.BadArgument("there is no graph in the table; give at least one.")
    kinds = list(dict.fromkeys(kind for row in table.values() for kind in row if kind != "total"))
    shares = np.array([[row.get(kind, np.nan) / row["total"] for kind in kinds] for row in table.values()])
    tones = [style.LAYERS[i % len(style.LAYERS)] for i in range(len(kinds))]
    with style.style():
        (ax,) = style.panels(1, 1, 6.2, 0.52 * len(table) + 1.35)
        heights = np.arange(len(table))[::-1]
        for height, row in zip(heights, shares, strict=True):
            ax.plot([np.nanmin(row), np.nanmax(row)], [height] * 2, color=style.LINE, lw=1.2, zorder=1)
        for kind, tone, column, mark in zip(kinds, tones, shares.T, "osD^vP" * 3, strict=False):
            best = kind == "upper"
            ax.scatter(
                column, heights, s=62 if best else 44, marker="|" if best else mark, linewidth=2.4 if best else 0.8,
                color=style.INK if best else tone, label="best switching" if best else kind, zorder=4 if best else 3,
            )  # fmt: skip
        ax.set_yticks(heights, list(table))
        ax.set_ylim(-0.6, len(table) - 0.4)
        ax.set_xlim(0, None)
        ax.tick_params(left=False)
        ax.spines["left"].set_visible(False)
        ax.set_xlabel("share of the total weight")
        figure = cast(Figure, ax.get_figure(root=True))
        figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9, handletextpad=0.3)
    words = "; ".join(
        f"{name}: " + ", ".join(f"{k} {x:.3f}" for k, x in zip(kinds, row, strict=True) if np.isfinite(x))
        for name, row in zip(table, shares, strict=True)
    )
    return style.Drawing((ax,), {"names": np.array(kinds), "shares": shares}, f"Shares of the total weight. {words}.")


def race(measured: Mapping, *, solvers: Sequence[str] | None = None) -> style.Drawing:
    """The gaps of solvers at equal time: median over the seeds as a dot, best to worst as a line, one panel a graph.

    Parameters
    ----------
    measured : mapping
        What ``benchmarks/heuristics.py`` wrote.
    solvers : sequence of str, optional
        Which, and in what order from the top; all if left out.

    Returns
    -------
    Drawing
        `data` holds ``instances``, ``solvers``, ``budgets``, and ``gaps``, shape ``(instances, budgets, solvers)``: the
        median excess over the best known value, as a share; NaN where a solver was not measured.
    """
    instances = list(measured["instances"])
    names = list(dict.fromkeys(row["solver"] for row in measured["runs"])) if solvers is None else list(solvers)
    budgets = sorted({row["budget"] for row in measured["runs"]})
    values = {(row["instance"], row["budget"], row["solver"]): np.array(row["values"]) for row in measured["runs"]}
    none = np.array([np.nan])
    gaps = np.array(
        [
            [
                [np.median(values.get((i, b, n), none)) / measured["instances"][i]["best"] - 1 for n in names]
                for b in budgets
            ]
            for i in instances
        ]
    )
    tones = [style.ACCENT, style.NEGATIVE]
    with style.style():
        axes = style.panels(len(instances), 1, 6.2, 1.62 * len(instances) + 0.5, sharex=True)
        heights = np.arange(len(names))[::-1]
        for i, ax in enumerate(axes):
            best = measured["instances"][instances[i]]["best"]
            for b, budget in enumerate(budgets):
                shift = 0.14 - 0.28 * b
                for height, name in zip(heights, names, strict=True):
                    x = 100 * (values.get((instances[i], budget, name), none) / best - 1)
                    ax.plot([x.min(), x.max()], [height + shift] * 2, color=tones[b % 2], lw=1.1, zorder=2)
                ax.scatter(
                    100 * gaps[i, b], heights + shift, s=20, color=tones[b % 2], zorder=3,
                    label=f"{budget:g} s" if i == 0 else None,
                )  # fmt: skip
            ax.set_xscale("symlog", linthresh=100 * FOUND * 10, linscale=0.6)
            ax.set_xlim(-0.02, 130)
            ax.set_xticks([0, 0.1, 1, 10, 100], ["0", "0.1 %", "1 %", "10 %", "100 %"])
            ax.set_yticks(heights, names, fontsize=8)
            ax.set_ylim(-0.6, len(names) - 0.4)
            ax.grid(axis="x", color=style.PALE, lw=0.8)
            certified = "certified" if measured["instances"][instances[i]]["certified"] else "best known, not certified"
            ax.set_title(f"{instances[i]}: {best:.6g}, {certified}", loc="left", fontsize=9.5, pad=4)
        axes[-1].set_xlabel("above the best value (median; line: best to worst of the seeds)")
        figure = cast(Figure, axes[0].get_figure(root=True))
        figure.legend(loc="outside upper right", ncols=2, frameon=False, fontsize=9, handletextpad=0.2)
    last = gaps[:, -1]
    words = "; ".join(
        f"{name}: " + ", ".join(f"{n} {100 * g:.2g} %" for n, g in zip(names, row, strict=True) if np.isfinite(g))
        for name, row in zip(instances, last, strict=True)
    )
    data = {"instances": np.array(instances), "solvers": np.array(names), "budgets": np.array(budgets), "gaps": gaps}
    return style.Drawing(axes, data, f"Median gaps after {budgets[-1]:g} seconds. {words}.")
