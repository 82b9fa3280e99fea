"""Pictures of the loss landscape: its surface for two weights, its critical points, and runs that pass them."""

from collections.abc import Mapping, Sequence
from itertools import combinations, islice
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from blockshift import errors
from blockshift.flow import gradient, integrators
from blockshift.flow.landscape import chains, construction, modes, recognition, visits
from blockshift.flow.landscape.kinds import MINIMUM, NONSTRICT, NOT_CRITICAL, STRICT
from blockshift.plot import runs, style

#: Colours of the kinds, and the signs that tell them apart without colour.
COLOURS = {MINIMUM: style.ACCENT, STRICT: style.POSITIVE, NONSTRICT: style.NEGATIVE}
MARKS = {MINIMUM: "o", STRICT: "v", NONSTRICT: "D"}

#: More critical points than this make no readable picture.
MOST = 120

_HEIGHTS = LinearSegmentedColormap.from_list("heights", ["#f4f1e8", "#cfdcd8", "#9db7c0", "#6a87a6", "#4a5a86"])


def surface(sigma: float = 1.0, *, reach: float = 2.1) -> style.Drawing:
    """The loss of the network with widths 1, 1, 1 over its two weights, as a relief and as a map.

    Parameters
    ----------
    sigma : float
        The singular value, positive.
    reach : float
        Weights are drawn up to this multiple of ``sqrt(sigma)``.

    Returns
    -------
    Drawing
        `data` holds the weights ``w`` of the grid, the ``loss`` on it, and the two ``minima``, each of shape (2, m).

    Raises
    ------
    BadArgument
        If `sigma` or `reach` is not positive, or not finite.
    """
    if not (0 < sigma < np.inf and 1 < reach < np.inf):
        raise errors.BadArgument(f"sigma is {sigma} and reach {reach}; give a positive value, and a reach above 1.")
    root = float(np.sqrt(sigma))
    w = np.linspace(-reach, reach, 161) * root
    X, Y = np.meshgrid(w, w)
    loss = 0.5 * (sigma - X * Y) ** 2
    along = np.geomspace(1 / reach, reach, 200) * root
    minima = np.array([[along, sigma / along], [-along, -sigma / along]])
    top = 4.0 * 0.5 * sigma**2
    with style.style():
        figure = Figure(figsize=(7.4, 3.6))
        relief: Any = figure.add_axes((0.0, 0.0, 0.53, 1.0), projection="3d", computed_zorder=False)
        flat = figure.add_axes((0.6, 0.16, 0.385, 0.79))
        # In w_1 + w_2 and w_1 - w_2, cut off before the near wall hides the valleys.
        u, share = np.meshgrid(np.linspace(-3.1, 3.1, 71) * root, np.linspace(-0.85, 0.6, 53))
        v = share * np.sqrt(u**2 + 4 * sigma)
        height = 0.5 * (sigma - (u**2 - v**2) / 4) ** 2
        relief.plot_surface(
            (u + v) / 2, (u - v) / 2, height, cmap=_HEIGHTS, vmin=0, vmax=top, rstride=2, cstride=2, lw=0.15,
            edgecolor="#ffffff66", antialiased=True, alpha=0.96, zorder=1,
        )  # fmt: skip
        for x, y in minima:
            relief.plot(x, y, 0.01 * top, color=style.ACCENT, lw=2.6, zorder=3)
        relief.plot([0], [0], [0.5 * sigma**2], "v", color=style.POSITIVE, ms=6, zorder=4)
        relief.set_zlim(0, 0.8 * top)
        relief.view_init(elev=40, azim=-52)
        relief.set_box_aspect((1, 1, 0.8), zoom=1.5)
        relief.set_axis_off()
        _map(flat, X, Y, loss, top, minima, sigma)
    alt = (
        f"Two views of the loss over two weights, for the singular value {style.number(sigma)}. Two curved valleys, "
        f"the branches of the hyperbola on which the weights multiply to {style.number(sigma)}, lie at loss 0 in "
        f"opposite quadrants; between them is a pass at the origin, at loss {style.number(0.5 * sigma**2)}. On the "
        f"map, lines of steepest descent run from both sides of the pass into the valleys."
    )
    return style.Drawing((flat, relief), {"w": w, "loss": loss, "minima": minima}, alt)


