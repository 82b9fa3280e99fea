"""What a unit does to the order of its samples, as strings between two rails; and the distribution of ranks."""

import numpy as np
from matplotlib.axes import Axes

from blockshift import errors
from blockshift.neurons import orders as counted
from blockshift.plot import style

#: More strings than this are a surface.
MOST_SAMPLES = 60


def strings(units, *, names=None) -> style.Drawing:
    """One panel a unit: its samples by field on the left rail, by value on the right, a string for each sample.

    Strings that cross are pairs that are turned; strings that meet are ties.

    Parameters
    ----------
    units : sequence of (array_like, array_like)
        Fields and values of each unit, at most 60 samples.
    names : sequence of str, optional

    Returns
    -------
    Drawing
        `data` holds ``h0, y0, h1, ...`` and ``turned``, the number of turned pairs of each unit.

    Raises
    ------
    TooLarge
        If there are more samples than strings can be told apart.
    """
    units = [(np.asarray(h, dtype=float), np.asarray(y, dtype=float)) for h, y in units]
    names = list(names or [f"unit {i}" for i in range(1, len(units) + 1)])
    if max(len(h) for h, _ in units) > MOST_SAMPLES:
        raise errors.TooLarge(f"there are more than {MOST_SAMPLES} samples; draw some of them.")
    found = [counted.pairs(h, y) for h, y in units]
    with style.style():
        axes = style.panels(1, len(units), 2.6 * len(units), 3.2)
        for ax, (h, y), pairs, name in zip(axes, units, found, names, strict=True):
            left, right = (_scaled(x) for x in (h, y))
            order = np.argsort(h, kind="stable")
            for place, mu in enumerate(order):
                tone = style.sequence(len(h))[place]
                ax.plot([0, 1], [left[mu], right[mu]], color=tone, lw=1.3, marker="o", ms=3.5)
            ax.set_xlim(-0.12, 1.12)
            ax.set_xticks([0, 1], ["field $h$", "value $y$"])
            ax.set_yticks([])
            ax.spines["left"].set_visible(False)
            ax.set_title(name, fontsize=10.5)
            ax.set_xlabel(f"{int(pairs.turned)} turned, {int(pairs.tied)} tied of {int(pairs.compared)} pairs")
    data = {f"{kind}{i}": x for i, unit in enumerate(units) for kind, x in zip("hy", unit, strict=True)}
    told = "; ".join(
        f"{name}: {int(p.turned)} of {int(p.compared)} pairs turned, {int(p.tied)} tied"
        for name, p in zip(names, found, strict=True)
    )
    alt = f"For each unit, strings from the fields of its samples to their values. {told}."
    return style.Drawing(axes, data | {"turned": np.array([int(p.turned) for p in found])}, alt)


def _scaled(x: np.ndarray) -> np.ndarray:
    """Numbers on a rail from 0 to 1."""
    low, high = x.min(), x.max()
    return (x - low) / (high - low) if high > low else np.full_like(x, 0.5)


def ranks(distributions, *, names=None, ax: Axes | None = None) -> style.Drawing:
    """Rank probability distributions, averaged over the classes: flat is 1, and steeper says more of the class.

    Parameters
    ----------
    distributions : sequence of RankDistribution
    names : sequence of str, optional
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds the ``density``, shape (distributions, bins), and the ``slopes``.
    """
    found = list(distributions)
    names = list(names or [f"layer {i}" for i in range(1, len(found) + 1)])
    density = np.array([d.density.mean(axis=0) for d in found])
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 3.4)
        ax.axhline(1.0, color=style.LINE, lw=0.8, ls=(0, (4, 3)))
        edges = np.linspace(0, 1, density.shape[1] + 1)
        for row, d, name, tone in zip(density, found, names, style.sequence(len(found)), strict=True):
            ax.stairs(row, edges, color=tone, lw=1.8, label=f"{name}, slope {d.slope:.2f}", baseline=None)
        ax.set_xlim(0, 1)
        ax.set_ylim(0, None)
        ax.set_xlabel("rank among all samples, from below")
        ax.set_ylabel("density")
        ax.legend(frameon=False, fontsize=9, loc="upper left")
    slopes = np.array([d.slope for d in found])
    told = ", ".join(f"{name} {slope:.2f}" for name, slope in zip(names, slopes, strict=True))
    alt = f"Histograms of ranks against the flat line at 1. Slopes: {told}."
    return style.Drawing((ax,), {"density": density, "slopes": slopes}, alt)
