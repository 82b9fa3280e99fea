"""Depth, width, and the knobs of training: slopes, truncation and both basins of digit classifiers."""

import numpy as np

from benchmarks.neurons.records import Digits, Experiment, accuracy, both_basins
from blockshift.neurons import modes, training

DEPTHS = (2, 4, 6, 8, 10, 16)
WIDTHS = (16, 32, 64, 128, 256)
EPOCHS = 12


def told(model, data: Digits) -> dict:
    """Accuracies, and the modes of all layers on the test samples."""
    profile = modes.profile(model, data.X_test, data.y_test)
    return {
        "train": accuracy(model, data.X, data.y),
        "test": profile.accuracy,
        "slopes": profile.slopes,
        "turned": profile.turned,
        "truncated": profile.truncated,
        "wrong signs": [layer.substitution.wrong_signs for layer in profile.layers],
        "residual": [layer.substitution.residual for layer in profile.layers],
    }


def of_depth(case: dict, data: Digits, rng) -> dict:
    """A batch-normalised network of some depth and width, or its linear twin, trained for 12 epochs."""
    widths = (784, *[case["width"]] * case["depth"], 10)
    model = training.dense(widths, rng=rng, activation=case["activation"], batch_norm=True)
    over_time: list = []

    def watch(step, model):
        way = "running" if step else "batch"  # before the first step nothing runs yet
        found = modes.profile(model, data.X_test[:500], data.y_test[:500], batch_norm=way)
        over_time.append(found.slopes)

    recipe = training.Recipe(epochs=EPOCHS)
    watched = case["depth"] == 10 and case["activation"] == "relu" and case["width"] == 128
    training.train(model, data.X, data.y, recipe, rng=rng, watch=watch if watched else None)
    levels = (0.3, 0.5, 0.7) if case["width"] == 128 and case["activation"] == "relu" else (0.5,)
    found = told(model, data) | both_basins(model, data, rng, levels=levels)
    return found | ({"slopes over epochs": over_time} if watched else {})


def of_width(case: dict, data: Digits, rng) -> dict:
    """Two hidden layers of some width, plain rectifiers, begun uniform in ±1/sqrt(fan in)."""
    model = training.dense((784, case["width"], case["width"], 10), rng=rng)
    training.train(model, data.X, data.y, training.Recipe(epochs=EPOCHS), rng=rng)
    return told(model, data) | both_basins(model, data, rng, levels=(0.5,))


def of_start(case: dict, data: Digits, rng) -> dict:
    """The same from a start that does not shrink with the width: above the first layer uniform in ±1/4 throughout."""
    model = training.dense((784, case["width"], case["width"], 10), rng=rng)
    for layer in model.linear[1:]:
        # The draws are those of the other start, stretched: uniform in ±1/sqrt(width) becomes uniform in ±1/4.
        for p in (layer.weight, layer.bias):
            p.data *= case["bound"] * np.sqrt(case["width"])
    training.train(model, data.X, data.y, training.Recipe(epochs=EPOCHS), rng=rng)
    return told(model, data) | both_basins(model, data, rng, levels=(0.5,))


def of_knobs(case: dict, data: Digits, rng) -> dict:
    """Six layers of 128 with batch-norm, one knob turned; without it where the start is scaled."""
    options = {"dropout": case.get("dropout", 0.0), "scale": case.get("scale", 1.0), "batch_norm": "scale" not in case}
    model = training.dense((784, *[128] * 6, 10), rng=rng, **options)
    recipe = training.Recipe(epochs=EPOCHS, rate=case.get("rate", 1e-3), batch=case.get("batch", 100))
    training.train(model, data.X, data.y, recipe, rng=rng)
    return told(model, data) | both_basins(model, data, rng, levels=(0.5,))


def of_hundred(case: dict, data: Digits, rng) -> dict:
    """A hundred layers of 32 with batch-norm, with or without skips."""
    model = training.dense((784, *[32] * 100, 10), rng=rng, batch_norm=True, residual=case["residual"])
    training.train(model, data.X, data.y, training.Recipe(epochs=5), rng=rng)
    profile = modes.profile(model, data.X_test[:200], data.y_test[:200])
    found = {"test": accuracy(model, data.X_test, data.y_test), "slopes": profile.slopes, "turned": profile.turned}
    return found | {"truncated": profile.truncated} | both_basins(model, data, rng, levels=(0.5,), asked=100)


def of_phases(case: dict, data: Digits, rng) -> dict:
    """A very deep network in full batches, and the slopes of its layers along the way."""
    widths = (784, *[case["width"]] * case["depth"], 10)
    model = training.dense(widths, rng=rng, batch_norm=True, momentum=case["momentum"])
    steps, slopes, tests = [], [], []

    def watch(step, model):
        if step in case["at"]:
            found = modes.profile(model, data.X[:200], data.y[:200], batch_norm="batch")
            steps.append(step)
            slopes.append(found.slopes)
            tests.append(accuracy(model, data.X_test, data.y_test, batch_norm="batch"))

    recipe = training.Recipe(epochs=max(case["at"]), batch=4000, rate=case["rate"])
    training.train(model, data.X, data.y, recipe, rng=rng, watch=watch)
    return {"steps": steps, "slopes": np.array(slopes), "test": tests}


DEPTH = Experiment(
    "depth",
    of_depth.__doc__ or "",
    [
        *({"depth": d, "width": 128, "activation": "relu"} for d in DEPTHS),
        *({"depth": d, "width": 128, "activation": "identity"} for d in (2, 6, 10, 16)),
        *({"depth": d, "width": 32, "activation": "relu"} for d in DEPTHS),
        *({"depth": 1, "width": w, "activation": "relu"} for w in (128, 32)),
    ],
    of_depth,
)
WIDTH = Experiment("width", of_width.__doc__ or "", [{"width": w} for w in WIDTHS], of_width)
_GRID = [{"rate": r, "batch": b} for r in (3e-4, 1e-3, 3e-3) for b in (100, 200, 800)]
#: At width 16 the start is the usual one, so both sweeps begin with the same networks.
START = Experiment("start", of_start.__doc__ or "", [{"width": w, "bound": 0.25} for w in WIDTHS], of_start)
KNOBS = Experiment(
    "knobs",
    of_knobs.__doc__ or "",
    [
        *_GRID,
        *({"dropout": p} for p in (0.0, 0.1, 0.2, 0.4)),
        *({"scale": s} for s in (1.0, 2.0, 3.0, 4.0)),
    ],
    of_knobs,
    asked=[*_GRID, {"dropout": 0.0}, {"dropout": 0.4}, {"scale": 1.0}, {"scale": 4.0}],
)
HUNDRED = Experiment("hundred", of_hundred.__doc__ or "", [{"residual": True}], of_hundred)
PHASES = Experiment(
    "phases",
    of_phases.__doc__ or "",
    [{"depth": 23, "width": 64, "rate": 1e-3, "momentum": 0.1, "at": [0, 5, 20, 40, 80]}],
    of_phases,
)