def _map(ax, X, Y, loss, top: float, minima, sigma: float) -> None:
    """The same from above, with lines of steepest descent."""
    ax.contourf(X, Y, np.minimum(loss, top), 14, cmap=_HEIGHTS)
    slope = sigma - X * Y
    ax.streamplot(X, Y, Y * slope, X * slope, color="#ffffffcc", linewidth=0.7, arrowsize=0.7, density=0.9)
    reach = float(X.max())
    ax.plot([-reach, reach], [reach, -reach], color=style.POSITIVE, lw=1.1, ls=(0, (4, 3)))
    for x, y in minima:
        ax.plot(x, y, color=style.ACCENT, lw=2.4)
    ax.plot(0, 0, "v", color=style.POSITIVE, ms=6.5)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="$w_1$", ylabel="$w_2$", aspect="equal")


def critical_points(widths: Sequence[int], sigma, *, ax: Axes | None = None) -> style.Drawing:
    """All critical points of a small network by their critical values: one mark for each system of chains.

    Every set of learnt modes is a place, at the height of its loss; lines join sets that differ by one mode. The marks
    at a place are the critical points with that map that a change of basis cannot carry into one another, as far as
    their ranks tell, each of its kind.

    Parameters
    ----------
    widths : sequence of int
    sigma : array_like
        Distinct positive singular values, as many as there can be.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds for each set ``learnt`` (a 0-1 row), its ``loss``, and how many are ``strict``, ``nonstrict``,
        ``minima``.

    Raises
    ------
    BadArgument
        If singular values are repeated or zero, or there are more than `MOST` critical points.
    """
    values = np.sort(np.asarray(list(sigma), dtype=float))[::-1]
    if len(values) != min(widths[0], widths[-1]) or (values <= 0).any() or (np.diff(values) >= 0).any():
        raise errors.BadArgument(
            f"singular values are {values.tolist()}; expected {min(widths[0], widths[-1])} different positive ones."
        )
    found: dict[tuple[int, ...], list[str]] = {}
    left = MOST
    for size in range(min(widths) + 1):
        if len(widths) == 2 and size < len(values):
            continue
        for places in combinations(range(1, len(values) + 1), size):
            systems = list(islice(chains.every(widths, size, len(values) - size), left + 1))
            left -= len(systems)
            if left < 0:
                raise errors.BadArgument(
                    f"a network with widths {tuple(widths)} has more than {MOST} systems of chains at its critical "
                    f"points; that many marks cannot be told apart. Draw a smaller one."
                )
            found[places] = [_kind(widths, values, places, system) for system in systems]
    levels = {places: 0.5 * float(sum(v * v for k, v in enumerate(values, 1) if k not in places)) for places in found}
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 6.4, 4.2)
        at = _stations(found, levels)
        for one, other in combinations(found, 2):
            if len(set(one) ^ set(other)) == 1:
                ax.plot(*zip(at[one], at[other], strict=True), color=style.LINE, lw=1.1, zorder=1)
        for places, sorts in found.items():
            _station(ax, at[places], places, sorts)
        _legend(ax, {kind for sorts in found.values() for kind in sorts})
        ax.set(xticks=[], ylabel="critical value of the loss")
        ax.spines["bottom"].set_visible(False)
        ax.margins(x=0.16, y=0.13)
    names = {"strict": STRICT, "nonstrict": NONSTRICT, "minima": MINIMUM}
    kinds = {name: np.array([sorts.count(kind) for sorts in found.values()]) for name, kind in names.items()}
    data = {
        "learnt": np.array([[k + 1 in places for k in range(len(values))] for places in found], dtype=int),
        "loss": np.array([levels[places] for places in found]),
        **kinds,
    }
    rows = "; ".join(_row(places, levels[places], sorts) for places, sorts in found.items())
    alt = f"Critical points of a network with widths {', '.join(map(str, widths))}, by their loss. {rows}."
    return style.Drawing((ax,), data, alt)


