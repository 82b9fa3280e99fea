"""How to make each number of a report again: the exact command where a verb does it, else a few lines of Python."""

import os
import shlex
from collections.abc import Mapping
from typing import Any

from blockshift.graph.pretrained import entries
from blockshift.reports.samples import CATALOGUE, NOISE
from blockshift.reports.settings import INTERVAL, Settings


def all_of(found: Mapping[str, Any], settings: Settings) -> dict[str, str]:
    """The command, or the lines of Python, for each part of a study that is there."""
    made = {"report": _report(found, settings)}
    if "missing" not in found["frustration"]:
        made["frustration"] = _frustration(settings)
    if "missing" not in found["nulls"]:
        made["nulls"] = _frustration(settings) + "".join(
            f" --nulls {kind}:{count}" for kind, count in found["nulls"]["asked"].items()
        )
    if "missing" not in found["near_monotonicity"]:
        made["near_monotonicity"] = _near_monotonicity(found, settings)
    if "missing" not in found["modes"]:
        made["modes"] = _modes(found, settings)
    return made


def _words(verb: str, settings: Settings) -> list[str]:
    """The beginning of a command: verb, network, what else names it, seed."""
    words = (
        ["blockshift", verb, "--model", settings.model] if verb != "report" else ["blockshift", verb, settings.model]
    )
    for name, value in settings.options.items():
        words += [f"--{name}", value]
    return [*words, "--seed", str(settings.seed)]


def _report(found: Mapping[str, Any], settings: Settings) -> str:
    """The command for the same page with the same draws."""
    words = _words("report", settings)
    # The number of draws is written out: on another machine another number would fit.
    asked = found["nulls"].get("asked", settings.nulls)
    for kind, count in (asked or {}).items():
        words += ["--nulls", f"{kind}:{count}"]
    if asked is not None and not asked:
        words += ["--nulls", "none"]
    if settings.images is not None:
        words += ["--images", settings.images]
    if settings.time_limit is not None:
        words += ["--time-limit", f"{settings.time_limit:g}"]
    return shlex.join(words)


def _frustration(settings: Settings) -> str:
    """The command for the interval."""
    words = _words("frustration", settings)
    if settings.time_limit is not None:
        words += ["--time-limit", f"{INTERVAL * settings.time_limit:g}"]
    return shlex.join(words)


def _near_monotonicity(found: Mapping[str, Any], settings: Settings) -> str:
    """The command where the verb knows the network and its pictures, else Python."""
    part = found["near_monotonicity"]
    if settings.model in entries.ENTRIES and found["samples"]["kind"] == CATALOGUE and not settings.options:
        effort = part["effort"]
        words = [*_words("monotonicity", settings), "--images", str(len(part["images"]))]
        for name in ("outputs", "directions", "sweeps"):
            words += [f"--{name}", str(effort[name])]
        return shlex.join(words)
    return "\n".join(
        [
            *_begin(found, settings, len(part["images"])),
            f"rng = np.random.default_rng([0, 0, {len(os.path.basename(settings.model))}, {settings.seed}])",
            "effort = bs.PortraitEffort()",
            f"gauge = bs.settled_gauge(dag, rng=rng, sweeps=effort.sweeps, dtype=np.{part['precision']})",
            "[bs.portrait(dag, x, gauge.switching, effort, rng=rng).numbers for x in X]",
        ]
    )


def _modes(found: Mapping[str, Any], settings: Settings) -> str:
    """The lines of Python for pairs and ranks."""
    lines = _begin(found, settings, found["modes"]["samples"])
    lines.append("bs.turned_shares(dag, X)")
    if "missing" not in found["modes"]["ranks"]:
        source = _labels(found, settings)
        lines.append(
            f"bs.profile(model.module, X, {source}, units=2000, rng=np.random.default_rng({settings.seed})).layers"
        )
    return "\n".join(lines)


def _begin(found: Mapping[str, Any], settings: Settings, count: int) -> list[str]:
    """The first lines: the network, its graph, the samples."""
    options = {name.replace("-", "_"): value for name, value in settings.options.items()}
    given = [repr(settings.model)]
    if "architecture" in options:
        given.append(f"architecture={options['architecture']!r}")
    if "input_size" in options:
        given.append(f"input_size={int(options['input_size'])}")
    conventions = [f"{name}={options[name]!r}" for name in ("pooling", "batch_norm") if name in options]
    kind = found["samples"]["kind"]
    if kind == CATALOGUE:
        X = f"bs.pictures(model, count={count}).inputs"
    elif kind == NOISE:
        total = found["samples"]["count"]
        X = (
            f"np.random.default_rng({settings.seed}).standard_normal(({total}, *model.input_shape))"
            f".astype(np.float32)[:{count}]"
        )
    else:
        X = f"{_own(settings, 'inputs')}[:{count}].reshape({count}, *model.input_shape).astype(np.float32)"
    return [
        "import numpy as np, blockshift as bs",
        f"model = bs.model({', '.join(given)})",
        f"dag = model.trace({', '.join(conventions)})",
        f"X = {X}",
    ]


def _own(settings: Settings, name: str) -> str:
    """An array of the file of inputs."""
    array = f"np.load({settings.images!r})"
    return f"{array}[{name!r}]" if str(settings.images).endswith(".npz") else array


def _labels(found: Mapping[str, Any], settings: Settings) -> str:
    """Where the classes come from."""
    count = found["modes"]["samples"]
    if found["samples"]["kind"] == CATALOGUE:
        return f"bs.pictures(model, count={count}).labels"
    return f"{_own(settings, 'labels')}[:{count}]"
