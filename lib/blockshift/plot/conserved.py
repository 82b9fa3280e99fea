"""What a run keeps: entries of the matrices ``C_i = W_i W_i^T - W_{i+1}^T W_{i+1}`` in time, and their drift.

Along the exact flow they are constant (claim P1-C6); along a computed one they drift, and the picture says how far.
"""

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator

from blockshift import errors
from blockshift.flow import integrators
from blockshift.plot import runs, style

#: The relative tolerance of `integrators.integrate` where none is given: what a step may err by, relative to weights.
TOLERANCE = 1e-10


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
        Time on a logarithmic axis, which begins a little before the loss falls.

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
    t = runs.times(run, log)
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
        _key(axes[0], len(C))
        if contrast:
            _entries(axes[0], t, data, "moving", "$W_i W_i^T$")
        _entries(axes[-2], t, data, "kept", "$C_i = W_i W_i^T - W_{i+1}^T W_{i+1}$")
        _drift(axes[-1], t, data["drift"], tolerance)
        for ax in axes[:-1]:
            ax.tick_params(bottom=False)
            ax.spines["bottom"].set_visible(False)
        runs.time_axis(axes[-1], t, run.loss[-len(t) :], log)
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


def _key(ax, hidden: int) -> None:
    """The hidden layers in their colours, at the upper right; too many for that stay unnamed."""
    if 1 < hidden <= len(style.LAYERS):
        for i in range(1, hidden + 1):
            ax.annotate(
                f"$i={i}$", (1, 1), (-36 * (hidden - i), 4), xycoords="axes fraction", textcoords="offset points",
                ha="right", va="bottom", fontsize=10.5, color=_tone(i),
            )  # fmt: skip


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
