"""A run of gradient flow in time: the loss on its way down the stairs, and the modes that are learnt on the way.

The stairs are the critical values of the loss: half the sum of the squares of the singular values that are not
learnt yet (claims P1-C10, P1-C11).
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from blockshift import errors
from blockshift.flow import gradient, integrators
from blockshift.plot import style

#: A singular value below this share of the largest is rounding, and not a mode that anything could learn.
NO_MODE = 1e-12

#: The share of its whole fall by which the loss has visibly begun to fall.
FALLEN = 0.005


def staircase(run: integrators.Trajectory, sigma, *, log: bool = False, ax: Axes | None = None) -> style.Drawing:
    """The loss of a run over time, among the critical values that it comes by.

    Parameters
    ----------
    run : Trajectory
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_h, d_0)``, or its singular values, as the run had it.
    log : bool
        Time on a logarithmic axis, which begins a little before the loss falls.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``t``, ``loss``, and ``critical``: item ``r`` is the critical value with the ``r`` largest
        singular values learnt, down to the least loss that the narrowest layer allows.

    Raises
    ------
    BadArgument
        If the run has fewer than two times to draw.
    ShapeMismatch
        If `sigma` does not fit the widths of the run.
    """
    values = _modes(run, sigma)[1]
    reachable = values[: min(run.final.widths)]
    critical = 0.5 * (np.sum(values**2) - np.concatenate([[0.0], np.cumsum(reachable**2)]))
    critical = np.clip(critical, 0.0, None)
    t = times(run, log)
    loss = run.loss[-len(t) :]
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 3.5)
        time_axis(ax, t, loss, log)
        top = 1.06 * max(float(loss.max()), float(critical[0]))
        ax.set_ylim(-0.025 * top, top)
        for value in critical:
            ax.axhline(value, color=style.LINE, lw=0.8, ls=(0, (4, 3)), zorder=1)
        ax.plot(t, loss, color=style.ACCENT, lw=2, zorder=3)
        ax.yaxis.set_major_locator(MaxNLocator(5))
        ax.set_ylabel("loss")
        _stairs(ax, critical, top)
    return style.Drawing((ax,), {"t": t, "loss": loss, "critical": critical}, _staircase_alt(t, loss, critical))


def modes(run: integrators.Trajectory, sigma, *, log: bool = False, ax: Axes | None = None) -> style.Drawing:
    """The strength of each mode in the end-to-end map over time, growing to its singular value.

    Parameters
    ----------
    run : Trajectory
    sigma : array_like
        As for `staircase`.
    log : bool
        Time on a logarithmic axis, which begins a little before the loss falls.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``t``, ``sigma`` (decreasing) and ``strengths``, shape ``(m, len(sigma))``: the number
        ``u_i^T W v_i`` for the singular vectors of ``Sigma``; for a diagonal ``Sigma`` the diagonal of ``W``.

    Raises
    ------
    BadArgument, ShapeMismatch
        As for `staircase`.
    """
    U, values, V = _modes(run, sigma)
    if not len(values):
        raise errors.BadArgument("`sigma` is zero: there is no mode to learn. Give singular values above 0.")
    t = times(run, log)
    strengths = np.einsum("qi,mqp,pi->mi", U, run.products()[-len(t) :], V)
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 3.5)
        time_axis(ax, t, run.loss[-len(t) :], log)
        low, high = min(0.0, float(strengths.min())), max(float(values[0]), float(strengths.max()))
        ax.set_ylim(low - 0.03 * (high - low), high + 0.08 * (high - low))
        tones = style.sequence(len(values))
        for value, strength, tone in zip(values, strengths.T, tones, strict=True):
            ax.axhline(value, color=style.LINE, lw=0.8, ls=(0, (4, 3)), zorder=1)
            ax.plot(t, strength, color=tone, zorder=3)
        ax.set_ylabel(f"strength in ${_chain(run.final.depth)}$")
        names = [f"$\\sigma_{{{i}}}$" for i in range(1, len(values) + 1)]
        _labels(ax, values[::-1], names[::-1], tones[::-1], 11.5)
    past = [t[np.argmax(along)] for along in (strengths > values / 2).T if along.any()]
    alt = (
        f"{len(values)} curves over time, the strength of each mode in the end-to-end map, with dashed lines at the "
        f"singular values {', '.join(map(style.number, values))}. By t = {style.number(t[-1])}, {len(past)} of them "
        f"have passed half of their singular value, first at t = {', '.join(map(style.number, past)) or 'no time'}."
    )
    return style.Drawing((ax,), {"t": t, "sigma": values, "strengths": strengths}, alt)


def _modes(run, sigma) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left vectors, values and right vectors of the modes of ``Sigma``, largest first, zeros left out."""
    Sigma = np.asarray(gradient.target(sigma, run.final.widths), dtype=float)
    diagonal = np.diag(Sigma).copy()
    rest = Sigma.copy()
    np.fill_diagonal(rest, 0.0)
    if not rest.any() and (diagonal >= 0).all():
        # As it is, and not by decomposition: of equal singular values that would mix the modes.
        order = np.argsort(-diagonal, kind="stable")
        U, values, V = np.eye(len(Sigma))[:, order], diagonal[order], np.eye(Sigma.shape[1])[:, order]
    else:
        U, values, Vt = np.linalg.svd(Sigma, full_matrices=False)
        V = Vt.T
    count = int((values > NO_MODE * values.max(initial=0.0)).sum())
    return U[:, :count], values[:count], V[:, :count]


