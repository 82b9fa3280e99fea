"""Networks against chance, as claims and chapters read it: stored intervals, nothing computed anew.

The records are JSON that ``python chapters/data/against_chance.py`` leaves, one a network: its interval, and those of
the draws of each null model, all by one effort.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blockshift import errors
from blockshift.claims.benches import Table
from blockshift.signs.comparisons import Comparison

FOLDER = Path(__file__).resolve().parents[3] / "chapters" / "data" / "against-chance"
REMAKE = "python chapters/data/against_chance.py"
#: Networks in the order in which they are shown; others follow.
ORDER = ("mnist-mlp", "mnist-cnn", "mnist-resnet", "cifar10-cnn", "squeezenet", "vgg16-edges", "centerface")


@dataclass(frozen=True, repr=False)
class Comparisons:
    """The stored comparisons.

    Parameters
    ----------
    records : dict of str to dict
        By network.
    """

    records: Mapping[str, dict[str, Any]]

    @property
    def networks(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.records)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The null models, in the order of the first record."""
        return tuple(dict.fromkeys(row["kind"] for record in self.records.values() for row in record["comparisons"]))

    def input(self, name: str) -> tuple[int, ...]:
        """The shape of the input that a network was unrolled over."""
        return tuple(self._record(name)["input"])

    def interval(self, name: str) -> tuple[float, float]:
        """What is known of the frustration of a network."""
        own = next(iter(self._record(name)["networks"].values()))
        return own["fraction_lower"], own["fraction_upper"]

    def comparison(self, name: str, kind: str) -> Comparison:
        """A network among its draws of one kind.

        Raises
        ------
        UnknownName
            If there is no such network, or no such kind of it.
        """
        rows = {row["kind"]: row for row in self._record(name)["comparisons"]}
        if kind not in rows:
            raise errors.UnknownName(f"nothing is stored of {name!r} against {kind!r}; there are {', '.join(rows)}.")
        return Comparison(kind, self.interval(name), rows[kind]["lower"], rows[kind]["upper"], rows[kind]["guarantee"])

    def pairs(self) -> dict[tuple[str, str], Comparison]:
        """All comparisons by network and kind."""
        return {
            (name, row["kind"]): self.comparison(name, row["kind"])
            for name, record in self.records.items()
            for row in record["comparisons"]
        }

    def picture(self) -> dict[str, dict]:
        """The table as ``bs.plot.against_chance`` draws it."""
        return {
            name: {
                "network": self.interval(name),
                "nulls": {row["kind"]: {k: row[k] for k in ("lower", "upper")} for row in record["comparisons"]},
            }
            for name, record in self.records.items()
        }

    def table(self) -> Table:
        """A row for each network and kind: both ends, the draws, z with its interval, p, how many are certain."""
        rows = []
        for (name, kind), found in self.pairs().items():
            low, high = found.z_interval
            rows.append(
                (
                    name, f"{found.network[0]:.3f} to {found.network[1]:.3f}", kind, f"{found.least:.3f}",
                    f"{found.mean:.3f} ± {found.sd:.3f}", f"{found.z:.1f} ({low:.1f} to {high:.1f})", f"{found.p:.3f}",
                    f"{found.separated} of {found.count}",
                )
            )  # fmt: skip
        heading = ("network", "its interval", "null model", "least draw", "draws", "z", "p", "certainly above")
        return Table(heading, tuple(rows))

    def _record(self, name: str) -> dict[str, Any]:
        """The record of a network."""
        if name not in self.records:
            raise errors.UnknownName(f"nothing is stored of {name!r}; there are {', '.join(self.records)}.")
        return self.records[name]

    def __repr__(self) -> str:
        draws = sum(row["count"] for record in self.records.values() for row in record["comparisons"])
        return f"Comparisons({len(self.records)} networks, {len(self.kinds)} null models, {draws} draws)"


def last_comparisons(folder=FOLDER) -> Comparisons:
    """The comparisons with chance as their last runs left them.

    Raises
    ------
    BadArgument
        If there is no record, or one that cannot be read.
    """
    try:
        found = {}
        for path in sorted(Path(folder).glob("*.json")):
            record = json.loads(path.read_text(encoding="utf-8"))
            (name,) = record["networks"]
            found[name] = record | {"comparisons": list(record["comparisons"])}
        if not found:
            raise ValueError("there is no record in it")
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise errors.BadArgument(f"{str(folder)!r} cannot be read ({fault}); {REMAKE} makes the records.") from None
    names = sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    return Comparisons({name: found[name] for name in names})
