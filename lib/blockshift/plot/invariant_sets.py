"""Stable and unstable sets: basins and the tie set between them, and how slowly deep saddles are reached."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from blockshift import errors
from blockshift.flow import integrators, invariant_sets
from blockshift.plot import style

#: Runs end by this time, or are close enough to tell their branch: the tie set is left at rates near sigma.
LONG = 60.0

#: Sizes below this are left out of the picture of slow falls: there two layers are nearly at the origin.
LEAST = 6e-5


def saddle(sigma: float = 1.0, *, reach: float = 2.0, runs: int = 14, ax: Axes | None = None) -> style.Drawing:
    """Two weights: the hyperbolas of minima, the line that falls into the saddle, the one that leaves it, and runs.

    Parameters
    ----------
    sigma : float
        Above 0.
    reach : float
        The plane is drawn from minus this to this.
    runs : int
        How many runs start on the border of the picture.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``starts`` and ``ends`` of the runs, shape ``(runs, 2)``.
    """
    _above_zero(sigma, reach)
    angle = 2 * np.pi * (np.arange(runs) + 0.35) / runs
    rim = np.column_stack([np.cos(angle), np.sin(angle)])
    starts = reach * 0.97 * rim / np.abs(rim).max(axis=1, keepdims=True)
    paths = [_run(w, sigma) for w in starts]
    along = np.geomspace(sigma / reach, reach, 101)
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 4.4, 4.4)
        both = np.array([-reach, reach])
        _shade(ax, reach, lambda X, Y: (X + Y > 0).astype(int), (style.POSITIVE, style.NEGATIVE))
        ax.plot(both, -both, color=style.INK, lw=2.2, zorder=3)
        ax.plot(both, both, color=style.QUIET, lw=1.2, ls=(0, (4, 3)), zorder=3)
        for sign in (1, -1):
            ax.plot(sign * along, sign * sigma / along, color=style.ACCENT, lw=2.6, zorder=4)
        for path in paths:
            ax.plot(*path.T, color=style.QUIET, lw=0.9, zorder=2)
            ax.plot(*path[0], "o", ms=3, color=style.QUIET, zorder=2)
        ax.plot([0], [0], "o", ms=7, color=style.INK, mec="white", zorder=6)
        for text, at, tone in (("stable", (-0.72, 0.74), style.INK), ("unstable", (-0.76, -0.88), style.QUIET)):
            ax.annotate(
                text, (at[0] * reach, at[1] * reach), (5, 4), textcoords="offset points", fontsize=10, color=tone
            )
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$w_1$", ylabel="$w_2$")
    ends = np.array([path[-1] for path in paths])
    right = int((ends.sum(axis=1) > 0).sum())
    alt = (
        f"The plane of w_1 and w_2 with two hyperbolas of minima, w_2 w_1 = {style.number(sigma)}. The line w_2 = -w_1 "
        f"falls into the saddle at the origin and divides the plane into two basins; along w_2 = w_1 it is left. Of "
        f"{runs} runs from the border {right} end on the upper right branch and {runs - right} on the lower left one."
    )
    return style.Drawing((ax,), {"starts": starts, "ends": ends}, alt)


def basins(
    sigma: float = 1.0, *, third: float = 1.0, reach: float = 2.5, runs: int = 60, rng: np.random.Generator,
    ax: Axes | None = None,
) -> style.Drawing:  # fmt: skip
    """Three weights, cut at one value of the third: to which branch of the minima each start goes.

    The fields are foretold by signs and sizes alone; dots are starts whose run was integrated, in the colour of the
    branch where it ended. Black lines are the tie set, whose starts end at the saddle.

    Parameters
    ----------
    sigma : float
        Above 0.
    third : float
        ``w_3``, not 0.
    reach : float
        The plane of ``w_1`` and ``w_2`` is drawn from minus this to this.
    runs : int
        How many random starts are integrated.
    rng : numpy.random.Generator
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``starts``, shape ``(runs, 3)``, and the signs of their ends, ``foretold`` and ``found``.
    """
    _above_zero(sigma, reach)
    if third == 0:
        raise errors.BadArgument("w_3 is 0: there the smallest weight is the third everywhere. Cut at another value.")
    starts = np.column_stack([rng.uniform(-reach, reach, (runs, 2)), np.full(runs, third)])
    found = np.array([np.sign(_run(w, sigma)[-1]) for w in starts])
    foretold = invariant_sets.limit_signs(starts)
    tones = np.array([style.ACCENT, style.POSITIVE, style.NEGATIVE, style.LAYERS[3]])

    def branch(signs):
        """A number for each of the four patterns whose product is positive, by the first two signs."""
        return (np.asarray(signs)[..., 0] < 0) + 2 * (np.asarray(signs)[..., 1] < 0)

    def field(X, Y):
        return branch(invariant_sets.limit_signs(np.stack([X, Y, np.full_like(X, third)], axis=-1)))

    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 4.9, 4.9)
        _shade(ax, reach, field, tones)
        for path in _tie_lines(third, reach):
            ax.plot(*path.T, color=style.INK, lw=2.0, zorder=3)
        ax.axhline(0, color="white", lw=0.8, zorder=2)
        ax.axvline(0, color="white", lw=0.8, zorder=2)
        ax.scatter(
            starts[:, 0], starts[:, 1], c=tones[branch(found)], s=22, edgecolors="white", linewidths=0.7, zorder=4
        )
        sign = np.sign(third)
        for x, y in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
            label = "".join("+" if s > 0 else "−" for s in invariant_sets.limit_signs([x * 9, y * 9, third]))
            ax.annotate(
                label, (x * 0.86 * reach, y * 0.93 * reach), ha="center", va="center", fontsize=12, color=style.INK,
                bbox={"boxstyle": "round,pad=0.2", "fc": "white", "ec": "none", "alpha": 0.8}, zorder=5,
            )  # fmt: skip
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$w_1$", ylabel="$w_2$")
        ax.set_title(f"starts with $w_3 = {third:g}$", loc="left", fontsize=11, pad=4)
    agree = int((found == foretold).all(axis=1).sum())
    odd = "upper left and lower right" if sign > 0 else "upper right and lower left"
    alt = (
        f"The plane of the starts w_1 and w_2 with w_3 = {style.number(third)}, in four colours, one for each pattern "
        f"of signs that minima have. Two quadrants are of one colour; the {odd} ones are cut into three fields each by "
        f"black lines in the shape of a Y, the ties. Of {runs} dots, runs that were integrated, {agree} have the "
        f"colour of their field."
    )
    return style.Drawing((ax,), {"starts": starts, "foretold": foretold, "found": found}, alt)


def slow_fall(sigma: float = 1.0, *, depths=(2, 3, 4, 5), t_end: float = 1e4, ax: Axes | None = None) -> style.Drawing:
    """The common size of weights that fall into the origin, over time, for several depths, and the law of their fall.

    Parameters
    ----------
    sigma : float
        Above 0.
    depths : sequence of int
        Each at least 2.
    t_end : float
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``t`` and ``sizes``, shape ``(len(depths), len(t))``, and ``laws`` of the same shape, NaN for
        depth 2, where the fall is exponential.
    """
    _above_zero(sigma, t_end)
    t = np.geomspace(t_end / 1e6, t_end, 121)
    sizes, laws = np.full((2, len(depths), len(t)), np.nan)
    for k, h in enumerate(depths):
        net = invariant_sets.chain_network([-1.0, *[1.0] * (h - 1)])
        # Two layers fall exponentially, and rounding would kick them off the line within a time of about 30.
        last = t_end if h > 2 else min(t_end, 12 / sigma)
        seen = t[t <= last]
        run = integrators.integrate(net, [sigma], t_end=last, at=seen, rest=0.0)
        sizes[k, : len(seen)] = np.abs(run.states).max(axis=1)[-len(seen) :]
        if h > 2:
            laws[k] = invariant_sets.slow_size(t, sigma, h)
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 3.6)
        for k, (h, tone) in enumerate(zip(depths, style.sequence(len(depths)), strict=True)):
            ax.plot(t, laws[k], color=tone, lw=1.0, ls=(0, (4, 3)), zorder=2)
            ax.plot(t, sizes[k], color=tone, lw=2.0, zorder=3)
            end = int(np.flatnonzero(sizes[k] > LEAST)[-1])
            ax.annotate(
                f"$h={h}$", (t[end], sizes[k, end]), (6, 0), textcoords="offset points", va="center", fontsize=10.5,
                color=tone, annotation_clip=False,
            )  # fmt: skip
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="time",
            ylabel="size of the weights",
            xlim=(t[0], t[-1]),
            ylim=(LEAST / 2, 3),
        )
    ends = ", ".join(
        f"{style.number(row[np.isfinite(row)][-1])} for h = {h}" for h, row in zip(depths, sizes, strict=True)
    )
    alt = (
        f"Sizes of weights that fall into the origin, over time, both axes logarithmic: the last sizes drawn are "
        f"{ends}. Two layers fall off a cliff, deeper ones along straight lines, the laws ((h-2) sigma t)^(-1/(h-2))."
    )
    return style.Drawing((ax,), {"t": t, "sizes": sizes, "laws": laws}, alt)


def _above_zero(*numbers: float) -> None:
    """Nothing, if all numbers are above 0."""
    if not all(np.isfinite(x) and x > 0 for x in numbers):
        raise errors.BadArgument(f"{', '.join(map(str, numbers))} are not all finite numbers above 0.")


def _run(w, sigma: float) -> np.ndarray:
    """The weights of one mode along a run, shape ``(m, h)``."""
    return integrators.integrate(invariant_sets.chain_network(w), [sigma], t_end=LONG).states


def _shade(ax, reach: float, field, tones) -> None:
    """Fields of pale colour behind everything, one for each number that a function takes on the plane."""
    side = np.linspace(-reach, reach, 500)
    numbers = field(*np.meshgrid(side, side))
    pale = np.array([0.78 + 0.22 * np.array(to_rgb(tone)) for tone in tones])
    ax.imshow(pale[numbers], extent=(-reach, reach, -reach, reach), origin="lower", interpolation="nearest", zorder=0)


def _tie_lines(third: float, reach: float) -> list[np.ndarray]:
    """Where the two smallest of three sizes are equal and the product is not positive, as paths in the plane."""
    c, sign = abs(third), np.sign(third)
    lines = []
    for x, y in ((-sign, 1), (sign, -1)) if sign > 0 else ((1, 1), (-1, -1)):
        diagonal = min(c, reach)
        lines.append(np.array([[0, 0], [x * diagonal, y * diagonal]]))
        if c < reach:
            lines.append(np.array([[x * c, y * c], [x * c, y * reach]]))
            lines.append(np.array([[x * c, y * c], [x * reach, y * c]]))
    return lines
