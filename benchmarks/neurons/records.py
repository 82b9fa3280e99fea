"""Records of training runs: a list of cases, each run with several seeds, kept as JSON as they come in.

A run is one case with one seed, and everything random in it comes from that seed, so a run can be made again alone.
"""

import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from blockshift.graph.images import images
from blockshift.neurons import basins, training

FOLDER = Path(__file__).parents[2] / "chapters" / "data"
SEEDS = tuple(range(5))
#: Seeds that nobody had looked at when the criteria of the claims were fixed.
FRESH = tuple(range(5, 10))
TRAIN, TEST = 4000, 1000
#: Samples whose basins are measured: the first of the training set, balanced over the classes.
ASKED = 500
LEVELS = (0.3, 0.5, 0.7)


@dataclass(frozen=True)
class Experiment:
    """What is run.

    Parameters
    ----------
    name : str
    about : str
        A sentence.
    cases : sequence of dict
    run : callable
        Takes a case, the data and a generator, and returns a dict of numbers.
    seeds : sequence of int
    fresh : sequence of int
        Seeds for the second run, which nobody had looked at when the criteria of the claims were fixed.
    asked : sequence of dict, optional
        The cases that claims ask about, if not all: only these are run a second time.
    data : str
        In words.
    """

    name: str
    about: str
    cases: Sequence[dict[str, Any]]
    run: Callable[..., dict[str, Any]]
    seeds: Sequence[int] = SEEDS
    fresh: Sequence[int] = FRESH
    asked: Sequence[dict[str, Any]] | None = None
    data: str = f"mnist-5k, {TRAIN} for training and {TEST} for testing, split by seed"

    @property
    def path(self) -> Path:
        """Where its record is kept."""
        return FOLDER / f"neurons-{self.name}.json"

    @property
    def again(self) -> "Experiment":
        """The same, unchanged, with fresh seeds."""
        cases = self.cases if self.asked is None else self.asked
        return replace(self, name=f"{self.name}-again", cases=cases, seeds=self.fresh)


@dataclass(frozen=True, eq=False)
class Digits:
    """The digits of one seed: which are for training and which for testing changes with it."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def digits(rng) -> Digits:
    """4,000 digits for training and 1,000 for testing."""
    return Digits(*training.split(images("mnist-5k"), TRAIN, TEST, rng=rng))


def made(experiment: Experiment, case: dict, seed: int) -> dict:
    """One run."""
    rng = np.random.default_rng([seed, 2436])
    begin = time.process_time()
    with training.one_thread():
        found = experiment.run(case, digits(rng), rng)
    return {"case": case, "seed": seed, "found": rounded(found), "seconds": round(time.process_time() - begin, 1)}


def write(experiment: Experiment, say: Callable[[str], None] = print) -> None:
    """Make the runs that are missing in the record, and keep each as soon as it is there."""
    record = json.loads(experiment.path.read_text()) if experiment.path.exists() else {"runs": []}
    have = {key(run["case"], run["seed"]) for run in record["runs"]}
    for seed in experiment.seeds:
        for case in experiment.cases:
            if key(case, seed) in have:
                continue
            record["runs"].append(made(experiment, case, seed))
            say(f"{experiment.name} {case} seed {seed}: {record['runs'][-1]['seconds']} s")
            about = {
                "name": experiment.name,
                "about": experiment.about,
                "command": f"python -m benchmarks.neurons {experiment.name}",
                "data": experiment.data,
                "versions": {"python": platform.python_version()}
                | {name: metadata.version(name).split("+")[0] for name in ("numpy", "torch")},
            }
            experiment.path.write_text(_text(about | {"runs": record["runs"]}))


def _text(record: dict) -> str:
    """JSON with a run a line."""
    head = {name: value for name, value in record.items() if name != "runs"}
    runs = ",\n  ".join(json.dumps(run, ensure_ascii=False, separators=(", ", ": ")) for run in record["runs"])
    return json.dumps(head, indent=1, ensure_ascii=False)[:-2] + f',\n "runs": [\n  {runs}\n ]\n}}\n'


def key(case: dict, seed: int) -> str:
    """What tells runs apart."""
    return json.dumps([case, seed], sort_keys=True)


def rounded(found):
    """Numbers in five digits: more would not repeat on another machine."""
    if isinstance(found, dict):
        return {str(name): rounded(value) for name, value in found.items()}
    if isinstance(found, list | tuple | np.ndarray):
        return [rounded(value) for value in found]
    if isinstance(found, bool | np.bool_):
        return bool(found)
    if isinstance(found, int | np.integer):
        return int(found)
    if not np.isfinite(found):
        return None
    return float(f"{float(found):.5g}")


def accuracy(model, X, y, **options) -> float:
    """The share of right answers."""
    from blockshift.neurons import passes

    return float((passes.outputs(model, X, **options).argmax(1) == y).mean())


def both_basins(model, data: Digits, rng, *, levels=LEVELS, asked: int = ASKED, batch_norm="running") -> dict:
    """Radii and intervals of both basins on training samples, at several levels; 0 below a level."""
    X, y = data.X[:asked], data.y[:asked]
    clean = accuracy(model, X, y, batch_norm=batch_norm)
    found: dict[str, list] = {"sample": [], "weight": []}
    for level in levels:
        for space, measure, draws in (("sample", basins.sample_basin, 2), ("weight", basins.weight_basin, 6)):
            if clean <= level:
                found[space].append([0.0, 0.0, 0.0])
                continue
            b = measure(model, X, y, rng=rng, level=level, draws=draws, batch_norm=batch_norm)
            found[space].append([b.radius, *b.interval])
    return found | {"levels": list(levels)}
