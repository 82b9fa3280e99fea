"""Special starts: chains beside the run they stand for, modes by depth and by imbalance, lazy and rich learning."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from blockshift import errors
from blockshift.flow import exact_solutions, integrators, reduced, two_layers
from blockshift.plot import runs, style

#: Differences are drawn from here up: below is rounding.
FLOOR = 1e-17


def chains(run: integrators.Trajectory, found: reduced.ChainRun) -> style.Drawing:
    """Above, the modes of a run as lines and those of its chains as dots; beneath, how far the two are apart.

    Parameters
    ----------
    run : Trajectory
        The whole flow, recorded at the times of the chains.
    found : ChainRun

    Returns
    -------
    Drawing
        `data` holds ``t``, ``run`` and ``chains``, shape ``(m, r)``, and ``off``, shape ``(m,)``: the largest
        difference of the two in any mode.

    Raises
    ------
    BadArgument
        If the two do not have the same times, or there is no chain.
    """
    if not np.array_equal(run.t, found.t) or len(run.t) < 2:
        raise errors.BadArgument(
            f"the run has {len(run.t)} times and the chains {len(found.t)}; give `integrate` the times of the chains "
            f"in its argument `at`, two at least."
        )
    if not len(found.chains.sigma):
        raise errors.BadArgument("there is no chain to draw: every mode of this start is at rest.")
    ends = found.chains.bases
    strengths = np.einsum("qi,mqp,pi->mi", ends[-1], run.products(), ends[0])
    off = np.abs(strengths - found.strengths).max(axis=1)
    data = {"t": run.t, "run": strengths, "chains": found.strengths, "off": off}
    tones = style.sequence(strengths.shape[1])
    with style.style():
        above, below = style.panels(2, 1, 5.8, 4.4, sharex=True, height_ratios=[1.7, 1])
        dots = np.linspace(0, len(run.t) - 1, min(25, len(run.t))).astype(int)
        for line, dotted, sigma, tone in zip(strengths.T, found.strengths.T, found.chains.sigma, tones, strict=True):
            above.axhline(sigma, color=style.LINE, lw=0.8, ls=(0, (4, 3)), zorder=1)
            above.plot(run.t, line, color=tone, zorder=3)
            above.plot(run.t[dots], dotted[dots], color=tone, ls="", marker="o", ms=3.6, mfc="white", zorder=4)
        above.set_title("modes: the whole flow (lines), the chains (dots)", loc="left", fontsize=11, pad=4)
        below.semilogy(run.t, np.maximum(off, FLOOR), color=style.ACCENT)
        below.set_ylim(min(1e-16, float(np.maximum(off, FLOOR).min()) / 2), max(1e-8, 4 * float(off.max())))
        below.set_title("largest difference in a mode", loc="left", fontsize=11, pad=4)
        above.tick_params(bottom=False)
        above.spines["bottom"].set_visible(False)
        runs.time_axis(below, run.t, np.zeros_like(run.t), False)
    worst = style.number(float(off.max()))
    alt = (
        f"Above, {strengths.shape[1]} modes over time as lines, and as dots what the chains of scalars give. "
        f"Beneath, the largest difference of the two in any mode, on a logarithmic axis: at most {worst}."
    )
    return style.Drawing((above, below), data, alt)


def growth(
    sigma: float = 1.0, s0: float = 1e-3, *, depths: Sequence[int] = (2, 3, 4), ratios: Sequence[float] = (1, 3, 10, 30)
) -> style.Drawing:
    """One mode from the same product: above, balanced at several depths; beneath, two layers out of balance.

    Parameters
    ----------
    sigma, s0 : float
        The singular value, and the product at time 0, between 0 and it.
    depths : sequence of int
    ratios : sequence of float
        The first weight over the second, at time 0.

    Returns
    -------
    Drawing
        `data` holds ``t``, ``depths`` and ``by_depth``, and ``s``, ``ratios`` and ``by_ratio``: a curve a column.

    Raises
    ------
    BadArgument
        If `s0` is not between 0 and `sigma`.
    """
    if not 0 < s0 < sigma:
        raise errors.BadArgument(f"s0 is {s0} and sigma {sigma}; a mode that grows needs 0 < s0 < sigma.")
    late = [exact_solutions.balanced_time(0.97 * sigma, sigma, s0, h) for h in depths]
    t = np.linspace(0, 1.05 * float(max(late)), 600)
    by_depth = np.column_stack([exact_solutions.balanced_mode(t, sigma, s0, h) for h in depths])
    weights = [(np.sqrt(s0 * ratio), np.sqrt(s0 / ratio)) for ratio in ratios]
    late = [exact_solutions.two_layer_time(0.97 * sigma, sigma, *pair) for pair in weights]
    s = np.linspace(0, 1.05 * float(max(late)), 600)
    by_ratio = np.column_stack([exact_solutions.two_layer_mode(s, sigma, *pair) for pair in weights])
    data = {
        "t": t, "depths": np.array(depths), "by_depth": by_depth,
        "s": s, "ratios": np.array(ratios, dtype=float), "by_ratio": by_ratio,
    }  # fmt: skip
    with style.style():
        above, below = style.panels(2, 1, 5.8, 4.9)
        _curves(above, t, by_depth, [f"$h = {h}$" for h in depths], sigma)
        above.set_title("balanced, by depth", loc="left", fontsize=11, pad=4)
        _curves(below, s, by_ratio, [f"{ratio:g} : 1" for ratio in ratios], sigma)
        below.set_title("two layers, by the ratio of the weights at the start", loc="left", fontsize=11, pad=4)
    halves = [float(exact_solutions.balanced_time(sigma / 2, sigma, s0, h)) for h in depths]
    quick = [float(exact_solutions.two_layer_time(sigma / 2, sigma, *pair)) for pair in weights]
    alt = (
        f"Growth of one mode from {style.number(s0)} to {style.number(sigma)}. Above, balanced: half is reached at t = "
        f"{', '.join(map(style.number, halves))} for depth {', '.join(map(str, depths))}. Beneath, two layers whose "
        f"weights start in the ratio {', '.join(f'{ratio:g}' for ratio in ratios)} to 1: half is reached at t = "
        f"{', '.join(map(style.number, quick))}."
    )
    return style.Drawing((above, below), data, alt)


def lazy_and_rich(flows: Sequence[two_layers.TwoLayers], t) -> style.Drawing:
    """Above, the loss of several starts over time; beneath, how far their outer Gram matrices are from the first ones.

    Where ``W_1^T W_1`` and ``W_2 W_2^T`` hardly change the network learns as a linear model would, lazily; where they
    change by more than they were, it learns richly.

    Parameters
    ----------
    flows : sequence of TwoLayers
    t : array_like, shape (m,)
        Increasing times from 0 up.

    Returns
    -------
    Drawing
        `data` holds ``t``, ``lambda``, and ``loss`` and ``change``, shape ``(m, len(flows))``: the change is that of
        both Gram matrices together, in units of their norm at time 0.

    Raises
    ------
    BadArgument
        If there is nothing to draw.
    """
    t = np.asarray(t, dtype=float)
    if not len(flows) or t.ndim != 1 or len(t) < 2 or (np.diff(t) <= 0).any():
        raise errors.BadArgument(
            f"there are {len(flows)} flows and times of shape {t.shape}; give one and two at least."
        )
    loss = np.column_stack([flow.loss(t) for flow in flows])
    change = np.column_stack([_change(flow, t) for flow in flows])
    lam = np.array([flow.lam for flow in flows])
    names = [f"$\\lambda = {flow.lam:.3g}$" for flow in flows]
    with style.style():
        above, below = style.panels(2, 1, 5.8, 4.9, sharex=True)
        _curves(above, t, loss, names, None)
        above.set_title("loss", loc="left", fontsize=11, pad=4)
        above.set_xlabel("")
        drawn = np.maximum(change, FLOOR)
        below.set_yscale("log")
        below.set_ylim(0.3 * float(change[1:].min(initial=1.0)) or FLOOR, 3 * float(change.max(initial=FLOOR)))
        _curves(below, t[1:], drawn[1:], names, None)
        below.axhline(1.0, color=style.LINE, lw=0.8, ls=(0, (4, 3)), zorder=1)
        below.set_title("change of the Gram matrices, over their first size", loc="left", fontsize=11, pad=4)
    data = {"t": t, "lambda": lam, "loss": loss, "change": change}
    pairs = ", ".join(f"{style.number(c)} for λ = {style.number(x)}" for x, c in zip(lam, change[-1], strict=True))
    alt = (
        f"Above, the loss of {len(flows)} starts falls over time to {', '.join(map(style.number, loss[-1]))}. Beneath, "
        f"on a logarithmic axis, the change of the outer Gram matrices in units of their size at the start, in the end "
        f"{pairs}."
    )
    return style.Drawing((above, below), data, alt)


def _change(flow: two_layers.TwoLayers, t) -> np.ndarray:
    """How far the diagonal blocks of ``M`` have moved."""
    M, inputs = flow.gram(np.concatenate([[0.0], t])), flow.start.widths[0]
    blocks = [M[:, :inputs, :inputs], M[:, inputs:, inputs:]]
    moved = sum(np.sum((B - B[0]) ** 2, axis=(1, 2)) for B in blocks)
    return np.sqrt(moved[1:] / (sum(np.sum(B[0] ** 2) for B in blocks) or 1.0))


def _curves(ax: Axes, t, columns, names, top) -> None:
    """One line a column over time, named at its right end."""
    tones = style.sequence(columns.shape[1])
    if top is not None:
        ax.axhline(top, color=style.LINE, lw=0.8, ls=(0, (4, 3)), zorder=1)
        ax.set_ylim(-0.03 * top, 1.08 * top)
    for line, name, tone in zip(columns.T, names, tones, strict=True):
        ax.plot(t, line, color=tone, zorder=3, label=name)
    if ax.get_yscale() == "linear":
        ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=10, handlelength=1.2)
    ax.set_xlim(0 if t[0] < 0.1 * t[-1] else t[0], t[-1])
    ax.set_xlabel("time $t$")
