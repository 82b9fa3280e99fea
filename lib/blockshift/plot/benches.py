"""Work against precision: what a method costs for the accuracy it gives, one line a method.

Every point is one run at one tolerance. A line further to the left is more accurate, a lower one is cheaper, so the
good corner is at the bottom left.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.ticker import LogLocator, NullLocator

from blockshift import errors
from blockshift.plot import style

#: What can be drawn along an axis: the words beside it.
QUANTITIES = {
    "error": "global error",
    "drift": "drift of the conserved matrices",
    "seconds": "processor time in seconds",
    "calls": "evaluations of the right side",
}

#: Errors and drifts below this are rounding of a single number, and are drawn here.
LEAST = 1e-17

#: One colour for each package, a marker for each method in it; the accent, and what is like it, is for ours.
_TONES, _MARKERS = tuple(tone for tone in style.LAYERS if tone != "#1f8178"), "osD^vP"


def work_precision(problem: Mapping, *, x: str = "error", y: str = "seconds", methods=None) -> style.Drawing:
    """What each method costs on one problem for the error it makes, or what it keeps.

    Parameters
    ----------
    problem : mapping
        With ``name``, ``weights`` and ``runs``, as a record of the benchmark has it; a run has ``method``, ``peer``,
        ``rtol`` and the quantities.
    x, y : {"error", "drift", "seconds", "calls"}
    methods : sequence of str, optional
        Only these; by default all that have both quantities.

    Returns
    -------
    Drawing
        `data` holds under each method's name an array of shape ``(m, 2)``: x and y, loosest tolerance first.

    Raises
    ------
    UnknownName
        If a quantity or a method is not there.
    """
    style.one_of("x", x, tuple(QUANTITIES))
    style.one_of("y", y, tuple(QUANTITIES))
    curves, ours = _curves(problem, x, y)
    for name in methods or ():
        style.one_of("methods", name, tuple(curves))
    data = {name: curves[name] for name in (methods or curves)}
    if not data:
        raise errors.BadArgument(f"no run on {problem['name']!r} has both {x!r} and {y!r}; choose other quantities.")
    with style.style():
        (ax,) = style.panels(1, 1, 5.8, 4.2)
        groups = _groups(curves, ours)
        for name, points in data.items():
            place = next(i for i, group in enumerate(groups) if name in group)
            marker = _MARKERS[groups[place].index(name) % len(_MARKERS)]
            tone, width = (_TONES[place % len(_TONES)], 1.1) if name not in ours else (style.ACCENT, 2.4)
            ax.plot(*points.T, color=tone, lw=width, marker=marker, ms=4, label=name, zorder=4 if name in ours else 3)
        for axis, scale, quantity in ((ax.xaxis, ax.set_xscale, x), (ax.yaxis, ax.set_yscale, y)):
            scale("log")
            axis.set_major_locator(LogLocator(10, numticks=8))
            axis.set_minor_locator(NullLocator())
            axis.set_label_text(QUANTITIES[quantity])
        ax.grid(color=style.PALE, lw=0.8, zorder=0)
        ax.set_axisbelow(True)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8.5, handlelength=2.2)
    return style.Drawing((ax,), data, _alt(problem, data, x, y))


def _curves(problem, x, y) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """The points of every method that has both quantities, and which methods are ours."""
    found: dict[str, list] = {}
    ours = dict.fromkeys(run["method"] for run in problem["runs"] if not run["peer"])
    for run in sorted(problem["runs"], key=lambda run: -run["rtol"]):
        if run[x] is not None and run[y] is not None and np.isfinite([run[x], run[y]]).all():
            found.setdefault(run["method"], []).append([max(run[x], LEAST), max(run[y], LEAST)])
    order = [name for name in dict.fromkeys(run["method"] for run in problem["runs"]) if name in found]
    return {name: np.array(found[name]) for name in order}, tuple(ours)


def _groups(names, ours) -> list[list[str]]:
    """Names of methods by package, which is the first word of a peer's; ours are the last group."""
    packages = dict.fromkeys(name.split()[0] for name in names if name not in ours)
    groups = [[name for name in names if name not in ours and name.split()[0] == package] for package in packages]
    return [*groups, [name for name in names if name in ours]]


def _alt(problem, data, x, y) -> str:
    """The picture in words: the range of each line."""
    said = []
    for name, points in data.items():
        low, high = points.min(axis=0), points.max(axis=0)
        said.append(
            f"{name}: {QUANTITIES[x]} {style.number(low[0])} to {style.number(high[0])}, "
            f"{QUANTITIES[y]} {style.number(low[1])} to {style.number(high[1])}"
        )
    return (
        f"On the problem {problem['name']} with {problem['weights']} weights, {QUANTITIES[y]} against "
        f"{QUANTITIES[x]}, both on logarithmic axes, one line a method. {'; '.join(said)}."
    )