def times(run, log: bool) -> np.ndarray:
    """The times that are drawn: all, or on a logarithmic axis those after 0."""
    t = run.t[run.t > 0] if log else run.t
    if len(t) < 2:
        raise errors.BadArgument(
            f"the run has {len(t)} times to draw{' after 0' if log else ''}; at least 2 make a line. "
            f"Integrate for longer, or ask for more times with `at`."
        )
    return t


def _chain(depth: int) -> str:
    """The end-to-end map in letters."""
    return {1: "W_1", 2: "W_2\\,W_1"}.get(depth, f"W_{{{depth}}}\\cdots W_1")


def time_axis(ax, t, loss, log: bool) -> None:
    """Time along the bottom, to its end and no further; on a logarithmic axis from a little before the first fall.

    A small start rests for decades of logarithmic time, and would take half of the picture for it.
    """
    begin = t[0]
    if log:
        fallen = loss[0] - loss > FALLEN * (loss[0] - loss.min())
        begin = max(begin, t[np.argmax(fallen)] / 4)
    ax.set_xscale("log" if log else "linear")
    ax.set_xlim(begin, t[-1])
    ax.set_xlabel("time $t$")


def _stairs(ax, critical, top: float) -> None:
    """At the right of each critical value, how many modes are learnt there; values too near share a label."""
    rising = critical[::-1]
    counts = np.arange(len(critical))[::-1]
    groups = style.grouped(rising, 0.022 * top)
    heights = [float(np.mean(rising[group])) for group in groups]
    names = []
    for group in groups:
        few, many = counts[group].min(), counts[group].max()
        names.append(f"{few}" if few == many else f"{few}–{many}")
    _labels(ax, heights, names, [style.INK] * len(names), 9.5)
    ax.annotate(
        "modes learnt", (1, 1), (33, 1), xycoords="axes fraction", textcoords="offset points",
        ha="right", va="bottom", fontsize=9.5, color=style.QUIET,
    )  # fmt: skip


def _labels(ax, heights, names, tones, size: float) -> None:
    """Labels at the right edge, increasing, moved apart where they would touch, each with a thread to its height."""
    low, high = ax.get_ylim()
    inches = ax.get_figure(root=True).get_figheight() * ax.get_position().height * 0.9
    at = style.spread(heights, 1.28 * size / 72 / inches * (high - low))
    for height, place, name, tone in zip(heights, at, names, tones, strict=True):
        ax.annotate(
            name, (1, height), (15, (place - height) / (high - low) * inches * 72),
            xycoords=("axes fraction", "data"), textcoords="offset points",
            va="center", ha="left", fontsize=size, color=tone, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": style.LINE, "lw": 0.8, "shrinkA": 1, "shrinkB": 2,
                        "relpos": (0, 0.5)},
        )  # fmt: skip


def _staircase_alt(t, loss, critical) -> str:
    """The staircase in words."""
    nearest = int(np.abs(critical - loss[-1]).argmin())
    return (
        f"The loss over time, falling from {style.number(loss[0])} at t = {style.number(t[0])} to "
        f"{style.number(loss[-1])} at t = {style.number(t[-1])}. Dashed lines mark the critical values "
        f"{', '.join(map(style.number, critical))}, for 0 to {len(critical) - 1} modes learnt. The end is nearest to "
        f"the value with {nearest} learnt."
    )
