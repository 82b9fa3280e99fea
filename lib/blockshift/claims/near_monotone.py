"""What the study of near-monotonicity measured, as claims and chapters read it: stored numbers, nothing computed anew.

The record is JSON that ``python -m chapters.data.near_monotone`` leaves: for each network, variant and draw the
portraits of its pictures. This room averages over pictures, and compares a trained network with its nulls.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.claims.benches import Table
from blockshift.signs.monotonicity.gauges import rank_correlation
from blockshift.signs.monotonicity.studies import mean_interval
from blockshift.signs.monotonicity.trials import NORMAL_95

FILE = Path(__file__).resolve().parents[3] / "chapters" / "data" / "near_monotone.json"
REMAKE = "python -m chapters.data.near_monotone"
#: The variants that a trained network is compared with.
NULLS = ("sign-shuffle", "weight-shuffle", "untrained")
#: The state from which a network was trained, where it was kept. It is not a draw, and there is one.
INITIAL = "initial"
#: What is ranked against what, over the pictures of one network.
RANKED = (
    ("λ", "frustration in the order"),
    ("λ", "alignment, step 0.1"),
    ("frustration in the order", "alignment, step 0.1"),
)
#: What is read off a portrait, by name: at which step where there are several.
MEASURES: dict[str, Callable[[dict], Any]] = {
    "λ": lambda p: p["lambda"]["jacobian"],
    "λ, own order": lambda p: p["own_lambda"]["jacobian"],
    "λ of the largest output": lambda p: p["lambda_top"]["jacobian"],
    "monotone pairs": lambda p: p["pairs"],
    "active frustration": lambda p: p["own_share"],
    "frustration in the order": lambda p: p["share"],
    "alignment, step 0.1": lambda p: _over_kinds(p, "alignment", 1),
    "outputs up": lambda p: _over_kinds(p, "agreement", 0),
    "outputs up, step 0.1": lambda p: _over_kinds(p, "agreement", 1),
    "outputs up, step 1": lambda p: _over_kinds(p, "agreement", 2),
    "rank correlation": lambda p: p["rank"]["rays"][0],
    "rank correlation, step 0.1": lambda p: p["rank"]["rays"][1],
    "rank correlation, step 1": lambda p: p["rank"]["rays"][2],
    "survival": lambda p: p["survival"][0]["nodes"],
    "survival, noise 0.1": lambda p: p["survival"][1]["nodes"],
}


def _over_kinds(portrait: dict, score: str, size: int):
    """The mean over the kinds of steps, None where nothing moved."""
    values = [trial[score][size] for trial in portrait["trials"].values()]
    kept = [v for v in values if v is not None]
    return sum(kept) / len(kept) if kept else None


@dataclass(frozen=True, repr=False)
class Study:
    """The stored portraits.

    Parameters
    ----------
    records : dict
        By network, variant and number of the draw.
    effort : dict
    """

    records: dict[tuple[str, str, int], dict]
    effort: dict

    @property
    def nulls(self) -> tuple[str, ...]:
        """The variants that a trained network is compared with."""
        return NULLS

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks whose trained variant and every null have been studied."""
        names = dict.fromkeys(name for name, _, _ in self.records)
        return tuple(n for n in names if all((n, kind, 0) in self.records for kind in ("trained", *NULLS)))

    def draws(self, name: str, kind: str) -> list[dict]:
        """The records of one variant.

        Raises
        ------
        UnknownName
            If there are none.
        """
        found = [record for (n, k, _), record in sorted(self.records.items()) if (n, k) == (name, kind)]
        if not found:
            raise errors.UnknownName(
                f"nothing is stored of {name!r}, {kind!r}; there are {', '.join(self.networks)}, each trained and as "
                f"{', '.join(NULLS)}. {REMAKE} makes more."
            )
        return found

    def values(self, name: str, kind: str, measure: str, draw: int = 0) -> np.ndarray:
        """One number a picture; NaN where nothing moved.

        Raises
        ------
        UnknownName
            If there is no such measure.
        """
        if measure not in MEASURES:
            raise errors.UnknownName(f"no measure is called {measure!r}; there are {', '.join(MEASURES)}.")
        found = [MEASURES[measure](p) for p in self.draws(name, kind)[draw]["images"]]
        return np.array([np.nan if v is None else v for v in found], float)

    def over_draws(self, name: str, kind: str, measure: str) -> np.ndarray:
        """One number a picture, the mean over those draws of one variant in which something moved."""
        found = np.array([self.values(name, kind, measure, d) for d in range(len(self.draws(name, kind)))])
        there = np.isfinite(found)
        total, count = np.where(there, found, 0.0).sum(axis=0), there.sum(axis=0)
        return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)

    def interval(self, name: str, kind: str, measure: str) -> tuple[float, float, float]:
        """The mean over pictures and draws, and its interval of 95 % over pictures."""
        return mean_interval(self.over_draws(name, kind, measure))

    def gap(self, name: str, kind: str, measure: str) -> tuple[float, float, float]:
        """How far the trained network is above a variant, picture by picture: the mean and its interval of 95 %."""
        return mean_interval(self.values(name, "trained", measure) - self.over_draws(name, kind, measure))

    def ranks(self, name: str, one: str, other: str) -> tuple[float, float, float]:
        """The rank correlation of two measures over the pictures of a trained network, and its interval of 95 %."""
        a, b = (self.values(name, "trained", measure) for measure in (one, other))
        return rank_interval(rank_correlation(a, b), int((np.isfinite(a) & np.isfinite(b)).sum()))

    def means(self, name: str, kind: str, measure: str) -> list[float]:
        """The mean over pictures, for each draw."""
        return [mean_interval(self.values(name, kind, measure, d))[0] for d in range(len(self.draws(name, kind)))]

    def overlaps(self, name: str, kind: str = "trained") -> dict[str, float]:
        """Mean overlaps of own orders: of pictures of one class, of two classes, of two runs at the same picture."""
        record = self.draws(name, kind)[0]
        by_class: dict[bool, list[float]] = {True: [], False: []}
        for same, nodes, _, _ in record["overlap"]:
            by_class[bool(same)].append(nodes)
        one, two, twice = by_class[True], by_class[False], [nodes for nodes, _ in record["twice"]]
        return {
            "one class": float(np.mean(one)) if one else float("nan"),
            "two classes": float(np.mean(two)) if two else float("nan"),
            "two runs": float(np.mean(twice)) if twice else float("nan"),
        }

    def table(self, measure: str) -> Table:
        """Means with intervals: a row a network, a column a variant; over the pictures, of nulls over the draws too."""
        rows = [(n, *(_told(self.interval(n, kind, measure)) for kind in ("trained", *NULLS))) for n in self.networks]
        return Table(("network", "trained", *NULLS), tuple(rows))

    def gaps(self, measure: str) -> Table:
        """How far trained networks are above their nulls at the same pictures, with intervals."""
        rows = [(name, *(_told(self.gap(name, kind, measure), "+") for kind in NULLS)) for name in self.networks]
        return Table(("trained above", *NULLS), tuple(rows))

    def beginnings(self, measure: str) -> Table:
        """Networks whose first state was kept: trained, fresh ones of their shape, and that very state."""
        names = [name for name in self.networks if (name, INITIAL, 0) in self.records]
        kinds = ("trained", "untrained", INITIAL)
        rows = [(name, *(_told(self.interval(name, kind, measure)) for kind in kinds)) for name in names]
        return Table(("network", *kinds), tuple(rows))

    def correlations(self) -> Table:
        """Rank correlations over the pictures of each trained network, with intervals."""
        rows = [(name, *(_told(self.ranks(name, *pair), "+") for pair in RANKED)) for name in self.networks]
        return Table(("network", *(f"{one} and {other}" for one, other in RANKED)), tuple(rows))

    def orders(self) -> Table:
        """Mean overlaps of own orders of the trained networks: under noise, across pictures, from run to run."""
        rows = []
        for name in self.networks:
            kept = [self.interval(name, "trained", m)[0] for m in ("survival", "survival, noise 0.1")]
            rows.append((name, *(f"{v:.3f}" for v in (*kept, *self.overlaps(name).values()))))
        return Table(("network", "noise 0.01", "noise 0.1", "one class", "two classes", "two runs"), tuple(rows))

    def __repr__(self) -> str:
        pictures = sum(len(record["images"]) for record in self.records.values())
        return f"Study({len(self.networks)} networks, {len(self.records)} variants and draws, {pictures} portraits)"


