"""Order as pictures: a cone in the plane of two inputs, signs over an image, networks beside their nulls."""

from collections.abc import Mapping

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.plot import style
from blockshift.signs.monotonicity.orders import Order

#: Points along each side of the plane.
GRID = 121


def cone(dag: Dag, order: Order, x, *, reach: float = 2.0, ax=None) -> style.Drawing:
    """The output of a network of two inputs as level lines, with what lies above one input in its order.

    Parameters
    ----------
    dag : Dag
        Two inputs, one output.
    order : Order
    x : array_like, shape (2,)
    reach : float
        Half the side of the square around the origin that is shown.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds the ``values`` on the grid, shape ``(121, 121)``, second input first, the ``axis`` of the grid, and
        ``above``, which points lie above `x`.

    Raises
    ------
    ShapeMismatch
        If the network has not two inputs and one output.
    """
    x = np.asarray(x, float).reshape(-1)
    if dag.layers[0].nodes != 2 or order.outputs.size != 1 or x.size != 2:
        raise errors.ShapeMismatch(
            f"the network has {dag.layers[0].nodes} inputs and {order.outputs.size} outputs; a plane shows 2 and 1."
        )
    axis = np.linspace(-reach, reach, GRID)
    plane = np.stack(np.meshgrid(axis, axis), axis=-1)
    answers = dag.forward(plane.reshape(-1, *dag.layers[0].shape))[dag.outputs[0]][1]
    values = np.asarray(answers).reshape(GRID, GRID)
    signs = order.inputs.ravel()
    above = (signs * (plane - x) >= 0).all(axis=-1)
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 3.6, 3.3)
        ax.imshow(
            np.where(above[..., None], style.tint(style.ACCENT, 0.25), 1.0), extent=(-reach, reach, -reach, reach),
            origin="lower", interpolation="nearest",
        )  # fmt: skip
        lines = ax.contour(axis, axis, values, levels=9, colors=style.QUIET, linewidths=0.9)
        ax.clabel(lines, fontsize=8)
        ax.plot(*x, "o", color=style.ACCENT)
        ax.set_xlabel("$x_1$")
        ax.set_ylabel("$x_2$")
    up = ", ".join("up" if s > 0 else "down" for s in signs)
    alt = (
        f"Level lines of the output over two inputs from {-reach:g} to {reach:g}, and the quadrant of inputs above "
        f"({x[0]:g}, {x[1]:g}), shaded: the directions of the order are {up}. Values go from {values.min():.3g} to "
        f"{values.max():.3g}."
    )
    return style.Drawing((ax,), {"values": values, "axis": axis, "above": above}, alt)


def order_map(order: Order, x: np.ndarray, row: np.ndarray | None = None) -> style.Drawing:
    """The signs of an order laid over the picture, and beside it what agrees with them in a row of the Jacobian.

    Parameters
    ----------
    order : Order
    x : ndarray, shape (C, H, W)
        The picture.
    row : ndarray, shape (C, H, W), optional
        A row of the Jacobian, turned up at its output: ``s_k J[k]``.

    Returns
    -------
    Drawing
        `data` holds the ``picture``, the ``signs`` and the ``turned`` row, shape ``(H, W)``, means over the channels.

    Raises
    ------
    ShapeMismatch
        If picture and order differ in shape.
    """
    x = np.asarray(x, float)
    if x.shape != order.inputs.shape or (row is not None and np.shape(row) != x.shape):
        raise errors.ShapeMismatch(f"the picture has shape {x.shape}, the order {order.inputs.shape}; expected equal.")
    picture = x.mean(axis=0)
    picture = (picture - picture.min()) / ((picture.max() - picture.min()) or 1.0)
    signs = order.inputs.astype(float).mean(axis=0)
    data = {"picture": picture, "signs": signs}
    if row is not None:
        data["turned"] = (order.inputs * row).mean(axis=0)
    titles = ("picture", "up and down", "agreeing, opposed")
    with style.style():
        axes = style.panels(1, len(data), 1.9 * len(data), 2.1)
        for ax, (name, values), title in zip(axes, data.items(), titles, strict=False):
            ax.imshow(1 - values, cmap="gray", vmin=0, vmax=1) if name == "picture" else ax.imshow(
                _wash(values), interpolation="nearest"
            )
            ax.set_title(title, fontsize=10)
            ax.set_xticks([])
            ax.set_yticks([])
            ax.spines[:].set(visible=True, color=style.LINE, linewidth=0.7)
    up = float((order.inputs > 0).mean())
    alt = f"A picture of {x.shape[1]} by {x.shape[2]} pixels; its order, in which {up:.0%} of the inputs count as up"
    if row is not None:
        share = float((order.inputs * row > 0).sum() / max(1, (np.asarray(row) != 0).sum()))
        alt += f"; and one output's derivatives, {share:.0%} of which agree with the order"
    return style.Drawing(axes, data, alt.replace("%", " %") + ". Blue is up, or agrees; orange is down, or opposes.")


