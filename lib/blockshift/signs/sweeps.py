"""Many cells, one measure: in parallel, in any order, killed and continued, with the same table in the end.

A *cell* is a tuple of names and numbers: a network, a null model, the number of a draw; or a network, a null model and
an image. A *measure* is a function of a cell and a generator that returns numbers. Each cell has its own generator,
made from the seed of the sweep and the names in the cell, so neither the order of cells, nor their number, nor the
number of processes changes a result: the table is the same bit for bit. Each cell runs on one thread.

Cells run where joblib runs them: here one after the other, in so many processes with ``n_jobs``, and on an engine that
runs already after ``joblib.parallel_config(backend="dask")`` or ``"ray"``. Nothing of that is ours.

What is finished is in the checkpoint at once (``checkpoints``). A cell that raises an error is tried again after the
others, and named in the table if it fails for good; a cell whose process dies takes no other cell with it.
"""

import hashlib
import json
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.signs import checkpoints
from blockshift.signs.checkpoints import Cell, Checkpoint, named
from blockshift.signs.progress import Progress

Measure = Callable[[Cell, np.random.Generator], Mapping[str, Any]]

#: What is said of a cell whose process ended without a word.
DIED = "its process died, perhaps for want of memory"


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """The results of a sweep, in the order in which cells were asked for.

    Attributes
    ----------
    cells : tuple of Cell
    results : dict
        From each finished cell to what the measure gave.
    failures : dict
        From each cell that failed for good to the reason.
    stopped : str
        "finished", "interrupted" or "incomplete".
    """

    cells: tuple[Cell, ...]
    results: Mapping[Cell, dict[str, Any]]
    failures: Mapping[Cell, str] = field(default_factory=dict)
    stopped: str = "finished"

    def __getitem__(self, cell: Cell) -> dict[str, Any]:
        return self.results[cell]

    def select(self, *start: str | int) -> list[dict[str, Any]]:
        """The results of the finished cells whose names begin so, in order."""
        return [self.results[c] for c in self.cells if c[: len(start)] == start and c in self.results]

    def text(self) -> str:
        """The table as JSON, one cell a line: the same bytes for the same results."""
        rows = [
            json.dumps({"cell": list(c), **self.results[c]}, ensure_ascii=False)
            for c in self.cells
            if c in self.results
        ]
        return "[\n" + ",\n".join(rows) + "\n]\n"

    def __repr__(self) -> str:
        failed = f", {len(self.failures)} failed: {named(next(iter(self.failures)))}" if self.failures else ""
        return f"Table({len(self.results)} of {len(self.cells)} cells, {self.stopped}{failed})"