def _kind(widths, values, places, system) -> str:
    """The kind of the plainest critical point with these chains."""
    return recognition.critical_point(construction.prescribed(widths, values, places, chains=system), values).kind


def _stations(found, levels) -> dict:
    """Where each set is drawn: sets with as many modes in a column, the level as the height."""
    return {
        places: (float(len(places)) + 0.18 * (sum(places) % 3 - 1) * (len(places) > 0), levels[places])
        for places in found
    }


def _station(ax, at: tuple[float, float], places, sorts) -> None:
    """One set of learnt modes: its marks in a row, and its name over them."""
    x, y = at
    order = [kind for kind in (MINIMUM, STRICT, NONSTRICT) for _ in range(sorts.count(kind))]
    step = 9.0
    for k, kind in enumerate(order):
        row, column = divmod(k, 12)
        width = min(len(order) - 12 * row, 12)
        shift = ax.figure.dpi_scale_trans
        ax.plot(
            [x], [y], MARKS[kind], ms=6.5, color=COLOURS[kind], mec="white", mew=0.8, zorder=3, clip_on=False,
            transform=ax.transData + _points((column - (width - 1) / 2) * step, -row * step, shift),
        )  # fmt: skip
    name = "nothing" if not places else "{" + ", ".join(map(str, places)) + "}"
    ax.annotate(name, (x, y), (0, 9), textcoords="offset points", ha="center", va="bottom", fontsize=9, color=style.INK)


def _points(x: float, y: float, inches):
    """A shift by points of type."""
    return ScaledTranslation(x / 72, y / 72, inches)


def _legend(ax, there) -> None:
    """The marks of the kinds that occur."""
    for kind in (MINIMUM, STRICT, NONSTRICT):
        if kind in there:
            ax.plot([], [], MARKS[kind], ms=6.5, color=COLOURS[kind], mec="white", mew=0.8, label=kind)
    ax.legend(frameon=False, fontsize=9, loc="upper right", handletextpad=0.2)


def _row(places, level: float, sorts) -> str:
    """A set in words."""
    name = "Nothing learnt" if not places else "Learnt " + ", ".join(map(str, places))
    counts = [f"{sorts.count(kind)} {kind}" for kind in (MINIMUM, STRICT, NONSTRICT) if sorts.count(kind)]
    return f"{name}, loss {style.number(level)}: {', '.join(counts)}"


def escapes(named: Mapping[str, integrators.Trajectory], *, ax: Axes | None = None) -> style.Drawing:
    """How runs leave their saddles: the share of the loss that is left, over logarithmic time.

    Parameters
    ----------
    named : mapping of str to Trajectory
        Runs by the names they have in the picture, quickest first.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds the time ``half`` at which half of the loss is gone, run by run; NaN where it never is.

    Raises
    ------
    BadArgument
        If there is no run.
    """
    if not named:
        raise errors.BadArgument("there is no run to draw; give at least one, by name.")
    half = []
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 5.8, 3.1)
        for (name, run), tone in zip(named.items(), style.sequence(len(named)), strict=True):
            t = runs.times(run, True)
            left = (run.loss / run.loss[0])[-len(t) :]
            gone = left < 0.5
            half.append(float(t[np.argmax(gone)]) if gone.any() else float("nan"))
            ax.plot(t, left, color=tone)
            if gone.any():
                ax.annotate(
                    name, (half[-1], 0.5), (6, 0), textcoords="offset points", color=tone, va="center", fontsize=9.5
                )
        ax.set(xscale="log", xlabel="time $t$", ylabel="share of the loss left", ylim=(-0.02, 1.05))
        first = min((h for h in half if np.isfinite(h)), default=1.0)
        ax.set_xlim(first / 20, max(float(run.t[-1]) for run in named.values()))
    words = ", ".join(f"{name} at t = {style.number(h)}" for name, h in zip(named, half, strict=True))
    alt = f"Curves of the share of the loss that is left, over logarithmic time. Half of it is gone for {words}."
    return style.Drawing((ax,), {"half": np.array(half)}, alt)


