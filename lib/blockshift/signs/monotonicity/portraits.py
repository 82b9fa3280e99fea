"""Is a network nearer to monotone than chance? Networks, their nulls and untrained ones at real pictures, as a sweep.

Every variant is a cell of ``sweeps``: it runs in any process, and what is finished is kept if the rest is killed.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.signs import sweeps
from blockshift.signs.checkpoints import Cell
from blockshift.signs.frustration_measure import Source, fingerprint, loaded
from blockshift.signs.monotonicity import portrait_measure, variants
from blockshift.signs.monotonicity.portrait_measure import PortraitMeasure, Shown
from blockshift.signs.monotonicity.studies import PortraitEffort, mean_interval, summary
from blockshift.signs.progress import Progress
from blockshift.signs.sweeps import Table


@dataclass(frozen=True, eq=False, repr=False)
class Portraits:
    """What variants of networks show at their pictures.

    Attributes
    ----------
    table : Table
        One cell ``(network, kind, number)`` for each variant; its results are those of ``portrait_measure.record``.
    effort : PortraitEffort
    seed : int
    """

    table: Table
    effort: PortraitEffort
    seed: int = 0

    def images(self, name: str, kind: str = variants.TRAINED, number: int = 0) -> list[dict[str, Any]]:
        """The numbers of each picture of one variant.

        Raises
        ------
        UnknownName
            If the variant was not studied, or its cell is not finished.
        """
        cell = (name, kind, number)
        if cell not in self.table.results:
            there = "; ".join(", ".join(map(str, c)) for c in self.table.results) or "none"
            raise errors.UnknownName(f"{name}, {kind}, {number} is not among what was studied: {there}.")
        return self.table[cell]["images"]

    def summary(self, name: str, kind: str = variants.TRAINED, number: int = 0) -> dict[str, Any]:
        """Means over pictures with intervals of 95 %, as `studies.summary` has them."""
        return summary(self.images(name, kind, number), self.effort)

    def gap(self, name: str, kind: str, read: Callable[[dict[str, Any]], Any]) -> tuple[float, float, float]:
        """How far the trained network is above the mean of the draws of a kind, picture by picture, with an interval.

        Parameters
        ----------
        name, kind : str
        read : callable
            From the numbers of a picture to the one that is compared.
        """
        trained = _read(self.images(name), read)
        draws = [_read(found["images"], read) for found in self.table.select(name, kind)]
        if not draws:
            raise errors.UnknownName(f"{name} was not studied as {kind!r}.")
        return mean_interval(trained - np.mean(draws, axis=0))

    def __repr__(self) -> str:
        rows = [repr(self.table)]
        for cell, found in self.table.results.items():
            means = summary(found["images"], self.effort)
            up = [means["agreement"][kind][0][0] for kind in self.effort.kinds]
            rows.append(
                f"  {cell[0]}, {cell[1]} {cell[2]}: frustrated share {found['share']:.4f}, λ {_told(means['lambda'])}, "
                f"monotone pairs {_told(means['pairs'])}, outputs up {np.nanmean(up):.3f}"
            )
        return "\n".join(rows)


def _read(images: list[dict[str, Any]], read: Callable[[dict[str, Any]], Any]) -> np.ndarray:
    """One number a picture."""
    return np.array([read(p) for p in images], dtype=float)


def _told(mean: tuple[float, float, float]) -> str:
    """A mean with its interval, where there is one."""
    return f"{mean[0]:.3f}" + ("" if np.isnan(mean[1]) else f" [{mean[1]:.3f}, {mean[2]:.3f}]")


def portraits(
    networks: Mapping[str, Source],
    pictures: Mapping[str, Shown],
    kinds: Mapping[str, int] | None = None,
    *,
    seed: int,
    effort: PortraitEffort | None = None,
    initial: Mapping[str, Source] | None = None,
    without: Collection[Cell] = (),
    checkpoint=None,
    n_jobs: int | None = None,
    retries: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> Portraits:
    """What networks and their variants show at real pictures, all by one effort.

    Parameters
    ----------
    networks : dict
        From each name to a `Dag`, or to a function without arguments that makes it.
    pictures : dict of str to Pictures
        For each network, as ``pictures`` returns them.
    kinds : dict of str to int, optional
        From null models, "untrained" and "initial" to the number of draws; the trained network is always there. The
        state before training is one, so its number is 1.
    seed : int
        Draw number k of a kind is the same draw whatever else is asked for.
    effort : PortraitEffort, optional
    initial : dict, optional
        From names to the state before training.
    without : collection of tuple
        Cells ``(network, kind, number)`` that are left out, because they are known.
    checkpoint : path, optional
        Where finished variants are kept; with the same path and settings the sweep continues.
    n_jobs, retries, progress
        As in ``sweeps.sweep``.

    Raises
    ------
    UnknownName
        If there is no such kind.
    BadArgument
        If a number of draws is not positive, pictures are missing, or a variant cannot be had.

    Source: [wendin2025frustration] for the question; measures and intervals are ours. Claims P2-C3, P2-C4, P2-C15.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from blockshift.graph.perceptrons import perceptron
    >>> shown = SimpleNamespace(inputs=np.ones((2, 2, 1, 1)), labels=None)
    >>> found = portraits({"net": perceptron([[[1, -2], [-1, 2]], [[1, -1]]])}, {"net": shown}, seed=0)
    >>> found.summary("net")["lambda"]
    (1.0, 1.0, 1.0)
    """
    networks, kinds, initial = dict(networks), dict(kinds or {}), dict(initial or {})
    effort = effort or PortraitEffort()
    marks = _checked(networks, pictures, kinds, initial)
    cells: list[Cell] = [(name, variants.TRAINED, 0) for name in networks]
    cells += [
        (name, kind, k)
        for name in networks
        for k in range(max(kinds.values(), default=0))
        for kind in kinds
        if k < kinds[kind]
    ]
    table = sweeps.sweep(
        [cell for cell in cells if cell not in without],
        PortraitMeasure(networks, dict(pictures), effort, seed, initial), seed=seed,
        settings={"measure": "portraits", **asdict(effort)}, inputs=marks, checkpoint=checkpoint, n_jobs=n_jobs,
        retries=retries, progress=progress,
    )  # fmt: skip
    return Portraits(table, effort, seed)


def _checked(networks, pictures, kinds, initial) -> dict[str, str]:
    """The fingerprints of what goes in, if there is something to do and it can be done."""
    if not networks or not set(networks) <= set(pictures):
        missing = ", ".join(sorted(set(networks) - set(pictures))) or "any network"
        raise errors.BadArgument(f"there are no pictures for {missing}; expected networks, and pictures for each.")
    for kind, count in kinds.items():
        if kind == variants.TRAINED:
            raise errors.BadArgument("'trained' is always there; expected null models, 'untrained' or 'initial'.")
        if count < 1 or (kind == variants.INITIAL and count > 1):
            raise errors.BadArgument(f"{count} draws of {kind!r} were asked for; expected 1 or more, of 'initial' 1.")
    marks: dict[str, str] = {}
    for name, source in networks.items():
        dag = loaded(source)
        before = loaded(initial[name]) if name in initial else None
        for kind in kinds:
            variants.check(dag, kind, before)
        marks |= {name: fingerprint(dag), f"{name}, pictures": portrait_measure.fingerprint(pictures[name])}
        if before is not None:
            marks[f"{name}, initial"] = fingerprint(before)
    return marks
