"""Classes and single samples: how large their basins are, and of what shape."""

import numpy as np

from benchmarks.neurons.records import Digits, Experiment, accuracy
from blockshift.neurons import basins, modes, rays, training


def of_classes(case: dict, data: Digits, rng) -> dict:
    """784-256-256-256-10 with rectifiers: basins of classes and samples, slopes of classes, rays and chords."""
    model = training.dense((784, 256, 256, 256, 10), rng=rng)
    training.train(model, data.X, data.y, training.Recipe(epochs=12), rng=rng)
    X, y = data.X[:1000], data.y[:1000]
    profile = modes.profile(model, X, y)
    plain = basins.sample_basin(model, X, y, rng=rng, by_class=True, against_chance=False)
    fair = basins.sample_basin(model, X, y, rng=rng, by_class=True, against_chance=True)
    radii = basins.sample_radii(model, X[:300], y[:300], rng=rng)
    seen = rays.rays(model, X[:100], y[:100], rng=rng, directions=32, reach=6.0, steps=300)
    return {
        "test": accuracy(model, data.X_test, data.y_test),
        "radius": fair.radius,
        "plain": [plain.classes[k] for k in range(10)],
        "fair": [fair.classes[k] for k in range(10)],
        "slopes": np.array([layer.distribution.slopes for layer in profile.layers]),
        "radii": np.quantile(radii[np.isfinite(radii)], [0.05, 0.25, 0.5, 0.75, 0.95]),
        "coming back": seen.reentering.mean(),
        "samples with a way back": (seen.reentering > 0).mean(),
        "spread of exits": [float(np.std(row[np.isfinite(row)]) / np.mean(row[np.isfinite(row)])) for row in seen.exits
                            if np.isfinite(row).sum() > 1][:20],
        "chords": rays.chords(model, X, y, rng=rng, pairs=500),
    }  # fmt: skip


CLASSES = Experiment(
    "classes", of_classes.__doc__ or "", [{"width": 256}], of_classes,
    seeds=tuple(range(10)), fresh=tuple(range(10, 15)),
)  # fmt: skip