def itinerary(
    run: integrators.Trajectory, sigma, stays: Sequence[visits.Stay], *, log: bool = True, ax: Axes | None = None
) -> style.Drawing:
    """The loss of a run among all critical values, with the stays at saddles marked.

    Parameters
    ----------
    run : Trajectory
    sigma : array_like
        As the run had it.
    stays : sequence of Stay
        What ``visited(run, sigma)`` returned.
    log : bool
        Time on a logarithmic axis, which begins a little before the loss falls.
    ax : Axes, optional

    Returns
    -------
    Drawing
        `data` holds ``t`` and ``loss``, and for each stay at a critical point ``begin``, ``end``, ``critical`` (its
        value) and ``learnt`` (how many).

    Raises
    ------
    BadArgument
        If no stay is at a critical point.
    """
    resting = [stay for stay in stays if stay.kind != NOT_CRITICAL]
    if not resting:
        raise errors.BadArgument("the run lingers nowhere; give stays of which one at least is at a critical point.")
    t = runs.times(run, log)
    loss = run.loss[-len(t) :]
    values = modes.of(gradient.target(sigma, run.final.widths)).values
    top = 1.12 * max(float(loss.max()), 0.5 * float(np.sum(values**2)))
    with style.style():
        if ax is None:
            (ax,) = style.panels(1, 1, 6.6, 3.9)
        runs.time_axis(ax, t, loss, log)
        ax.set_ylim(-0.03 * top, top)
        left, right = ax.get_xlim()
        for stay in resting:
            begin, end = max(stay.begin, left), min(stay.end, right)
            ax.axvspan(begin, end, color=style.tint(COLOURS[stay.kind], 0.08), lw=0, zorder=0)
            level = float(stay.point.loss)
            ax.plot(
                [begin, end],
                [level, level],
                color=COLOURS[stay.kind],
                lw=4.5,
                alpha=0.45,
                zorder=2,
                solid_capstyle="butt",
            )
        ax.plot(t, loss, color=style.INK, lw=1.5, zorder=3)
        _numbers(ax, resting, top, log)
        for kind in (STRICT, NONSTRICT, MINIMUM):
            if any(stay.kind == kind for stay in resting):
                ax.plot([], [], color=COLOURS[kind], lw=4.5, alpha=0.45, label=kind)
        ax.legend(frameon=False, fontsize=9, loc="upper right")
        ax.set_ylabel("loss")
    data = {
        "t": t,
        "loss": loss,
        "begin": np.array([stay.begin for stay in resting]),
        "end": np.array([stay.end for stay in resting]),
        "critical": np.array([float(stay.point.loss) for stay in resting]),
        "learnt": np.array([len(stay.learnt) for stay in resting]),
    }
    parts = "; ".join(
        f"from t = {style.number(s.begin)} to {style.number(s.end)} at loss {style.number(float(s.point.loss))}, "
        f"a {s.kind} with {len(s.learnt)} learnt"
        for s in resting
    )
    return style.Drawing((ax,), data, f"The loss over time, and where it lingers: {parts}. Between these it falls.")


def _numbers(ax, resting, top: float, log: bool) -> None:
    """How many modes are learnt, over each stay, where there is room."""
    left, right = ax.get_xlim()
    place = (lambda t: np.log(t)) if log else (lambda t: t)
    last = -np.inf
    for stay in resting:
        begin, end = max(stay.begin, left), min(stay.end, right)
        middle = (place(begin) + place(end)) / 2
        share = (middle - place(left)) / (place(right) - place(left))
        if share - last < 0.03:
            continue
        last = share
        at = np.exp(middle) if log else middle
        ax.annotate(
            str(len(stay.learnt)), (at, float(stay.point.loss)), (0, 5), textcoords="offset points", ha="center",
            va="bottom", fontsize=9, color=COLOURS[stay.kind], zorder=4,
        )  # fmt: skip
