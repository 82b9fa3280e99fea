"""Everything that a report says of a network, collected from the rooms that compute it. Nothing is computed here.

Parts come one after the other, each with the seed and by the road that its own command takes, so that the number on the
page is the number of the command. A part that cannot be had says why. Ctrl-C ends the part at hand, and the parts that
are done stay.
"""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from blockshift import compiled, errors, model_commands
from blockshift.claims import report
from blockshift.graph.dag import Dag
from blockshift.graph.pretrained.trained import Model
from blockshift.neurons import modes, turned
from blockshift.reports import commands, efforts
from blockshift.reports.samples import NOISE, Samples
from blockshift.reports.settings import DRAWS, INTERVAL, Settings
from blockshift.signs import against_chance, network_intervals, nulls
from blockshift.signs.monotonicity import gauges, studies, variants
from blockshift.signs.monotonicity.portrait_measure import finite

#: Pictures at which near-monotonicity is looked at, as the verb does where nothing is said.
PICTURES = 3
#: Samples of each class that a rank distribution needs on average, and units of a layer that it looks at.
EACH_CLASS, UNITS = 10, 2000
#: Seconds that are kept for what comes after the draws.
AFTER = 12.0

PARTS = ("frustration", "nulls", "near_monotonicity", "modes")


def study(
    model: Model, dag: Dag, shown: Samples, settings: Settings, progress: Callable[[str], None] = lambda doing: None
) -> dict[str, Any]:
    """What is found of a network, in plain values.

    Parameters
    ----------
    model : Model
    dag : Dag
        Traced from it.
    shown : Samples
    settings : Settings
    progress : callable, optional
        Called with what is being done.

    Returns
    -------
    dict
        ``network`` and ``graph``; for each of `PARTS` its numbers, or ``missing`` with the reason; ``samples``,
        ``commands``, ``versions``, ``seed``, ``seconds``, and ``stopped``, the part that was interrupted, or None.

    Raises
    ------
    BadCheckpoint, NotSaved
        If the checkpoint cannot be used.
    """
    begin = time.monotonic()
    run = _Run(model, dag, shown, settings, progress, begin)
    found: dict[str, Any] = {
        "network": {
            "model": settings.model, "name": model.name, "about": model.about, "source": _without_folder(model.source),
            "licence": model.licence, "input_shape": list(model.input_shape), "parameters": model.parameters,
        },
        "graph": {
            "layers": len(dag.layers), "links": len(dag.links), "nodes": dag.nodes, "edges": dag.edges,
            "negative_edges": dag.negative_edges,
            "negative_share": dag.negative_edges / dag.edges if dag.edges else 0.0, "total_weight": dag.total_weight,
            "activations": sorted({layer.activation.name for layer in dag.layers} - {"identity"}),
            "monotone_activations": all(layer.activation.monotone for layer in dag.layers),
            "conventions": dict(dag.conventions),
        },
        "samples": {
            "kind": shown.kind, "said": shown.said, "count": len(shown), "labelled": shown.labels is not None
        },
        "stopped": None,
    }  # fmt: skip
    for part in PARTS:
        if found["stopped"]:
            found[part] = {"missing": f"not begun: the report was interrupted in the part {found['stopped']!r}"}
            continue
        try:
            found[part] = getattr(run, part)()
        except KeyboardInterrupt:
            found[part] = {"missing": "interrupted before there was anything to keep"}
            found["stopped"] = part
        except SystemError as problem:
            if not compiled.was_interrupted(problem):
                raise
            found[part] = {"missing": "interrupted before there was anything to keep"}
            found["stopped"] = part
        else:
            found["stopped"] = part if found[part].get("stopped") == "interrupted" else None
    found |= {
        "seed": settings.seed, "versions": report.versions(), "commit": report.commit(),
        "seconds": round(time.monotonic() - begin, 3),
    }  # fmt: skip
    found["commands"] = commands.all_of(found, settings)
    return finite(found)


def _without_folder(source: str) -> str:
    """A source without the folders of the machine on which the page was made."""
    return os.path.basename(source) if os.sep in source else source


