"""Delayed evaluation by batch-norm, and true grokking from a large start."""

import numpy as np

from benchmarks.neurons.records import Digits, Experiment, accuracy
from blockshift.neurons import basins, modes, training


def of_delay(case: dict, data: Digits, rng) -> dict:
    """A batch-normalised network in large or small batches: accuracy with running and with batch statistics."""
    widths = (784, *[case["width"]] * case["depth"], 10)
    model = training.dense(widths, rng=rng, batch_norm=True, momentum=case["momentum"])
    found: dict = {name: [] for name in ("steps", "test", "train", "test batch", "train batch", "profiled", "slopes")}

    def watch(step, model):
        if "at" in case and step not in case["at"]:
            return
        found["steps"].append(step)
        for way, name in (("running", ""), ("batch", " batch")):
            found["test" + name].append(accuracy(model, data.X_test, data.y_test, batch_norm=way))
            found["train" + name].append(accuracy(model, data.X[:1000], data.y[:1000], batch_norm=way))
        if (len(found["steps"]) - 1) % 3 == 0:
            found["profiled"].append(step)
            profile = modes.profile(model, data.X_test[:500], data.y_test[:500], batch_norm="batch")
            found["slopes"].append(profile.slopes)

    recipe = training.Recipe(epochs=case["epochs"], batch=case["batch"])
    training.train(model, data.X, data.y, recipe, rng=rng, watch=watch, at_steps=case.get("at", ()))
    return found


def of_grokking(case: dict, data: Digits, rng) -> dict:
    """784-200-200-10, rectifiers, squares against one-hot targets, AdamW, a start eight times as large."""
    X, y = data.X[:1000], data.y[:1000]
    model = training.dense((784, 200, 200, 10), rng=rng, scale=case["scale"])
    found: dict = {name: [] for name in ("steps", "train", "test", "norm", "slopes", "basin", "weight basin")}
    at = set(case["at"])

    def watch(step, model):
        if step not in at:
            return
        found["steps"].append(step)
        found["train"].append(accuracy(model, X, y))
        found["test"].append(accuracy(model, data.X_test, data.y_test))
        found["norm"].append(np.sqrt(sum(float((p.detach() ** 2).sum()) for p in model.parameters())))
        found["slopes"].append(modes.profile(model, X, y).slopes)
        for name, measure, draws in (("basin", basins.sample_basin, 2), ("weight basin", basins.weight_basin, 4)):
            fits = found["train"][-1] > 0.5
            radius = measure(model, X, y, rng=np.random.default_rng(0), draws=draws).radius if fits else 0.0
            found[name].append(radius)

    recipe = training.Recipe("adamw", 1e-3, 200, max(at) // 5, case["decay"], "square")
    training.train(model, X, y, recipe, rng=rng, watch=watch)
    nearest = []
    for x, k in zip(data.X_test, data.y_test, strict=True):
        nearest.append(np.sqrt(((X[y == k] - x) ** 2).mean(axis=1)).min())
    return found | {"distance": float(np.median(nearest))}


_LARGE = {"width": 64, "depth": 12, "batch": 2000, "epochs": 30}
_SHALLOW = _LARGE | {"momentum": 0.1, "depth": 3}
_DELAYS = [
    _LARGE | {"momentum": 0.1},
    _LARGE | {"momentum": 1.0},
    _SHALLOW,
    {"width": 128, "depth": 10, "batch": 100, "epochs": 6, "momentum": 0.1},
    _LARGE | {"momentum": 0.1, "batch": 100, "epochs": 2, "at": list(range(0, 62, 2))},
]
DELAY = Experiment(
    "delay", of_delay.__doc__ or "", _DELAYS, of_delay, asked=[case for case in _DELAYS if case != _SHALLOW]
)
_AT = [0, 100, 200, 400, 600, 800, *range(1000, 12001, 500)]
GROKKING = Experiment("grokking", of_grokking.__doc__ or "", [{"scale": 8.0, "decay": 0.2, "at": _AT}], of_grokking)