def rank_interval(r: float, n: int) -> tuple[float, float, float]:
    """A rank correlation of n pairs, and its interval of 95 %: Fisher's transformation, with a variance of ranks.

    Source: [bonett2000sample].

    Examples
    --------
    >>> [round(v, 3) for v in rank_interval(0.5, 20)]
    [0.5, 0.045, 0.783]
    >>> rank_interval(1.0, 20), rank_interval(0.5, 3)
    ((1.0, 1.0, 1.0), (0.5, nan, nan))
    """
    if n < 4 or np.isnan(r):
        return r, float("nan"), float("nan")
    if abs(r) == 1:
        return r, r, r
    half = NORMAL_95 * np.sqrt((1 + r**2 / 2) / (n - 3))
    return r, float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half))


def _told(mean: tuple[float, float, float], sign: str = "") -> str:
    """A mean with its interval."""
    return "{:{s}.3f} [{:{s}.3f}, {:{s}.3f}]".format(*mean, s=sign)


def last_study(path=FILE) -> Study:
    """The study of near-monotonicity as its last run left it.

    Raises
    ------
    BadArgument
        If there is no such file, or it is no such record.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        records = {}
        for key, record in found["records"].items():
            name, kind, draw = key.split()
            records[name, kind, int(draw)] = record
        return Study(records, found["effort"])
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as fault:
        raise errors.BadArgument(
            f"{str(path)!r} cannot be read as a study of near-monotonicity ({fault}); {REMAKE} makes one."
        ) from None
