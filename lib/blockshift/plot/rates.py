"""How fast: modes against the times predicted for them, and what depth and imbalance do to one of them.

The times come from `escapes`; the picture only lays them over what a run did.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from blockshift import errors
from blockshift.flow import escapes
from blockshift.plot import runs, style


def arrivals(run, sigma, predicted, *, log: bool = False, ax: Axes | None = None) -> style.Drawing:
    """The modes of a run over time, each with a mark where it was predicted to reach half of its singular value.

    Parameters
    ----------
    run : Trajectory
    sigma : array_like
        A diagonal ``Sigma``, shape ``(d_h, d_0)``, or its singular values, as the run had it.
    predicted : array_like, shape (p,)
        A time for each singular value above 0, such as `escapes.escape_times` gives.
    log : bool
        Time on a logarithmic axis, which begins a little before the loss falls.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds what `runs.modes` draws, and ``predicted`` and ``measured``, shape ``(p,)``.

    Raises
    ------
    ShapeMismatch
        If there are not as many times as singular values above 0.
    BadArgument
        As for `runs.modes`.
    """
    learnt, times = escapes.learning_times(run, sigma), np.asarray(predicted, dtype=np.float64)
    if times.shape != learnt.times.shape:
        raise errors.ShapeMismatch(
            f"{times.shape} times were predicted for {len(learnt.sigma)} singular values above 0; give one for each."
        )
    drawing = runs.modes(run, sigma, log=log, ax=ax)
    (ax,) = drawing.axes
    tones = style.sequence(len(times))
    for value, time, tone in zip(learnt.sigma, times, tones, strict=True):
        if np.isfinite(time):
            ax.plot([time], [value / 2], "o", ms=6.5, mfc="white", mec=tone, mew=1.6, zorder=5)
    data = drawing.data | {"predicted": times, "measured": learnt.times}
    both = np.isfinite(times) & np.isfinite(learnt.times)
    apart = np.abs(times - learnt.times)[both] / learnt.times[both]
    alt = (
        f"{drawing.alt} A ring marks half of each singular value at the time predicted for it; the curves pass "
        f"{int(both.sum())} of them, at most {style.number(100 * apart.max(initial=0.0))} per cent away in time."
    )
    return style.Drawing((ax,), data, alt)


def waits(
    sigma: float, starts, depths=(2, 3, 4, 5), *, measured: Mapping | None = None, ax: Axes | None = None
) -> style.Drawing:
    """The time that one balanced mode needs to half of its singular value, over the strength it starts with.

    Parameters
    ----------
    sigma : float
    starts : array_like, shape (m,)
        Strengths in the end-to-end map, between 0 and half of `sigma`.
    depths : sequence of int
        One curve each.
    measured : mapping from int to (array_like, array_like), optional
        For a depth, the starts of runs and the times at which they were there: drawn as dots.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``starts``, ``depths`` and ``times``, shape ``(len(depths), m)``.

    Raises
    ------
    BadArgument
        If a start is not above 0, or `escapes.escape_times` refuses.
    """
    at = np.asarray(starts, dtype=np.float64)
    if at.ndim != 1 or len(at) < 2 or not (at > 0).all():
        raise errors.BadArgument(f"the starts are {at.tolist()}; expected at least two numbers above 0.")
    times = np.array([escapes.escape_times(np.full(len(at), sigma), depth, at) for depth in depths])
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 3.5)
        ax.set_xscale("log")
        ax.set_yscale("log")
        for depth, along, tone in zip(depths, times, style.sequence(len(depths)), strict=True):
            ax.plot(at, along, color=tone, zorder=3)
            place = int(at.argmin())
            ax.annotate(
                f"$h = {depth}$", (at[place], along[place]), (-7, 0), textcoords="offset points",
                fontsize=11, color=tone, ha="right", va="center",
            )  # fmt: skip
            if measured and depth in measured:
                ax.plot(*measured[depth], "o", ms=5, mfc="white", mec=tone, mew=1.4, zorder=5)
        low, high = np.log10(at.min()), np.log10(at.max())
        ax.set_xlim(10 ** (low - 0.14 * (high - low)), 10 ** (high + 0.03 * (high - low)))
        ax.set_xlabel("strength at the start")
        ax.set_ylabel("time to half")
    spread = ", ".join(f"{style.number(row[at.argmin()])} at depth {d}" for d, row in zip(depths, times, strict=True))
    alt = (
        f"Curves of waiting time over the strength at the start, both logarithmic, for {len(times)} depths. "
        f"At the smallest start, {style.number(at.min())}, the time to half of the singular value is {spread}."
    )
    return style.Drawing((ax,), {"starts": at, "depths": np.array(depths), "times": times}, alt)


def falls(named: Mapping, *, floor: float = 1e-12, ax: Axes | None = None) -> style.Drawing:
    """The losses of several runs over time, on a logarithmic scale: the slope of each is the rate of its end.

    Parameters
    ----------
    named : mapping from str to Trajectory
        The runs, by the words that stand at their lines.
    floor : float
        Losses below it are left out: there rounding decides.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``t`` and ``loss`` of each run, under ``"t, NAME"`` and ``"loss, NAME"``.

    Raises
    ------
    BadArgument
        If there is no run, or a run has fewer than two times with a loss above the floor.
    """
    if not named:
        raise errors.BadArgument("there is no run to draw; give at least one, by its name.")
    data, ends = {}, []
    for name, run in named.items():
        seen = run.loss > floor
        if seen.sum() < 2:
            raise errors.BadArgument(f"the run {name!r} has fewer than two times with a loss above {floor:g} to draw.")
        data[f"t, {name}"], data[f"loss, {name}"] = run.t[seen], run.loss[seen]
        ends.append(f"{name} reaches {style.number(run.loss[seen][-1])} at t = {style.number(run.t[seen][-1])}")
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 3.5)
        ax.set_yscale("log")
        for name, tone in zip(named, style.sequence(len(named)), strict=True):
            ax.plot(data[f"t, {name}"], data[f"loss, {name}"], color=tone, label=name)
        ax.set_xlim(0, max(float(data[f"t, {name}"][-1]) for name in named))
        ax.set_xlabel("time $t$")
        ax.set_ylabel("loss")
        ax.legend(frameon=False, loc="upper right", fontsize=9.5)
    alt = f"The losses of {len(named)} runs over time on a logarithmic scale: {'; '.join(ends)}."
    return style.Drawing((ax,), data, alt)