def order_window(orders: Mapping[str, Order], x: np.ndarray, row: np.ndarray, corner, side: int = 32) -> style.Drawing:
    """Orders of one photograph seen from near: which pixels have to go up and which down, in a window of it.

    Parameters
    ----------
    orders : dict of str to Order
        By what each is called in the picture; the last is the one that the row is turned by.
    x : ndarray, shape (C, H, W)
        The photograph as the network takes it in; it is shown in grey.
    row : ndarray, shape (C, H, W)
        A row of the Jacobian, turned up at its output: ``s_k J[k]``.
    corner : tuple of int
        Row and column of the upper left pixel of the window.
    side : int
        Of the window, in pixels.

    Returns
    -------
    Drawing
        `data` holds the ``picture``, for each order its signs in the window, the mean over channels, shape
        ``(side, side)``, and the ``turned`` row of the whole photograph, shape ``(H, W)``.

    Raises
    ------
    ShapeMismatch
        If photograph, orders and row differ in shape, or the window is not inside.
    """
    x, (top, left) = np.asarray(x, float), corner
    shapes = {order.inputs.shape for order in orders.values()} | {np.shape(row)}
    if shapes != {x.shape} or min(top, left) < 0 or top + side > x.shape[1] or left + side > x.shape[2]:
        raise errors.ShapeMismatch(
            f"the photograph has shape {x.shape}, orders and row {sorted(shapes)}, the window is {side} by {side} at "
            f"{top}, {left}; expected equal shapes, and a window inside."
        )
    *_, last = orders.values()
    picture = x.mean(axis=0)
    picture = (picture - picture.min()) / ((picture.max() - picture.min()) or 1.0)
    data = {"picture": picture}
    for name, order in orders.items():
        data[name] = order.inputs.astype(float).mean(axis=0)[top : top + side, left : left + side]
    data["turned"] = (last.inputs * row).mean(axis=0)
    with style.style():
        axes = style.panels(2, (len(data) + 1) // 2, 2.7 * ((len(data) + 1) // 2), 5.6)
        for ax, (name, values) in zip(axes, data.items(), strict=False):
            if name == "picture":
                ax.imshow(values, cmap="gray", vmin=0, vmax=1)
                frame = side * np.array([[0, 1, 1, 0, 0], [0, 0, 1, 1, 0]]) - 0.5
                ax.plot(left + frame[0], top + frame[1], color=style.ACCENT, linewidth=1.6)
            else:
                # A derivative has few large values, and they would leave the rest white.
                most = np.quantile(np.abs(values), 0.99) or 1.0
                ax.imshow(_wash(np.clip(values / most, -1, 1)), interpolation="nearest")
            ax.set_title("agreeing, opposed" if name == "turned" else name, fontsize=10)
            ax.set_xticks([])
            ax.set_yticks([])
            ax.spines[:].set(visible=True, color=style.LINE, linewidth=0.7)
        for ax in axes[len(data) :]:
            ax.set_visible(False)
    told = ", ".join(f"{name} {float((order.inputs > 0).mean()):.0%} up" for name, order in orders.items())
    share = float((last.inputs * row > 0).sum() / max(1, (np.asarray(row) != 0).sum()))
    alt = (
        f"A photograph with a window of {side} by {side} pixels; the orders in that window: {told}; and where one "
        f"output's derivatives agree with the last order, {share:.0%} of them. Blue is up, or agrees; orange is down, "
        f"or opposes."
    )
    return style.Drawing(axes, data, alt.replace("%", " %"))


def _wash(values: np.ndarray) -> np.ndarray:
    """Blue for positive values and orange for negative ones, pale where they are small."""
    sizes = np.abs(values) / (np.abs(values).max() or 1.0)
    colours = [
        1 - sizes[..., None] * (1 - style.tint(c, np.ones_like(sizes))) for c in (style.POSITIVE, style.NEGATIVE)
    ]
    return np.where((values >= 0)[..., None], *colours)


def against_nulls(study, measures, *, level: float | None = None) -> style.Drawing:
    """Trained networks beside the draws of their nulls: a panel a measure, a row a network.

    Parameters
    ----------
    study : Study
        As `last_study` returns it.
    measures : sequence of str
        Names of what was measured.
    level : float, optional
        A line at what a coin would give.

    Returns
    -------
    Drawing
        `data` holds, for each measure, ``trained``, shape ``(networks, 3)``: mean and interval; and ``nulls``, shape
        ``(draws, 2)``: the row of the network and the mean of a draw.
    """
    measures = list(measures)
    data: dict[str, np.ndarray] = {}
    with style.style():
        height = 0.42 * len(study.networks) + 1.0
        axes = style.panels(1, len(measures), 2.6 * len(measures) + 1.0, height, sharey=True)
        for ax, measure in zip(axes, measures, strict=True):
            trained = np.array([study.interval(name, "trained", measure) for name in study.networks])
            draws = []
            for kind, colour in zip(study.nulls, style.LAYERS, strict=False):
                found = [(row, m) for row, n in enumerate(study.networks) for m in study.means(n, kind, measure)]
                draws += found
                rows, means = np.array(found).T
                ax.plot(means, rows + 0.18, "o", ms=4, color=colour, alpha=0.8, label=kind)
            rows = np.arange(len(trained))
            ax.errorbar(
                trained[:, 0], rows - 0.18, xerr=np.abs(trained[:, 1:] - trained[:, :1]).T, fmt="D", ms=4.5,
                color=style.INK, capsize=2, label="trained",
            )  # fmt: skip
            if level is not None:
                ax.axvline(level, color=style.LINE, zorder=0)
            ax.set_xlabel(measure)
            data[f"trained, {measure}"], data[f"nulls, {measure}"] = trained, np.array(draws)
        axes[0].set_yticks(np.arange(len(study.networks)), study.networks)
        axes[0].invert_yaxis()
        axes[-1].legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    first = data[f"trained, {measures[0]}"]
    told = ", ".join(f"{name} {v[0]:.3f}" for name, v in zip(study.networks, first, strict=True))
    alt = f"Means over pictures, trained networks with intervals, draws of nulls as dots. {measures[0]}: {told}."
    return style.Drawing(axes, data, alt)


def sizes_of_steps(study, names=None) -> style.Drawing:
    """The share of outputs that move up against the size of the step, a panel a kind of step, a line a network.

    Parameters
    ----------
    study : Study
        As `last_study` returns it.
    names : sequence of str, optional
        Which networks; all if left out.

    Returns
    -------
    Drawing
        `data` holds for each kind the means, shape ``(networks, sizes)``, and the ``sizes``.
    """
    names, kinds, sizes = list(names or study.networks), study.effort["kinds"], study.effort["sizes"]
    data: dict[str, np.ndarray] = {"sizes": np.array(sizes)}
    with style.style():
        axes = style.panels(1, len(kinds), 2.5 * len(kinds) + 1.0, 2.6, sharey=True)
        for ax, kind in zip(axes, kinds, strict=True):
            lines = []
            for name, colour in zip(names, style.LAYERS, strict=False):
                found = [p["trials"][kind]["agreement"] for p in study.draws(name, "trained")[0]["images"]]
                lines.append(np.nanmean(np.array(found, float), axis=0))
                ax.plot(sizes, lines[-1], "o-", ms=3.5, color=colour, label=name)
            ax.set_xscale("log")
            ax.axhline(0.5, color=style.LINE, zorder=0)
            ax.set_title(kind, fontsize=10)
            data[kind] = np.array(lines)
        axes[0].set_ylabel("outputs up")
        axes[len(axes) // 2].set_xlabel("length of the step, as a share of that of the picture")
        axes[-1].legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    told = "; ".join(
        f"{name} {', '.join(f'{v:.2f}' for v in row)}" for name, row in zip(names, data[kinds[-1]], strict=True)
    )
    return style.Drawing(
        axes, data, f"Shares of outputs that move up, steps of growing length. Along {kinds[-1]}: {told}."
    )
