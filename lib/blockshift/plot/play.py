"""Figures to play with: what scale and depth, imbalance, and temperature do, one picture at each position."""

from collections.abc import Mapping, Sequence

import numpy as np

from blockshift import errors
from blockshift.flow import exact_solutions, integrators
from blockshift.plot import frames, runs, style


def staircases(
    found: Mapping[tuple, integrators.Trajectory], sigma, *, knobs: Sequence[str], begin: Sequence[int] | None = None
) -> frames.Frames:
    """The loss of runs over time, a run at each combination of positions of some knobs.

    Parameters
    ----------
    found : dict of tuple to Trajectory
        From each combination of positions to its run; every combination must be there.
    sigma : array_like
        As the runs had it.
    knobs : sequence of str
        A name for each item of the combinations.
    begin : sequence of int, optional
        Which position of each knob is shown first.

    Returns
    -------
    Frames

    Raises
    ------
    BadArgument
        If a combination is missing, or the names do not fit.
    """
    lengths = {len(key) for key in found}
    if lengths != {len(knobs)}:
        raise errors.BadArgument(f"{len(knobs)} names were given for combinations of {sorted(lengths)} positions.")
    places = {name: list(dict.fromkeys(key[k] for key in found)) for k, name in enumerate(knobs)}
    if len(found) < np.prod([len(kept) for kept in places.values()]):
        raise errors.BadArgument(
            f"{len(found)} runs do not fill all combinations of {', '.join(knobs)}; expected one run for each."
        )

    def draw(*key) -> style.Drawing:
        drawing = runs.staircase(found[key], sigma)
        t, loss, critical = (drawing.data[name] for name in ("t", "loss", "critical"))
        passed = [style.number(t[np.argmax(along)]) for along in loss < _between(critical)[:, None] if along.any()]
        steps = (
            f" It passes half of a step at t = {', '.join(passed)}." if passed else " It takes no step in that time."
        )
        return style.Drawing(drawing.axes, drawing.data, drawing.alt + steps)

    return frames.frames(draw, places, begin=begin)


def _between(critical: np.ndarray) -> np.ndarray:
    """Half way from each critical value to the next."""
    return (critical[:-1] + critical[1:]) / 2


def imbalances(
    sigma: float = 1.0, s0: float = 1e-3, *, ratios: Sequence[float] = (1, 2, 4, 8, 16, 32, 64, 128)
) -> frames.Frames:
    """One mode of two layers from the same product, by the ratio of the weights at the start, and the balanced one.

    Parameters
    ----------
    sigma, s0 : float
        The singular value, and the product at time 0, between 0 and it.
    ratios : sequence of float
        The first weight over the second, at time 0.

    Returns
    -------
    Frames

    Raises
    ------
    BadArgument
        If `s0` is not between 0 and `sigma`, or a ratio is not positive.
    """
    if not 0 < s0 < sigma or min(ratios) <= 0:
        raise errors.BadArgument(
            f"s0 is {s0}, sigma {sigma}, ratios {ratios}; expected 0 < s0 < sigma, ratios above 0."
        )
    end = 1.05 * float(exact_solutions.two_layer_time(0.97 * sigma, sigma, s0**0.5, s0**0.5))
    t = np.linspace(0, end, 300)
    even = exact_solutions.two_layer_mode(t, sigma, s0**0.5, s0**0.5)

    def draw(ratio: float) -> style.Drawing:
        pair = (s0 * ratio) ** 0.5, (s0 / ratio) ** 0.5
        curve = exact_solutions.two_layer_mode(t, sigma, *pair)
        with style.style():
            (ax,) = style.panels(1, 1, 5.8, 3.1)
            ax.axhline(sigma, color=style.LINE, lw=0.8, ls=(0, (4, 3)), zorder=1)
            ax.plot(t, even, color=style.QUIET, lw=1.2, ls=(0, (2, 2)), zorder=2)
            ax.plot(t, curve, color=style.ACCENT, lw=2, zorder=3)
            ax.set_xlim(0, end)
            ax.set_ylim(0, 1.08 * sigma)
            ax.set_xlabel("time")
            ax.set_ylabel("product of the weights")
            ax.set_title(f"$c = w_1^2 - w_2^2 = {style.number(pair[0] ** 2 - pair[1] ** 2)}$", loc="left", fontsize=11)
        half, other = (
            style.number(float(exact_solutions.two_layer_time(sigma / 2, sigma, *weights)))
            for weights in (pair, (s0**0.5, s0**0.5))
        )
        alt = (
            f"Weights that start in the ratio {ratio:g} to 1: the product grows from {style.number(s0)} and passes "
            f"half of {style.number(sigma)} at t = {half}; a dotted line, the balanced start, passes it at t = {other}."
        )
        return style.Drawing((ax,), {"t": t, "balanced": even, "curve": curve}, alt)

    return frames.frames(draw, {"ratio of the weights": tuple(ratios)})


def held(
    found: Mapping[float, Sequence[Sequence[float]]], optimum: float, *, begin: Sequence[int] | None = None
) -> frames.Frames:
    """The frustrated weight after each sweep of runs that are held at one temperature, above the optimum.

    Parameters
    ----------
    found : dict of float to array_like, shape (runs, sweeps)
        From each temperature to the frustrated weights.
    optimum : float
        The least frustrated weight, or the least that is known.
    begin : sequence of int, optional
        Which temperature is shown first.

    Returns
    -------
    Frames

    Raises
    ------
    BadArgument
        If there is no run or no sweep.
    """
    tables = {T: np.asarray(rows, dtype=float) for T, rows in found.items()}
    if not tables or any(rows.ndim != 2 or not rows.size for rows in tables.values()):
        raise errors.BadArgument(
            "something is empty; expected for each temperature a row for each run, with its sweeps."
        )
    top = 1.05 * max(float(rows.max()) for rows in tables.values())

    def draw(T: float) -> style.Drawing:
        rows = tables[T]
        sweeps = np.arange(1, rows.shape[1] + 1)
        with style.style():
            (ax,) = style.panels(1, 1, 5.8, 3.1)
            ax.axhline(optimum, color=style.QUIET, lw=0.9, ls=(0, (4, 3)), zorder=1)
            for row, tone in zip(rows, style.sequence(len(rows)), strict=True):
                ax.plot(sweeps, row, color=tone, lw=1.3, zorder=3)
            ax.set_ylim(0, top)
            ax.set_xlim(1, max(2, len(sweeps)))
            ax.set_xlabel("sweeps")
            ax.set_ylabel("frustrated weight")
            ax.annotate(
                f"optimum {optimum:g}", (1, optimum), (-2, -4), xycoords=("axes fraction", "data"),
                textcoords="offset points", ha="right", va="top", fontsize=9.5, color=style.INK,
            )  # fmt: skip
        last = rows[:, -1]
        alt = (
            f"{len(rows)} runs at temperature {style.number(T)}: after {len(sweeps)} sweeps their frustrated weights "
            f"lie between {last.min():g} and {last.max():g}, the least on the way is {rows.min():g}, the optimum "
            f"{optimum:g}."
        )
        return style.Drawing((ax,), {"weights": rows, "optimum": np.array(optimum)}, alt)

    return frames.frames(draw, {"temperature": tuple(tables)}, begin=begin)
