"""Small and large sets of samples: a tanh network, its linear twin, and its own linear substitution map."""

import numpy as np

from benchmarks.neurons.records import ASKED, Digits, Experiment, accuracy
from blockshift.neurons import modes, training

SIZES = (50, 200, 800, 1600, 4000)
STEPS, BATCH = 1200, 100
EARLY = (1, 2, 3, 5, 8, 12, 20, 30, 60, 100, 160, 240, 360, 520, 720, 960, 1200)


def of_size(case: dict, data: Digits, rng) -> dict:
    """784-512-10 with tanh and its linear twin from the same start, 1,200 steps of Adam on the first samples."""
    X, y = data.X[: case["samples"]], data.y[: case["samples"]]
    batch = min(BATCH, len(X))
    recipe = training.Recipe(epochs=STEPS * batch // len(X), batch=batch)
    start, order = int(rng.integers(2**31)), int(rng.integers(2**31))
    found: dict = {"steps": []}
    for name in ("tanh", "identity"):
        model = training.dense((784, 512, 10), rng=np.random.default_rng(start), activation=name)
        rows: list = []

        def watch(step, model, rows=rows, name=name):
            if step not in (0, *EARLY):
                return
            slope = float(modes.profile(model, X[:ASKED], y[:ASKED]).slopes[0])
            row = [step, accuracy(model, data.X_test, data.y_test), slope, accuracy(model, X, y)]
            if name == "tanh":
                row += [accuracy(model, data.X_test, data.y_test, linear_from=1)]
            rows.append(row)

        training.train(model, X, y, recipe, rng=np.random.default_rng(order), watch=watch, at_steps=EARLY)
        found[f"{name} test"] = [row[1] for row in rows]
        found[f"{name} slope"] = [row[2] for row in rows]
        found[f"{name} train"] = [row[3] for row in rows]
        found["steps"] = [row[0] for row in rows]
        if name == "tanh":
            found["substituted test"] = [row[4] for row in rows]
    return found


SIZE = Experiment(
    "size", of_size.__doc__ or "", [{"samples": n} for n in SIZES], of_size,
    asked=[{"samples": n} for n in (50, 200, 4000)],
)  # fmt: skip
