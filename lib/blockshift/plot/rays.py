"""Rays from one sample: where along each the classifier still gives the right answer."""

import numpy as np

from blockshift.plot import style


def rays(found, sample: int = 0) -> style.Drawing:
    """Each ray as a line from left to right, drawn where the answer is right; the shortest first.

    Parameters
    ----------
    found : Rays
    sample : int
        Which of the samples.

    Returns
    -------
    Drawing
        `data` holds ``at`` and ``own``, shape (rays, steps), in the order drawn.
    """
    own = found.own[sample]
    exits = found.exits[sample]
    order = np.argsort(np.where(np.isfinite(exits), exits, np.inf), kind="stable")
    own = own[order]
    with style.style():
        (ax,) = style.panels(1, 1, 5.8, 0.09 * len(own) + 1.1)
        for row, line in enumerate(own):
            edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(int)))
            for piece, (start, end) in enumerate(edges.reshape(-1, 2)):
                tone = style.ACCENT if piece == 0 else style.NEGATIVE
                ax.plot(found.at[[start, end - 1]], [row, row], color=tone, lw=2.2, solid_capstyle="butt")
        ax.set_xlim(0, found.at[-1])
        ax.set_ylim(-1, len(own))
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.set_xlabel("distance from the sample, root mean square a pixel")
    back = int((found.intervals[sample] > 1).sum())
    alt = f"{len(own)} rays from one sample, drawn where the answer is right. {back} of them come back after an exit."
    return style.Drawing((ax,), {"at": found.at, "own": own}, alt)
