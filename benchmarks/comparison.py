"""Time at equal accuracy: what is read off work-precision curves.

A curve is a list of runs of one method at tolerances from loose to tight, each with its seconds, its global error and
the drift of the conserved matrices. Between two runs both axes are interpolated in logarithms. A method is given the
cheapest of what it showed: a measured run that is at least as accurate, or a place on the line between two runs.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import exp, isfinite, log

#: The accuracies at which times are compared, by the name of what is measured.
LEVELS = {"error": 1e-9, "drift": 1e-13}

#: Nothing below this is told apart from rounding.
ROUNDING = 1e-17


def seconds_at(runs: Sequence[Mapping], what: str, level: float) -> float | None:
    """The least seconds for which a method reaches a level of error or drift; None if it never did.

    Parameters
    ----------
    runs : sequence of mapping
        With keys ``seconds`` and `what`, loosest tolerance first.
    what : {"error", "drift"}
    level : float

    Examples
    --------
    >>> curve = [{"seconds": 1.0, "error": 1e-8}, {"seconds": 4.0, "error": 1e-10}]
    >>> round(seconds_at(curve, "error", 1e-9), 12)
    2.0
    """
    points = [(max(run[what], ROUNDING), run["seconds"]) for run in runs if isfinite(run[what])]
    found = [seconds for value, seconds in points if value <= level]
    for (a, s), (b, t) in pairwise(points):
        if min(a, b) < level < max(a, b):
            share = log(level / a) / log(b / a)
            found.append(exp(log(s) + share * log(t / s)))
    return min(found, default=None)


def ratios(runs: Sequence[Mapping]) -> list[dict]:
    """Each of our methods against the best peer, at equal error and at equal drift.

    Parameters
    ----------
    runs : sequence of mapping
        Of one problem: ``method``, ``peer``, ``rtol``, ``seconds``, ``error``, ``drift``.

    Returns
    -------
    list of dict
        ``method``, ``at`` (error or drift), ``level``, ``seconds``, ``best_peer``, ``peer_seconds``, and ``ratio``, the
        peer's time divided by ours: above 1 we are faster. What was not reached is None.
    """
    curves: dict[tuple[bool, str], list[Mapping]] = {}
    for run in runs:
        curves.setdefault((run["peer"], run["method"]), []).append(run)
    for curve in curves.values():
        curve.sort(key=lambda run: -run["rtol"])
    found = []
    for what, level in LEVELS.items():
        times = {who: seconds_at(curve, what, level) for who, curve in curves.items()}
        peers = {name: time for (peer, name), time in times.items() if peer and time is not None}
        best = min(peers, key=lambda name: peers[name], default=None)
        for (peer, name), time in times.items():
            if peer:
                continue
            ratio = peers[best] / time if best is not None and time is not None else None
            found.append({
                "method": name, "at": what, "level": level, "seconds": time, "best_peer": best,
                "peer_seconds": None if best is None else peers[best], "ratio": ratio,
            })  # fmt: skip
    return found


def lost(ratios: Sequence[Mapping]) -> list[str]:
    """In words, where a peer is faster than we are, or alone reaches the level."""
    said = []
    for r in ratios:
        if r["best_peer"] is None:
            continue
        if r["ratio"] is None:
            said.append(f"{r['method']} did not reach {r['at']} {r['level']:.0e}; {r['best_peer']} did")
        elif r["ratio"] < 1:
            said.append(
                f"{r['best_peer']} is {1 / r['ratio']:.2f}x faster than {r['method']} at {r['at']} {r['level']:.0e}"
            )
    return said
