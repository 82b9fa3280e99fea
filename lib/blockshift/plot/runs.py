"""A run of gradient flow in time: the loss on its way down the stairs, the modes that are learnt, and what is kept.

The stairs are the critical values of the loss: half the sum of the squares of the singular values that are not
learnt yet (claims P1-C10, P1-C11). What is kept are the matrices ``C_i = W_i W_i^T - W_{i+1}^T W_{i+1}`` (P1-C6).
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator

from blockshift import errors
from blockshift.flow import gradient, integrators
from blockshift.plot import style

#: The relative tolerance of `integrators.integrate` where none is given: what a step may err by, relative to weights.
TOLERANCE = 1e-10

#: A singular value below this share of the largest is rounding, and not a mode that anything could learn.
NO_MODE = 1e-12


def staircase(run: integrators.Trajectory, sigma, *, log: bool = False, ax: Axes | None = None) -> style.Drawing:
    """The loss of a run over time, among the critical values that it comes by.

    Parameters
    ----------
    run : Trajectory
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_h, d_0)``, or its singular values, as the run had it.
    log : bool
        Time on a logarithmic axis, from the first step on.
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
    t = _times(run, log)
    loss = run.loss[-len(t) :]
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 3.5)
        _time_axis(ax, t, log)
        top = 1.06 * max(float(loss.max()), float(critical[0]))
        ax.set_ylim(-0.025 * top, top)
        for value in critical:
            ax.axhline(value, color=style.LINE, lw=0.8, zorder=1)
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
        Time on a logarithmic axis, from the first step on.
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
    t = _times(run, log)
    strengths = np.einsum("qi,mqp,pi->mi", U, run.products()[-len(t) :], V)
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 3.5)
        _time_axis(ax, t, log)
        low, high = min(0.0, float(strengths.min())), max(float(values[0]), float(strengths.max()))
        ax.set_ylim(low - 0.03 * (high - low), high + 0.08 * (high - low))
        tones = style.sequence(len(values))
        for value, strength, tone in zip(values, strengths.T, tones, strict=True):
            ax.axhline(value, color=style.LINE, lw=0.8, ls=(0, (4, 3)), zorder=1)
            ax.plot(t, strength, color=tone, zorder=3)
        ax.set_ylabel(f"strength in ${_chain(run.final.depth)}$")
        names = [f"$\\sigma_{{{i}}}$" for i in range(1, len(values) + 1)]
        _labels(ax, values[::-1], names[::-1], tones[::-1], 11.5)
    learnt = int((strengths[-1] > values / 2).sum())
    alt = (
        f"{len(values)} curves over time, the strength of each mode in the end-to-end map, growing one after another "
        f"from near {style.number(float(np.abs(strengths[0]).max()))} towards dashed lines at the singular values "
        f"{', '.join(map(style.number, values))}. At the end, at t = {style.number(t[-1])}, {learnt} are learnt."
    )
    return style.Drawing((ax,), {"t": t, "sigma": values, "strengths": strengths}, alt)


def kept(
    run: integrators.Trajectory,
    *,
    contrast: bool = False,
    entries: int = 12,
    tolerance: float = TOLERANCE,
    log: bool = False,
) -> style.Drawing:
    """Entries of the conserved matrices over time, and beneath them how far these drift off their start.

    Parameters
    ----------
    run : Trajectory
    contrast : bool
        Draw the same entries of ``W_i W_i^T`` alone above, which do move.
    entries : int
        About how many entries to draw: from each layer those whose ``W_i W_i^T`` moves most.
    tolerance : float
        The line that the drift is compared with.
    log : bool
        Time on a logarithmic axis, from the first step on.

    Returns
    -------
    Drawing
        `data` holds ``t``; ``places``, shape ``(c, 3)``: layer, row and column of each entry, layers counted from 1;
        ``kept`` and ``moving``, shape ``(m, c)``: the entries of ``C_i`` and of ``W_i W_i^T``; ``drift``, shape
        ``(m, h - 1)``. The two upper panels share their scale, the one on which the weights move.

    Raises
    ------
    BadArgument
        If there is no hidden layer, a number is not above 0, or the run has fewer than two times to draw.
    """
    if run.final.depth < 2:
        raise errors.BadArgument("the run has no hidden layer, so nothing is kept; take a network of depth 2 or more.")
    if not (entries >= 1 and tolerance > 0):
        raise errors.BadArgument(f"entries = {entries} and tolerance = {tolerance}; both must be above 0.")
    t = _times(run, log)
    C = run.conserved()
    G = _incoming(run)
    places = _liveliest(G, entries)
    data = {
        "t": t,
        "places": places,
        "kept": np.array([C[i - 1][:, u, v] for i, u, v in places]).T[-len(t) :],
        "moving": np.array([G[i - 1][:, u, v] for i, u, v in places]).T[-len(t) :],
        "drift": run.drift[-len(t) :],
    }
    with style.style():
        heights = [1.25, 1.25, 1] if contrast else [1.4, 1]
        axes = style.panels(len(heights), 1, 5.8, 1.5 * len(heights) + 0.7, sharex=True, height_ratios=heights)
        if contrast:
            _entries(axes[0], t, data, "moving", "$W_i W_i^T$")
        _entries(axes[-2], t, data, "kept", "$C_i = W_i W_i^T - W_{i+1}^T W_{i+1}$")
        _drift(axes[-1], t, data["drift"], tolerance)
        for ax in axes[:-1]:
            ax.tick_params(bottom=False)
            ax.spines["bottom"].set_visible(False)
        _time_axis(axes[-1], t, log)
    return style.Drawing(axes, data, _kept_alt(data, contrast, tolerance))


