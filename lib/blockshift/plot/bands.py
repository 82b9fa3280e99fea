"""Numbers from runs with several seeds: the mean as a line, from the least to the largest as a band."""

from collections.abc import Mapping, Sequence

import numpy as np

from blockshift import errors
from blockshift.plot import style

#: Up to so many points on a logarithmic axis are its ticks; those of powers of ten would run into each other.
FEW = 6


def bands(
    panels: Mapping[str, Mapping], x, *, xlabel: str, log: bool = False, marks: Sequence[float] = ()
) -> style.Drawing:
    """Panels side by side, each with bands over the same axis.

    Parameters
    ----------
    panels : mapping of str to (mapping of str to array_like, shape (seeds, n))
        What is on the axis of each panel, and its curves by name.
    x : array_like, shape (n,)
    xlabel : str
    log : bool
        The horizontal axis logarithmic; a zero on it is drawn at half of the next.
    marks : sequence of float
        Dashed lines across at these places.

    Returns
    -------
    Drawing
        `data` holds ``x`` and each curve under ``panel: name``.

    Raises
    ------
    ShapeMismatch
        If a curve does not have as many points as `x`.
    """
    x = np.asarray(x, dtype=float)
    shown = np.where(x > 0, x, x[x > 0].min() / 2) if log else x
    data, told = {"x": x}, []
    with style.style():
        axes = style.panels(1, len(panels), 3.6 * len(panels) + 0.8 * (len(panels) == 1), 3.3)
        for ax, (title, curves) in zip(axes, panels.items(), strict=True):
            for place, (name, rows) in enumerate(curves.items()):
                rows = np.atleast_2d(np.asarray(rows, dtype=float))
                if rows.shape[1] != len(x):
                    raise errors.ShapeMismatch(f"{title}, {name}: {rows.shape[1]} points on an axis of {len(x)}.")
                tone = style.LAYERS[(2, 0, 1, 3, 4, 5)[place % 6]]
                mean = rows.mean(axis=0)
                ax.fill_between(shown, rows.min(axis=0), rows.max(axis=0), color=tone, alpha=0.2, lw=0)
                ax.plot(shown, mean, color=tone, marker="o", ms=2.5, lw=1.6, label=name)
                data[f"{title}: {name}"] = rows
                told.append(f"{title}, {name}: {_course(x, mean)}")
            told += [f"{title}: {words}" for words in _crossings(x, {k: data[f"{title}: {k}"].mean(0) for k in curves})]
            for mark in marks:
                ax.axhline(mark, color=style.QUIET, lw=0.8, ls=(0, (4, 3)), zorder=1)
            ax.set_xscale("log" if log else "linear")
            if log and len(x) <= FEW:
                ax.minorticks_off()
                ax.set_xticks(shown, [f"{value:g}" for value in x])
            ax.set_xlabel(xlabel)
            ax.set_ylabel(title)
            if len(curves) > 1:
                ax.legend(frameon=False, fontsize=8.5)
    alt = f"Means over seeds with bands from the least to the largest, along {xlabel}. {'; '.join(told)}."
    return style.Drawing(axes, data, alt)


def _course(x: np.ndarray, mean: np.ndarray) -> str:
    """Where a curve begins and ends, and how far it strays from what lies between.

    Examples
    --------
    >>> _course(np.array([1.0, 2.0, 3.0]), np.array([0.5, 2.0, 1.0]))
    'from 0.5 to 1, at most 2 at 2'
    >>> _course(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.75, 1.0]))
    'from 0.5 to 1'
    """
    words = f"from {style.number(mean[0])} to {style.number(mean[-1])}"
    span = mean.max() - mean.min()
    for way, place in (("most", int(mean.argmax())), ("least", int(mean.argmin()))):
        # What is not seen in the picture needs no words.
        if min(abs(mean[place] - mean[0]), abs(mean[place] - mean[-1])) > 0.05 * span:
            words += f", at {way} {style.number(mean[place])} at {style.number(x[place])}"
    return words


def _crossings(x: np.ndarray, means: Mapping[str, np.ndarray]) -> list[str]:
    """Which curves of a panel change places, and where first.

    Examples
    --------
    >>> _crossings(np.array([0.0, 1.0]), {"a": np.array([0.0, 3.0]), "b": np.array([1.0, 2.0])})
    ['a crosses b near 0.5']
    """
    found = []
    names = list(means)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            gap = means[first] - means[second]
            turns = np.flatnonzero(gap[:-1] * gap[1:] < 0)
            if len(turns):
                k = int(turns[0])
                at = x[k] + (x[k + 1] - x[k]) * gap[k] / (gap[k] - gap[k + 1])
                more = f", and {len(turns) - 1} times more" * (len(turns) > 1)
                found.append(f"{first} crosses {second} near {style.number(at)}{more}")
    return found