def generator(seed: int, cell: Cell) -> np.random.Generator:
    """The generator of a cell: a function of the seed and of the names in the cell alone.

    Examples
    --------
    >>> one, same, other = (generator(0, ("net", "uniform", i)).random() for i in (3, 3, 4))
    >>> one == same, one == other
    (True, False)
    """
    digest = hashlib.sha256(json.dumps(list(cell), ensure_ascii=False).encode()).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 32, 4))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def sweep(
    cells: Sequence[Cell],
    measure: Measure,
    *,
    seed: int,
    settings: Mapping[str, Any] | None = None,
    inputs: Mapping[str, str] | None = None,
    checkpoint=None,
    n_jobs: int | None = None,
    retries: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> Table:
    """The table of what a measure gives for each cell.

    Parameters
    ----------
    cells : sequence of tuple
        Of texts and integers, all different.
    measure : callable
        From a cell and a generator to a dictionary of numbers, texts and lists. With several processes it is pickled.
    seed : int
        From 0 up.
    settings : dict, optional
        What else the results depend on; a checkpoint with other settings is refused.
    inputs : dict of str to str, optional
        Fingerprints of networks or images by name; a checkpoint with another one of the same name is refused.
    checkpoint : path, optional
        Where finished cells are kept. What it holds already is not computed again.
    n_jobs : int, optional
        Processes; joblib's choice if left out, which is one, unless ``joblib.parallel_config`` says otherwise.
    retries : int
        How often a cell that failed is tried again.
    progress : callable, optional
        Called with a `Progress` whenever a cell has ended; `progress.Bar` shows it.

    Notes
    -----
    Ctrl-C ends the sweep and keeps what is finished; `stopped` says so.

    Raises
    ------
    BadArgument
        If a cell is there twice or is no tuple of texts and integers.
    BadCheckpoint, NotSaved
        If the checkpoint cannot be used, or is full; what was finished before is kept.

    Examples
    --------
    >>> table = sweep([("a", 2), ("b", 3)], lambda cell, rng: {"square": cell[1] ** 2}, seed=0)
    >>> table
    Table(2 of 2 cells, finished)
    >>> table["b", 3]
    {'square': 9}
    """
    cells = _checked(cells)
    if seed < 0 or retries < 0:
        raise errors.BadArgument(f"seed {seed} and {retries} retries were given; expected integers from 0 up.")
    with checkpoints.opened(checkpoint, {"seed": seed, **(settings or {})}, inputs) as kept:
        run = _Run(cells, measure, seed, kept, n_jobs, retries, progress or (lambda state: None))
        return run.table()


def _checked(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Cells that can be told apart in a file."""
    cells = tuple(cells)
    for cell in cells:
        if not isinstance(cell, tuple) or not cell or not all(type(name) in (str, int) for name in cell):
            raise errors.BadArgument(f"{cell!r} is no cell; expected a tuple of texts and integers.")
    if len(set(cells)) < len(cells):
        twice = next(cell for i, cell in enumerate(cells) if cell in cells[:i])
        raise errors.BadArgument(f"cell {named(twice)} was asked for twice; expected all cells to differ.")
    return cells


class _Run:
    """One go at the cells that are not finished yet."""

    def __init__(
        self, cells: tuple[Cell, ...], measure: Measure, seed: int, kept: Checkpoint, n_jobs: int | None, retries: int,
        progress: Callable[[Progress], None],
    ):  # fmt: skip
        self.cells, self.measure, self.seed, self.kept = cells, measure, seed, kept
        self.n_jobs, self.retries, self.progress = n_jobs, retries, progress
        self.failures: dict[Cell, str] = {}
        self.tries: dict[Cell, int] = {}
        self.begin, self.now = time.monotonic(), 0

    def table(self) -> Table:
        """The table, once there is nothing left to try."""
        stopped = "finished"
        try:
            if self.kept.dropped:
                self._tell("the checkpoint ended in the middle of a cell, which is computed again")
            self._all()
        except KeyboardInterrupt:
            stopped = "interrupted"
        results = {c: self.kept.finished[c]["result"] for c in self.cells if c in self.kept.finished}
        if self.failures and stopped == "finished":
            stopped = "incomplete"
        return Table(self.cells, results, self.failures, stopped)

    def _pending(self) -> list[Cell]:
        """Cells that are neither finished nor given up; those that failed come last."""
        open_ones = [c for c in self.cells if c not in self.kept.finished and self.tries.get(c, 0) <= self.retries]
        return sorted(open_ones, key=lambda c: self.tries.get(c, 0))

    def _all(self) -> None:
        """Round after round. Where a process died, each cell that it may have had is then tried alone."""
        while pending := self._pending():
            fewest = self.tries.get(pending[0], 0)
            suspects = self._round([c for c in pending if self.tries.get(c, 0) == fewest])
            for cell in suspects:
                if self._round([cell]):
                    self._failed(cell, DIED)

    def _round(self, cells: list[Cell]) -> list[Cell]:
        """Take the answers of some cells as they come; the cells that were under way when a process died."""
        handed: list[Cell] = []
        answered = set()
        try:
            for cell, result, problem, seconds in self._answers(cells, handed):
                answered.add(cell)
                if problem is None:
                    self._finished(cell, result, seconds)
                else:
                    self._failed(cell, problem)
        except errors.BlockshiftError:
            raise
        except Exception as problem:  # the cells' own errors come as answers, so this is joblib's or the engine's
            under_way = [cell for cell in handed if cell not in answered]
            if not under_way:
                raise
            self._tell(f"a process died ({type(problem).__name__}); {len(under_way)} cells are tried again, one by one")
            return under_way
        return []

    def _answers(self, cells: list[Cell], handed: list[Cell]) -> Iterator[tuple]:
        """Answers in the order in which they are ready; cells are noted as they are handed out."""
        import joblib

        def tasks():
            for cell in cells:
                handed.append(cell)
                yield joblib.delayed(_answer)(self.measure, self.seed, cell)

        # One cell is handed out with each answer, so that few are under way if a process dies.
        return joblib.Parallel(
            n_jobs=self.n_jobs, batch_size=1, pre_dispatch="n_jobs", return_as="generator_unordered"
        )(tasks())

    def _finished(self, cell: Cell, result: dict[str, Any], seconds: float) -> None:
        """Keep a result."""
        self.now += 1
        self.failures.pop(cell, None)
        self.kept.add(cell, {"result": result, "seconds": round(seconds, 3)})
        self._tell()

    def _failed(self, cell: Cell, problem: str) -> None:
        """Note a failure."""
        self.tries[cell] = self.tries.get(cell, 0) + 1
        self.failures[cell] = problem
        again = "it is tried again" if self.tries[cell] <= self.retries else "given up"
        self._tell(f"cell {named(cell)} failed: {problem}; {again}")

    def _tell(self, note: str = "") -> None:
        """Say how far we are."""
        done = sum(c in self.kept.finished for c in self.cells)
        passed = time.monotonic() - self.begin
        left = passed / self.now * (len(self.cells) - done) if self.now else None
        self.progress(Progress(done, len(self.cells), len(self.failures), left, note))


def _answer(measure: Measure, seed: int, cell: Cell) -> tuple[Cell, dict[str, Any] | None, str | None, float]:
    """What a measure gives for a cell, or why it gave nothing; on one thread, so that sums add up in one order."""
    import threadpoolctl

    begin = time.monotonic()
    try:
        with threadpoolctl.threadpool_limits(1):
            result = checkpoints.plain(dict(measure(cell, generator(seed, cell))))
    except Exception as problem:
        where = traceback.extract_tb(problem.__traceback__)[-1]
        what = " ".join(str(problem).split()) or "no message"
        return cell, None, f"{type(problem).__name__}: {what} ({where.name}, line {where.lineno})", 0.0
    return cell, result, None, time.monotonic() - begin
