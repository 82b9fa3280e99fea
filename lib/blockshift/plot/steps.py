"""Steps: descents beside the flow, the drift they predict of themselves, and the plane of two weights.

In the plane of ``(w_1, w_2)`` a run of the flow stays on a hyperbola ``w_1^2 - w_2^2 = c``, and descent leaves it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from blockshift import errors
from blockshift.flow import curvature
from blockshift.flow.descent import Descent
from blockshift.graph.network import Network
from blockshift.plot import style


def bends(named: Mapping[str, Descent], *, ax: Axes | None = None) -> style.Drawing:
    """The largest drift of any conserved matrix along descents, over effective time, with its prediction dashed on it.

    Parameters
    ----------
    named : mapping from str to Descent
        The descents, by the words that stand in the key.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``"t, NAME"``, ``"drift, NAME"`` and ``"predicted, NAME"``.

    Raises
    ------
    BadArgument
        If there is no descent, or one that has no hidden layer or did not move.
    """
    if not named:
        raise errors.BadArgument("there is no descent to draw; give at least one, by its name.")
    data, ends = {}, []
    for name, run in named.items():
        if not run.drift.size or len(run.t) < 2 or not run.drift.any():
            raise errors.BadArgument(
                f"in the descent {name!r} nothing drifts: it has no hidden layer, or did not move."
            )
        data[f"t, {name}"] = run.t[1:]
        data[f"drift, {name}"], data[f"predicted, {name}"] = run.drift[1:].max(axis=1), run.predicted[1:].max(axis=1)
        ends.append(f"{name} ends at {style.number(data[f'drift, {name}'][-1])}")
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 3.5)
        ax.set_yscale("log")
        for name, tone in zip(named, style.sequence(len(named)), strict=True):
            t = data[f"t, {name}"]
            ax.plot(t, data[f"drift, {name}"], color=tone, lw=3.4, alpha=0.35)
            ax.plot(t, data[f"predicted, {name}"], color=tone, lw=1.3, ls=(0, (4, 2)), label=name)
        ax.set_xlim(0, max(float(data[f"t, {name}"][-1]) for name in named))
        ax.set_xlabel("effective time")
        ax.set_ylabel("drift of the laws")
        ax.legend(frameon=False, loc="lower right", fontsize=9.5)
    alt = (
        f"The drift of the conserved matrices over effective time for {len(named)} descents, on a logarithmic scale, "
        f"each a broad line with its prediction dashed along its middle: {'; '.join(ends)}."
    )
    return style.Drawing((ax,), data, alt)


def plane(descents: Sequence[Descent], sigma: float, *, ax: Axes | None = None) -> style.Drawing:
    """Descents of two weights in their plane: the minima, the hyperbolas of the flow, and where steps cannot rest.

    Parameters
    ----------
    descents : sequence of Descent
        Of networks with widths 1, 1, 1, all with the same step.
    sigma : float
        The singular value, above 0.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``states 0``, ``states 1``, ..., shape ``(m, 2)``, and ``stable``: the largest squared norm of the
        weights at a minimum where the step is stable.

    Raises
    ------
    BadArgument
        If there is no descent, widths are others, steps differ, or `sigma` is not above 0.
    """
    if not descents or any(run.final.widths != (1, 1, 1) for run in descents) or not sigma > 0:
        raise errors.BadArgument(
            "the plane shows descents of networks with widths 1, 1, 1 to a singular value above 0."
        )
    steps = {(float(run.step), float(run.momentum)) for run in descents}
    if len(steps) > 1:
        raise errors.BadArgument(
            f"the descents have steps and momenta {sorted(steps)}; in one picture give them the same."
        )
    ((step, momentum),) = steps
    stable = 2 * (1 + momentum) / step
    data = {f"states {m}": np.array(run.states, dtype=float) for m, run in enumerate(descents)}
    points = np.concatenate(list(data.values()))
    reach, low = 1.1 * float(points.max()), min(float(points.min()), 0.0)
    low -= 0.08 * (reach - low)
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 4.9, 4.7)
        ax.set_aspect("equal")
        ax.set_xlim(low, reach)
        ax.set_ylim(low, reach)
        w = np.linspace(sigma / reach, reach, 400)
        for m, tone in enumerate(style.sequence(len(descents))):
            states = data[f"states {m}"]
            c = states[0, 0] ** 2 - states[0, 1] ** 2
            s = np.linspace(low, reach, 400)
            x, y = (np.sqrt(c + s**2), s) if c > 0 else (s, np.sqrt(s**2 - c))
            ax.plot(x, y, color=style.LINE, lw=0.9, zorder=1)
            ax.plot(*states.T, color=tone, lw=0.9, zorder=3)
            ax.plot(*states.T, "o", color=tone, ms=2.6, zorder=4)
            ax.plot(*states[0], "o", ms=6, mfc="white", mec=tone, mew=1.5, zorder=5)
        stays = w**2 + (sigma / w) ** 2 < stable
        ax.plot(np.where(stays, w, np.nan), sigma / w, color=style.ACCENT, lw=3, zorder=2)
        ax.plot(np.where(stays, np.nan, w), sigma / w, color=style.NEGATIVE, lw=1.6, ls=(0, (2, 1.5)), zorder=2)
        ax.set_xlabel("$w_1$")
        ax.set_ylabel("$w_2$")
    ends = "; ".join(" to ".join(_place(s[at]) for at in (0, -1)) for s in data.values())
    alt = (
        f"The plane of two weights with the hyperbola of minima, full where the squared norm is below "
        f"{style.number(stable)} and dashed beyond; {len(descents)} descents, step {style.number(step)}: from {ends}."
    )
    return style.Drawing((ax,), data | {"stable": np.array(stable)}, alt)


def _place(w) -> str:
    """A point of the plane in words."""
    return f"({style.number(w[0])}, {style.number(w[1])})"


def edge(run: Descent, sigma) -> style.Drawing:
    """The sharpness along a descent, with the edge ``2 (1 + momentum) / step`` of stability, and below it the loss.

    Parameters
    ----------
    run : Descent
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_h, d_0)``, or its singular values.

    Returns
    -------
    Drawing
        `data` holds ``k``, ``sharpness`` and ``loss`` at up to 200 of the steps kept, and ``edge``.

    Raises
    ------
    BadArgument
        If fewer than two steps were kept.
    """
    if len(run.k) < 2:
        raise errors.BadArgument("the descent kept fewer than two steps; descend for longer.")
    places = np.unique(np.linspace(0, len(run.k) - 1, 200).astype(int))
    nets = (Network(tuple(np.asarray(W, dtype=float) for W in run.network(int(p)).weights)) for p in places)
    sharp = np.array([curvature.sharpness(net, sigma) for net in nets])
    limit = 2 * (1 + float(run.momentum)) / float(run.step)
    data = {"k": run.k[places], "sharpness": sharp, "loss": run.loss[places], "edge": np.array(limit)}
    with style.style():
        ax, below = style.panels(2, 1, 5.8, 4.4, sharex=True, height_ratios=[1.3, 1])
        ax.axhline(limit, color=style.NEGATIVE, lw=1.2, ls=(0, (4, 3)), zorder=1)
        ax.annotate(
            "edge of stability", (1, limit), (-4, 4), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", va="bottom", color=style.NEGATIVE, fontsize=9.5,
        )  # fmt: skip
        ax.plot(data["k"], sharp, color=style.ACCENT, zorder=3)
        ax.set_xlim(0, float(data["k"][-1]))
        ax.set_ylim(0, 1.12 * max(float(sharp.max()), limit))
        ax.set_ylabel("sharpness")
        below.set_yscale("log")
        below.plot(data["k"], np.where(data["loss"] > 0, data["loss"], np.nan), color=style.ACCENT)
        below.set_xlabel("step")
        below.set_ylabel("loss")
    rises = int((np.diff(run.loss) > 0).sum())
    alt = (
        f"The sharpness over {int(data['k'][-1])} steps, from {style.number(sharp[0])} to {style.number(sharp[-1])}, "
        f"with a dashed line at {style.number(limit)}, the edge of stability. Below it the loss, which rises in "
        f"{rises} of the steps and ends at {style.number(run.loss[-1])}."
    )
    return style.Drawing((ax, below), data, alt)
