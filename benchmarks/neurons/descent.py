"""Double descent in the width, with noisy labels, and the slope of the hidden layer along it."""

import numpy as np

from benchmarks.neurons.records import Digits, Experiment, accuracy
from blockshift.neurons import modes, training

SAMPLES, NOISY = 500, 0.2


def of_descent(case: dict, data: Digits, rng) -> dict:
    """784-w-10 with rectifiers on 500 digits, a fifth of the labels drawn anew, 400 epochs of Adam on squares."""
    X, y = data.X[:SAMPLES], data.y[:SAMPLES].copy()
    wrong = rng.choice(SAMPLES, int(NOISY * SAMPLES), replace=False)
    y[wrong] = rng.integers(0, 10, len(wrong))
    model = training.dense((784, case["width"], 10), rng=rng)
    training.train(model, X, y, training.Recipe(epochs=400, loss="square"), rng=rng)
    targets = np.eye(10)[data.y_test]
    from blockshift.neurons import passes

    error = float(((passes.outputs(model, data.X_test) - targets) ** 2).mean())
    profile = modes.profile(model, X, data.y[:SAMPLES])
    found = {"train": accuracy(model, X, y), "test": accuracy(model, data.X_test, data.y_test), "error": error}
    return found | {"slope": profile.slopes[0], "turned": profile.turned[0]}


DESCENT = Experiment(
    "descent",
    of_descent.__doc__ or "",
    [{"width": w} for w in (8, 16, 24, 64, 256)],
    of_descent,
)