class _Run:
    """The parts, one method each."""

    def __init__(self, model, dag, shown, settings, progress, begin):
        self.model, self.dag, self.shown, self.settings = model, dag, shown, settings
        self.progress, self.begin = progress, begin
        self.own: Any = None
        self.own_seconds = 0.0

    def left(self, share: float) -> float:
        """Seconds until a share of the time limit has passed."""
        limit = self.settings.time_limit
        return float("inf") if limit is None else share * limit - (time.monotonic() - self.begin)

    def frustration(self) -> dict[str, Any]:
        """The interval, layer by layer."""
        limit = self.settings.time_limit
        found = network_intervals.network_frustration(
            self.dag, rng=np.random.default_rng(self.settings.seed), progress=self.progress,
            time_limit=None if limit is None else INTERVAL * limit,
        )  # fmt: skip
        self.own, self.own_seconds = found, found.seconds
        kept = model_commands.record(found)
        return {key: value for key, value in kept.items() if key not in ("switching", "signs", "conventions")}

    def nulls(self) -> dict[str, Any]:
        """The network among its draws, as many as were asked for or fit."""
        with tempfile.TemporaryDirectory() as folder:
            # What one draw costs is seen on draws that count: finished cells are not computed again.
            path = self.settings.checkpoint or os.path.join(folder, "draws")
            asked, why = self._asked(path)
            if not asked:
                return {"missing": why}
            return self._compared(asked, path)

    def _asked(self, path: str) -> tuple[dict[str, int], str]:
        """Kinds with numbers of draws, or the reason why there are none."""
        if self.settings.nulls is not None:
            return dict(self.settings.nulls), "none were asked for"
        kinds = tuple(kind for kind in efforts.KINDS if self._possible(kind))
        if not kinds:
            return {}, "no null model has a weight to change in this network"
        # A draw gets a third of the search of the network alone, which tells beforehand whether to try.
        grace = efforts.GRACE if self.settings.time_limit is None else 0.0
        left = self._seconds_for_draws()
        if self.dag.edges > network_intervals.WRITTEN_OUT and self.own_seconds / 3 * efforts.FEWEST > left + grace:
            return {}, self._too_dear(self.own_seconds / 3, left)
        begin = time.monotonic()
        if self._compared({kinds[0]: 1}, path).get("stopped") == "interrupted":
            raise KeyboardInterrupt
        seconds = (time.monotonic() - begin) / 2
        asked = efforts.plan(kinds, seconds, self._seconds_for_draws(), grace)
        return asked, "" if asked else self._too_dear(seconds, self._seconds_for_draws())

    def _possible(self, kind: str) -> bool:
        """Whether a null model has something to change."""
        try:
            nulls.check(self.dag, kind)
        except errors.BadArgument:
            return False
        return True

    def _seconds_for_draws(self) -> float:
        """What is left for the draws."""
        if self.settings.time_limit is not None:
            return self.left(DRAWS)
        return efforts.PAGE - AFTER - (time.monotonic() - self.begin)

    def _too_dear(self, seconds: float, left: float) -> str:
        """Why there are no draws, and what to do."""
        return (
            f"one draw takes about {seconds:.0f} seconds here and {max(0.0, left):.0f} were left; "
            f"--nulls {efforts.KINDS[0]}:5 makes them however long it takes"
        )

    def _compared(self, asked: dict[str, int], path: str) -> dict[str, Any]:
        """The comparison, in plain values."""
        name = os.path.basename(self.settings.model)
        found = against_chance.against_chance(
            {name: self.dag}, asked, seed=self.settings.seed, checkpoint=path, n_jobs=self.settings.jobs,
            progress=lambda state: self.progress(f"null draws: {state}"),
        )  # fmt: skip
        table = found.table
        failures = [f"{' '.join(map(str, cell))}: {why}" for cell, why in table.failures.items()]
        kept = {
            "asked": asked, "comparisons": found.to_json(), "failures": failures, "stopped": table.stopped,
            "done": len(table.results), "cells": len(table.cells),
        }  # fmt: skip
        if not found.comparisons:
            kept["missing"] = "no draw was finished" + (f": {failures[0]}" if failures else "")
        return kept

    def near_monotonicity(self) -> dict[str, Any]:
        """λ and the steps along the order, at a few inputs; in the order of the verb, which draws the same numbers."""
        if not self.dag.edges:
            return {"missing": "the network has no edge"}
        rng = variants.generator(os.path.basename(self.settings.model), variants.TRAINED, 0, self.settings.seed)
        effort = studies.PortraitEffort()
        self.progress("looking for the order of the network")
        switching = studies.global_switching(self.dag, effort, rng=rng)
        share = gauges.frustrated_weight(self.dag, switching.astype(studies.precision(self.dag)))
        portraits: list[dict[str, Any]] = []
        stopped, longest = "finished", 0.0
        for k, x in enumerate(self.shown.inputs[:PICTURES]):
            if portraits and self.left(0.95) < longest:
                stopped = "time limit"
                break
            self.progress(f"input {k + 1} of {min(PICTURES, len(self.shown))}: {self.shown.names[k]}")
            begin = time.monotonic()
            try:
                portraits.append(studies.portrait(self.dag, x, switching, effort, rng=rng).numbers)
            except KeyboardInterrupt:
                if not portraits:
                    raise
                stopped = "interrupted"
                break
            longest = max(longest, time.monotonic() - begin)
        images = [{"name": name, **numbers} for name, numbers in zip(self.shown.names, portraits, strict=False)]
        return {
            "fraction": share / self.dag.total_weight, "effort": asdict(effort), "images": images,
            "precision": studies.precision(self.dag).__name__, "summary": studies.summary(portraits, effort),
            "stopped": stopped,
        }  # fmt: skip

    def modes(self) -> dict[str, Any]:
        """Pairs kept and turned, layer by layer; and rank distributions where classes are known."""
        dag, count = self.dag, len(self.shown)
        try:
            count = self._affordable(dag, count)
            rows = turned.turned_shares(dag, self.shown.inputs[:count], progress=self.progress)
        except errors.BlockshiftError as problem:
            return {"missing": str(problem)}
        kept: dict[str, Any] = {
            "samples": count, "layers": [asdict(row) | {"kept": row.kept} for row in rows], "stopped": "finished"
        }  # fmt: skip
        try:
            kept["ranks"] = self._ranks(count)
        except errors.BlockshiftError as problem:
            kept["ranks"] = {"missing": str(problem)}
        return kept

    def _affordable(self, dag: Dag, count: int) -> int:
        """How many samples can be run once for each layer."""
        begin = time.monotonic()
        turned.outputs(dag, self.shown.inputs[:1])
        passes = 1 + sum(layer.activation.function is not None for layer in dag.layers)
        each = (time.monotonic() - begin) * passes
        left = min(AFTER, self.left(1.0))
        return int(np.clip(left / max(each, 1e-9), min(2, count), count))

    def _ranks(self, count: int) -> dict[str, Any]:
        """The slope of the rank distribution of each layer."""
        labels = self.shown.labels
        if self.model.module is None or self.model.batch is not None:
            return {"missing": "rank distributions need a module of torch that runs here; this network is a file"}
        if labels is None or self.shown.kind == NOISE:
            return {"missing": "rank distributions need samples whose classes are known"}
        classes = len(np.unique(labels[:count]))
        if classes < 2 or count < EACH_CLASS * classes:
            return {
                "missing": f"{count} samples of {classes} classes are too few for a rank distribution; expected two "
                f"classes or more, with {EACH_CLASS} samples each on average"
            }
        self.progress("ranks of the samples of each class")
        rng = np.random.default_rng(self.settings.seed)
        found = modes.profile(self.model.module, self.shown.inputs[:count], labels[:count], units=UNITS, rng=rng)
        rows = [
            {"layer": row.layer, "slope": row.slope, "units": row.distribution.units, "accuracy": row.accuracy,
             "agreement": row.substitution.agreement}
            for row in found.layers
        ]  # fmt: skip
        return {"layers": rows, "accuracy": found.accuracy, "classes": classes}
