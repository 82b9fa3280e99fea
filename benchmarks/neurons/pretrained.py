"""The measures on networks that others have trained, and on one of ours that the library carries: real pictures."""

import numpy as np

from benchmarks.neurons.records import Digits, Experiment
from blockshift.graph.pretrained import doors, pictures
from blockshift.neurons import basins, modes, passes

#: A convolution has a unit at each place of each channel; so many of a layer are asked.
UNITS = 2000
DRAWS = 4


def of_pretrained(case: dict, data: Digits, rng) -> dict:
    """Modes and basins of a network of the list on its pictures; what it answers counts as right in the basins."""
    network = doors.model(case["network"])
    shown = pictures.pictures(network, count=case["pictures"])
    model, X, labels = network.module, shown.inputs, shown.labels
    answers = passes.outputs(model, X).argmax(1)
    found: dict = {"right": float((answers == labels).mean()), "range": [float(X.min()), float(X.max())]}
    profile = modes.profile(model, X, answers, units=UNITS, rng=rng)
    found |= {"slopes": profile.slopes, "turned": profile.turned, "truncated": profile.truncated}
    for name in ("agreement", "residual", "wrong_signs"):
        found[name.replace("_", " ")] = [getattr(layer.substitution, name) for layer in profile.layers]
    for space, measure in (("sample", basins.sample_basin), ("weight", basins.weight_basin)):
        basin = measure(model, X, answers, rng=rng, draws=DRAWS)
        found[space] = [basin.radius, *basin.interval]
    return found | {"spread": float(np.std(X))}


PRETRAINED = Experiment(
    "pretrained",
    of_pretrained.__doc__ or "",
    [
        {"network": "cifar10-cnn", "pictures": 20},
        {"network": "mnist-cnn", "pictures": 500},
        # At its own 227 pixels a picture costs as much as a hundred of the others.
        {"network": "squeezenet", "pictures": 10},
    ],
    of_pretrained,
    seeds=tuple(range(3)),
    asked=[],
    data="the pictures of each network, from the package that `blockshift models` and `help(bs.pictures)` name",
)
