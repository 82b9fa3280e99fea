"""Runs that took too long for a page: their records, read and arranged by case and seed.

The records are JSON in ``chapters/data`` of a checkout, made by ``python -m benchmarks.neurons NAME``. This room reads
them; it computes nothing that was measured.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from blockshift import errors

#: What the second run of an experiment, with fresh seeds, has behind its name.
AGAIN = "-again"
_FRESH: ContextVar[bool] = ContextVar("fresh", default=False)


class NotRunAgain(errors.UnknownName):
    """An experiment that was run once, and not with fresh seeds."""


@dataclass(frozen=True, eq=False, repr=False)
class Runs:
    """The runs of one experiment.

    Parameters
    ----------
    name : str
    about : dict
        What was run, with which command, data and versions.
    runs : tuple of dict
        Each with its ``case``, ``seed`` and what was ``found``.
    """

    name: str
    about: dict
    runs: tuple[dict, ...]

    def __getitem__(self, case: dict[str, Any]) -> list[dict]:
        """What was found in the runs whose case has these entries, by seed."""
        chosen = [run for run in self.runs if all(run["case"].get(name) == value for name, value in case.items())]
        if not chosen:
            raise errors.UnknownName(f"no run of {self.name!r} has {case}; `runs.cases` lists those there are.")
        return [run["found"] for run in sorted(chosen, key=lambda run: run["seed"])]

    def column(self, quantity: str, **case) -> np.ndarray:
        """One quantity of all runs of a case, a seed a row; what was not finite is infinite.

        Raises
        ------
        UnknownName
            If no run has the case, or no run has the quantity.
        """
        found = self[case]
        if quantity not in found[0]:
            raise errors.UnknownName(f"no run of {self.name!r} has {quantity!r}; there are {', '.join(found[0])}.")
        rows = np.array([row[quantity] for row in found], dtype=float)
        return np.where(np.isnan(rows), np.inf, rows)

    @property
    def cases(self) -> list[dict]:
        """The cases, each once, in the order in which they were run."""
        return [json.loads(text) for text in dict.fromkeys(json.dumps(run["case"]) for run in self.runs)]

    @property
    def seeds(self) -> int:
        """The number of seeds."""
        return len({run["seed"] for run in self.runs})

    def __repr__(self) -> str:
        return f"Runs({self.name}: {len(self.cases)} cases, {self.seeds} seeds)"


def folder() -> Path:
    """Where the records lie: beside the chapters of the checkout that holds this library."""
    return Path(__file__).resolve().parents[3] / "chapters" / "data"


def measured(name: str) -> Runs:
    """The stored runs of the experiment of that name; NAME-again has those with fresh seeds, where there are any.

    Raises
    ------
    UnknownName
        If there is no such record: the name is not known, or the library was installed without the book.

    Examples
    --------
    >>> measured("grokking").seeds
    5
    """
    where = folder()
    if not _FRESH.get():
        return _read(where, name)
    if not (where / f"neurons-{name}{AGAIN}.json").is_file():
        raise NotRunAgain(f"{name!r} was not run with fresh seeds; `python -m benchmarks.neurons {name}{AGAIN}` does.")
    return _read(where, name + AGAIN)


@contextmanager
def fresh_seeds() -> Iterator[None]:
    """A stretch in which `measured` gives the runs with fresh seeds in the place of the first ones."""
    before = _FRESH.set(True)
    try:
        yield
    finally:
        _FRESH.reset(before)


@lru_cache(maxsize=32)
def _read(where: Path, name: str) -> Runs:
    """The record in a folder."""
    path = where / f"neurons-{name}.json"
    if not path.is_file():
        known = sorted(p.stem.removeprefix("neurons-") for p in where.glob("neurons-*.json"))
        raise errors.UnknownName(
            f"no record of runs is called {name!r}; there are {', '.join(known) or 'none beside this library'}. "
            f"In a checkout, `python -m benchmarks.neurons {name}` makes one."
        )
    record = json.loads(path.read_text(encoding="utf-8"))
    runs = tuple(record.pop("runs"))
    return Runs(name, record, runs)
