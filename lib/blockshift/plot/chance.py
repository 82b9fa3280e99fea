"""Networks against their null models: intervals of the frustration side by side, through training, layer by layer."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from blockshift import errors
from blockshift.plot import style

#: Inches for one line of a table of intervals, and for what stands above and below all of them.
LINE, REST = 0.23, 1.15


def against_chance(table: Mapping[str, Mapping], *, kinds: Sequence[str] | None = None) -> style.Drawing:
    """For each network its interval as a band, and the null draws of each kind as marks on a line of their own.

    Parameters
    ----------
    table : mapping of str to mapping
        By network: ``"network"``, its interval as a pair of shares, and ``"nulls"``, by kind a mapping with ``"lower"``
        and ``"upper"``, one number a draw.
    kinds : sequence of str, optional
        Which kinds, from the top; all in order of appearance if left out.

    Returns
    -------
    Drawing
        `data` holds ``networks``, ``kinds``, ``intervals`` of shape ``(networks, 2)``, and ``least``, shape
        ``(networks, kinds)``: the least upper end of a draw; NaN where a kind was not drawn.

    Raises
    ------
    BadArgument
        If there is no network.
    """
    if not table:
        raise errors.BadArgument("there is no network in the table; give at least one.")
    names = list(kinds or dict.fromkeys(kind for row in table.values() for kind in row["nulls"]))
    tones = {kind: style.LAYERS[k % len(style.LAYERS)] for k, kind in enumerate(names)}
    counts = [sum(kind in row["nulls"] for kind in names) for row in table.values()]
    # A network without draws still needs a line for itself; one line stays free between two networks.
    heights = [1 + max(1, count) for count in counts]
    ends = np.array([row["network"] for row in table.values()], float)
    least = np.array(
        [[min(row["nulls"][k]["upper"]) if k in row["nulls"] else np.nan for k in names] for row in table.values()]
    )
    with style.style():
        (ax,) = style.panels(1, 1, 6.6, LINE * sum(heights) + REST)
        y, middles = 0.0, []
        for row, height in zip(table.values(), heights, strict=True):
            top = y
            for kind in (k for k in names if k in row["nulls"]):
                _line(ax, y, row["nulls"][kind], tones[kind])
                y -= 1
            y = top - height
            _band(ax, row["network"], top + 0.5, y + 1.5)
            middles.append((top + y + 2) / 2)
        ax.set_ylim(y + 1.3, 0.7)
        ax.set_yticks(middles, list(table))
        ax.tick_params(left=False)
        ax.spines["left"].set_visible(False)
        ax.grid(axis="x", color=style.PALE, lw=0.8)
        ax.set_axisbelow(True)
        ax.set_xlabel("share of the weight on frustrated edges ζ")
        for kind in names:
            ax.scatter([], [], s=16, color=tones[kind], label=kind)
        ax.plot([], [], color=style.INK, lw=2.2, label="the network")
        figure = cast(Figure, ax.get_figure(root=True))
        figure.legend(loc="outside upper center", ncols=min(4, len(names) + 1), frameon=False, fontsize=8.5)
    words = "; ".join(
        f"{name} between {low:.3f} and {high:.3f}"
        + ", draws from " * bool(np.isfinite(row).any())
        + ", ".join(f"{x:.3f} ({kind})" for kind, x in zip(names, row, strict=True) if np.isfinite(x))
        for name, (low, high), row in zip(table, ends, least, strict=True)
    )
    data = {"networks": np.array(list(table)), "kinds": np.array(names), "intervals": ends, "least": least}
    return style.Drawing((ax,), data, f"Frustration of networks{' and of their null models' * bool(names)}. {words}.")


def _line(ax: Axes, y: float, draws: Mapping, tone: str) -> None:
    """The draws of one kind: a thin line over all intervals, a mark at each upper end."""
    ax.plot([min(draws["lower"]), max(draws["upper"])], [y, y], color=tone, lw=0.8, alpha=0.5, zorder=2)
    ax.scatter(draws["lower"], [y] * len(draws["lower"]), s=14, marker="|", color=tone, lw=0.8, zorder=3)
    ax.scatter(draws["upper"], [y] * len(draws["upper"]), s=13, color=tone, lw=0, zorder=3)


def _band(ax: Axes, interval: Sequence[float], top: float, bottom: float) -> None:
    """What is known of the network itself: a pale band with its upper end in ink."""
    low, high = interval
    ax.fill_betweenx([bottom, top], low, high, color=style.LINE, alpha=0.45, lw=0, zorder=1)
    ax.plot([high, high], [bottom, top], color=style.INK, lw=2.2, zorder=4)


def through_training(runs: Mapping[str, Mapping], *, nulls: Mapping[str, float] | None = None) -> style.Drawing:
    """The interval of the frustration along training, one band a network.

    Parameters
    ----------
    runs : mapping of str to mapping
        By network: ``"steps"``, ``"lower"`` and ``"upper"``, one number a snapshot, the first at step 0.
    nulls : mapping of str to float, optional
        By network a level to compare with, the mean of null draws of the trained network for instance.

    Returns
    -------
    Drawing
        `data` holds for each network its three sequences, stacked in an array of shape ``(3, snapshots)``.
    """
    if not runs:
        raise errors.BadArgument("there is no run to draw; give at least one.")
    data = {name: np.array([run["steps"], run["lower"], run["upper"]], float) for name, run in runs.items()}
    with style.style():
        (ax,) = style.panels(1, 1, 6.2, 3.4)
        for k, (name, (steps, lower, upper)) in enumerate(data.items()):
            tone = style.LAYERS[k % len(style.LAYERS)]
            ax.fill_between(steps, lower, upper, color=tone, alpha=0.15, lw=0)
            ax.plot(steps, upper, color=tone, marker="o", ms=3.2, label=name)
            if nulls and name in nulls:
                ax.axhline(nulls[name], color=tone, lw=0.9, ls=(0, (4, 3)))
        first = min(steps[steps > 0].min() for steps, _, _ in data.values())
        ax.set_xscale("symlog", linthresh=first, linscale=0.35)
        last = max(steps.max() for steps, _, _ in data.values())
        ax.set_xlim(-first / 4, 1.2 * last)
        ax.set_xticks([0, *(10.0**k for k in range(9) if 2 * first < 10.0**k <= last)])
        ax.set_xlabel("steps of training")
        ax.set_ylabel("frustration ζ")
        ax.legend(frameon=False, fontsize=9)
    words = "; ".join(f"{name} from {upper[0]:.3f} to {upper[-1]:.3f}" for name, (_, _, upper) in data.items())
    return style.Drawing((ax,), data, f"Frustration along training, upper ends: {words}.")


def shares(rows: Sequence[Mapping], *, title: str = "") -> style.Drawing:
    """Where the frustration sits: for each link its share of frustrated weight, as wide as its part of all weight.

    Parameters
    ----------
    rows : sequence of mapping
        In the order of the network: ``"name"``, ``"weight"``, the sum of the absolute weights of its edges, and
        ``"frustrated"``, the part of it on frustrated edges.
    title : str

    Returns
    -------
    Drawing
        `data` holds ``names``, ``weight`` as shares of the total, and ``fraction``, the frustrated share of each link.
    """
    weight = np.array([row["weight"] for row in rows], float)
    if not len(rows) or not weight.sum() > 0:
        raise errors.BadArgument("no link has weight, so there is nothing to draw.")
    fraction = np.array([row["frustrated"] for row in rows], float) / np.where(weight > 0, weight, 1.0)
    part = weight / weight.sum()
    begin = np.cumsum(part) - part
    whole = float(fraction @ part)
    with style.style():
        (ax,) = style.panels(1, 1, 6.4, 3.2)
        colours = [style.ACCENT if k % 2 else style.POSITIVE for k in range(len(rows))]
        ax.bar(begin, fraction, part, align="edge", color=colours, lw=0)
        ax.axhline(whole, color=style.INK, lw=1.0, ls=(0, (4, 3)))
        ax.set_ylim(0, 0.5)
        ax.set_xlim(0, 1)
        ax.set_xlabel("part of the weight of the network, from input to output")
        ax.set_ylabel("frustrated share")
        ax.set_title(title, loc="left")
        for k in np.argsort(part)[::-1][:7]:
            if part[k] > 0.055:
                # Inside a bar that is tall enough, above one that is not.
                inside = fraction[k] > 0.25
                ax.text(
                    begin[k] + part[k] / 2, 0.01 if inside else fraction[k] + 0.008, str(rows[k]["name"]), rotation=90,
                    ha="center", va="bottom", fontsize=7.5, color="white" if inside else style.INK,
                )  # fmt: skip
    most, low = int(np.argmax(fraction)), int(np.argmin(fraction))
    alt = (
        f"Bars for {len(rows)} links, {whole:.3f} of the weight frustrated in all; the largest share is "
        f"{fraction[most]:.3f} in {rows[most]['name']}, the smallest {fraction[low]:.3f} in {rows[low]['name']}."
    )
    data = {"names": np.array([row["name"] for row in rows]), "weight": part, "fraction": fraction}
    return style.Drawing((ax,), data, alt)


def flipped(maps: Sequence[np.ndarray], *, names: Sequence[str] = (), columns: int = 8) -> style.Drawing:
    """The signs of a switching on the feature maps of some layers: one row of small pictures a layer.

    Parameters
    ----------
    maps : sequence of ndarray, shape (channels, height, width)
        Signs 1 and -1; of each layer the first `columns` channels are drawn.
    names : sequence of str
        Of the layers.
    columns : int

    Returns
    -------
    Drawing
        `data` holds ``flipped``, the share of -1 in each layer, and ``mixed``, the share of its channels that have both
        signs.
    """
    if not maps:
        raise errors.BadArgument("there is no layer to draw; give at least one.")
    share = np.array([(np.asarray(m) < 0).mean() for m in maps])
    mixed = np.array([(np.abs(np.asarray(m, float).mean(axis=(1, 2))) < 1).mean() for m in maps])
    names = list(names) or [f"layer {k}" for k in range(len(maps))]
    with style.style():
        axes = style.panels(len(maps), columns, 6.8, 0.95 * len(maps) + 0.3)
        for k, m in enumerate(maps):
            for c in range(columns):
                ax = axes[k * columns + c]
                ax.set_axis_off()
                if c < len(m):
                    ax.imshow(_inked(m[c]), interpolation="nearest")
                if c == 0:
                    ax.set_title(f"{names[k]}: {share[k]:.0%} flipped", loc="left", fontsize=8.5)
    words = "; ".join(
        f"{name} {part:.0%} flipped, {both:.0%} of the channels with both signs"
        for name, part, both in zip(names, share, mixed, strict=True)
    )
    return style.Drawing(tuple(axes), {"flipped": share, "mixed": mixed}, f"Signs on feature maps. {words}.")


def _inked(m: np.ndarray) -> np.ndarray:
    """Signs as colours."""
    plus, minus = np.array(to_rgb(style.PALE)), np.array(to_rgb(style.NEGATIVE))
    return np.where(np.asarray(m)[..., None] < 0, minus, plus)