def _incoming(run) -> tuple[np.ndarray, ...]:
    """``W_i W_i^T`` at every time, one array for each hidden layer."""
    along = [[W @ W.T for W in run.network(k).weights[:-1]] for k in range(len(run.t))]
    return tuple(np.array(G) for G in zip(*along, strict=True))


def _liveliest(G, entries: int) -> np.ndarray:
    """Layer, row and column of the entries on and above the diagonal that move most, equally many of each layer."""
    each, places = -(-entries // len(G)), []
    for i, along in enumerate(G, start=1):
        rows, columns = np.triu_indices(along.shape[1])
        moved = np.ptp(along[:, rows, columns], axis=0)
        most = np.sort(np.argsort(-moved, kind="stable")[:each])
        places += [(i, rows[m], columns[m]) for m in most]
    return np.array(places)


def _entries(ax, t, data, name: str, title: str) -> None:
    """Entries over time, coloured by their layer."""
    both = np.concatenate([data["kept"], data["moving"]])
    low, high = float(both.min()), float(both.max())
    room = 0.08 * (high - low) or 1.0
    ax.set_ylim(low - room, high + room)
    ax.axhline(0, color=style.LINE, lw=0.8, zorder=1)
    layers = data["places"][:, 0]
    for layer, line in zip(layers, data[name].T, strict=True):
        ax.plot(t, line, color=_tone(layer), lw=1.2, zorder=3)
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.set_title(title, loc="left", fontsize=11.5, pad=4)


def _drift(ax, t, drift, tolerance: float) -> None:
    """The drift of each conserved matrix on a logarithmic scale; where it is zero there is nothing to draw."""
    ax.set_yscale("log")
    seen = drift[drift > 0]
    low, high = min(seen.min(initial=tolerance), tolerance), max(seen.max(initial=tolerance), tolerance)
    ax.set_ylim(max(low, 1e-20) / 5, high * 40)
    ax.axhline(tolerance, color=style.QUIET, lw=0.9, ls=(0, (4, 3)), zorder=1)
    ax.annotate(
        f"tolerance {tolerance:.0e}", (0, tolerance), (4, 3), xycoords=("axes fraction", "data"),
        textcoords="offset points", fontsize=9, color=style.QUIET,
    )  # fmt: skip
    tones = []
    for layer, line in enumerate(drift.T, start=1):
        ax.plot(t, np.where(line > 0, line, np.nan), color=_tone(layer), lw=1.4, zorder=3)
        tones.append(_tone(layer))
    ax.yaxis.set_major_locator(LogLocator(numticks=4))
    ax.set_title("drift of $C_i$, in units of $\\max_j |W_j|^2$", loc="left", fontsize=10.5, pad=4)


def _tone(layer: int) -> str:
    """The colour of a hidden layer."""
    return style.LAYERS[(layer - 1) % len(style.LAYERS)]


def _kept_alt(data, contrast: bool, tolerance: float) -> str:
    """The picture of what is kept, in words."""
    moves = {name: float(np.ptp(data[name], axis=0).max()) for name in ("moving", "kept")}
    worst = float(data["drift"].max())
    text = f"{len(data['places'])} entries of W_i W_i^T over time move by up to {style.number(moves['moving'])}. "
    return (text if contrast else "") + (
        f"{len(data['places'])} entries of the conserved matrices C_i over time are flat lines: none changes by more "
        f"than {style.number(moves['kept'])}, on a scale on which those of W_i W_i^T change by "
        f"{style.number(moves['moving'])}. Beneath, on a logarithmic scale, their drift: at most "
        f"{style.number(worst)}, {'below' if worst <= tolerance else 'above'} the tolerance {tolerance:.0e}."
    )


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


def _times(run, log: bool) -> np.ndarray:
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


def _time_axis(ax, t, log: bool) -> None:
    """Time along the bottom, to its end and no further."""
    ax.set_xscale("log" if log else "linear")
    ax.set_xlim(t[0], t[-1])
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
        f"The loss over time, from {style.number(loss[0])} at t = {style.number(t[0])} down to "
        f"{style.number(loss[-1])} at t = {style.number(t[-1])}, in steps. Horizontal lines mark the critical values "
        f"{', '.join(map(style.number, critical))}, for 0 to {len(critical) - 1} modes learnt. The end is nearest to "
        f"the value with {nearest} learnt."
    )
