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
from blockshift.signs.monotonicity.studies import mean_interval

FILE = Path(__file__).resolve().parents[3] / "chapters" / "data" / "near_monotone.json"
REMAKE = "python -m chapters.data.near_monotone"
#: The variants that a trained network is compared with.
NULLS = ("sign-shuffle", "weight-shuffle", "untrained")
#: What is read off a portrait, by name: at which step where there are several.
MEASURES: dict[str, Callable[[dict], Any]] = {
    "λ": lambda p: p["lambda"]["jacobian"],
    "λ, own order": lambda p: p["own_lambda"]["jacobian"],
    "λ of the largest output": lambda p: p["lambda_top"]["jacobian"],
    "monotone pairs": lambda p: p["pairs"],
    "active frustration": lambda p: p["own_share"],
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

    def interval(self, name: str, kind: str, measure: str) -> tuple[float, float, float]:
        """The mean over the pictures of the first draw, and its interval of 95 %."""
        return mean_interval(self.values(name, kind, measure))

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
        """Means with intervals: a row a network, a column a variant, the draws of nulls after one another."""
        rows = []
        for name in self.networks:
            mean, low, high = self.interval(name, "trained", measure)
            row = [name, f"{mean:.3f} [{low:.3f}, {high:.3f}]"]
            row += [", ".join(f"{m:.3f}" for m in self.means(name, kind, measure)) for kind in NULLS]
            rows.append(tuple(row))
        return Table(("network", "trained", *NULLS), tuple(rows))

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
