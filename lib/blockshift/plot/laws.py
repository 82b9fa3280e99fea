"""The laws that are not quadratic: the integrals move, their sums do not (claim O-L5)."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from blockshift.flow.laws import missing_laws as room
from blockshift.plot import runs, style


def missing(found: room.MissingLaws) -> style.Drawing:
    """Above, the singular values of W_2 along a run; beneath, for each missing law, its terms and their sum.

    Parameters
    ----------
    found : MissingLaws

    Returns
    -------
    Drawing
        `data` holds ``t``, ``singular_values``, shape ``(m, r)``, ``terms``, shape ``(r - 1, m, r)``, and ``sums``,
        shape ``(r - 1, m)``. The first law is drawn.
    """
    data = {
        "t": found.t,
        "singular_values": found.singular_values,
        "terms": found.terms[:-1],
        "sums": found.sums,
    }
    tones = [style.LAYERS[i % len(style.LAYERS)] for i in range(found.singular_values.shape[1])]
    with style.style():
        above, below = style.panels(2, 1, 5.8, 4.4, sharex=True, height_ratios=[1, 1.3])
        _lines(above, found.t, found.singular_values, [f"$s_{i}$" for i in range(1, len(tones) + 1)], tones)
        above.set_ylim(0, None)
        above.set_title("singular values of $W_2$", loc="left", fontsize=11, pad=4)
        both = np.column_stack([found.terms[0], found.sums[0]])
        names = [f"term {i}" for i in range(1, len(tones) + 1)]
        _lines(below, found.t, both, [*names, "sum"], [*tones, style.INK])
        below.set_title(
            r"terms $e_i\,\int^{s_i} dx\,/\sqrt{P(x^2)}$ and their sum, from the start", loc="left", fontsize=11, pad=4
        )
        above.tick_params(bottom=False)
        above.spines["bottom"].set_visible(False)
        runs.time_axis(below, found.t, np.zeros_like(found.t), False)
    return style.Drawing((above, below), data, _alt(data, found.turns))


def _lines(ax, t, columns, names, tones) -> None:
    """One line a column, named at its right end."""
    for line, tone in zip(columns.T, tones, strict=True):
        ax.plot(t, line, color=tone, zorder=3)
    ax.yaxis.set_major_locator(MaxNLocator(4))
    low, high = ax.get_ylim()
    order = np.argsort(columns[-1], kind="stable")
    places = style.spread(columns[-1][order], 0.11 * (high - low))
    for place, i in zip(places, order, strict=True):
        ax.annotate(
            names[i], (1, place), (6, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            va="center", ha="left", fontsize=10.5, color=tones[i], annotation_clip=False,
        )  # fmt: skip


def _alt(data, turns: int) -> str:
    """The picture in words."""
    moved = float(np.ptp(data["terms"][0], axis=0).max())
    s = data["singular_values"]
    ends = ", ".join(f"{style.number(a)} to {style.number(b)}" for a, b in zip(s[0], s[-1], strict=True))
    often = "once" if turns == 1 else f"{turns} times"
    turned = f", turning around {often} on the way" if turns else ""
    return (
        f"Above, the singular values of the middle layer over time: {ends}{turned}. Beneath, one integral for each of "
        f"them: they move by up to {style.number(moved)}, in opposite directions, and their sum is a flat line: it "
        f"changes by {float(np.abs(data['sums'][0]).max()):.0e}."
    )
